/*
 * What a file is.  Never shows key material.
 */
#ifndef PKI_INSPECT_H
#define PKI_INSPECT_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "pki/blob.h"
#include "pki/error.h"

enum inspect_kind {
    INSPECT_UNKNOWN,
    INSPECT_KEY,                /* text: "RSA 2048" */
    INSPECT_KEY_ENCRYPTED,      /* a private key under a password */
    INSPECT_KEY_TYPE_ENCRYPTED, /* the same; text: its type, "RSA" */
    INSPECT_CERT,               /* text: OpenSSL's layout */
    INSPECT_CSR,                /* the same */
    INSPECT_CRL,                /* the same */
    INSPECT_PKCS7,
    INSPECT_PKCS12,
    INSPECT_SSH_KEY, /* an ssh public key; text: its type and bits */
    INSPECT_OTHER,   /* a PEM block of another label; text: the label */
    INSPECT_KINDS,
};

/*
 * Called for each element of the file, in order, element counted from 1.  A
 * bundle of thousands is never held as a whole.  text may be "" and is
 * borrowed for the call; it ends with a line break where it has lines.
 * total is the number of elements.
 */
struct inspection {
    enum inspect_kind kind;
    bool der; /* else PEM, or for ssh keys one line of text */
    size_t element, total;
    const char *text;
    size_t text_size;
    X509 *cert; /* of INSPECT_CERT; borrowed for the call */
};
typedef int inspect_each(void *arg, const struct inspection *element,
                         struct error *error);

/*
 * E_PEM_* and the like when the file is damaged: what was read up to there
 * has been shown by then.
 */
int inspect(const char *name, const struct blob *file, inspect_each *each,
            void *arg, struct error *error);

#endif

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
 * The callback gets one element of the file after the other; a bundle of
 * thousands is never held as a whole. element counts from 1 to total. text may
 * be "", is borrowed for the call, and ends with a line break if it consists of
 * lines.
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
 * E_PEM_* and the like if the file is damaged; the elements before the damage
 * have been shown by then.
 */
int inspect(const char *name, const struct blob *file, inspect_each *each,
            void *arg, struct error *error);

#endif

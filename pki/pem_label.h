/*
 * What a PEM block holds, by its label: those of RFC 7468, and those of before
 * (RFC 7468 appendix A, and OpenSSL's).  Whether it does hold that is not
 * asked.
 */
#ifndef PKI_PEM_LABEL_H
#define PKI_PEM_LABEL_H

#include <stdbool.h>

#include "pki/pem.h"

enum pem_kind {
    PEM_CERT,
    PEM_CSR,
    PEM_CRL,
    PEM_KEY,        /* private; PKCS#8 unless the label has a type */
    PEM_KEY_LOCKED, /* PKCS#8 under a password (RFC 5958 section 3) */
    PEM_PUBLIC_KEY,
    PEM_PKCS7,
    PEM_KINDS,
};

struct pem_label {
    const char *text;
    enum pem_kind kind;
    int type; /* of a PEM_KEY in the form before PKCS#8, whose bytes do not tell
                 it: EVP_PKEY_RSA and the like; else 0 */
};

/* NULL: none of these kinds.  OpenSSL's TRUSTED CERTIFICATE is none of them, as
   nobody takes it, nor is OPENSSH PRIVATE KEY. */
const struct pem_label *pem_label(const struct pem_block *block);

/* Is it called so? */
bool pem_holds(const struct pem_block *block, enum pem_kind kind);

#endif

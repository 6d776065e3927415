/*
 * What a PEM block holds according to its label: the labels of RFC 7468, and
 * older ones (its appendix A, and OpenSSL's).  The contents are not checked.
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

/* NULL: a label of none of these kinds, such as OpenSSL's TRUSTED
   CERTIFICATE and OPENSSH PRIVATE KEY, which nobody here accepts. */
const struct pem_label *pem_label(const struct pem_block *block);

/* Is that its kind, by its label? */
bool pem_holds(const struct pem_block *block, enum pem_kind kind);

#endif

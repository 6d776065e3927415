/*
 * The labels of PEM blocks, the usual first: a bundle has thousands.
 */
#include "pki/pem_label.h"

#include <openssl/evp.h>

static const struct pem_label labels[] = {
    { "CERTIFICATE", PEM_CERT },
    { "X509 CERTIFICATE", PEM_CERT },
    { "CERTIFICATE REQUEST", PEM_CSR },
    { "NEW CERTIFICATE REQUEST", PEM_CSR },
    { "X509 CRL", PEM_CRL },
    { "PRIVATE KEY", PEM_KEY },
    { "ENCRYPTED PRIVATE KEY", PEM_KEY_LOCKED },
    { "RSA PRIVATE KEY", PEM_KEY, EVP_PKEY_RSA },
    { "EC PRIVATE KEY", PEM_KEY, EVP_PKEY_EC },
    { "DSA PRIVATE KEY", PEM_KEY, EVP_PKEY_DSA },
    { "PUBLIC KEY", PEM_PUBLIC_KEY },
    { "PKCS7", PEM_PKCS7 },
    { "PKCS #7 SIGNED DATA", PEM_PKCS7 },
    { "CMS", PEM_PKCS7 },
};

const struct pem_label *
pem_label(const struct pem_block *block)
{
    size_t i;

    for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (pem_is(block, labels[i].text))
            return &labels[i];
    return NULL;
}

bool
pem_holds(const struct pem_block *block, enum pem_kind kind)
{
    const struct pem_label *label = pem_label(block);

    return label != NULL && label->kind == kind;
}

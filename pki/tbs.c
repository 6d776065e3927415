/*
 * Extensions and the digest of what is about to be signed.
 */
#include "pki/tbs.h"

#include <openssl/evp.h>

unsigned
tbs_tls_usage(const EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "RSA"))
        return KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT;
    return KU_DIGITAL_SIGNATURE;
}

int
tbs_add(STACK_OF(X509_EXTENSION) **list, int nid, void *value, bool critical,
        struct error *error)
{
    if (value == NULL ||
        X509V3_add1_i2d(list, nid, value, critical, X509V3_ADD_DEFAULT) != 1)
        return fail_openssl(error, E_CRYPTO, NULL);
    return 0;
}

int
tbs_add_key_usage(STACK_OF(X509_EXTENSION) **list, unsigned usage,
                  bool critical, struct error *error)
{
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    bool ok = bits != NULL;
    int i, r;

    /* KU_... are the first octet of the BIT STRING, bit 0 its highest. */
    for (i = 0; i < 8; i++)
        if ((usage & (0x80U >> i)) != 0)
            ok = ok && ASN1_BIT_STRING_set_bit(bits, i, 1);
    r = ok ? tbs_add(list, NID_key_usage, bits, critical, error)
           : fail_openssl(error, E_CRYPTO, NULL);
    ASN1_BIT_STRING_free(bits);
    return r;
}

int
tbs_add_tls(STACK_OF(X509_EXTENSION) **list, struct error *error)
{
    EXTENDED_KEY_USAGE *usages = EXTENDED_KEY_USAGE_new();
    bool ok;
    int r;

    /* The objects of known numbers are static: there is nothing to free. */
    ok = usages != NULL &&
         sk_ASN1_OBJECT_push(usages, OBJ_nid2obj(NID_server_auth)) > 0 &&
         sk_ASN1_OBJECT_push(usages, OBJ_nid2obj(NID_client_auth)) > 0;
    r = ok ? tbs_add(list, NID_ext_key_usage, usages, false, error)
           : fail_openssl(error, E_CRYPTO, NULL);
    EXTENDED_KEY_USAGE_free(usages);
    return r;
}

void
tbs_free(STACK_OF(X509_EXTENSION) *list)
{
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

const EVP_MD *
tbs_digest(const EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
        return NULL;
    return EVP_sha256();
}

/*
 * Extensions and the digest of what is about to be signed.
 */
#include "pki/tbs.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "tests/support.h"

static void
test_key_usage(void **state)
{
    static const unsigned usages[] = {
        KU_DIGITAL_SIGNATURE,
        KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT,
        KU_KEY_CERT_SIGN | KU_CRL_SIGN,
        KU_ENCIPHER_ONLY,
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
        STACK_OF(X509_EXTENSION) *list = NULL;
        ASN1_BIT_STRING *bits;
        struct error error;
        int critical;

        assert_int_equal(tbs_add_key_usage(&list, usages[i], i % 2, &error), 0);
        assert_int_equal(sk_X509_EXTENSION_num(list), 1);
        bits = X509V3_get_d2i(list, NID_key_usage, &critical, NULL);
        assert_non_null(bits);
        assert_int_equal(critical, i % 2);
        assert_int_equal(ASN1_STRING_length(bits), 1);
        assert_int_equal(ASN1_STRING_get0_data(bits)[0], usages[i]);
        ASN1_BIT_STRING_free(bits);
        tbs_free(list);
    }
}

static void
test_tls(void **state)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    EXTENDED_KEY_USAGE *usages;
    struct error error;
    int critical;

    (void)state;
    assert_int_equal(tbs_add_tls(&list, &error), 0);
    usages = X509V3_get_d2i(list, NID_ext_key_usage, &critical, NULL);
    assert_int_equal(critical, 0);
    assert_int_equal(sk_ASN1_OBJECT_num(usages), 2);
    assert_int_equal(OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, 0)),
                     NID_server_auth);
    assert_int_equal(OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, 1)),
                     NID_client_auth);
    EXTENDED_KEY_USAGE_free(usages);

    /* Each once: RFC 5280, 4.2. */
    assert_fails(tbs_add_tls(&list, &error), &error, E_CRYPTO, NULL);
    assert_int_equal(sk_X509_EXTENSION_num(list), 1);
    assert_int_equal(ERR_peek_error(), 0);
    tbs_free(list);
}

static void
test_no_value(void **state)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    struct error error;

    (void)state;
    assert_fails(tbs_add(&list, NID_subject_alt_name, NULL, false, &error),
                 &error, E_CRYPTO, NULL);
    assert_null(list);
    tbs_free(list);
}

static void
test_kinds_of_key(void **state)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *ed448 = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");

    (void)state;
    assert_int_equal(tbs_tls_usage(rsa),
                     KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    assert_int_equal(tbs_tls_usage(ec), KU_DIGITAL_SIGNATURE);
    assert_int_equal(tbs_tls_usage(ed), KU_DIGITAL_SIGNATURE);
    assert_ptr_equal(tbs_digest(rsa), EVP_sha256());
    assert_ptr_equal(tbs_digest(ec), EVP_sha256());
    assert_null(tbs_digest(ed));
    assert_null(tbs_digest(ed448));
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(ed);
    EVP_PKEY_free(ed448);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_usage),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_no_value),
        cmocka_unit_test(test_kinds_of_key),
    };

    return cmocka_run_group_tests_name("tbs", tests, NULL, NULL);
}

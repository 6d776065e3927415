/*
 * Labels, and what is nearly one.
 */
#include "pki/pem_label.h"

#include <openssl/evp.h>
#include <string.h>

#include "tests/support.h"

static const struct {
    const char *label;
    enum pem_kind kind; /* PEM_KINDS: none */
    int type;
} rows[] = {
    { "CERTIFICATE", PEM_CERT },
    { "X509 CERTIFICATE", PEM_CERT },
    { "TRUSTED CERTIFICATE", PEM_KINDS },
    { "CERTIFICATE REQUEST", PEM_CSR },
    { "NEW CERTIFICATE REQUEST", PEM_CSR },
    { "X509 CRL", PEM_CRL },
    { "CRL", PEM_KINDS },
    { "PRIVATE KEY", PEM_KEY },
    { "ENCRYPTED PRIVATE KEY", PEM_KEY_LOCKED },
    { "RSA PRIVATE KEY", PEM_KEY, EVP_PKEY_RSA },
    { "EC PRIVATE KEY", PEM_KEY, EVP_PKEY_EC },
    { "DSA PRIVATE KEY", PEM_KEY, EVP_PKEY_DSA },
    { "OPENSSH PRIVATE KEY", PEM_KINDS },
    { "ANY PRIVATE KEY", PEM_KINDS },
    { "PUBLIC KEY", PEM_PUBLIC_KEY },
    { "RSA PUBLIC KEY", PEM_KINDS },
    { "PKCS7", PEM_PKCS7 },
    { "PKCS #7 SIGNED DATA", PEM_PKCS7 },
    { "CMS", PEM_PKCS7 },
    { "PKCS12", PEM_KINDS },
    { "EC PARAMETERS", PEM_KINDS },
    { "certificate", PEM_KINDS },
    { "CERTIFICATES", PEM_KINDS },
    { "CERTIFICAT", PEM_KINDS },
    { "", PEM_KINDS },
};

static void
test_rows(void **state)
{
    size_t i;
    unsigned kind;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct pem_block block = { .label = rows[i].label,
                                         .label_size = strlen(rows[i].label) };
        const struct pem_label *label = pem_label(&block);

        for (kind = 0; kind < PEM_KINDS; kind++)
            assert_int_equal(pem_holds(&block, (enum pem_kind)kind),
                             kind == rows[i].kind);
        if (rows[i].kind == PEM_KINDS) {
            assert_null(label);
            continue;
        }
        assert_non_null(label);
        assert_string_equal(label->text, rows[i].label);
        assert_int_equal(label->type, rows[i].type);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

    return cmocka_run_group_tests_name("pem_label", tests, NULL, NULL);
}

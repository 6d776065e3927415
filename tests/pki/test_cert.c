/*
 * Certificates from files of every kind.
 */
#include "pki/cert.h"

#include <openssl/x509.h>
#include <string.h>

#include "tests/support.h"

static void
expect_cn(const char *name, const char *cn)
{
    struct blob file = fixture(name);
    struct error error = { 0 };
    char got[64] = "";
    X509 *cert = NULL;

    if (cert_parse(name, &file, &cert, &error) != 0)
        fail_msg("%s: code %d, line %u", name, error.code, error.line);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, got,
                              sizeof(got));
    assert_string_equal(got, cn);
    X509_free(cert);
    blob_clear(&file);
}

static void
test_reads(void **state)
{
    static const char *const leaves[] = {
        "leaf.crt",        "fullchain.crt", "leaf-crt.der",
        "crlf.crt",        "bom.crt",       "ctrlz.crt",
        "blank-lines.crt", "preamble.crt",  "nonewline.crt",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(leaves) / sizeof(*leaves); i++)
        expect_cn(leaves[i], "leaf.example.com");
}

static void
test_refuses(void **state)
{
    static const struct {
        const char *name;
        enum error_code code;
        unsigned line; /* 0: not compared */
    } rows[] = {
        { "glued.crt", E_PEM_GLUED, 0 },
        { "indented.crt", E_PEM_INDENTED, 1 },
        { "cronly.crt", E_PEM_CR_ONLY, 1 },
        { "utf16.crt", E_UTF16, 0 },
        { "trusted.crt", E_TRUSTED, 1 },
        { "noend.crt", E_PEM_NO_END, 1 },
        { "nobegin.crt", E_PEM_NO_BEGIN, 22 },
        { "blank-inside.crt", E_PEM_BLANK_LINE, 6 },
        { "badbase64.crt", E_PEM_BAD_DATA, 1 },
        { "badder.crt", E_PEM_BAD_DATA, 1 },
        { "cut.crt", E_PEM_NO_END, 0 },
        { "cut.der", E_BAD_DER, 0 },
        { "trailing.der", E_BAD_DER, 0 },
        { "empty.crt", E_EMPTY, 0 },
        { "blanks.crt", E_EMPTY, 0 },
        { "html.crt", E_HTML, 0 },
        { "leaf.p7b", E_PKCS7, 1 },
        { "leaf-p7b.der", E_PKCS7, 0 },
        { "leaf.p12", E_PKCS12, 0 },
        { "leaf-legacy.p12", E_PKCS12, 0 },
        { "root-nokey.p12", E_PKCS12, 0 },
        { "leaf.key", E_NOT_CERT, 0 },
        { "encrypted.key", E_NOT_CERT, 0 },
        { "public.key", E_NOT_CERT, 0 },
        { "leaf.csr", E_NOT_CERT, 0 },
        { "leaf.crl", E_NOT_CERT, 0 },
        { "leaf-key.der", E_NOT_CERT, 0 },
        { "encrypted.der", E_NOT_CERT, 0 },
        { "pkcs1.der", E_NOT_CERT, 0 },
        { "sec1.der", E_NOT_CERT, 0 },
        { "leaf-csr.der", E_NOT_CERT, 0 },
        { "crl.der", E_NOT_CERT, 0 },
        { "sshkey.pub", E_UNKNOWN_FORMAT, 0 },
        { "README.md", E_UNKNOWN_FORMAT, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct blob file = fixture(rows[i].name);
        struct error error = { 0 };
        X509 *cert = NULL;

        if (cert_parse(rows[i].name, &file, &cert, &error) != -1 ||
            error.code != rows[i].code)
            fail_msg("%s: code %d, not %d", rows[i].name, error.code,
                     rows[i].code);
        assert_null(cert);
        assert_string_equal(error.subject, rows[i].name);
        if (rows[i].line != 0)
            assert_int_equal(error.line, rows[i].line);
        blob_clear(&file);
    }
}

/* A key or a CSR before the certificate is read past, in PEM. */
static void
test_first_of_file(void **state)
{
    struct blob file = fixture("leaf.key"), root = fixture("root.crt");
    struct error error;
    X509 *cert = NULL;

    (void)state;
    blob_append(&file, root.data, root.size);
    assert_int_equal(cert_parse("a.crt", &file, &cert, &error), 0);
    X509_free(cert);
    blob_clear(&file);
    blob_clear(&root);
}

static void
test_der_and_what_follows(void **state)
{
    struct blob file = fixture("leaf-crt.der"), twice = fixture("leaf-crt.der");
    struct error error;
    X509 *cert = NULL;

    (void)state;
    blob_text(&file, "\r\n");
    assert_int_equal(cert_parse("a.der", &file, &cert, &error), 0);
    X509_free(cert);
    cert = NULL;
    blob_append(&twice, file.data, file.size);
    assert_fails(cert_parse("a.der", &twice, &cert, &error), &error, E_BAD_DER,
                 "a.der");
    blob_clear(&file);
    blob_clear(&twice);
}

/* The line breaks are not tried one by one: this would take minutes. */
static void
test_breaks_behind(void **state)
{
    struct blob file = { 0 };
    struct error error;
    X509 *cert = NULL;
    size_t i;

    (void)state;
    blob_text(&file, "0");
    for (i = 0; i < 1 << 18; i++)
        blob_text(&file, "\r\n\r\n\n\n\n\n");
    assert_fails(cert_parse("a.der", &file, &cert, &error), &error,
                 E_UNKNOWN_FORMAT, "a.der");
    blob_clear(&file);
}

/* DER that is sound, or looks like it, but no certificate. */
static void
test_other_der(void **state)
{
    struct blob files[5] = { { 0 } };
    static const enum error_code codes[5] = { E_NOT_CERT, E_PKCS7,
                                              E_UNKNOWN_FORMAT,
                                              E_UNKNOWN_FORMAT,
                                              E_UNKNOWN_FORMAT };
    EVP_PKEY *key = some_key();
    struct error error;
    X509 *cert = NULL;
    size_t i;

    (void)state;
    files[0].size = (size_t)i2d_PUBKEY(key, &files[0].data);
    files[1] = fixture("leaf-p7b.der");
    blob_append(&files[2], "\x30\x03\x02\x01\x05", 5);
    blob_append(&files[3], "\x30", 1);
    blob_append(&files[4], "\x30\x80\x02\x01\x05", 5);
    for (i = 0; i < 5; i++) {
        assert_fails(cert_parse("x.der", &files[i], &cert, &error), &error,
                     codes[i], "x.der");
        assert_null(cert);
        if (i == 0)
            OPENSSL_free(files[i].data);
        else
            blob_clear(&files[i]);
    }
    EVP_PKEY_free(key);
}

/* What a block is, by its label. */
static void
test_labels(void **state)
{
    static const struct {
        const char *label;
        int want;
        enum error_code code;
    } rows[] = {
        { "CERTIFICATE", 1, E_NONE },
        { "X509 CERTIFICATE", 1, E_NONE },
        { "TRUSTED CERTIFICATE", -1, E_TRUSTED },
        { "PKCS7", -1, E_PKCS7 },
        { "PKCS #7 SIGNED DATA", -1, E_PKCS7 },
        { "CMS", -1, E_PKCS7 },
        { "X509 CRL", 0, E_NONE },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct pem_block block = { .label = rows[i].label,
                                         .label_size = strlen(rows[i].label),
                                         .line = 7 };
        struct error error = { 0 };

        assert_int_equal(cert_block(&block, "x.crt", &error), rows[i].want);
        assert_int_equal(error.code, rows[i].code);
        assert_int_equal(error.line, rows[i].code != E_NONE ? 7 : 0);
    }
}

/* Of no given length, which OpenSSL keeps as it was read: the number is that of
   the same name in DER.  Two RDNs, the second of two attributes. */
static void
test_fold_of_ber(void **state)
{
#define A                                                                      \
    "\x30\x08\x06\x03\x55\x04\x03\x0c\x01"                                     \
    "a"
#define B                                                                      \
    "\x30\x08\x06\x03\x55\x04\x0a\x0c\x01"                                     \
    "b"
    static const unsigned char plain[] = "\x30\x22\x31\x0a" A "\x31\x14" A B,
                               ber[] = "\x30\x80\x31\x0a" A "\x31\x80" A B
                                       "\0\0\0\0";
    const unsigned char *at = plain;
    X509_NAME *want = d2i_X509_NAME(NULL, &at, sizeof(plain) - 1);
    X509_NAME *name = d2i_X509_NAME(NULL, (at = ber, &at), sizeof(ber) - 1);

    (void)state;
    assert_non_null(want);
    assert_non_null(name);
    assert_int_equal(X509_NAME_cmp(name, want), 0);
    assert_true(cert_fold_name(name) == cert_fold_name(want));
    X509_NAME_free(name);
    X509_NAME_free(want);
}

static void
test_append(void **state)
{
    struct blob file = fixture("leaf-crt.der"), text = { 0 };
    struct error error;
    X509 *cert = NULL, *again = NULL;

    (void)state;
    assert_int_equal(cert_parse("a.der", &file, &cert, &error), 0);
    assert_int_equal(cert_append(&text, cert, &error), 0);
    assert_memory_equal(text.data, "-----BEGIN CERTIFICATE-----\nMII", 31);
    assert_int_equal(cert_parse("a.pem", &text, &again, &error), 0);
    assert_int_equal(X509_cmp(cert, again), 0);
    X509_free(cert);
    X509_free(again);
    blob_clear(&file);
    blob_clear(&text);
}

static void
test_append_all(void **state)
{
    struct blob der = fixture("leaf-crt.der"), bundle = fixture("preamble.crt"),
                leaf = fixture("leaf.crt"), root = fixture("root.crt"),
                glued = fixture("glued.crt"), crl = fixture("root.crl"),
                trusted = fixture("trusted.crt"), text = { 0 }, chain = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(cert_append_all(&text, "a.der", &der, &error), 0);
    assert_int_equal(text.size, leaf.size);
    assert_memory_equal(text.data, leaf.data, leaf.size);

    /* All of it, without the text between, behind what was there. */
    blob_append(&chain, leaf.data, leaf.size);
    blob_append(&chain, leaf.data, leaf.size);
    blob_append(&chain, root.data, root.size);
    assert_int_equal(cert_append_all(&text, "b.crt", &bundle, &error), 0);
    assert_int_equal(text.size, chain.size);
    assert_memory_equal(text.data, chain.data, chain.size);

    assert_fails(cert_append_all(&text, "c.crt", &glued, &error), &error,
                 E_PEM_GLUED, "c.crt");

    /* What else there is stays behind, and what we do not take is refused. */
    blob_clear(&text);
    blob_append(&bundle, crl.data, crl.size);
    assert_int_equal(cert_append_all(&text, "b.crt", &bundle, &error), 0);
    assert_int_equal(text.size, chain.size - leaf.size);
    blob_append(&bundle, trusted.data, trusted.size);
    assert_fails(cert_append_all(&text, "b.crt", &bundle, &error), &error,
                 E_TRUSTED, "b.crt");
    blob_clear(&crl);
    blob_clear(&trusted);
    blob_clear(&der);
    blob_clear(&bundle);
    blob_clear(&leaf);
    blob_clear(&root);
    blob_clear(&glued);
    blob_clear(&text);
    blob_clear(&chain);
}

static void
test_crl(void **state)
{
    struct blob file = fixture("root.crl"), text = { 0 }, der = { 0 };
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    X509_CRL *crl = NULL;
    size_t refused = 0;

    (void)state;
    pem_start(&cursor, "root.crl", &file);
    assert_int_equal(pem_next(&cursor, &block, &error), 1);
    assert_int_equal(crl_decode(&block, "root.crl", &crl, &error), 0);
    X509_CRL_free(crl);
    crl = NULL;

    /* One byte more, and no base64. */
    assert_int_equal(pem_decode(&block, "root.crl", &der, &error), 0);
    blob_append(&der, "", 1);
    pem_append(&text, "X509 CRL", &der);
    blob_text(&text, "-----BEGIN X509 CRL-----\n?\n-----END X509 CRL-----\n");
    pem_start(&cursor, "long.crl", &text);
    while (pem_next(&cursor, &block, &error) == 1) {
        assert_fails(crl_decode(&block, "long.crl", &crl, &error), &error,
                     E_PEM_BAD_DATA, "long.crl");
        assert_int_equal(error.line, block.line);
        refused++;
    }
    assert_int_equal(refused, 2);
    assert_null(crl);
    blob_clear(&file);
    blob_clear(&text);
    blob_clear(&der);
}

static void
test_times(void **state)
{
    const struct made_cert plan = { .from = TEST_NOW, .to = TEST_NOW + 9 };
    X509 *cert = make_cert(&plan);
    struct error error;
    time_t from = 0, to = 0;

    (void)state;
    assert_true(cert_times(cert, &from, &to));
    assert_true(from == TEST_NOW && to == TEST_NOW + 9);
    assert_int_equal(cert_check_times(cert, "x.crt", from, &error), 0);
    assert_int_equal(cert_check_times(cert, "x.crt", to - 1, &error), 0);
    assert_fails(cert_check_times(cert, "x.crt", from - 1, &error), &error,
                 E_CERT_NOT_YET, "x.crt");
    assert_fails(cert_check_times(cert, "x.crt", to, &error), &error,
                 E_CERT_EXPIRED, "x.crt");
    X509_free(cert);
}

/* What the parser takes need not be dates. */
static void
test_no_times(void **state)
{
    const struct made_cert plan = { .from = TEST_NOW, .to = TEST_NOW + 9 };
    struct error error;
    time_t from, to;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        X509 *cert = make_cert(&plan);
        ASN1_TIME *end =
            i == 0 ? X509_getm_notBefore(cert) : X509_getm_notAfter(cert);

        assert_int_equal(ASN1_STRING_set(end, "today", 5), 1);
        assert_false(cert_times(cert, &from, &to));
        assert_fails(cert_check_times(cert, "x.crt", TEST_NOW, &error), &error,
                     E_CRYPTO, "x.crt");
        X509_free(cert);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_refuses, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_first_of_file, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_der_and_what_follows,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_breaks_behind, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_other_der, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_labels, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_fold_of_ber, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_append, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_append_all, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_crl),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_no_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

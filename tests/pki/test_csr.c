/*
 * Certificate signing requests.
 */
#include "pki/csr.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tests/support.h"

/* A request by words, read back. */
static X509_REQ *
request(EVP_PKEY *key, const char *words)
{
    struct subject subject = { 0 };
    struct blob text = { 0 };
    struct error error;
    X509_REQ *csr = NULL;

    assert_int_equal(type_subject(words, &subject, &error), 0);
    assert_int_equal(csr_create(key, &subject, &text, &error), 0);
    assert_int_equal(
        strncmp((char *)text.data, "-----BEGIN CERTIFICATE REQUEST-----\n", 36),
        0);
    assert_int_equal(csr_parse("a.csr", &text, &csr, &error), 0);
    subject_clear(&subject);
    blob_clear(&text);
    assert_int_equal(ERR_peek_error(), 0);
    return csr;
}

/* How often an extension is asked for, and its criticality. */
static int
count_asked(X509_REQ *csr, int nid, int *critical)
{
    STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(csr);
    int at = -1, n = 0;

    while ((at = X509v3_get_ext_by_NID(list, nid, at)) >= 0) {
        *critical = X509_EXTENSION_get_critical(X509v3_get_ext(list, at));
        n++;
    }
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    return n;
}

static void
test_contents(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509_REQ *csr = request(
        key,
        "subjectAltName:a.example.com,10.0.0.1|O:Example|CN:a.example.com");
    char name[128];
    int critical = -1;

    (void)state;
    assert_int_equal(X509_REQ_get_version(csr), X509_REQ_VERSION_1);
    assert_int_equal(X509_REQ_get_signature_nid(csr),
                     NID_sha256WithRSAEncryption);
    assert_int_equal(X509_REQ_verify(csr, key), 1);
    X509_NAME_oneline(X509_REQ_get_subject_name(csr), name, sizeof(name));
    assert_string_equal(name, "/O=Example/CN=a.example.com");
    assert_int_equal(count_asked(csr, NID_key_usage, &critical), 1);
    assert_int_equal(critical, 0);
    assert_int_equal(count_asked(csr, NID_ext_key_usage, &critical), 1);
    assert_int_equal(critical, 0);
    assert_int_equal(count_asked(csr, NID_subject_alt_name, &critical), 1);
    assert_int_equal(critical, 0);
    assert_int_equal(count_asked(csr, NID_basic_constraints, &critical), 0);
    X509_REQ_free(csr);
    EVP_PKEY_free(key);
}

static void
test_without_altname(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *csr = request(key, "CN:postgres");
    int critical;

    (void)state;
    assert_int_equal(count_asked(csr, NID_subject_alt_name, &critical), 0);
    assert_int_equal(count_asked(csr, NID_key_usage, &critical), 1);
    assert_int_equal(X509_REQ_get_signature_nid(csr), NID_ecdsa_with_SHA256);
    X509_REQ_free(csr);
    EVP_PKEY_free(key);
}

static void
test_without_name(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509_REQ *csr = request(key, "subjectAltName:a.example.com");
    int critical = -1;

    (void)state;
    assert_int_equal(X509_REQ_verify(csr, key), 1);
    assert_int_equal(count_asked(csr, NID_subject_alt_name, &critical), 1);
    assert_int_equal(critical, 1);
    X509_REQ_free(csr);
    EVP_PKEY_free(key);
}

static void
check_reads(const char *name, const struct blob *file)
{
    struct error error;
    X509_REQ *csr = NULL;

    assert_int_equal(csr_parse(name, file, &csr, &error), 0);
    assert_int_equal(X509_REQ_verify(csr, X509_REQ_get0_pubkey(csr)), 1);
    X509_REQ_free(csr);
    assert_int_equal(ERR_peek_error(), 0);
}

static void
test_forms(void **state)
{
    static const char *const names[] = { "leaf.csr", "leaf-csr.der" };
    struct blob file, relabelled = { 0 };
    const char *at;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        file = fixture(names[i]);
        check_reads(names[i], &file);
        blob_clear(&file);
    }
    /* DER that an editor has ended with a line break. */
    file = fixture("leaf-csr.der");
    blob_text(&file, "\r\n");
    check_reads("breaks.csr", &file);
    blob_clear(&file);
    /* The old label, behind a certificate and a line of text. */
    file = fixture("root.crt");
    blob_append(&relabelled, file.data, file.size);
    blob_clear(&file);
    blob_text(&relabelled, "here it comes\n");
    file = fixture("leaf.csr");
    for (at = (char *)file.data; *at != '\0'; at++) {
        if (strncmp(at, "CERTIFICATE REQUEST", 19) == 0)
            blob_text(&relabelled, "NEW ");
        blob_append(&relabelled, at, 1);
    }
    check_reads("new.csr", &relabelled);
    blob_clear(&file);
    blob_clear(&relabelled);
}

static void
test_refused(void **state)
{
    static const struct {
        const char *name;
        enum error_code code;
    } files[] = {
        { "leaf.crt", E_NOT_CSR },    { "leaf-crt.der", E_NOT_CSR },
        { "leaf.key", E_NOT_CSR },    { "cut.der", E_NOT_CSR },
        { "empty.crt", E_EMPTY },     { "blanks.crt", E_EMPTY },
        { "html.crt", E_HTML },       { "utf16.crt", E_UTF16 },
        { "glued.crt", E_PEM_GLUED }, { "cronly.crt", E_PEM_CR_ONLY },
        { "cut.crt", E_PEM_NO_END },
    };
    struct error error;
    X509_REQ *csr = NULL;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct blob file = fixture(files[i].name);

        assert_fails(csr_parse(files[i].name, &file, &csr, &error), &error,
                     files[i].code, files[i].name);
        assert_null(csr);
        assert_int_equal(ERR_peek_error(), 0);
        blob_clear(&file);
    }
}

static void
test_damaged(void **state)
{
    struct blob file = { 0 }, whole = fixture("leaf-csr.der");
    struct blob first = fixture("leaf.csr"), root = fixture("root.crt");
    struct error error;
    X509_REQ *csr = NULL;

    (void)state;
    blob_text(&file, "text\n-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
                     "-----END CERTIFICATE REQUEST-----\n");
    assert_fails(csr_parse("a.csr", &file, &csr, &error), &error,
                 E_PEM_BAD_DATA, "a.csr");
    assert_int_equal(error.line, 2);
    blob_clear(&file);

    /* The first counts, and what is no request does not. */
    blob_append(&file, root.data, root.size);
    blob_append(&file, first.data, first.size);
    blob_text(&file, "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
                     "-----END CERTIFICATE REQUEST-----\n");
    assert_int_equal(csr_parse("a.csr", &file, &csr, &error), 0);
    X509_REQ_free(csr);
    csr = NULL;
    blob_clear(&file);
    /* What can not be decoded is told before that. */
    blob_text(&file, "-----BEGIN CERTIFICATE REQUEST-----\nM!!=\n"
                     "-----END CERTIFICATE REQUEST-----\n");
    assert_fails(csr_parse("a.csr", &file, &csr, &error), &error,
                 E_PEM_BAD_DATA, "a.csr");
    blob_clear(&file);
    blob_clear(&first);
    blob_clear(&root);

    /* Something behind the DER is not let pass. */
    blob_append(&whole, "x", 1);
    assert_fails(csr_parse("a.der", &whole, &csr, &error), &error, E_NOT_CSR,
                 "a.der");
    blob_clear(&whole);
    assert_int_equal(ERR_peek_error(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_without_altname),
        cmocka_unit_test(test_without_name),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests_name("csr", tests, NULL, NULL);
}

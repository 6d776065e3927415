/*
 * What a file is.
 */
#include "pki/inspect.h"

#include <dirent.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "tests/support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What was shown: kinds in short, and all texts one behind the other. */
struct shown {
    struct blob kinds, text;
    size_t count, total;
    bool der;
};

static int
record(void *arg, const struct inspection *element, struct error *error)
{
    static const char *const names[INSPECT_KINDS] = {
        [INSPECT_UNKNOWN] = "unknown",
        [INSPECT_KEY] = "key",
        [INSPECT_KEY_ENCRYPTED] = "encrypted",
        [INSPECT_KEY_TYPE_ENCRYPTED] = "encrypted-type",
        [INSPECT_CERT] = "cert",
        [INSPECT_CSR] = "csr",
        [INSPECT_CRL] = "crl",
        [INSPECT_PKCS7] = "pkcs7",
        [INSPECT_PKCS12] = "pkcs12",
        [INSPECT_SSH_KEY] = "ssh",
        [INSPECT_OTHER] = "other",
    };
    struct shown *shown = arg;

    (void)error;
    assert_int_equal(element->element, ++shown->count);
    assert_int_equal(element->text_size,
                     strnlen(element->text, element->text_size));
    if (shown->kinds.size > 0)
        blob_text(&shown->kinds, " ");
    blob_text(&shown->kinds, names[element->kind]);
    blob_append(&shown->text, element->text, element->text_size);
    shown->total = element->total;
    shown->der = element->der;
    return 0;
}

static void
shown_clear(struct shown *shown)
{
    blob_clear(&shown->kinds);
    blob_clear(&shown->text);
}

/* The kinds in a fixture and, if it is damaged, with what it ends. */
struct expectation {
    const char *name, *kinds, *text; /* text NULL: not looked at */
    bool der;
    enum error_code code;
    unsigned line;
};

static const struct expectation expectations[] = {
    { "root.crt", "cert" },
    { "root.key", "key", "RSA 2048" },
    { "leaf.csr", "csr" },
    { "bundle.crt", "cert cert" },
    { "fullchain.crt", "cert cert cert" },
    { "root.crl", "crl" },
    { "revoked.crl", "crl" },
    { "rsa4096.key", "key", "RSA 4096" },
    { "ec.key", "key", "EC P-256" },
    { "ec384.key", "key", "EC P-384" },
    { "ec521.key", "key", "EC P-521" },
    { "ec-k1.key", "key", "EC secp256k1" },
    { "ed25519.key", "key", "Ed25519" },
    { "dsa.key", "key", "DSA 2048" },
    { "dsa-traditional.key", "key", "DSA 2048" },
    { "pkcs1.key", "key", "RSA 2048" },
    { "pkcs1.der", "key", "RSA 2048", true },
    { "sec1.key", "other key", "EC PARAMETERSEC P-256" },
    { "sec1.der", "key", "EC P-256", true },
    { "leaf-key.der", "key", "RSA 2048", true },
    { "encrypted.key", "encrypted", "" },
    { "encrypted.der", "encrypted", "", true },
    { "encrypted-traditional.key", "encrypted-type", "RSA" },
    { "encrypted-empty.key", "encrypted", "" },
    { "encrypted-legacy.key", "encrypted", "" },
    { "public.key", "other", "PUBLIC KEY" },
    { "openssh.key", "other", "OPENSSH PRIVATE KEY" },
    { "sshkey.pub", "ssh", "ssh-rsa 2048" },
    { "leaf-crt.der", "cert", NULL, true },
    { "leaf-csr.der", "csr", NULL, true },
    { "crl.der", "crl", NULL, true },
    { "leaf.p7b", "pkcs7", "" },
    { "leaf-p7b.der", "pkcs7", "", true },
    { "leaf.p12", "pkcs12", "", true },
    { "leaf-legacy.p12", "pkcs12", "", true },
    { "ec-keyonly.p12", "pkcs12", "", true },
    { "ed25519-empty.p12", "pkcs12", "", true },
    { "root-nokey.p12", "pkcs12", "", true },
    { "crlf.crt", "cert cert" },
    { "bom.crt", "cert cert" },
    { "bom-inside.crt", "cert cert" },
    { "ctrlz.crt", "cert cert" },
    { "blank-lines.crt", "cert cert" },
    { "preamble.crt", "cert cert" },
    { "nonewline.crt", "cert cert" },
    { "trusted.crt", "other", "TRUSTED CERTIFICATE" },
    { "cut.der", "unknown", "" },
    { "trailing.der", "unknown", "" },
    { "der-and-der.crt", "unknown", "" },
    { "der-and-pem.crt", "", "", false, E_PEM_NO_BEGIN, 23 },
    { "pem-and-der.crt", "cert cert" },
    { "pkcs7-as-cert.crt", "", "", false, E_PEM_BAD_DATA, 1 },
    { "csr-as-cert.crt", "", "", false, E_PEM_BAD_DATA, 1 },
    { "key-as-cert.crt", "", "", false, E_PEM_BAD_DATA, 1 },
    { "pkcs12-as-cert.crt", "", "", false, E_PEM_BAD_DATA, 1 },
    { "cert-as-csr.csr", "", "", false, E_PEM_BAD_DATA, 1 },
    { "cert-as-key.key", "", "", false, E_PEM_BAD_DATA, 1 },
    { "cert-as-pkcs7.p7b", "", "", false, E_PEM_BAD_DATA, 1 },
    { "glued.crt", "", "", false, E_PEM_GLUED, 23 },
    { "indented.crt", "", "", false, E_PEM_INDENTED, 1 },
    { "cronly.crt", "", "", false, E_PEM_CR_ONLY, 1 },
    { "utf16.crt", "", "", false, E_UTF16, 1 },
    { "noend.crt", "", "", false, E_PEM_NO_END, 1 },
    { "nobegin.crt", "", "", false, E_PEM_NO_BEGIN, 22 },
    { "blank-inside.crt", "", "", false, E_PEM_BLANK_LINE, 6 },
    { "badbase64.crt", "", "", false, E_PEM_BAD_DATA, 1 },
    { "badder.crt", "", "", false, E_PEM_BAD_DATA, 1 },
    { "cut.crt", "cert", NULL, false, E_PEM_NO_END, 24 },
    { "empty.crt", "", "", false, E_EMPTY, 0 },
    { "blanks.crt", "", "", false, E_EMPTY, 0 },
    { "html.crt", "", "", false, E_HTML, 0 },
    { "csr-badsig.csr", "csr" },
    { "ec.crt", "cert" },
    { "ed25519.crt", "cert" },
    { "expired.crt", "cert" },
    { "expired.key", "key", "RSA 2048" },
    { "future.crt", "cert" },
    { "future.key", "key", "RSA 2048" },
    { "inter.crt", "cert" },
    { "inter.key", "key", "RSA 2048" },
    { "leaf.crl", "crl" },
    { "leaf.crt", "cert" },
    { "leaf.key", "key", "RSA 2048" },
    { "noca.crt", "cert" },
    { "noca.key", "key", "RSA 2048" },
    { "other.crt", "cert" },
    { "other.key", "key", "RSA 2048" },
    { "altered.crt", "cert" },
    { "backwards.crt", "cert" },
    { "bundle-again.crt", "cert cert cert" },
    { "bundle-reversed.crt", "cert cert" },
    { "bundle-crl-expired.crt", "cert cert crl crl" },
    { "bundle-crl-future.crt", "cert cert crl crl" },
    { "bundle-crl-again.crt", "cert cert crl crl" },
    { "bundle-no-crls.crt", "cert cert crl crl" },
    { "bundle-revoked.crt", "cert cert crl crl" },
    { "again.crl", "crl" },
    { "expired.crl", "crl" },
    { "future.crl", "crl" },
    { "ca-for-others.crt", "cert" },
    { "ca-no-crls.crt", "cert" },
    { "ca-not.crt", "cert" },
    { "ca-other-id.crt", "cert" },
    { "ca-policy.crt", "cert" },
    { "ca-unable.crt", "cert" },
    { "ca-web-only.crt", "cert" },
    { "chain-altered.crt", "cert cert cert" },
    { "chain-ca-for-others.crt", "cert cert cert" },
    { "chain-ca-no-crls.crt", "cert cert cert" },
    { "chain-ca-not.crt", "cert cert cert" },
    { "chain-ca-other-id.crt", "cert cert cert" },
    { "chain-ca-policy.crt", "cert cert cert" },
    { "chain-ca-unable.crt", "cert cert cert" },
    { "chain-ca-web-only.crt", "cert cert cert" },
    { "chain-extra.crt", "cert cert cert cert" },
    { "chain-inter-again.crt", "cert cert cert" },
    { "chain-leaf-second.crt", "cert cert cert" },
    { "chain-no-inter.crt", "cert cert" },
    { "chain-no-root.crt", "cert cert" },
    { "chain-reversed.crt", "cert cert cert" },
    { "chain-too-deep.crt", "cert cert cert cert" },
    { "chain-twice.crt", "cert cert cert cert" },
    { "client-only.crt", "cert" },
    { "cn-not-in-san.crt", "cert" },
    { "cn-only.crt", "cert" },
    { "dbclient-typo.crt", "cert" },
    { "dbclient.crt", "cert" },
    { "inter-again.crt", "cert" },
    { "inter-again.key", "key", "RSA 2048" },
    { "inter-below.crt", "cert" },
    { "ip-as-dns.crt", "cert" },
    { "key-and-cert.crt", "key cert" },
    { "leaf-below.crt", "cert" },
    { "malformed.crt", "cert" },
    { "rsa1024.crt", "cert" },
    { "rsa1024.key", "key", "RSA 1024" },
    { "serial0.crt", "cert" },
    { "encipher-only.crt", "cert" },
    { "server-only.crt", "cert" },
    { "sha1.crt", "cert" },
    { "soon.crt", "cert" },
    { "wildcard.crt", "cert" },
    { "dbca.crt", "cert" },
    { "dbca.key", "key", "RSA 2048" },
    { "dbserver-expired.crt", "cert" },
    { "dbserver-plain.crt", "cert" },
    { "dbserver-usage.crt", "cert" },
    { "dbserver.crt", "cert" },
    { "dbserver.key", "key", "RSA 2048" },
    { "dbuser-case.crt", "cert" },
    { "dbuser-expired.crt", "cert" },
    { "dbuser-future.crt", "cert" },
    { "dbuser-only.crt", "cert" },
    { "dbuser-soon.crt", "cert" },
    { "dbuser-usage.crt", "cert" },
    { "dbuser.crt", "cert" },
    { "dbuser.key", "key", "RSA 2048" },
};

static void
check_expectation(const struct expectation *want)
{
    struct blob file = fixture(want->name);
    struct shown shown = { 0 };
    struct error error = { 0 };
    int r;

    blob_text(&shown.kinds, "");
    blob_text(&shown.text, "");
    r = inspect(want->name, &file, record, &shown, &error);
    if (r != (want->code == E_NONE ? 0 : -1) || error.code != want->code ||
        error.line != want->line ||
        strcmp((char *)shown.kinds.data, want->kinds) != 0 ||
        shown.der != want->der || shown.total != shown.count ||
        (want->text != NULL &&
         strcmp((char *)shown.text.data, want->text) != 0))
        fail_msg("%s: '%s' (%zu) '%s' code %d line %u", want->name,
                 (char *)shown.kinds.data, shown.total,
                 want->text != NULL ? (char *)shown.text.data : "", error.code,
                 error.line);
    assert_int_equal(ERR_peek_error(), 0);
    shown_clear(&shown);
    blob_clear(&file);
}

/* No fixture is left out. */
static void
test_all_fixtures(void **state)
{
    DIR *dir = opendir(SOURCE_DIR "/testdata/pki");
    struct dirent *entry;

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        size_t i = 0;

        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "README.md") == 0)
            continue;
        while (i < COUNT(expectations) &&
               strcmp(expectations[i].name, entry->d_name) != 0)
            i++;
        if (i == COUNT(expectations))
            fail_msg("%s is not expected to be anything", entry->d_name);
    }
    closedir(dir);
}

static void
test_fixtures(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(expectations); i++)
        check_expectation(&expectations[i]);
}

/* A type is told only by a label that has one. */
static void
test_encrypted_labels(void **state)
{
    static const struct {
        const char *label, *kinds, *text;
    } rows[] = {
        { "EC PRIVATE KEY", "encrypted-type", "EC" },
        { "DSA PRIVATE KEY", "encrypted-type", "DSA" },
        { "PRIVATE KEY", "encrypted", "" },
        { "ENCRYPTED PRIVATE KEY", "encrypted", "" },
        { "FOO PRIVATE KEY", "other", "FOO PRIVATE KEY" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        char *text = xasprintf("-----BEGIN %s-----\n"
                               "Proc-Type: 4,ENCRYPTED\n\nYQ==\n"
                               "-----END %s-----\n",
                               rows[i].label, rows[i].label);
        struct shown shown = { 0 };
        struct blob file = { 0 };
        struct error error;

        blob_text(&file, text);
        blob_text(&shown.text, "");
        assert_int_equal(inspect("x", &file, record, &shown, &error), 0);
        assert_string_equal((char *)shown.kinds.data, rows[i].kinds);
        assert_string_equal((char *)shown.text.data, rows[i].text);
        shown_clear(&shown);
        blob_clear(&file);
        free(text);
    }
}

static void
check_layout(struct scratch *scratch, const char *name, const char *command)
{
    struct shown shown = { 0 };
    struct blob want = { 0 }, file;
    struct error error;

    file = get_file(scratch->store, name);
    assert_int_equal(inspect(name, &file, record, &shown, &error), 0);
    assert_int_equal(run_shell(scratch, command, &want), 0);
    assert_string_equal((char *)shown.text.data, (char *)want.data);
    shown_clear(&shown);
    blob_clear(&want);
    blob_clear(&file);
}

/* The layout is OpenSSL's, to the byte. */
static void
test_layout(void **state)
{
    static const char *const certs[] = { "root.crt",    "inter.crt",
                                         "leaf.crt",    "ec.crt",
                                         "ed25519.crt", "noca.crt",
                                         "expired.crt" };
    struct scratch *scratch = *state;
    size_t i;

    if (run_shell(scratch, "command -v openssl", NULL) != 0) {
        print_message("no openssl: skipped\n");
        skip();
    }
    for (i = 0; i < COUNT(certs); i++) {
        char *command = xasprintf("openssl x509 -in %s -text -noout", certs[i]);

        fixture_store(scratch->store, certs[i]);
        check_layout(scratch, certs[i], command);
        free(command);
    }
    fixture_store(scratch->store, "leaf.csr");
    check_layout(scratch, "leaf.csr", "openssl req -in leaf.csr -text -noout");
    fixture_store(scratch->store, "revoked.crl");
    check_layout(scratch, "revoked.crl",
                 "openssl crl -in revoked.crl -text -noout");
    fixture_store(scratch->store, "fullchain.crt");
    fixture_store(scratch->store, "bundle.crt");
    check_layout(scratch, "fullchain.crt",
                 "openssl x509 -in leaf.crt -text -noout; "
                 "openssl x509 -in inter.crt -text -noout; "
                 "openssl x509 -in root.crt -text -noout");
}

/* A certificate whose names hold what the callers choose. */
static struct blob
odd_cert(const char *cn, const char *dns)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *cert = X509_new();
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_IA5STRING_new();
    struct blob text = { 0 };
    struct error error;

    ASN1_STRING_set(value, dns, -1);
    GENERAL_NAME_set0_value(name, GEN_DNS, value);
    sk_GENERAL_NAME_push(names, name);
    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0);
    X509_set_version(cert, X509_VERSION_3);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(cert), NID_commonName,
                               V_ASN1_UTF8STRING, (const unsigned char *)cn, -1,
                               -1, 0);
    X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(cert), 1, 0, NULL);
    X509_set_pubkey(cert, key);
    assert_true(X509_sign(cert, key, NULL) > 0);
    assert_int_equal(cert_append(&text, cert, &error), 0);
    GENERAL_NAMES_free(names);
    X509_free(cert);
    EVP_PKEY_free(key);
    return text;
}

/* What OpenSSL's library prints. */
static void
check_like_openssl(EVP_PKEY *key)
{
    EVP_PKEY *other = some_key();
    X509 *cert = X509_new();
    BIO *out = BIO_new(BIO_s_mem());
    struct shown shown = { 0 };
    struct blob text = { 0 };
    struct error error;
    char *want;
    long size;

    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(cert), 1, 0, NULL);
    assert_true(X509_set_pubkey(cert, key));
    /* A key that is too short does not sign. */
    assert_true(X509_sign(cert, EVP_PKEY_get_bits(key) > 64 ? key : other,
                          EVP_sha256()) > 0);
    assert_int_equal(cert_append(&text, cert, &error), 0);
    assert_int_equal(inspect("x.crt", &text, record, &shown, &error), 0);
    X509_print_ex(out, cert, XN_FLAG_ONELINE, 0);
    size = BIO_get_mem_data(out, &want);
    assert_int_equal(size, shown.text.size);
    assert_memory_equal(want, shown.text.data, shown.text.size);
    assert_int_equal(ERR_peek_error(), 0);
    shown_clear(&shown);
    blob_clear(&text);
    BIO_free(out);
    X509_free(cert);
    EVP_PKEY_free(other);
    EVP_PKEY_free(key);
}

static EVP_PKEY *
rsa_key(const char *kind, int bits, const char *exponent)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    EVP_PKEY *key = NULL;
    BIGNUM *e = NULL;

    BN_dec2bn(&e, exponent);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    BN_free(e);
    return key;
}

/* Smaller than OpenSSL would make one. */
static EVP_PKEY *
rsa_numbers(const char *modulus)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *n = NULL, *e = NULL;
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params;

    BN_dec2bn(&n, modulus);
    BN_dec2bn(&e, "3");
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
    params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    BN_free(e);
    return key;
}

/* Public keys of all shapes: with and without a leading zero, of whole lines
   and of a few octets more, with strange exponents. */
static void
test_public_keys(void **state)
{
    (void)state;
    check_like_openssl(rsa_key("RSA", 1024, "65537"));
    check_like_openssl(rsa_key("RSA", 592, "3"));
    check_like_openssl(rsa_key("RSA", 593, "17"));
    check_like_openssl(rsa_key("RSA", 599, "4294967295"));
    check_like_openssl(rsa_key("RSA", 600, "4294967297"));
    check_like_openssl(rsa_key("RSA", 601, "36893488147419103233"));
    check_like_openssl(rsa_key("RSA-PSS", 1024, "65537"));
    check_like_openssl(rsa_numbers("18446744073709551557"));
    check_like_openssl(EVP_EC_gen("P-256"));
}

/* As OpenSSL shows it, but for its errors, in which addresses stand. */
static void
check_unknown_key(const char *name, const char *label)
{
    static const unsigned char rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x01, 0x01 };
    struct blob file = fixture(name), der = { 0 }, text = { 0 };
    struct shown shown = { 0 };
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    unsigned char *found;

    pem_start(&cursor, name, &file);
    assert_int_equal(pem_next(&cursor, &block, &error), 1);
    assert_int_equal(pem_decode(&block, name, &der, &error), 0);
    found = memmem(der.data, der.size, rsa, sizeof(rsa));
    assert_non_null(found);
    found[sizeof(rsa) - 1] = 0x63;
    pem_append(&text, label, &der);
    assert_int_equal(inspect("x", &text, record, &shown, &error), 0);
    assert_non_null(strstr((char *)shown.text.data,
                           "            Public Key Algorithm: "
                           "1.2.840.113549.1.1.99\n"
                           "            Unable to load Public Key\n"
                           "        "));
    assert_non_null(strstr((char *)shown.text.data, "CN = leaf.example.com"));
    assert_non_null(strstr((char *)shown.text.data, "Signature Value:"));
    assert_null(strstr((char *)shown.text.data, "error"));
    assert_int_equal(ERR_peek_error(), 0);
    shown_clear(&shown);
    blob_clear(&text);
    blob_clear(&der);
    blob_clear(&file);
}

static void
test_unknown_keys(void **state)
{
    (void)state;
    check_unknown_key("leaf.crt", "CERTIFICATE");
    check_unknown_key("leaf.csr", "CERTIFICATE REQUEST");
}

/* Letters can be read, but nothing steers the terminal. */
static void
test_odd_names(void **state)
{
    struct blob file = odd_cert("Žižkov 会议\x1b[2J\xc2\x9b"
                                "1m",
                                "a\x1b[31m\r\xc2\x9b"
                                "b\x9b"
                                "1m.example\x7f");
    struct shown shown = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(inspect("odd.crt", &file, record, &shown, &error), 0);
    assert_non_null(strstr((char *)shown.text.data,
                           "Subject: CN = Žižkov 会议\\1B[2J??1m\n"));
    assert_non_null(
        strstr((char *)shown.text.data, "DNS:a?[31m???b?1m.example?\n"));
    assert_null(strpbrk((char *)shown.text.data, "\x1b\r\x7f"));
    shown_clear(&shown);
    blob_clear(&file);
}

/* Nor does it begin a line, which could be taken for an answer of ours. */
static void
test_names_of_lines(void **state)
{
    struct blob file = odd_cert("a", "x\ny\n\ncms> Success\n.example\n"
                                     "Revoked Certificates:");
    struct shown shown = { 0 };
    struct error error;
    const char *at;

    (void)state;
    assert_int_equal(inspect("odd.crt", &file, record, &shown, &error), 0);
    at = (char *)shown.text.data;
    assert_non_null(strstr(at, "DNS:x?y??cms> Success?.example?Revoked"));
    while ((at = strchr(at, '\n')) != NULL && *++at != '\0')
        assert_int_equal(*at, ' ');
    shown_clear(&shown);
    blob_clear(&file);
}

/* One octet more than it has makes DER something else. */
static void
test_more_than_der(void **state)
{
    static const char *const names[] = { "leaf-crt.der", "leaf-csr.der",
                                         "crl.der",      "leaf-p7b.der",
                                         "leaf.p12",     "leaf-key.der" };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        struct blob file = fixture(names[i]);
        struct shown shown = { 0 };
        struct error error;

        blob_append(&file, "", 1);
        assert_int_equal(inspect(names[i], &file, record, &shown, &error), 0);
        assert_string_equal(shown.kinds.data, "unknown");
        assert_int_equal(shown.text.size, 0);
        shown_clear(&shown);
        blob_clear(&file);
    }
}

/* Line breaks behind DER change nothing. */
static void
test_breaks(void **state)
{
    static const struct {
        const char *name, *kind;
    } rows[] = {
        { "leaf-crt.der", "cert" }, { "leaf-csr.der", "csr" },
        { "crl.der", "crl" },       { "leaf-p7b.der", "pkcs7" },
        { "leaf.p12", "pkcs12" },   { "leaf-key.der", "key" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct blob file = fixture(rows[i].name);
        struct shown shown = { 0 };
        struct error error;

        blob_text(&file, "\r\n");
        assert_int_equal(inspect(rows[i].name, &file, record, &shown, &error),
                         0);
        assert_string_equal(shown.kinds.data, rows[i].kind);
        assert_true(shown.der);
        shown_clear(&shown);
        blob_clear(&file);
    }
}

/* No number of a key, in any form, is shown. */
static void
test_no_key_material(void **state)
{
    static const char *const names[] = { "leaf.key", "leaf-key.der", "ec.key",
                                         "ed25519.key", "leaf.p12" };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        struct blob file = fixture(names[i]);
        struct shown shown = { 0 };
        struct error error;

        assert_int_equal(inspect(names[i], &file, record, &shown, &error), 0);
        assert_true(shown.text.size < 16);
        shown_clear(&shown);
        blob_clear(&file);
    }
}

/* A kind of key that is not taken is a key all the same. */
static void
test_other_kinds_of_key(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    unsigned char *der = NULL;
    struct blob file = { 0 };
    struct shown shown = { 0 };
    struct error error;

    (void)state;
    file.size = (size_t)i2d_PrivateKey(key, &der);
    file.data = der;
    assert_int_equal(inspect("x.key", &file, record, &shown, &error), 0);
    assert_string_equal((char *)shown.kinds.data, "key");
    assert_string_equal((char *)shown.text.data, "X25519");
    shown_clear(&shown);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
}

/* What was good is shown before the damage is named. */
static void
test_damaged_bundle(void **state)
{
    struct blob good = fixture("bundle.crt"), bad = fixture("badder.crt");
    struct blob file = { 0 };
    struct shown shown = { 0 };
    struct error error;

    (void)state;
    blob_append(&file, good.data, good.size);
    blob_append(&file, bad.data, bad.size);
    blob_append(&file, good.data, good.size);
    assert_fails(inspect("x.crt", &file, record, &shown, &error), &error,
                 E_PEM_BAD_DATA, "x.crt");
    assert_int_equal(error.line, 40);
    assert_string_equal((char *)shown.kinds.data, "cert cert");
    assert_int_equal(shown.total, 5);
    shown_clear(&shown);
    blob_clear(&file);
    blob_clear(&bad);
    blob_clear(&good);
}

static int
refuse_second(void *arg, const struct inspection *element, struct error *error)
{
    ++*(size_t *)arg;
    return element->element == 2 ? fail_pair(error, E_CANCELLED, NULL, NULL)
                                 : 0;
}

static void
test_stopped(void **state)
{
    struct blob file = fixture("fullchain.crt");
    struct error error;
    size_t calls = 0;

    (void)state;
    assert_fails(inspect("x.crt", &file, refuse_second, &calls, &error), &error,
                 E_CANCELLED, "");
    assert_int_equal(calls, 2);
    blob_clear(&file);
}

/* Text that means nothing, and the names of blocks that nobody knows. */
static void
test_unknown(void **state)
{
    struct blob file = { 0 };
    struct shown shown = { 0 };
    struct error error;

    (void)state;
    blob_text(&file, "just a text\n");
    assert_int_equal(inspect("x.txt", &file, record, &shown, &error), 0);
    assert_string_equal((char *)shown.kinds.data, "unknown");
    assert_int_equal(shown.total, 1);
    shown_clear(&shown);
    blob_clear(&file);

    /* Only a key is encrypted so. */
    blob_text(&file, "-----BEGIN CERTIFICATE-----\n"
                     "Proc-Type: 4,ENCRYPTED\n\nAAAA\n"
                     "-----END CERTIFICATE-----\n");
    shown = (struct shown){ 0 };
    assert_fails(inspect("x.txt", &file, record, &shown, &error), &error,
                 E_PEM_BAD_DATA, "x.txt");
    shown_clear(&shown);
    blob_clear(&file);

    blob_text(&file,
              "-----BEGIN A\x1b[1m-----\nAAAA\n-----END A\x1b[1m-----\n");
    shown = (struct shown){ 0 };
    assert_int_equal(inspect("x.txt", &file, record, &shown, &error), 0);
    assert_string_equal((char *)shown.kinds.data, "other");
    assert_string_equal((char *)shown.text.data, "A?[1m");
    shown_clear(&shown);
    blob_clear(&file);
}

static int
look_at(void *arg, const struct inspection *element, struct error *error)
{
    (void)error;
    *(size_t *)arg += strnlen(element->text, element->text_size);
    return 0;
}

/* Bytes that are wrong here and there: an answer, or a failure with a code. */
static void
test_mutations(void **state)
{
    unsigned long random = 20260601;
    struct error error;
    size_t i, seen = 0;
    int k, n;

    (void)state;
    for (i = 0; i < COUNT(expectations); i++)
        for (k = 0; k < 40; k++) {
            struct blob file = fixture(expectations[i].name);

            for (n = 0; n <= k % 4 && file.size > 0; n++) {
                random = random * 6364136223846793005UL + 1442695040888963407UL;
                file.data[(random >> 33) % file.size] =
                    (unsigned char)(random >> 24);
            }
            error.code = E_NONE;
            if (inspect("x", &file, look_at, &seen, &error) != 0)
                assert_int_not_equal(error.code, E_NONE);
            else
                assert_int_equal(error.code, E_NONE);
            assert_int_equal(ERR_peek_error(), 0);
            blob_clear(&file);
        }
    assert_true(seen > 100000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fixtures),
        cmocka_unit_test(test_fixtures),
        cmocka_unit_test(test_encrypted_labels),
        cmocka_unit_test_setup_teardown(test_layout, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_public_keys),
        cmocka_unit_test(test_unknown_keys),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_names_of_lines),
        cmocka_unit_test(test_more_than_der),
        cmocka_unit_test(test_breaks),
        cmocka_unit_test(test_no_key_material),
        cmocka_unit_test(test_other_kinds_of_key),
        cmocka_unit_test(test_damaged_bundle),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}

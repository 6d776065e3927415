/*
 * What makes files.
 */
#include "pki/issue.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/key.h"
#include "pki/match.h"
#include "pki/pem.h"
#include "pki/tbs.h"
#include "pki/xalloc.h"
#include "tests/support.h"

static const struct keygen keygen = { .bits = 2048, .method = KEYGEN_LIBRARY };
static const struct validity year = { .now = TEST_NOW, .days = 365 };

/*
 * Short forms of what is tested.
 */

static void
make_request(struct store *store, const char *basename, const char *words)
{
    struct subject subject = { 0 };
    struct error error;

    assert_int_equal(type_subject(words, &subject, &error), 0);
    assert_int_equal(issue_request(store, basename, &subject, &keygen, &error),
                     0);
    subject_clear(&subject);
}

static void
make_ca(struct store *store, const char *basename, const char *words,
        const struct validity *validity)
{
    struct subject subject = { 0 };
    struct error error;

    assert_int_equal(type_subject(words, &subject, &error), 0);
    assert_int_equal(
        issue_selfsigned(store, basename, &subject, &keygen, validity, &error),
        0);
    subject_clear(&subject);
}

static void
sign(struct store *store, const char *basename, const char *ca)
{
    struct error error;

    assert_int_equal(sign_and_write(store, basename, ca, true, &year, &error),
                     0);
}

/* For peers that can not be told another time. */
static struct validity
from_now(void)
{
    return (struct validity){ .now = time(NULL), .days = 30 };
}

static void
check_sign_fails(struct store *store, const char *basename, const char *ca,
                 enum error_code code, const char *name)
{
    char *crt = xasprintf("%s.crt", basename);
    bool had = store_has(store, STORE_FILES, crt);
    struct error error;

    assert_fails(sign_and_write(store, basename, ca, true, &year, &error),
                 &error, code, name);
    assert_int_equal(store_has(store, STORE_FILES, crt), had);
    assert_int_equal(ERR_peek_error(), 0);
    free(crt);
}

static X509 *
read_cert(struct store *store, const char *name)
{
    struct blob file = get_file(store, name);
    struct error error;
    X509 *cert = NULL;

    assert_int_equal(cert_parse(name, &file, &cert, &error), 0);
    blob_clear(&file);
    return cert;
}

static mode_t
file_mode(struct scratch *scratch, const char *name)
{
    char *path = xasprintf("%s/files/%s", scratch->path, name);
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    free(path);
    return st.st_mode & 07777;
}

static void
put_file(struct store *store, const char *name, const struct blob *blob)
{
    struct store_change change = { name, blob, 0644 };
    struct error error;

    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
}

static void
put_key(struct store *store, const char *name, EVP_PKEY *key)
{
    struct blob text = { 0 };
    struct error error;

    assert_int_equal(key_format(key, &text, &error), 0);
    put_file(store, name, &text);
    blob_clear(&text);
}

static bool
has_usage(X509 *cert, int nid)
{
    EXTENDED_KEY_USAGE *usages =
        X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    bool found = false;
    int i;

    for (i = 0; i < sk_ASN1_OBJECT_num(usages); i++)
        found = found || OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i)) == nid;
    EXTENDED_KEY_USAGE_free(usages);
    return found;
}

/* -1 when the extension is not there. */
static int
criticality(const X509 *cert, int nid)
{
    int at = X509_get_ext_by_NID(cert, nid, -1);

    return at < 0 ? -1 : X509_EXTENSION_get_critical(X509_get_ext(cert, at));
}

static void
check_times(const X509 *cert, time_t from, time_t to)
{
    assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notBefore(cert), from), 0);
    assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notAfter(cert), to), 0);
}

/*
 * Requests and self-signed certificates.
 */

static void
test_request(void **state)
{
    struct scratch *scratch = *state;
    enum match_kind kind;
    struct error error;

    make_request(scratch->store, "cms", "CN:cms|subjectAltName:a.b,10.0.0.1");
    assert_int_equal(file_mode(scratch, "cms.key"), 0600);
    assert_int_equal(file_mode(scratch, "cms.csr"), 0644);
    assert_int_equal(match(scratch->store, "cms.key", "cms.csr", &kind, &error),
                     0);
    assert_int_equal(kind, MATCH_CSR);
}

static void
test_request_again(void **state)
{
    struct scratch *scratch = *state;
    struct blob before, after;
    enum match_kind kind;
    struct error error;

    make_request(scratch->store, "cms", "CN:one");
    before = get_file(scratch->store, "cms.key");
    make_request(scratch->store, "cms", "CN:two");
    after = get_file(scratch->store, "cms.key");
    assert_string_not_equal((char *)before.data, (char *)after.data);
    assert_int_equal(match(scratch->store, "cms.key", "cms.csr", &kind, &error),
                     0);
    blob_clear(&before);
    blob_clear(&after);
}

static int
give_up(void *arg, enum keygen_event event)
{
    (void)event;
    ++*(int *)arg;
    return -1;
}

/* What is wrong is said before time is spent on a key. */
static void
test_checks_first(void **state)
{
    struct scratch *scratch = *state;
    int calls = 0;
    const struct keygen counting = { 2048, KEYGEN_FAST, give_up, &calls };
    const struct validity bad[] = { { TEST_NOW, 0 }, { TEST_NOW, 36501 } };
    const struct subject empty = { 0 };
    struct store_names names;
    struct error error;

    assert_fails(
        issue_request(scratch->store, "a.b", &empty, &counting, &error), &error,
        E_BAD_BASENAME, "a.b");
    assert_fails(issue_selfsigned(scratch->store, "a/b", &empty, &counting,
                                  &year, &error),
                 &error, E_BAD_BASENAME, "a/b");
    assert_fails(issue_selfsigned(scratch->store, "a", &empty, &counting,
                                  &bad[0], &error),
                 &error, E_DAYS, "0");
    assert_fails(issue_selfsigned(scratch->store, "a", &empty, &counting,
                                  &bad[1], &error),
                 &error, E_DAYS, "36501");
    assert_int_equal(calls, 0);
    assert_int_equal(store_list(scratch->store, STORE_FILES, &names, &error),
                     0);
    assert_int_equal(names.count, 0);
    store_names_clear(&names);
}

static void
test_selfsigned(void **state)
{
    struct scratch *scratch = *state;
    enum match_kind kind;
    struct error error;
    char name[64];
    X509 *cert;

    make_ca(scratch->store, "dbca", "CN:My CA|C:no|subjectAltName:ca.b", &year);
    assert_int_equal(file_mode(scratch, "dbca.key"), 0600);
    assert_int_equal(file_mode(scratch, "dbca.crt"), 0644);
    assert_int_equal(
        match(scratch->store, "dbca.key", "dbca.crt", &kind, &error), 0);
    cert = read_cert(scratch->store, "dbca.crt");
    X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
    assert_string_equal(name, "/C=NO/CN=My CA");
    assert_int_equal(
        X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)),
        0);
    assert_int_equal(X509_get_version(cert), X509_VERSION_3);
    assert_int_equal(X509_verify(cert, X509_get0_pubkey(cert)), 1);
    assert_int_equal(X509_check_ca(cert), 1);
    assert_int_equal(X509_get_key_usage(cert), KU_KEY_CERT_SIGN | KU_CRL_SIGN |
                                                   KU_DIGITAL_SIGNATURE |
                                                   KU_KEY_ENCIPHERMENT);
    assert_int_equal(criticality(cert, NID_basic_constraints), 1);
    assert_int_equal(criticality(cert, NID_key_usage), 1);
    assert_int_equal(criticality(cert, NID_subject_alt_name), 0);
    assert_int_equal(criticality(cert, NID_ext_key_usage), -1);
    assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(cert),
                                           X509_get0_authority_key_id(cert)),
                     0);
    check_times(cert, TEST_NOW, TEST_NOW + 365 * 86400);
    X509_free(cert);
}

static void
test_selfsigned_empty(void **state)
{
    struct scratch *scratch = *state;
    char basename[101], name[128], want[128];
    X509 *cert;

    make_ca(scratch->store, "allinone", "", &year);
    cert = read_cert(scratch->store, "allinone.crt");
    X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
    assert_string_equal(name, "/CN=allinone");
    assert_int_equal(criticality(cert, NID_subject_alt_name), -1);
    X509_free(cert);

    /* A common name has 64 characters at most. */
    memset(basename, 'x', 100);
    basename[100] = '\0';
    make_ca(scratch->store, basename, "subjectAltName:a.b", &year);
    snprintf(name, sizeof(name), "%s.crt", basename);
    cert = read_cert(scratch->store, name);
    snprintf(want, sizeof(want), "/CN=%.64s", basename);
    X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
    assert_string_equal(name, want);
    assert_int_equal(criticality(cert, NID_subject_alt_name), 0);
    X509_free(cert);
}

static void
test_longest(void **state)
{
    struct scratch *scratch = *state;
    const struct validity century = { TEST_NOW, 36500 };
    X509 *cert;

    make_ca(scratch->store, "long", "", &century);
    cert = read_cert(scratch->store, "long.crt");
    /* RFC 5280, 4.1.2.5: UTCTime up to 2049, GeneralizedTime from 2050. */
    assert_int_equal(ASN1_STRING_type(X509_get0_notBefore(cert)),
                     V_ASN1_UTCTIME);
    assert_int_equal(ASN1_STRING_type(X509_get0_notAfter(cert)),
                     V_ASN1_GENERALIZEDTIME);
    check_times(cert, TEST_NOW, TEST_NOW + (time_t)36500 * 86400);
    X509_free(cert);
}

/* Positive, up to 20 octets, never the same. */
static void
test_serials(void **state)
{
    struct scratch *scratch = *state;
    char *seen[16];
    size_t i, k, longest = 0;

    make_ca(scratch->store, "ca", "", &year);
    make_request(scratch->store, "a", "CN:a");
    for (i = 0; i < 16; i++) {
        X509 *cert;
        BIGNUM *number;

        sign(scratch->store, "a", "ca");
        cert = read_cert(scratch->store, "a.crt");
        number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
        assert_false(BN_is_negative(number));
        assert_false(BN_is_zero(number));
        assert_true(BN_num_bits(number) <= 128);
        if ((size_t)BN_num_bits(number) > longest)
            longest = (size_t)BN_num_bits(number);
        seen[i] = BN_bn2hex(number);
        for (k = 0; k < i; k++)
            assert_string_not_equal(seen[i], seen[k]);
        BN_free(number);
        X509_free(cert);
    }
    assert_true(longest > 112);
    for (i = 0; i < 16; i++)
        OPENSSL_free(seen[i]);
}

/*
 * Signing.
 */

static void
test_signed(void **state)
{
    struct scratch *scratch = *state;
    GENERAL_NAMES *altname;
    char name[64];
    X509 *ca, *cert;

    make_ca(scratch->store, "ca", "CN:My CA", &year);
    make_request(scratch->store, "cms",
                 "CN:cms|O:Example|subjectAltName:a.b,10.0.0.1,me@b.c");
    sign(scratch->store, "cms", "ca");
    assert_int_equal(file_mode(scratch, "cms.crt"), 0644);
    assert_int_equal(file_mode(scratch, "cms-fullchain.crt"), 0644);
    ca = read_cert(scratch->store, "ca.crt");
    cert = read_cert(scratch->store, "cms.crt");
    assert_int_equal(X509_verify(cert, X509_get0_pubkey(ca)), 1);
    assert_int_equal(X509_check_issued(ca, cert), X509_V_OK);
    X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
    assert_string_equal(name, "/O=Example/CN=cms");
    altname = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    assert_int_equal(sk_GENERAL_NAME_num(altname), 3);
    GENERAL_NAMES_free(altname);
    assert_int_equal(X509_check_ca(cert), 0);
    assert_int_equal(criticality(cert, NID_basic_constraints), 1);
    assert_int_equal(criticality(cert, NID_key_usage), 1);
    assert_int_equal(criticality(cert, NID_ext_key_usage), 0);
    assert_int_equal(criticality(cert, NID_subject_alt_name), 0);
    assert_int_equal(X509_get_key_usage(cert),
                     KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    assert_true(has_usage(cert, NID_server_auth));
    assert_true(has_usage(cert, NID_client_auth));
    assert_non_null(X509_get0_subject_key_id(cert));
    assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(cert),
                                           X509_get0_subject_key_id(ca)),
                     0);
    X509_free(cert);
    X509_free(ca);
}

/* S3.12: the certificate, then the CA's file, one line break after each. */
static void
test_full_chain(void **state)
{
    struct scratch *scratch = *state;
    struct blob bundle = { 0 }, want, part;
    struct error error;

    /* A CA file of several certificates, with CRLF, text and a stranger. */
    fixture_store(scratch->store, "inter.key");
    part = fixture("inter.crt");
    blob_append(&bundle, part.data, part.size);
    blob_clear(&part);
    blob_text(&bundle, "\r\n\r\nsome text\r\n");
    part = fixture("root.key");
    blob_append(&bundle, part.data, part.size);
    blob_clear(&part);
    part = fixture("root.crt");
    blob_append(&bundle, part.data, part.size);
    blob_clear(&part);
    put_file(scratch->store, "inter.crt", &bundle);
    blob_clear(&bundle);

    make_request(scratch->store, "cms", "CN:cms");
    sign(scratch->store, "cms", "inter");
    want = get_file(scratch->store, "cms.crt");
    part = fixture("inter.crt");
    blob_append(&want, part.data, part.size);
    blob_clear(&part);
    part = fixture("root.crt");
    blob_append(&want, part.data, part.size);
    blob_clear(&part);
    part = get_file(scratch->store, "cms-fullchain.crt");
    assert_string_equal((char *)part.data, (char *)want.data);
    blob_clear(&part);
    blob_clear(&want);

    /* Without: that file is not written. */
    make_request(scratch->store, "db", "CN:db");
    assert_int_equal(
        sign_and_write(scratch->store, "db", "inter", false, &year, &error), 0);
    assert_true(store_has(scratch->store, STORE_FILES, "db.crt"));
    assert_false(store_has(scratch->store, STORE_FILES, "db-fullchain.crt"));
}

static void
test_der(void **state)
{
    struct scratch *scratch = *state;
    struct blob part, chain;
    X509 *ca;
    struct blob want = { 0 };
    struct error error;

    fixture_store(scratch->store, "root.key");
    part = fixture("root.crt");
    assert_int_equal(cert_parse("root.crt", &part, &ca, &error), 0);
    blob_clear(&part);
    part.size = (size_t)i2d_X509(ca, &part.data);
    put_file(scratch->store, "root.crt", &part);
    OPENSSL_free(part.data);
    part = fixture("leaf-csr.der");
    put_file(scratch->store, "leaf.csr", &part);
    blob_clear(&part);

    sign(scratch->store, "leaf", "root");
    want = get_file(scratch->store, "leaf.crt");
    assert_int_equal(cert_append(&want, ca, &error), 0);
    chain = get_file(scratch->store, "leaf-fullchain.crt");
    assert_string_equal((char *)chain.data, (char *)want.data);
    blob_clear(&chain);
    blob_clear(&want);
    X509_free(ca);
}

/* No certificate outlives its CA. */
static void
test_clamped(void **state)
{
    struct scratch *scratch = *state;
    const struct validity month = { TEST_NOW, 30 };
    X509 *cert;

    make_ca(scratch->store, "ca", "", &month);
    make_request(scratch->store, "a", "CN:a");
    sign(scratch->store, "a", "ca");
    cert = read_cert(scratch->store, "a.crt");
    check_times(cert, TEST_NOW, TEST_NOW + 30 * 86400);
    X509_free(cert);
}

static void
test_refusals(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    const struct validity no_days = { TEST_NOW, 0 };
    const struct validity late = { 253402300800 - 86400, 1 };
    struct error error;

    make_request(store, "a", "CN:a");
    check_sign_fails(store, "a", "ca", E_NO_FILE, "ca.key");
    fixture_store(store, "root.key");
    check_sign_fails(store, "a", "root", E_NO_FILE, "root.crt");
    fixture_store(store, "root.crt");
    check_sign_fails(store, "b", "root", E_NO_FILE, "b.csr");
    check_sign_fails(store, "a.b", "root", E_BAD_BASENAME, "a.b");
    check_sign_fails(store, "a", "../root", E_BAD_BASENAME, "../root");
    assert_fails(sign_and_write(store, "a", "root", true, &no_days, &error),
                 &error, E_DAYS, "0");

    assert_fails(sign_and_write(store, "a", "root", true, &late, &error),
                 &error, E_DAYS, "1");

    put_text(store, "b.csr", "nothing of use\n");
    check_sign_fails(store, "b", "root", E_NOT_CSR, "b.csr");
    fixture_store(store, "csr-badsig.csr");
    check_sign_fails(store, "csr-badsig", "root", E_CSR_SIGNATURE,
                     "csr-badsig.csr");

    fixture_store(store, "noca.key");
    fixture_store(store, "noca.crt");
    check_sign_fails(store, "noca", "noca", E_OWN_CA, "noca");
    make_ca(store, "a-fullchain", "CN:CA", &year);
    check_sign_fails(store, "a", "a-fullchain", E_OWN_CA, "a-fullchain");
    assert_int_equal(
        sign_and_write(store, "a", "a-fullchain", false, &year, &error), 0);
    make_ca(store, "a-fullchains", "CN:CA", &year);
    sign(store, "a", "a-fullchains");
    check_sign_fails(store, "a", "noca", E_NOT_CA, "noca.crt");
    fixture_store(store, "leaf.key");
    fixture_store(store, "leaf.crt");
    check_sign_fails(store, "a", "leaf", E_NOT_CA, "leaf.crt");
}

static void
test_wrong_pair(void **state)
{
    struct scratch *scratch = *state;
    struct blob file = fixture("other.crt");

    make_request(scratch->store, "a", "CN:a");
    fixture_store(scratch->store, "root.key");
    put_file(scratch->store, "root.crt", &file);
    blob_clear(&file);
    check_sign_fails(scratch->store, "a", "root", E_MISMATCH_CERT, "root.key");
    file = fixture("encrypted.key");
    put_file(scratch->store, "root.key", &file);
    blob_clear(&file);
    check_sign_fails(scratch->store, "a", "root", E_KEY_ENCRYPTED, "root.key");
}

static void
test_ca_times(void **state)
{
    struct scratch *scratch = *state;
    const struct validity past = { TEST_NOW - 86400, 1 };
    const struct validity future = { TEST_NOW + 1, 30 };

    make_request(scratch->store, "a", "CN:a");
    make_ca(scratch->store, "past", "", &past);
    check_sign_fails(scratch->store, "a", "past", E_CA_EXPIRED, "past.crt");
    make_ca(scratch->store, "future", "", &future);
    check_sign_fails(scratch->store, "a", "future", E_CA_NOT_YET, "future.crt");
}

/*
 * Requests that others made.
 */

/* Signs and stores name.csr. */
static void
put_csr(struct store *store, const char *basename, X509_REQ *csr, EVP_PKEY *key)
{
    char *name = xasprintf("%s.csr", basename);
    struct blob der = { 0 };

    assert_true(X509_REQ_set_pubkey(csr, key));
    assert_true(X509_REQ_sign(csr, key, tbs_digest(key)) > 0);
    der.size = (size_t)i2d_X509_REQ(csr, &der.data);
    put_file(store, name, &der);
    OPENSSL_free(der.data);
    free(name);
}

static void
set_cn(X509_REQ *csr, const char *cn)
{
    assert_true(X509_NAME_add_entry_by_txt(
        X509_REQ_get_subject_name(csr), "CN", MBSTRING_UTF8,
        (const unsigned char *)cn, -1, -1, 0));
}

/* Extensions by OpenSSL's configuration words. */
static void
put_foreign_request(struct store *store, const char *basename, const char *cn,
                    EVP_PKEY *key, const char *const (*extensions)[2])
{
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
    X509_REQ *csr = X509_REQ_new();

    for (; (*extensions)[0] != NULL; extensions++)
        sk_X509_EXTENSION_push(
            list,
            X509V3_EXT_conf(NULL, NULL, (*extensions)[0], (*extensions)[1]));
    if (cn != NULL)
        set_cn(csr, cn);
    if (sk_X509_EXTENSION_num(list) > 0)
        assert_true(X509_REQ_add_extensions(csr, list));
    put_csr(store, basename, csr, key);
    X509_REQ_free(csr);
    tbs_free(list);
}

/* A request that asks for too much gets what is left of its wishes. */
static void
test_greedy(void **state)
{
    static const char *const wishes[][2] = {
        { "basicConstraints", "critical,CA:TRUE,pathlen:9" },
        { "keyUsage", "critical,keyCertSign,cRLSign,dataEncipherment" },
        { "extendedKeyUsage", "OCSPSigning,emailProtection" },
        { "subjectKeyIdentifier", "01020304" },
        { "nameConstraints", "permitted;DNS:evil.example" },
        { 0 },
    };
    struct scratch *scratch = *state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert;

    make_ca(scratch->store, "ca", "", &year);
    put_foreign_request(scratch->store, "a", "a", key, wishes);
    sign(scratch->store, "a", "ca");
    cert = read_cert(scratch->store, "a.crt");
    assert_int_equal(X509_check_ca(cert), 0);
    assert_int_equal(X509_get_key_usage(cert), KU_DATA_ENCIPHERMENT);
    assert_true(has_usage(cert, NID_email_protect));
    assert_false(has_usage(cert, NID_OCSP_sign));
    assert_int_equal(criticality(cert, NID_name_constraints), -1);
    assert_int_equal(ASN1_STRING_length(X509_get0_subject_key_id(cert)), 20);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* Wishes of which nothing is left, or none at all. */
static void
test_defaults(void **state)
{
    static const char *const bad[][2] = {
        { "keyUsage", "keyCertSign" },
        { "extendedKeyUsage", "OCSPSigning" },
        { 0 },
    };
    static const char *const none[][2] = { { 0 } };
    struct scratch *scratch = *state;
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    X509 *cert;

    make_ca(scratch->store, "ca", "", &year);
    put_foreign_request(scratch->store, "a", "a", ec, bad);
    put_foreign_request(scratch->store, "b", "b", rsa, none);
    sign(scratch->store, "a", "ca");
    sign(scratch->store, "b", "ca");
    cert = read_cert(scratch->store, "a.crt");
    assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
    assert_true(has_usage(cert, NID_server_auth));
    assert_true(has_usage(cert, NID_client_auth));
    X509_free(cert);
    cert = read_cert(scratch->store, "b.crt");
    assert_int_equal(X509_get_key_usage(cert),
                     KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
    assert_true(has_usage(cert, NID_server_auth));
    assert_int_equal(criticality(cert, NID_subject_alt_name), -1);
    X509_free(cert);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

static void
test_nameless(void **state)
{
    static const char *const altname[][2] = {
        { "subjectAltName", "DNS:a.example.com" },
        { 0 },
    };
    static const char *const none[][2] = { { 0 } };
    struct scratch *scratch = *state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert;

    make_ca(scratch->store, "ca", "", &year);
    put_foreign_request(scratch->store, "a", NULL, key, none);
    check_sign_fails(scratch->store, "a", "ca", E_NO_CN, "a.csr");
    put_foreign_request(scratch->store, "a", NULL, key, altname);
    sign(scratch->store, "a", "ca");
    cert = read_cert(scratch->store, "a.crt");
    assert_int_equal(criticality(cert, NID_subject_alt_name), 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void
test_twice(void **state)
{
    static const char *const wishes[][2] = {
        { "subjectAltName", "DNS:a.example.com" },
        { "subjectAltName", "DNS:b.example.com" },
        { 0 },
    };
    struct scratch *scratch = *state;
    EVP_PKEY *key = EVP_EC_gen("P-256");

    make_ca(scratch->store, "ca", "", &year);
    put_foreign_request(scratch->store, "a", "a", key, wishes);
    check_sign_fails(scratch->store, "a", "ca", E_BAD_DER, "a.csr");
    EVP_PKEY_free(key);
}

/* Who asks for what nobody can read does not get a certificate without it. */
static void
test_unreadable_wishes(void **state)
{
    static const unsigned char list[] = { 0x30, 0x02, 0x05, 0x00 };
    static const struct {
        int attribute, type;
    } wishes[] = {
        { NID_ext_req, V_ASN1_OCTET_STRING },
        { NID_ext_req, V_ASN1_SEQUENCE },
        { NID_ms_ext_req, V_ASN1_SEQUENCE },
    };
    struct scratch *scratch = *state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    size_t i;

    make_ca(scratch->store, "ca", "", &year);
    for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        X509_REQ *csr = X509_REQ_new();

        set_cn(csr, "a");
        assert_true(X509_REQ_add1_attr_by_NID(
            csr, wishes[i].attribute, wishes[i].type, list, sizeof(list)));
        put_csr(scratch->store, "a", csr, key);
        check_sign_fails(scratch->store, "a", "ca", E_BAD_DER, "a.csr");
        X509_REQ_free(csr);
    }
    EVP_PKEY_free(key);
}

/* A CA certificate as a careless tool makes it. */
static void
put_odd_ca(struct store *store, EVP_PKEY *key, const char *cn, long version,
           const char *const (*extensions)[2])
{
    X509 *cert = X509_new();
    struct blob text = { 0 };
    struct error error;
    time_t begin = TEST_NOW - (time_t)3650 * 86400;

    assert_true(X509_set_version(cert, version));
    if (cn != NULL)
        X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
                                   MBSTRING_UTF8, (const unsigned char *)cn, -1,
                                   -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &begin);
    X509_time_adj_ex(X509_getm_notAfter(cert), 36500, 0, &begin);
    X509_set_pubkey(cert, key);
    for (; (*extensions)[0] != NULL; extensions++) {
        X509_EXTENSION *extension =
            X509V3_EXT_conf(NULL, NULL, (*extensions)[0], (*extensions)[1]);

        assert_true(X509_add_ext(cert, extension, -1));
        X509_EXTENSION_free(extension);
    }
    assert_true(X509_sign(cert, key, tbs_digest(key)) > 0);
    assert_int_equal(cert_append(&text, cert, &error), 0);
    put_file(store, "odd.crt", &text);
    put_key(store, "odd.key", key);
    blob_clear(&text);
    X509_free(cert);
}

static void
test_odd_cas(void **state)
{
    static const char *const none[][2] = { { 0 } };
    static const char *const no_signing[][2] = {
        { "basicConstraints", "critical,CA:TRUE" },
        { "keyUsage", "critical,digitalSignature" },
        { 0 },
    };
    static const char *const only_ca[][2] = {
        { "basicConstraints", "critical,CA:TRUE" },
        { 0 },
    };
    struct scratch *scratch = *state;
    EVP_PKEY *key = EVP_EC_gen("P-384");
    X509 *cert, *ca;

    make_request(scratch->store, "a", "CN:a");
    put_odd_ca(scratch->store, key, "odd", X509_VERSION_1, none);
    check_sign_fails(scratch->store, "a", "odd", E_NOT_CA, "odd.crt");
    put_odd_ca(scratch->store, key, "odd", X509_VERSION_3, no_signing);
    check_sign_fails(scratch->store, "a", "odd", E_NOT_CA, "odd.crt");
    put_odd_ca(scratch->store, key, NULL, X509_VERSION_3, only_ca);
    check_sign_fails(scratch->store, "a", "odd", E_NOT_CA, "odd.crt");

    /* Neither key usage nor key identifier: RFC 5280 wants both, CAs of one's
       own often have none.  The authority's is then what it would be. */
    put_odd_ca(scratch->store, key, "odd", X509_VERSION_3, only_ca);
    sign(scratch->store, "a", "odd");
    ca = read_cert(scratch->store, "odd.crt");
    cert = read_cert(scratch->store, "a.crt");
    assert_int_equal(X509_check_issued(ca, cert), X509_V_OK);
    assert_int_equal(ASN1_STRING_length(X509_get0_authority_key_id(cert)), 20);
    assert_int_equal(X509_get_signature_nid(cert), NID_ecdsa_with_SHA256);
    X509_free(cert);
    X509_free(ca);
    EVP_PKEY_free(key);
}

/* Keys of an algorithm that nobody knows: none of them made the request, and
   none is the CA's. */
static void
test_unknown_keys(void **state)
{
    struct store *store = ((struct scratch *)*state)->store;
    struct blob csr = fixture_unknown_key("leaf-csr.der");
    struct blob cert = fixture_unknown_key("leaf-crt.der");

    fixture_store(store, "root.key");
    fixture_store(store, "root.crt");
    put_file(store, "a.csr", &csr);
    check_sign_fails(store, "a", "root", E_CSR_SIGNATURE, "a.csr");
    fixture_store_as(store, "leaf.csr", "a.csr");
    put_file(store, "root.crt", &cert);
    check_sign_fails(store, "a", "root", E_MISMATCH_CERT, "root.key");
    blob_clear(&cert);
    blob_clear(&csr);
}

/* What else the CA's file holds is left out of the chain, or refused. */
static void
test_chain_of_ca(void **state)
{
    struct store *store = ((struct scratch *)*state)->store;
    struct blob file = fixture("root.crt"), other = fixture("root.crl");

    fixture_store_as(store, "leaf.csr", "a.csr");
    fixture_store(store, "root.key");
    blob_append(&file, other.data, other.size);
    put_file(store, "root.crt", &file);
    sign(store, "a", "root");
    blob_clear(&other);
    other = fixture("badbase64.crt");
    blob_append(&file, other.data, other.size);
    put_file(store, "root.crt", &file);
    check_sign_fails(store, "a", "root", E_PEM_BAD_DATA, "root.crt");
    blob_clear(&other);
    blob_clear(&file);
    file = fixture("root.crt");
    other = fixture("trusted.crt");
    blob_append(&file, other.data, other.size);
    put_file(store, "root.crt", &file);
    check_sign_fails(store, "a", "root", E_TRUSTED, "root.crt");
    blob_clear(&other);
    blob_clear(&file);
    /* Called a certificate, but none: no peer could read the chain. */
    file = fixture("root.crt");
    blob_text(&other, "no certificate");
    pem_append(&file, "CERTIFICATE", &other);
    put_file(store, "root.crt", &file);
    check_sign_fails(store, "a", "root", E_PEM_BAD_DATA, "root.crt");
    blob_clear(&other);
    blob_clear(&file);
}

/* Key usage that names none: the usual is granted. */
static void
test_empty_usage(void **state)
{
    static const char *const none[][2] = { { "keyUsage", "DER:0303070000" },
                                           { 0 } };
    static const char *const empty[][2] = { { "keyUsage", "DER:030100" },
                                            { 0 } };
    static const char *const(*const wishes[])[2] = { none, empty };
    struct scratch *scratch = *state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    size_t i;

    fixture_store(scratch->store, "root.key");
    fixture_store(scratch->store, "root.crt");
    for (i = 0; i < 2; i++) {
        X509 *cert;

        put_foreign_request(scratch->store, "a", "a", key, wishes[i]);
        sign(scratch->store, "a", "root");
        cert = read_cert(scratch->store, "a.crt");
        assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
        X509_free(cert);
    }
    EVP_PKEY_free(key);
}

/*
 * The strictest of the verifiers at hand, with each kind of CA key.
 */

static void
sign_and_verify(struct scratch *scratch)
{
    static const char openssl[] =
        "openssl verify -x509_strict -check_ss_sig "
        "-CAfile ca.crt a.crt\n"
        "openssl verify -x509_strict -purpose sslserver "
        "-CAfile ca.crt a.crt\n"
        "openssl verify -x509_strict -purpose sslclient "
        "-CAfile ca.crt a.crt\n";
    const struct validity validity = from_now();
    struct blob said = { 0 };
    struct error error;

    assert_int_equal(
        sign_and_write(scratch->store, "a", "ca", true, &validity, &error), 0);
    if (run_shell(scratch, "command -v openssl", NULL) != 0) {
        print_message("no openssl: skipped\n");
        skip();
    }
    assert_int_equal(run_shell(scratch, openssl, &said), 0);
    assert_string_equal((char *)said.data, "a.crt: OK\na.crt: OK\na.crt: OK\n");
    blob_clear(&said);
    if (run_shell(scratch, "command -v certtool", NULL) != 0) {
        print_message("no certtool: skipped\n");
        skip();
    }
    if (run_shell(scratch,
                  "certtool --verify --load-ca-certificate ca.crt --infile "
                  "a-fullchain.crt",
                  &said) != 0)
        fail_msg("%s", (char *)said.data);
    assert_non_null(
        strstr((char *)said.data, "Chain verification output: Verified."));
    blob_clear(&said);
}

static void
test_strict_rsa(void **state)
{
    struct scratch *scratch = *state;
    const struct validity validity = from_now();

    make_ca(scratch->store, "ca", "CN:My CA", &validity);
    make_request(scratch->store, "a",
                 "CN:a.example.com|C:no|emailAddress:me@example.com|"
                 "O:Žižkov|subjectAltName:a.example.com,*.b.example,"
                 "2001:db8::1,10.0.0.1,me@example.com");
    sign_and_verify(scratch);
}

static void
check_strict(struct scratch *scratch, EVP_PKEY *key)
{
    static const char *const extensions[][2] = {
        { "basicConstraints", "critical,CA:TRUE" },
        { "keyUsage", "critical,keyCertSign" },
        { "subjectKeyIdentifier", "0a0b0c" },
        { 0 },
    };
    struct blob file;

    put_odd_ca(scratch->store, key, "A CA", X509_VERSION_3, extensions);
    file = get_file(scratch->store, "odd.crt");
    put_file(scratch->store, "ca.crt", &file);
    blob_clear(&file);
    put_key(scratch->store, "ca.key", key);
    make_request(scratch->store, "a", "CN:a|subjectAltName:a.example.com");
    sign_and_verify(scratch);
    EVP_PKEY_free(key);
}

static void
test_strict_ec(void **state)
{
    check_strict(*state, EVP_EC_gen("P-256"));
}

static void
test_strict_ed25519(void **state)
{
    check_strict(*state, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

#define STORE_TEST(f)                                                          \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_request),
        STORE_TEST(test_request_again),
        STORE_TEST(test_checks_first),
        STORE_TEST(test_selfsigned),
        STORE_TEST(test_selfsigned_empty),
        STORE_TEST(test_longest),
        STORE_TEST(test_serials),
        STORE_TEST(test_signed),
        STORE_TEST(test_full_chain),
        STORE_TEST(test_der),
        STORE_TEST(test_clamped),
        STORE_TEST(test_refusals),
        STORE_TEST(test_wrong_pair),
        STORE_TEST(test_ca_times),
        STORE_TEST(test_greedy),
        STORE_TEST(test_defaults),
        STORE_TEST(test_nameless),
        STORE_TEST(test_twice),
        STORE_TEST(test_unreadable_wishes),
        STORE_TEST(test_odd_cas),
        STORE_TEST(test_strict_rsa),
        STORE_TEST(test_strict_ec),
        STORE_TEST(test_strict_ed25519),
        STORE_TEST(test_unknown_keys),
        STORE_TEST(test_chain_of_ca),
        STORE_TEST(test_empty_usage),
    };

    return cmocka_run_group_tests_name("issue", tests, NULL, NULL);
}

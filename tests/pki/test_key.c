/*
 * Private keys in every form that the world writes them in.
 */
#include "pki/key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "tests/support.h"

/* What OpenSSL itself reads, with nothing of ours in between. */
static EVP_PKEY *
reference(const char *name)
{
    char *path = xasprintf("%s/testdata/pki/%s", SOURCE_DIR, name);
    BIO *bio = BIO_new_file(path, "r");
    EVP_PKEY *key;

    assert_non_null(bio);
    key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(key);
    BIO_free(bio);
    free(path);
    return key;
}

static void
expect_same(const EVP_PKEY *key, const char *name)
{
    EVP_PKEY *want = reference(name);

    assert_int_equal(EVP_PKEY_eq(key, want), 1);
    EVP_PKEY_free(want);
}

static void
expect_refused(const char *name, const struct blob *file, enum error_code code,
               unsigned line)
{
    EVP_PKEY *key = NULL;
    struct error error;

    assert_fails(key_parse(name, file, &key, &error), &error, code, name);
    assert_int_equal(error.line, line);
    /* What is no encrypted key can not be unlocked either. */
    if (code != E_KEY_ENCRYPTED)
        assert_fails(key_unlock(name, file, "secret", &key, &error), &error,
                     code, name);
    assert_null(key);
}

static void
test_forms(void **state)
{
    static const struct {
        const char *file, *same_as, *text;
    } rows[] = {
        { "leaf.key", "leaf.key", "RSA 2048" },
        { "leaf-key.der", "leaf.key", "RSA 2048" },
        { "pkcs1.key", "leaf.key", "RSA 2048" },
        { "pkcs1.der", "leaf.key", "RSA 2048" },
        { "rsa4096.key", "rsa4096.key", "RSA 4096" },
        { "ec.key", "ec.key", "EC P-256" },
        { "sec1.key", "ec.key", "EC P-256" },
        { "sec1.der", "ec.key", "EC P-256" },
        { "ec384.key", "ec384.key", "EC P-384" },
        { "ec521.key", "ec521.key", "EC P-521" },
        { "ec-k1.key", "ec-k1.key", "EC secp256k1" },
        { "ed25519.key", "ed25519.key", "Ed25519" },
        { "dsa.key", "dsa.key", "DSA 2048" },
        { "dsa-traditional.key", "dsa.key", "DSA 2048" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob file = fixture(rows[i].file);
        EVP_PKEY *key = NULL;
        struct error error;
        char text[80];

        if (key_parse(rows[i].file, &file, &key, &error) != 0)
            fail_msg("%s: %d %s", rows[i].file, error.code, error.detail);
        expect_same(key, rows[i].same_as);
        key_describe(key, text, sizeof(text));
        assert_string_equal(text, rows[i].text);
        EVP_PKEY_free(key);
        key = NULL;
        assert_fails(key_unlock(rows[i].file, &file, "secret", &key, &error),
                     &error, E_KEY_NOT_LOCKED, rows[i].file);
        assert_null(key);
        blob_clear(&file);
    }
}

/* A line break behind DER changes nothing. */
static void
test_breaks(void **state)
{
    static const char *const names[] = { "leaf-key.der", "pkcs1.der" };
    struct blob locked = fixture("encrypted.der");
    EVP_PKEY *key = NULL;
    struct error error;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct blob file = fixture(names[i]);

        blob_text(&file, "\r\n");
        assert_int_equal(key_parse(names[i], &file, &key, &error), 0);
        expect_same(key, "leaf.key");
        EVP_PKEY_free(key);
        key = NULL;
        blob_clear(&file);
    }
    blob_text(&locked, "\n");
    expect_refused("locked.der", &locked, E_KEY_ENCRYPTED, 0);
    blob_clear(&locked);
}

static void
test_first_key_counts(void **state)
{
    static const char *const parts[] = { "leaf.crt", "ec.key", "leaf.key" };
    struct blob file = { 0 };
    struct error error;
    EVP_PKEY *key = NULL;
    size_t i;

    (void)state;
    blob_text(&file, "Bag Attributes\n    friendlyName: x\n");
    for (i = 0; i < 3; i++) {
        struct blob part = fixture(parts[i]);

        blob_append(&file, part.data, part.size);
        blob_clear(&part);
    }
    assert_int_equal(key_parse("all.pem", &file, &key, &error), 0);
    expect_same(key, "ec.key");
    EVP_PKEY_free(key);
    blob_clear(&file);
}

/* An INTEGER of ones, or what it and others are in. */
static void
wrap_der(struct blob *der, unsigned char tag)
{
    struct blob whole = { 0 };
    const unsigned char head[] = { tag, 0x82, (unsigned char)(der->size >> 8),
                                   (unsigned char)der->size };

    blob_append(&whole, head, sizeof(head));
    blob_append(&whole, der->data, der->size);
    blob_clear(der);
    *der = whole;
}

/* DSA in PKCS#8, which has no public half: to compute it from numbers of 5,000
   octets takes minutes. */
static struct blob
long_dsa(size_t octets)
{
    static const unsigned char oid[] = { 0x06, 0x07, 0x2a, 0x86, 0x48,
                                         0xce, 0x38, 0x04, 0x01 };
    struct blob number = { 0 }, parameters = { 0 }, algorithm = { 0 },
                key = { 0 };
    size_t i;

    blob_append(&number, "", 1);
    for (i = 0; i < octets; i++)
        blob_append(&number, "\xff", 1);
    wrap_der(&number, V_ASN1_INTEGER);
    for (i = 0; i < 3; i++)
        blob_append(&parameters, number.data, number.size);
    wrap_der(&parameters, 0x30);
    blob_append(&algorithm, oid, sizeof(oid));
    blob_append(&algorithm, parameters.data, parameters.size);
    wrap_der(&algorithm, 0x30);
    blob_append(&key, "\x02\x01", 3);
    blob_append(&key, algorithm.data, algorithm.size);
    wrap_der(&number, V_ASN1_OCTET_STRING);
    blob_append(&key, number.data, number.size);
    wrap_der(&key, 0x30);
    blob_clear(&number);
    blob_clear(&parameters);
    blob_clear(&algorithm);
    return key;
}

static void
lock(struct blob *der, const char *password)
{
    const unsigned char *at = der->data;
    PKCS8_PRIV_KEY_INFO *info =
        d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der->size);
    X509_SIG *sig =
        PKCS8_encrypt(-1, EVP_aes_128_cbc(), password, -1, NULL, 0, 1, info);
    unsigned char *bytes = NULL;
    int size = i2d_X509_SIG(sig, &bytes);

    assert_true(size > 0);
    blob_clear(der);
    blob_append(der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    X509_SIG_free(sig);
    PKCS8_PRIV_KEY_INFO_free(info);
}

/* Under any name, and also when it was locked, nobody begins to compute. */
static void
test_long_dsa(void **state)
{
    static const char *const labels[] = { "PRIVATE KEY", "DSA PRIVATE KEY",
                                          "RSA PRIVATE KEY" };
    struct blob der = long_dsa(5000), cut = { 0 };
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    struct error error;
    size_t i;

    (void)state;
    expect_refused("a.key", &der, E_UNKNOWN_FORMAT, 0);
    for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        struct blob text = { 0 };

        pem_append(&text, labels[i], &der);
        expect_refused("a.key", &text, E_PEM_BAD_DATA, 1);
        blob_clear(&text);
    }
    assert_fails(cert_parse("a.crt", &der, &cert, &error), &error, E_NOT_CERT,
                 "a.crt");
    assert_true(key_begins(der.data, der.size));
    blob_append(&cut, der.data, der.size - 1);
    assert_false(key_begins(cut.data, cut.size));
    lock(&der, "secret");
    assert_fails(key_unlock("a.key", &der, "secret", &key, &error), &error,
                 E_WRONG_PASSWORD, "a.key");
    blob_clear(&cut);
    blob_clear(&der);
}

/* Elements of no given length within each other, which OpenSSL's decoders
   would take an hour for. */
static void
test_nested(void **state)
{
    struct blob der = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < 1 << 19; i++)
        blob_append(&der, "\x30\x80", 2);
    expect_refused("a.key", &der, E_UNKNOWN_FORMAT, 0);
    blob_clear(&der);
}

/* An even modulus: PKCS#8, which leaves out the public half, could not give
   this key again. */
static void
test_even_dsa(void **state)
{
    struct blob file = fixture("dsa-traditional.key"), der = { 0 },
                text = { 0 };
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;

    (void)state;
    pem_start(&cursor, "a.key", &file);
    assert_int_equal(pem_next(&cursor, &block, &error), 1);
    assert_int_equal(pem_decode(&block, "a.key", &der, &error), 0);
    /* Behind the headers of the key and of the modulus, and the version. */
    assert_int_equal(der.data[4 + 3 + 4 + 256] & 1, 1);
    der.data[4 + 3 + 4 + 256] &= 0xfe;
    pem_append(&text, "DSA PRIVATE KEY", &der);
    expect_refused("a.key", &text, E_PEM_BAD_DATA, 1);
    expect_refused("a.key", &der, E_UNKNOWN_FORMAT, 0);
    blob_clear(&text);
    blob_clear(&der);
    blob_clear(&file);
}

static void
test_refused(void **state)
{
    static const struct {
        const char *file;
        enum error_code code;
        unsigned line;
    } rows[] = {
        { "leaf.crt", E_NOT_KEY, 0 },
        { "leaf.csr", E_NOT_KEY, 0 },
        { "leaf.p7b", E_NOT_KEY, 0 },
        { "public.key", E_NOT_KEY, 0 },
        { "leaf-crt.der", E_NOT_KEY, 0 },
        { "leaf-csr.der", E_NOT_KEY, 0 },
        { "leaf-p7b.der", E_NOT_KEY, 0 },
        { "crl.der", E_NOT_KEY, 0 },
        { "leaf.p12", E_PKCS12, 0 },
        { "empty.crt", E_EMPTY, 0 },
        { "blanks.crt", E_EMPTY, 0 },
        { "html.crt", E_HTML, 0 },
        { "utf16.crt", E_UTF16, 1 },
        { "sshkey.pub", E_UNKNOWN_FORMAT, 0 },
        { "encrypted.key", E_KEY_ENCRYPTED, 0 },
        { "encrypted.der", E_KEY_ENCRYPTED, 0 },
        { "encrypted-traditional.key", E_KEY_ENCRYPTED, 0 },
        { "encrypted-empty.key", E_KEY_ENCRYPTED, 0 },
        { "encrypted-legacy.key", E_KEY_ENCRYPTED, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob file = fixture(rows[i].file);

        expect_refused(rows[i].file, &file, rows[i].code, rows[i].line);
        blob_clear(&file);
    }
}

/* DER that ends early, or does not end. */
static void
test_refused_der(void **state)
{
    static const char *const names[] = { "leaf-key.der", "pkcs1.der",
                                         "sec1.der" };
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct blob file = fixture(names[i]), cut = { 0 };

        blob_append(&cut, file.data, file.size - 1);
        expect_refused("cut.key", &cut, E_UNKNOWN_FORMAT, 0);
        blob_append(&file, "\0", 1);
        expect_refused("long.key", &file, E_UNKNOWN_FORMAT, 0);
        blob_clear(&cut);
        blob_clear(&file);
    }
}

/* Whole armour around bytes that are no key, for every label. */
static void
test_refused_content(void **state)
{
    static const char *const labels[] = { "PRIVATE KEY", "RSA PRIVATE KEY",
                                          "EC PRIVATE KEY", "DSA PRIVATE KEY" };
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        char *text = xasprintf("text\n-----BEGIN %s-----\nTGVhZg==\n"
                               "-----END %s-----\n",
                               labels[i], labels[i]);
        struct blob file = { 0 };

        blob_text(&file, text);
        expect_refused("a.key", &file, E_PEM_BAD_DATA, 2);
        blob_clear(&file);
        free(text);
    }
}

static void
test_refused_locked_content(void **state)
{
    static const char *const texts[] = {
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nTGVhZg==\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
        "DEK-Info: ROT13,00\n\nTGVhZg==\n-----END RSA PRIVATE KEY-----\n",
    };
    static const enum error_code codes[] = { E_PEM_BAD_DATA, E_CRYPTO };
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct blob file = { 0 };
        EVP_PKEY *key = NULL;
        struct error error;

        blob_text(&file, texts[i]);
        expect_refused("a.key", &file, E_KEY_ENCRYPTED, 0);
        assert_fails(key_unlock("a.key", &file, "secret", &key, &error), &error,
                     codes[i], "a.key");
        blob_clear(&file);
    }
}

/* Keys that are sound, but no certificate here could use. */
static void
test_refused_types(void **state)
{
    static const struct {
        const char *command, *detail;
    } rows[] = {
        { "openssl genpkey -algorithm X25519", "X25519" },
        { "openssl genpkey -algorithm RSA-PSS 2>/dev/null", "rsassaPss" },
        { "echo '-----BEGIN OPENSSH PRIVATE KEY-----'; echo TGVhZg==; "
          "echo '-----END OPENSSH PRIVATE KEY-----'",
          "OpenSSH" },
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob file = { 0 };
        EVP_PKEY *key = NULL;
        struct error error;

        assert_int_equal(run_shell(*state, rows[i].command, &file), 0);
        assert_fails(key_parse("a.key", &file, &key, &error), &error,
                     E_KEY_TYPE, "a.key");
        assert_string_equal(error.detail, rows[i].detail);
        assert_fails(key_unlock("a.key", &file, "secret", &key, &error), &error,
                     E_KEY_TYPE, "a.key");
        blob_clear(&file);
    }
}

/* Ed25519 with both halves (RFC 8410 section 10.3), as ring writes it. */
static void
test_version2(void **state)
{
    static const unsigned char octets[] =
        "\x30\x51\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"
        "\xd4\xee\x72\xdb\xf9\x13\x58\x4a\xd5\xb6\xd8\xf1\xf7\x69\xf8\xad"
        "\x3a\xfe\x7c\x28\xcb\xf1\xd4\xfb\xe0\x97\xa8\x8f\x44\x75\x58\x42"
        "\x81\x21\x00\x19\xbf\x44\x09\x69\x84\xcd\xfe\x85\x41\xba\xc1\x67"
        "\xdc\x3b\x96\xc8\x50\x86\xaa\x30\xb6\xb6\xcb\x0c\x5c\x38\xad\x70"
        "\x31\x66\xe1";
    /* Changed there, it is nothing. */
    static const size_t places[] = { 1, 2, 3, 4, 5, 8, 12, 13 };
    struct blob der = { 0 }, text = { 0 };
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    struct error error;
    size_t i;

    (void)state;
    blob_append(&der, octets, sizeof(octets) - 1);
    pem_append(&text, "PRIVATE KEY", &der);
    assert_fails(key_parse("a.key", &der, &key, &error), &error, E_KEY_TYPE,
                 "a.key");
    assert_string_equal(error.detail, "ED25519 (PKCS#8 version 2)");
    assert_fails(key_parse("a.key", &text, &key, &error), &error, E_KEY_TYPE,
                 "a.key");
    assert_string_equal(error.detail, "ED25519 (PKCS#8 version 2)");
    assert_fails(key_unlock("a.key", &text, "secret", &key, &error), &error,
                 E_KEY_TYPE, "a.key");
    assert_fails(cert_parse("a.key", &der, &cert, &error), &error, E_NOT_CERT,
                 "a.key");
    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        der.data[places[i]] ^= 0x40;
        expect_refused("a.key", &der, E_UNKNOWN_FORMAT, 0);
        der.data[places[i]] ^= 0x40;
    }
    blob_clear(&text);
    blob_clear(&der);
}

static int
encode_cert(const void *cert, unsigned char **bytes)
{
    return i2d_X509(cert, bytes);
}

/* Unlocked, and no key: the password was right, but nobody can tell. */
static void
test_locked_other(void **state)
{
    struct blob file = fixture("leaf.crt"), text = { 0 };
    BIO *bio = BIO_new(BIO_s_mem());
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    struct error error;
    char *data;
    long size;

    (void)state;
    assert_int_equal(cert_parse("leaf.crt", &file, &cert, &error), 0);
    assert_int_equal(PEM_ASN1_write_bio(encode_cert, PEM_STRING_RSA, bio, cert,
                                        EVP_aes_128_cbc(),
                                        (const unsigned char *)"secret", 6,
                                        NULL, NULL),
                     1);
    size = BIO_get_mem_data(bio, &data);
    blob_append(&text, data, (size_t)size);
    assert_fails(key_unlock("a.key", &text, "secret", &key, &error), &error,
                 E_WRONG_PASSWORD, "a.key");
    assert_null(key);
    BIO_free(bio);
    X509_free(cert);
    blob_clear(&text);
    blob_clear(&file);
}

/* DER that is near to a key, and none. */
static void
test_near_keys(void **state)
{
    /* A DigestInfo of SHA-1 (RFC 8017 section 9.2) has the form of an
       encrypted key, and so has one with something behind it. */
    static const unsigned char digest[] = { 0x30, 0x0d, 0x30, 0x07, 0x06,
                                            0x05, 0x2b, 0x0e, 0x03, 0x02,
                                            0x1a, 0x04, 0x02, 'h',  'a' };
    struct blob info = { 0 }, public = { 0 };
    struct blob locked = fixture("encrypted.der");
    EVP_PKEY *key = some_key();

    (void)state;
    blob_append(&info, digest, sizeof(digest));
    expect_refused("a.key", &info, E_UNKNOWN_FORMAT, 0);
    blob_append(&locked, "", 1);
    expect_refused("a.key", &locked, E_UNKNOWN_FORMAT, 0);
    public.size = (size_t)i2d_PUBKEY(key, &public.data);
    expect_refused("a.key", &public, E_NOT_KEY, 0);
    OPENSSL_free(public.data);
    EVP_PKEY_free(key);
    blob_clear(&locked);
    blob_clear(&info);
}

/* A curve that has no name: P-256 with another generator. */
static EVP_PKEY *
nameless_curve(void)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EC_POINT *twice = EC_POINT_new(group);
    BIGNUM *p = BN_new(), *a = BN_new(), *b = BN_new();
    unsigned char point[65];
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params;

    assert_true(EC_GROUP_get_curve(group, p, a, b, NULL));
    assert_true(
        EC_POINT_dbl(group, twice, EC_GROUP_get0_generator(group), NULL));
    assert_int_equal(EC_POINT_point2oct(group, twice,
                                        POINT_CONVERSION_UNCOMPRESSED, point,
                                        sizeof(point), NULL),
                     sizeof(point));
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_EC_FIELD_TYPE,
                                    SN_X9_62_prime_field, 0);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_EC_P, p);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_EC_A, a);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_EC_B, b);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_EC_ORDER,
                           EC_GROUP_get0_order(group));
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_EC_GENERATOR, point,
                                     sizeof(point));
    params = OSSL_PARAM_BLD_to_param(build);
    assert_non_null(params);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    EC_POINT_free(twice);
    EC_GROUP_free(group);
    BN_free(p);
    BN_free(a);
    BN_free(b);
    return key;
}

/* What no file here may hold, but a certificate of others may. */
static void
test_describe_others(void **state)
{
    EVP_PKEY *key = nameless_curve();
    char text[64];

    (void)state;
    key_describe(key, text, sizeof(text));
    assert_string_equal(text, "EC 256");
    EVP_PKEY_free(key);
    key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    key_describe(key, text, sizeof(text));
    assert_string_equal(text, "X25519 253");
    EVP_PKEY_free(key);
}

/* A public half will do; what is of another type is another key, and says so
   without a word. */
static void
test_matches(void **state)
{
    EVP_PKEY *leaf = reference("leaf.key"), *other = reference("other.key");
    EVP_PKEY *ec = EVP_EC_gen("P-256");
    struct blob file = fixture("leaf.crt");
    struct error error;
    X509 *cert;

    (void)state;
    assert_int_equal(cert_parse("leaf.crt", &file, &cert, &error), 0);
    assert_true(key_matches(leaf, X509_get0_pubkey(cert)));
    assert_false(key_matches(other, X509_get0_pubkey(cert)));
    assert_false(key_matches(ec, X509_get0_pubkey(cert)));
    assert_false(key_matches(leaf, NULL));
    assert_false(key_matches(NULL, leaf));
    assert_int_equal(ERR_peek_error(), 0);
    X509_free(cert);
    blob_clear(&file);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(other);
    EVP_PKEY_free(leaf);
}

static void
test_unlock(void **state)
{
    static const struct {
        const char *file, *same_as, *password;
    } rows[] = {
        { "encrypted.key", "leaf.key", "secret" },
        { "encrypted.der", "leaf.key", "secret" },
        { "encrypted-traditional.key", "leaf.key", "secret" },
        { "encrypted-empty.key", "ec.key", "" },
    };
    static const char *const wrong[] = { "Secret", "secret ", "x" };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob file = fixture(rows[i].file);
        EVP_PKEY *key = NULL;
        struct error error;

        for (j = 0; j < 3; j++)
            assert_fails(
                key_unlock(rows[i].file, &file, wrong[j], &key, &error), &error,
                E_WRONG_PASSWORD, rows[i].file);
        if (rows[i].password[0] != '\0')
            assert_fails(key_unlock(rows[i].file, &file, "", &key, &error),
                         &error, E_WRONG_PASSWORD, rows[i].file);
        assert_null(key);
        if (key_unlock(rows[i].file, &file, rows[i].password, &key, &error) !=
            0)
            fail_msg("%s: %d %s", rows[i].file, error.code, error.detail);
        expect_same(key, rows[i].same_as);
        EVP_PKEY_free(key);
        blob_clear(&file);
    }
}

/*
 * Of a thousand wrong passwords, some leave right padding: what comes out then
 * is no key.  PBKDF2's rounds would make this slow, so it is the old form.
 */
static void
test_unlock_by_chance(void **state)
{
    struct blob file = fixture("encrypted-traditional.key");
    EVP_PKEY *key = NULL;
    struct error error;
    char password[16];
    int i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        snprintf(password, sizeof(password), "wrong%d", i);
        assert_fails(key_unlock("a.key", &file, password, &key, &error), &error,
                     E_WRONG_PASSWORD, "a.key");
    }
    assert_null(key);
    blob_clear(&file);
}

static void
test_unlock_long_password(void **state)
{
    struct blob file = fixture("encrypted-traditional.key");
    char password[5000];
    EVP_PKEY *key = NULL;
    struct error error;

    (void)state;
    memset(password, 'x', sizeof(password));
    password[sizeof(password) - 1] = '\0';
    assert_fails(key_unlock("a.key", &file, password, &key, &error), &error,
                 E_WRONG_PASSWORD, "a.key");
    blob_clear(&file);
}

/* The right password is of no use then, and must not be called wrong. */
static void
test_unlock_legacy_cipher(void **state)
{
    struct blob file = fixture("encrypted-legacy.key");
    EVP_PKEY *key = NULL;
    struct error error;

    (void)state;
    assert_fails(key_unlock("a.key", &file, "secret", &key, &error), &error,
                 E_CIPHER, "a.key");
    blob_clear(&file);
}

static void
test_format(void **state)
{
    static const char *const names[] = { "leaf.key", "ec.key", "ed25519.key",
                                         "dsa.key" };
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        struct blob want = fixture(names[i]), got = { 0 };
        EVP_PKEY *key = reference(names[i]);
        struct error error;

        assert_int_equal(key_format(key, &got, &error), 0);
        assert_string_equal(got.data, want.data);
        EVP_PKEY_free(key);
        blob_clear(&got);
        blob_clear(&want);
    }
}

static void
test_format_public_half(void **state)
{
    char *path = xasprintf("%s/testdata/pki/public.key", SOURCE_DIR);
    BIO *bio = BIO_new_file(path, "r");
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    struct blob got = { 0 };
    struct error error;

    (void)state;
    assert_non_null(key);
    assert_fails(key_format(key, &got, &error), &error, E_CRYPTO, "OpenSSL");
    assert_int_equal(got.size, 0);
    EVP_PKEY_free(key);
    BIO_free(bio);
    free(path);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_forms),
        TEST(test_breaks),
        TEST(test_first_key_counts),
        TEST(test_even_dsa),
        TEST(test_refused),
        TEST(test_refused_der),
        TEST(test_refused_content),
        TEST(test_long_dsa),
        TEST(test_nested),
        TEST(test_refused_locked_content),
        TEST(test_refused_types),
        TEST(test_version2),
        TEST(test_locked_other),
        TEST(test_near_keys),
        TEST(test_describe_others),
        TEST(test_matches),
        TEST(test_unlock),
        TEST(test_unlock_by_chance),
        TEST(test_unlock_long_password),
        TEST(test_unlock_legacy_cipher),
        TEST(test_format),
        TEST(test_format_public_half),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

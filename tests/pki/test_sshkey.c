/*
 * SSH public keys, held against what ssh-keygen makes of the same keys.
 */
#include "pki/sshkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>

#include "pki/key.h"
#include "pki/xalloc.h"
#include "tests/support.h"

static EVP_PKEY *
fixture_key(const char *name)
{
    struct blob file = fixture(name);
    EVP_PKEY *key = NULL;
    struct error error;

    assert_int_equal(key_parse(name, &file, &key, &error), 0);
    blob_clear(&file);
    return key;
}

static void
need_ssh_keygen(struct scratch *scratch)
{
    if (run_shell(scratch, "command -v ssh-keygen", NULL) == 0)
        return;
    print_message("no ssh-keygen to compare with\n");
    skip();
}

static const struct {
    const char *key, *text;
} rows[] = {
    { "leaf.key", "ssh-rsa 2048" },
    { "rsa4096.key", "ssh-rsa 4096" },
    { "ec.key", "ecdsa-sha2-nistp256 256" },
    { "ec384.key", "ecdsa-sha2-nistp384 384" },
    { "ec521.key", "ecdsa-sha2-nistp521 521" },
    { "ed25519.key", "ssh-ed25519 256" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* All but Ed25519, which ssh-keygen does not read in this form. */
static void
test_same_as_ssh_keygen(void **state)
{
    struct scratch *scratch = *state;
    size_t i;

    need_ssh_keygen(scratch);
    for (i = 0; i < ROWS - 1; i++) {
        EVP_PKEY *key = fixture_key(rows[i].key);
        struct blob got = { 0 }, want = { 0 };
        char *command = xasprintf("openssl pkey -in %s/testdata/pki/%s -pubout "
                                  "-out spki && ssh-keygen -i -m PKCS8 -f spki "
                                  "| sed 's/$/ a b/'",
                                  SOURCE_DIR, rows[i].key);
        struct error error;

        assert_int_equal(sshkey_format(key, "x.key", "a b", &got, &error), 0);
        assert_int_equal(run_shell(scratch, command, &want), 0);
        assert_string_equal(got.data, want.data);
        free(command);
        blob_clear(&want);
        blob_clear(&got);
        EVP_PKEY_free(key);
    }
}

/* ssh-keygen takes every one for a key of that size. */
static void
test_ssh_keygen_reads(void **state)
{
    struct scratch *scratch = *state;
    size_t i;

    need_ssh_keygen(scratch);
    for (i = 0; i < ROWS; i++) {
        EVP_PKEY *key = fixture_key(rows[i].key);
        struct blob text = { 0 }, output = { 0 };
        struct error error;

        assert_int_equal(sshkey_format(key, "x.key", "admin", &text, &error),
                         0);
        put_text(scratch->store, "a.pub", (const char *)text.data);
        assert_int_equal(run_shell(scratch, "ssh-keygen -l -f a.pub", &output),
                         0);
        assert_int_equal(atoi((const char *)output.data),
                         atoi(strchr(rows[i].text, ' ')));
        blob_clear(&output);
        blob_clear(&text);
        EVP_PKEY_free(key);
    }
}

/* An Ed25519 key that ssh-keygen has made itself, in its own private form. */
static void
test_ed25519_by_ssh_keygen(void **state)
{
    struct scratch *scratch = *state;
    EVP_PKEY *key = NULL;
    struct blob want = { 0 }, got = { 0 };
    unsigned char wire[51];
    struct error error;

    need_ssh_keygen(scratch);
    assert_int_equal(
        run_shell(scratch, "ssh-keygen -q -t ed25519 -N '' -C me -f k", NULL),
        0);
    want = get_file(scratch->store, "k.pub");
    assert_int_equal(
        EVP_DecodeBlock(wire, want.data + strlen("ssh-ed25519 "), 68), 51);
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, wire + 19, 32);
    assert_non_null(key);
    assert_int_equal(sshkey_format(key, "x.key", "me", &got, &error), 0);
    assert_string_equal(got.data, want.data);
    EVP_PKEY_free(key);
    blob_clear(&got);
    blob_clear(&want);
}

static void
test_format_refused(void **state)
{
    static const struct {
        const char *key, *detail;
    } refused[] = {
        { "dsa.key", "DSA 2048" },
        { "ec-k1.key", "EC secp256k1" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        EVP_PKEY *key = fixture_key(refused[i].key);
        struct blob text = { 0 };
        struct error error;

        assert_fails(sshkey_format(key, "x.key", "x", &text, &error), &error,
                     E_KEY_TYPE, "x.key");
        assert_string_equal(error.detail, refused[i].detail);
        assert_int_equal(text.size, 0);
        EVP_PKEY_free(key);
    }
}

/* More than OpenSSL itself would work with. */
static void
test_format_too_large(void **state)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *n = BN_new(), *e = BN_new();
    OSSL_PARAM *params;
    EVP_PKEY *key = NULL;
    struct blob text = { 0 };
    struct error error;

    (void)state;
    assert_true(BN_set_bit(n, 8 * 2049) && BN_set_bit(n, 0) &&
                BN_set_word(e, 65537));
    assert_true(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n));
    assert_true(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e));
    params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params),
                     1);
    assert_fails(sshkey_format(key, "x.key", "me", &text, &error), &error,
                 E_CRYPTO, "x.key");
    assert_null(text.data);
    EVP_PKEY_free(key);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);
}

static bool
recognise(const char *line, char text[80])
{
    struct blob file = { 0 };
    bool yes;

    blob_text(&file, line);
    yes = sshkey_recognise(&file, text, 80);
    blob_clear(&file);
    return yes;
}

static void
test_recognise(void **state)
{
    struct blob file = fixture("sshkey.pub");
    char text[80];
    size_t i;

    (void)state;
    assert_true(sshkey_recognise(&file, text, sizeof(text)));
    assert_string_equal(text, "ssh-rsa 2048");
    blob_clear(&file);
    for (i = 0; i < ROWS; i++) {
        EVP_PKEY *key = fixture_key(rows[i].key);
        struct error error;

        assert_int_equal(sshkey_format(key, "x.key", "x", &file, &error), 0);
        assert_true(sshkey_recognise(&file, text, sizeof(text)));
        assert_string_equal(text, rows[i].text);
        blob_clear(&file);
        EVP_PKEY_free(key);
    }
}

#define ED "AAAAC3NzaC1lZDI1NTE5AAAAI"
#define ED_KEY ED "AABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

static void
test_recognise_edges(void **state)
{
    static const char *const good[] = {
        "ssh-ed25519 " ED_KEY,
        "ssh-ed25519 " ED_KEY "\n",
        "ssh-ed25519 " ED_KEY " me@here and there\r\n",
    };
    static const char *const bad[] = {
        "",
        "\n",
        "ssh-ed25519",
        "ssh-ed25519 ",
        "ssh-ed25519 \n",
        "ssh-ed25519 " ED "\n",
        "ssh-ed25519 !" ED_KEY,
        "ssh-ed25519 " ED_KEY "AAAA",
        "ssh-rsa " ED_KEY,
        "ssh-unknown " ED_KEY,
        "ssh-ed25519 " ED_KEY "\nssh-ed25519 " ED_KEY "\n",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAA==", /* n = 0 */
        "-----BEGIN CERTIFICATE-----\n",
        "ssh-ed25519 AAAA",     /* no length */
        "ssh-ed25519 AAAA/w==", /* more than there is */
        /* Another type behind it, as long and not. */
        "ssh-ed25519 "
        "AAAAC3NzaC1lZDI1NTE4AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "ssh-ed25519 "
        "AAAACnNzaC1lZDI1NTEAAAAhAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    char large[16384 + 32] = "ssh-rsa ";
    char text[80];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!recognise(good[i], text) || strcmp(text, "ssh-ed25519 256") != 0)
            fail_msg("not recognised: %s", good[i]);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (recognise(bad[i], text))
            fail_msg("recognised: %s", bad[i]);
    memset(large + 8, 'A', 16384 + 4);
    assert_false(recognise(large, text));
}

/* Puts a PKCS#12 fixture under a user's name. */
static void
put_user(struct scratch *scratch, const char *username, const char *from)
{
    struct blob file = fixture(from);
    char *name = xasprintf("%s.pub", username);
    struct store_change change = { name, &file, 0600 };
    struct error error;

    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    free(name);
    blob_clear(&file);
}

static int
from_pkcs12(struct scratch *scratch, const char *user, const char *password,
            struct blob *ret, struct error *error)
{
    return sshkey_from_pkcs12(scratch->store, user, password, ret, error);
}

static void
test_from_pkcs12(void **state)
{
    static const struct {
        const char *file, *password, *key;
    } sources[] = {
        { "leaf.p12", "secret", "leaf.key" },
        { "ec-keyonly.p12", "secret", "ec.key" },
        { "ed25519-empty.p12", "", "ed25519.key" },
        { "root-nokey.p12", "secret", "root.key" },
    };
    struct scratch *scratch = *state;
    struct blob none = { 0 };
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        EVP_PKEY *key = fixture_key(sources[i].key);
        struct blob want = { 0 }, got = { 0 };

        put_user(scratch, "admin", sources[i].file);
        if (from_pkcs12(scratch, "admin", sources[i].password, &got, &error) !=
            0)
            fail_msg("%s: %d %s", sources[i].file, error.code, error.detail);
        assert_int_equal(sshkey_format(key, "x.key", "admin", &want, &error),
                         0);
        assert_string_equal(got.data, want.data);
        blob_clear(&got);
        blob_clear(&want);
        EVP_PKEY_free(key);
    }
    /* It is no PKCS#12 any more. */
    put_text(scratch->store, "admin.pub", "ssh-rsa AAAA admin\n");
    assert_fails(from_pkcs12(scratch, "admin", "", &none, &error), &error,
                 E_UNKNOWN_FORMAT, "admin.pub");
}

static void
test_from_pkcs12_refused(void **state)
{
    static const struct {
        const char *file, *password;
        enum error_code code;
    } sources[] = {
        { "leaf.p12", "wrong", E_WRONG_PASSWORD },
        { "leaf.p12", "", E_WRONG_PASSWORD },
        { "leaf-legacy.p12", "wrong", E_WRONG_PASSWORD },
        { "leaf-legacy.p12", "secret", E_CIPHER },
        { "leaf.crt", "secret", E_UNKNOWN_FORMAT },
        { "sshkey.pub", "secret", E_SSH_KEY },
        { "leaf-crt.der", "secret", E_UNKNOWN_FORMAT },
        { "empty.crt", "secret", E_UNKNOWN_FORMAT },
    };
    struct scratch *scratch = *state;
    struct blob got = { 0 };
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        put_user(scratch, "bob", sources[i].file);
        assert_fails(
            from_pkcs12(scratch, "bob", sources[i].password, &got, &error),
            &error, sources[i].code, "bob.pub");
        assert_null(got.data);
    }
    assert_fails(from_pkcs12(scratch, "nobody", "", &got, &error), &error,
                 E_NO_FILE, "nobody.pub");
    assert_fails(from_pkcs12(scratch, "../a", "", &got, &error), &error,
                 E_BAD_NAME, "../a.pub");
}

/* Keys that SSH has no form for: made here, they are rare. */
static void
test_from_pkcs12_type(void **state)
{
    struct scratch *scratch = *state;
    struct blob got = { 0 };
    struct error error;

    assert_int_equal(
        run_shell(scratch,
                  "openssl pkcs12 -export -nocerts -passout pass:secret "
                  "-inkey " SOURCE_DIR "/testdata/pki/dsa.key -out dave.pub",
                  NULL),
        0);
    assert_fails(from_pkcs12(scratch, "dave", "secret", &got, &error), &error,
                 E_KEY_TYPE, "dave.pub");
}

/* Neither key nor certificate is in it. */
static void
test_from_pkcs12_empty(void **state)
{
    struct scratch *scratch = *state;
    STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
    STACK_OF(PKCS7) *safes = NULL;
    struct blob file = { 0 }, text = { 0 };
    struct store_change change = { "eve.pub", &file, 0600 };
    struct error error;
    PKCS12 *pkcs12;

    assert_int_equal(PKCS12_add_safe(&safes, bags, -1, 0, NULL), 1);
    pkcs12 = PKCS12_add_safes(safes, 0);
    assert_int_equal(PKCS12_set_mac(pkcs12, "secret", -1, NULL, 0, 0, NULL), 1);
    file.size = (size_t)i2d_PKCS12(pkcs12, &file.data);
    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    assert_fails(from_pkcs12(scratch, "eve", "secret", &text, &error), &error,
                 E_NOT_CERT, "eve.pub");
    assert_null(text.data);
    OPENSSL_free(file.data);
    PKCS12_free(pkcs12);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_free(bags);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_as_ssh_keygen),
        TEST(test_ssh_keygen_reads),
        TEST(test_ed25519_by_ssh_keygen),
        TEST(test_format_refused),
        TEST(test_recognise),
        TEST(test_recognise_edges),
        TEST(test_from_pkcs12),
        TEST(test_from_pkcs12_refused),
        TEST(test_from_pkcs12_type),
        TEST(test_from_pkcs12_empty),
        TEST(test_format_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

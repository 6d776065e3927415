/*
 * Failures as values.
 */
#include "pki/error.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <string.h>

#include "tests/support.h"

static void
test_fail(void **state)
{
    struct error error;

    (void)state;
    memset(&error, 'x', sizeof(error));
    assert_fails((fail)(&error, E_EMPTY, "a.crt"), &error, E_EMPTY, "a.crt");
    assert_int_equal(error.line, 0);
    assert_string_equal(error.other, "");
    assert_string_equal(error.detail, "");
    assert_int_equal((fail)(&error, E_NO_CN, NULL), -1);
    assert_string_equal(error.subject, "");
}

static void
test_parts(void **state)
{
    struct error error;

    (void)state;
    assert_fails(fail_pair(&error, E_MISMATCH_CERT, "a.key", "b.crt"), &error,
                 E_MISMATCH_CERT, "a.key");
    assert_string_equal(error.other, "b.crt");
    assert_fails(fail_line(&error, E_PEM_GLUED, "a.crt", 7), &error,
                 E_PEM_GLUED, "a.crt");
    assert_int_equal(error.line, 7);
    assert_string_equal(error.other, "");
    assert_fails(fail_detail(&error, E_KEY_TYPE, "a.key", "DSA"), &error,
                 E_KEY_TYPE, "a.key");
    assert_string_equal(error.detail, "DSA");
    assert_int_equal(error.line, 0);
}

/* A caller may pass a failure on under another code. */
static void
test_own_subject(void **state)
{
    struct error error;

    (void)state;
    fail_pair(&error, E_NO_FILE, "a.key", "b.crt");
    assert_fails(fail_pair(&error, E_EMPTY, error.other, error.subject), &error,
                 E_EMPTY, "b.crt");
    assert_string_equal(error.other, "a.key");
}

static void
test_long_names_are_cut(void **state)
{
    char name[1000] = "";
    struct error error;

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    fail_pair(&error, E_NO_FILE, name, name);
    assert_int_equal(strlen(error.subject), sizeof(error.subject) - 1);
    assert_int_equal(strlen(error.other), sizeof(error.other) - 1);
    fail_detail(&error, E_NO_FILE, "a", name);
    assert_int_equal(strlen(error.detail), sizeof(error.detail) - 1);
}

static void
test_errno(void **state)
{
    static const struct {
        int number;
        enum error_code code;
    } table[] = {
        { ENOENT, E_NO_FILE },
        { ELOOP, E_NOT_REGULAR },
        { EISDIR, E_NOT_REGULAR },
        { ENXIO, E_NOT_REGULAR },
        { EACCES, E_DENIED },
        { EPERM, E_DENIED },
        { EROFS, E_DENIED },
        { ENOSPC, E_FULL },
        { EDQUOT, E_FULL },
        { EFBIG, E_FULL },
        { EIO, E_IO },
        { ENOTDIR, E_IO },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct error error;

        errno = table[i].number;
        assert_fails(fail_errno(&error, "a"), &error, table[i].code, "a");
        assert_int_equal(errno, table[i].number);
        assert_string_equal(error.detail, strerror(table[i].number));
    }
}

static void
test_openssl(void **state)
{
    struct error error;

    (void)state;
    openssl_begin();
    ERR_raise(ERR_LIB_PEM, PEM_R_BAD_BASE64_DECODE); /* the cause */
    ERR_raise(ERR_LIB_PEM, PEM_R_NO_START_LINE);     /* what followed */
    assert_fails(fail_openssl(&error, E_CRYPTO, "a.key"), &error, E_CRYPTO,
                 "a.key");
    assert_string_equal(error.detail, "openssl errstr 04800064");
    assert_int_equal(ERR_peek_error(), 0);
    assert_fails(fail_openssl(&error, E_CRYPTO, "a.key"), &error, E_CRYPTO,
                 NULL);
    assert_string_equal(error.detail, "");
    ERR_raise(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    openssl_forget();
    assert_int_equal(ERR_peek_error(), 0);
}

static void
test_may_pass(void **state)
{
    struct error error;

    (void)state;
    errno = EMFILE;
    fail_errno(&error, "a.key");
    assert_true(error_may_pass(&error));
    errno = ENOENT;
    fail_errno(&error, "a.key");
    assert_false(error_may_pass(&error));
    fail_pair(&error, E_MISMATCH_CERT, "a.key", "a.crt");
    assert_false(error_may_pass(&error));
}

/* The digests are there without the ciphers.  First, as nothing undoes it. */
static void
test_without_ciphers(void **state)
{
    (void)state;
    openssl_begin_without_ciphers();
    assert_null(EVP_get_cipherbyname("AES-256-CBC"));
    assert_non_null(EVP_get_digestbyname("SHA256"));
    assert_int_equal(ERR_peek_error(), 0);
}

static const char *
name_of_random(void)
{
    return EVP_RAND_get0_name(EVP_RAND_CTX_get0_rand(RAND_get0_primary(NULL)));
}

/* It is as it was begun; who begins anew later does not fail. */
static void
test_random_without_ciphers(void **state)
{
    unsigned char a[16], b[16];

    (void)state;
    openssl_begin_without_ciphers();
    assert_string_equal(name_of_random(), "HASH-DRBG");
    openssl_begin_without_ciphers();
    assert_int_equal(ERR_peek_error(), 0);
    assert_string_equal(name_of_random(), "HASH-DRBG");
    assert_int_equal(RAND_bytes(a, sizeof(a)), 1);
    assert_int_equal(RAND_priv_bytes(b, sizeof(b)), 1);
    assert_memory_not_equal(a, b, sizeof(a));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_ciphers),
        cmocka_unit_test(test_random_without_ciphers),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_own_subject),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_openssl),
        cmocka_unit_test(test_may_pass),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}

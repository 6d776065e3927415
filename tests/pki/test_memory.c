/*
 * OpenSSL runs out of memory: of each function that works with it, each
 * allocation fails once.  It fails then with a reason, or could do without; the
 * queue is empty after it, and the sanitizer finds nothing lost.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/inspect.h"
#include "pki/issue.h"
#include "pki/key.h"
#include "pki/keygen.h"
#include "pki/match.h"
#include "pki/sshkey.h"
#include "pki/subject.h"
#include "tests/support.h"

static struct {
    bool armed, hit;
    unsigned long left; /* until the one that fails */
} memory;

static bool
runs_out(void)
{
    if (!memory.armed || memory.hit || memory.left-- > 0)
        return false;
    memory.hit = true;
    return true;
}

static void *
scarce_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return runs_out() ? NULL : malloc(size);
}

static void *
scarce_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return runs_out() ? NULL : realloc(old, size);
}

static void
scarce_free(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

/* OpenSSL 3.0 loses the names that it could not keep. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:EVP_MD_fetch\nleak:EVP_CIPHER_fetch\nleak:EVP_RAND_fetch\n"
           "leak:EVP_KEYMGMT_do_all_provided\nleak:OSSL_DECODER_\n";
}

/* What is tried; it frees what it has made. */
typedef int work(struct scratch *scratch, struct error *error);

/* How many allocations of one work fail, at most: MMP_TEST_POINTS (100). */
static unsigned long
points(void)
{
    const char *wanted = getenv("MMP_TEST_POINTS");
    unsigned long n = wanted != NULL ? strtoul(wanted, NULL, 10) : 100;

    assert_true(n > 0);
    return n;
}

/* Does the work with the nth allocation failing, for each n; where they are
   too many, for one of some. */
static void
each_allocation(struct scratch *scratch, work *does)
{
    struct error error = { 0 };
    unsigned long n, total = 0, failures = 0;
    const char *function;

    /* What OpenSSL keeps for ever is made the first time. */
    assert_int_equal(does(scratch, &error), 0);
    memory.armed = true;
    memory.hit = false;
    memory.left = total = (unsigned long)-1;
    assert_int_equal(does(scratch, &error), 0);
    memory.armed = false;
    total -= memory.left;
    assert_true(total > 0);
    for (n = 0; n < total; n += 1 + total / points()) {
        int r;

        error = (struct error){ 0 };
        memory.left = n;
        memory.hit = false;
        memory.armed = true;
        r = does(scratch, &error);
        memory.armed = false;
        if (r != 0) {
            assert_int_equal(r, -1);
            assert_int_not_equal(error.code, E_NONE);
            failures++;
        }
        if (ERR_peek_error_all(NULL, NULL, &function, NULL, NULL) != 0)
            fail_msg("allocation %lu of %lu leaves the error of %s, %d %d", n,
                     total, function, r, error.code);
    }
    assert_int_equal(does(scratch, &error), 0);
    assert_true(failures > 0);
}

static EVP_PKEY *
ec_key(void)
{
    static EVP_PKEY *key;
    struct blob file;
    struct error error;

    if (key == NULL) {
        file = fixture("ec.key");
        assert_int_equal(key_parse("ec.key", &file, &key, &error), 0);
        blob_clear(&file);
    }
    return key;
}

/* Made by the library is slow; all else of issuing is what counts here. */
int __wrap_key_generate(const struct keygen *keygen, EVP_PKEY **ret,
                        struct error *error);
int __real_key_generate(const struct keygen *keygen, EVP_PKEY **ret,
                        struct error *error);

int
__wrap_key_generate(const struct keygen *keygen, EVP_PKEY **ret,
                    struct error *error)
{
    (void)keygen;
    (void)error;
    *ret = ec_key();
    EVP_PKEY_up_ref(*ret);
    return 0;
}

/*
 * Not in there: where OpenSSL 3.0 gets no memory for the algorithm, it frees
 * the one that is a part of the certificate (ASN1_item_sign_ctx()).
 */
int __wrap_X509_sign(X509 *cert, EVP_PKEY *key, const EVP_MD *digest);
int __real_X509_sign(X509 *cert, EVP_PKEY *key, const EVP_MD *digest);
int __wrap_X509_REQ_sign(X509_REQ *csr, EVP_PKEY *key, const EVP_MD *digest);
int __real_X509_REQ_sign(X509_REQ *csr, EVP_PKEY *key, const EVP_MD *digest);

int
__wrap_X509_sign(X509 *cert, EVP_PKEY *key, const EVP_MD *digest)
{
    bool armed = memory.armed;
    int r;

    memory.armed = false;
    r = __real_X509_sign(cert, key, digest);
    memory.armed = armed;
    return r;
}

int
__wrap_X509_REQ_sign(X509_REQ *csr, EVP_PKEY *key, const EVP_MD *digest)
{
    bool armed = memory.armed;
    int r;

    memory.armed = false;
    r = __real_X509_REQ_sign(csr, key, digest);
    memory.armed = armed;
    return r;
}

static const struct validity validity = { TEST_NOW, 365 };

static int
make_request(struct scratch *scratch, struct error *error)
{
    struct subject subject = { 0 };
    int r;

    r = type_subject("CN:a.example.com|O:Example|subjectAltName:b.example.com,"
                     "192.0.2.1,a@example.com",
                     &subject, error);
    if (r == 0)
        r = issue_request(scratch->store, "a", &subject, NULL, error);
    subject_clear(&subject);
    return r;
}

static int
make_selfsigned(struct scratch *scratch, struct error *error)
{
    const struct subject subject = { 0 };

    return issue_selfsigned(scratch->store, "ca", &subject, NULL, &validity,
                            error);
}

static int
sign(struct scratch *scratch, struct error *error)
{
    return sign_and_write(scratch->store, "leaf", "root", true, &validity,
                          error);
}

static int
match_all(struct scratch *scratch, struct error *error)
{
    enum match_kind kind;
    int r;

    r = match(scratch->store, "leaf.key", "leaf.crt", &kind, error);
    if (r == 0)
        r = match(scratch->store, "leaf.key", "leaf.csr", &kind, error);
    return r;
}

static int
convert(struct scratch *scratch, struct error *error)
{
    struct blob text = { 0 };
    int r;

    fixture_store_as(scratch->store, "leaf.p12", "user.pub");
    r = sshkey_from_pkcs12(scratch->store, "user", "secret", &text, error);
    blob_clear(&text);
    return r;
}

static int
nothing(void *arg, const struct inspection *element, struct error *error)
{
    (void)arg;
    (void)element;
    (void)error;
    return 0;
}

static int
read_all(struct scratch *scratch, struct error *error)
{
    static const char *const names[] = {
        "bundle.crt",   "leaf.csr", "leaf.crl",
        "leaf-crt.der", "leaf.p12", "leaf.key"
    };
    size_t i;
    int r = 0;

    (void)scratch;
    for (i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
        struct blob file = fixture(names[i]);

        r = inspect(names[i], &file, nothing, NULL, error);
        blob_clear(&file);
    }
    return r;
}

static int
read_keys(struct scratch *scratch, struct error *error)
{
    static const char *const names[] = { "leaf.key", "ec.key", "ed25519.key",
                                         "leaf-key.der", "sec1.der" };
    size_t i;
    int r = 0;

    (void)scratch;
    for (i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
        struct blob file = fixture(names[i]), text = { 0 };
        EVP_PKEY *key = NULL;

        r = key_parse(names[i], &file, &key, error);
        if (r == 0)
            r = key_format(key, &text, error);
        if (r == 0)
            r = sshkey_format(key, names[i], "comment", &text, error);
        EVP_PKEY_free(key);
        blob_clear(&text);
        blob_clear(&file);
    }
    return r;
}

static int
unlock(struct scratch *scratch, struct error *error)
{
    static const char *const names[] = { "encrypted.key",
                                         "encrypted-traditional.key" };
    size_t i;
    int r = 0;

    (void)scratch;
    for (i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
        struct blob file = fixture(names[i]);
        EVP_PKEY *key = NULL;

        r = key_unlock(names[i], &file, "secret", &key, error);
        EVP_PKEY_free(key);
        blob_clear(&file);
    }
    return r;
}

static int
generate(struct scratch *scratch, struct error *error)
{
    const struct keygen keygen = { .bits = 2048 };
    EVP_PKEY *key = NULL;
    int r = __real_key_generate(&keygen, &key, error);

    (void)scratch;
    assert_true((r == 0) == (key != NULL));
    EVP_PKEY_free(key);
    return r;
}

static void
test_requests(void **state)
{
    each_allocation(*state, make_request);
}

static void
test_selfsigned(void **state)
{
    each_allocation(*state, make_selfsigned);
}

static void
test_signing(void **state)
{
    struct scratch *scratch = *state;

    fixture_store(scratch->store, "leaf.csr");
    fixture_store(scratch->store, "root.key");
    fixture_store(scratch->store, "root.crt");
    each_allocation(scratch, sign);
}

static void
test_matching(void **state)
{
    struct scratch *scratch = *state;

    fixture_store(scratch->store, "leaf.csr");
    fixture_store(scratch->store, "leaf.key");
    fixture_store(scratch->store, "leaf.crt");
    each_allocation(scratch, match_all);
}

static void
test_converting(void **state)
{
    each_allocation(*state, convert);
}

static void
test_inspecting(void **state)
{
    each_allocation(*state, read_all);
}

static void
test_keys(void **state)
{
    each_allocation(*state, read_keys);
}

static void
test_unlocking(void **state)
{
    each_allocation(*state, unlock);
}

/* The two threads allocate as they come, so the nth is another each time. */
static void
test_generating(void **state)
{
    each_allocation(*state, generate);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_requests), test(test_selfsigned), test(test_signing),
        test(test_matching), test(test_converting), test(test_inspecting),
        test(test_keys),     test(test_unlocking),  test(test_generating),
    };
    int r;

    /* Before anything else asks for memory. */
    if (!CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc, scarce_free))
        return 1;
    r = cmocka_run_group_tests_name("memory", tests, NULL, NULL);
    EVP_PKEY_free(ec_key());
    return r;
}

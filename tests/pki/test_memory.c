/*
 * OpenSSL runs out of memory: of each function that works with it, allocations
 * fail one at a time, some below each place where our code calls OpenSSL.  The
 * function fails then with a reason and without a result, or could do without;
 * the queue is empty after it, and the sanitizer finds nothing lost.
 */
#include <execinfo.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/diagnose.h"
#include "pki/inspect.h"
#include "pki/issue.h"
#include "pki/key.h"
#include "pki/keygen.h"
#include "pki/match.h"
#include "pki/sshkey.h"
#include "pki/subject.h"
#include "pki/verify.h"
#include "pki/xalloc.h"
#include "tests/support.h"

/*
 * Places are told apart by what our code had called to get there; each holds
 * the numbers of its allocations.
 */
#define PLACES_MAX 512
#define FRAMES_MAX 96

struct place {
    uint64_t path;
    unsigned long *at;
    size_t count, room;
};

static struct {
    bool armed, hit;
    unsigned long left; /* until the one that fails */
    bool looks;
    struct place places[PLACES_MAX];
    size_t place_count;
} memory;

/* Of the program: see ld(1), and end(3). */
extern const char __executable_start, etext;

/* A number for the functions of the program that are on the stack. */
static uint64_t
path_here(void)
{
    void *frames[FRAMES_MAX];
    int i, n = backtrace(frames, FRAMES_MAX);
    uint64_t path = 0;

    for (i = 0; i < n; i++) {
        const char *at = frames[i];

        if (at >= &__executable_start && at < &etext)
            path = (path ^ (uintptr_t)at) * 0x100000001b3;
    }
    return path;
}

static void
note_place(unsigned long nth)
{
    uint64_t path = path_here();
    struct place *place = memory.places;

    while (place < memory.places + memory.place_count && place->path != path)
        place++;
    assert_true(place < memory.places + PLACES_MAX);
    if (place == memory.places + memory.place_count) {
        memory.place_count++;
        place->path = path;
    }
    if (place->count == place->room) {
        place->room = 2 * place->room + 16;
        place->at = xreallocarray(place->at, place->room, sizeof(*place->at));
    }
    place->at[place->count++] = nth;
}

static void
forget_places(void)
{
    while (memory.place_count > 0) {
        struct place *place = &memory.places[--memory.place_count];

        free(place->at);
        *place = (struct place){ 0 };
    }
}

static bool
runs_out(void)
{
    if (memory.looks)
        note_place(memory.left++);
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

/* How many allocations fail below one place, at most: MMP_TEST_POINTS (4). */
static size_t
points(void)
{
    const char *wanted = getenv("MMP_TEST_POINTS");
    unsigned long n = wanted != NULL ? strtoul(wanted, NULL, 10) : 4;

    assert_true(n > 1);
    return n;
}

/* Does the work with the nth allocation failing; true if the work failed. */
static bool
without(unsigned long nth, struct scratch *scratch, work *does)
{
    struct error error = { 0 };
    const char *function;
    int r;

    memory.left = nth;
    memory.hit = false;
    memory.armed = true;
    r = does(scratch, &error);
    memory.armed = false;
    if (r != 0) {
        assert_int_equal(r, -1);
        assert_int_not_equal(error.code, E_NONE);
    }
    if (ERR_peek_error_all(NULL, NULL, &function, NULL, NULL) != 0)
        fail_msg("allocation %lu leaves the error of %s, %d %d", nth, function,
                 r, error.code);
    return r != 0;
}

/* The first and the last of each place, and some between them; returns how
   often the work failed. */
static size_t
each_place(struct scratch *scratch, work *does)
{
    struct error error = { 0 };
    size_t most = points(), failures = 0, i, j;

    /* What OpenSSL keeps for ever is made the first time. */
    assert_int_equal(does(scratch, &error), 0);
    memory.left = 0;
    memory.looks = true;
    assert_int_equal(does(scratch, &error), 0);
    memory.looks = false;
    for (i = 0; i < memory.place_count; i++) {
        const struct place *place = &memory.places[i];
        size_t n = place->count < most ? place->count : most;

        for (j = 0; j < n; j++) {
            size_t at = n > 1 ? j * (place->count - 1) / (n - 1) : 0;

            failures += without(place->at[at], scratch, does);
        }
    }
    assert_int_equal(does(scratch, &error), 0);
    forget_places();
    return failures;
}

static void
assert_each_place(struct scratch *scratch, work *does)
{
    assert_true(each_place(scratch, does) > 0);
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

/* Making a key is slow; all else of issuing is what counts here. */
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
 * And where it counts, the primes are drawn at once, one thread after the
 * other, so that the nth allocation is the same each time.
 */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *arg);
int __wrap_pthread_join(pthread_t thread, void **ret);
int __wrap_BN_priv_rand(BIGNUM *x, int bits, int top, int bottom);
int __wrap_BN_check_prime(const BIGNUM *x, BN_CTX *ctx, BN_GENCB *callback);

static struct {
    BIGNUM *p, *q;
    bool second; /* it is q's turn */
} primes;

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*run)(void *), void *arg)
{
    (void)attributes;
    *thread = pthread_self();
    assert_null(run(arg));
    return 0;
}

int
__wrap_pthread_join(pthread_t thread, void **ret)
{
    assert_null(ret);
    assert_true(pthread_equal(thread, pthread_self()));
    return 0;
}

int
__wrap_BN_priv_rand(BIGNUM *x, int bits, int top, int bottom)
{
    const BIGNUM *drawn = primes.second ? primes.q : primes.p;

    assert_int_equal(BN_num_bits(drawn), bits);
    assert_int_equal(top, BN_RAND_TOP_ONE);
    assert_int_equal(bottom, BN_RAND_BOTTOM_ODD);
    primes.second = !primes.second;
    return BN_copy(x, drawn) != NULL;
}

int
__wrap_BN_check_prime(const BIGNUM *x, BN_CTX *ctx, BN_GENCB *callback)
{
    BIGNUM *own = BN_dup(x);
    int r = own != NULL ? 1 : -1;

    assert_non_null(ctx);
    assert_non_null(callback);
    BN_clear_free(own);
    return r;
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
    /* Longer than the CA. */
    const struct validity long_validity = { TEST_NOW, 36500 };

    return sign_and_write(scratch->store, "leaf", "root", true, &long_validity,
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
    int r;

    (void)scratch;
    primes.second = false;
    r = __real_key_generate(&keygen, &key, error);
    assert_true((r == 0) == (key != NULL));
    EVP_PKEY_free(key);
    return r;
}

/* The key is made at once; what the library is asked before counts. */
int __wrap_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **ret);

int
__wrap_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **ret)
{
    assert_non_null(ctx);
    *ret = ec_key();
    return EVP_PKEY_up_ref(*ret);
}

static int
generate_by_library(struct scratch *scratch, struct error *error)
{
    const struct keygen keygen = { .bits = 2048, .method = KEYGEN_LIBRARY };
    EVP_PKEY *key = NULL;
    int r = __real_key_generate(&keygen, &key, error);

    (void)scratch;
    assert_true((r == 0) == (key != NULL));
    EVP_PKEY_free(key);
    return r;
}

static int
verify_all(struct scratch *scratch, struct error *error)
{
    int r =
        verify(scratch->store, "leaf.crt", "bundle.crt", NULL, TEST_NOW, error);

    if (r == 0)
        r = verify(scratch->store, "leaf-crt.der", "crls.crt", "root.crt",
                   TEST_NOW, error);
    return r;
}

/* Finds what it can: it has no failure to tell. */
static int
diagnose_all(struct scratch *scratch, struct error *error)
{
    static const char *const names[] = { "www.example.com", NULL };
    const struct diagnosis diagnosis = { .now = TEST_NOW, .names = names };
    struct blob key = fixture("leaf.key"), cert = fixture("leaf.crt");
    struct blob bundle = fixture("bundle-revoked.crt"),
                soon = fixture("soon.crt");
    struct blob der = fixture("leaf-crt.der");
    const struct diagnose_part parts[] = {
        { "leaf.key", &key, DIAGNOSE_KEY },
        { "leaf.crt", &cert, DIAGNOSE_CERT },
        { "bundle.crt", &bundle, DIAGNOSE_BUNDLE },
        { "soon.crt", &soon, DIAGNOSE_ANY },
        { "leaf-crt.der", &der, DIAGNOSE_ANY },
    };
    struct hints hints = { 0 };

    (void)scratch;
    (void)error;
    diagnose(&diagnosis, parts, 3, &hints);
    diagnose(&diagnosis, &parts[3], 1, &hints);
    diagnose(&diagnosis, &parts[4], 1, &hints);
    assert_true(hints.count <= HINTS_MAX);
    hints_clear(&hints);
    blob_clear(&key);
    blob_clear(&cert);
    blob_clear(&bundle);
    blob_clear(&soon);
    blob_clear(&der);
    return 0;
}

/* One as it is, and one of DER, in PEM. */
static int
append_certs(struct scratch *scratch, struct error *error)
{
    struct blob bundle = fixture("bundle.crt"), der = fixture("leaf-crt.der");
    struct blob text = { 0 };
    int r = cert_append_all(&text, "bundle.crt", &bundle, error);

    (void)scratch;
    if (r == 0)
        r = cert_append_all(&text, "leaf-crt.der", &der, error);
    blob_clear(&text);
    blob_clear(&der);
    blob_clear(&bundle);
    return r;
}

static void
test_requests(void **state)
{
    assert_each_place(*state, make_request);
}

static void
test_selfsigned(void **state)
{
    assert_each_place(*state, make_selfsigned);
}

static void
test_signing(void **state)
{
    struct scratch *scratch = *state;

    fixture_store(scratch->store, "leaf.csr");
    fixture_store(scratch->store, "root.key");
    fixture_store(scratch->store, "root.crt");
    assert_each_place(scratch, sign);
}

static void
test_matching(void **state)
{
    struct scratch *scratch = *state;

    fixture_store(scratch->store, "leaf.csr");
    fixture_store(scratch->store, "leaf.key");
    fixture_store(scratch->store, "leaf.crt");
    assert_each_place(scratch, match_all);
}

static void
test_converting(void **state)
{
    assert_each_place(*state, convert);
}

static void
test_inspecting(void **state)
{
    assert_each_place(*state, read_all);
}

static void
test_keys(void **state)
{
    assert_each_place(*state, read_keys);
}

static void
test_unlocking(void **state)
{
    assert_each_place(*state, unlock);
}

static void
test_generating(void **state)
{
    struct blob file = fixture("leaf.key");
    EVP_PKEY *key = NULL;
    struct error error;

    assert_int_equal(key_parse("leaf.key", &file, &key, &error), 0);
    assert_true(
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR1, &primes.p));
    assert_true(
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR2, &primes.q));
    assert_each_place(*state, generate);
    BN_clear_free(primes.p);
    BN_clear_free(primes.q);
    EVP_PKEY_free(key);
    blob_clear(&file);
}

/* Refused because another root of the issuer's name comes first. */
static int
diagnose_astray(struct scratch *scratch, struct error *error)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob cert = { 0 }, bundle = { 0 };
    const struct diagnose_part parts[] = {
        { "astray.crt", &cert, DIAGNOSE_ANY },
        { "astray-bundle.crt", &bundle, DIAGNOSE_BUNDLE },
    };
    struct hints hints = { 0 };
    int r =
        store_read(scratch->store, STORE_FILES, parts[0].name, &cert, error);

    if (r == 0)
        r = store_read(scratch->store, STORE_FILES, parts[1].name, &bundle,
                       error);
    if (r == 0)
        diagnose(&diagnosis, parts, 2, &hints);
    assert_true(hints.count <= HINTS_MAX);
    hints_clear(&hints);
    blob_clear(&cert);
    blob_clear(&bundle);
    return r;
}

static void
put_made(struct store *store, const char *name, struct made_cert *first,
         struct made_cert *second)
{
    struct blob text = { 0 };
    X509 *cert = make_cert(first);

    append_pem(&text, cert);
    X509_free(cert);
    if (second != NULL) {
        cert = make_cert(second);
        append_pem(&text, cert);
        X509_free(cert);
    }
    put_text(store, name, (const char *)text.data);
    blob_clear(&text);
}

static void
test_generating_by_library(void **state)
{
    assert_each_place(*state, generate_by_library);
}

static void
test_verifying(void **state)
{
    struct scratch *scratch = *state;
    struct blob bundle = fixture("bundle.crt"), root = fixture("root.crl");
    struct blob leaf = fixture("leaf.crl");

    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "leaf-crt.der");
    fixture_store(scratch->store, "bundle.crt");
    fixture_store(scratch->store, "root.crt");
    blob_append(&bundle, root.data, root.size);
    blob_append(&bundle, leaf.data, leaf.size);
    put_text(scratch->store, "crls.crt", (const char *)bundle.data);
    assert_each_place(scratch, verify_all);
    blob_clear(&bundle);
    blob_clear(&root);
    blob_clear(&leaf);
}

static void
test_diagnosing(void **state)
{
    assert_int_equal(each_place(*state, diagnose_all), 0);
}

static void
test_diagnosing_astray(void **state)
{
    struct scratch *scratch = *state;
    struct made_cert old = { .cn = "Example CA", .ca = true, .self = true },
                     new = old, leaf = { .cn = "a.example.com" };
    struct blob file = fixture("leaf.key"), other = fixture("inter-again.key");
    EVP_PKEY *keys[2] = { NULL, NULL };
    struct error error;
    X509 *issuer;

    assert_int_equal(key_parse("leaf.key", &file, &keys[0], &error), 0);
    assert_int_equal(key_parse("other.key", &other, &keys[1], &error), 0);
    old.key = old.signer = keys[1];
    new.key = new.signer = leaf.key = leaf.signer = keys[0];
    new.serial = "2";
    leaf.serial = "3";
    issuer = make_cert(&new);
    leaf.issuer = issuer;
    put_made(scratch->store, "astray.crt", &leaf, NULL);
    put_made(scratch->store, "astray-bundle.crt", &old, &new);
    assert_int_equal(each_place(scratch, diagnose_astray), 0);
    X509_free(issuer);
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
    blob_clear(&file);
    blob_clear(&other);
}

static void
test_appending(void **state)
{
    assert_each_place(*state, append_certs);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_requests),
        test(test_selfsigned),
        test(test_signing),
        test(test_matching),
        test(test_converting),
        test(test_inspecting),
        test(test_keys),
        test(test_unlocking),
        test(test_generating),
        test(test_generating_by_library),
        test(test_verifying),
        test(test_diagnosing),
        test(test_diagnosing_astray),
        test(test_appending),
    };
    int r;

    /* Before anything else asks for memory. */
    if (!CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc, scarce_free))
        return 1;
    r = cmocka_run_group_tests_name("memory", tests, NULL, NULL);
    EVP_PKEY_free(ec_key());
    return r;
}

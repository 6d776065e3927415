/*
 * New RSA keys: against Python's integers, GMP, OpenSSL's own check, GnuTLS.
 * MMP_TEST_KEYS says how many (200), MMP_TEST_LARGE_KEYS how many there are of
 * 4096 bits (1).
 */
#include "pki/keygen.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

/* What progress was told, one letter an event, and when to give up. */
struct told {
    char events[8192];
    size_t count;
    size_t give_up;   /* at this call, from 1; 0: never */
    char give_up_at;  /* at the first event of this letter; 0: never */
    pthread_t thread; /* the caller's */
    bool elsewhere;   /* called in another */
};

static int
tell(void *arg, enum keygen_event event)
{
    static const char letters[] = {
        [KEYGEN_CANDIDATE] = '.',
        [KEYGEN_PRIME] = 'P',
        [KEYGEN_TICK] = 't',
    };
    struct told *told = arg;

    if (told->count < sizeof(told->events) - 1)
        told->events[told->count] = letters[event];
    told->count++;
    if (!pthread_equal(told->thread, pthread_self()))
        told->elsewhere = true;
    return told->count == told->give_up || told->give_up_at == letters[event]
               ? -1
               : 0;
}

static EVP_PKEY *
generate(unsigned bits, enum keygen_method method)
{
    struct keygen keygen = { .bits = bits, .method = method };
    EVP_PKEY *key = NULL;
    struct error error = { 0 };

    if (key_generate(&keygen, &key, &error) != 0)
        fail_msg("no key: %d %s", error.code, error.detail);
    assert_int_equal(EVP_PKEY_get_bits(key), bits);
    return key;
}

/* "bits n e d p q dp dq qinv" for check_keys.py */
static void
append_numbers(struct blob *text, const EVP_PKEY *key)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
    };
    char *bits = xasprintf("%d", EVP_PKEY_get_bits(key));
    size_t i;

    blob_text(text, bits);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        BIGNUM *value = NULL;
        char *hex;

        assert_true(EVP_PKEY_get_bn_param(key, names[i], &value));
        hex = BN_bn2hex(value);
        blob_text(text, " ");
        blob_text(text, hex);
        OPENSSL_free(hex);
        BN_clear_free(value);
    }
    blob_text(text, "\n");
    free(bits);
}

static void
assert_openssl_agrees(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

    assert_int_equal(EVP_PKEY_check(ctx), 1);
    EVP_PKEY_CTX_free(ctx);
}

static void
need_python(void)
{
    if (access("/usr/bin/python3", X_OK) == 0)
        return;
    print_message("no /usr/bin/python3 to check the numbers with\n");
    skip();
}

static void
assert_python_agrees(struct scratch *scratch, const struct blob *numbers)
{
    struct blob output = { 0 };

    put_text(scratch->store, "numbers", (const char *)numbers->data);
    if (run_shell(scratch,
                  "/usr/bin/python3 " SOURCE_DIR
                  "/tests/pki/check_keys.py <numbers",
                  &output) != 0)
        fail_msg("%s", output.data);
    blob_clear(&output);
}

static int
how_many(const char *variable, int otherwise)
{
    const char *wanted = getenv(variable);
    int n = wanted != NULL ? atoi(wanted) : otherwise;

    assert_true(n > 0);
    return n;
}

static void
add_keys(struct blob *numbers, unsigned bits, int n)
{
    while (n-- > 0) {
        EVP_PKEY *key = generate(bits, KEYGEN_FAST);

        assert_openssl_agrees(key);
        append_numbers(numbers, key);
        EVP_PKEY_free(key);
    }
}

static void
many_keys_keep_the_conditions(void **state)
{
    struct blob numbers = { 0 };

    need_python();
    add_keys(&numbers, 2048, how_many("MMP_TEST_KEYS", 200));
    assert_python_agrees(*state, &numbers);
    blob_clear(&numbers);
}

static void
larger_keys_keep_the_conditions(void **state)
{
    struct blob numbers = { 0 };

    need_python();
    add_keys(&numbers, 2050, 1);
    add_keys(&numbers, 3072, 1);
    add_keys(&numbers, 4096, how_many("MMP_TEST_LARGE_KEYS", 1));
    assert_python_agrees(*state, &numbers);
    blob_clear(&numbers);
}

static void
assert_python_finds(struct scratch *scratch, const struct blob *numbers,
                    const char *fault)
{
    struct blob output = { 0 };

    put_text(scratch->store, "numbers", (const char *)numbers->data);
    assert_int_equal(run_shell(scratch,
                               "/usr/bin/python3 " SOURCE_DIR
                               "/tests/pki/check_keys.py <numbers",
                               &output),
                     1);
    assert_non_null(strstr((const char *)output.data, fault));
    blob_clear(&output);
}

/* The checker must see what is wrong, or it proves nothing. */
static void
the_checker_finds_faults(void **state)
{
    struct blob one = { 0 }, numbers = { 0 };
    char *digit;

    need_python();
    add_keys(&one, 2048, 1);
    digit = (char *)one.data + one.size - 2; /* of qinv */
    *digit = *digit == '0' ? '1' : '0';
    assert_python_finds(*state, &one, "key 1: qinv\n");
    blob_append(&numbers, one.data, one.size);
    blob_append(&numbers, one.data, one.size);
    assert_python_finds(*state, &numbers, "key 2: a prime of key 1\n");
    digit = strchr((char *)numbers.data, ' '); /* n, e, d, p */
    digit = strchr(strchr(strchr(digit + 1, ' ') + 1, ' ') + 1, ' ');
    *(strchr(digit + 1, ' ') - 1) = '4'; /* an odd one might be another prime */
    assert_python_finds(*state, &numbers, "key 1: p is prime to GMP\n");
    blob_clear(&one);
    blob_clear(&numbers);
}

static void
put_key(struct scratch *scratch, const EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;

    assert_true(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    assert_true(BIO_write(bio, "", 1) == 1);
    BIO_get_mem_data(bio, &text);
    put_text(scratch->store, "new.key", text);
    BIO_free(bio);
}

static void
peers_accept_the_keys(void **state)
{
    struct scratch *scratch = *state;
    int i;

    for (i = 0; i < 3; i++) {
        EVP_PKEY *key = generate(2048, KEYGEN_FAST);
        struct blob output = { 0 };

        put_key(scratch, key);
        assert_int_equal(run_shell(scratch,
                                   "openssl rsa -in new.key -check -noout",
                                   &output),
                         0);
        assert_non_null(strstr((const char *)output.data, "RSA key ok"));
        blob_clear(&output);
        if (run_shell(scratch, "command -v certtool", NULL) == 0) {
            assert_int_equal(run_shell(scratch,
                                       "certtool --key-info --infile new.key",
                                       &output),
                             0);
            assert_non_null(strstr((const char *)output.data, "(2048 bits)"));
            assert_null(strstr((const char *)output.data, "rror"));
        } else {
            print_message("no certtool to show the key to\n");
        }
        blob_clear(&output);
        EVP_PKEY_free(key);
    }
}

/* Candidates, a prime, candidates, a prime; ticks anywhere. */
static void
assert_order(const struct told *told, bool at_once)
{
    const char *at = told->events;
    int prime;

    assert_false(told->elsewhere);
    for (prime = 0; prime < 2; prime++) {
        size_t size = strspn(at, ".t");

        assert_non_null(memchr(at, '.', size));
        assert_int_equal(at[size], 'P');
        at += size + 1;
    }
    if (at_once)
        assert_string_equal(at, "");
}

static void
progress_is_told_in_order(void **state)
{
    struct told told = { .thread = pthread_self() };
    struct keygen keygen = { 2048, KEYGEN_FAST, tell, &told };
    struct error error;
    EVP_PKEY *key = NULL;

    (void)state;
    assert_int_equal(key_generate(&keygen, &key, &error), 0);
    assert_order(&told, true);
    EVP_PKEY_free(key);
}

static double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static nlink_t
threads(void)
{
    struct stat st;

    assert_int_equal(stat("/proc/self/task", &st), 0);
    return st.st_nlink;
}

static void
assert_cancelled(const struct keygen *keygen)
{
    nlink_t before = threads();
    EVP_PKEY *key = NULL;
    struct error error;
    int i;

    assert_fails(key_generate(keygen, &key, &error), &error, E_CANCELLED, "");
    assert_null(key);
    /* Joined, a thread may still be on its way out of the kernel's list. */
    for (i = 0; i < 500 && threads() != before; i++)
        usleep(10000);
    assert_int_equal(threads(), before);
}

static void
a_cancel_stops_both_threads(void **state)
{
    struct told first = { .give_up = 1, .thread = pthread_self() };
    struct told later = { .give_up = 20, .thread = pthread_self() };
    struct told prime = { .give_up_at = 'P', .thread = pthread_self() };
    struct keygen keygen = { KEYGEN_MAX_BITS, KEYGEN_FAST, tell, &first };
    double start = seconds();

    (void)state;
    assert_cancelled(&keygen);
    assert_int_equal(first.count, 1);
    keygen.arg = &later;
    assert_cancelled(&keygen);
    assert_int_equal(later.count, 20);
    /* 21 calls, 50 ms apart at most, but machines are loaded; whole keys of
       8192 bits take longer. */
    assert_true(seconds() - start < 10);
    keygen.bits = 2048;
    keygen.arg = &prime;
    assert_cancelled(&keygen);
    assert_int_equal(prime.events[prime.count - 1], 'P');
    assert_null(memchr(prime.events, 'P', prime.count - 1));
}

/* Of glibc itself, which keeps it out only where a thread begins or ends. */
#define LIBC_SIGNAL 32

/* The signals that every thread but ours keeps out: proc(5), SigBlk. */
static int
look_at_threads(void *arg, enum keygen_event event)
{
    unsigned long long *blocked = arg, mask;
    DIR *dir = opendir("/proc/self/task");
    const struct dirent *entry;

    (void)event;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        char *path = xasprintf("/proc/self/task/%s/status", entry->d_name);
        FILE *in = atoi(entry->d_name) > 0 && atoi(entry->d_name) != getpid()
                       ? fopen(path, "re")
                       : NULL;
        char line[256];

        while (in != NULL && fgets(line, sizeof(line), in) != NULL)
            if (sscanf(line, "SigBlk: %llx", &mask) == 1 && mask != 0 &&
                !(mask & 1ULL << (LIBC_SIGNAL - 1)))
                *blocked &= mask;
        if (in != NULL)
            fclose(in);
        free(path);
    }
    closedir(dir);
    return 0;
}

/* An interrupt is the caller's; a crash is not kept from who reports it. */
static void
threads_block_no_crash(void **state)
{
    unsigned long long blocked = ~0ULL;
    struct keygen keygen = { 2048, KEYGEN_FAST, look_at_threads, &blocked };
    struct error error;
    EVP_PKEY *key = NULL;
    int i;

    (void)state;
    /* Both threads may have ended before the first look at them. */
    for (i = 0; i < 100 && blocked == ~0ULL; i++) {
        assert_int_equal(key_generate(&keygen, &key, &error), 0);
        EVP_PKEY_free(key);
    }
    assert_true(blocked != ~0ULL);
    assert_true(blocked & 1ULL << (SIGINT - 1));
    assert_false(blocked & 1ULL << (SIGSEGV - 1));
}

static void
the_library_makes_keys(void **state)
{
    struct told told = { .thread = pthread_self() };
    struct keygen keygen = { 2048, KEYGEN_LIBRARY, tell, &told };
    struct error error;
    EVP_PKEY *key = NULL;

    (void)state;
    assert_int_equal(key_generate(&keygen, &key, &error), 0);
    assert_int_equal(EVP_PKEY_get_bits(key), 2048);
    assert_openssl_agrees(key);
    assert_order(&told, false);
    EVP_PKEY_free(key);
    EVP_PKEY_free(generate(3072, KEYGEN_LIBRARY));
}

static void
the_library_can_be_cancelled(void **state)
{
    struct told told = { .give_up = 3, .thread = pthread_self() };
    struct keygen keygen = { 4096, KEYGEN_LIBRARY, tell, &told };

    (void)state;
    assert_cancelled(&keygen);
    assert_int_equal(told.count, 3);
}

static void
sizes_out_of_range_are_refused(void **state)
{
    static const unsigned sizes[] = { 0, 1024, 2046, 2049, 8194, 16384 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct keygen keygen = { .bits = sizes[i] };
        EVP_PKEY *key = NULL;
        struct error error;

        assert_fails(key_generate(&keygen, &key, &error), &error, E_CRYPTO,
                     "RSA");
        keygen.method = KEYGEN_LIBRARY;
        assert_fails(key_generate(&keygen, &key, &error), &error, E_CRYPTO,
                     "RSA");
        assert_null(key);
    }
}

/*
 * Faults: what chance does not bring about.  The primes are given then, and so
 * is their primality.
 */

int __wrap_BN_priv_rand(BIGNUM *x, int bits, int top, int bottom);
int __real_BN_priv_rand(BIGNUM *x, int bits, int top, int bottom);
int __wrap_BN_check_prime(const BIGNUM *x, BN_CTX *ctx, BN_GENCB *callback);
int __real_BN_check_prime(const BIGNUM *x, BN_CTX *ctx, BN_GENCB *callback);
int __wrap_BN_div(BIGNUM *quotient, BIGNUM *rest, const BIGNUM *n,
                  const BIGNUM *d, BN_CTX *ctx);
int __real_BN_div(BIGNUM *quotient, BIGNUM *rest, const BIGNUM *n,
                  const BIGNUM *d, BN_CTX *ctx);
BIGNUM *__wrap_BN_mod_inverse(BIGNUM *x, const BIGNUM *a, const BIGNUM *n,
                              BN_CTX *ctx);
BIGNUM *__real_BN_mod_inverse(BIGNUM *x, const BIGNUM *a, const BIGNUM *n,
                              BN_CTX *ctx);
int __wrap_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **ret);
int __real_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **ret);
int __wrap_EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *signature,
                            size_t size, const unsigned char *text,
                            size_t text_size);
int __real_EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *signature,
                            size_t size, const unsigned char *text,
                            size_t text_size);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *arg);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *arg);

enum fault {
    NO_FAULT,
    FAULT_DRAWS,       /* nothing that is drawn is of use */
    FAULT_DRAW,        /* nothing can be drawn */
    FAULT_SAME,        /* both primes are the same */
    FAULT_INVERSE,     /* BN_mod_inverse() is wrong */
    FAULT_SHORT,       /* and so wrong that d is short */
    FAULT_RIGHT_FOR_P, /* but right for one of the primes */
    FAULT_QUOTIENT,    /* BN_div() is wrong */
    FAULT_REST,
    FAULT_VERIFY,  /* what was signed does not verify */
    FAULT_LIBRARY, /* OpenSSL makes no key */
    FAULT_THREAD,  /* there is no thread to be had */
};

static struct {
    enum fault fault;
    unsigned nth; /* of the calls, from 1: the one that is wrong */
    unsigned calls;
    BIGNUM *p, *q, *useless;
    atomic_uint draws;
} faults;

/* Is it the turn of this call? */
static bool
strikes(enum fault fault)
{
    return faults.fault == fault && ++faults.calls == faults.nth;
}

/* Useless ones first: p or q minus 1 is a multiple of the exponent. */
int
__wrap_BN_priv_rand(BIGNUM *x, int bits, int top, int bottom)
{
    unsigned draw;

    if (faults.fault == NO_FAULT || faults.fault == FAULT_THREAD)
        return __real_BN_priv_rand(x, bits, top, bottom);
    if (faults.fault == FAULT_DRAW)
        return 0;
    draw = atomic_fetch_add(&faults.draws, 1);
    if (faults.fault == FAULT_DRAWS || draw < 2)
        return BN_copy(x, faults.useless) != NULL;
    return BN_copy(x, draw % 2 == 0 || faults.fault == FAULT_SAME
                          ? faults.p
                          : faults.q) != NULL;
}

int
__wrap_BN_check_prime(const BIGNUM *x, BN_CTX *ctx, BN_GENCB *callback)
{
    if (faults.fault == NO_FAULT || faults.fault == FAULT_THREAD)
        return __real_BN_check_prime(x, ctx, callback);
    return BN_cmp(x, faults.p) == 0 || BN_cmp(x, faults.q) == 0;
}

int
__wrap_BN_div(BIGNUM *quotient, BIGNUM *rest, const BIGNUM *n, const BIGNUM *d,
              BN_CTX *ctx)
{
    int r = __real_BN_div(quotient, rest, n, d, ctx);

    if (rest != NULL && strikes(FAULT_REST))
        BN_add_word(rest, 1);
    if (rest == NULL && strikes(FAULT_QUOTIENT))
        BN_add_word(quotient, 1);
    return r;
}

BIGNUM *
__wrap_BN_mod_inverse(BIGNUM *x, const BIGNUM *a, const BIGNUM *n, BN_CTX *ctx)
{
    BIGNUM *r = __real_BN_mod_inverse(x, a, n, ctx);

    if (strikes(FAULT_INVERSE))
        BN_add_word(r, 1);
    if (strikes(FAULT_SHORT))
        BN_set_word(r, 3);
    if (strikes(FAULT_RIGHT_FOR_P)) {
        BN_add(r, r, faults.p); /* the larger one is p */
        BN_sub_word(r, 1);
    }
    return r;
}

int
__wrap_EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *signature,
                        size_t size, const unsigned char *text,
                        size_t text_size)
{
    return __real_EVP_DigestVerify(ctx, signature, size, text,
                                   text_size - strikes(FAULT_VERIFY));
}

int
__wrap_EVP_PKEY_generate(EVP_PKEY_CTX *ctx, EVP_PKEY **ret)
{
    if (faults.fault != FAULT_LIBRARY)
        return __real_EVP_PKEY_generate(ctx, ret);
    faults.calls++;
    return 0;
}

/* The thread of another that fails comes late. */
struct late {
    void *(*run)(void *);
    void *arg;
};

static void *
run_late(void *arg)
{
    struct late late = *(struct late *)arg;

    free(arg);
    usleep(20000);
    return late.run(late.arg);
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*run)(void *), void *arg)
{
    struct late *late;

    if (faults.fault != FAULT_THREAD)
        return __real_pthread_create(thread, attributes, run, arg);
    if (strikes(FAULT_THREAD))
        return EAGAIN;
    late = xcalloc(1, sizeof(*late));
    *late = (struct late){ run, arg };
    return __real_pthread_create(thread, attributes, run_late, late);
}

/* Two primes of a key that is sound, p the larger, and what is none. */
static void
faults_begin(void)
{
    EVP_PKEY *key = some_key();
    BIGNUM *exponent = BN_new(), *one = BN_new();

    assert_true(
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR1, &faults.p));
    assert_true(
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR2, &faults.q));
    if (BN_cmp(faults.p, faults.q) < 0)
        BN_swap(faults.p, faults.q);
    faults.useless = BN_new();
    BN_set_word(exponent, 65537);
    BN_set_word(one, 1);
    assert_true(
        BN_generate_prime_ex(faults.useless, 1024, 0, exponent, one, NULL));
    BN_free(exponent);
    BN_free(one);
    EVP_PKEY_free(key);
}

static void
faults_end(void)
{
    BN_clear_free(faults.p);
    BN_clear_free(faults.q);
    BN_clear_free(faults.useless);
    faults.fault = NO_FAULT;
}

/* No key comes of it, and the reason is told. */
static void
faults_make_no_key(void **state)
{
    static const struct {
        enum fault fault;
        unsigned nth;
        enum keygen_method method;
        const char *subject;
    } rows[] = {
        { FAULT_DRAWS, 0, KEYGEN_FAST, "OpenSSL" },
        { FAULT_DRAW, 0, KEYGEN_FAST, "OpenSSL" },
        { FAULT_SAME, 0, KEYGEN_FAST, "OpenSSL" },
        { FAULT_INVERSE, 1, KEYGEN_FAST, "OpenSSL" }, /* d */
        { FAULT_SHORT, 1, KEYGEN_FAST, "OpenSSL" },
        { FAULT_RIGHT_FOR_P, 1, KEYGEN_FAST, "OpenSSL" },
        { FAULT_INVERSE, 2, KEYGEN_FAST, "OpenSSL" },  /* qinv */
        { FAULT_QUOTIENT, 1, KEYGEN_FAST, "OpenSSL" }, /* the lcm */
        { FAULT_QUOTIENT, 2, KEYGEN_FAST, "OpenSSL" }, /* n / p */
        { FAULT_REST, 1, KEYGEN_FAST, "OpenSSL" },     /* dp */
        { FAULT_REST, 2, KEYGEN_FAST, "OpenSSL" },     /* dq */
        { FAULT_VERIFY, 1, KEYGEN_FAST, "OpenSSL" },
        { FAULT_THREAD, 1, KEYGEN_FAST, "pthread_create" },
        { FAULT_THREAD, 2, KEYGEN_FAST, "pthread_create" },
        { FAULT_LIBRARY, 0, KEYGEN_LIBRARY, "OpenSSL" },
    };
    size_t i;

    (void)state;
    faults_begin();
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct keygen keygen = { .bits = 2048, .method = rows[i].method };
        EVP_PKEY *key = NULL;
        struct error error;

        faults.fault = rows[i].fault;
        faults.nth = rows[i].nth;
        faults.calls = 0;
        atomic_store(&faults.draws, 0);
        if (key_generate(&keygen, &key, &error) == 0)
            fail_msg("row %zu: a key", i + 1);
        assert_null(key);
        assert_int_equal(error.code, E_CRYPTO);
        assert_string_equal(error.subject, rows[i].subject);
        assert_true(faults.calls >= rows[i].nth);
    }
    /* OpenSSL is asked five times. */
    assert_int_equal(faults.calls, 5);
    faults_end();
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_keys_keep_the_conditions),
        TEST(larger_keys_keep_the_conditions),
        TEST(the_checker_finds_faults),
        TEST(peers_accept_the_keys),
        TEST(progress_is_told_in_order),
        TEST(a_cancel_stops_both_threads),
        TEST(threads_block_no_crash),
        TEST(the_library_makes_keys),
        TEST(the_library_can_be_cancelled),
        TEST(sizes_out_of_range_are_refused),
        TEST(faults_make_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * New RSA keys by FIPS 186-5, appendix A.1.3, "Generation of Random Primes
 * that are Probably Prime", p and q in a thread each.  nlen is the size of n
 * in bits; the conditions, and where each is kept:
 *
 *   e = 65537: odd, above 2^16                 A.1.1 (1)     EXPONENT
 *   p, q: random, odd, nlen/2 bits             A.1.3 4, 5    draw()
 *   p, q >= sqrt(2) * 2^(nlen/2 - 1)           A.1.1 (2)     draw()
 *   gcd(p - 1, e) = gcd(q - 1, e) = 1          A.1.1 (2)     draw()
 *   p, q are probably prime                    A.1.3 4, 5    find_prime()
 *   |p - q| > 2^(nlen/2 - 100)                 A.1.1 (2)     derive()
 *   d = e^-1 mod lcm(p - 1, q - 1)             A.1.1 (3)     derive()
 *   d > 2^(nlen/2)                             A.1.1 (3)     derive()
 *   n = pq has exactly nlen bits               section 5.1   derive()
 *
 * Every candidate is drawn anew, as the standard has it, not counted up from a
 * first one.  BN_check_prime() does 64 rounds of Miller-Rabin with random bases
 * (128 for primes of more than 2048 bits), more than the standard wants.
 *
 * EVP_PKEY_check() on the finished key would test both primes a second time
 * with as many rounds, one after the other: 35 ms where all the rest takes 40,
 * and deaf to a cancel.  (In OpenSSL 3.0 EVP_PKEY_pairwise_check() does the
 * same.)  So check_numbers() does all else that it does, and check_pair() tries
 * the halves; the tests run EVP_PKEY_check() on what comes out of here.
 */
#include "pki/keygen.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define EXPONENT 65537
#define TICK_MS 40

/* Trial division, up to where it costs as much as it saves. */
#define SMALL_LIMIT 2400
#define SMALL_WORDS 160

/* Some odd primes, up to a 0, and their product: 3 * 5 * ... * 29 fits. */
struct small_word {
    uint32_t product;
    uint16_t prime[10];
};

/* What the threads share with the caller. */
struct shared {
    struct small_word small[SMALL_WORDS];
    unsigned words;
    pthread_mutex_t mutex;
    pthread_cond_t ended; /* a search has ended */
    atomic_bool stop;
};

struct search {
    struct shared *shared;
    unsigned bits; /* of the prime */
    pthread_t thread;
    bool started;
    atomic_uint tried;
    bool done;     /* under the mutex; what follows is the caller's then */
    BIGNUM *prime; /* NULL if it failed or was stopped */
    struct error error;
};

/* A number in the making: wiped when freed, its operations constant-time. */
static BIGNUM *
secret_new(void)
{
    BIGNUM *bn = BN_secure_new();

    if (bn != NULL)
        BN_set_flags(bn, BN_FLG_CONSTTIME);
    return bn;
}

/*
 * One prime, in a thread.
 */

/* One BN_mod_word() for a word of primes; it is fastest up to 32 bits. */
static void
small_primes(struct shared *shared)
{
    bool composite[SMALL_LIMIT] = { false };
    struct small_word *word = shared->small;
    unsigned i, j, n = 0;

    word->product = 1;
    for (i = 3; i < SMALL_LIMIT; i += 2) {
        if (composite[i])
            continue;
        for (j = i * i; j < SMALL_LIMIT; j += i)
            composite[j] = true;
        if ((uint64_t)word->product * i > UINT32_MAX) {
            word++;
            word->product = 1;
            n = 0;
        }
        word->product *= i;
        word->prime[n++] = (uint16_t)i;
    }
    shared->words = (unsigned)(word - shared->small) + 1;
}

/* BN_mod_word() can not fail with a word of 32 bits that is not 0. */
static bool
has_small_factor(const BIGNUM *x, const struct shared *shared)
{
    unsigned i;

    for (i = 0; i < shared->words; i++) {
        const struct small_word *word = &shared->small[i];
        BN_ULONG rest = BN_mod_word(x, word->product);
        const uint16_t *prime;

        for (prime = word->prime; *prime != 0; prime++)
            if (rest % *prime == 0)
                return true;
    }
    return false;
}

/*
 * 1: x is worth a Miller-Rabin test; 0: it is not; -1: failed.
 * x >= sqrt(2) * 2^(bits - 1) just if its square has 2 * bits bits, and
 * gcd(x - 1, e) = 1 just if e, a prime, does not divide x - 1.
 */
static int
draw(const struct search *search, BIGNUM *x, BIGNUM *square, BN_CTX *ctx)
{
    int bits = (int)search->bits;

    if (!BN_priv_rand(x, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) ||
        !BN_sqr(square, x, ctx))
        return -1;
    return BN_num_bits(square) == 2 * bits &&
           !has_small_factor(x, search->shared) &&
           BN_mod_word(x, EXPONENT) != 1;
}

static int
keep_going(int event, int n, BN_GENCB *callback)
{
    struct shared *shared = BN_GENCB_get_arg(callback);

    (void)event;
    (void)n;
    return !atomic_load(&shared->stop);
}

/*
 * 1: x is a prime; 0: was stopped; -1: failed.  The standard gives up after 5
 * * nlen draws for p, 10 * nlen for q; draws below the bound do not count
 * there, here they do, so it is 20 * nlen.  Chance does not get that far.
 */
static int
find_prime(struct search *search, BIGNUM *x, BIGNUM *square, BN_CTX *ctx,
           BN_GENCB *callback)
{
    struct shared *shared = search->shared;
    unsigned draws = 20 * 2 * search->bits;
    int r = 0;

    while (r == 0 && draws-- > 0) {
        if (atomic_load(&shared->stop))
            return 0;
        r = draw(search, x, square, ctx);
        if (r <= 0)
            continue;
        atomic_fetch_add(&search->tried, 1);
        r = BN_check_prime(x, ctx, callback);
        if (atomic_load(&shared->stop))
            return 0;
    }
    return r > 0 ? 1 : -1;
}

static void *
search_thread(void *arg)
{
    struct search *own = arg;
    BN_CTX *ctx = BN_CTX_secure_new();
    BN_GENCB *callback = BN_GENCB_new();
    BIGNUM *x = secret_new(), *square = secret_new();
    int r = -1;

    if (ctx != NULL && callback != NULL && x != NULL && square != NULL) {
        BN_GENCB_set(callback, keep_going, own->shared);
        r = find_prime(own, x, square, ctx, callback);
    }
    if (r > 0) {
        own->prime = x;
        x = NULL;
    } else if (r < 0) {
        fail_openssl(&own->error, E_CRYPTO, NULL);
    }
    BN_clear_free(square);
    BN_clear_free(x);
    BN_GENCB_free(callback);
    BN_CTX_free(ctx);
    openssl_forget(); /* the queue is the thread's: a stop leaves its trace */

    pthread_mutex_lock(&own->shared->mutex);
    own->done = true;
    pthread_cond_signal(&own->shared->ended);
    pthread_mutex_unlock(&own->shared->mutex);
    return NULL;
}

/*
 * Two primes, seen from the caller's thread.
 */

/* Signals stay with the caller's threads, where their handlers look; but for a
   crash, which is told where it is, or not at all. */
static int
search_start(struct search *search, struct error *error)
{
    sigset_t all, old;
    int r;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    r = pthread_create(&search->thread, NULL, search_thread, search);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (r != 0)
        return fail_detail(error, E_CRYPTO, "pthread_create", strerror(r));
    search->started = true;
    return 0;
}

/* Waits for the search to end, for TICK_MS at most. */
static bool
search_wait(struct search *search)
{
    struct shared *shared = search->shared;
    struct timespec until;
    bool done;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&shared->mutex);
    while (!search->done &&
           pthread_cond_timedwait(&shared->ended, &shared->mutex, &until) == 0)
        ;
    done = search->done;
    pthread_mutex_unlock(&shared->mutex);
    return done;
}

static int
report(const struct keygen *keygen, enum keygen_event event,
       struct error *error)
{
    if (keygen->progress == NULL || keygen->progress(keygen->arg, event) == 0)
        return 0;
    return fail(error, E_CANCELLED, NULL);
}

/* Tells of one search until it has ended. */
static int
search_follow(struct search *search, const struct keygen *keygen,
              struct error *error)
{
    unsigned told = 0;
    bool done = false;
    int r = 0;

    while (r == 0 && !done) {
        unsigned tried;

        done = search_wait(search);
        tried = atomic_load(&search->tried);
        if (told == tried && !done)
            r = report(keygen, KEYGEN_TICK, error);
        while (r == 0 && told < tried) {
            r = report(keygen, KEYGEN_CANDIDATE, error);
            told++;
        }
    }
    if (r == 0 && search->prime == NULL) {
        *error = search->error;
        return -1;
    }
    if (r == 0)
        r = report(keygen, KEYGEN_PRIME, error);
    return r;
}

static void
shared_start(struct shared *shared)
{
    pthread_condattr_t monotonic;

    small_primes(shared);
    pthread_mutex_init(&shared->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&shared->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* The larger one becomes p, so that q^-1 mod p needs no reduction. */
static int
two_primes(const struct keygen *keygen, BIGNUM **p, BIGNUM **q,
           struct error *error)
{
    struct shared shared = { .stop = false };
    struct search search[2] = {
        { .shared = &shared, .bits = keygen->bits / 2 },
        { .shared = &shared, .bits = keygen->bits / 2 },
    };
    int i, r = 0;

    shared_start(&shared);
    for (i = 0; r == 0 && i < 2; i++)
        r = search_start(&search[i], error);
    for (i = 0; r == 0 && i < 2; i++)
        r = search_follow(&search[i], keygen, error);
    atomic_store(&shared.stop, true);
    for (i = 0; i < 2; i++)
        if (search[i].started)
            pthread_join(search[i].thread, NULL);
    if (r == 0) {
        i = BN_cmp(search[0].prime, search[1].prime) > 0 ? 0 : 1;
        *p = search[i].prime;
        *q = search[1 - i].prime;
    } else {
        BN_clear_free(search[0].prime);
        BN_clear_free(search[1].prime);
    }
    pthread_cond_destroy(&shared.ended);
    pthread_mutex_destroy(&shared.mutex);
    return r;
}

/*
 * A key of two primes.
 */

enum { N, E, D, P, Q, DP, DQ, QINV, NUMBERS };

static const char *const param_names[NUMBERS] = {
    [N] = OSSL_PKEY_PARAM_RSA_N,
    [E] = OSSL_PKEY_PARAM_RSA_E,
    [D] = OSSL_PKEY_PARAM_RSA_D,
    [P] = OSSL_PKEY_PARAM_RSA_FACTOR1,
    [Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
    [DP] = OSSL_PKEY_PARAM_RSA_EXPONENT1,
    [DQ] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
    [QINV] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

/*
 * All others of P and Q.  false: OpenSSL failed, or a condition does not hold;
 * chance does not get that far.
 */
static bool
derive(BIGNUM *k[], unsigned bits, BIGNUM *p1, BIGNUM *q1, BIGNUM *gcd,
       BIGNUM *lcm, BN_CTX *ctx)
{
    int half = (int)bits / 2;

    /* A number of more than x bits is 2^x at least. */
    return BN_sub(lcm, k[P], k[Q]) && BN_num_bits(lcm) > half - 99 &&
           BN_set_word(k[E], EXPONENT) && BN_mul(k[N], k[P], k[Q], ctx) &&
           BN_num_bits(k[N]) == (int)bits && BN_sub(p1, k[P], BN_value_one()) &&
           BN_sub(q1, k[Q], BN_value_one()) && BN_gcd(gcd, p1, q1, ctx) &&
           BN_mul(lcm, p1, q1, ctx) && BN_div(lcm, NULL, lcm, gcd, ctx) &&
           BN_mod_inverse(k[D], k[E], lcm, ctx) != NULL &&
           BN_num_bits(k[D]) > half && BN_mod(k[DP], k[D], p1, ctx) &&
           BN_mod(k[DQ], k[D], q1, ctx) &&
           BN_mod_inverse(k[QINV], k[Q], k[P], ctx) != NULL;
}

/* a * b = 1 mod m */
static bool
is_inverse(const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BIGNUM *product,
           BN_CTX *ctx)
{
    return BN_mod_mul(product, a, b, m, ctx) && BN_is_one(product);
}

/* What RFC 8017 section 3.2 says of the numbers but for their primality. */
static bool
check_numbers(BIGNUM *k[], const BIGNUM *p1, const BIGNUM *q1, BIGNUM *x,
              BN_CTX *ctx)
{
    return BN_div(x, NULL, k[N], k[P], ctx) && BN_cmp(x, k[Q]) == 0 &&
           is_inverse(k[E], k[D], p1, x, ctx) &&
           is_inverse(k[E], k[D], q1, x, ctx) &&
           is_inverse(k[E], k[DP], p1, x, ctx) &&
           is_inverse(k[E], k[DQ], q1, x, ctx) &&
           is_inverse(k[QINV], k[Q], k[P], x, ctx);
}

static bool
compute(BIGNUM *k[], unsigned bits)
{
    BN_CTX *ctx = BN_CTX_secure_new();
    BIGNUM *p1 = secret_new(), *q1 = secret_new();
    BIGNUM *x = secret_new(), *y = secret_new();
    bool ok;

    ok = ctx != NULL && p1 != NULL && q1 != NULL && x != NULL && y != NULL &&
         derive(k, bits, p1, q1, x, y, ctx) && check_numbers(k, p1, q1, x, ctx);
    BN_clear_free(y);
    BN_clear_free(x);
    BN_clear_free(q1);
    BN_clear_free(p1);
    BN_CTX_free(ctx);
    return ok;
}

static bool
import(BIGNUM *k[], EVP_PKEY **ret)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    bool ok = build != NULL && ctx != NULL;
    int i;

    for (i = 0; ok && i < NUMBERS; i++)
        ok = OSSL_PARAM_BLD_push_BN(build, param_names[i], k[i]);
    ok = ok && (params = OSSL_PARAM_BLD_to_param(build)) != NULL &&
         EVP_PKEY_fromdata_init(ctx) > 0 &&
         EVP_PKEY_fromdata(ctx, ret, EVP_PKEY_KEYPAIR, params) > 0;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_BLD_free(build);
    return ok;
}

/* What one half signs, the other verifies. */
static bool
check_pair(EVP_PKEY *key)
{
    static const unsigned char text[] = "Do the halves belong together?";
    unsigned char signature[KEYGEN_MAX_BITS / 8];
    size_t size = sizeof(signature);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok;

    ok =
        ctx != NULL &&
        EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) > 0 &&
        EVP_DigestSign(ctx, signature, &size, text, sizeof(text)) > 0 &&
        EVP_MD_CTX_reset(ctx) &&
        EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) >
            0 &&
        EVP_DigestVerify(ctx, signature, size, text, sizeof(text)) > 0;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static int
generate_fast(const struct keygen *keygen, EVP_PKEY **ret, struct error *error)
{
    BIGNUM *k[NUMBERS] = { NULL };
    EVP_PKEY *key = NULL;
    bool ok = true;
    int i, r;

    r = two_primes(keygen, &k[P], &k[Q], error);
    if (r != 0)
        return -1;
    for (i = 0; ok && i < NUMBERS; i++) {
        if (k[i] == NULL)
            k[i] = i == N || i == E ? BN_new() : secret_new();
        ok = k[i] != NULL;
    }
    if (ok && compute(k, keygen->bits) && import(k, &key) && check_pair(key)) {
        *ret = key;
        key = NULL;
    } else {
        r = fail_openssl(error, E_CRYPTO, NULL);
    }
    EVP_PKEY_free(key);
    for (i = 0; i < NUMBERS; i++)
        BN_clear_free(k[i]);
    return r;
}

/*
 * OpenSSL's own way.
 */

#define LIBRARY_TRIES 5

struct library {
    const struct keygen *keygen;
    bool cancelled;
};

/* BN_GENCB_call(3) has the meaning of the first number. */
static int
library_progress(EVP_PKEY_CTX *ctx)
{
    struct library *library = EVP_PKEY_CTX_get_app_data(ctx);
    const struct keygen *keygen = library->keygen;
    enum keygen_event event = KEYGEN_TICK;

    switch (EVP_PKEY_CTX_get_keygen_info(ctx, 0)) {
    case 0:
        event = KEYGEN_CANDIDATE;
        break;
    case 3:
        event = KEYGEN_PRIME;
        break;
    }
    /* OpenSSL looks at the answer not at once, but after some more calls. */
    if (!library->cancelled && keygen->progress != NULL &&
        keygen->progress(keygen->arg, event) != 0)
        library->cancelled = true;
    return !library->cancelled;
}

/* OpenSSL 3.0 gives up on unlucky draws, so a failure is tried again. */
static int
generate_library(const struct keygen *keygen, EVP_PKEY **ret,
                 struct error *error)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    struct library library = { .keygen = keygen };
    bool ready, ok = false;
    int tries;

    ready = ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0 &&
            EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)keygen->bits) > 0;
    if (ready) {
        EVP_PKEY_CTX_set_app_data(ctx, &library);
        EVP_PKEY_CTX_set_cb(ctx, library_progress);
    }
    for (tries = 0; ready && !ok && !library.cancelled && tries < LIBRARY_TRIES;
         tries++) {
        openssl_forget();
        ok = EVP_PKEY_generate(ctx, ret) > 0;
    }
    EVP_PKEY_CTX_free(ctx);
    if (ok)
        return 0;
    fail_openssl(error, E_CRYPTO, NULL);
    return library.cancelled ? fail(error, E_CANCELLED, NULL) : -1;
}

int
key_generate(const struct keygen *keygen, EVP_PKEY **ret, struct error *error)
{
    int r;

    if (keygen->bits < KEYGEN_MIN_BITS || keygen->bits > KEYGEN_MAX_BITS ||
        keygen->bits % 2 != 0)
        return fail_detail(error, E_CRYPTO, "RSA", "key size not supported");
    r = keygen->method == KEYGEN_LIBRARY ? generate_library(keygen, ret, error)
                                         : generate_fast(keygen, ret, error);
    openssl_forget(); /* what OpenSSL could do without */
    return r;
}

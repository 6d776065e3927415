/*
 * What a target gets for its many executions (FUZZ_FAR): OpenSSL 3.0 asks each
 * of its forty decoders about each key, and takes a lock for each question.
 * Here are those of the keys that a meeting server has, and there is no thread
 * to lock out.  What all algorithms do is tried by the short runs.
 */
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "tests/fuzz/fuzz.h"

#define KEPT_MAX 128 /* of one operation; the encoders are 115 in all */

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* In place of libc's, which libcrypto calls. */
int
pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

int
pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

int
pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

/*
 * In place of libFuzzer's, which notes each comparison: the grammar asks a
 * thousand times for each input whether a usage line goes on with "...".
 */
int __wrap_strncmp(const char *a, const char *b, size_t size);

int
__wrap_strncmp(const char *a, const char *b, size_t size)
{
    for (; size > 0; size--, a++, b++)
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

/* In a library context of its own, where all of it is. */
static OSSL_PROVIDER *whole;

/*
 * DER: what an encrypted or a public key is unwrapped by.  Not those of
 * Microsoft's own formats, of PEM, which we read ourselves, and the second
 * names of what is "type-specific", too.
 */
static bool
wanted(const OSSL_ALGORITHM *algorithm)
{
    static const char *const names[] = { "RSA", "RSA-PSS", "EC", "ED25519",
                                         "DER" };
    static const char *const others[] = { "input=pvk", "input=msblob",
                                          "input=pem", "structure=rsa",
                                          "structure=ec" };
    const char *name = algorithm->algorithm_names;
    const char *form = algorithm->property_definition;
    size_t i, n;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (strstr(form, others[i]) != NULL)
            return false;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        n = strlen(names[i]);
        if (strncasecmp(name, names[i], n) == 0 &&
            (name[n] == '\0' || name[n] == ':'))
            return true;
    }
    return false;
}

static const OSSL_ALGORITHM *
query(void *context, int operation, int *no_cache)
{
    static OSSL_ALGORITHM kept[OSSL_OP__HIGHEST + 1][KEPT_MAX + 1];
    const OSSL_ALGORITHM *all =
        OSSL_PROVIDER_query_operation(whole, operation, no_cache);
    OSSL_ALGORITHM *few = kept[operation];
    size_t n = 0;

    (void)context;
    if (all == NULL ||
        (operation != OSSL_OP_DECODER && operation != OSSL_OP_ENCODER &&
         operation != OSSL_OP_KEYMGMT))
        return all;
    if (few[0].algorithm_names == NULL)
        for (; all->algorithm_names != NULL; all++)
            if (wanted(all)) {
                must(n < KEPT_MAX);
                few[n++] = *all;
            }
    return few;
}

static int
provide(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
        const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {
        { OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
        { 0, NULL },
    };

    (void)handle;
    (void)in;
    *out = functions;
    *context = OSSL_PROVIDER_get0_provider_ctx(whole);
    return 1;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    whole = OSSL_PROVIDER_load(OSSL_LIB_CTX_new(), "default");
    must(whole != NULL);
    must(OSSL_PROVIDER_add_builtin(NULL, "few", provide) == 1);
    must(OSSL_PROVIDER_load(NULL, "few") != NULL);
    return 0;
}

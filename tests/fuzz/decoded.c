/*
 * What a target gets for its many executions (FUZZ_FAR), besides far.c: most
 * certificates and keys of an input are those of the input before it, and
 * OpenSSL 3.0 takes half a millisecond for a dozen.  The linker puts these
 * functions in place of OpenSSL's (CMakeLists.txt beside this file): what has
 * been decoded is given again, a failure like a success.
 */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define SLOTS 4096 /* each has one decoding, the last that came to it */
#define CERT 0     /* beside the kinds of keys, EVP_PKEY_... */

struct decoding {
    int type;
    long size, read;
    unsigned char *bytes;
    X509 *cert;
    EVP_PKEY *key;
    unsigned long failure;
};

static struct decoding slots[SLOTS];

static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static struct decoding *
slot(int type, const unsigned char *bytes, long size)
{
    uint64_t hash = mix((uint64_t)type, (uint64_t)size), word;

    for (; size >= (long)sizeof(word); size -= (long)sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        bytes += sizeof(word);
        hash = mix(hash, word);
    }
    for (; size > 0; size--)
        hash = mix(hash, *bytes++);
    return &slots[hash % SLOTS];
}

static bool
is_of(const struct decoding *decoding, int type, const unsigned char *bytes,
      long size)
{
    return decoding->bytes != NULL && decoding->type == type &&
           decoding->size == size &&
           memcmp(decoding->bytes, bytes, (size_t)size) == 0;
}

X509 *__real_d2i_X509(X509 **ret, const unsigned char **at, long size);
EVP_PKEY *__real_d2i_PrivateKey(int type, EVP_PKEY **ret,
                                const unsigned char **at, long size);

static void
decode(struct decoding *decoding, int type, const unsigned char *bytes,
       long size)
{
    const unsigned char *at = bytes;

    X509_free(decoding->cert);
    EVP_PKEY_free(decoding->key);
    free(decoding->bytes);
    *decoding = (struct decoding){ .type = type, .size = size };
    decoding->bytes = malloc((size_t)size);
    must(decoding->bytes != NULL);
    memcpy(decoding->bytes, bytes, (size_t)size);
    ERR_clear_error();
    if (type == CERT)
        decoding->cert = __real_d2i_X509(NULL, &at, size);
    else
        decoding->key = __real_d2i_PrivateKey(type, NULL, &at, size);
    decoding->read = at - bytes;
    decoding->failure = ERR_peek_last_error();
    ERR_clear_error();
}

/* What these bytes are, now or before. */
static const struct decoding *
decoded(int type, const unsigned char **at, long size)
{
    struct decoding *decoding = slot(type, *at, size);

    if (!is_of(decoding, type, *at, size))
        decode(decoding, type, *at, size);
    *at += decoding->read;
    if (decoding->failure != 0) {
        ERR_new();
        ERR_set_error(ERR_GET_LIB(decoding->failure),
                      ERR_GET_REASON(decoding->failure), NULL);
    }
    return decoding;
}

X509 *__wrap_d2i_X509(X509 **ret, const unsigned char **at, long size);

X509 *
__wrap_d2i_X509(X509 **ret, const unsigned char **at, long size)
{
    const struct decoding *decoding;

    must(ret == NULL);
    if (size <= 0)
        return __real_d2i_X509(NULL, at, size);
    decoding = decoded(CERT, at, size);
    if (decoding->cert != NULL)
        X509_up_ref(decoding->cert);
    return decoding->cert;
}

EVP_PKEY *__wrap_d2i_PrivateKey(int type, EVP_PKEY **ret,
                                const unsigned char **at, long size);

EVP_PKEY *
__wrap_d2i_PrivateKey(int type, EVP_PKEY **ret, const unsigned char **at,
                      long size)
{
    const struct decoding *decoding;

    must(ret == NULL);
    if (size <= 0)
        return __real_d2i_PrivateKey(type, NULL, at, size);
    decoding = decoded(type, at, size);
    if (decoding->key != NULL)
        EVP_PKEY_up_ref(decoding->key);
    return decoding->key;
}

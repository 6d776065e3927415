/*
 * SSH public keys: one line of a type, base64 and a comment.  The base64 holds
 * strings, each behind its length in four bytes, the first the type once more.
 */
#include "pki/sshkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/key.h"
#include "pki/xalloc.h"

struct kind {
    const char *type;  /* as SSH names it */
    const char *group; /* OpenSSL's name of the curve, or NULL */
    const char *curve; /* SSH's name of it */
    int id;            /* OpenSSL's number of the algorithm */
    unsigned strings;  /* in the base64 */
    unsigned measured; /* the number whose size is the key's; 0: it has bits */
    unsigned bits;
};

static const struct kind kinds[] = {
    { "ssh-rsa", NULL, NULL, EVP_PKEY_RSA, 3, 2, 0 },
    { "ecdsa-sha2-nistp256", "prime256v1", "nistp256", EVP_PKEY_EC, 3, 0, 256 },
    { "ecdsa-sha2-nistp384", "secp384r1", "nistp384", EVP_PKEY_EC, 3, 0, 384 },
    { "ecdsa-sha2-nistp521", "secp521r1", "nistp521", EVP_PKEY_EC, 3, 0, 521 },
    { "ssh-ed25519", NULL, NULL, EVP_PKEY_ED25519, 2, 0, 256 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *
kind_of(const EVP_PKEY *key)
{
    char group[80] = "";
    size_t i;

    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
    openssl_forget();
    for (i = 0; i < KINDS; i++)
        if (kinds[i].id == EVP_PKEY_get_base_id(key) &&
            (kinds[i].group == NULL || strcmp(kinds[i].group, group) == 0))
            return &kinds[i];
    return NULL;
}

/*
 * Writing.
 */

static void
put_string(struct blob *wire, const void *data, size_t size)
{
    const unsigned char length[4] = { (unsigned char)(size >> 24),
                                      (unsigned char)(size >> 16),
                                      (unsigned char)(size >> 8),
                                      (unsigned char)size };

    blob_append(wire, length, sizeof(length));
    blob_append(wire, data, size);
}

/* An mpint (RFC 4251 section 5): with its top bit set it would be negative. */
static bool
put_number(struct blob *wire, const EVP_PKEY *key, const char *param)
{
    unsigned char bytes[2049] = { 0 }; /* OpenSSL's largest modulus, and a 0 */
    BIGNUM *number = NULL;
    int size = -1;

    if (EVP_PKEY_get_bn_param(key, param, &number) &&
        BN_num_bytes(number) < (int)sizeof(bytes))
        size = BN_bn2bin(number, bytes + 1);
    if (size > 0 && bytes[1] >= 0x80)
        put_string(wire, bytes, (size_t)size + 1);
    else if (size > 0)
        put_string(wire, bytes + 1, (size_t)size);
    BN_free(number);
    return size > 0;
}

/* Uncompressed (SEC 1 section 2.3.3), whatever the key's own form is. */
static bool
put_point(struct blob *wire, const EVP_PKEY *key, unsigned bits)
{
    int size = (int)(bits + 7) / 8;
    unsigned char point[1 + 2 * 66] = { POINT_CONVERSION_UNCOMPRESSED };
    BIGNUM *x = NULL, *y = NULL;
    bool ok;

    ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
         EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) &&
         BN_bn2binpad(x, point + 1, size) == size &&
         BN_bn2binpad(y, point + 1 + size, size) == size;
    if (ok)
        put_string(wire, point, 1 + 2 * (size_t)size);
    BN_free(y);
    BN_free(x);
    return ok;
}

static bool
put_raw(struct blob *wire, const EVP_PKEY *key)
{
    unsigned char bytes[32];
    size_t size = sizeof(bytes);
    bool ok = EVP_PKEY_get_raw_public_key(key, bytes, &size);

    if (ok)
        put_string(wire, bytes, size);
    return ok;
}

static bool
put_key(struct blob *wire, const EVP_PKEY *key, const struct kind *kind)
{
    put_string(wire, kind->type, strlen(kind->type));
    switch (kind->id) {
    case EVP_PKEY_RSA:
        return put_number(wire, key, OSSL_PKEY_PARAM_RSA_E) &&
               put_number(wire, key, OSSL_PKEY_PARAM_RSA_N);
    case EVP_PKEY_EC:
        put_string(wire, kind->curve, strlen(kind->curve));
        return put_point(wire, key, kind->bits);
    default:
        return put_raw(wire, key);
    }
}

int
sshkey_format(const EVP_PKEY *key, const char *name, const char *comment,
              struct blob *text, struct error *error)
{
    const struct kind *kind = kind_of(key);
    struct blob wire = { 0 };
    char described[80];
    unsigned char *base64;
    int r = 0;

    if (kind == NULL) {
        key_describe(key, described, sizeof(described));
        return fail_detail(error, E_KEY_TYPE, name, described);
    }
    if (put_key(&wire, key, kind)) {
        base64 = xcalloc(wire.size / 3 + 1, 4 + 1);
        EVP_EncodeBlock(base64, wire.data, (int)wire.size);
        blob_text(text, kind->type);
        blob_text(text, " ");
        blob_text(text, (const char *)base64);
        blob_text(text, " ");
        blob_text(text, comment);
        blob_text(text, "\n");
        free(base64);
    } else {
        r = fail_openssl(error, E_CRYPTO, name);
    }
    blob_clear(&wire);
    openssl_forget(); /* what OpenSSL could do without */
    return r;
}

/*
 * Recognising.
 */

/* Takes one string off the front; its bytes are borrowed. */
static bool
take_string(const unsigned char **at, const unsigned char *end,
            const unsigned char **data, size_t *size)
{
    const unsigned char *p = *at;

    if (end - p < 4)
        return false;
    *size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    *data = p + 4;
    if (*size > (size_t)(end - *data))
        return false;
    *at = *data + *size;
    return true;
}

static unsigned
bits_of(const unsigned char *data, size_t size)
{
    unsigned bits = 0;
    unsigned char first;

    for (; size > 0 && *data == 0; size--)
        data++;
    if (size == 0)
        return 0;
    for (first = *data; first != 0; first >>= 1)
        bits++;
    return (unsigned)(size - 1) * 8 + bits;
}

/* The bits of a key of that kind; 0: the bytes are none. */
static unsigned
measure(const struct kind *kind, const unsigned char *at,
        const unsigned char *end)
{
    unsigned bits = kind->bits, i;

    for (i = 0; i < kind->strings; i++) {
        const unsigned char *data;
        size_t size;

        if (!take_string(&at, end, &data, &size))
            return 0;
        if (i == 0 &&
            (size != strlen(kind->type) || memcmp(data, kind->type, size) != 0))
            return 0;
        if (i == kind->measured && i > 0)
            bits = bits_of(data, size);
    }
    return at == end ? bits : 0;
}

static unsigned
measure_base64(const struct kind *kind, const char *base64, size_t size)
{
    unsigned char *wire;
    unsigned bits = 0;
    size_t pad = 0;
    int got;

    while (pad < 2 && size > pad && base64[size - 1 - pad] == '=')
        pad++;
    if (size == 0 || size % 4 != 0 || size > 16384)
        return 0;
    wire = xcalloc(size / 4, 3);
    got = EVP_DecodeBlock(wire, (const unsigned char *)base64, (int)size);
    if (got > 0)
        bits = measure(kind, wire, wire + (size_t)got - pad);
    openssl_forget();
    free(wire);
    return bits;
}

bool
sshkey_recognise(const struct blob *file, char *text, size_t size)
{
    const char *line = (const char *)file->data, *space;
    size_t length = file->size, i;

    while (length > 0 && strchr("\r\n", line[length - 1]) != NULL)
        length--;
    if (length == 0 || memchr(line, '\n', length) != NULL ||
        memchr(line, '\0', length) != NULL ||
        (space = memchr(line, ' ', length)) == NULL)
        return false;
    for (i = 0; i < KINDS; i++) {
        const char *base64 = space + 1;
        unsigned bits;

        if (strlen(kinds[i].type) != (size_t)(space - line) ||
            memcmp(line, kinds[i].type, (size_t)(space - line)) != 0)
            continue;
        bits = measure_base64(&kinds[i], base64, strcspn(base64, " \t\r\n"));
        if (bits == 0)
            return false;
        snprintf(text, size, "%s %u", kinds[i].type, bits);
        return true;
    }
    return false;
}

/*
 * PKCS#12 (RFC 7292).
 */

static int
parse_pkcs12(const char *name, const struct blob *file, const char *password,
             EVP_PKEY **ret, struct error *error)
{
    const unsigned char *at = file->data;
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, &at, (long)file->size);
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    STACK_OF(X509) *others = NULL;
    int r = 0;

    if (pkcs12 == NULL) {
        openssl_forget();
        r = fail(error, E_UNKNOWN_FORMAT, name);
    } else if (!PKCS12_parse(pkcs12, password, &key, &cert, &others)) {
        /* The MAC comes first: a wrong password does not get to the cipher. */
        r = fail(error, openssl_lacks() ? E_CIPHER : E_WRONG_PASSWORD, name);
    }
    if (r == 0 && cert == NULL && key == NULL)
        cert = sk_X509_shift(others);
    if (r == 0 && cert != NULL) {
        EVP_PKEY_free(key);
        key = X509_get_pubkey(cert);
    }
    if (r == 0 && key == NULL)
        r = fail(error, E_NOT_CERT, name);
    if (r == 0) {
        *ret = key;
        key = NULL;
    }
    sk_X509_pop_free(others, X509_free);
    X509_free(cert);
    EVP_PKEY_free(key);
    PKCS12_free(pkcs12);
    openssl_forget();
    return r;
}

int
sshkey_from_pkcs12(struct store *store, const char *username,
                   const char *password, struct blob *ret, struct error *error)
{
    char *name = xasprintf("%s.pub", username);
    struct blob file = { 0 }, text = { 0 };
    EVP_PKEY *key = NULL;
    char words[64];
    int r;

    openssl_begin();
    r = store_read(store, STORE_FILES, name, &file, error);
    if (r == 0 && sshkey_recognise(&file, words, sizeof(words)))
        r = fail(error, E_SSH_KEY, name);
    if (r == 0)
        r = parse_pkcs12(name, &file, password, &key, error);
    if (r == 0)
        r = sshkey_format(key, name, username, &text, error);
    if (r == 0) {
        *ret = text;
        text = (struct blob){ 0 };
    }
    EVP_PKEY_free(key);
    blob_clear(&text);
    blob_clear(&file);
    free(name);
    return r;
}

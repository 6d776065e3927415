/*
 * Private keys.  OpenSSL's decoders are fast only if they need not try one kind
 * of key after the other (95 us against 330 us in 3.0).  So we look at the PEM
 * label, or at the algorithm in the PKCS#8, and ask for that kind.
 */
#include "pki/key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pki/der.h"
#include "pki/pem.h"
#include "pki/pem_label.h"

/* The label has no type (pki/pem_label.h): PKCS#8 names it inside; in DER it
   may be any. */
#define TYPE_INSIDE NID_undef

static const int types[] = { EVP_PKEY_RSA, EVP_PKEY_EC, EVP_PKEY_DSA,
                             EVP_PKEY_ED25519 };
#define TYPES (sizeof(types) / sizeof(types[0]))

/* The one private key of a file. */
struct source {
    struct blob der;
    int type;
    bool locked;          /* an encrypted PKCS#8 */
    struct pem_block pem; /* no label: the file is DER */
    const char *end;      /* of the file that pem borrows from */
};

static bool
is_taken(int type)
{
    size_t i;

    for (i = 0; i < TYPES; i++)
        if (types[i] == type)
            return true;
    return false;
}

static bool
is_armoured_and_locked(const struct source *source)
{
    return source->pem.label != NULL && source->pem.encrypted;
}

/*
 * DER.  What is read must be all there is.
 */

static PKCS8_PRIV_KEY_INFO *
read_pkcs8(const unsigned char *bytes, size_t size)
{
    const unsigned char *at = bytes;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)size);

    if (info != NULL && at != bytes + size) {
        PKCS8_PRIV_KEY_INFO_free(info);
        info = NULL;
    }
    return info;
}

/* An encrypted PKCS#8 (RFC 5958 section 3), to be told from a DigestInfo. */
static X509_SIG *
read_locked(const struct blob *der)
{
    const unsigned char *at = der->data;
    X509_SIG *sig = d2i_X509_SIG(NULL, &at, (long)der->size);
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;

    if (sig == NULL)
        return NULL;
    X509_SIG_get0(sig, &algorithm, NULL);
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    if (at != der->data + der->size ||
        !EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(object), NULL, NULL,
                      NULL)) {
        X509_SIG_free(sig);
        sig = NULL;
    }
    return sig;
}

static int
pkcs8_type(const PKCS8_PRIV_KEY_INFO *info)
{
    const ASN1_OBJECT *object = NULL;

    PKCS8_pkey_get0(&object, NULL, NULL, NULL, info);
    return OBJ_obj2nid(object);
}

/*
 * PKCS#8 does not hold the public half of a DSA key, so OpenSSL computes it.
 * With numbers made for the purpose that takes seconds or days.  The largest
 * key of FIPS 186-4 has 900 octets.  OpenSSL's decoders also accept elements of
 * indefinite length, which are not DER, and then read them once for each octet.
 */
#define DSA_SIZE_MAX 2048

/* As each form of a key does (RFC 5958 section 2, RFC 8017 appendix A.1.2, RFC
   5915 section 3, and DSA's, which no RFC has), and no certificate or request:
   OpenSSL takes long to find out. */
static bool
begins_with_version(const struct der *content)
{
    return content->at < content->end && *content->at == V_ASN1_INTEGER;
}

/* A DSA key of any other form than PKCS#8 has its public half with it.  What is
   written of it has not, and with a modulus that is even, and so no prime,
   nobody could read that again. */
static bool
is_computable(const EVP_PKEY *key)
{
    BIGNUM *modulus = NULL;
    bool odd = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &modulus) &&
               BN_is_odd(modulus);

    BN_free(modulus);
    return odd;
}

/* For callers that know that it is no PKCS#8 of another kind. */
static EVP_PKEY *
decode(int type, const unsigned char *bytes, size_t size)
{
    /* bytes may be NULL if size is 0. */
    struct der der = { bytes, size > 0 ? bytes + size : bytes }, content;
    const unsigned char *at = bytes;
    EVP_PKEY *key = NULL;
    unsigned tag;

    /* The whole input must be one element of definite length. */
    if (der_next(&der, &tag, &content) && der.at == der.end &&
        begins_with_version(&content) &&
        (type != EVP_PKEY_DSA || size <= DSA_SIZE_MAX))
        key = d2i_PrivateKey(type, NULL, &at, (long)size);
    if (key != NULL && type == EVP_PKEY_DSA && !is_computable(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    openssl_forget();
    return key;
}

EVP_PKEY *
key_decode(int type, const unsigned char *bytes, size_t size)
{
    PKCS8_PRIV_KEY_INFO *info = read_pkcs8(bytes, size);
    /* PKCS#8 names the kind of its key. */
    bool other = info != NULL && pkcs8_type(info) != type;

    PKCS8_PRIV_KEY_INFO_free(info);
    openssl_forget();
    return other ? NULL : decode(type, bytes, size);
}

/*
 * PKCS#8 of version 2, which has the public half as well (RFC 5958 section 2:
 * OneAsymmetricKey).  OpenSSL 3.0 does not read it, though it is whole.  Writes
 * down what kind of key it is.
 */
static bool
is_version2(const unsigned char *bytes, size_t size, char *text,
            size_t text_size)
{
    struct der whole = { bytes, size > 0 ? bytes + size : bytes };
    struct der key, version, algorithm, secret;
    ASN1_OBJECT *object = NULL;
    char kind[64] = "";
    unsigned tag;

    if (!der_next(&whole, &tag, &key) || whole.at != whole.end ||
        !der_next(&key, &tag, &version) || tag != V_ASN1_INTEGER ||
        version.end - version.at != 1 || *version.at != 1 ||
        !der_next(&key, &tag, &algorithm) ||
        tag != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) ||
        !der_next(&key, &tag, &secret) || tag != V_ASN1_OCTET_STRING)
        return false;
    object = d2i_ASN1_OBJECT(NULL, &algorithm.at, algorithm.end - algorithm.at);
    if (object != NULL)
        OBJ_obj2txt(kind, sizeof(kind), object, 0);
    snprintf(text, text_size, "%s (PKCS#8 version 2)", kind);
    ASN1_OBJECT_free(object);
    openssl_forget();
    return object != NULL;
}

bool
key_begins(const unsigned char *bytes, size_t size)
{
    struct der der = { bytes, bytes + size }, content;
    const unsigned char *at = bytes;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)size);
    bool found = info != NULL;
    char ignored[80];
    unsigned tag;
    size_t i;

    if (der_next(&der, &tag, &content))
        size = (size_t)(content.end - bytes);
    found = found || is_version2(bytes, size, ignored, sizeof(ignored));
    for (i = 0; !found && i < TYPES; i++) {
        EVP_PKEY *key = decode(types[i], bytes, size);

        found = key != NULL;
        EVP_PKEY_free(key);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    openssl_forget();
    return found;
}

/* E_KEY_TYPE with the algorithm's name. */
static int
check_type(const char *name, const PKCS8_PRIV_KEY_INFO *info,
           struct error *error)
{
    const ASN1_OBJECT *object = NULL;
    char text[80];

    if (is_taken(pkcs8_type(info)))
        return 0;
    PKCS8_pkey_get0(&object, NULL, NULL, NULL, info);
    OBJ_obj2txt(text, sizeof(text), object, 0);
    return fail_detail(error, E_KEY_TYPE, name, text);
}

/* PKCS#8, or else one of the forms before it.  NULL: none of them. */
static int
read_plain(const struct source *source, const char *name, EVP_PKEY **ret,
           struct error *error)
{
    PKCS8_PRIV_KEY_INFO *info = NULL;
    EVP_PKEY *key = NULL;
    size_t i;
    int r = 0;

    if (source->type != TYPE_INSIDE) {
        key = key_decode(source->type, source->der.data, source->der.size);
    } else if ((info = read_pkcs8(source->der.data, source->der.size)) !=
               NULL) {
        r = check_type(name, info, error);
        if (r == 0)
            key = decode(pkcs8_type(info), source->der.data, source->der.size);
    } else if (source->pem.label == NULL) {
        for (i = 0; key == NULL && i < TYPES; i++)
            key = decode(types[i], source->der.data, source->der.size);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    openssl_forget();
    if (r == 0)
        *ret = key;
    return r;
}

/*
 * Finding the key in the file.
 */

static bool
is_private(const struct pem_label *label)
{
    return label->kind == PEM_KEY || label->kind == PEM_KEY_LOCKED;
}

/* 1: the first private key; 0: no block at all; -1: no key, or damaged. */
static int
find_block(const char *name, const struct blob *file, struct source *source,
           struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block, foreign = { 0 };
    bool any = false;
    int r;

    pem_start(&cursor, name, file);
    while ((r = pem_next(&cursor, &block, error)) == 1) {
        const struct pem_label *label = pem_label(&block);

        any = true;
        if (pem_is(&block, "OPENSSH PRIVATE KEY"))
            foreign = block;
        if (label == NULL || !is_private(label) || source->pem.label != NULL)
            continue;
        source->pem = block;
        source->type = label->type;
        source->locked = label->kind == PEM_KEY_LOCKED;
        source->end = (const char *)file->data + file->size;
    }
    if (r < 0)
        return -1;
    if (source->pem.label != NULL)
        return 1;
    if (foreign.label != NULL)
        return fail_detail(error, E_KEY_TYPE, name, "OpenSSH");
    return any ? fail(error, E_NOT_KEY, name) : 0;
}

/* Why DER is no key. */
static int
explain_der(const char *name, const struct blob *der, struct error *error)
{
    const unsigned char *at;
    long size = (long)der->size;
    X509 *cert = d2i_X509(NULL, (at = der->data, &at), size);
    X509_REQ *csr = d2i_X509_REQ(NULL, (at = der->data, &at), size);
    X509_CRL *crl = d2i_X509_CRL(NULL, (at = der->data, &at), size);
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, (at = der->data, &at), size);
    PKCS7 *pkcs7 = d2i_PKCS7(NULL, (at = der->data, &at), size);
    EVP_PKEY *public_key = d2i_PUBKEY(NULL, (at = der->data, &at), size);
    int r;

    if (pkcs12 != NULL)
        r = fail(error, E_PKCS12, name);
    else if (cert != NULL || csr != NULL || crl != NULL || pkcs7 != NULL ||
             public_key != NULL)
        r = fail(error, E_NOT_KEY, name);
    else
        r = pem_explain(name, der, E_UNKNOWN_FORMAT, error);
    EVP_PKEY_free(public_key);
    PKCS7_free(pkcs7);
    PKCS12_free(pkcs12);
    X509_CRL_free(crl);
    X509_REQ_free(csr);
    X509_free(cert);
    openssl_forget();
    return r;
}

static int
find_source(const char *name, const struct blob *file, struct source *source,
            struct error *error)
{
    int r = find_block(name, file, source, error);

    if (r < 0)
        return -1;
    if (r > 0)
        return is_armoured_and_locked(source)
                   ? 0
                   : pem_decode(&source->pem, name, &source->der, error);
    if (file->size > 0) {
        X509_SIG *sig;

        blob_append(&source->der, file->data,
                    der_without_breaks(file->data, file->size));
        sig = read_locked(&source->der);
        source->locked = sig != NULL;
        X509_SIG_free(sig);
        openssl_forget();
    }
    return 0;
}

static int
fail_unreadable(const struct source *source, const char *name,
                const struct blob *file, struct error *error)
{
    const struct blob *der = &source->der;
    char kind[80];

    if (is_version2(der->data, der->size, kind, sizeof(kind)))
        return fail_detail(error, E_KEY_TYPE, name, kind);
    return source->pem.label != NULL
               ? fail_line(error, E_PEM_BAD_DATA, name, source->pem.line)
               : explain_der(name, file, error);
}

int
key_parse(const char *name, const struct blob *file, EVP_PKEY **ret,
          struct error *error)
{
    struct source source = { 0 };
    EVP_PKEY *key = NULL;
    int r;

    openssl_begin();
    r = find_source(name, file, &source, error);
    if (r == 0 && (source.locked || is_armoured_and_locked(&source)))
        r = fail(error, E_KEY_ENCRYPTED, name);
    if (r == 0)
        r = read_plain(&source, name, &key, error);
    if (r == 0 && key == NULL)
        r = fail_unreadable(&source, name, file, error);
    if (r == 0)
        *ret = key;
    blob_clear(&source.der);
    return r;
}

/*
 * Encrypted keys.
 */

/* A wrong password, or a cipher that this OpenSSL does not have. */
static int
fail_locked(const char *name, struct error *error)
{
    enum error_code code = openssl_lacks() ? E_CIPHER : E_WRONG_PASSWORD;

    openssl_forget();
    return fail(error, code, name);
}

static bool
is_too_long(const PKCS8_PRIV_KEY_INFO *info)
{
    return pkcs8_type(info) == EVP_PKEY_DSA &&
           i2d_PKCS8_PRIV_KEY_INFO(info, NULL) > DSA_SIZE_MAX;
}

/*
 * The padding of a wrong password looks right about once in 256 times.  What
 * comes out is no key then, and that is reported as a wrong password, too.
 */
static int
unlock_pkcs8(const struct source *source, const char *name,
             const char *password, EVP_PKEY **ret, struct error *error)
{
    X509_SIG *sig = read_locked(&source->der);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    EVP_PKEY *key = NULL;
    int r = 0;

    if (sig == NULL) {
        openssl_forget();
        r = fail_line(error, E_PEM_BAD_DATA, name, source->pem.line);
    }
    if (r == 0) {
        info = PKCS8_decrypt(sig, password, (int)strlen(password));
        r = info != NULL ? check_type(name, info, error)
                         : fail_locked(name, error);
    }
    if (r == 0 && !is_too_long(info))
        key = EVP_PKCS82PKEY(info);
    if (r == 0 && key == NULL)
        r = fail_locked(name, error);
    if (r == 0)
        *ret = key;
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(sig);
    openssl_forget();
    return r;
}

static int
give_password(char *buffer, int size, int writing, void *arg)
{
    const char *const *password = arg;
    size_t length = strlen(*password);

    (void)writing;
    if (length > (size_t)size)
        return -1;
    memcpy(buffer, *password, length);
    return (int)length;
}

/* With the headers of RFC 1421, which OpenSSL wrote before PKCS#8. */
static int
unlock_armoured(const struct source *source, const char *name,
                const char *password, EVP_PKEY **ret, struct error *error)
{
    const char *begin = source->pem.label - strlen("-----BEGIN ");
    BIO *bio = BIO_new_mem_buf(begin, (int)(source->end - begin));
    EVP_CIPHER_INFO cipher;
    char *label = NULL, *header = NULL;
    unsigned char *data = NULL;
    struct source plain = { .type = source->type, .pem = source->pem };
    EVP_PKEY *key = NULL;
    long size = 0;
    int r = 0;

    if (bio == NULL || !PEM_read_bio(bio, &label, &header, &data, &size)) {
        openssl_forget();
        r = fail_line(error, E_PEM_BAD_DATA, name, source->pem.line);
    } else if (!PEM_get_EVP_CIPHER_INFO(header, &cipher)) {
        r = fail_openssl(error, E_CRYPTO, name);
    }
    if (r == 0) {
        int room = (int)size;

        if (PEM_do_header(&cipher, data, &size, give_password, &password))
            blob_append(&plain.der, data, (size_t)size);
        else
            r = fail_locked(name, error);
        OPENSSL_cleanse(data, (size_t)room);
    }
    if (r == 0)
        r = read_plain(&plain, name, &key, error);
    if (r == 0 && key == NULL)
        r = fail(error, E_WRONG_PASSWORD, name);
    if (r == 0)
        *ret = key;
    blob_clear(&plain.der);
    OPENSSL_free(data);
    OPENSSL_free(header);
    OPENSSL_free(label);
    BIO_free(bio);
    return r;
}

int
key_unlock(const char *name, const struct blob *file, const char *password,
           EVP_PKEY **ret, struct error *error)
{
    struct source source = { 0 };
    EVP_PKEY *key = NULL;
    int r;

    openssl_begin();
    r = find_source(name, file, &source, error);
    if (r == 0 && is_armoured_and_locked(&source)) {
        r = unlock_armoured(&source, name, password, ret, error);
    } else if (r == 0 && source.locked) {
        r = unlock_pkcs8(&source, name, password, ret, error);
    } else if (r == 0) {
        r = read_plain(&source, name, &key, error);
        if (r == 0)
            r = key != NULL ? fail(error, E_KEY_NOT_LOCKED, name)
                            : fail_unreadable(&source, name, file, error);
        EVP_PKEY_free(key);
    }
    blob_clear(&source.der);
    return r;
}

/*
 * Writing and naming.
 */

int
key_format(const EVP_PKEY *key, struct blob *ret, struct error *error)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *bytes = NULL;
    int size = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, &bytes) : -1;
    struct blob der = { 0 };
    int r = 0;

    if (size > 0) {
        blob_append(&der, bytes, (size_t)size);
        pem_append(ret, "PRIVATE KEY", &der);
        OPENSSL_clear_free(bytes, (size_t)size);
    } else {
        r = fail_openssl(error, E_CRYPTO, NULL);
    }
    blob_clear(&der);
    PKCS8_PRIV_KEY_INFO_free(info);
    openssl_forget(); /* what OpenSSL could do without */
    return r;
}

bool
key_matches(const EVP_PKEY *key, const EVP_PKEY *other)
{
    bool equal = key != NULL && other != NULL && EVP_PKEY_eq(key, other) == 1;

    openssl_forget();
    return equal;
}

void
key_describe(const EVP_PKEY *key, char *text, size_t size)
{
    int bits = EVP_PKEY_get_bits(key);
    const char *nist = NULL;
    char curve[80];

    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        snprintf(text, size, "RSA %d", bits);
        break;
    case EVP_PKEY_DSA:
        snprintf(text, size, "DSA %d", bits);
        break;
    case EVP_PKEY_ED25519:
        snprintf(text, size, "Ed25519");
        break;
    case EVP_PKEY_EC:
        /* A curve may be given by parameters and have no name. */
        if (!EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL))
            snprintf(curve, sizeof(curve), "%d", bits);
        nist = EC_curve_nid2nist(OBJ_txt2nid(curve));
        snprintf(text, size, "EC %s", nist != NULL ? nist : curve);
        break;
    default:
        snprintf(text, size, "%s %d", EVP_PKEY_get0_type_name(key), bits);
        break;
    }
    openssl_forget();
}

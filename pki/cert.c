/*
 * Certificates from files.  A file without one gets an error that names what it
 * is instead.
 */
#include "pki/cert.h"

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "pki/der.h"
#include "pki/key.h"
#include "pki/pem_label.h"

/* The certificate that these bytes are; NULL if they are anything else. */
static X509 *
from_der(const unsigned char *der, size_t size)
{
    const unsigned char *at = der;
    X509 *cert = d2i_X509(NULL, &at, (long)size);

    if (cert != NULL && at != der + size) {
        X509_free(cert);
        cert = NULL;
    }
    openssl_forget();
    return cert;
}

/* Tries the formats one by one; only failures pay for it. */
static enum error_code
name_der(const struct blob *file)
{
    const unsigned char *at;
    enum error_code code = E_UNKNOWN_FORMAT;
    PKCS7 *pkcs7 = d2i_PKCS7(NULL, (at = file->data, &at), (long)file->size);
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, (at = file->data, &at), (long)file->size);
    X509_REQ *csr =
        d2i_X509_REQ(NULL, (at = file->data, &at), (long)file->size);
    X509_CRL *crl =
        d2i_X509_CRL(NULL, (at = file->data, &at), (long)file->size);
    X509_SIG *locked =
        d2i_X509_SIG(NULL, (at = file->data, &at), (long)file->size);
    EVP_PKEY *public_key =
        d2i_PUBKEY(NULL, (at = file->data, &at), (long)file->size);
    X509 *cert = d2i_X509(NULL, (at = file->data, &at), (long)file->size);

    if (cert != NULL)
        code = E_BAD_DER; /* and more follows it */
    else if (pkcs12 != NULL)
        code = E_PKCS12;
    else if (csr != NULL || crl != NULL || locked != NULL ||
             public_key != NULL || key_begins(file->data, file->size))
        code = E_NOT_CERT;
    else if (pkcs7 != NULL)
        code = E_PKCS7;
    PKCS7_free(pkcs7);
    PKCS12_free(pkcs12);
    X509_REQ_free(csr);
    X509_CRL_free(crl);
    X509_SIG_free(locked);
    EVP_PKEY_free(public_key);
    X509_free(cert);
    openssl_forget();
    return code;
}

/* A text may begin with "0", too: its next byte is no long length. */
static bool
is_cut(const struct blob *file)
{
    return file->size >= 2 && file->data[1] > 0x80 &&
           der_is_cut(file->data, file->size);
}

static int
parse_der(const char *name, const struct blob *file, X509 **ret,
          struct error *error)
{
    enum error_code code;
    X509 *cert;

    if (file->size == 0 || file->data[0] != 0x30)
        return pem_explain(name, file, E_UNKNOWN_FORMAT, error);
    cert = from_der(file->data, der_without_breaks(file->data, file->size));
    if (cert != NULL) {
        *ret = cert;
        return 0;
    }
    code = is_cut(file) ? E_BAD_DER : name_der(file);
    return code == E_UNKNOWN_FORMAT ? pem_explain(name, file, code, error)
                                    : fail(error, code, name);
}

int
cert_block(const struct pem_block *block, const char *name, struct error *error)
{
    if (pem_holds(block, PEM_CERT))
        return 1;
    if (pem_is(block, "TRUSTED CERTIFICATE"))
        return fail_line(error, E_TRUSTED, name, block->line);
    if (pem_holds(block, PEM_PKCS7))
        return fail_line(error, E_PKCS7, name, block->line);
    return 0;
}

int
cert_decode(const struct pem_block *block, const char *name, X509 **ret,
            struct error *error)
{
    struct blob der = { 0 };
    X509 *cert;

    if (pem_decode(block, name, &der, error) != 0)
        return -1;
    cert = from_der(der.data, der.size);
    blob_clear(&der);
    if (cert == NULL)
        return fail_line(error, E_PEM_BAD_DATA, name, block->line);
    *ret = cert;
    return 0;
}

int
crl_decode(const struct pem_block *block, const char *name, X509_CRL **ret,
           struct error *error)
{
    struct blob der = { 0 };
    const unsigned char *at;
    X509_CRL *crl;
    int r = 0;

    if (pem_decode(block, name, &der, error) != 0)
        return -1;
    at = der.data;
    crl = d2i_X509_CRL(NULL, &at, (long)der.size);
    openssl_forget();
    if (crl != NULL && at == der.data + der.size) {
        *ret = crl;
    } else {
        X509_CRL_free(crl);
        r = fail_line(error, E_PEM_BAD_DATA, name, block->line);
    }
    blob_clear(&der);
    return r;
}

int
cert_parse(const char *name, const struct blob *file, X509 **ret,
           struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block, first = { 0 };
    bool any = false;
    int r;

    openssl_begin();
    pem_start(&cursor, name, file);
    while ((r = pem_next(&cursor, &block, error)) == 1) {
        any = true;
        if (first.label != NULL)
            continue;
        r = cert_block(&block, name, error);
        if (r < 0)
            break;
        if (r == 1)
            first = block;
    }
    if (r < 0)
        return -1;
    if (first.label != NULL)
        return cert_decode(&first, name, ret, error);
    return any ? fail(error, E_NOT_CERT, name)
               : parse_der(name, file, ret, error);
}

int
cert_append(struct blob *text, X509 *cert, struct error *error)
{
    unsigned char *bytes = NULL;
    struct blob der = { 0 };
    int size = i2d_X509(cert, &bytes);

    if (size < 0)
        return fail_openssl(error, E_CRYPTO, NULL);
    blob_append(&der, bytes, (size_t)size);
    OPENSSL_free(bytes);
    pem_append(text, "CERTIFICATE", &der);
    blob_clear(&der);
    return 0;
}

static int
append_block(struct blob *text, const char *name, const struct pem_block *block,
             struct error *error)
{
    X509 *cert = NULL;
    int r = cert_block(block, name, error);

    if (r == 1)
        r = cert_decode(block, name, &cert, error);
    if (r == 0 && cert != NULL)
        r = cert_append(text, cert, error);
    X509_free(cert);
    return r;
}

int
cert_append_all(struct blob *text, const char *name, const struct blob *file,
                struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block;
    X509 *first = NULL;
    bool any = false;
    int r;

    r = cert_parse(name, file, &first, error);
    if (r == 0) {
        pem_start(&cursor, name, file);
        while (r == 0 && pem_next(&cursor, &block, error) == 1) {
            any = true;
            r = append_block(text, name, &block, error);
        }
        if (r == 0 && !any) /* it is DER */
            r = cert_append(text, first, error);
    }
    X509_free(first);
    return r;
}

bool
cert_self_issued(X509 *cert)
{
    return (X509_get_extension_flags(cert) & EXFLAG_SI) != 0;
}

bool
cert_times(const X509 *cert, time_t *from, time_t *to)
{
    struct tm first, last;

    if (ASN1_TIME_to_tm(X509_get0_notBefore(cert), &first) != 1 ||
        ASN1_TIME_to_tm(X509_get0_notAfter(cert), &last) != 1)
        return false;
    *from = timegm(&first);
    *to = timegm(&last);
    return true;
}

int
cert_check_times(const X509 *cert, const char *name, time_t now,
                 struct error *error)
{
    time_t from, to;

    if (!cert_times(cert, &from, &to))
        return fail_detail(error, E_CRYPTO, name, "invalid dates");
    if (from > now)
        return fail(error, E_CERT_NOT_YET, name);
    return to <= now ? fail(error, E_CERT_EXPIRED, name) : 0;
}

static uint64_t
fold_octets(const X509_NAME *name)
{
    struct der der = { 0 }, content = { 0 };
    unsigned tag;
    size_t size;

    /* Both can not fail: OpenSSL has made the octets itself. */
    if (X509_NAME_get0_der(name, &der.at, &size) == 1)
        der.end = der.at + size;
    return der_next(&der, &tag, &content) ? der_fold_name(content) : 0;
}

/* OpenSSL keeps the octets of a name as they were read.  Encoded anew they
   are DER, of which a number can be made. */
static uint64_t
fold_anew(const X509_NAME *name)
{
    X509_NAME *copy = X509_NAME_new();
    int rdn = -1, n = X509_NAME_entry_count(name), i;
    uint64_t key = 0;
    bool good = copy != NULL;

    for (i = 0; good && i < n; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

        good = X509_NAME_add_entry(copy, entry, -1,
                                   X509_NAME_ENTRY_set(entry) == rdn ? -1
                                                                     : 0) == 1;
        rdn = X509_NAME_ENTRY_set(entry);
    }
    if (good)
        key = fold_octets(copy);
    X509_NAME_free(copy);
    openssl_forget();
    return key;
}

uint64_t
cert_fold_name(const X509_NAME *name)
{
    uint64_t key = fold_octets(name);

    return key != 0 ? key : fold_anew(name);
}

#define PEEK 512 /* most subjects end before */

int
cert_fold_subject(const struct pem_block *block, const char *name,
                  uint64_t *ret, struct error *error)
{
    unsigned char front[PEEK];
    struct der subject;
    X509 *cert = NULL;

    if (der_subject(front, pem_peek(block, front, sizeof(front)), &subject) &&
        (*ret = der_fold_name(subject)) != 0)
        return 0;
    if (cert_decode(block, name, &cert, error) != 0)
        return -1;
    *ret = cert_fold_name(X509_get_subject_name(cert));
    X509_free(cert);
    return 0;
}

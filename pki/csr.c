/*
 * Certificate signing requests.
 */
#include "pki/csr.h"

#include <openssl/x509.h>
#include <stdbool.h>

#include "pki/der.h"
#include "pki/pem.h"
#include "pki/pem_label.h"
#include "pki/tbs.h"

/* Nothing is critical, as in OpenSSL's own requests, except the alternative
   names of an empty subject (RFC 5280, 4.2.1.6). */
static int
request_extensions(EVP_PKEY *key, const struct subject *subject,
                   STACK_OF(X509_EXTENSION) **list, struct error *error)
{
    int r = tbs_add_key_usage(list, tbs_tls_usage(key), false, error);

    if (r == 0)
        r = tbs_add_tls(list, error);
    if (r == 0 && subject->altname != NULL)
        r = tbs_add(list, NID_subject_alt_name, subject->altname,
                    subject->name == NULL, error);
    return r;
}

int
csr_create(EVP_PKEY *key, const struct subject *subject, struct blob *ret,
           struct error *error)
{
    STACK_OF(X509_EXTENSION) *extensions = NULL;
    X509_REQ *csr = X509_REQ_new();
    struct blob der = { 0 }, text = { 0 };
    int size = 0, r;

    r = request_extensions(key, subject, &extensions, error);
    if (r == 0 &&
        (csr == NULL || !X509_REQ_set_version(csr, X509_REQ_VERSION_1) ||
         (subject->name != NULL &&
          !X509_REQ_set_subject_name(csr, subject->name)) ||
         !X509_REQ_set_pubkey(csr, key) ||
         !X509_REQ_add_extensions(csr, extensions) ||
         !X509_REQ_sign(csr, key, tbs_digest(key)) ||
         (size = i2d_X509_REQ(csr, &der.data)) < 0))
        r = fail_openssl(error, E_CRYPTO, NULL);
    if (r == 0) {
        der.size = (size_t)size;
        pem_append(&text, "CERTIFICATE REQUEST", &der);
        *ret = text;
    }
    OPENSSL_free(der.data);
    X509_REQ_free(csr);
    tbs_free(extensions);
    return r;
}

/* All of the octets, or nothing. */
static X509_REQ *
from_der(const unsigned char *der, size_t size)
{
    const unsigned char *at = der;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)size);

    if (csr != NULL && at != der + size) {
        X509_REQ_free(csr);
        csr = NULL;
    }
    openssl_forget();
    return csr;
}

static int
parse_block(const char *name, const struct pem_block *block, X509_REQ **ret,
            struct error *error)
{
    struct blob der = { 0 };
    int r = pem_decode(block, name, &der, error);

    if (r == 0 && (*ret = from_der(der.data, der.size)) == NULL)
        r = fail_line(error, E_PEM_BAD_DATA, name, block->line);
    blob_clear(&der);
    return r;
}

int
csr_parse(const char *name, const struct blob *file, X509_REQ **ret,
          struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block;
    X509_REQ *csr = NULL;
    bool armoured = false;
    int more, r = 0;

    openssl_begin();
    pem_start(&cursor, name, file);
    while (r == 0 && (more = pem_next(&cursor, &block, error)) != 0) {
        if (more < 0) {
            r = -1;
        } else {
            armoured = true;
            if (csr == NULL && pem_holds(&block, PEM_CSR))
                r = parse_block(name, &block, &csr, error);
        }
    }
    if (r == 0 && !armoured) {
        csr = from_der(file->data, der_without_breaks(file->data, file->size));
        if (csr == NULL)
            r = pem_explain(name, file, E_NOT_CSR, error);
    }
    if (r == 0 && csr == NULL)
        r = fail(error, E_NOT_CSR, name);
    if (r == 0) {
        *ret = csr;
        csr = NULL;
    }
    X509_REQ_free(csr);
    return r;
}

static bool
has_extensions(const X509_REQ *csr)
{
    const int *nid = X509_REQ_get_extension_nids();

    while (*nid != NID_undef && X509_REQ_get_attr_by_NID(csr, *nid, -1) < 0)
        nid++;
    return *nid != NID_undef;
}

int
csr_extensions(X509_REQ *csr, const char *name, STACK_OF(X509_EXTENSION) **ret,
               struct error *error)
{
    STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(csr);

    openssl_forget(); /* OpenSSL reports "none" as a failure too */
    if (list == NULL && has_extensions(csr))
        return fail(error, E_BAD_DER, name);
    *ret = list;
    return 0;
}

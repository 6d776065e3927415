/*
 * Compares a key with a certificate or request by their public halves.  Whether
 * the private numbers fit together (EVP_PKEY_check) is not checked: that takes
 * a hundred times as long and answers another question.
 */
#include "pki/match.h"

#include <openssl/x509.h>
#include <stdbool.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/key.h"

/* What a certificate or a request is for. */
struct document {
    enum match_kind kind;
    X509 *cert;
    X509_REQ *csr;
};

/* A file that is neither fails with E_NOT_CERT. */
static int
parse_document(const char *name, const struct blob *file, struct document *ret,
               struct error *error)
{
    struct error other;

    if (cert_parse(name, file, &ret->cert, error) == 0) {
        ret->kind = MATCH_CERT;
        return 0;
    }
    if (error->code != E_NOT_CERT ||
        csr_parse(name, file, &ret->csr, &other) != 0)
        return -1;
    ret->kind = MATCH_CSR;
    return 0;
}

static bool
belongs(EVP_PKEY *key, const struct document *document)
{
    return key_matches(key, document->kind == MATCH_CERT
                                ? X509_get0_pubkey(document->cert)
                                : X509_REQ_get0_pubkey(document->csr));
}

int
match(struct store *store, const char *key, const char *other,
      enum match_kind *ret, struct error *error)
{
    const char *const names[STORE_TOGETHER] = { key, other };
    struct blob files[STORE_TOGETHER] = { { 0 } };
    struct document document = { 0 };
    EVP_PKEY *private = NULL;
    int r;

    r = store_read_together(store, STORE_FILES, names, STORE_TOGETHER, files,
                            error);
    if (r == 0)
        r = key_parse(key, &files[0], &private, error);
    if (r == 0)
        r = parse_document(other, &files[1], &document, error);
    if (r == 0 && !belongs(private, &document))
        r = fail_pair(error,
                      document.kind == MATCH_CERT ? E_MISMATCH_CERT
                                                  : E_MISMATCH_CSR,
                      key, other);
    if (r == 0)
        *ret = document.kind;
    EVP_PKEY_free(private);
    X509_free(document.cert);
    X509_REQ_free(document.csr);
    blob_clear(&files[0]);
    blob_clear(&files[1]);
    return r;
}

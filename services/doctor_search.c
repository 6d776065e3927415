/*
 * Something does not fit or is missing: is what would fit in the store?
 */
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/diagnose_cert.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "services/assign.h"
#include "services/doctor_visit.h"

/*
 * Keys and requests.
 */

/* A key and a certificate that are no pair. */
struct odd_pair {
    const char *key_name, *cert_name;
    EVP_PKEY *key;
    X509 *cert;
};

/* Is it the certificate's key?  Tells. */
static bool
visit_other_key(const struct visit *visit, const struct odd_pair *pair,
                const char *name)
{
    EVP_PKEY *other = doctor_read_key(visit->doctor, name);
    bool found = key_matches(other, X509_get0_pubkey(pair->cert));

    if (found)
        visit_find(visit, HINT_PAIR_OTHER_KEY, pair->cert_name, name, NULL);
    EVP_PKEY_free(other);
    return found;
}

/* Among the first files that may be one: is the certificate's there?  Of copies
   one will do. */
static bool
visit_other_keys(const struct visit *visit, const struct odd_pair *pair)
{
    struct store_names names = { 0 };
    struct error error;
    size_t looked = 0, i;
    bool found = false;

    if (store_list(visit->doctor->store, STORE_FILES, &names, &error) == 0)
        for (i = 0; i < names.count && looked < DOCTOR_SEARCH_MAX && !found;
             i++)
            if (assign_takes(names.names[i])) {
                looked++;
                found = strcmp(names.names[i], pair->key_name) != 0 &&
                        visit_other_key(visit, pair, names.names[i]);
            }
    store_names_clear(&names);
    return found;
}

/* Has a request of the same subject replaced the one that was signed?  It lies
   beside its key. */
static void
visit_newer_request(const struct visit *visit, const struct odd_pair *pair)
{
    const char *dot = strrchr(pair->key_name, '.');
    size_t size =
        dot != NULL ? (size_t)(dot - pair->key_name) : strlen(pair->key_name);
    char *name = xasprintf("%.*s.csr", (int)size, pair->key_name);
    X509_REQ *csr = doctor_read_csr(visit->doctor, name);

    if (csr != NULL && key_matches(X509_REQ_get0_pubkey(csr), pair->key) &&
        X509_NAME_cmp(X509_REQ_get_subject_name(csr),
                      X509_get_subject_name(pair->cert)) == 0)
        visit_find(visit, HINT_PAIR_NEWER_CSR, pair->key_name, name, NULL);
    X509_REQ_free(csr);
    free(name);
}

void
visit_pair(const struct visit *visit, const char *key_name,
           const char *cert_name)
{
    const struct odd_pair pair = {
        key_name,
        cert_name,
        doctor_read_key(visit->doctor, key_name),
        doctor_read_cert(visit->doctor, cert_name),
    };

    if (pair.key != NULL && pair.cert != NULL &&
        !visit_other_keys(visit, &pair))
        visit_newer_request(visit, &pair);
    EVP_PKEY_free(pair.key);
    X509_free(pair.cert);
}

/*
 * Issuers.
 */

/* A certificate whose issuer is looked for. */
struct hunt {
    const struct doctor *doctor;
    X509 *cert;
    unsigned signatures; /* that may still be looked at */
    bool root;           /* who was found has signed itself */
};

static bool
has_signed(struct hunt *hunt, X509 *issuer)
{
    bool signs = false;

    if (X509_check_issued(issuer, hunt->cert) == X509_V_OK &&
        hunt->signatures > 0) {
        hunt->signatures--;
        signs = X509_verify(hunt->cert, X509_get0_pubkey(issuer)) == 1;
    }
    if (signs)
        hunt->root = cert_self_issued(issuer);
    openssl_forget();
    return signs;
}

/* Only certificates with the issuer's name are taken apart: a bundle may hold
   thousands. */
static bool
is_in_bytes(struct hunt *hunt, const char *name, const struct blob *bytes)
{
    uint64_t wanted = cert_fold_name(X509_get_issuer_name(hunt->cert)), subject;
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    X509 *issuer = NULL;
    bool found = false, pem = false;

    pem_start(&cursor, name, bytes);
    while (!found && pem_next(&cursor, &block, &error) == 1) {
        pem = true;
        if (cert_block(&block, name, &error) != 1 ||
            cert_fold_subject(&block, name, &subject, &error) != 0 ||
            subject != wanted ||
            cert_decode(&block, name, &issuer, &error) != 0)
            continue;
        found = has_signed(hunt, issuer);
        X509_free(issuer);
    }
    if (!pem && cert_parse(name, bytes, &issuer, &error) == 0) {
        found = has_signed(hunt, issuer);
        X509_free(issuer);
    }
    return found;
}

/* 0: it is not there; else the size of the file. */
static size_t
size_if_in(struct hunt *hunt, const char *name)
{
    struct blob bytes = { 0 };
    struct error error;
    size_t size = 0;

    if (store_read(hunt->doctor->store, STORE_FILES, name, &bytes, &error) ==
            0 &&
        is_in_bytes(hunt, name, &bytes))
        size = bytes.size;
    blob_clear(&bytes);
    return size;
}

static bool
is_part(const struct diagnose_part *parts, size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (strcmp(parts[i].name, name) == 0)
            return true;
    return false;
}

/* The certificate that the finding is about, by the issuer that it wants; the
   caller frees it. */
static X509 *
whose_issuer(const struct hint *hint, const struct diagnose_part *part)
{
    STACK_OF(X509) *certs =
        certs_in(part->name, part->bytes, DIAGNOSE_CHAIN_MAX);
    X509 *found = NULL;
    char issuer[HINT_NAME_SIZE];
    int i;

    for (i = 0; found == NULL && i < sk_X509_num(certs); i++) {
        X509 *cert = sk_X509_value(certs, i);

        name_describe(X509_get_issuer_name(cert), issuer, sizeof(issuer));
        if (strcmp(issuer, hint->one) == 0 && X509_up_ref(cert) == 1)
            found = cert;
    }
    sk_X509_pop_free(certs, X509_free);
    return found;
}

/* Of several files that hold it, the smallest holds least besides; NULL: none
   does.  The caller frees it. */
static char *
find_issuer(struct hunt *hunt, const struct diagnose_part *parts, size_t n)
{
    struct store_names names = { 0 };
    struct error error;
    char *best = NULL;
    size_t least = SIZE_MAX, looked = 0, i;

    if (store_list(hunt->doctor->store, STORE_FILES, &names, &error) != 0)
        return NULL;
    for (i = 0; i < names.count && looked < DOCTOR_SEARCH_MAX; i++) {
        const char *name = names.names[i];
        size_t size;

        if (!assign_takes(name) || is_part(parts, n, name))
            continue;
        looked++;
        size = size_if_in(hunt, name);
        if (size > 0 && size < least) {
            least = size;
            free(best);
            best = xstrdup(name);
        }
    }
    store_names_clear(&names);
    return best;
}

static void
visit_issuer(const struct visit *visit, const struct hint *missing, X509 *cert,
             const struct diagnose_part *parts, size_t n)
{
    struct hunt hunt = { visit->doctor, cert, DOCTOR_SIGNATURES_MAX };
    char *name = find_issuer(&hunt, parts, n);

    if (name != NULL)
        visit_find(visit, HINT_ISSUER_AT_HAND, missing->file, missing->one,
                   name);
    free(name);
}

void
visit_issuers(const struct visit *visit, const struct diagnose_part *parts,
              size_t n)
{
    size_t count = visit->hints->count, i, j;

    for (i = 0; i < count; i++) {
        const struct hint missing = visit->hints->all[i];

        if (missing.id != HINT_CHAIN_NO_INTERMEDIATE &&
            missing.id != HINT_CHAIN_NO_ROOT)
            continue;
        for (j = 0; j < n; j++)
            if (strcmp(parts[j].name, missing.file) == 0) {
                X509 *cert = whose_issuer(&missing, &parts[j]);

                if (cert != NULL)
                    visit_issuer(visit, &missing, cert, parts, n);
                X509_free(cert);
                break;
            }
    }
}

void
visit_unsent(const struct visit *visit, const char *file)
{
    const struct diagnose_part part = { .name = file };
    STACK_OF(X509) *certs = doctor_read_certs(visit->doctor, file, 2);
    struct hunt hunt = { visit->doctor, sk_X509_value(certs, 0),
                         DOCTOR_SIGNATURES_MAX };
    char *name = NULL, issuer[HINT_NAME_SIZE];

    if (sk_X509_num(certs) == 1 && !cert_self_issued(hunt.cert))
        name = find_issuer(&hunt, &part, 1);
    if (name != NULL && !hunt.root) {
        name_describe(X509_get_issuer_name(hunt.cert), issuer, sizeof(issuer));
        visit_find(visit, HINT_BUNDLE_UNSET, file, issuer, name);
    }
    free(name);
    sk_X509_pop_free(certs, X509_free);
}

/*
 * X509_verify_cert() gets an ordinary X509_STORE and an ordinary stack of
 * untrusted certificates, but not all of a file.  It looks for issuers by their
 * subject; so a certificate whose subject is not the issuer of another one
 * within reach cannot change the verdict, and is left out.  To fill an
 * X509_STORE with thousands of certificates, of which two count, would take
 * most of the time.
 *
 * The index reads the subject out of the DER and folds it into a number, which
 * is the same for all names that X509_NAME_cmp() calls equal.  The number only
 * proposes a certificate; X509_NAME_cmp() decides.
 */
#include "pki/verify.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/pem.h"
#include "pki/pem_label.h"
#include "pki/xalloc.h"

/* One certificate of a file, not parsed yet. */
struct entry {
    uint64_t key; /* of its subject */
    const char *name;
    struct pem_block block;
    bool anchors; /* is in the CA file: trusted, self-signed or not */
    bool taken;   /* X509_verify_cert() gets it */
};

/* A subject that X509_verify_cert() may look for. */
struct wish {
    uint64_t key;
    X509_NAME *name;
};

/* So many certificates are decoded at most.  No honest chain has as many within
   reach. */
#define REACH_MAX 512

struct search {
    const char *cert, *bundle; /* the files, for messages */
    struct entry *entries;     /* in the order of the files */
    size_t count, room;
    struct wish *wishes;
    size_t wish_count, wish_room;
    size_t looked; /* how many certificates were decoded */
    STACK_OF(X509) *untrusted;
    STACK_OF(X509_CRL) *crls;
    X509_STORE *store;
};

static int
fail_verdict(const struct search *search, int code, int depth,
             struct error *error)
{
    fail_pair(error, E_VERIFY, search->cert, search->bundle);
    snprintf(error->detail, sizeof(error->detail),
             "error %d at %d depth lookup: %s", code, depth,
             X509_verify_cert_error_string(code));
    return -1;
}

/*
 * The index.
 */

static int
index_cert(struct search *search, const char *name, bool anchors,
           const struct pem_block *block, struct error *error)
{
    struct entry entry = { .name = name, .block = *block, .anchors = anchors };

    if (cert_fold_subject(block, name, &entry.key, error) != 0)
        return -1;
    if (search->count == search->room) {
        search->room = 2 * search->room + 64;
        search->entries = xreallocarray(search->entries, search->room,
                                        sizeof(*search->entries));
    }
    search->entries[search->count++] = entry;
    return 0;
}

static int
add_crl(struct search *search, const char *name, const struct pem_block *block,
        struct error *error)
{
    X509_CRL *crl = NULL;

    if (crl_decode(block, name, &crl, error) != 0)
        return -1;
    if (sk_X509_CRL_push(search->crls, crl) <= 0) {
        X509_CRL_free(crl);
        return fail_openssl(error, E_CRYPTO, NULL);
    }
    return 0;
}

static int
walk(struct search *search, const char *name, bool anchors,
     const struct blob *file, struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block;
    int r;

    pem_start(&cursor, name, file);
    while ((r = pem_next(&cursor, &block, error)) == 1) {
        r = cert_block(&block, name, error);
        if (r == 1)
            r = index_cert(search, name, anchors, &block, error);
        else if (r == 0 && pem_holds(&block, PEM_CRL))
            r = add_crl(search, name, &block, error);
        if (r != 0)
            break;
    }
    return r;
}

/*
 * A file without a certificate in PEM: makes PEM of it if it is one in DER;
 * else cert_parse() says what it is.
 */
static int
der_to_pem(const char *name, struct blob *file, struct error *error)
{
    struct blob text = { 0 };
    X509 *cert = NULL;
    int r;

    r = cert_parse(name, file, &cert, error);
    if (r == 0)
        r = cert_append(&text, cert, error);
    if (r == 0) {
        blob_clear(file);
        *file = text;
    }
    X509_free(cert);
    return r;
}

/* Adds entries, which borrow from file. */
static int
load(struct search *search, struct store *store, const char *name, bool anchors,
     struct blob *file, struct error *error)
{
    size_t before = search->count;
    int r;

    r = store_read(store, STORE_FILES, name, file, error);
    if (r == 0)
        r = walk(search, name, anchors, file, error);
    if (r == 0 && search->count == before) {
        r = der_to_pem(name, file, error);
        if (r == 0)
            r = walk(search, name, anchors, file, error);
    }
    return r;
}

/*
 * The certificates within reach.
 */

static int
want(struct search *search, const X509_NAME *name, struct error *error)
{
    struct wish wish = { .key = cert_fold_name(name) };
    size_t i;

    for (i = 0; i < search->wish_count; i++)
        if (search->wishes[i].key == wish.key &&
            X509_NAME_cmp(search->wishes[i].name, name) == 0)
            return 0;
    wish.name = X509_NAME_dup(name);
    if (wish.name == NULL)
        return fail_openssl(error, E_CRYPTO, NULL);
    if (search->wish_count == search->wish_room) {
        search->wish_room = 2 * search->wish_room + 16;
        search->wishes = xreallocarray(search->wishes, search->wish_room,
                                       sizeof(*search->wishes));
    }
    search->wishes[search->wish_count++] = wish;
    return 0;
}

/* Hands it to OpenSSL, which takes a reference. */
static bool
keep(struct search *search, X509 *cert, bool trusted)
{
    if (trusted)
        return X509_STORE_add_cert(search->store, cert) == 1;
    if (sk_X509_push(search->untrusted, cert) <= 0)
        return false;
    X509_up_ref(cert);
    return true;
}

/* Takes the certificate if name is its subject. */
static int
take(struct search *search, struct entry *entry, const X509_NAME *name,
     struct error *error)
{
    X509 *cert = NULL;
    int r;

    if (search->looked++ == REACH_MAX)
        return fail_verdict(search, X509_V_ERR_CERT_CHAIN_TOO_LONG, 0, error);
    r = cert_decode(&entry->block, entry->name, &cert, error);
    if (r == 0 && X509_NAME_cmp(X509_get_subject_name(cert), name) == 0) {
        entry->taken = true;
        if (!keep(search, cert,
                  entry->anchors || X509_self_signed(cert, 1) == 1))
            r = fail_openssl(error, E_CRYPTO, NULL);
        else
            r = want(search, X509_get_issuer_name(cert), error);
        openssl_forget();
    }
    X509_free(cert);
    return r;
}

/* The subject and issuer of the leaf, and the issuers of the CRLs, which may be
   outside of the chain (section 6.3.3). */
static int
want_first(struct search *search, const X509 *leaf, struct error *error)
{
    int i, r = want(search, X509_get_subject_name(leaf), error);

    if (r == 0)
        r = want(search, X509_get_issuer_name(leaf), error);
    for (i = 0; r == 0 && i < sk_X509_CRL_num(search->crls); i++)
        r = want(search,
                 X509_CRL_get_issuer(sk_X509_CRL_value(search->crls, i)),
                 error);
    return r;
}

/* Takes all certificates with a wanted subject; their issuers are wanted in
   turn. */
static int
reach(struct search *search, const X509 *leaf, struct error *error)
{
    size_t wish, entry;

    if (want_first(search, leaf, error) != 0)
        return -1;
    for (wish = 0; wish < search->wish_count; wish++)
        for (entry = 0; entry < search->count; entry++) {
            struct entry *e = &search->entries[entry];

            if (!e->taken && e->key == search->wishes[wish].key &&
                take(search, e, search->wishes[wish].name, error) != 0)
                return -1;
        }
    return 0;
}

bool
verify_policies(X509_STORE_CTX *ctx)
{
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_POLICY_CHECK);
    /* Without this, none would be accepted. */
    return X509_VERIFY_PARAM_add0_policy(X509_STORE_CTX_get0_param(ctx),
                                         OBJ_nid2obj(NID_any_policy)) == 1;
}

/* Asks for all of RFC 5280, but for CRLs only if there are any. */
static bool
prepare(X509_STORE_CTX *ctx, const struct search *search, X509 *leaf)
{
    if (!X509_STORE_CTX_init(ctx, search->store, leaf, search->untrusted))
        return false;
    if (sk_X509_CRL_num(search->crls) > 0)
        X509_STORE_CTX_set_flags(
            ctx, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                     X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS);
    /* Not in the store: there, only a certificate's issuer is looked up. */
    X509_STORE_CTX_set0_crls(ctx, search->crls);
    return verify_policies(ctx);
}

static int
judge(struct search *search, X509 *leaf, time_t now, struct error *error)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int r = 0, verdict, code;

    if (ctx == NULL || !prepare(ctx, search, leaf)) {
        X509_STORE_CTX_free(ctx);
        return fail_openssl(error, E_CRYPTO, NULL);
    }
    X509_STORE_CTX_set_time(ctx, 0, now);
    verdict = X509_verify_cert(ctx);
    code = X509_STORE_CTX_get_error(ctx);
    if (verdict != 1 || code != X509_V_OK) {
        if (code == X509_V_OK)
            code = X509_V_ERR_UNSPECIFIED;
        r = fail_verdict(search, code, X509_STORE_CTX_get_error_depth(ctx),
                         error);
    }
    X509_STORE_CTX_free(ctx);
    openssl_forget();
    return r;
}

static int
search_init(struct search *search, struct error *error)
{
    search->untrusted = sk_X509_new_null();
    search->crls = sk_X509_CRL_new_null();
    search->store = X509_STORE_new();
    if (search->untrusted == NULL || search->crls == NULL ||
        search->store == NULL)
        return fail_openssl(error, E_CRYPTO, NULL);
    return 0;
}

static void
search_clear(struct search *search)
{
    free(search->entries);
    while (search->wish_count > 0)
        X509_NAME_free(search->wishes[--search->wish_count].name);
    free(search->wishes);
    sk_X509_pop_free(search->untrusted, X509_free);
    sk_X509_CRL_pop_free(search->crls, X509_CRL_free);
    X509_STORE_free(search->store);
}

int
verify(struct store *store, const char *cert, const char *bundle,
       const char *ca, time_t now, struct error *error)
{
    struct blob cert_file = { 0 }, bundle_file = { 0 }, ca_file = { 0 };
    struct search search = { .cert = cert, .bundle = bundle };
    X509 *leaf = NULL;
    int r;

    openssl_begin();
    r = search_init(&search, error);
    if (r == 0)
        r = store_read(store, STORE_FILES, cert, &cert_file, error);
    if (r == 0)
        r = cert_parse(cert, &cert_file, &leaf, error);
    if (r == 0)
        r = load(&search, store, bundle, false, &bundle_file, error);
    if (r == 0 && ca != NULL)
        r = load(&search, store, ca, true, &ca_file, error);
    if (r == 0)
        r = reach(&search, leaf, error);
    if (r == 0)
        r = judge(&search, leaf, now, error);
    X509_free(leaf);
    search_clear(&search);
    blob_clear(&cert_file);
    blob_clear(&bundle_file);
    blob_clear(&ca_file);
    return r;
}

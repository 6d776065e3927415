/*
 * X509_verify_cert() takes the first certificate whose name and key identifier
 * fit, trusted ones before others.  It verifies the signature only later, and
 * does not try another one then.  So a superfluous certificate may lead it
 * astray; and above a trusted certificate it only takes trusted ones.
 *
 * To be sure, it is asked again without the certificate that it took: a finding
 * is only added if that helps.
 */
#include "pki/diagnose_judge.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "pki/diagnose.h"
#include "pki/diagnose_issuer.h"
#include "pki/error.h"
#include "pki/key.h"
#include "pki/verify.h"

/* More of them in one file are no accident. */
#define ASTRAY_MAX 4

struct trial {
    const struct path *path;
    const struct link *astray[ASTRAY_MAX];
    const struct link *wanted; /* instead of the first of them */
    size_t count;
};

static bool
is_astray(const struct trial *trial, const struct link *link)
{
    size_t i;

    for (i = 0; i < trial->count; i++)
        if (X509_cmp(trial->astray[i]->cert, link->cert) == 0)
            return true;
    return false;
}

static bool
is_trusted(const struct link *link)
{
    return link->role == DIAGNOSE_TRUST || link->root;
}

static bool
give_all(const struct trial *trial, X509_STORE *store, STACK_OF(X509) *others)
{
    const struct chain *chain = trial->path->chain;
    bool good = true;
    size_t i;

    for (i = 0; i < chain->count && good; i++) {
        const struct link *link = &chain->links[i];

        if (i == trial->path->links[0] || link->aside || is_astray(trial, link))
            continue;
        good = is_trusted(link) ? X509_STORE_add_cert(store, link->cert) == 1
                                : sk_X509_push(others, link->cert) > 0;
    }
    return good;
}

/* 1: the judge accepts the chain; 0: it does not, and *ret is how far it came,
   or NULL; -1: it could not tell, and had come no way that counts. */
static int
ask(const struct trial *trial, STACK_OF(X509) **ret)
{
    const struct path *path = trial->path;
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    int verdict = -1;

    *ret = NULL;
    if (store != NULL && ctx != NULL && others != NULL &&
        give_all(trial, store, others) &&
        X509_STORE_CTX_init(ctx, store, path->chain->links[path->links[0]].cert,
                            others) == 1 &&
        verify_policies(ctx)) {
        X509_STORE_CTX_set_time(ctx, 0, path->finder->diagnosis->now);
        X509_STORE_CTX_set_depth(ctx, DIAGNOSE_CHAIN_MAX);
        verdict = X509_verify_cert(ctx);
        if (verdict == 0)
            *ret = X509_STORE_CTX_get1_chain(ctx);
    }
    sk_X509_free(others);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    openssl_forget();
    return verdict;
}

static const struct link *
link_of(const struct chain *chain, const X509 *cert)
{
    size_t i = 0;

    while (X509_cmp(chain->links[i].cert, cert) != 0)
        i++;
    return &chain->links[i];
}

/* How many certificates both paths have in common, from the first. */
static size_t
common(const struct path *path, STACK_OF(X509) *way)
{
    size_t i = 1;

    while (i < path->length && i < (size_t)sk_X509_num(way) &&
           X509_cmp(path->chain->links[path->links[i]].cert,
                    sk_X509_value(way, (int)i)) == 0)
        i++;
    return i;
}

/* The certificate, or a copy of it, in a file of trusted ones; or NULL. */
static const struct link *
trusted_copy(const struct chain *chain, const struct link *link)
{
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (chain->links[i].role == DIAGNOSE_TRUST &&
            X509_cmp(chain->links[i].cert, link->cert) == 0)
            return &chain->links[i];
    return NULL;
}

/* Above a trusted certificate only trusted ones count.  Is that why it ended
   here? */
static bool
find_end(const struct path *path, const X509 *last)
{
    const struct chain *chain = path->chain;
    const struct link *end = link_of(chain, last);
    const struct link *link = trusted_copy(chain, end), *issuer;

    if (!chain->asked || link == NULL || end->issuer == NO_ISSUER)
        return false;
    issuer = &chain->links[end->issuer];
    if (issuer->root || trusted_copy(chain, issuer) != NULL)
        return false;
    find_named(path->finder, HINT_CHAIN_NO_INTERMEDIATE, &link->site,
               X509_get_subject_name(issuer->cert), link->site.file);
    return true;
}

/* If the certificate in question is self-signed and trusted: another trusted
   one that could be its issuer, which the judge takes instead; or NULL. */
static const struct link *
find_twin(const struct trial *trial)
{
    const struct path *path = trial->path;
    const struct chain *chain = path->chain;
    const struct link *first = &chain->links[path->links[0]], *twin = NULL;
    bool trusted = false;
    size_t i;
    int code;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];

        if (link == first || !is_trusted(link) || link->aside ||
            is_astray(trial, link))
            continue;
        code = X509_check_issued(link->cert, first->cert);
        /* The judge checks only later whether it may sign. */
        if (X509_cmp(link->cert, first->cert) == 0)
            trusted = true;
        else if (twin == NULL &&
                 (code == X509_V_OK || code == X509_V_ERR_KEYUSAGE_NO_CERTSIGN))
            twin = link;
    }
    return first->root && trusted ? twin : NULL;
}

/* Notes the certificate that the judge should not have taken; false if there is
   none. */
static bool
note(struct trial *trial, STACK_OF(X509) *way)
{
    const struct path *path = trial->path;
    size_t at = common(path, way), end = (size_t)sk_X509_num(way);
    const struct link *astray;

    if (trial->count == 0 && find_end(path, sk_X509_value(way, (int)end - 1)))
        return false;
    astray = at < end ? link_of(path->chain, sk_X509_value(way, (int)at))
                      : find_twin(trial);
    if (astray == NULL || trial->count == ASTRAY_MAX)
        return false;
    if (trial->count == 0 && at < path->length)
        trial->wanted = &path->chain->links[path->links[at]];
    trial->astray[trial->count++] = astray;
    return true;
}

/* Did it take a trusted certificate instead of one of the same name with
   another key, which is not trusted? */
static bool
took_other_key(const struct trial *trial)
{
    return trial->wanted != NULL && !is_trusted(trial->wanted) &&
           is_trusted(trial->astray[0]) &&
           !key_matches(X509_get0_pubkey(trial->wanted->cert),
                        X509_get0_pubkey(trial->astray[0]->cert));
}

/* With all copies: one that stays would lead the judge astray again. */
static void
tell_astray(const struct trial *trial)
{
    const struct chain *chain = trial->path->chain;
    size_t i;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];

        if (!link->aside && is_astray(trial, link))
            find_named(trial->path->finder, HINT_ISSUER_ASTRAY, &link->site,
                       X509_get_subject_name(link->cert), NULL);
    }
}

void
path_check_judge(const struct path *path)
{
    struct trial trial = { .path = path };
    STACK_OF(X509) *way;
    bool more;
    int verdict;

    do {
        verdict = ask(&trial, &way);
        more = way != NULL && note(&trial, way);
        sk_X509_pop_free(way, X509_free);
    } while (more);
    if (verdict == 1)
        tell_astray(&trial);
    if (verdict == 0 && took_other_key(&trial))
        find_named(path->finder, HINT_ISSUER_OTHER_KEY, &trial.astray[0]->site,
                   X509_get_subject_name(trial.astray[0]->cert), NULL);
    openssl_forget();
}

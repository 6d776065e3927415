/*
 * Finds the certificate in question and its path to a root, and examines what
 * is beside the path: the order, copies, and certificates that are not needed.
 */
#include "pki/diagnose_chain.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "pki/cert.h"
#include "pki/diagnose_issuer.h"
#include "pki/diagnose_judge.h"
#include "pki/diagnose_path.h"
#include "pki/error.h"
#include "pki/key.h"
#include "pki/xalloc.h"

static bool
begins_part(const struct chain *chain)
{
    return chain->count == 0 ||
           chain->links[chain->count - 1].part != chain->part;
}

bool
chain_add(struct chain *chain, X509 *cert, const struct site *site,
          enum diagnose_role role)
{
    bool aside = chain->first_only && !begins_part(chain);

    if (chain->count == LINKS_MAX) {
        chain->cut = true;
        X509_free(cert);
        return false;
    }
    chain->links =
        xreallocarray(chain->links, chain->count + 1, sizeof(*chain->links));
    chain->links[chain->count++] = (struct link){
        .cert = cert,
        .site = *site,
        .role = role,
        .part = chain->part,
        .aside = aside,
        .issuer = NO_ISSUER,
    };
    return true;
}

void
chain_add_crl(struct chain *chain, X509_CRL *crl, const struct site *site)
{
    chain->crls =
        xreallocarray(chain->crls, chain->crl_count + 1, sizeof(*chain->crls));
    chain->crls[chain->crl_count++] = (struct crl){ crl, *site };
}

void
chain_clear(struct chain *chain)
{
    size_t i;

    for (i = 0; i < chain->crl_count; i++)
        X509_CRL_free(chain->crls[i].crl);
    free(chain->crls);
    for (i = 0; i < chain->count; i++)
        X509_free(chain->links[i].cert);
    free(chain->links);
    *chain = (struct chain){ 0 };
}

/*
 * Beside the path.
 */

static bool
same_file(const struct link *a, const struct link *b)
{
    return a->part == b->part;
}

static void
number_of(const struct link *link, char text[16])
{
    snprintf(text, 16, "%u", link->site.element);
}

/* Finds the first certificate that stands behind its issuer. */
static void
check_order(const struct path *path)
{
    const struct chain *chain = path->chain;
    size_t i;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];
        const struct link *issuer;
        char number[16];

        if (link->role == DIAGNOSE_TRUST || link->issuer == NO_ISSUER ||
            link->issuer > i ||
            (path->finder->diagnosis->holds && path->length > 0 && !link->used))
            continue;
        issuer = &chain->links[link->issuer];
        if (!same_file(link, issuer) || link->site.element == 0)
            continue;
        number_of(issuer, number);
        find_named(path->finder, HINT_CHAIN_ORDER, &link->site,
                   X509_get_subject_name(issuer->cert), number);
        return;
    }
}

static bool
is_copy(const struct path *path, size_t i)
{
    const struct chain *chain = path->chain;
    size_t j;

    for (j = 0; j < i; j++) {
        char number[16];

        if (!same_file(&chain->links[j], &chain->links[i]) ||
            X509_cmp(chain->links[j].cert, chain->links[i].cert) != 0)
            continue;
        number_of(&chain->links[j], number);
        find_hint(path->finder, HINT_CHAIN_DUPLICATE, &chain->links[i].site,
                  number, NULL);
        return true;
    }
    return false;
}

static void
check_serials(const struct path *path, size_t i)
{
    const struct chain *chain = path->chain;
    const struct link *link = &chain->links[i];
    size_t j;

    for (j = 0; j < i; j++) {
        const struct link *other = &chain->links[j];
        char number[16];

        if (X509_cmp(link->cert, other->cert) == 0 ||
            X509_issuer_and_serial_cmp(link->cert, other->cert) != 0)
            continue;
        number_of(other, number);
        find_hint(path->finder, HINT_SERIAL_DUPLICATE, &link->site,
                  same_file(link, other) ? number : other->site.file, NULL);
        return;
    }
}

/* Is a copy of it on the path?  Only of a CA's, or of a self-signed
   certificate, which is its own bundle. */
static bool
is_elsewhere(const struct chain *chain, const struct link *link)
{
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (chain->links[i].used && (link->root || link_is_ca(link)) &&
            X509_cmp(chain->links[i].cert, link->cert) == 0)
            return true;
    return false;
}

/* Finds certificates on other paths to a root, which peers may need that trust
   another one. */
static void
find_others(const struct path *path, bool others[LINKS_MAX])
{
    const struct chain *chain = path->chain;
    bool more = true;
    size_t i, j;

    while (more) {
        more = false;
        for (i = 0; i < chain->count; i++)
            for (j = 0; j < chain->count; j++)
                if ((chain->links[i].used || others[i]) && !others[j] &&
                    chain->points[i][j] > 0)
                    more = others[j] = true;
    }
}

static void
check_beside(const struct path *path)
{
    const struct chain *chain = path->chain;
    bool others[LINKS_MAX] = { false };
    size_t i;

    find_others(path, others);
    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];
        const X509_NAME *name = X509_get_subject_name(link->cert);

        check_serials(path, i);
        if (is_copy(path, i))
            continue;
        if (link->used || is_elsewhere(chain, link))
            continue;
        if (link->role == DIAGNOSE_BUNDLE && link_is_leaf(link) &&
            path->swapped)
            find_hint(path->finder, HINT_FILES_SWAPPED, &link->site,
                      chain->links[path->links[0]].site.file, NULL);
        else if (link->role == DIAGNOSE_BUNDLE && link_is_leaf(link))
            find_named(path->finder, HINT_LEAF_IN_BUNDLE, &link->site, name,
                       NULL);
        else if (link->role != DIAGNOSE_TRUST && path_reaches_root(path) &&
                 !path->misplaced && !others[i] &&
                 !(chain->asked && !link_is_leaf(chain->links)))
            find_named(path->finder, HINT_CHAIN_EXTRA, &link->site, name, NULL);
    }
}

/*
 * The certificate in question.
 */

/* Is it known to be presented by a service? */
static bool
is_presented(const struct link *link)
{
    return link->role == DIAGNOSE_CERT || link->role == DIAGNOSE_FULL_CHAIN;
}

/* The certificate in question; chain->count if there is none. */
static size_t
find_first(const struct chain *chain)
{
    enum diagnose_role role;
    size_t i;

    /* It should be the first of its file, but may not be. */
    for (i = 0; i < chain->count; i++) {
        role = chain->links[i].role;
        if (role != DIAGNOSE_BUNDLE && role != DIAGNOSE_TRUST &&
            link_is_leaf(&chain->links[i]) &&
            !(chain->asked && chain->links[i].aside))
            return i;
    }
    return is_presented(&chain->links[0]) || chain->asked ? 0 : chain->count;
}

/* A service should present neither a self-signed nor a CA's certificate. */
static void
check_first(const struct path *path, size_t first)
{
    const struct link *link = &path->chain->links[first];
    bool refused = path->chain->asked && link->role == DIAGNOSE_ANY &&
                   !path->finder->diagnosis->holds && !path->swapped;

    if (link->root && (is_presented(link) || !link_is_ca(link) || refused))
        find_hint(path->finder, HINT_LEAF_SELF_SIGNED, &link->site, NULL, NULL);
    else if (is_presented(link) && link_is_ca(link))
        find_named(path->finder, HINT_BUNDLE_AS_CERTIFICATE, &link->site,
                   X509_get_subject_name(link->cert), NULL);
}

/* Is it an expired certificate of a CA, beside a valid one of the same name and
   key? */
static bool
is_superseded(const struct path *path, const struct link *link)
{
    const struct chain *chain = path->chain;
    time_t now = path->finder->diagnosis->now, from, to;
    bool ended = cert_times(link->cert, &from, &to) && to <= now;
    bool found = false;
    size_t i;

    for (i = 0; ended && !found && i < chain->count; i++) {
        X509 *other = chain->links[i].cert;

        found =
            X509_NAME_cmp(X509_get_subject_name(other),
                          X509_get_subject_name(link->cert)) == 0 &&
            cert_times(other, &from, &to) && from <= now && now < to &&
            key_matches(X509_get0_pubkey(other), X509_get0_pubkey(link->cert));
    }
    return found && link_is_ca(link);
}

static void
check_each(const struct path *path, size_t first)
{
    const struct chain *chain = path->chain;
    size_t i;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];
        bool alone = i == first && link->root && is_presented(link);

        if (link->used || (path->length == 0 && !is_superseded(path, link)))
            diagnose_cert(path->finder, &link->site, link->cert,
                          link_is_leaf(link) || alone);
    }
}

/* Has a reason for a refusal been found?  A wrong order is none. */
static bool
has_fault(const struct hints *hints)
{
    size_t i;

    for (i = 0; i < hints->count; i++)
        if (hint_severity(hints->all[i].id) == SEVERITY_ERROR &&
            hints->all[i].id != HINT_CHAIN_ORDER)
            return true;
    return false;
}

void
diagnose_chain(const struct finder *finder, struct chain *chain)
{
    struct path path = { .finder = finder, .chain = chain };
    size_t first;

    if (chain->count == 0)
        return;
    chain_find_issuers(chain, finder->diagnosis);
    first = find_first(chain);
    if (first < chain->count) {
        path_walk(&path, first);
        path_check(&path);
        path_check_usages(&path);
        check_first(&path, first);
    } else {
        path_check_steps(&path);
    }
    check_order(&path);
    check_each(&path, first);
    check_beside(&path);
    if (!finder->diagnosis->holds && chain->whole && !chain->cut &&
        path_reaches_root(&path) && !has_fault(finder->hints))
        path_check_judge(&path);
    openssl_forget();
}

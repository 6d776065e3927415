/*
 * The way from a certificate to its root, step by step, and what lies beside
 * it.  Each step asks what X509_verify_cert() asks (RFC 5280 section 6), one
 * question after the other, so that the answer has a name and a place.
 */
#include "pki/diagnose_chain.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/error.h"
#include "pki/xalloc.h"

/* One look at a chain. */
struct look {
    const struct finder *finder;
    struct chain *chain;
    size_t path[LINKS_MAX]; /* from the certificate upwards */
    size_t length;
    bool misplaced;      /* some of it does not count where it stands */
    unsigned signatures; /* that were looked at, of SIGNATURES_MAX */
    /* How well the second fits as the issuer of the first; see score(). */
    unsigned char points[LINKS_MAX][LINKS_MAX];
};

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

static void
find_named(const struct look *look, enum hint_id id, const struct link *link,
           const X509_NAME *name, const char *two)
{
    char text[HINT_NAME_SIZE];

    name_describe(name, text, sizeof(text));
    find_hint(look->finder, id, &link->site, text, two);
}

/*
 * Marked as one, whether it may sign or not: that is told by itself.  A root of
 * version 1 has no marks.
 */
static bool
is_ca(const struct link *link)
{
    BASIC_CONSTRAINTS *basic =
        X509_get_ext_d2i(link->cert, NID_basic_constraints, NULL, NULL);
    bool ca = basic != NULL ? basic->ca != 0
                            : X509_get_version(link->cert) == X509_VERSION_1 &&
                                  link->root;

    BASIC_CONSTRAINTS_free(basic);
    openssl_forget();
    return ca;
}

static bool
is_leaf(const struct link *link)
{
    return !is_ca(link) && !link->issues;
}

static bool
same_file(const struct link *a, const struct link *b)
{
    return a->part == b->part;
}

/* Does the subject of one stand as the issuer of the other? */
static bool
names_issuer(const struct link *issuer, const struct link *link)
{
    return issuer != link &&
           X509_NAME_cmp(X509_get_subject_name(issuer->cert),
                         X509_get_issuer_name(link->cert)) == 0 &&
           X509_cmp(issuer->cert, link->cert) != 0;
}

static bool
has_signed(struct look *look, const struct link *issuer,
           const struct link *link)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer->cert);
    bool good = key != NULL && X509_verify(link->cert, key) == 1;

    look->signatures++;
    openssl_forget();
    return good;
}

/* How well one fits as the issuer of another. */
enum {
    NAMED = 1, /* more is not known */
    VALID_NOW = 1,
    MARKED_CA = 2,
    FITS = 4, /* as X509_check_issued() says */
    SIGNED = 8,
    COUNTS = 16,
    PERFECT = VALID_NOW | MARKED_CA | FITS | SIGNED | COUNTS,
};

/* 0 unless it has signed. */
static unsigned
score(struct look *look, const struct link *issuer, const struct link *link)
{
    time_t now = look->finder->diagnosis->now;
    unsigned points = SIGNED;

    if (!has_signed(look, issuer, link))
        return 0;
    if (!issuer->aside)
        points |= COUNTS;
    if (X509_check_issued(issuer->cert, link->cert) == X509_V_OK)
        points |= FITS;
    if (is_ca(issuer))
        points |= MARKED_CA;
    if (X509_cmp_time(X509_get0_notBefore(issuer->cert), &now) <= 0 &&
        X509_cmp_time(X509_get0_notAfter(issuer->cert), &now) >= 0)
        points |= VALID_NOW;
    return points;
}

static bool
is_root(struct look *look, const struct link *link)
{
    return X509_NAME_cmp(X509_get_subject_name(link->cert),
                         X509_get_issuer_name(link->cert)) == 0 &&
           has_signed(look, link, link);
}

/*
 * Who may have issued one of them.  Where the judge was content and the name is
 * that of one only, the name tells; two of a name, after a CA's key has changed
 * or a cross-certificate, only their keys tell apart.  No honest file has so
 * many of a name that the signatures do not suffice.
 */
static void
rate_issuers(struct look *look, size_t at)
{
    const struct chain *chain = look->chain;
    const struct link *link = &chain->links[at];
    size_t named = 0, last = 0, j;

    for (j = 0; j < chain->count && !link->root; j++)
        if (names_issuer(&chain->links[j], link)) {
            look->points[at][j] = NAMED;
            last = j;
            named++;
        }
    if (named == 1 && look->finder->diagnosis->holds) {
        look->points[at][last] = PERFECT;
        return;
    }
    for (j = 0; j < chain->count && look->signatures < SIGNATURES_MAX; j++)
        if (look->points[at][j] > 0)
            look->points[at][j] = score(look, &chain->links[j], link);
}

/*
 * Roots first, and then each below what has been reached, the best ways first:
 * a way is as good as its worst step.  turn tells who came when, 0 for what
 * leads to no root.
 */
static void
settle(struct look *look, size_t turn[LINKS_MAX], unsigned best[LINKS_MAX])
{
    const struct chain *chain = look->chain;
    size_t turns = 0, next = 0, i, j;
    unsigned most;

    for (i = 0; i < chain->count; i++)
        if (chain->links[i].root) {
            turn[i] = ++turns;
            best[i] = PERFECT;
        }
    do {
        most = 0;
        for (i = 0; i < chain->count; i++)
            for (j = 0; j < chain->count && turn[i] == 0; j++) {
                unsigned step = look->points[i][j];

                step = step < best[j] ? step : best[j];
                if (step >= most && step > 0) {
                    most = step;
                    next = i;
                }
            }
        if (most > 0) {
            turn[next] = ++turns;
            best[next] = most;
        }
    } while (most > 0);
}

static void
choose_issuer(struct look *look, size_t i, const size_t turn[LINKS_MAX],
              const unsigned best[LINKS_MAX])
{
    const struct chain *chain = look->chain;
    struct link *link = &chain->links[i];
    unsigned most = 0;
    size_t j;

    for (j = 0; j < chain->count; j++) {
        unsigned points = look->points[i][j];

        if (points == 0 || (turn[i] > 0 && (turn[j] == 0 || turn[j] > turn[i] ||
                                            best[j] < best[i])))
            continue;
        /* Of two that are as good, the first after it. */
        if (points > most || (points == most && link->issuer < i && j > i)) {
            most = points;
            link->issuer = j;
        }
    }
    if (link->issuer != NO_ISSUER)
        chain->links[link->issuer].issues = true;
}

/* Of several issuers the one is meant that leads to a root, with the fewest
   faults. */
static void
find_issuers(struct look *look)
{
    size_t turn[LINKS_MAX] = { 0 }, i;
    unsigned best[LINKS_MAX] = { 0 };

    /* First: of version 1 only roots are CAs. */
    for (i = 0; i < look->chain->count; i++)
        look->chain->links[i].root = is_root(look, &look->chain->links[i]);
    for (i = 0; i < look->chain->count; i++)
        rate_issuers(look, i);
    settle(look, turn, best);
    for (i = 0; i < look->chain->count; i++)
        choose_issuer(look, i, turn, best);
    openssl_forget();
}

/*
 * One step up.
 */

static bool
has_key_id(const X509 *cert)
{
    return X509_get_ext_by_NID(cert, NID_authority_key_identifier, -1) >= 0;
}

/* One of that name is there, but its key has not signed. */
static void
explain_signature(const struct look *look, const struct link *link,
                  const struct link *issuer)
{
    const X509_NAME *name = X509_get_subject_name(issuer->cert);
    bool linked =
        has_key_id(link->cert) && X509_check_issued(issuer->cert, link->cert) !=
                                      X509_V_ERR_AKID_SKID_MISMATCH;

    find_named(look, linked ? HINT_SIGNATURE_BAD : HINT_ISSUER_OTHER_KEY,
               linked ? link : issuer, name, NULL);
    openssl_forget();
}

static bool
has_roots(const struct chain *chain)
{
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (chain->links[i].root)
            return true;
    return false;
}

/* A certificate is in the place of its issuer's. */
static void
find_leaf_as_ca(const struct look *look, const struct link *wants)
{
    const struct chain *chain = look->chain;
    const struct link *found = NULL;
    size_t i;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];

        if (link->role != DIAGNOSE_TRUST)
            continue;
        if (!is_leaf(link) || link->root)
            return;
        found = found != NULL ? found : link;
    }
    if (found != NULL)
        find_named(look, HINT_LEAF_AS_CA, found,
                   X509_get_issuer_name(wants->cert), NULL);
}

/* Nobody of that name is here, or nobody whose key has signed. */
static void
explain_missing(const struct look *look, const struct link *link)
{
    const struct chain *chain = look->chain;
    bool first = look->length == 1;
    size_t i;

    if (chain->cut)
        return;
    for (i = 0; i < chain->count; i++)
        if (names_issuer(&chain->links[i], link)) {
            explain_signature(look, link, &chain->links[i]);
            return;
        }
    if (!chain->whole || look->length == 0)
        return;
    find_leaf_as_ca(look, link);
    /* Above a CA, with no root in sight, the root is what is missing. */
    find_named(look,
               first || has_roots(chain) ? HINT_CHAIN_NO_INTERMEDIATE
                                         : HINT_CHAIN_NO_ROOT,
               link, X509_get_issuer_name(link->cert),
               chain->place[0] != '\0' ? chain->place : link->site.file);
}

static void
check_issuer(const struct look *look, const struct link *link,
             const struct link *issuer)
{
    const X509_NAME *name = X509_get_subject_name(issuer->cert);

    switch (X509_check_issued(issuer->cert, link->cert)) {
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
        find_named(look, HINT_KEY_ID_MISMATCH, link, name, NULL);
        break;
    default:
        break;
    }
    if ((X509_get_key_usage(issuer->cert) & KU_KEY_CERT_SIGN) == 0)
        find_named(look, HINT_ISSUER_KEY_USAGE, issuer, name, NULL);
    else if (!is_ca(issuer))
        find_named(look, HINT_ISSUER_NOT_CA, issuer, name, NULL);
    openssl_forget();
}

/* RFC 5280 section 4.2.1.9: intermediates between it and the first. */
static void
check_path_length(const struct look *look)
{
    const struct chain *chain = look->chain;
    long below = 0;
    size_t i;

    for (i = 1; i < look->length; i++) {
        const struct link *link = &chain->links[look->path[i]];
        long allowed = X509_get_pathlen(link->cert);
        char text[24];

        if (allowed >= 0 && below > allowed) {
            snprintf(text, sizeof(text), "%ld", allowed);
            find_named(look, HINT_PATH_LENGTH, link,
                       X509_get_subject_name(link->cert), text);
        }
        below += !cert_self_issued(link->cert);
    }
}

/* RFC 5280 section 4.2.1.10. */
static void
check_constraints(const struct look *look)
{
    const struct chain *chain = look->chain;
    size_t i, j;

    for (i = 1; i < look->length; i++) {
        const struct link *link = &chain->links[look->path[i]];
        NAME_CONSTRAINTS *constraints =
            X509_get_ext_d2i(link->cert, NID_name_constraints, NULL, NULL);

        for (j = 0; constraints != NULL && j < i; j++) {
            const struct link *below = &chain->links[look->path[j]];

            if (j > 0 && cert_self_issued(below->cert))
                continue;
            if (NAME_CONSTRAINTS_check(below->cert, constraints) != X509_V_OK ||
                (j == 0 && NAME_CONSTRAINTS_check_CN(below->cert,
                                                     constraints) != X509_V_OK))
                find_named(look, HINT_NAME_CONSTRAINTS, below,
                           X509_get_subject_name(link->cert), NULL);
        }
        NAME_CONSTRAINTS_free(constraints);
        openssl_forget();
    }
}

/* RFC 5280 section 4.2: who does not know a critical one must refuse. */
static void
check_extensions(const struct look *look, const struct link *link)
{
    int i, n = X509_get_ext_count(link->cert);

    for (i = 0; i < n; i++) {
        X509_EXTENSION *extension = X509_get_ext(link->cert, i);
        char text[80];

        if (!X509_EXTENSION_get_critical(extension) ||
            X509_supported_extension(extension))
            continue;
        OBJ_obj2txt(text, sizeof(text), X509_EXTENSION_get_object(extension),
                    0);
        find_hint(look->finder, HINT_EXTENSION_UNKNOWN, &link->site, text,
                  NULL);
    }
}

/* One that speaks of some certificates only, or changes another (RFC 5280
   sections 5.2.4 and 5.2.5): what it says is left to the judge. */
static bool
is_special(const X509_CRL *crl)
{
    return X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) >=
               0 ||
           X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0;
}

static void
find_revoked(const struct look *look, const struct link *link,
             const struct link *issuer, X509_CRL *crl)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer->cert);
    X509_REVOKED *entry;
    char day[16];
    struct tm tm;

    if (key == NULL || X509_CRL_verify(crl, key) != 1 ||
        X509_CRL_get0_by_cert(crl, &entry, link->cert) != 1 ||
        ASN1_TIME_to_tm(X509_REVOKED_get0_revocationDate(entry), &tm) != 1)
        return;
    strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    find_hint(look->finder, HINT_REVOKED, &link->site, day, NULL);
}

/* A CRL that is not of now counts for nobody (section 6.3.3). */
static void
check_crl_times(const struct look *look, const struct crl *crl)
{
    const X509_NAME *issuer = X509_CRL_get_issuer(crl->crl);
    const ASN1_TIME *from = X509_CRL_get0_lastUpdate(crl->crl);
    const ASN1_TIME *to = X509_CRL_get0_nextUpdate(crl->crl);
    time_t now = look->finder->diagnosis->now;
    bool early = X509_cmp_time(from, &now) > 0;
    char text[HINT_NAME_SIZE], day[16];
    struct tm tm;

    if (!early && (to == NULL || X509_cmp_time(to, &now) >= 0))
        return;
    name_describe(issuer, text, sizeof(text));
    /* It can be read: it was compared. */
    ASN1_TIME_to_tm(early ? from : to, &tm);
    strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    find_hint(look->finder, early ? HINT_CRL_NOT_YET_VALID : HINT_CRL_EXPIRED,
              &crl->site, text, day);
}

/* Where there is a CRL, the judge wants one for each certificate. */
static void
check_revocation(const struct look *look, const struct link *link,
                 const struct link *issuer)
{
    const X509_NAME *name = X509_get_issuer_name(link->cert);
    const struct chain *chain = look->chain;
    const struct crl *found = NULL;
    bool special = false;
    size_t of_issuer = 0, i;

    for (i = 0; i < chain->crl_count; i++) {
        const struct crl *crl = &chain->crls[i];

        special = special || is_special(crl->crl);
        if (X509_NAME_cmp(X509_CRL_get_issuer(crl->crl), name) != 0)
            continue;
        found = crl;
        of_issuer++;
    }
    if (special || chain->crl_count == 0)
        return;
    if (of_issuer == 0)
        find_named(look, HINT_CRL_MISSING, link, name, NULL);
    if (of_issuer != 1)
        return;
    check_crl_times(look, found);
    find_revoked(look, link, issuer, found->crl);
}

/* From the certificate up to a root, or as far as it goes. */
static void
walk(struct look *look, size_t first)
{
    struct chain *chain = look->chain;
    size_t at = first;

    for (;;) {
        struct link *link = &chain->links[at];

        if (link->used) /* round and round */
            return;
        link->used = true;
        look->path[look->length++] = at;
        if (link->root || link->issuer == NO_ISSUER)
            return;
        at = link->issuer;
    }
}

/* A CA's certificate, and none in the files that should vouch for it: they do
   not want to be joined, but to change places. */
static bool
is_swapped(const struct look *look)
{
    const struct chain *chain = look->chain;
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (chain->links[i].part != chain->links[look->path[0]].part &&
            is_ca(&chain->links[i]))
            return false;
    return is_ca(&chain->links[look->path[0]]);
}

/* Issuers that are there, but where nobody looks for them. */
static bool
find_misplaced(const struct look *look)
{
    const struct chain *chain = look->chain;
    bool found = false;
    size_t i;

    for (i = 1; i < look->length; i++) {
        const struct link *link = &chain->links[look->path[i]];

        if (!link->aside)
            continue;
        find_named(look, HINT_CHAIN_MISPLACED, link,
                   X509_get_subject_name(link->cert), chain->place);
        found = true;
    }
    return found;
}

static bool
reaches_root(const struct look *look)
{
    return look->length > 0 &&
           look->chain->links[look->path[look->length - 1]].root;
}

/* What the judge refuses; when he has not, there is none of it. */
static void
check_path(struct look *look)
{
    const struct chain *chain = look->chain;
    const struct link *top;
    size_t i;

    if (look->finder->diagnosis->holds)
        return;
    for (i = 0; i < look->length; i++)
        check_extensions(look, &chain->links[look->path[i]]);
    for (i = 0; i + 1 < look->length; i++) {
        const struct link *link = &chain->links[look->path[i]];
        const struct link *issuer = &chain->links[look->path[i + 1]];

        check_issuer(look, link, issuer);
        check_revocation(look, link, issuer);
    }
    top = &chain->links[look->path[look->length - 1]];
    if (!top->root && top->issuer == NO_ISSUER)
        explain_missing(look, top);
    look->misplaced = !is_swapped(look) && find_misplaced(look);
    check_path_length(look);
    check_constraints(look);
}

/*
 * Beside the way.
 */

static void
number_of(const struct link *link, char text[16])
{
    snprintf(text, 16, "%u", link->site.element);
}

/* The first that stands behind its issuer. */
static void
check_order(const struct look *look)
{
    const struct chain *chain = look->chain;
    size_t i;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];
        const struct link *issuer;
        char number[16];

        if (link->role == DIAGNOSE_TRUST || link->issuer == NO_ISSUER ||
            link->issuer > i)
            continue;
        issuer = &chain->links[link->issuer];
        if (!same_file(link, issuer) || link->site.element == 0)
            continue;
        number_of(issuer, number);
        find_named(look, HINT_CHAIN_ORDER, link,
                   X509_get_subject_name(issuer->cert), number);
        return;
    }
}

static bool
is_copy(const struct look *look, size_t i)
{
    const struct chain *chain = look->chain;
    size_t j;

    for (j = 0; j < i; j++) {
        char number[16];

        if (!same_file(&chain->links[j], &chain->links[i]) ||
            X509_cmp(chain->links[j].cert, chain->links[i].cert) != 0)
            continue;
        number_of(&chain->links[j], number);
        find_hint(look->finder, HINT_CHAIN_DUPLICATE, &chain->links[i].site,
                  number, NULL);
        return true;
    }
    return false;
}

static void
check_serials(const struct look *look, size_t i)
{
    const struct chain *chain = look->chain;
    const struct link *link = &chain->links[i];
    size_t j;

    for (j = 0; j < i; j++) {
        const struct link *other = &chain->links[j];
        char number[16];

        if (X509_cmp(link->cert, other->cert) == 0 ||
            X509_issuer_and_serial_cmp(link->cert, other->cert) != 0)
            continue;
        number_of(other, number);
        find_hint(look->finder, HINT_SERIAL_DUPLICATE, &link->site,
                  same_file(link, other) ? number : other->site.file, NULL);
        return;
    }
}

/* On the way by another file of the same certificates. */
static bool
is_elsewhere(const struct chain *chain, const struct link *link)
{
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (chain->links[i].used && is_ca(link) &&
            X509_cmp(chain->links[i].cert, link->cert) == 0)
            return true;
    return false;
}

/*
 * Is it on another way up, under the name of an issuer and with its key?  Peers
 * that trust another root may need it.
 */
static void
find_others(const struct look *look, bool others[LINKS_MAX])
{
    const struct chain *chain = look->chain;
    bool more = true;
    size_t i, j;

    while (more) {
        more = false;
        for (i = 0; i < chain->count; i++)
            for (j = 0; j < chain->count; j++)
                if ((chain->links[i].used || others[i]) && !others[j] &&
                    look->points[i][j] > 0)
                    more = others[j] = true;
    }
}

static void
check_beside(const struct look *look)
{
    const struct chain *chain = look->chain;
    bool others[LINKS_MAX] = { false };
    size_t i;

    find_others(look, others);
    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];
        const X509_NAME *name = X509_get_subject_name(link->cert);

        check_serials(look, i);
        if (is_copy(look, i))
            continue;
        if (link->used || is_elsewhere(chain, link))
            continue;
        if (link->role == DIAGNOSE_BUNDLE && is_leaf(link))
            find_named(look, HINT_LEAF_IN_BUNDLE, link, name, NULL);
        else if (link->role != DIAGNOSE_TRUST && reaches_root(look) &&
                 !look->misplaced && !others[i] &&
                 !(chain->asked && !is_leaf(chain->links)))
            find_named(look, HINT_CHAIN_EXTRA, link, name, NULL);
    }
}

/* Has somebody said that this is what is presented? */
static bool
is_presented(const struct link *link)
{
    return link->role == DIAGNOSE_CERT || link->role == DIAGNOSE_FULL_CHAIN;
}

/* The certificate that all is about; count when there is none. */
static size_t
find_first(const struct chain *chain)
{
    enum diagnose_role role;
    size_t i;

    /* It should stand first in its file, but may not. */
    for (i = 0; i < chain->count; i++) {
        role = chain->links[i].role;
        if (role != DIAGNOSE_BUNDLE && role != DIAGNOSE_TRUST &&
            is_leaf(&chain->links[i]))
            return i;
    }
    return is_presented(&chain->links[0]) || chain->asked ? 0 : chain->count;
}

/* What is presented is to be a certificate of its own. */
static void
check_first(const struct look *look, size_t first)
{
    const struct link *link = &look->chain->links[first];

    if (link->root && (is_presented(link) || !is_ca(link)))
        find_hint(look->finder, HINT_LEAF_SELF_SIGNED, &link->site, NULL, NULL);
    else if (is_presented(link) && is_ca(link))
        find_named(look, HINT_BUNDLE_AS_CERTIFICATE, link,
                   X509_get_subject_name(link->cert), NULL);
}

static void
check_each(const struct look *look, size_t first)
{
    const struct chain *chain = look->chain;
    size_t i;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];
        bool alone = i == first && link->root && is_presented(link);

        if (link->used || look->length == 0)
            diagnose_cert(look->finder, &link->site, link->cert,
                          is_leaf(link) || alone);
    }
}

/* Of CA certificates alone, each that has an issuer here is looked at. */
static void
check_all_links(const struct look *look)
{
    const struct chain *chain = look->chain;
    size_t i;

    for (i = 0; i < chain->count && !look->finder->diagnosis->holds; i++) {
        const struct link *link = &chain->links[i];

        if (link->issuer != NO_ISSUER)
            check_issuer(look, link, &chain->links[link->issuer]);
        else if (!link->root)
            explain_missing(look, link);
    }
}

void
diagnose_chain(const struct finder *finder, struct chain *chain)
{
    struct look look = { .finder = finder, .chain = chain };
    size_t first;

    if (chain->count == 0)
        return;
    find_issuers(&look);
    first = find_first(chain);
    if (first < chain->count) {
        walk(&look, first);
        check_path(&look);
        check_first(&look, first);
    } else {
        check_all_links(&look);
    }
    check_order(&look);
    check_each(&look, first);
    check_beside(&look);
    openssl_forget();
}

/*
 * The choice of issuers.  Names alone do not tell: a CA that has changed its
 * key has two certificates of one name, and a cross-certificate leads
 * elsewhere.  So each that has the name gets points for what speaks for it, and
 * each certificate the issuer on the best way to a root.
 */
#include "pki/diagnose_issuer.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "pki/cert.h"
#include "pki/error.h"

struct rating {
    struct chain *chain;
    const struct diagnosis *diagnosis;
    unsigned signatures; /* that were looked at, of SIGNATURES_MAX */
};

bool
link_is_ca(const struct link *link)
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

bool
link_is_leaf(const struct link *link)
{
    return !link_is_ca(link) && !link->issues;
}

bool
link_names(const struct link *issuer, const struct link *link)
{
    return issuer != link &&
           X509_NAME_cmp(X509_get_subject_name(issuer->cert),
                         X509_get_issuer_name(link->cert)) == 0 &&
           X509_cmp(issuer->cert, link->cert) != 0;
}

static bool
has_signed(struct rating *rating, const struct link *issuer,
           const struct link *link)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer->cert);
    bool good = key != NULL && X509_verify(link->cert, key) == 1;

    rating->signatures++;
    openssl_forget();
    return good;
}

/* How well one fits as the issuer of another. */
enum {
    NAMED = 1, /* more is not known */
    MARKED_CA = 1,
    VALID_NOW = 2, /* the judge prefers these, whatever they are marked as */
    FITS = 4,      /* as X509_check_issued() says */
    SIGNED = 8,
    COUNTS = 16,
    PERFECT = VALID_NOW | MARKED_CA | FITS | SIGNED | COUNTS,
};

static bool
is_valid(const struct rating *rating, const struct link *issuer)
{
    time_t now = rating->diagnosis->now, from, to;

    return cert_times(issuer->cert, &from, &to) && from <= now && now < to;
}

/* 0 unless it has signed. */
static unsigned
score(struct rating *rating, const struct link *issuer, const struct link *link)
{
    unsigned points = SIGNED;

    if (!has_signed(rating, issuer, link))
        return 0;
    if (!issuer->aside)
        points |= COUNTS;
    if (X509_check_issued(issuer->cert, link->cert) == X509_V_OK)
        points |= FITS;
    if (link_is_ca(issuer))
        points |= MARKED_CA;
    if (is_valid(rating, issuer))
        points |= VALID_NOW;
    return points;
}

/* One that names another key than its own for its issuer's is none to the
   judge, who does not look at the signature of one that is trusted. */
static bool
is_root(struct rating *rating, const struct link *link)
{
    return X509_self_signed(link->cert, 0) == 1 &&
           (link->role == DIAGNOSE_TRUST || has_signed(rating, link, link));
}

/*
 * Who may have issued one of them.  Where the judge was content and the name is
 * that of one only, the name tells; two of a name, after a CA's key has changed
 * or a cross-certificate, only their keys tell apart.  No honest file has so
 * many of a name that the signatures do not suffice.
 */
static void
rate_issuers(struct rating *rating, size_t at)
{
    struct chain *chain = rating->chain;
    const struct link *link = &chain->links[at];
    size_t named = 0, last = 0, j;

    for (j = 0; j < chain->count && !link->root; j++)
        if (link_names(&chain->links[j], link)) {
            chain->points[at][j] = NAMED;
            last = j;
            named++;
        }
    if (named == 1 && rating->diagnosis->holds &&
        !cert_self_issued(link->cert) &&
        X509_check_issued(chain->links[last].cert, link->cert) == X509_V_OK) {
        chain->points[at][last] = is_valid(rating, &chain->links[last])
                                      ? PERFECT
                                      : PERFECT & ~(unsigned)VALID_NOW;
        return;
    }
    for (j = 0; j < chain->count && rating->signatures < SIGNATURES_MAX; j++)
        if (chain->points[at][j] > 0)
            chain->points[at][j] = score(rating, &chain->links[j], link);
}

/*
 * Roots first, and then each below what has been reached, the best ways first:
 * a way is as good as its worst step.  turn tells who came when, 0 for what
 * leads to no root.
 */
static void
settle(const struct chain *chain, size_t turn[LINKS_MAX],
       unsigned best[LINKS_MAX])
{
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
                unsigned step = chain->points[i][j];

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
choose_issuer(struct chain *chain, size_t i, const size_t turn[LINKS_MAX],
              const unsigned best[LINKS_MAX])
{
    struct link *link = &chain->links[i];
    unsigned most = 0;
    size_t j;

    for (j = 0; j < chain->count; j++) {
        unsigned points = chain->points[i][j];

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

void
chain_find_issuers(struct chain *chain, const struct diagnosis *diagnosis)
{
    struct rating rating = { chain, diagnosis, 0 };
    size_t turn[LINKS_MAX] = { 0 }, i;
    unsigned best[LINKS_MAX] = { 0 };

    /* First: of version 1 only roots are CAs. */
    for (i = 0; i < chain->count; i++)
        chain->links[i].root = is_root(&rating, &chain->links[i]);
    for (i = 0; i < chain->count; i++)
        rate_issuers(&rating, i);
    settle(chain, turn, best);
    for (i = 0; i < chain->count; i++)
        choose_issuer(chain, i, turn, best);
    openssl_forget();
}

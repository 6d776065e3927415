/*
 * Names alone do not tell which certificate is the issuer: a CA that has
 * changed its key has two of the same name, and a cross-certificate leads to
 * another root.  So each certificate with the issuer's name gets points, and
 * the one on the best path to a root is chosen.
 */
#include "pki/diagnose_issuer.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "pki/cert.h"
#include "pki/error.h"

struct rating {
    struct chain *chain;
    const struct diagnosis *diagnosis;
    unsigned signatures; /* verified so far, of SIGNATURES_MAX */
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

/* Points: how well a certificate fits as the issuer of another. */
enum {
    NAMED = 1, /* it has the name; no more is known */
    MARKED_CA = 1,
    VALID_NOW = 2, /* the judge prefers these, CA or not */
    FITS = 4,      /* according to X509_check_issued() */
    SIGNED = 8,
    COUNTS = 16, /* the judge sees it */
    PERFECT = VALID_NOW | MARKED_CA | FITS | SIGNED | COUNTS,
};

static bool
is_valid(const struct rating *rating, const struct link *issuer)
{
    time_t now = rating->diagnosis->now, from, to;

    return cert_times(issuer->cert, &from, &to) && from <= now && now < to;
}

/* 0 unless its key has signed the certificate. */
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

/* To the judge, a certificate is not self-signed if its authorityKeyIdentifier
   is another key's.  Of a trusted one it does not verify the signature. */
static bool
is_root(struct rating *rating, const struct link *link)
{
    return X509_self_signed(link->cert, 0) == 1 &&
           (link->role == DIAGNOSE_TRUST || has_signed(rating, link, link));
}

/*
 * Rates all possible issuers of one certificate.  If the judge has accepted the
 * chain and only one has the name, that is the issuer.  Several of a name can
 * only be told apart by their keys; no honest file has so many that
 * SIGNATURES_MAX does not suffice.
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
 * Finds the best paths to roots: begins with the roots, and goes on with what
 * is best reached from there.  A path is as good as its worst step (best). turn
 * counts in which order links were reached; 0: there is no path.
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
        /* Of two that are as good, the first that stands behind it. */
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

    /* Roots first, because link_is_ca() asks for them. */
    for (i = 0; i < chain->count; i++)
        chain->links[i].root = is_root(&rating, &chain->links[i]);
    for (i = 0; i < chain->count; i++)
        rate_issuers(&rating, i);
    settle(chain, turn, best);
    for (i = 0; i < chain->count; i++)
        choose_issuer(chain, i, turn, best);
    openssl_forget();
}

/*
 * Revocation lists (RFC 5280 section 5), one by one: which is meant, whether it
 * counts, and whether the certificate is on it.
 */
#include "pki/diagnose_crl.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

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
find_revoked(const struct finder *finder, const struct link *link,
             const struct link *issuer, X509_CRL *crl)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer->cert);
    X509_REVOKED *entry;
    char day[HINT_DAY_SIZE];

    if (key == NULL || X509_CRL_verify(crl, key) != 1 ||
        X509_CRL_get0_by_cert(crl, &entry, link->cert) != 1)
        return;
    time_describe(X509_REVOKED_get0_revocationDate(entry), day, sizeof(day));
    if (day[0] != '\0')
        find_hint(finder, HINT_REVOKED, &link->site, day, NULL);
}

/* When it was to be replaced, or will be valid; NULL: it is of now, and only
   then it counts (section 6.3.3). */
static const ASN1_TIME *
crl_limit(const struct finder *finder, const X509_CRL *crl)
{
    const ASN1_TIME *from = X509_CRL_get0_lastUpdate(crl);
    const ASN1_TIME *to = X509_CRL_get0_nextUpdate(crl);
    time_t now = finder->diagnosis->now;

    if (X509_cmp_time(from, &now) > 0)
        return from;
    return to != NULL && X509_cmp_time(to, &now) < 0 ? to : NULL;
}

static void
find_crl_limit(const struct finder *finder, const struct crl *crl)
{
    const ASN1_TIME *limit = crl_limit(finder, crl->crl);
    bool early = limit == X509_CRL_get0_lastUpdate(crl->crl);
    char day[HINT_DAY_SIZE];

    time_describe(limit, day, sizeof(day));
    find_named(finder, early ? HINT_CRL_NOT_YET_VALID : HINT_CRL_EXPIRED,
               &crl->site, X509_CRL_get_issuer(crl->crl), day);
}

static bool
is_newer(const X509_CRL *crl, const X509_CRL *other)
{
    return ASN1_TIME_compare(X509_CRL_get0_lastUpdate(crl),
                             X509_CRL_get0_lastUpdate(other)) > 0;
}

void
diagnose_revocation(const struct finder *finder, const struct chain *chain,
                    const struct link *link, const struct link *issuer)
{
    const X509_NAME *name = X509_get_issuer_name(link->cert);
    const struct crl *found = NULL; /* the newest, of now where one is */
    bool special = false, current = false, of_now;
    size_t of_issuer = 0, i;

    for (i = 0; i < chain->crl_count; i++) {
        const struct crl *crl = &chain->crls[i];

        special = special || is_special(crl->crl);
        if (X509_NAME_cmp(X509_CRL_get_issuer(crl->crl), name) != 0)
            continue;
        of_issuer++;
        of_now = crl_limit(finder, crl->crl) == NULL;
        if (found == NULL || (of_now && !current) ||
            (of_now == current && is_newer(crl->crl, found->crl)))
            found = crl;
        current = current || of_now;
    }
    if (special || chain->crl_count == 0)
        return;
    if (found == NULL)
        find_named(finder, HINT_CRL_MISSING, &link->site, name, NULL);
    else if (!current)
        find_crl_limit(finder, found);
    /* Of several of now the newest counts, of others the judge knows which. */
    if (of_issuer == 1 || (found != NULL && current))
        find_revoked(finder, link, issuer, found->crl);
}

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
    char day[16];
    struct tm tm;

    if (key == NULL || X509_CRL_verify(crl, key) != 1 ||
        X509_CRL_get0_by_cert(crl, &entry, link->cert) != 1 ||
        ASN1_TIME_to_tm(X509_REVOKED_get0_revocationDate(entry), &tm) != 1)
        return;
    strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    find_hint(finder, HINT_REVOKED, &link->site, day, NULL);
}

/* A CRL that is not of now counts for nobody (section 6.3.3). */
static void
check_crl_times(const struct finder *finder, const struct crl *crl)
{
    const X509_NAME *issuer = X509_CRL_get_issuer(crl->crl);
    const ASN1_TIME *from = X509_CRL_get0_lastUpdate(crl->crl);
    const ASN1_TIME *to = X509_CRL_get0_nextUpdate(crl->crl);
    time_t now = finder->diagnosis->now;
    bool early = X509_cmp_time(from, &now) > 0;
    char day[16];
    struct tm tm;

    if (!early && (to == NULL || X509_cmp_time(to, &now) >= 0))
        return;
    /* It can be read: it was compared. */
    ASN1_TIME_to_tm(early ? from : to, &tm);
    strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    find_named(finder, early ? HINT_CRL_NOT_YET_VALID : HINT_CRL_EXPIRED,
               &crl->site, issuer, day);
}

void
diagnose_revocation(const struct finder *finder, const struct chain *chain,
                    const struct link *link, const struct link *issuer)
{
    const X509_NAME *name = X509_get_issuer_name(link->cert);
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
        find_named(finder, HINT_CRL_MISSING, &link->site, name, NULL);
    if (of_issuer != 1)
        return;
    check_crl_times(finder, found);
    find_revoked(finder, link, issuer, found->crl);
}

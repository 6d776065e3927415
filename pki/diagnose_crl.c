/*
 * CRLs (RFC 5280 section 5): which one applies, whether it is valid, and
 * whether the certificate is on it.
 */
#include "pki/diagnose_crl.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

/* It covers certificates only in part, or is a delta CRL (RFC 5280 sections
   5.2.5 and 5.2.4). */
static bool
is_special(const X509_CRL *crl)
{
    return X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) >=
               0 ||
           X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0;
}

/* Has another key of that name signed it, by its authorityKeyIdentifier? */
static bool
names_other_key(const X509_CRL *crl, const struct link *issuer)
{
    AUTHORITY_KEYID *id =
        X509_CRL_get_ext_d2i(crl, NID_authority_key_identifier, NULL, NULL);
    bool other;

    X509_check_purpose(issuer->cert, -1, 0); /* has OpenSSL read its own id */
    other = id != NULL && X509_check_akid(issuer->cert, id) != X509_V_OK;
    AUTHORITY_KEYID_free(id);
    return other;
}

/* Is there another certificate of that name, perhaps that of the other key? */
static bool
has_namesake(const struct chain *chain, const struct link *issuer)
{
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (X509_NAME_cmp(X509_get_subject_name(chain->links[i].cert),
                          X509_get_subject_name(issuer->cert)) == 0 &&
            X509_cmp(chain->links[i].cert, issuer->cert) != 0)
            return true;
    return false;
}

static void
find_revoked(const struct finder *finder, const struct link *link,
             X509_CRL *crl)
{
    X509_REVOKED *entry;
    char day[HINT_DAY_SIZE];

    if (X509_CRL_get0_by_cert(crl, &entry, link->cert) != 1)
        return;
    time_describe(X509_REVOKED_get0_revocationDate(entry), day, sizeof(day));
    if (day[0] != '\0')
        find_hint(finder, HINT_REVOKED, &link->site, day, NULL);
}

/* With the CRL that applies. */
static void
check_signed(const struct finder *finder, const struct link *link,
             const struct link *issuer, const struct crl *crl)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer->cert);

    if (key == NULL)
        return; /* it cannot be verified */
    if (X509_CRL_verify(crl->crl, key) == 1)
        find_revoked(finder, link, crl->crl);
    else
        find_named(finder, HINT_CRL_OTHER_KEY, &crl->site,
                   X509_CRL_get_issuer(crl->crl), NULL);
}

/* NULL if the CRL is valid now, and only then it applies (section 6.3.3); else
   since when it is not, or from when it will be. */
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

/* The CRLs of one issuer. */
struct lists {
    const struct crl *found; /* the newest one, if possible valid now */
    const struct crl *other; /* one of another key of the issuer */
    bool current;            /* found is valid now */
    bool special;            /* only the judge can tell */
    size_t count;            /* without those of another key */
};

static struct lists
find_lists(const struct finder *finder, const struct chain *chain,
           const struct link *issuer, const X509_NAME *name)
{
    struct lists lists = { 0 };
    bool of_now;
    size_t i;

    for (i = 0; i < chain->crl_count; i++) {
        const struct crl *crl = &chain->crls[i];

        lists.special = lists.special || is_special(crl->crl);
        if (X509_NAME_cmp(X509_CRL_get_issuer(crl->crl), name) != 0)
            continue;
        if (names_other_key(crl->crl, issuer)) {
            lists.special = lists.special || has_namesake(chain, issuer);
            lists.other = crl;
            continue;
        }
        lists.count++;
        of_now = crl_limit(finder, crl->crl) == NULL;
        if (lists.found == NULL || (of_now && !lists.current) ||
            (of_now == lists.current && is_newer(crl->crl, lists.found->crl)))
            lists.found = crl;
        lists.current = lists.current || of_now;
    }
    return lists;
}

void
diagnose_revocation(const struct finder *finder, const struct chain *chain,
                    const struct link *link, const struct link *issuer)
{
    const X509_NAME *name = X509_get_issuer_name(link->cert);
    const struct lists lists = find_lists(finder, chain, issuer, name);

    if (lists.special || chain->crl_count == 0)
        return;
    if (lists.found == NULL && lists.other != NULL) {
        find_named(finder, HINT_CRL_OTHER_KEY, &lists.other->site, name, NULL);
        return;
    }
    if (lists.found == NULL) {
        find_named(finder, HINT_CRL_MISSING, &link->site, name, NULL);
        return;
    }
    if ((X509_get_key_usage(issuer->cert) & KU_CRL_SIGN) == 0)
        find_named(finder, HINT_CRL_KEY_USAGE, &issuer->site, name, NULL);
    if (!lists.current)
        find_crl_limit(finder, lists.found);
    /* Of several that are valid now the newest applies; of several that are
       not, only the judge can tell. */
    if (lists.count == 1 || lists.current)
        check_signed(finder, link, issuer, lists.found);
}

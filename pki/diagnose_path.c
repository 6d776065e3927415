/*
 * Checks what X509_verify_cert() checks (RFC 5280 section 6), but each
 * condition by itself, so that a failure has a name and a place.
 */
#include "pki/diagnose_path.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "pki/cert.h"
#include "pki/diagnose_crl.h"
#include "pki/diagnose_issuer.h"
#include "pki/error.h"

/*
 * One step up.
 */

/* Does its authorityKeyIdentifier name that very certificate?  Not if one of
   both has no identifier. */
static bool
names_key(X509 *cert, X509 *issuer)
{
    int code = X509_check_issued(issuer, cert);

    return (code == X509_V_OK || code == X509_V_ERR_KEYUSAGE_NO_CERTSIGN) &&
           (X509_get0_authority_serial(cert) != NULL ||
            (X509_get0_authority_key_id(cert) != NULL &&
             X509_get0_subject_key_id(issuer) != NULL));
}

/* Is its key of an algorithm that this OpenSSL does not have?  Writes down
   which one. */
static bool
has_unknown_key(X509 *cert, char *text, size_t size)
{
    ASN1_OBJECT *object;
    EVP_KEYMGMT *known;

    X509_PUBKEY_get0_param(&object, NULL, NULL, NULL,
                           X509_get_X509_PUBKEY(cert));
    OBJ_obj2txt(text, (int)size, object, 1);
    known = EVP_KEYMGMT_fetch(NULL, text, NULL);
    OBJ_obj2txt(text, (int)size, object, 0);
    EVP_KEYMGMT_free(known);
    openssl_forget();
    return known == NULL;
}

/* Do both places of a certificate name one algorithm?  If not, it was
   altered. */
static bool
has_one_algorithm(const X509 *cert)
{
    const X509_ALGOR *algorithm;

    X509_get0_signature(NULL, &algorithm, cert);
    return X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(cert)) == 0;
}

/* For an issuer of the right name, whose key has not signed.  Of what cannot be
   verified here, nobody knows whether it has. */
static void
explain_signature(const struct path *path, const struct link *link,
                  const struct link *issuer)
{
    const X509_NAME *name = X509_get_subject_name(issuer->cert);
    bool linked = names_key(link->cert, issuer->cert);
    char kind[80];

    if (has_unknown_key(issuer->cert, kind, sizeof(kind))) {
        find_hint(path->finder, HINT_KEY_NOT_RSA, &issuer->site, kind, NULL);
        return;
    }
    if (has_one_algorithm(link->cert) && !diagnose_can_verify(link->cert))
        return;
    find_named(path->finder,
               linked ? HINT_SIGNATURE_BAD : HINT_ISSUER_OTHER_KEY,
               linked ? &link->site : &issuer->site, name, NULL);
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

/* Finds an end entity certificate where its issuer should be. */
static void
find_leaf_as_ca(const struct path *path, const struct link *wants)
{
    const struct chain *chain = path->chain;
    const struct link *found = NULL;
    size_t i;

    for (i = 0; i < chain->count; i++) {
        const struct link *link = &chain->links[i];

        if (link->role != DIAGNOSE_TRUST)
            continue;
        if (!link_is_leaf(link) || link->root)
            return;
        found = found != NULL ? found : link;
    }
    if (found != NULL)
        find_named(path->finder, HINT_LEAF_AS_CA, &found->site,
                   X509_get_issuer_name(wants->cert), NULL);
}

/* Is it signed by its own key, though its authorityKeyIdentifier is another
   one's? */
static bool
names_other_key(const struct link *link)
{
    EVP_PKEY *key = X509_get0_pubkey(link->cert);
    bool found = cert_self_issued(link->cert) && key != NULL &&
                 X509_verify(link->cert, key) == 1;

    openssl_forget();
    return found;
}

/* For a certificate whose issuer was not found: no certificate has the name, or
   none of them has signed. */
static void
explain_missing(const struct path *path, const struct link *link)
{
    const struct chain *chain = path->chain;
    bool first = path->length == 1;
    size_t i;

    if (chain->cut)
        return;
    if (names_other_key(link)) {
        find_named(path->finder, HINT_KEY_ID_MISMATCH, &link->site,
                   X509_get_subject_name(link->cert), NULL);
        return;
    }
    for (i = 0; i < chain->count; i++)
        if (link_names(&chain->links[i], link)) {
            explain_signature(path, link, &chain->links[i]);
            return;
        }
    if (!chain->whole || path->length == 0)
        return;
    find_leaf_as_ca(path, link);
    /* Above a CA, and if there is no root at all, the root is missing. */
    find_named(path->finder,
               first || has_roots(chain) ? HINT_CHAIN_NO_INTERMEDIATE
                                         : HINT_CHAIN_NO_ROOT,
               &link->site, X509_get_issuer_name(link->cert),
               chain->place[0] != '\0' ? chain->place : link->site.file);
}

static void
check_issuer(const struct path *path, const struct link *link,
             const struct link *issuer)
{
    const X509_NAME *name = X509_get_subject_name(issuer->cert);

    switch (X509_check_issued(issuer->cert, link->cert)) {
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
        find_named(path->finder, HINT_KEY_ID_MISMATCH, &link->site, name, NULL);
        break;
    default:
        break;
    }
    if ((X509_get_key_usage(issuer->cert) & KU_KEY_CERT_SIGN) == 0)
        find_named(path->finder, HINT_ISSUER_KEY_USAGE, &issuer->site, name,
                   NULL);
    else if (!link_is_ca(issuer))
        find_named(path->finder, HINT_ISSUER_NOT_CA, &issuer->site, name, NULL);
    openssl_forget();
}

/* RFC 5280 section 4.2: an unknown critical extension must be refused. */
static void
check_extensions(const struct path *path, const struct link *link)
{
    int i, n = X509_get_ext_count(link->cert);
    size_t found = 0;

    for (i = 0; i < n && found < HINTS_MAX; i++) {
        X509_EXTENSION *extension = X509_get_ext(link->cert, i);
        char text[80];

        if (!X509_EXTENSION_get_critical(extension) ||
            X509_supported_extension(extension))
            continue;
        found++;
        OBJ_obj2txt(text, sizeof(text), X509_EXTENSION_get_object(extension),
                    0);
        find_hint(path->finder, HINT_EXTENSION_UNKNOWN, &link->site, text,
                  NULL);
    }
}

/*
 * More than one step.
 */

/* RFC 5280 section 4.2.1.9: how many intermediates there may be below a CA. */
static void
check_path_length(const struct path *path)
{
    const struct chain *chain = path->chain;
    long below = 0;
    size_t i;

    for (i = 1; i < path->length; i++) {
        const struct link *link = &chain->links[path->links[i]];
        long allowed = X509_get_pathlen(link->cert);
        char text[24];

        if (allowed >= 0 && below > allowed) {
            snprintf(text, sizeof(text), "%ld", allowed);
            find_named(path->finder, HINT_PATH_LENGTH, &link->site,
                       X509_get_subject_name(link->cert), text);
        }
        below += !cert_self_issued(link->cert);
    }
}

static bool
has_dns_name(const X509 *cert)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool found = false;
    int i;

    for (i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
        found = sk_GENERAL_NAME_value(names, i)->type == GEN_DNS;
    GENERAL_NAMES_free(names);
    return found;
}

/* RFC 5280 section 4.2.1.10.  The CN of an end entity counts as a DNS name
   where it has no other. */
static void
check_constraints(const struct path *path)
{
    const struct chain *chain = path->chain;
    size_t i, j;

    for (i = 1; i < path->length; i++) {
        const struct link *link = &chain->links[path->links[i]];
        NAME_CONSTRAINTS *constraints =
            X509_get_ext_d2i(link->cert, NID_name_constraints, NULL, NULL);

        for (j = 0; constraints != NULL && j < i; j++) {
            const struct link *below = &chain->links[path->links[j]];

            if (j > 0 && cert_self_issued(below->cert))
                continue;
            if (NAME_CONSTRAINTS_check(below->cert, constraints) != X509_V_OK ||
                (j == 0 && !has_dns_name(below->cert) &&
                 NAME_CONSTRAINTS_check_CN(below->cert, constraints) !=
                     X509_V_OK))
                find_named(path->finder, HINT_NAME_CONSTRAINTS, &below->site,
                           X509_get_subject_name(link->cert), NULL);
        }
        NAME_CONSTRAINTS_free(constraints);
        openssl_forget();
    }
}

/* RFC 5280 section 4.2.1.11: how many more certificates may follow before each
   must name policies; -1: any number. */
static long
policy_limit(const struct link *link)
{
    POLICY_CONSTRAINTS *constraints =
        X509_get_ext_d2i(link->cert, NID_policy_constraints, NULL, NULL);
    long limit = -1;

    if (constraints != NULL && constraints->requireExplicitPolicy != NULL)
        limit = ASN1_INTEGER_get(constraints->requireExplicitPolicy);
    POLICY_CONSTRAINTS_free(constraints);
    return limit;
}

/*
 * From RFC 5280 section 6.1, from the root down, only this: if policies are
 * required, the first certificate that names none.  Whether the policies go
 * together, only the judge can tell.
 */
static void
check_policies(const struct path *path)
{
    const struct chain *chain = path->chain;
    const struct link *without = NULL, *demands = NULL;
    long left = (long)path->length;
    size_t i;

    for (i = path->length - 1; i-- > 0;) {
        const struct link *link = &chain->links[path->links[i]];
        long limit = policy_limit(link);

        if (without == NULL &&
            X509_get_ext_by_NID(link->cert, NID_certificate_policies, -1) < 0)
            without = link;
        if (left > 0 && !cert_self_issued(link->cert))
            left--;
        if (limit >= 0 && limit < left) {
            left = limit;
            demands = link;
        }
        if (left == 0 && demands != NULL && without != NULL) {
            find_named(path->finder, HINT_POLICY_MISSING, &without->site,
                       X509_get_subject_name(demands->cert), NULL);
            return;
        }
    }
}

/* Peers check the purpose of CAs, too, as X509_check_purpose() does.  A usage
   that the certificate itself lacks is not repeated here. */
void
path_check_usages(const struct path *path)
{
    const struct chain *chain = path->chain;
    unsigned wanted = 0, missing;
    size_t i;

    if (path->length > 0) {
        const X509 *cert = chain->links[path->links[0]].cert;

        wanted = diagnose_wanted(path->finder->diagnosis, cert) &
                 diagnose_usages(cert);
    }
    for (i = 1; i < path->length; i++) {
        const struct link *link = &chain->links[path->links[i]];
        const X509_NAME *name = X509_get_subject_name(link->cert);

        missing = wanted & ~diagnose_usages(link->cert);
        if ((missing & DIAGNOSE_CLIENT) != 0)
            find_named(path->finder, HINT_ISSUER_EKU, &link->site, name,
                       "clientAuth");
        if ((missing & DIAGNOSE_SERVER) != 0)
            find_named(path->finder, HINT_ISSUER_EKU, &link->site, name,
                       "serverAuth");
    }
}

/*
 * The path as a whole.
 */

void
path_walk(struct path *path, size_t first)
{
    struct chain *chain = path->chain;
    size_t at = first;

    for (;;) {
        struct link *link = &chain->links[at];

        if (link->used) /* a loop */
            return;
        link->used = true;
        path->links[path->length++] = at;
        if (link->root || link->issuer == NO_ISSUER)
            return;
        at = link->issuer;
    }
}

/* Is it a CA's certificate, with none in the other files?  Then the files have
   to change places. */
static bool
is_swapped(const struct path *path)
{
    const struct chain *chain = path->chain;
    size_t i;

    for (i = 0; i < chain->count; i++)
        if (chain->links[i].part != chain->links[path->links[0]].part &&
            link_is_ca(&chain->links[i]))
            return false;
    return link_is_ca(&chain->links[path->links[0]]);
}

/* Finds issuers in a file where the judge does not look for them. */
static bool
find_misplaced(const struct path *path)
{
    const struct chain *chain = path->chain;
    bool found = false;
    size_t i;

    for (i = 1; i < path->length; i++) {
        const struct link *link = &chain->links[path->links[i]];

        if (!link->aside)
            continue;
        find_named(path->finder, HINT_CHAIN_MISPLACED, &link->site,
                   X509_get_subject_name(link->cert), chain->place);
        found = true;
    }
    return found;
}

bool
path_reaches_root(const struct path *path)
{
    return path->length > 0 &&
           path->chain->links[path->links[path->length - 1]].root;
}

void
path_check(struct path *path)
{
    const struct chain *chain = path->chain;
    const struct link *top;
    size_t i;

    if (path->finder->diagnosis->holds)
        return;
    for (i = 0; i < path->length; i++)
        check_extensions(path, &chain->links[path->links[i]]);
    for (i = 0; i + 1 < path->length; i++) {
        const struct link *link = &chain->links[path->links[i]];
        const struct link *issuer = &chain->links[path->links[i + 1]];

        check_issuer(path, link, issuer);
        diagnose_revocation(path->finder, path->chain, link, issuer);
    }
    top = &chain->links[path->links[path->length - 1]];
    /* The judge wants one for the root, too: the same as for the one below. */
    if (top->root && !hints_has(path->finder->hints, HINT_CRL_MISSING))
        diagnose_revocation(path->finder, path->chain, top, top);
    if (!top->root && top->issuer == NO_ISSUER)
        explain_missing(path, top);
    else if (!top->root && chain->whole)
        find_named(path->finder, HINT_CHAIN_LOOP, &top->site,
                   X509_get_issuer_name(top->cert), NULL);
    path->swapped = is_swapped(path);
    path->misplaced = !path->swapped && find_misplaced(path);
    check_path_length(path);
    check_constraints(path);
    if (path_reaches_root(path))
        check_policies(path);
}

void
path_check_steps(const struct path *path)
{
    const struct chain *chain = path->chain;
    size_t i;

    for (i = 0; i < chain->count && !path->finder->diagnosis->holds; i++) {
        const struct link *link = &chain->links[i];

        if (link->issuer != NO_ISSUER)
            check_issuer(path, link, &chain->links[link->issuer]);
        else if (!link->root)
            explain_missing(path, link);
    }
}

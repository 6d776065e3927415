/*
 * Finds what is wrong between certificates: which one issued which, and whether
 * they stand in that order.
 */
#ifndef PKI_DIAGNOSE_CHAIN_H
#define PKI_DIAGNOSE_CHAIN_H

#include <openssl/x509.h>

#include "pki/diagnose_cert.h"

/* A certificate, among those that belong together. */
struct link {
    X509 *cert;
    struct site site;
    enum diagnose_role role; /* of its file */
    size_t part;             /* number of its file: names may be the same */
    bool aside;              /* the judge does not see it: see first_only */
    size_t issuer;           /* index among the links, or NO_ISSUER */
    bool root;               /* self-signed; not verified if it is trusted */
    bool issues;             /* it is the issuer of another one */
    bool used;               /* it is on the path to the root */
};

/* A revocation list. */
struct crl {
    X509_CRL *crl;
    struct site site;
};

#define NO_ISSUER ((size_t)-1)
#define LINKS_MAX ((size_t)64)
/* After so many signatures only names tell which one issued which: with a key
   made for it, verifying one takes hundredths of a second. */
#define SIGNATURES_MAX (4 * (unsigned)LINKS_MAX)

struct chain {
    struct link *links; /* in the order of the files */
    size_t count;
    bool whole; /* all files are here: an issuer that is not found is missing */
    bool asked; /* the first certificate is the one in question, CA or not */
    bool cut;   /* there are more than LINKS_MAX */
    struct crl *crls; /* those that the judge gets */
    size_t crl_count;
    /* How likely the second is the issuer of the first; 0: it is not.  See
       chain_find_issuers(). */
    unsigned char points[LINKS_MAX][LINKS_MAX];

    /* Of the file that is being added: */
    size_t part; /* its number */
    /* As in verify(), only its first certificate counts; issuers are in other
       files. */
    bool first_only;

    /* The files that issuers belong in; "": that of the certificate. */
    char place[2 * 256];
};

/* Takes over the certificate.  If there are LINKS_MAX already, frees it and
   returns false. */
bool chain_add(struct chain *chain, X509 *cert, const struct site *site,
               enum diagnose_role role);

/* Takes over the CRL. */
void chain_add_crl(struct chain *chain, X509_CRL *crl, const struct site *site);

/* Examines the certificates that were added. */
void diagnose_chain(const struct finder *finder, struct chain *chain);
void chain_clear(struct chain *chain);

#endif

/*
 * What is wrong between certificates: who issued whom, and whether the order
 * says so.
 */
#ifndef PKI_DIAGNOSE_CHAIN_H
#define PKI_DIAGNOSE_CHAIN_H

#include <openssl/x509.h>

#include "pki/diagnose_cert.h"

/* One certificate of those that belong together. */
struct link {
    X509 *cert;
    struct site site;
    enum diagnose_role role; /* of its file */
    size_t part;             /* which file: two may have one name */
    bool aside;              /* it does not count: see struct chain */
    size_t issuer;           /* among the links; NO_ISSUER */
    bool root;               /* its own key signed it, or it is trusted */
    bool issues;             /* another one names it as its issuer */
    bool used;               /* on the way from the first to a root */
};

/* A revocation list. */
struct crl {
    X509_CRL *crl;
    struct site site;
};

#define NO_ISSUER ((size_t)-1)
#define LINKS_MAX ((size_t)64)
/* Beyond, names tell who issued whom: a key can be made for which one takes
   hundredths of a second. */
#define SIGNATURES_MAX (4 * (unsigned)LINKS_MAX)

struct chain {
    struct link *links; /* in the order of the files */
    size_t count;
    bool whole; /* all that is to be had is here: what is missing is missed */
    bool asked; /* it is about the first, CA or not */
    bool cut;   /* there are more than LINKS_MAX */
    struct crl *crls; /* from where the judge takes them */
    size_t crl_count;
    /* How well the second may be the issuer of the first; 0: it is not.  See
       chain_find_issuers(). */
    unsigned char points[LINKS_MAX][LINKS_MAX];

    /* Of the file that is being added. */
    size_t part;
    /* What stands behind the certificate does not count, as for verify(): its
       issuers are in another file. */
    bool first_only;

    /* Where issuers are to be: the names of files, or "": with what they
       issued. */
    char place[2 * 256];
};

/* Takes the certificate.  Beyond LINKS_MAX it is freed: false. */
bool chain_add(struct chain *chain, X509 *cert, const struct site *site,
               enum diagnose_role role);

/* Takes the CRL. */
void chain_add_crl(struct chain *chain, X509_CRL *crl, const struct site *site);

void diagnose_chain(const struct finder *finder, struct chain *chain);
void chain_clear(struct chain *chain);

#endif

/*
 * Finds what is wrong with keys, certificates, bundles and chains, and where,
 * from their bytes alone.  The judge is X509_verify_cert() (pki/verify.h); this
 * explains its verdict and never changes it.
 *
 * The bytes are foreign, so callers that can write files run this in a process
 * that cannot (pki/sandbox.h).  Nothing here fails: what cannot be read is a
 * finding.
 */
#ifndef PKI_DIAGNOSE_H
#define PKI_DIAGNOSE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "pki/blob.h"
#include "pki/hint.h"

/*
 * A file with more certificates than this is no chain but a list, whose order
 * means nothing.  A list alone: each certificate is examined by itself.  A list
 * beside other files: only those that the chain needs, and the first one if it
 * is the certificate in question.
 *
 * Other limits: HINTS_MAX findings; LINKS_MAX certificates that are compared
 * with each other (pki/diagnose_chain.h), which also limits the depth of a
 * chain; SIGNATURES_MAX signatures that are verified; and the store limits the
 * size of files.
 */
#define DIAGNOSE_CHAIN_MAX 16
#define DIAGNOSE_SOON_DAYS 30 /* before it expires, a certificate is told */

/* What a certificate is to be used for; bits. */
enum {
    DIAGNOSE_SERVER = 1,
    DIAGNOSE_CLIENT = 2,
    DIAGNOSE_DATABASE = 4, /* the client of the database: CN=postgres */
};

struct diagnosis {
    time_t now;
    const char *service;      /* named in each finding; NULL: none */
    unsigned usage;           /* DIAGNOSE_SERVER and the like; 0: not known */
    const char *const *names; /* names that the certificate must cover, NULL at
                                 the end; NULL: none */
    bool holds; /* the judge has accepted the chain, so no faults are searched
                   for which it would refuse it */
};

/* What a file is meant to be. */
enum diagnose_role {
    DIAGNOSE_ANY, /* not known */
    DIAGNOSE_KEY,
    DIAGNOSE_CERT,       /* the certificate, perhaps followed by its chain */
    DIAGNOSE_FULL_CHAIN, /* the certificate, intermediates, root */
    DIAGNOSE_BUNDLE,     /* intermediates, perhaps the root */
    DIAGNOSE_TRUST,      /* trusted certificates, in any order */
};

struct diagnose_part {
    const char *name;
    const struct blob *bytes;
    enum diagnose_role role;
    /* The certificates of its elements, if the caller has decoded them already;
       NULL if not. */
    STACK_OF(X509) *read;
};

/*
 * Examines files that belong together: at most one DIAGNOSE_KEY, and at most
 * one that begins with the certificate in question.  Adds findings to *ret and
 * sorts it.
 */
void diagnose(const struct diagnosis *diagnosis,
              const struct diagnose_part *parts, size_t n, struct hints *ret);

#endif

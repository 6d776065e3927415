/*
 * What is wrong with keys, certificates, bundles and chains, from their bytes
 * alone: where the fault stands and what it is.  X509_verify_cert() stays the
 * judge (pki/verify.h); this explains, and changes no verdict.
 *
 * The bytes are foreign: callers that may write run this in a process that may
 * not (pki/sandbox.h).  Nothing here fails; what can not be read is a finding.
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
 * A file with more certificates than a chain can have is a list, in which the
 * order says nothing: alone, each is looked at by itself; beside other files,
 * what the chain needs, and the first where it is the certificate in question.
 * What is bounded besides:
 * HINTS_MAX findings; LINKS_MAX certificates that are compared with each other
 * (pki/diagnose_chain.h), which is the depth as well, and SIGNATURES_MAX of
 * their signatures; and the size of files, by the store.
 */
#define DIAGNOSE_CHAIN_MAX 16
#define DIAGNOSE_SOON_DAYS 30 /* before its end, a certificate is told */

/* What a certificate is to be used for. */
enum {
    DIAGNOSE_SERVER = 1,
    DIAGNOSE_CLIENT = 2,
    DIAGNOSE_DATABASE = 4, /* the client of the database: CN=postgres */
};

struct diagnosis {
    time_t now;
    const char *service;      /* named in each finding; NULL: none */
    unsigned usage;           /* DIAGNOSE_SERVER and the like; 0: not known */
    const char *const *names; /* that it must cover; NULL: none, NULL at the
                                 end */
    bool holds; /* the judge has accepted the chain: it has no fault that a
                   judge would see */
};

/* What a file is meant to be. */
enum diagnose_role {
    DIAGNOSE_ANY, /* nobody has said */
    DIAGNOSE_KEY,
    DIAGNOSE_CERT,       /* the certificate, perhaps with its chain behind it */
    DIAGNOSE_FULL_CHAIN, /* the certificate, intermediates, root */
    DIAGNOSE_BUNDLE,     /* what goes between it and a root */
    DIAGNOSE_TRUST,      /* what is trusted, in any order */
};

struct diagnose_part {
    const char *name;
    const struct blob *bytes;
    enum diagnose_role role;
    /* Its certificates by element, where somebody has read them; or NULL. */
    STACK_OF(X509) *read;
};

/*
 * Looks at files that belong together: at most one of DIAGNOSE_KEY and one that
 * begins with the certificate in question.  Adds to *ret, sorted.
 */
void diagnose(const struct diagnosis *diagnosis,
              const struct diagnose_part *parts, size_t n, struct hints *ret);

#endif

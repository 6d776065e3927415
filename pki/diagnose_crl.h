/*
 * Finds out what CRLs say about a certificate, and what is wrong with them.
 */
#ifndef PKI_DIAGNOSE_CRL_H
#define PKI_DIAGNOSE_CRL_H

#include "pki/diagnose_chain.h"

/*
 * If there is any CRL, the judge wants one for each certificate: of its issuer,
 * and valid now (RFC 5280 section 6.3.3).  Nothing is found if a CRL covers
 * certificates only in part, or is a delta CRL: then only the judge can tell.
 */
void diagnose_revocation(const struct finder *finder, const struct chain *chain,
                         const struct link *link, const struct link *issuer);

#endif

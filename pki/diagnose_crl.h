/*
 * What revocation lists say about a certificate, and what is wrong with them.
 */
#ifndef PKI_DIAGNOSE_CRL_H
#define PKI_DIAGNOSE_CRL_H

#include "pki/diagnose_chain.h"

/*
 * Where there is a CRL, the judge wants one for each certificate, of its issuer
 * and of now (RFC 5280 section 6.3.3).  Who is revoked is not said where
 * several are of one issuer, and nothing where one speaks of some certificates
 * only: there he knows more.
 */
void diagnose_revocation(const struct finder *finder, const struct chain *chain,
                         const struct link *link, const struct link *issuer);

#endif

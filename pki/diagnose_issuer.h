/*
 * Finds the issuers of certificates that belong together.
 */
#ifndef PKI_DIAGNOSE_ISSUER_H
#define PKI_DIAGNOSE_ISSUER_H

#include <stdbool.h>

#include "pki/diagnose_chain.h"

/*
 * Sets issuer, root and issues of each link, and the chain's points; to be
 * called once.  Of several possible issuers it chooses the one on the best path
 * to a root.  If the judge has accepted the chain (diagnosis->holds) and only
 * one certificate has the name, no signature is verified.
 */
void chain_find_issuers(struct chain *chain, const struct diagnosis *diagnosis);

/* Is it marked as a CA, or a root of version 1, which has no marks?  Not by its
   keyUsage, which is checked separately.  After chain_find_issuers() only. */
bool link_is_ca(const struct link *link);

/* Is it neither a CA nor the issuer of another link?  After
   chain_find_issuers() only. */
bool link_is_leaf(const struct link *link);

/* Is the subject of one the issuer of the other? */
bool link_names(const struct link *issuer, const struct link *link);

#endif

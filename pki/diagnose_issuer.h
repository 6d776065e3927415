/*
 * Who issued whom, among certificates that belong together.
 */
#ifndef PKI_DIAGNOSE_ISSUER_H
#define PKI_DIAGNOSE_ISSUER_H

#include <stdbool.h>

#include "pki/diagnose_chain.h"

/*
 * Fills issuer, root and issues of each, and the chain's points.  Of several
 * issuers the one is meant that leads to a root, with the fewest faults.  Where
 * the judge was content (diagnosis->holds), and only one has the name, no
 * signature is looked at.  Once for a chain.
 */
void chain_find_issuers(struct chain *chain, const struct diagnosis *diagnosis);

/* Is it marked as a CA?  Whether it may sign is told by itself.  A root of
   version 1 has no marks, and is one: after chain_find_issuers(), as the next.
 */
bool link_is_ca(const struct link *link);

/* No CA, and nobody's issuer here either. */
bool link_is_leaf(const struct link *link);

/* Does the subject of one stand as the issuer of the other? */
bool link_names(const struct link *issuer, const struct link *link);

#endif

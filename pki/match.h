/*
 * Do a stored key and a stored certificate, or signing request, belong
 * together?
 */
#ifndef PKI_MATCH_H
#define PKI_MATCH_H

#include "pki/error.h"
#include "pki/store.h"

enum match_kind { MATCH_CERT, MATCH_CSR };

/*
 * 0 and *ret says what other is; E_MISMATCH_CERT or E_MISMATCH_CSR when they
 * do not belong together.  Compares public halves, nothing else.
 */
int match(struct store *store, const char *key, const char *other,
          enum match_kind *ret, struct error *error);

#endif

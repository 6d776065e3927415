/*
 * Does a chain hold?  X509_verify_cert() decides (RFC 5280 section 6); the
 * code here only brings it the files.
 */
#ifndef PKI_VERIFY_H
#define PKI_VERIFY_H

#include <time.h>

#include "pki/error.h"
#include "pki/store.h"

/*
 * Verifies the first certificate of the file cert at the time now.  Self-signed
 * certificates of bundle, and all of ca when it is not NULL, are trusted; the
 * other certificates of bundle help to build the chain, which must end at a
 * self-signed one.  CRLs found in either file are used, and then every
 * certificate of the chain needs one.  No purpose is asked for.
 *
 * Self-signed is what its own key has signed.  What follows the first
 * certificate of the file cert does not help, as with openssl verify.  A
 * bundle or ca without any certificate fails (E_NOT_CERT and the like), and so
 * does one that is damaged (E_PEM_*); the certificates in it that no chain
 * asks for are read up to their subject only.
 *
 * More than 512 certificates within reach are a chain that is too long (error
 * 22).
 *
 * E_VERIFY with detail "error 20 at 0 depth lookup: unable to get local issuer
 * certificate" when it does not hold.
 */
int verify(struct store *store, const char *cert, const char *bundle,
           const char *ca, time_t now, struct error *error);

#endif

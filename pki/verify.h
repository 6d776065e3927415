/*
 * Verifies chains.  X509_verify_cert() decides (RFC 5280 section 6); the code
 * here only brings it the certificates.
 */
#ifndef PKI_VERIFY_H
#define PKI_VERIFY_H

#include <openssl/types.h>
#include <stdbool.h>
#include <time.h>

#include "pki/error.h"
#include "pki/store.h"

/*
 * Verifies the first certificate of the file cert at the time now.  Trusted are
 * the self-signed certificates of bundle (those that their own key has signed)
 * and all certificates of ca, unless it is NULL.  The other certificates of
 * bundle may be used as intermediates.  The chain must end at a self-signed
 * certificate.  If bundle or ca contains CRLs, every certificate of the chain
 * needs one.  No purpose is checked.
 *
 * Further certificates of the file cert are not used, as with openssl verify.
 * bundle and ca must contain a certificate (else E_NOT_CERT and the like) and
 * must not be damaged (E_PEM_*); a certificate that no chain asks for is only
 * read up to its subject.
 *
 * Fails with E_VERIFY and a detail like "error 20 at 0 depth lookup: unable to
 * get local issuer certificate".  If more than 512 certificates have a subject
 * that is asked for, that is error 22, a chain that is too long.
 */
int verify(struct store *store, const char *cert, const char *bundle,
           const char *ca, time_t now, struct error *error);

/* Has X509_verify_cert() check policies as verify() does: any policy is
   accepted (RFC 5280 section 6.1.1 (c)).  False for lack of memory. */
bool verify_policies(X509_STORE_CTX *ctx);

#endif

/*
 * Certificates and bundles: X.509 (RFC 5280) in PEM or DER.
 */
#ifndef PKI_CERT_H
#define PKI_CERT_H

#include <openssl/types.h>
#include <openssl/x509.h>

#include "pki/blob.h"
#include "pki/error.h"

/*
 * The first certificate of a file; what follows it must be readable PEM but is
 * not parsed.  name: for messages.  E_NOT_CERT, E_PKCS7, E_TRUSTED, E_PEM_*
 * say what else is there.  The caller frees *ret with X509_free().
 */
int cert_parse(const char *name, const struct blob *file, X509 **ret,
               struct error *error);

/* Appends in PEM. */
int cert_append(struct blob *text, X509 *cert, struct error *error);

#endif

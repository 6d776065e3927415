/*
 * Certificates and bundles: X.509 (RFC 5280) in PEM or DER.
 */
#ifndef PKI_CERT_H
#define PKI_CERT_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "pki/pem.h"

/*
 * Reads the first certificate of a file.  What follows it must be readable PEM
 * but is not parsed.  A DER file holds one certificate, followed by nothing but
 * line breaks.  name: for messages.  E_NOT_CERT, E_PKCS7, E_PKCS12, E_TRUSTED,
 * E_PEM_*, E_UNKNOWN_FORMAT and those of pem_explain() say what else is there.
 * The caller frees *ret with X509_free().
 */
int cert_parse(const char *name, const struct blob *file, X509 **ret,
               struct error *error);

/*
 * For callers that walk through a bundle.  1: the block is a certificate by its
 * label; 0: it is something else; -1: it holds certificates in a form that we
 * do not accept (E_TRUSTED, E_PKCS7).
 */
int cert_block(const struct pem_block *block, const char *name,
               struct error *error);
int cert_decode(const struct pem_block *block, const char *name, X509 **ret,
                struct error *error);

/* The CRL of a block (RFC 5280 section 5), which the caller frees;
   E_PEM_BAD_DATA if it is none, or more follows it. */
int crl_decode(const struct pem_block *block, const char *name, X509_CRL **ret,
               struct error *error);

/* Appends all certificates of a file, PEM or DER, as PEM and in the order of
   the file.  What else it holds is left out; fails as cert_parse() does, and
   with E_PEM_BAD_DATA for a block that is called a certificate and is none. */
int cert_append_all(struct blob *text, const char *name,
                    const struct blob *file, struct error *error);

/* Are subject and issuer the same name?  Whether it signed itself is not
   checked. */
bool cert_self_issued(X509 *cert);

/* The period in which it is valid (RFC 5280 section 4.1.2.5); false if it
   can not be read.  At notAfter itself it has expired, as for OpenSSL. */
bool cert_times(const X509 *cert, time_t *from, time_t *to);

/* Is it valid now?  E_CERT_NOT_YET, E_CERT_EXPIRED; E_CRYPTO if the dates
   can not be read. */
int cert_check_times(const X509 *cert, const char *name, time_t now,
                     struct error *error);

/*
 * A number that is the same for all names which X509_NAME_cmp() calls equal;
 * 0 if there is none.  See der_fold_name().
 */
uint64_t cert_fold_name(const X509_NAME *name);

/* The same for the subject of a certificate, which is parsed only where a
   look at its first bytes does not suffice. */
int cert_fold_subject(const struct pem_block *block, const char *name,
                      uint64_t *ret, struct error *error);

/* Appends in PEM. */
int cert_append(struct blob *text, X509 *cert, struct error *error);

#endif

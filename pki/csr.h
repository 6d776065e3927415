/*
 * Certificate signing requests: PKCS#10 (RFC 2986) in PEM or DER.
 */
#ifndef PKI_CSR_H
#define PKI_CSR_H

#include <openssl/x509.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "pki/subject.h"

/*
 * Makes a request, in PEM, for the subject, its alternative names, key usage
 * digitalSignature and keyEncipherment, and the extended usages serverAuth and
 * clientAuth; signed with SHA-256.  GUESS: the usages; no document tells those
 * of the real one.
 */
int csr_create(EVP_PKEY *key, const struct subject *subject, struct blob *ret,
               struct error *error);

/* E_NOT_CSR when the file holds something else. */
int csr_parse(const char *name, const struct blob *file, X509_REQ **ret,
              struct error *error);

/* The extensions that the request asks for, NULL or an empty list if none;
   the caller frees them with tbs_free().  E_BAD_DER with name if they can
   not be read. */
int csr_extensions(X509_REQ *csr, const char *name,
                   STACK_OF(X509_EXTENSION) **ret, struct error *error);

#endif

/*
 * What requests and certificates have in common before they are signed:
 * extensions and the digest.
 */
#ifndef PKI_TBS_H
#define PKI_TBS_H

#include <openssl/x509v3.h>
#include <stdbool.h>

#include "pki/error.h"

/* Usages are KU_DIGITAL_SIGNATURE and the like. */

/*
 * What a key of a TLS server or client is used for: digitalSignature, and
 * keyEncipherment where the kind of key can do it (RFC 3279, 2.3.1; not EC,
 * RFC 8813, 3; not Ed25519, RFC 8410, 5).
 */
unsigned tbs_tls_usage(const EVP_PKEY *key);

/* Each adds one extension; *list may be NULL, the caller frees it. */
int tbs_add(STACK_OF(X509_EXTENSION) **list, int nid, void *value,
            bool critical, struct error *error);
int tbs_add_key_usage(STACK_OF(X509_EXTENSION) **list, unsigned usage,
                      bool critical, struct error *error);
/* The extended usages serverAuth and clientAuth. */
int tbs_add_tls(STACK_OF(X509_EXTENSION) **list, struct error *error);

void tbs_free(STACK_OF(X509_EXTENSION) *list);

/* SHA-256; NULL for keys whose signatures have a digest of their own. */
const EVP_MD *tbs_digest(const EVP_PKEY *key);

#endif

/*
 * What TLS an endpoint offers.
 */
#ifndef SERVICES_TLS_H
#define SERVICES_TLS_H

#include <openssl/types.h>

#include "pki/error.h"
#include "services/endpoint.h"

/* Reads what OpenSSL is configured to, while it can be read. */
void tls_begin(void);

struct tls;

/*
 * TLS 1.2 and 1.3, with the endpoint's keys and certificates, and the rest of
 * each chain in the order that it has.  With trust a client is asked for a
 * certificate that one of those vouches for, or that is one of them; a client
 * of SPEAK_TLS must have one, as its services talk to each other only.  Borrows
 * the endpoint, which has one credential at least; it no longer needs the keys.
 */
int tls_new(const struct endpoint *endpoint, struct tls **ret,
            struct error *error);
void tls_free(struct tls *tls);

/* What a client that asks for this host is served with; NULL: for none.
   Borrowed. */
SSL_CTX *tls_context(const struct tls *tls, const char *host);

/* A connection of a client that has asked for this host.  NULL: it may still
   name one to TLS (SNI, RFC 6066 section 3).  tls must outlive it; the caller
   frees it with SSL_free().  NULL if there is no memory. */
SSL *tls_accept(struct tls *tls, const char *host);

#endif

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

/*
 * TLS 1.2 and 1.3, with the endpoint's key and certificate, and the rest of
 * its chain in the order that it has.  With trust a client is asked for a
 * certificate that one of those vouches for, or that is one of them; a client
 * of SPEAK_TLS must have one, as its services talk to each other only.  The
 * caller frees *ret with SSL_CTX_free().
 */
int tls_context(const struct endpoint *endpoint, SSL_CTX **ret,
                struct error *error);

#endif

/*
 * Finds what is wrong with a certificate or a key by itself.
 */
#ifndef PKI_DIAGNOSE_CERT_H
#define PKI_DIAGNOSE_CERT_H

#include <openssl/types.h>
#include <stdbool.h>

#include "pki/der.h"
#include "pki/diagnose.h"

/* What every check needs: the question, and where to add findings. */
struct finder {
    const struct diagnosis *diagnosis;
    struct hints *hints;
};

/* Where a finding is. */
struct site {
    const char *file;
    unsigned element, line; /* from 1; 0: the file as a whole */
};

/* Adds a finding.  one and two are its arguments (pki/hint.h), or NULL. */
void find_hint(const struct finder *finder, enum hint_id id,
               const struct site *site, const char *one, const char *two);

/* Adds a finding whose first argument is a name. */
void find_named(const struct finder *finder, enum hint_id id,
                const struct site *site, const X509_NAME *one, const char *two);

/* leaf: it is an end entity, or is presented like one. */
void diagnose_cert(const struct finder *finder, const struct site *site,
                   X509 *cert, bool leaf);

/* The usages that its extended key usage allows, and those that are wanted of
   it: bits of DIAGNOSE_SERVER and DIAGNOSE_CLIENT.  anyExtendedKeyUsage allows
   neither: OpenSSL does not accept it, as RFC 5280 section 4.2.1.12 permits. */
unsigned diagnose_usages(const X509 *cert);
unsigned diagnose_wanted(const struct diagnosis *diagnosis, const X509 *cert);

/* Examines its algorithm and size.  leaf: a service uses it, not a CA. */
void diagnose_key(const struct finder *finder, const struct site *site,
                  const EVP_PKEY *key, bool leaf);

/* Does this OpenSSL have the algorithm and the digest of its signature? */
bool diagnose_can_verify(const X509 *cert);

/* Adds a finding and returns true if the CN is nearly that of the database's
   client. */
bool diagnose_client(const struct finder *finder, const struct site *site,
                     const X509_NAME *subject);

/* What can be told of a certificate without decoding it: for long lists. */
void diagnose_der(const struct finder *finder, const struct site *site,
                  const struct der_cert *cert, bool leaf);

/* Does it cover the host, an address or a name?  A name without a domain stands
   for all names whose first label it is. */
bool diagnose_covers(X509 *cert, const char *host);

/* "O=Example, CN=Example CA", cut if it is longer. */
#define HINT_NAME_SIZE 160
void name_describe(const X509_NAME *name, char *text, size_t size);

/* "2026-11-22", in UTC; "" for a time that cannot be read. */
#define HINT_DAY_SIZE 16
void day_describe(time_t when, char *text, size_t size);
void time_describe(const ASN1_TIME *time, char *text, size_t size);

#endif

/*
 * What is wrong with one certificate, whoever issued it.
 */
#ifndef PKI_DIAGNOSE_CERT_H
#define PKI_DIAGNOSE_CERT_H

#include <openssl/types.h>
#include <stdbool.h>

#include "pki/der.h"
#include "pki/diagnose.h"

/* Where findings are added, and what they have in common. */
struct finder {
    const struct diagnosis *diagnosis;
    struct hints *hints;
};

/* A certificate of a file. */
struct site {
    const char *file;
    unsigned element, line; /* 0: it is the file */
};

/* one and two may be NULL. */
void find_hint(const struct finder *finder, enum hint_id id,
               const struct site *site, const char *one, const char *two);

/* The same; one is a name. */
void find_named(const struct finder *finder, enum hint_id id,
                const struct site *site, const X509_NAME *one, const char *two);

/* An end entity: not a CA, or presented as if it were none. */
void diagnose_cert(const struct finder *finder, const struct site *site,
                   X509 *cert, bool leaf);

/* What its extended key usage lets it be, of DIAGNOSE_SERVER and _CLIENT, and
   what it is to be.  OpenSSL does not take anyExtendedKeyUsage for either, and
   RFC 5280 section 4.2.1.12 lets it. */
unsigned diagnose_usages(const X509 *cert);
unsigned diagnose_wanted(const struct diagnosis *diagnosis, const X509 *cert);

/* Its kind and size; leaf: it is used by a service, not by a CA. */
void diagnose_key(const struct finder *finder, const struct site *site,
                  const EVP_PKEY *key, bool leaf);

/* Is the CN nearly that of the database's client? */
bool diagnose_client(const struct finder *finder, const struct site *site,
                     const X509_NAME *subject);

/* A certificate, as far as it can be told without decoding: one of thousands.
 */
void diagnose_der(const struct finder *finder, const struct site *site,
                  const struct der_cert *cert, bool leaf);

/* Is it the certificate of that host, by the address or the name?  A name
   without a domain is that of any that begins with it. */
bool diagnose_covers(X509 *cert, const char *host);

/* "O=Example, CN=Example CA", cut to size: what findings keep of a name. */
#define HINT_NAME_SIZE 160
void name_describe(const X509_NAME *name, char *text, size_t size);

/* "2026-11-22", of UTC; of a time that can not be read, nothing. */
#define HINT_DAY_SIZE 16
void day_describe(time_t when, char *text, size_t size);
void time_describe(const ASN1_TIME *time, char *text, size_t size);

#endif

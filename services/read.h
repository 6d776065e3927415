/*
 * A file of the store as what it is expected to be.  The failures are those of
 * store_read() and of the parsers, whose promises hold for the results.
 */
#ifndef SERVICES_READ_H
#define SERVICES_READ_H

#include <openssl/x509.h>

#include "pki/error.h"
#include "pki/store.h"

int read_key(struct store *store, enum store_area area, const char *name,
             EVP_PKEY **ret, struct error *error);
int read_cert(struct store *store, enum store_area area, const char *name,
              X509 **ret, struct error *error);
int read_csr(struct store *store, enum store_area area, const char *name,
             X509_REQ **ret, struct error *error);

#endif

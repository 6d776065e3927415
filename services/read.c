/*
 * Files read and parsed.  One function would have to give up the types.
 */
#include "services/read.h"

#include "pki/blob.h"
#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/key.h"

int
read_key(struct store *store, enum store_area area, const char *name,
         EVP_PKEY **ret, struct error *error)
{
    struct blob file = { 0 };
    int r = store_read(store, area, name, &file, error);

    if (r == 0)
        r = key_parse(name, &file, ret, error);
    blob_clear(&file);
    return r;
}

int
read_cert(struct store *store, enum store_area area, const char *name,
          X509 **ret, struct error *error)
{
    struct blob file = { 0 };
    int r = store_read(store, area, name, &file, error);

    if (r == 0)
        r = cert_parse(name, &file, ret, error);
    blob_clear(&file);
    return r;
}

int
read_csr(struct store *store, enum store_area area, const char *name,
         X509_REQ **ret, struct error *error)
{
    struct blob file = { 0 };
    int r = store_read(store, area, name, &file, error);

    if (r == 0)
        r = csr_parse(name, &file, ret, error);
    blob_clear(&file);
    return r;
}

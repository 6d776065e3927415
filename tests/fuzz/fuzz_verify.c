/*
 * The lazy bundle reader beside a full one: of a bundle of any content, the
 * verdict is the same as that of X509_verify_cert() with everything in it
 * parsed and handed over.  Of damaged certificates, which only one of the two
 * may come to, none can make a chain hold.
 */
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pki/cert.h"
#include "pki/pem.h"
#include "pki/verify.h"
#include "tests/fuzz/fuzz.h"

#define NOW ((time_t)1780315200) /* as TEST_NOW */

static const char *const leaves[] = { "leaf.crt", "inter.crt", "expired.crt",
                                      "other.crt", "ec.crt" };
#define LEAVES (sizeof(leaves) / sizeof(leaves[0]))

static const struct blob *bundle; /* of this call */

/* The store is not in play: the linker puts this in its place. */
int __wrap_store_read(struct store *store, enum store_area area,
                      const char *name, struct blob *ret, struct error *error);

int
__wrap_store_read(struct store *store, enum store_area area, const char *name,
                  struct blob *ret, struct error *error)
{
    const struct blob *file =
        strcmp(name, "bundle") == 0 ? bundle : fuzz_fixture(name);

    (void)store;
    (void)area;
    (void)error;
    blob_append(ret, file->data, file->size);
    return 0;
}

struct full {
    X509_STORE *store;
    STACK_OF(X509) *untrusted;
    STACK_OF(X509_CRL) *crls;
    size_t certs, damaged;
};

static void
add_cert(struct full *full, const struct pem_block *block)
{
    struct error error = { 0 };
    X509 *cert = NULL;

    full->certs++;
    if (cert_decode(block, "bundle", &cert, &error) != 0) {
        full->damaged++;
    } else if (X509_self_signed(cert, 1) == 1) {
        X509_STORE_add_cert(full->store, cert);
        X509_free(cert);
    } else {
        sk_X509_push(full->untrusted, cert);
    }
    openssl_forget();
}

static void
add_crl(struct full *full, const struct pem_block *block)
{
    struct blob der = { 0 };
    struct error error = { 0 };
    const unsigned char *at;
    X509_CRL *crl = NULL;

    if (pem_decode(block, "bundle", &der, &error) == 0) {
        at = der.data;
        crl = d2i_X509_CRL(NULL, &at, (long)der.size);
    }
    if (crl != NULL && at == der.data + der.size) {
        sk_X509_CRL_push(full->crls, crl);
    } else {
        X509_CRL_free(crl);
        full->damaged++;
    }
    openssl_forget();
    blob_clear(&der);
}

/* 1: holds, 0: does not, and why. */
static int
judge(const struct full *full, X509 *leaf, char *why, size_t size)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    unsigned long flags = X509_V_FLAG_POLICY_CHECK;
    int verdict, code;

    if (sk_X509_CRL_num(full->crls) > 0)
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                 X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS;
    X509_STORE_CTX_init(ctx, full->store, leaf, full->untrusted);
    X509_STORE_CTX_set0_crls(ctx, full->crls);
    X509_STORE_CTX_set_flags(ctx, flags);
    X509_VERIFY_PARAM_add0_policy(X509_STORE_CTX_get0_param(ctx),
                                  OBJ_nid2obj(NID_any_policy));
    X509_STORE_CTX_set_time(ctx, 0, NOW);
    verdict = X509_verify_cert(ctx);
    code = X509_STORE_CTX_get_error(ctx);
    snprintf(why, size, "error %d at %d depth lookup: %s", code,
             X509_STORE_CTX_get_error_depth(ctx),
             X509_verify_cert_error_string(code));
    X509_STORE_CTX_free(ctx);
    openssl_forget();
    return verdict == 1 && code == X509_V_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob file = fuzz_blob(data, size);
    struct full full = { X509_STORE_new(), sk_X509_new_null(),
                         sk_X509_CRL_new_null() };
    /* Any change of the size is another leaf. */
    const char *leaf_name = leaves[size % LEAVES];
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error = { 0 }, ignored = { 0 };
    X509 *leaf = NULL;
    char why[sizeof(error.detail)];
    int walked, ours, theirs;

    bundle = &file;
    ours = verify(NULL, leaf_name, "bundle", NULL, NOW, &error);
    fuzz_check(ours, &error);
    cert_parse(leaf_name, fuzz_fixture(leaf_name), &leaf, &ignored);
    pem_start(&cursor, "bundle", &file);
    while ((walked = pem_next(&cursor, &block, &ignored)) == 1)
        if (cert_block(&block, "bundle", &ignored) == 1)
            add_cert(&full, &block);
        else if (pem_is(&block, "X509 CRL"))
            add_crl(&full, &block);
    theirs = judge(&full, leaf, why, sizeof(why));
    must(ours != 0 || walked == 0);
    if (full.certs > 0) {
        must(ours != 0 || theirs == 1);
        if (error.code == E_VERIFY && ours != 0)
            must(theirs == 0 && strcmp(why, error.detail) == 0);
        else if (ours != 0)
            must(walked != 0 || full.damaged > 0 || error.code == E_TRUSTED ||
                 error.code == E_PKCS7);
    }
    X509_free(leaf);
    X509_STORE_free(full.store);
    sk_X509_pop_free(full.untrusted, X509_free);
    sk_X509_CRL_pop_free(full.crls, X509_CRL_free);
    blob_clear(&file);
    return 0;
}

/*
 * Files of the store, as what they are and as what they are not.
 */
#include "services/read.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/support.h"

static void
test_read(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct blob copy = fixture("root.crt");
    const struct store_change change = { "leaf.crt", &copy, 0600 };
    struct error error;
    EVP_PKEY *key = NULL;
    X509 *cert = NULL, *private = NULL;
    X509_REQ *csr = NULL;

    fixture_store(store, "leaf.key");
    fixture_store(store, "leaf.crt");
    fixture_store(store, "leaf.csr");
    assert_int_equal(store_write(store, STORE_PRIVATE, &change, 1, &error), 0);
    assert_int_equal(read_key(store, STORE_FILES, "leaf.key", &key, &error), 0);
    assert_int_equal(read_cert(store, STORE_FILES, "leaf.crt", &cert, &error),
                     0);
    assert_int_equal(read_csr(store, STORE_FILES, "leaf.csr", &csr, &error), 0);
    assert_int_equal(EVP_PKEY_eq(key, X509_get0_pubkey(cert)), 1);
    assert_int_equal(EVP_PKEY_eq(key, X509_REQ_get0_pubkey(csr)), 1);
    /* The other area has another of the name. */
    assert_int_equal(
        read_cert(store, STORE_PRIVATE, "leaf.crt", &private, &error), 0);
    assert_int_not_equal(X509_cmp(cert, private), 0);
    EVP_PKEY_free(key);
    X509_free(cert);
    X509_free(private);
    X509_REQ_free(csr);
    blob_clear(&copy);
}

static void
test_refused(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct error error;
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    X509_REQ *csr = NULL;

    fixture_store(store, "leaf.key");
    fixture_store(store, "leaf.crt");
    assert_fails(read_key(store, STORE_FILES, "leaf.crt", &key, &error), &error,
                 E_NOT_KEY, "leaf.crt");
    assert_fails(read_cert(store, STORE_FILES, "leaf.key", &cert, &error),
                 &error, E_NOT_CERT, "leaf.key");
    assert_fails(read_csr(store, STORE_FILES, "leaf.crt", &csr, &error), &error,
                 E_NOT_CSR, "leaf.crt");
    assert_fails(read_key(store, STORE_FILES, "none", &key, &error), &error,
                 E_NO_FILE, "none");
    assert_fails(read_cert(store, STORE_FILES, "none", &cert, &error), &error,
                 E_NO_FILE, "none");
    assert_fails(read_csr(store, STORE_FILES, "none", &csr, &error), &error,
                 E_NO_FILE, "none");
    assert_null(key);
    assert_null(cert);
    assert_null(csr);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = { test(test_read), test(test_refused) };

    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}

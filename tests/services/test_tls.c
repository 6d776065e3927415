/*
 * What TLS an endpoint offers: what goes into its context.  What a stranger
 * sees of it is in test_server.c.
 */
#include "services/tls.h"

#include <openssl/ssl.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/services/stage.h"

static const char name[] = "https";

static struct endpoint
endpoint_of(const char *key, const char *chain)
{
    struct endpoint endpoint = { .name = xstrdup(name),
                                 .protocol = SPEAK_HTTPS };

    stage_present(&endpoint, "", key, chain);
    return endpoint;
}

static void
test_chain(void **state)
{
    struct endpoint endpoint = endpoint_of("leaf.key", "fullchain.crt");
    STACK_OF(X509) *chain = NULL;
    struct error error;
    struct tls *whole = NULL;
    SSL_CTX *tls;
    char subject[256];

    (void)state;
    assert_int_equal(tls_new(&endpoint, &whole, &error), 0);
    tls = tls_context(whole, NULL);
    SSL_CTX_get0_chain_certs(tls, &chain);
    assert_int_equal(sk_X509_num(chain), 2);
    X509_NAME_oneline(X509_get_subject_name(sk_X509_value(chain, 0)), subject,
                      sizeof(subject));
    assert_string_equal(subject, "/O=Example/CN=Example Intermediate CA");
    X509_NAME_oneline(X509_get_subject_name(SSL_CTX_get0_certificate(tls)),
                      subject, sizeof(subject));
    assert_string_equal(subject, "/C=DE/O=Example/CN=leaf.example.com");
    assert_int_equal(SSL_CTX_get_min_proto_version(tls), TLS1_2_VERSION);
    assert_int_equal(SSL_CTX_get_verify_mode(tls), SSL_VERIFY_NONE);
    tls_free(whole);
    endpoint_clear(&endpoint);
}

static void
test_trust(void **state)
{
    struct endpoint endpoint = endpoint_of("ec.key", "ec.crt");
    struct error error;
    struct tls *tls = NULL;
    SSL_CTX *context;

    (void)state;
    endpoint.trust = fixture("bundle.crt");
    assert_int_equal(tls_new(&endpoint, &tls, &error), 0);
    context = tls_context(tls, NULL);
    assert_int_equal(SSL_CTX_get_verify_mode(context), SSL_VERIFY_PEER);
    assert_int_equal(sk_X509_NAME_num(SSL_CTX_get_client_CA_list(context)), 2);
    tls_free(tls);
    endpoint.protocol = SPEAK_TLS;
    assert_int_equal(tls_new(&endpoint, &tls, &error), 0);
    assert_int_equal(SSL_CTX_get_verify_mode(tls_context(tls, NULL)),
                     SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    tls_free(tls);
    endpoint_clear(&endpoint);
}

/* By the name that the client asks for, in capitals or not. */
static void
test_hosts(void **state)
{
    struct endpoint endpoint = endpoint_of("leaf.key", "leaf.crt");
    struct error error;
    struct tls *tls = NULL;
    SSL_CTX *own;

    (void)state;
    stage_present(&endpoint, "ec.example.com", "ec.key", "ec.crt");
    stage_present(&endpoint, "other.example.com", "other.key", "other.crt");
    assert_int_equal(tls_new(&endpoint, &tls, &error), 0);
    own = tls_context(tls, NULL);
    assert_ptr_equal(tls_context(tls, "ec.example.org"), own);
    assert_ptr_equal(tls_context(tls, ""), own);
    assert_ptr_not_equal(tls_context(tls, "EC.example.com"), own);
    assert_int_equal(EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(
                         tls_context(tls, "EC.example.com"))),
                     EVP_PKEY_EC);
    assert_ptr_not_equal(tls_context(tls, "other.example.com"),
                         tls_context(tls, "ec.example.com"));
    tls_free(tls);
    stage_present(&endpoint, "bad.example.com", "ec.key", "leaf.crt");
    assert_fails(tls_new(&endpoint, &tls, &error), &error, E_CRYPTO, name);
    endpoint_clear(&endpoint);
}

static void
test_refused(void **state)
{
    static const struct {
        const char *key, *chain;
        enum error_code code;
    } table[] = {
        { "other.key", "leaf.crt", E_CRYPTO },
        { "leaf.key", "empty.crt", E_CRYPTO },
        { "leaf.key", "badbase64.crt", E_PEM_BAD_DATA },
        { "encrypted.key", "leaf.crt", E_KEY_ENCRYPTED },
        { "leaf.crt", "leaf.crt", E_NOT_KEY },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct endpoint endpoint = endpoint_of(table[i].key, table[i].chain);
        struct error error;
        struct tls *tls = NULL;

        assert_fails(tls_new(&endpoint, &tls, &error), &error, table[i].code,
                     name);
        assert_null(tls);
        endpoint_clear(&endpoint);
    }
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_chain),
        test(test_trust),
        test(test_hosts),
        test(test_refused),
    };

    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}

/*
 * What TLS an endpoint offers: OpenSSL's defaults, the least version, and the
 * certificates exactly as they were assigned.
 */
#include "services/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <strings.h>

#include "pki/cert.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/xalloc.h"

struct tls {
    const struct endpoint *endpoint;
    SSL_CTX **contexts; /* of its credentials */
};

/* What is done with each certificate of a PEM text. */
typedef int take_cert(SSL_CTX *tls, X509 *cert, size_t index);

static int
present(SSL_CTX *tls, X509 *cert, size_t index)
{
    return index == 0 ? SSL_CTX_use_certificate(tls, cert)
                      : SSL_CTX_add1_chain_cert(tls, cert);
}

static int
trust(SSL_CTX *tls, X509 *cert, size_t index)
{
    (void)index;
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), cert) == 1 &&
           SSL_CTX_add_client_CA(tls, cert) == 1;
}

static int
take_each(SSL_CTX *tls, const char *name, const struct blob *text,
          take_cert *take, struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block;
    size_t index = 0;
    int r;

    pem_start(&cursor, name, text);
    while ((r = pem_next(&cursor, &block, error)) == 1) {
        X509 *cert = NULL;

        if (cert_decode(&block, name, &cert, error) != 0)
            return -1;
        if (take(tls, cert, index++) != 1)
            r = fail_openssl(error, E_CRYPTO, name);
        X509_free(cert);
        if (r < 0)
            break;
    }
    return r;
}

static int
use_key(SSL_CTX *tls, const char *name, const struct blob *text,
        struct error *error)
{
    EVP_PKEY *key = NULL;
    int r = key_parse(name, text, &key, error);

    if (r == 0 && (SSL_CTX_use_PrivateKey(tls, key) != 1 ||
                   SSL_CTX_check_private_key(tls) != 1))
        r = fail_openssl(error, E_CRYPTO, name);
    EVP_PKEY_free(key);
    return r;
}

static void
ask_clients(SSL_CTX *tls, const struct endpoint *endpoint)
{
    int mode = SSL_VERIFY_PEER;

    if (endpoint->protocol == SPEAK_TLS)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(tls, mode, NULL);
    /* A trust file often holds the other side's certificate itself. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls),
                                X509_V_FLAG_PARTIAL_CHAIN);
}

void
tls_begin(void)
{
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL);
    openssl_forget();
}

static int
make_context(const struct endpoint *endpoint,
             const struct credential *credential, SSL_CTX **ret,
             struct error *error)
{
    static const unsigned char id[] = "openmmp";
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    int r = 0;

    if (tls == NULL ||
        SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_session_id_context(tls, id, sizeof(id) - 1) != 1)
        r = fail_openssl(error, E_CRYPTO, endpoint->name);
    if (r == 0) {
        SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
        /* No chain but the one that was assigned, even if the trusted
           certificates would complete it. */
        SSL_CTX_set_mode(tls, SSL_MODE_NO_AUTO_CHAIN |
                                  SSL_MODE_RELEASE_BUFFERS |
                                  SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        /* Tickets need no memory of ours. */
        SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
        r = take_each(tls, endpoint->name, &credential->chain, present, error);
    }
    if (r == 0)
        r = use_key(tls, endpoint->name, &credential->key, error);
    if (r == 0 && endpoint->trust.size > 0) {
        ask_clients(tls, endpoint);
        r = take_each(tls, endpoint->name, &endpoint->trust, trust, error);
    }
    if (r == 0) {
        *ret = tls;
        tls = NULL;
    }
    SSL_CTX_free(tls);
    openssl_forget();
    return r;
}

/* For a client that has named its host to TLS only. */
static int
choose(SSL *ssl, int *alert, void *arg)
{
    const struct tls *tls = arg;

    (void)alert;
    if (SSL_get_app_data(ssl) != NULL)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_SSL_CTX(ssl, tls_context(tls, SSL_get_servername(
                                              ssl, TLSEXT_NAMETYPE_host_name)));
    return SSL_TLSEXT_ERR_OK;
}

SSL *
tls_accept(struct tls *tls, const char *host)
{
    SSL *ssl = SSL_new(tls_context(tls, host));

    if (ssl == NULL)
        return NULL;
    SSL_set_accept_state(ssl);
    if (host != NULL) /* says that it has been chosen */
        SSL_set_app_data(ssl, tls);
    return ssl;
}

int
tls_new(const struct endpoint *endpoint, struct tls **ret, struct error *error)
{
    struct tls *tls = xcalloc(1, sizeof(*tls));
    size_t i;
    int r = 0;

    tls->endpoint = endpoint;
    tls->contexts = xcalloc(endpoint->credential_count, sizeof(*tls->contexts));
    for (i = 0; r == 0 && i < endpoint->credential_count; i++)
        r = make_context(endpoint, &endpoint->credentials[i], &tls->contexts[i],
                         error);
    if (r == 0 && endpoint->credential_count > 1) {
        SSL_CTX_set_tlsext_servername_callback(tls->contexts[0], choose);
        SSL_CTX_set_tlsext_servername_arg(tls->contexts[0], tls);
    }
    if (r == 0) {
        *ret = tls;
        tls = NULL;
    }
    tls_free(tls);
    return r;
}

void
tls_free(struct tls *tls)
{
    size_t i;

    if (tls == NULL)
        return;
    for (i = 0; i < tls->endpoint->credential_count; i++)
        SSL_CTX_free(tls->contexts[i]);
    free(tls->contexts);
    free(tls);
}

SSL_CTX *
tls_context(const struct tls *tls, const char *host)
{
    const struct endpoint *endpoint = tls->endpoint;
    size_t i;

    for (i = 1; host != NULL && i < endpoint->credential_count; i++)
        if (strcasecmp(endpoint->credentials[i].host, host) == 0)
            return tls->contexts[i];
    return tls->contexts[0];
}

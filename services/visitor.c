/*
 * A client of our own listeners: a connection, STARTTLS where it is XMPP (RFC
 * 6120 section 5.4), and a handshake that takes any certificate.
 */
#include "services/visitor.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "pki/cert.h"
#include "services/endpoint.h"

#define STREAM                                                                 \
    "<stream:stream xmlns='jabber:client' version='1.0' "                      \
    "xmlns:stream='http://etherx.jabber.org/streams'>"
#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

static int
connect_to(const char *address, const char *port)
{
    const struct addrinfo wanted = { .ai_flags =
                                         AI_NUMERICHOST | AI_NUMERICSERV,
                                     .ai_socktype = SOCK_STREAM };
    const struct timeval patience = { .tv_sec = VISITOR_SECONDS };
    struct addrinfo *found;
    int fd;

    if (getaddrinfo(address, port, &wanted, &found) != 0)
        return -1;
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* Says something and reads until the answer is there. */
static bool
ask(int fd, const char *question, const char *answer)
{
    char text[4096];
    size_t size = 0;
    ssize_t n;

    if (send(fd, question, strlen(question), MSG_NOSIGNAL) !=
        (ssize_t)strlen(question))
        return false;
    do {
        n = recv(fd, text + size, sizeof(text) - 1 - size, 0);
        if (n <= 0)
            return false;
        size += (size_t)n;
        text[size] = '\0';
    } while (strstr(text, answer) == NULL && size < sizeof(text) - 1);
    return strstr(text, answer) != NULL;
}

static int
append_chain(const STACK_OF(X509) *chain, struct blob *ret, struct error *error)
{
    int r = 0, i;

    for (i = 0; r == 0 && i < sk_X509_num(chain); i++)
        r = cert_append(ret, sk_X509_value(chain, i), error);
    return r;
}

/* A server that wants a certificate of us has shown its own by then. */
static int
shake_hands(int fd, struct blob *ret, struct error *error)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    SSL *ssl = tls != NULL ? SSL_new(tls) : NULL;
    int r = 0;

    if (ssl != NULL && SSL_set_fd(ssl, fd) == 1) {
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
        SSL_connect(ssl);
        r = append_chain(SSL_get_peer_cert_chain(ssl), ret, error);
    }
    SSL_free(ssl);
    SSL_CTX_free(tls);
    openssl_forget();
    return r;
}

static int
fail_place(struct error *error, const char *address, unsigned port,
           const char *why)
{
    char *place = endpoint_place_of(address, port);
    int r = fail_detail(error, E_NOT_READY, place, why);

    free(place);
    return r;
}

int
visitor_look(const char *address, unsigned port, enum protocol protocol,
             struct blob *ret, struct error *error)
{
    struct blob chain = { 0 };
    char number[16];
    int fd, r = 0;

    snprintf(number, sizeof(number), "%u", port);
    fd = connect_to(address, number);
    if (fd < 0)
        return fail_place(error, address, port, "nobody answers");
    if (protocol != SPEAK_XMPP || (ask(fd, STREAM, "</stream:features>") &&
                                   ask(fd, STARTTLS, "<proceed")))
        r = shake_hands(fd, &chain, error);
    close(fd);
    if (r == 0 && chain.size == 0)
        r = fail_place(error, address, port, "it presents nothing");
    if (r == 0)
        blob_append(ret, chain.data, chain.size);
    blob_clear(&chain);
    return r;
}

int
visitor_main(char *const *words, size_t count, int out)
{
    struct blob text = { 0 };
    struct error error;
    int r = -1;

    if (count == 3)
        r = visitor_look(words[0], (unsigned)strtoul(words[1], NULL, 10),
                         (enum protocol)strtoul(words[2], NULL, 10), &text,
                         &error);
    if (r == 0)
        r = blob_write(&text, out);
    blob_clear(&text);
    return r;
}

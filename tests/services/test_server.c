/*
 * The process that answers on one endpoint, asked by strangers: openssl
 * s_client, and clients that behave badly.
 */
#include "services/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/message.h"
#include "services/speak.h"
#include "tests/planted.h"
#include "tests/services/stage.h"

/* What is asked of it has no end, and the time for it is a hundredth. */
static bool turns_round;

enum next __real_speak_redirect(struct dialogue *dialogue);
enum next __wrap_speak_redirect(struct dialogue *dialogue);
int __real_setitimer(__itimer_which_t which, const struct itimerval *timer,
                     struct itimerval *before);
int __wrap_setitimer(__itimer_which_t which, const struct itimerval *timer,
                     struct itimerval *before);

enum next
__wrap_speak_redirect(struct dialogue *dialogue)
{
    volatile bool turns = turns_round;

    while (turns)
        ;
    return __real_speak_redirect(dialogue);
}

int
__wrap_setitimer(__itimer_which_t which, const struct itimerval *timer,
                 struct itimerval *before)
{
    struct itimerval little = *timer;

    if (turns_round)
        little.it_value =
            (struct timeval){ .tv_usec = timer->it_value.tv_sec * 10000 };
    return __real_setitimer(which, &little, before);
}

/* Runs a server in a child, and then afterwards(), whose result is its exit
   status; *error is what it reports. */
static int
serve_and(const struct endpoint *endpoint, int (*afterwards)(void), pid_t *ret,
          struct error *error)
{
    int in[2], out[2];
    struct blob bytes = { 0 };
    char line[MESSAGE_MAX] = "";
    ssize_t n;

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    *ret = fork();
    if (*ret == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(in[1]);
        close(out[0]);
        _exit(server_main(in[0], out[1], error) == 0 ? afterwards() : 1);
    }
    close(in[0]);
    close(out[1]);
    endpoint_pack(endpoint, &bytes);
    assert_int_equal(write(in[1], bytes.data, bytes.size), bytes.size);
    close(in[1]);
    blob_clear(&bytes);
    n = read(out[0], line, sizeof(line) - 1);
    assert_true(n > 0);
    close(out[0]);
    return message_parse(line, NULL, error);
}

static int
nothing(void)
{
    return 0;
}

static int
serve(const struct endpoint *endpoint, pid_t *ret, struct error *error)
{
    return serve_and(endpoint, nothing, ret, error);
}

static void
end(pid_t pid)
{
    int how = -1;

    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
}

static struct endpoint
plain_of(enum protocol protocol)
{
    return (struct endpoint){ .name = xstrdup("test"),
                              .protocol = protocol,
                              .address = xstrdup("127.0.0.1"),
                              .port = stage_port() };
}

static struct endpoint
endpoint_of(enum protocol protocol)
{
    struct endpoint endpoint = plain_of(protocol);

    stage_present(&endpoint, "", "leaf.key", "fullchain.crt");
    return endpoint;
}

static pid_t
serve_protocol(enum protocol protocol, unsigned *port)
{
    struct endpoint endpoint = endpoint_of(protocol);
    struct error error;
    pid_t pid;

    assert_int_equal(serve(&endpoint, &pid, &error), 0);
    *port = endpoint.port;
    endpoint_clear(&endpoint);
    return pid;
}

/*
 * What s_client prints, with the lines of a request.  It is left alone once it
 * has printed what it is to print, however long a busy machine takes, but for
 * 10 s.
 */
static struct blob
s_client(struct scratch *scratch, unsigned port, const char *input,
         const char *options, const char *until)
{
    struct blob out = { 0 };
    char *command =
        xasprintf("rm -f said; { printf '%s'; i=0; "
                  "until grep -qF -- '%s' said || [ $((i += 1)) -gt 200 ]; "
                  "do sleep 0.05; done; } | timeout 10 openssl s_client "
                  "-connect 127.0.0.1:%u %s >said 2>&1; cat said",
                  input, until, port, options);

    run_shell(scratch, command, &out);
    blob_text(&out, "");
    free(command);
    return out;
}

static void
assert_says(const struct blob *text, const char *wanted)
{
    if (strstr((char *)text->data, wanted) == NULL)
        fail_msg("no \"%s\" in: %s", wanted, text->data);
}

static void
assert_says_not(const struct blob *text, const char *unwanted)
{
    if (strstr((char *)text->data, unwanted) != NULL)
        fail_msg("\"%s\" in: %s", unwanted, text->data);
}

/* The chain as it was assigned, both versions of TLS, and tickets. */
static void
test_presents(void **state)
{
    struct scratch *scratch = *state;
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_HTTPS, &port);
    struct blob text;

    fixture_store(scratch->store, "root.crt");
    text = s_client(scratch, port, "", "-showcerts -CAfile root.crt",
                    "Verify return code");
    assert_says(&text, "Verify return code: 0 (ok)");
    assert_says(&text, "New, TLSv1.3");
    assert_says(&text, " 0 s:C = DE, O = Example, CN = leaf.example.com");
    assert_says(&text, " 1 s:O = Example, CN = Example Intermediate CA");
    assert_says(&text, " 2 s:O = Example, CN = Example Root CA");
    assert_says_not(&text, " 3 s:");
    assert_says_not(&text, "Acceptable client certificate CA names");
    blob_clear(&text);
    text = s_client(scratch, port, "", "-tls1_2 -servername other.example.org",
                    "Verify return code");
    assert_says(&text, "New, TLSv1.2");
    assert_says(&text, "TLS session ticket:");
    blob_clear(&text);
    text = s_client(scratch, port, "", "-tls1_1 -cipher ALL@SECLEVEL=0",
                    "no peer certificate available");
    assert_says(&text, "no peer certificate available");
    blob_clear(&text);
    end(pid);
}

static void
test_https(void **state)
{
    struct scratch *scratch = *state;
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_HTTPS, &port);
    struct blob text;

    text = s_client(scratch, port,
                    "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
                    "GET /api/v1 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
                    "HEAD /x HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n",
                    "-quiet -no_ign_eof", "404 Not Found");
    assert_says(&text, "HTTP/1.1 200 OK");
    assert_says(&text, "HTTP/1.1 401 Unauthorized");
    assert_says(&text, "WWW-Authenticate: Basic");
    assert_says(&text, "HTTP/1.1 404 Not Found");
    blob_clear(&text);
    text = s_client(scratch, port, "what is this\\r\\n\\r\\n",
                    "-quiet -no_ign_eof", "Connection: close");
    assert_says(&text, "HTTP/1.1 400 Bad Request");
    assert_says(&text, "Connection: close");
    blob_clear(&text);
    end(pid);
}

static void
test_xmpp(void **state)
{
    struct scratch *scratch = *state;
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_XMPP, &port);
    struct blob text;

    text = s_client(
        scratch, port, "<stream:stream to=\"example.org\" version=\"1.0\">",
        "-starttls xmpp -xmpphost example.org -showcerts", "</stream:stream>");
    assert_says(&text, " 2 s:O = Example, CN = Example Root CA");
    assert_says(&text, "</stream:stream>");
    blob_clear(&text);
    end(pid);
}

/* The host of the stream decides; that of TLS where there is none. */
static void
test_xmpp_hosts(void **state)
{
    static const char stream[] = "<stream:stream version=\"1.0\">";
    static const struct {
        const char *options, *subject;
    } rows[] = {
        { "-xmpphost ec.example.com", "ec.example.com" },
        { "-xmpphost EC.example.com", "ec.example.com" },
        { "-xmpphost ec.example.com -servername else.example.com",
          "ec.example.com" },
        { "-xmpphost _ -servername ec.example.com", "ec.example.com" },
        { "-xmpphost else.example.com", "leaf.example.com" },
        { "-xmpphost else.example.com -servername ec.example.com",
          "leaf.example.com" },
    };
    struct scratch *scratch = *state;
    struct endpoint endpoint = endpoint_of(SPEAK_XMPP);
    struct error error;
    pid_t pid;
    size_t i;

    stage_present(&endpoint, "ec.example.com", "ec.key", "ec.crt");
    assert_int_equal(serve(&endpoint, &pid, &error), 0);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *options = xasprintf("-starttls xmpp %s", rows[i].options);
        char *subject = xasprintf("CN = %s\n   i:", rows[i].subject);
        struct blob text = s_client(scratch, endpoint.port, stream, options,
                                    "</stream:stream>");

        assert_says(&text, subject);
        blob_clear(&text);
        free(subject);
        free(options);
    }
    end(pid);
    endpoint_clear(&endpoint);
}

/* What is sent in the clear behind <starttls/> never counts as secure. */
static void
test_xmpp_injection(void **state)
{
    static const char early[] =
        "<stream:stream to='a' version='1.0'>"
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><auth/>";
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_XMPP, &port);
    char text[2048] = "";
    size_t got = 0;
    ssize_t n;
    int fd = stage_connect(port);

    (void)state;
    assert_int_equal(write(fd, early, sizeof(early) - 1), sizeof(early) - 1);
    while (got < sizeof(text) - 1 &&
           (n = read(fd, text + got, sizeof(text) - 1 - got)) > 0)
        got += (size_t)n;
    assert_non_null(strstr(text, "<proceed"));
    close(fd);
    end(pid);
}

static const unsigned char binding[20] = { 0,    1,    0,    0,   0x21,
                                           0x12, 0xa4, 0x42, 't', 'r',
                                           'a',  'n',  's',  'a', 'c',
                                           't',  'i',  'o',  'n', '!' };

static void
check_binding(const unsigned char *answer, unsigned port)
{
    static const unsigned char head[8] = {
        1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42
    };

    assert_memory_equal(answer, head, 8);
    assert_memory_equal(answer + 8, binding + 8, 12);
    assert_int_equal((answer[26] << 8 | answer[27]) ^ 0x2112, port);
    assert_int_equal(answer[28] ^ 0x21, 127);
    assert_int_equal(answer[31] ^ 0x42, 1);
}

static unsigned
own_port(int fd)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static SSL *
tls_connect(SSL_CTX *tls, unsigned port)
{
    SSL *ssl = SSL_new(tls);
    int fd = stage_connect(port);

    assert_int_not_equal(fd, -1);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    return ssl;
}

static void
tls_close(SSL *ssl)
{
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
}

/* A socket that asks the port in the clear, by UDP. */
static int
ask_by_udp(unsigned port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)port),
                                         .sin_addr.s_addr =
                                             htonl(INADDR_LOOPBACK) };
    const struct timeval bound = { .tv_sec = 5 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
    assert_int_equal(
        connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(write(fd, "nonsense", 8), 8);
    return fd;
}

static void
test_turn(void **state)
{
    struct endpoint plain = plain_of(SPEAK_TURN);
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    unsigned char answer[64];
    struct error error;
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_TURN, &port);
    SSL *ssl = tls_connect(tls, port);
    int fd;

    (void)state;
    assert_int_equal(SSL_write(ssl, binding, 20), 20);
    assert_int_equal(SSL_read(ssl, answer, sizeof(answer)), 32);
    check_binding(answer, own_port(SSL_get_fd(ssl)));
    tls_close(ssl);
    SSL_CTX_free(tls);
    /* Nothing is answered in the clear where TLS was asked for. */
    fd = ask_by_udp(port);
    assert_int_equal(read(fd, answer, sizeof(answer)), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(fd);
    end(pid);

    assert_int_equal(serve(&plain, &pid, &error), 0);
    fd = stage_connect(plain.port);
    assert_int_equal(write(fd, binding, 20), 20);
    assert_int_equal(read(fd, answer, sizeof(answer)), 32);
    check_binding(answer, own_port(fd));
    close(fd);
    fd = ask_by_udp(plain.port);
    assert_int_equal(write(fd, binding, 20), 20);
    assert_int_equal(read(fd, answer, sizeof(answer)), 32);
    check_binding(answer, own_port(fd));
    close(fd);
    end(pid);
    endpoint_clear(&plain);
}

static void
test_redirect(void **state)
{
    struct endpoint endpoint = plain_of(SPEAK_REDIRECT);
    struct scratch *scratch = *state;
    struct blob text = { 0 };
    struct error error;
    char *command;
    pid_t pid;

    endpoint.https_port = 8443;
    assert_int_equal(serve(&endpoint, &pid, &error), 0);
    command = xasprintf("curl -sS -m 5 -o /dev/null -w '%%{http_code} "
                        "%%{redirect_url}' 'http://127.0.0.1:%u/a?b=c'",
                        endpoint.port);
    run_shell(scratch, command, &text);
    assert_string_equal((char *)text.data, "301 https://127.0.0.1:8443/a?b=c");
    blob_clear(&text);
    free(command);
    end(pid);
    endpoint_clear(&endpoint);
}

/* A service that talks to its own kind only wants a certificate; the chain it
   sends stays its own. */
static void
test_trust(void **state)
{
    struct endpoint endpoint = plain_of(SPEAK_TLS);
    struct scratch *scratch = *state;
    struct blob text;
    struct error error;
    pid_t pid;

    fixture_store(scratch->store, "other.crt");
    fixture_store(scratch->store, "other.key");
    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "leaf.key");
    stage_present(&endpoint, "", "leaf.key", "leaf.crt");
    endpoint.trust = fixture("leaf.crt");
    assert_int_equal(serve(&endpoint, &pid, &error), 0);
    text = s_client(scratch, endpoint.port, "",
                    "-showcerts -cert leaf.crt -key leaf.key",
                    "New Session Ticket arrived"); /* it is let in */
    assert_says(&text, "Acceptable client certificate CA names");
    assert_says(&text, "CN = leaf.example.com");
    assert_says(&text, "New Session Ticket arrived");
    assert_says_not(&text, " 1 s:");
    assert_says_not(&text, "alert");
    blob_clear(&text);
    text = s_client(scratch, endpoint.port, "", "", "certificate required");
    assert_says(&text, "CN = leaf.example.com");
    assert_says(&text, "certificate required");
    blob_clear(&text);
    text = s_client(scratch, endpoint.port, "",
                    "-cert other.crt -key other.key", "alert");
    assert_says(&text, "alert");
    blob_clear(&text);
    end(pid);
    endpoint_clear(&endpoint);
}

static int
pending_error(int fd)
{
    int number = -1;
    socklen_t size = sizeof(number);

    getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size);
    return number;
}

/* Until it is closed; how long that took in s. */
static time_t
await_close(int fd)
{
    const struct timeval bound = { .tv_sec = 10 };
    time_t from = time(NULL);
    char buffer[512];

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
    while (read(fd, buffer, sizeof(buffer)) > 0)
        ;
    return time(NULL) - from;
}

/* The alert says what is wrong, and no reset takes it back, whatever else the
   client has sent by then. */
static void
test_alert_arrives(void **state)
{
    static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct endpoint endpoint = endpoint_of(SPEAK_TLS);
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    struct error error;
    char byte;
    pid_t pid;
    SSL *ssl;
    int fd, i, r = 0;

    (void)state;
    SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
    assert_int_equal(
        SSL_CTX_use_certificate_file(tls, SOURCE_DIR "/testdata/pki/other.crt",
                                     SSL_FILETYPE_PEM),
        1);
    assert_int_equal(
        SSL_CTX_use_PrivateKey_file(tls, SOURCE_DIR "/testdata/pki/other.key",
                                    SSL_FILETYPE_PEM),
        1);
    endpoint.trust = fixture("root.crt");
    assert_int_equal(serve(&endpoint, &pid, &error), 0);
    ssl = tls_connect(tls, endpoint.port); /* its part of TLS 1.3 is done */
    fd = SSL_get_fd(ssl);
    assert_int_equal(SSL_write(ssl, get, sizeof(get) - 1), sizeof(get) - 1);
    stage_sleep(200);
    assert_int_equal(pending_error(fd), 0);
    assert_true(SSL_read(ssl, &byte, 1) <= 0);
    assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
                     SSL_R_TLSV1_ALERT_UNKNOWN_CA);
    openssl_forget();
    tls_close(ssl);
    SSL_CTX_free(tls);

    /* Who asks in the clear sees an end, too; and who never goes is put out. */
    fd = stage_connect(endpoint.port);
    assert_int_equal(write(fd, get, sizeof(get) - 1), sizeof(get) - 1);
    stage_sleep(200);
    assert_int_equal(pending_error(fd), 0);
    assert_in_range(await_close(fd), 0, 1);
    for (i = 0; i < 200 && r == 0; i++) {
        (void)!send(fd, "x", 1, MSG_NOSIGNAL);
        stage_sleep(100);
        r = pending_error(fd);
    }
    assert_int_not_equal(r, 0);
    close(fd);
    end(pid);
    endpoint_clear(&endpoint);
}

static void
test_refused(void **state)
{
    struct endpoint endpoint = endpoint_of(SPEAK_HTTPS), twin;
    struct error error;
    char *place;
    pid_t first, second;
    int how;

    (void)state;
    assert_int_equal(serve(&endpoint, &first, &error), 0);
    twin = plain_of(SPEAK_REDIRECT);
    twin.port = endpoint.port;
    place = endpoint_place(&endpoint);
    assert_fails(serve(&twin, &second, &error), &error, E_LISTEN, place);
    assert_string_equal(error.detail, "Address already in use");
    waitpid(second, &how, 0);
    assert_int_equal(WEXITSTATUS(how), 1);
    end(first);
    blob_clear(&endpoint.credentials[0].key);
    endpoint.credentials[0].key = fixture("other.key");
    assert_fails(serve(&endpoint, &second, &error), &error, E_CRYPTO, "test");
    waitpid(second, &how, 0);
    assert_int_equal(WEXITSTATUS(how), 1);
    endpoint_clear(&endpoint);
    endpoint_clear(&twin);
    free(place);
}

/* One handshake and request; how long it took in ms. */
static long
time_one(SSL_CTX *tls, unsigned port)
{
    static const char get[] = "GET / HTTP/1.0\r\n\r\n";
    struct timespec from, to;
    char answer[32];
    SSL *ssl;

    clock_gettime(CLOCK_MONOTONIC, &from);
    ssl = tls_connect(tls, port);
    assert_int_equal(SSL_write(ssl, get, sizeof(get) - 1), sizeof(get) - 1);
    assert_true(SSL_read(ssl, answer, 15) == 15);
    assert_memory_equal(answer, "HTTP/1.1 200 OK", 15);
    clock_gettime(CLOCK_MONOTONIC, &to);
    tls_close(ssl);
    return (to.tv_sec - from.tv_sec) * 1000 +
           (to.tv_nsec - from.tv_nsec) / 1000000;
}

/* Clients that stop, crawl, talk nonsense, vanish, or never read. */
static void
test_hostile(void **state)
{
    static const unsigned char hello[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3 };
    static const char many[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const struct linger reset = { 1, 0 };
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    unsigned char noise[4096];
    SSL *greedy[8];
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_HTTPS, &port);
    int half[50], i, j;

    (void)state;
    memset(noise, 0xa5, sizeof(noise));
    for (i = 0; i < 50; i++) {
        half[i] = stage_connect(port);
        assert_int_equal(write(half[i], hello, sizeof(hello)), sizeof(hello));
    }
    for (i = 0; i < 20; i++) {
        int fd = stage_connect(port);

        if (i % 2 == 0)
            (void)!send(fd, noise, sizeof(noise), MSG_NOSIGNAL);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(fd);
    }
    /* Requests without end, and no answer is ever read.  The kernel alone may
       keep forty megabytes. */
    for (i = 0; i < 8; i++) {
        greedy[i] = tls_connect(tls, port);
        fcntl(SSL_get_fd(greedy[i]), F_SETFL, O_NONBLOCK);
        for (j = 0; j < 1000000; j++)
            if (SSL_write(greedy[i], many, sizeof(many) - 1) <= 0)
                break;
        assert_true(j < 1000000); /* it does not take them all */
        openssl_forget();
    }
    for (i = 0; i < 10; i++) {
        for (j = 0; j < 50; j++)
            (void)!send(half[j], "x", 1, MSG_NOSIGNAL);
        assert_in_range(time_one(tls, port), 0, 2000);
    }
    for (i = 0; i < 50; i++)
        close(half[i]);
    for (i = 0; i < 8; i++)
        tls_close(greedy[i]);
    SSL_CTX_free(tls);
    openssl_forget();
    end(pid);
}

/* A handshake that does not go on is over after its time. */
static void
test_handshake_time(void **state)
{
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_HTTPS, &port);
    const struct timeval bound = { .tv_sec = SERVER_HANDSHAKE + 5 };
    time_t from = time(NULL);
    int fd = stage_connect(port);
    char byte;

    (void)state;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
    assert_int_equal(write(fd, "\x16\x03", 2), 2);
    assert_int_equal(read(fd, &byte, 1), 0);
    assert_in_range(time(NULL) - from, SERVER_HANDSHAKE - 1,
                    SERVER_HANDSHAKE + 3);
    close(fd);
    end(pid);
}

#define IDLE 500

static void
test_idle_connections(void **state)
{
    struct rlimit files;
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    static SSL *idle[IDLE];
    static const char get[] = "GET / HTTP/1.0\r\n\r\n";
    char answer[16];
    unsigned port;
    pid_t pid;
    int i;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < 2 * IDLE)
        skip();
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    pid = serve_protocol(SPEAK_HTTPS, &port);
    for (i = 0; i < IDLE; i++)
        idle[i] = tls_connect(tls, port);
    assert_in_range(time_one(tls, port), 0, 2000);
    assert_in_range(stage_descriptors(pid), IDLE, IDLE + 32);
    for (i = 0; i < IDLE; i++) {
        assert_int_equal(SSL_write(idle[i], get, sizeof(get) - 1),
                         sizeof(get) - 1);
        assert_int_equal(SSL_read(idle[i], answer, 15), 15);
        tls_close(idle[i]);
    }
    SSL_CTX_free(tls);
    end(pid);
}

static bool
opens(const char *path)
{
    int fd = open(path, O_RDONLY);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* With all that a server has left; tests/services/test_confine.c shows that it
   is the walls, and each of them. */
static int
try_to_break_out(void)
{
    const struct sockaddr_in place = { .sin_family = AF_INET,
                                       .sin_addr.s_addr =
                                           htonl(INADDR_LOOPBACK) };
    char key[256];

    snprintf(key, sizeof(key), "%s/testdata/pki/leaf.key", SOURCE_DIR);
    if (opens("/etc/shadow") || opens(key))
        return 2;
    if (mkdir("/tmp/mmp-test-server", 0700) == 0)
        return 3;
    if (connect(STDIN_FILENO, (const struct sockaddr *)&place, sizeof(place)) ==
            0 ||
        errno != ENOSYS)
        return 4;
    execl("/bin/sh", "sh", "-c", "exit 5", (char *)NULL);
    return 0;
}

/* Nobody can be let in: it waits until somebody can. */
static void
test_no_descriptors(void **state)
{
    struct scratch *scratch = *state;
    char serial[64];
    unsigned port;
    pid_t pid = serve_protocol(SPEAK_HTTPS, &port);
    int fd;

    stage_descriptor_limit(pid, 1);
    fd = stage_connect(port);
    assert_int_not_equal(fd, -1);
    assert_true(stage_busy(pid, 600) < 60);
    stage_descriptor_limit(pid, 0);
    stage_serial(scratch, port, "", serial);
    assert_string_equal(serial, LEAF_SERIAL);
    close(fd);
    end(pid);
}

static void
test_rights(void **state)
{
    struct endpoint endpoint = endpoint_of(SPEAK_HTTPS);
    char line[256], path[64];
    struct error error;
    unsigned found = 0;
    FILE *status;
    pid_t pid;

    (void)state;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0,
                LANDLOCK_CREATE_RULESET_VERSION) < 1)
        skip(); /* the kernel keeps no files from it */
    assert_int_equal(serve_and(&endpoint, try_to_break_out, &pid, &error), 0);
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    status = fopen(path, "r");
    assert_non_null(status);
    while (fgets(line, sizeof(line), status) != NULL)
        found += strcmp(line, "NoNewPrivs:\t1\n") == 0 ||
                 strcmp(line, "CapEff:\t0000000000000000\n") == 0 ||
                 strcmp(line, "CapPrm:\t0000000000000000\n") == 0;
    fclose(status);
    assert_int_equal(found, 3);
    end(pid);
    endpoint_clear(&endpoint);
}

/* An end that the supervisor sees, and not one that seems to run. */
static void
test_turns_round(void **state)
{
    struct endpoint endpoint = plain_of(SPEAK_REDIRECT);
    struct error error;
    pid_t pid;
    int fd, how = -1, i;

    (void)state;
    turns_round = true;
    assert_int_equal(serve(&endpoint, &pid, &error), 0);
    turns_round = false;
    fd = stage_connect(endpoint.port);
    assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    for (i = 0; i < 1000 && waitpid(pid, &how, WNOHANG) != pid; i++)
        stage_sleep(10);
    assert_int_equal(how, SIGPROF);
    close(fd);
    endpoint_clear(&endpoint);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

/* It can not write any more when it takes its key and certificates apart. */
static void
test_taken_apart(void **state)
{
    struct scratch *scratch = *state;
    unsigned port;
    pid_t pid;

    if (syscall(SYS_landlock_create_ruleset, NULL, 0,
                LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        print_message("no Landlock: skipped\n");
        skip();
    }
    planted_begin(scratch->path);
    pid = serve_protocol(SPEAK_HTTPS, &port);
    end(pid);
    assert_true(planted_parsed() > 0);
    assert_int_equal(planted_written(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_presents),
        test(test_https),
        test(test_xmpp),
        test(test_xmpp_hosts),
        test(test_xmpp_injection),
        test(test_turn),
        test(test_redirect),
        test(test_turns_round),
        test(test_trust),
        test(test_refused),
        test(test_hostile),
        test(test_handshake_time),
        test(test_idle_connections),
        test(test_no_descriptors),
        test(test_rights),
        test(test_taken_apart),
        test(test_alert_arrives),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}

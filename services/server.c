/*
 * The process that answers on one endpoint: one epoll loop, nothing in it ever
 * waits for one client.  Each connection has a deadline, bounded buffers, and
 * is advanced as far as it goes whenever its socket is ready.
 */
#include "services/server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/confine.h"
#include "services/message.h"
#include "services/speak.h"
#include "services/tls.h"

enum {
    ROUNDS = 16,  /* reads of one connection before the others' turn */
    ACCEPTS = 64, /* the same for new ones, and for datagrams */
    LINGER = 2,   /* seconds for a client to take our last words */
    SPARE = 32,   /* descriptors that are no connections */
};

enum stage {
    SHAKING, /* the TLS handshake */
    TALKING,
    TURNING, /* our leave to begin TLS is on its way */
    LEAVING, /* our last words are */
    DRAINING /* they are sent: what still comes is thrown away, as a close
                with unread bytes would take them back */
};

struct connection {
    struct connection *next, *prev;
    int fd;
    SSL *ssl; /* NULL: plain */
    enum stage stage;
    unsigned asked; /* of epoll */
    bool begun;     /* a request: the deadline is its end */
    time_t deadline;
    struct dialogue dialogue;
};

struct server {
    const struct endpoint *endpoint;
    const struct manner *manner;
    struct tls *tls; /* NULL: plain */
    bool deaf;       /* nobody can be let in, until the next sweep */
    int epoll, listener, datagrams, signals;
    struct connection all; /* the list's head, in a ring */
    size_t count, max;
    time_t now; /* monotonic */
};

enum io {
    IO_DONE,
    IO_READ,
    IO_WRITE,
    IO_REFUSED, /* TLS has told the client why */
    IO_FAILED
};

static const struct manner {
    speak *speak;
    bool asks_for_tls; /* in the clear first, until the client wants TLS */
    bool datagrams;    /* where there is no TLS, UDP as well as TCP */
} manners[] = {
    [SPEAK_TLS] = { speak_nothing },
    [SPEAK_HTTPS] = { speak_http },
    [SPEAK_XMPP] = { speak_xmpp, .asks_for_tls = true },
    [SPEAK_TURN] = { speak_stun, .datagrams = true },
    [SPEAK_REDIRECT] = { speak_redirect },
};

static time_t
monotonic(void)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/*
 * Reading and writing, through TLS or not.
 */

static enum io
tls_result(SSL *ssl, int r)
{
    int reason = SSL_get_error(ssl, r);

    openssl_forget();
    if (reason == SSL_ERROR_WANT_READ)
        return IO_READ;
    if (reason == SSL_ERROR_WANT_WRITE)
        return IO_WRITE;
    return reason == SSL_ERROR_SSL ? IO_REFUSED : IO_FAILED;
}

static enum io
plain_result(enum io would_block)
{
    return errno == EAGAIN || errno == EINTR ? would_block : IO_FAILED;
}

static enum io
read_some(struct connection *connection)
{
    struct blob *in = &connection->dialogue.in;
    unsigned char buffer[SPEAK_MAX_IN];
    size_t space = sizeof(buffer) - in->size, got = 0;
    enum io io = IO_DONE;

    if (space == 0)
        return IO_FAILED; /* whoever speaks should have had enough */
    if (connection->ssl != NULL) {
        int r = SSL_read_ex(connection->ssl, buffer, space, &got);

        if (r != 1)
            io = tls_result(connection->ssl, r);
    } else {
        ssize_t n = recv(connection->fd, buffer, space, 0);

        if (n < 0)
            io = plain_result(IO_READ);
        else if (n == 0)
            io = IO_FAILED;
        else
            got = (size_t)n;
    }
    if (io == IO_DONE)
        blob_append(in, buffer, got);
    return io;
}

static enum io
write_some(struct connection *connection)
{
    struct blob *out = &connection->dialogue.out;
    enum io io = IO_DONE;
    size_t done = 0;

    if (connection->ssl != NULL) {
        int r = SSL_write_ex(connection->ssl, out->data, out->size, &done);

        if (r != 1)
            io = tls_result(connection->ssl, r);
    } else {
        ssize_t n = send(connection->fd, out->data, out->size, MSG_NOSIGNAL);

        if (n < 0)
            io = plain_result(IO_WRITE);
        else
            done = (size_t)n;
    }
    if (io == IO_DONE)
        speak_take(out, done);
    return io;
}

/*
 * Connections.
 */

static void
drop(struct server *server, struct connection *connection)
{
    connection->prev->next = connection->next;
    connection->next->prev = connection->prev;
    server->count--;
    SSL_free(connection->ssl);
    close(connection->fd);
    dialogue_clear(&connection->dialogue);
    free(connection);
    openssl_forget();
}

static void
begin_tls(struct server *server, struct connection *connection)
{
    connection->ssl = tls_accept(server->tls, connection->dialogue.host);
    if (connection->ssl == NULL ||
        SSL_set_fd(connection->ssl, connection->fd) != 1)
        abort(); /* no memory */
    connection->stage = SHAKING;
    connection->deadline = server->now + SERVER_HANDSHAKE;
}

/* Returns IO_DONE when there is more to do at once. */
static enum io
shake(struct server *server, struct connection *connection)
{
    int r = SSL_do_handshake(connection->ssl);

    if (r != 1)
        return tls_result(connection->ssl, r);
    connection->dialogue.secure = true;
    connection->stage = TALKING;
    connection->deadline = server->now + SERVER_IDLE;
    return IO_DONE;
}

static void
listen_and_answer(struct server *server, struct connection *connection)
{
    struct dialogue *dialogue = &connection->dialogue;
    enum next next;

    dialogue->now = time(NULL);
    next = server->manner->speak(dialogue);
    if (next == NEXT_TLS)
        connection->stage = TURNING;
    if (next == NEXT_CLOSE)
        connection->stage = LEAVING;
    if (dialogue->in.size == 0)
        connection->begun = false;
    if (dialogue->out.size > 0 ||
        (dialogue->in.size > 0 && !connection->begun)) {
        connection->begun = dialogue->in.size > 0;
        connection->deadline = server->now + SERVER_REQUEST;
    } else if (!connection->begun) {
        connection->deadline = server->now + SERVER_IDLE;
    }
}

static enum io
talk(struct server *server, struct connection *connection)
{
    enum io io = read_some(connection);

    if (io == IO_DONE)
        listen_and_answer(server, connection);
    return io;
}

static enum io
flush(struct server *server, struct connection *connection)
{
    struct dialogue *dialogue = &connection->dialogue;
    enum io io = write_some(connection);

    if (io != IO_DONE || dialogue->out.size > 0)
        return io;
    if (!connection->begun)
        connection->deadline = server->now + SERVER_IDLE;
    /* Requests that had to wait until there was room for their answers. */
    if (connection->stage == TALKING && dialogue->in.size > 0)
        listen_and_answer(server, connection);
    return io;
}

static enum io
begin_drain(struct server *server, struct connection *connection)
{
    shutdown(connection->fd, SHUT_WR);
    connection->stage = DRAINING;
    connection->deadline = server->now + LINGER;
    return IO_DONE;
}

/* All is sent that was to be sent before the next stage. */
static enum io
change_stage(struct server *server, struct connection *connection)
{
    if (connection->stage == TURNING) {
        /* What came in the clear behind the request is not taken for
           something that came through TLS (RFC 6120 section 5.4.3.3). */
        if (connection->dialogue.in.size > 0)
            return IO_FAILED;
        begin_tls(server, connection);
        return IO_DONE;
    }
    if (connection->ssl != NULL)
        SSL_shutdown(connection->ssl);
    openssl_forget();
    return begin_drain(server, connection);
}

static enum io
drain(struct connection *connection)
{
    char buffer[4096];
    ssize_t n = recv(connection->fd, buffer, sizeof(buffer), 0);

    if (n < 0)
        return plain_result(IO_READ);
    return n == 0 ? IO_FAILED : IO_DONE;
}

static enum io
step(struct server *server, struct connection *connection)
{
    if (connection->stage == SHAKING)
        return shake(server, connection);
    if (connection->stage == DRAINING)
        return drain(connection);
    if (connection->dialogue.out.size > 0)
        return flush(server, connection);
    if (connection->stage == TALKING)
        return talk(server, connection);
    return change_stage(server, connection);
}

static void
ask_epoll(struct server *server, struct connection *connection, unsigned events)
{
    struct epoll_event event = { .events = events, .data.ptr = connection };

    if (connection->asked != events)
        epoll_ctl(server->epoll, EPOLL_CTL_MOD, connection->fd, &event);
    connection->asked = events;
}

/* As far as it goes. */
static void
advance(struct server *server, struct connection *connection)
{
    enum io io = IO_DONE;
    int rounds;

    for (rounds = 0; io == IO_DONE && rounds < ROUNDS; rounds++) {
        io = step(server, connection);
        if (io == IO_REFUSED) /* the alert is among our last words */
            io = begin_drain(server, connection);
    }
    switch (io) {
    case IO_REFUSED:
    case IO_FAILED:
        drop(server, connection);
        break;
    case IO_READ:
        ask_epoll(server, connection, EPOLLIN);
        break;
    case IO_WRITE:
        ask_epoll(server, connection, EPOLLOUT);
        break;
    case IO_DONE: /* TLS may hold bytes that the socket does not show */
        ask_epoll(server, connection, EPOLLIN | EPOLLOUT);
        break;
    }
}

/* Makes room by the one that would have to go first anyway. */
static void
drop_one(struct server *server)
{
    struct connection *connection = server->all.next, *first = connection;

    for (; connection != &server->all; connection = connection->next)
        if (connection->deadline < first->deadline)
            first = connection;
    if (first != &server->all)
        drop(server, first);
}

static void
add_connection(struct server *server, int fd,
               const struct sockaddr_storage *peer)
{
    struct connection *connection = xcalloc(1, sizeof(*connection));
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    connection->fd = fd;
    connection->asked = EPOLLIN;
    connection->dialogue.endpoint = server->endpoint;
    connection->dialogue.peer = *peer;
    connection->next = &server->all;
    connection->prev = server->all.prev;
    connection->prev->next = server->all.prev = connection;
    server->count++;
    connection->stage = TALKING;
    connection->deadline = server->now + SERVER_IDLE;
    if (server->tls != NULL && !server->manner->asks_for_tls)
        begin_tls(server, connection);
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        drop(server, connection);
}

/* Who waits at the listener would wake us again and again. */
static void
set_deaf(struct server *server, bool deaf)
{
    struct epoll_event event = { .events = deaf ? 0 : EPOLLIN,
                                 .data.ptr = &server->listener };

    if (server->deaf != deaf)
        epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener, &event);
    server->deaf = deaf;
}

static void
accept_some(struct server *server)
{
    int i;

    for (i = 0; i < ACCEPTS; i++) {
        struct sockaddr_storage peer = { 0 };
        socklen_t size = sizeof(peer);
        int fd;

        if (server->count >= server->max)
            drop_one(server);
        fd = accept4(server->listener, (struct sockaddr *)&peer, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            add_connection(server, fd, &peer);
        } else if ((errno == EMFILE || errno == ENFILE) && server->count > 0) {
            drop_one(server);
        } else if (errno != ECONNABORTED && errno != EINTR) {
            set_deaf(server, errno != EAGAIN);
            return;
        }
    }
}

static void
answer_datagrams(struct server *server)
{
    int i;

    for (i = 0; i < ACCEPTS; i++) {
        struct dialogue dialogue = { .endpoint = server->endpoint };
        socklen_t size = sizeof(dialogue.peer);
        unsigned char buffer[2048];
        ssize_t n = recvfrom(server->datagrams, buffer, sizeof(buffer), 0,
                             (struct sockaddr *)&dialogue.peer, &size);

        if (n < 0)
            return;
        blob_append(&dialogue.in, buffer, (size_t)n);
        server->manner->speak(&dialogue);
        if (dialogue.out.size > 0)
            (void)!sendto(server->datagrams, dialogue.out.data,
                          dialogue.out.size, 0,
                          (const struct sockaddr *)&dialogue.peer, size);
        dialogue_clear(&dialogue);
    }
}

static void
drop_late(struct server *server)
{
    struct connection *connection = server->all.next;

    while (connection != &server->all) {
        struct connection *next = connection->next;

        if (connection->deadline <= server->now)
            drop(server, connection);
        connection = next;
    }
}

/*
 * Opening.
 */

static int
watch(struct server *server, int *fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = fd };

    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, *fd, &event);
}

static int
open_socket(const struct addrinfo *address, int *ret)
{
    int one = 1;

    *ret = socket(address->ai_family,
                  address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*ret < 0 ||
        (address->ai_socktype == SOCK_STREAM &&
         setsockopt(*ret, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0) ||
        (address->ai_family == AF_INET6 &&
         setsockopt(*ret, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) != 0) ||
        bind(*ret, address->ai_addr, address->ai_addrlen) != 0)
        return -1;
    return address->ai_socktype == SOCK_STREAM ? listen(*ret, SOMAXCONN) : 0;
}

static int
open_sockets(struct server *server, struct error *error)
{
    const struct endpoint *endpoint = server->endpoint;
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *address = NULL;
    char *place = endpoint_place(endpoint), *port = NULL;
    int r;

    port = xasprintf("%u", endpoint->port);
    r = getaddrinfo(endpoint->address, port, &hints, &address);
    if (r != 0) {
        r = fail_detail(error, E_LISTEN, place, gai_strerror(r));
    } else {
        r = open_socket(address, &server->listener);
        if (r == 0 && server->manner->datagrams &&
            endpoint->credential_count == 0) {
            address->ai_socktype = SOCK_DGRAM;
            r = open_socket(address, &server->datagrams);
        }
        if (r != 0)
            r = fail_detail(error, E_LISTEN, place, strerror(errno));
        freeaddrinfo(address);
    }
    free(port);
    free(place);
    return r;
}

static int
take_signals(struct server *server)
{
    sigset_t ends;

    /* Set anew: an exec that gains capabilities has cleared it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    server->signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
    return server->signals >= 0 ? 0 : -1;
}

/* As many descriptors as we may have; no core, which would hold the key. */
static void
set_limits(struct server *server)
{
    struct rlimit files = { 0 }, core = { 0, 0 };

    setrlimit(RLIMIT_CORE, &core);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 65536 ? files.rlim_max : 65536;
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
    server->max = files.rlim_cur > 2 * SPARE ? files.rlim_cur - SPARE : SPARE;
}

/* It has its sockets and the bytes of its key and certificates: before it takes
   these apart, and strangers talk to it. */
static int
give_up_rights(struct error *error)
{
    /* Its own memory map and threads are what a sanitizer looks at. */
    const struct landlock_path path = { "/proc/self", false };
    bool whole;

    return confine(CONFINE_SERVER, &path, 1, &whole, error);
}

static int
server_open(struct server *server, const struct endpoint *endpoint,
            struct error *error)
{
    *server = (struct server){ .endpoint = endpoint,
                               .manner = &manners[endpoint->protocol],
                               .epoll = epoll_create1(EPOLL_CLOEXEC),
                               .listener = -1,
                               .datagrams = -1,
                               .signals = -1,
                               .now = monotonic() };
    server->all.next = server->all.prev = &server->all;
    set_limits(server);
    tls_begin();
    if (open_sockets(server, error) != 0)
        return -1;
    if (server->epoll < 0 || take_signals(server) != 0 ||
        watch(server, &server->listener) != 0 ||
        watch(server, &server->signals) != 0 ||
        (server->datagrams >= 0 && watch(server, &server->datagrams) != 0))
        return fail_errno(error, endpoint->name);
    if (give_up_rights(error) != 0)
        return -1;
    return endpoint->credential_count > 0
               ? tls_new(endpoint, &server->tls, error)
               : 0;
}

static void
server_close(struct server *server)
{
    const int fds[] = { server->epoll, server->listener, server->datagrams,
                        server->signals };
    size_t i;

    while (server->count > 0)
        drop_one(server);
    for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    tls_free(server->tls);
    openssl_forget();
}

/* Of its own time, so that it may be stopped, or wait for others, for long. */
static void
begin_event(void)
{
    const struct itimerval stuck = { .it_value.tv_sec = SERVER_STUCK };

    setitimer(ITIMER_PROF, &stuck, NULL);
}

/*
 * One event of epoll.  Accepting comes last in a batch: it may drop a
 * connection that has an event in the same batch.
 */
static void
run(struct server *server)
{
    struct epoll_event events[256];
    time_t swept = server->now;

    for (;;) {
        int n = epoll_wait(server->epoll, events, 256, 1000), i;
        bool accepting = false;

        server->now = monotonic();
        begin_event();
        for (i = 0; i < n; i++) {
            void *about = events[i].data.ptr;

            begin_event();
            if (about == &server->signals)
                return;
            if (about == &server->listener)
                accepting = true;
            else if (about == &server->datagrams)
                answer_datagrams(server);
            else
                advance(server, about);
        }
        if (accepting)
            accept_some(server);
        if (server->now != swept) {
            drop_late(server);
            set_deaf(server, false);
        }
        swept = server->now;
    }
}

/*
 * Handing over.
 */

/* -1: whoever started us is gone. */
static int
report(int fd, int r, const struct error *error)
{
    struct blob line = { 0 };

    if (r == 0)
        message_ok(&line);
    else
        message_error(&line, error);
    r = blob_write(&line, fd);
    blob_clear(&line);
    return r;
}

/* TLS has what it needs of them. */
static void
forget_keys(struct endpoint *endpoint)
{
    size_t i;

    for (i = 0; i < endpoint->credential_count; i++)
        blob_clear(&endpoint->credentials[i].key);
}

int
server_main(int in, int out, struct error *error)
{
    struct endpoint endpoint = { 0 };
    struct blob bytes = { 0 };
    struct server server;
    int r;

    r = blob_read(&bytes, in, SIZE_MAX) == 0 ? 0
                                             : fail_errno(error, "endpoint");
    close(in);
    if (r == 0)
        r = endpoint_unpack(&bytes, &endpoint, error);
    blob_clear(&bytes);
    if (r == 0) {
        r = server_open(&server, &endpoint, error);
        forget_keys(&endpoint);
        if (report(out, r, error) != 0 && r == 0)
            r = fail(error, E_SUPERVISOR, NULL);
        close(out);
        if (r == 0)
            run(&server);
        server_close(&server);
    } else {
        report(out, r, error);
        close(out);
    }
    endpoint_clear(&endpoint);
    return r;
}

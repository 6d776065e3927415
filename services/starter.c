/*
 * A request is one packet, together with the descriptor that the program is to
 * write to, and so is its answer.  There is one request at a time.
 */
#include "services/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/spawn.h"

#define NAME "starter"

#define HELPER_MAX ((size_t)1 << 20) /* bytes of an answer */

enum { STARTER_FD = 3 }; /* the connection, in the starter */

struct starter {
    int fd;
    pid_t pid;
};

struct request {
    size_t which, count;
    char words[STARTER_SIZE]; /* each with its NUL */
};

/* number: an errno, or 0; status: of waitpid(2). */
struct answer {
    int number, status;
};

/*
 * Packets with a descriptor.
 */

static struct msghdr
message(struct iovec *bytes, void *room, size_t size)
{
    memset(room, 0, size);
    return (struct msghdr){ .msg_iov = bytes,
                            .msg_iovlen = 1,
                            .msg_control = room,
                            .msg_controllen = size };
}

/* fd: -1 for none. */
static bool
send_packet(int to, void *data, size_t size, int fd)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec bytes = { data, size };
    struct msghdr packet = message(&bytes, &control, sizeof(control));
    ssize_t n;

    if (fd >= 0) {
        control.align =
            (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
    } else {
        packet.msg_control = NULL;
        packet.msg_controllen = 0;
    }
    do
        n = sendmsg(to, &packet, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size;
}

/* *fd: -1 when there was none. */
static bool
take_packet(int from, void *data, size_t size, int *fd)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec bytes = { data, size };
    struct msghdr packet = message(&bytes, &control, sizeof(control));
    struct cmsghdr *head;
    ssize_t n;

    *fd = -1;
    do
        n = recvmsg(from, &packet, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    head = n >= 0 ? CMSG_FIRSTHDR(&packet) : NULL;
    if (head != NULL && head->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(head), sizeof(*fd));
    return n == (ssize_t)size;
}

#define ARGV_SIZE (STARTER_FIXED + STARTER_WORDS + 1)

/* The words of the program, then count others, then NULL.  False if there are
   too many. */
static bool
join_words(const struct starter_program *program, char *const *words,
           size_t count, char *argv[ARGV_SIZE])
{
    size_t n = 0, i;

    while (n < STARTER_FIXED && program->argv[n] != NULL) {
        argv[n] = program->argv[n];
        n++;
    }
    if (program->argv[n] != NULL || count > STARTER_WORDS)
        return false;
    for (i = 0; i < count; i++)
        argv[n++] = words[i];
    argv[n] = NULL;
    return true;
}

/*
 * In the process that keeps its rights.
 */

/* False if the program may not get the words of the request. */
static bool
take_words(const struct starter_program *program, struct request *request,
           char **words)
{
    char *at = request->words;
    size_t i;

    request->words[STARTER_SIZE - 1] = '\0';
    if (request->count > STARTER_WORDS)
        return false;
    for (i = 0; i < request->count; i++) {
        if (at >= request->words + STARTER_SIZE)
            return false;
        words[i] = at;
        at += strlen(at) + 1;
    }
    return program->allows != NULL
               ? program->allows(program->arg, words, request->count)
               : request->count == 0;
}

/* Returns an errno, or 0. */
static int
start(const struct starter_program *program, struct request *request, int out,
      pid_t *ret)
{
    char *words[STARTER_WORDS], *argv[ARGV_SIZE];
    struct spawn how = { .program = program->program,
                         .argv = argv,
                         .in = -1,
                         .out = program->detached ? -1 : out,
                         .err = program->detached ? out : -1,
                         .detached = program->detached };
    struct error error;

    if (!take_words(program, request, words) ||
        !join_words(program, words, request->count, argv))
        return EPERM;
    return spawn(&how, ret, &error) == 0 ? 0 : errno;
}

/* False if the process that asked is gone. */
static bool
serve_one(int fd, const struct starter_program *programs, size_t n)
{
    struct answer answer = { EPERM, 0 };
    struct request request;
    int out = -1, watch = -1;
    pid_t pid = 0;
    bool ok;

    if (!take_packet(fd, &request, sizeof(request), &out))
        return false;
    if (request.which < n)
        answer.number = start(&programs[request.which], &request, out, &pid);
    if (out >= 0)
        close(out);
    if (answer.number == 0 && programs[request.which].detached)
        watch = (int)syscall(SYS_pidfd_open, pid, 0);
    else if (answer.number == 0)
        while (waitpid(pid, &answer.status, 0) < 0 && errno == EINTR)
            ;
    ok = send_packet(fd, &answer, sizeof(answer), watch);
    if (watch >= 0)
        close(watch);
    return ok;
}

static void
wake(int number)
{
    (void)number;
}

/* It has a session of its own, so that Ctrl-C at the terminal does not end
   it. */
static void
serve(int fd, const struct starter_program *programs, size_t n)
{
    struct pollfd asked = { .events = POLLIN };
    sigset_t child, none;

    setsid();
    asked.fd = dup3(fd, STARTER_FD, O_CLOEXEC) == STARTER_FD ? STARTER_FD : fd;
    if (asked.fd == STARTER_FD) {
        close_range(0, STARTER_FD - 1, 0);
        close_range(STARTER_FD + 1, ~0U, 0);
    }
    sigemptyset(&none);
    child = none;
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    signal(SIGCHLD, wake);
    for (;;) {
        int ready = ppoll(&asked, 1, NULL, &none);

        if (ready > 0 && !serve_one(asked.fd, programs, n))
            return;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/*
 * In the process that asks.
 */

int
starter_new(const struct starter_program *programs, size_t n,
            struct starter **ret, struct error *error)
{
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_errno(error, NAME);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        serve(ends[1], programs, n);
        _exit(0);
    }
    close(ends[1]);
    if (pid < 0) {
        fail_errno(error, NAME);
        close(ends[0]);
        return -1;
    }
    *ret = xcalloc(1, sizeof(**ret));
    **ret = (struct starter){ ends[0], pid };
    return 0;
}

void
starter_free(struct starter *starter)
{
    if (starter == NULL)
        return;
    close(starter->fd);
    while (waitpid(starter->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    free(starter);
}

static int
ask(struct starter *starter, size_t which, char *const *words, size_t count,
    int out)
{
    struct request request = { .which = which, .count = count };
    size_t i, used = 0;

    for (i = 0; i < count; i++) {
        size_t size = strlen(words[i]) + 1;

        if (size > sizeof(request.words) - used) {
            errno = E2BIG;
            return -1;
        }
        memcpy(request.words + used, words[i], size);
        used += size;
    }
    return send_packet(starter->fd, &request, sizeof(request), out) ? 0 : -1;
}

/* *watch: the descriptor that came with it, or -1. */
static int
take_answer(struct starter *starter, int *watch, struct error *error)
{
    struct answer answer;

    if (!take_packet(starter->fd, &answer, sizeof(answer), watch))
        return fail_detail(error, E_IO, NAME, "it has ended");
    if (answer.number != 0) {
        errno = answer.number;
        return fail_errno(error, NAME);
    }
    return answer.status == 0
               ? 0
               : fail_detail(error, E_IO, NAME, "what it started has failed");
}

int
starter_run(struct starter *starter, size_t which, char *const *words,
            size_t count, int out, int *ret, struct error *error)
{
    int r = ask(starter, which, words, count, out);

    if (r != 0)
        fail_errno(error, NAME);
    close(out);
    return r == 0 && ret != NULL ? take_answer(starter, ret, error) : r;
}

int
starter_ended(struct starter *starter, struct error *error)
{
    int none, r = take_answer(starter, &none, error);

    if (none >= 0)
        close(none);
    return r;
}

/*
 * Helpers.
 */

/* Without a starter.  Closes out. */
static int
run_helper(const struct starter_program *program, char *const *words,
           size_t count, int out, pid_t *ret, struct error *error)
{
    char *argv[ARGV_SIZE];
    const struct spawn how = { .program = program->program,
                               .argv = argv,
                               .in = -1,
                               .out = out,
                               .err = -1 };
    int r;

    if (join_words(program, words, count, argv)) {
        r = spawn(&how, ret, error);
    } else {
        errno = E2BIG;
        r = fail_errno(error, NAME);
    }
    close(out);
    return r;
}

static int
await_helper(pid_t pid, struct error *error)
{
    return spawn_wait(pid) == 0
               ? 0
               : fail_detail(error, E_IO, NAME, "it has failed");
}

int
helper_ask(const struct helper *helper, char *const *words, size_t count,
           struct blob *ret, struct error *error)
{
    int answer[2], r;
    pid_t pid = 0;

    if (pipe2(answer, O_CLOEXEC) != 0)
        return fail_errno(error, NAME);
    r = helper->starter != NULL
            ? starter_run(helper->starter, helper->which, words, count,
                          answer[1], NULL, error)
            : run_helper(&helper->program, words, count, answer[1], &pid,
                         error);
    if (r == 0 && blob_read(ret, answer[0], HELPER_MAX) != 0)
        r = fail_errno(error, NAME);
    close(answer[0]);
    if (r == 0)
        r = helper->starter != NULL ? starter_ended(helper->starter, error)
                                    : await_helper(pid, error);
    return r;
}

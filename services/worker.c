/*
 * A child of our own making, for it has in memory what it works on; a program
 * would have to be told first.  Each step's answer is a head, then an error if
 * it failed, then sizes and bytes; the reader takes no length and no text on
 * trust.
 */
#include "services/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/sandbox.h"
#include "pki/xalloc.h"
#include "services/spawn.h"

/* How the child ends. */
enum { DONE, NOT_CONFINED, NOT_SENT };

#define UNFINISHED "has ended before its answer"

struct head {
    int32_t failed;
    uint64_t size; /* of what follows */
};

void
parts_add(struct parts *parts, struct blob *bytes)
{
    parts->all =
        xreallocarray(parts->all, parts->count + 1, sizeof(*parts->all));
    parts->all[parts->count++] = *bytes;
    *bytes = (struct blob){ 0 };
}

void
parts_clear(struct parts *parts)
{
    while (parts->count > 0)
        blob_clear(&parts->all[--parts->count]);
    free(parts->all);
    *parts = (struct parts){ 0 };
}

int
parts_need(const struct parts *parts, size_t count, struct error *error)
{
    return parts->count == count
               ? 0
               : fail_detail(error, E_ENDED, "the command", UNFINISHED);
}

/*
 * The child.
 */

/* In one piece: each would wake who waits. */
static int
send_answer(int fd, int r, const struct parts *parts, const struct error *error)
{
    struct head head = { .failed = r != 0 };
    struct blob bytes = { 0 };
    size_t i;

    blob_append(&bytes, &head, sizeof(head));
    if (r != 0)
        blob_append(&bytes, error, sizeof(*error));
    for (i = 0; r == 0 && i < parts->count; i++) {
        uint64_t size = parts->all[i].size;

        blob_append(&bytes, &size, sizeof(size));
        blob_append(&bytes, parts->all[i].data, parts->all[i].size);
    }
    head.size = bytes.size - sizeof(head);
    memcpy(bytes.data, &head, sizeof(head));
    r = blob_write(&bytes, fd);
    blob_clear(&bytes);
    return r;
}

static unsigned
seconds_of(const struct task *task)
{
    return task->seconds > 0 ? task->seconds : WORKER_SECONDS;
}

/* It ends with us, and leaves no core: it may hold keys.  Ctrl-C ends it, and
   the console notes that as always. */
static int
confine_worker(const struct task *task, pid_t parent)
{
    rlim_t seconds = seconds_of(task);
    /* SIGXCPU, which says why it ends, comes before SIGKILL. */
    const struct rlimit limit = { seconds, seconds + 1 };
    struct error error;

    signal(SIGINT, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CPU, &limit);
    if (getppid() != parent || sandbox_enter(&error) != 0)
        return -1;
    if (!task->decrypts)
        openssl_begin_without_ciphers();
    return 0;
}

static int
do_task(const struct task *task, int out, pid_t parent)
{
    size_t i;

    if (confine_worker(task, parent) != 0)
        return NOT_CONFINED;
    for (i = 0; i < WORKER_STEPS && task->steps[i] != NULL; i++) {
        struct parts parts = { 0 };
        struct error error = { 0 };
        int r = task->steps[i](task->arg, &parts, &error);

        if (send_answer(out, r, &parts, &error) != 0)
            return NOT_SENT;
        parts_clear(&parts);
    }
    return DONE;
}

int
worker_begin(const struct task *task, struct worker *ret, struct error *error)
{
    pid_t parent = getpid(), pid;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail_errno(error, "process");
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        _exit(do_task(task, ends[1], parent));
    }
    if (pid < 0)
        fail_errno(error, "process");
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -1;
    }
    *ret = (struct worker){
        .pid = pid,
        .fd = ends[0],
        .seconds = seconds_of(task),
        .max_answer =
            task->max_answer > 0 ? task->max_answer : WORKER_MAX_ANSWER,
    };
    return 0;
}

/*
 * The parent.
 */

static int
died(struct worker *worker, struct error *error)
{
    char detail[64] = UNFINISHED;
    int how;

    kill(worker->pid, SIGKILL); /* or what it says makes no sense */
    how = spawn_wait(worker->pid);
    worker->pid = 0;
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGXCPU)
        snprintf(detail, sizeof(detail),
                 "has taken %u s of processor time, and may not take more",
                 worker->seconds);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != NOT_CONFINED)
        return fail_detail(error, E_ENDED, "the command", detail);
    fail_detail(error, E_DENIED, "the command", "it cannot be confined here");
    return WORKER_REFUSED;
}

/* What failed there failed here. */
static int
take_error(const struct blob *body, struct error *ret)
{
    struct error error;

    if (body->size != sizeof(error))
        return -1;
    memcpy(&error, body->data, sizeof(error));
    error.subject[sizeof(error.subject) - 1] = '\0';
    error.other[sizeof(error.other) - 1] = '\0';
    error.detail[sizeof(error.detail) - 1] = '\0';
    if ((unsigned)error.code >= E_CODES)
        return -1;
    *ret = error;
    return 0;
}

/* -1, and nothing is added, unless the sizes fit to the byte. */
static int
take_parts(const struct blob *body, struct parts *ret)
{
    struct parts parts = { 0 };
    size_t at = 0, i;

    while (body->size - at >= sizeof(uint64_t)) {
        struct blob part = { 0 };
        uint64_t size;

        memcpy(&size, body->data + at, sizeof(size));
        at += sizeof(size);
        if (size > body->size - at)
            break;
        blob_append(&part, body->data + at, (size_t)size);
        at += (size_t)size;
        parts_add(&parts, &part);
    }
    for (i = 0; at == body->size && i < parts.count; i++)
        parts_add(ret, &parts.all[i]);
    parts_clear(&parts);
    return at == body->size ? 0 : -1;
}

int
worker_take(struct worker *worker, struct parts *ret, struct error *error)
{
    struct blob bytes = { 0 };
    struct head head;
    int r = -1;

    if (blob_read(&bytes, worker->fd, sizeof(head)) != 0 ||
        bytes.size != sizeof(head)) {
        blob_clear(&bytes);
        return died(worker, error);
    }
    memcpy(&head, bytes.data, sizeof(head));
    blob_clear(&bytes);
    if (head.size > worker->max_answer)
        return fail_detail(error, E_TOO_LARGE, "the answer", "128 MiB");
    if (blob_read(&bytes, worker->fd, head.size) != 0 ||
        bytes.size != head.size ||
        (head.failed ? take_error(&bytes, error) : take_parts(&bytes, ret)) !=
            0)
        died(worker, error);
    else
        r = head.failed ? -1 : 0;
    blob_clear(&bytes);
    return r;
}

void
worker_end(struct worker *worker)
{
    if (worker->pid > 0) {
        kill(worker->pid, SIGKILL); /* it has nothing more to say */
        spawn_wait(worker->pid);
    }
    if (worker->fd > 0)
        close(worker->fd);
    *worker = (struct worker){ 0 };
}

int
task_apart(const struct task *task, struct parts *ret, struct error *error)
{
    struct worker worker = { 0 };
    int r;

    if (worker_begin(task, &worker, error) != 0)
        return -1;
    r = worker_take(&worker, ret, error);
    worker_end(&worker);
    return r == WORKER_REFUSED ? task->steps[0](task->arg, ret, error) : r;
}

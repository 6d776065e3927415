/*
 * A child of our own making has all that we have read so far, and a pipe; a
 * process of its own program would have to be told first.
 */
#include "mmp/apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/blob.h"
#include "pki/sandbox.h"

/* FAILED and what comes after it carry the session's status. */
enum { RAN, NOT_CONFINED, FAILED };

/* In the child. */
static int
run_there(struct session *session, int (*run)(struct session *, void *),
          void *arg, int out)
{
    const struct rlimit limit = { APART_SECONDS, APART_SECONDS };
    struct error error;
    int r;

    signal(SIGINT, SIG_DFL); /* Ctrl-C ends the child, and the console notes it
                                as always */
    setrlimit(RLIMIT_CPU, &limit);
    session->out = fdopen(out, "w");
    if (session->out == NULL || sandbox_enter(&error) != 0)
        return NOT_CONFINED;
    session->confined = true;
    r = run(session, arg);
    if (fflush(session->out) != 0)
        return NOT_CONFINED;
    return r == 0 ? RAN : FAILED + session->status;
}

static void
read_all(int fd, struct blob *ret)
{
    char buffer[16384];
    ssize_t n;

    while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
        if (n > 0)
            blob_append(ret, buffer, (size_t)n);
        else if (errno != EINTR)
            return;
    }
}

static int
wait_for(struct session *session, pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return APART_FAILED;
    if (!WIFEXITED(status))
        return APART_DIED;
    if (WEXITSTATUS(status) == NOT_CONFINED)
        return APART_FAILED;
    if (WEXITSTATUS(status) == RAN)
        return 0;
    session->status = WEXITSTATUS(status) - FAILED;
    return -1;
}

static int
run_in_child(struct session *session, int (*run)(struct session *, void *),
             void *arg)
{
    struct blob said = { 0 };
    int ends[2], r;
    pid_t pid;

    if (pipe(ends) != 0)
        return APART_FAILED;
    fflush(session->out);
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        _exit(run_there(session, run, arg, ends[1]));
    }
    close(ends[1]);
    if (pid > 0)
        read_all(ends[0], &said);
    close(ends[0]);
    r = pid > 0 ? wait_for(session, pid) : APART_FAILED;
    if (r != APART_FAILED && r != APART_DIED && said.size > 0)
        fwrite(said.data, 1, said.size, session->out);
    blob_clear(&said);
    return r;
}

int
run_apart(struct session *session, int (*run)(struct session *, void *),
          void *arg)
{
    struct error error;

    if (!session->confined && session->alone)
        session->confined = sandbox_enter(&error) == 0;
    if (session->confined)
        return run(session, arg);
    return session->alone ? APART_FAILED : run_in_child(session, run, arg);
}

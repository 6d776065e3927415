/*
 * A program that the supervisor keeps an eye on.
 */
#include "services/child.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
close_output(struct child *child)
{
    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
    child->got = 0;
}

int
child_run(struct child *child, const struct spawn *how, struct error *error)
{
    struct spawn given = *how;
    int out[2], r;

    if (pipe2(out, O_CLOEXEC) != 0)
        return fail_errno(error, how->program);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    given.out = out[1];
    r = spawn(&given, &child->pid, error);
    close(out[1]);
    if (r != 0) {
        close(out[0]);
        return -1;
    }
    close_output(child);
    child->fd = out[0];
    child->ending = false;
    child->due = 0;
    child->since = waits_clock();
    return 0;
}

/* Takes the first line out of what has been read. */
static bool
take_line(struct child *child, char ret[CHILD_LINE])
{
    const char *end = memchr(child->line, '\n', child->got);
    size_t size;

    if (end == NULL)
        return false;
    size = (size_t)(end - child->line);
    memcpy(ret, child->line, size);
    ret[size] = '\0';
    child->got -= size + 1;
    memmove(child->line, end + 1, child->got);
    return true;
}

bool
child_read(struct child *child, char ret[CHILD_LINE])
{
    ssize_t n;

    while (!take_line(child, ret)) {
        if (child->got == sizeof(child->line))
            child->got = 0;
        if (child->fd < 0)
            return false;
        n = read(child->fd, child->line + child->got,
                 sizeof(child->line) - child->got);
        if (n == 0) {
            close(child->fd); /* the last line has been taken */
            child->fd = -1;
        }
        if (n <= 0)
            return false;
        child->got += (size_t)n;
    }
    return true;
}

void
child_stop(struct child *child)
{
    if (child->pid == 0) {
        child->due = 0;
    } else if (!child->ending) {
        kill(child->pid, SIGTERM);
        child->ending = true;
        child->due = waits_clock() + CHILD_STOP;
    }
}

void
child_put_off(struct child *child)
{
    long long now = waits_clock();

    if (child->delay == 0 || now - child->since >= CHILD_LIFE)
        child->delay = CHILD_DELAY;
    child->due = now + child->delay;
    child->delay = waits_longer(child->delay, CHILD_MAX_DELAY);
}

bool
child_ended(struct child *child, int *how)
{
    if (child->pid == 0 || waitpid(child->pid, how, WNOHANG) != child->pid)
        return false;
    child->pid = 0;
    child->ending = false;
    child->due = 0;
    return true;
}

bool
child_due(struct child *child, long long now)
{
    if (child->due == 0 || child->due > now)
        return false;
    child->due = 0;
    if (child->pid == 0)
        return true;
    kill(child->pid, SIGKILL);
    child->due = now + CHILD_STOP;
    return false;
}

void
child_wait(const struct child *child, struct waits *waits)
{
    if (child->fd >= 0)
        waits_for(waits, child->fd);
    if (child->due != 0)
        waits_until(waits, child->due);
}

void
child_clear(struct child *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
    }
    close_output(child);
    *child = CHILD_NONE;
}

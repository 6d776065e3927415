/*
 * Our own binary, one process per endpoint (services/server.h).  Keys go to it
 * in anonymous memory, never on a command line or in a file; a pipe would do
 * the same, but make us wait for the reader.
 */
#include "services/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/message.h"
#include "services/spawn.h"

static bool
carries(const struct unit *unit)
{
    (void)unit;
    return true;
}

/* A descriptor to read the endpoint from. */
static int
hand_over(const struct endpoint *endpoint, int *ret, struct error *error)
{
    int fd = memfd_create("endpoint", MFD_CLOEXEC), r = 0;
    struct blob bytes = { 0 };

    endpoint_pack(endpoint, &bytes);
    if (fd < 0 || blob_write(&bytes, fd) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        r = fail_errno(error, endpoint->name);
    blob_clear(&bytes);
    if (r == 0)
        *ret = fd;
    else if (fd >= 0)
        close(fd);
    return r;
}

static int
start_one(const struct workplace *workplace, const struct unit *unit,
          const struct endpoint *endpoint, struct process *process,
          struct error *error)
{
    /* The last word is for people who look at the processes. */
    char name[] = "mmp-endpoint";
    char *title = xasprintf("%s: %s", unit->name, endpoint->name);
    char *const argv[] = { name, title, NULL };
    int in = -1, answer[2] = { -1, -1 }, r;

    r = hand_over(endpoint, &in, error);
    if (r == 0 && pipe2(answer, O_CLOEXEC) != 0)
        r = fail_errno(error, endpoint->name);
    if (r == 0) {
        const struct spawn how = { .program = workplace->endpoint,
                                   .argv = argv,
                                   .in = in,
                                   .out = answer[1],
                                   .err = -1 };

        fcntl(answer[0], F_SETFL, O_NONBLOCK);
        r = spawn(&how, &process->pid, error);
    }
    if (r == 0) {
        process->fd = answer[0];
        answer[0] = -1;
    }
    if (in >= 0)
        close(in);
    if (answer[0] >= 0)
        close(answer[0]);
    if (answer[1] >= 0)
        close(answer[1]);
    free(title);
    return r;
}

static void
stop(const struct unit *unit, struct process *processes)
{
    size_t i;

    for (i = 0; i < unit->count; i++)
        if (processes[i].pid > 0)
            kill(processes[i].pid, SIGTERM);
}

static int
start(const struct workplace *workplace, const struct unit *unit,
      struct process *processes, struct error *error)
{
    size_t i;

    for (i = 0; i < unit->count; i++)
        if (start_one(workplace, unit, &unit->endpoints[i], &processes[i],
                      error) != 0)
            return -1;
    return 0;
}

/* What the process says of itself, once; it closes its side then. */
static int
check_one(const struct unit *unit, struct process *process, struct error *error)
{
    char line[MESSAGE_MAX];
    ssize_t n;
    int r;

    if (process->fd < 0)
        return 1;
    n = read(process->fd, line, sizeof(line) - 1);
    if (n < 0 && errno == EAGAIN)
        return 0;
    close(process->fd);
    process->fd = -1;
    if (n <= 0) /* it is gone: the supervisor sees how */
        return fail(error, E_ENDED, unit->name);
    line[n] = '\0';
    r = message_parse(line, NULL, error);
    return r == 0 ? 1 : r;
}

static int
check(const struct unit *unit, struct process *processes, struct error *error)
{
    int all = 1;
    size_t i;

    for (i = 0; i < unit->count && all >= 0; i++) {
        int one = check_one(unit, &processes[i], error);

        if (one < all)
            all = one;
    }
    return all;
}

const struct backend backend_embedded = {
    .name = "embedded",
    .carries = carries,
    .start = start,
    .check = check,
    .stop = stop,
};

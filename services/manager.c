/*
 * A client of the supervisor: one connection per request, and a new supervisor
 * when nobody listens.
 */
#include "services/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pki/store.h"
#include "pki/xalloc.h"
#include "services/job.h"
#include "services/message.h"
#include "services/spawn.h"
#include "services/supervisor.h"
#include "services/waits.h"

enum {
    WAKE_TIME = 5000, /* ms for a supervisor to listen */
    /* ms for an answer: a service has to end, and to be ready again. */
    ANSWER_TIME = JOB_READY + 2 * JOB_KILL + 4000,
    REAP_TIME = 1000, /* ms for a supervisor that we started to end */
    ATTEMPTS = 3,
};

struct manager {
    struct store *store;
    char *program; /* NULL: our own binary, its path not yet looked up */
    char **argv;
    pid_t child; /* a supervisor that we started and have to reap, or 0 */
    struct starter *starter; /* NULL: we start the supervisor ourselves */
    size_t which;            /* of the starter's programs */
    int watch; /* readable when the one it started has ended, or -1 */
};

struct manager *
manager_new(struct store *store, const char *program, char *const *arguments)
{
    struct manager *manager = xcalloc(1, sizeof(*manager));
    size_t count = 0, i;

    while (arguments[count] != NULL)
        count++;
    manager->store = store;
    manager->program = program != NULL ? xstrdup(program) : NULL;
    manager->argv = xcalloc(count + 3, sizeof(*manager->argv));
    manager->argv[0] = xstrdup("mmp");
    for (i = 0; i < count; i++)
        manager->argv[i + 1] = xstrdup(arguments[i]);
    manager->argv[count + 1] = xstrdup("--on-demand");
    manager->watch = -1;
    return manager;
}

struct starter_program
manager_program(struct manager *manager)
{
    if (manager->program == NULL)
        manager->program = spawn_own_path();
    return (struct starter_program){ .program = manager->program,
                                     .argv = manager->argv,
                                     .detached = true };
}

void
manager_use(struct manager *manager, struct starter *starter, size_t which)
{
    manager->starter = starter;
    manager->which = which;
}

void
manager_free(struct manager *manager)
{
    size_t i;

    if (manager == NULL)
        return;
    for (i = 0; manager->argv[i] != NULL; i++)
        free(manager->argv[i]);
    if (manager->watch >= 0)
        close(manager->watch);
    free(manager->argv);
    free(manager->program);
    free(manager);
}

static void
reap(struct manager *manager)
{
    struct pollfd ended = { .fd = manager->watch, .events = POLLIN };

    if (manager->child > 0 && waitpid(manager->child, NULL, WNOHANG) != 0)
        manager->child = 0;
    if (manager->watch >= 0 && poll(&ended, 1, 0) > 0) {
        close(manager->watch);
        manager->watch = -1;
    }
}

static bool
is_reaped(const struct manager *manager)
{
    return manager->child == 0 && manager->watch < 0;
}

/*
 * Finding it.
 */

/*
 * Waits until the supervisor that was just started listens.  errors is its
 * standard error, where it says why it cannot.  If it ends without a word,
 * another one may have been faster, so the wait goes on a little.
 */
static int
await_supervisor(struct store *store, int errors, int *ret, struct error *error)
{
    long long until = waits_clock() + WAKE_TIME;
    struct pollfd said = { .fd = errors, .events = POLLIN };
    char text[256] = "";
    size_t got = 0;

    while (store_connect(store, SUPERVISOR_SOCKET, ret, error) != 0) {
        ssize_t n = -1;

        if (error->code != E_NO_FILE)
            return -1;
        if (waits_clock() > until)
            return fail_detail(error, E_SUPERVISOR, NULL,
                               got > 0 ? text : "it does not start");
        if (poll(&said, 1, 2) > 0)
            n = read(errors, text + got, sizeof(text) - 1 - got);
        if (n > 0)
            got += (size_t)n;
        text[got] = '\0';
        text[strcspn(text, "\n")] = '\0';
        if (n == 0) {
            said.fd = -1;
            until = waits_clock() + 200;
        }
    }
    return 0;
}

/* errors becomes its standard error, and is closed here. */
static int
run_supervisor(struct manager *manager, int errors, struct error *error)
{
    const struct starter_program program = manager_program(manager);
    const struct spawn how = { .program = program.program,
                               .argv = program.argv,
                               .in = -1,
                               .out = -1,
                               .err = errors,
                               .detached = true };
    int r;

    if (manager->starter != NULL) {
        if (manager->watch >= 0)
            close(manager->watch);
        manager->watch = -1;
        return starter_run(manager->starter, manager->which, NULL, 0, errors,
                           &manager->watch, error);
    }
    r = spawn(&how, &manager->child, error);
    close(errors);
    return r;
}

static int
start_supervisor(struct manager *manager, int *ret, struct error *error)
{
    int errors[2], r;

    if (pipe2(errors, O_CLOEXEC) != 0)
        return fail_errno(error, "supervisor");
    r = run_supervisor(manager, errors[1], error);
    if (r == 0)
        r = await_supervisor(manager->store, errors[0], ret, error);
    close(errors[0]);
    reap(manager);
    return r;
}

/* Connects.  If there is no supervisor, starts one (wake), or sets *ret to
   -1. */
static int
reach(struct manager *manager, bool wake, int *ret, struct error *error)
{
    *ret = -1;
    reap(manager);
    if (store_connect(manager->store, SUPERVISOR_SOCKET, ret, error) == 0)
        return 0;
    if (error->code != E_NO_FILE)
        return -1;
    return wake ? start_supervisor(manager, ret, error) : 0;
}

/*
 * Asking it.
 */

/* ret stays "" if the supervisor ended without a word. */
static int
read_answer(int fd, char ret[MESSAGE_MAX], struct error *error)
{
    long long until = waits_clock() + ANSWER_TIME, now;
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    size_t got = 0;

    while ((now = waits_clock()) < until) {
        ssize_t n;

        if (poll(&ready, 1, (int)(until - now)) <= 0)
            continue;
        n = read(fd, ret + got, MESSAGE_MAX - 1 - got);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n > 0)
            got += (size_t)n;
        if (n <= 0 || ret[got - 1] == '\n' || got == MESSAGE_MAX - 1) {
            ret[got > 0 && ret[got - 1] == '\n' ? got : 0] = '\0';
            return 0;
        }
    }
    return fail_detail(error, E_SUPERVISOR, NULL, "no answer in time");
}

/* A supervisor that is just ending answers nothing: then the next one is asked,
   which does no harm if the request was carried out.  ret stays "" if there is
   none. */
static int
converse(struct manager *manager, bool wake, const char *verb, const char *name,
         char ret[MESSAGE_MAX], struct error *error)
{
    char *line = xasprintf("%s%s%s\n", verb, name != NULL ? " " : "",
                           name != NULL ? name : "");
    int fd = -1, attempt, r = 0;

    ret[0] = '\0';
    for (attempt = 0; attempt < ATTEMPTS && ret[0] == '\0'; attempt++) {
        r = reach(manager, wake, &fd, error);
        if (r != 0 || fd < 0)
            break;
        if (send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
            r = read_answer(fd, ret, error);
        close(fd);
        if (r != 0)
            break;
    }
    free(line);
    if (r == 0 && wake && ret[0] == '\0')
        r = fail_detail(error, E_SUPERVISOR, NULL, "it keeps ending");
    return r;
}

static int
ask(struct manager *manager, bool wake, const char *verb, const char *name,
    struct unit_status *status, struct error *error)
{
    char text[MESSAGE_MAX];
    int r = converse(manager, wake, verb, name, text, error);

    return r == 0 && text[0] != '\0' ? message_parse(text, status, error) : r;
}

int
manager_start(struct manager *manager, const char *name, struct error *error)
{
    return ask(manager, true, "start", name, NULL, error);
}

int
manager_stop(struct manager *manager, const char *name, struct error *error)
{
    return ask(manager, true, "stop", name, NULL, error);
}

int
manager_restart(struct manager *manager, const char *name, struct error *error)
{
    return ask(manager, true, "restart", name, NULL, error);
}

/* Without a supervisor, nothing that should run does. */
static void
fail_unattended(struct error *why)
{
    fail_detail(why, E_SUPERVISOR, NULL,
                "nothing runs; reboot starts what is enabled");
}

int
manager_status(struct manager *manager, const char *name,
               struct unit_status *ret, struct error *error)
{
    struct unit_status status = { UNIT_STOPPED };
    char text[MESSAGE_MAX];

    if (converse(manager, false, "status", name, text, error) != 0)
        return -1;
    if (text[0] == '\0')
        fail_unattended(&status.why);
    else if (message_parse(text, &status, error) != 0)
        return -1;
    *ret = status;
    return 0;
}

int
manager_compare(struct manager *manager, const char *name, bool *outdated,
                struct error *error)
{
    struct unit_status status = { UNIT_STOPPED };

    if (ask(manager, false, "compare", name, &status, error) != 0)
        return -1;
    *outdated = status.state == UNIT_RUNNING;
    return 0;
}

/* Asks it for something that ends it, or may end it. */
static int
ask_to_end(struct manager *manager, const char *verb, struct error *error)
{
    const struct timespec pause = { .tv_nsec = 2000000 };
    int r = ask(manager, false, verb, NULL, NULL, error);
    long long until = waits_clock() + REAP_TIME;

    for (reap(manager); !is_reaped(manager) && waits_clock() < until;
         reap(manager))
        nanosleep(&pause, NULL);
    return r;
}

int
manager_shutdown(struct manager *manager, struct error *error)
{
    return ask_to_end(manager, "shutdown", error);
}

int
manager_reboot(struct manager *manager, struct error *error)
{
    return ask_to_end(manager, "reboot", error);
}

int
manager_database(struct manager *manager, enum database_action action,
                 const char *host, struct error *error)
{
    char *text = xasprintf("%s%s%s", database_verb(action),
                           host != NULL ? " " : "", host != NULL ? host : "");
    int r = ask(manager, true, "database", text, NULL, error);

    free(text);
    return r;
}

/* Without a supervisor, no step is being carried out. */
static int
read_record(struct manager *manager, struct database_status *ret,
            struct error *error)
{
    struct database_status status = { 0 };

    if (database_load(manager->store, &status.record, error) != 0)
        return -1;
    if (status.record.why.code == E_NONE &&
        (status.record.role != DATABASE_NONE ||
         status.record.outcome == DATABASE_IN_PROGRESS))
        fail_unattended(&status.record.why);
    *ret = status;
    return 0;
}

int
manager_database_status(struct manager *manager, struct database_status *ret,
                        struct error *error)
{
    char text[MESSAGE_MAX];

    if (converse(manager, false, "database-status", NULL, text, error) != 0)
        return -1;
    return text[0] != '\0' ? database_unpack(text, ret, error)
                           : read_record(manager, ret, error);
}

int
manager_wake(struct manager *manager, struct error *error)
{
    return ask(manager, true, "await", NULL, NULL, error);
}

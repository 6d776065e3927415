/*
 * The process that runs the services: one poll loop, no threads.  A job is a
 * service under supervision and goes through phases; each event moves it, and
 * what a client waits for is answered when its job comes to rest.
 */
#include "services/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/cluster.h"
#include "services/message.h"
#include "services/waits.h"

enum {
    FIRST_DELAY = 200, /* ms, before it is started again */
    LAST_DELAY = 30000,
    LONG_LIFE = 60000, /* ms after which the delay is the first again */
    CHECK_EVERY = 5,   /* ms, where there is nothing to read from */
    REQUEST_TIME = 5000,
    MAX_REQUEST = 1024,
    MAX_CLIENTS = 64,
};

enum phase { DOWN, STARTING, UP, STOPPING };

/* What a job does when its processes have ended. */
enum after {
    AFTER_REMOVE, /* it is forgotten */
    AFTER_START,  /* it starts, with the fresh plan if there is one */
    AFTER_RETRY,  /* it starts after its delay */
    AFTER_FAIL,   /* it stays down, and known */
};

struct client {
    struct client *next;
    int fd;
    char line[MAX_REQUEST]; /* without its end once `whole` */
    size_t got;
    bool whole, waiting; /* waiting: a job knows it */
    bool gone;           /* to be freed when nobody walks the list */
    long long due;
};

struct job {
    struct job *next;
    struct unit unit;
    struct unit fresh; /* for the next start; name NULL: none */
    const struct backend *backend;
    struct process *processes; /* unit.count, while not DOWN */
    enum phase phase;
    enum after after;
    bool kept;            /* a failing start is tried again */
    struct client *asker; /* who waits, or NULL */
    struct error error;   /* why it is not up; E_NONE */
    unsigned restarts;
    long long delay;
    long long due;   /* of the phase: give up, kill, or start again */
    long long since; /* it is up */
};

struct supervisor {
    const struct supervision *how;
    struct workplace workplace;
    struct store *store;
    int listener, signals, files;
    struct job *jobs;
    struct cluster *cluster;
    struct client *joiner; /* who waits for the cluster's decision, or NULL */
    struct client *clients;
    struct client *ender; /* who asked for the shutdown */
    bool ending;
    struct client *rebooter; /* who asked for a reboot, until it is over */
    bool booted;             /* in which all has stopped, and started again */
    long long now, idle_since;
};

/*
 * Clients.
 */

static void
drop_client(struct client *client)
{
    close(client->fd);
    client->fd = -1;
    client->gone = true;
}

static void
free_clients(struct supervisor *supervisor, bool all)
{
    struct client **at = &supervisor->clients;

    while (*at != NULL) {
        struct client *client = *at;

        if (!all && !client->gone) {
            at = &client->next;
            continue;
        }
        *at = client->next;
        if (!client->gone)
            close(client->fd);
        free(client);
    }
}

/* An answer fits the socket's buffer; who does not read it loses it. */
static void
answer(struct client *client, const struct blob *line)
{
    send(client->fd, line->data, line->size, MSG_NOSIGNAL);
    drop_client(client);
}

static void
answer_ok(struct client *client)
{
    struct blob line = { 0 };

    message_ok(&line);
    answer(client, &line);
    blob_clear(&line);
}

static void
answer_error(struct client *client, const struct error *error)
{
    struct blob line = { 0 };

    message_error(&line, error);
    answer(client, &line);
    blob_clear(&line);
}

/* The job has come to rest. */
static void
answer_asker(struct job *job)
{
    struct client *asker = job->asker;

    job->asker = NULL;
    if (asker == NULL)
        return;
    if (job->error.code == E_NONE)
        answer_ok(asker);
    else
        answer_error(asker, &job->error);
}

/*
 * Jobs.
 */

static struct job *
find_job(struct supervisor *supervisor, const char *name)
{
    struct job *job = supervisor->jobs;

    while (job != NULL && strcmp(job->unit.name, name) != 0)
        job = job->next;
    return job;
}

static bool
in_transit(const struct job *job)
{
    return job->phase == STARTING || job->phase == STOPPING;
}

static struct job *
add_job(struct supervisor *supervisor, struct unit *unit)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->unit = *unit;
    *unit = (struct unit){ 0 };
    job->delay = FIRST_DELAY;
    job->next = supervisor->jobs;
    supervisor->jobs = job;
    return job;
}

static void
remove_job(struct supervisor *supervisor, struct job *job)
{
    struct job **at = &supervisor->jobs;

    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    answer_asker(job);
    unit_clear(&job->unit);
    unit_clear(&job->fresh);
    free(job);
}

static void
free_processes(struct job *job)
{
    size_t i;

    for (i = 0; i < job->unit.count; i++)
        if (job->processes[i].fd >= 0)
            close(job->processes[i].fd);
    free(job->processes);
    job->processes = NULL;
}

static void start_job(struct supervisor *supervisor, struct job *job);

/* All processes have ended. */
static void
come_down(struct supervisor *supervisor, struct job *job)
{
    free_processes(job);
    job->phase = DOWN;
    switch (job->after) {
    case AFTER_REMOVE:
        remove_job(supervisor, job);
        return;
    case AFTER_START:
        start_job(supervisor, job);
        return;
    case AFTER_RETRY:
        job->due = supervisor->now + job->delay;
        job->delay = 2 * job->delay < LAST_DELAY ? 2 * job->delay : LAST_DELAY;
        break;
    case AFTER_FAIL:
        break;
    }
    answer_asker(job);
}

/* Reaps; returns how many still live.  *how: how one ended, when one did. */
static size_t
reap(struct job *job, int *how, bool *ended)
{
    size_t living = 0, i;

    *ended = false;
    for (i = 0; i < job->unit.count; i++) {
        struct process *process = &job->processes[i];

        if (process->pid <= 0)
            continue;
        if (waitpid(process->pid, how, WNOHANG) == process->pid) {
            process->pid = 0;
            *ended = true;
        } else {
            living++;
        }
    }
    return living;
}

static void
stop_job(struct supervisor *supervisor, struct job *job, enum after after)
{
    bool ended;
    int how;

    job->after = after;
    if (job->phase == DOWN) {
        if (after == AFTER_REMOVE)
            remove_job(supervisor, job);
        return;
    }
    if (job->phase != STOPPING) {
        job->backend->stop(&job->unit, job->processes);
        job->phase = STOPPING;
        job->due = supervisor->now + SUPERVISOR_KILL * 1000;
    }
    if (reap(job, &how, &ended) == 0)
        come_down(supervisor, job);
}

/* It did not come up, or did not stay there; job->error says why. */
static void
fall(struct supervisor *supervisor, struct job *job)
{
    if (job->phase == UP) {
        if (supervisor->now - job->since >= LONG_LIFE)
            job->delay = FIRST_DELAY;
        job->restarts++;
    }
    stop_job(supervisor, job, job->kept ? AFTER_RETRY : AFTER_REMOVE);
}

static void
check_job(struct supervisor *supervisor, struct job *job)
{
    int r = job->backend->check(&job->unit, job->processes, &job->error);

    if (r < 0) {
        fall(supervisor, job);
    } else if (r > 0 && job->phase == STARTING) {
        job->phase = UP;
        job->kept = true;
        job->since = supervisor->now;
        job->error = (struct error){ 0 };
        answer_asker(job);
    }
}

static void
start_job(struct supervisor *supervisor, struct job *job)
{
    const struct supervision *how = supervisor->how;
    size_t i;

    if (job->fresh.name != NULL) {
        unit_clear(&job->unit);
        job->unit = job->fresh;
        job->fresh = (struct unit){ 0 };
    }
    job->error = (struct error){ 0 };
    if (plan_holds(supervisor->store, &job->unit, &job->error) != 0) {
        job->after = AFTER_FAIL;
        answer_asker(job);
        if (!job->kept)
            remove_job(supervisor, job);
        return;
    }
    job->backend =
        how->backend->carries(&job->unit) ? how->backend : &backend_embedded;
    job->processes = xcalloc(job->unit.count, sizeof(*job->processes));
    for (i = 0; i < job->unit.count; i++)
        job->processes[i].fd = -1;
    job->phase = STARTING;
    job->due = supervisor->now + SUPERVISOR_READY * 1000;
    if (job->backend->start(&supervisor->workplace, &job->unit, job->processes,
                            &job->error) != 0)
        fall(supervisor, job);
    else
        check_job(supervisor, job);
}

/* A child has ended, perhaps one of this job. */
static void
look_after(struct supervisor *supervisor, struct job *job)
{
    char text[64];
    bool ended;
    size_t living;
    int how = 0;

    if (job->phase == DOWN)
        return;
    living = reap(job, &how, &ended);
    if (job->phase == STOPPING) {
        if (living == 0)
            come_down(supervisor, job);
        return;
    }
    if (!ended)
        return;
    if (WIFSIGNALED(how))
        snprintf(text, sizeof(text), "ended by signal %d", WTERMSIG(how));
    else
        snprintf(text, sizeof(text), "ended with status %d", WEXITSTATUS(how));
    /* It may have said why before. */
    if (job->phase == UP ||
        job->backend->check(&job->unit, job->processes, &job->error) >= 0 ||
        job->error.code == E_ENDED)
        fail_detail(&job->error, E_ENDED, job->unit.name, text);
    fall(supervisor, job);
}

static void
kill_processes(struct job *job)
{
    size_t i;

    for (i = 0; i < job->unit.count; i++)
        if (job->processes[i].pid > 0)
            kill(job->processes[i].pid, SIGKILL);
}

/* The time of its phase is over. */
static void
job_due(struct supervisor *supervisor, struct job *job)
{
    switch (job->phase) {
    case DOWN:
        start_job(supervisor, job);
        break;
    case STARTING:
        fail(&job->error, E_NOT_READY, job->unit.name);
        fall(supervisor, job);
        break;
    case STOPPING:
        kill_processes(job);
        job->due = supervisor->now + SUPERVISOR_KILL * 1000;
        break;
    case UP:
        break;
    }
}

static bool
has_due(const struct job *job)
{
    return in_transit(job) || (job->phase == DOWN && job->after == AFTER_RETRY);
}

/* The files have changed: do the keys still belong to what is presented? */
static void
check_files(struct supervisor *supervisor)
{
    struct job *job, *next;

    for (job = supervisor->jobs; job != NULL; job = next) {
        struct error error;

        next = job->next;
        if (job->phase == STOPPING ||
            (job->phase == DOWN && job->after == AFTER_FAIL) ||
            plan_holds(supervisor->store, &job->unit, &error) == 0)
            continue;
        job->error = error;
        stop_job(supervisor, job, AFTER_FAIL);
    }
}

/*
 * Requests.
 */

/* The plan of a service as it is configured now. */
static int
make_plan(struct supervisor *supervisor, const char *name, struct unit *ret,
          struct error *error)
{
    const struct supervision *how = supervisor->how;
    struct settings *settings = NULL;
    struct scope scope;
    int r;

    r = settings_load(supervisor->store, &settings, error);
    if (r == 0 &&
        !scope_find(settings, how->catalog, how->release, name, &scope))
        r = fail(error, E_NO_SERVICE, name);
    if (r == 0)
        r = plan_make(supervisor->store, how->interfaces, &scope, ret, error);
    settings_free(settings);
    return r;
}

/* Would the two differ in keys and certificates only? */
static bool
same_places(const struct unit *a, const struct unit *b)
{
    size_t i;

    if (a->count != b->count)
        return false;
    for (i = 0; i < a->count; i++) {
        const struct endpoint *one = &a->endpoints[i], *two = &b->endpoints[i];

        if (one->protocol != two->protocol || one->port != two->port ||
            one->https_port != two->https_port ||
            strcmp(one->address, two->address) != 0)
            return false;
    }
    return true;
}

/* true: it has been done. */
static bool
reload_job(struct supervisor *supervisor, struct job *job, struct unit *unit)
{
    struct error error;

    if (job->phase != UP || job->backend->reload == NULL ||
        !same_places(&job->unit, unit) ||
        job->backend->reload(&supervisor->workplace, unit, job->processes,
                             &error) != 0)
        return false;
    unit_clear(&job->unit);
    job->unit = *unit;
    *unit = (struct unit){ 0 };
    return true;
}

static void
request_restart(struct supervisor *supervisor, struct client *client,
                const char *name)
{
    struct job *job = find_job(supervisor, name);
    struct unit unit = { 0 };
    struct error error;

    if (make_plan(supervisor, name, &unit, &error) != 0) {
        answer_error(client, &error);
        return;
    }
    if (unit.count == 0 && job == NULL) { /* there is nothing to run */
        unit_clear(&unit);
        answer_ok(client);
        return;
    }
    client->waiting = true;
    if (job == NULL) {
        job = add_job(supervisor, &unit);
        job->asker = client;
        start_job(supervisor, job);
        return;
    }
    job->asker = client;
    job->restarts = 0;
    job->delay = FIRST_DELAY;
    job->error = (struct error){ 0 };
    if (unit.count == 0) {
        unit_clear(&unit);
        stop_job(supervisor, job, AFTER_REMOVE);
        return;
    }
    if (reload_job(supervisor, job, &unit)) {
        answer_asker(job);
        return;
    }
    job->fresh = unit;
    if (job->phase == DOWN)
        start_job(supervisor, job);
    else
        stop_job(supervisor, job, AFTER_START);
}

static void
request_start(struct supervisor *supervisor, struct client *client,
              const char *name)
{
    const struct job *job = find_job(supervisor, name);

    if (job != NULL && job->phase == UP)
        answer_ok(client);
    else
        request_restart(supervisor, client, name);
}

static void
request_stop(struct supervisor *supervisor, struct client *client,
             const char *name)
{
    struct job *job = find_job(supervisor, name);

    if (job == NULL) {
        answer_ok(client);
        return;
    }
    client->waiting = true;
    job->asker = client;
    job->error = (struct error){ 0 };
    stop_job(supervisor, job, AFTER_REMOVE);
}

static void
request_status(struct supervisor *supervisor, struct client *client,
               const char *name)
{
    const struct job *job = find_job(supervisor, name);
    struct unit_status status = { UNIT_STOPPED };
    struct blob line = { 0 };

    if (job != NULL) {
        status.restarts = job->restarts;
        status.why = job->error;
        status.state = job->phase == UP            ? UNIT_RUNNING
                       : job->after == AFTER_RETRY ? UNIT_WAITING
                                                   : UNIT_FAILED;
        if (status.state == UNIT_WAITING)
            status.wait = (unsigned)((job->due - supervisor->now + 999) / 1000);
    }
    message_status(&line, &status);
    answer(client, &line);
    blob_clear(&line);
}

static void
stop_all(struct supervisor *supervisor)
{
    struct job *job, *next;

    for (job = supervisor->jobs; job != NULL; job = next) {
        next = job->next;
        if (job->asker != NULL)
            fail_detail(&job->error, E_SUPERVISOR, job->unit.name,
                        "it is shutting down");
        stop_job(supervisor, job, AFTER_REMOVE);
    }
    cluster_stop(supervisor->cluster);
}

static bool
all_down(const struct supervisor *supervisor)
{
    return supervisor->jobs == NULL && cluster_is_down(supervisor->cluster);
}

static void
end_all(struct supervisor *supervisor)
{
    supervisor->ending = true;
    stop_all(supervisor);
}

static void
request_shutdown(struct supervisor *supervisor, struct client *client,
                 const char *name)
{
    (void)name;
    if (supervisor->ender != NULL) {
        answer_ok(client);
        return;
    }
    client->waiting = true;
    supervisor->ender = client;
    end_all(supervisor);
}

static void
request_reboot(struct supervisor *supervisor, struct client *client,
               const char *name)
{
    (void)name;
    client->waiting = true;
    supervisor->rebooter = client;
    supervisor->booted = false;
    stop_all(supervisor);
}

/* Whoever has just started us: all that is enabled is on its way. */
static void
request_await(struct supervisor *supervisor, struct client *client,
              const char *name)
{
    (void)name;
    if (supervisor->rebooter != NULL) {
        answer_ok(client);
        return;
    }
    client->waiting = true;
    supervisor->rebooter = client;
    supervisor->booted = true;
}

/* text: of an action of the cluster, with its host where it takes one. */
static void
request_database(struct supervisor *supervisor, struct client *client,
                 const char *text)
{
    size_t size = strcspn(text, " ");
    const char *host = text + size + strspn(text + size, " ");
    struct error error;
    int action, r;

    for (action = 0; action < DATABASE_ACTIONS; action++)
        if (strlen(database_verb(action)) == size &&
            strncmp(database_verb(action), text, size) == 0)
            break;
    if (action == DATABASE_ACTIONS || action == DATABASE_NO_ACTION)
        r = fail_detail(&error, E_SUPERVISOR, NULL, "no such request");
    else
        r = cluster_begin(supervisor->cluster, (enum database_action)action,
                          host, &error);
    if (r < 0) {
        answer_error(client, &error);
    } else if (r == 0) {
        answer_ok(client);
    } else {
        client->waiting = true;
        supervisor->joiner = client;
    }
}

static void
answer_joiner(struct supervisor *supervisor)
{
    struct client *joiner = supervisor->joiner;
    struct error error;

    if (joiner == NULL || !cluster_decided(supervisor->cluster, &error))
        return;
    supervisor->joiner = NULL;
    if (error.code == E_NONE)
        answer_ok(joiner);
    else
        answer_error(joiner, &error);
}

static void
request_database_status(struct supervisor *supervisor, struct client *client,
                        const char *name)
{
    struct database_status status;
    struct blob line = { 0 };
    struct error error;

    (void)name;
    if (cluster_status(supervisor->cluster, &status, &error) != 0) {
        answer_error(client, &error);
        return;
    }
    database_pack(&status, &line);
    answer(client, &line);
    blob_clear(&line);
}

static const struct request {
    const char *verb;
    void (*run)(struct supervisor *supervisor, struct client *client,
                const char *name);
    bool named;
} requests[] = {
    { "start", request_start, true },
    { "restart", request_restart, true },
    { "stop", request_stop, true },
    { "status", request_status, true },
    { "shutdown", request_shutdown, false },
    { "reboot", request_reboot, false },
    { "await", request_await, false },
    { "database", request_database, true },
    { "database-status", request_database_status, false },
};

static const struct request *
find_request(const char *line, const char **name)
{
    size_t i;

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        size_t size = strlen(requests[i].verb);

        if (strncmp(line, requests[i].verb, size) != 0)
            continue;
        *name = line + size + 1;
        if (requests[i].named ? line[size] == ' ' && line[size + 1] != '\0'
                              : line[size] == '\0')
            return &requests[i];
    }
    return NULL;
}

/* Leaves a request for later while its job, or all, is on the way somewhere. */
static void
run_request(struct supervisor *supervisor, struct client *client)
{
    const char *name = NULL;
    const struct request *request = find_request(client->line, &name);
    const struct job *job;
    struct error error;

    if (request == NULL) {
        fail_detail(&error, E_SUPERVISOR, NULL, "no such request");
        answer_error(client, &error);
        return;
    }
    if (supervisor->ending && request->run != request_shutdown) {
        fail_detail(&error, E_SUPERVISOR, name, "it is shutting down");
        answer_error(client, &error);
        return;
    }
    if (supervisor->rebooter != NULL && !supervisor->ending)
        return;
    job = request->named ? find_job(supervisor, name) : NULL;
    if (job == NULL || !in_transit(job))
        request->run(supervisor, client, name);
}

/* false: it is gone, or can only be sent away. */
static bool
read_request(struct client *client)
{
    ssize_t n = recv(client->fd, client->line + client->got,
                     sizeof(client->line) - client->got, 0);
    const char *end;
    size_t i;

    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    client->got += (size_t)n;
    end = memchr(client->line, '\n', client->got);
    if (end == NULL)
        return client->got < sizeof(client->line);
    client->got = (size_t)(end - client->line);
    client->line[client->got] = '\0';
    for (i = 0; i < client->got; i++)
        if ((unsigned char)client->line[i] < 0x20)
            return false;
    client->whole = true;
    return true;
}

static void
accept_client(struct supervisor *supervisor)
{
    int fd =
        accept4(supervisor->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct client *client;

    if (fd < 0)
        return;
    client = xcalloc(1, sizeof(*client));
    client->fd = fd;
    client->due = supervisor->now + REQUEST_TIME;
    client->next = supervisor->clients;
    supervisor->clients = client;
}

/*
 * The loop.
 */

static void
wait_for_job(struct supervisor *supervisor, struct waits *waits,
             const struct job *job)
{
    size_t i;

    if (has_due(job))
        waits_until(waits, job->due);
    if (job->phase != STARTING && job->phase != UP)
        return;
    for (i = 0; i < job->unit.count; i++)
        if (job->processes[i].fd >= 0)
            waits_for(waits, job->processes[i].fd);
        else if (job->phase == STARTING)
            waits_until(waits, supervisor->now + CHECK_EVERY);
}

static bool
is_idle(const struct supervisor *supervisor)
{
    return supervisor->how->on_demand && supervisor->jobs == NULL &&
           supervisor->clients == NULL &&
           !cluster_is_active(supervisor->cluster);
}

static void
wait_for_events(struct supervisor *supervisor, struct waits *waits)
{
    const struct client *client;
    const struct job *job;
    size_t clients = 0;

    waits_begin(waits);
    waits_for(waits, supervisor->signals);
    waits_for(waits, supervisor->files);
    for (client = supervisor->clients; client != NULL; client = client->next) {
        clients++;
        if (client->whole)
            continue;
        waits_for(waits, client->fd);
        waits_until(waits, client->due);
    }
    if (clients < MAX_CLIENTS)
        waits_for(waits, supervisor->listener);
    for (job = supervisor->jobs; job != NULL; job = job->next)
        wait_for_job(supervisor, waits, job);
    cluster_wait(supervisor->cluster, waits);
    if (is_idle(supervisor))
        waits_until(waits, supervisor->idle_since + SUPERVISOR_IDLE * 1000);
    waits_sleep(waits, supervisor->now);
    supervisor->now = waits_clock();
}

static void
take_signals(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    struct job *job, *next;

    while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info))
        if (info.ssi_signo != SIGCHLD && !supervisor->ending)
            end_all(supervisor);
    for (job = supervisor->jobs; job != NULL; job = next) {
        next = job->next;
        look_after(supervisor, job);
    }
    cluster_reap(supervisor->cluster);
}

static void
take_files(struct supervisor *supervisor)
{
    char events[4096];

    while (read(supervisor->files, events, sizeof(events)) > 0)
        ;
    check_files(supervisor);
}

static void
serve_jobs(struct supervisor *supervisor, const struct waits *waits)
{
    struct job *job, *next;

    for (job = supervisor->jobs; job != NULL; job = next) {
        bool look = false;
        size_t i;

        next = job->next;
        for (i = 0; job->processes != NULL && i < job->unit.count; i++)
            look = look || (job->processes[i].fd < 0
                                ? job->phase == STARTING
                                : waits_ready(waits, job->processes[i].fd));
        if (look && (job->phase == STARTING || job->phase == UP))
            check_job(supervisor, job);
        else if (has_due(job) && job->due <= supervisor->now)
            job_due(supervisor, job);
    }
}

static void
serve_clients(struct supervisor *supervisor, const struct waits *waits)
{
    struct client *client;

    for (client = supervisor->clients; client != NULL; client = client->next) {
        if (!client->whole && !client->gone &&
            ((waits_ready(waits, client->fd) && !read_request(client)) ||
             client->due <= supervisor->now)) {
            drop_client(client);
            continue;
        }
        if (client->whole && !client->waiting && !client->gone)
            run_request(supervisor, client);
    }
    free_clients(supervisor, false);
}

static void
start_enabled(struct supervisor *supervisor)
{
    const struct supervision *how = supervisor->how;
    struct settings *settings = NULL;
    struct error error;
    struct scope scope;
    size_t at = 0;

    /* Damaged settings are reported to whoever asks for something. */
    if (settings_load(supervisor->store, &settings, &error) != 0)
        return;
    while (scope_next(settings, how->catalog, how->release, &at, &scope)) {
        struct unit unit = { 0 };
        struct job *job;

        error.code = E_NONE;
        if (!scope_enabled(&scope))
            continue;
        if (plan_make(supervisor->store, how->interfaces, &scope, &unit,
                      &error) != 0)
            unit.name = scope_name(&scope);
        else if (unit.count == 0) {
            unit_clear(&unit);
            continue;
        }
        job = add_job(supervisor, &unit);
        job->kept = true;
        job->error = error;
        job->after = AFTER_FAIL;
        if (error.code == E_NONE)
            start_job(supervisor, job);
    }
    settings_free(settings);
}

/* The second half of a reboot, and its answer; true when that was given. */
static bool
boot(struct supervisor *supervisor)
{
    const struct job *job;

    if (supervisor->rebooter == NULL || supervisor->ending)
        return false;
    if (!supervisor->booted && !all_down(supervisor))
        return false;
    if (!supervisor->booted) {
        start_enabled(supervisor);
        cluster_start(supervisor->cluster);
    }
    supervisor->booted = true;
    for (job = supervisor->jobs; job != NULL; job = job->next)
        if (in_transit(job))
            return false;
    answer_ok(supervisor->rebooter);
    supervisor->rebooter = NULL;
    return true;
}

static void
run(struct supervisor *supervisor)
{
    struct waits waits = { 0 };

    supervisor->idle_since = supervisor->now;
    while (!supervisor->ending || !all_down(supervisor)) {
        wait_for_events(supervisor, &waits);
        if (waits_ready(&waits, supervisor->signals))
            take_signals(supervisor);
        if (waits_ready(&waits, supervisor->files))
            take_files(supervisor);
        serve_jobs(supervisor, &waits);
        cluster_serve(supervisor->cluster, &waits);
        answer_joiner(supervisor);
        do
            serve_clients(supervisor, &waits);
        while (boot(supervisor)); /* who came meanwhile has waited for it */
        if (waits_ready(&waits, supervisor->listener))
            accept_client(supervisor);
        if (!is_idle(supervisor))
            supervisor->idle_since = supervisor->now;
        else if (supervisor->now - supervisor->idle_since >=
                 SUPERVISOR_IDLE * 1000)
            supervisor->ending = true;
    }
    waits_clear(&waits);
}

static struct cluster *
open_cluster(const struct supervisor *supervisor)
{
    const struct supervision *how = supervisor->how;
    const struct clustering clustering = {
        .store = supervisor->store,
        .state = supervisor->workplace.state,
        .helpers = how->helpers,
        .user = how->database_user,
        .interfaces = how->interfaces,
        .engine = how->engine,
        .schema = how->schema,
    };

    return cluster_new(&clustering);
}

static int
open_signals(int *ret, struct error *error)
{
    static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
    sigset_t taken;
    size_t i;

    sigemptyset(&taken);
    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        sigaddset(&taken, ends[i]);
    sigprocmask(SIG_BLOCK, &taken, NULL);
    *ret = signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
    return *ret >= 0 ? 0 : fail_errno(error, "signals");
}

static void
close_all(struct supervisor *supervisor)
{
    const int fds[] = { supervisor->listener, supervisor->signals,
                        supervisor->files };
    size_t i;

    for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    cluster_free(supervisor->cluster);
    store_free(supervisor->store);
    /* The next one can begin before this answer arrives. */
    if (supervisor->ender != NULL)
        answer_ok(supervisor->ender);
    free_clients(supervisor, true);
}

int
supervisor_run(const struct supervision *supervision, struct error *error)
{
    struct supervisor supervisor = { .how = supervision,
                                     .listener = -1,
                                     .signals = -1,
                                     .files = -1,
                                     .now = waits_clock() };
    char *state = NULL;
    int r;

    r = store_open(supervision->state, &supervisor.store, error);
    if (r == 0 && (state = realpath(supervision->state, NULL)) == NULL)
        r = fail_errno(error, supervision->state);
    if (r == 0)
        r = store_listen(supervisor.store, SUPERVISOR_SOCKET,
                         &supervisor.listener, error);
    if (r != 0 && error->code == E_BUSY)
        r = fail_detail(error, E_SUPERVISOR, NULL, "another one runs");
    if (r == 0)
        r = store_watch(supervisor.store, STORE_FILES, &supervisor.files,
                        error);
    if (r == 0)
        r = open_signals(&supervisor.signals, error);
    if (r == 0) {
        supervisor.workplace = (struct workplace){ supervision->endpoint, state,
                                                   supervisor.store };
        supervisor.cluster = open_cluster(&supervisor);
        start_enabled(&supervisor);
        cluster_start(supervisor.cluster);
        run(&supervisor);
    }
    close_all(&supervisor);
    free(state);
    return r;
}

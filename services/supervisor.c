/*
 * One poll loop, no threads.  Here are the requests, the loop, and when it
 * ends; services/job.h runs a service, services/cluster.h the database.
 */
#include "services/supervisor.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "services/client.h"
#include "services/cluster.h"
#include "services/job.h"
#include "services/message.h"
#include "services/plan.h"
#include "services/waits.h"

#define MAX_CLIENTS 64
#define DEAF_TIME 500    /* ms, after a client could not be accepted */
#define START_AGAIN 1000 /* ms, after the settings could not be read */

struct supervisor {
    const struct supervision *how;
    struct store *store;
    struct jobs jobs;
    int listener, signals, files;
    struct cluster *cluster;
    struct client *joiner; /* waits for the cluster's decision, or NULL */
    struct client *clients;
    struct client *ender; /* asked for the shutdown, or NULL */
    bool ending;
    struct client *rebooter; /* waits for a boot to be over, or NULL */
    bool booted;             /* its second half, the start, has begun */
    long long idle_since;
    long long deaf;  /* no client is accepted until then */
    long long again; /* when to read anew what is enabled; 0: never */
};

/*
 * Requests.
 */

/* The plan of a service as it is configured now. */
static int
make_plan(void *planner, const char *name, struct unit *ret,
          struct error *error)
{
    struct supervisor *supervisor = planner;
    const struct supervision *how = supervisor->how;
    struct settings *settings = NULL;
    struct scope scope;
    int r;

    r = store_settle(supervisor->store, error);
    if (r == 0)
        r = settings_load(supervisor->store, &settings, error);
    if (r == 0 &&
        !scope_find(settings, how->catalog, how->release, name, &scope))
        r = fail(error, E_NO_SERVICE, name);
    if (r == 0)
        r = plan_make(supervisor->store, how->interfaces, &scope, ret, error);
    settings_free(settings);
    return r;
}

/* changed: only if it does not run, or runs with other settings or files. */
static void
renew(struct supervisor *supervisor, struct client *client, const char *name,
      bool changed)
{
    struct job *job = job_find(&supervisor->jobs, name);
    struct unit unit = { 0 };
    struct error error;

    if (make_plan(supervisor, name, &unit, &error) != 0) {
        client_answer_error(client, &error);
        return;
    }
    if ((unit.count == 0 && job == NULL) || /* there is nothing to run */
        (changed && job != NULL && job->phase == JOB_UP &&
         unit_equal(&job->unit, &unit))) {
        unit_clear(&unit);
        client_answer_ok(client);
        return;
    }
    client->waiting = true;
    if (job == NULL)
        job_begin(&supervisor->jobs, &unit, client);
    else
        job_renew(&supervisor->jobs, job, &unit, client);
}

static void
request_restart(struct supervisor *supervisor, struct client *client,
                const char *name)
{
    renew(supervisor, client, name, false);
}

/* `enable` has checked the files that are there now, so a service that runs
   with older ones is renewed. */
static void
request_start(struct supervisor *supervisor, struct client *client,
              const char *name)
{
    renew(supervisor, client, name, true);
}

static void
request_stop(struct supervisor *supervisor, struct client *client,
             const char *name)
{
    struct job *job = job_find(&supervisor->jobs, name);

    if (job == NULL) {
        client_answer_ok(client);
        return;
    }
    client->waiting = true;
    job_end(&supervisor->jobs, job, client);
}

static void
request_status(struct supervisor *supervisor, struct client *client,
               const char *name)
{
    struct unit_status status;
    struct blob line = { 0 };

    job_status(&supervisor->jobs, job_find(&supervisor->jobs, name), &status);
    message_status(&line, &status);
    client_answer(client, &line);
    blob_clear(&line);
}

static void
request_compare(struct supervisor *supervisor, struct client *client,
                const char *name)
{
    const struct job *job = job_find(&supervisor->jobs, name);
    struct unit unit = { 0 };
    struct error error;

    if (job != NULL && job->phase == JOB_UP &&
        make_plan(supervisor, name, &unit, &error) == 0 &&
        !unit_equal(&job->unit, &unit))
        request_status(supervisor, client, name);
    else
        client_answer_ok(client);
    unit_clear(&unit);
}

static void
stop_all(struct supervisor *supervisor)
{
    supervisor->again = 0;
    jobs_end(&supervisor->jobs);
    cluster_stop(supervisor->cluster);
}

static bool
all_down(const struct supervisor *supervisor)
{
    return supervisor->jobs.first == NULL &&
           cluster_is_down(supervisor->cluster);
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
        client_answer_ok(client);
        return;
    }
    client->waiting = true;
    supervisor->ender = client;
    end_all(supervisor);
}

/* Whoever starts the next one reads the configuration anew.  Nobody starts one
   in the foreground for us. */
static void
request_reboot(struct supervisor *supervisor, struct client *client,
               const char *name)
{
    if (supervisor->how->on_demand) {
        request_shutdown(supervisor, client, name);
        return;
    }
    client->waiting = true;
    supervisor->rebooter = client;
    supervisor->booted = false;
    stop_all(supervisor);
}

/* From a client that has just started us: what is enabled is starting. */
static void
request_await(struct supervisor *supervisor, struct client *client,
              const char *name)
{
    (void)name;
    client->waiting = true;
    supervisor->rebooter = client;
    supervisor->booted = true;
}

/* text: the verb of an action, and its host if it takes one. */
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
        client_answer_error(client, &error);
    } else if (r == 0) {
        client_answer_ok(client);
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
        client_answer_ok(joiner);
    else
        client_answer_error(joiner, &error);
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
        client_answer_error(client, &error);
        return;
    }
    database_pack(&status, &line);
    client_answer(client, &line);
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
    { "compare", request_compare, true },
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

/* Leaves a request for later while its job, or everything, is on its way up or
   down. */
static void
run_request(struct supervisor *supervisor, struct client *client)
{
    const char *name = NULL;
    const struct request *request = find_request(client->line, &name);
    const struct job *job;
    struct error error;

    if (request == NULL) {
        fail_detail(&error, E_SUPERVISOR, NULL, "no such request");
        client_answer_error(client, &error);
        return;
    }
    if (supervisor->ending && request->run != request_shutdown) {
        fail_detail(&error, E_SUPERVISOR, name, "it is shutting down");
        client_answer_error(client, &error);
        return;
    }
    if (supervisor->rebooter != NULL && !supervisor->ending)
        return;
    job = request->named ? job_find(&supervisor->jobs, name) : NULL;
    if (job == NULL || !job_moves(job))
        request->run(supervisor, client, name);
}

/*
 * The loop.
 */

static bool
is_idle(const struct supervisor *supervisor)
{
    return supervisor->how->on_demand && supervisor->jobs.first == NULL &&
           supervisor->clients == NULL && supervisor->again == 0 &&
           !cluster_is_active(supervisor->cluster);
}

static void
wait_for_events(struct supervisor *supervisor, struct waits *waits)
{
    const struct client *client;
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
    if (supervisor->jobs.now < supervisor->deaf)
        waits_until(waits, supervisor->deaf);
    else if (clients < MAX_CLIENTS)
        waits_for(waits, supervisor->listener);
    if (supervisor->again != 0)
        waits_until(waits, supervisor->again);
    jobs_wait(&supervisor->jobs, waits);
    cluster_wait(supervisor->cluster, waits);
    if (is_idle(supervisor))
        waits_until(waits, supervisor->idle_since + SUPERVISOR_IDLE * 1000);
    waits_sleep(waits, waits_clock());
    supervisor->jobs.now = waits_clock();
}

static void
take_signals(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;

    while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info))
        if (info.ssi_signo != SIGCHLD && !supervisor->ending)
            end_all(supervisor);
    jobs_reap(&supervisor->jobs);
    cluster_reap(supervisor->cluster);
}

static void
take_files(struct supervisor *supervisor)
{
    char events[4096];
    struct error ignored;

    while (read(supervisor->files, events, sizeof(events)) > 0)
        ;
    store_settle(supervisor->store, &ignored);
    jobs_check_files(&supervisor->jobs);
}

static void
serve_clients(struct supervisor *supervisor, const struct waits *waits)
{
    struct client *client;

    for (client = supervisor->clients; client != NULL; client = client->next) {
        if (!client->whole && !client->gone &&
            ((waits_ready(waits, client->fd) && !client_read(client)) ||
             client->due <= supervisor->jobs.now)) {
            client_drop(client);
            continue;
        }
        if (client->whole && !client->waiting && !client->gone)
            run_request(supervisor, client);
    }
    clients_free(&supervisor->clients, false);
}

/* A client may have asked for it before the settings could be read. */
static bool
knows(const struct supervisor *supervisor, const struct scope *scope)
{
    char *name = scope_name(scope);
    bool known = job_find(&supervisor->jobs, name) != NULL;

    free(name);
    return known;
}

static void
start_enabled(struct supervisor *supervisor)
{
    const struct supervision *how = supervisor->how;
    struct settings *settings = NULL;
    struct error error;
    struct scope scope;
    size_t at = 0;

    supervisor->again = 0;
    /* Damaged settings are reported to the next client. */
    if (settings_load(supervisor->store, &settings, &error) != 0) {
        if (error_may_pass(&error))
            supervisor->again = supervisor->jobs.now + START_AGAIN;
        return;
    }
    while (scope_next(settings, how->catalog, how->release, &at, &scope)) {
        struct unit unit = { 0 };

        error.code = E_NONE;
        if (!scope_enabled(&scope) || knows(supervisor, &scope))
            continue;
        if (plan_make(supervisor->store, how->interfaces, &scope, &unit,
                      &error) != 0)
            unit.name = scope_name(&scope);
        else if (unit.count == 0) {
            unit_clear(&unit);
            continue;
        }
        job_keep(&supervisor->jobs, &unit, &error);
    }
    settings_free(settings);
}

/* The second half of a reboot: starts what is enabled, and answers when it is
   up.  True if the answer was given. */
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
    for (job = supervisor->jobs.first; job != NULL; job = job->next)
        if (job_moves(job))
            return false;
    client_answer_ok(supervisor->rebooter);
    supervisor->rebooter = NULL;
    return true;
}

static void
run(struct supervisor *supervisor)
{
    struct waits waits = { 0 };

    supervisor->idle_since = supervisor->jobs.now;
    while (!supervisor->ending || !all_down(supervisor)) {
        wait_for_events(supervisor, &waits);
        if (waits_ready(&waits, supervisor->signals))
            take_signals(supervisor);
        if (waits_ready(&waits, supervisor->files))
            take_files(supervisor);
        if (supervisor->again != 0 && supervisor->jobs.now >= supervisor->again)
            start_enabled(supervisor);
        jobs_serve(&supervisor->jobs, &waits);
        cluster_serve(supervisor->cluster, &waits);
        answer_joiner(supervisor);
        do
            serve_clients(supervisor, &waits);
        while (boot(supervisor)); /* requests that came meanwhile waited */
        if (waits_ready(&waits, supervisor->listener) &&
            !client_accept(&supervisor->clients, supervisor->listener,
                           supervisor->jobs.now))
            supervisor->deaf = supervisor->jobs.now + DEAF_TIME;
        if (!is_idle(supervisor))
            supervisor->idle_since = supervisor->jobs.now;
        else if (supervisor->jobs.now - supervisor->idle_since >=
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
        .state = supervisor->jobs.workplace.state,
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
    /* Only now, when the next supervisor can begin. */
    if (supervisor->ender != NULL)
        client_answer_ok(supervisor->ender);
    clients_free(&supervisor->clients, true);
}

int
supervisor_run(const struct supervision *supervision, struct error *error)
{
    struct supervisor supervisor = { .how = supervision,
                                     .listener = -1,
                                     .signals = -1,
                                     .files = -1,
                                     .jobs.backend = supervision->backend,
                                     .jobs.plan = make_plan,
                                     .jobs.planner = &supervisor,
                                     .jobs.clock = waits_clock,
                                     .jobs.now = waits_clock() };
    char *state = NULL;
    int r;

    r = store_open(supervision->state, &supervisor.store, error);
    if (r == 0 && (state = realpath(supervision->state, NULL)) == NULL)
        r = fail_errno(error, supervision->state);
    if (r == 0)
        r = store_listen(supervisor.store, SUPERVISOR_SOCKET,
                         &supervisor.listener, error);
    if (r != 0 && error->code == E_BUSY)
        r = fail_detail(error, E_SUPERVISOR, NULL, "another one is running");
    if (r == 0)
        r = store_watch(supervisor.store, STORE_FILES, &supervisor.files,
                        error);
    if (r == 0)
        r = open_signals(&supervisor.signals, error);
    if (r == 0) {
        supervisor.jobs.workplace =
            (struct workplace){ supervision->endpoint, state,
                                supervisor.store };
        backends_forget(&supervisor.jobs.workplace);
        supervisor.cluster = open_cluster(&supervisor);
        start_enabled(&supervisor);
        cluster_start(supervisor.cluster);
        run(&supervisor);
    }
    close_all(&supervisor);
    free(state);
    return r;
}

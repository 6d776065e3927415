/*
 * Jobs: the services that the supervisor runs.
 */
#include "services/job.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/plan.h"
#include "services/spawn.h"

#define CHECK_EVERY 5 /* ms, for a process without a descriptor to wait on */

/* To be called when the job has come to rest. */
static void
answer_asker(struct job *job)
{
    struct client *asker = job->asker;

    job->asker = NULL;
    if (asker == NULL)
        return;
    if (job->error.code == E_NONE)
        client_answer_ok(asker);
    else
        client_answer_error(asker, &job->error);
}

struct job *
job_find(const struct jobs *jobs, const char *name)
{
    struct job *job = jobs->first;

    while (job != NULL && strcmp(job->unit.name, name) != 0)
        job = job->next;
    return job;
}

bool
job_moves(const struct job *job)
{
    return job->phase == JOB_STARTING || job->phase == JOB_STOPPING;
}

static struct job *
add_job(struct jobs *jobs, struct unit *unit)
{
    struct job *job = xcalloc(1, sizeof(*job));

    job->unit = *unit;
    *unit = (struct unit){ 0 };
    job->delay = job->look_delay = JOB_FIRST_DELAY;
    job->next = jobs->first;
    jobs->first = job;
    return job;
}

static void
remove_job(struct jobs *jobs, struct job *job)
{
    struct job **at = &jobs->first;

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

static void
forget_files(const struct jobs *jobs, const struct job *job)
{
    if (job->backend->forget != NULL)
        job->backend->forget(&jobs->workplace, &job->unit);
}

/* Returns when the delay from now is over, and makes the next one longer. */
static long long
put_off(const struct jobs *jobs, long long *delay)
{
    long long due = jobs->now + *delay;

    *delay = waits_longer(*delay, JOB_LAST_DELAY);
    return due;
}

static void start_job(struct jobs *jobs, struct job *job);

/* Reading files may have taken long.  That time does not count for a process
   that is to start or to end from now on. */
static void
look_at_clock(struct jobs *jobs)
{
    jobs->now = jobs->clock();
}

/* To be called when all its processes have ended. */
static void
come_down(struct jobs *jobs, struct job *job)
{
    free_processes(job);
    forget_files(jobs, job);
    job->phase = JOB_DOWN;
    switch (job->after) {
    case AFTER_REMOVE:
        remove_job(jobs, job);
        return;
    case AFTER_START:
        start_job(jobs, job);
        return;
    case AFTER_RETRY:
        job->due = put_off(jobs, &job->delay);
        break;
    case AFTER_FAIL:
        break;
    }
    answer_asker(job);
}

/* Returns how many still live.  *how: the wait status of one that has ended,
   set if *ended. */
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
stop_job(struct jobs *jobs, struct job *job, enum job_after after)
{
    bool ended;
    int how;

    job->after = after;
    if (job->phase == JOB_DOWN) {
        if (after == AFTER_REMOVE)
            remove_job(jobs, job);
        return;
    }
    if (job->phase != JOB_STOPPING) {
        job->backend->stop(&job->unit, job->processes);
        job->phase = JOB_STOPPING;
        look_at_clock(jobs);
        job->due = jobs->now + JOB_KILL;
    }
    if (reap(job, &how, &ended) == 0)
        come_down(jobs, job);
}

/* To be called when it did not come up, or did not stay up; job->error says
   why. */
static void
fall(struct jobs *jobs, struct job *job)
{
    if (job->phase == JOB_UP) {
        if (jobs->now - job->since >= JOB_LONG_LIFE)
            job->delay = JOB_FIRST_DELAY;
        job->restarts++;
    }
    stop_job(jobs, job, job->kept ? AFTER_RETRY : AFTER_REMOVE);
}

static void
check_job(struct jobs *jobs, struct job *job)
{
    int r = job->backend->check(&job->unit, job->processes, &job->error);

    if (r < 0) {
        fall(jobs, job);
    } else if (r > 0 && job->phase == JOB_STARTING) {
        job->phase = JOB_UP;
        job->kept = true;
        job->since = jobs->now;
        job->error = (struct error){ 0 };
        forget_files(jobs, job);
        answer_asker(job);
    }
}

/* Returns -1 if the keys no longer belong to what is presented, with the reason
   in job->error; 0 if they do, or if that cannot be told at present. */
static int
look_at_files(const struct jobs *jobs, struct job *job)
{
    struct error error;
    int r = plan_holds(jobs->workplace.store, &job->unit, &error);

    job->look = 0;
    if (r != 0 && error_may_pass(&error)) {
        job->look = put_off(jobs, &job->look_delay);
        return 0;
    }
    job->look_delay = JOB_FIRST_DELAY;
    if (r != 0)
        job->error = error;
    return r;
}

/* Makes a plan if there is none yet; else makes sure that it still holds. */
static int
prepare(const struct jobs *jobs, struct job *job)
{
    struct unit unit = { 0 };

    if (job->unit.count > 0)
        return look_at_files(jobs, job);
    if (jobs->plan(jobs->planner, job->unit.name, &unit, &job->error) != 0)
        return -1;
    unit_clear(&job->unit);
    job->unit = unit;
    return 0;
}

/* To be called when it cannot be started; job->error says why. */
static void
stay_down(struct jobs *jobs, struct job *job)
{
    job->after = AFTER_FAIL;
    if (job->kept && error_may_pass(&job->error)) {
        job->after = AFTER_RETRY;
        job->due = put_off(jobs, &job->delay);
    }
    answer_asker(job);
    if (!job->kept)
        remove_job(jobs, job);
}

static void
start_job(struct jobs *jobs, struct job *job)
{
    size_t i;

    if (job->fresh.name != NULL) {
        unit_clear(&job->unit);
        job->unit = job->fresh;
        job->fresh = (struct unit){ 0 };
    }
    job->error = (struct error){ 0 };
    if (prepare(jobs, job) != 0) {
        stay_down(jobs, job);
        return;
    }
    if (job->unit.count == 0) { /* nothing is configured any more */
        remove_job(jobs, job);
        return;
    }
    job->backend =
        jobs->backend->carries(&job->unit) ? jobs->backend : &backend_embedded;
    job->processes = xcalloc(job->unit.count, sizeof(*job->processes));
    for (i = 0; i < job->unit.count; i++)
        job->processes[i].fd = -1;
    job->phase = JOB_STARTING;
    look_at_clock(jobs);
    job->due = jobs->now + JOB_READY;
    if (job->backend->start(&jobs->workplace, &job->unit, job->processes,
                            &job->error) != 0)
        fall(jobs, job);
    else
        check_job(jobs, job);
}

void
job_begin(struct jobs *jobs, struct unit *unit, struct client *asker)
{
    struct job *job = add_job(jobs, unit);

    job->asker = asker;
    start_job(jobs, job);
}

void
job_keep(struct jobs *jobs, struct unit *unit, const struct error *error)
{
    struct job *job = add_job(jobs, unit);

    job->kept = true;
    job->error = *error;
    if (error->code == E_NONE)
        start_job(jobs, job);
    else
        stay_down(jobs, job);
}

/* Do the two differ in keys and certificates at most? */
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

/* Returns true if the backend took the new plan without a stop. */
static bool
reload_job(struct jobs *jobs, struct job *job, struct unit *unit)
{
    struct error error;

    if (job->phase != JOB_UP || job->backend->reload == NULL ||
        !same_places(&job->unit, unit) ||
        job->backend->reload(&jobs->workplace, unit, job->processes, &error) !=
            0)
        return false;
    unit_clear(&job->unit);
    job->unit = *unit;
    *unit = (struct unit){ 0 };
    return true;
}

void
job_renew(struct jobs *jobs, struct job *job, struct unit *unit,
          struct client *asker)
{
    job->asker = asker;
    job->restarts = 0;
    job->delay = JOB_FIRST_DELAY;
    job->error = (struct error){ 0 };
    if (unit->count == 0) {
        unit_clear(unit);
        stop_job(jobs, job, AFTER_REMOVE);
    } else if (reload_job(jobs, job, unit)) {
        answer_asker(job);
    } else {
        job->fresh = *unit;
        *unit = (struct unit){ 0 };
        if (job->phase == JOB_DOWN)
            start_job(jobs, job);
        else
            stop_job(jobs, job, AFTER_START);
    }
}

void
job_end(struct jobs *jobs, struct job *job, struct client *asker)
{
    job->asker = asker;
    job->error = (struct error){ 0 };
    stop_job(jobs, job, AFTER_REMOVE);
}

void
jobs_end(struct jobs *jobs)
{
    struct job *job, *next;

    for (job = jobs->first; job != NULL; job = next) {
        next = job->next;
        if (job->asker != NULL)
            fail_detail(&job->error, E_SUPERVISOR, job->unit.name,
                        "it is shutting down");
        stop_job(jobs, job, AFTER_REMOVE);
    }
}

void
job_status(const struct jobs *jobs, const struct job *job,
           struct unit_status *ret)
{
    *ret = (struct unit_status){ UNIT_STOPPED };
    if (job == NULL)
        return;
    ret->restarts = job->restarts;
    ret->why = job->error;
    ret->state = job->phase == JOB_UP        ? UNIT_RUNNING
                 : job->after == AFTER_RETRY ? UNIT_WAITING
                                             : UNIT_FAILED;
    if (ret->state == UNIT_WAITING)
        ret->wait = (unsigned)((job->due - jobs->now + 999) / 1000);
}

/*
 * Events.
 */

/* To be called when a child has ended, perhaps one of this job. */
static void
look_after(struct jobs *jobs, struct job *job)
{
    char text[SPAWN_END];
    bool ended;
    size_t living;
    int how = 0;

    if (job->phase == JOB_DOWN)
        return;
    living = reap(job, &how, &ended);
    if (job->phase == JOB_STOPPING) {
        if (living == 0)
            come_down(jobs, job);
        return;
    }
    if (!ended)
        return;
    spawn_describe(how, text);
    /* A process that was starting may have said why itself. */
    if (job->phase == JOB_UP ||
        job->backend->check(&job->unit, job->processes, &job->error) >= 0 ||
        job->error.code == E_ENDED)
        fail_detail(&job->error, E_ENDED, job->unit.name, text);
    fall(jobs, job);
}

void
jobs_reap(struct jobs *jobs)
{
    struct job *job, *next;

    for (job = jobs->first; job != NULL; job = next) {
        next = job->next;
        look_after(jobs, job);
    }
}

static void
check_files(struct jobs *jobs, struct job *job)
{
    job->look = 0;
    if (job->phase != JOB_STOPPING &&
        !(job->phase == JOB_DOWN && job->after == AFTER_FAIL) &&
        look_at_files(jobs, job) != 0)
        stop_job(jobs, job, AFTER_FAIL);
}

void
jobs_check_files(struct jobs *jobs)
{
    struct job *job, *next;

    for (job = jobs->first; job != NULL; job = next) {
        next = job->next;
        check_files(jobs, job);
    }
}

static void
kill_processes(struct job *job)
{
    size_t i;

    for (i = 0; i < job->unit.count; i++)
        if (job->processes[i].pid > 0)
            kill(job->processes[i].pid, SIGKILL);
}

/* To be called when the time of its phase is over. */
static void
job_due(struct jobs *jobs, struct job *job)
{
    switch (job->phase) {
    case JOB_DOWN:
        start_job(jobs, job);
        break;
    case JOB_STARTING:
        fail(&job->error, E_NOT_READY, job->unit.name);
        fall(jobs, job);
        break;
    case JOB_STOPPING:
        kill_processes(job);
        job->due = jobs->now + JOB_KILL;
        break;
    case JOB_UP:
        break;
    }
}

static bool
has_due(const struct job *job)
{
    return job_moves(job) ||
           (job->phase == JOB_DOWN && job->after == AFTER_RETRY);
}

void
jobs_serve(struct jobs *jobs, const struct waits *waits)
{
    struct job *job, *next;

    for (job = jobs->first; job != NULL; job = next) {
        bool look = false;
        size_t i;

        next = job->next;
        if (job->look != 0 && job->look <= jobs->now)
            check_files(jobs, job);
        for (i = 0; job->processes != NULL && i < job->unit.count; i++)
            look = look ||
                   (job->processes[i].fd < 0
                        ? job->phase == JOB_STARTING && jobs->now < job->due
                        : waits_ready(waits, job->processes[i].fd));
        if (look && (job->phase == JOB_STARTING || job->phase == JOB_UP))
            check_job(jobs, job);
        else if (has_due(job) && job->due <= jobs->now)
            job_due(jobs, job);
    }
}

static void
wait_for_job(const struct jobs *jobs, struct waits *waits,
             const struct job *job)
{
    size_t i;

    if (has_due(job))
        waits_until(waits, job->due);
    if (job->look != 0)
        waits_until(waits, job->look);
    if (job->phase != JOB_STARTING && job->phase != JOB_UP)
        return;
    for (i = 0; i < job->unit.count; i++)
        if (job->processes[i].fd >= 0)
            waits_for(waits, job->processes[i].fd);
        else if (job->phase == JOB_STARTING)
            waits_until(waits, jobs->now + CHECK_EVERY);
}

void
jobs_wait(const struct jobs *jobs, struct waits *waits)
{
    const struct job *job;

    for (job = jobs->first; job != NULL; job = job->next)
        wait_for_job(jobs, waits, job);
}

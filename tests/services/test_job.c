/*
 * The phases of a job, with a backend that does as it is told and a clock that
 * stands where it is put; test_supervisor.c has real services.
 */
#include "services/job.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/services/stage.h"

/* What the backend answers, and how often it was asked. */
static struct {
    bool refuses; /* to start */
    int ready;    /* check()'s answer */
    bool child;   /* a process that takes no notice of stop() */
    bool reloads;
    long long clock, took;  /* ms: what it shows, what looking at files takes */
    enum error_code unsure; /* why nobody can look at files, or plan */
    unsigned starts, stops, reloaded, looks;
} told;

int __real_plan_holds(struct store *store, const struct unit *unit,
                      struct error *error);
int __wrap_plan_holds(struct store *store, const struct unit *unit,
                      struct error *error);

int
__wrap_plan_holds(struct store *store, const struct unit *unit,
                  struct error *error)
{
    told.looks++;
    told.clock += told.took;
    return told.unsure == E_NONE
               ? __real_plan_holds(store, unit, error)
               : fail_detail(error, told.unsure, "leaf.key", NULL);
}

static bool
carries(const struct unit *unit)
{
    (void)unit;
    return true;
}

static int
start(const struct workplace *workplace, const struct unit *unit,
      struct process *processes, struct error *error)
{
    (void)workplace;
    told.starts++;
    if (told.refuses)
        return fail_detail(error, E_PORT_TAKEN, unit->name, NULL);
    if (told.child && (processes[0].pid = fork()) == 0) {
        pause();
        _exit(0);
    }
    return 0;
}

static int
check(const struct unit *unit, struct process *processes, struct error *error)
{
    (void)processes;
    return told.ready >= 0 ? told.ready
                           : fail_detail(error, E_ENDED, unit->name, NULL);
}

static void
stop(const struct unit *unit, struct process *processes)
{
    (void)unit;
    (void)processes;
    told.stops++;
}

static int
reload(const struct workplace *workplace, const struct unit *unit,
       struct process *processes, struct error *error)
{
    (void)workplace;
    (void)processes;
    told.reloaded++;
    return told.reloads ? 0 : fail_detail(error, E_ENDED, unit->name, NULL);
}

static const struct backend backend = {
    "told", carries, start, check, stop, reload, NULL,
};

/* One listener that speaks no TLS, and so has no key that could go astray. */
static struct unit
unit_of(unsigned port)
{
    struct unit unit = { .name = xstrdup("web"), .count = 1 };

    unit.endpoints = xcalloc(1, sizeof(*unit.endpoints));
    unit.endpoints[0].name = xstrdup("http");
    unit.endpoints[0].protocol = SPEAK_REDIRECT;
    unit.endpoints[0].address = xstrdup("127.0.0.1");
    unit.endpoints[0].port = port;
    return unit;
}

static int
plan(void *planner, const char *name, struct unit *ret, struct error *error)
{
    assert_null(planner);
    assert_string_equal(name, "web");
    if (told.unsure != E_NONE)
        return fail_detail(error, told.unsure, name, NULL);
    *ret = unit_of(80);
    return 0;
}

static long long
clock_of_ours(void)
{
    return told.clock;
}

struct floor {
    void *scratch;
    struct jobs jobs;
};

static int
setup(void **state)
{
    struct floor *floor = xcalloc(1, sizeof(*floor));

    memset(&told, 0, sizeof(told));
    if (scratch_setup(&floor->scratch) != 0)
        return -1;
    floor->jobs.workplace.store = ((struct scratch *)floor->scratch)->store;
    floor->jobs.backend = &backend;
    floor->jobs.plan = plan;
    floor->jobs.clock = clock_of_ours;
    floor->jobs.now = told.clock = 1000000;
    *state = floor;
    return 0;
}

static int
teardown(void **state)
{
    struct floor *floor = *state;
    int r;

    told.child = false;
    jobs_end(&floor->jobs);
    r = floor->jobs.first == NULL ? scratch_teardown(&floor->scratch) : -1;
    free(floor);
    return r;
}

/* A turn of the loop that takes no time. */
static void
turn(struct jobs *jobs)
{
    struct waits waits = { 0 };

    told.clock = jobs->now;
    waits_begin(&waits);
    jobs_wait(jobs, &waits);
    waits_until(&waits, jobs->now);
    waits_sleep(&waits, jobs->now);
    jobs_serve(jobs, &waits);
    waits_clear(&waits);
}

static void
begin(struct jobs *jobs)
{
    struct unit unit = unit_of(80);

    job_begin(jobs, &unit, NULL);
    assert_null(unit.name);
}

static void
keep(struct jobs *jobs, const struct error *why)
{
    const struct error none = { 0 };
    struct unit unit = unit_of(80);

    job_keep(jobs, &unit, why != NULL ? why : &none);
}

static enum unit_state
state_of(const struct jobs *jobs, struct unit_status *status)
{
    job_status(jobs, job_find(jobs, "web"), status);
    return status->state;
}

/* Up when the backend says so, and gone when it is ended. */
static void
test_life(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit_status status;

    assert_int_equal(state_of(jobs, &status), UNIT_STOPPED);
    begin(jobs);
    assert_true(job_moves(jobs->first));
    assert_null(job_find(jobs, "other"));
    told.ready = 1;
    turn(jobs);
    assert_false(job_moves(jobs->first));
    assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
    job_end(jobs, jobs->first, NULL);
    assert_int_equal(told.stops, 1);
    assert_null(jobs->first);
}

/* Who has asked for it hears why, and it is forgotten; what is kept is tried
   again, each time later, up to a limit. */
static void
test_delays(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    long long delay = JOB_FIRST_DELAY;
    struct unit_status status;
    unsigned i;

    told.refuses = true;
    begin(jobs);
    assert_null(jobs->first);
    keep(jobs, NULL);
    for (i = 2; delay < JOB_LAST_DELAY; i++) {
        assert_int_equal(told.starts, i);
        assert_int_equal(state_of(jobs, &status), UNIT_WAITING);
        assert_int_equal(status.why.code, E_PORT_TAKEN);
        assert_int_equal(status.wait, (delay + 999) / 1000);
        jobs->now += delay - 1;
        turn(jobs);
        assert_int_equal(told.starts, i);
        jobs->now++;
        turn(jobs);
        delay *= 2;
    }
    assert_int_equal(jobs->first->due - jobs->now, JOB_LAST_DELAY);
    job_end(jobs, jobs->first, NULL);
    assert_null(jobs->first);
}

/* What has lived long starts anew with the first delay. */
static void
test_long_life(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit_status status;

    told.refuses = true;
    keep(jobs, NULL);
    jobs->now += JOB_FIRST_DELAY;
    turn(jobs);
    told.refuses = false;
    told.ready = 1;
    jobs->now = jobs->first->due;
    turn(jobs);
    assert_int_equal(jobs->first->phase, JOB_UP);
    told.ready = -1;
    jobs->now += JOB_LONG_LIFE;
    jobs->first->processes[0].fd = socket(AF_UNIX, SOCK_STREAM, 0);
    turn(jobs); /* an unconnected socket is ready: there is something to see */
    assert_int_equal(state_of(jobs, &status), UNIT_WAITING);
    assert_int_equal(status.restarts, 1);
    assert_int_equal(jobs->first->due - jobs->now, JOB_FIRST_DELAY);
}

/* The time for it to come up begins when its files have been read. */
static void
test_slow_files(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;

    told.took = 2 * JOB_READY;
    begin(jobs);
    jobs->now = told.clock;
    turn(jobs);
    assert_non_null(jobs->first);
    assert_int_equal(jobs->first->phase, JOB_STARTING);
    told.ready = 1;
    turn(jobs);
    assert_int_equal(jobs->first->phase, JOB_UP);
}

/* Neither up nor down: it is given up, and what does not end is killed. */
static void
test_times(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit_status status;
    int i;

    told.child = true;
    keep(jobs, NULL);
    jobs->now += JOB_READY;
    turn(jobs);
    assert_int_equal(jobs->first->phase, JOB_STOPPING);
    assert_int_equal(jobs->first->error.code, E_NOT_READY);
    jobs_reap(jobs);
    assert_int_equal(jobs->first->phase, JOB_STOPPING);
    jobs->now += JOB_KILL;
    turn(jobs);
    for (i = 0; i < 500 && jobs->first->phase == JOB_STOPPING; i++) {
        usleep(10000);
        jobs_reap(jobs);
    }
    assert_int_equal(state_of(jobs, &status), UNIT_WAITING);
}

/* A process that ends by itself, however it was. */
static void
test_fall(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit_status status;
    int i;

    told.child = true;
    told.ready = 1;
    keep(jobs, NULL);
    assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
    kill(jobs->first->processes[0].pid, SIGTERM);
    for (i = 0; i < 500 && jobs->first->phase == JOB_UP; i++) {
        usleep(10000);
        jobs_reap(jobs);
    }
    assert_int_equal(state_of(jobs, &status), UNIT_WAITING);
    assert_int_equal(status.why.code, E_ENDED);
    assert_string_equal(status.why.detail, "ended by signal 15");
    assert_int_equal(status.restarts, 1);
}

/* Other files at the same places do without a stop, where the backend can. */
static void
test_renew(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit same = unit_of(80), refused = unit_of(80);
    struct unit other = unit_of(81), none = { .name = xstrdup("web") };

    told.ready = 1;
    told.reloads = true;
    begin(jobs);
    job_renew(jobs, jobs->first, &same, NULL);
    assert_int_equal(told.reloaded, 1);
    assert_int_equal(told.stops, 0);
    told.reloads = false;
    job_renew(jobs, jobs->first, &refused, NULL);
    assert_int_equal(told.reloaded, 2);
    assert_int_equal(told.stops, 1);
    assert_int_equal(told.starts, 2);
    told.reloads = true;
    job_renew(jobs, jobs->first, &other, NULL);
    assert_int_equal(told.reloaded, 2);
    assert_int_equal(told.starts, 3);
    assert_int_equal(jobs->first->unit.endpoints[0].port, 81);
    job_renew(jobs, jobs->first, &none, NULL);
    assert_null(jobs->first);
}

/* What can not be planned is known, does nothing, and is renewed. */
static void
test_broken(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit unit = unit_of(80);
    struct unit_status status;
    struct error why = { 0 };

    fail_detail(&why, E_NO_FILE, "web.key", NULL);
    keep(jobs, &why);
    assert_int_equal(state_of(jobs, &status), UNIT_FAILED);
    assert_int_equal(status.why.code, E_NO_FILE);
    jobs->now += JOB_LAST_DELAY;
    turn(jobs);
    jobs_check_files(jobs);
    assert_int_equal(told.starts, 0);
    told.ready = 1;
    job_renew(jobs, jobs->first, &unit, NULL);
    assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
}

/* What could not be planned when it was due, for a reason that passes, is when
   it has. */
static void
test_planned_later(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit unit = { .name = xstrdup("web") };
    struct unit_status status;
    struct error why;

    told.unsure = E_IO;
    told.ready = 1;
    fail_detail(&why, E_IO, "leaf.key", NULL);
    job_keep(jobs, &unit, &why);
    assert_int_equal(state_of(jobs, &status), UNIT_WAITING);
    assert_int_equal(status.why.code, E_IO);
    jobs->now += JOB_FIRST_DELAY;
    turn(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_WAITING);
    assert_int_equal(jobs->first->due - jobs->now, 2 * JOB_FIRST_DELAY);
    told.unsure = E_NONE;
    jobs->now = jobs->first->due;
    turn(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
    assert_int_equal(jobs->first->unit.endpoints[0].port, 80);
}

static void
begin_https(struct jobs *jobs)
{
    struct unit unit = unit_of(443);

    unit.endpoints[0].protocol = SPEAK_HTTPS;
    stage_present(&unit.endpoints[0], "", "leaf.key", "leaf.crt");
    fixture_store(jobs->workplace.store, "leaf.key");
    told.ready = 1;
    job_begin(jobs, &unit, NULL);
}

/* Nobody can look: it goes on, is looked at less and less often, and ends by
   what is found then. */
static void
test_unsure(void **state)
{
    static const enum error_code passing[] = { E_IO, E_ENDED, E_FULL, E_BUSY,
                                               E_CRYPTO };
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    long long delay = JOB_FIRST_DELAY;
    struct unit_status status;
    size_t i;

    begin_https(jobs);
    fixture_store_as(jobs->workplace.store, "other.key", "leaf.key");
    told.unsure = passing[0];
    jobs_check_files(jobs);
    for (i = 1; delay < JOB_LAST_DELAY; i++) {
        unsigned looks = told.looks;

        assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
        told.unsure = passing[i % (sizeof(passing) / sizeof(passing[0]))];
        jobs->now += delay - 1;
        turn(jobs);
        assert_int_equal(told.looks, looks);
        jobs->now++;
        turn(jobs);
        assert_int_equal(told.looks, looks + 1);
        delay *= 2;
    }
    told.unsure = E_NONE;
    jobs->now += JOB_LAST_DELAY;
    turn(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_FAILED);
    assert_int_equal(status.why.code, E_MISMATCH_CERT);
    assert_int_equal(told.starts, 1);
}

/* What ends meanwhile is started, with what it has. */
static void
test_unsure_start(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit_status status;

    begin_https(jobs);
    told.unsure = E_IO;
    jobs_check_files(jobs);
    told.ready = -1;
    jobs->first->processes[0].fd = socket(AF_UNIX, SOCK_STREAM, 0);
    turn(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_WAITING);
    told.ready = 1;
    jobs->now = jobs->first->due;
    turn(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
    assert_true(jobs->first->look > jobs->now);
}

/* Its key is gone: it ends, and stays down. */
static void
test_files(void **state)
{
    struct jobs *jobs = &((struct floor *)*state)->jobs;
    struct unit_status status;

    begin_https(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
    jobs_check_files(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_RUNNING);
    fixture_store_as(jobs->workplace.store, "other.key", "leaf.key");
    jobs_check_files(jobs);
    assert_int_equal(state_of(jobs, &status), UNIT_FAILED);
    assert_int_equal(status.why.code, E_MISMATCH_CERT);
    assert_int_equal(told.stops, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_life),   TEST(test_delays),       TEST(test_long_life),
        TEST(test_times),  TEST(test_fall),         TEST(test_renew),
        TEST(test_broken), TEST(test_files),        TEST(test_planned_later),
        TEST(test_unsure), TEST(test_unsure_start), TEST(test_slow_files),
    };

    return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}

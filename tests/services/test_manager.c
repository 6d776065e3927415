/*
 * The manager: a supervisor that comes and goes on demand.  This program is
 * that supervisor as well: the manager runs it with --on-demand.
 */
#include "services/manager.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/services/stage.h"

static struct manager *
manager_at(struct store *store, char *path)
{
    char *const arguments[] = { path, NULL };

    return manager_new(store, NULL, arguments);
}

/* The one child that this process has. */
static pid_t
supervisor_pid(void)
{
    pid_t pids[2];

    assert_int_equal(stage_children(getpid(), pids, 2), 1);
    return pids[0];
}

/* None that stays: one that has let go of all may take its time to end. */
static void
assert_no_children(void)
{
    pid_t pid;
    int i;

    for (i = 0; i < 1000 && stage_children(getpid(), &pid, 1) > 0; i++) {
        waitpid(pid, NULL, WNOHANG);
        stage_sleep(10);
    }
    assert_int_equal(stage_children(getpid(), &pid, 1), 0);
}

/* Nothing is started to be told that nothing runs. */
static void
test_nobody_there(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = manager_at(scratch->store, scratch->path);
    struct unit_status status = { UNIT_RUNNING };
    struct error error;

    assert_int_equal(manager_status(manager, "web", &status, &error), 0);
    assert_int_equal(status.state, UNIT_STOPPED);
    assert_int_equal(status.why.code, E_SUPERVISOR);
    assert_int_equal(manager_shutdown(manager, &error), 0);
    assert_no_children();
    manager_free(manager);
}

static void
test_on_demand(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = manager_at(scratch->store, scratch->path);
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct error error;
    sigset_t blocked;
    char serial[64];
    pid_t pid;

    /* As the console has them: they must not be handed down. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGHUP);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    stage_serial(scratch, port, "", serial);
    assert_string_equal(serial, LEAF_SERIAL);
    pid = supervisor_pid();
    assert_int_equal(getsid(pid), pid);
    assert_int_equal(manager_status(manager, "web", &status, &error), 0);
    assert_int_equal(status.state, UNIT_RUNNING);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    assert_int_equal(supervisor_pid(), pid);
    assert_int_equal(manager_shutdown(manager, &error), 0);
    assert_int_equal(stage_connect(port), -1);
    assert_no_children();
    manager_free(manager);
}

/* The next one is a new process, with the configuration of whoever starts
   it. */
static void
test_reboot(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = manager_at(scratch->store, scratch->path);
    unsigned port = stage_web(scratch);
    struct error error;
    char serial[64];
    pid_t pid;

    assert_int_equal(manager_reboot(manager, &error), 0); /* there is none */
    assert_int_equal(manager_start(manager, "web", &error), 0);
    pid = supervisor_pid();
    stage_set(scratch, "web.enabled", "enable");
    assert_int_equal(manager_reboot(manager, &error), 0);
    assert_int_equal(stage_connect(port), -1);
    assert_no_children();
    assert_int_equal(manager_wake(manager, &error), 0);
    assert_int_not_equal(supervisor_pid(), pid);
    stage_serial(scratch, port, "", serial);
    assert_string_equal(serial, LEAF_SERIAL);
    assert_int_equal(manager_shutdown(manager, &error), 0);
    manager_free(manager);
}

/* With nothing to run it goes by itself, after a while. */
static void
test_idle(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = manager_at(scratch->store, scratch->path);
    struct unit_status status;
    struct error error;
    int i, how = -1;
    pid_t pid;

    stage_web(scratch);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    pid = supervisor_pid();
    assert_int_equal(manager_stop(manager, "web", &error), 0);
    assert_int_equal(waitpid(pid, &how, WNOHANG), 0);
    for (i = 0; i < 1000 && waitpid(pid, &how, WNOHANG) == 0; i++)
        stage_sleep(10);
    assert_int_equal(how, 0);
    assert_int_equal(manager_status(manager, "web", &status, &error), 0);
    assert_int_equal(status.state, UNIT_STOPPED);
    manager_free(manager);
}

/* Killed, it takes its children with it; the next request brings back what is
   enabled. */
static void
test_killed(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = manager_at(scratch->store, scratch->path);
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct error error;
    char serial[64];
    int i;

    stage_set(scratch, "web.enabled", "enable");
    for (i = 0; i < 3; i++) {
        assert_int_equal(manager_wake(manager, &error), 0);
        stage_await_open(port);
        kill(supervisor_pid(), SIGKILL);
        stage_await_closed(port);
    }
    assert_int_equal(manager_status(manager, "web", &status, &error), 0);
    assert_int_equal(status.state, UNIT_STOPPED);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    stage_serial(scratch, port, "", serial);
    assert_string_equal(serial, LEAF_SERIAL);
    assert_int_equal(manager_shutdown(manager, &error), 0);
    assert_no_children();
    manager_free(manager);
}

/* Longer than any socket address. */
static void
test_long_path(void **state)
{
    struct scratch *scratch = *state;
    char *path = xasprintf("%s/%0100d/%0100d", scratch->path, 1, 2);
    struct manager *manager;
    struct store *store;
    struct error error;

    assert_int_equal(store_open(path, &store, &error), 0);
    manager = manager_at(store, path);
    assert_int_equal(manager_wake(manager, &error), 0);
    assert_int_equal(manager_shutdown(manager, &error), 0);
    assert_no_children();
    manager_free(manager);
    store_free(store);
    free(path);
}

/* What the supervisor says when it can not begin is the reason. */
static void
test_no_supervisor(void **state)
{
    struct scratch *scratch = *state;
    char sh[] = "-c", script[] = "echo 'mmp: out of luck' >&2; exit 2";
    char *const arguments[] = { sh, script, NULL };
    struct manager *manager = manager_new(scratch->store, "/bin/sh", arguments);
    struct error error;

    assert_fails(manager_start(manager, "web", &error), &error, E_SUPERVISOR,
                 "");
    assert_string_equal(error.detail, "mmp: out of luck");
    manager_free(manager);
    manager = manager_new(scratch->store, "/nonexistent", arguments);
    assert_fails(manager_start(manager, "web", &error), &error, E_NO_FILE,
                 "/nonexistent");
    manager_free(manager);
    while (waitpid(-1, NULL, 0) > 0)
        ;
}

/* Two sessions at once find one supervisor. */
static void
test_two_sessions(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager;
    struct error error;
    pid_t pid;
    int how = -1;

    stage_web(scratch);
    pid = fork();
    manager = manager_at(scratch->store, scratch->path);
    if (pid == 0)
        _exit(manager_start(manager, "web", &error) == 0 ? 0 : 1);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
    assert_int_equal(manager_shutdown(manager, &error), 0);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    manager_free(manager);
}

/* Without a supervisor the record is read; with one, it refuses or begins. */
static void
test_database(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = manager_at(scratch->store, scratch->path);
    struct database_record record = { .last = DATABASE_REMOVE,
                                      .outcome = DATABASE_SUCCESS };
    struct database_record member = { .role = DATABASE_MEMBER,
                                      .last = DATABASE_INITIALIZE,
                                      .address = "192.0.2.1",
                                      .outcome = DATABASE_SUCCESS };
    struct database_status status = { .count = 7 };
    struct error error;

    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_int_equal(manager_database_status(manager, &status, &error), 0);
    assert_int_equal(status.record.last, DATABASE_REMOVE);
    assert_int_equal(status.count, 0);
    assert_int_equal(status.record.why.code, E_NONE);
    assert_int_equal(database_save(scratch->store, &member, &error), 0);
    assert_int_equal(manager_database_status(manager, &status, &error), 0);
    assert_int_equal(status.record.why.code, E_SUPERVISOR);
    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_no_children();
    assert_fails(manager_database(manager, DATABASE_INITIALIZE, NULL, &error),
                 &error, E_NOT_SET, NULL);
    assert_fails(manager_database(manager, DATABASE_JOIN, "db.example", &error),
                 &error, E_NOT_SET, NULL);
    assert_fails(manager_database(manager, DATABASE_REMOVE, NULL, &error),
                 &error, E_NOT_CLUSTERED, NULL);
    assert_int_equal(
        manager_database(manager, DATABASE_CLEAR_ERROR, NULL, &error), 0);
    assert_int_equal(manager_database_status(manager, &status, &error), 0);
    assert_int_equal(status.record.last, DATABASE_CLEAR_ERROR);
    assert_int_equal(status.record.role, DATABASE_NONE);
    assert_int_equal(manager_shutdown(manager, &error), 0);
    assert_no_children();
    manager_free(manager);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        test(test_nobody_there),  test(test_on_demand),    test(test_reboot),
        test(test_idle),          test(test_killed),       test(test_long_path),
        test(test_no_supervisor), test(test_two_sessions), test(test_database),
    };

    if (argc == 3 && strcmp(argv[2], "--on-demand") == 0)
        return stage_run(argv[1], &backend_embedded, true);
    return cmocka_run_group_tests_name("manager", tests, NULL, NULL);
}

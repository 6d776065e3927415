/*
 * The supervisor: what it starts, keeps, gives up, and how it ends.
 */
#include "services/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/services/stage.h"

/* So many times nobody can read the settings. */
static unsigned unread;

int __real_settings_load(struct store *store, struct settings **ret,
                         struct error *error);
int __wrap_settings_load(struct store *store, struct settings **ret,
                         struct error *error);

int
__wrap_settings_load(struct store *store, struct settings **ret,
                     struct error *error)
{
    if (unread == 0)
        return __real_settings_load(store, ret, error);
    unread--;
    return fail_detail(error, E_IO, "settings", NULL);
}

static struct manager *
client_of(struct scratch *scratch)
{
    char *const none[] = { NULL };

    return manager_new(scratch->store, "/nonexistent", none);
}

static enum unit_state
state_of(struct manager *manager, const char *name, struct unit_status *status)
{
    struct error error;

    assert_int_equal(manager_status(manager, name, status, &error), 0);
    return status->state;
}

static void
await_state(struct manager *manager, enum unit_state state,
            struct unit_status *status)
{
    int i;

    for (i = 0; i < 500 && state_of(manager, "web", status) != state; i++)
        stage_sleep(10);
    assert_int_equal(status->state, state);
}

/* Ended by itself so often; it may have been started again. */
static void
await_restarts(struct manager *manager, unsigned restarts,
               struct unit_status *status)
{
    int i;

    state_of(manager, "web", status);
    for (i = 0; i < 500 && status->restarts != restarts; i++) {
        stage_sleep(10);
        state_of(manager, "web", status);
    }
    assert_int_equal(status->restarts, restarts);
}

static bool
is_outdated(struct manager *manager)
{
    bool outdated = false;
    struct error error;

    assert_int_equal(manager_compare(manager, "web", &outdated, &error), 0);
    return outdated;
}

static void
assert_presents(struct scratch *scratch, unsigned port, const char *serial)
{
    char got[64];

    stage_serial(scratch, port, "", got);
    assert_string_equal(got, serial);
}

static void
copy_file(struct scratch *scratch, const char *from, const char *to)
{
    struct blob blob = fixture(from);
    const struct store_change change = { to, &blob, 0600 };
    struct error error;

    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    blob_clear(&blob);
}

/* What is enabled runs; it stops with the supervisor, and no process stays. */
static void
test_enabled(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    pid_t pid, children[8];

    stage_set(scratch, "web.enabled", "enable");
    pid = stage_supervise(scratch, &backend_embedded);
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);
    assert_int_equal(status.restarts, 0);
    assert_int_equal(status.why.code, E_NONE);
    assert_int_equal(state_of(manager, "talk", &status), UNIT_STOPPED);
    assert_presents(scratch, port, LEAF_SERIAL);
    assert_int_equal(stage_children(pid, children, 8), 1);
    stage_end(pid);
    assert_int_equal(kill(children[0], 0), -1);
    assert_int_equal(stage_connect(port), -1);
    assert_int_equal(state_of(manager, "web", &status), UNIT_STOPPED);
    manager_free(manager);
}

static void
test_requests(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded);

    assert_int_equal(state_of(manager, "web", &status), UNIT_STOPPED);
    assert_int_equal(manager_stop(manager, "web", &error), 0);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_presents(scratch, port, LEAF_SERIAL);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    assert_presents(scratch, port, LEAF_SERIAL);
    assert_int_equal(manager_stop(manager, "web", &error), 0);
    assert_int_equal(stage_connect(port), -1);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    assert_int_equal(manager_start(manager, "idle", &error), 0);
    assert_int_equal(state_of(manager, "idle", &status), UNIT_STOPPED);
    assert_fails(manager_start(manager, "nothing", &error), &error,
                 E_NO_SERVICE, "nothing");
    assert_fails(manager_start(manager, "node x", &error), &error, E_NO_SERVICE,
                 "node x");
    stage_set(scratch, "web.key", NULL);
    assert_fails(manager_restart(manager, "web", &error), &error, E_NOT_SET,
                 "web");
    assert_string_equal(error.other, "key");
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);
    stage_end(pid);
    manager_free(manager);
}

/* A port that is taken is named; the service does not stay. */
static void
test_port_clash(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded);
    char text[16], place[32];

    snprintf(text, sizeof(text), "%u", port);
    snprintf(place, sizeof(place), "127.0.0.1:%u", port);
    stage_set(scratch, "xmpp.listen", "lo");
    stage_set(scratch, "xmpp.port", text);
    stage_set(scratch, "xmpp.key", "leaf.key");
    stage_set(scratch, "xmpp.cert", "leaf.crt");
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_fails(manager_start(manager, "xmpp", &error), &error, E_LISTEN,
                 place);
    assert_string_equal(error.detail, "Address already in use");
    assert_int_equal(state_of(manager, "xmpp", &status), UNIT_STOPPED);
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);
    stage_end(pid);
    manager_free(manager);
}

static void
test_crash(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch), i;
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded), child;

    assert_int_equal(manager_start(manager, "web", &error), 0);
    /* The files of the time when it was started are what comes back. */
    copy_file(scratch, "fullchain.crt", "leaf.crt");
    for (i = 1; i <= 3; i++) {
        assert_int_equal(stage_children(pid, &child, 1), 1);
        kill(child, SIGKILL);
        await_restarts(manager, i, &status);
        if (status.state == UNIT_WAITING) { /* not for long */
            assert_int_equal(status.why.code, E_ENDED);
            assert_string_equal(status.why.subject, "web");
            assert_string_equal(status.why.detail, "ended by signal 9");
        }
        await_state(manager, UNIT_RUNNING, &status);
    }
    assert_presents(scratch, port, LEAF_SERIAL);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);
    assert_int_equal(status.restarts, 0);
    stage_end(pid);
    manager_free(manager);
}

/* S3.13: a certificate of the same key is taken up by restart only. */
static void
test_replaced_certificate(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded);
    char serial[64];

    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(run_shell(scratch,
                               "openssl req -x509 -new -key leaf.key -subj "
                               "/CN=new -set_serial 0x1234 -out new.crt && "
                               "mv new.crt leaf.crt",
                               NULL),
                     0);
    stage_sleep(100);
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);
    assert_presents(scratch, port, LEAF_SERIAL);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    stage_serial(scratch, port, "", serial);
    assert_string_equal(serial, "1234");
    stage_end(pid);
    manager_free(manager);
}

/* enable looks at the files that are there now: they are what runs then, and
   what has not changed runs on. */
static void
test_started_again(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded);
    pid_t before[4], after[4];

    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(stage_children(pid, before, 4), 1);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(stage_children(pid, after, 4), 1);
    assert_int_equal(after[0], before[0]);
    copy_file(scratch, "other.key", "other.key");
    copy_file(scratch, "other.crt", "other.crt");
    stage_set(scratch, "web.key", "other.key");
    assert_false(is_outdated(manager));
    stage_set(scratch, "web.cert", "other.crt");
    assert_true(is_outdated(manager));
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_false(is_outdated(manager));
    assert_presents(scratch, port, OTHER_SERIAL);
    stage_end(pid);
    manager_free(manager);
}

/* S3.14: a key made over the one of a running service breaks it at once. */
static void
test_replaced_key(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded);

    assert_int_equal(manager_start(manager, "web", &error), 0);
    copy_file(scratch, "leaf.key", "leaf.key"); /* the same bytes */
    stage_sleep(100);
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);

    copy_file(scratch, "other.key", "leaf.key");
    await_state(manager, UNIT_FAILED, &status);
    stage_await_closed(port);
    assert_int_equal(status.why.code, E_MISMATCH_CERT);
    assert_string_equal(status.why.subject, "leaf.key");
    assert_fails(manager_restart(manager, "web", &error), &error,
                 E_MISMATCH_CERT, "leaf.key");
    assert_string_equal(error.other, "leaf.crt");
    assert_int_equal(state_of(manager, "web", &status), UNIT_FAILED);

    copy_file(scratch, "other.crt", "leaf.crt");
    stage_sleep(100);
    assert_int_equal(state_of(manager, "web", &status), UNIT_FAILED);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    assert_presents(scratch, port, OTHER_SERIAL);

    assert_int_equal(
        store_remove(scratch->store, STORE_FILES, "leaf.key", &error), 0);
    await_state(manager, UNIT_FAILED, &status);
    assert_int_equal(status.why.code, E_NO_FILE);
    stage_end(pid);
    manager_free(manager);
}

/* Broken from the start: it is known, and repaired by restart. */
static void
test_enabled_but_broken(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid;

    stage_set(scratch, "web.enabled", "enable");
    copy_file(scratch, "other.key", "leaf.key");
    pid = stage_supervise(scratch, &backend_embedded);
    assert_int_equal(state_of(manager, "web", &status), UNIT_FAILED);
    assert_int_equal(status.why.code, E_MISMATCH_CERT);
    copy_file(scratch, "leaf.key", "leaf.key");
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    assert_presents(scratch, port, LEAF_SERIAL);
    stage_end(pid);
    manager_free(manager);
}

/* At the start the disk does not answer: what is enabled runs once it does. */
static void
test_enabled_later(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    pid_t pid;

    stage_set(scratch, "web.enabled", "enable");
    unread = 2;
    pid = stage_supervise(scratch, &backend_embedded);
    unread = 0;
    assert_int_equal(state_of(manager, "web", &status), UNIT_STOPPED);
    await_state(manager, UNIT_RUNNING, &status);
    assert_presents(scratch, port, LEAF_SERIAL);
    stage_end(pid);
    manager_free(manager);
}

static void
send_text(struct scratch *scratch, const char *text, size_t size, char *ret,
          size_t max)
{
    const struct timeval bound = { .tv_sec = 8 };
    struct error error;
    size_t got = 0;
    ssize_t n;
    int fd = -1;

    assert_int_equal(
        store_connect(scratch->store, SUPERVISOR_SOCKET, &fd, &error), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
    fcntl(fd, F_SETFL, 0);
    assert_int_equal(send(fd, text, size, MSG_NOSIGNAL), size);
    while (got < max - 1 && (n = read(fd, ret + got, max - 1 - got)) > 0)
        got += (size_t)n;
    ret[got] = '\0';
    close(fd);
}

/* Clients that send nonsense, or nothing, harm nobody. */
static void
test_bad_clients(void **state)
{
    static const char *const bad[] = {
        "\n",
        "start\n",
        "start \n",
        "shutdown now\n",
        "st\n",
        "statusweb\n",
        "START web\n",
        "stop\tweb\n",
        "status a\rb\n",
        "startle web\n",
    };
    struct scratch *scratch = *state;
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded);
    int silent[80];
    char answer[512], large[4096];
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        send_text(scratch, bad[i], strlen(bad[i]), answer, sizeof(answer));
        if (answer[0] != '\0')
            assert_memory_equal(answer, "error\t", 6);
    }
    send_text(scratch, "status \0\n", 9, answer, sizeof(answer));
    assert_string_equal(answer, "");
    memset(large, 'x', sizeof(large));
    send_text(scratch, large, sizeof(large), answer, sizeof(answer));
    assert_string_equal(answer, "");
    for (i = 0; i < 60; i++)
        assert_int_equal(store_connect(scratch->store, SUPERVISOR_SOCKET,
                                       &silent[i], &error),
                         0);
    assert_int_equal(state_of(manager, "web", &status), UNIT_STOPPED);
    for (i = 0; i < 60; i++)
        close(silent[i]);
    stage_end(pid);
    manager_free(manager);
}

/* Without a descriptor for who comes in it waits, and does not turn round and
   round. */
static void
test_no_descriptors(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = client_of(scratch);
    struct unit_status status;
    pid_t pid = stage_supervise(scratch, &backend_embedded);
    struct error error;
    int fd;

    stage_sleep(200); /* it has seen off who looked whether it is there */
    stage_descriptor_limit(pid, 3); /* poll(2) wants its three */
    assert_int_equal(
        store_connect(scratch->store, SUPERVISOR_SOCKET, &fd, &error), 0);
    assert_true(stage_busy(pid, 600) < 60);
    stage_descriptor_limit(pid, 0);
    assert_int_equal(state_of(manager, "web", &status), UNIT_STOPPED);
    close(fd);
    stage_end(pid);
    manager_free(manager);
}

static void
test_only_one(void **state)
{
    struct scratch *scratch = *state;
    pid_t pid = stage_supervise(scratch, &backend_embedded);
    const struct supervision supervision = {
        .state = scratch->path,
        .interfaces = &stage_interfaces,
        .catalog = stage_catalog,
        .backend = &backend_embedded,
    };
    struct error error;

    assert_fails(supervisor_run(&supervision, &error), &error, E_SUPERVISOR,
                 "");
    assert_string_equal(error.detail, "another one is running");
    stage_end(pid);
}

/* All that ran has stopped; what is enabled runs, as it is configured now. */
static void
test_reboot(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch), other = stage_port();
    struct unit_status status;
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded), before[4], now[4];
    char text[16];

    assert_int_equal(manager_reboot(manager, &error), 0); /* of nothing */
    snprintf(text, sizeof(text), "%u", other);
    stage_set(scratch, "xmpp.listen", "a");
    stage_set(scratch, "xmpp.port", text);
    stage_set(scratch, "xmpp.key", "leaf.key");
    stage_set(scratch, "xmpp.cert", "leaf.crt");
    assert_int_equal(manager_start(manager, "xmpp", &error), 0);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(stage_children(pid, before, 4), 2);
    stage_set(scratch, "web.enabled", "enable");
    copy_file(scratch, "fullchain.crt", "leaf.crt");
    assert_int_equal(manager_reboot(manager, &error), 0);
    assert_int_equal(state_of(manager, "xmpp", &status), UNIT_STOPPED);
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);
    assert_int_equal(status.restarts, 0);
    assert_int_equal(stage_children(pid, now, 4), 1);
    assert_int_not_equal(now[0], before[0]);
    assert_int_not_equal(now[0], before[1]);
    assert_presents(scratch, port, LEAF_SERIAL);
    assert_int_equal(stage_connect(other), -1);

    /* What can not start does not hold it up. */
    stage_set(scratch, "web.key", "nothing.key");
    assert_int_equal(manager_reboot(manager, &error), 0);
    assert_int_equal(state_of(manager, "web", &status), UNIT_FAILED);
    assert_int_equal(status.why.code, E_NO_FILE);
    stage_end(pid);
    assert_int_equal(manager_reboot(manager, &error), 0); /* there is none */
    manager_free(manager);
}

static void
test_hundred_rounds(void **state)
{
    struct scratch *scratch = *state;
    unsigned port = stage_web(scratch);
    struct manager *manager = client_of(scratch);
    struct error error;
    pid_t pid = stage_supervise(scratch, &backend_embedded), children[4];
    size_t before, i;

    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(manager_stop(manager, "web", &error), 0);
    before = stage_descriptors(pid);
    for (i = 0; i < 100; i++) {
        assert_int_equal(manager_start(manager, "web", &error), 0);
        assert_int_equal(stage_children(pid, children, 4), 1);
        assert_int_equal(manager_stop(manager, "web", &error), 0);
    }
    assert_int_equal(stage_children(pid, children, 4), 0);
    assert_int_equal(stage_connect(port), -1);
    /* Both times it may still be about to close the last request. */
    for (i = 0; i < 500 && stage_descriptors(pid) > before; i++)
        stage_sleep(10);
    assert_in_range(stage_descriptors(pid), 1, before);
    stage_end(pid);
    manager_free(manager);
}

/*
 * A backend that writes down what it is asked for, and has no processes that
 * are ours, as one for systemd would.
 */

static int record[2];

static void
write_record(const char *what, const struct unit *unit)
{
    char line[256];
    int n = snprintf(line, sizeof(line), "%s %s %zu %u;", what, unit->name,
                     unit->count, unit->endpoints[0].port);

    assert_int_equal(write(record[1], line, (size_t)n), n);
}

static bool
record_carries(const struct unit *unit)
{
    return strcmp(unit->name, "pair") != 0;
}

static int
record_start(const struct workplace *workplace, const struct unit *unit,
             struct process *processes, struct error *error)
{
    (void)processes;
    (void)error;
    assert_non_null(workplace->store);
    write_record("start", unit);
    return 0;
}

static int
record_check(const struct unit *unit, struct process *processes,
             struct error *error)
{
    (void)unit;
    (void)processes;
    (void)error;
    return 1;
}

static void
record_stop(const struct unit *unit, struct process *processes)
{
    (void)processes;
    write_record("stop", unit);
}

static int
record_reload(const struct workplace *workplace, const struct unit *unit,
              struct process *processes, struct error *error)
{
    (void)workplace;
    (void)processes;
    (void)error;
    write_record("reload", unit);
    return 0;
}

static const struct backend recording = {
    .name = "recording",
    .carries = record_carries,
    .start = record_start,
    .check = record_check,
    .stop = record_stop,
    .reload = record_reload,
};

static void
test_backend(void **state)
{
    struct scratch *scratch = *state;
    struct manager *manager = client_of(scratch);
    unsigned pair_port = stage_port();
    struct unit_status status;
    struct error error;
    char text[512] = "", listen[32];
    pid_t pid;

    assert_int_equal(pipe(record), 0);
    stage_web(scratch);
    stage_set(scratch, "web.port", "443");
    snprintf(listen, sizeof(listen), "a:%u", pair_port);
    stage_set(scratch, "pair.listen", listen);
    stage_set(scratch, "pair.key", "leaf.key");
    stage_set(scratch, "pair.cert", "leaf.crt");
    pid = stage_supervise(scratch, &recording);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    stage_set(scratch, "web.port", "444");
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    assert_int_equal(state_of(manager, "web", &status), UNIT_RUNNING);
    assert_int_equal(manager_stop(manager, "web", &error), 0);
    assert_int_equal(manager_start(manager, "pair", &error), 0);
    assert_presents(scratch, pair_port, LEAF_SERIAL);
    stage_end(pid);
    close(record[1]);
    assert_true(read(record[0], text, sizeof(text) - 1) > 0);
    close(record[0]);
    assert_string_equal(text, "start web 1 10443;reload web 1 10443;"
                              "stop web 1 10443;start web 1 10444;"
                              "stop web 1 10444;");
    manager_free(manager);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_enabled),
        test(test_requests),
        test(test_port_clash),
        test(test_crash),
        test(test_replaced_certificate),
        test(test_started_again),
        test(test_replaced_key),
        test(test_enabled_but_broken),
        test(test_enabled_later),
        test(test_bad_clients),
        test(test_no_descriptors),
        test(test_only_one),
        test(test_reboot),
        test(test_hundred_rounds),
        test(test_backend),
    };

    return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}

/*
 * Our own binary as the server: started, ready, stopped, refused.
 */
#include "services/backend.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/plan.h"
#include "tests/services/stage.h"

static struct unit
unit_of(unsigned first, unsigned second)
{
    const unsigned ports[] = { first, second };
    struct unit unit = { .name = xstrdup("web"), .count = 2 };
    size_t i;

    unit.endpoints = xcalloc(2, sizeof(*unit.endpoints));
    for (i = 0; i < 2; i++) {
        unit.endpoints[i] = (struct endpoint){
            .name = xstrdup("https"),
            .protocol = SPEAK_HTTPS,
            .address = xstrdup("127.0.0.1"),
            .port = ports[i],
        };
        stage_present(&unit.endpoints[i], "", "leaf.key", "leaf.crt");
    }
    return unit;
}

static int
await_check(const struct unit *unit, struct process *processes,
            struct error *error)
{
    int i, r = 0;

    for (i = 0; i < 500 && r == 0; i++) {
        r = backend_embedded.check(unit, processes, error);
        if (r == 0)
            stage_sleep(10);
    }
    return r;
}

static void
reap(struct process *process)
{
    if (process->fd >= 0)
        close(process->fd);
    assert_int_equal(waitpid(process->pid, NULL, 0), process->pid);
}

static void
test_life(void **state)
{
    struct scratch *scratch = *state;
    const struct workplace workplace = { STAGE_ENDPOINT, scratch->path,
                                         scratch->store };
    struct unit unit = unit_of(stage_port(), stage_port());
    struct process processes[2] = { { 0, -1 }, { 0, -1 } };
    struct blob line = { 0 };
    struct error error;
    char serial[64], *command;

    assert_true(backend_embedded.carries(&unit));
    assert_int_equal(
        backend_embedded.start(&workplace, &unit, processes, &error), 0);
    assert_int_equal(await_check(&unit, processes, &error), 1);
    stage_serial(scratch, unit.endpoints[1].port, "", serial);
    assert_string_equal(serial, LEAF_SERIAL);
    /* The title is all that can be seen of it from outside. */
    command = xasprintf("tr '\\0' '|' </proc/%d/cmdline; ls -l /proc/%d/fd",
                        processes[0].pid, processes[0].pid);
    run_shell(scratch, command, &line);
    assert_memory_equal(line.data, "mmp-endpoint|web: https|", 24);
    assert_null(strstr((char *)line.data, "memfd"));
    assert_null(strstr((char *)line.data, scratch->path));
    backend_embedded.stop(&unit, processes);
    reap(&processes[0]);
    reap(&processes[1]);
    assert_int_equal(stage_connect(unit.endpoints[0].port), -1);
    unit_clear(&unit);
    blob_clear(&line);
    free(command);
}

/* One of two can not: that is said, and which. */
static void
test_taken(void **state)
{
    struct scratch *scratch = *state;
    const struct workplace workplace = { STAGE_ENDPOINT, scratch->path,
                                         scratch->store };
    unsigned port = stage_port();
    struct unit unit = unit_of(port, port);
    struct process processes[2] = { { 0, -1 }, { 0, -1 } };
    char *place = endpoint_place(&unit.endpoints[0]);
    struct error error;

    assert_int_equal(
        backend_embedded.start(&workplace, &unit, processes, &error), 0);
    assert_fails(await_check(&unit, processes, &error), &error, E_LISTEN,
                 place);
    backend_embedded.stop(&unit, processes);
    reap(&processes[0]);
    reap(&processes[1]);
    unit_clear(&unit);
    free(place);
}

static void
test_no_program(void **state)
{
    struct scratch *scratch = *state;
    const struct workplace workplace = { "/nonexistent", scratch->path,
                                         scratch->store };
    struct unit unit = unit_of(1, 2);
    struct process processes[2] = { { 0, -1 }, { 0, -1 } };
    struct error error;

    assert_fails(backend_embedded.start(&workplace, &unit, processes, &error),
                 &error, E_NO_FILE, "/nonexistent");
    assert_int_equal(processes[0].pid, 0);
    assert_int_equal(processes[0].fd, -1);
    unit_clear(&unit);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_life),
        test(test_taken),
        test(test_no_program),
    };

    return cmocka_run_group_tests_name("backend_embedded", tests, NULL, NULL);
}

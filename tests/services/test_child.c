/*
 * A program that the supervisor keeps an eye on.
 */
#include "services/child.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/services/stage.h"

static void
start(struct child *child, const char *script)
{
    char sh[] = "sh", c[] = "-c", text[256];
    char *const argv[] = { sh, c, text, NULL };
    const struct spawn how = {
        .program = "/bin/sh", .argv = argv, .in = -1, .err = -1
    };
    struct error error;

    assert_true(strlen(script) < sizeof(text));
    strcpy(text, script);
    assert_int_equal(child_run(child, &how, &error), 0);
}

static int
end_of(struct child *child)
{
    int how = -1, i;

    for (i = 0; i < 1000; i++) {
        if (child_ended(child, &how))
            return how;
        stage_sleep(10);
    }
    fail_msg("it does not end");
    return -1;
}

static void
assert_line(struct child *child, const char *wanted)
{
    char line[CHILD_LINE];
    int i;

    for (i = 0; i < 1000; i++) {
        if (child_read(child, line)) {
            assert_string_equal(line, wanted);
            return;
        }
        stage_sleep(10);
    }
    fail_msg("no line %s", wanted);
}

static void
test_lines(void **state)
{
    struct child child = CHILD_NONE;
    char line[CHILD_LINE];

    (void)state;
    start(&child, "printf 'one\\ntwo\\n\\nha'; sleep 0.1; echo lf; "
                  "head -c 3000 /dev/zero | tr '\\0' x; echo; echo last; "
                  "printf none");
    assert_line(&child, "one");
    assert_line(&child, "two");
    assert_line(&child, "");
    assert_line(&child, "half");
    assert_true(WIFEXITED(end_of(&child)));
    /* What has ended can still be read; 3000 bytes are no line, and what is
       left of them is the end of one. */
    assert_true(child_read(&child, line));
    assert_int_equal(line[0], 'x');
    assert_true(strlen(line) < CHILD_LINE - 1);
    assert_line(&child, "last");
    assert_false(child_read(&child, line));
    assert_int_equal(child.fd, -1);
    child_clear(&child);
}

static void
test_stop(void **state)
{
    struct child child = CHILD_NONE;
    int how;

    (void)state;
    start(&child, "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done");
    assert_line(&child, "up");
    assert_false(child_ended(&child, &how));
    child_stop(&child);
    how = end_of(&child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 7);
    assert_int_equal(child.pid, 0);
    child_clear(&child);
}

/* Who does not listen is killed, when it is time. */
static void
test_killed(void **state)
{
    struct child child = CHILD_NONE;
    long long now = waits_clock();
    int how;

    (void)state;
    start(&child, "trap '' TERM; echo up; while :; do sleep 0.05; done");
    assert_line(&child, "up");
    child_stop(&child);
    assert_false(child_due(&child, now));
    stage_sleep(200);
    assert_false(child_ended(&child, &how));
    assert_false(child_due(&child, now + 2 * CHILD_STOP));
    how = end_of(&child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGKILL);
    child_clear(&child);
}

static void
test_put_off(void **state)
{
    struct child child = CHILD_NONE;
    long long delay, last = 0;
    int i;

    (void)state;
    for (i = 0; i < 10; i++) {
        long long before = waits_clock();

        child.since = before;
        child_put_off(&child);
        delay = child.due - before;
        assert_in_range(delay, CHILD_DELAY, CHILD_MAX_DELAY + 1000);
        assert_true(delay + 1000 > last);
        assert_false(child_due(&child, before));
        assert_true(child_due(&child, child.due));
        assert_false(child_due(&child, before + 10 * CHILD_MAX_DELAY));
        last = delay;
    }
    assert_true(last >= CHILD_MAX_DELAY);
    child.since = waits_clock() - CHILD_LIFE; /* a long life */
    child_put_off(&child);
    assert_true(child.due < waits_clock() + 2 * CHILD_DELAY);
    child_stop(&child); /* it is not to be started any more */
    assert_int_equal(child.due, 0);
}

static void
test_missing(void **state)
{
    struct child child = CHILD_NONE;
    char none[] = "/nowhere/none";
    char *const argv[] = { none, NULL };
    const struct spawn how = {
        .program = none, .argv = argv, .in = -1, .err = -1
    };
    size_t before = stage_descriptors(getpid());
    struct error error;

    (void)state;
    assert_fails(child_run(&child, &how, &error), &error, E_NO_FILE, none);
    assert_int_equal(child.pid, 0);
    assert_int_equal(child.fd, -1);
    assert_int_equal(stage_descriptors(getpid()), before);
}

static void
test_cleared(void **state)
{
    struct child child = CHILD_NONE;
    pid_t pid;

    (void)state;
    start(&child, "trap '' TERM; while :; do sleep 0.05; done");
    pid = child.pid;
    child_clear(&child);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(child.fd, -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),   cmocka_unit_test(test_stop),
        cmocka_unit_test(test_killed),  cmocka_unit_test(test_put_off),
        cmocka_unit_test(test_missing), cmocka_unit_test(test_cleared),
    };

    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}

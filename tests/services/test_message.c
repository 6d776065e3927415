/*
 * Failures and states as lines.
 */
#include "services/message.h"

#include <string.h>

#include "tests/support.h"

static void
test_error(void **state)
{
    struct error error = { .code = E_LISTEN, .line = 7 }, got = { 0 };
    struct blob line = { 0 };

    (void)state;
    strcpy(error.subject, "127.0.0.1:443");
    memset(error.other, 'x', sizeof(error.other) - 1);
    strcpy(error.detail, "a\tb\nc");
    message_error(&line, &error);
    assert_int_equal(line.data[line.size - 1], '\n');
    assert_in_range(line.size, 1, MESSAGE_MAX - 1);
    assert_fails(message_parse((char *)line.data, NULL, &got), &got, E_LISTEN,
                 "127.0.0.1:443");
    assert_int_equal(got.line, 7);
    assert_string_equal(got.other, error.other);
    assert_string_equal(got.detail, "a?b?c");
    blob_clear(&line);
}

static void
test_status(void **state)
{
    struct unit_status status = { UNIT_WAITING, 3, 12 }, got = { 0 };
    struct blob line = { 0 };
    struct error error;

    (void)state;
    fail_detail(&status.why, E_ENDED, "web", "ended by signal 9");
    message_status(&line, &status);
    assert_int_equal(message_parse((char *)line.data, &got, &error), 0);
    assert_int_equal(got.state, UNIT_WAITING);
    assert_int_equal(got.restarts, 3);
    assert_int_equal(got.wait, 12);
    assert_int_equal(got.why.code, E_ENDED);
    assert_string_equal(got.why.subject, "web");
    assert_string_equal(got.why.detail, "ended by signal 9");
    /* Where none is expected it is none. */
    assert_fails(message_parse((char *)line.data, NULL, &error), &error,
                 E_SUPERVISOR, "");
    blob_clear(&line);
}

static void
test_nonsense(void **state)
{
    static const char *const lines[] = {
        "",
        "\n",
        "OK\n",
        "ok\tmore\n",
        "error\n",
        "error\t1\t0\ta\tb\n",
        "error\t1\t0\ta\tb\tc\td\n",
        "error\t-1\t0\ta\tb\tc\n",
        "error\t99999\t0\ta\tb\tc\n",
        "error\t1x\t0\ta\tb\tc\n",
        "status\t9\t0\t0\t0\t0\ta\tb\tc\td\n",
        "status\t1\t0\n",
    };
    struct unit_status status;
    struct blob line = { 0 };
    struct error error;
    size_t i;

    (void)state;
    message_ok(&line);
    assert_int_equal(message_parse((char *)line.data, NULL, &error), 0);
    blob_clear(&line);
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_fails(message_parse(lines[i], &status, &error), &error,
                     E_SUPERVISOR, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_nonsense),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}

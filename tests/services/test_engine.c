/*
 * What the programs of an engine are started with, and what they print.
 */
#include "services/engine.h"

#include <string.h>

#include "tests/support.h"

static void
test_command(void **state)
{
    char **command =
        engine_command((const char *const[]){ "one", "", "three", NULL });

    (void)state;
    assert_string_equal(command[0], "one");
    assert_string_equal(command[1], "");
    assert_string_equal(command[2], "three");
    assert_null(command[3]);
    engine_free(command);
    engine_free(NULL);
}

static void
test_nodes(void **state)
{
    struct engine_answer answer;

    (void)state;
    assert_true(engine_parse("nodes\t192.0.2.1\t192.0.2.1\t110\t"
                             "2001:db8::2\t101\t192.0.2.3\t000",
                             &answer));
    assert_int_equal(answer.word, ENGINE_NODES);
    assert_string_equal(answer.primary, "192.0.2.1");
    assert_int_equal(answer.count, 3);
    assert_true(answer.nodes[0].connected);
    assert_true(answer.nodes[0].primary);
    assert_false(answer.nodes[0].in_sync);
    assert_string_equal(answer.nodes[1].address, "2001:db8::2");
    assert_false(answer.nodes[1].primary);
    assert_true(answer.nodes[1].in_sync);
    assert_false(answer.nodes[2].connected);
    assert_true(engine_parse("nodes\t", &answer));
    assert_int_equal(answer.count, 0);
    assert_string_equal(answer.primary, "");
}

static void
test_met_and_failed(void **state)
{
    struct engine_answer answer;

    (void)state;
    assert_true(engine_parse("ok", &answer));
    assert_int_equal(answer.word, ENGINE_OK);
    assert_true(engine_parse("met\tsecret\t192.0.2.1\t192.0.2.2", &answer));
    assert_int_equal(answer.word, ENGINE_MET);
    assert_string_equal(answer.secret, "secret");
    assert_int_equal(answer.count, 2);
    assert_string_equal(answer.nodes[1].address, "192.0.2.2");
    assert_true(engine_parse("failed\tuntrusted\thost\twhy not", &answer));
    assert_int_equal(answer.word, ENGINE_FAILED);
    assert_int_equal(answer.why.code, E_UNTRUSTED);
    assert_string_equal(answer.why.subject, "host");
    assert_string_equal(answer.why.detail, "why not");
}

/* What is refused leaves the answer as it was. */
static void
test_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "ok\tmore",
        "no",
        "met",
        "nodes",
        "nodes\t\t192.0.2.1",
        "nodes\t\t192.0.2.1\t11",
        "nodes\t\t192.0.2.1\t1111",
        "nodes\t\t192.0.2.1\t012",
        "nodes\t\ta\t000\tb\t000\tc\t000\td\t000\te\t000\tf\t000",
        "failed\tunreachable\thost",
        "failed\tunreachable\thost\twhy\tmore",
        "failed\tnobody knows\thost\twhy",
        ("met\t0123456789012345678901234567890123456789012345678901234567890"
         "1234567890123456789"),
    };
    struct engine_answer answer = { .count = 77 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (engine_parse(lines[i], &answer))
            fail_msg("%s: taken", lines[i]);
    assert_int_equal(answer.count, 77);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_met_and_failed),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}

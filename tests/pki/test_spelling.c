/*
 * Words and what they were meant to be.
 */
#include "pki/spelling.h"

#include <string.h>

#include "tests/support.h"

static void
test_distance(void **state)
{
    (void)state;
    assert_int_equal(spelling_distance("", ""), 0);
    assert_int_equal(spelling_distance("enable", "enable"), 0);
    assert_int_equal(spelling_distance("", "cert"), 4);
    assert_int_equal(spelling_distance("enabel", "enable"), 1);
    assert_int_equal(spelling_distance("enabl", "enable"), 1);
    assert_int_equal(spelling_distance("enables", "enable"), 1);
    assert_int_equal(spelling_distance("inable", "enable"), 1);
    assert_int_equal(spelling_distance("subAltName", "subjectAltName"), 4);
    assert_int_equal(spelling_distance("postgrest", "postgres"), 1);
    assert_int_equal(spelling_distance("kitten", "sitting"), 3);
}

static void
test_near(void **state)
{
    char longest[SPELLING_MAX + 2];

    (void)state;
    assert_true(spelling_is_near("wbeadmin", "webadmin"));
    assert_true(spelling_is_near("subAltName", "subjectAltName"));
    assert_true(spelling_is_near("Postgres", "postgres"));
    assert_false(spelling_is_near("postgres", "postgres"));
    assert_false(spelling_is_near("turn", "xmpp"));
    assert_false(spelling_is_near("rm", "ls"));
    assert_true(spelling_is_near("S", "ST"));
    assert_false(spelling_is_near("b", "C"));
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(spelling_distance(longest, "a"), SPELLING_MAX);
    assert_int_equal(spelling_distance("a", longest), SPELLING_MAX);
    assert_false(spelling_is_near(longest, "a"));
    longest[SPELLING_MAX] = '\0';
    assert_int_equal(spelling_distance(longest, ""), SPELLING_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_near),
    };

    return cmocka_run_group_tests_name("spelling", tests, NULL, NULL);
}

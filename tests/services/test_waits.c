/*
 * What a poll loop waits for.
 */
#include "services/waits.h"

#include <unistd.h>

#include "tests/support.h"

static void
test_ready(void **state)
{
    struct waits waits = { 0 };
    int one[2], two[2];

    (void)state;
    assert_int_equal(pipe(one), 0);
    assert_int_equal(pipe(two), 0);
    assert_int_equal(write(two[1], "x", 1), 1);
    waits_begin(&waits);
    waits_for(&waits, one[0]);
    waits_for(&waits, -1);
    waits_for(&waits, two[0]);
    waits_sleep(&waits, waits_clock());
    assert_false(waits_ready(&waits, one[0]));
    assert_true(waits_ready(&waits, two[0]));
    assert_false(waits_ready(&waits, -1));
    assert_false(waits_ready(&waits, one[1]));
    /* The next turn begins with nothing. */
    waits_begin(&waits);
    waits_until(&waits, waits_clock());
    waits_sleep(&waits, waits_clock());
    assert_false(waits_ready(&waits, two[0]));
    waits_clear(&waits);
    assert_null(waits.polls);
    close(one[0]);
    close(one[1]);
    close(two[0]);
    close(two[1]);
}

static void
test_until(void **state)
{
    struct waits waits = { 0 };
    long long before = waits_clock();

    (void)state;
    waits_begin(&waits);
    assert_int_equal(waits.until, -1);
    waits_until(&waits, before + 60000);
    waits_until(&waits, before + 30);
    waits_until(&waits, before + 40000);
    waits_sleep(&waits, before);
    assert_true(waits_clock() >= before + 30);
    waits_begin(&waits); /* what is over is not waited for */
    waits_until(&waits, before);
    waits_sleep(&waits, waits_clock());
    waits_clear(&waits);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready),
        cmocka_unit_test(test_until),
    };

    return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}

/*
 * Names with a suffix.
 */
#include "pki/suffix.h"

#include "tests/support.h"

static void
test_stem(void **state)
{
    (void)state;
    assert_int_equal(suffix_stem("web.key", ".key"), 3);
    assert_int_equal(suffix_stem("web.key.key", ".key"), 7);
    assert_int_equal(suffix_stem("web.keys", ".key"), 0);
    assert_int_equal(suffix_stem("web.KEY", ".key"), 0);
    assert_int_equal(suffix_stem(".key", ".key"), 0);
    assert_int_equal(suffix_stem("key", ".key"), 0);
    assert_int_equal(suffix_stem("", ".key"), 0);
    assert_int_equal(suffix_stem("web", ""), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stem),
    };

    return cmocka_run_group_tests_name("suffix", tests, NULL, NULL);
}

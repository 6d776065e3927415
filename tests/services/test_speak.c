/*
 * What the protocols share.
 */
#include "services/speak.h"

#include "tests/support.h"

static void
test_take(void **state)
{
    struct blob in = { 0 };

    (void)state;
    speak_take(&in, 0);
    assert_null(in.data);
    blob_text(&in, "abcdef");
    speak_take(&in, 2);
    assert_string_equal((char *)in.data, "cdef");
    assert_int_equal(in.size, 4);
    speak_take(&in, 4);
    assert_string_equal((char *)in.data, "");
    assert_int_equal(in.size, 0);
    blob_clear(&in);
}

static void
test_nothing(void **state)
{
    struct dialogue dialogue = { 0 };

    (void)state;
    assert_int_equal(speak_nothing(&dialogue), NEXT_READ);
    blob_text(&dialogue.in, "anything");
    assert_int_equal(speak_nothing(&dialogue), NEXT_READ);
    assert_int_equal(dialogue.in.size, 0);
    assert_int_equal(dialogue.out.size, 0);
    dialogue_clear(&dialogue);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests_name("speak", tests, NULL, NULL);
}

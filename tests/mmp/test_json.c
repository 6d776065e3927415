/*
 * JSON as other programs read it.
 */
#include "mmp/json.h"

#include "tests/support.h"

static void
test_string(void **state)
{
    struct blob text = { 0 };

    (void)state;
    json_string(&text, "a \"b\" \\ c\n\td \xc3\xa4 \x01 \xff");
    assert_string_equal((const char *)text.data,
                        "\"a \\\"b\\\" \\\\ c\\n\\td \xc3\xa4 ? ?\"");
    blob_clear(&text);
}

static void
test_members(void **state)
{
    struct blob text = { 0 };

    (void)state;
    blob_text(&text, "{");
    json_text(&text, "file", "a.crt");
    json_number(&text, "days", -3);
    blob_text(&text, ",\"inner\":{");
    json_number(&text, "n", 0);
    blob_text(&text, "}}");
    assert_string_equal((const char *)text.data,
                        "{\"file\":\"a.crt\",\"days\":-3,\"inner\":{\"n\":0}}");
    blob_clear(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_string),
        cmocka_unit_test(test_members),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}

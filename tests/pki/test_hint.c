/*
 * Lists of findings, and what each kind is called.
 */
#include "pki/hint.h"

#include <stdio.h>
#include <string.h>

#include "tests/support.h"

/* Lower case letters, digits and hyphens, each name once. */
static void
test_names(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < HINTS; i++) {
        const char *name = hint_name((enum hint_id)i);

        assert_non_null(name);
        assert_true(name[0] != '\0');
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                         strlen(name));
        for (j = 0; j < i; j++)
            assert_string_not_equal(name, hint_name((enum hint_id)j));
    }
    assert_string_equal(severity_name(SEVERITY_NOTE), "note");
    assert_string_equal(severity_name(SEVERITY_ERROR), "error");
}

static void
add(struct hints *hints, enum hint_id id, unsigned element)
{
    const struct hint hint = { .id = id, .file = "a.crt", .element = element };

    hints_add(hints, &hint);
}

static void
test_order(void **state)
{
    struct hints hints = { 0 };

    (void)state;
    add(&hints, HINT_FILE_CRLF, 1);
    add(&hints, HINT_EXPIRES_SOON, 1);
    add(&hints, HINT_EXPIRED, 1);
    add(&hints, HINT_EXPIRED, 2);
    add(&hints, HINT_EXPIRED, 1); /* the same once more */
    assert_int_equal(hints.count, 4);
    hints_sort(&hints);
    assert_int_equal(hints.all[0].id, HINT_EXPIRED);
    assert_int_equal(hints.all[0].element, 1);
    assert_int_equal(hints.all[1].element, 2);
    assert_int_equal(hints.all[2].id, HINT_EXPIRES_SOON);
    assert_int_equal(hints.all[3].id, HINT_FILE_CRLF);
    assert_true(hints_has(&hints, HINT_FILE_CRLF));
    assert_false(hints_has(&hints, HINT_FILE_BOM));
    hints_keep(&hints, SEVERITY_WARNING);
    assert_int_equal(hints.count, 3);
    hints_keep(&hints, SEVERITY_ERROR);
    assert_int_equal(hints.count, 2);
    hints_clear(&hints);
    assert_null(hints.all);
}

/* What differs anywhere is another one. */
static void
test_same(void **state)
{
    static const struct hint all[] = {
        { .id = HINT_EXPIRED },
        { .id = HINT_EXPIRED, .element = 1 },
        { .id = HINT_EXPIRED, .line = 1 },
        { .id = HINT_EXPIRED, .service = "webadmin" },
        { .id = HINT_EXPIRED, .file = "a.crt" },
        { .id = HINT_EXPIRED, .one = "2026-06-01" },
        { .id = HINT_EXPIRED, .two = "1" },
        { .id = HINT_FILE_CRLF },
    };
    struct hints hints = { 0 };
    size_t n = sizeof(all) / sizeof(all[0]), i;

    (void)state;
    for (i = 0; i < 2 * n; i++)
        hints_add(&hints, &all[i % n]);
    assert_int_equal(hints.count, n);
    hints_clear(&hints);
}

/* The mildest makes room for what is worse, and all are counted. */
static void
test_bound(void **state)
{
    struct hints hints = { 0 };
    unsigned i;

    (void)state;
    add(&hints, HINT_FILE_CRLF, 0);
    add(&hints, HINT_EXPIRED, 0);
    for (i = 1; i < HINTS_MAX + 9; i++)
        add(&hints, HINT_FILE_CRLF, i);
    assert_int_equal(hints.count, HINTS_MAX);
    assert_int_equal(hints.left_out, 10);
    add(&hints, HINT_EXPIRED, 1);
    assert_int_equal(hints.count, HINTS_MAX);
    assert_int_equal(hints.left_out, 11);
    hints_sort(&hints);
    assert_int_equal(hints.all[0].id, HINT_EXPIRED);
    hints_clear(&hints);
}

/* From one list to another, with what it had no room for. */
static void
test_move(void **state)
{
    struct hints hints = { 0 }, more = { 0 };
    unsigned i;

    (void)state;
    add(&hints, HINT_FILE_CRLF, 0);
    for (i = 0; i < HINTS_MAX + 2; i++)
        add(&more, HINT_FILE_CRLF, i);
    hints_move(&hints, &more);
    assert_int_equal(hints.count, HINTS_MAX);
    assert_int_equal(hints.left_out, 2);
    assert_null(more.all);
    assert_int_equal(more.left_out, 0);
    hints_clear(&hints);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_order),
        cmocka_unit_test(test_same),  cmocka_unit_test(test_bound),
        cmocka_unit_test(test_move),
    };

    return cmocka_run_group_tests_name("hint", tests, NULL, NULL);
}

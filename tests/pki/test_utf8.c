/*
 * UTF-8: what is a character, and what a terminal may be shown.
 */
#include "pki/utf8.h"

#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static void
test_characters(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        bool control;
    } rows[] = {
        { "a", 1, false },
        { "\x1f", 1, true },
        { "\x7f", 1, true },
        { "\xc2\x80", 2, true },
        { "\xc2\x9f", 2, true },
        { "\xc2\xa0", 2, false },
        { "\xdf\xbf", 2, false },
        { "\xe0\xa0\x80", 3, false },
        { "\xed\x9f\xbf", 3, false },
        { "\xee\x80\x80", 3, false },
        { "\xf0\x90\x80\x80", 4, false },
        { "\xf4\x8f\xbf\xbf", 4, false },
        /* Continuations alone, and 8-bit controls. */
        { "\x80", 0, false },
        { "\x9b", 0, false },
        { "\xff", 0, false },
        /* Longer than they need be. */
        { "\xc0\xaf", 0, false },
        { "\xc1\xbf", 0, false },
        { "\xe0\x9f\xbf", 0, false },
        { "\xf0\x8f\xbf\xbf", 0, false },
        /* Surrogates, and beyond the last. */
        { "\xed\xa0\x80", 0, false },
        { "\xed\xbf\xbf", 0, false },
        { "\xf4\x90\x80\x80", 0, false },
        { "\xf5\x80\x80\x80", 0, false },
        /* Broken off by another character. */
        { "\xc3(", 0, false },
        { "\xe2\x82(", 0, false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool control = false;
        size_t size = strlen(rows[i].text), cut;

        assert_int_equal(utf8_next(rows[i].text, size, &control), rows[i].n);
        assert_int_equal(control, rows[i].control);
        /* On the heap, so that nothing is read behind the end. */
        for (cut = 1; cut < rows[i].n; cut++) {
            char *part = xcalloc(cut, 1);

            memcpy(part, rows[i].text, cut);
            assert_int_equal(utf8_next(part, cut, &control), 0);
            free(part);
        }
    }
}

static void
check_disarmed(const char *text, size_t size, const char *keep,
               const char *want)
{
    char *copy = xcalloc(size, 1);

    memcpy(copy, text, size);
    utf8_disarm(copy, size, keep);
    assert_int_equal(size, strlen(want));
    assert_memory_equal(copy, want, size);
    free(copy);
}

static void
test_disarm(void **state)
{
    (void)state;
    check_disarmed("caf\xc3\xa9\n", 6, "\n", "caf\xc3\xa9\n");
    check_disarmed("caf\xc3\xa9\n", 6, "", "caf\xc3\xa9?");
    check_disarmed("\x1b[2J\t\r\x7f\0x", 9, "\n\t", "?[2J\t???x");
    check_disarmed("\xc2\x9b"
                   "2J\x9b"
                   "2J\xc2",
                   8, "\n", "??2J?2J?");
    check_disarmed("\xe2\x82\xac\xe2\x82", 5, "", "\xe2\x82\xac??");
}

static void
test_mark(void **state)
{
    (void)state;
    assert_int_equal(utf8_mark("\xef\xbb\xbfpki", 6), 3);
    assert_int_equal(utf8_mark("\xef\xbb\xbf", 3), 3);
    assert_int_equal(utf8_mark("\xef\xbb\xbf", 2), 0);
    assert_int_equal(utf8_mark("pki", 3), 0);
    assert_int_equal(utf8_mark("", 0), 0);
}

static void
test_count(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(""), 0);
    assert_int_equal(utf8_count("a b"), 3);
    assert_int_equal(utf8_count("M\303\274ller \342\202\254"), 8);
    assert_int_equal(utf8_count("M\303"), -1);
    assert_int_equal(utf8_count("a\tb"), -1);
    assert_int_equal(utf8_count("a\177"), -1);
    assert_int_equal(utf8_count("\302\205"), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_disarm),
        cmocka_unit_test(test_mark),
    };

    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}

/*
 * Characters that documents have in place of ASCII.
 */
#include "mmp/lookalike.h"

#include <stddef.h>
#include <string.h>

#include "tests/support.h"

static void
test_find(void **state)
{
    static const struct {
        const char *text, *point; /* NULL: it has none */
    } rows[] = {
        { "pki\u00a0list", "(U+00A0)" },
        { "\ufeffpki", "(U+FEFF)" },
        { "a.crt\u200b", "(U+200B)" },
        { "\u2013x \u201cy\u201d", "(U+2013)" }, /* the first one */
        { "", NULL },
        { "a-b_c:\"d\" 'e'", NULL },
        { "m\u00fcller.example", NULL },
        { "\u20ac \u65e5\u672c", NULL },
        { "\xe2\x80", NULL }, /* cut off */
        { "\xa0", NULL },     /* not UTF-8 */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct lookalike *found = lookalike_find(rows[i].text);

        assert_int_equal(found != NULL, rows[i].point != NULL);
        if (found != NULL)
            assert_non_null(strstr(found->words, rows[i].point));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
    };

    return cmocka_run_group_tests_name("lookalike", tests, NULL, NULL);
}

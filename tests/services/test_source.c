/*
 * The table of documents.
 */
#include "services/source.h"

#include <string.h>

#include "tests/support.h"

static void
test_table(void **state)
{
    const struct source *source, *other;

    (void)state;
    for (source = sources; source->id != NULL; source++) {
        assert_true(strlen(source->id) > 0 && strlen(source->id) <= 16);
        /* What follows an id in a list or in a Source line. */
        assert_null(strpbrk(source->id, ",;:\t"));
        assert_true(strlen(source->title) > 0);
        assert_true(source_known(source->id));
        for (other = sources; other != source; other++)
            assert_string_not_equal(other->id, source->id);
    }
}

static void
test_known(void **state)
{
    (void)state;
    assert_true(source_known("TAC 217320, TAC 221729"));
    assert_false(source_known(""));
    assert_false(source_known("TAC 21732"));
    assert_false(source_known("TAC 217320,"));
    assert_false(source_known("TAC 217320, "));
    assert_false(source_known("TAC 217320,TAC 221729"));
    assert_false(source_known("TAC 217320, hearsay"));
}

static void
test_covers(void **state)
{
    (void)state;
    assert_true(source_covers("TAC 217320", CMS_3));
    assert_false(source_covers("TAC 217320", CMS_2));
    assert_true(source_covers("TAC 217320, playbook 2.x", CMS_2));
    assert_true(source_covers("TAC 214618", CMS_2)); /* of all */
    assert_true(source_covers("TAC 214618", CMS_3));
    assert_false(source_covers("hearsay", CMS_3));
}

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(evidence_name(GUESS), "GUESS");
    assert_string_equal(evidence_name(RECALL), "RECALL");
    assert_string_equal(evidence_name(SEEN), "SEEN");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}

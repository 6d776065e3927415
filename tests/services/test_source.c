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
        assert_int_equal(source->document, 1U << (source - sources));
        for (other = sources; other != source; other++)
            assert_string_not_equal(other->id, source->id);
    }
}

static void
test_ids(void **state)
{
    struct blob ids = { 0 };

    (void)state;
    source_ids(0, &ids);
    assert_int_equal(ids.size, 0);
    source_ids(TAC_217320, &ids);
    assert_string_equal(ids.data, "TAC 217320");
    blob_clear(&ids);
    source_ids(SCRIPT_3 | TAC_210441 | LAB_POD_2, &ids);
    assert_string_equal(ids.data, "TAC 210441, lab pod 2, script 3.x");
    blob_clear(&ids);
}

static void
test_covers(void **state)
{
    (void)state;
    assert_true(source_covers(TAC_217320, CMS_3));
    assert_false(source_covers(TAC_217320, CMS_2));
    assert_true(source_covers(TAC_217320 | PLAYBOOK_2, CMS_2));
    assert_true(source_covers(TAC_214618, CMS_2)); /* of all */
    assert_true(source_covers(TAC_214618, CMS_3));
    assert_false(source_covers(0, CMS_3));
}

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(evidence_name(GUESS), "GUESS");
    assert_string_equal(evidence_name(RECALL), "RECALL");
    assert_string_equal(evidence_name(SEEN), "SEEN");
}

static void
test_releases(void **state)
{
    (void)state;
    assert_true(releases_include(CMS_2, CMS_2));
    assert_false(releases_include(CMS_2, CMS_3));
    assert_true(releases_include(CMS_2 | CMS_3, CMS_3));
    assert_true(releases_include(0, CMS_2)); /* all */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),    cmocka_unit_test(test_ids),
        cmocka_unit_test(test_covers),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_releases),
    };

    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}

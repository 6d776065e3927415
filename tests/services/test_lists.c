/*
 * Lists in the settings.
 */
#include "services/settings.h"

#include <string.h>

#include "tests/support.h"

static void
put(struct store *store, const char *text)
{
    struct blob blob = { 0 };
    struct store_change change = { "settings", &blob, 0600 };
    struct error error;

    blob_text(&blob, text);
    assert_int_equal(store_write(store, STORE_PRIVATE, &change, 1, &error), 0);
    blob_clear(&blob);
}

static struct settings *
load(struct store *store)
{
    struct settings *settings = NULL;
    struct error error;

    assert_int_equal(settings_load(store, &settings, &error), 0);
    return settings;
}

static void
test_entries_keep_their_order(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = load(scratch->store);
    struct error error;
    size_t i;

    assert_int_equal(settings_count(settings, "xmpp.callbridges"), 0);
    for (i = 0; i < 3; i++) {
        const char name[] = { 'c', (char)('3' - (char)i), '\0' };

        assert_int_equal(settings_append(settings, "xmpp.callbridges"), i);
        settings_set_entry(settings, "xmpp.callbridges", i, "name", name);
    }
    assert_int_equal(settings_save(settings, scratch->store, &error), 0);
    settings_free(settings);

    settings = load(scratch->store);
    assert_int_equal(settings_count(settings, "xmpp.callbridges"), 3);
    assert_string_equal(settings_entry(settings, "xmpp.callbridges", 0, "name"),
                        "c3");
    assert_int_equal(settings_find(settings, "xmpp.callbridges", "name", "c1"),
                     2);
    assert_int_equal(settings_find(settings, "xmpp.callbridges", "name", "no"),
                     3);
    settings_drop(settings, "xmpp.callbridges", 1);
    assert_int_equal(settings_find(settings, "xmpp.callbridges", "name", "c1"),
                     1);
    settings_free(settings);
}

static void
test_values_of_an_entry(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = load(scratch->store);

    settings_append(settings, "list");
    assert_null(settings_entry(settings, "list", 0, "a"));
    settings_set_entry(settings, "list", 0, "a", "1");
    settings_set_entry(settings, "list", 0, "a", "2");
    assert_string_equal(settings_entry(settings, "list", 0, "a"), "2");
    settings_set_entry(settings, "list", 0, "a", NULL);
    assert_null(settings_entry(settings, "list", 0, "a"));
    settings_free(settings);
}

/* The file that is left is the one before the list was made. */
static void
test_no_list_without_entries(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = load(scratch->store);
    struct blob before = { 0 }, after = { 0 };
    struct error error;

    assert_int_equal(settings_save(settings, scratch->store, &error), 0);
    assert_int_equal(
        store_read(scratch->store, STORE_PRIVATE, "settings", &before, &error),
        0);
    settings_append(settings, "trunk");
    settings_drop(settings, "trunk", 0);
    assert_int_equal(settings_count(settings, "trunk"), 0);
    assert_int_equal(settings_save(settings, scratch->store, &error), 0);
    assert_int_equal(
        store_read(scratch->store, STORE_PRIVATE, "settings", &after, &error),
        0);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
    blob_clear(&before);
    blob_clear(&after);
    settings_free(settings);
}

/* What a hand has put where a list, an entry or a group should be. */
static void
test_other_things_in_its_place(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings;

    put(scratch->store, "version = 1;\n"
                        "trunk = \"x\";\n"
                        "xmpp = \"x\";\n"
                        "mixed = ( { }, { tag = \"t\"; }, { tag = { }; } "
                        ");\n");
    settings = load(scratch->store);
    assert_int_equal(settings_count(settings, "trunk"), 0);
    assert_int_equal(settings_append(settings, "trunk"), 0);
    assert_int_equal(settings_count(settings, "trunk"), 1);
    assert_int_equal(settings_append(settings, "xmpp.callbridges"), 0);
    assert_int_equal(settings_count(settings, "xmpp.callbridges"), 1);

    assert_int_equal(settings_count(settings, "mixed"), 3);
    assert_int_equal(settings_find(settings, "mixed", "tag", "t"), 1);
    assert_int_equal(settings_find(settings, "mixed", "tag", "5"), 3);
    assert_null(settings_entry(settings, "mixed", 2, "tag"));
    settings_set_entry(settings, "mixed", 2, "tag", "new");
    assert_string_equal(settings_entry(settings, "mixed", 2, "tag"), "new");
    settings_free(settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entries_keep_their_order,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_values_of_an_entry, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_no_list_without_entries,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_other_things_in_its_place,
                                        scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

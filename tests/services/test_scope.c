/*
 * The settings of one service, or of one tag.
 */
#include "services/scope.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

static const struct service catalog[] = {
    { .name = "web", .title = "Web" },
    { .name = "edge", .title = "Edge", .tagged = true },
    { .name = "old", .title = "Old", .releases = CMS_2 },
    { .name = "core", .title = "Core", .always = true, .releases = CMS_3 },
    { .name = "two words", .title = "Two", .releases = CMS_3 },
    { NULL },
};

static struct settings *
empty(struct scratch *scratch)
{
    struct settings *settings = NULL;
    struct error error;

    assert_int_equal(settings_load(scratch->store, &settings, &error), 0);
    return settings;
}

static void
add_tag(struct settings *settings, const char *tag)
{
    size_t i = settings_append(settings, "edge");

    settings_set_entry(settings, "edge", i, "tag", tag);
}

static void
test_of_a_service(void **state)
{
    struct settings *settings = empty(*state);
    const struct scope scope = { settings, &catalog[0], NULL };
    const struct scope two = { settings, &catalog[4], NULL };

    assert_null(scope_get(&scope, "c2w.key"));
    scope_set(&scope, "c2w.key", "a.key");
    assert_string_equal(scope_get(&scope, "c2w.key"), "a.key");
    assert_string_equal(settings_get(settings, "web.c2w.key"), "a.key");
    scope_set(&scope, "c2w.key", NULL);
    assert_null(scope_get(&scope, "c2w.key"));

    scope_set(&two, "key", "b.key");
    assert_string_equal(settings_get(settings, "two_words.key"), "b.key");
    settings_free(settings);
}

static void
test_of_a_tag(void **state)
{
    struct settings *settings = empty(*state);
    const struct scope one = { settings, &catalog[1], "one" };
    const struct scope two = { settings, &catalog[1], "two" };
    const struct scope none = { settings, &catalog[1], "none" };

    add_tag(settings, "one");
    add_tag(settings, "two");
    scope_set(&two, "key", "two.key");
    scope_set(&none, "key", "none.key");
    assert_null(scope_get(&one, "key"));
    assert_string_equal(scope_get(&two, "key"), "two.key");
    assert_null(scope_get(&none, "key"));
    settings_free(settings);
}

static void
test_of_an_entry(void **state)
{
    struct settings *settings = empty(*state);
    const struct scope scope = { settings, &catalog[0], NULL };
    struct scope entry;

    scope_set(&scope, "key", "a.key");
    assert_false(scope_entry(&scope, "hosts", 0, &entry));
    assert_false(scope_entry(&scope, NULL, 0, &entry));
    settings_set_entry(settings, "web.hosts",
                       settings_append(settings, "web.hosts"), "host", "a");
    settings_set_entry(settings, "web.hosts",
                       settings_append(settings, "web.hosts"), "host", "b");
    assert_true(scope_entry(&scope, "hosts", 1, &entry));
    assert_string_equal(scope_get(&entry, "host"), "b");
    assert_null(scope_get(&entry, "key")); /* the service's */
    scope_set(&entry, "key", "b.key");
    assert_string_equal(settings_entry(settings, "web.hosts", 1, "key"),
                        "b.key");
    assert_false(scope_entry(&scope, "hosts", 2, &entry));
    settings_free(settings);
}

static void
test_enabled(void **state)
{
    struct settings *settings = empty(*state);
    const struct scope web = { settings, &catalog[0], NULL };
    const struct scope core = { settings, &catalog[3], NULL };

    assert_false(scope_enabled(&web));
    scope_set(&web, "enabled", "enable");
    assert_true(scope_enabled(&web));
    scope_set(&web, "enabled", "disable");
    assert_false(scope_enabled(&web));
    assert_true(scope_enabled(&core));
    settings_free(settings);
}

static void
test_all_of_a_release(void **state)
{
    static const char *const of_2[] = { "web", "edge one", "edge two", "old" };
    static const char *const of_3[] = { "web", "edge one", "edge two", "core",
                                        "two words" };
    struct settings *settings = empty(*state);
    struct scope scope;
    size_t at, i;

    add_tag(settings, "one");
    add_tag(settings, "two");
    for (at = 0, i = 0; scope_next(settings, catalog, CMS_2, &at, &scope);
         i++) {
        char *name = scope_name(&scope);

        assert_string_equal(name, of_2[i]);
        free(name);
    }
    assert_int_equal(i, 4);
    for (at = 0, i = 0; scope_next(settings, catalog, CMS_3, &at, &scope);
         i++) {
        char *name = scope_name(&scope);

        assert_string_equal(name, of_3[i]);
        free(name);
    }
    assert_int_equal(i, 5);

    assert_true(scope_find(settings, catalog, CMS_2, "edge two", &scope));
    assert_string_equal(scope.tag, "two");
    assert_true(scope_find(settings, catalog, CMS_3, "two words", &scope));
    assert_null(scope.tag);
    assert_false(scope_find(settings, catalog, CMS_2, "core", &scope));
    assert_false(scope_find(settings, catalog, CMS_2, "edge", &scope));
    settings_free(settings);
}

/* A hand has taken the tag out of an entry. */
static void
test_entry_without_a_tag(void **state)
{
    struct settings *settings = empty(*state);
    struct scope scope;
    size_t at = 1;

    settings_append(settings, "edge");
    assert_true(scope_next(settings, catalog, CMS_2, &at, &scope));
    assert_string_equal(scope.tag, "");
    assert_null(scope_get(&scope, "key"));
    settings_free(settings);
}

static void
check_file(const struct scope *scope, size_t *at, const char *list,
           const char *key, const char *value)
{
    struct file_setting setting;

    assert_true(scope_file(scope, at, &setting));
    assert_string_equal(setting.list, list);
    assert_string_equal(setting.key, key);
    if (value != NULL)
        assert_string_equal(setting.value, value);
    else
        assert_null(setting.value);
}

/* Settings of the service, set or not, and those of each entry of a list. */
static void
test_files(void **state)
{
    static const struct service service = { .name = "web",
                                            .files = "key domains:cert trust" };
    struct settings *settings = empty(*state);
    const struct scope scope = { settings, &service, NULL };
    struct file_setting setting;
    size_t at = 0, i;

    scope_set(&scope, "key", "a.key");
    check_file(&scope, &at, "", "key", "a.key");
    check_file(&scope, &at, "", "trust", NULL);
    assert_false(scope_file(&scope, &at, &setting));

    for (i = 0; i < 2; i++)
        settings_append(settings, "web.domains");
    settings_set_entry(settings, "web.domains", 1, "cert", "b.crt");
    scope_set(&scope, "trust", "none");
    at = 0;
    check_file(&scope, &at, "", "key", "a.key");
    check_file(&scope, &at, "domains", "cert", NULL);
    check_file(&scope, &at, "domains", "cert", "b.crt");
    check_file(&scope, &at, "", "trust", "none");
    assert_false(scope_file(&scope, &at, &setting));
    settings_free(settings);
}

static void
test_words(void **state)
{
    const char *at = "  a:443 b ", *nothing = NULL;
    char word[WORD_MAX], long_word[WORD_MAX + 10];

    (void)state;
    assert_string_equal(word_next(&at, word), "a:443");
    assert_string_equal(word_next(&at, word), "b");
    assert_null(word_next(&at, word));
    assert_null(word_next(&at, word));
    assert_null(word_next(&nothing, word));

    memset(long_word, 'x', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    at = long_word;
    assert_int_equal(strlen(word_next(&at, word)), WORD_MAX - 1);
    assert_null(word_next(&at, word));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_of_a_service, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_of_a_tag, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_of_an_entry, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_enabled, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_all_of_a_release, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_entry_without_a_tag, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_files, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

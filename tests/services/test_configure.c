/*
 * What setting commands do to the settings.
 */
#include "services/configure.h"

#include <ctype.h>
#include <string.h>

#include "tests/support.h"

static const struct service web = { .name = "web", .title = "Web" };
static const struct service edge = { .name = "edge", .tagged = true };

static int
setup(void **state)
{
    static struct settings *settings;
    struct store *store;
    struct error error;
    void *scratch = NULL;

    if (scratch_setup(&scratch) != 0)
        return -1;
    store = ((struct scratch *)scratch)->store;
    if (settings_load(store, &settings, &error) != 0)
        return -1;
    *state = settings;
    return scratch_teardown(&scratch);
}

static int
teardown(void **state)
{
    settings_free(*state);
    return 0;
}

static void
test_set(void **state)
{
    const struct scope scope = { *state, &web, NULL };
    const char *const three[] = { "a.key", "a.crt", "ca.crt" };

    configure_set(&scope, "key cert bundle", three, 3);
    assert_string_equal(scope_get(&scope, "key"), "a.key");
    assert_string_equal(scope_get(&scope, "bundle"), "ca.crt");
    /* What was left out goes. */
    configure_set(&scope, "key cert bundle", three, 2);
    assert_string_equal(scope_get(&scope, "cert"), "a.crt");
    assert_null(scope_get(&scope, "bundle"));
}

static void
test_set_constants(void **state)
{
    const struct scope scope = { *state, &web, NULL };
    const char *const port[] = { "8080" };

    configure_set(&scope, "redirect=enable redirect_port", port, 1);
    assert_string_equal(scope_get(&scope, "redirect"), "enable");
    assert_string_equal(scope_get(&scope, "redirect_port"), "8080");
    configure_set(&scope, "redirect=disable redirect_port", NULL, 0);
    assert_string_equal(scope_get(&scope, "redirect"), "disable");
    assert_null(scope_get(&scope, "redirect_port"));
}

static void
test_clear(void **state)
{
    const struct scope scope = { *state, &web, NULL };
    const char *const values[] = { "cb1", "hush" };
    struct error error;

    scope_set(&scope, "key", "a.key");
    scope_set(&scope, "c2w.key", "b.key");
    configure_add(&scope, "peers", "name secret", values, 2, &error);
    configure_clear(&scope, "key c2w peers nothing");
    assert_null(scope_get(&scope, "key"));
    assert_null(scope_get(&scope, "c2w.key"));
    assert_int_equal(settings_count(*state, "web.peers"), 0);
}

static void
test_lists(void **state)
{
    const struct scope scope = { *state, &web, NULL };
    const char *const one[] = { "cb1", "hush" }, *const two[] = { "cb2" };
    struct error error;

    assert_int_equal(
        configure_add(&scope, "peers", "name secret", one, 2, &error), 0);
    assert_int_equal(
        configure_add(&scope, "peers", "name secret", two, 1, &error), 0);
    assert_string_equal(settings_entry(*state, "web.peers", 0, "secret"),
                        "hush");
    assert_null(settings_entry(*state, "web.peers", 1, "secret"));
    assert_fails(configure_add(&scope, "peers", "name secret", one, 2, &error),
                 &error, E_HAS_ENTRY, "web");
    assert_string_equal(error.other, "cb1");
    assert_int_equal(settings_count(*state, "web.peers"), 2);

    assert_int_equal(configure_delete(&scope, "peers", "name", "cb1", &error),
                     0);
    assert_fails(configure_delete(&scope, "peers", "name", "cb1", &error),
                 &error, E_NO_ENTRY, "web");
    assert_string_equal(settings_entry(*state, "web.peers", 0, "name"), "cb2");
}

static void
test_tags(void **state)
{
    const struct scope one = { *state, &edge, "one" };
    const struct scope two = { *state, &edge, "two" };
    struct error error;

    assert_fails(configure_tag(&one, &error), &error, E_NO_TAG, "edge");
    assert_int_equal(configure_create(&one, &error), 0);
    assert_int_equal(configure_create(&two, &error), 0);
    assert_fails(configure_create(&one, &error), &error, E_HAS_ENTRY, "edge");
    assert_string_equal(error.other, "one");
    assert_int_equal(configure_tag(&one, &error), 0);
    scope_set(&two, "key", "a.key");
    assert_int_equal(configure_remove(&one, &error), 0);
    assert_fails(configure_remove(&one, &error), &error, E_NO_TAG, "edge");
    assert_string_equal(scope_get(&two, "key"), "a.key");
}

/* 16 letters and digits, then Ab1, and never twice the same. */
static void
test_secret(void **state)
{
    char secrets[64][SECRET_SIZE];
    bool seen[128] = { false };
    size_t i, j, letters = 0;
    struct error error;

    (void)state;
    for (i = 0; i < 64; i++) {
        assert_int_equal(configure_secret(secrets[i], &error), 0);
        assert_int_equal(strlen(secrets[i]), 19);
        assert_string_equal(secrets[i] + 16, "Ab1");
        for (j = 0; j < 16; j++) {
            assert_true(isalnum((unsigned char)secrets[i][j]));
            seen[(unsigned char)secrets[i][j]] = true;
        }
        for (j = 0; j < i; j++)
            assert_string_not_equal(secrets[i], secrets[j]);
    }
    for (i = 0; i < sizeof(seen); i++)
        letters += seen[i];
    assert_in_range(letters, 55, 62); /* of 62, in 1024 draws */
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_set),   test(test_set_constants),
        test(test_clear), test(test_lists),
        test(test_tags),  cmocka_unit_test(test_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

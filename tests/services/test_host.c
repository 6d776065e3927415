/*
 * The host's name, and its reboots.
 */
#include "services/host.h"

#include <string.h>

#include "tests/support.h"

static void
test_names(void **state)
{
    static const struct {
        const char *name;
        bool ok;
    } table[] = {
        { "cms", true },
        { "cms1.example.org", true },
        { "3com", true }, /* RFC 1123 allows a digit first */
        { "a-b.c--d", true },
        { "X", true },
        { "", false },
        { ".", false },
        { "cms.", false },
        { ".cms", false },
        { "a..b", false },
        { "-a", false },
        { "a-", false },
        { "a-.b", false },
        { "a.-b", false },
        { "a_b", false },
        { "a b", false },
        { "caf\xc3\xa9", false },
        { "a\n", false },
        { "a/b", false },
        { "*.example.org", false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const char *name = table[i].name;
        struct error error;

        if (table[i].ok)
            assert_int_equal(host_name_check(name, &error), 0);
        else
            assert_fails(host_name_check(name, &error), &error, E_BAD_HOSTNAME,
                         name);
    }
}

static void
test_lengths(void **state)
{
    char label[65] = "", name[256];
    struct error error;
    size_t i;

    (void)state;
    memset(label, 'a', 63);
    assert_int_equal(host_name_check(label, &error), 0);
    label[63] = 'a';
    assert_fails(host_name_check(label, &error), &error, E_BAD_HOSTNAME, label);
    for (i = 0; i < 255; i++)
        name[i] = i % 2 ? '.' : 'a';
    name[253] = '\0';
    assert_int_equal(host_name_check(name, &error), 0);
    name[253] = '.';
    name[255] = '\0';
    assert_fails(host_name_check(name, &error), &error, E_BAD_HOSTNAME, name);
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
check_name(struct store *store, const char *want)
{
    struct settings *settings = load(store);

    if (want == NULL)
        assert_null(host_name(settings));
    else
        assert_string_equal(host_name(settings), want);
    settings_free(settings);
}

static void
test_reboot_applies_the_name(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    check_name(scratch->store, NULL);
    assert_int_equal(host_reboot(scratch->store, TEST_NOW, &error), 0);
    check_name(scratch->store, NULL);
    assert_int_equal(host_rename(scratch->store, "one", &error), 0);
    check_name(scratch->store, NULL);
    assert_int_equal(host_reboot(scratch->store, TEST_NOW, &error), 0);
    check_name(scratch->store, "one");
    assert_int_equal(host_rename(scratch->store, "two", &error), 0);
    check_name(scratch->store, "one");
    assert_int_equal(host_reboot(scratch->store, TEST_NOW, &error), 0);
    assert_int_equal(host_reboot(scratch->store, TEST_NOW, &error), 0);
    check_name(scratch->store, "two");
}

static void
test_uptime(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = load(scratch->store);
    long long machine = host_uptime(settings, TEST_NOW);
    struct error error;

    assert_in_range(machine, 1, 100LL * 365 * 86400);
    settings_free(settings);
    assert_int_equal(host_reboot(scratch->store, TEST_NOW, &error), 0);
    settings = load(scratch->store);
    assert_int_equal(host_uptime(settings, TEST_NOW), 0);
    assert_int_equal(host_uptime(settings, TEST_NOW + 2), 2);
    /* Not longer than the machine is up, nor since a time to come. */
    assert_in_range(host_uptime(settings, TEST_NOW + machine + 86400), machine,
                    machine + 60);
    assert_in_range(host_uptime(settings, TEST_NOW - 10), machine,
                    machine + 60);
    settings_free(settings);
}

/* A reboot that could not be kept has not happened. */
static void
test_damaged_settings(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    run_shell(scratch, "echo 'version =' >../private/settings", NULL);
    assert_fails(host_reboot(scratch->store, TEST_NOW, &error), &error,
                 E_CONFIG_SYNTAX, "settings");
    assert_fails(host_rename(scratch->store, "cms", &error), &error,
                 E_CONFIG_SYNTAX, "settings");
    assert_int_equal(store_lock(scratch->store, &error), 0);
    store_unlock(scratch->store);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),       cmocka_unit_test(test_lengths),
        test(test_reboot_applies_the_name), test(test_uptime),
        test(test_damaged_settings),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}

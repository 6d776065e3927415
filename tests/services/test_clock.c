/*
 * Time servers, time zones, days.
 */
#include "services/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support.h"

static struct settings *
empty(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = NULL;
    struct error error;

    assert_int_equal(settings_load(scratch->store, &settings, &error), 0);
    return settings;
}

static void
need_database(void)
{
    if (access("/usr/share/zoneinfo/Europe/Oslo", R_OK) != 0) {
        print_message("no time zone database on this machine\n");
        skip();
    }
}

static void
test_servers(void **state)
{
    static const char *const good[] = { "192.0.2.1", "2001:db8::1",
                                        "ntp.example.com" };
    static const char *const bad[] = { "", "-", "a b", "2001:db8::1::" };
    struct settings *settings = empty(state);
    struct error error;
    size_t i;

    for (i = 0; i < 3; i++)
        assert_int_equal(clock_add_server(settings, good[i], &error), 0);
    for (i = 0; i < 3; i++)
        assert_fails(clock_add_server(settings, good[i], &error), &error,
                     E_HAS_ENTRY, "ntp");
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_fails(clock_add_server(settings, bad[i], &error), &error,
                     E_BAD_HOSTNAME, bad[i]);
    assert_int_equal(clock_drop_server(settings, good[1], &error), 0);
    assert_fails(clock_drop_server(settings, good[1], &error), &error,
                 E_NO_ENTRY, "ntp");
    assert_int_equal(settings_count(settings, CLOCK_SERVERS), 2);
    assert_string_equal(settings_entry(settings, CLOCK_SERVERS, 1, "address"),
                        good[2]);
    settings_free(settings);
}

static void
test_zone_names(void **state)
{
    static const char *const bad[] = { "",
                                       "Europe",
                                       "Europe/Nowhere",
                                       "../zoneinfo/Europe/Oslo",
                                       "/usr/share/zoneinfo/UTC",
                                       "zone.tab",
                                       "Europe/Os lo",
                                       "UTC\n" };
    struct settings *settings = empty(state);
    struct error error;
    size_t i;

    assert_string_equal(clock_zone(settings), "UTC");
    clock_set_zone(settings, "Europe/Oslo");
    assert_string_equal(clock_zone(settings), "Europe/Oslo");
    settings_free(settings);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_fails(clock_check_zone(bad[i], &error), &error, E_BAD_TIMEZONE,
                     bad[i]);
    need_database();
    assert_int_equal(clock_check_zone("Europe/Oslo", &error), 0);
    assert_int_equal(clock_check_zone("UTC", &error), 0);
    assert_int_equal(clock_check_zone("Etc/GMT+5", &error), 0);
}

/* Every name in the list is one that can be set, and they are sorted. */
static void
test_list(void **state)
{
    struct blob zones = { 0 };
    const char *before = "";
    struct error error;
    char *line, *rest;
    size_t n = 0;

    (void)state;
    need_database();
    assert_int_equal(clock_list_zones(&zones, &error), 0);
    rest = (char *)zones.data;
    while (*(line = strsep(&rest, "\n")) != '\0') {
        assert_int_equal(clock_check_zone(line, &error), 0);
        assert_true(strcmp(before, line) < 0);
        before = line;
        n++;
    }
    assert_in_range(n, 400, 700);
    blob_clear(&zones);
}

static void
test_local(void **state)
{
    const char *before = getenv("TZ");
    struct tm tm;

    (void)state;
    clock_local("UTC", TEST_NOW, &tm);
    assert_int_equal(tm.tm_hour, 12);
    need_database();
    clock_local("Europe/Oslo", TEST_NOW, &tm); /* in summer */
    assert_int_equal(tm.tm_hour, 14);
    clock_local("Asia/Kolkata", TEST_NOW, &tm);
    assert_int_equal(tm.tm_hour * 60 + tm.tm_min, 17 * 60 + 30);
    assert_ptr_equal(getenv("TZ"), before); /* as it was */
    setenv("TZ", "Asia/Tokyo", 1);
    clock_local("UTC", TEST_NOW, &tm);
    assert_string_equal(getenv("TZ"), "Asia/Tokyo");
    unsetenv("TZ");
}

static void
test_days(void **state)
{
    static const char *const bad[] = { "",           "2026",
                                       "2026-06",    "2026-13-01",
                                       "2026-02-29", "2026-06-01x",
                                       "01.06.2026", "2026-06-00" };
    time_t day = 0;
    size_t i;

    (void)state;
    assert_true(clock_parse_day("2026-06-01", &day));
    assert_int_equal(day, TEST_NOW - 12 * 3600);
    assert_true(clock_parse_day("2024-02-29", &day));
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (clock_parse_day(bad[i], &day))
            fail_msg("taken for a day: %s", bad[i]);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_servers), test(test_zone_names), test(test_list),
        test(test_local),   test(test_days),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}

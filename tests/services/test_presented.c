/*
 * What the listeners of a service present.
 */
#include "services/presented.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/services/stage.h"

/* "pair" on so many ports of a. */
static void
listen_on(struct settings *settings, unsigned first, unsigned count)
{
    struct blob whitelist = { 0 };
    unsigned i;

    for (i = 0; i < count; i++) {
        char *word = xasprintf("a:%u ", first + i);

        blob_text(&whitelist, word);
        free(word);
    }
    whitelist.data[whitelist.size - 1] = '\0';
    settings_set(settings, "pair.listen", (const char *)whitelist.data);
    blob_clear(&whitelist);
}

static char name[] = "mmp-endpoint", look[] = "--look";
static char *const argv[] = { name, look, NULL };
static const struct helper nobody = { { "false", argv } };
static const struct helper found = { { "echo", argv } };

/* How many are asked; false(1) finds nobody. */
static size_t
ask(struct settings *settings, size_t max)
{
    struct presented presented[PRESENTED_MAX];
    struct scope scope;
    size_t count, i;

    assert_true(scope_find(settings, stage_catalog, CMS_3, "pair", &scope));
    count = presented_find(&scope, &stage_interfaces, &nobody, max, presented);
    for (i = 0; i < count; i++) {
        char *place = xasprintf("127.0.0.1:%u", 20001 + (unsigned)i);

        assert_string_equal(presented[i].place, place);
        assert_string_equal(presented[i].cert, "cert");
        assert_null(presented[i].bundle);
        assert_int_equal(presented[i].actual.size, 0);
        assert_string_equal(presented[i].why,
                            "nobody answers, or not with TLS");
        free(place);
    }
    presented_clear(presented, count);
    return count;
}

static void
test_limit(void **state)
{
    struct settings *settings = settings_new();

    (void)state;
    assert_int_equal(PRESENTED_MAX, 32);
    listen_on(settings, 20001, PRESENTED_MAX);
    assert_int_equal(ask(settings, PRESENTED_MAX), PRESENTED_MAX);
    assert_int_equal(ask(settings, 1), 1);
    assert_int_equal(ask(settings, 0), 0);
    listen_on(settings, 20001, PRESENTED_MAX + 1);
    assert_int_equal(ask(settings, PRESENTED_MAX + 1), PRESENTED_MAX);
    settings_free(settings);
}

/* echo(1) stands for who finds a certificate. */
static void
test_found(void **state)
{
    struct settings *settings = settings_new();
    struct presented presented[PRESENTED_MAX];
    struct scope scope;

    (void)state;
    listen_on(settings, 20001, 1);
    assert_true(scope_find(settings, stage_catalog, CMS_3, "pair", &scope));
    assert_int_equal(
        presented_find(&scope, &stage_interfaces, &found, 2, presented), 1);
    assert_string_equal((char *)presented[0].actual.data,
                        "--look 127.0.0.1 20001 1\n");
    assert_string_equal(presented[0].why, "");
    presented_clear(presented, 1);
    /* An interface without an address is left out. */
    settings_set(settings, "pair.listen", "e:20001");
    assert_int_equal(
        presented_find(&scope, &(struct interfaces){ 0 }, &found, 2, presented),
        0);
    /* What should follow the certificate is named, too. */
    settings_set(settings, "web.listen", "a");
    settings_set(settings, "web.port", "20001");
    assert_true(scope_find(settings, stage_catalog, CMS_3, "web", &scope));
    assert_int_equal(
        presented_find(&scope, &stage_interfaces, &found, 2, presented), 1);
    assert_string_equal(presented[0].bundle, "bundle");
    presented_clear(presented, 1);
    settings_free(settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_found),
    };

    return cmocka_run_group_tests_name("presented", tests, NULL, NULL);
}

/*
 * Which services use which file.
 */
#include "services/assign.h"

#include <stdlib.h>

#include "services/configure.h"
#include "services/database.h"
#include "tests/support.h"

static const struct service catalog[] = {
    { .name = "web", .files = "key cert" },
    { .name = "turn", .files = "key" },
    { .name = "core", .files = "key", .always = true },
    { .name = "xmpp", .files = "domains:cert", .releases = CMS_2 },
    { .name = "edge", .files = "key", .tagged = true },
    { .name = "none" },
    { NULL },
};

static void
expect(struct settings *settings, const char *file, bool enabled_only,
       const char *want)
{
    char *users = assign_users(settings, catalog, CMS_2, file, enabled_only);

    if (want == NULL)
        assert_null(users);
    else
        assert_string_equal(users, want);
    free(users);
}

static void
test_users(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = NULL;
    struct error error;
    const char *const domain[] = { "example.com", "b.crt" };
    struct scope web, turn, core, xmpp, edge;

    assert_int_equal(settings_load(scratch->store, &settings, &error), 0);
    web = (struct scope){ settings, &catalog[0], NULL };
    turn = (struct scope){ settings, &catalog[1], NULL };
    core = (struct scope){ settings, &catalog[2], NULL };
    xmpp = (struct scope){ settings, &catalog[3], NULL };
    edge = (struct scope){ settings, &catalog[4], "one" };
    expect(settings, "a.key", false, NULL);

    scope_set(&web, "key", "a.key");
    scope_set(&web, "cert", "a.key"); /* twice in one service: once told */
    scope_set(&turn, "key", "a.key");
    scope_set(&turn, "domain", "b.crt"); /* no file */
    expect(settings, "a.key", false, "web, turn");
    expect(settings, "a.key", true, NULL);
    scope_set(&turn, "enabled", "enable");
    expect(settings, "a.key", true, "turn");
    expect(settings, "b.crt", false, NULL);

    scope_set(&core, "key", "c.key");
    expect(settings, "c.key", true, "core");

    configure_add(&xmpp, "domains", "domain cert", domain, 2, &error);
    expect(settings, "b.crt", false, "xmpp");
    expect(settings, "example.com", false, NULL);

    configure_create(&edge, &error);
    scope_set(&edge, "key", "a.key");
    expect(settings, "a.key", false, "web, turn, edge one");

    /* The cluster comes last, and needs its files no more. */
    settings_set(settings, database_setting(DATABASE_CA_CERT), "a.key");
    settings_set(settings, database_setting(DATABASE_CLIENT_KEY), "d.key");
    expect(settings, "a.key", false, "web, turn, edge one, database cluster");
    expect(settings, "a.key", true, "turn");
    expect(settings, "d.key", false, "database cluster");
    expect(settings, "d.key", true, NULL);
    settings_free(settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_users, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Looking things up in a catalogue.
 */
#include "services/service.h"

#include "tests/support.h"

static const struct view views[] = {
    { "list" },
    { "part" },
    { NULL },
};

static const struct verb verbs[] = {
    { "", DO_STATUS, NULL, NULL, GUESS },
    { "listen none", DO_CLEAR, "listen", NULL, GUESS },
    { "old <port>", DO_SET, "port", NULL, GUESS, CMS_2 },
    { "listen <interface> <port>", DO_SET, "listen port", NULL, GUESS },
    { "password", DO_ASK, "password", NULL, GUESS },
    { "gensecret", DO_MAKE, "secret", NULL, GUESS },
    { "mode on", DO_SET, "mode=on", NULL, GUESS },
    { "add <host>", DO_ADD, "host", "hosts", GUESS },
    { NULL },
};

static const struct service catalog[] = {
    { .name = "old", .releases = CMS_2 },
    { .name = "both", .views = views, .verbs = verbs },
    { .name = "changed", .releases = CMS_2 },
    { .name = "changed", .releases = CMS_3 },
    { NULL },
};

static void
test_next(void **state)
{
    const struct service *service;

    (void)state;
    service = service_next(catalog, NULL, CMS_3);
    assert_ptr_equal(service, &catalog[1]);
    service = service_next(catalog, service, CMS_3);
    assert_ptr_equal(service, &catalog[3]);
    assert_null(service_next(catalog, service, CMS_3));
    assert_null(service_next(NULL, NULL, CMS_3));
}

static void
test_find(void **state)
{
    (void)state;
    assert_ptr_equal(service_find(catalog, CMS_3, catalog[3].name),
                     &catalog[3]);
    assert_null(service_find(catalog, CMS_3, catalog[0].name));
    assert_null(service_find(catalog, CMS_3, "nothing"));
    assert_null(service_find(NULL, CMS_3, catalog[3].name));
}

static void
test_view(void **state)
{
    (void)state;
    assert_ptr_equal(service_view(&catalog[1], "part"), &views[1]);
    assert_null(service_view(&catalog[1], "other"));
    assert_null(service_view(&catalog[0], "list"));
}

static void
expect_setter(unsigned release, const char *key, const char *want)
{
    const struct verb *verb = service_setter(&catalog[1], release, key);

    assert_string_equal(verb != NULL ? verb->pattern : "", want);
}

static void
test_setter(void **state)
{
    (void)state;
    expect_setter(CMS_2, "listen", "listen <interface> <port>");
    expect_setter(CMS_2, "port", "old <port>");
    expect_setter(CMS_3, "port", "listen <interface> <port>");
    expect_setter(CMS_3, "password", "password");
    expect_setter(CMS_3, "secret", "gensecret");
    expect_setter(CMS_3, "mode", "");
    expect_setter(CMS_3, "host", "");
    assert_null(service_setter(&catalog[0], CMS_2, "listen"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_setter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static const struct service catalog[] = {
    { .name = "old", .releases = CMS_2 },
    { .name = "both", .views = views },
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
test_view(void **state)
{
    (void)state;
    assert_ptr_equal(service_view(&catalog[1], "part"), &views[1]);
    assert_null(service_view(&catalog[1], "other"));
    assert_null(service_view(&catalog[0], "list"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Interfaces, and the ports that are bound for those that were typed.
 */
#include "services/interfaces.h"

#include "tests/support.h"

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(interface_name(0), "a");
    assert_string_equal(interface_name(5), "lo");
    assert_null(interface_name(6));
}

static void
test_addresses(void **state)
{
    const struct interfaces interfaces = { .b = "192.0.2.2",
                                           .lo = "127.0.0.1" };

    (void)state;
    assert_string_equal(interface_address(&interfaces, "b"), "192.0.2.2");
    assert_string_equal(interface_address(&interfaces, "lo"), "127.0.0.1");
    assert_null(interface_address(&interfaces, "a")); /* not configured */
    assert_null(interface_address(&interfaces, "f"));
}

static void
test_ports(void **state)
{
    const struct interfaces interfaces = { .port_offset = 5000 };

    (void)state;
    assert_int_equal(interface_port(&interfaces, 443), 5443);
    assert_int_equal(interface_port(&interfaces, 1023), 6023);
    assert_int_equal(interface_port(&interfaces, 1024), 1024);
    assert_true(interface_default_offset() == 0 ||
                interface_default_offset() == 10000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_ports),
    };

    return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}

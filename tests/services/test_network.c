/*
 * Addresses and routes.
 */
#include "services/network.h"

#include <string.h>

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
check_get(const struct settings *settings, const char *interface,
          const char *key, const char *want)
{
    const char *got = network_get(settings, AF_INET, interface, key);

    if (want == NULL)
        assert_null(got);
    else
        assert_string_equal(got, want);
}

/* The routes, "destination gateway global" each, separated by commas. */
static void
check_routes(const struct settings *settings, int family, const char *interface,
             const char *want)
{
    struct blob got = { 0 };
    struct route route;
    size_t i;

    blob_text(&got, "");
    for (i = 0; network_route_at(settings, family, interface, i, &route); i++) {
        assert_string_equal(route.source, family == AF_INET ? "0.0.0.0" : "::");
        blob_text(&got, i > 0 ? "," : "");
        blob_text(&got, route.destination);
        blob_text(&got, " ");
        blob_text(&got, route.gateway);
        blob_text(&got, route.global ? " global" : "");
    }
    assert_string_equal(got.data, want);
    blob_clear(&got);
}

static void
test_family(void **state)
{
    (void)state;
    assert_int_equal(network_family("192.0.2.1"), AF_INET);
    assert_int_equal(network_family("2001:db8::1"), AF_INET6);
    assert_int_equal(network_family("192.0.2.1/24"), AF_UNSPEC);
    assert_int_equal(network_family("example.com"), AF_UNSPEC);
}

static void
add(struct settings *settings, const char *interface, const char *prefix,
    const char *gateway)
{
    struct error error;

    assert_int_equal(
        network_set_address(settings, interface, prefix, gateway, &error), 0);
}

static void
test_interfaces(void **state)
{
    static const char *const bad[] = { "", "f", "A", "aa", "lo", "eth0", "\n" };
    struct error error;
    char mac[18];
    size_t i;

    (void)state;
    assert_int_equal(network_check("a", &error), 0);
    assert_int_equal(network_check("e", &error), 0);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_fails(network_check(bad[i], &error), &error, E_NO_INTERFACE,
                     bad[i]);
    network_mac("a", mac);
    assert_string_equal(mac, "02:00:00:00:00:01");
    network_mac("e", mac);
    assert_string_equal(mac, "02:00:00:00:00:05");
}

static void
test_one_default(void **state)
{
    struct settings *settings = empty(state);
    struct error error;

    add(settings, "a", "192.168.80.151/24", "192.168.80.254");
    add(settings, "b", "10.0.0.5/8", "10.0.0.1");
    check_get(settings, "a", "address", "192.168.80.151");
    check_get(settings, "a", "prefixlen", "24");
    check_get(settings, "a", "gateway", "192.168.80.254");
    check_get(settings, "a", "enabled", "true");
    check_get(settings, "a", "default", "true");
    check_get(settings, "b", "default", NULL);
    assert_int_equal(network_set_default(settings, "b", &error), 0);
    check_get(settings, "a", "default", NULL);
    check_get(settings, "b", "default", "true");
    add(settings, "a", "192.168.80.151/24", "192.168.80.254");
    check_get(settings, "a", "default", NULL);
    assert_fails(network_set_default(settings, "c", &error), &error,
                 E_NO_ADDRESS, "c");
    check_get(settings, "b", "default", "true");
    network_clear_address(settings, "b");
    check_get(settings, "b", "address", NULL);
    check_get(settings, "b", "default", NULL);
    assert_fails(network_enable(settings, AF_INET, "b", true, &error), &error,
                 E_NO_ADDRESS, "b");
    assert_int_equal(network_enable(settings, AF_INET, "b", false, &error), 0);
    settings_free(settings);
}

static void
test_dhcp(void **state)
{
    struct settings *settings = empty(state);
    struct error error;
    char text[INET6_ADDRSTRLEN + 4];

    add(settings, "a", "192.168.80.151/24", "192.168.80.254");
    network_set_dhcp(settings, "a");
    check_get(settings, "a", "dhcp", "true");
    check_get(settings, "a", "address", NULL);
    check_get(settings, "a", "gateway", NULL);
    assert_int_equal(network_enable(settings, AF_INET, "a", false, &error), 0);
    assert_int_equal(network_enable(settings, AF_INET, "a", true, &error), 0);
    assert_false(network_address_at(settings, AF_INET, "a", 0, text));
    add(settings, "a", "192.168.80.151/24", "192.168.80.254");
    check_get(settings, "a", "dhcp", NULL);
    settings_free(settings);
}

static void
test_refused_addresses(void **state)
{
    static const struct {
        const char *prefix, *gateway;
        enum error_code code;
        const char *subject;
    } table[] = {
        { "192.0.2.1", "192.0.2.2", E_BAD_PREFIX, "192.0.2.1" },
        { "192.0.2.1/", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2.1/33", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2.1/-1", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2.1/+8", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2.1/24x", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2.1/00024", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2/24", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2.256/24", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "/24", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "2001:db8::1/64", "192.0.2.2", E_BAD_PREFIX, NULL },
        { "192.0.2.1/24", "192.0.2", E_BAD_ADDRESS, "192.0.2" },
        { "192.0.2.1/24", "", E_BAD_ADDRESS, "" },
        { "192.0.2.1/24", "192.0.3.1", E_BAD_GATEWAY, "192.0.3.1" },
        { "192.0.2.1/24", "192.0.2.1", E_BAD_GATEWAY, "192.0.2.1" },
        { "192.0.2.1/32", "192.0.2.2", E_BAD_GATEWAY, "192.0.2.2" },
    };
    struct settings *settings = empty(state);
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_fails(network_set_address(settings, "a", table[i].prefix,
                                         table[i].gateway, &error),
                     &error, table[i].code, table[i].subject);
        check_get(settings, "a", "address", NULL);
        check_get(settings, "a", "enabled", NULL);
    }
    settings_free(settings);
}

static void
test_routes_observed(void **state)
{
    struct settings *settings = empty(state);
    struct error error;

    check_routes(settings, AF_INET, "a", "");
    assert_int_equal(
        network_add_route(settings, AF_INET, "a", "8.8.8.8/32", &error), 0);
    check_routes(settings, AF_INET, "a", ""); /* no address yet */
    add(settings, "a", "10.1.2.3/20", "10.1.0.1");
    check_routes(settings, AF_INET, "a",
                 "10.1.2.3 0.0.0.0,10.1.0.0 0.0.0.0,10.1.0.0 0.0.0.0,"
                 "10.1.15.255 0.0.0.0,8.8.8.8 10.1.0.1,"
                 "0.0.0.0 10.1.0.1 global");
    assert_int_equal(
        network_add_route(settings, AF_INET, "a", "0.0.0.0/1", &error), 0);
    assert_int_equal(
        network_drop_route(settings, AF_INET, "a", "8.8.8.8/32", &error), 0);
    add(settings, "a", "10.1.2.3/31", "10.1.2.2");
    check_routes(settings, AF_INET, "a",
                 "10.1.2.3 0.0.0.0,10.1.2.2 0.0.0.0,0.0.0.0 10.1.2.2,"
                 "0.0.0.0 10.1.2.2 global");
    assert_int_equal(network_enable(settings, AF_INET, "a", false, &error), 0);
    check_routes(settings, AF_INET, "a", "");
    settings_free(settings);
}

static void
test_refused_routes(void **state)
{
    struct settings *settings = empty(state);
    struct error error;

    assert_fails(
        network_add_route(settings, AF_INET, "a", "10.0.0.1/8", &error), &error,
        E_BAD_NETWORK, "10.0.0.1/8");
    assert_fails(network_add_route(settings, AF_INET, "a", "10.0.0.0", &error),
                 &error, E_BAD_PREFIX, "10.0.0.0");
    assert_int_equal(
        network_add_route(settings, AF_INET, "a", "10.0.0.0/8", &error), 0);
    assert_fails(
        network_add_route(settings, AF_INET, "a", "10.0.0.0/8", &error), &error,
        E_HAS_ENTRY, "a");
    assert_int_equal(
        network_add_route(settings, AF_INET, "a", "10.0.0.0/9", &error), 0);
    assert_int_equal(
        network_add_route(settings, AF_INET, "b", "10.0.0.0/8", &error), 0);
    assert_fails(
        network_drop_route(settings, AF_INET, "a", "10.0.0.0/10", &error),
        &error, E_NO_ENTRY, "a");
    assert_fails(network_drop_route(settings, AF_INET, "a", "x", &error),
                 &error, E_BAD_PREFIX, "x");
    settings_free(settings);
}

static void
test_ipv6(void **state)
{
    struct settings *settings = empty(state);
    char text[INET6_ADDRSTRLEN + 4];
    struct error error;

    assert_fails(network_enable(settings, AF_INET6, "a", true, &error), &error,
                 E_NO_ADDRESS, "a");
    assert_int_equal(
        network_add_address(settings, "a", "2001:DB8:0::1/64", &error), 0);
    assert_fails(network_add_address(settings, "a", "2001:db8::1/64", &error),
                 &error, E_HAS_ENTRY, "a");
    assert_int_equal(
        network_add_address(settings, "a", "2001:db8:2::1/127", &error), 0);
    assert_fails(network_add_address(settings, "a", "2001:db8::1/129", &error),
                 &error, E_BAD_PREFIX, NULL);
    assert_fails(network_add_address(settings, "a", "192.0.2.1/24", &error),
                 &error, E_BAD_PREFIX, NULL);
    assert_fails(network_set_router(settings, "a", "192.0.2.1", &error), &error,
                 E_BAD_ADDRESS, "192.0.2.1");
    check_routes(settings, AF_INET6, "a",
                 "2001:db8::1 ::,2001:db8:: ::,2001:db8:2::1 ::,"
                 "2001:db8:2:: ::");
    assert_int_equal(network_set_router(settings, "a", "FE80::1", &error), 0);
    assert_int_equal(
        network_add_route(settings, AF_INET6, "a", "2001:db8:3::/48", &error),
        0);
    assert_true(network_address_at(settings, AF_INET6, "a", 1, text));
    assert_string_equal(text, "2001:db8:2::1/127");
    assert_false(network_address_at(settings, AF_INET6, "a", 2, text));
    assert_int_equal(
        network_drop_address(settings, "a", "2001:db8:2:0::1/127", &error), 0);
    check_routes(settings, AF_INET6, "a",
                 "2001:db8::1 ::,2001:db8:: ::,2001:db8:3:: fe80::1,"
                 ":: fe80::1 global");
    assert_int_equal(network_set_router(settings, "a", NULL, &error), 0);
    assert_int_equal(
        network_drop_address(settings, "a", "2001:db8::1/64", &error), 0);
    assert_fails(network_drop_address(settings, "a", "2001:db8::1/64", &error),
                 &error, E_NO_ENTRY, "a");
    network_set_slaac(settings, "a", true);
    assert_int_equal(network_enable(settings, AF_INET6, "a", true, &error), 0);
    network_set_slaac(settings, "a", false);
    assert_fails(network_enable(settings, AF_INET6, "a", true, &error), &error,
                 E_NO_ADDRESS, "a");
    settings_free(settings);
}

static void
test_mtu(void **state)
{
    static const char *const bad[] = { "",     "575",  "9001", "1e3",
                                       "-600", " 600", "99999" };
    struct settings *settings = empty(state);
    struct error error;
    size_t i;

    assert_int_equal(network_mtu(settings, "a"), 1500);
    assert_int_equal(network_set_mtu(settings, "a", "576", &error), 0);
    assert_int_equal(network_mtu(settings, "a"), 576);
    assert_int_equal(network_mtu(settings, "b"), 1500);
    assert_int_equal(network_set_mtu(settings, "a", "9000", &error), 0);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_fails(network_set_mtu(settings, "a", bad[i], &error), &error,
                     E_BAD_MTU, bad[i]);
    assert_int_equal(network_mtu(settings, "a"), 9000);
    settings_free(settings);
}

/* What a hand has written over it is no address, and no harm. */
static void
test_edited_by_hand(void **state)
{
    struct settings *settings = empty(state);
    char text[INET6_ADDRSTRLEN + 4];

    settings_set(settings, "ipv4.a.enabled", "true");
    settings_set(settings, "ipv4.a.address", "nonsense");
    assert_false(network_address_at(settings, AF_INET, "a", 0, text));
    settings_set(settings, "ipv4.a.prefixlen", "24");
    assert_false(network_address_at(settings, AF_INET, "a", 0, text));
    check_routes(settings, AF_INET, "a", "");
    settings_free(settings);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_family),
        test(test_interfaces),
        test(test_one_default),
        test(test_dhcp),
        test(test_refused_addresses),
        test(test_routes_observed),
        test(test_refused_routes),
        test(test_ipv6),
        test(test_mtu),
        test(test_edited_by_hand),
    };

    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}

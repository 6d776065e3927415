/*
 * live.json: read by a JSON parser, and in the shape of the real one's extract
 * (Cisco TAC 214745).
 */
#include "services/live.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "services/network.h"
#include "tests/support.h"

static const char want[] =
    "{'ipv4': {'module': {'interfaces': {"
    "'eth0': {'default': 'false', 'dhcp': 'false', 'enabled': 'false', "
    "'macaddress': '02:00:00:00:00:05'}, "
    "'eth1': {'default': 'false', 'dhcp': 'false', 'enabled': 'false', "
    "'macaddress': '02:00:00:00:00:04'}, "
    "'eth2': {'default': 'false', 'dhcp': 'false', 'enabled': 'false', "
    "'macaddress': '02:00:00:00:00:03'}, "
    "'eth3': {'default': 'false', 'dhcp': 'true', 'enabled': 'true', "
    "'macaddress': '02:00:00:00:00:02'}, "
    "'eth4': {'address': '10.48.54.160', 'default': 'true', "
    "'dhcp': 'false', 'enabled': 'true', 'gateway': '10.48.54.200', "
    "'macaddress': '02:00:00:00:00:01', 'prefixlen': '24', "
    "'routes': {"
    "'8=8=4=4-32': {'address': '8.8.4.4', 'prefixlen': '32'}, "
    "'8=8=8=8-32': {'address': '8.8.8.8', 'prefixlen': '32'}}}}}}}\n";

static void
test_shape(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = settings_new();
    struct blob text = { 0 }, got = { 0 };
    const struct store_change change = { "live.json", &text, 0600 };
    struct error error;

    if (system("/usr/bin/python3 -c 'import json'") != 0) {
        puts("skipped: no /usr/bin/python3 with json");
        skip();
    }
    assert_int_equal(network_set_address(settings, "a", "10.48.54.160/24",
                                         "10.48.54.200", &error),
                     0);
    assert_int_equal(network_set_default(settings, "a", &error), 0);
    network_set_dhcp(settings, "b");
    assert_int_equal(
        network_add_route(settings, AF_INET, "a", "8.8.8.8/32", &error), 0);
    assert_int_equal(
        network_add_route(settings, AF_INET, "a", "8.8.4.4/32", &error), 0);
    live_format(settings, &text);
    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    assert_int_equal(
        run_shell(scratch,
                  "/usr/bin/python3 -c 'import json, sys\n"
                  "def ordered(x): return {k: ordered(x[k]) for k in "
                  "sorted(x)} if isinstance(x, dict) else x\n"
                  "print(ordered(json.load(open(\"live.json\"))))'",
                  &got),
        0);
    assert_string_equal(got.data, want);
    blob_clear(&got);
    blob_clear(&text);
    settings_free(settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shape, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}

/*
 * Forward zones and records.  Nobody outside is asked.
 */
#include "services/dns.h"

#include "tests/services/stage.h"

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
test_zones(void **state)
{
    static const char *const bad[] = { "",    "..",  ".a",          "a..b",
                                       "a b", "a/b", "\xc3\xa9.org" };
    struct settings *settings = empty(state);
    struct error error;
    size_t i;

    assert_int_equal(dns_add_zone(settings, ".", "192.0.2.53", &error), 0);
    assert_int_equal(
        dns_add_zone(settings, "example.com", "2001:db8::53", &error), 0);
    assert_int_equal(
        dns_add_zone(settings, "example.com", "192.0.2.53", &error), 0);
    assert_fails(dns_add_zone(settings, "Example.COM.", "192.0.2.53", &error),
                 &error, E_HAS_ENTRY, "dns");
    assert_fails(dns_add_zone(settings, "example.org", "ns1", &error), &error,
                 E_BAD_ADDRESS, "ns1");
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_fails(dns_add_zone(settings, bad[i], "192.0.2.53", &error),
                     &error, E_BAD_DOMAIN, bad[i]);
    assert_int_equal(settings_count(settings, DNS_ZONES), 3);
    assert_int_equal(dns_drop_zone(settings, ".", "192.0.2.53", &error), 0);
    assert_fails(dns_drop_zone(settings, ".", "192.0.2.53", &error), &error,
                 E_NO_ENTRY, "dns");
    assert_int_equal(settings_count(settings, DNS_ZONES), 2);
    assert_string_equal(settings_entry(settings, DNS_ZONES, 0, "server"),
                        "2001:db8::53");
    settings_free(settings);
}

static void
test_forms_of_records(void **state)
{
    static const struct {
        const char *text;
        const char *type, *ttl, *data; /* type NULL: refused */
    } table[] = {
        { "a.example. 300 IN A 192.0.2.1", "A", "300", "192.0.2.1" },
        { "a.example. IN 300 A 192.0.2.1", "A", "300", "192.0.2.1" },
        { "a.example  A\t192.0.2.1 ", "A", NULL, "192.0.2.1" },
        { "a.example. in aaaa 2001:db8::1", "AAAA", NULL, "2001:db8::1" },
        { "_sip._tls.a. 1 IN SRV 0 65535 5061 b.", "SRV", "1",
          "0 65535 5061 b." },
        { "_sip._tls.a. SRV 0 0 0 .", "SRV", NULL, "0 0 0 ." },
        { "" },
        { "a.example." },
        { "a.example. A" },
        { "a.example. 300 IN" },
        { "a.example. IN IN A 192.0.2.1 192.0.2.2" },
        { "a.example. 2147483648 IN A 192.0.2.1" },
        { "a..example. IN A 192.0.2.1" },
        { "a.example. CH A 192.0.2.1" },
        { "a.example. IN MX 10 mail.example." },
        { "a.example. IN A 2001:db8::1" },
        { "a.example. IN AAAA 192.0.2.1" },
        { "a.example. IN A 192.0.2.1 192.0.2.2" },
        { "_sip._tls.a. SRV 0 0 5061" },
        { "_sip._tls.a. SRV 0 0 65536 b." },
        { "_sip._tls.a. SRV 0 0 -1 b." },
        { "_sip._tls.a. 1 IN SRV 0 0 5061 b. c." },
    };
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct settings *settings = empty(state);

        if (table[i].type == NULL) {
            assert_fails(dns_add_record(settings, table[i].text, &error),
                         &error, E_BAD_RECORD, table[i].text);
            assert_int_equal(settings_count(settings, DNS_RECORDS), 0);
            settings_free(settings);
            continue;
        }
        assert_int_equal(dns_add_record(settings, table[i].text, &error), 0);
        assert_string_equal(settings_entry(settings, DNS_RECORDS, 0, "type"),
                            table[i].type);
        assert_string_equal(settings_entry(settings, DNS_RECORDS, 0, "data"),
                            table[i].data);
        if (table[i].ttl == NULL)
            assert_null(settings_entry(settings, DNS_RECORDS, 0, "ttl"));
        else
            assert_string_equal(settings_entry(settings, DNS_RECORDS, 0, "ttl"),
                                table[i].ttl);
        settings_free(settings);
    }
}

static void
add(struct settings *settings, const char *text)
{
    struct error error;

    assert_int_equal(dns_add_record(settings, text, &error), 0);
}

static char endpoint[] = "mmp-endpoint", resolve[] = "--resolve";
static char *const resolve_argv[] = { endpoint, resolve, NULL };
static const struct helper helper = {
    { .program = STAGE_ENDPOINT, .argv = resolve_argv }, NULL, 0
};

static void
check_answer(const struct settings *settings, const char *type,
             const char *name, const char *want)
{
    struct blob got = { 0 };
    struct error error;

    if (want == NULL) {
        assert_fails(dns_lookup(settings, type, name, &helper, &got, &error),
                     &error, E_NOT_FOUND, name);
        assert_null(got.data);
        return;
    }
    assert_int_equal(dns_lookup(settings, type, name, &helper, &got, &error),
                     0);
    assert_string_equal(got.data, want);
    blob_clear(&got);
}

static void
test_lookup(void **state)
{
    struct settings *settings = empty(state);
    struct blob got = { 0 };
    struct error error;

    add(settings, "a.example. IN A 192.0.2.1");
    add(settings, "b.example. IN A 192.0.2.9");
    add(settings, "a.example. IN A 192.0.2.2");
    add(settings, "a.example. IN AAAA 2001:db8::1");
    add(settings, "_sip._tls.example. IN SRV 1 2 3 a.example.");
    assert_fails(dns_add_record(settings, "A.example 9 IN A 192.0.2.1", &error),
                 &error, E_HAS_ENTRY, "dns");
    check_answer(settings, "a", "a.example", "192.0.2.1\n192.0.2.2\n");
    check_answer(settings, "aaaa", "A.EXAMPLE.", "2001:db8::1\n");
    check_answer(settings, "srv", "_sip._tls.example", "1 2 3 a.example.\n");
    check_answer(settings, "srv", "a.example", NULL);
    check_answer(settings, "a", "localhost", "127.0.0.1\n"); /* the machine's */
    assert_fails(dns_lookup(settings, "a", "a b", &helper, &got, &error),
                 &error, E_BAD_DOMAIN, "a b");

    assert_int_equal(dns_drop_record(settings, "A.example.", "a", &error), 0);
    assert_int_equal(settings_count(settings, DNS_RECORDS), 3);
    check_answer(settings, "aaaa", "a.example", "2001:db8::1\n");
    assert_fails(dns_drop_record(settings, "a.example", "A", &error), &error,
                 E_NO_ENTRY, "dns");
    settings_free(settings);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_zones),
        test(test_forms_of_records),
        test(test_lookup),
    };

    return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}

/*
 * Facts to lines.
 */
#include "services/status.h"

#include <string.h>

#include "services/configure.h"
#include "tests/support.h"

static const struct service web = { .name = "web" };
static const struct service edge = { .name = "edge", .tagged = true };

struct desk {
    struct scratch *scratch;
    struct settings *settings;
    struct scope scope;
    struct status_source source;
};

static int
setup(void **state)
{
    static struct desk desk;
    struct error error;
    void *scratch = NULL;

    if (scratch_setup(&scratch) != 0)
        return -1;
    desk = (struct desk){ .scratch = scratch };
    if (settings_load(desk.scratch->store, &desk.settings, &error) != 0)
        return -1;
    desk.scope = (struct scope){ desk.settings, &web, NULL };
    desk.source = (struct status_source){
        .scope = &desk.scope,
        .release = CMS_3,
        .interfaces = { .a = "192.0.2.1", .b = "2001:db8::1" },
    };
    *state = &desk;
    return 0;
}

static int
teardown(void **state)
{
    struct desk *desk = *state;
    void *scratch = desk->scratch;

    settings_free(desk->settings);
    return scratch_teardown(&scratch);
}

static void
append(struct blob *text, const struct status *status)
{
    size_t i;

    for (i = 0; i < status->count; i++) {
        blob_text(text, status->lines[i].label);
        blob_text(text, status->lines[i].value);
        blob_text(text, "\n");
    }
}

/* Shows one fact. */
static void
expect(struct desk *desk, struct fact fact, const char *want)
{
    const struct fact facts[] = { fact, { NULL } };
    struct status status;
    struct blob text = { 0 };

    status_collect(&desk->source, facts, &status);
    append(&text, &status);
    blob_text(&text, "");
    assert_string_equal(text.data, want);
    blob_clear(&text);
    status_clear(&status);
}

static void
test_text(void **state)
{
    struct desk *desk = *state;

    expect(desk, (struct fact){ "Key : ", FACT_TEXT, "key", "none" },
           "Key : none\n");
    expect(desk, (struct fact){ "Key : ", FACT_OPTIONAL, "key", NULL }, "");
    expect(desk, (struct fact){ "Key : ", FACT_TEXT, "key", NULL }, "");
    scope_set(&desk->scope, "key", "a.key");
    expect(desk, (struct fact){ "Key : ", FACT_TEXT, "key", "none" },
           "Key : a.key\n");
    expect(desk, (struct fact){ "Key : ", FACT_OPTIONAL, "key", NULL },
           "Key : a.key\n");
    expect(desk, (struct fact){ "", FACT_TEXT, "key", "none", ":5222" },
           "a.key:5222\n");
    expect(desk, (struct fact){ "What is below", FACT_HEADING },
           "What is below\n");
}

static void
test_flag(void **state)
{
    struct desk *desk = *state;
    const struct fact plain = { "F : ", FACT_FLAG, "f", NULL, "on", "off" };
    const struct fact preset = { "F : ", FACT_FLAG, "f", "on", "on", "off" };
    const struct fact other = { "F : ", FACT_FLAG, "f=up", NULL, "on", "off" };

    expect(desk, plain, "F : off\n");
    expect(desk, preset, "F : on\n");
    scope_set(&desk->scope, "f", "enable");
    expect(desk, plain, "F : on\n");
    expect(desk, other, "F : off\n");
    scope_set(&desk->scope, "f", "disable");
    expect(desk, plain, "F : off\n");
    expect(desk, preset, "F : off\n");
    scope_set(&desk->scope, "f", "up");
    expect(desk, other, "F : on\n");
}

static void
test_condition(void **state)
{
    struct desk *desk = *state;
    const struct fact fact = { "A : ", FACT_TEXT, "key state=UP", "none" };

    expect(desk, fact, "");
    scope_set(&desk->scope, "state", "DOWN");
    expect(desk, fact, "");
    scope_set(&desk->scope, "state", "UP");
    expect(desk, fact, "A : none\n");
}

static void
test_release(void **state)
{
    struct desk *desk = *state;
    struct fact fact = { "A : ", FACT_TEXT, "key", "none" };

    fact.releases = CMS_2;
    expect(desk, fact, "");
    fact.releases = CMS_3;
    expect(desk, fact, "A : none\n");
}

static void
test_running(void **state)
{
    struct desk *desk = *state;
    const struct fact fact = { "S : ", FACT_RUNNING, NULL, NULL, "up", "down" };

    expect(desk, fact, "S : down\n");
    desk->source.running = true;
    expect(desk, fact, "S : up\n");
}

static void
test_each(void **state)
{
    struct desk *desk = *state;
    const struct fact fact = { "L ", FACT_EACH, "listen" };

    expect(desk, fact, "");
    scope_set(&desk->scope, "listen", "a b");
    expect(desk, fact, "L a\nL b\n");
}

static void
test_sip(void **state)
{
    struct desk *desk = *state;
    const struct fact fact = { "S : ", FACT_SIP, "if tcp tls", "none" };

    expect(desk, fact, "S : none\n");
    scope_set(&desk->scope, "if", "a");
    expect(desk, fact, "S : tcp none, tls none\n");
    scope_set(&desk->scope, "tcp", "7000");
    scope_set(&desk->scope, "tls", "7001");
    expect(desk, fact, "S : tcp a:7000, tls a:7001\n");
}

static void
test_address(void **state)
{
    struct desk *desk = *state;
    const struct fact fact = { "A : ", FACT_ADDRESS, "listen", "none" };

    expect(desk, fact, "A : none\n");
    scope_set(&desk->scope, "listen", "b a");
    expect(desk, fact, "A : 2001:db8::1\n");
    scope_set(&desk->scope, "listen", "c");
    expect(desk, fact, "A : none\n");
}

static void
test_halves(void **state)
{
    struct desk *desk = *state;
    const struct fact host = { "H : ", FACT_HOST, "nfs", "none" };
    const struct fact rest = { "R : ", FACT_REST, "nfs", "none" };

    expect(desk, host, "H : none\n");
    expect(desk, rest, "R : none\n");
    scope_set(&desk->scope, "nfs", "[2001:db8::1]:/var/nfs");
    expect(desk, host, "H : [2001:db8::1]\n");
    expect(desk, rest, "R : /var/nfs\n");
    scope_set(&desk->scope, "nfs", "host"); /* edited by hand */
    expect(desk, host, "H : host\n");
    expect(desk, rest, "R : none\n");
}

static void
test_tag(void **state)
{
    struct desk *desk = *state;
    struct error error;

    desk->scope = (struct scope){ desk->settings, &edge, "one" };
    assert_int_equal(configure_create(&desk->scope, &error), 0);
    scope_set(&desk->scope, "key", "a.key");
    expect(desk, (struct fact){ "Tag : ", FACT_TAG }, "Tag : one\n");
    expect(desk, (struct fact){ "Key : ", FACT_TEXT, "key", "none" },
           "Key : a.key\n");
}

/* What an entry lacks is not taken from the service, unless the row says so. */
static void
test_entry(void **state)
{
    static const struct fact facts[] = {
        { "Name   : ", FACT_TEXT, "name", "none" },
        { "Domain : ", FACT_SERVICE, "domain", "none" },
        { "Bundle : ", FACT_TEXT, "bundle", "none" },
        { NULL },
    };
    static const struct view list = { "peers", facts };
    struct desk *desk = *state;
    const char *const one[] = { "cb1" };
    struct status status;
    struct blob text = { 0 };
    struct error error;

    scope_set(&desk->scope, "domain", "example.com");
    scope_set(&desk->scope, "bundle", "ca.crt");
    configure_add(&desk->scope, "peers", "name", one, 1, &error);
    status_entry(&desk->source, &list, 0, &status);
    append(&text, &status);
    assert_string_equal(text.data, "Name   : cb1\nDomain : example.com\n"
                                   "Bundle : none\n");
    blob_clear(&text);
    status_clear(&status);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_text),    test(test_flag),    test(test_condition),
        test(test_release), test(test_running), test(test_each),
        test(test_sip),     test(test_address), test(test_halves),
        test(test_tag),     test(test_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What is looked at before a service is enabled.
 */
#include "services/check.h"

#include <string.h>

#include "services/configure.h"
#include "tests/support.h"

static const struct check checks[] = {
    { CHECK_REQUIRED, "domain realm", "domain set", "no domain" },
    { CHECK_LISTEN, "listen", "listening", "not listening" },
    { CHECK_TLS_PAIR, "tls key", NULL, "no pair for TLS", true },
    { CHECK_PAIR, "key cert", "pair matches", "pair problem" },
    { CHECK_CHAIN, "cert bundle", "chain verifies", "chain problem", true },
    { CHECK_FULL_CHAIN, "full", "full chain", "full chain problem", true },
    { CHECK_TRUST, "trust", "trusted", "trust problem", true },
    { CHECK_TRUST, "wanted", NULL, "wanted problem" },
    { 0, NULL },
};

static const struct check only_pair[] = {
    { CHECK_PAIR, "key cert", "pair matches", "pair problem", true },
    { 0, NULL },
};

static const struct check of_entries[] = {
    { CHECK_PAIR, "key cert", NULL, "pair problem", false, .list = "hosts",
      .host = "host" },
    { CHECK_CHAIN, "cert bundle", NULL, "chain fails", true, .list = "hosts",
      .host = "host" },
    { 0, NULL },
};

static const struct listener listeners[] = {
    { "one", SPEAK_TLS, "listen", NULL, 443, "key", "cert" },
    { "two", SPEAK_TLS, "listen2", "port2", 0, "key", "cert" },
    { .name = "redirect",
      .protocol = SPEAK_REDIRECT,
      .listen = "listen",
      .port = "none",
      .default_port = 80,
      .when = "redirect" },
    { NULL },
};

static const struct service catalog[] = {
    { .name = "web", .checks = checks, .listeners = listeners },
    { .name = "other", .listeners = listeners },
    { .name = "edge", .listeners = listeners, .tagged = true },
    { .name = "soft", .checks = only_pair },
    { .name = "bare" },
    { .name = "many", .checks = of_entries },
    { NULL },
};

struct desk {
    struct scratch *scratch;
    struct settings *settings;
    struct scope scope;
    struct check_source source;
    struct findings findings;
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
    desk.scope = (struct scope){ desk.settings, &catalog[0], NULL };
    desk.source = (struct check_source){
        .store = desk.scratch->store,
        .catalog = catalog,
        .release = CMS_3,
        .now = TEST_NOW,
    };
    scope_set(&desk.scope, "domain", "example.com");
    scope_set(&desk.scope, "realm", "example.com");
    scope_set(&desk.scope, "listen", "a");
    scope_set(&desk.scope, "key", "leaf.key");
    scope_set(&desk.scope, "cert", "leaf.crt");
    scope_set(&desk.scope, "wanted", "root.crt");
    fixture_store(desk.scratch->store, "leaf.key");
    fixture_store(desk.scratch->store, "leaf.crt");
    fixture_store(desk.scratch->store, "root.crt");
    *state = &desk;
    return 0;
}

static int
teardown(void **state)
{
    struct desk *desk = *state;
    void *scratch = desk->scratch;

    findings_clear(&desk->findings);
    settings_free(desk->settings);
    return scratch_teardown(&scratch);
}

/* Sets a file and stores it. */
static void
assign(struct desk *desk, const char *key, const char *name)
{
    scope_set(&desk->scope, key, name);
    fixture_store(desk->scratch->store, name);
}

/* Checks, and finds the line of these words, or the one without. */
static const struct finding *
find(struct desk *desk, const char *words)
{
    size_t i;

    findings_clear(&desk->findings);
    check_service(&desk->source, &desk->scope, &desk->findings);
    for (i = 0; i < desk->findings.count; i++) {
        const char *found = desk->findings.all[i].words;

        if (words == NULL ? found == NULL
                          : found != NULL && strcmp(found, words) == 0)
            return &desk->findings.all[i];
    }
    return NULL;
}

static void
expect(struct desk *desk, const char *words, enum error_code why)
{
    const struct finding *finding = find(desk, words);

    if (finding == NULL)
        fail_msg("no line: %s", words != NULL ? words : "without words");
    assert_int_equal(finding->level, FINDING_FAILURE);
    assert_int_equal(finding->error.code, why);
    assert_true(desk->findings.failed);
}

static void
test_all_is_well(void **state)
{
    static const char *const want[] = { "domain set", "listening",
                                        "pair matches" };
    struct desk *desk = *state;
    size_t i;

    find(desk, "");
    assert_false(desk->findings.failed);
    assert_int_equal(desk->findings.count, 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(desk->findings.all[i].level, FINDING_SUCCESS);
        assert_string_equal(desk->findings.all[i].words, want[i]);
        assert_int_equal(desk->findings.all[i].error.code, E_NONE);
    }
}

static void
test_nothing_to_check(void **state)
{
    struct desk *desk = *state;

    desk->scope.service = &catalog[4];
    find(desk, "");
    assert_int_equal(desk->findings.count, 0);
    assert_false(desk->findings.failed);
    desk->scope.service = &catalog[3]; /* nothing set: optional */
    find(desk, "");
    assert_int_equal(desk->findings.count, 0);
}

static void
test_required(void **state)
{
    struct desk *desk = *state;

    scope_set(&desk->scope, "realm", NULL);
    expect(desk, "no domain", E_NONE);
}

static void
test_pair(void **state)
{
    static const struct {
        const char *key, *cert;
        enum error_code why;
    } table[] = {
        { "other.key", "leaf.crt", E_MISMATCH_CERT },
        { "encrypted.key", "leaf.crt", E_KEY_ENCRYPTED },
        { "leaf.crt", "leaf.crt", E_NOT_KEY },
        { "leaf.key", "leaf.csr", E_NOT_CERT },
        { "leaf.key", "empty.crt", E_EMPTY },
        { "leaf.key", "noend.crt", E_PEM_NO_END },
        { "expired.key", "expired.crt", E_CERT_EXPIRED },
        { "future.key", "future.crt", E_CERT_NOT_YET },
    };
    struct desk *desk = *state;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assign(desk, "key", table[i].key);
        assign(desk, "cert", table[i].cert);
        expect(desk, "pair problem", table[i].why);
    }
    scope_set(&desk->scope, "cert", "nosuch.crt");
    expect(desk, "pair problem", E_NO_FILE);
    scope_set(&desk->scope, "cert", NULL);
    expect(desk, "pair problem", E_NOT_SET);
}

/* Both ends of the validity, to the second: see testdata/pki/README. */
static void
test_validity(void **state)
{
    struct desk *desk = *state;
    const time_t begin = 1577836800; /* 2020-01-01 00:00:00 UTC */

    desk->source.now = begin - 1;
    expect(desk, "pair problem", E_CERT_NOT_YET);
    desk->source.now = begin;
    assert_non_null(find(desk, "pair matches"));
}

static void
test_tls_pair(void **state)
{
    struct desk *desk = *state;

    scope_set(&desk->scope, "tls", "443");
    assert_null(find(desk, "no pair for TLS"));
    scope_set(&desk->scope, "key", NULL);
    expect(desk, "no pair for TLS", E_NONE);
}

static void
test_chain(void **state)
{
    struct desk *desk = *state;

    assign(desk, "bundle", "bundle.crt");
    assert_non_null(find(desk, "chain verifies"));
    assign(desk, "bundle", "other.crt");
    expect(desk, "chain problem", E_VERIFY);
    assert_non_null(strstr(find(desk, "chain problem")->error.detail,
                           "error 20 at 0 depth"));
    assign(desk, "bundle", "root.crt"); /* the intermediate is missing */
    expect(desk, "chain problem", E_VERIFY);
    scope_set(&desk->scope, "bundle", "nosuch.crt");
    expect(desk, "chain problem", E_NO_FILE);
}

/* Appends fixtures to one file. */
static void
concatenate(struct desk *desk, const char *name, const char *const *parts)
{
    struct blob all = { 0 };
    const struct store_change change = { name, &all, 0644 };
    struct error error;

    for (; *parts != NULL; parts++) {
        struct blob part = fixture(*parts);

        blob_append(&all, part.data, part.size);
        blob_clear(&part);
    }
    assert_int_equal(
        store_write(desk->scratch->store, STORE_FILES, &change, 1, &error), 0);
    blob_clear(&all);
    scope_set(&desk->scope, "full", name);
}

static void
test_full_chain(void **state)
{
    static const char *const swapped[] = { "leaf.crt", "root.crt", "inter.crt",
                                           NULL };
    static const char *const foreign[] = { "leaf.crt", "inter.crt", "other.crt",
                                           NULL };
    static const char *const short_of_root[] = { "leaf.crt", "inter.crt",
                                                 NULL };
    static const char *const keyed[] = { "leaf.crt", "leaf.key", "inter.crt",
                                         "root.crt", NULL };
    struct desk *desk = *state;

    assign(desk, "full", "fullchain.crt");
    assert_non_null(find(desk, "full chain"));
    assign(desk, "full", "root.crt"); /* self-signed: all there is */
    assert_non_null(find(desk, "full chain"));
    concatenate(desk, "keyed.crt", keyed); /* what is no certificate */
    assert_non_null(find(desk, "full chain"));

    concatenate(desk, "swapped.crt", swapped);
    expect(desk, "full chain problem", E_CHAIN_ORDER);
    assert_true(find(desk, "full chain problem")->error.line > 1);
    concatenate(desk, "foreign.crt", foreign);
    expect(desk, "full chain problem", E_CHAIN_ORDER);
    concatenate(desk, "short.crt", short_of_root);
    expect(desk, "full chain problem", E_VERIFY);
    assign(desk, "full", "leaf.crt");
    expect(desk, "full chain problem", E_VERIFY);
    assign(desk, "full", "glued.crt");
    expect(desk, "full chain problem", E_PEM_GLUED);
}

static void
test_trust(void **state)
{
    struct desk *desk = *state;

    assign(desk, "trust", "root.crt");
    assert_non_null(find(desk, "trusted"));
    assign(desk, "trust", "html.crt");
    expect(desk, "trust problem", E_HTML);
    scope_set(&desk->scope, "trust", NULL);

    scope_set(&desk->scope, "wanted", NULL);
    assert_int_equal(find(desk, "wanted problem")->level, FINDING_WARNING);
    assert_false(desk->findings.failed);
}

/* Each by itself, and none by what the service has. */
static void
test_entries(void **state)
{
    static const char keys[] = "host key cert bundle";
    struct desk *desk = *state;
    const char *good[] = { "a.example.com", "leaf.key", "leaf.crt", NULL };
    const char *bad[] = { "b.example.com", "leaf.key", "leaf.crt", "root.crt" };
    const char *worse[] = { "c.example.com", "other.key", "leaf.crt", NULL };
    struct error error;

    desk->scope.service = &catalog[5];
    scope_set(&desk->scope, "bundle", "root.crt");
    assert_null(find(desk, ""));
    configure_add(&desk->scope, "hosts", keys, good, 4, &error);
    find(desk, "");
    assert_int_equal(desk->findings.count, 0);
    configure_add(&desk->scope, "hosts", keys, bad, 4, &error);
    expect(desk, "chain fails", E_VERIFY);
    assert_string_equal(desk->findings.all[0].entry, "b.example.com");
    fixture_store(desk->scratch->store, "other.key");
    configure_add(&desk->scope, "hosts", keys, worse, 4, &error);
    expect(desk, "pair problem", E_MISMATCH_CERT);
    assert_string_equal(desk->findings.all[0].entry, "c.example.com");
    assert_int_equal(desk->findings.count, 2);
}

static void
expect_taken(struct desk *desk, const char *place, const char *by)
{
    const struct finding *finding = find(desk, NULL);

    assert_non_null(finding);
    assert_int_equal(finding->level, FINDING_FAILURE);
    assert_int_equal(finding->error.code, E_PORT_TAKEN);
    assert_string_equal(finding->error.subject, place);
    assert_string_equal(finding->error.other, by);
    assert_null(find(desk, "listening"));
}

static void
test_places(void **state)
{
    struct desk *desk = *state;
    const struct scope other = { desk->settings, &catalog[1], NULL };
    const struct scope edge = { desk->settings, &catalog[2], "one" };
    struct error error;

    scope_set(&desk->scope, "listen", NULL);
    expect(desk, "not listening", E_NONE);
    scope_set(&desk->scope, "listen", "b a:443");

    scope_set(&other, "listen", "lo:443 a");
    assert_null(find(desk, NULL)); /* it is not enabled */
    scope_set(&other, "enabled", "enable");
    expect_taken(desk, "a:443", "other");
    scope_set(&other, "listen", "a:444 c");
    assert_null(find(desk, NULL));

    /* A port that is set apart. */
    scope_set(&other, "listen2", "a");
    scope_set(&other, "port2", "443");
    expect_taken(desk, "a:443", "other");
    scope_set(&other, "port2", NULL);
    assert_null(find(desk, NULL));

    /* Redirects, with the interfaces of the whitelist. */
    scope_set(&other, "listen", "b:8443");
    scope_set(&other, "redirect", "enable");
    assert_null(find(desk, NULL));
    scope_set(&desk->scope, "redirect", "enable");
    expect_taken(desk, "b:80", "other");
    scope_set(&other, "enabled", "disable");

    configure_create(&edge, &error);
    scope_set(&edge, "enabled", "enable");
    scope_set(&edge, "listen", "b");
    expect_taken(desk, "b:443", "edge one");
    scope_set(&edge, "listen", NULL);

    /* Two listeners of one service. */
    scope_set(&desk->scope, "listen2", "b");
    scope_set(&desk->scope, "port2", "443");
    expect_taken(desk, "b:443", "web");
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_all_is_well), test(test_nothing_to_check),
        test(test_required),    test(test_pair),
        test(test_validity),    test(test_tls_pair),
        test(test_chain),       test(test_full_chain),
        test(test_trust),       test(test_entries),
        test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

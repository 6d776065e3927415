/*
 * From settings and files to endpoints.
 */
#include "services/plan.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/service.h"
#include "tests/planted.h"
#include "tests/services/stage.h"

static int
plan(struct scratch *scratch, const char *name, struct unit *ret,
     struct error *error)
{
    struct settings *settings = NULL;
    struct scope scope;
    int r;

    *ret = (struct unit){ 0 };
    assert_int_equal(settings_load(scratch->store, &settings, error), 0);
    assert_true(scope_find(settings, stage_catalog, CMS_3, name, &scope));
    r = plan_make(scratch->store, &stage_interfaces, &scope, ret, error);
    settings_free(settings);
    return r;
}

static size_t
count_of(const char *text, const char *what)
{
    size_t n = 0;

    while ((text = strstr(text, what)) != NULL) {
        n++;
        text++;
    }
    return n;
}

static void
assert_place(const struct endpoint *endpoint, const char *address,
             unsigned port)
{
    assert_string_equal(endpoint->address, address);
    assert_int_equal(endpoint->port, port);
}

static void
test_listener(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    struct unit unit;

    stage_web(scratch);
    stage_set(scratch, "web.port", "443");
    assert_int_equal(plan(scratch, "web", &unit, &error), 0);
    assert_string_equal(unit.name, "web");
    assert_int_equal(unit.count, 1);
    assert_string_equal(unit.endpoints[0].name, "https");
    assert_int_equal(unit.endpoints[0].protocol, SPEAK_HTTPS);
    assert_place(&unit.endpoints[0], "127.0.0.1", 10443);
    assert_string_equal(unit.endpoints[0].credentials[0].key_file, "leaf.key");
    assert_int_equal(unit.endpoints[0].trust.size, 0);
    assert_int_equal(
        count_of((char *)unit.endpoints[0].credentials[0].chain.data, "BEGIN"),
        3);
    unit_clear(&unit);

    stage_set(scratch, "web.bundle", "none");
    stage_set(scratch, "web.listen", "a b lo");
    stage_set(scratch, "web.redirect", "enable");
    assert_int_equal(plan(scratch, "web", &unit, &error), 0);
    assert_int_equal(unit.count, 4); /* a and lo are one address */
    assert_place(&unit.endpoints[1], "127.0.0.2", 10443);
    assert_place(&unit.endpoints[2], "127.0.0.1", 10080);
    assert_int_equal(unit.endpoints[2].protocol, SPEAK_REDIRECT);
    assert_int_equal(unit.endpoints[2].https_port, 10443);
    assert_int_equal(unit.endpoints[2].credential_count, 0);
    assert_int_equal(
        count_of((char *)unit.endpoints[0].credentials[0].chain.data, "BEGIN"),
        1);
    unit_clear(&unit);

    stage_set(scratch, "web.listen", "none");
    assert_int_equal(plan(scratch, "web", &unit, &error), 0);
    assert_int_equal(unit.count, 0);
    unit_clear(&unit);
}

static void
test_whitelist(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    struct unit unit;

    stage_web(scratch);
    stage_set(scratch, "pair.listen", "a:8443  b:445");
    stage_set(scratch, "pair.key", "leaf.key");
    stage_set(scratch, "pair.cert", "leaf.crt");
    assert_int_equal(plan(scratch, "pair", &unit, &error), 0);
    assert_int_equal(unit.count, 2);
    assert_place(&unit.endpoints[0], "127.0.0.1", 8443);
    assert_place(&unit.endpoints[1], "127.0.0.2", 10445);
    unit_clear(&unit);
    stage_set(scratch, "pair.listen", "a b:445");
    assert_int_equal(plan(scratch, "pair", &unit, &error), 0);
    assert_int_equal(unit.count, 1); /* a has no port */
    unit_clear(&unit);
}

static void
add_domain(struct scratch *scratch, const char *domain, const char *key,
           const char *cert, const char *bundle)
{
    struct settings *settings = NULL;
    struct error error;
    size_t i;

    assert_int_equal(settings_load(scratch->store, &settings, &error), 0);
    i = settings_append(settings, "xmpp.domains");
    settings_set_entry(settings, "xmpp.domains", i, "domain", domain);
    settings_set_entry(settings, "xmpp.domains", i, "key", key);
    settings_set_entry(settings, "xmpp.domains", i, "cert", cert);
    settings_set_entry(settings, "xmpp.domains", i, "bundle", bundle);
    assert_int_equal(settings_save(settings, scratch->store, &error), 0);
    settings_free(settings);
}

/* A pair for each host of a list; one that is wrong is a failure. */
static void
test_hosts(void **state)
{
    struct scratch *scratch = *state;
    const struct credential *credentials;
    struct error error;
    struct unit unit;

    stage_web(scratch);
    fixture_store(scratch->store, "ec.key");
    fixture_store(scratch->store, "ec.crt");
    stage_set(scratch, "xmpp.listen", "a:5222");
    stage_set(scratch, "xmpp.key", "leaf.key");
    stage_set(scratch, "xmpp.cert", "leaf.crt");
    stage_set(scratch, "xmpp.bundle", "bundle.crt");
    add_domain(scratch, "a.example.com", "ec.key", "ec.crt", NULL);
    add_domain(scratch, "b.example.com", "leaf.key", "leaf.crt", "bundle.crt");
    assert_int_equal(plan(scratch, "xmpp", &unit, &error), 0);
    assert_int_equal(unit.count, 1);
    assert_int_equal(unit.endpoints[0].credential_count, 3);
    credentials = unit.endpoints[0].credentials;
    assert_string_equal(credentials[0].host, "");
    assert_string_equal(credentials[1].host, "a.example.com");
    assert_string_equal(credentials[1].key_file, "ec.key");
    assert_int_equal(count_of((char *)credentials[1].chain.data, "BEGIN"), 1);
    assert_string_equal(credentials[2].host, "b.example.com");
    assert_int_equal(count_of((char *)credentials[2].chain.data, "BEGIN"), 3);
    assert_int_equal(plan_holds(scratch->store, &unit, &error), 0);
    fixture_store_as(scratch->store, "other.key", "ec.key");
    assert_fails(plan_holds(scratch->store, &unit, &error), &error,
                 E_MISMATCH_CERT, "ec.key");
    unit_clear(&unit);
    assert_fails(plan(scratch, "xmpp", &unit, &error), &error, E_MISMATCH_CERT,
                 "ec.key");
    assert_string_equal(error.other, "ec.crt");
    add_domain(scratch, "c.example.com", "leaf.key", NULL, NULL);
    fixture_store(scratch->store, "ec.key");
    assert_fails(plan(scratch, "xmpp", &unit, &error), &error, E_NOT_SET,
                 "xmpp");
    assert_string_equal(error.other, "xmpp.domains");
}

/* With the port offset, or by two names of one address, listeners of one
   service can meet where their settings do not. */
static void
test_listeners_meet(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    struct unit unit;

    stage_web(scratch);
    stage_set(scratch, "web.redirect", "enable");
    stage_set(scratch, "web.port", "10080");
    assert_fails(plan(scratch, "web", &unit, &error), &error, E_PORT_TAKEN,
                 "127.0.0.1:10080");
    assert_string_equal(error.other, "web");
    assert_int_equal(unit.count, 0);
    stage_set(scratch, "web.port", "10081");
    stage_set(scratch, "web.listen", "a:10080 lo:10081");
    assert_fails(plan(scratch, "web", &unit, &error), &error, E_PORT_TAKEN,
                 "127.0.0.1:10080");
    stage_set(scratch, "web.listen", "a lo b");
    assert_int_equal(plan(scratch, "web", &unit, &error), 0);
    assert_int_equal(unit.count, 4);
    unit_clear(&unit);

    stage_set(scratch, "turn.listen", "a");
    stage_set(scratch, "turn.port", "443");
    stage_set(scratch, "turn.udp", "10443");
    stage_set(scratch, "turn.key", "leaf.key");
    stage_set(scratch, "turn.cert", "leaf.crt");
    assert_fails(plan(scratch, "turn", &unit, &error), &error, E_PORT_TAKEN,
                 "127.0.0.1:10443");
    assert_string_equal(error.other, "turn");
}

static void
test_refused(void **state)
{
    static const struct {
        const char *key, *value;
        enum error_code code;
        const char *subject;
    } table[] = {
        { "web.listen", "f", E_NO_INTERFACE, "f" },
        { "web.listen", "e", E_NO_INTERFACE, "e" },
        { "web.listen", "a:0", E_BAD_PORT, "0" },
        { "web.listen", "a:65536", E_BAD_PORT, "65536" },
        { "web.listen", "a:", E_BAD_PORT, "" },
        { "web.listen", "a:4x", E_BAD_PORT, "4x" },
        { "web.port", "-1", E_BAD_PORT, "-1" },
        { "web.key", NULL, E_NOT_SET, "web" },
        { "web.cert", "none", E_NOT_SET, "web" },
        { "web.key", "missing", E_NO_FILE, "missing" },
        { "web.key", "leaf.crt", E_NOT_KEY, "leaf.crt" },
        { "web.key", "encrypted.key", E_KEY_ENCRYPTED, "encrypted.key" },
        { "web.key", "other.key", E_MISMATCH_CERT, "other.key" },
        { "web.cert", "leaf.key", E_NOT_CERT, "leaf.key" },
        { "web.bundle", "glued.crt", E_PEM_GLUED, "glued.crt" },
    };
    struct scratch *scratch = *state;
    size_t i;

    fixture_store(scratch->store, "other.key");
    fixture_store(scratch->store, "encrypted.key");
    fixture_store(scratch->store, "glued.crt");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct error error;
        struct unit unit;

        stage_web(scratch);
        stage_set(scratch, table[i].key, table[i].value);
        assert_fails(plan(scratch, "web", &unit, &error), &error, table[i].code,
                     table[i].subject);
        assert_int_equal(unit.count, 0);
    }
}

/* What goes on is PEM, whatever the files are. */
static void
test_der(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    struct unit unit;

    stage_web(scratch);
    fixture_store(scratch->store, "leaf-key.der");
    fixture_store(scratch->store, "leaf-crt.der");
    stage_set(scratch, "web.key", "leaf-key.der");
    stage_set(scratch, "web.cert", "leaf-crt.der");
    assert_int_equal(plan(scratch, "web", &unit, &error), 0);
    assert_memory_equal(unit.endpoints[0].credentials[0].key.data,
                        "-----BEGIN PRIVATE KEY", 22);
    assert_int_equal(
        count_of((char *)unit.endpoints[0].credentials[0].chain.data, "BEGIN"),
        3);
    unit_clear(&unit);
}

static void
test_holds(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    struct unit unit, again;
    struct blob key = fixture("other.key");
    const struct store_change change = { "leaf.key", &key, 0600 };

    stage_web(scratch);
    assert_int_equal(plan(scratch, "web", &unit, &error), 0);
    assert_int_equal(plan_holds(scratch->store, &unit, &error), 0);
    assert_int_equal(plan(scratch, "web", &again, &error), 0);
    assert_true(unit_equal(&again, &unit));
    again.endpoints[0].port++;
    assert_false(unit_equal(&again, &unit));
    unit_clear(&again);
    assert_false(unit_equal(&again, &unit));
    /* Another certificate in the file is not what is presented. */
    put_text(scratch->store, "leaf.crt", "gone");
    assert_int_equal(plan_holds(scratch->store, &unit, &error), 0);
    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    assert_fails(plan_holds(scratch->store, &unit, &error), &error,
                 E_MISMATCH_CERT, "leaf.key");
    assert_int_equal(
        store_remove(scratch->store, STORE_FILES, "leaf.key", &error), 0);
    assert_fails(plan_holds(scratch->store, &unit, &error), &error, E_NO_FILE,
                 "leaf.key");
    /* Who can not look does not say that it holds, nor that it does not. */
    stage_descriptor_limit(getpid(), 3);
    assert_int_equal(plan_holds(scratch->store, &unit, &error), -1);
    stage_descriptor_limit(getpid(), 0);
    assert_int_equal(error.code, E_IO);
    unit_clear(&unit);
    blob_clear(&key);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

/* The supervisor can write; what takes keys and certificates apart can not. */
static void
test_apart(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    struct unit unit;
    size_t parsed;

    stage_web(scratch);
    planted_begin(scratch->path);
    assert_int_equal(plan(scratch, "web", &unit, &error), 0);
    parsed = planted_parsed();
    assert_true(parsed > 0);
    assert_int_equal(plan_holds(scratch->store, &unit, &error), 0);
    assert_true(planted_parsed() > parsed);
    assert_int_equal(planted_written(), 0);
    unit_clear(&unit);
}

/* One key and its certificate, then another's, until it is killed. */
static void
replace_pairs(struct scratch *scratch)
{
    struct store *store = NULL;
    const struct blob files[] = { fixture("leaf.key"), fixture("leaf.crt"),
                                  fixture("inter.key"), fixture("inter.crt") };
    struct error error;
    size_t i;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (store_open(scratch->path, &store, &error) != 0)
        return;
    for (i = 0;; i += 2) {
        const struct store_change pair[] = {
            { "leaf.key", &files[i % 4], 0600 },
            { "leaf.crt", &files[i % 4 + 1], 0644 },
        };

        if (store_write(store, STORE_FILES, pair, 2, &error) != 0)
            return;
    }
}

static void
test_while_a_pair_is_replaced(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    struct unit unit;
    pid_t pid;
    int i;

    stage_web(scratch);
    stage_set(scratch, "web.bundle", NULL);
    pid = fork();
    if (pid == 0) {
        replace_pairs(scratch);
        _exit(1);
    }
    for (i = 0; i < 60; i++) {
        if (plan(scratch, "web", &unit, &error) != 0)
            fail_msg("plan %d: %d", i, error.code);
        unit_clear(&unit);
    }
    assert_int_equal(kill(pid, SIGKILL), 0); /* it was there up to now */
    assert_int_equal(waitpid(pid, &i, 0), pid);
    assert_true(WIFSIGNALED(i));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_listener),
        test(test_whitelist),
        test(test_hosts),
        test(test_listeners_meet),
        test(test_refused),
        test(test_der),
        test(test_holds),
        test(test_apart),
        test(test_while_a_pair_is_replaced),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}

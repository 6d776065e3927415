/*
 * What listeners of every protocol present, seen by a process of its own.
 */
#include "services/probe.h"

#include <openssl/x509.h>
#include <string.h>

#include "pki/cert.h"
#include "services/backend.h"
#include "tests/services/stage.h"

static char endpoint[] = "mmp-endpoint", look[] = "--look";
static char *const look_argv[] = { endpoint, look, NULL };
static const struct helper looker = {
    { .program = STAGE_ENDPOINT, .argv = look_argv }, NULL, 0
};
static const struct helper nobody = {
    { .program = "/no/such/program", .argv = look_argv }, NULL, 0
};

/* Is it the certificate of that fixture, and so many with it? */
static void
expect_cert(const struct blob *text, const char *name, unsigned total)
{
    struct blob file = fixture(name);
    const char *at = (const char *)text->data;
    X509 *got = NULL, *want = NULL;
    struct error error;
    unsigned count = 0;

    while ((at = strstr(at, "BEGIN CERTIFICATE")) != NULL) {
        at++;
        count++;
    }
    assert_int_equal(count, total);
    assert_int_equal(cert_parse("presented", text, &got, &error), 0);
    assert_int_equal(cert_parse(name, &file, &want, &error), 0);
    assert_int_equal(X509_cmp(got, want), 0);
    X509_free(got);
    X509_free(want);
    blob_clear(&file);
}

/* A service of the stage, with leaf.crt, on a port of its own. */
static unsigned
set_up(struct scratch *scratch, const char *service)
{
    const struct {
        const char *key, *value;
    } settings[] = {
        { "listen", "a" },       { "key", "leaf.key" },
        { "cert", "leaf.crt" },  { "trust", "root.crt" },
        { "enabled", "enable" },
    };
    unsigned port = stage_port();
    char key[64], text[16];
    size_t i;

    fixture_store(scratch->store, "leaf.key");
    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "root.crt");
    for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        snprintf(key, sizeof(key), "%s.%s", service, settings[i].key);
        stage_set(scratch, key, settings[i].value);
    }
    snprintf(key, sizeof(key), "%s.port", service);
    snprintf(text, sizeof(text), "%u", port);
    stage_set(scratch, key, text);
    return port;
}

/* HTTPS; TLS that wants a certificate of its client; STARTTLS; STUN. */
static void
test_presented(void **state)
{
    static const struct {
        const char *service;
        enum protocol protocol;
    } kinds[] = {
        { "web", SPEAK_HTTPS },
        { "talk", SPEAK_TLS },
        { "xmpp", SPEAK_XMPP },
        { "turn", SPEAK_TURN },
    };
    struct scratch *scratch = *state;
    unsigned ports[4];
    pid_t pid;
    size_t i;

    for (i = 0; i < 4; i++)
        ports[i] = set_up(scratch, kinds[i].service);
    fixture_store(scratch->store, "bundle.crt");
    stage_set(scratch, "web.bundle", "bundle.crt");
    pid = stage_supervise(scratch, &backend_embedded);
    for (i = 0; i < 4; i++) {
        struct blob text = { 0 };
        struct error error;

        stage_await_open(ports[i]);
        if (probe(&looker, "127.0.0.1", ports[i], kinds[i].protocol, &text,
                  &error) != 0)
            fail_msg("%s: %s", kinds[i].service, error.detail);
        expect_cert(&text, "leaf.crt", i == 0 ? 3 : 1);
        blob_clear(&text);
    }
    stage_end(pid);
}

static void
test_nobody(void **state)
{
    struct blob text = { 0 };
    struct error error;
    char place[32];
    unsigned port = stage_port();

    (void)state;
    snprintf(place, sizeof(place), "127.0.0.1:%u", port);
    assert_fails(probe(&looker, "127.0.0.1", port, SPEAK_HTTPS, &text, &error),
                 &error, E_NOT_READY, place);
    assert_int_equal(text.size, 0);
    snprintf(place, sizeof(place), "[::1]:%u", port);
    assert_fails(probe(&looker, "::1", port, SPEAK_HTTPS, &text, &error),
                 &error, E_NOT_READY, place);
    assert_fails(probe(&nobody, "127.0.0.1", port, SPEAK_HTTPS, &text, &error),
                 &error, E_NO_FILE, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_presented, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_nobody, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}

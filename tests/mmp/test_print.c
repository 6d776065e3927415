/*
 * Results to text.
 */
#include "mmp/print.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/options.h"
#include "pki/xalloc.h"
#include "tests/support.h"

static void
test_fill(void **state)
{
    static const struct {
        const char *text, *values[4], *want;
    } table[] = {
        { "", { NULL }, "" },
        { "no placeholder", { "x" }, "no placeholder" },
        { "%1", { "web" }, "web" },
        { "%1.key and %1.csr", { "web" }, "web.key and web.csr" },
        { "%4 %3 %2 %1", { "a", "b", "c", "d" }, "d c b a" },
        { "[%1%2]", { NULL, "b" }, "[b]" },
        { "100 %", { "x" }, "100 %" },
        { "%% %0 %5 %x", { "x" }, "%% %0 %5 %x" },
        { "%1", { "%2 %1", "x" }, "%2 %1" }, /* a value is no phrase */
        { "%1", { "a\nb\x1b[2J\r\t\x7f" }, "a?b?[2J???" },
        { "%1", { "" }, "" },
        { "%1", { "\n" }, "?" },
        { "%1", { "caf\xc3\xa9" }, "caf\xc3\xa9" },
        { "%1",
          { "\xc2\x9b"
            "2J\xc2\x80\xc2\x9f\xc2\xa0" },
          "??2J????\xc2\xa0" },
        { "%1", { "cut \xc2" }, "cut ?" },
        { "%1",
          { "\x9b"
            "31m" },
          "?31m" }, /* CSI in 8 bits */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct phrase phrase = { table[i].text, GUESS, 0 };
        struct blob text = { 0 };

        phrase_fill(&phrase, table[i].values, &text);
        assert_string_equal(text.data, table[i].want);
        assert_int_equal(text.size, strlen(table[i].want));
        blob_clear(&text);
    }
}

/* A session without a store, as before the start; what it says is kept. */
struct console {
    struct session session;
    struct options options;
    char *text;
    size_t size;
    bool stop;
};

static bool
interrupted(struct session *session)
{
    const struct console *console = session->io;

    return console->stop;
}

static int
setup(void **state)
{
    struct console *console = xcalloc(1, sizeof(*console));

    options_defaults(&console->options);
    console->session.dialect = dialect_find("2.9");
    console->session.options = &console->options;
    console->session.interrupted = interrupted;
    console->session.io = console;
    console->session.out = open_memstream(&console->text, &console->size);
    *state = console;
    return console->session.out == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
    struct console *console = *state;

    fclose(console->session.out);
    options_clear(&console->options);
    session_clear(&console->session);
    free(console->text);
    free(console);
    return 0;
}

static void
check_said(struct console *console, const char *want)
{
    fflush(console->session.out);
    assert_string_equal(console->text, want);
    rewind(console->session.out);
}

static void
test_say(void **state)
{
    struct console *console = *state;

    say(&console->session, SAY_CSR_READY, "web", NULL);
    check_said(console, "CSR file web.csr ready for download via SFTP\n");
}

static void
test_failure(void **state)
{
    struct console *console = *state;
    struct error error = { .code = E_NONE };

    say_failure(&console->session, &error); /* has spoken for itself */
    fail_pair(&error, E_CONFIG_UNKNOWN, "mmp.cfg", "col\nour");
    error.line = 12;
    say_failure(&console->session, &error);
    fail_detail(&error, E_IO, "a.key", "Input/output error");
    say_failure(&console->session, &error);
    check_said(console, "mmp.cfg: line 12: unknown key col?our\n"
                        "a.key: Input/output error\n");
}

static void
test_json_failure(void **state)
{
    struct console *console = *state;
    struct error error;

    console->session.json = true;
    fail_detail(&error, E_IO, "a\".key", "Input/output error");
    say_failure(&console->session, &error);
    error.code = E_NONE;
    say_failure(&console->session, &error);
    check_said(console, "{\"error\":\"a\\\".key: Input/output error\"}\n");
}

static void
test_reason(void **state)
{
    struct console *console = *state;
    struct error error;

    fail_detail(&error, E_UNREACHABLE, "192.0.2.1", "No route\nto host");
    say_reason(&console->session, SAY_CLUSTER_ERROR, &error);
    check_said(console, "ERROR                    : 192.0.2.1 cannot be "
                        "reached: No route?to host\n");
}

static void
test_kind(void **state)
{
    const struct inspection key = { .kind = INSPECT_KEY,
                                    .text = "RSA 2048",
                                    .text_size = 8 };
    const struct inspection cert = { .kind = INSPECT_CERT,
                                     .der = true,
                                     .text = "Certificate:\n    Data:\n",
                                     .text_size = 23 };
    const struct inspection unknown = { .text = "" };
    struct console *console = *state;

    say_kind(&console->session, &key);
    say_kind(&console->session, &cert);
    say_kind(&console->session, &unknown);
    check_said(console, "File contains a PEM encoded private key: RSA 2048\n"
                        "File contains a DER encoded certificate\n"
                        "Certificate:\n    Data:\n"
                        "File contents are unknown\n");
}

static void
test_progress(void **state)
{
    struct console *console = *state;

    assert_int_equal(print_progress(console, KEYGEN_CANDIDATE), 0);
    assert_int_equal(print_progress(console, KEYGEN_CANDIDATE), 0);
    assert_int_equal(print_progress(console, KEYGEN_TICK), 0);
    assert_int_equal(print_progress(console, KEYGEN_PRIME), 0);
    assert_int_equal(print_progress(console, KEYGEN_CANDIDATE), 0);
    console->stop = true;
    assert_int_equal(print_progress(console, KEYGEN_TICK), -1);
    check_said(console, "..\n.\n");
}

static void
test_finding(void **state)
{
    struct console *console = *state;
    struct finding finding = { .level = FINDING_SUCCESS, .words = "all well" };

    say_finding(&console->session, &finding);
    finding.level = FINDING_WARNING;
    fail_pair(&finding.error, E_NOT_SET, "web", "trust");
    say_finding(&console->session, &finding);
    /* The words of a line are not those of a command's failure. */
    finding.level = FINDING_FAILURE;
    fail_pair(&finding.error, E_MISMATCH_CERT, "a.key", "a.crt");
    say_finding(&console->session, &finding);
    finding.words = NULL;
    fail_pair(&finding.error, E_PORT_TAKEN, "a:443", "webbridge");
    say_finding(&console->session, &finding);
    fail_pair(&finding.error, E_NOT_SET, "web", "key");
    say_finding(&console->session, &finding);
    check_said(console, "SUCCESS: all well\n"
                        "WARNING: all well: none configured\n"
                        "FAILURE: all well: certificate and key do not match\n"
                        "FAILURE: a:443 is used by webbridge\n"
                        "FAILURE: web: key is not set\n");
}

static void
test_fact(void **state)
{
    struct console *console = *state;

    say_fact(&console->session, "Key file : ", "a%1\x1b[2J.key");
    say_fact(&console->session, "", "");
    check_said(console, "Key file : a%1?[2J.key\n\n");
}

static void
test_not_running(void **state)
{
    struct console *console = *state;
    struct unit_status status = { .state = UNIT_WAITING, .wait = 30 };

    fail_detail(&status.why, E_ENDED, "web", "ended by signal 9");
    say_not_running(&console->session, "Web", &status);
    status.state = UNIT_FAILED;
    fail_pair(&status.why, E_MISMATCH_CERT, "a.key", NULL);
    say_not_running(&console->session, "Web", &status);
    fail_pair(&status.why, E_NOT_SET, "web", "key");
    say_not_running(&console->session, "Web", &status);
    check_said(console, "WARNING: Web not running: web ended by signal 9; "
                        "starts again in 30 s\n"
                        "WARNING: Web not running since a failure: certificate "
                        "and key do not match\n"
                        "WARNING: Web not running since a failure: web: key is "
                        "not set\n");
}

/* Clients wait for the prompt: nothing that is said may look like it. */
static void
test_no_prompt(void **state)
{
    struct console *console = *state;
    struct scratch *scratch = NULL;

    assert_int_equal(scratch_setup((void **)&scratch), 0);
    console->session.store = scratch->store;
    say(&console->session, SAY_UNKNOWN_COMMAND, "cms> cms>", NULL);
    say(&console->session, SAY_UNKNOWN_COMMAND, "> other>", NULL);
    say_text(&console->session, "cms> ls");
    say_text(&console->session, "web.key");
    check_said(console, "unknown command: cms? cms?\n"
                        "unknown command: > other>\n"
                        "cms? ls\n"
                        "web.key\n");
    console->session.store = NULL;
    assert_int_equal(scratch_teardown((void **)&scratch), 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill), test(test_say),
        test(test_failure),          test(test_json_failure),
        test(test_reason),           test(test_kind),
        test(test_progress),         test(test_no_prompt),
        test(test_finding),          test(test_fact),
        test(test_not_running),
    };

    return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}

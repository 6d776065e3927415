/*
 * mmp/shell.h: what a line does and says, and how a run of lines ends.  R
 * numbers: the requirements of the programs that drive a console.
 */
#include "mmp/shell.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmp/options.h"
#include "pki/xalloc.h"
#include "tests/mmp/console.h"
#include "tests/support.h"

struct desk {
    struct session session;
    struct options options;
    void *scratch;
    char *said;
    size_t said_size;
    const char *answer; /* to questions; NULL: the end of the input */
    char asked[64];
    enum control controlled; /* the last */
    bool lost;               /* nothing can be controlled */
};

static int
answer_all(struct session *session, const char *prompt, bool hidden,
           struct blob *answer, struct error *error)
{
    struct desk *desk = session->io;

    assert_false(hidden);
    snprintf(desk->asked, sizeof(desk->asked), "%s", prompt);
    if (desk->answer == NULL)
        return fail_pair(error, E_CANCELLED, NULL, NULL);
    blob_text(answer, desk->answer);
    return 0;
}

static int
control(struct session *session, enum control what, const char *service,
        struct error *error)
{
    struct desk *desk = session->io;

    assert_null(service);
    desk->controlled = what;
    return desk->lost ? fail_pair(error, E_SUPERVISOR, NULL, NULL) : 0;
}

static int
setup(void **state)
{
    struct desk *desk = xcalloc(1, sizeof(*desk));

    if (scratch_setup(&desk->scratch) != 0)
        return -1;
    options_defaults(&desk->options);
    desk->session = (struct session){
        .dialect = dialect_find("2.9"),
        .options = &desk->options,
        .store = ((struct scratch *)desk->scratch)->store,
        .out = open_memstream(&desk->said, &desk->said_size),
        .clock = console_clock,
        .ask = answer_all,
        .interrupted = console_never,
        .control = control,
        .io = desk,
    };
    *state = desk;
    return 0;
}

static int
teardown(void **state)
{
    struct desk *desk = *state;
    int r = scratch_teardown(&desk->scratch);

    fclose(desk->session.out);
    free(desk->said);
    session_clear(&desk->session);
    options_clear(&desk->options);
    free(desk);
    return r;
}

static int
type(struct desk *desk, const char *line)
{
    int r;

    rewind(desk->session.out);
    r = shell_line(&desk->session, line);
    fflush(desk->session.out);
    desk->said[desk->said_size] = '\0';
    return r;
}

static void
expect_said(struct desk *desk, const char *line, int r, const char *said)
{
    assert_int_equal(type(desk, line), r);
    assert_string_equal(desk->said, said);
}

/* The names, sizes and contents of all that is kept. */
static void
list_state(struct desk *desk, struct blob *ret)
{
    assert_int_equal(run_shell(desk->scratch,
                               "cd .. && find . -type f | sort | xargs cksum &&"
                               " find . -printf '%y %m %p\n' | sort",
                               ret),
                     0);
}

/* R15: one line, and nothing has changed. */
static void
test_unknown(void **state)
{
    struct desk *desk = *state;
    struct blob before = { 0 }, after = { 0 };

    fixture_store(desk->session.store, "leaf.key");
    list_state(desk, &before);
    expect_said(desk, "terminal width 511", -1, "unknown command: terminal\n");
    expect_said(desk, "PS1='[PEXPECT]\\$ '", -1,
                "unknown command: PS1='[PEXPECT]\\$\n");
    expect_said(desk, "pkix list", -1, "unknown command: pkix\n");
    expect_said(desk, "PKI LIST", -1, "unknown command: PKI\n");
    expect_said(desk, "pki match leaf.key", -1,
                "pki match <key> <certificate>\n");
    expect_said(desk, "pki csr x CN", -1,
                "CN: not an attribute: CN OU O L ST C emailAddress "
                "subjectAltName\n");
    expect_said(desk, "rm ../leaf.key", -1,
                "../leaf.key: not a file name: no slash, no leading dot, "
                "no control characters, 255 bytes of UTF-8 at most\n");
    expect_said(desk, "pki inspect ctl\001.crt", -1,
                "ctl?.crt: not a file name: no slash, no leading dot, "
                "no control characters, 255 bytes of UTF-8 at most\n");
    expect_said(desk, "rm \"leaf.key", -1, "missing closing double quote\n");
    assert_false(desk->session.over);
    list_state(desk, &after);
    assert_string_equal((const char *)before.data, (const char *)after.data);
    blob_clear(&before);
    blob_clear(&after);
}

/* R6 */
static void
test_blanks_and_quotes(void **state)
{
    struct desk *desk = *state;

    put_text(desk->session.store, "two words.txt", "x");
    expect_said(desk, "", 0, "");
    expect_said(desk, " \t ", 0, "");
    expect_said(desk, "\tls   ", 0, "two words.txt\n");
    expect_said(desk, " pki \t  \"list\"  ", 0,
                "User supplied certificates and keys:\n");
    expect_said(desk, "rm  two\" words\".txt\t", 0, "");
    expect_said(desk, "ls", 0, "");
    expect_said(desk, "\"\"", -1, "unknown command: \"\"\n");
}

static size_t
count_lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

/* Help and usage come from the table; the best partial match decides. */
static void
test_help(void **state)
{
    struct desk *desk = *state;
    struct blob all = { 0 }, pki = { 0 };
    const struct command *command;
    char name[64], before[64] = "";
    size_t at = 0;

    while ((command = command_next(&desk->session, &at)) != NULL) {
        const char *line = command_usage(command);

        assert_int_equal(sscanf(line, "%63s", name), 1);
        if (strcmp(name, before) != 0) {
            blob_text(&all, name);
            blob_text(&all, "\n");
        }
        strcpy(before, name);
        if (strcmp(name, "pki") == 0) {
            blob_text(&pki, line);
            blob_text(&pki, "\n");
        }
    }
    assert_true(count_lines((const char *)all.data) > 20);
    expect_said(desk, "help", 0, (const char *)all.data);
    expect_said(desk, "?", 0, (const char *)all.data);
    expect_said(desk, "help pki", 0, (const char *)pki.data);
    expect_said(desk, "pki ?", 0, (const char *)pki.data);
    expect_said(desk, "pki nonsense", -1, (const char *)pki.data);
    expect_said(desk, "pki match ?", 0, "pki match <key> <certificate>\n");
    expect_said(desk, "pki match a b c", -1, "pki match <key> <certificate>\n");
    expect_said(desk, "help pki match", 0, "pki match <key> <certificate>\n");
    expect_said(desk, "hostname a b", -1, "hostname\nhostname <name>\n");
    expect_said(desk, "help nonsense", -1, "unknown command: nonsense\n");
    expect_said(desk, "nonsense ?", -1, "unknown command: nonsense\n");
    blob_clear(&all);
    blob_clear(&pki);
}

/* R16, and no control characters from outside. */
static void
test_no_prompt_in_output(void **state)
{
    static const char *const lines[] = {
        "ls",   "pki list",         "pki",
        "help", "rm \"cms> .key\"", "pki inspect \"/cms> x\"",
        NULL
    };
    struct desk *desk = *state;
    size_t i;

    put_text(desk->session.store, "cms> x.key", "x");
    for (i = 0; lines[i] != NULL; i++) {
        type(desk, lines[i]);
        assert_true(desk->said_size > 0);
        assert_null(strstr(desk->said, "cms>"));
    }
    expect_said(desk, "cms> pki list", -1, "unknown command: cms?\n");
    expect_said(desk, "\"cms> cms>\"", -1, "unknown command: cms? cms?\n");
    expect_said(desk, "a>b", -1, "unknown command: a>b\n");
    expect_said(desk, "ls", 0, "cms? x.key\n");
    expect_said(desk, "\33[2J", -1, "unknown command: ?[2J\n");
    /* A usage line, of a host with that name. */
    free(desk->options.hostname);
    desk->options.hostname = xstrdup("key");
    expect_said(desk, "pki match ?", 0, "pki match <key? <certificate>\n");
}

/* R19: a capital Y and nothing else. */
static void
test_confirm(void **state)
{
    static const char *const others[] = { "y",  "n",  "yes", "Yes", "YES",
                                          "YY", " Y", "Y ",  "",    NULL };
    struct desk *desk = *state;
    size_t i;

    type(desk, "hostname new");
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        desk->answer = others[i];
        expect_said(desk, "reboot", -1, "Cancelled\n");
        /* No line break: the answer stands behind the question. */
        assert_string_equal(desk->asked,
                            "Are you sure you wish to reboot? (Y/n)");
        assert_false(desk->session.over);
        expect_said(desk, "hostname", 0, "cms\n");
    }
    assert_int_equal(desk->controlled, 0);
    desk->answer = "Y";
    expect_said(desk, "reboot", 0, "Rebooting...\n");
    assert_true(desk->session.over);
    assert_int_equal(desk->controlled, CONTROL_REBOOT);
    expect_said(desk, "shutdown", 0, "Shutting down...\n");
    assert_int_equal(desk->controlled, CONTROL_END);
    type(desk, "backup snapshot now");
    expect_said(desk, "backup rollback now", 0, "Rebooting...\n");
    assert_int_equal(desk->controlled, CONTROL_REBOOT);
    desk->lost = true;
    expect_said(desk, "reboot", -1, "services cannot be reached: \n");
}

/* R14 */
static void
test_exit(void **state)
{
    static const char *const words[] = { "exit", "quit", "logout" };
    struct desk *desk = *state;
    size_t i;

    for (i = 0; i < 3; i++) {
        desk->session.over = false;
        expect_said(desk, words[i], 0, "");
        assert_true(desk->session.over);
    }
    desk->session.over = false;
    expect_said(desk, "exit now", -1, "exit\n");
    assert_false(desk->session.over);
}

/* Runs lines from a pipe. */
static void
expect_run(struct desk *desk, struct shell shell, const void *typed,
           size_t size, int r, const char *said)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], typed, size), size);
    close(ends[1]);
    rewind(desk->session.out);
    desk->session.over = false;
    shell.session = &desk->session;
    shell.input = input_new(ends[0], desk->session.out);
    assert_int_equal(shell_run(&shell), r);
    input_free(shell.input);
    close(ends[0]);
    fflush(desk->session.out);
    desk->said[desk->said_size] = '\0';
    assert_string_equal(desk->said, said);
}

#define RUN(desk, shell, typed, r, said)                                       \
    expect_run(desk, shell, typed, sizeof(typed) - 1, r, said)

/* R13: prompts are kept, unless they are not wanted. */
static void
test_run_prompts(void **state)
{
    struct desk *desk = *state;
    const struct shell plain = { 0 }, quiet = { .quiet = true };

    RUN(desk, plain, "hostname\n\nexit\nhostname\n", 0, "cms> cms\ncms> cms> ");
    RUN(desk, plain, "hostname", 0, "cms> cms\ncms> ");
    RUN(desk, quiet, "hostname\n\nhostname", 0, "cms\ncms\n");
}

/* R8: the prompt is constant until the session ends. */
static void
test_run_prompt_is_constant(void **state)
{
    struct desk *desk = *state;
    const struct shell plain = { 0 };

    desk->answer = "Y";
    RUN(desk, plain, "hostname new\nhostname\nreboot\nhostname\n", 0,
        "cms> A reboot is required for the change to take effect\n"
        "cms> cms\ncms> Rebooting...\n");
    session_clear(&desk->session);
    desk->session.settings = NULL;
    RUN(desk, plain, "", 0, "new> ");
}

/* R2 without, R5 with strict. */
static void
test_run_strict(void **state)
{
    struct desk *desk = *state;
    const struct shell plain = { .quiet = true };
    const struct shell strict = { .quiet = true, .strict = true };

    RUN(desk, plain, "foo\nhostname\n", 0, "unknown command: foo\ncms\n");
    RUN(desk, strict, "foo\nhostname\n", -1, "unknown command: foo\n");
    RUN(desk, strict, "hostname\nrm x\nhostname\n", -1,
        "cms\nx: no such file\n");
    RUN(desk, strict, "\n\nhostname\nexit\nfoo\n", 0, "cms\n");
    RUN(desk, strict, "hostname", 0, "cms\n");
}

static void
test_run_odd_lines(void **state)
{
    struct desk *desk = *state;
    const struct shell quiet = { .quiet = true };
    struct blob typed = { 0 };

    /* A NUL hides nothing. */
    RUN(desk, quiet, "hostname\0new\nhostname\n", 0,
        "unknown command: hostname?new\ncms\n");
    /* A pipe holds 64 KiB: a file takes the long line. */
    blob_zeros(&typed, INPUT_MAX_LINE + 1);
    memset(typed.data, 'x', typed.size);
    blob_text(&typed, "\nhostname\n");
    put_text(desk->session.store, "typed", (const char *)typed.data);
    blob_clear(&typed);
    rewind(desk->session.out);
    {
        char *path = xasprintf("%s/files/typed",
                               ((struct scratch *)desk->scratch)->path);
        FILE *in = fopen(path, "r");
        struct shell shell = { .session = &desk->session, .quiet = true };

        assert_non_null(in);
        shell.input = input_new(fileno(in), desk->session.out);
        assert_int_equal(shell_run(&shell), 0);
        input_free(shell.input);
        fclose(in);
        free(path);
    }
    fflush(desk->session.out);
    desk->said[desk->said_size] = '\0';
    assert_string_equal(desk->said, "line too long\ncms\n");
}

/* R22: the output is what a file of testdata/transcripts/ looks like. */
static void
test_run_record(void **state)
{
    struct desk *desk = *state;
    const struct shell record = { .record = true, .quiet = true };

    RUN(desk, record, "hostname\nfoo\nexit\n", 0,
        "# Source: guess; recorded from openmmp as release 2.9\n"
        "# Hostname: cms\n"
        "cms> hostname\ncms\ncms> foo\nunknown command: foo\ncms> exit\n");
}

/* Another console died in the middle of a step since this one was opened. */
static void
test_after_a_death(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(run_shell(desk->scratch,
                               "echo old >a; echo new >b; echo new >.new.0; "
                               "printf '=files/a\\n+files/b\\n' >.commit",
                               NULL),
                     0);
    desk->session.alone = true; /* it has just opened the store */
    assert_int_equal(type(desk, "ls"), 0);
    assert_int_equal(run_shell(desk->scratch, "grep -q old a", NULL), 0);
    desk->session.alone = false;
    assert_int_equal(type(desk, "ls"), 0);
    assert_int_equal(run_shell(desk->scratch,
                               "test \"$(cat a b)\" = "
                               "\"$(printf 'new\\nnew')\" && "
                               "test ! -e .commit",
                               NULL),
                     0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_blanks_and_quotes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_help, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_prompt_in_output, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_confirm, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_run_prompts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_run_prompt_is_constant, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_run_strict, setup, teardown),
        cmocka_unit_test_setup_teardown(test_run_odd_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_run_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_a_death, setup, teardown),
    };

    alarm(120); /* a test that waits in vain ends */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

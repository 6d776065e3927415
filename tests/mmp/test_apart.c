/*
 * A part of the console where it can change nothing.
 */
#include "mmp/apart.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mmp/dialect.h"
#include "mmp/options.h"
#include "mmp/shell.h"
#include "mmp/words.h"
#include "pki/cert.h"
#include "pki/xalloc.h"
#include "tests/mmp/console.h"
#include "tests/planted.h"
#include "tests/support.h"

static int
say_hello(struct session *session, void *arg)
{
    fprintf(session->out, "%s %d\n", (const char *)arg, session->confined);
    return -1;
}

static int
say_much(struct session *session, void *arg)
{
    int i;

    (void)arg;
    for (i = 0; i < 100000; i++)
        fputs("0123456789\n", session->out);
    return 0;
}

/* Tries to change the file whose path it gets. */
static int
say_changed(struct session *session, void *arg)
{
    int fd = open(arg, O_WRONLY);

    fputs(fd >= 0 || unlink(arg) == 0 ? "changed" : "refused", session->out);
    if (fd >= 0)
        close(fd);
    return 0;
}

static int
die(struct session *session, void *arg)
{
    (void)arg;
    fputs("half a", session->out);
    fflush(session->out);
    signal(SIGABRT, SIG_DFL);
    abort();
}

/* What comes back, in *said: free() it. */
static int
run(bool alone, int (*what)(struct session *, void *), void *arg, char **said,
    struct error *error)
{
    struct session session = { .alone = alone };
    size_t size;
    int r;

    session.out = open_memstream(said, &size);
    r = run_apart(&session, APART_LAST, what, arg, error);
    fclose(session.out);
    return r;
}

static void
test_child(void **state)
{
    char hello[] = "hello", *said;
    struct error error;

    (void)state;
    assert_int_equal(run(false, say_hello, hello, &said, &error), -1);
    assert_int_equal(error.code, E_NONE);
    assert_string_equal(said, "hello 1\n");
    free(said);
    assert_int_equal(run(false, say_much, NULL, &said, &error), 0);
    assert_int_equal(strlen(said), 1100000);
    free(said);
}

static void
test_refused(void **state)
{
    struct scratch *scratch = *state;
    char path[128], *said;
    struct error error;

    put_text(scratch->store, "file", "text");
    snprintf(path, sizeof(path), "%s/files/file", scratch->path);
    assert_int_equal(run(false, say_changed, path, &said, &error), 0);
    assert_string_equal(said, "refused");
    free(said);
    assert_true(store_has(scratch->store, STORE_FILES, "file"));
}

/* Alone, the process itself is where nothing can be changed. */
static void
test_alone(void **state)
{
    struct scratch *scratch = *state;
    char path[128], *said;
    struct error error;
    int status;
    pid_t pid;

    put_text(scratch->store, "file", "text");
    snprintf(path, sizeof(path), "%s/files/file", scratch->path);
    pid = fork();
    if (pid == 0) {
        bool good = run(true, say_changed, path, &said, &error) == 0 &&
                    strcmp(said, "refused") == 0 && access(path, F_OK) == 0;

        free(said);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Half an answer is none. */
static void
test_death(void **state)
{
    struct error error;
    char *said;

    (void)state;
    assert_int_equal(run(false, die, NULL, &said, &error), -1);
    assert_int_equal(error.code, E_ENDED);
    assert_string_equal(said, "");
    free(said);
}

/*
 * Commands that take foreign bytes apart, in an order in which they work.
 */

/* A capital Y is the password, too. */
static int
answer(struct session *session, const char *prompt, bool hidden,
       struct blob *ret, struct error *error)
{
    (void)session;
    (void)error;
    blob_text(ret, hidden && strcmp(prompt, "") != 0 ? "secret" : "Y");
    return 0;
}

static int
control(struct session *session, enum control what, const char *service,
        struct error *error)
{
    (void)session;
    (void)what;
    (void)service;
    (void)error;
    return 0;
}

static int
begin_step(struct session *session, enum database_action action,
           const char *host, struct error *error)
{
    (void)session;
    (void)action;
    (void)host;
    (void)error;
    return 0;
}

static void
put_files(struct store *store)
{
    static const char *const files[][2] = {
        { "leaf.key" },
        { "leaf.crt" },
        { "leaf.csr" },
        { "bundle.crt" },
        { "root.key" },
        { "root.crt" },
        { "encrypted.key", "locked.key" },
        { "leaf.p12", "admin.pub" },
        { "dbserver.key" },
        { "dbserver.crt" },
        { "dbuser.key" },
        { "dbuser.crt" },
        { "dbca.crt" },
    };
    size_t i;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        fixture_store_as(store, files[i][0],
                         files[i][files[i][1] != NULL ? 1 : 0]);
}

static const struct {
    const char *line;
    bool ours;  /* only there with hints */
    bool finds; /* something, and fails then */
    bool gives; /* a file to a service: only its hints read it */
} commands[] = {
    { "pki inspect leaf.crt" },
    { "pki match leaf.key leaf.crt" },
    { "pki verify leaf.crt bundle.crt" },
    { "pki expiry", .ours = true },
    { "pki doctor", .ours = true, .finds = true },
    { "pki sign leaf root" },
    { "pki unlock locked.key" },
    { "pki pkcs12-to-ssh admin" },
    { "webadmin certs leaf.key leaf.crt bundle.crt", .gives = true },
    { "webadmin enable" },
    { "webadmin restart" },
    { "database cluster certs dbserver.key dbserver.crt dbuser.key dbuser.crt "
      "dbca.crt" },
    { "database cluster status" },
    { "database cluster initialize" },
    { "backup rollback now" },
};

/* Each does, and never where it could write: with hints and without them. */
static void
play(struct scratch *scratch, bool hints)
{
    struct options options;
    struct session session = {
        .dialect = dialect_find("3.9"),
        .options = &options,
        .store = scratch->store,
        .clock = console_clock,
        .interrupted = console_never,
        .ask = answer,
        .control = control,
        .database = begin_step,
        .hints = hints,
    };
    char *said;
    size_t size, i;

    options_defaults(&options);
    session.out = open_memstream(&said, &size);
    assert_int_equal(shell_line(&session, "backup snapshot now"), 0);
    assert_int_equal(shell_line(&session, "webadmin listen a 8443"), 0);
    assert_int_equal(shell_line(&session, "database cluster localnode a"), 0);
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const char *line = commands[i].line;
        size_t parsed = planted_parsed();

        session.over = false;
        if (commands[i].ours && !hints)
            continue;
        if (shell_line(&session, line) != (commands[i].finds ? -1 : 0))
            fail_msg("%s: failed", line);
        if (planted_written() != 0)
            fail_msg("%s: could write when it read", line);
        if (planted_parsed() == parsed && (hints || !commands[i].gives))
            fail_msg("%s: read nothing", line);
    }
    fclose(session.out);
    free(said);
    session_clear(&session);
    options_clear(&options);
}

static void
test_commands(void **state)
{
    struct scratch *scratch = *state;

    put_files(scratch->store);
    planted_begin(scratch->path);
    play(scratch, true);
    put_files(scratch->store);
    play(scratch, false);
}

/*
 * Every command is played with the planted parser, by tests/transcript.c: no
 * row of the tables is without a session that types it.
 */

/* The rows of a release, in their order, and which of them are typed. */
struct table {
    struct session session;
    const struct command *rows[1000];
    bool typed[1000];
    size_t count;
};

static void
mark(struct table *table, const char *line)
{
    const char *at = strstr(line, "> ");
    struct words words;
    struct error error;
    struct call call;
    size_t i;

    if (at == NULL || line[0] == '#')
        return;
    words_split(at + 2, &words);
    if (words.count > 0 && command_match(&table->session, words.word,
                                         words.count, &call, &error) == 0)
        for (i = 0; i < table->count; i++)
            if (table->rows[i] == call.command)
                table->typed[i] = true;
    words_clear(&words);
}

static void
test_every_command_is_played(void **state)
{
    const struct dialect *dialect;
    size_t i, j;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        struct table table = { .session = { .dialect = dialect,
                                            .hints = true } };
        char *pattern = xasprintf(
            "cat " SOURCE_DIR "/testdata/transcripts/%s/*.txt", dialect->name);
        FILE *sessions = popen(pattern, "r");
        char line[4096];
        size_t at = 0;

        while (table.count < sizeof(table.rows) / sizeof(table.rows[0]) &&
               (table.rows[table.count] = command_next(&table.session, &at)) !=
                   NULL)
            table.count++;
        assert_true(table.count > 100 && table.count < 1000);
        assert_non_null(sessions);
        while (fgets(line, sizeof(line), sessions) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            mark(&table, line);
        }
        pclose(sessions);
        for (j = 0; j < table.count; j++)
            if (!table.typed[j])
                fail_msg("%s: no session types %s", dialect->name,
                         command_usage(table.rows[j]));
        session_clear(&table.session);
        free(pattern);
    }
}

/* A test of the test. */
static void
test_planted(void **state)
{
    struct scratch *scratch = *state;
    struct blob file = fixture("leaf.crt");
    struct error error;
    X509 *cert = NULL;

    planted_begin(scratch->path);
    assert_int_equal(cert_parse("leaf.crt", &file, &cert, &error), 0);
    assert_true(planted_parsed() > 0);
    assert_int_equal(planted_written(), planted_parsed());
    X509_free(cert);
    blob_clear(&file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child),
        cmocka_unit_test_setup_teardown(test_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_alone, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_death),
        cmocka_unit_test(test_every_command_is_played),
        cmocka_unit_test_setup_teardown(test_planted, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_commands, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("apart", tests, NULL, NULL);
}

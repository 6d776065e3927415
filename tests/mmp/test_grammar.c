/*
 * Matching and completion, over tables of our own and over the real ones.
 */
#include "mmp/grammar.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mmp/dialect.h"
#include "mmp/session.h"
#include "mmp/words.h"
#include "tests/support.h"

static int
run(struct call *call, struct error *error)
{
    (void)call;
    (void)error;
    return 0;
}

static const struct command first[] = {
    { "pki list", NULL, GUESS, 0, run },
    { "pki match <key> <certificate>", NULL, GUESS, 0, run },
    { "pki verify <cert> <cert bundle/CA cert> [<CA cert>]", NULL, GUESS, 0,
      run },
    { "pki csr <key/cert basename> <attribute>...", "pki csr <how>", GUESS, 0,
      run },
    { "pki selfsigned <key/cert basename> [<attribute>...]", NULL, GUESS, 0,
      run },
    { NULL },
};

static const struct command second[] = {
    { "web (enable|disable)", NULL, GUESS, 0, run },
    { "web listen (a|b) <name>", NULL, GUESS, 0, run },
    { "web old", NULL, GUESS, CMS_2, run },
    { "web new", NULL, GUESS, CMS_3, run },
    { "turn tls <port|none>", NULL, GUESS, 0, run },
    { "nfs <hostname/IP>:<directory>", NULL, GUESS, 0, run },
    { "hostname", NULL, GUESS, 0, run },
    { "hostname <name>", NULL, GUESS, 0, run },
    { NULL },
};

static const struct command *const tables[] = { first, second, NULL };
static const struct dialect older = { .release = CMS_2, .commands = tables };
static const struct dialect newer = { .release = CMS_3, .commands = tables };

/* How many leading words begin some command. */
static size_t
known_words(struct session *session, const struct words *words)
{
    const struct command *command;
    size_t count = words->count + 1, at;

    while (--count > 0)
        for (at = 0; (command = command_next(session, &at)) != NULL;)
            if (command_begins(command, words->word, count))
                return count;
    return 0;
}

static void
test_match(void **state)
{
    static const struct {
        const char *line;
        int result;
        const char *usage; /* of the command, when 0 */
        size_t known;      /* when 1: leading words of some command */
        enum error_code code;
    } table[] = {
        { "pki list", 0, "pki list", 0, E_NONE },
        { "pki", 1, NULL, 1, E_NONE },
        { "pki nonsense", 1, NULL, 1, E_NONE },
        { "pki list more", 1, NULL, 2, E_NONE },
        { "PKI list", 1, NULL, 0, E_NONE },
        { "pk list", 1, NULL, 0, E_NONE },
        { "nonsense", 1, NULL, 0, E_NONE },
        { "list pki", 1, NULL, 0, E_NONE },
        { "pki match", 1, NULL, 2, E_NONE },
        { "pki match a.key", 1, NULL, 2, E_NONE },
        { "pki match a.key a.crt", 0, "pki match <key> <certificate>", 0,
          E_NONE },
        { "pki match a.key a.crt more", 1, NULL, 2, E_NONE },
        { "pki match a/b a.crt", -1, NULL, 0, E_BAD_NAME },
        { "pki match a.key .crt", -1, NULL, 0, E_BAD_NAME },
        { "pki match a/b", 1, NULL, 2, E_NONE }, /* the shape comes first */
        { "pki verify a b", 0,
          "pki verify <cert> <cert bundle/CA cert> [<CA cert>]", 0, E_NONE },
        { "pki verify a b c", 0,
          "pki verify <cert> <cert bundle/CA cert> [<CA cert>]", 0, E_NONE },
        { "pki verify a b c d", 1, NULL, 2, E_NONE },
        { "pki csr web", 1, NULL, 2, E_NONE },
        { "pki csr web CN:a", 0, "pki csr <key/cert basename> <attribute>...",
          0, E_NONE },
        { "pki csr we.b CN:a", -1, NULL, 0, E_BAD_BASENAME },
        { "pki selfsigned web", 0,
          "pki selfsigned <key/cert basename> [<attribute>...]", 0, E_NONE },
        { "pki selfsigned web CN:a O:b", 0,
          "pki selfsigned <key/cert basename> [<attribute>...]", 0, E_NONE },
        { "web enable", 0, "web (enable|disable)", 0, E_NONE },
        { "web disable", 0, "web (enable|disable)", 0, E_NONE },
        { "web enabl", 1, NULL, 1, E_NONE },
        { "web enable|disable", 1, NULL, 1, E_NONE },
        { "web listen b cms", 0, "web listen (a|b) <name>", 0, E_NONE },
        { "web listen c cms", 1, NULL, 2, E_NONE },
        { "web listen a", 1, NULL, 3, E_NONE },
        { "web listen a -cms", -1, NULL, 0, E_BAD_HOSTNAME },
        { "web old", 0, "web old", 0, E_NONE },
        { "web new", 1, NULL, 1, E_NONE }, /* of the other release */
        { "turn tls 443", 0, "turn tls <port|none>", 0, E_NONE },
        { "turn tls none", 0, "turn tls <port|none>", 0, E_NONE },
        { "turn tls nothing", -1, NULL, 0, E_BAD_PORT },
        { "nfs 192.0.2.1:dir", 0, "nfs <hostname/IP>:<directory>", 0, E_NONE },
        { "nfs 192.0.2.1", -1, NULL, 0, E_BAD_WORD },
        { "nfs 192.0.2.1 dir", 1, NULL, 1, E_NONE },
        { "hostname", 0, "hostname", 0, E_NONE },
        { "hostname cms", 0, "hostname <name>", 0, E_NONE },
        { "hostname \"\"", -1, NULL, 0, E_BAD_HOSTNAME },
        { "\"\"", 1, NULL, 0, E_NONE },
    };
    struct session session = { .dialect = &older };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct error error = { 0 };
        struct call call = { 0 };
        struct words words;
        int r;

        words_split(table[i].line, &words);
        r = command_match(&session, words.word, words.count, &call, &error);
        if (r != table[i].result)
            fail_msg("%s: %d", table[i].line, r);
        if (r == 0) {
            assert_string_equal(call.command->usage, table[i].usage);
            assert_ptr_equal(call.session, &session);
        } else if (r == 1) {
            assert_int_equal(known_words(&session, &words), table[i].known);
        } else {
            assert_int_equal(error.code, table[i].code);
        }
        words_clear(&words);
    }
}

static void
test_args(void **state)
{
    struct session session = { .dialect = &older };
    struct error error;
    struct call call = { 0 };
    struct words words;

    (void)state;
    words_split("pki verify a b", &words);
    assert_int_equal(
        command_match(&session, words.word, words.count, &call, &error), 0);
    assert_string_equal(arg(&call, "cert"), "a");
    assert_string_equal(arg(&call, "cert bundle/CA cert"), "b");
    assert_null(arg(&call, "CA cert"));
    assert_null(arg(&call, "cer"));
    assert_null(arg(&call, "nothing of it"));
    assert_int_equal(call.args.rest_count, 0);
    words_clear(&words);

    words_split("pki csr web CN:a \"O:b c\" C:de", &words);
    assert_int_equal(
        command_match(&session, words.word, words.count, &call, &error), 0);
    assert_string_equal(arg(&call, "key/cert basename"), "web");
    assert_int_equal(call.args.rest_count, 3);
    assert_string_equal(call.args.rest[0], "CN:a");
    assert_string_equal(call.args.rest[1], "O:b c");
    assert_string_equal(call.args.rest[2], "C:de");
    words_clear(&words);

    words_split("web listen b cms", &words);
    assert_int_equal(
        command_match(&session, words.word, words.count, &call, &error), 0);
    assert_string_equal(arg(&call, "a|b"), "b");
    assert_string_equal(arg(&call, "name"), "cms");
    words_clear(&words);

    words_split("turn tls none", &words);
    assert_int_equal(
        command_match(&session, words.word, words.count, &call, &error), 0);
    assert_true(arg_is_none(&call.args, 0));
    words_clear(&words);

    words_split("hostname none", &words); /* a name like any other */
    assert_int_equal(
        command_match(&session, words.word, words.count, &call, &error), 0);
    assert_false(arg_is_none(&call.args, 0));
    words_clear(&words);

    words_split("nfs 192.0.2.1:dir", &words);
    assert_int_equal(
        command_match(&session, words.word, words.count, &call, &error), 0);
    assert_string_equal(arg(&call, "hostname/IP>:<directory"), "192.0.2.1:dir");
    words_clear(&words);
}

/* The words of a refusal are the first that is wrong. */
static void
test_refusal_names_the_word(void **state)
{
    struct session session = { .dialect = &older };
    struct error error = { 0 };
    struct call call = { 0 };
    struct words words;

    (void)state;
    words_split("pki match a/b c/d", &words);
    assert_int_equal(
        command_match(&session, words.word, words.count, &call, &error), -1);
    assert_string_equal(error.subject, "a/b");
    assert_null(call.command);
    words_clear(&words);
}

static void
test_releases(void **state)
{
    struct session session = { .dialect = &older };
    const struct command *command;
    size_t at = 0, count = 0;

    (void)state;
    while ((command = command_next(&session, &at)) != NULL) {
        assert_string_not_equal(command->usage, "web new");
        count++;
    }
    assert_int_equal(count, 12);
    session.dialect = &newer;
    for (at = 0, count = 0; (command = command_next(&session, &at)) != NULL;) {
        assert_string_not_equal(command->usage, "web old");
        count++;
    }
    assert_int_equal(count, 12);
    assert_null(command_next(&session, &at));
}

static void
test_usage(void **state)
{
    (void)state;
    assert_string_equal(command_usage(&first[0]), "pki list");
    assert_string_equal(command_usage(&first[3]), "pki csr <how>");
}

static void
test_begins(void **state)
{
    static const struct {
        const char *line;
        const struct command *command;
        bool begins;
    } table[] = {
        { "", &first[0], true },
        { "pki", &first[0], true },
        { "pki list", &first[0], true },
        { "pki list more", &first[0], false },
        { "pki match", &first[1], true },
        { "pki match a", &first[1], false },
        { "pk", &first[0], false },
        { "web disable", &second[0], true },
        { "web other", &second[0], false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct words words;

        words_split(table[i].line, &words);
        assert_int_equal(
            command_begins(table[i].command, words.word, words.count),
            table[i].begins);
        words_clear(&words);
    }
}

static void
test_takes_any(void **state)
{
    static const struct {
        struct command command;
        bool any;
    } rows[] = {
        { { .usage = "options <option>..." }, true },
        { { .usage = "motd add <message>..." }, true },
        { { .usage = "motd <message>" }, false },
        { { .usage = "options none" }, false },
        { { .usage = "csr <key/cert basename> <attribute>..." }, false },
        { { .usage = "listen <interface whitelist>..." }, false },
        { { .usage = "nosuch <no slot>..." }, false },
        { { .usage = "" }, false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (command_takes_any(&rows[i].command) != rows[i].any)
            fail_msg("%s", rows[i].command.usage);
}

static void
collect(void *arg, const char *text)
{
    blob_text(arg, text);
    blob_text(arg, "|");
}

static void
check_offers(struct session *session, const char *line, const char *prefix,
             const char *want)
{
    struct blob offers = { 0 };
    struct words words;

    words_split(line, &words);
    command_complete(session, words.word, words.count, prefix, collect,
                     &offers);
    blob_text(&offers, "");
    assert_string_equal(offers.data, want);
    blob_clear(&offers);
    words_clear(&words);
}

/* Each offer once, though several commands begin alike. */
static void
test_complete(void **state)
{
    struct scratch *scratch = *state;
    struct session session = { .dialect = &older, .store = scratch->store };

    put_text(scratch->store, "a.crt", "");
    put_text(scratch->store, "a.key", "");
    check_offers(&session, "", "", "pki|web|turn|nfs|hostname|");
    check_offers(&session, "", "h", "hostname|");
    check_offers(&session, "", "x", "");
    check_offers(&session, "pki", "", "list|match|verify|csr|selfsigned|");
    check_offers(&session, "pki", "match", "match|");
    check_offers(&session, "pki", "matches", "");
    check_offers(&session, "web", "", "enable|disable|listen|old|");
    check_offers(&session, "web listen", "", "a|b|");
    check_offers(&session, "web listen a", "", ""); /* a name: nothing */
    check_offers(&session, "pki match", "", "a.key|");
    check_offers(&session, "pki match a.key", "", "a.crt|");
    check_offers(&session, "pki match a.key a.crt", "", "");
    check_offers(&session, "pki list", "", "");
    check_offers(&session, "nonsense", "", "");
    check_offers(&session, "turn tls", "", "none|");
    check_offers(&session, "turn tls", "4", "");
    check_offers(&session, "nfs", "", "");
    check_offers(&session, "pki csr", "", "a|");
    check_offers(&session, "pki csr a", "C", "C:|CN:|");
    check_offers(&session, "pki csr a CN:x O:y", "S", "ST:|");
}

static void
test_fit(void **state)
{
    static const struct {
        const char *line;
        int result;
        size_t words;
        const char *nearest;
        enum error_code code;
    } table[] = {
        { "pki list", 0, 0, NULL, E_NONE },
        { "pki match {{key}} {{crt}}", 0, 0, NULL, E_NONE },
        { "pki {{what}}", 0, 0, NULL, E_NONE },
        { "{{what}} list", -1, 0, NULL, E_NONE },
        { "pki lists", -1, 1, "pki list", E_NONE },
        { "pki list more", -1, 2, "pki list", E_NONE },
        { "pki match a", -1, 3, "pki match <key> <certificate>", E_NONE },
        { "pki csr we.b CN:a", -1, 2,
          "pki csr <key/cert basename> <attribute>...", E_BAD_BASENAME },
        { "pki csr web CN:a subAltName:b", -1, 4,
          "pki csr <key/cert basename> <attribute>...", E_ATTRIBUTE_UNKNOWN },
        { "web listen c cms", -1, 2, "web listen (a|b) <name>", E_NONE },
        { "turn tls 0", -1, 2, "turn tls <port|none>", E_BAD_PORT },
        { "turn tls none", 0, 0, NULL, E_NONE },
        { "nonsense", -1, 0, NULL, E_NONE },
    };
    struct session session = { .dialect = &older };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct words words;
        struct fit fit;

        words_split(table[i].line, &words);
        assert_int_equal(command_fit(&session, words.word, words.count, &fit),
                         table[i].result);
        if (table[i].result != 0) {
            assert_int_equal(fit.words, table[i].words);
            assert_int_equal(fit.error.code, table[i].code);
            if (table[i].nearest != NULL)
                assert_string_equal(fit.nearest->usage, table[i].nearest);
        }
        words_clear(&words);
    }
}

/* Without a store no file is asked for, only its name. */
static void
test_fit_without_files(void **state)
{
    struct session session = { .dialect = dialect_find("3.9") };
    struct words words;
    struct fit fit;

    (void)state;
    words_split("webadmin certs no.key no.crt", &words);
    assert_int_equal(command_fit(&session, words.word, words.count, &fit), 0);
    words_clear(&words);
    words_split("webadmin certs a/b no.crt", &words);
    assert_int_equal(command_fit(&session, words.word, words.count, &fit), -1);
    assert_int_equal(fit.error.code, E_BAD_NAME);
    words_clear(&words);
    session_clear(&session);
}

/* Rows that are odd. */
static const struct command odd[] = {
    { "one <key>", NULL, GUESS, 0, run },
    { "one <name>", NULL, GUESS, 0, run },
    { "two <key> <gateway>", NULL, GUESS, 0, run },
    { "two (on|off) [x]", NULL, GUESS, 0, run },
    { "three <no such slot>", NULL, GUESS, 0, run },
    { "four <password>", NULL, GUESS, 0, run },
    { "five <1> <2> <3> <4> <5> <6> <7> <8> <9> <10> <11> <12> <13> <14> <15> "
      "<16> <17>",
      NULL, GUESS, 0, run },
    { "ask [<command>...]", NULL, GUESS, 0, run },
    { NULL },
};
static const struct command *const odd_tables[] = { odd, NULL };
static const struct dialect strange = { .release = CMS_2,
                                        .commands = odd_tables };

/* Of two refusals it is the first; a slot that nobody knows takes all. */
static void
test_odd_rows(void **state)
{
    static const struct {
        const char *line;
        int result;
        const char *usage;
        enum error_code code;
    } table[] = {
        { "one a/b", -1, NULL, E_BAD_NAME },
        { "one a_b", 0, "one <key>", E_NONE },
        { "two a/b c", -1, NULL, E_BAD_NAME },
        { "two off", 0, "two (on|off) [x]", E_NONE },
        { "two a.key x", 0, "two <key> <gateway>", E_NONE },
        { "three a/b", 0, "three <no such slot>", E_NONE },
    };
    struct scratch *scratch = *state;
    struct session session = { .dialect = &strange, .store = scratch->store };
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct call call = { 0 };
        struct error error = { 0 };
        struct words words;

        words_split(table[i].line, &words);
        assert_int_equal(
            command_match(&session, words.word, words.count, &call, &error),
            table[i].result);
        assert_int_equal(error.code, table[i].code);
        if (table[i].usage != NULL)
            assert_string_equal(call.command->usage, table[i].usage);
        words_clear(&words);
    }
    check_offers(&session, "two", "", "on|off|");
    check_offers(&session, "two on", "", "x|");
    check_offers(&session, "three", "", "");
}

/* A usage line of more slots than there is room for is a mistake of ours. */
static void
test_too_many_slots(void **state)
{
    struct session session = { .dialect = &strange };
    struct words words;
    pid_t pid = fork();
    int status;

    (void)state;
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        struct call call;
        struct error error;

        signal(SIGABRT, coverage_end);
        words_split("five a a a a a a a a a a a a a a a a a", &words);
        command_match(&session, words.word, words.count, &call, &error);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* The words that may follow, and no values. */
static void
test_words_after(void **state)
{
    static const struct {
        const char *line, *want;
    } table[] = {
        { "", "one|one|two|two|three|four|five|ask|" },
        { "one", "" },
        { "two", "on|off|" },
        { "two off", "x|" },
        { "two off x", "" },
        { "six", "" },
    };
    struct session session = { .dialect = &strange };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct blob offers = { 0 };
        struct words words;

        words_split(table[i].line, &words);
        command_words(&session, words.word, words.count, collect, &offers);
        blob_text(&offers, "");
        assert_string_equal(offers.data, table[i].want);
        blob_clear(&offers);
        words_clear(&words);
    }
}

/* What was typed goes into the log, but for secrets and what nobody knows. */
static void
test_record(void **state)
{
    static const struct {
        const char *line, *want;
        const struct command *command; /* NULL: not known */
    } table[] = {
        { "two on x", "two on x", &odd[3] },
        { "pki csr a \"\" \"O:b c\"", "pki csr a \"\" \"O:b c\"", &first[3] },
        { "four \"my secret\"", "four ***", &odd[5] },
        { "two secret", "two ***" },
        { "six secret", "*** ***" },
        { "ask four secret", "ask four ***", &odd[7] },
        { "ask ask six", "ask ask ***", &odd[7] },
        { "ask", "ask", &odd[7] },
    };
    struct session session = { .dialect = &strange };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct blob text = { 0 };
        struct words words;

        words_split(table[i].line, &words);
        command_record(&session, table[i].command, words.word, words.count,
                       &text);
        assert_string_equal(text.data, table[i].want);
        blob_clear(&text);
        words_clear(&words);
    }
}

/* What a history may hold: each word in its place, none that of a secret. */
static void
test_open(void **state)
{
    static const struct command rows[] = {
        { "set <name> <password>", NULL, GUESS, 0, run },
        { "set mode (on|off)", NULL, GUESS, 0, run },
        { "drop <no such slot> <name>...", NULL, GUESS, 0, run },
        { "ask [<command>...]", NULL, GUESS, 0, run },
        { NULL },
    };
    static const struct command *const its_tables[] = { rows, NULL };
    static const struct dialect dialect = { .release = CMS_2,
                                            .commands = its_tables };
    static const struct {
        const char *line;
        bool open;
    } table[] = {
        { "", true },
        { "set", true },
        { "set a/b", true }, /* refused, but for another reason */
        { "set a secret", false },
        { "set a secret x", false },
        { "set mode", true },
        { "set mode on", false }, /* by one of the two rows */
        { "set mode on secret", false },
        { "drop a b c", true },
        { "dorp a b c", false },
        { "ask", true },
        { "ask set a", true },
        { "ask set a secret", false },
        { "ask ask set a secret", false },
        { "ask dorp a", false },
    };
    struct session session = { .dialect = &dialect };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct words words;

        words_split(table[i].line, &words);
        if (command_is_open(&session, words.word, words.count) != table[i].open)
            fail_msg("%s", table[i].line);
        words_clear(&words);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_args),
        cmocka_unit_test(test_refusal_names_the_word),
        cmocka_unit_test(test_releases),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_begins),
        cmocka_unit_test(test_takes_any),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_fit_without_files),
        cmocka_unit_test_setup_teardown(test_odd_rows, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_too_many_slots),
        cmocka_unit_test(test_words_after),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_open),
        cmocka_unit_test_setup_teardown(test_complete, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("grammar", tests, NULL, NULL);
}

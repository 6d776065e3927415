/*
 * The commands of the services: what the transcripts do not show, the order
 * of saving and starting, other sessions, and that all files are known.
 */
#include "mmp/cmd_service.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/options.h"
#include "mmp/shell.h"
#include "pki/xalloc.h"
#include "services/scope.h"
#include "tests/mmp/console.h"
#include "tests/support.h"

struct desk {
    void *scratch;
    struct options options;
    struct session session;
    char *said;
    size_t said_size;
    const char *answer;
    char calls[256]; /* of control, one after the other */
    char saved[32];  /* what was on disk as webadmin.enabled at the last one */
    bool refuses;
};

static int
answer(struct session *session, const char *prompt, bool hidden,
       struct blob *ret, struct error *error)
{
    struct desk *desk = session->io;

    (void)prompt;
    assert_true(hidden);
    if (desk->answer == NULL)
        return fail_pair(error, E_CANCELLED, NULL, NULL);
    blob_text(ret, desk->answer);
    return 0;
}

/* What another process would read now. */
static void
read_saved(struct desk *desk, const char *key, char *ret, size_t size)
{
    struct settings *settings = NULL;
    struct error error;
    const char *value;

    assert_int_equal(settings_load(((struct scratch *)desk->scratch)->store,
                                   &settings, &error),
                     0);
    value = settings_get(settings, key);
    snprintf(ret, size, "%s", value != NULL ? value : "");
    settings_free(settings);
}

static int
control(struct session *session, enum control what, const char *service,
        struct error *error)
{
    static const char *const names[] = { "start", "stop", "restart", "end",
                                         "reboot" };
    struct desk *desk = session->io;
    size_t size = strlen(desk->calls);

    snprintf(desk->calls + size, sizeof(desk->calls) - size, "%s %s;",
             names[what], service);
    read_saved(desk, "webadmin.enabled", desk->saved, sizeof(desk->saved));
    return desk->refuses ? fail_detail(error, E_LISTEN, "127.0.0.1:443", "no")
                         : 0;
}

static int
state_of(struct session *session, const char *service, struct unit_status *ret,
         struct error *error)
{
    (void)session;
    (void)error;
    *ret = (struct unit_status){
        .state = strcmp(service, "turn") == 0 ? UNIT_WAITING : UNIT_STOPPED,
        .restarts = strcmp(service, "turn") == 0 ? 3 : 0,
        .wait = 2,
    };
    fail_detail(&ret->why, E_ENDED, service, "ended by signal 11");
    return 0;
}

static int
setup(void **state)
{
    struct desk *desk = xcalloc(1, sizeof(*desk));

    if (scratch_setup(&desk->scratch) != 0)
        return -1;
    options_defaults(&desk->options);
    desk->options.port_offset = 0;
    desk->session = (struct session){
        .dialect = dialect_find("3.9"),
        .options = &desk->options,
        .store = ((struct scratch *)desk->scratch)->store,
        .out = open_memstream(&desk->said, &desk->said_size),
        .clock = console_clock,
        .ask = answer,
        .io = desk,
        .control = control,
        .state = state_of,
    };
    fixture_store(desk->session.store, "leaf.key");
    fixture_store(desk->session.store, "leaf.crt");
    *state = desk;
    return 0;
}

static int
teardown(void **state)
{
    struct desk *desk = *state;
    int r;

    session_clear(&desk->session);
    r = scratch_teardown(&desk->scratch);
    fclose(desk->session.out);
    free(desk->said);
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
expect_saved(struct desk *desk, const char *key, const char *want)
{
    char value[64];

    read_saved(desk, key, value, sizeof(value));
    assert_string_equal(value, want);
}

static void
set_up_webadmin(struct desk *desk)
{
    assert_int_equal(type(desk, "webadmin listen a 443"), 0);
    assert_int_equal(type(desk, "webadmin certs leaf.key leaf.crt"), 0);
}

/* Each command of a service, once, of this release only. */
static void
test_commands(void **state)
{
    struct desk *desk = *state;
    const struct command *command;
    size_t i, n = 0;

    for (i = 0; (command = service_command(&desk->session, i)) != NULL; i++) {
        assert_non_null(command->service);
        assert_non_null(command->verb);
        assert_string_not_equal(command->service->name, "xmpp");
        n += strcmp(command->usage, "webbridge3 https certs <key-file> "
                                    "<crt-fullchain-file>") == 0;
    }
    assert_int_equal(n, 1);
    assert_null(service_command(&desk->session, i + 1000));

    desk->session.dialect = dialect_find("2.9");
    for (i = 0, n = 0; (command = service_command(&desk->session, i)) != NULL;
         i++)
        n += strcmp(command->usage, "xmpp reset") == 0;
    assert_int_equal(n, 1);
}

/* A command of the tables does not make those of the services. */
static void
test_made_when_wanted(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(type(desk, "pki list"), 0);
    assert_null(desk->session.service_commands);
    assert_int_equal(type(desk, "webadmin"), 0);
    assert_non_null(desk->session.service_commands);
}

/* What a service presents is on disk before it is started. */
static void
test_saved_before_it_starts(void **state)
{
    struct desk *desk = *state;

    set_up_webadmin(desk);
    assert_string_equal(desk->calls, "");
    assert_int_equal(type(desk, "webadmin enable"), 0);
    assert_string_equal(desk->calls, "start webadmin;");
    assert_string_equal(desk->saved, "enable");
    assert_int_equal(type(desk, "webadmin restart"), 0);
    assert_int_equal(type(desk, "webadmin disable"), 0);
    assert_string_equal(desk->calls,
                        "start webadmin;restart webadmin;stop webadmin;");
    assert_string_equal(desk->saved, "disable");
}

/* Refused by a check, or by the start: as it was, on disk as well. */
static void
test_refused(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(type(desk, "webadmin enable"), -1);
    assert_string_equal(desk->calls, "");
    expect_saved(desk, "webadmin.enabled", "");

    set_up_webadmin(desk);
    desk->refuses = true;
    assert_int_equal(type(desk, "webadmin enable"), -1);
    assert_non_null(strstr(desk->said, "FAILURE: 127.0.0.1:443: no\n"));
    expect_saved(desk, "webadmin.enabled", "disable");
    /* Nor does a supervisor go on trying. */
    assert_string_equal(desk->calls, "start webadmin;stop webadmin;");

    /* One that is enabled stays so. */
    desk->refuses = false;
    assert_int_equal(type(desk, "webadmin enable"), 0);
    desk->refuses = true;
    assert_int_equal(type(desk, "webadmin enable"), -1);
    assert_int_equal(type(desk, "webadmin restart"), -1);
    expect_saved(desk, "webadmin.enabled", "enable");
}

static void
test_restart_of_a_disabled_one(void **state)
{
    struct desk *desk = *state;

    set_up_webadmin(desk);
    assert_int_equal(type(desk, "webadmin restart"), -1);
    assert_null(strstr(desk->said, "SUCCESS"));
    assert_string_equal(desk->calls, "");
}

/* What another session has set is kept, and shown. */
static void
test_other_sessions(void **state)
{
    struct desk *desk = *state;
    const struct settings_change change = { "webadmin.port", "8443" };
    struct error error;

    set_up_webadmin(desk);
    assert_int_equal(settings_update(desk->session.store, &change, 1, &error),
                     0);
    assert_int_equal(type(desk, "webadmin"), 0);
    assert_non_null(strstr(desk->said, "TLS listening port      : 8443\n"));
    assert_int_equal(type(desk, "webadmin http-redirect enable"), 0);
    expect_saved(desk, "webadmin.port", "8443");
    expect_saved(desk, "webadmin.redirect", "enable");
}

/* Nothing is left locked after a refusal. */
static void
test_lock_is_let_go(void **state)
{
    struct desk *desk = *state;
    const struct settings_change change = { "x", "y" };
    struct error error;

    assert_int_equal(type(desk, "webadmin enable"), -1);
    assert_int_equal(type(desk, "callbridge ucm del nobody"), -1);
    assert_int_equal(settings_update(desk->session.store, &change, 1, &error),
                     0);
}

static void
test_asked_for(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(type(desk, "uploader cms password"), -1); /* Ctrl-C */
    desk->answer = "";
    assert_int_equal(type(desk, "uploader cms password"), -1);
    expect_saved(desk, "uploader.cms.password", "");
    desk->answer = "secret";
    assert_int_equal(type(desk, "uploader cms password"), 0);
    expect_saved(desk, "uploader.cms.password", "secret");
}

static void
test_crashed(void **state)
{
    static const struct settings_change enabled = { "turn.enabled", "enable" };
    struct desk *desk = *state;
    struct error error;

    assert_int_equal(type(desk, "turn"), 0);
    assert_null(strstr(desk->said, "WARNING"));
    assert_int_equal(settings_update(desk->session.store, &enabled, 1, &error),
                     0);
    assert_int_equal(session_reload(&desk->session, &error), 0);
    assert_int_equal(type(desk, "turn"), 0);
    assert_non_null(strstr(desk->said,
                           "\nWARNING: TURN server not running: turn ended by "
                           "signal 11; starts again in 2 s\n"
                           "WARNING: TURN server was restarted after a crash: "
                           "3\n"));
}

/* Without a manager nothing runs, and commands say so. */
static void
test_no_manager(void **state)
{
    struct desk *desk = *state;

    desk->session.control = NULL;
    desk->session.state = NULL;
    set_up_webadmin(desk);
    assert_int_equal(type(desk, "webadmin"), 0);
    assert_non_null(strstr(desk->said, "not running"));
    assert_int_equal(type(desk, "webadmin enable"), -1);
    expect_saved(desk, "webadmin.enabled", "disable");
}

/* Whether it runs is not known: no status says so without a word. */
static void
test_no_answer(void **state)
{
    static const struct settings_change enabled = { "webadmin.enabled",
                                                    "enable" };
    struct desk *desk = *state;
    struct error error;

    desk->session.state = NULL;
    assert_int_equal(settings_update(desk->session.store, &enabled, 1, &error),
                     0);
    assert_int_equal(type(desk, "webadmin"), 0);
    assert_non_null(strstr(desk->said, "\nWARNING: services cannot be "
                                       "reached: there is none\n"));
}

static bool
is_word_of(const char *words, const char *wanted)
{
    char word[WORD_MAX];

    while (word_next(&words, word) != NULL)
        if (strcmp(word, wanted) == 0)
            return true;
    return false;
}

/* A slot that wants a stored file is one whose check refuses a missing one. */
static bool
wants_file(struct session *session, const char *name, size_t size)
{
    const struct slot *slot = slot_find(name, size);
    struct error error = { 0 };

    return slot->check != NULL &&
           slot->check(session, "missing.crt", &error) != 0 &&
           error.code == E_NO_FILE;
}

/* The settings of such slots must be in the row's list of files. */
static void
check_file_slots(struct session *session, const struct command *command)
{
    const struct verb *verb = command->verb;
    const char *s = verb->pattern, *keys = verb->keys;
    char key[WORD_MAX], file[2 * WORD_MAX];
    bool tag = command->service->tagged;

    if (verb->action != DO_SET && verb->action != DO_ADD)
        return;
    for (; (s = strpbrk(s, "<(")) != NULL; s++) {
        size_t size = strcspn(++s, ">)");

        if (tag) {
            tag = false;
            continue;
        }
        if (s[-1] == '<' && strncmp(s + size, ">:<", 3) == 0)
            size += 3 + strcspn(s + size + 3, ">");
        do
            assert_non_null(word_next(&keys, key));
        while (strchr(key, '=') != NULL);
        if (s[-1] == '<' && wants_file(session, s, size)) {
            snprintf(file, sizeof(file), "%s%s%s",
                     verb->view != NULL ? verb->view : "",
                     verb->view != NULL ? ":" : "", key);
            if (!is_word_of(command->service->files, file))
                fail_msg("%s: %s is not among the files", command->usage, file);
        }
        s += size - 1;
    }
}

static void
test_file_slots_are_known(void **state)
{
    struct desk *desk = *state;
    const struct command *command;
    size_t r, i;

    for (r = 0; dialect_at(r) != NULL; r++) {
        desk->session.dialect = dialect_at(r);
        for (i = 0; (command = service_command(&desk->session, i)) != NULL; i++)
            check_file_slots(&desk->session, command);
    }
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_commands),
        test(test_made_when_wanted),
        test(test_saved_before_it_starts),
        test(test_refused),
        test(test_restart_of_a_disabled_one),
        test(test_other_sessions),
        test(test_lock_is_let_go),
        test(test_asked_for),
        test(test_crashed),
        test(test_no_manager),
        test(test_no_answer),
        test(test_file_slots_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

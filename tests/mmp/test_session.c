/*
 * What every command may need.
 */
#include "mmp/session.h"

#include <string.h>

#include "mmp/options.h"
#include "services/host.h"
#include "tests/support.h"

struct answers {
    const char *answer; /* NULL: the end of the input */
    int asked;
};

static int
answering(struct session *session, const char *prompt, bool hidden,
          struct blob *answer, struct error *error)
{
    struct answers *answers = session->io;

    assert_string_equal(prompt, session->dialect->phrases[ASK_REBOOT].text);
    assert_false(hidden);
    answers->asked++;
    if (answers->answer == NULL)
        return (fail)(error, E_CANCELLED, NULL);
    blob_text(answer, answers->answer);
    return 0;
}

static void
test_confirm(void **state)
{
    static const char *const noes[] = { "y",  "yes", "Yes", "YES", "",  "Y ",
                                        " Y", "YY",  "n",   "N",   NULL };
    struct answers answers = { "Y", 0 };
    struct session session = { .dialect = dialect_find("2.9"),
                               .ask = answering,
                               .io = &answers };
    struct error error;
    int i;

    (void)state;
    assert_int_equal(session_confirm(&session, ASK_REBOOT, &error), 0);
    for (i = 0; noes[i] != NULL; i++) {
        answers.answer = noes[i];
        assert_fails(session_confirm(&session, ASK_REBOOT, &error), &error,
                     E_CANCELLED, NULL);
    }
    answers.answer = NULL;
    assert_fails(session_confirm(&session, ASK_REBOOT, &error), &error,
                 E_CANCELLED, NULL);
    assert_int_equal(answers.asked, i + 2); /* once each, never again */
}

static void
test_hostname(void **state)
{
    struct scratch *scratch = *state;
    struct options options;
    struct session session = { .options = &options, .store = scratch->store };
    struct error error;

    options_defaults(&options);
    assert_string_equal(session_hostname(&session), "cms");
    session_clear(&session);
    session.settings = NULL;
    assert_int_equal(host_rename(scratch->store, "other", &error), 0);
    assert_int_equal(host_reboot(scratch->store, TEST_NOW, &error), 0);
    assert_string_equal(session_hostname(&session), "other");
    session_clear(&session);
    options_clear(&options);
}

/* They are read once; damaged ones leave a console with its usual name. */
static void
test_settings(void **state)
{
    struct scratch *scratch = *state;
    struct options options;
    struct session session = { .options = &options, .store = scratch->store };
    struct settings *first;
    struct error error;

    options_defaults(&options);
    run_shell(scratch, "echo 'version =' >../private/settings", NULL);
    assert_fails(session_settings(&session, &error), &error, E_CONFIG_SYNTAX,
                 "settings");
    assert_null(session.settings);
    assert_string_equal(session_hostname(&session), "cms");
    run_shell(scratch, "rm ../private/settings", NULL);
    assert_int_equal(session_settings(&session, &error), 0);
    first = session.settings;
    assert_non_null(first);
    assert_int_equal(session_settings(&session, &error), 0);
    assert_ptr_equal(session.settings, first);
    session_clear(&session);
    options_clear(&options);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

static bool unreadable;

int __wrap_store_info(struct store *store, enum store_area area,
                      const char *name, struct store_info *ret,
                      struct error *error);
int __real_store_info(struct store *store, enum store_area area,
                      const char *name, struct store_info *ret,
                      struct error *error);

int
__wrap_store_info(struct store *store, enum store_area area, const char *name,
                  struct store_info *ret, struct error *error)
{
    return unreadable ? (fail)(error, E_IO, name)
                      : __real_store_info(store, area, name, ret, error);
}

static void
test_check_unused(void **state)
{
    static const struct settings_change web[] = {
        { "webadmin.key", "leaf.key" },
        { "webadmin.cert", "leaf.crt" },
        { "webadmin.enabled", "enable" },
    };
    struct scratch *scratch = *state;
    struct session session = { .store = scratch->store,
                               .dialect = dialect_find("3.9") };
    struct error error;

    assert_int_equal(settings_update(scratch->store, web, 3, &error), 0);
    /* What is not there is nobody's. */
    assert_int_equal(session_check_unused(&session, "leaf.key", &error), 0);
    fixture_store(scratch->store, "leaf.key");
    fixture_store(scratch->store, "root.key");
    assert_fails(session_check_unused(&session, "leaf.key", &error), &error,
                 E_FILE_USED, "leaf.key");
    assert_int_equal(session_check_unused(&session, "root.key", &error), 0);
    /* A disk that does not tell has not said that it is not there. */
    unreadable = true;
    assert_fails(session_check_unused(&session, "leaf.key", &error), &error,
                 E_IO, "leaf.key");
    assert_int_equal(session_check_unused(&session, "root.key", &error), 0);
    unreadable = false;
    settings_free(session.settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confirm),
        test(test_hostname),
        test(test_settings),
        test(test_check_unused),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}

/*
 * Who is at the console: what sshd(8) tells, what may be done, what is noted.
 */
#include "mmp/login.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmp/options.h"
#include "mmp/shell.h"
#include "pki/xalloc.h"
#include "services/users.h"
#include "tests/mmp/console.h"
#include "tests/support.h"

struct stage {
    void *scratch;
    struct options options;
    struct session session;
    struct login login;
    const char *answers[4]; /* to questions; NULL: Ctrl-C */
    size_t asked;
    char *said;
    size_t said_size;
};

static int
answer(struct session *session, const char *prompt, bool hidden,
       struct blob *ret, struct error *error)
{
    struct stage *stage = session->io;
    const char *text = stage->answers[stage->asked++];

    (void)prompt;
    assert_true(hidden);
    if (text == NULL)
        return fail_pair(error, E_CANCELLED, NULL, NULL);
    blob_text(ret, text);
    return 0;
}

static int
set_up(void **state)
{
    struct stage *stage = xcalloc(1, sizeof(*stage));

    if (scratch_setup(&stage->scratch) != 0)
        return -1;
    options_defaults(&stage->options);
    stage->login = (struct login){ .user = xstrdup("admin"),
                                   .from = xstrdup("192.0.2.7:50022") };
    stage->session = (struct session){
        .dialect = dialect_find("3.9"),
        .options = &stage->options,
        .store = ((struct scratch *)stage->scratch)->store,
        .out = open_memstream(&stage->said, &stage->said_size),
        .clock = console_clock,
        .ask = answer,
        .io = stage,
        .login = &stage->login,
    };
    login_enforce(&stage->login, stage->session.store);
    *state = stage;
    return 0;
}

static int
tear_down(void **state)
{
    struct stage *stage = *state;

    fclose(stage->session.out);
    free(stage->said);
    session_clear(&stage->session);
    options_clear(&stage->options);
    login_clear(&stage->login);
    scratch_teardown(&stage->scratch);
    free(stage);
    return 0;
}

static void
become(struct stage *stage, const char *name)
{
    free(stage->login.user);
    stage->login.user = xstrdup(name);
    login_enforce(&stage->login, stage->session.store);
}

static void
test_environment(void **state)
{
    struct session *session = &((struct stage *)*state)->session;
    struct login login;
    char path[] = "/tmp/mmp-test-auth-XXXXXX";
    int fd = mkstemp(path);

    unsetenv("MMP_LOGIN");
    unsetenv("SSH_CONNECTION");
    unsetenv("LOGNAME");
    login_read(session->store, &login);
    assert_string_equal(login.from, "console");
    assert_string_not_equal(login.user, "");
    assert_false(login.enforced);
    login_clear(&login);
    setenv("LOGNAME", "mallory", 1);
    login_read(session->store, &login);
    assert_string_equal(login.user, "mallory");
    assert_false(login.enforced);
    login_clear(&login);

    assert_int_equal(write(fd, "password\n", 9), 9);
    setenv("SSH_CONNECTION", "2001:db8::1 50022 2001:db8::2 22", 1);
    setenv("SSH_USER_AUTH", path, 1);
    setenv("MMP_LOGIN", "yes", 1);
    login_read(session->store, &login);
    assert_string_equal(login.from, "2001:db8::1:50022");
    assert_string_equal(login.user, "mallory");
    assert_true(login.enforced);
    assert_true(login.password);
    login_clear(&login);

    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, "publickey ssh-ed25519 AAAA\n", 27, 0), 27);
    login_read(session->store, &login);
    assert_false(login.password);
    login_clear(&login);
    close(fd);
    unlink(path);
    unsetenv("SSH_USER_AUTH");
    unsetenv("SSH_CONNECTION");
    unsetenv("MMP_LOGIN");
    unsetenv("LOGNAME");
}

static void
test_roles(void **state)
{
    struct stage *stage = *state;
    struct session *session = &stage->session;
    struct error error;

    console_add_user(stage->session.store, "bob", "audit");
    console_add_user(stage->session.store, "web", "appadmin");
    assert_int_equal(login_check(session, 0, &error), 0);
    become(stage, "bob");
    assert_int_equal(login_roles(session), ROLE_AUDIT);
    assert_fails(login_check(session, 0, &error), &error, E_ROLE, "bob");
    assert_fails(login_check(session, ROLE_CRYPTO, &error), &error, E_ROLE,
                 "bob");
    assert_int_equal(login_check(session, ROLE_AUDIT | ROLE_CRYPTO, &error), 0);
    become(stage, "web");
    assert_fails(login_check(session, ROLES_CONSOLE, &error), &error, E_ROLE,
                 "web");
    become(stage, "nobody-we-know");
    assert_fails(login_check(session, ROLES_CONSOLE, &error), &error, E_ROLE,
                 "nobody-we-know");
    assert_int_equal(login_check(session, ROLES_ANYBODY, &error), 0);
    /* Not by our sshd: whoever can open the directory is administrator. */
    stage->login.enforced = false;
    assert_int_equal(login_check(session, 0, &error), 0);
    session->login = NULL;
    assert_int_equal(login_check(session, 0, &error), 0);
}

/* A session does not come back to life with a later user of its name. */
static void
test_later_user(void **state)
{
    struct stage *stage = *state;
    struct session *session = &stage->session;

    console_add_user(stage->session.store, "bob", "audit");
    become(stage, "bob");
    assert_int_equal(login_roles(session), ROLE_AUDIT);
    console_drop_user(stage->session.store, "bob");
    assert_int_equal(login_roles(session), 0);
    console_add_user(stage->session.store, "bob", "crypto");
    assert_int_equal(login_roles(session), 0);
    become(stage, "bob");
    assert_int_equal(login_roles(session), ROLE_CRYPTO);
    /* The first admin has no number, the next one has. */
    become(stage, "admin");
    console_add_user(stage->session.store, "eve", "admin");
    assert_int_equal(login_roles(session), ~0U);
    console_drop_user(stage->session.store, "admin");
    console_add_user(stage->session.store, "admin", "admin");
    assert_int_equal(login_roles(session), 0);
}

/* Rights are those of the time of the answer. */
static void
test_answer(void **state)
{
    struct stage *stage = *state;
    struct session *session = &stage->session;
    struct blob got = { 0 };
    struct error error;

    console_add_user(stage->session.store, "bob", "crypto");
    become(stage, "bob");
    session->roles = ROLE_CRYPTO;
    stage->answers[0] = stage->answers[1] = stage->answers[2] = "Y";
    assert_int_equal(session_ask(session, "?", true, &got, &error), 0);
    assert_string_equal(got.data, "Y");
    blob_clear(&got);
    session->roles = ROLE_AUDIT;
    assert_fails(session_ask(session, "?", true, &got, &error), &error, E_ROLE,
                 "bob");
    session->roles = ROLE_CRYPTO;
    console_drop_user(stage->session.store, "bob");
    console_add_user(stage->session.store, "bob", "crypto");
    assert_fails(session_ask(session, "?", true, &got, &error), &error, E_ROLE,
                 "bob");
    assert_int_equal(got.size, 0);
}

/* Who knows the initial password only does not replace another one. */
static void
test_initial_only(void **state)
{
    struct stage *stage = *state;
    struct session *session = &stage->session;
    struct error error;

    stage->answers[0] = stage->answers[1] = "one";
    assert_int_equal(login_set_password(session, "admin", true, &error), 0);
    stage->asked = 0;
    stage->answers[0] = stage->answers[1] = "two";
    assert_fails(login_set_password(session, "admin", true, &error), &error,
                 E_ROLE, "admin");
    stage->asked = 0;
    assert_int_equal(login_set_password(session, "admin", false, &error), 0);
}

/* A damaged file lets nobody in. */
static void
test_damaged(void **state)
{
    struct stage *stage = *state;
    struct error error;

    assert_int_equal(
        run_shell(stage->scratch, "echo damaged >../private/users", NULL), 0);
    assert_fails(login_check(&stage->session, ROLES_CONSOLE, &error), &error,
                 E_ROLE, "admin");
    /* Nor one who logged in then, once it is mended. */
    become(stage, "admin");
    assert_int_equal(run_shell(stage->scratch, "rm ../private/users", NULL), 0);
    assert_fails(login_check(&stage->session, ROLES_CONSOLE, &error), &error,
                 E_ROLE, "admin");
}

static void
test_note(void **state)
{
    struct stage *stage = *state;
    struct blob got = { 0 };
    struct error error;

    shell_line(&stage->session, "  pki   list ");
    shell_line(&stage->session, "rm \"a b\"");
    shell_line(&stage->session, "turn credentials jane \"a secret\" x.org");
    shell_line(&stage->session,
               "webbridge3 meetingapps add host.example.com 5 secret");
    shell_line(&stage->session, "my-secret");
    shell_line(&stage->session, "pki frobnicate secret");
    shell_line(&stage->session, "rm a\x1b[1mb");
    shell_line(&stage->session, "");
    assert_int_equal(
        store_read(stage->session.store, STORE_PRIVATE, "audit", &got, &error),
        0);
    assert_null(strstr((char *)got.data, "secret"));
    assert_null(strchr((char *)got.data, '\x1b'));
    blob_clear(&got);
    assert_int_equal(
        run_shell(stage->scratch, "cut -d' ' -f2- ../private/audit", &got), 0);
    assert_string_equal(
        got.data,
        "local0.info cms cli: User admin from 192.0.2.7:50022 issued command "
        "< pki list>: permission granted\n"
        "local0.info cms cli: User admin from 192.0.2.7:50022 issued command "
        "< rm \"a b\">: permission granted\n"
        "local0.info cms cli: User admin from 192.0.2.7:50022 issued command "
        "< turn credentials jane *** x.org>: permission granted\n"
        "local0.info cms cli: User admin from 192.0.2.7:50022 issued command "
        "< webbridge3 meetingapps add host.example.com 5 ***>: permission "
        "granted\n"
        "local0.info cms cli: User admin from 192.0.2.7:50022 issued command "
        "< ***>: unknown command\n"
        "local0.info cms cli: User admin from 192.0.2.7:50022 issued command "
        "< pki *** ***>: unknown command\n"
        "local0.info cms cli: User admin from 192.0.2.7:50022 issued command "
        "< rm ***>: unknown command\n");
    blob_clear(&got);
}

static void
test_must_change(void **state)
{
    struct stage *stage = *state;
    struct session *session = &stage->session;
    struct error error;

    assert_false(login_must_change(session)); /* by key */
    stage->login.password = true;
    assert_true(login_must_change(session));
    stage->answers[0] = "one";
    stage->answers[1] = "two";
    assert_fails(login_set_password(session, "admin", false, &error), &error,
                 E_PASSWORD, NULL);
    stage->answers[2] = NULL;
    assert_fails(login_set_password(session, "admin", false, &error), &error,
                 E_CANCELLED, NULL);
    assert_true(login_must_change(session));
    stage->asked = 0;
    stage->answers[1] = "one";
    assert_int_equal(login_set_password(session, "admin", false, &error), 0);
    assert_false(login_must_change(session));
    stage->asked = 0;
    stage->answers[0] = stage->answers[1] = "";
    assert_fails(login_set_password(session, "admin", false, &error), &error,
                 E_PASSWORD, NULL);
    /* Nothing is asked in vain. */
    stage->asked = 0;
    stage->answers[0] = stage->answers[1] = "new";
    assert_fails(login_set_password(session, "eve", false, &error), &error,
                 E_NO_USER, "eve");
    assert_int_equal(stage->asked, 0);
}

static void
test_names(void **state)
{
    struct stage *stage = *state;

    assert_string_equal(login_user(&stage->session), "admin");
    become(stage, "bob");
    assert_string_equal(login_user(&stage->session), "bob");
    assert_string_equal(login_account(&stage->session), "bob");
    stage->login.enforced = false;
    assert_string_equal(login_account(&stage->session), "admin");
    stage->session.login = NULL;
    assert_string_equal(login_user(&stage->session), "admin");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_environment), test(test_roles),        test(test_later_user),
        test(test_answer),      test(test_initial_only), test(test_damaged),
        test(test_note),        test(test_must_change),  test(test_names),
    };

    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}

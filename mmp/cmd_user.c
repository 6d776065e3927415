/*
 * The commands for users and passwords, and for the log of what they did.
 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "mmp/dialect.h"
#include "mmp/login.h"
#include "mmp/print.h"
#include "mmp/session.h"
#include "services/journal.h"
#include "services/users.h"

static const char *
word_of(unsigned role)
{
    const char *name;
    size_t i;

    for (i = 0; (name = role_name(i)) != NULL; i++)
        if (role_find(name) == role)
            return name;
    return "none";
}

static int
run_list(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct users *users = NULL;
    const char *name;
    char padded[USERS_MAX_NAME + 8];
    size_t i;

    if (users_load(session->store, &users, error) != 0)
        return -1;
    say(session, SAY_USERS, NULL, NULL);
    for (i = 0; (name = users_name(users, i)) != NULL; i++) {
        snprintf(padded, sizeof(padded), "%-20s ", name);
        say(session, SAY_USER_ROLE, padded, word_of(users_role(users, name)));
    }
    users_free(users);
    return 0;
}

static int
run_info(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *name = arg(call, "account");
    struct users *users = NULL;
    unsigned role;
    int r = 0;

    if (users_load(session->store, &users, error) != 0)
        return -1;
    role = users_role(users, name);
    if (role == 0)
        r = fail(error, E_NO_USER, name);
    if (r == 0) {
        say(session, SAY_USER_NAME, name, NULL);
        say(session, SAY_USER_INFO, word_of(role), NULL);
        if (users_initial(users, name))
            say(session, SAY_INITIAL_PASSWORD, NULL, NULL);
    }
    users_free(users);
    return r;
}

struct addition {
    const char *name, *role, *password;
};

static int
add(struct users *users, void *arg, struct error *error)
{
    const struct addition *addition = arg;

    return users_add(users, addition->name, addition->role, addition->password,
                     error);
}

/* An account of the system with that name would hide ours, or ours would
   hide it. */
static int
check_free(struct session *session, const char *name, struct error *error)
{
    const struct passwd *other;
    struct users *users = NULL;
    int r;

    r = users_load(session->store, &users, error);
    if (r == 0)
        r = users_check_new(users, name, error);
    users_free(users);
    if (r != 0)
        return -1;
    errno = 0;
    other = getpwnam(name);
    /* Other numbers mean that there is no such user (getpwnam(3)). */
    if (other == NULL &&
        (errno == EACCES || errno == EINTR || errno == EIO || errno == EMFILE ||
         errno == ENFILE || errno == ENOMEM))
        return fail_errno(error, name);
    return other == NULL || other->pw_uid == geteuid()
               ? 0
               : fail(error, E_HAS_USER, name);
}

static int
run_add(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct blob password = { 0 };
    struct addition addition = { arg(call, "account"), arg(call, "role"),
                                 NULL };
    int r;

    if (check_free(session, addition.name, error) != 0 ||
        login_ask_password(session, &password, error) != 0)
        return -1;
    addition.password = (const char *)password.data;
    r = users_change(session->store, add, &addition, error);
    if (r == 0)
        say(session, SAY_DONE, NULL, NULL);
    blob_clear(&password);
    return r;
}

static int
drop(struct users *users, void *arg, struct error *error)
{
    return users_drop(users, arg, error);
}

static int
run_del(struct call *call, struct error *error)
{
    char name[USERS_MAX_NAME + 1];

    snprintf(name, sizeof(name), "%s", arg(call, "account"));
    if (users_change(call->session->store, drop, name, error) != 0)
        return -1;
    say(call->session, SAY_DONE, NULL, NULL);
    return 0;
}

/* Whoever finds an open session must know the old password. */
static int
check_old(struct session *session, const char *name, struct error *error)
{
    struct users *users = NULL;
    struct blob old = { 0 };
    int r;

    if (login_find(session, name, error) != 0)
        return -1;
    r = session_ask(session, session->dialect->phrases[ASK_OLD_PASSWORD].text,
                    true, &old, error);
    /* As they are by now. */
    if (r == 0)
        r = users_load(session->store, &users, error);
    if (r == 0)
        r = users_find(users, name, error);
    if (r == 0 && !users_check(users, name,
                               old.data != NULL ? (const char *)old.data : ""))
        r = fail_detail(error, E_PASSWORD, name, "wrong password");
    users_free(users);
    blob_clear(&old);
    return r;
}

static int
run_passwd(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *name = login_account(session);

    if (check_old(session, name, error) != 0 ||
        login_set_password(session, name, false, error) != 0)
        return -1;
    say(session, SAY_DONE, NULL, NULL);
    return 0;
}

static int
run_passwd_of(struct call *call, struct error *error)
{
    struct session *session = call->session;

    if (login_set_password(session, arg(call, "account"), false, error) != 0)
        return -1;
    say(session, SAY_DONE, NULL, NULL);
    return 0;
}

static void
say_lines(struct session *session, const struct blob *lines)
{
    char *at = (char *)lines->data, *line;

    while (at != NULL && *at != '\0') {
        line = strsep(&at, "\n");
        say_text(session, line);
    }
    fflush(session->out);
}

static int
run_search(struct call *call, struct error *error)
{
    struct blob lines = { 0 };

    if (journal_search(call->session->store, arg(call, "text"), &lines,
                       error) != 0)
        return -1;
    say_lines(call->session, &lines);
    blob_clear(&lines);
    return 0;
}

/* Other commands run to their end; this one ends with its terminal. */
static bool
hung_up(void)
{
    sigset_t pending;

    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGHUP) || sigismember(&pending, SIGTERM);
}

/* Until Ctrl-C, or until nobody is there to read. */
static int
follow(struct session *session, struct journal_tail *tail, int watch,
       struct error *error)
{
    struct pollfd wait[] = { { .fd = watch, .events = POLLIN },
                             { .fd = fileno(session->out) } };
    int r = 0;

    while (r == 0 && !session->interrupted(session) && !hung_up()) {
        struct blob lines = { 0 };
        char events[4096];

        r = login_check(session, session->roles, error);
        if (r == 0)
            r = journal_more(session->store, tail, &lines, error);
        say_lines(session, &lines);
        blob_clear(&lines);
        /* A signal just before the wait is noticed only after it, so it is
           short. */
        if (r == 0 && poll(wait, 2, 1000) > 0) {
            if (wait[1].revents != 0)
                break;
            while (read(watch, events, sizeof(events)) > 0)
                ;
        }
    }
    return r;
}

static int
run_follow(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct journal_tail tail;
    int watch = -1, r;

    journal_tail(session->store, &tail);
    r = store_watch(session->store, STORE_PRIVATE, &watch, error);
    if (r == 0) {
        r = follow(session, &tail, watch, error);
        close(watch);
    }
    journal_tail_clear(&tail);
    return r;
}

const struct command cmd_user[] = {
    { "user list", NULL, RECALL, 0, run_list },
    { "user add <account> <role>", "user add <username> <role>", SEEN, 0,
      run_add, .source = TAC_213821, .accounts = true },
    { "user del <account>", "user del <username>", RECALL, 0, run_del },
    { "user info <account>", "user info <username>", RECALL, 0, run_info },
    { "passwd", NULL, RECALL, 0, run_passwd, .roles = ROLES_CONSOLE },
    { "passwd <account>", "passwd <username>", RECALL, 0, run_passwd_of },
    { "syslog follow", NULL, SEEN, 0, run_follow, .source = TAC_210530,
      .roles = ROLE_AUDIT },
    { "syslog search <text>", NULL, RECALL, 0, run_search,
      .roles = ROLE_AUDIT },
    { NULL },
};

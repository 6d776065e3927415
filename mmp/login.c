/*
 * Who is at the console.
 */
#include "mmp/login.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmp/print.h"
#include "pki/xalloc.h"
#include "services/journal.h"
#include "services/users.h"

/* "192.0.2.1 50022 192.0.2.2 22" */
static char *
peer(const char *connection)
{
    const char *address = connection, *port;
    size_t size, port_size;

    if (connection == NULL)
        return xstrdup("console");
    size = strcspn(address, " ");
    port = address + size + strspn(address + size, " ");
    port_size = strcspn(port, " ");
    return xasprintf("%.*s:%.*s", (int)size, address, (int)port_size, port);
}

/* Whoever may do everything anyway is not looked up by name, because that
   takes as long as the rest of a short command. */
static char *
system_user(void)
{
    const struct passwd *user = geteuid() != 0 ? getpwuid(geteuid()) : NULL;

    if (user != NULL)
        return xstrdup(user->pw_name);
    return geteuid() == 0 ? xstrdup("root")
                          : xasprintf("%u", (unsigned)geteuid());
}

/* ExposeAuthInfo of sshd_config(5): a line for each method that was used. */
static bool
by_password(void)
{
    const char *path = getenv("SSH_USER_AUTH");
    FILE *in = path != NULL ? fopen(path, "re") : NULL;
    char line[4096];
    bool found = false;

    if (in == NULL)
        return false;
    while (!found && fgets(line, sizeof(line), in) != NULL)
        found = strncmp(line, "password", 8) == 0;
    fclose(in);
    return found;
}

void
login_enforce(struct login *login, struct store *store)
{
    struct users *users = NULL;
    struct error error;

    login->enforced = true;
    free(login->serial);
    login->serial = NULL;
    if (users_load(store, &users, &error) == 0)
        login->serial = xstrdup(users_serial(users, login->user));
    users_free(users);
}

void
login_read(struct store *store, struct login *ret)
{
    /* Taken from the environment: looking it up costs as much as a short
       command, and without MMP_LOGIN nothing depends on it. */
    const char *name = getenv("LOGNAME");

    *ret = (struct login){ .from = peer(getenv("SSH_CONNECTION")) };
    ret->user = name != NULL ? xstrdup(name) : system_user();
    if (getenv("MMP_LOGIN") != NULL) {
        login_enforce(ret, store);
        ret->password = by_password();
    }
}

void
login_clear(struct login *login)
{
    free(login->user);
    free(login->serial);
    free(login->from);
    *login = (struct login){ 0 };
}

/* 0 for one who is gone, and if somebody else has the name now. */
static unsigned
role_of(const struct login *login, const struct users *users)
{
    return login->serial != NULL &&
                   strcmp(login->serial, users_serial(users, login->user)) == 0
               ? users_role(users, login->user)
               : 0;
}

unsigned
login_roles(struct session *session)
{
    const struct login *login = session->login;
    struct users *users = NULL;
    struct error error;
    unsigned role = 0;

    if (login == NULL || !login->enforced)
        return ~0U;
    if (users_load(session->store, &users, &error) == 0)
        role = role_of(login, users);
    users_free(users);
    return role == ROLE_ADMIN ? ~0U : role;
}

int
login_check(struct session *session, unsigned roles, struct error *error)
{
    if (roles == ROLES_ANYBODY || (login_roles(session) & (roles | ROLE_ADMIN)))
        return 0;
    return fail(error, E_ROLE, session->login->user);
}

void
login_note(struct session *session, const char *program, const char *command,
           enum phrase_id verdict)
{
    const struct dialect *dialect = session->dialect;
    const struct journal journal = { session->store,
                                     session_hostname(session) };
    const char *values[4];
    struct blob text = { 0 };
    struct timespec now;

    if (session->login == NULL)
        return;
    values[0] = session->login->user;
    values[1] = session->login->from;
    values[2] = command;
    values[3] = dialect->phrases[verdict].text;
    clock_gettime(CLOCK_REALTIME, &now);
    phrase_fill(&dialect->phrases[SAY_AUDIT], values, &text);
    journal_write(&journal, program, (const char *)text.data, &now);
    blob_clear(&text);
}

bool
login_must_change(struct session *session)
{
    struct users *users = NULL;
    struct error error;
    bool must = false;

    if (session->login == NULL || !session->login->password)
        return false;
    if (users_load(session->store, &users, &error) == 0)
        must = users_initial(users, session->login->user);
    users_free(users);
    return must;
}

static int
ask(struct session *session, enum phrase_id question, struct blob *ret,
    struct error *error)
{
    return session_ask(session, session->dialect->phrases[question].text, true,
                       ret, error);
}

int
login_ask_password(struct session *session, struct blob *ret,
                   struct error *error)
{
    struct blob first = { 0 }, again = { 0 };
    int r;

    r = ask(session, ASK_NEW_PASSWORD, &first, error);
    if (r == 0)
        r = ask(session, ASK_AGAIN, &again, error);
    /* A NUL byte would hide what follows it. */
    if (r == 0 && first.data != NULL &&
        memchr(first.data, '\0', first.size) != NULL)
        r = fail_detail(error, E_PASSWORD, "", "it has a NUL byte");
    if (r == 0 && (first.size != again.size || first.size == 0 ||
                   memcmp(first.data, again.data, first.size) != 0))
        r = fail_detail(error, E_PASSWORD, "",
                        first.size == 0 && again.size == 0
                            ? "it is empty"
                            : "the two are not the same");
    if (r == 0) {
        *ret = first;
        first = (struct blob){ 0 };
    }
    blob_clear(&first);
    blob_clear(&again);
    return r;
}

int
login_find(struct session *session, const char *user, struct error *error)
{
    struct users *users = NULL;
    int r = users_load(session->store, &users, error);

    if (r == 0)
        r = users_find(users, user, error);
    users_free(users);
    return r;
}

struct wish {
    const char *user, *password;
    bool initial;
};

static int
set_password(struct users *users, void *arg, struct error *error)
{
    const struct wish *wish = arg;

    if (wish->initial && !users_initial(users, wish->user))
        return fail(error, E_ROLE, wish->user);
    return users_set_password(users, wish->user, wish->password, error);
}

int
login_set_password(struct session *session, const char *user, bool initial,
                   struct error *error)
{
    struct blob password = { 0 };
    struct wish wish = { .user = user, .initial = initial };
    int r;

    if (login_find(session, user, error) != 0 ||
        login_ask_password(session, &password, error) != 0)
        return -1;
    wish.password = (const char *)password.data;
    r = users_change(session->store, set_password, &wish, error);
    blob_clear(&password);
    return r;
}

const char *
login_user(const struct session *session)
{
    return session->login != NULL ? session->login->user : "admin";
}

const char *
login_account(const struct session *session)
{
    return session->login != NULL && session->login->enforced
               ? session->login->user
               : "admin";
}

/*
 * The user at the console: who it is, from where, what they may do, and the
 * record of what they did.
 */
#ifndef MMP_LOGIN_H
#define MMP_LOGIN_H

#include <stdbool.h>

#include "mmp/session.h"

struct login {
    char *user;
    char *serial;  /* which user of that name (services/users.h) */
    char *from;    /* "192.0.2.1:50022", or "console" */
    bool enforced; /* the user's role in services/users.h applies; else whoever
                      can use the state directory is administrator */
    bool password; /* the login was by password */
};

/*
 * From the environment that sshd(8) sets: SSH_CONNECTION, and in the sessions
 * of our own server MMP_LOGIN, LOGNAME and SSH_USER_AUTH.
 */
void login_read(struct store *store, struct login *ret);
void login_clear(struct login *login);

/* From now on the role of the user who has this name now applies. */
void login_enforce(struct login *login, struct store *store);

/* Fails with E_ROLE unless the user has one of these roles or is administrator.
   The users are read each time, so a deleted one may do nothing from then on,
   even if somebody gets the same name. */
int login_check(struct session *session, unsigned roles, struct error *error);

/* The user's role; administrators have every bit. */
unsigned login_roles(struct session *session);

/* Notes a command; verdict is one of SAY_GRANTED, SAY_DENIED, SAY_UNKNOWN. */
void login_note(struct session *session, const char *program,
                const char *command, enum phrase_id verdict);

/* Has the user logged in with a password that must be changed first? */
bool login_must_change(struct session *session);

/* E_NO_USER unless there is one.  For before a question: nothing is asked for
   a step that would be refused. */
int login_find(struct session *session, const char *user, struct error *error);

/* Asks for a new password, twice.  E_PASSWORD if it is refused; E_CANCELLED. */
int login_ask_password(struct session *session, struct blob *ret,
                       struct error *error);

/* Asks for a user's new password and sets it; E_NO_USER before it asks.
   initial: E_ROLE if the user has another than the initial one by then. */
int login_set_password(struct session *session, const char *user, bool initial,
                       struct error *error);

/* What whoami shows. */
const char *login_user(const struct session *session);

/* Whose password passwd changes: the user, or "admin" for one that is not of
   services/users.h. */
const char *login_account(const struct session *session);

#endif

/*
 * Who is at the console and from where, what he may do, and the record of what
 * he did.
 */
#ifndef MMP_LOGIN_H
#define MMP_LOGIN_H

#include <stdbool.h>

#include "mmp/session.h"

struct login {
    char *user;
    char *from;    /* "192.0.2.1:50022", or "console" */
    bool enforced; /* the role of that user in services/users.h applies; else
                      anybody who can use the state directory is
                      administrator */
    bool password; /* he logged in with a password */
};

/*
 * From the environment that sshd(8) sets: SSH_CONNECTION, and in the sessions
 * of our own server MMP_LOGIN, LOGNAME and SSH_USER_AUTH.
 */
void login_read(struct login *ret);
void login_clear(struct login *login);

/* May he run what these roles and administrators may run?  The users are
   read each time, so that a deleted user may do nothing from then on.
   E_ROLE. */
int login_check(struct session *session, unsigned roles, struct error *error);

/* His role; administrators have every bit. */
unsigned login_roles(struct session *session);

/* Notes a command; verdict is one of SAY_GRANTED, SAY_DENIED, SAY_UNKNOWN. */
void login_note(struct session *session, const char *program,
                const char *command, enum phrase_id verdict);

/* Did he log in with a password that must be changed first? */
bool login_must_change(struct session *session);

/* Asks for a new password, twice.  E_PASSWORD if it will not do;
   E_CANCELLED. */
int login_ask_password(struct session *session, struct blob *ret,
                       struct error *error);

/* Asks for a new password and sets it, for himself or for another user. */
int login_set_password(struct session *session, const char *user,
                       struct error *error);

/* What whoami shows. */
const char *login_user(const struct session *session);

/* Whose password passwd changes; "admin" if he is no user of ours. */
const char *login_account(const struct session *session);

#endif

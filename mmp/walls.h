/*
 * Which rights the console gives up (services/confine.h), and what it has other
 * processes do instead.
 *
 * It gives them up before it reads a terminal or standard input; with one
 * command (-c), once it knows which.  From then on it can read its state
 * directory and what the C library, readline and OpenSSL read of the system,
 * but no other file; change nothing but its state directory; run no program;
 * and reach the supervisor and the system's log, but nobody over the network.
 *
 * The supervisor runs services, PostgreSQL and nginx among them, as other users
 * and on low ports, so it could not work behind these walls, which a child
 * inherits.  Therefore a process stays outside (services/starter.h).  It can
 * start the supervisor, with fixed arguments, and mmp-endpoint, to look at our
 * own listeners and to resolve names; those two have walls of their own.
 */
#ifndef MMP_WALLS_H
#define MMP_WALLS_H

#include "mmp/grammar.h"
#include "mmp/session.h"
#include "services/starter.h"

/* Without this, as in tests, walls_enter() does nothing. state: the path of
   the state directory. */
void walls_attach(struct session *session, const char *state);

/* Ends the process outside, and frees the rest. */
void walls_detach(struct session *session);

/*
 * This can not be undone; the second call does nothing. command: the only one
 * that will be run; NULL: any.  A kernel without Landlock or seccomp filters
 * does what it can.  -1: it failed, and no foreign file should be read.
 */
int walls_enter(struct session *session, const struct command *command,
                struct error *error);

/* mmp-endpoint, as a client; borrows from the session. */
enum walls_helper { WALLS_LOOK = 1, WALLS_RESOLVE };
struct helper walls_helper(struct session *session, enum walls_helper which);

#endif

/*
 * What the console gives up (services/confine.h), and what it then has others
 * do.
 *
 * It goes behind the walls before it reads a terminal or standard input; with
 * one command (-c), when it knows which.  It can read its state directory, what
 * the C library, readline and OpenSSL read of the system, and no other file;
 * change its state directory, and nothing else; run no program; and reach the
 * supervisor and the system's log, and nobody over the network.
 *
 * The supervisor runs services, PostgreSQL and nginx among them, as other users
 * and on low ports: it could not live behind these walls, which a child
 * inherits.  So a process is left outside (services/starter.h) that can start
 * it, with the arguments that it would have had, and mmp-endpoint, to look at
 * our own listeners and to ask for names; those two have walls of their own.
 */
#ifndef MMP_WALLS_H
#define MMP_WALLS_H

#include "mmp/grammar.h"
#include "mmp/session.h"
#include "services/starter.h"

/* From here on walls_enter() does something; without it, as in tests, nothing.
   state: the path of the state directory. */
void walls_attach(struct session *session, const char *state);

/* Ends what is left outside, and forgets the rest. */
void walls_detach(struct session *session);

/*
 * There is no way back, and the second time nothing happens.  command: the only
 * one that will be run; NULL: any.  On a kernel without Landlock or seccomp
 * filters the rest is done.  -1: it can not be done here and now, and nothing
 * of a stranger's should be touched.
 */
int walls_enter(struct session *session, const struct command *command,
                struct error *error);

/* mmp-endpoint, as a client; borrows from the session. */
enum walls_helper { WALLS_LOOK = 1, WALLS_RESOLVE };
struct helper walls_helper(struct session *session, enum walls_helper which);

#endif

/*
 * The guard starts a supervisor again that was killed by a signal, for example
 * by the kernel for want of memory.  It is the supervisor's parent, does
 * nothing but wait, and ends when the supervisor ends by itself.
 *
 * Whatever the guards do, there is one supervisor at a time, because its socket
 * has a lock (store_listen()).  A guard whose supervisor finds another one
 * ends.
 */
#ifndef SERVICES_GUARD_H
#define SERVICES_GUARD_H

#include <stdbool.h>

/* The exit status of a supervisor that could not begin, though there is no
   other one.  If one has run before, the guard tries again later. */
#define GUARD_AGAIN 75 /* EX_TEMPFAIL of sysexits.h */

/* In ms. */
#define GUARD_FIRST_DELAY 500  /* before it is started again */
#define GUARD_LAST_DELAY 30000 /* each is twice the one before */
#define GUARD_LONG_LIFE 60000  /* after which the delay is the first again */
#define GUARD_LOOK 5000        /* between looks at the state directory */

/*
 * Returns true in a child, which is to be the supervisor.  It has the caller's
 * signals; from the second child on, it has no standard streams.  If no process
 * can be made, returns true in the caller: a supervisor without a guard.
 *
 * Returns false in the caller in the end, with the exit status of the last
 * child in *status: if that ended by itself or by SIGTERM, SIGINT or SIGHUP
 * (which are passed on), if it was the first one and ended with any status, or
 * if the state directory has been removed, which ends a child by SIGTERM, too.
 */
bool guard_begin(const char *state, int *status);

#endif

/*
 * Who brings a supervisor back that has died of what it could not help: a
 * signal, which may be the kernel's for want of memory.  It is the supervisor's
 * parent, does nothing but wait, and ends with it when it ends by itself.
 *
 * There is one supervisor at a time whatever the guards do, as its socket has a
 * lock (store_listen()): a guard whose supervisor finds another one there ends.
 */
#ifndef SERVICES_GUARD_H
#define SERVICES_GUARD_H

#include <stdbool.h>

/* What a supervisor ends with that could not begin, though no other one is
   there: as it has run before, it may later. */
#define GUARD_AGAIN 75 /* EX_TEMPFAIL of sysexits.h */

/* In ms. */
#define GUARD_FIRST_DELAY 500  /* before it is started again */
#define GUARD_LAST_DELAY 30000 /* each is twice the one before */
#define GUARD_LONG_LIFE 60000  /* after which the delay is the first again */

/*
 * True in a child, which is to be the supervisor; it has the caller's signals
 * and, from the second on, no standard streams.  Without room for a process the
 * caller is the one, unguarded.
 *
 * False in the caller, in the end, with the exit status of the last child in
 * *status: when that has ended by itself, by SIGTERM, SIGINT or SIGHUP (which
 * are handed on), as the first with any status, or where there is no state
 * directory any more.
 */
bool guard_begin(const char *state, int *status);

#endif

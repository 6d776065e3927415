/*
 * A program that the supervisor keeps an eye on: what it prints is taken line
 * by line, it is killed when it does not end in time, and started again after
 * a while.  Nothing here waits.
 */
#ifndef SERVICES_CHILD_H
#define SERVICES_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "pki/error.h"
#include "services/spawn.h"
#include "services/waits.h"

#define CHILD_LINE 1024       /* bytes of a line, with its end */
#define CHILD_STOP 10000      /* ms for it to end by itself */
#define CHILD_DELAY 1000      /* ms before it is started again, then twice */
#define CHILD_MAX_DELAY 30000 /* as long each time up to this, */
#define CHILD_LIFE 60000      /* from the beginning after this life */

/* CHILD_NONE is one that does not run. */
struct child {
    pid_t pid; /* 0: none */
    int fd;    /* what it prints, or -1 */
    char line[CHILD_LINE];
    size_t got;
    bool ending;     /* it has been told to */
    long long due;   /* ending: kill it; no pid: start it again; 0: never */
    long long since; /* it runs */
    long long delay;
};
#define CHILD_NONE ((struct child){ .fd = -1 })

/* how->out is not looked at: the child's standard output is read here. */
int child_run(struct child *child, const struct spawn *how,
              struct error *error);

/* The next whole line of what it has printed, without its end; a line that is
   too long is left out. */
bool child_read(struct child *child, char ret[CHILD_LINE]);

/* Asks it to end, or no more to start it again. */
void child_stop(struct child *child);

/* Starts it again later: child_due() tells when. */
void child_put_off(struct child *child);

/* Has it ended, now?  Then it is reaped; *how as of waitpid(2).  What it has
   printed can still be read, until it runs again or is cleared. */
bool child_ended(struct child *child, int *how);

/* Kills it when it was told to end and has not; true: start it again. */
bool child_due(struct child *child, long long now);

void child_wait(const struct child *child, struct waits *waits);

/* Kills it at once, and reaps it. */
void child_clear(struct child *child);

#endif

/*
 * A program that the supervisor looks after: its output is read line by line,
 * it is killed if it does not end in time, and it is started again after a
 * delay. Nothing here blocks.
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

/* CHILD_NONE: a child that does not run. */
struct child {
    pid_t pid; /* 0: none */
    int fd;    /* its standard output, or -1 */
    char line[CHILD_LINE];
    size_t got;
    bool ending;     /* it was asked to end */
    long long due;   /* ending: when to kill it; no pid: when to start it again;
                        0: never */
    long long since; /* when it was started */
    long long delay; /* before the next start, ms */
};
#define CHILD_NONE ((struct child){ .fd = -1 })

/* Starts it.  how->out is ignored: the standard output is read here. */
int child_run(struct child *child, const struct spawn *how,
              struct error *error);

/* The next line that it has printed, without its end; false if there is none. A
   line that is too long is skipped. */
bool child_read(struct child *child, char ret[CHILD_LINE]);

/* Asks it to end; if it has ended, it is not started again. */
void child_stop(struct child *child);

/* It is to be started again after its delay: child_due() tells when. */
void child_put_off(struct child *child);

/* Reaps it if it has ended; *how: its status from waitpid(2).  Its output can
   still be read, until it is started again or cleared. */
bool child_ended(struct child *child, int *how);

/* Kills it if it did not end in time.  True if it is time to start it again. */
bool child_due(struct child *child, long long now);

void child_wait(const struct child *child, struct waits *waits);

/* Kills and reaps it. */
void child_clear(struct child *child);

#endif

/*
 * A service under supervision: its processes, and the phases that they go
 * through.  Each event moves a job; who waits for it is answered when it comes
 * to rest.
 *
 * What ends by itself is started again after a delay; see
 * services/supervisor.h, which is the only caller.
 *
 * The files of a job are looked at when it starts, and when one has changed.  A
 * definite answer ends it: a file is gone, is nothing that can be read, or does
 * not belong to what is presented.  A failure that may pass (error_may_pass())
 * does not: the job goes on with what it has, and they are looked at again,
 * after delays like those of a start.
 */
#ifndef SERVICES_JOB_H
#define SERVICES_JOB_H

#include <stdbool.h>

#include "services/backend.h"
#include "services/client.h"
#include "services/manager.h"
#include "services/waits.h"

enum job_phase { JOB_DOWN, JOB_STARTING, JOB_UP, JOB_STOPPING };

/* What a job does when its processes have ended. */
enum job_after {
    AFTER_REMOVE, /* it is forgotten */
    AFTER_START,  /* it starts, with the fresh plan if there is one */
    AFTER_RETRY,  /* it starts after its delay */
    AFTER_FAIL,   /* it stays down, and known */
};

struct job {
    struct job *next;
    struct unit unit;
    struct unit fresh; /* for the next start; name NULL: none */
    const struct backend *backend;
    struct process *processes; /* unit.count, while not down */
    enum job_phase phase;
    enum job_after after;
    bool kept;            /* a failing start is tried again */
    struct client *asker; /* who waits, or NULL */
    struct error error;   /* why it is not up; E_NONE */
    unsigned restarts;
    long long delay; /* ms */
    long long due;   /* of the phase: give up, kill, or start again */
    long long since; /* it is up */
    long long
        look; /* when its files are looked at again; 0: when one changes */
    long long look_delay; /* ms */
};

/* All of one supervisor.  Who has gone is freed: hold no job across a call
   that may end it. */
struct jobs {
    struct workplace workplace;
    const struct backend *backend; /* embedded where it can not */
    struct job *first;
    /* The plan of a service as it is configured now, as plan_make(). */
    int (*plan)(void *planner, const char *name, struct unit *ret,
                struct error *error);
    void *planner;
    long long (*clock)(void); /* waits_clock() */
    long long now;            /* by it, in ms, when the loop had waited */
};

#define JOB_READY 5000       /* ms for a service to answer */
#define JOB_KILL 3000        /* ms for a process to end by itself */
#define JOB_FIRST_DELAY 200  /* ms, before it is started again */
#define JOB_LAST_DELAY 30000 /* ms */
#define JOB_LONG_LIFE 60000  /* ms after which the delay is the first again */

/* NULL when there is none. */
struct job *job_find(const struct jobs *jobs, const char *name);

/* Is it on its way up or down? */
bool job_moves(const struct job *job);

/*
 * These take *unit over.  job_begin() starts it for who asks; job_keep() starts
 * it and never gives up.  When there is an error already, *unit is its name
 * only: it is planned and started later if that may pass, else not before it is
 * asked to.
 */
void job_begin(struct jobs *jobs, struct unit *unit, struct client *asker);
void job_keep(struct jobs *jobs, struct unit *unit, const struct error *error);

/* From the beginning, with another plan: without a stop where the backend can;
   an empty unit ends it. */
void job_renew(struct jobs *jobs, struct job *job, struct unit *unit,
               struct client *asker);

/* asker may be NULL. */
void job_end(struct jobs *jobs, struct job *job, struct client *asker);

/* Whoever waits is told that all is shut down. */
void jobs_end(struct jobs *jobs);

/* What `status` tells; job may be NULL. */
void job_status(const struct jobs *jobs, const struct job *job,
                struct unit_status *ret);

/* Events: children have ended; the files have changed; the loop has waited. */
void jobs_reap(struct jobs *jobs);
void jobs_check_files(struct jobs *jobs);
void jobs_serve(struct jobs *jobs, const struct waits *waits);

/* What they wait for. */
void jobs_wait(const struct jobs *jobs, struct waits *waits);

#endif

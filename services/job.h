/*
 * A job is a service under supervision: its processes, and the phases they go
 * through.  Events move it from one phase to the next.  The client that asked
 * for something gets its answer when the job comes to rest, up or down.
 *
 * A job that ends by itself is started again after a delay; the delays are in
 * services/supervisor.h.  The supervisor is the only caller.
 *
 * A job checks its files when it starts, and whenever one of them changes.  It
 * ends if a file is gone, cannot be read, or does not belong to what is
 * presented.  If the check itself fails for a reason that may pass
 * (error_may_pass()), the job keeps running and checks again after a delay.
 */
#ifndef SERVICES_JOB_H
#define SERVICES_JOB_H

#include <stdbool.h>

#include "services/backend.h"
#include "services/client.h"
#include "services/manager.h"
#include "services/waits.h"

enum job_phase { JOB_DOWN, JOB_STARTING, JOB_UP, JOB_STOPPING };

/* What happens to a job when its processes have ended. */
enum job_after {
    AFTER_REMOVE, /* it is removed */
    AFTER_START,  /* it starts, with the fresh plan if there is one */
    AFTER_RETRY,  /* it starts after its delay */
    AFTER_FAIL,   /* it stays down, and its error is kept for `status` */
};

struct job {
    struct job *next;
    struct unit unit;
    struct unit fresh; /* for the next start; name NULL: none */
    const struct backend *backend;
    struct process *processes; /* unit.count, while not down */
    enum job_phase phase;
    enum job_after after;
    bool kept;            /* if a start fails, it is tried again */
    struct client *asker; /* the client that waits for it, or NULL */
    struct error error;   /* why it is not up, or E_NONE */
    unsigned restarts;    /* since a command started it */
    long long delay;      /* before the next start, ms */
    /* Times by the clock of struct jobs, in ms: */
    long long due;   /* when to give up, to kill, or to start, by the phase */
    long long since; /* when it came up */
    long long look;  /* when to check its files again; 0: when one changes */
    long long look_delay; /* ms */
};

/* The jobs of a supervisor.  A removed job is freed: hold no pointer to one
   across a call that may remove it. */
struct jobs {
    struct workplace workplace;
    const struct backend *backend; /* backend_embedded runs what it cannot */
    struct job *first;
    /* Makes the plan of a service as it is configured now, see plan_make(). */
    int (*plan)(void *planner, const char *name, struct unit *ret,
                struct error *error);
    void *planner;            /* first argument of plan() */
    long long (*clock)(void); /* waits_clock() */
    long long now;            /* its time, ms, when the loop last woke up */
};

#define JOB_READY 5000       /* ms for a service to answer */
#define JOB_KILL 3000        /* ms for a process to end by itself */
#define JOB_FIRST_DELAY 200  /* ms, before the first new start */
#define JOB_LAST_DELAY 30000 /* ms; the delay doubles until then */
#define JOB_LONG_LIFE 60000  /* ms up, after which the first delay is used */

/* NULL if there is none. */
struct job *job_find(const struct jobs *jobs, const char *name);

/* Is it on its way up or down? */
bool job_moves(const struct job *job);

/*
 * Both take *unit over.  job_begin() starts a job that is removed if it does
 * not come up; asker gets the answer.  job_keep() starts one that is started
 * again and again until it comes up.  If planning it has failed already (error
 * is not E_NONE), *unit is only a name: a failure that may pass is tried again
 * later, any other leaves the job down until a client asks for it.
 */
void job_begin(struct jobs *jobs, struct unit *unit, struct client *asker);
void job_keep(struct jobs *jobs, struct unit *unit, const struct error *error);

/* Starts it anew with another plan, which it takes over; reloads instead if the
   backend can.  An empty plan ends it. */
void job_renew(struct jobs *jobs, struct job *job, struct unit *unit,
               struct client *asker);

/* Stops it for good; asker may be NULL. */
void job_end(struct jobs *jobs, struct job *job, struct client *asker);

/* Stops all for good.  Clients that wait are told that it is shutting down. */
void jobs_end(struct jobs *jobs);

/* What `status` tells of a job; job is NULL when there is none. */
void job_status(const struct jobs *jobs, const struct job *job,
                struct unit_status *ret);

/* To be called when children have ended, when files have changed, and after
   each wait of the loop. */
void jobs_reap(struct jobs *jobs);
void jobs_check_files(struct jobs *jobs);
void jobs_serve(struct jobs *jobs, const struct waits *waits);

/* Adds what the jobs wait for. */
void jobs_wait(const struct jobs *jobs, struct waits *waits);

#endif

/*
 * A backend runs services.  It is a constant struct in a file of its own,
 * services/backend_*.c, called by services/job.h only.  The interface suits
 * a process of our own per listener, a foreign server (nginx, prosody, coturn)
 * and systemd units alike.
 *
 * To add one: a file, an entry in backend.c, a line in mmp.cfg(5).
 */
#ifndef SERVICES_BACKEND_H
#define SERVICES_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/endpoint.h"

/* The endpoints of a service; made by plan_make() (services/plan.h). */
struct unit {
    char *name; /* of the service, with its tag */
    struct endpoint *endpoints;
    size_t count;
};

/*
 * One process of a running unit.  The supervisor closes fd, reaps pid, and
 * calls check() when there is something to read from fd or pid has ended.
 */
struct process {
    pid_t pid; /* 0: none, or not a child of ours */
    int fd;    /* -1: check() is called every few milliseconds instead, until
                  the unit answers */
};

/* What backends work with. */
struct workplace {
    const char *endpoint; /* the program mmp-endpoint */
    const char *state;    /* absolute path of the state directory */
    struct store *store;
};

struct backend {
    const char *name;
    /* Can it run that unit?  If not, the default backend does. */
    bool (*carries)(const struct unit *unit);
    /*
     * Starts all processes of a unit, and does not wait.  processes has room
     * for unit->count, all { 0, -1 }.  After a failure the caller stops those
     * that were started.
     */
    int (*start)(const struct workplace *workplace, const struct unit *unit,
                 struct process *processes, struct error *error);
    /* 1: all endpoints answer; 0: not yet; -1: one has failed. */
    int (*check)(const struct unit *unit, struct process *processes,
                 struct error *error);
    /* Asks the processes to end; the caller waits, then kills them.  Processes
       that are no children of ours have ended when it returns. */
    void (*stop)(const struct unit *unit, struct process *processes);
    /* Takes new keys and certificates without losing connections.  NULL: the
       unit is stopped and started instead. */
    int (*reload)(const struct workplace *workplace, const struct unit *unit,
                  struct process *processes, struct error *error);
    /* Removes the files that start() has written, when the unit has read them
       or has ended.  NULL: there are none. */
    void (*forget)(const struct workplace *workplace, const struct unit *unit);
    /* The same for all units, while none is running.  NULL: there are none. */
    void (*forget_all)(const struct workplace *workplace);
};

/* Removes what an earlier supervisor has left, of every backend. */
void backends_forget(const struct workplace *workplace);

/* NULL if there is none of that name. */
const struct backend *backend_find(const char *name);

extern const struct backend backend_embedded; /* the default */
extern const struct backend backend_nginx;

#endif

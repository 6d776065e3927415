/*
 * How a service is really run.  A backend is a constant struct in a file of
 * its own, services/backend_*.c; the supervisor (services/supervisor.h) is its
 * only caller.  It fits a process per listener of our own, a foreign server
 * (nginx, prosody, coturn, PostgreSQL) and systemd units alike.
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

/* All that one service runs: made by plan_make() (services/plan.h). */
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
    const char *endpoint; /* the program of one, mmp-endpoint */
    const char *state;    /* absolute path of the state directory */
    struct store *store;
};

struct backend {
    const char *name;
    /* Can it speak all that the unit wants?  Else the default backend does. */
    bool (*carries)(const struct unit *unit);
    /*
     * Starts all of a unit and does not wait.  processes has room for
     * unit->count, all { 0, -1 }; what stands there after a failure is stopped
     * by the supervisor.
     */
    int (*start)(const struct workplace *workplace, const struct unit *unit,
                 struct process *processes, struct error *error);
    /* 1: each endpoint answers; 0: not yet; -1: one never will, or no more. */
    int (*check)(const struct unit *unit, struct process *processes,
                 struct error *error);
    /* Asks the processes to end; the supervisor waits, then kills.  What is
       not a child of ours has ended when it returns. */
    void (*stop)(const struct unit *unit, struct process *processes);
    /* New keys and certificates without losing connections; NULL: it is
       stopped and started. */
    int (*reload)(const struct workplace *workplace, const struct unit *unit,
                  struct process *processes, struct error *error);
    /* Removes what start() has written, once the unit has read it or has ended;
       NULL: it writes nothing. */
    void (*forget)(const struct workplace *workplace, const struct unit *unit);
    /* The same of every unit, while none runs; NULL as well. */
    void (*forget_all)(const struct workplace *workplace);
};

/* At the start, for every backend: removes what an earlier supervisor left. */
void backends_forget(const struct workplace *workplace);

/* NULL when there is none of that name. */
const struct backend *backend_find(const char *name);

extern const struct backend backend_embedded; /* the default */
extern const struct backend backend_nginx;

#endif

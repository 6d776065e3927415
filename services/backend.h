/*
 * How a service is really run.  A backend is a constant struct in a file of
 * its own, services/backend_*.c; the supervisor (services/supervisor.h) is its
 * only caller.  It must fit a process per listener of our own, a foreign
 * server (nginx, prosody, coturn, PostgreSQL) and systemd units alike.
 */
#ifndef SERVICES_BACKEND_H
#define SERVICES_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "services/service.h"

/* One address to answer on, with what is presented there. */
struct endpoint {
    const char *name; /* of the listener */
    enum protocol protocol;
    char *address;     /* numeric, IPv4 or IPv6 */
    unsigned port;     /* as bound: with the port offset */
    struct blob key;   /* PEM; empty for plain protocols */
    struct blob chain; /* PEM: certificate first, then what is sent with it */
    struct blob trust; /* PEM: a client certificate is asked for; or empty */
    char *location;    /* of SPEAK_REDIRECT */
};

/* All that one service runs: made by plan_make() (services/plan.h). */
struct unit {
    char *name; /* of the service, with its tag */
    struct endpoint *endpoints;
    size_t count;
};

/*
 * A running unit, as the supervisor keeps it.  The backend starts processes in
 * the foreground, children of the supervisor, which reaps them.
 */
struct backend {
    const char *name;
    /*
     * Starts all of a unit; returns when each endpoint answers, or with none
     * left running.  pids has room for unit->count.
     */
    int (*start)(const struct unit *unit, pid_t *pids, struct error *error);
    /* Asks the processes to end; the supervisor waits, then kills. */
    void (*stop)(const struct unit *unit, const pid_t *pids);
    /* New keys and certificates without losing connections; NULL: restart. */
    int (*reload)(const struct unit *unit, const pid_t *pids,
                  struct error *error);
};

const struct backend *backend_find(const char *name);

#endif

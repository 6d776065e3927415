/*
 * Starts and stops services for a command.  It is a client of the supervisor
 * (services/supervisor.h), and starts one if none is running.
 *
 * Functions return 0, or -1 with the reason in *error.
 */
#ifndef SERVICES_MANAGER_H
#define SERVICES_MANAGER_H

#include <stdbool.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/database.h"
#include "services/starter.h"

struct manager;

enum unit_state {
    UNIT_STOPPED,
    UNIT_RUNNING,
    UNIT_FAILED,  /* its files have changed, or it cannot be started */
    UNIT_WAITING, /* it has crashed and will be started again */
};

struct unit_status {
    enum unit_state state;
    unsigned restarts; /* after crashes, since a command started it */
    unsigned wait;     /* UNIT_WAITING: seconds until then */
    struct error why;  /* of UNIT_FAILED and UNIT_WAITING, or why it is not
                          known whether it runs; else E_NONE */
};

/*
 * If no supervisor answers, program (NULL: our own binary) is run as
 * "mmp ARGUMENTS --on-demand"; arguments ends with NULL and must name the same
 * state directory and configuration.  That supervisor outlives us, is started
 * again if it is killed (services/guard.h), and ends when nothing is enabled
 * any more.  Strings are copied; the store must outlive the manager.
 */
struct manager *manager_new(struct store *store, const char *program,
                            char *const *arguments);
void manager_free(struct manager *manager);

/* The program that a starter needs to start the supervisor; borrowed. */
struct starter_program manager_program(struct manager *manager);

/* From now on the starter starts the supervisor, as programs[which]; it is
   borrowed. */
void manager_use(struct manager *manager, struct starter *starter,
                 size_t which);

/* Returns when the service answers, or with the reason why it does not. */
int manager_start(struct manager *manager, const char *name,
                  struct error *error);

/* Returns when all its processes have ended. */
int manager_stop(struct manager *manager, const char *name,
                 struct error *error);

int manager_restart(struct manager *manager, const char *name,
                    struct error *error);

/* Does not start a supervisor: without one everything is stopped, and ret->why
   says so (E_SUPERVISOR). */
int manager_status(struct manager *manager, const char *name,
                   struct unit_status *ret, struct error *error);

/* *outdated: after a restart it would run with other settings or files. */
int manager_compare(struct manager *manager, const char *name, bool *outdated,
                    struct error *error);

/* Ends the supervisor and everything that it runs. */
int manager_shutdown(struct manager *manager, struct error *error);

/* If there is a supervisor in the foreground, it stops everything and starts
   what is enabled; one on demand ends, as manager_wake() starts another. */
int manager_reboot(struct manager *manager, struct error *error);

/* Begins a step of the database cluster; returns when it has begun, or with the
   reason why it cannot.  host: for join and connect, else NULL. */
int manager_database(struct manager *manager, enum database_action action,
                     const char *host, struct error *error);

/* Without a supervisor: what the record says and no nodes; in a cluster also
   why there are none. */
int manager_database_status(struct manager *manager,
                            struct database_status *ret, struct error *error);

/* Makes sure that there is a supervisor.  A new one starts what is enabled;
   this returns when all of it answers or has failed. */
int manager_wake(struct manager *manager, struct error *error);

#endif

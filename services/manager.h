/*
 * Starting and stopping services, as a command sees it: a client of the
 * supervisor (services/supervisor.h), which it starts when it is not there.
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
    UNIT_FAILED,  /* files changed below it, or it can not be started */
    UNIT_WAITING, /* crashed, will be started again */
};

struct unit_status {
    enum unit_state state;
    unsigned restarts; /* after crashes, since it was started by a command */
    unsigned wait;     /* seconds, of UNIT_WAITING */
    struct error why;  /* of UNIT_FAILED and UNIT_WAITING, or why nothing is
                          known to run; else E_NONE */
};

/*
 * program: run as "mmp ARGUMENTS --on-demand" with the same state directory and
 * configuration (arguments, NULL at the end) when no supervisor answers; NULL
 * for our own binary.  It goes on when we end, is started again when it is
 * killed (services/guard.h), and ends when nothing is enabled any more. Strings
 * are copied, the store must outlive the manager.
 */
struct manager *manager_new(struct store *store, const char *program,
                            char *const *arguments);
void manager_free(struct manager *manager);

/* What starts the supervisor, borrowed, for a starter that is to do it. */
struct starter_program manager_program(struct manager *manager);

/* From here on the supervisor is started by programs[which] of the starter,
   which is borrowed. */
void manager_use(struct manager *manager, struct starter *starter,
                 size_t which);

/* Answers when the service answers, or says why it does not. */
int manager_start(struct manager *manager, const char *name,
                  struct error *error);

/* Answers when all of it has ended. */
int manager_stop(struct manager *manager, const char *name,
                 struct error *error);

int manager_restart(struct manager *manager, const char *name,
                    struct error *error);

/* Asks a supervisor that is there; without one everything is stopped, and why
   says so (E_SUPERVISOR). */
int manager_status(struct manager *manager, const char *name,
                   struct unit_status *ret, struct error *error);

/* Does it run with other settings or files than it would after a restart? */
int manager_compare(struct manager *manager, const char *name, bool *outdated,
                    struct error *error);

/* Ends the supervisor and all that it runs. */
int manager_shutdown(struct manager *manager, struct error *error);

/* Has the supervisor, when there is one, stop all and start what is enabled. */
int manager_reboot(struct manager *manager, struct error *error);

/*
 * Has the supervisor begin a step of the database cluster; answers when it has
 * begun, or why it can not.  host: of join and connect, else NULL.
 */
int manager_database(struct manager *manager, enum database_action action,
                     const char *host, struct error *error);

/* Without a supervisor: what the record says, no nodes, and in a cluster why
   there are none. */
int manager_database_status(struct manager *manager,
                            struct database_status *ret, struct error *error);

/* Makes sure that there is a supervisor: a new one starts what is enabled, and
   that answers, or will not, when this returns. */
int manager_wake(struct manager *manager, struct error *error);

#endif

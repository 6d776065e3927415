/*
 * What every command may need.  Tests replace single parts: the clock, the
 * answers to prompts, the output.
 */
#ifndef MMP_SESSION_H
#define MMP_SESSION_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "mmp/dialect.h"
#include "pki/blob.h"
#include "pki/error.h"
#include "pki/store.h"
#include "services/manager.h"
#include "services/settings.h"

struct login;
struct options;
struct service_commands;
struct walls;

/* What a session asks of the service manager (services/manager.h). */
enum control {
    CONTROL_START,
    CONTROL_STOP,
    CONTROL_RESTART,
    CONTROL_END,    /* everything that runs */
    CONTROL_REBOOT, /* the same, then starts what is enabled */
};

struct session {
    const struct dialect *dialect;
    const struct options *options;
    struct store *store;
    struct settings *settings;                 /* NULL until they are wanted */
    struct service_commands *service_commands; /* of mmp/cmd_service.c */
    FILE *out;
    bool over; /* the user wants to leave */

    time_t (*clock)(struct session *session);
    /* For session_ask(). */
    int (*ask)(struct session *session, const char *prompt, bool hidden,
               struct blob *answer, struct error *error);
    /* Has the user pressed Ctrl-C since the command began? */
    bool (*interrupted)(struct session *session);
    void *io; /* of the functions above */

    /* NULL: no service can be run.  service is NULL for CONTROL_END and
       CONTROL_REBOOT. */
    int (*control)(struct session *session, enum control what,
                   const char *service, struct error *error);
    int (*state)(struct session *session, const char *service,
                 struct unit_status *ret, struct error *error);
    /* The same for the database cluster.  If the second is NULL, its status
       is read from the record. */
    int (*database)(struct session *session, enum database_action action,
                    const char *host, struct error *error);
    int (*database_status)(struct session *session, struct database_status *ret,
                           struct error *error);
    struct manager *manager; /* of the four */
    struct walls *walls;     /* of mmp/walls.h */

    /* Who is at the console; NULL: nothing is refused or noted. */
    const struct login *login;
    unsigned roles; /* besides administrators, who may run the command */

    bool hints;    /* hints follow answers, and our own commands exist */
    bool alone;    /* one command is run, then the process ends */
    bool confined; /* nothing can be changed; see mmp/apart.h */
    bool json;     /* our own commands answer in JSON */
    int status;    /* for -e, if a failed command tells more than that */
};

/* Reads the settings, once, when a command first wants them. */
int session_settings(struct session *session, struct error *error);

/* Reads them again: another session may have changed them. */
int session_reload(struct session *session, struct error *error);

/* Reads them again.  E_FILE_USED if the file exists and an enabled service
   uses it; another failure if that can not be told. */
int session_check_unused(struct session *session, const char *name,
                         struct error *error);

/*
 * Read, change, write: session_begin() keeps other sessions out and reads the
 * settings, session_commit() saves them and session_abort() does not; both let
 * the others in again.  If the commit fails, nothing has changed.
 */
int session_begin(struct session *session, struct error *error);
int session_commit(struct session *session, struct error *error);
void session_abort(struct session *session);

/* Call the functions of struct session; E_SUPERVISOR if they are NULL. */
int session_control(struct session *session, enum control what,
                    const char *service, struct error *error);
int session_state(struct session *session, const char *service,
                  struct unit_status *ret, struct error *error);

int session_database(struct session *session, enum database_action action,
                     const char *host, struct error *error);
int session_database_status(struct session *session,
                            struct database_status *ret, struct error *error);

/* Frees what these functions and the commands have allocated. */
void session_clear(struct session *session);

/* The host name in the prompt, that of the last reboot.  Borrowed. */
const char *session_hostname(struct session *session);

/*
 * Asks on the console.  hidden: the answer is not shown, and never kept.
 * E_CANCELLED at the end of the input or on Ctrl-C; E_ROLE if the user may not
 * run the command any more by the time of the answer.  The caller clears *ret.
 */
int session_ask(struct session *session, const char *prompt, bool hidden,
                struct blob *ret, struct error *error);

/* Asks; E_CANCELLED unless the answer is exactly a capital Y. */
int session_confirm(struct session *session, enum phrase_id question,
                    struct error *error);
int session_confirm_text(struct session *session, const char *question,
                         struct error *error);

#endif

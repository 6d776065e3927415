/*
 * The process that runs the services of one state directory.  It starts what
 * is enabled when it starts, keeps it running, and takes requests on the
 * socket STATE/private/supervisor (store_listen()): one line each, answered by
 * one line (services/message.h), in the order of its own doing:
 *
 *     start NAME      answered when each endpoint answers; what runs is left
 *                     alone unless settings or files are others since
 *     restart NAME    reads the files anew; stops, then starts
 *     stop NAME       answered when all processes have ended
 *     status NAME
 *     compare NAME    answered by its status when it runs, but not as it would
 *                     after a restart; else ok
 *     shutdown        stops all; answered when the socket is free again
 *     reboot          stops all, then starts what is enabled; answered when
 *                     each answers or has failed
 *     await           answered when each that is enabled answers or has failed
 *     database ACTION [HOST]   answered when it has begun, see cluster.h
 *     database-status          answered by database_pack()
 *
 * What ends by itself is started again after 0.2 s, then twice as long each
 * time up to 30 s, from the beginning after 60 s of life; with the files as
 * they were when it was started.  When a key file no longer belongs to what is
 * presented, the service ends at once and stays so until a restart; while
 * nobody can tell, it goes on (services/job.h).
 */
#ifndef SERVICES_SUPERVISOR_H
#define SERVICES_SUPERVISOR_H

#include <stdbool.h>

#include "pki/error.h"
#include "services/backend.h"
#include "services/engine.h"
#include "services/plan.h"
#include "services/service.h"

#define SUPERVISOR_SOCKET "supervisor"
#define SUPERVISOR_IDLE 2 /* seconds with nothing to run, on demand */

struct supervision {
    const char *state;
    const char *endpoint; /* the program of one, mmp-endpoint */
    const struct interfaces *interfaces;
    const struct service *catalog;
    unsigned release;
    const struct backend *backend; /* embedded where it can not */
    bool on_demand;                /* ends when there is nothing to run */
    const struct engine *engine;   /* of the database cluster */
    const char *helpers;           /* the directory of its helper programs */
    const char *database_user;     /* whom root runs databases as */
    unsigned schema;               /* the version that the release wants */
};

/*
 * Returns 0 after shutdown, SIGTERM, SIGINT, SIGHUP, or idle; -1 when it can
 * not begin: E_BUSY when another one runs.
 */
int supervisor_run(const struct supervision *supervision, struct error *error);

#endif

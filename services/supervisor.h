/*
 * The process that runs the services of one state directory.  It starts what is
 * enabled, keeps it running, and takes requests on the socket
 * STATE/private/supervisor (store_listen()).  A request is a line, and so is
 * its answer (services/message.h); answers come as soon as they are known, not
 * in the order of the requests:
 *
 *     start NAME      answered when each endpoint answers; a service that runs
 *                     is left alone unless its settings or files have changed
 *     restart NAME    reads the files anew; stops, then starts
 *     stop NAME       answered when all processes have ended
 *     status NAME
 *     compare NAME    answered by its status if it runs otherwise than it would
 *                     after a restart, else by ok
 *     shutdown        stops all; answered when the socket is free again
 *     reboot          in the foreground: stops all, then starts what is
 *                     enabled; answered when each service answers or has
 *                     failed.  On demand: as shutdown, and the next supervisor
 *                     reads the configuration anew
 *     await           answered when each enabled service answers or has failed
 *     database ACTION [HOST]   answered when it has begun, see cluster.h
 *     database-status          answered by database_pack()
 *
 * A service that ends by itself is started again, with the files it had, after
 * 0.2 s; the delay doubles up to 30 s, and starts anew after 60 s of life.  If
 * a key file no longer belongs to what is presented, the service ends at once
 * and stays down until a restart; as long as that cannot be told, it runs on
 * (services/job.h).
 */
#ifndef SERVICES_SUPERVISOR_H
#define SERVICES_SUPERVISOR_H

#include <stdbool.h>

#include "pki/error.h"
#include "services/backend.h"
#include "services/engine.h"
#include "services/interfaces.h"
#include "services/service.h"

#define SUPERVISOR_SOCKET "supervisor"
#define SUPERVISOR_IDLE 2 /* seconds with nothing to run, if on_demand */

struct supervision {
    const char *state;
    const char *endpoint; /* the program mmp-endpoint */
    const struct interfaces *interfaces;
    const struct service *catalog;
    unsigned release;
    const struct backend *backend; /* backend_embedded runs what it cannot */
    bool on_demand;                /* ends when there is nothing to run */
    const struct engine *engine;   /* of the database cluster */
    const char *helpers;           /* the directory of its helper programs */
    const char *database_user;     /* if we are root, databases run as it */
    unsigned schema;               /* the version that the release wants */
};

/*
 * Returns 0 after a shutdown, SIGTERM, SIGINT, SIGHUP, or SUPERVISOR_IDLE; -1
 * if it cannot begin, as when another one is running (E_SUPERVISOR).
 */
int supervisor_run(const struct supervision *supervision, struct error *error);

#endif

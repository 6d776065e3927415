/*
 * This node of the database cluster.  It is the part of the supervisor that
 * runs an engine (services/engine.h), carries out the steps of database
 * commands, and keeps the record of them (services/database.h).  It works in
 * the supervisor's poll loop; what takes time is done by child processes.
 *
 * A step that was under way when a supervisor died is begun again by the next
 * one.  A node that is part of a cluster is started with the supervisor.
 */
#ifndef SERVICES_CLUSTER_H
#define SERVICES_CLUSTER_H

#include <stdbool.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/database.h"
#include "services/engine.h"
#include "services/interfaces.h"
#include "services/waits.h"

/* How it is run; all is borrowed. */
struct clustering {
    struct store *store;
    const char *state;   /* absolute path of the state directory */
    const char *helpers; /* the directory of our own helper programs */
    const char *user;    /* if we are root, databases run as it */
    const struct interfaces *interfaces;
    const struct engine *engine;
    unsigned schema; /* the version that this release wants */
};

struct cluster;

/* Never fails: if the record cannot be read, cluster_status() says so. */
struct cluster *cluster_new(const struct clustering *how);
/* Kills what runs, if cluster_is_down() does not hold yet. */
void cluster_free(struct cluster *cluster);

/* Starts what the record says.  If a file that it needs cannot be read for a
   reason that may pass, tries again later. */
void cluster_start(struct cluster *cluster);

/* Stops all processes; the record stays. */
void cluster_stop(struct cluster *cluster);
bool cluster_is_down(const struct cluster *cluster);

/* Is there something to run?  Then the supervisor does not end by itself. */
bool cluster_is_active(const struct cluster *cluster);

/*
 * Begins an action.  0: it has begun; 1: that is not decided yet, and
 * cluster_decided() will tell.  host: for join and connect, else "".
 */
int cluster_begin(struct cluster *cluster, enum database_action action,
                  const char *host, struct error *error);

/* Returns true once for each 1 of cluster_begin(), when it has been decided;
   ret->code is E_NONE if the action has begun. */
bool cluster_decided(struct cluster *cluster, struct error *ret);

int cluster_status(struct cluster *cluster, struct database_status *ret,
                   struct error *error);

/* To be called in each turn of the loop, before and after the wait, and when a
   child has ended. */
void cluster_wait(const struct cluster *cluster, struct waits *waits);
void cluster_serve(struct cluster *cluster, const struct waits *waits);
void cluster_reap(struct cluster *cluster);

#endif

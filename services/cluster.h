/*
 * This node in the database cluster: the part of the supervisor that runs an
 * engine (services/engine.h), carries the steps of database commands out, and
 * keeps the record of them (services/database.h).  All in the supervisor's
 * poll loop: what takes time is a child process.
 *
 * What was under way when the supervisor died is begun again with the next
 * one; what is part of a cluster is started.
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
    const char *user;    /* whom root runs databases as */
    const struct interfaces *interfaces;
    const struct engine *engine;
    unsigned schema; /* the version that this release wants */
};

struct cluster;

/* Never fails: what is wrong with the record is told to whoever asks. */
struct cluster *cluster_new(const struct clustering *how);
/* After cluster_is_down(), or in a hurry: what runs is then killed. */
void cluster_free(struct cluster *cluster);

/* Starts what the record says; later, while what that needs can not be read. */
void cluster_start(struct cluster *cluster);

/* Stops all processes, and leaves the record as it is. */
void cluster_stop(struct cluster *cluster);
bool cluster_is_down(const struct cluster *cluster);

/* Is there something to run?  Then the supervisor stays. */
bool cluster_is_active(const struct cluster *cluster);

/*
 * Begins an action.  1: not decided yet; cluster_decided() tells later.  host:
 * of join and connect, else "".
 */
int cluster_begin(struct cluster *cluster, enum database_action action,
                  const char *host, struct error *error);

/* Once for each 1 of cluster_begin(): error->code is E_NONE when it has begun.
 */
bool cluster_decided(struct cluster *cluster, struct error *ret);

int cluster_status(struct cluster *cluster, struct database_status *ret,
                   struct error *error);

/* In each turn of the loop; children: one may have ended. */
void cluster_wait(const struct cluster *cluster, struct waits *waits);
void cluster_serve(struct cluster *cluster, const struct waits *waits);
void cluster_reap(struct cluster *cluster);

#endif

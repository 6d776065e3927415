/*
 * What the engine of a node works with: the service user, its directory and the
 * files in it, and, besides the record, the secret and the members of the
 * cluster.
 */
#ifndef SERVICES_ENGINE_HOME_H
#define SERVICES_ENGINE_HOME_H

#include <stdbool.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/engine.h"
#include "services/spawn.h"

struct engine_home {
    struct store *store;   /* borrowed, as the next three */
    const char *helpers;   /* the directory of our own helper programs */
    const char *user_name; /* if we are root, databases run as it */
    const struct engine *engine;
    unsigned schema; /* the version that this release wants */
    char *directory; /* absolute */
    struct run_as user;
    char address[DATABASE_ADDRESS]; /* the node's own */
    char secret[ENGINE_SECRET];
    char *members; /* addresses with commas between */
};

/* state: the absolute path of the state directory. */
void engine_home_begin(struct engine_home *home, const char *state);
void engine_home_clear(struct engine_home *home);

/* Finds the service user. */
int engine_home_enter(struct engine_home *home, struct error *error);

/*
 * Checks that an engine can run here: its programs, the user, a path that its
 * files can contain; if it listens, also its ports on the node's address
 * (E_LISTEN).
 */
int engine_home_check(struct engine_home *home, bool listens,
                      struct error *error);

/* Begins a cluster of one node: makes a secret. */
int engine_home_found(struct engine_home *home, struct error *error);

/* Takes the members from an answer; member: this node is one.  True if they
   have changed. */
bool engine_home_meet(struct engine_home *home,
                      const struct engine_answer *answer, bool member);

/* Load, save and remove the private file with secret and members. */
int engine_home_load(struct engine_home *home, struct error *error);
int engine_home_save(const struct engine_home *home, struct error *error);
void engine_home_forget(const struct engine_home *home);

/* Borrows from home. */
struct engine_node engine_home_node(const struct engine_home *home);

/* Makes the directory and its files anew, from the store, for the user. */
int engine_home_lend(const struct engine_home *home, struct error *error);

#endif

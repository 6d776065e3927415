/*
 * Where the engine of a node lives: the service user, the directory that is
 * lent to it, the files in it, and what is kept of the cluster beside the
 * record: its secret, and who is in it.
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
    const char *user_name; /* whom root runs databases as */
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
 * Can an engine live here?  Its programs, the user, a path that its files can
 * name; and, listens: its ports on the node's address, E_LISTEN.
 */
int engine_home_check(struct engine_home *home, bool listens,
                      struct error *error);

/* Of a cluster of one node: makes a secret. */
int engine_home_found(struct engine_home *home, struct error *error);

/* The nodes of an answer and, member, this one; true when that is new. */
bool engine_home_meet(struct engine_home *home,
                      const struct engine_answer *answer, bool member);

/* Secret and members, in a private file. */
int engine_home_load(struct engine_home *home, struct error *error);
int engine_home_save(const struct engine_home *home, struct error *error);
void engine_home_forget(const struct engine_home *home);

/* Borrows. */
struct engine_node engine_home_node(const struct engine_home *home);

/* Makes the directory and its files anew: the store is the truth. */
int engine_home_lend(const struct engine_home *home, struct error *error);

#endif

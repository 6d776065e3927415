/*
 * The database cluster as one node knows it: the certificates that it was
 * given, what it is in the cluster, and how its last command went.
 *
 * The console (mmp/cmd_database.c) checks and asks; the supervisor carries the
 * long steps out (services/cluster.h) and is the only one that saves a record.
 * A step is asked for through manager_database(), which answers when it has
 * begun; manager_database_status() shows how it goes on.
 */
#ifndef SERVICES_DATABASE_H
#define SERVICES_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "pki/store.h"
#include "services/settings.h"

#define DATABASE_NODES 5    /* with a database of their own, in one cluster */
#define DATABASE_PORT 5432  /* of PostgreSQL, on the node's own address */
#define DATABASE_ADDRESS 64 /* bytes of a host name or address, with its end   \
                             */

/*
 * Settings: "database.interface" as it was typed, and the names of the files
 * as they were typed, in this order and spelling.
 */
enum database_file {
    DATABASE_SERVER_KEY,
    DATABASE_SERVER_CERT,
    DATABASE_CLIENT_KEY,
    DATABASE_CLIENT_CERT,
    DATABASE_CA_CERT,
    DATABASE_FILES,
};

/* "database.server_key", ... */
const char *database_setting(enum database_file file);

/* Of the copies in the private area, mode 0600: "database-server.key", ... */
const char *database_copy(enum database_file file);

/*
 * Checks the files and keeps copies of them; their names go into the settings
 * in the same step.  names: in the order above, the first two NULL for a node
 * without a database of its own; all NULL: there are none any more.  The
 * pairs match, both chain to the CA, nothing has expired, the client's CN is
 * "postgres" and the extended key usages, where there are any, fit.  The
 * failure names the file.  E_ENABLED while the node is part of a cluster.
 */
int database_set_certs(struct store *store, struct settings *settings,
                       const char *const names[DATABASE_FILES], time_t now,
                       struct error *error);

/* What this node is. */
enum database_role {
    DATABASE_NONE,   /* its database, if it has one, is its own */
    DATABASE_MEMBER, /* part of a cluster, with a database */
    DATABASE_CLIENT, /* uses a cluster */
};

enum database_action {
    DATABASE_NO_ACTION,
    DATABASE_INITIALIZE,
    DATABASE_JOIN,
    DATABASE_CONNECT,
    DATABASE_REMOVE,
    DATABASE_UPGRADE_SCHEMA,
    DATABASE_CLEAR_ERROR,
    DATABASE_ACTIONS,
};

/* As it is typed behind "database cluster": "initialize", "join", ... */
const char *database_verb(enum database_action action);

enum database_outcome {
    DATABASE_NOTHING_DONE,
    DATABASE_IN_PROGRESS,
    DATABASE_SUCCESS,
    DATABASE_FAILED,
};

/* What the supervisor keeps, in the private file DATABASE_RECORD. */
struct database_record {
    enum database_role role;
    char address[DATABASE_ADDRESS]; /* own, numeric; "" when DATABASE_NONE */
    char peer[DATABASE_ADDRESS];    /* whom it joined or connected to, or "" */
    enum database_action last;      /* the last command, and its argument */
    char argument[DATABASE_ADDRESS + 8];
    enum database_outcome outcome;
    struct error why; /* of DATABASE_FAILED, until clear_error */
};

#define DATABASE_RECORD "database"

/* A file that is not there is a record of nothing. */
int database_load(struct store *store, struct database_record *ret,
                  struct error *error);
int database_save(struct store *store, const struct database_record *record,
                  struct error *error);

/* A node as it is seen from here. */
struct database_node {
    char address[DATABASE_ADDRESS];
    bool me;
    bool connected;
    bool primary;
    bool in_sync; /* of a replica */
};

struct database_status {
    struct database_record record;
    struct database_node nodes[DATABASE_NODES];
    size_t count;
    char in_use[DATABASE_ADDRESS]; /* the primary, or "" */
};

/*
 * May the action be begun now?  By the record and the settings only: E_ENABLED
 * on an active node, E_DISABLED where there is none, E_NOT_SET without
 * certificates or interface.  The console asks before it wants a
 * confirmation, the supervisor asks again.
 */
int database_allowed(struct store *store, const struct settings *settings,
                     const struct database_record *record,
                     enum database_action action, struct error *error);

/* Between the supervisor and a command, as in services/message.h: a line. */
void database_pack(const struct database_status *status, struct blob *ret);
int database_unpack(const char *line, struct database_status *ret,
                    struct error *error);

#endif

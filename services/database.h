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
#include "services/interfaces.h"
#include "services/settings.h"

/* As the console names it, and a failure of it: its subject. */
#define DATABASE_TITLE "database cluster"

#define DATABASE_NODES 5    /* with a database of their own, in one cluster */
#define DATABASE_PORT 5432  /* of PostgreSQL, on the node's own address */
#define DATABASE_ADDRESS 64 /* bytes of a numeric address, with its end */
#define DATABASE_HOST 264   /* of a host as it is typed, with [] and port */

/*
 * Settings: DATABASE_INTERFACE as it was typed, and the names of the files
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

/* A key with its certificate, and what they are for. */
struct database_pair {
    enum database_file key, cert;
    const char *cn; /* of the certificate; NULL: any */
    unsigned usage; /* DIAGNOSE_SERVER and so on, pki/diagnose.h */
};

enum { DATABASE_SERVER_PAIR, DATABASE_CLIENT_PAIR, DATABASE_PAIRS };
extern const struct database_pair database_pairs[DATABASE_PAIRS];

/*
 * Checks the files, keeps copies of them, written anew as PEM, and puts their
 * names into the settings, all in one step.  names: in the order above; the
 * first two are NULL for a node without a database of its own; all NULL removes
 * them.
 *
 * Both pairs must match and chain to the CA, all must be valid now, the
 * client's CN must be DATABASE_USER, and extended key usages, if there are any,
 * must fit. The error names the file.  E_CLUSTERED while the node is part of a
 * cluster, E_WORKING while a step is under way.
 */
#define DATABASE_USER "postgres"
int database_set_certs(struct store *store,
                       const char *const names[DATABASE_FILES], time_t now,
                       struct error *error);

/* Compares a copy with the file of that name now.  The cluster works with the
   copy in any case. */
enum copy_state {
    COPY_ALONE, /* there is no file any more, or no copy that can be read */
    COPY_SAME,
    COPY_DIFFERS
};
enum copy_state database_copy_state(struct store *store,
                                    const struct settings *settings,
                                    enum database_file file);

/* E_CERT_EXPIRED and E_CERT_NOT_YET of a copy, by the name that was typed. */
int database_check_valid(struct store *store, const struct settings *settings,
                         time_t now, struct error *error);

/* The notAfter of a certificate's copy, or of the first one of the CA's.
   E_NO_FILE if there is no copy; E_NOT_CERT for a key.  It parses foreign
   bytes, so call it in a worker (services/worker.h). */
int database_expiry(struct store *store, enum database_file file, time_t *ret,
                    struct error *error);

/* Sets the interface of the cluster, as it was typed.  E_CLUSTERED, E_WORKING.
 */
#define DATABASE_INTERFACE "database.interface"
int database_set_interface(struct store *store, const char *interface,
                           struct error *error);

/*
 * The address that stands for what was typed: "a", "ipv4:a", "ipv6:a", or an
 * address.  E_NO_INTERFACE for another word, E_NO_ADDRESS when the interface
 * has none, or none of that family.
 */
int database_resolve(const struct interfaces *interfaces, const char *typed,
                     char ret[DATABASE_ADDRESS], struct error *error);

enum database_role {
    DATABASE_NONE,   /* in no cluster */
    DATABASE_MEMBER, /* part of a cluster, with a database of its own */
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

/* The word after "database cluster": "initialize", "join", ... */
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
    char address[DATABASE_ADDRESS]; /* its own, numeric; or "" */
    char peer[DATABASE_HOST];       /* the host of join or connect, or "" */
    enum database_action last;      /* the last command */
    char argument[DATABASE_HOST];   /* its argument, or "" */
    enum database_outcome outcome;
    struct error why; /* of DATABASE_FAILED, until clear_error */
};

#define DATABASE_RECORD "database"

/*
 * A file that is not there is a record of nothing.  E_DAMAGED names what is
 * wrong in one that a hand has changed.  A reason's code is kept by its name:
 * those that a step ends with have one, any other comes back as E_DATABASE.
 */
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

/* E_CLUSTERED and E_WORKING: may certificates and interface be changed? */
int database_check_free(struct store *store, struct error *error);

/* The last command as it was typed, "database cluster join 192.0.2.1"; free()
   it. */
char *database_command(const struct database_record *record);

/*
 * May the action be begun now?  By the record and the settings only: E_WORKING
 * while another goes on, E_CLUSTERED on an active node, E_NOT_CLUSTERED where
 * there is none, E_NOT_SET without certificates or interface, E_UNCLEARED for
 * upgrade_schema after a failure.  The console asks before it wants a
 * confirmation, the supervisor asks again.
 */
int database_allowed(struct store *store, const struct settings *settings,
                     const struct database_record *record,
                     enum database_action action, struct error *error);

/*
 * Between the supervisor and a command: a line with its end, shorter than
 * MESSAGE_MAX; see services/message.h.  Unpacking fails with what a line of
 * message_error() says, or E_SUPERVISOR when it is none of ours.
 */
void database_pack(const struct database_status *status, struct blob *ret);
int database_unpack(const char *line, struct database_status *ret,
                    struct error *error);

#endif

/*
 * An engine replicates the database of a node and fails over.  It is a constant
 * struct in a file of its own, services/engine_*.c; the cluster
 * (services/cluster.h) is its only caller.
 *
 * An engine does nothing by itself.  It says which files it needs in its
 * directory, STATE/database, and which programs are to be run there: in the
 * foreground, as the service user.  They print lines:
 *
 *     ok
 *     met<TAB>SECRET<TAB>ADDRESS...      may this node join?  It may; the
 *                                        cluster's secret, and its nodes
 *     nodes<TAB>PRIMARY<TAB>ADDRESS<TAB>FLAGS...   what is seen now: a 0 or 1
 *                                        for connected, primary, in sync
 *     failed<TAB>CODE<TAB>SUBJECT<TAB>DETAIL       CODE as in engine.c
 */
#ifndef SERVICES_ENGINE_H
#define SERVICES_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "services/database.h"

#define ENGINE_DIRECTORY "database" /* below the state directory */
#define ENGINE_SECRET 65            /* bytes of a secret, with its end */

/* All that an engine knows of its node; strings are borrowed. */
struct engine_node {
    const char *directory; /* absolute */
    const char *helpers;   /* the directory of our own helper programs */
    const char *user;      /* the name of the service user */
    const char *address;   /* its own, numeric */
    const char *secret;    /* the cluster's, or "" */
    const char *members;   /* the nodes known last, with commas between */
    unsigned schema;       /* the version that this release wants */
};

/* A file in the directory. */
struct engine_file {
    const char *name; /* static */
    mode_t mode;
    struct blob text;
};

struct engine {
    const char *name;
    /* E_NO_PROGRAM if a program that it runs is not installed. */
    int (*installed)(struct error *error);
    /* The i-th file that it needs besides the certificates; false after the
       last.  The caller clears ret->text. */
    bool (*file)(const struct engine_node *node, size_t i,
                 struct engine_file *ret);
    /* TCP ports that it listens on, on the node's address; 0 at the end. */
    const unsigned *ports;
    /* Names of what it keeps in the directory, NULL at the end: of the cluster
       and of the database. */
    const char *const *group, *const *data;

    /* The commands to run; the caller calls engine_free(). */
    char **(*start)(const struct engine_node *node); /* until SIGTERM */
    char **(*watch)(
        const struct engine_node *node);           /* nodes, again and again */
    char **(*use)(const struct engine_node *node); /* the same of a client */
    char **(*meet)(const struct engine_node *node, const char *host);
    char **(*found)(const struct engine_node *node); /* the first node */
    char **(*upgrade)(const struct engine_node *node);
    /* pid: of the program of start(). */
    char **(*leave)(const struct engine_node *node, pid_t pid);
};

extern const struct engine engine_patroni;

/* Copies the words, NULL at the end. */
char **engine_command(const char *const *words);
void engine_free(char **command);

enum engine_word { ENGINE_OK, ENGINE_MET, ENGINE_NODES, ENGINE_FAILED };

struct engine_answer {
    enum engine_word word;
    char secret[ENGINE_SECRET];                 /* of ENGINE_MET */
    char primary[DATABASE_ADDRESS];             /* of ENGINE_NODES, or "" */
    struct database_node nodes[DATABASE_NODES]; /* of both; me is not set */
    size_t count;
    struct error why; /* of ENGINE_FAILED */
};

/* Reads a line without its end; false if it is none of those above. */
bool engine_parse(const char *line, struct engine_answer *ret);

#endif

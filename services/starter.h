/*
 * A small process that keeps its rights, and starts programs for another one
 * that gives up its own (services/confine.h).  The programs and their arguments
 * are fixed before that.  A request can only choose one of them, and append
 * words that the program's allows() accepts.  The starter reads nothing else,
 * and ends when the other process does.
 */
#ifndef SERVICES_STARTER_H
#define SERVICES_STARTER_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/blob.h"
#include "pki/error.h"

struct starter;

/* Borrowed until the starter has been made. */
struct starter_program {
    const char *program;
    char *const *argv; /* NULL at the end; at most STARTER_FIXED words */
    bool detached;     /* it outlives us, and nobody waits for its end */
    /* Says whether the appended words are acceptable.  NULL: there may be
       none. */
    bool (*allows)(const void *arg, char *const *words, size_t count);
    const void *arg;
};

#define STARTER_PROGRAMS 4
#define STARTER_FIXED 12  /* words of a program's own argv */
#define STARTER_WORDS 4   /* appended ones */
#define STARTER_SIZE 1024 /* bytes of all appended words, with their NULs */

int starter_new(const struct starter_program *programs, size_t n,
                struct starter **ret, struct error *error);

/* Ends the process, but not what it has started.  starter may be NULL. */
void starter_free(struct starter *starter);

/*
 * Starts programs[which] with words appended to its own.  out becomes its
 * standard output, or its standard error if it is detached, and is closed here.
 *
 * If it is detached, *ret becomes readable when it has ended (pidfd_open(2)),
 * and the caller closes it; -1 if that cannot be told.  Otherwise ret is NULL;
 * the caller reads the other end of out to its end and then calls
 * starter_ended().
 */
int starter_run(struct starter *starter, size_t which, char *const *words,
                size_t count, int out, int *ret, struct error *error);

/* Waits until the program has ended.  E_IO if it could not be started, or did
   not end with status 0. */
int starter_ended(struct starter *starter, struct error *error);

/* A program that is run for its output. */
struct helper {
    struct starter_program program;
    struct starter *starter; /* runs it as programs[which]; NULL: we run it */
    size_t which;
};

/* Runs it with words appended to its own, and appends what it prints to *ret,
   which the caller clears in any case.  E_IO if it does not end with status
   0. */
int helper_ask(const struct helper *helper, char *const *words, size_t count,
               struct blob *ret, struct error *error);

#endif

/*
 * A small process beside one that gives up its rights (services/confine.h): it
 * keeps them, and starts programs for it.  Which ones, and with which words, it
 * was told before; of what it is asked for later it takes nothing but words at
 * the end of those, after a look at them.  It reads nothing else, and ends when
 * the other one does.
 */
#ifndef SERVICES_STARTER_H
#define SERVICES_STARTER_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/blob.h"
#include "pki/error.h"

struct starter;

/* Borrowed until the starter has been made; argv has at most 12 words. */
struct starter_program {
    const char *program;
    char *const *argv; /* NULL at the end */
    bool detached;     /* it goes on, and nobody waits for its end */
    /* Are the words that are to follow acceptable?  NULL: there are none. */
    bool (*allows)(const void *arg, char *const *words, size_t count);
    const void *arg;
};

#define STARTER_PROGRAMS 4
#define STARTER_WORDS 4
#define STARTER_SIZE 1024 /* of all words, with their ends */

int starter_new(const struct starter_program *programs, size_t n,
                struct starter **ret, struct error *error);

/* NULL will do.  Ends the process, not what it has started. */
void starter_free(struct starter *starter);

/*
 * Starts programs[which], with the words behind its own; out becomes its
 * standard output, or if it is detached its standard error, and is closed here.
 *
 * Detached: *ret becomes readable when it has ended (pidfd_open(2)), and is the
 * caller's to close; -1: that can not be told.  Else ret is NULL, the caller
 * reads the other end of out to its end, and then asks starter_ended().
 */
int starter_run(struct starter *starter, size_t which, char *const *words,
                size_t count, int out, int *ret, struct error *error);

/* Waits for the end of what was started.  E_IO when it could not be started, or
   did not end well. */
int starter_ended(struct starter *starter, struct error *error);

/* A program that is run for its output. */
struct helper {
    struct starter_program program;
    struct starter *starter; /* that has it as programs[which]; NULL: we do */
    size_t which;
};

/* Appends what it prints, with the words behind its own.  E_IO when it does not
   end well; the caller clears *ret. */
int helper_ask(const struct helper *helper, char *const *words, size_t count,
               struct blob *ret, struct error *error);

#endif

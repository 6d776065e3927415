/*
 * What happened, for administrators to read: a file of the private area,
 * rotated by size, and the system's own log.  Times are UTC.
 *
 * The appliance has a log and an audit log.  All that we note is what users
 * did, so that both are this one file: each line is written once, which a
 * command waits for.
 */
#ifndef SERVICES_JOURNAL_H
#define SERVICES_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "pki/store.h"

#define JOURNAL_FILE "audit"
#define JOURNAL_LIMIT ((uint64_t)1 << 20) /* bytes; of one file */
#define JOURNAL_KEEP 4 /* older files, "audit.1" the newest */

struct journal {
    struct store *store;
    const char *host;
};

/*
 * One line, "2024-03-06T09:34:45.395 local0.info HOST PROGRAM: TEXT", to the
 * file and to syslog(3).  Nothing fails: what can not be written down must
 * not keep an administrator from making room.
 */
void journal_write(const struct journal *journal, const char *program,
                   const char *text, const struct timespec *now);

/* A line to syslog(3) alone. */
void journal_tell(const char *program, const char *text);

/* Appends the lines of the log that have the text in them, oldest first; they
   may be in older files. */
int journal_search(struct store *store, const char *text, struct blob *ret,
                   struct error *error);

/* From where a reader goes on. */
struct journal_tail {
    int fd;      /* of the file that is read, or -1 */
    uint64_t at; /* bytes */
};

/* Begins behind what is there now. */
void journal_tail(struct store *store, struct journal_tail *ret);
void journal_tail_clear(struct journal_tail *tail);

/* Appends what has come since, over a rotation, too. */
int journal_more(struct store *store, struct journal_tail *tail,
                 struct blob *ret, struct error *error);

#endif

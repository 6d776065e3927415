/*
 * The evidence in the tables, one row for each line of the console: for users
 * who want to know how faithful an answer is, and for scripts/conformance.
 */
#ifndef MMP_EVIDENCE_H
#define MMP_EVIDENCE_H

#include <stddef.h>

#include "mmp/session.h"

enum evidence_kind {
    EVIDENCE_COMMAND,  /* that the command exists; its usage line */
    EVIDENCE_LINE,     /* %1 and the like stand for what varies */
    EVIDENCE_OPTIONAL, /* a line that is not always there */
    EVIDENCE_QUESTION,
};

struct evidence_row {
    enum evidence_kind kind;
    enum evidence evidence;
    const char *commands; /* that print it, see struct phrase; "" for any */
    const char *text;
    unsigned source; /* of SEEN, else 0; see services/source.h */
};

/* All strings are borrowed for the call. */
typedef void evidence_each(void *arg, const struct evidence_row *row);
void evidence_walk(struct session *session, evidence_each *each, void *arg);

/*
 * Prints the rows about the commands that begin with the words, or all rows
 * without words: evidence, kind, commands, text and source document, separated
 * by tabs, "-" for none.  -1 if there are no such rows.
 */
int evidence_print(struct session *session, char *const *words, size_t count);

#endif

/*
 * What the tables know, one row a line of the console: for users who want to
 * see how true an answer is, and for scripts/conformance.
 */
#ifndef MMP_EVIDENCE_H
#define MMP_EVIDENCE_H

#include <stddef.h>

#include "mmp/session.h"

enum evidence_kind {
    EVIDENCE_COMMAND,  /* that there is such a command; its usage line */
    EVIDENCE_LINE,     /* %1 and the like stand for what varies */
    EVIDENCE_OPTIONAL, /* a line that is not always there */
    EVIDENCE_QUESTION,
};

struct evidence_row {
    enum evidence_kind kind;
    enum evidence evidence;
    const char *commands; /* that say it, see struct phrase; "" for any */
    const char *text;
    unsigned source; /* of SEEN, else 0; see services/source.h */
};

/* All strings are borrowed for the call. */
typedef void evidence_each(void *arg, const struct evidence_row *row);
void evidence_walk(struct session *session, evidence_each *each, void *arg);

/*
 * Prints the rows that have to do with the commands that begin with the words,
 * without words all, and the documents: evidence, kind, commands, text and
 * source, separated by tabs, "-" for none.  -1 when there are none.
 */
int evidence_print(struct session *session, char *const *words, size_t count);

#endif

/*
 * How well something is known to be the real appliance's, and from where.
 */
#ifndef SERVICES_SOURCE_H
#define SERVICES_SOURCE_H

#include <stdbool.h>

/*
 * SEEN in a public document, which a row's `source` names; a line byte for
 * byte.  RECALL: remembered from the product's documentation, or seen where its
 * exact form was lost (OCR, blanks).  GUESS: our choice.  A row that forgets to
 * say is UNTAGGED, which the tests of the tables refuse.
 */
enum evidence { UNTAGGED, GUESS, RECALL, SEEN };

/* "SEEN", as the tables and the transcripts spell it. */
const char *evidence_name(enum evidence evidence);

/* A document.  Transcripts begin their Source lines with its id. */
struct source {
    const char *id; /* NULL ends the table */
    const char *title;
};
extern const struct source sources[];

/*
 * What a row names: one id, or several separated by ", " where it is known
 * only that one of them has it.  True if each is in the table, and there is
 * one.
 */
bool source_known(const char *ids);

#endif

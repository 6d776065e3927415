/*
 * How well something is known to be the real appliance's, and from where.
 */
#ifndef SERVICES_SOURCE_H
#define SERVICES_SOURCE_H

#include <stdbool.h>

/* Bits of releases; a mask of 0 means all. */
enum release { CMS_2 = 1, CMS_3 = 2 };

/*
 * SEEN in a public document, which a row's `source` names; a line byte for
 * byte.  RECALL: remembered from the product's documentation, or seen where its
 * exact form was lost (OCR, blanks), or for another service or release.  GUESS:
 * our choice.  A row that forgets to say is UNTAGGED, which the tests of the
 * tables refuse.
 */
enum evidence { UNTAGGED, GUESS, RECALL, SEEN };

/* "SEEN", as the tables and the transcripts spell it. */
const char *evidence_name(enum evidence evidence);

/* A document.  Transcripts begin their Source lines with its id. */
struct source {
    const char *id; /* NULL ends the table */
    const char *title;
    unsigned releases; /* it is about */
};
extern const struct source sources[];

/*
 * What a row names: one id, or several separated by ", " where it is known
 * only that one of them has it.  True if each is in the table, and there is
 * one.
 */
bool source_known(const char *ids);

/* Is one of the row's documents about the release? */
bool source_covers(const char *ids, unsigned release);

#endif

/*
 * How well something is known to be the real appliance's, and from where.
 */
#ifndef SERVICES_SOURCE_H
#define SERVICES_SOURCE_H

#include <stdbool.h>

#include "pki/blob.h"

/* Bits of releases; a mask of 0 means all. */
enum release { CMS_2 = 1, CMS_3 = 2 };

/* Is the release in the mask? */
bool releases_include(unsigned mask, unsigned release);

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

/*
 * The documents.  Bits: a row names one of them, or several where it is known
 * only that one of them has it.
 */
enum document {
    TAC_210441 = 1 << 0,
    TAC_210530 = 1 << 1,
    TAC_210800 = 1 << 2,
    TAC_213479 = 1 << 3,
    OCR_213479 = 1 << 4,
    TAC_213821 = 1 << 5,
    TAC_214618 = 1 << 6,
    TAC_214620 = 1 << 7,
    TAC_214745 = 1 << 8,
    TAC_216549 = 1 << 9,
    TAC_217201 = 1 << 10,
    TAC_217320 = 1 << 11,
    TAC_217367 = 1 << 12,
    TAC_217375 = 1 << 13,
    TAC_218117 = 1 << 14,
    TAC_221698 = 1 << 15,
    TAC_221729 = 1 << 16,
    TAC_221776 = 1 << 17,
    TAC_222766 = 1 << 18,
    TAC_225405 = 1 << 19,
    LAB_POD_2 = 1 << 20,
    NOTES_2023 = 1 << 21,
    PLAYBOOK_2 = 1 << 22,
    PLAYBOOK_3 = 1 << 23,
    SCRIPT_3 = 1 << 24,
};

/* Transcripts begin their Source lines with a document's id. */
struct source {
    enum document document; /* its bit is that of its place in the table */
    const char *id;         /* NULL ends the table */
    const char *title;
    unsigned releases; /* it is about */
};
extern const struct source sources[];

/* Appends the ids of the documents, separated by ", ". */
void source_ids(unsigned documents, struct blob *ret);

/* Is one of the documents about the release? */
bool source_covers(unsigned documents, unsigned release);

#endif

/*
 * What a word was meant to be.
 */
#ifndef PKI_SPELLING_H
#define PKI_SPELLING_H

#include <stdbool.h>

/* Longer words are near to no other. */
#define SPELLING_MAX 64

/*
 * How many letters must be put in, taken out, replaced, or swapped with their
 * neighbour to make one word the other (optimal string alignment).  The case
 * counts.  More than SPELLING_MAX letters: SPELLING_MAX.
 */
unsigned spelling_distance(const char *a, const char *b);

/* Is it a likely misspelling of the other, but not the same? */
bool spelling_is_near(const char *typed, const char *meant);

#endif

/*
 * Characters that word processors and web pages have where a keyboard has an
 * ASCII one, or that nobody sees: a command copied from a document is refused
 * because of them, though it looks right.
 */
#ifndef MMP_LOOKALIKE_H
#define MMP_LOOKALIKE_H

struct lookalike {
    const char *utf8;
    const char *words; /* "a dash (U+2013) in place of a hyphen" */
};

/* The first one in a text; NULL if it has none. */
const struct lookalike *lookalike_find(const char *text);

#endif

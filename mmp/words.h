/*
 * Splits a typed line into words.
 */
#ifndef MMP_WORDS_H
#define MMP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
    char **word; /* count of them, then NULL */
    size_t count;
    char *space;     /* holds the characters */
    bool open_quote; /* the line ended inside double quotes */
};

/*
 * Words are separated by any run of blanks (space, TAB, CR, LF).  Double
 * quotes keep blanks, anywhere in a word: O:"Example Inc." is one word, "" an
 * empty one.  There is no escape character.
 */
void words_split(const char *line, struct words *ret);
void words_clear(struct words *words);

/* The words with one blank between them; free() it. */
char *words_join(char *const *words, size_t count);

#endif

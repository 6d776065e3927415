/*
 * Splits a typed line into words, with double quotes.
 */
#include "mmp/words.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Copies the word at *line without its quotes; returns the end of the copy. */
static char *
take(const char **line, char *to, bool *quoted)
{
    const char *s = *line;

    *quoted = false;
    for (; *s != '\0' && (*quoted || !is_blank(*s)); s++) {
        if (*s == '"')
            *quoted = !*quoted;
        else
            *to++ = *s;
    }
    *to++ = '\0';
    *line = s;
    return to;
}

void
words_split(const char *line, struct words *ret)
{
    struct words words = { 0 };
    size_t room = 8;
    char *to;

    words.word = xcalloc(room, sizeof(*words.word));
    words.space = to = xcalloc(2, strlen(line) + 1);
    for (;;) {
        while (is_blank(*line))
            line++;
        if (*line == '\0')
            break;
        if (words.count + 1 == room) {
            room *= 2;
            words.word = xreallocarray(words.word, room, sizeof(*words.word));
        }
        words.word[words.count++] = to;
        to = take(&line, to, &words.open_quote);
    }
    words.word[words.count] = NULL;
    *ret = words;
}

void
words_clear(struct words *words)
{
    free(words->word);
    free(words->space);
    *words = (struct words){ 0 };
}

char *
words_join(char *const *words, size_t count)
{
    size_t size = 1, i;
    char *ret, *end;

    for (i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    ret = end = xallocate(size);
    *end = '\0';
    for (i = 0; i < count; i++) {
        if (i > 0)
            *end++ = ' ';
        end = stpcpy(end, words[i]);
    }
    return ret;
}

/*
 * Holds typed lines against the usage lines, and runs nothing.
 */
#include "mmp/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/print.h"
#include "mmp/words.h"

/* The first word that does not fit, by what fits best. */
static void
explain(struct session *session, size_t line, const struct words *words,
        const struct fit *fit)
{
    const char *usage = command_usage(fit->nearest);
    bool missing = fit->words == words->count;

    fprintf(session->out, "%zu:%zu: ", line, fit->words + 1);
    if (fit->error.code != E_NONE)
        say_failure(session, &fit->error);
    else if (fit->words == 0)
        say(session, SAY_UNKNOWN_COMMAND, words->word[0], NULL);
    else
        fprintf(session->out, "%s%s: wanted is: %s\n",
                missing ? "more is missing behind " : "unexpected word: ",
                words->word[missing ? words->count - 1 : fit->words], usage);
}

/* True when it is a command, or nothing. */
static bool
check_line(struct session *session, size_t number, const char *line)
{
    struct words words;
    struct fit fit;
    bool good = true;

    words_split(line, &words);
    if (words.open_quote) {
        fprintf(session->out, "%zu:%zu: ", number, words.count);
        say(session, SAY_OPEN_QUOTE, NULL, NULL);
        good = false;
    } else if (words.count > 0 && words.word[0][0] != '#' &&
               strcmp(words.word[words.count - 1], "?") != 0 &&
               command_fit(session, words.word, words.count, &fit) != 0) {
        explain(session, number, &words, &fit);
        good = false;
    }
    words_clear(&words);
    return good;
}

size_t
syntax_check(struct session *session, FILE *commands)
{
    size_t number = 0, complaints = 0, room = 0;
    char *line = NULL;

    while (getline(&line, &room, commands) >= 0)
        if (!check_line(session, ++number, line))
            complaints++;
    free(line);
    return complaints;
}

/*
 * Compares typed lines with the usage lines, and runs nothing.
 */
#include "mmp/syntax.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "mmp/dialect.h"
#include "mmp/hints.h"
#include "mmp/print.h"
#include "mmp/words.h"
#include "pki/utf8.h"

/* Do several commands begin with the words that fit? */
static bool
is_ambiguous(struct session *session, const struct words *words, size_t count)
{
    const struct command *command;
    size_t at = 0, found = 0;

    while ((command = command_next(session, &at)) != NULL)
        found += command_begins(command, words->word, count);
    return found > 1;
}

/* Does it look like a command, of another release or misspelt? */
static bool
resembles_command(struct session *session, const struct words *words)
{
    struct hints hints = { 0 };
    bool found;

    hint_spelling(session, words->word, words->count, &hints);
    /* A password may well have such characters. */
    found = hints.count > 0 && hints.all[0].id != HINT_WORD_COPIED;
    hints_clear(&hints);
    return found;
}

static void
say_usage(struct session *session, const struct words *words,
          const struct fit *fit)
{
    if (is_ambiguous(session, words, fit->words))
        fprintf(session->out, "see help %s\n", words->word[0]);
    else
        fprintf(session->out, "expected: %s\n", command_usage(fit->nearest));
}

/* Prints the first word that does not fit the command that fits best. */
static void
explain(struct session *session, size_t line, const struct words *words,
        const struct fit *fit)
{
    bool missing = fit->words == words->count;

    fprintf(session->out, "%zu:%zu: ", line, fit->words + 1);
    if (fit->error.code != E_NONE) {
        say_failure(session, &fit->error);
    } else if (fit->words == 0) {
        /* It may be a password, the answer to the line before. */
        say(session, SAY_UNKNOWN_COMMAND,
            resembles_command(session, words) ? words->word[0] : "***", NULL);
    } else {
        fprintf(session->out, "%s%s: ",
                missing ? "more is missing after " : "unexpected word: ",
                words->word[missing ? words->count - 1 : fit->words]);
        say_usage(session, words, fit);
    }
}

/* True if the line is a command, or empty. */
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
    ssize_t size;

    while ((size = getline(&line, &room, commands)) >= 0) {
        size_t mark = number == 0 ? utf8_mark(line, (size_t)size) : 0;

        if (!check_line(session, ++number, line + mark))
            complaints++;
    }
    free(line);
    return complaints;
}

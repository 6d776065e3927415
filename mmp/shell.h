/*
 * From a line to a command, and from a failure to words.
 */
#ifndef MMP_SHELL_H
#define MMP_SHELL_H

#include <stdbool.h>

#include "mmp/editor.h"
#include "mmp/input.h"
#include "mmp/session.h"

struct shell {
    struct session *session;
    struct input *input;
    struct editor *editor; /* NULL: no history */
    bool strict;           /* stop at the first failure */
    bool quiet;            /* no prompts where there is no terminal */
    bool record;           /* the output is a transcript; so not quiet */
};

/*
 * Runs one line and prints its answer.  -1 if the command failed or there is no
 * such command; an empty line is no failure.
 */
int shell_line(struct session *session, const char *line);

/* Runs lines until exit or the end of the input; -1 if a command failed and
   strict is set. */
int shell_run(struct shell *shell);

/*
 * Prints the usage lines of the commands that begin with the words; of all
 * commands if there are no words.  -1 if no command does; then it prints those
 * of the commands that begin with the most of the words, or the answer to an
 * unknown command.
 */
int shell_help(struct session *session, char *const *words, size_t count);

#endif

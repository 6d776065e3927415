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
 * Runs one line and says what there is to say.  0, or -1 when the command
 * failed or there is no such command; an empty line is no failure.
 */
int shell_line(struct session *session, const char *line);

/* Runs lines until exit or the end; -1 when a command failed and strict. */
int shell_run(struct shell *shell);

/*
 * The usage lines of the commands that begin with the words, with none of all
 * commands.  -1 when there are none: then those of the commands that begin
 * with the most of the words, or what an unknown command gets.
 */
int shell_help(struct session *session, char *const *words, size_t count);

#endif

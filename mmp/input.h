/*
 * Lines from a terminal, a pipe or a file.
 *
 * On a terminal, what is typed is echoed byte for byte and nothing else is
 * written: no escape sequences and no wrapping, whatever TERM and the window
 * size are.  The first editing key hands the line over to the editor.  Without
 * an editor, backspace and Ctrl-U erase, and other keys do nothing.  The
 * terminal is ours from the first read to the end, so that text typed ahead
 * waits, unechoed and uncut, for its turn.  Nothing is echoed on anything else,
 * nor on a terminal whose echo was off at the start; neither has an editor.
 *
 * A byte order mark at the start of a pipe or a file is dropped.
 *
 * CR, LF and CRLF end a line.  An unfinished line of a terminal that hangs up
 * is dropped; the last line of a file may lack its end.  Without a terminal,
 * Ctrl-C ends the input.  Output is flushed before every wait, and only then,
 * so that a batch of commands needs few writes.
 */
#ifndef MMP_INPUT_H
#define MMP_INPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "pki/blob.h"

#define INPUT_MAX_LINE ((size_t)1 << 20) /* bytes */

struct input;

enum input_result {
    INPUT_LINE,
    INPUT_END,      /* end of file, Ctrl-D, SIGHUP or SIGTERM */
    INPUT_DROPPED,  /* Ctrl-C */
    INPUT_TOO_LONG, /* more than INPUT_MAX_LINE; dropped */
};

enum input_mode {
    INPUT_COMMAND, /* with the editor */
    INPUT_ANSWER,  /* to a question: echoed, not edited */
    INPUT_HIDDEN,  /* a password: not even echoed */
};

/*
 * Takes over the signals SIGINT, SIGHUP and SIGTERM; one at a time.  out is
 * borrowed.
 */
struct input *input_new(int fd, FILE *out);

/* Restores the terminal. */
void input_free(struct input *input);

bool input_is_terminal(const struct input *input);

/*
 * From now on, input from a pipe or a file is written out as if it were typed
 * at a terminal; a hidden answer is put in braces.
 */
void input_show(struct input *input);

/* Writes the prompt and reads a line, without its end.  Replaces *line. */
enum input_result input_line(struct input *input, const char *prompt,
                             enum input_mode mode, struct blob *line);

/* Has Ctrl-C been pressed since the last line was read? */
bool input_interrupted(const struct input *input);

/*
 * The editor: continues the line typed so far.  The next input_byte() is the
 * key that called for it.  It writes the end of the line itself.
 */
typedef enum input_result input_edit(void *arg, const char *prompt,
                                     const struct blob *typed,
                                     struct blob *line);
void input_set_editor(struct input *input, input_edit *edit, void *arg);

/* The next byte, -1 at the end.  Waits. */
int input_byte(struct input *input);

/* Is a byte there without waiting? */
bool input_ready(struct input *input);

/*
 * Is text there without waiting, as after a pasted tab?  Tabs before it do not
 * count, and a blank is not text.
 */
bool input_text_follows(struct input *input);

#endif

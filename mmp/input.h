/*
 * Lines from a terminal, a pipe or a file.
 *
 * On a terminal, what is typed is echoed byte for byte and nothing else is
 * ever written: no escape sequence, no wrapping, whatever TERM and the window
 * are.  The first byte that is an editing key hands the line over to the
 * editor.  Where there is none, backspace and Ctrl-U take back what was typed,
 * and other keys do nothing.  The terminal is ours from the first read to the
 * end, so that what is typed ahead waits unechoed and uncut until its turn.  On
 * anything else nothing is echoed, nor on a terminal whose echo is off at the
 * start; such a one has no editor either.
 *
 * CR, LF and CRLF end a line.  What a terminal had not ended when it hung up is
 * dropped; the last line of a file may lack its end.  Without a terminal Ctrl-C
 * is an end of the input.  Output is flushed before every wait, and only
 * then: a batch of commands costs few writes.
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

/* Gives the terminal back as it was. */
void input_free(struct input *input);

bool input_is_terminal(const struct input *input);

/*
 * From now on, what is read from a pipe or a file is written out as if it were
 * typed at a terminal; a hidden answer in braces.
 */
void input_show(struct input *input);

/* Writes the prompt and reads a line, without its end.  Replaces *line. */
enum input_result input_line(struct input *input, const char *prompt,
                             enum input_mode mode, struct blob *line);

/* Ctrl-C since the last line was read? */
bool input_interrupted(const struct input *input);

/*
 * The editor: continues the line that was typed so far; the key that woke it
 * is the next input_byte().  It writes the line's end by itself.
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
 * Is text there without waiting, as behind a tab that was pasted?  Tabs before
 * it do not count, and a blank is none.
 */
bool input_text_follows(struct input *input);

#endif

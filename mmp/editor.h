/*
 * Editing, history and completion, by readline.
 */
#ifndef MMP_EDITOR_H
#define MMP_EDITOR_H

#include "mmp/input.h"
#include "mmp/session.h"

#define EDITOR_HISTORY 1000                    /* lines kept between sessions */
#define EDITOR_HISTORY_BYTES ((size_t)1 << 20) /* and at most so many bytes */

struct editor;

/*
 * Both are borrowed. keeps: the history of all sessions is read and kept, not
 * only that of this session.  Readline is not set up before it is needed.
 */
struct editor *editor_new(struct session *session, struct input *input,
                          bool keeps);
void editor_free(struct editor *editor);

/* An input_edit; arg is the editor. */
input_edit editor_edit;

/* Adds a line to the history. */
void editor_remember(struct editor *editor, const char *line);

/* Adds this session's lines to the history in the store, if keeps was set. */
int editor_save(struct editor *editor, struct error *error);

/* Calls each(arg, word) for each word that TAB would offer at the end of a
   line. */
void editor_complete(struct session *session, const char *line,
                     complete_each *each, void *each_arg);

#endif

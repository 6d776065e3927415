/*
 * Checks commands without running them: `mmp --check`.
 */
#ifndef MMP_SYNTAX_H
#define MMP_SYNTAX_H

#include <stdio.h>

#include "mmp/session.h"

/*
 * Reads commands, one per line.  For each that the session's release does not
 * take, it prints "LINE:WORD: why"; both count from 1.  Empty lines and lines
 * that begin with # are skipped, and so is a byte order mark before the first.
 * A first word that resembles no command is masked, because scripts have
 * passwords on lines of their own.  Returns the number of complaints.  The
 * session needs no store.
 */
size_t syntax_check(struct session *session, FILE *commands);

#endif

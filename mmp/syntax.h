/*
 * Commands that are checked without being run: `mmp --check`.
 */
#ifndef MMP_SYNTAX_H
#define MMP_SYNTAX_H

#include <stdio.h>

#include "mmp/session.h"

/*
 * Reads commands, one a line, and prints for each that the session's release
 * does not take "LINE:WORD: why"; both count from 1.  Empty lines and those
 * that begin with # are passed over.  Returns how many it complained about.
 * The session needs no store.
 */
size_t syntax_check(struct session *session, FILE *commands);

#endif

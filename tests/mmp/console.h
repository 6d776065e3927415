/*
 * Parts of a session that tests of commands share.
 */
#ifndef TESTS_MMP_CONSOLE_H
#define TESTS_MMP_CONSOLE_H

#include <stdbool.h>
#include <time.h>

#include "mmp/session.h"

/* For session->clock: it is always TEST_NOW. */
time_t console_clock(struct session *session);

/* For session->interrupted: nobody types Ctrl-C. */
bool console_never(struct session *session);

/* Users in the store; the password of a new one is "x". */
void console_add_user(struct store *store, const char *name, const char *role);
void console_drop_user(struct store *store, const char *name);

#endif

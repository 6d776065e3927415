/*
 * Failures and states as one line of text, between our own processes: from an
 * endpoint to the supervisor, from the supervisor to a command.
 */
#ifndef SERVICES_MESSAGE_H
#define SERVICES_MESSAGE_H

#include "pki/blob.h"
#include "pki/error.h"
#include "services/manager.h"

#define MESSAGE_MAX 2048 /* bytes of a line, with its end */

/* Append a line, with its end. */
void message_ok(struct blob *text);
void message_error(struct blob *text, const struct error *error);
void message_status(struct blob *text, const struct unit_status *status);

/*
 * Reads a line: 0 for success, -1 for the failure that it reports, or
 * E_SUPERVISOR when it is none of ours.  A status goes to *status, which may
 * be NULL when none is expected.
 */
int message_parse(const char *line, struct unit_status *status,
                  struct error *error);

#endif

/*
 * Failures and states as one line of text, between our own processes: from an
 * endpoint to the supervisor, from the supervisor to a command.
 */
#ifndef SERVICES_MESSAGE_H
#define SERVICES_MESSAGE_H

#include <stdbool.h>

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

/*
 * The fields, for the lines of others (services/database.h): each is put behind
 * a tab, and no byte of a text ends it.
 */
void message_put_number(struct blob *text, unsigned value);
void message_put_text(struct blob *text, const char *value);
void message_put_error(struct blob *text, const struct error *error);

/* The next field of *rest, which becomes NULL behind the last one; false when
   it is none: larger than max, or longer than size with its end. */
bool message_take_number(char **rest, unsigned max, unsigned *ret);
bool message_take_text(char **rest, char *ret, size_t size);
bool message_take_error(char **rest, struct error *ret);

#endif

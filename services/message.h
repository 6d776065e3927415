/*
 * Failures and states as a line of text between our own processes: from an
 * endpoint to the supervisor, and from the supervisor to a command.
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
 * Reads a line.  Returns 0 for success, -1 with the failure that it reports, or
 * with E_SUPERVISOR if it is not one of these lines.  A status is stored in
 * *status, which may be NULL if none is expected.
 */
int message_parse(const char *line, struct unit_status *status,
                  struct error *error);

/*
 * Fields, for other lines (services/database.h).  Each begins with a tab, and
 * bytes of a text that would end it are escaped.
 */
void message_put_number(struct blob *text, unsigned value);
void message_put_text(struct blob *text, const char *value);
void message_put_error(struct blob *text, const struct error *error);

/* Take the next field of *rest, which becomes NULL after the last one.  False
   if it is not of that type, greater than max, or longer than size. */
bool message_take_number(char **rest, unsigned max, unsigned *ret);
bool message_take_text(char **rest, char *ret, size_t size);
bool message_take_error(char **rest, struct error *ret);

#endif

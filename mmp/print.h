/*
 * Results as text: the words of the dialect, with the facts put in.  Control
 * characters in text from a user or a file, and bytes that are not UTF-8, are
 * shown as '?', so that no file can control the terminal.  Nothing printed here
 * looks like the prompt.
 */
#ifndef MMP_PRINT_H
#define MMP_PRINT_H

#include "mmp/dialect.h"
#include "mmp/session.h"
#include "pki/keygen.h"
#include "services/check.h"

/* Prints one line; the strings are %1 and %2, NULL if the phrase has none. */
void say(struct session *session, enum phrase_id id, const char *one,
         const char *two);

/* The same with a %3. */
void say3(struct session *session, enum phrase_id id, const char *one,
          const char *two, const char *three);

/* Appends the dialect's words for a failure, without a line break. */
void failure_fill(const struct dialect *dialect, const struct error *error,
                  struct blob *ret);

/* Prints a line about a failure, which comes without its line break and may
   be changed.  In JSON it is an object, {"error":"..."}. */
void say_refusal(struct session *session, struct blob *line);

/* Prints the dialect's words for a failure that way. */
void say_failure(struct session *session, const struct error *error);

/* A line of a display: a label, printed unchanged, and a value. */
void say_fact(struct session *session, const char *label, const char *value);

/* A line with a failure as its %1. */
void say_reason(struct session *session, enum phrase_id id,
                const struct error *why);

/* A line of a service's check: SUCCESS, WARNING or FAILURE. */
void say_finding(struct session *session, const struct finding *finding);

/* Why a service that should run does not. */
void say_not_running(struct session *session, const char *service,
                     const struct unit_status *status);

/* What a file holds; the text in OpenSSL's layout is printed unchanged. */
void say_kind(struct session *session, const struct inspection *element);

/* The text of a phrase with the values put in; the caller clears *ret. */
void phrase_fill(const struct phrase *phrase, const char *const values[4],
                 struct blob *ret);

/* Prints a line unchanged: a file's name, which the store has checked, or
   text of our own. */
void say_text(struct session *session, const char *text);

/* Prints the progress of a key search: the callback of struct keygen; arg is
   the session. */
int print_progress(void *arg, enum keygen_event event);

#endif

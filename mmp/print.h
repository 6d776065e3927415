/*
 * Results to text: the dialect's words, with the facts put in.  Control
 * characters in what a user or a file has given, and bytes that are no UTF-8,
 * are shown as '?', so that no file can speak to the terminal.  Nothing that is
 * said here looks like the prompt.
 */
#ifndef MMP_PRINT_H
#define MMP_PRINT_H

#include "mmp/dialect.h"
#include "mmp/session.h"
#include "pki/keygen.h"
#include "services/check.h"

/* One line; the strings are %1 and %2, NULL where the phrase has none. */
void say(struct session *session, enum phrase_id id, const char *one,
         const char *two);

/* The same with a %3. */
void say3(struct session *session, enum phrase_id id, const char *one,
          const char *two, const char *three);

/* The dialect's words for a failure, appended without a line break. */
void failure_fill(const struct dialect *dialect, const struct error *error,
                  struct blob *ret);

/* A line of our own that tells of a failure, without its end, which it may
   change; of a session in JSON an object, {"error":"..."}. */
void say_refusal(struct session *session, struct blob *line);

/* The same as such a line. */
void say_failure(struct session *session, const struct error *error);

/* A line of a display: a label as it is, and a value. */
void say_fact(struct session *session, const char *label, const char *value);

/* A line with a failure as its %1. */
void say_reason(struct session *session, enum phrase_id id,
                const struct error *why);

/* A line of a service's check: SUCCESS, WARNING or FAILURE. */
void say_finding(struct session *session, const struct finding *finding);

/* Why a service that should run does not. */
void say_not_running(struct session *session, const char *service,
                     const struct unit_status *status);

/* What a file holds; text in the layout of OpenSSL follows as it is. */
void say_kind(struct session *session, const struct inspection *element);

/* Puts the words in; the caller clears *ret. */
void phrase_fill(const struct phrase *phrase, const char *const values[4],
                 struct blob *ret);

/* A line as it is: a file's name, which the store has checked, or our own. */
void say_text(struct session *session, const char *text);

/* The progress of a key search: struct keygen's callback, arg a session. */
int print_progress(void *arg, enum keygen_event event);

#endif

/*
 * Findings to words.  These are ours: the appliance says nothing like it, so
 * they stand in no dialect, follow the answer in lines of their own, and are
 * left out where nobody wants them.
 */
#ifndef MMP_HINTS_H
#define MMP_HINTS_H

#include "mmp/session.h"
#include "pki/blob.h"
#include "pki/hint.h"
#include "services/doctor.h"
#include "services/expiry.h"

/* What a diagnosis of this session looks at; its settings have been read.
   Borrows the session. */
struct doctor session_doctor(struct session *session);

/* The words of a kind: %1 where it is, %2 and %3 its facts. */
const char *hint_words(enum hint_id id);

/* A finding as a sentence.  The caller clears *ret. */
void hint_format(const struct hint *hint, struct blob *ret);

/* Each in a line, "HINT: ... [chain-order]", and how many are left out. */
void say_hints(struct session *session, const struct hints *hints);

/* What pki doctor found: a line each, or JSON; says so when it is nothing. */
void print_examination(struct session *session, const struct hints *hints);

/* What pki expiry lists, in the same two forms. */
void print_expiries(struct session *session, const struct expiries *expiries,
                    time_t now);

/* What words that are no command may have been meant to be. */
void hint_spelling(struct session *session, char **words, size_t count,
                   struct hints *ret);

/* What a failure of typing may have been meant to be. */
void hint_typed(char *const *words, size_t count, const struct error *error,
                struct hints *ret);

/* Has one of the words a comma at its end?  Also where it is taken as it is. */
bool hint_comma(char *const *words, size_t count, struct hints *ret);

#endif

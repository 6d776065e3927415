/*
 * Findings in words.  The appliance prints nothing like them, so they belong to
 * no dialect, follow the answer in lines of their own, and can be switched off.
 */
#ifndef MMP_HINTS_H
#define MMP_HINTS_H

#include "mmp/session.h"
#include "pki/blob.h"
#include "pki/hint.h"
#include "services/doctor.h"
#include "services/expiry.h"

/* What a diagnosis of this session looks at.  Its settings must have been
   read.  Borrows from the session. */
struct doctor session_doctor(struct session *session);

/* The words for a kind of finding: %1 is where it is, %2 and %3 its facts. */
const char *hint_words(enum hint_id id);

/* A finding as a sentence.  The caller clears *ret. */
void hint_format(const struct hint *hint, struct blob *ret);

/* Prints each in a line, "HINT: ... [chain-order]", and how many are left
   out. */
void say_hints(struct session *session, const struct hints *hints);

/* Prints what pki doctor found, one per line or as JSON, even if it is
   nothing. */
void print_examination(struct session *session, const struct hints *hints);

/* Prints the list of pki expiry, in the same two forms. */
void print_expiries(struct session *session, const struct expiries *expiries,
                    time_t now);

/* Finds what words that are no command may have been meant to be, or that they
   were copied from a document (mmp/lookalike.h). */
void hint_spelling(struct session *session, char **words, size_t count,
                   struct hints *ret);

/* Finds what mistyped values may have been meant to be. */
void hint_typed(char *const *words, size_t count, const struct error *error,
                struct hints *ret);

/* Does one of the words begin or end with a comma?  Also if it is accepted
   that way. */
bool hint_comma(char *const *words, size_t count, struct hints *ret);

#endif

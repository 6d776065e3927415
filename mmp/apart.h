/*
 * Runs a part of the console in a process that can change nothing.
 */
#ifndef MMP_APART_H
#define MMP_APART_H

#include "mmp/grammar.h"
#include "mmp/session.h"
#include "services/worker.h"

/* How a part is run apart. */
enum {
    /* Nothing is to be changed after it, so a process with only one command
       to run (session->alone) needs no second process for it. */
    APART_LAST = 1,
    /* It is an answer, which is due even if the system offers no sandbox. */
    APART_DUE = 2,
};

/*
 * Runs run(session, arg) in a process behind pki/sandbox.h, with
 * session->confined set, and returns its result; its output becomes that of the
 * session.  Also -1 if it could not be run (E_DENIED) or did not end by itself
 * (E_ENDED); then nothing is printed.  If run() failed and has printed why, the
 * code is E_NONE.
 */
int run_apart(struct session *session, unsigned how,
              int (*run)(struct session *, void *), void *arg,
              struct error *error);

/*
 * As task_apart() (services/worker.h), for a command that writes what the
 * process makes.  Meanwhile the same process finds the hints for the command,
 * as if writing had succeeded; they find in call->made what was made.
 */
int make_apart(struct call *call, worker_step *make, void *arg,
               struct parts *ret, struct error *error);

/* Prints those hints, if there are any and they were found for the result r. */
bool say_hints_of(struct call *call, int r);

/* Finds the hints that follow an answer; call it in a process that can
   change nothing. */
void find_hints(const struct call *call, const struct error *error);

#endif

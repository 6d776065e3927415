/*
 * Running a part of the console where it can change nothing.
 */
#ifndef MMP_APART_H
#define MMP_APART_H

#include "mmp/grammar.h"
#include "mmp/session.h"
#include "services/worker.h"

/* How a part is run apart. */
enum {
    /* Nothing is to be changed behind it: of a process whose only command it
       belongs to (session->alone) there need be no second one. */
    APART_LAST = 1,
    /* It is an answer, and due even if the system offers no sandbox. */
    APART_DUE = 2,
};

/*
 * Runs run(session, arg) in a process behind pki/sandbox.h, of which it tells
 * by session->confined, and returns what it returned; what it says becomes the
 * session's output.  Also -1 if it could not be run (E_DENIED) or did not end
 * by itself (E_ENDED): then nothing has been said.  When run() has said why,
 * the code is E_NONE.
 */
int run_apart(struct session *session, unsigned how,
              int (*run)(struct session *, void *), void *arg,
              struct error *error);

/*
 * As task_apart() (services/worker.h), for a command that writes what is made.
 * Its hints are then found by the same process, in the meantime, as of a
 * command that has worked if this has; call->made tells them what was made.
 */
int make_apart(struct call *call, worker_step *make, void *arg,
               struct parts *ret, struct error *error);

/* Says those hints, if there are such and r is what they were found for. */
bool say_hints_of(struct call *call, int r);

/* What may follow an answer; only where nothing can be changed. */
void find_hints(const struct call *call, const struct error *error);

#endif

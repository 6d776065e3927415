/*
 * Running a part of the console where it can change nothing.
 */
#ifndef MMP_APART_H
#define MMP_APART_H

#include "mmp/session.h"

/*
 * Runs run(session, arg) in a process behind pki/sandbox.h and returns what it
 * returned; what it says becomes the session's output.  That process is a
 * child, or this one when its only command is the last thing that it does
 * (session->alone).  APART_FAILED: there can be no such process.  APART_DIED:
 * it did not end by itself; what made it do so must not be tried where it could
 * do harm.  Nothing has been said then.  A child has APART_SECONDS of processor
 * time.
 */
#define APART_FAILED (-2)
#define APART_DIED (-3)
#define APART_SECONDS 60
int run_apart(struct session *session, int (*run)(struct session *, void *),
              void *arg);

#endif

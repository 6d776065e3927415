/*
 * The SFTP subsystem: whose files, which rights, what is noted.  The protocol
 * is in services/sftp.h.
 */
#ifndef MMP_TRANSFER_H
#define MMP_TRANSFER_H

#include "mmp/session.h"

/* What sshd(8) asks the login shell for; see mmp-sftp(8). */
#define TRANSFER_SUBSYSTEM "mmp-sftp"

/*
 * Serves the client on in and out until in ends.  The process first gives up
 * all rights that it does not need: it can change nothing outside the state
 * directory, and read little else.
 */
int transfer_serve(struct session *session, const char *state, int in, int out,
                   struct error *error);

#endif

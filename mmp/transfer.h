/*
 * The SFTP subsystem in the appliance's words: whose files, which rights, what
 * is noted.  services/sftp.h is the protocol.
 */
#ifndef MMP_TRANSFER_H
#define MMP_TRANSFER_H

#include "mmp/session.h"

/* What sshd(8) asks the login shell for; see mmp-sftp(8). */
#define TRANSFER_SUBSYSTEM "mmp-sftp"

/*
 * Serves in and out until in ends.  The process gives up for good what it does
 * not need for that: it can change nothing outside of the state directory, nor
 * read much.
 */
int transfer_serve(struct session *session, const char *state, int in, int out,
                   struct error *error);

#endif

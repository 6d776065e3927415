/*
 * The service manager of a session.
 */
#ifndef MMP_CONTROL_H
#define MMP_CONTROL_H

#include "mmp/session.h"

/*
 * Lets the session start and stop what its state directory configures.  A
 * supervisor that must be started first gets the state directory, the release
 * and, unless it is NULL, the configuration file.
 */
void control_attach(struct session *session, const char *state,
                    const char *config);
void control_detach(struct session *session);

#endif

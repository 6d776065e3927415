/*
 * The service manager of a session.
 */
#ifndef MMP_CONTROL_H
#define MMP_CONTROL_H

#include "mmp/session.h"

/*
 * Lets the session start and stop the services of its state directory.  If a
 * supervisor must be started first, it gets the state directory, the release
 * and, unless that is NULL, the configuration file.
 */
void control_attach(struct session *session, const char *state,
                    const char *config);
void control_detach(struct session *session);

#endif

/*
 * The commands of the services: one for each verb of the catalogue.
 */
#ifndef MMP_CMD_SERVICE_H
#define MMP_CMD_SERVICE_H

#include "mmp/grammar.h"
#include "mmp/session.h"

/*
 * The i-th command of the services of the session's release; NULL after the
 * last.  All are made at the first call, and kept until
 * service_commands_clear().
 */
const struct command *service_command(struct session *session, size_t i);
void service_commands_clear(struct session *session);

#endif

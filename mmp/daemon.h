/*
 * The program as a supervisor instead of a console.
 */
#ifndef MMP_DAEMON_H
#define MMP_DAEMON_H

#include <stdbool.h>

#include "mmp/dialect.h"
#include "mmp/options.h"
#include "pki/error.h"

/* Runs the services of a state directory until SIGTERM; on_demand: or until
   none is enabled. */
int daemon_supervise(const char *state, const struct options *options,
                     const struct dialect *dialect, bool on_demand,
                     struct error *error);

/* The path of mmp-endpoint: beside our own binary if that was not installed,
   else where it was installed, relative to our own binary.  The caller frees
   it. */
char *daemon_endpoint(void);

#endif

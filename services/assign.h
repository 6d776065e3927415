/*
 * Which services use which file.
 */
#ifndef SERVICES_ASSIGN_H
#define SERVICES_ASSIGN_H

#include "services/scope.h"

/*
 * The names of the services that use a file, "webadmin, turn", each once, and
 * "database cluster" behind them; NULL when none does.  enabled_only: what does
 * not need the file now does not count.  The caller frees it.
 */
char *assign_users(struct settings *settings, const struct service *catalog,
                   unsigned release, const char *file, bool enabled_only);

/* Is it a key, a request or a certificate by its name?  The appliance tells its
   files so. */
bool assign_takes(const char *name);

/* Does a service take certificates from that file: is it set, and not as a key
   only? */
bool assign_wants_certs(struct settings *settings,
                        const struct service *catalog, unsigned release,
                        const char *file);

#endif

/*
 * Which services use which file.
 */
#ifndef SERVICES_ASSIGN_H
#define SERVICES_ASSIGN_H

#include "services/scope.h"

/*
 * The services that use a file, each once, then "database cluster", as in
 * "webadmin, turn"; NULL if there are none.  enabled_only: without those that
 * do not need the file now.  The caller frees it.
 */
char *assign_users(struct settings *settings, const struct service *catalog,
                   unsigned release, const char *file, bool enabled_only);

/* Is it a key, a request or a certificate by its name, which is how the
   appliance tells? */
bool assign_takes(const char *name);

/* Does a service take certificates from the file, that is, is it set as more
   than a key? */
bool assign_wants_certs(struct settings *settings,
                        const struct service *catalog, unsigned release,
                        const char *file);

#endif

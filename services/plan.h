/*
 * Makes the plan of what a service runs, from its row, the settings and the
 * files.
 */
#ifndef SERVICES_PLAN_H
#define SERVICES_PLAN_H

#include "pki/store.h"
#include "services/backend.h"
#include "services/interfaces.h"
#include "services/scope.h"
#include "services/service.h"

/*
 * Reads keys, certificates and bundles from the store; later changes of the
 * files do not change the unit.  A listener without an interface or a port is
 * left out. E_NOT_SET if a key or certificate is missing; E_MISMATCH_CERT if
 * they do not belong together; E_PORT_TAKEN, with the address, if two listeners
 * come to the same address and port.  The caller clears *ret.
 */
int plan_make(struct store *store, const struct interfaces *interfaces,
              const struct scope *scope, struct unit *ret, struct error *error);
void unit_clear(struct unit *unit);

/* Do the two present the same at the same places? */
bool unit_equal(const struct unit *a, const struct unit *b);

/*
 * Fails if a key file no longer belongs to the certificate that is presented.
 * The appliance reads its key anew for each connection, so a key that replaces
 * the old one breaks the service at once.  An error that may pass
 * (error_may_pass()) says nothing: the files could not be read.
 */
int plan_holds(struct store *store, const struct unit *unit,
               struct error *error);

#endif

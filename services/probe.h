/*
 * Has a helper process find out what a listener presents.
 */
#ifndef SERVICES_PROBE_H
#define SERVICES_PROBE_H

#include "pki/blob.h"
#include "pki/error.h"
#include "services/service.h"
#include "services/starter.h"

/*
 * The certificate and what is sent with it, in PEM; the helper is mmp-endpoint
 * --look.  E_NOT_READY if nothing answers there with TLS within seconds.  The
 * caller clears *ret.
 */
int probe(const struct helper *helper, const char *address, unsigned port,
          enum protocol protocol, struct blob *ret, struct error *error);

#endif

/*
 * What is presented on a listener, found out by a process of its own.
 */
#ifndef SERVICES_PROBE_H
#define SERVICES_PROBE_H

#include "pki/blob.h"
#include "pki/error.h"
#include "services/service.h"
#include "services/starter.h"

/*
 * The certificate and what is sent with it, in PEM; the helper is mmp-endpoint
 * --look.  E_NOT_READY when nobody answers there, or without TLS, within
 * seconds.  The caller clears *ret.
 */
int probe(const struct helper *helper, const char *address, unsigned port,
          enum protocol protocol, struct blob *ret, struct error *error);

#endif

/*
 * What a listener presents, as a stranger sees it.  Uses the TLS library: for
 * mmp-endpoint only, as the console does without; see services/probe.h.
 */
#ifndef SERVICES_VISITOR_H
#define SERVICES_VISITOR_H

#include "pki/blob.h"
#include "pki/error.h"
#include "services/service.h"

#define VISITOR_SECONDS 5 /* for each step */

/* The certificate and what is sent with it, in PEM.  E_NOT_READY: subject is
   address:port, detail why. The caller clears *ret. */
int visitor_look(const char *address, unsigned port, enum protocol protocol,
                 struct blob *ret, struct error *error);

/* The same for words from a command line, "127.0.0.1 443 1", to a descriptor;
   for the main function of a program. */
int visitor_main(char *const *words, size_t count, int out);

#endif

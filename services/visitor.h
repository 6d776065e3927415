/*
 * Connects to a listener and finds out what it presents.  It needs the TLS
 * library, so only mmp-endpoint uses it; the console asks through
 * services/probe.h.
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

/* For the main function of a program: takes the words of its command line,
   "127.0.0.1 443 1", and writes to the descriptor out. */
int visitor_main(char *const *words, size_t count, int out);

#endif

/*
 * The process that answers on one endpoint.
 */
#ifndef SERVICES_SERVER_H
#define SERVICES_SERVER_H

#include "pki/error.h"
#include "services/endpoint.h"

/*
 * Reads a packed endpoint from the descriptor in, opens its sockets, writes a
 * line to out ("ok" or the reason why not, services/message.h), and closes both
 * descriptors.  Then serves clients until SIGTERM or SIGINT.  -1 if it cannot
 * begin.
 */
int server_main(int in, int out, struct error *error);

/* Bounds on clients, in seconds. */
#define SERVER_HANDSHAKE 10
#define SERVER_REQUEST 30 /* from its first byte; also to take our answer */
#define SERVER_IDLE 75    /* between requests */

/* Seconds of processor time for one event of a client.  A server that takes
   longer is in an endless loop, and ends by SIGPROF.  A signature with RSA of
   16384 bits takes one second. */
#define SERVER_STUCK 20

#endif

/*
 * The process that answers on one endpoint.
 */
#ifndef SERVICES_SERVER_H
#define SERVICES_SERVER_H

#include "pki/error.h"
#include "services/endpoint.h"

/*
 * Reads a packed endpoint from the descriptor in, opens its sockets, writes
 * one line to out (services/message.h), "ok" or why not, and closes both.
 * Then answers until SIGTERM or SIGINT.  -1 when it can not begin.
 */
int server_main(int in, int out, struct error *error);

/* Bounds on clients, in seconds. */
#define SERVER_HANDSHAKE 10
#define SERVER_REQUEST 30 /* from its first byte; also to take our answer */
#define SERVER_IDLE 75    /* between requests */

/* Seconds of processor time for one thing that a client wants; whoever takes
   longer turns round and round, and ends by SIGPROF.  A signature with RSA of
   16384 bits takes one. */
#define SERVER_STUCK 20

#endif

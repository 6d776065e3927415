/*
 * One address to answer on, with what is presented there.
 */
#ifndef SERVICES_ENDPOINT_H
#define SERVICES_ENDPOINT_H

#include <sys/socket.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "services/service.h"

struct endpoint {
    char *name; /* of the listener */
    enum protocol protocol;
    char *address;       /* numeric, IPv4 or IPv6 */
    unsigned port;       /* as bound: with the port offset */
    char *key_file;      /* where the key was read; NULL for plain protocols */
    struct blob key;     /* PEM; empty for plain protocols */
    struct blob chain;   /* PEM: certificate first, then what is sent with it */
    struct blob trust;   /* PEM: a client certificate is asked for; or empty */
    unsigned https_port; /* where SPEAK_REDIRECT sends its clients */
};

void endpoint_clear(struct endpoint *endpoint);

/* "127.0.0.1:443", "[2001:db8::1]:443"; free() it. */
char *endpoint_place(const struct endpoint *endpoint);
char *endpoint_place_of(const char *address, unsigned port);

#define ENDPOINT_TRY_TIME 100 /* ms */

/* Tries bind(2) or connect(2) with a socket that is closed again; a connection
   has limited time.  Returns 0, or -1 with errno. */
int endpoint_try(const char *address, unsigned port,
                 int (*try)(int, const struct sockaddr *, socklen_t));

/*
 * Convert to and from bytes for another process, all but key_file.  E_DAMAGED
 * if they are not what endpoint_pack() makes.
 */
void endpoint_pack(const struct endpoint *endpoint, struct blob *ret);
int endpoint_unpack(const struct blob *bytes, struct endpoint *ret,
                    struct error *error);

#endif

/*
 * One address to answer on, with what is presented there.
 */
#ifndef SERVICES_ENDPOINT_H
#define SERVICES_ENDPOINT_H

#include <sys/socket.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "services/service.h"

/* What is presented to who asks for a host. */
struct credential {
    char *host;        /* "" for who asks for none that another one has */
    char *key_file;    /* where the key was read */
    struct blob key;   /* PEM */
    struct blob chain; /* PEM: certificate first, then what is sent with it */
};

struct endpoint {
    char *name; /* of the listener */
    enum protocol protocol;
    char *address;                  /* numeric, IPv4 or IPv6 */
    unsigned port;                  /* as bound: with the port offset */
    struct credential *credentials; /* the one without a host first; none for
                                       plain protocols */
    size_t credential_count;
    struct blob trust;   /* PEM: a client certificate is asked for; or empty */
    unsigned https_port; /* where SPEAK_REDIRECT sends its clients */
};

void endpoint_clear(struct endpoint *endpoint);

/* Adds an empty one, to be filled; valid until the next is added. */
struct credential *endpoint_add(struct endpoint *endpoint, const char *host,
                                const char *key_file);

/* "127.0.0.1:443", "[2001:db8::1]:443"; free() it. */
char *endpoint_place(const struct endpoint *endpoint);
char *endpoint_place_of(const char *address, unsigned port);

#define ENDPOINT_TRY_TIME 100 /* ms */

/* Tries bind(2) or connect(2) with a socket that is closed again; a connection
   has limited time.  Returns 0, or -1 with errno. */
int endpoint_try(const char *address, unsigned port,
                 int (*try)(int, const struct sockaddr *, socklen_t));

/*
 * Convert to and from bytes for another process.  E_DAMAGED if they are not
 * what endpoint_pack() makes.
 */
void endpoint_pack(const struct endpoint *endpoint, struct blob *ret);
int endpoint_unpack(const struct blob *bytes, struct endpoint *ret,
                    struct error *error);

#endif

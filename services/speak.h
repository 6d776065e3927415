/*
 * The protocols of endpoints: bytes in, bytes out, no sockets.  TLS is handled
 * below; a protocol only says when XMPP asks for it (STARTTLS).
 */
#ifndef SERVICES_SPEAK_H
#define SERVICES_SPEAK_H

#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#include "pki/blob.h"
#include "services/backend.h"

#define SPEAK_MAX_IN ((size_t)16384)  /* bytes of one request */
#define SPEAK_MAX_OUT ((size_t)65536) /* not yet sent: nothing more is read */

/* One connection, or one datagram. */
struct dialogue {
    const struct endpoint *endpoint;
    struct sockaddr_storage peer;
    bool secure;     /* TLS is up */
    char *host;      /* that the client asks for; NULL: it has not said */
    time_t now;      /* for dates */
    struct blob in;  /* received, and not yet taken */
    struct blob out; /* to be sent */
};

enum next {
    NEXT_READ, /* wait for more */
    NEXT_TLS,  /* send, then the TLS handshake begins; only when !secure */
    NEXT_CLOSE /* send, then close */
};

/*
 * Takes complete messages from dialogue->in and appends answers to
 * dialogue->out; the beginning of a message stays in `in`.  The caller reads no
 * more than SPEAK_MAX_IN bytes there, and closes the connection if that is not
 * enough.
 */
typedef enum next speak(struct dialogue *dialogue);

enum next speak_http(struct dialogue *dialogue);
enum next speak_redirect(struct dialogue *dialogue);
enum next speak_xmpp(struct dialogue *dialogue);
enum next speak_stun(struct dialogue *dialogue);

/* For a service that answers nothing: discards what comes. */
enum next speak_nothing(struct dialogue *dialogue);

void dialogue_clear(struct dialogue *dialogue);

/* Removes the first n bytes. */
void speak_take(struct blob *in, size_t n);

#endif

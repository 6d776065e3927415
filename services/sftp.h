/*
 * SFTP, version 3 (draft-ietf-secsh-filexfer-02), on the store: one flat root,
 * in which /name and name are the same file.
 *
 * An upload has no name until it is closed.  Then it is whole and durable, or
 * the close fails and the old file stays (store_stream_commit()).  An upload
 * that is not closed when the connection ends leaves nothing behind.
 * Permissions are accepted but ignored, so that keys stay readable by their
 * owner only.
 */
#ifndef SERVICES_SFTP_H
#define SERVICES_SFTP_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "pki/store.h"
#include "services/packet.h"

/* Bytes of a packet behind its length; a longer one ends the connection. */
#define SFTP_MAX_PACKET ((size_t)256 << 10)

enum sftp_act {
    SFTP_LOOK, /* around, before SFTP_SEE; it has no name */
    SFTP_SEE,  /* in a listing, or its size and date */
    SFTP_GET,
    SFTP_PUT,
    SFTP_REMOVE,
    SFTP_RENAME,
};

/* A read-only file that is none of the store's. */
struct sftp_extra {
    const char *name; /* NULL ends a table */
    /* Returns a descriptor for pread(2), which the caller closes.  E_NO_FILE if
       there is nothing in it yet. */
    int (*open)(void *arg, int *ret, struct error *error);
};

/* What the server needs from the program around it.  Borrowed; every function
   gets arg. */
struct sftp_host {
    struct store *store;
    const char *owner; /* in listings */
    const struct sftp_extra *extras;
    /* Returns -1 with the reason if the client may not do that.  Asked before
       each act, and again before an upload takes its name; a file that is open
       can be read on. */
    int (*check)(void *arg, enum sftp_act act, const char *name,
                 struct error *error);
    /* Notes what was done or, granted is false, refused.  other: the new name
       of a rename, or NULL. */
    void (*note)(void *arg, enum sftp_act act, const char *name,
                 const char *other, bool granted);
    /* Appends the words for a failure. */
    void (*words)(void *arg, const struct error *error, struct blob *ret);
    void *arg;
};

struct sftp;

struct sftp *sftp_new(const struct sftp_host *host);

/* Drops uploads that were not closed. */
void sftp_free(struct sftp *sftp);

/*
 * Handles one packet as it was received, without its length, and appends the
 * answers, each with its length.  E_REQUEST: this is not SFTP; there is no
 * answer and the connection should be closed.
 */
int sftp_packet(struct sftp *sftp, const void *data, size_t size,
                struct packet_out *ret, struct error *error);

/* Serves requests from the descriptor in until its end. */
int sftp_serve(struct sftp *sftp, int in, int out, struct error *error);

#endif

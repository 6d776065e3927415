/*
 * SFTP, version 3 (draft-ietf-secsh-filexfer-02), on the store: one flat root,
 * in which /name and name are the same file.
 *
 * An upload has no name until it is closed: then it is whole and durable, or
 * the close fails and the old file stands (store_stream_commit()).  What is
 * not closed when the connection ends leaves nothing.  Rights are accepted
 * and not obeyed: keys stay for their owner only.
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

enum sftp_act { SFTP_GET, SFTP_PUT, SFTP_REMOVE, SFTP_RENAME };

/* A read-only file that the store has no file for. */
struct sftp_extra {
    const char *name; /* NULL ends a table */
    /* A descriptor for pread(2), which the caller closes; E_NO_FILE when there
       is nothing in it yet. */
    int (*open)(void *arg, int *ret, struct error *error);
};

/* What the server asks those who run it.  Borrowed; arg is of all of them. */
struct sftp_host {
    struct store *store;
    const char *owner; /* in listings */
    const struct sftp_extra *extras;
    /* May it be done?  Else -1, and why. */
    int (*check)(void *arg, enum sftp_act act, const char *name,
                 struct error *error);
    /* It was done, or refused.  other: the new name of a rename, or NULL. */
    void (*note)(void *arg, enum sftp_act act, const char *name,
                 const char *other, bool granted);
    /* Appends the words for a failure. */
    void (*words)(void *arg, const struct error *error, struct blob *ret);
    void *arg;
};

struct sftp;

struct sftp *sftp_new(const struct sftp_host *host);

/* Drops what was not closed. */
void sftp_free(struct sftp *sftp);

/*
 * One packet as it was received, without its length: appends the answers, each
 * with its length.  -1 with E_REQUEST: this is no SFTP, there is no answer and
 * the connection should end.
 */
int sftp_packet(struct sftp *sftp, const void *data, size_t size,
                struct packet_out *ret, struct error *error);

/* Serves what comes from in until it ends. */
int sftp_serve(struct sftp *sftp, int in, int out, struct error *error);

#endif

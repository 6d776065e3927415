/*
 * The files and listings that a client has open.
 */
#ifndef SERVICES_SFTP_HANDLE_H
#define SERVICES_SFTP_HANDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/packet.h"

#define SFTP_MAX_HANDLES ((size_t)64)

struct sftp_handle {
    enum { HANDLE_FREE, HANDLE_READING, HANDLE_WRITING, HANDLE_FOLDER } kind;
    uint32_t
        number; /* counts openings: an old handle is not taken for a new one */
    char name[STORE_MAX_NAME + 1];
    int fd;                      /* HANDLE_READING */
    struct store_stream *stream; /* HANDLE_WRITING */
    bool append, changed, dated;
    time_t modified;          /* dated */
    struct store_names names; /* HANDLE_FOLDER */
    size_t next;
};

/* { 0 } has nothing open. */
struct sftp_handles {
    struct sftp_handle handles[SFTP_MAX_HANDLES];
    uint32_t opened;
};

/* A free handle with a new number and that name; it is in use once its kind is
   set.  NULL, with E_REQUEST, if too many are in use. */
struct sftp_handle *sftp_handle_new(struct sftp_handles *handles,
                                    const char *name, struct error *error);

/* Closes what it has open, and drops an upload that was not closed. */
void sftp_handle_release(struct sftp_handle *handle);
void sftp_handles_clear(struct sftp_handles *handles);

/* Writes and reads the handle's name for the client.  E_REQUEST: there is no
   such handle, or it was released. */
void sftp_handle_put(const struct sftp_handles *handles,
                     const struct sftp_handle *handle, struct packet_out *out);
int sftp_handle_take(struct sftp_handles *handles, struct packet_in *in,
                     struct sftp_handle **ret, struct error *error);

/* The descriptor of an open file; borrowed. */
int sftp_handle_fd(const struct sftp_handle *handle);

#endif

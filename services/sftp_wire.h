/*
 * The fields of SFTP, version 3 (draft-ietf-secsh-filexfer-02): its numbers,
 * paths, and the attributes of files, as packets have them.
 */
#ifndef SERVICES_SFTP_WIRE_H
#define SERVICES_SFTP_WIRE_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/packet.h"

/* Types of packets. */
enum {
    FXP_INIT = 1,
    FXP_VERSION = 2,
    FXP_OPEN = 3,
    FXP_CLOSE = 4,
    FXP_READ = 5,
    FXP_WRITE = 6,
    FXP_LSTAT = 7,
    FXP_FSTAT = 8,
    FXP_SETSTAT = 9,
    FXP_FSETSTAT = 10,
    FXP_OPENDIR = 11,
    FXP_READDIR = 12,
    FXP_REMOVE = 13,
    FXP_MKDIR = 14,
    FXP_RMDIR = 15,
    FXP_REALPATH = 16,
    FXP_STAT = 17,
    FXP_RENAME = 18,
    FXP_READLINK = 19,
    FXP_SYMLINK = 20,
    FXP_STATUS = 101,
    FXP_HANDLE = 102,
    FXP_DATA = 103,
    FXP_NAME = 104,
    FXP_ATTRS = 105,
    FXP_EXTENDED = 200,
    FXP_EXTENDED_REPLY = 201,
};

/* Status codes. */
enum {
    FX_OK,
    FX_EOF,
    FX_NO_SUCH_FILE,
    FX_PERMISSION_DENIED,
    FX_FAILURE,
    FX_BAD_MESSAGE,
    FX_OP_UNSUPPORTED = 8,
};

/* How a file is to be opened. */
enum { OPEN_READ = 1, OPEN_WRITE = 2, OPEN_APPEND = 4, OPEN_CREATE = 8 };
enum { OPEN_TRUNCATE = 16, OPEN_NEW = 32 };

/* Which attributes there are. */
enum { ATTR_SIZE = 1, ATTR_OWNER = 2, ATTR_RIGHTS = 4, ATTR_TIMES = 8 };
#define ATTR_EXTENDED 0x80000000U

/* Takes a path: "/a/../b" becomes "b", the root "".  E_BAD_NAME if it is too
   long or has a NUL. */
int sftp_take_path(struct packet_in *in, char ret[PATH_MAX],
                   struct error *error);

/* Takes a path that must be a permitted name of a file.  E_NOT_REGULAR for the
   root; E_BAD_NAME. */
int sftp_take_name(struct packet_in *in, char ret[STORE_MAX_NAME + 1],
                   struct error *error);

/* The attributes that a file here can have; others are skipped. */
struct sftp_attributes {
    uint32_t flags;
    uint64_t size;     /* ATTR_SIZE */
    uint32_t modified; /* ATTR_TIMES: seconds since 1970 */
};

void sftp_take_attributes(struct packet_in *in, struct sftp_attributes *ret);

/* Append the attributes of a file, and of the root. */
void sftp_put_file(struct packet_out *out, const struct store_info *info);
void sftp_put_folder(struct packet_out *out);

/* Appends a line of a listing, like "ls -l": section 7 of the draft.  As sshd's
   server, it has the year in place of the time of day when the file is older
   than half a year, or newer than now. */
void sftp_put_long_name(struct packet_out *out, const char *owner,
                        const char *name, const struct store_info *info,
                        time_t now);

#endif

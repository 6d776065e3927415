/*
 * Tar archives in memory: regular files in the ustar format, with a pax header
 * where a name is too long for it (IEEE Std 1003.1, pax), so that any tar(1)
 * reads what we write.  What others write is read as far as it is so plain.
 */
#ifndef SERVICES_TAR_H
#define SERVICES_TAR_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "pki/blob.h"

#define TAR_MAX_NAME 511 /* bytes; our longest one is "files/" and a name */

/* Appends a member; the name must fit. */
void tar_append(struct blob *tar, const char *name, mode_t mode, time_t time,
                const struct blob *data);

/* Appends what ends an archive. */
void tar_end(struct blob *tar);

struct tar_member {
    char name[TAR_MAX_NAME + 1];
    mode_t mode;
    const unsigned char *data; /* size bytes in the archive */
    size_t size;
};

enum tar_result {
    TAR_MEMBER,
    TAR_END,
    TAR_DAMAGED, /* or with something in it that is no regular file */
};

/* The next member, in order; start with *at = 0. */
enum tar_result tar_next(const struct blob *tar, size_t *at,
                         struct tar_member *ret);

#endif

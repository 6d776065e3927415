/*
 * Gives up rights that a process does not need for the rest of its life, as
 * one that reads foreign bytes should: capabilities, new privileges, and files
 * outside of what it is told to keep (landlock(7), where the kernel has it).
 */
#ifndef SERVICES_CONFINE_H
#define SERVICES_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/error.h"

/* A file or a directory with all below it. */
struct confine {
    const char *path;
    bool write; /* else it may only be read */
};

/*
 * From here on this process and its children can neither open nor change any
 * other file by its path; descriptors that are open stay as they are.  A path
 * that is not there is left out.  *whole: the kernel keeps files from us; else
 * the rest is done.  There is no way back.
 */
int confine(const struct confine *paths, size_t n, bool *whole,
            struct error *error);

/* As root, becomes the user and the group for good; as another user, nothing
   is done. */
int confine_become(unsigned user, unsigned group, struct error *error);

#endif

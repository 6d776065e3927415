/*
 * Rulesets of Landlock (landlock(7)): which files a process may come to by
 * their paths, whatever else it may.
 */
#ifndef PKI_LANDLOCK_H
#define PKI_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/error.h"

/* A file, or a directory with all below it. */
struct landlock_path {
    const char *path;
    bool write; /* files and directories may be made, changed and removed; else
                   it may only be read */
};

/* What is kept from a process besides changing files. */
enum landlock_walls {
    LANDLOCK_READING = 1, /* files are not opened either, but for the paths */
    LANDLOCK_NETWORK = 2, /* no port is bound or connected to (TCP) */
};

/*
 * From here on this process, its threads to come and its children change no
 * other file, and have the walls, bits of enum landlock_walls.  They start no
 * program, make no device, link or pipe, send no signal to others, trace none,
 * and mount nothing, as far as the kernel knows of it: what is open stays open.
 * A path that is not there is left out.  There is no way back.  no_new_privs
 * (prctl(2)) must have been set.
 *
 * *whole: the kernel keeps files from us; else it has no Landlock, and nothing
 * has changed.
 */
int landlock_enter(unsigned walls, const struct landlock_path *paths, size_t n,
                   bool *whole, struct error *error);

#endif

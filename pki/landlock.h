/*
 * Landlock rulesets (landlock(7)): which files a process may reach by their
 * paths.
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

/* What a process is denied besides changing files. */
enum landlock_walls {
    LANDLOCK_READING = 1, /* reading files, except those of the paths */
    LANDLOCK_NETWORK = 2, /* binding and connecting TCP sockets */
};

/*
 * From here on this process, its future threads and its children can change no
 * file outside the paths, and are denied what walls says (bits of enum
 * landlock_walls).  As far as the kernel supports it, they also start no
 * program, make no device, symbolic link or pipe, signal and trace no other
 * process, and mount nothing.  Open descriptors stay usable.  Paths that do not
 * exist are skipped.  This can not be undone.  no_new_privs (prctl(2)) must be
 * set.
 *
 * *whole: Landlock is in force; else the kernel lacks it, and nothing has
 * changed.
 */
int landlock_enter(unsigned walls, const struct landlock_path *paths, size_t n,
                   bool *whole, struct error *error);

#endif

/*
 * Gives up rights that a process does not need for the rest of its life, as
 * one that reads foreign bytes should: capabilities, new privileges, files
 * outside of what it is told to keep (pki/landlock.h), and system calls
 * (pki/filter.h), each where the kernel has it.
 */
#ifndef SERVICES_CONFINE_H
#define SERVICES_CONFINE_H

#include "pki/landlock.h"

/* What a process is left with. */
enum confine_work {
    /*
     * It works on files: no program, no socket but of this machine (AF_UNIX)
     * and none that listens, no signal but to its children (on Linux older
     * than 6.12 to all of its user's processes), no key press in another's
     * name (TIOCSTI), and nothing that is an administrator's; root may still
     * come to other users' files below its paths.  A list of what is refused:
     * what readline, libconfig and OpenSSL need differs from version to
     * version.
     */
    CONFINE_FILES,
    /* The same, but all calls are left: it looks into no file of a stranger's,
       and is done before a filter would have been installed. */
    CONFINE_NAMES,
    /* The same, but all calls are left: another filter follows at once
       (pki/sandbox.h). */
    CONFINE_READER,
    /* It asks strangers over the network, and works on no files: the same, but
       with sockets of each kind. */
    CONFINE_CLIENT,
    /*
     * It answers on the sockets that it has: a list of what is allowed, by far
     * the shorter one, and what strangers talk to.  Whatever else glibc may ask
     * for it is told as by an older kernel (ENOSYS), which it can live with.
     */
    CONFINE_SERVER,
};

/*
 * From here on this process and its children are left with that; descriptors
 * that are open stay as they are.  *whole: the kernel holds both walls; else
 * one of them it lacks, and the rest is done.  There is no way back.
 */
int confine(enum confine_work work, const struct landlock_path *paths, size_t n,
            bool *whole, struct error *error);

/* As root, becomes the user and the group for good; as another user, nothing
   is done. */
int confine_become(unsigned user, unsigned group, struct error *error);

#endif

/*
 * Gives up the rights that a process does not need for the rest of its life, as
 * one that reads foreign bytes should: capabilities, new privileges, files
 * outside of the given paths (pki/landlock.h), and system calls (pki/filter.h).
 * What the kernel does not support is left out.
 */
#ifndef SERVICES_CONFINE_H
#define SERVICES_CONFINE_H

#include "pki/landlock.h"

/* What a process is to do, which decides the rights that it keeps. */
enum confine_work {
    /*
     * It works on files.  It can start no program, have only local sockets
     * (AF_UNIX) and none that listens, send signals only to its children
     * (before Linux 6.12 to all processes of its user), not type at the
     * terminal (TIOCSTI), and nothing that needs privileges, except that
     * root may still access other users' files below its paths.  The filter
     * refuses a list of calls, because what readline, libconfig and OpenSSL
     * need differs from version to version.
     */
    CONFINE_FILES,
    /* The same without a filter: it reads no foreign file, and has ended
       before a filter would be installed. */
    CONFINE_NAMES,
    /* The same without a filter: it gets another one at once
       (pki/sandbox.h). */
    CONFINE_READER,
    /* It connects to strangers, and works on no files: the same as
       CONFINE_FILES, but with sockets of all kinds. */
    CONFINE_CLIENT,
    /*
     * It serves strangers on the sockets that it has.  The filter allows a
     * short list of calls; any other fails as on an older kernel (ENOSYS),
     * which glibc can deal with.
     */
    CONFINE_SERVER,
};

/*
 * Confines this process and its children for good; open descriptors stay as
 * they are.  *whole: false if the kernel lacks Landlock or filters, and only
 * the rest was done.
 */
int confine(enum confine_work work, const struct landlock_path *paths, size_t n,
            bool *whole, struct error *error);

/* As root, becomes that user and group for good; else does nothing. */
int confine_become(unsigned user, unsigned group, struct error *error);

#endif

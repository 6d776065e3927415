/*
 * Filters of system calls (seccomp(2)), made from lists of them.
 */
#ifndef PKI_FILTER_H
#define PKI_FILTER_H

#include <fcntl.h>
#include <linux/sched.h>
#include <stddef.h>

#include "pki/error.h"

/* Refuses a call by one of its arguments, of which 32 bits are looked at. */
enum filter_test {
    FILTER_NO_TEST,
    FILTER_HAS, /* any of these bits */
    FILTER_IS,
    FILTER_IS_NOT,
    FILTER_LACKS, /* no test: refused with ENOSYS, for who then asks another
                     way, whose arguments can be looked at */
    FILTER_LACKS_FROM, /* the same, and so are all calls of higher numbers */
};

/* A sanitizer traces its own process, from a thread, to look for leaks. */
#if defined(__SANITIZE_ADDRESS__)
#define FILTER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FILTER_SANITIZED 1
#endif
#endif

/* Each call stands once in a list, in any order. */
struct filter_rule {
    unsigned number; /* SYS_openat */
    enum filter_test test;
    unsigned argument; /* the first one is 0 */
    unsigned value;
};

/* Of clone(2)'s flags, those that make a namespace. */
#define FILTER_NAMESPACES                                                      \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |               \
     CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/* Of open(2)'s flags, those that ask for more than reading. */
#define FILTER_WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

enum filter_kind {
    FILTER_REFUSES, /* what is listed; with a test, if that is true */
    FILTER_KEEPS,   /* what is listed; with a test, unless that is true */
};

/* Calls of Linux 6.6 and later, which lists of what is refused can not know:
   the same numbers on all machines. */
#define FILTER_LATER 452

#define FILTER_MAX_RULES 128

/*
 * From here on this process, its threads to come and its children make no call
 * that is refused: it fails with EPERM, or with ENOSYS, as on a kernel that
 * lacks it, where FILTER_KEEPS does not list it.  There is no way back.
 * no_new_privs (prctl(2)) must have been set.
 *
 * E_DENIED when the kernel offers no filters, or for this machine there is
 * none: then nothing has changed.
 */
int filter_install(enum filter_kind kind, const struct filter_rule *rules,
                   size_t n, struct error *error);

#endif

/*
 * Filters of system calls (seccomp(2)), made from lists of them.
 */
#ifndef PKI_FILTER_H
#define PKI_FILTER_H

#include <fcntl.h>
#include <linux/sched.h>
#include <stddef.h>

#include "pki/error.h"

/* A test of one argument of a call, of its lower 32 bits. */
enum filter_test {
    FILTER_NO_TEST,
    FILTER_HAS, /* any of these bits */
    FILTER_IS,
    FILTER_IS_NOT,
    FILTER_LACKS,      /* no test: fails with ENOSYS, so that the C library uses
                          an older call, whose arguments can be tested */
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

/* The flags of clone(2) that make a namespace. */
#define FILTER_NAMESPACES                                                      \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |               \
     CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

/* The flags of open(2) that ask for more than reading. */
#define FILTER_WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

enum filter_kind {
    FILTER_REFUSES, /* what is listed; with a test, if that is true */
    FILTER_KEEPS,   /* what is listed; with a test, unless that is true */
};

/* The first call of Linux 6.6.  It and those after it have the same numbers
   on all machines; a list of refused calls can not name those to come. */
#define FILTER_LATER 452

#define FILTER_MAX_RULES 128

/*
 * From here on, in this process, its future threads and its children, refused
 * calls fail with EPERM; calls that FILTER_KEEPS does not list fail with
 * ENOSYS, as on a kernel that lacks them.  This can not be undone. no_new_privs
 * (prctl(2)) must be set.
 *
 * E_DENIED if the kernel has no filters or this architecture is not supported;
 * nothing has changed then.
 */
int filter_install(enum filter_kind kind, const struct filter_rule *rules,
                   size_t n, struct error *error);

#endif

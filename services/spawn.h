/*
 * Starting a program.
 */
#ifndef SERVICES_SPAWN_H
#define SERVICES_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "pki/error.h"

/* The user and group that a program runs as. */
struct run_as {
    uid_t uid;
    gid_t gid;
    char name[64];
};

struct spawn {
    const char *program; /* a path, or a name to be found in PATH */
    char *const *argv;   /* NULL at the end */
    int in, out, err;    /* become 0, 1 and 2; -1: /dev/null */
    bool detached;       /* it has a session of its own and outlives us; else it
                            is killed when we end, however that happens */
    char *const *environment; /* NULL: ours */
    const struct run_as *as;  /* NULL: our user; another one only for root */
};

/* The path of our own binary; "" if the system does not tell. */
char *spawn_own_path(void);

/*
 * Returns when the program runs.  It gets no other descriptors, and no signal
 * is blocked or ignored.  The caller reaps it.
 */
int spawn(const struct spawn *spawn, pid_t *ret, struct error *error);

/* Waits for the end of a child, and returns its status from waitpid(2). */
int spawn_wait(pid_t pid);

/* The same in words: "ended by signal 9", "ended with status 1". */
#define SPAWN_END 32
void spawn_describe(int how, char text[SPAWN_END]);

#endif

/*
 * Work on foreign bytes, done by a process that can change nothing.
 *
 * Keys, certificates, requests and archives are parsed in a child process
 * behind pki/sandbox.h, where a fault in the parser can do no more than lose
 * the work. The child has all that we have read so far, may read files, and
 * hands back byte strings with their lengths; the parent writes them as they
 * are.
 */
#ifndef SERVICES_WORKER_H
#define SERVICES_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pki/blob.h"
#include "pki/error.h"

#define WORKER_SECONDS 60                     /* of processor time */
#define WORKER_MAX_ANSWER ((size_t)128 << 20) /* bytes of one step */

/* The results of a step, in the order of parts_add(); { 0 } is empty.  Wiped
   when it is cleared. */
struct parts {
    struct blob *all;
    size_t count;
};

/* Takes over the bytes, and leaves { 0 }. */
void parts_add(struct parts *parts, struct blob *bytes);
void parts_clear(struct parts *parts);

/* E_ENDED unless there are so many; to be called before they are used. */
int parts_need(const struct parts *parts, size_t count, struct error *error);

/* Adds its results to *ret.  It prints nothing; what it changes in memory is
   only seen by the next step. */
typedef int worker_step(void *arg, struct parts *ret, struct error *error);

#define WORKER_STEPS 2
struct task {
    worker_step *steps[WORKER_STEPS]; /* in their order; NULL: no more */
    void *arg;
    bool decrypts; /* it needs OpenSSL's table of ciphers */
    /* Limits; 0: those above. */
    unsigned seconds;
    size_t max_answer;
};

/*
 * Does the first step in a worker, and returns what it returns; its results are
 * added to *ret, which the caller clears.  E_ENDED: the process did not end by
 * itself, so the work must not be tried here; the detail says if it had taken
 * too long.  E_TOO_LARGE: the results are larger than the limit.  If the system
 * has no sandbox, the step is done in this process.
 */
int task_apart(const struct task *task, struct parts *ret, struct error *error);

/*
 * The same in single calls, for a second step that is done while the caller
 * goes on, or for work that must not be done without a sandbox.  worker_take()
 * waits for the result of the next step.  It returns WORKER_REFUSED (E_DENIED)
 * if the system has no sandbox and nothing was done.  worker_end() may be
 * called at any time.
 */
#define WORKER_REFUSED (-2)
struct worker {
    pid_t pid; /* 0: none */
    int fd;
    unsigned seconds;
    size_t max_answer;
};
int worker_begin(const struct task *task, struct worker *ret,
                 struct error *error);
int worker_take(struct worker *worker, struct parts *ret, struct error *error);
void worker_end(struct worker *worker);

#endif

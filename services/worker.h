/*
 * Work on foreign bytes, done by a process that can change nothing.
 *
 * A key, a certificate, a request or an archive is taken apart where no fault
 * in the taking apart can do more than lose the work: in a child behind
 * pki/sandbox.h.  It has all that we have read so far, may read files, and
 * hands back byte strings of stated lengths; who has the right to write, writes
 * them as they are.
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

/* What a step of work comes to, in the order of parts_add(); { 0 } is nothing.
   Wiped when it is cleared. */
struct parts {
    struct blob *all;
    size_t count;
};

/* Takes the bytes over and leaves { 0 }. */
void parts_add(struct parts *parts, struct blob *bytes);
void parts_clear(struct parts *parts);

/* E_ENDED unless there are so many: who takes them counts them. */
int parts_need(const struct parts *parts, size_t count, struct error *error);

/* Adds to *ret what it makes.  It prints nothing, and what it changes in memory
   is only seen by the step behind it. */
typedef int worker_step(void *arg, struct parts *ret, struct error *error);

#define WORKER_STEPS 2
struct task {
    worker_step *steps[WORKER_STEPS]; /* one after the other; NULL: none */
    void *arg;
    bool decrypts; /* else it can do without OpenSSL's table of ciphers */
    /* Limits; 0: those above. */
    unsigned seconds;
    size_t max_answer;
};

/*
 * Does the first step apart, with the result that it has: what there is is
 * added to *ret, which the caller clears.  E_ENDED: its process did not end by
 * itself, and what made it do so must not be tried where it could do harm; the
 * detail says if that was the time it took.  E_TOO_LARGE: it came to more than
 * WORKER_MAX_ANSWER.  Where the system offers no sandbox the step is done here,
 * as an answer is due.
 */
int task_apart(const struct task *task, struct parts *ret, struct error *error);

/*
 * The same in single moves, for a second step that is done while the caller
 * goes on, or where the sandbox must be.  worker_take() waits for the next
 * step's result; besides 0 and -1 that is WORKER_REFUSED (E_DENIED) when the
 * system offers no sandbox and nothing was done.  worker_end() is called
 * whatever the worker is doing.
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

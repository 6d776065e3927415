/*
 * The output of such a process is kept in memory, and printed by the process
 * that has the terminal once it is whole.
 */
#include "mmp/apart.h"

#include <stdlib.h>

#include "mmp/hints.h"
#include "pki/sandbox.h"

/* A part that is running. */
struct part {
    struct session *session;
    int (*run)(struct session *session, void *arg);
    void *arg;
};

/* How it ended, apart from its output. */
struct verdict {
    unsigned char failed, status;
};

static int
capture(void *arg, struct parts *ret, struct error *error)
{
    const struct part *part = arg;
    struct session *session = part->session;
    struct blob text = { 0 }, end = { 0 };
    struct verdict verdict = { 0 };

    (void)error;
    session->confined = true;
    session->out = blob_stream(&text);
    verdict.failed = part->run(session, part->arg) != 0;
    verdict.status = (unsigned char)session->status;
    fclose(session->out);
    blob_append(&end, &verdict, sizeof(verdict));
    parts_add(ret, &text);
    parts_add(ret, &end);
    return 0;
}

/* Prints the output that was kept. */
static int
release(struct session *session, const struct parts *parts)
{
    const struct verdict *verdict;

    if (parts->count != 2 || parts->all[1].size != sizeof(*verdict))
        return -1;
    verdict = (const struct verdict *)parts->all[1].data;
    fwrite(parts->all[0].data, 1, parts->all[0].size, session->out);
    session->status = verdict->status;
    return verdict->failed ? -1 : 0;
}

static int
run_in_child(struct part *part, unsigned how, struct error *error)
{
    const struct task task = { { capture }, part };
    struct worker worker = { 0 };
    struct parts parts = { 0 };
    int r;

    if (worker_begin(&task, &worker, error) != 0)
        return -1;
    r = worker_take(&worker, &parts, error);
    worker_end(&worker);
    if (r == WORKER_REFUSED && (how & APART_DUE) != 0) {
        error->code = E_NONE;
        return part->run(part->session, part->arg);
    }
    if (r == 0) {
        error->code = E_NONE;
        r = release(part->session, &parts);
    }
    parts_clear(&parts);
    return r == 0 ? 0 : -1;
}

int
run_apart(struct session *session, unsigned how,
          int (*run)(struct session *, void *), void *arg, struct error *error)
{
    struct part part = { session, run, arg };

    if (!session->confined && session->alone && (how & APART_LAST) != 0 &&
        sandbox_enter(error) == 0) {
        session->confined = true;
        openssl_begin_without_ciphers(); /* nothing is decrypted after it */
    }
    if (!session->confined)
        return run_in_child(&part, how, error);
    error->code = E_NONE;
    return run(session, arg);
}

/*
 * A command that writes what the process makes.
 */

struct making {
    struct call *call;
    worker_step *make;
    void *arg;
    struct parts made;
    struct error error;
};

/* It is kept for the hints; the caller, who waits, gets a copy. */
static int
make_and_keep(void *arg, struct parts *ret, struct error *error)
{
    struct making *making = arg;
    int r = making->make(making->arg, &making->made, &making->error);
    size_t i;

    for (i = 0; i < making->made.count; i++) {
        struct blob copy = { 0 };

        blob_append(&copy, making->made.all[i].data, making->made.all[i].size);
        parts_add(ret, &copy);
    }
    *error = making->error;
    if (r == 0)
        making->error.code = E_NONE;
    return r;
}

static int
run_hints(struct session *session, void *arg)
{
    const struct making *making = arg;

    (void)session;
    making->call->made = &making->made;
    find_hints(making->call, &making->error);
    return 0;
}

static int
catch_hints(void *arg, struct parts *ret, struct error *error)
{
    struct making *making = arg;
    struct part part = { making->call->session, run_hints, making };

    return capture(&part, ret, error);
}

int
make_apart(struct call *call, worker_step *make, void *arg, struct parts *ret,
           struct error *error)
{
    struct making making = { .call = call, .make = make, .arg = arg };
    const struct task task = {
        { make_and_keep, call->session->hints ? catch_hints : NULL },
        &making,
    };
    int r;

    if (worker_begin(&task, &call->worker, error) != 0)
        return -1;
    r = worker_take(&call->worker, ret, error);
    if (r == WORKER_REFUSED) {
        worker_end(&call->worker);
        return make(arg, ret, error);
    }
    call->failed_there = r != 0;
    return r;
}

bool
say_hints_of(struct call *call, int r)
{
    struct parts parts = { 0 };
    struct error ignored;
    bool said = false;

    if (call->worker.pid > 0 && call->session->hints &&
        call->failed_there == (r != 0) &&
        worker_take(&call->worker, &parts, &ignored) == 0)
        said = release(call->session, &parts) == 0;
    worker_end(&call->worker);
    parts_clear(&parts);
    return said;
}

void
find_hints(const struct call *call, const struct error *error)
{
    struct hints hints = { 0 };

    if (call->command->hint != NULL)
        call->command->hint(call, error, &hints);
    say_hints(call->session, &hints);
    hints_clear(&hints);
}

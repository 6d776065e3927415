/*
 * Work in a process that can change nothing: what comes back, and what a
 * process that was led astray can not do.
 */
#include "services/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support.h"

static bool refused; /* the system offers no sandbox */

int __real_sandbox_enter(struct error *error);
int __wrap_sandbox_enter(struct error *error);

int
__wrap_sandbox_enter(struct error *error)
{
    return refused ? fail_pair(error, E_DENIED, "sandbox", NULL)
                   : __real_sandbox_enter(error);
}

static void
add(struct parts *parts, const void *data, size_t size)
{
    struct blob bytes = { 0 };

    blob_append(&bytes, data, size);
    parts_add(parts, &bytes);
}

static int
apart(worker_step *step, void *arg, struct parts *ret, struct error *error)
{
    const struct task task = { { step }, arg };

    return task_apart(&task, ret, error);
}

static int
make_some(void *arg, struct parts *ret, struct error *error)
{
    static char much[1 << 20];

    (void)error;
    memset(much, 'x', sizeof(much));
    add(ret, arg, strlen(arg));
    add(ret, "", 0);
    add(ret, "a\0b", 3);
    add(ret, much, sizeof(much));
    return 0;
}

static void
test_parts(void **state)
{
    char hello[] = "hello";
    struct parts parts = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(apart(make_some, hello, &parts, &error), 0);
    assert_int_equal(parts_need(&parts, 4, &error), 0);
    assert_string_equal((char *)parts.all[0].data, "hello");
    assert_int_equal(parts.all[1].size, 0);
    assert_string_equal((char *)parts.all[1].data, "");
    assert_int_equal(parts.all[2].size, 3);
    assert_memory_equal(parts.all[2].data, "a\0b", 3);
    assert_int_equal(parts.all[3].size, 1 << 20);
    assert_fails(parts_need(&parts, 3, &error), &error, E_ENDED, NULL);
    parts_clear(&parts);
    assert_int_equal(waitpid(-1, NULL, 0), -1); /* none is left */
}

static int
fail_there(void *arg, struct parts *ret, struct error *error)
{
    (void)arg;
    add(ret, "half", 4);
    fail_pair(error, E_MISMATCH_CERT, "a.key", "b.crt");
    error->line = 7;
    strcpy(error->detail, "why");
    return -1;
}

static void
test_failure(void **state)
{
    struct parts parts = { 0 };
    struct error error;

    (void)state;
    assert_fails(apart(fail_there, NULL, &parts, &error), &error,
                 E_MISMATCH_CERT, "a.key");
    assert_string_equal(error.other, "b.crt");
    assert_string_equal(error.detail, "why");
    assert_int_equal(error.line, 7);
    assert_int_equal(parts.count, 0);
}

static bool
can_open(const char *path, int how)
{
    int fd = open(path, how, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Tries to change the file whose path it gets; what it has read it may tell. */
static int
change(void *arg, struct parts *ret, struct error *error)
{
    const char *path = arg;
    char other[128], text[16] = "";
    int fd = open(path, O_RDONLY);

    (void)error;
    snprintf(other, sizeof(other), "%s2", path);
    if (fd >= 0) {
        if (read(fd, text, sizeof(text) - 1) < 0)
            text[0] = '\0';
        close(fd);
    }
    add(ret, text, strlen(text));
    if (can_open(path, O_WRONLY) || can_open(other, O_CREAT | O_RDWR) ||
        unlink(path) == 0 || rename(path, other) == 0 ||
        chmod(path, 0777) == 0 || truncate(path, 0) == 0)
        add(ret, "changed", 7);
    return 0;
}

static void
test_changes_nothing(void **state)
{
    struct scratch *scratch = *state;
    struct parts parts = { 0 };
    struct error error;
    char path[128];

    put_text(scratch->store, "file", "text");
    snprintf(path, sizeof(path), "%s/files/file", scratch->path);
    assert_int_equal(apart(change, path, &parts, &error), 0);
    assert_int_equal(parts.count, 1);
    assert_string_equal((char *)parts.all[0].data, "text");
    parts_clear(&parts);
    assert_true(store_has(scratch->store, STORE_FILES, "file"));
}

static int
die(void *arg, struct parts *ret, struct error *error)
{
    (void)arg;
    (void)error;
    add(ret, "half", 4);
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void
test_death(void **state)
{
    struct parts parts = { 0 };
    struct error error;

    (void)state;
    assert_fails(apart(die, NULL, &parts, &error), &error, E_ENDED,
                 "the command");
    assert_int_equal(parts.count, 0);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
}

/*
 * Limits.
 */

static double
used(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Works for so many tenths of a second, and tells what it may. */
static int
work_on(void *arg, struct parts *ret, struct error *error)
{
    double until = used() + *(unsigned *)arg / 10.0;
    struct rlimit limit;

    (void)error;
    while (used() < until)
        ;
    getrlimit(RLIMIT_CPU, &limit);
    add(ret, &limit.rlim_cur, sizeof(limit.rlim_cur));
    return 0;
}

static void
test_seconds(void **state)
{
    unsigned none = 0, some = 6, much = 60;
    struct task task = { { work_on }, &none };
    struct parts parts = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(task_apart(&task, &parts, &error), 0);
    assert_int_equal(*(rlim_t *)parts.all[0].data, WORKER_SECONDS);
    parts_clear(&parts);
    task.seconds = 1;
    task.arg = &some;
    assert_int_equal(task_apart(&task, &parts, &error), 0);
    assert_int_equal(*(rlim_t *)parts.all[0].data, 1);
    parts_clear(&parts);
    task.arg = &much;
    assert_fails(task_apart(&task, &parts, &error), &error, E_ENDED, NULL);
    assert_non_null(strstr(error.detail, "1 s of processor time"));
}

static int
make_sized(void *arg, struct parts *ret, struct error *error)
{
    struct blob bytes = { 0 };

    (void)error;
    blob_zeros(&bytes, *(size_t *)arg);
    parts_add(ret, &bytes);
    return 0;
}

static void
test_size(void **state)
{
    size_t fits = 1000 - sizeof(uint64_t), more = fits + 1,
           most = WORKER_MAX_ANSWER;
    struct task task = { { make_sized }, &fits, .max_answer = 1000 };
    struct parts parts = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(task_apart(&task, &parts, &error), 0);
    assert_int_equal(parts.all[0].size, fits);
    parts_clear(&parts);
    task.arg = &more;
    assert_fails(task_apart(&task, &parts, &error), &error, E_TOO_LARGE, NULL);
    task.max_answer = 0;
    task.arg = &most; /* and its size */
    assert_fails(task_apart(&task, &parts, &error), &error, E_TOO_LARGE, NULL);
    assert_int_equal(parts.count, 0);
}

/*
 * What was led astray says anything.
 */

struct lie {
    struct {
        int32_t failed;
        uint64_t size;
    } head;
    const void *body;
    size_t size;
};

static int
say(void *arg, struct parts *ret, struct error *error)
{
    const struct lie *lie = arg;
    struct stat st;
    int fd;

    (void)ret;
    (void)error;
    for (fd = 63; fd > 2; fd--)
        if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
            (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
            break;
    if (write(fd, &lie->head, sizeof(lie->head)) < 0 ||
        write(fd, lie->body, lie->size) < 0)
        abort();
    for (;;)
        pause(); /* who waits for its end would wait for ever */
}

static void
test_lies(void **state)
{
    static const uint64_t huge[2] = { UINT64_MAX }, behind[2] = { 9 },
                          odd[2] = { 7 };
    struct error wild, error;
    struct parts parts = { 0 };
    struct lie lies[] = {
        { { 0, sizeof(huge) }, huge, sizeof(huge) },
        { { 0, sizeof(behind) }, behind, sizeof(behind) },
        { { 0, sizeof(odd) }, odd, sizeof(odd) },
        { { 0, 7 }, huge, 7 },
        { { 0, UINT64_MAX }, huge, 7 },
        { { 1, 7 }, huge, 7 },
        { { 1, sizeof(wild) }, &wild, sizeof(wild) },
    };
    size_t i;

    (void)state;
    memset(&wild, 'x', sizeof(wild));
    for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        assert_int_equal(apart(say, &lies[i], &parts, &error), -1);
        assert_true(error.code == E_ENDED || error.code == E_TOO_LARGE);
        assert_int_equal(parts.count, 0);
    }
    /* A code that there is, and no end of the words. */
    wild.code = E_IO;
    assert_int_equal(apart(say, &lies[i - 1], &parts, &error), -1);
    assert_int_equal(error.code, E_IO);
    assert_int_equal(strlen(error.subject), sizeof(error.subject) - 1);
    assert_int_equal(strlen(error.detail), sizeof(error.detail) - 1);
}

/*
 * In single moves.
 */

static int
remember(void *arg, struct parts *ret, struct error *error)
{
    (void)error;
    strcpy(arg, "new");
    add(ret, "first", 5);
    return 0;
}

static int
recall(void *arg, struct parts *ret, struct error *error)
{
    char dumpable[] = { (char)('0' + prctl(PR_GET_DUMPABLE)), '\0' };

    (void)error;
    add(ret, arg, strlen(arg));
    add(ret, dumpable, 1);
    return 0;
}

/* The second step sees what the first one has left; we do not. */
static void
test_steps(void **state)
{
    char shared[8] = "old";
    const struct task task = { { remember, recall }, shared };
    struct worker worker = { 0 };
    struct parts parts = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(worker_begin(&task, &worker, &error), 0);
    assert_int_equal(worker_take(&worker, &parts, &error), 0);
    assert_int_equal(worker_take(&worker, &parts, &error), 0);
    assert_int_equal(parts.count, 3);
    assert_string_equal((char *)parts.all[0].data, "first");
    assert_string_equal((char *)parts.all[1].data, "new");
    assert_string_equal((char *)parts.all[2].data, "0"); /* no core */
    assert_string_equal(shared, "old");
    parts_clear(&parts);
    assert_fails(worker_take(&worker, &parts, &error), &error, E_ENDED, NULL);
    worker_end(&worker);
    worker_end(&worker);
}

static int
sleep_on(void *arg, struct parts *ret, struct error *error)
{
    (void)arg;
    (void)ret;
    (void)error;
    return pause();
}

static void
test_end(void **state)
{
    const struct task task = { { sleep_on } };
    struct worker worker = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(worker_begin(&task, &worker, &error), 0);
    worker_end(&worker);
    assert_int_equal(worker.pid, 0);
    assert_int_equal(waitpid(-1, NULL, 0), -1);
}

/* An answer is due; what need not be is not done. */
static void
test_no_sandbox(void **state)
{
    char shared[8] = "old";
    const struct task task = { { remember }, shared };
    struct worker worker = { 0 };
    struct parts parts = { 0 };
    struct error error;

    (void)state;
    refused = true;
    assert_int_equal(worker_begin(&task, &worker, &error), 0);
    assert_int_equal(worker_take(&worker, &parts, &error), WORKER_REFUSED);
    assert_int_equal(error.code, E_DENIED);
    worker_end(&worker);
    assert_string_equal(shared, "old");
    assert_int_equal(task_apart(&task, &parts, &error), 0);
    refused = false;
    assert_int_equal(parts.count, 1);
    assert_string_equal(shared, "new");
    parts_clear(&parts);
}

static void
test_no_process(void **state)
{
    struct rlimit before, none;
    struct parts parts = { 0 };
    struct error error;
    char hello[] = "hello";

    (void)state;
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &none);
    assert_int_equal(apart(make_some, hello, &parts, &error), -1);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(parts.count, 0);
    assert_string_equal(error.subject, "process");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_failure),
        cmocka_unit_test_setup_teardown(test_changes_nothing, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_death),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_no_sandbox),
        cmocka_unit_test(test_no_process),
    };

    alarm(120); /* a test that waits in vain ends */
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}

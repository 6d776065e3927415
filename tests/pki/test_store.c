/*
 * The store's promise, sentence by sentence.  The system calls that the store
 * makes go through the wrappers below, which fail or kill at the one we want;
 * that none is left out is seen by counting up until a run passes untouched.
 */
#include "pki/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

/*
 * Faults.
 */

enum what { PASS, FAIL_ONCE, FAIL_ON, DIE };

#define MAX_FD 1024

static struct {
    enum what what;
    const char *call; /* NULL: every call that changes the disk */
    int n;            /* which of them, from 0 */
    int error;        /* its errno */
    bool hit;
    bool die_later; /* after the hit: dies at the die_at-th call */
    int die_at;
    bool interrupt;        /* every other call that may end by EINTR does */
    size_t chunk;          /* what one write() takes at most; 0: all */
    bool no_links;         /* linkat: EPERM */
    bool done_stays;       /* unlinkat of ".done": EIO */
    bool failed[MAX_FD];   /* fsync has failed on it */
    bool repeated;         /* ... and was tried again */
    struct blob *trace;    /* NULL: none is wanted */
    struct timespec slept; /* moves the clock */
} fault;

static bool
struck(const char *call)
{
    if (fault.hit && fault.die_later && fault.die_at-- == 0)
        raise(SIGKILL);
    if (fault.what == PASS ||
        (fault.call != NULL && strcmp(fault.call, call) != 0))
        return false;
    if (fault.hit ? fault.what != FAIL_ON : fault.n-- != 0)
        return false;
    fault.hit = true;
    if (fault.what == DIE)
        raise(SIGKILL);
    errno = fault.error;
    return true;
}

static bool
interrupted(void)
{
    static bool odd;

    if (!fault.interrupt)
        return false;
    odd = !odd;
    errno = EINTR;
    return odd;
}

static void
trace(const char *call, const char *name)
{
    if (fault.trace == NULL)
        return;
    blob_text(fault.trace, call);
    blob_text(fault.trace, " ");
    blob_text(fault.trace, name);
    blob_text(fault.trace, "\n");
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_close(int fd);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_flock(int fd, int operation);
int __wrap_fsync(int fd);
int __wrap_linkat(int d, const char *name, int e, const char *to, int flags);
int __wrap_mkdirat(int dir, const char *name, mode_t mode);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);
int __wrap_openat(int dir, const char *name, int flags, ...);
ssize_t __wrap_read(int fd, void *data, size_t size);
int __wrap_renameat(int dir, const char *name, int e, const char *to);
int __wrap_unlinkat(int dir, const char *name, int flags);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t at);

int __real_close(int fd);
int __real_fchmod(int fd, mode_t mode);
int __real_flock(int fd, int operation);
int __real_linkat(int d, const char *name, int e, const char *to, int flags);
int __real_mkdirat(int dir, const char *name, mode_t mode);
int __real_nanosleep(const struct timespec *time, struct timespec *rest);
int __real_openat(int dir, const char *name, int flags, ...);
ssize_t __real_read(int fd, void *data, size_t size);
int __real_renameat(int dir, const char *name, int e, const char *to);
int __real_unlinkat(int dir, const char *name, int flags);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t at);

int
__wrap_openat(int dir, const char *name, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
    if (struck("openat"))
        return -1;
    return __real_openat(dir, name, flags, mode);
}

/* As on Linux: a close that fails has closed. */
int
__wrap_close(int fd)
{
    bool fails = struck("close");
    int saved = errno;

    if (fd >= 0 && fd < MAX_FD)
        fault.failed[fd] = false;
    if (__real_close(fd) != 0)
        return -1;
    errno = saved;
    return fails ? -1 : 0;
}

/* Not really: the disk is not what is tested here. */
int
__wrap_fsync(int fd)
{
    char link[64], path[512] = "";

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (fault.trace != NULL && readlink(link, path, sizeof(path) - 1) > 0)
        trace("fsync", strrchr(path, '/') + 1);
    assert_in_range(fd, 0, MAX_FD - 1);
    if (fault.failed[fd])
        fault.repeated = true;
    fault.failed[fd] = struck("fsync");
    return fault.failed[fd] ? -1 : 0;
}

int
__wrap_fchmod(int fd, mode_t mode)
{
    return struck("fchmod") ? -1 : __real_fchmod(fd, mode);
}

int
__wrap_flock(int fd, int operation)
{
    return struck("flock") || interrupted() ? -1 : __real_flock(fd, operation);
}

int
__wrap_linkat(int d, const char *name, int e, const char *to, int flags)
{
    if (struck("linkat"))
        return -1;
    if (fault.no_links) {
        errno = EPERM;
        return -1;
    }
    return __real_linkat(d, name, e, to, flags);
}

int
__wrap_mkdirat(int dir, const char *name, mode_t mode)
{
    return struck("mkdirat") ? -1 : __real_mkdirat(dir, name, mode);
}

ssize_t
__wrap_read(int fd, void *data, size_t size)
{
    return struck("read") || interrupted() ? -1 : __real_read(fd, data, size);
}

int
__wrap_renameat(int dir, const char *name, int e, const char *to)
{
    trace("rename", name);
    return struck("renameat") ? -1 : __real_renameat(dir, name, e, to);
}

int
__wrap_unlinkat(int dir, const char *name, int flags)
{
    if (struck("unlinkat"))
        return -1;
    if (fault.done_stays && strcmp(name, ".done") == 0) {
        errno = EIO;
        return -1;
    }
    return __real_unlinkat(dir, name, flags);
}

ssize_t
__wrap_write(int fd, const void *data, size_t size)
{
    if (struck("write") || interrupted())
        return -1;
    if (fault.chunk > 0 && size > fault.chunk)
        size = fault.chunk;
    return __real_write(fd, data, size);
}

ssize_t
__wrap_pwrite(int fd, const void *data, size_t size, off_t at)
{
    if (struck("write") || interrupted())
        return -1;
    if (fault.chunk > 0 && size > fault.chunk)
        size = fault.chunk;
    return __real_pwrite(fd, data, size, at);
}

/* Sleeping moves the clock of this program only. */
int
__wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
    (void)rest;
    fault.slept.tv_nsec += time->tv_nsec;
    fault.slept.tv_sec += fault.slept.tv_nsec / 1000000000;
    fault.slept.tv_nsec %= 1000000000;
    return __real_nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL);
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
    (void)clock;
    *ret = fault.slept; /* a busy machine is none of its business */
    return 0;
}

static void
arm(enum what what, const char *call, int n, int error)
{
    memset(&fault, 0, sizeof(fault));
    fault.what = what;
    fault.call = call;
    fault.n = n;
    fault.error = error;
}

static void
disarm(void)
{
    fault.what = PASS;
    fault.die_later = false;
    fault.no_links = false;
}

/* The exit status of a body run in a process of its own, 128 + a signal. */
static int
in_child(int (*body)(void *), void *arg)
{
    pid_t pid = fork();
    int status;

    assert_int_not_equal(pid, -1);
    if (pid == 0)
        _exit(body(arg));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Steps, and what the disk looks like around them.
 */

#define FILES 4
/* As seen from files/; the last one stands in the private area. */
static const char *const names[FILES] = { "a", "b", "c", "../private/s" };

static enum store_area
area_of(size_t i)
{
    return i == FILES - 1 ? STORE_PRIVATE : STORE_FILES;
}

static const char *
name_of(size_t i)
{
    return i == FILES - 1 ? "s" : names[i];
}

static const struct scenario {
    const char *before[FILES], *after[FILES]; /* NULL: no file */
    size_t n;                                 /* how many of them change */
    enum how { WRITE, REMOVE, STREAM, RENAME } how;
} scenarios[] = {
    { { NULL }, { "new a" }, 1, WRITE },
    { { "old a", "b", "c" }, { "new a", "b", "c" }, 1, WRITE },
    { { "old a", "b" }, { NULL, "b" }, 1, REMOVE },
    { { NULL }, { "new a", "new b" }, 2, WRITE },
    { { "old a", "old b", "c" }, { "new a", "new b", "c" }, 2, WRITE },
    { { NULL, "old b" }, { "new a", "new b" }, 2, WRITE },
    { { "old a", "old b", "old c" }, { "new a", NULL, "new c" }, 3, WRITE },
    { { "old a", NULL, NULL }, { NULL, "new b", NULL }, 3, WRITE },
    { { "old a", "b", NULL, "old s" }, { "new a", NULL, "c", "s" }, 4, WRITE },
    { { NULL }, { "a", "b", "c", "s" }, 4, WRITE },
    { { NULL, "b" }, { "new a", "b" }, 1, STREAM },
    { { "old a", "b" }, { "new a", "b" }, 1, STREAM },
    { { "old a", NULL, "c" }, { NULL, "old a", "c" }, 2, RENAME },
    { { "old a", "old b" }, { NULL, "old a" }, 2, RENAME },
};
#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static int
stream_file(struct store *store, const char *name, const char *text,
            struct error *error)
{
    struct store_stream *stream = NULL;
    size_t size = strlen(text), half = size / 2;
    int r;

    r = store_stream_open(store, STORE_FILES, name, 0644, false, &stream,
                          error);
    if (r == 0)
        r = store_stream_write(stream, half, text + half, size - half, error);
    if (r == 0)
        r = store_stream_write(stream, 0, text, half, error);
    if (r == 0)
        r = store_stream_commit(stream, error);
    store_stream_free(stream);
    return r;
}

static int
make_step(struct store *store, const struct scenario *scenario,
          struct error *error)
{
    struct store_change changes[FILES];
    struct store_part parts[] = {
        { STORE_FILES, changes,
          scenario->n < FILES ? scenario->n : scenario->n - 1 },
        { STORE_PRIVATE, &changes[FILES - 1], scenario->n == FILES },
    };
    struct blob blobs[FILES] = { { 0 } };
    size_t i;
    int r;

    if (scenario->how == REMOVE)
        return store_remove(store, STORE_FILES, names[0], error);
    if (scenario->how == RENAME)
        return store_rename(store, STORE_FILES, names[0], names[1], true,
                            error);
    if (scenario->how == STREAM)
        return stream_file(store, names[0], scenario->after[0], error);
    for (i = 0; i < scenario->n; i++) {
        bool data = scenario->after[i] != NULL;

        if (data)
            blob_text(&blobs[i], scenario->after[i]);
        changes[i] =
            (struct store_change){ name_of(i), data ? &blobs[i] : NULL, 0644 };
    }
    r = store_write_parts(store, parts, 2, error);
    for (i = 0; i < scenario->n; i++)
        blob_clear(&blobs[i]);
    return r;
}

/* By the C library, not through our wrappers. */
static void
put_plain(const char *root, const char *name, const char *text)
{
    char path[256];
    FILE *out;

    snprintf(path, sizeof(path), "%s/files/%s", root, name);
    if (text == NULL) {
        unlink(path);
        return;
    }
    out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static bool
holds(const char *root, const char *name, const char *want)
{
    char path[256], text[256] = "";
    FILE *in;
    size_t n;

    snprintf(path, sizeof(path), "%s/files/%s", root, name);
    in = fopen(path, "r");
    if (in == NULL)
        return want == NULL;
    n = fread(text, 1, sizeof(text) - 1, in);
    text[n] = '\0';
    fclose(in);
    return want != NULL && strcmp(text, want) == 0;
}

static bool
all_hold(const char *root, const char *const want[FILES])
{
    size_t i;

    for (i = 0; i < FILES; i++)
        if (!holds(root, names[i], want[i]))
            return false;
    return true;
}

static int
left_in(const char *root, const char *area)
{
    char path[128];
    struct dirent *entry;
    int n = 0;
    DIR *dir;

    snprintf(path, sizeof(path), "%s/%s", root, area);
    dir = opendir(path);
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] == '.' && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            n++;
    closedir(dir);
    return n;
}

/* How many files stand there that the store must not leave. */
static int
left_aside(const char *root)
{
    return left_in(root, "files") + left_in(root, "private");
}

static bool
lock_free(const char *root)
{
    char path[128];
    bool is_free;
    int fd;

    snprintf(path, sizeof(path), "%s/lock", root);
    fd = open(path, O_RDWR);
    if (fd < 0)
        return errno == ENOENT;
    is_free = __real_flock(fd, LOCK_EX | LOCK_NB) == 0;
    __real_close(fd);
    return is_free;
}

static void
set_before(const char *root, const struct scenario *scenario)
{
    size_t i;

    for (i = 0; i < FILES; i++)
        put_plain(root, names[i], scenario->before[i]);
}

/* Whatever has happened: the next open and the next call work. */
static void
check_recovers(const char *root, const struct scenario *scenario)
{
    struct store *store = NULL;
    struct error error;

    disarm();
    assert_int_equal(store_open(root, &store, &error), 0);
    if (!all_hold(root, scenario->before) && !all_hold(root, scenario->after))
        fail_msg("neither all old nor all new");
    assert_int_equal(left_aside(root), 0);
    set_before(root, scenario);
    assert_int_equal(make_step(store, scenario, &error), 0);
    assert_true(all_hold(root, scenario->after));
    assert_int_equal(left_aside(root), 0);
    assert_true(lock_free(root));
    store_free(store);
}

/*
 * Failing calls.
 */

static const char *const calls[] = {
    "openat", "write",    "fchmod",   "fsync", "close",
    "linkat", "renameat", "unlinkat", "flock", NULL,
};

/* One step with the n-th such call failing; false when there was none. */
static bool
check_failing(struct scratch *scratch, const struct scenario *scenario,
              const char *call, int n)
{
    struct error error = { 0 };
    int r;

    set_before(scratch->path, scenario);
    arm(FAIL_ONCE, call, n, EIO);
    r = make_step(scratch->store, scenario, &error);
    disarm();
    if (!fault.hit) {
        assert_int_equal(r, 0);
        assert_true(all_hold(scratch->path, scenario->after));
        return false;
    }
    assert_false(fault.repeated);
    assert_true(lock_free(scratch->path));
    if (r == 0) {
        assert_true(all_hold(scratch->path, scenario->after));
    } else {
        assert_int_equal(error.code, E_IO);
        assert_string_equal(error.detail, strerror(EIO));
        assert_true(all_hold(scratch->path, scenario->before));
    }
    /* Only sweeping and unlocking may fail unseen. */
    if (r == 0 && strcmp(call, "unlinkat") != 0 && strcmp(call, "close") != 0)
        fail_msg("%s %d failed and was not reported", call, n);
    if (strcmp(call, "unlinkat") == 0) { /* the next to open sweeps */
        struct store *next = NULL;

        assert_int_equal(store_open(scratch->path, &next, &error), 0);
        store_free(next);
    }
    assert_int_equal(left_aside(scratch->path), 0);
    set_before(scratch->path, scenario);
    assert_int_equal(make_step(scratch->store, scenario, &error), 0);
    assert_true(all_hold(scratch->path, scenario->after));
    assert_int_equal(left_aside(scratch->path), 0);
    return true;
}

static void
test_every_failing_call(void **state)
{
    size_t i, c;
    int n, total = 0;

    for (i = 0; i < SCENARIOS; i++)
        for (c = 0; calls[c] != NULL; c++, total += n)
            for (n = 0; check_failing(*state, &scenarios[i], calls[c], n);)
                n++;
    /* The wrappers are in place: a step of two files is some thirty calls. */
    assert_in_range(total, 30 * SCENARIOS / 2, 10000);
}

/* The disk goes away in the middle, and comes back. */
static void
test_all_calls_failing_from_one_on(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    size_t i;
    int n, r;

    for (i = 0; i < SCENARIOS; i++) {
        for (n = 0;; n++) {
            set_before(scratch->path, &scenarios[i]);
            arm(FAIL_ON, NULL, n, EROFS);
            r = make_step(scratch->store, &scenarios[i], &error);
            disarm();
            if (!fault.hit)
                break;
            if (r == 0)
                assert_true(all_hold(scratch->path, scenarios[i].after));
            else
                assert_int_equal(error.code, E_DENIED);
            check_recovers(scratch->path, &scenarios[i]);
        }
        assert_int_equal(r, 0);
    }
}

/* The same within one hold of the lock: the next call must not stumble. */
static void
test_failing_under_the_lock(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    size_t i;
    int n;

    for (i = 0; i < SCENARIOS; i++) {
        for (n = 0;; n++) {
            set_before(scratch->path, &scenarios[i]);
            assert_int_equal(store_lock(scratch->store, &error), 0);
            arm(FAIL_ON, NULL, n, EIO);
            make_step(scratch->store, &scenarios[i], &error);
            disarm();
            if (fault.hit) {
                put_text(scratch->store, "other", "text");
                assert_true(all_hold(scratch->path, scenarios[i].before) ||
                            all_hold(scratch->path, scenarios[i].after));
                assert_true(holds(scratch->path, "other", "text"));
            }
            store_unlock(scratch->store);
            assert_int_equal(left_aside(scratch->path), 0);
            if (!fault.hit)
                break;
        }
    }
}

static void
test_without_hard_links(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    size_t i;
    int n, r;

    for (i = 0; i < SCENARIOS; i++) {
        if (scenarios[i].how == STREAM || scenarios[i].how == RENAME) {
            set_before(scratch->path, &scenarios[i]);
            fault.no_links = true;
            assert_fails(make_step(scratch->store, &scenarios[i], &error),
                         &error, E_DENIED, NULL);
            disarm();
            assert_true(all_hold(scratch->path, scenarios[i].before));
            check_recovers(scratch->path, &scenarios[i]);
            continue;
        }
        for (n = 0;; n++) {
            set_before(scratch->path, &scenarios[i]);
            arm(FAIL_ONCE, "fsync", n, EIO);
            fault.no_links = true;
            r = make_step(scratch->store, &scenarios[i], &error);
            if (!fault.hit)
                break;
            assert_int_equal(r, -1);
            check_recovers(scratch->path, &scenarios[i]);
        }
        assert_int_equal(r, 0);
        assert_true(all_hold(scratch->path, scenarios[i].after));
        disarm();
    }
}

static void
test_open_with_failing_calls(void **state)
{
    static const char *const opening[] = { "openat", "mkdirat", "fsync", NULL };
    struct scratch *scratch = *state;
    size_t c;
    int n;

    for (c = 0; opening[c] != NULL; c++) {
        for (n = 0;; n++) {
            char *path = xasprintf("%s/files/%s%d/x/state", scratch->path,
                                   opening[c], n);
            struct store *store = NULL;
            struct error error;
            int r;

            arm(FAIL_ONCE, opening[c], n, EIO);
            r = store_open(path, &store, &error);
            disarm();
            if (fault.hit) {
                assert_int_equal(r, -1);
                assert_null(store);
                assert_int_equal(error.code, E_IO);
                assert_false(fault.repeated);
                r = store_open(path, &store, &error);
            }
            assert_int_equal(r, 0);
            put_text(store, "a", "text");
            assert_true(holds(path, "a", "text"));
            store_free(store);
            free(path);
            if (!fault.hit)
                break;
        }
        assert_in_range(n, 5, 20); /* three directories, two areas */
    }
}

/* What is not durable must not be decisive: the order of fsync and rename. */
static void
test_order(void **state)
{
    struct scratch *scratch = *state;
    struct blob seen = { 0 };
    struct error error;

    arm(PASS, NULL, 0, 0);
    fault.trace = &seen;
    assert_int_equal(make_step(scratch->store, &scenarios[0], &error), 0);
    assert_string_equal(seen.data, "fsync .new.0\n"
                                   "rename .new.0\n"
                                   "fsync files\n");
    blob_clear(&seen);
    assert_int_equal(make_step(scratch->store, &scenarios[11], &error), 0);
    assert_int_equal(strncmp((char *)seen.data, "fsync #", 7), 0);
    assert_non_null(strstr((char *)seen.data, "\nrename .new.0\n"
                                              "fsync files\n"));
    blob_clear(&seen);
    assert_int_equal(
        store_set_date(scratch->store, STORE_FILES, "a", 5, &error), 0);
    assert_string_equal(seen.data, "fsync a\n");
    blob_clear(&seen);
    assert_int_equal(make_step(scratch->store, &scenarios[3], &error), 0);
    assert_string_equal(seen.data, "fsync .new.0\n"
                                   "fsync .new.1\n"
                                   "fsync .record\n"
                                   "rename .record\n"
                                   "fsync files\n"
                                   "rename .new.0\n"
                                   "rename .new.1\n"
                                   "fsync files\n"
                                   "rename .commit\n"
                                   "fsync files\n");
    blob_clear(&seen);
    set_before(scratch->path, &scenarios[9]);
    assert_int_equal(make_step(scratch->store, &scenarios[9], &error), 0);
    assert_string_equal(seen.data, "fsync .new.0\n"
                                   "fsync .new.1\n"
                                   "fsync .new.2\n"
                                   "fsync .new.3\n"
                                   "fsync files\n"
                                   "fsync private\n"
                                   "fsync .record\n"
                                   "rename .record\n"
                                   "fsync files\n"
                                   "rename .new.0\n"
                                   "rename .new.1\n"
                                   "rename .new.2\n"
                                   "rename .new.3\n"
                                   "fsync files\n"
                                   "fsync private\n"
                                   "rename .commit\n"
                                   "fsync files\n");
    fault.trace = NULL;
    blob_clear(&seen);
}

struct crash {
    const char *root;
    const struct scenario *scenario; /* NULL: only opens */
    int fsync;                       /* fails first, unless -1 */
    int at;                          /* dies there */
};

#define MANY 300

static int
write_many(void *arg)
{
    const struct crash *crash = arg;
    struct store_change changes[MANY];
    struct store *store = NULL;
    struct blob text = { 0 };
    struct error error;
    char name[MANY][8];
    size_t i;

    blob_text(&text, "text");
    for (i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof(name[i]), "n%zu", i);
        changes[i] = (struct store_change){ name[i], &text, 0644 };
    }
    if (store_open(crash->root, &store, &error) != 0)
        return 2;
    arm(DIE, "renameat", crash->at, 0);
    if (store_write(store, STORE_FILES, changes, MANY, &error) != 0)
        return 1;
    blob_clear(&text);
    store_free(store);
    return 0;
}

/* A step of hundreds of files, and a crash before, in and behind its middle. */
static void
test_many_files(void **state)
{
    static const struct {
        int at; /* this rename; the first one is the record's */
        size_t files;
    } table[] = {
        { 0, 0 }, { 1, MANY }, { 150, MANY }, { MANY, MANY }, { 1000, MANY },
    };
    struct scratch *scratch = *state;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct crash crash = { scratch->path, NULL, -1, table[i].at };
        struct store *store = NULL;
        struct store_names list;
        struct error error;
        int status = in_child(write_many, &crash);

        assert_int_equal(status, table[i].at > MANY + 1 ? 0 : 128 + SIGKILL);
        assert_int_equal(store_open(scratch->path, &store, &error), 0);
        assert_int_equal(store_list(store, STORE_FILES, &list, &error), 0);
        assert_int_equal(list.count, table[i].files);
        assert_int_equal(left_aside(scratch->path), 0);
        store_names_clear(&list);
        store_free(store);
        assert_int_equal(run_shell(scratch, "rm -f n*", NULL), 0);
    }
}

static void
test_interrupted_and_short_writes(void **state)
{
    struct scratch *scratch = *state;
    struct blob got;

    arm(PASS, NULL, 0, 0);
    fault.interrupt = true;
    fault.chunk = 3;
    put_text(scratch->store, "a", "written by threes");
    got = get_file(scratch->store, "a");
    assert_string_equal(got.data, "written by threes");
    fault.interrupt = false;
    blob_clear(&got);
}

static void
test_read_failing(void **state)
{
    struct scratch *scratch = *state;
    struct blob got = { 0 };
    struct error error;

    put_text(scratch->store, "a", "text");
    arm(FAIL_ONCE, "read", 0, EIO);
    assert_fails(store_read(scratch->store, STORE_FILES, "a", &got, &error),
                 &error, E_IO, "a");
    assert_null(got.data);
    disarm();
}

/*
 * Crashes.
 */

static int
crashing(void *arg)
{
    const struct crash *crash = arg;
    struct store *store = NULL;
    struct error error;
    int r;

    arm(DIE, NULL, crash->at, 0);
    if (crash->scenario == NULL)
        return store_open(crash->root, &store, &error) != 0;
    disarm();
    if (store_open(crash->root, &store, &error) != 0)
        return 2;
    arm(DIE, NULL, crash->at, 0);
    if (crash->fsync >= 0) {
        arm(FAIL_ONCE, "fsync", crash->fsync, EIO);
        fault.die_later = true;
        fault.die_at = crash->at;
    }
    r = make_step(store, crash->scenario, &error);
    return r != 0;
}

/* A reader that has the store open sees whole files. */
static void
check_whole_files(struct store *store, const struct scenario *scenario)
{
    size_t i;

    for (i = 0; i < FILES; i++) {
        const char *before = scenario->before[i], *after = scenario->after[i];
        struct blob got = { 0 };
        struct error error;

        if (store_read(store, area_of(i), name_of(i), &got, &error) != 0) {
            assert_int_equal(error.code, E_NO_FILE);
            assert_true(before == NULL || after == NULL);
            continue;
        }
        assert_true((before != NULL && strcmp((char *)got.data, before) == 0) ||
                    (after != NULL && strcmp((char *)got.data, after) == 0));
        blob_clear(&got);
    }
}

static void
test_crash_at_every_call(void **state)
{
    struct scratch *scratch = *state;
    size_t i;

    for (i = 0; i < SCENARIOS; i++) {
        struct crash crash = { scratch->path, &scenarios[i], -1, 0 };
        int status;

        do {
            set_before(scratch->path, &scenarios[i]);
            status = in_child(crashing, &crash);
            check_whole_files(scratch->store, &scenarios[i]);
            assert_true(lock_free(scratch->path));
            if (status == 0)
                assert_true(all_hold(scratch->path, scenarios[i].after));
            else
                assert_int_equal(status, 128 + SIGKILL);
            check_recovers(scratch->path, &scenarios[i]);
            crash.at++;
        } while (status != 0);
        assert_in_range(crash.at, 10, 200);
    }
}

/* A failed fsync, and then a crash while the step is taken back. */
static void
test_crash_while_taking_back(void **state)
{
    struct scratch *scratch = *state;
    const struct scenario *scenario = &scenarios[6];
    struct crash crash = { scratch->path, scenario, 0, 0 };
    int status;

    for (crash.fsync = 0;; crash.fsync++) {
        for (crash.at = 0;; crash.at++) {
            set_before(scratch->path, scenario);
            status = in_child(crashing, &crash);
            if (status == 1)
                assert_true(all_hold(scratch->path, scenario->before));
            check_recovers(scratch->path, scenario);
            if (status != 128 + SIGKILL)
                break;
        }
        if (status == 0)
            break;
    }
    assert_int_equal(crash.fsync, 6); /* a, c, the record; files three times */
}

/* A crash, and another one in the recovery from it. */
static void
test_crash_while_recovering(void **state)
{
    struct scratch *scratch = *state;
    const struct scenario *scenario = &scenarios[6];
    struct crash first = { scratch->path, scenario, -1, 0 };
    int status, second_status;

    do {
        struct crash second = { scratch->path, NULL, -1, 0 };

        do {
            set_before(scratch->path, scenario);
            status = in_child(crashing, &first);
            second_status = in_child(crashing, &second);
            check_recovers(scratch->path, scenario);
            second.at += 5; /* not all of them: it is a product */
        } while (second_status == 128 + SIGKILL);
        assert_int_equal(second_status, 0);
        first.at += 3;
    } while (status == 128 + SIGKILL);
    assert_int_equal(status, 0);
}

/* Who has the store open need not wait for the next one who opens it. */
static void
test_settle(void **state)
{
    struct scratch *scratch = *state;
    const struct scenario *scenario = &scenarios[6];
    struct crash crash = { scratch->path, scenario, -1, 0 };
    struct error error;
    int status;

    do {
        set_before(scratch->path, scenario);
        status = in_child(crashing, &crash);
        assert_int_equal(store_settle(scratch->store, &error), 0);
        assert_true(all_hold(scratch->path, scenario->before) ||
                    all_hold(scratch->path, scenario->after));
        assert_int_equal(left_aside(scratch->path), 0);
        assert_true(lock_free(scratch->path));
        crash.at++;
    } while (status == 128 + SIGKILL);
    assert_int_equal(status, 0);
}

/* Nor does who reads a pair get one file of before and one of after. */
static void
test_together_settles(void **state)
{
    struct scratch *scratch = *state;
    const struct scenario *scenario = &scenarios[4];
    struct crash crash = { scratch->path, scenario, -1, 0 };
    int status;

    do {
        struct blob files[2] = { { 0 } };
        struct error error;

        set_before(scratch->path, scenario);
        status = in_child(crashing, &crash);
        assert_int_equal(store_read_together(scratch->store, STORE_FILES, names,
                                             2, files, &error),
                         0);
        assert_int_equal(strncmp((char *)files[0].data, "new", 3) == 0,
                         strncmp((char *)files[1].data, "new", 3) == 0);
        blob_clear(&files[0]);
        blob_clear(&files[1]);
        crash.at++;
    } while (status == 128 + SIGKILL);
    assert_int_equal(status, 0);
}

/* What a writer at work has aside is left to it, also one in our own process.
 */
static void
test_settle_under_way(void **state)
{
    struct scratch *scratch = *state;
    struct store *writer = NULL;
    struct error error;

    assert_int_equal(store_open(scratch->path, &writer, &error), 0);
    assert_int_equal(store_lock(writer, &error), 0);
    put_plain(scratch->path, ".record", "");
    put_plain(scratch->path, ".new.0", "aside");
    assert_int_equal(store_settle(scratch->store, &error), 0);
    assert_int_equal(store_settle(writer, &error), 0);
    assert_true(holds(scratch->path, ".new.0", "aside"));
    assert_false(lock_free(scratch->path));
    store_free(writer);
    put_plain(scratch->path, ".commit", "no record");
    assert_fails(store_settle(scratch->store, &error), &error, E_DAMAGED,
                 ".commit");
    assert_true(lock_free(scratch->path));
    put_plain(scratch->path, ".commit", NULL);
}

/* A disk that can only be read any more can be read. */
static void
test_open_read_only(void **state)
{
    static const struct {
        const char *mark;
        int r;
    } table[] = {
        { ".record", 0 }, { ".done", 0 }, { ".commit", -1 }, { ".undo", -1 }
    };
    struct scratch *scratch = *state;
    size_t i;

    put_text(scratch->store, "a", "text");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct store *store = NULL;
        struct error error;

        put_plain(scratch->path, table[i].mark, "=files/a\n");
        arm(FAIL_ON, "openat", 3, EROFS); /* behind the directories: the lock */
        assert_int_equal(store_open(scratch->path, &store, &error), table[i].r);
        assert_true(fault.hit);
        assert_int_equal(error.code, E_DENIED);
        disarm();
        if (store != NULL) {
            struct blob got = get_file(store, "a");

            assert_string_equal(got.data, "text");
            blob_clear(&got);
        }
        store_free(store);
        put_plain(scratch->path, table[i].mark, NULL);
    }
}

/* The record of a step that was made can not be removed, and the next step is
   taken back: the one before stands, wherever the process dies. */
static int
behind_an_old_record(void *arg)
{
    const struct crash *crash = arg;
    struct store *store = NULL;
    struct error error;

    if (store_open(crash->root, &store, &error) != 0)
        return 2;
    arm(PASS, NULL, 0, 0);
    fault.done_stays = true;
    if (make_step(store, &scenarios[3], &error) != 0)
        return 3;
    arm(FAIL_ONCE, "fsync", crash->fsync, EIO);
    fault.done_stays = true;
    fault.die_later = true;
    fault.die_at = crash->at;
    return make_step(store, crash->scenario, &error) != 0;
}

static void
test_old_record(void **state)
{
    static const struct scenario other = {
        { "new a", "new b" }, { "new a", "new b", "c", "s" }, 4, WRITE
    };
    struct scratch *scratch = *state;
    /* Four files and two areas are synced, then the record. */
    struct crash crash = { scratch->path, &other, 6, 0 };
    int status;

    do {
        set_before(scratch->path, &scenarios[3]);
        status = in_child(behind_an_old_record, &crash);
        check_recovers(scratch->path, &other);
        crash.at++;
    } while (status == 128 + SIGKILL);
    assert_int_equal(status, 1);
    assert_in_range(crash.at, 10, 100);
}

static void
test_damaged_record(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
    } table[] = {
        { "", 0 },
        { "+files/a", 1 },
        { "*files/a\n", 1 },
        { "+files/a\n+files/.b\n", 2 },
        { "+files/a\n\n+files/b\n", 2 },
        { "+files/../a\n", 1 },
        { "+files/a\n+a\n", 2 },
        { "+files\n", 1 },
        { "+elsewhere/a\n", 1 },
    };
    struct scratch *scratch = *state;
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct store *store = NULL;

        put_plain(scratch->path, ".new.0", "aside");
        put_plain(scratch->path, i % 2 ? ".commit" : ".undo", table[i].text);
        assert_fails(store_open(scratch->path, &store, &error), &error,
                     E_DAMAGED, i % 2 ? ".commit" : ".undo");
        assert_int_equal(error.line, table[i].line);
        assert_null(store);
        assert_true(holds(scratch->path, "a", NULL)); /* nothing was done */
        assert_true(holds(scratch->path, ".new.0", "aside"));
        put_plain(scratch->path, i % 2 ? ".commit" : ".undo", NULL);
    }
}

/* Damage that comes while the store is open: refused, and the lock given up. */
static void
test_damaged_while_open(void **state)
{
    struct scratch *scratch = *state;
    struct blob data = { 0 };
    const struct store_change change = { "a", &data, 0644 };
    struct error error;

    put_plain(scratch->path, ".commit", "*a\n");
    assert_fails(store_write(scratch->store, STORE_FILES, &change, 1, &error),
                 &error, E_DAMAGED, ".commit");
    assert_fails(store_lock(scratch->store, &error), &error, E_DAMAGED,
                 ".commit");
    assert_true(lock_free(scratch->path));
    put_plain(scratch->path, ".commit", NULL);
    put_text(scratch->store, "a", "text");
}

/* A step of no file is a mistake of the program. */
static int
no_step(void *arg)
{
    struct scratch *scratch = arg;
    struct error error;

    signal(SIGABRT, SIG_DFL);
    return store_write(scratch->store, STORE_FILES, NULL, 0, &error);
}

static int
no_step_in_parts(void *arg)
{
    const struct store_part parts[] = { { STORE_FILES, NULL, 0 },
                                        { STORE_PRIVATE, NULL, 0 } };
    struct scratch *scratch = arg;
    struct error error;

    signal(SIGABRT, SIG_DFL);
    return store_write_parts(scratch->store, parts, 2, &error);
}

static void
test_no_steps(void **state)
{
    struct scratch *scratch = *state;

    assert_int_equal(in_child(no_step, scratch), 128 + SIGABRT);
    assert_int_equal(in_child(no_step_in_parts, scratch), 128 + SIGABRT);
}

/* A record that is over is never obeyed again. */
static void
test_done_record(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = NULL;
    struct error error;

    put_plain(scratch->path, ".new.0", "aside");
    put_plain(scratch->path, ".done", "+files/a\n");
    assert_int_equal(store_open(scratch->path, &store, &error), 0);
    assert_true(holds(scratch->path, "a", NULL));
    assert_int_equal(left_aside(scratch->path), 0);
    store_free(store);
}

/*
 * The lock.
 */

static void
test_leftovers_and_a_writer(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = NULL;
    struct error error;

    assert_int_equal(store_lock(scratch->store, &error), 0);
    put_plain(scratch->path, ".record", "");
    put_plain(scratch->path, ".new.0", "at work");
    assert_int_equal(store_open(scratch->path, &store, &error), 0);
    assert_true(holds(scratch->path, ".new.0", "at work"));
    store_free(store);
    store_unlock(scratch->store);
    assert_int_equal(store_open(scratch->path, &store, &error), 0);
    assert_int_equal(left_aside(scratch->path), 0);
    store_free(store);
}

#define WRITES 200

static int
counting(void *arg)
{
    struct store *store = NULL;
    struct error error;
    int i;

    if (store_open(arg, &store, &error) != 0)
        return 1;
    for (i = 0; i < WRITES; i++) {
        struct blob got = { 0 }, text = { 0 };
        struct store_change change = { "count", &text, 0644 };
        char number[32];

        while (store_lock(store, &error) != 0)
            if (error.code != E_BUSY)
                return 2;
        if (store_read(store, STORE_FILES, "count", &got, &error) != 0)
            return 2;
        snprintf(number, sizeof(number), "%d", atoi((char *)got.data) + 1);
        blob_text(&text, number);
        if (store_write(store, STORE_FILES, &change, 1, &error) != 0)
            return 3;
        store_unlock(store);
        blob_clear(&got);
        blob_clear(&text);
    }
    store_free(store);
    return 0;
}

static void
test_no_lost_update(void **state)
{
    struct scratch *scratch = *state;
    struct blob got;
    int status;
    pid_t pid;

    put_text(scratch->store, "count", "0");
    pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0)
        _exit(counting(scratch->path));
    assert_int_equal(counting(scratch->path), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    got = get_file(scratch->store, "count");
    assert_int_equal(atoi((char *)got.data), 2 * WRITES);
    blob_clear(&got);
}

/* Writes two long files as one step, over and over, until it is killed. */
static int
alternating(void *arg)
{
    struct store *store = NULL;
    struct error error;
    char fill = 'A';

    if (store_open(arg, &store, &error) != 0)
        return 1;
    for (;; fill = fill == 'A' ? 'B' : 'A') {
        struct blob data = { 0 };
        struct store_change changes[] = { { "a", &data, 0644 },
                                          { "b", &data, 0644 } };
        char text[65537] = "";

        memset(text, fill, sizeof(text) - 1);
        blob_text(&data, text);
        if (store_write(store, STORE_FILES, changes, 2, &error) != 0)
            return 2;
        blob_clear(&data);
    }
}

static void
test_readers_see_whole_files(void **state)
{
    struct scratch *scratch = *state;
    int i, read = 0, status;
    pid_t pid = fork();

    assert_int_not_equal(pid, -1);
    if (pid == 0)
        _exit(alternating(scratch->path));
    for (i = 0; i < 100000 && read < 500; i++) {
        const char *name = i % 2 ? "a" : "b";
        struct blob got = { 0 };
        struct error error;

        if (store_read(scratch->store, STORE_FILES, name, &got, &error) == 0) {
            char fill[2] = { (char)got.data[0], '\0' };

            assert_int_equal(got.size, 65536);
            assert_int_equal(strspn((char *)got.data, fill), 65536);
            read++;
        } else {
            assert_int_equal(error.code, E_NO_FILE); /* not yet */
            usleep(100);
        }
        blob_clear(&got);
    }
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(read, 500);
    assert_true(lock_free(scratch->path));
}

static void
test_busy(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = NULL;
    struct blob data = { 0 };
    struct store_change change = { "a", &data, 0644 };
    struct error error;

    assert_int_equal(store_open(scratch->path, &store, &error), 0);
    assert_int_equal(store_lock(scratch->store, &error), 0);
    arm(PASS, NULL, 0, 0);
    assert_fails(store_lock(store, &error), &error, E_BUSY, NULL);
    assert_in_range(fault.slept.tv_sec, STORE_LOCK_SECONDS - 1,
                    STORE_LOCK_SECONDS + 1);
    assert_fails(store_write(store, STORE_FILES, &change, 1, &error), &error,
                 E_BUSY, NULL);
    assert_fails(store_remove(store, STORE_FILES, "a", &error), &error, E_BUSY,
                 NULL);
    store_unlock(scratch->store);
    assert_int_equal(store_lock(store, &error), 0);
    store_free(store); /* and unlocks */
    assert_true(lock_free(scratch->path));
}

/*
 * Names, kinds of files, modes.
 */

static void
test_names(void **state)
{
    char longest[STORE_MAX_NAME + 2];
    static const struct {
        const char *name;
        bool ok;
    } table[] = {
        { "a", true },
        { "web bridge.key", true },
        { "caf\xc3\xa9.crt", true },
        { "\xe2\x82\xac", true },
        { "\xf0\x9f\x94\x91", true },
        { "a..b", true },
        { "", false },
        { ".", false },
        { "..", false },
        { ".hidden", false },
        { "a/b", false },
        { "/a", false },
        { "a\nb", false },
        { "a\x1b[2J", false },
        { "a\x7f", false },
        { "\xc2\x85", false },         /* C1 control */
        { "\xc2\x9b", false },         /* CSI in one character */
        { "caf\xe9", false },          /* Latin-1 */
        { "\xc3", false },             /* cut */
        { "\xe2\x82", false },         /* cut */
        { "\xc0\xaf", false },         /* overlong slash */
        { "\xe0\x80\xaf", false },     /* overlong slash */
        { "\xf0\x80\x80\xaf", false }, /* overlong slash */
        { "\xed\xa0\x80", false },     /* surrogate */
        { "\xf4\x90\x80\x80", false }, /* above U+10FFFF */
        { "\xff", false },
        { "\x80", false },
    };
    struct scratch *scratch = *state;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct blob data = { 0 };
        struct store_change change = { table[i].name, &data, 0644 };
        struct error error;

        if (store_name_ok(table[i].name) != table[i].ok)
            fail_msg("row %zu", i);
        assert_false(store_has(scratch->store, STORE_FILES, table[i].name));
        if (table[i].ok)
            continue;
        assert_fails(store_read(scratch->store, STORE_FILES, table[i].name,
                                &data, &error),
                     &error, E_BAD_NAME, table[i].name);
        assert_fails(
            store_write(scratch->store, STORE_FILES, &change, 1, &error),
            &error, E_BAD_NAME, table[i].name);
        assert_fails(
            store_remove(scratch->store, STORE_FILES, table[i].name, &error),
            &error, E_BAD_NAME, table[i].name);
    }
    memset(longest, 'x', sizeof(longest));
    longest[STORE_MAX_NAME] = '\0';
    assert_true(store_name_ok(longest));
    put_text(scratch->store, longest, "text");
    assert_true(store_has(scratch->store, STORE_FILES, longest));
    longest[STORE_MAX_NAME] = 'x';
    longest[STORE_MAX_NAME + 1] = '\0';
    assert_false(store_name_ok(longest));
}

static void
check_refused(struct scratch *scratch, const char *name, enum error_code code)
{
    struct blob data = { 0 };
    struct store_change changes[] = { { "other", &data, 0644 },
                                      { name, &data, 0644 } };
    struct error error;

    arm(FAIL_ONCE, "openat", 0, EIO); /* it is not even opened */
    assert_fails(store_read(scratch->store, STORE_FILES, name, &data, &error),
                 &error, code, name);
    assert_false(fault.hit);
    disarm();
    assert_false(store_has(scratch->store, STORE_FILES, name));
    assert_fails(store_write(scratch->store, STORE_FILES, changes, 2, &error),
                 &error, code, name);
    assert_fails(store_remove(scratch->store, STORE_FILES, name, &error),
                 &error, code, name);
    assert_false(store_has(scratch->store, STORE_FILES, "other"));
    assert_int_equal(left_aside(scratch->path), 0);
}

static void
test_only_regular_files(void **state)
{
    struct scratch *scratch = *state;
    struct store_names list = { 0 };
    struct error error;
    int i;

    put_text(scratch->store, "real", "text");
    assert_int_equal(run_shell(scratch,
                               "ln -s real link; ln -s nowhere dangling;"
                               "mkdir dir; mkfifo fifo;"
                               "touch \"$(printf 'esc\\033[2J')\"",
                               NULL),
                     0);
    alarm(60); /* a FIFO that is opened waits for ever */
    check_refused(scratch, "link", E_NOT_REGULAR);
    check_refused(scratch, "dangling", E_NOT_REGULAR);
    check_refused(scratch, "dir", E_NOT_REGULAR);
    check_refused(scratch, "fifo", E_NOT_REGULAR);
    if (run_shell(scratch, "mknod device c 1 3", NULL) == 0)
        check_refused(scratch, "device", E_NOT_REGULAR);
    else
        print_message("no device file: mknod needs root\n");
    alarm(0);
    put_text(scratch->store, "B", "");
    put_text(scratch->store, "\xc3\xa9", "");
    put_text(scratch->store, "a", "");
    put_plain(scratch->path, ".hidden", "");
    for (i = 0; i < 2; i++) { /* a list has no memory */
        assert_int_equal(store_list(scratch->store, STORE_FILES, &list, &error),
                         0);
        assert_int_equal(list.count, 4);
        assert_string_equal(list.names[0], "B");
        assert_string_equal(list.names[1], "a");
        assert_string_equal(list.names[2], "real");
        assert_string_equal(list.names[3], "\xc3\xa9");
        store_names_clear(&list);
        assert_null(list.names);
    }
    assert_int_equal(store_list(scratch->store, STORE_PRIVATE, &list, &error),
                     0);
    assert_int_equal(list.count, 0);
    store_names_clear(&list);
}

/* Around the bytes that the sort has at hand, and above ASCII. */
static void
test_list_is_sorted(void **state)
{
    static const char *const files[] = {
        "12345678", "1234567",  "123456789", "12345678a",       "12345678Z",
        "1",        "12345679", "1234567~",  "1234567\xc3\xa9", "z",
        "\xc3\xa9", "~",        " ",         "12345678 ",       "123456780",
    };
    const size_t n = sizeof(files) / sizeof(files[0]);
    struct scratch *scratch = *state;
    struct store_names list = { 0 };
    struct error error;
    size_t i;

    for (i = 0; i < n; i++)
        put_text(scratch->store, files[i], "");
    assert_int_equal(store_list(scratch->store, STORE_FILES, &list, &error), 0);
    assert_int_equal(list.count, n);
    for (i = 1; i < n; i++)
        assert_true(strcmp(list.names[i - 1], list.names[i]) < 0);
    store_names_clear(&list);
}

static void
test_sizes(void **state)
{
    struct scratch *scratch = *state;
    struct blob data = { 0 }, got = { 0 };
    struct store_change change = { "a", &data, 0644 };
    struct error error;

    data.data = xcalloc(1, STORE_MAX_FILE + 2);
    data.size = STORE_MAX_FILE + 1;
    put_text(scratch->store, "a", "");
    got = get_file(scratch->store, "a");
    assert_int_equal(got.size, 0);
    blob_clear(&got);
    assert_fails(store_write(scratch->store, STORE_FILES, &change, 1, &error),
                 &error, E_TOO_LARGE, "a");
    data.size = STORE_MAX_FILE;
    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    got = get_file(scratch->store, "a");
    assert_int_equal(got.size, STORE_MAX_FILE);
    blob_clear(&got);
    assert_int_equal(run_shell(scratch, "printf x >>a", NULL), 0);
    assert_fails(store_read(scratch->store, STORE_FILES, "a", &got, &error),
                 &error, E_TOO_LARGE, "a");
    assert_null(got.data);
    blob_clear(&data);
}

static mode_t
mode_of(const char *root, const char *name)
{
    char path[256];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void
test_modes(void **state)
{
    static const mode_t masks[] = { 0, 022, 077, 0177 };
    struct scratch *scratch = *state;
    struct blob data = { 0 };
    const struct store_change changes[] = { { "key", &data, 0600 },
                                            { "crt", &data, 0644 } };
    mode_t usual = umask(0);
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        int r;

        umask(masks[i]);
        r = store_write(scratch->store, STORE_FILES, changes, 2, &error);
        umask(usual);
        assert_int_equal(r, 0);
        assert_int_equal(mode_of(scratch->path, "files/key"), 0600);
        assert_int_equal(mode_of(scratch->path, "files/crt"), 0644);
    }
    assert_int_equal(store_mode(scratch->store, STORE_FILES, "key"), 0600);
    assert_int_equal(store_mode(scratch->store, STORE_FILES, "crt"), 0644);
    assert_int_equal(store_mode(scratch->store, STORE_FILES, "none"), 0);
    assert_int_equal(store_mode(scratch->store, STORE_FILES, "../lock"), 0);
    umask(usual);
    assert_int_equal(mode_of(scratch->path, "files"), 0700);
    assert_int_equal(mode_of(scratch->path, "private"), 0700);
}

static void
test_remove(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    assert_fails(store_remove(scratch->store, STORE_FILES, "a", &error), &error,
                 E_NO_FILE, "a");
    put_text(scratch->store, "a", "text");
    assert_int_equal(store_remove(scratch->store, STORE_FILES, "a", &error), 0);
    assert_false(store_has(scratch->store, STORE_FILES, "a"));
    assert_true(lock_free(scratch->path));
}

/* Removing is what makes room: it must not want any. */
static void
test_remove_on_a_full_disk(void **state)
{
    static const struct {
        const char *call;
        int n;
    } wants_room[] = { { "openat", 1 }, { "linkat", 0 } };
    struct scratch *scratch = *state;
    struct error error;
    size_t i;

    for (i = 0; i < 2; i++) {
        put_text(scratch->store, "a", "old");
        arm(FAIL_ON, wants_room[i].call, wants_room[i].n, ENOSPC);
        assert_int_equal(store_remove(scratch->store, STORE_FILES, "a", &error),
                         0);
        disarm();
        assert_true(fault.hit);
        assert_false(store_has(scratch->store, STORE_FILES, "a"));
        assert_int_equal(left_aside(scratch->path), 0);
    }
}

static void
test_rename(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct error error;

    put_text(store, "a", "one");
    put_text(store, "b", "two");
    assert_fails(store_rename(store, STORE_FILES, "a", "b", false, &error),
                 &error, E_EXISTS, "b");
    assert_fails(store_rename(store, STORE_FILES, "x", "b", true, &error),
                 &error, E_NO_FILE, "x");
    assert_fails(store_rename(store, STORE_FILES, "a", ".b", true, &error),
                 &error, E_BAD_NAME, ".b");
    assert_fails(store_rename(store, STORE_FILES, "../a", "b", true, &error),
                 &error, E_BAD_NAME, "../a");
    assert_int_equal(store_rename(store, STORE_FILES, "a", "a", false, &error),
                     0);
    assert_true(holds(scratch->path, "a", "one"));
    assert_int_equal(store_rename(store, STORE_FILES, "a", "c", false, &error),
                     0);
    assert_true(holds(scratch->path, "c", "one"));
    assert_false(store_has(store, STORE_FILES, "a"));
    assert_true(holds(scratch->path, "b", "two"));
    assert_int_equal(left_aside(scratch->path), 0);
    assert_true(lock_free(scratch->path));
}

/* Pieces in any order; nothing is seen, and nothing stays, before the commit.
 */
static void
test_stream(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct store_stream *stream = NULL, *other = NULL;
    struct store_info info;
    struct blob got = { 0 };
    struct error error;
    int fd = -1;
    char piece[4];

    assert_int_equal(
        store_stream_open(store, STORE_FILES, "a", 0600, true, &stream, &error),
        0);
    assert_int_equal(store_stream_write(stream, 6, "ghi", 3, &error), 0);
    assert_int_equal(store_stream_write(stream, 0, "abc", 3, &error), 0);
    assert_false(store_has(store, STORE_FILES, "a"));
    assert_int_equal(left_aside(scratch->path), 0);
    assert_true(lock_free(scratch->path));
    assert_int_equal(pread(store_stream_fd(stream), piece, 3, 0), 3);
    assert_memory_equal(piece, "abc", 3);
    store_stream_date(stream, 1000000000);
    assert_int_equal(store_stream_commit(stream, &error), 0);
    store_stream_free(stream);
    got = get_file(store, "a");
    assert_int_equal(got.size, 9);
    assert_memory_equal(got.data, "abc\0\0\0ghi", 9);
    blob_clear(&got);
    assert_int_equal(store_info(store, STORE_FILES, "a", &info, &error), 0);
    assert_int_equal(info.size, 9);
    assert_int_equal(info.mode, 0600);
    assert_int_equal(info.modified, 1000000000);

    /* Two at a time: the last one that is committed stands, whole, and who
       has opened the old file keeps it. */
    assert_int_equal(store_open_file(store, STORE_FILES, "a", &fd, &error), 0);
    assert_int_equal(
        store_stream_open(store, STORE_FILES, "a", 0600, true, &stream, &error),
        0);
    assert_int_equal(
        store_stream_open(store, STORE_FILES, "a", 0600, false, &other, &error),
        0);
    assert_int_equal(store_stream_write(other, 0, "other", 5, &error), 0);
    assert_int_equal(store_stream_resize(stream, 3, &error), 0);
    assert_int_equal(store_stream_write(stream, 3, "d", 1, &error), 0);
    assert_int_equal(store_stream_commit(other, &error), 0);
    assert_true(holds(scratch->path, "a", "other"));
    assert_int_equal(store_stream_commit(stream, &error), 0);
    assert_true(holds(scratch->path, "a", "abcd"));
    assert_int_equal(pread(fd, piece, 3, 6), 3);
    assert_memory_equal(piece, "ghi", 3);
    close(fd);
    store_stream_free(stream);
    store_stream_free(other);
    assert_int_equal(left_aside(scratch->path), 0);

    assert_int_equal(store_set_date(store, STORE_FILES, "a", 5, &error), 0);
    assert_int_equal(store_info(store, STORE_FILES, "a", &info, &error), 0);
    assert_int_equal(info.modified, 5);
    assert_fails(store_set_date(store, STORE_FILES, "x", 5, &error), &error,
                 E_NO_FILE, "x");
}

/* Of two that must be new the first one stands. */
static void
test_stream_only_new(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct store_stream *first = NULL, *second = NULL;
    struct error error;

    assert_int_equal(
        store_stream_open(store, STORE_FILES, "a", 0600, false, &first, &error),
        0);
    assert_int_equal(store_stream_open(store, STORE_FILES, "a", 0600, false,
                                       &second, &error),
                     0);
    store_stream_only_new(first);
    store_stream_only_new(second);
    assert_int_equal(store_stream_write(first, 0, "first", 5, &error), 0);
    assert_int_equal(store_stream_commit(first, &error), 0);
    assert_fails(store_stream_commit(second, &error), &error, E_EXISTS, "a");
    store_stream_free(first);
    store_stream_free(second);
    assert_true(holds(scratch->path, "a", "first"));
    assert_int_equal(left_aside(scratch->path), 0);
}

/* What can not be whole is never committed. */
static void
test_stream_refused(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct store_stream *stream = NULL;
    struct error error;

    assert_fails(store_stream_open(store, STORE_FILES, ".a", 0600, false,
                                   &stream, &error),
                 &error, E_BAD_NAME, ".a");
    assert_int_equal(run_shell(scratch, "mkdir folder && mkfifo fifo", NULL),
                     0);
    assert_fails(store_stream_open(store, STORE_FILES, "folder", 0600, false,
                                   &stream, &error),
                 &error, E_NOT_REGULAR, "folder");
    assert_fails(store_stream_open(store, STORE_FILES, "fifo", 0600, true,
                                   &stream, &error),
                 &error, E_NOT_REGULAR, "fifo");
    put_text(store, "a", "old");
    assert_int_equal(store_stream_open(store, STORE_FILES, "a", 0600, false,
                                       &stream, &error),
                     0);
    assert_fails(store_stream_resize(stream, STORE_MAX_STREAM + 1, &error),
                 &error, E_TOO_LARGE, "a");
    assert_int_equal(store_stream_write(stream, 0, "new", 3, &error), 0);
    assert_fails(
        store_stream_write(stream, STORE_MAX_STREAM - 1, "xy", 2, &error),
        &error, E_TOO_LARGE, "a");
    assert_fails(store_stream_write(stream, UINT64_MAX, "x", 1, &error), &error,
                 E_TOO_LARGE, "a");
    assert_fails(store_stream_commit(stream, &error), &error, E_TOO_LARGE, "a");
    store_stream_free(stream);
    assert_true(holds(scratch->path, "a", "old"));

    assert_int_equal(store_stream_open(store, STORE_FILES, "a", 0600, false,
                                       &stream, &error),
                     0);
    arm(FAIL_ONCE, "write", 0, ENOSPC);
    assert_fails(store_stream_write(stream, 0, "new", 3, &error), &error,
                 E_FULL, "a");
    disarm();
    assert_int_equal(store_stream_write(stream, 0, "n", 1, &error), 0);
    assert_fails(store_stream_commit(stream, &error), &error, E_FULL, "a");
    store_stream_free(stream);
    assert_true(holds(scratch->path, "a", "old"));
    assert_int_equal(left_aside(scratch->path), 0);
}

static void
append_text(struct store *store, const char *text)
{
    struct blob line = { 0 };
    struct error error;

    blob_text(&line, text);
    assert_int_equal(
        store_append(store, STORE_FILES, "log", &line, 10, 2, &error), 0);
    blob_clear(&line);
}

static void
test_append(void **state)
{
    struct scratch *scratch = *state;
    struct blob line = { 0 };
    struct error error;

    append_text(scratch->store, "1234\n");
    append_text(scratch->store, "5678\n");
    assert_true(holds(scratch->path, "log", "1234\n5678\n"));
    append_text(scratch->store, "9\n");
    assert_true(holds(scratch->path, "log", "9\n"));
    assert_true(holds(scratch->path, "log.1", "1234\n5678\n"));
    append_text(scratch->store, "longer than all\n");
    append_text(scratch->store, "x\n");
    assert_true(holds(scratch->path, "log", "x\n"));
    assert_true(holds(scratch->path, "log.1", "longer than all\n"));
    assert_true(holds(scratch->path, "log.2", "9\n"));
    assert_false(store_has(scratch->store, STORE_FILES, "log.3"));
    assert_int_equal(mode_of(scratch->path, "files/log"), 0600);
    assert_int_equal(run_shell(scratch, "rm log; ln -s a log", NULL), 0);
    assert_fails(
        store_append(scratch->store, STORE_FILES, "log", &line, 10, 2, &error),
        &error, E_NOT_REGULAR, "log");
    assert_fails(
        store_append(scratch->store, STORE_FILES, "../x", &line, 10, 2, &error),
        &error, E_BAD_NAME, "../x");
}

static void
test_areas_are_apart(void **state)
{
    struct scratch *scratch = *state;
    struct blob data = { 0 };
    struct store_change change = { "a", &data, 0600 };
    struct error error;

    assert_int_equal(
        store_write(scratch->store, STORE_PRIVATE, &change, 1, &error), 0);
    assert_true(store_has(scratch->store, STORE_PRIVATE, "a"));
    assert_false(store_has(scratch->store, STORE_FILES, "a"));
}

static void
test_open_odd_places(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = NULL;
    struct error error;
    char path[128];

    put_text(scratch->store, "file", "text");
    snprintf(path, sizeof(path), "%s/files/file/state", scratch->path);
    assert_fails(store_open(path, &store, &error), &error, E_IO, path);
    snprintf(path, sizeof(path), "%s/state", scratch->path);
    assert_int_equal(run_shell(scratch,
                               "mkdir -p ../state; ln -s /tmp "
                               "../state/files",
                               NULL),
                     0);
    assert_int_equal(store_open(path, &store, &error), -1);
    assert_string_equal(error.subject, "files");
    assert_null(store);
}

/*
 * Disks that are full or may not be written.
 */

#define NOT_HERE 77

static int
on_a_small_disk(void *arg)
{
    struct blob small = { 0 }, large = { 0 };
    const struct store_change first = { "a", &small, 0644 };
    const struct store_change both[] = { { "a", &small, 0600 },
                                         { "b", &large, 0644 } };
    struct store *store = NULL;
    struct error error;
    char text[49153] = "";

    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", arg, "tmpfs", 0, "size=64k") != 0)
        return NOT_HERE;
    blob_text(&small, "old");
    memset(text, 'x', sizeof(text) - 1);
    blob_text(&large, text);
    if (store_open(arg, &store, &error) != 0 ||
        store_write(store, STORE_FILES, &first, 1, &error) != 0)
        return 1;
    blob_clear(&small);
    blob_text(&small, text);
    error.code = E_NONE;
    if (store_write(store, STORE_FILES, both, 2, &error) == 0 ||
        error.code != E_FULL || strcmp(error.subject, "b") != 0)
        return 2;
    if (!holds(arg, "a", "old") || !holds(arg, "b", NULL) ||
        left_aside(arg) != 0)
        return 3;
    if (store_write(store, STORE_FILES, &both[1], 1, &error) != 0)
        return 4;
    store_free(store);
    return 0;
}

static void
test_full_disk(void **state)
{
    struct scratch *scratch = *state;
    int status = in_child(on_a_small_disk, scratch->path);

    if (status == NOT_HERE) {
        print_message("no small disk: mounting a tmpfs needs root\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static int
as_another_user(void *arg)
{
    struct store *store = NULL;
    struct blob got = { 0 };
    const struct store_change change = { "a", &got, 0644 };
    struct error error;

    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
        return NOT_HERE;
    if (store_open(arg, &store, &error) != 0 ||
        store_read(store, STORE_FILES, "a", &got, &error) != 0)
        return 1;
    if (store_write(store, STORE_FILES, &change, 1, &error) == 0 ||
        error.code != E_DENIED)
        return 2;
    if (store_remove(store, STORE_FILES, "a", &error) == 0 ||
        error.code != E_DENIED)
        return 3;
    return holds(arg, "a", "text") ? 0 : 4;
}

static void
test_read_only_directory(void **state)
{
    struct scratch *scratch = *state;
    int status;

    put_text(scratch->store, "a", "text");
    assert_int_equal(
        run_shell(scratch, "rm -f ../lock; chmod 0555 .. . ../private", NULL),
        0);
    status = in_child(as_another_user, scratch->path);
    run_shell(scratch, "chmod 0755 .. . ../private", NULL);
    if (status == NOT_HERE) {
        print_message("can not become another user\n");
        skip();
    }
    assert_int_equal(status, 0);
}

/* Two files of one text, in one step after the other, until it is killed. */
static int
replace_pairs(void *arg)
{
    struct scratch *scratch = arg;
    struct store *store = NULL;
    struct error error;
    int i;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (store_open(scratch->path, &store, &error) != 0)
        return 1;
    for (i = 0;; i++) {
        struct blob text = { 0 };
        const struct store_change pair[] = { { "a", &text, 0600 },
                                             { "b", &text, 0644 } };

        blob_text(&text, i % 2 == 0 ? "even" : "odd");
        if (store_write(store, STORE_FILES, pair, 2, &error) != 0)
            return 1;
        blob_clear(&text);
    }
}

/* Read one by one, they would be of two steps now and then. */
static void
test_together(void **state)
{
    static const char *const pair[] = { "a", "b" };
    struct scratch *scratch = *state;
    struct blob files[2] = { { 0 } };
    struct error error;
    int i, changes = 0, last = 0;
    pid_t pid;

    assert_fails(store_read_together(scratch->store, STORE_FILES, pair, 2,
                                     files, &error),
                 &error, E_NO_FILE, "a");
    put_text(scratch->store, "a", "odd");
    assert_fails(store_read_together(scratch->store, STORE_FILES, pair, 2,
                                     files, &error),
                 &error, E_NO_FILE, "b");
    assert_null(files[0].data);
    put_text(scratch->store, "b", "odd");
    pid = fork();
    if (pid == 0)
        _exit(replace_pairs(scratch));
    /* It may have to wait for its turn. */
    for (i = 0; i < 1000 || (changes <= 2 && i < 1000000); i++) {
        assert_int_equal(store_read_together(scratch->store, STORE_FILES, pair,
                                             2, files, &error),
                         0);
        assert_string_equal(files[0].data, files[1].data);
        changes += files[0].data[0] != last;
        last = files[0].data[0];
        blob_clear(&files[0]);
        blob_clear(&files[1]);
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    waitpid(pid, NULL, 0);
    assert_true(changes > 2); /* it did write */
}

/* A step that nobody goes on with is not waited for for ever. */
static void
test_together_after_crash(void **state)
{
    static const char *const pair[] = { "a", "../b" };
    struct scratch *scratch = *state;
    struct blob files[2] = { { 0 } };
    struct error error;

    put_text(scratch->store, "a", "text");
    assert_fails(store_read_together(scratch->store, STORE_FILES, pair, 2,
                                     files, &error),
                 &error, E_BAD_NAME, "../b");
    assert_int_equal(run_shell(scratch, "touch .commit", NULL), 0);
    assert_int_equal(store_read_together(scratch->store, STORE_FILES, pair, 1,
                                         files, &error),
                     0);
    assert_string_equal(files[0].data, "text");
    blob_clear(&files[0]);
}

/* One listens, others may come; when it is gone the next one takes over. */
static void
test_sockets(void **state)
{
    struct scratch *scratch = *state;
    struct store *other = NULL;
    struct error error;
    int listener = -1, client = -1;
    char byte = '\0';

    assert_int_equal(store_open(scratch->path, &other, &error), 0);
    assert_fails(store_connect(other, "socket", &client, &error), &error,
                 E_NO_FILE, "socket");
    assert_int_equal(store_listen(scratch->store, "socket", &listener, &error),
                     0);
    assert_fails(store_listen(scratch->store, "socket", &client, &error),
                 &error, E_BUSY, "socket");
    assert_fails(store_listen(other, "socket", &client, &error), &error, E_BUSY,
                 "socket");
    assert_int_equal(store_connect(other, "socket", &client, &error), 0);
    assert_int_equal(read(client, &byte, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(write(client, "x", 1), 1);
    close(client);
    close(listener);
    /* Nobody listens there any more, but the claim is that of the store. */
    assert_fails(store_connect(other, "socket", &client, &error), &error,
                 E_NO_FILE, "socket");
    assert_fails(store_listen(other, "socket", &client, &error), &error, E_BUSY,
                 "socket");
    store_free(scratch->store);
    assert_int_equal(store_listen(other, "socket", &listener, &error), 0);
    assert_int_equal(run_shell(scratch, "test -S ../private/socket", NULL), 0);
    assert_int_equal(
        run_shell(scratch, "stat -c %a ../private/socket | grep -qx 600", NULL),
        0);
    close(listener);
    scratch->store = other;
}

static void
test_watch(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    char events[4096];
    int fd = -1;

    assert_int_equal(store_watch(scratch->store, STORE_FILES, &fd, &error), 0);
    assert_int_equal(read(fd, events, sizeof(events)), -1);
    assert_int_equal(errno, EAGAIN);
    put_text(scratch->store, "a", "one");
    assert_true(read(fd, events, sizeof(events)) > 0);
    assert_int_equal(run_shell(scratch, "echo two >>a", NULL), 0);
    assert_true(read(fd, events, sizeof(events)) > 0);
    assert_int_equal(store_remove(scratch->store, STORE_FILES, "a", &error), 0);
    assert_true(read(fd, events, sizeof(events)) > 0);
    while (read(fd, events, sizeof(events)) > 0)
        ;
    assert_int_equal(run_shell(scratch, "echo x >../private/b", NULL), 0);
    assert_int_equal(read(fd, events, sizeof(events)), -1);
    close(fd);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

/* The mode, and the owner, of a path below the state directory. */
static void
assert_owned(struct scratch *scratch, const char *path, mode_t mode, uid_t uid)
{
    char *whole = xasprintf("%s/%s", scratch->path, path);
    struct stat st;

    assert_int_equal(lstat(whole, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
    assert_int_equal(st.st_uid, uid);
    free(whole);
}

static void
test_lend(void **state)
{
    struct scratch *scratch = *state;
    struct blob one = { 0 }, two = { 0 };
    struct store_change files[] = { { "plain", &one, 0600 },
                                    { "program", &two, 0700 } };
    uid_t other = geteuid() == 0 ? 65534 : geteuid();
    struct error error;

    blob_text(&one, "one");
    blob_text(&two, "two");
    assert_int_equal(store_lend(scratch->store, "lent", geteuid(), getegid(),
                                files, 2, &error),
                     0);
    assert_owned(scratch, "lent", 0700, geteuid());
    assert_owned(scratch, "lent/plain", 0600, geteuid());
    assert_owned(scratch, "lent/program", 0700, geteuid());
    assert_owned(scratch, "", 0700, geteuid());
    /* A link that its owner has put in the way is not followed. */
    assert_int_equal(run_shell(scratch,
                               "cd ../lent && echo kept >own && rm plain && "
                               "ln -s ../files/target plain && "
                               "ln -s ../files/target .new.0",
                               NULL),
                     0);
    assert_int_equal(
        store_lend(scratch->store, "lent", other, getegid(), files, 1, &error),
        0);
    assert_owned(scratch, "lent/plain", 0600, other);
    assert_owned(scratch, "", other == geteuid() ? 0700 : 0711, geteuid());
    assert_owned(scratch, "files", 0700, geteuid());
    assert_false(store_has(scratch->store, STORE_FILES, "target"));
    assert_int_equal(run_shell(scratch,
                               "test \"$(cat ../lent/own ../lent/plain)\" = "
                               "\"$(printf 'kept\\none')\"",
                               NULL),
                     0);
    blob_clear(&two);
    blob_clear(&one);
}

/* Whichever call fails: no part of a file stays, and what stands is whole. */
static void
test_lend_fails(void **state)
{
    /* Behind those that open the directory. */
    static const struct {
        const char *call;
        int n;
    } faults[] = { { "openat", 1 },
                   { "write", 0 },
                   { "fchmod", 1 },
                   { "close", 0 },
                   { "renameat", 0 } };
    struct scratch *scratch = *state;
    struct blob one = { 0 }, two = { 0 };
    struct store_change file = { "lent", &one, 0600 };
    struct error error;
    size_t i;

    blob_text(&one, "one");
    blob_text(&two, "two");
    assert_int_equal(store_lend(scratch->store, "lent", geteuid(), getegid(),
                                &file, 1, &error),
                     0);
    file.data = &two;
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        arm(FAIL_ONCE, faults[i].call, faults[i].n, ENOSPC);
        assert_int_equal(store_lend(scratch->store, "lent", geteuid(),
                                    getegid(), &file, 1, &error),
                         -1);
        assert_true(fault.hit);
        disarm();
        assert_int_equal(run_shell(scratch,
                                   "cd ../lent && test \"$(ls -A)\" = lent && "
                                   "test \"$(cat lent)\" = one",
                                   NULL),
                         0);
    }
    blob_clear(&two);
    blob_clear(&one);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_every_failing_call),
        test(test_all_calls_failing_from_one_on),
        test(test_failing_under_the_lock),
        test(test_without_hard_links),
        test(test_open_with_failing_calls),
        test(test_order),
        test(test_many_files),
        test(test_interrupted_and_short_writes),
        test(test_read_failing),
        test(test_crash_at_every_call),
        test(test_crash_while_taking_back),
        test(test_crash_while_recovering),
        test(test_settle),
        test(test_together_settles),
        test(test_settle_under_way),
        test(test_open_read_only),
        test(test_old_record),
        test(test_damaged_record),
        test(test_damaged_while_open),
        test(test_no_steps),
        test(test_done_record),
        test(test_leftovers_and_a_writer),
        test(test_no_lost_update),
        test(test_readers_see_whole_files),
        test(test_busy),
        test(test_names),
        test(test_only_regular_files),
        test(test_list_is_sorted),
        test(test_sizes),
        test(test_modes),
        test(test_remove),
        test(test_rename),
        test(test_stream),
        test(test_stream_only_new),
        test(test_stream_refused),
        test(test_append),
        test(test_remove_on_a_full_disk),
        test(test_areas_are_apart),
        test(test_open_odd_places),
        test(test_full_disk),
        test(test_read_only_directory),
        test(test_together),
        test(test_together_after_crash),
        test(test_sockets),
        test(test_watch),
        test(test_lend),
        test(test_lend_fails),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}

/*
 * Each system call that the store makes fails once, one after the other, in
 * each thing that the store does: it says so or does without, keeps nothing
 * open, and does it the next time.  That no step is torn is test_store.c's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/store.h"
#include "pki/xalloc.h"
#include "tests/support.h"

static struct {
    const char *call; /* NULL: none */
    int nth;          /* of its calls, from 0 */
    int error;        /* its errno; 0: it lies instead, see below */
    bool hit;
} fault;

static bool
fails(const char *call)
{
    if (fault.call == NULL || strcmp(fault.call, call) != 0 || fault.nth-- != 0)
        return false;
    fault.hit = true;
    errno = fault.error;
    return true;
}

/* Each is called as the C library has it, and fails with -1. */
#define WRAP(call, params, args)                                               \
    int __wrap_##call params;                                                  \
    int __real_##call params;                                                  \
    int __wrap_##call params                                                   \
    {                                                                          \
        return fails(#call) ? -1 : __real_##call args;                         \
    }

WRAP(bind, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
WRAP(connect, (int fd, const struct sockaddr *to, socklen_t size),
     (fd, to, size))
WRAP(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(flock, (int fd, int how), (fd, how))
WRAP(fstatat, (int dir, const char *name, struct stat *ret, int flags),
     (dir, name, ret, flags))
WRAP(ftruncate, (int fd, off_t size), (fd, size))
WRAP(futimens, (int fd, const struct timespec *times), (fd, times))
WRAP(inotify_add_watch, (int fd, const char *path, uint32_t mask),
     (fd, path, mask))
WRAP(inotify_init1, (int flags), (flags))
WRAP(linkat, (int d, const char *from, int e, const char *to, int flags),
     (d, from, e, to, flags))
WRAP(listen, (int fd, int most), (fd, most))
WRAP(mkdirat, (int dir, const char *name, mode_t mode), (dir, name, mode))
WRAP(renameat, (int d, const char *from, int e, const char *to),
     (d, from, e, to))
WRAP(socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(unlinkat, (int dir, const char *name, int flags), (dir, name, flags))

int __wrap_close(int fd);
int __real_close(int fd);
DIR *__wrap_fdopendir(int fd);
DIR *__real_fdopendir(int fd);
int __wrap_fstat(int fd, struct stat *ret);
int __real_fstat(int fd, struct stat *ret);
int __wrap_fsync(int fd);
int __wrap_openat(int dir, const char *name, int flags, ...);
int __real_openat(int dir, const char *name, int flags, ...);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t at);
ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t at);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __real_read(int fd, void *data, size_t size);
struct dirent *__wrap_readdir(DIR *dir);
struct dirent *__real_readdir(DIR *dir);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);

/* As on Linux: a close that fails has closed. */
int
__wrap_close(int fd)
{
    int r = __real_close(fd);

    return fails("close") ? -1 : r;
}

DIR *
__wrap_fdopendir(int fd)
{
    return fails("fdopendir") ? NULL : __real_fdopendir(fd);
}

/* Its lie: what was looked at before has become a pipe. */
int
__wrap_fstat(int fd, struct stat *ret)
{
    int r = __real_fstat(fd, ret);

    if (!fails("fstat"))
        return r;
    ret->st_mode = S_IFIFO | 0600;
    return fault.error == 0 ? 0 : -1;
}

/* Not really: the disk is not what is tested here. */
int
__wrap_fsync(int fd)
{
    (void)fd;
    return fails("fsync") ? -1 : 0;
}

int
__wrap_openat(int dir, const char *name, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = va_arg(args, mode_t);
    va_end(args);
    return fails("openat") ? -1 : __real_openat(dir, name, flags, mode);
}

ssize_t
__wrap_pwrite(int fd, const void *data, size_t size, off_t at)
{
    return fails("pwrite") ? -1 : __real_pwrite(fd, data, size, at);
}

/* Its lie: there is less than it was said. */
ssize_t
__wrap_read(int fd, void *data, size_t size)
{
    if (fails("read"))
        return fault.error == 0 ? 0 : -1;
    return __real_read(fd, data, size);
}

/* Its lie: the file system does not tell what each is. */
struct dirent *
__wrap_readdir(DIR *dir)
{
    struct dirent *entry;

    if (fails("readdir") && fault.error != 0)
        return NULL;
    entry = __real_readdir(dir);
    if (entry != NULL && fault.hit)
        entry->d_type = DT_UNKNOWN;
    return entry;
}

ssize_t
__wrap_write(int fd, const void *data, size_t size)
{
    return fails("write") ? -1 : __real_write(fd, data, size);
}

static void
arm(const char *call, int nth, int error)
{
    fault.call = call;
    fault.nth = nth;
    fault.error = error;
    fault.hit = false;
}

static void
disarm(void)
{
    fault.call = NULL;
}

/*
 * What the store does.  Each begins anew, and leaves nothing open.
 */

/* By the C library, not through the wrappers: what stands there before. */
static void
plant(struct scratch *scratch, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", scratch->path, name);
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
    free(path);
}

/* The state directory and both areas are made. */
static int
do_open(struct scratch *scratch, struct error *error)
{
    static unsigned n;
    char *path = xasprintf("%s/other%u/state", scratch->path, n++);
    struct store *store = NULL;
    int r = store_open(path, &store, error);

    assert_true((r == 0) == (store != NULL));
    store_free(store);
    free(path);
    return r;
}

/* A step that was decided goes forward, one that was taken back is undone. */
static int
do_recover(struct scratch *scratch, struct error *error)
{
    int r;

    plant(scratch, "files/a", "old a");
    plant(scratch, "files/.new.0", "new a");
    plant(scratch, "files/.new.7", "left");
    plant(scratch, "files/.commit", "=files/a\n");
    r = store_lock(scratch->store, error);
    store_unlock(scratch->store);
    return r;
}

static int
do_undo(struct scratch *scratch, struct error *error)
{
    int r;

    plant(scratch, "files/a", "new a");
    plant(scratch, "files/.old.0", "old a");
    plant(scratch, "files/b", "new b");
    plant(scratch, "files/.undo", "=files/a\n+files/b\n");
    r = store_lock(scratch->store, error);
    store_unlock(scratch->store);
    return r;
}

static int
do_read(struct scratch *scratch, struct error *error)
{
    struct blob got = { 0 };
    int r;

    plant(scratch, "files/a", "text");
    r = store_read(scratch->store, STORE_FILES, "a", &got, error);
    assert_int_equal(got.size, r == 0 ? 4 : 0);
    blob_clear(&got);
    return r;
}

static int
do_list(struct scratch *scratch, struct error *error)
{
    struct store_names names = { 0 };
    int r;

    plant(scratch, "files/a", "text");
    r = store_list(scratch->store, STORE_FILES, &names, error);
    assert_true((r == 0) == (names.count > 0));
    store_names_clear(&names);
    return r;
}

static int
do_write(struct scratch *scratch, struct error *error)
{
    struct blob data = { (unsigned char *)(uintptr_t) "new", 3 };
    const struct store_change changes[] = { { "a", &data, 0644 },
                                            { "b", NULL, 0 } };

    plant(scratch, "files/a", "old");
    plant(scratch, "files/b", "old");
    return store_write(scratch->store, STORE_FILES, changes, 2, error);
}

static int
do_remove(struct scratch *scratch, struct error *error)
{
    plant(scratch, "files/a", "old");
    return store_remove(scratch->store, STORE_FILES, "a", error);
}

static int
do_rename(struct scratch *scratch, struct error *error)
{
    plant(scratch, "files/a", "old a");
    plant(scratch, "files/b", "old b");
    return store_rename(scratch->store, STORE_FILES, "a", "b", true, error);
}

static int
do_stream(struct scratch *scratch, struct error *error)
{
    struct store_stream *stream = NULL;
    int r;

    plant(scratch, "files/a", "old");
    r = store_stream_open(scratch->store, STORE_FILES, "a", 0600, true, &stream,
                          error);
    if (r == 0)
        r = store_stream_write(stream, 3, "new", 3, error);
    if (r == 0)
        r = store_stream_resize(stream, 4, error);
    if (r == 0) {
        store_stream_date(stream, 1000000000);
        r = store_stream_commit(stream, error);
    }
    store_stream_free(stream);
    return r;
}

static int
do_date(struct scratch *scratch, struct error *error)
{
    plant(scratch, "files/a", "old");
    return store_set_date(scratch->store, STORE_FILES, "a", 5, error);
}

/* So that it is rotated. */
static int
do_append(struct scratch *scratch, struct error *error)
{
    struct blob line = { (unsigned char *)(uintptr_t) "line\n", 5 };

    plant(scratch, "files/log", "full\n");
    return store_append(scratch->store, STORE_FILES, "log", &line, 6, 2, error);
}

static int
do_listen(struct scratch *scratch, struct error *error)
{
    struct store *store = NULL;
    struct error ignored;
    int fd = -1, client = -1, r;

    r = store_open(scratch->path, &store, error);
    if (r == 0)
        r = store_listen(store, "socket", &fd, error);
    assert_true((r == 0) == (fd >= 0));
    if (r == 0)
        r = store_connect(store, "socket", &client, error);
    assert_true((r == 0) == (client >= 0));
    /* Nobody else may, while it lives. */
    if (r == 0)
        assert_int_equal(store_listen(store, "socket", &fd, &ignored), -1);
    if (client >= 0)
        __real_close(client);
    if (fd >= 0)
        __real_close(fd);
    store_free(store);
    return r;
}

static int
do_watch(struct scratch *scratch, struct error *error)
{
    int fd = -1, r = store_watch(scratch->store, STORE_FILES, &fd, error);

    assert_true((r == 0) == (fd >= 0));
    if (fd >= 0)
        __real_close(fd);
    return r;
}

static int
do_lend(struct scratch *scratch, struct error *error)
{
    uid_t other = geteuid() == 0 ? 65534 : geteuid();
    struct blob data = { (unsigned char *)(uintptr_t) "lent", 4 };
    const struct store_change file = { "a", &data, 0600 };

    return store_lend(scratch->store, "lent", other, getegid(), &file, 1,
                      error);
}

/*
 * Each call, each time.
 */

static const char *const calls[] = {
    "bind",
    "close",
    "connect",
    "fchmod",
    "fchown",
    "fdopendir",
    "flock",
    "fstat",
    "fstatat",
    "fsync",
    "ftruncate",
    "futimens",
    "inotify_add_watch",
    "inotify_init1",
    "linkat",
    "listen",
    "mkdirat",
    "openat",
    "pwrite",
    "read",
    "readdir",
    "renameat",
    "socket",
    "unlinkat",
    "write",
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

typedef int doing(struct scratch *scratch, struct error *error);

static size_t
open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(dir);
    while (__real_readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

/* True if there was such a call. */
static bool
fail_one(struct scratch *scratch, doing *does, const char *call, int nth,
         int code)
{
    size_t open_before = open_files();
    struct error error = { 0 };
    bool hit;
    int r;

    arm(call, nth, code);
    r = does(scratch, &error);
    hit = fault.hit;
    disarm();
    if (r != 0 && (r != -1 || error.code == E_NONE))
        fail_msg("%s %d: %d without a reason", call, nth, r);
    if (!hit && r != 0)
        fail_msg("%s %d: %d %s, and no fault", call, nth, error.code,
                 error.detail);
    if (open_files() != open_before)
        fail_msg("%s %d: a file stays open", call, nth);
    if (hit) {
        error = (struct error){ 0 };
        if (does(scratch, &error) != 0)
            fail_msg("%s %d: not the next time: %d %s %s", call, nth,
                     error.code, error.subject, error.detail);
    }
    return hit;
}

static void
fail_each(struct scratch *scratch, doing *does)
{
    static const int codes[] = { EIO, EINTR };
    size_t i, c, hits = 0;
    struct error error;
    int nth;

    for (i = 0; i < CALLS; i++)
        for (c = 0; c < 2; c++)
            for (nth = 0; fail_one(scratch, does, calls[i], nth, codes[c]);
                 nth++)
                hits++;
    assert_true(hits > 0);
    /* What was left aside is gone with the next step. */
    assert_int_equal(store_lock(scratch->store, &error), 0);
    store_unlock(scratch->store);
    assert_int_equal(
        run_shell(scratch, "test -z \"$(ls -A . | grep '^[.]')\"", NULL), 0);
}

#define EACH(name)                                                             \
    static void test_##name(void **state)                                      \
    {                                                                          \
        fail_each(*state, do_##name);                                          \
    }

EACH(open)
EACH(recover)
EACH(undo)
EACH(read)
EACH(list)
EACH(write)
EACH(remove)
EACH(rename)
EACH(stream)
EACH(date)
EACH(append)
EACH(listen)
EACH(watch)
EACH(lend)

/*
 * What changes between two looks at it.
 */

static void
test_becomes_a_pipe(void **state)
{
    static doing *const does[] = { do_read, do_append };
    size_t i;

    for (i = 0; i < 2; i++) {
        struct error error;

        arm("fstat", 0, 0);
        assert_fails(does[i](*state, &error), &error, E_NOT_REGULAR, NULL);
        assert_true(fault.hit);
        disarm();
    }
}

static void
test_becomes_shorter(void **state)
{
    struct scratch *scratch = *state;
    struct blob got = { 0 };
    struct error error;

    plant(scratch, "files/a", "text");
    arm("read", 0, 0);
    assert_int_equal(store_read(scratch->store, STORE_FILES, "a", &got, &error),
                     0);
    assert_true(fault.hit);
    assert_int_equal(got.size, 0);
    disarm();
    blob_clear(&got);
}

/* On file systems that do not tell the kind of each entry. */
static void
test_unknown_kinds(void **state)
{
    struct scratch *scratch = *state;
    struct store_names names = { 0 };
    struct error error;

    plant(scratch, "files/a", "text");
    assert_int_equal(run_shell(scratch, "mkdir b && ln -s a c", NULL), 0);
    arm("readdir", 0, 0);
    assert_int_equal(store_list(scratch->store, STORE_FILES, &names, &error),
                     0);
    assert_true(fault.hit);
    disarm();
    assert_int_equal(names.count, 1);
    assert_string_equal(names.names[0], "a");
    store_names_clear(&names);
}

/* A file system that has links, but not for this file, or no more of them. */
static void
test_no_links(void **state)
{
    static const int codes[] = { EPERM, EOPNOTSUPP, EMLINK };
    struct scratch *scratch = *state;
    struct error error;
    size_t i;

    for (i = 0; i < 3; i++) {
        arm("linkat", 0, codes[i]);
        assert_int_equal(do_write(scratch, &error), 0);
        assert_true(fault.hit);
        disarm();
    }
}

/* What is none of the store's names, or no file. */
static void
test_odd_names(void **state)
{
    struct scratch *scratch = *state;
    struct store_info info;
    struct error error;
    int fd = -1;

    assert_int_equal(run_shell(scratch, "mkdir folder; ln -s a link", NULL), 0);
    assert_fails(store_info(scratch->store, STORE_FILES, "../a", &info, &error),
                 &error, E_BAD_NAME, "../a");
    assert_fails(
        store_info(scratch->store, STORE_FILES, "folder", &info, &error),
        &error, E_NOT_REGULAR, "folder");
    assert_fails(
        store_open_file(scratch->store, STORE_FILES, ".a", &fd, &error), &error,
        E_BAD_NAME, ".a");
    assert_int_equal(store_mode(scratch->store, STORE_FILES, "link"), 0);
    assert_int_equal(store_mode(scratch->store, STORE_FILES, "nothing"), 0);
    assert_int_equal(store_mode(scratch->store, STORE_FILES, "a/b"), 0);
    plant(scratch, "files/a", "a");
    assert_fails(
        store_rename(scratch->store, STORE_FILES, "folder", "b", true, &error),
        &error, E_NOT_REGULAR, "folder");
    assert_fails(
        store_rename(scratch->store, STORE_FILES, "a", "folder", true, &error),
        &error, E_NOT_REGULAR, "folder");
}

/* What is written in pieces begins to go to the disk before it is all. */
static void
test_large_stream(void **state)
{
    struct scratch *scratch = *state;
    const size_t size = (size_t)1 << 20;
    struct store_stream *stream = NULL;
    unsigned char *piece = xcalloc(size, 1);
    struct store_info info;
    struct error error;
    size_t i;

    assert_int_equal(store_stream_open(scratch->store, STORE_FILES, "a", 0600,
                                       false, &stream, &error),
                     0);
    for (i = 0; i < 9; i++)
        assert_int_equal(
            store_stream_write(stream, i * size, piece, size, &error), 0);
    assert_int_equal(store_stream_commit(stream, &error), 0);
    assert_int_equal(
        store_info(scratch->store, STORE_FILES, "a", &info, &error), 0);
    assert_int_equal(info.size, 9 * size);
    store_stream_free(stream);
    free(piece);
}

/* More names than there is room for at first. */
static void
test_many_names(void **state)
{
    struct scratch *scratch = *state;
    struct store_names names = { 0 };
    struct error error;
    char name[128];
    int i;

    for (i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "files/%0100d", i);
        plant(scratch, name, "");
    }
    assert_int_equal(store_list(scratch->store, STORE_FILES, &names, &error),
                     0);
    assert_int_equal(names.count, 200);
    for (i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "%0100d", i);
        assert_string_equal(names.names[i], name);
    }
    store_names_clear(&names);
}

/* A step without any change is a mistake of ours. */
static void
test_no_step(void **state)
{
    struct scratch *scratch = *state;
    pid_t pid = fork();
    int status;

    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        struct error error;

        signal(SIGABRT, coverage_end);
        store_write(scratch->store, STORE_FILES, NULL, 0, &error);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_open),           test(test_recover),
        test(test_undo),           test(test_read),
        test(test_list),           test(test_write),
        test(test_remove),         test(test_rename),
        test(test_stream),         test(test_date),
        test(test_append),         test(test_listen),
        test(test_watch),          test(test_lend),
        test(test_becomes_a_pipe), test(test_becomes_shorter),
        test(test_unknown_kinds),  test(test_no_links),
        test(test_odd_names),      test(test_large_stream),
        test(test_many_names),     test(test_no_step),
    };

    return cmocka_run_group_tests_name("store_faults", tests, NULL, NULL);
}

/*
 * Durable named files: a store from its opening to its end, and what can be
 * asked of a file in it.  See store.h for the promise; store_step.c keeps it.
 */
#include "pki/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pki/store_internal.h"
#include "pki/utf8.h"
#include "pki/xalloc.h"

const char *const store_area_names[STORE_AREAS] = {
    [STORE_FILES] = "files",
    [STORE_PRIVATE] = "private",
};

/*
 * The lock: flock(2) on a file of its own, so that it ends with the process
 * however that ends.
 */

static int
try_lock(struct store *store, bool *ret, struct error *error)
{
    int fd = openat(store->root, "lock",
                    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int r = 0;

    if (fd < 0)
        return fail_errno(error, "lock");
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        store->lock = fd;
        *ret = true;
        return 0;
    }
    *ret = false;
    if (errno != EWOULDBLOCK && errno != EINTR)
        r = fail_errno(error, "lock");
    close(fd);
    return r;
}

/* Of a clock that nobody sets. */
static time_t
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

int
store_lock(struct store *store, struct error *error)
{
    const struct timespec pause = { .tv_nsec = 5000000 };
    time_t until = seconds() + STORE_LOCK_SECONDS;
    bool got = false;

    while (try_lock(store, &got, error) == 0) {
        if (got) {
            if (record_recover(store, error) == 0)
                return 0;
            store_unlock(store);
            return -1;
        }
        if (seconds() >= until)
            return fail(error, E_BUSY, NULL);
        nanosleep(&pause, NULL);
    }
    return -1;
}

void
store_unlock(struct store *store)
{
    if (store->lock >= 0)
        close(store->lock);
    store->lock = -1;
}

int
store_enter(struct store *store, bool *taken, struct error *error)
{
    *taken = store->lock < 0;
    return *taken ? store_lock(store, error) : record_recover(store, error);
}

/*
 * Opening: directories, and what a crash has left.
 */

/* A live writer holds the lock: its asides are left alone. */
int
store_settle(struct store *store, struct error *error)
{
    bool locked = false;
    int r;

    if (store->lock >= 0 || !record_under_way(store))
        return 0;
    r = try_lock(store, &locked, error);
    if (r == 0 && locked)
        r = record_recover(store, error);
    store_unlock(store);
    /* A caller that may only read need not sweep, as long as no file has
       moved. */
    if (r != 0 && error->code == E_DENIED && !record_is_moving(store))
        r = 0;
    return r;
}

int
store_open(const char *path, struct store **ret, struct error *error)
{
    struct store *store = xcalloc(1, sizeof(*store));
    int r, area;

    store->root = store->dir[STORE_FILES] = store->dir[STORE_PRIVATE] = -1;
    store->lock = store->claim = -1;
    r = dir_open_path(path, &store->root, error);
    for (area = 0; r == 0 && area < STORE_AREAS; area++) {
        r = dir_open(store->root, store_area_names[area], O_NOFOLLOW,
                     &store->dir[area], error);
        if (r != 0 && error->code == E_NO_FILE) {
            r = dir_make(store->root, store_area_names[area], error);
            if (r == 0)
                r = dir_open(store->root, store_area_names[area], O_NOFOLLOW,
                             &store->dir[area], error);
        }
    }
    if (r == 0)
        r = store_settle(store, error);
    if (r == 0) {
        *ret = store;
        store = NULL;
    }
    store_free(store);
    return r;
}

void
store_free(struct store *store)
{
    int area;

    if (store == NULL)
        return;
    store_unlock(store);
    for (area = 0; area < STORE_AREAS; area++)
        if (store->dir[area] >= 0)
            close(store->dir[area]);
    if (store->claim >= 0)
        close(store->claim);
    if (store->root >= 0)
        close(store->root);
    free(store);
}

/*
 * Names and reading.
 */

bool
store_name_ok(const char *name)
{
    const char *at = name;

    while (*at >= 0x20 && *at < 0x7f && *at != '/')
        at++; /* nearly all: a listing asks for thousands */
    return name[0] != '\0' && name[0] != '.' &&
           (size_t)(at - name) + strlen(at) <= STORE_MAX_NAME &&
           strchr(at, '/') == NULL && utf8_count(at) >= 0;
}

int
store_read(struct store *store, enum store_area area, const char *name,
           struct blob *ret, struct error *error)
{
    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    return dir_read(store->dir[area], name, ret, error);
}

/* Which file has the name now?  Zeros when there is none. */
static struct stat
look_at(struct store *store, enum store_area area, const char *name)
{
    struct stat st = { 0 };

    if (store_name_ok(name))
        fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW);
    return st;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/*
 * *whole: all files were read as they were at one moment, at which no step was
 * half done.  Files change by rename only, so one that has its name both before
 * and after that moment had it then.
 */
static int
try_together(struct store *store, enum store_area area,
             const char *const *names, size_t n, struct blob *ret, bool *whole,
             struct error *error)
{
    struct stat before[STORE_TOGETHER];
    size_t i, done;
    int r = 0;

    for (i = 0; i < n; i++)
        before[i] = look_at(store, area, names[i]);
    for (done = 0; done < n; done++)
        if ((r = store_read(store, area, names[done], &ret[done], error)) != 0)
            break;
    while (r != 0 && done > 0)
        blob_clear(&ret[--done]);
    *whole = !record_is_moving(store);
    for (i = 0; *whole && i < n; i++) {
        struct stat after = look_at(store, area, names[i]);

        *whole = same_file(&before[i], &after);
    }
    return r;
}

int
store_read_together(struct store *store, enum store_area area,
                    const char *const *names, size_t n, struct blob *ret,
                    struct error *error)
{
    const struct timespec pause = { .tv_nsec = 2000000 };
    struct error ignored;
    int attempt;
    size_t i;

    for (attempt = 0;; attempt++) {
        bool whole;
        int r = try_together(store, area, names, n, ret, &whole, error);

        if (r != 0 || whole || attempt == 100)
            return r;
        for (i = 0; i < n; i++)
            blob_clear(&ret[i]);
        store_settle(store, &ignored); /* its process may have died */
        nanosleep(&pause, NULL);
    }
}

bool
store_has(struct store *store, enum store_area area, const char *name)
{
    struct stat st;

    return store_name_ok(name) &&
           fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode);
}

mode_t
store_mode(struct store *store, enum store_area area, const char *name)
{
    struct stat st;

    if (!store_name_ok(name) ||
        fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode))
        return 0;
    return st.st_mode & 0777;
}

int
store_info(struct store *store, enum store_area area, const char *name,
           struct store_info *ret, struct error *error)
{
    struct stat st;

    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    if (fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(error, name);
    if (!S_ISREG(st.st_mode))
        return fail(error, E_NOT_REGULAR, name);
    *ret = (struct store_info){ (uint64_t)st.st_size, st.st_mode & 0777,
                                st.st_mtime };
    return 0;
}

int
store_open_file(struct store *store, enum store_area area, const char *name,
                int *ret, struct error *error)
{
    struct stat st;

    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    return dir_open_file(store->dir[area], name, ret, &st, error);
}

int
store_set_date(struct store *store, enum store_area area, const char *name,
               time_t modified, struct error *error)
{
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                       { .tv_sec = modified } };
    int fd = -1, r = 0;

    if (store_open_file(store, area, name, &fd, error) != 0)
        return -1;
    if (futimens(fd, times) != 0)
        r = fail_errno(error, name);
    if (r == 0)
        r = dir_sync(fd, name, error);
    close(fd);
    return r;
}

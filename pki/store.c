/*
 * Durable named files.  See store.h for the promise; here is how it is kept:
 * asides are written and fsynced, several of them are decided by a durable
 * commit record, renames put them in place, and hard links to the old files
 * allow to take all back while the directory's own fsync may still fail.
 */
#include "pki/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pki/xalloc.h"

#define COMMIT ".commit"
#define COMMIT_ASIDE ".commit.new"

struct store {
    int root;             /* the state directory */
    int dir[STORE_AREAS]; /* the areas below it */
    int lock;             /* -1 when we do not hold it */
};

static const char *const area_names[STORE_AREAS] = {
    [STORE_FILES] = "files",
    [STORE_PRIVATE] = "private",
};

/* ".new.3": what is written aside; ".old.3": what stood there before. */
static const char *
aside(char name[16], const char *kind, size_t i)
{
    snprintf(name, 16, ".%s.%zu", kind, i);
    return name;
}

static int
sync_fd(int fd, const char *name, struct error *error)
{
    return fsync(fd) == 0 ? 0 : fail_errno(error, name);
}

/*
 * Opening: directories, and what a crash has left.
 */

/* Makes one directory and its entry in the parent durable. */
static int
make_dir(int parent, const char *name, struct error *error)
{
    if (mkdirat(parent, name, 0700) != 0)
        return errno == EEXIST ? 0 : fail_errno(error, name);
    return sync_fd(parent, name, error);
}

static int
open_dir(int parent, const char *name, int flags, int *ret, struct error *error)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);

    if (fd < 0)
        return fail_errno(error, name);
    *ret = fd;
    return 0;
}

/* Walks down the path and makes what is missing. */
static int
open_path(const char *path, int *ret, struct error *error)
{
    char *copy = xstrdup(path), *save = NULL, *part;
    int fd = -1, r;

    r = open_dir(AT_FDCWD, path[0] == '/' ? "/" : ".", 0, &fd, error);
    for (part = strtok_r(copy, "/", &save); r == 0 && part != NULL;
         part = strtok_r(NULL, "/", &save)) {
        int next = -1;

        r = open_dir(fd, part, 0, &next, error);
        if (r != 0 && error->code == E_NO_FILE) {
            r = make_dir(fd, part, error);
            if (r == 0)
                r = open_dir(fd, part, 0, &next, error);
        }
        close(fd);
        fd = next;
    }
    if (r == 0) {
        *ret = fd;
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    free(copy);
    return r;
}

static bool
there(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
leftovers(int dir)
{
    char name[16];
    size_t i;

    for (i = 0; i < STORE_MAX_STEP; i++)
        if (there(dir, aside(name, "new", i)) ||
            there(dir, aside(name, "old", i)))
            return true;
    return there(dir, COMMIT) || there(dir, COMMIT_ASIDE);
}

static void
sweep(int dir)
{
    char name[16];
    size_t i;

    for (i = 0; i < STORE_MAX_STEP; i++) {
        unlinkat(dir, aside(name, "new", i), 0);
        unlinkat(dir, aside(name, "old", i), 0);
    }
    unlinkat(dir, COMMIT_ASIDE, 0);
}

static int read_file(int dir, const char *name, struct blob *ret,
                     struct error *error);

/*
 * Does what a commit record says, one change a line, "+name" or "-name".  A
 * change that was made before the crash has no aside any more; doing the
 * others once more changes nothing.
 */
static int
roll_forward(int dir, struct error *error)
{
    struct blob record = { 0 };
    char name[16], *line, *save = NULL;
    size_t i = 0;
    int r;

    r = read_file(dir, COMMIT, &record, error);
    if (r != 0)
        return error->code == E_NO_FILE ? 0 : -1;
    for (line = strtok_r((char *)record.data, "\n", &save);
         r == 0 && line != NULL; line = strtok_r(NULL, "\n", &save), i++) {
        if (i >= STORE_MAX_STEP || !store_name_ok(line + 1)) {
            r = fail_line(error, E_DAMAGED, COMMIT, (unsigned)i + 1);
            break;
        }
        if (line[0] == '+')
            r = renameat(dir, aside(name, "new", i), dir, line + 1);
        else
            r = unlinkat(dir, line + 1, 0);
        if (r != 0 && errno == ENOENT)
            r = 0;
        else if (r != 0)
            r = fail_errno(error, line + 1);
    }
    if (r == 0)
        r = sync_fd(dir, COMMIT, error);
    if (r == 0 && unlinkat(dir, COMMIT, 0) != 0)
        r = fail_errno(error, COMMIT);
    if (r == 0)
        r = sync_fd(dir, COMMIT, error);
    blob_clear(&record);
    return r;
}

/* Holding the lock: brings every area to before or after the last step. */
static int
recover(struct store *store, struct error *error)
{
    int area;

    for (area = 0; area < STORE_AREAS; area++) {
        int dir = store->dir[area];

        if (!leftovers(dir))
            continue;
        error->code = E_NONE;
        if (roll_forward(dir, error) != 0)
            return -1;
        sweep(dir);
    }
    return 0;
}

/*
 * The lock: flock(2) on a file of its own, so that it ends with the process
 * however that ends.
 */

static int
try_lock(struct store *store, bool *ret, struct error *error)
{
    int fd = openat(store->root, "lock",
                    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return fail_errno(error, "lock");
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        store->lock = fd;
        *ret = true;
        return 0;
    }
    close(fd);
    *ret = false;
    return errno == EWOULDBLOCK || errno == EINTR ? 0
                                                  : fail_errno(error, "lock");
}

int
store_lock(struct store *store, struct error *error)
{
    const struct timespec pause = { .tv_nsec = 5000000 };
    time_t until = time(NULL) + STORE_LOCK_SECONDS;
    bool got = false;

    while (try_lock(store, &got, error) == 0) {
        if (got) {
            if (recover(store, error) == 0)
                return 0;
            store_unlock(store);
            return -1;
        }
        if (time(NULL) > until)
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
store_open(const char *path, struct store **ret, struct error *error)
{
    struct store *store = xcalloc(1, sizeof(*store));
    bool locked = false;
    int r, area;

    store->root = store->dir[STORE_FILES] = store->dir[STORE_PRIVATE] = -1;
    store->lock = -1;
    r = open_path(path, &store->root, error);
    for (area = 0; r == 0 && area < STORE_AREAS; area++) {
        r = open_dir(store->root, area_names[area], O_NOFOLLOW,
                     &store->dir[area], error);
        if (r != 0 && error->code == E_NO_FILE) {
            r = make_dir(store->root, area_names[area], error);
            if (r == 0)
                r = open_dir(store->root, area_names[area], O_NOFOLLOW,
                             &store->dir[area], error);
        }
    }
    /* A writer at work is no crash: what it has aside is left to it. */
    if (r == 0 && (leftovers(store->dir[STORE_FILES]) ||
                   leftovers(store->dir[STORE_PRIVATE]))) {
        r = try_lock(store, &locked, error);
        if (r == 0 && locked)
            r = recover(store, error);
        store_unlock(store);
    }
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
    if (store->root >= 0)
        close(store->root);
    free(store);
}

/*
 * Names and reading.
 */

/* The length of the UTF-8 sequence at s, 0 if it is none (RFC 3629). */
static size_t
utf8_sequence(const unsigned char *s)
{
    size_t n, i;
    unsigned long c;

    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        n = 2;
        c = s[0] & 0x1f;
    } else if ((s[0] & 0xf0) == 0xe0) {
        n = 3;
        c = s[0] & 0x0f;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        n = 4;
        c = s[0] & 0x07;
    } else {
        return 0;
    }
    for (i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) ||
        (c >= 0xd800 && c <= 0xdfff) || (c >= 0x80 && c < 0xa0))
        return 0;
    return n;
}

bool
store_name_ok(const char *name)
{
    const unsigned char *s = (const unsigned char *)name;
    size_t size = strlen(name), n;

    if (size == 0 || size > STORE_MAX_NAME || name[0] == '.')
        return false;
    for (; *s != '\0'; s += n) {
        n = utf8_sequence(s);
        if (n == 0 || *s < 0x20 || *s == 0x7f || *s == '/')
            return false;
    }
    return true;
}

/* Looks before it opens: opening a device or a FIFO may already do harm. */
static int
open_regular(int dir, const char *name, size_t *size, int *ret,
             struct error *error)
{
    struct stat st;
    int fd = -1, r = 0;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(error, name);
    if (!S_ISREG(st.st_mode))
        return fail(error, E_NOT_REGULAR, name);
    fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(error, name);
    if (fstat(fd, &st) != 0)
        r = fail_errno(error, name);
    else if (!S_ISREG(st.st_mode))
        r = fail(error, E_NOT_REGULAR, name);
    else if ((size_t)st.st_size > STORE_MAX_FILE)
        r = fail(error, E_TOO_LARGE, name);
    if (r == 0) {
        *size = (size_t)st.st_size;
        *ret = fd;
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

static int
read_file(int dir, const char *name, struct blob *ret, struct error *error)
{
    struct blob file = { 0 };
    size_t size = 0, got = 0;
    int fd = -1, r;

    r = open_regular(dir, name, &size, &fd, error);
    if (r != 0)
        return -1;
    blob_zeros(&file, size);
    while (r == 0 && got < size) {
        ssize_t n = read(fd, file.data + got, size - got);

        if (n == 0)
            break; /* it became shorter: files change by rename only, but
                      this one is not ours */
        if (n > 0)
            got += (size_t)n;
        else if (errno != EINTR)
            r = fail_errno(error, name);
    }
    if (r == 0) {
        file.size = got;
        *ret = file;
        file = (struct blob){ 0 };
    }
    blob_clear(&file);
    close(fd);
    return r;
}

int
store_read(struct store *store, enum store_area area, const char *name,
           struct blob *ret, struct error *error)
{
    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    return read_file(store->dir[area], name, ret, error);
}

bool
store_has(struct store *store, enum store_area area, const char *name)
{
    struct stat st;

    return store_name_ok(name) &&
           fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode);
}

/*
 * Writing.
 */

static int
write_all(int fd, const struct blob *data, const char *name,
          struct error *error)
{
    size_t done = 0;

    while (done < data->size) {
        ssize_t n = write(fd, data->data + done, data->size - done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return fail_errno(error, name);
    }
    return 0;
}

/* Writes a whole new file, durable but for its directory entry. */
static int
write_aside(int dir, const char *as, const char *name, const struct blob *data,
            mode_t mode, struct error *error)
{
    int fd, r;

    fd = openat(dir, as, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                mode);
    if (fd < 0)
        return fail_errno(error, name);
    r = write_all(fd, data, name, error);
    if (r == 0 && fchmod(fd, mode) != 0) /* whatever the umask says */
        r = fail_errno(error, name);
    if (r == 0)
        r = sync_fd(fd, name, error);
    if (close(fd) != 0 && r == 0)
        r = fail_errno(error, name);
    return r;
}

/* From here on the step is decided. */
static int
write_commit(int dir, const struct store_change *changes, size_t n,
             struct error *error)
{
    struct blob record = { 0 };
    size_t i;
    int r;

    for (i = 0; i < n; i++) {
        blob_text(&record, changes[i].data != NULL ? "+" : "-");
        blob_text(&record, changes[i].name);
        blob_text(&record, "\n");
    }
    r = write_aside(dir, COMMIT_ASIDE, changes[0].name, &record, 0600, error);
    if (r == 0 && renameat(dir, COMMIT_ASIDE, dir, COMMIT) != 0)
        r = fail_errno(error, changes[0].name);
    if (r == 0)
        r = sync_fd(dir, changes[0].name, error);
    if (r != 0)
        unlinkat(dir, COMMIT, 0);
    blob_clear(&record);
    return r;
}

/*
 * Puts one aside in place and keeps a link to what stood there.  A file system
 * without hard links keeps none, and then can not take the step back.
 */
static int
apply(int dir, const struct store_change *change, size_t i, struct error *error)
{
    char new_name[16], old_name[16];

    (void)!linkat(dir, change->name, dir, aside(old_name, "old", i), 0);
    if (change->data == NULL) {
        if (unlinkat(dir, change->name, 0) != 0 && errno != ENOENT)
            return fail_errno(error, change->name);
        return 0;
    }
    if (renameat(dir, aside(new_name, "new", i), dir, change->name) != 0)
        return fail_errno(error, change->name);
    return 0;
}

static void
take_back(int dir, const struct store_change *changes, size_t n,
          const bool *existed)
{
    char old_name[16];
    size_t i;

    for (i = 0; i < n; i++)
        if (renameat(dir, aside(old_name, "old", i), dir, changes[i].name) !=
                0 &&
            !existed[i])
            unlinkat(dir, changes[i].name, 0);
}

/* What stands under the name must be a regular file, or nothing. */
static int
check_target(int dir, const char *name, bool *existed, struct error *error)
{
    struct stat st;

    *existed = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*existed && errno != ENOENT)
        return fail_errno(error, name);
    if (*existed && !S_ISREG(st.st_mode))
        return fail(error, E_NOT_REGULAR, name);
    return 0;
}

static int
change_locked(int dir, const struct store_change *changes, size_t n,
              struct error *error)
{
    bool existed[STORE_MAX_STEP];
    char name[16];
    size_t i, applied = 0;
    int r = 0;

    for (i = 0; r == 0 && i < n; i++)
        r = check_target(dir, changes[i].name, &existed[i], error);
    for (i = 0; r == 0 && i < n; i++)
        if (changes[i].data != NULL)
            r = write_aside(dir, aside(name, "new", i), changes[i].name,
                            changes[i].data, changes[i].mode, error);
    if (r == 0 && n > 1)
        r = write_commit(dir, changes, n, error);
    for (i = 0; r == 0 && i < n; i++, applied++)
        r = apply(dir, &changes[i], i, error);
    if (r == 0)
        r = sync_fd(dir, changes[0].name, error);
    /* A commit record must not come back from the dead and meet the asides of
       the next step: its removal is made durable as well. */
    if (n > 1 && unlinkat(dir, COMMIT, 0) == 0 && r == 0)
        r = sync_fd(dir, changes[0].name, error);
    if (r != 0)
        take_back(dir, changes, applied, existed);
    sweep(dir);
    return r;
}

int
store_write(struct store *store, enum store_area area,
            const struct store_change *changes, size_t n, struct error *error)
{
    bool held = store->lock >= 0;
    size_t i;
    int r;

    if (n == 0 || n > STORE_MAX_STEP)
        abort();
    for (i = 0; i < n; i++) {
        if (!store_name_ok(changes[i].name))
            return fail(error, E_BAD_NAME, changes[i].name);
        if (changes[i].data != NULL && changes[i].data->size > STORE_MAX_FILE)
            return fail(error, E_TOO_LARGE, changes[i].name);
    }
    if (!held && store_lock(store, error) != 0)
        return -1;
    r = change_locked(store->dir[area], changes, n, error);
    if (!held)
        store_unlock(store);
    return r;
}

int
store_remove(struct store *store, enum store_area area, const char *name,
             struct error *error)
{
    const struct store_change change = { .name = name };
    struct stat st;

    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    if (fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(error, name);
    return store_write(store, area, &change, 1, error);
}

/*
 * Listing.
 */

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
is_regular(int dir, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_REG;
    return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode);
}

/* The names one behind the other, each with its NUL. */
static int
collect(DIR *dir, struct blob *names, size_t *count, struct error *error)
{
    struct dirent *entry;

    while (errno = 0, (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.' || !is_regular(dirfd(dir), entry))
            continue;
        blob_append(names, entry->d_name, strlen(entry->d_name) + 1);
        ++*count;
    }
    return errno == 0 ? 0 : fail_errno(error, NULL);
}

int
store_list(struct store *store, enum store_area area, struct store_names *ret,
           struct error *error)
{
    struct blob space = { 0 };
    size_t count = 0, i;
    DIR *dir = NULL;
    char *at;
    int fd = -1, r;

    /* A descriptor of its own: a directory stream has a position. */
    r = open_dir(store->dir[area], ".", 0, &fd, error);
    if (r == 0 && (dir = fdopendir(fd)) == NULL) {
        r = fail_errno(error, area_names[area]);
        close(fd);
    }
    if (r == 0)
        r = collect(dir, &space, &count, error);
    if (r == 0) {
        ret->count = count;
        ret->names = xreallocarray(NULL, count, sizeof(*ret->names));
        ret->space = (char *)space.data;
        for (i = 0, at = ret->space; i < count; i++, at += strlen(at) + 1)
            ret->names[i] = at;
        qsort(ret->names, count, sizeof(*ret->names), by_name);
        space = (struct blob){ 0 };
    }
    if (dir != NULL)
        closedir(dir);
    blob_clear(&space);
    return r;
}

void
store_names_clear(struct store_names *names)
{
    free(names->names);
    free(names->space);
    *names = (struct store_names){ 0 };
}

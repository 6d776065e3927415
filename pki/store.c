/*
 * Durable named files.  See store.h for the promise; here is how it is kept:
 * asides are written and fsynced, several of them are decided by a durable
 * record, renames put them in place, and hard links to the old files allow to
 * take all back while the directory's own fsync may still fail.
 *
 * What is to be done with a record is told by its name, which changes in one
 * rename: COMMIT goes forward, UNDO goes back, DONE is over.  So a process may
 * die at any moment, even while it takes a step back.
 */
#include "pki/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "pki/utf8.h"
#include "pki/xalloc.h"

#define RECORD_ASIDE ".record"
#define COMMIT ".commit"
#define UNDO ".undo"
#define DONE ".done"

/* The limits of store.h in words. */
#define MAX_FILE_TEXT "16 MiB"
#define MAX_STREAM_TEXT "1 GiB"

struct store {
    int root;             /* the state directory */
    int dir[STORE_AREAS]; /* the areas below it */
    int lock;             /* -1 when we do not hold it */
    int claim;            /* of the process that listens, or -1 */
};

/* A step as its record tells it. */
struct step {
    size_t n;
    struct planned {
        char kind; /* '+' a file where there was none, '=' another one in its
                      place, '-' none any more */
        enum store_area area;
        char name[STORE_MAX_NAME + 1];
        const struct store_change *from; /* NULL in what a record tells */
        const char *link; /* what the aside is a hard link to, or NULL */
    } * change; /* n of them; its record stands in the area of the first */
};

static const char *const area_names[STORE_AREAS] = {
    [STORE_FILES] = "files",
    [STORE_PRIVATE] = "private",
};

/* ".new.3": what is written aside; ".old.3": what stood there before. */
#define ASIDE_SIZE 32
static const char *
aside(char name[ASIDE_SIZE], const char *kind, size_t i)
{
    snprintf(name, ASIDE_SIZE, ".%s.%zu", kind, i);
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

/*
 * Makes one directory and its entry in the parent durable; also when another
 * process was faster, which may not have come to its fsync yet.
 */
static int
make_dir(int parent, const char *name, struct error *error)
{
    bool made = mkdirat(parent, name, 0700) == 0;

    if (!made && errno != EEXIST)
        return fail_errno(error, name);
    if (sync_fd(parent, name, error) == 0)
        return 0;
    if (made)
        unlinkat(parent, name, AT_REMOVEDIR); /* the next open begins anew */
    return -1;
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

/* A descriptor of its own: a directory stream has a position. */
static int
open_stream(int area, DIR **ret, struct error *error)
{
    int fd = -1;

    if (open_dir(area, ".", 0, &fd, error) != 0)
        return -1;
    *ret = fdopendir(fd);
    if (*ret != NULL)
        return 0;
    fail_errno(error, NULL);
    close(fd);
    return -1;
}

/*
 * Is a step under way, or was it when a process died?  One of these names
 * stands in the area of its first file from before its first aside to after
 * its last, so that a directory of thousands need not be read to know.
 */
static bool
under_way(struct store *store)
{
    static const char *const marks[] = { RECORD_ASIDE, COMMIT, UNDO, DONE };
    size_t i;
    int area;

    for (area = 0; area < STORE_AREAS; area++)
        for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
            if (there(store->dir[area], marks[i]))
                return true;
    return false;
}

/* Makes the first of the marks; write_record() fills it. */
static int
mark_step(int dir, const char *name, struct error *error)
{
    int fd = openat(dir, RECORD_ASIDE,
                    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail_errno(error, name);
    close(fd);
    return 0;
}

/* The marks of a step that has no work left go last. */
static void
unmark(int dir)
{
    unlinkat(dir, DONE, 0);
    unlinkat(dir, RECORD_ASIDE, 0);
}

static bool
remove_aside(int dir, const char *name)
{
    return unlinkat(dir, name, 0) == 0 || errno == ENOENT;
}

/* Removes the asides that a crash has left in an area; *clean becomes false
   when one stays. */
static int
sweep_area(int area, bool *clean, struct error *error)
{
    struct dirent *entry;
    DIR *dir = NULL;
    int r;

    if (open_stream(area, &dir, error) != 0)
        return -1;
    while (errno = 0, (entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, ".new.", 5) == 0 ||
            strncmp(entry->d_name, ".old.", 5) == 0)
            *clean &= remove_aside(area, entry->d_name);
    r = errno == 0 ? 0 : fail_errno(error, NULL);
    closedir(dir);
    return r;
}

/* Removes what a step that is over has left.  What can not be removed keeps
   the mark: it is tried again by the next recovery. */
static void
sweep(struct store *store, const struct step *step)
{
    char name[ASIDE_SIZE];
    bool clean = true;
    size_t i;

    for (i = 0; i < step->n; i++) {
        int dir = store->dir[step->change[i].area];

        clean &= remove_aside(dir, aside(name, "new", i));
        clean &= remove_aside(dir, aside(name, "old", i));
    }
    if (clean)
        unmark(store->dir[step->change[0].area]);
}

/* Makes the directory entries of all areas of a step durable. */
static int
sync_step(struct store *store, const struct step *step, struct error *error)
{
    bool synced[STORE_AREAS] = { false };
    size_t i;

    for (i = 0; i < step->n; i++) {
        enum store_area area = step->change[i].area;

        if (!synced[area] &&
            sync_fd(store->dir[area], step->change[i].name, error) != 0)
            return -1;
        synced[area] = true;
    }
    return 0;
}

static bool
several_areas(const struct step *step)
{
    size_t i;

    for (i = 1; i < step->n; i++)
        if (step->change[i].area != step->change[0].area)
            return true;
    return false;
}

/*
 * Puts all asides in place, durably.  again: the step may have been under way
 * before, and a change that was made then has no aside any more.
 */
static int
go_forward(struct store *store, const struct step *step, bool again,
           struct error *error)
{
    char new_name[ASIDE_SIZE];
    size_t i;

    for (i = 0; i < step->n; i++) {
        const struct planned *change = &step->change[i];
        int dir = store->dir[change->area], r;
        bool removes = change->kind == '-';

        if (removes)
            r = unlinkat(dir, change->name, 0);
        else
            r = renameat(dir, aside(new_name, "new", i), dir, change->name);
        if (r != 0 && !(errno == ENOENT && (removes || again)))
            return fail_errno(error, change->name);
    }
    return sync_step(store, step, error);
}

/* Puts the old files back; may have been under way before. */
static int
go_back(struct store *store, const struct step *step, struct error *error)
{
    char old_name[ASIDE_SIZE];
    size_t i;

    for (i = 0; i < step->n; i++) {
        const struct planned *change = &step->change[i];
        int dir = store->dir[change->area], r;

        if (change->kind == '+')
            r = unlinkat(dir, change->name, 0);
        else
            r = renameat(dir, aside(old_name, "old", i), dir, change->name);
        if (r != 0 && errno != ENOENT)
            return fail_errno(error, change->name);
    }
    return 0;
}

/*
 * Ends a record's work.  Durably: if it came back after the next step began,
 * it would take that one's asides for its own.
 */
static int
retire(int dir, const char *record, struct error *error)
{
    if (renameat(dir, record, dir, DONE) != 0)
        return fail_errno(error, record);
    return sync_fd(dir, record, error);
}

static int read_file(int dir, const char *name, struct blob *ret,
                     struct error *error);

/* A line of a record, "+files/web.key". */
static bool
parse_change(const char *line, struct planned *ret)
{
    int area;

    if (strspn(line, "+=-") == 0)
        return false;
    *ret = (struct planned){ .kind = *line++ };
    for (area = 0; area < STORE_AREAS; area++) {
        size_t size = strlen(area_names[area]);

        if (strncmp(line, area_names[area], size) != 0 || line[size] != '/')
            continue;
        if (!store_name_ok(line + size + 1))
            return false;
        ret->area = (enum store_area)area;
        strcpy(ret->name, line + size + 1);
        return true;
    }
    return false;
}

/*
 * Takes nothing from a record that is not whole.  The caller frees
 * step->change.
 */
static int
read_record(int dir, const char *record, struct step *step, struct error *error)
{
    struct blob text = { 0 };
    char *line, *rest;
    int r;

    *step = (struct step){ 0 };
    r = read_file(dir, record, &text, error);
    if (r != 0)
        return -1;
    for (rest = (char *)text.data; r == 0 && *rest != '\0'; step->n++) {
        line = strsep(&rest, "\n");
        step->change =
            xreallocarray(step->change, step->n + 1, sizeof(*step->change));
        if (rest == NULL || !parse_change(line, &step->change[step->n])) {
            r = fail_detail(error, E_DAMAGED, record, line);
            error->line = (unsigned)step->n + 1;
            break;
        }
    }
    if (r == 0 && (step->n == 0 || rest != (char *)text.data + text.size))
        r = fail_detail(error, E_DAMAGED, record, "cut short");
    blob_clear(&text);
    return r;
}

/* Ends the step whose record stands in this area, if there is one. */
static int
finish(struct store *store, int dir, struct error *error)
{
    struct step step = { 0 };
    int r = 0;

    if (there(dir, UNDO)) {
        r = read_record(dir, UNDO, &step, error);
        if (r == 0)
            r = go_back(store, &step, error);
        if (r == 0)
            r = sync_step(store, &step, error);
        if (r == 0)
            r = retire(dir, UNDO, error);
    } else if (there(dir, COMMIT)) {
        r = read_record(dir, COMMIT, &step, error);
        if (r == 0)
            r = go_forward(store, &step, true, error);
        if (r == 0)
            r = retire(dir, COMMIT, error);
    }
    free(step.change);
    return r;
}

/* Holding the lock: brings every area to before or after the last step. */
static int
recover(struct store *store, struct error *error)
{
    bool clean = true;
    int area, r = 0;

    if (!under_way(store))
        return 0;
    for (area = 0; r == 0 && area < STORE_AREAS; area++)
        r = finish(store, store->dir[area], error);
    for (area = 0; r == 0 && area < STORE_AREAS; area++)
        r = sweep_area(store->dir[area], &clean, error);
    for (area = 0; r == 0 && clean && area < STORE_AREAS; area++)
        unmark(store->dir[area]);
    return r;
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
            if (recover(store, error) == 0)
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
store_open(const char *path, struct store **ret, struct error *error)
{
    struct store *store = xcalloc(1, sizeof(*store));
    bool locked = false;
    int r, area;

    store->root = store->dir[STORE_FILES] = store->dir[STORE_PRIVATE] = -1;
    store->lock = store->claim = -1;
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
    if (r == 0 && under_way(store)) {
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
    bool control = false;
    size_t left, n;

    while (*at >= 0x20 && *at < 0x7f && *at != '/')
        at++; /* nearly all: a listing asks for thousands */
    left = strlen(at);
    if (name[0] == '\0' || name[0] == '.' ||
        (size_t)(at - name) + left > STORE_MAX_NAME)
        return false;
    for (; left > 0; at += n, left -= n) {
        n = utf8_next(at, left, &control);
        if (n == 0 || control || *at == '/')
            return false;
    }
    return true;
}

/* Looks before it opens: opening a device or a FIFO may already do harm. */
static int
open_regular(int dir, const char *name, int *ret, struct stat *opened,
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
    if (r == 0) {
        *opened = st;
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
    struct stat st;
    int fd = -1, r;

    r = open_regular(dir, name, &fd, &st, error);
    if (r != 0)
        return -1;
    if ((uint64_t)st.st_size > STORE_MAX_FILE) {
        close(fd);
        return fail_detail(error, E_TOO_LARGE, name, MAX_FILE_TEXT);
    }
    size = (size_t)st.st_size;
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
    return open_regular(store->dir[area], name, ret, &st, error);
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

    fd = openat(dir, as, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
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

/* What stands under a name must be a regular file, or nothing. */
static int
plan_change(struct store *store, enum store_area area,
            const struct store_change *change, struct planned *ret,
            struct error *error)
{
    struct stat st;
    bool exists =
        fstatat(store->dir[area], change->name, &st, AT_SYMLINK_NOFOLLOW) == 0;

    if (!exists && errno != ENOENT)
        return fail_errno(error, change->name);
    if (exists && !S_ISREG(st.st_mode))
        return fail(error, E_NOT_REGULAR, change->name);
    *ret = (struct planned){
        .kind = change->data == NULL ? '-'
                : exists             ? '='
                                     : '+',
        .area = area,
        .from = change,
    };
    strcpy(ret->name, change->name);
    return 0;
}

/* A change whose bytes are there already, under what link names. */
static int
plan_link(struct store *store, enum store_area area, const char *name,
          const char *link, struct planned *ret, struct error *error)
{
    const struct blob any = { 0 };
    const struct store_change change = { .name = name, .data = &any };

    if (plan_change(store, area, &change, ret, error) != 0)
        return -1;
    ret->from = NULL;
    ret->link = link;
    return 0;
}

/* The caller frees step->change, also after a failure. */
static int
plan(struct store *store, const struct store_part *parts, size_t n,
     struct step *step, struct error *error)
{
    size_t i, k;

    for (i = 0; i < n; i++) {
        step->change = xreallocarray(step->change, step->n + parts[i].n,
                                     sizeof(*step->change));
        for (k = 0; k < parts[i].n; k++, step->n++)
            if (plan_change(store, parts[i].area, &parts[i].changes[k],
                            &step->change[step->n], error) != 0)
                return -1;
    }
    return 0;
}

/* A name more for what is on the disk already. */
static int
link_aside(int dir, const char *as, const struct planned *change,
           struct error *error)
{
    unlinkat(dir, as, 0); /* of a power cut */
    if (linkat(dir, change->link, dir, as, AT_SYMLINK_FOLLOW) != 0)
        return fail_errno(error, change->name);
    return 0;
}

static int
write_asides(struct store *store, const struct step *step, struct error *error)
{
    char name[ASIDE_SIZE];
    size_t i;

    for (i = 0; i < step->n; i++) {
        const struct planned *change = &step->change[i];
        int dir = store->dir[change->area], r = 0;

        aside(name, "new", i);
        if (change->link != NULL)
            r = link_aside(dir, name, change, error);
        else if (change->from->data != NULL)
            r = write_aside(dir, name, change->name, change->from->data,
                            change->from->mode, error);
        if (r != 0)
            return -1;
    }
    return 0;
}

/*
 * Keeps links to what the step replaces or removes.  On a file system without
 * hard links *kept is false: there a step can not be taken back.
 */
static int
keep_old(struct store *store, const struct step *step, bool *kept,
         struct error *error)
{
    char old_name[ASIDE_SIZE];
    size_t i;

    *kept = true;
    for (i = 0; i < step->n; i++) {
        const char *name = step->change[i].name;
        int dir = store->dir[step->change[i].area];

        if (step->change[i].kind == '+')
            continue;
        unlinkat(dir, aside(old_name, "old", i), 0); /* of a power cut */
        if (linkat(dir, name, dir, old_name, 0) == 0)
            continue;
        if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK)
            *kept = false;
        else if (errno != ENOENT) /* the removal of what is not there */
            return fail_errno(error, name);
    }
    return 0;
}

/*
 * When this has returned 0, the step is decided.  The asides in other areas
 * have their directory entries made durable first: a record without them
 * would lose files.
 */
static int
write_record(struct store *store, const struct step *step, struct error *error)
{
    const char *name = step->change[0].name;
    int dir = store->dir[step->change[0].area];
    struct blob text = { 0 };
    size_t i;
    int r = 0;

    for (i = 0; i < step->n; i++) {
        blob_append(&text, &step->change[i].kind, 1);
        blob_text(&text, area_names[step->change[i].area]);
        blob_text(&text, "/");
        blob_text(&text, step->change[i].name);
        blob_text(&text, "\n");
    }
    if (several_areas(step))
        r = sync_step(store, step, error);
    if (r == 0)
        r = write_aside(dir, RECORD_ASIDE, name, &text, 0600, error);
    if (r == 0 && renameat(dir, RECORD_ASIDE, dir, COMMIT) != 0)
        r = fail_errno(error, name);
    if (r == 0)
        r = sync_fd(dir, name, error);
    blob_clear(&text);
    return r;
}

static int
carry_out(struct store *store, const struct step *step, struct error *error)
{
    int r = 0;

    if (step->n > 1)
        r = write_record(store, step, error);
    if (r == 0)
        r = go_forward(store, step, false, error);
    if (r == 0 && step->n > 1)
        r = retire(store->dir[step->change[0].area], COMMIT, error);
    return r;
}

/*
 * Undoes what carry_out() has begun.  No fsync here: one has just failed, or
 * there is worse.  false leaves a record that the next recovery obeys.
 */
static bool
take_back(struct store *store, const struct step *step, bool kept)
{
    int dir = store->dir[step->change[0].area];
    struct error unwanted; /* the cause is told already */

    if (!kept)
        return !there(dir, COMMIT);
    if (step->n > 1 && renameat(dir, COMMIT, dir, UNDO) != 0 &&
        renameat(dir, DONE, dir, UNDO) != 0)
        return !there(dir, COMMIT); /* it was never decided */
    if (go_back(store, step, &unwanted) != 0)
        return false;
    return step->n == 1 || renameat(dir, UNDO, dir, DONE) == 0;
}

/*
 * Makes all that a step needs, and *kept: can it be taken back?  To remove one
 * file nothing is needed: on a full disk that is what makes room.
 */
static int
prepare(struct store *store, const struct step *step, bool *kept,
        struct error *error)
{
    const struct planned *first = &step->change[0];
    int r;

    r = mark_step(store->dir[first->area], first->name, error);
    if (r == 0)
        r = write_asides(store, step, error);
    if (r == 0)
        r = keep_old(store, step, kept, error);
    if (r != 0 && error->code == E_FULL && step->n == 1 && first->kind == '-') {
        *kept = false;
        r = 0;
    }
    return r;
}

static int
make_step(struct store *store, const struct step *step, struct error *error)
{
    bool kept, clean = true;
    int r;

    r = prepare(store, step, &kept, error);
    if (r == 0) {
        r = carry_out(store, step, error);
        if (r != 0)
            clean = take_back(store, step, kept);
    }
    if (clean)
        sweep(store, step);
    return r;
}

static int
change_locked(struct store *store, const struct store_part *parts, size_t n,
              struct error *error)
{
    struct step step = { 0 };
    int r;

    r = plan(store, parts, n, &step, error);
    if (r == 0)
        r = make_step(store, &step, error);
    free(step.change);
    return r;
}

/* Takes the lock unless the caller holds it. */
static int
enter(struct store *store, bool *taken, struct error *error)
{
    *taken = store->lock < 0;
    return *taken ? store_lock(store, error) : recover(store, error);
}

/* May the store hold this? */
static int
check_change(const struct store_change *change, struct error *error)
{
    if (!store_name_ok(change->name))
        return fail(error, E_BAD_NAME, change->name);
    if (change->data != NULL && change->data->size > STORE_MAX_FILE)
        return fail_detail(error, E_TOO_LARGE, change->name, MAX_FILE_TEXT);
    return 0;
}

int
store_write_parts(struct store *store, const struct store_part *parts, size_t n,
                  struct error *error)
{
    size_t total = 0, i, k;
    bool taken;
    int r;

    for (i = 0; i < n; i++)
        for (k = 0; k < parts[i].n; k++, total++)
            if (check_change(&parts[i].changes[k], error) != 0)
                return -1;
    if (total == 0)
        abort();
    if (enter(store, &taken, error) != 0)
        return -1;
    r = change_locked(store, parts, n, error);
    if (taken)
        store_unlock(store);
    return r;
}

int
store_write(struct store *store, enum store_area area,
            const struct store_change *changes, size_t n, struct error *error)
{
    const struct store_part part = { area, changes, n };

    return store_write_parts(store, &part, 1, error);
}

int
store_remove(struct store *store, enum store_area area, const char *name,
             struct error *error)
{
    const struct store_change change = { .name = name };
    const struct store_part part = { area, &change, 1 };
    struct stat st;
    bool taken;
    int r;

    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    if (enter(store, &taken, error) != 0)
        return -1;
    if (fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        r = fail_errno(error, name);
    else
        r = change_locked(store, &part, 1, error);
    if (taken)
        store_unlock(store);
    return r;
}

static int
rename_locked(struct store *store, enum store_area area, const char *from,
              const char *to, bool replace, struct error *error)
{
    const struct store_change removal = { .name = from };
    struct planned change[2];
    const struct step step = { 2, change };

    if (plan_change(store, area, &removal, &change[1], error) != 0)
        return -1;
    if (!there(store->dir[area], from))
        return fail(error, E_NO_FILE, from);
    if (plan_link(store, area, to, from, &change[0], error) != 0)
        return -1;
    if (strcmp(from, to) == 0)
        return 0;
    if (change[0].kind == '=' && !replace)
        return fail(error, E_EXISTS, to);
    return make_step(store, &step, error);
}

int
store_rename(struct store *store, enum store_area area, const char *from,
             const char *to, bool replace, struct error *error)
{
    bool taken;
    int r;

    if (!store_name_ok(from) || !store_name_ok(to))
        return fail(error, E_BAD_NAME, store_name_ok(from) ? to : from);
    if (enter(store, &taken, error) != 0)
        return -1;
    r = rename_locked(store, area, from, to, replace, error);
    if (taken)
        store_unlock(store);
    return r;
}

/*
 * Files that come in pieces.
 */

/* Write-back begins when so much is new, so that the commit waits for little.
 */
#define EARLY ((uint64_t)8 << 20)

struct store_stream {
    struct store *store;
    enum store_area area;
    char name[STORE_MAX_NAME + 1];
    int fd;
    mode_t mode;
    uint64_t early; /* bytes written since write-back began */
    bool dated;
    time_t modified;
    struct error failed; /* the first one; E_NONE */
};

static int
spoil(struct store_stream *stream, struct error *error)
{
    if (stream->failed.code == E_NONE)
        fail_errno(&stream->failed, stream->name);
    *error = stream->failed;
    return -1;
}

int
store_stream_write(struct store_stream *stream, uint64_t at, const void *data,
                   size_t size, struct error *error)
{
    size_t done = 0;

    if (at > STORE_MAX_STREAM || size > STORE_MAX_STREAM - at) {
        fail_detail(&stream->failed, E_TOO_LARGE, stream->name,
                    MAX_STREAM_TEXT);
        return spoil(stream, error);
    }
    while (done < size) {
        ssize_t n = pwrite(stream->fd, (const char *)data + done, size - done,
                           (off_t)(at + done));

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return spoil(stream, error);
    }
    stream->early += size;
    if (stream->early >= EARLY) {
        sync_file_range(stream->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        stream->early = 0;
    }
    return 0;
}

/* The bytes of the file that stands there now. */
static int
copy_standing(struct store_stream *stream, struct error *error)
{
    char bytes[65536];
    uint64_t at = 0;
    int fd = -1, r = 0;
    ssize_t n;

    if (!store_has(stream->store, stream->area, stream->name))
        return 0;
    if (store_open_file(stream->store, stream->area, stream->name, &fd,
                        error) != 0)
        return -1;
    while (r == 0 && (n = read(fd, bytes, sizeof(bytes))) != 0) {
        if (n > 0)
            r = store_stream_write(stream, at, bytes, (size_t)n, error);
        else if (errno != EINTR)
            r = fail_errno(error, stream->name);
        at += n > 0 ? (uint64_t)n : 0;
    }
    explicit_bzero(bytes, sizeof(bytes));
    close(fd);
    return r;
}

int
store_stream_open(struct store *store, enum store_area area, const char *name,
                  mode_t mode, bool keep, struct store_stream **ret,
                  struct error *error)
{
    const struct store_change change = { .name = name };
    struct store_stream *stream;
    struct planned standing;
    int r;

    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    if (plan_change(store, area, &change, &standing, error) != 0)
        return -1;
    stream = xcalloc(1, sizeof(*stream));
    stream->store = store;
    stream->area = area;
    stream->mode = mode;
    strcpy(stream->name, name);
    stream->fd =
        openat(store->dir[area], ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    r = stream->fd >= 0 ? 0 : fail_errno(error, name);
    if (r == 0 && keep)
        r = copy_standing(stream, error);
    if (r == 0) {
        *ret = stream;
        stream = NULL;
    }
    store_stream_free(stream);
    return r;
}

int
store_stream_resize(struct store_stream *stream, uint64_t size,
                    struct error *error)
{
    if (size > STORE_MAX_STREAM)
        return fail_detail(error, E_TOO_LARGE, stream->name, MAX_STREAM_TEXT);
    return ftruncate(stream->fd, (off_t)size) == 0 ? 0 : spoil(stream, error);
}

int
store_stream_fd(const struct store_stream *stream)
{
    return stream->fd;
}

void
store_stream_date(struct store_stream *stream, time_t modified)
{
    stream->dated = true;
    stream->modified = modified;
}

static int
commit_locked(struct store_stream *stream, struct error *error)
{
    struct planned change;
    const struct step step = { 1, &change };
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", stream->fd);
    if (plan_link(stream->store, stream->area, stream->name, path, &change,
                  error) != 0)
        return -1;
    return make_step(stream->store, &step, error);
}

int
store_stream_commit(struct store_stream *stream, struct error *error)
{
    const struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
                                       { .tv_sec = stream->modified } };
    bool taken;
    int r;

    if (stream->failed.code != E_NONE)
        return spoil(stream, error);
    if (fchmod(stream->fd, stream->mode) != 0 ||
        (stream->dated && futimens(stream->fd, times) != 0))
        return spoil(stream, error);
    /* Before the lock: nobody waits for somebody else's large file. */
    if (sync_fd(stream->fd, stream->name, error) != 0)
        return spoil(stream, error);
    if (enter(stream->store, &taken, error) != 0)
        return -1;
    r = commit_locked(stream, error);
    if (taken)
        store_unlock(stream->store);
    return r;
}

void
store_stream_free(struct store_stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->fd >= 0)
        close(stream->fd);
    free(stream);
}

int
store_set_date(struct store *store, enum store_area area, const char *name,
               time_t modified, struct error *error)
{
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                       { .tv_sec = modified } };
    struct store_info info;

    if (store_info(store, area, name, &info, error) != 0)
        return -1;
    if (utimensat(store->dir[area], name, times, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(error, name);
    return 0;
}

/*
 * Logs.
 */

static int
open_log(int dir, const char *name, int *ret, struct stat *st,
         struct error *error)
{
    int fd = openat(dir, name,
                    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
                        O_CLOEXEC,
                    0600);

    if (fd < 0)
        return fail_errno(error, name);
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode)) {
        *ret = fd;
        return 0;
    }
    close(fd);
    return fail(error, E_NOT_REGULAR, name);
}

/* Unless another process was faster: then the name is another file's. */
static void
rotate(int dir, const char *name, int fd, const struct stat *st, unsigned keep)
{
    char older[STORE_MAX_NAME + 16], newer[STORE_MAX_NAME + 16];
    struct stat now;

    if (flock(fd, LOCK_EX) != 0 ||
        fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
        now.st_ino != st->st_ino)
        return;
    for (; keep > 0; keep--) {
        snprintf(older, sizeof(older), "%s.%u", name, keep);
        snprintf(newer, sizeof(newer), keep > 1 ? "%s.%u" : "%s", name,
                 keep - 1);
        renameat(dir, newer, dir, older); /* there may be none yet */
    }
}

int
store_append(struct store *store, enum store_area area, const char *name,
             const struct blob *data, uint64_t limit, unsigned keep,
             struct error *error)
{
    int dir = store->dir[area], fd = -1, r = 0;
    struct stat st;

    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    if (open_log(dir, name, &fd, &st, error) != 0)
        return -1;
    if (st.st_size > 0 && (uint64_t)st.st_size + data->size > limit) {
        rotate(dir, name, fd, &st, keep);
        close(fd);
        if (open_log(dir, name, &fd, &st, error) != 0)
            return -1;
    }
    r = write_all(fd, data, name, error);
    close(fd);
    return r;
}

/*
 * Listing.
 */

/*
 * Names one behind the other, each with its NUL.  Before each is room for its
 * front: the bytes in which most pairs differ, those behind what all names
 * begin with.
 */
enum { FRONT = 8 };

struct space {
    char *text;
    size_t used, room;
};

static void
add_name(struct space *space, const char *name)
{
    size_t size = strlen(name) + 1;

    while (space->room - space->used < FRONT + size) {
        space->room = space->room > 0 ? 2 * space->room : 4096;
        space->text = xreallocarray(space->text, space->room, 1);
    }
    space->used += FRONT;
    memcpy(space->text + space->used, name, size);
    space->used += size;
}

static void
set_front(char *name, size_t common)
{
    memset(name - FRONT, 0, FRONT);
    memcpy(name - FRONT, name + common, strnlen(name + common, FRONT));
}

static unsigned char
front_byte(const char *name, size_t i)
{
    return (unsigned char)(name - FRONT)[i];
}

/*
 * By one byte of the front, and stable: counts how often each value stands
 * there, which tells where the names with the next one begin.  false: it is the
 * same in all, and nothing was moved.
 */
static bool
sort_by_byte(char *const *names, size_t count, size_t byte, char **ret)
{
    size_t at[UCHAR_MAX + 1] = { 0 }, before = 0, i;

    for (i = 0; i < count; i++)
        at[front_byte(names[i], byte)]++;
    if (at[front_byte(names[0], byte)] == count)
        return false;
    for (i = 0; i <= UCHAR_MAX; i++) {
        size_t equal = at[i];

        at[i] = before;
        before += equal;
    }
    for (i = 0; i < count; i++)
        ret[at[front_byte(names[i], byte)]++] = names[i];
    return true;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What the fronts have left undecided. */
static void
sort_equals(char **names, size_t count)
{
    size_t first, next;

    for (first = 0; first < count; first = next) {
        for (next = first + 1; next < count; next++)
            if (memcmp(names[next] - FRONT, names[first] - FRONT, FRONT) != 0)
                break;
        if (next - first > 1)
            qsort(names + first, next - first, sizeof(*names), by_name);
    }
}

static void
sort_names(struct space *space, size_t count, struct store_names *ret)
{
    char **names = xreallocarray(NULL, count, sizeof(*names));
    char **other = xreallocarray(NULL, count, sizeof(*names)), **swap;
    char *at = space->text;
    size_t i, n, common = STORE_MAX_NAME;

    for (i = 0; i < count; i++) {
        names[i] = at += FRONT;
        for (n = 0; n < common && at[n] == names[0][n] && at[n] != '\0'; n++)
            ;
        common = n;
        at += strlen(at) + 1;
    }
    for (i = 0; i < count; i++)
        set_front(names[i], common);
    for (i = FRONT; count > 0 && i-- > 0;) {
        if (!sort_by_byte(names, count, i, other))
            continue;
        swap = names;
        names = other;
        other = swap;
    }
    sort_equals(names, count);
    free(other);
    *ret = (struct store_names){ names, count, space->text };
    *space = (struct space){ 0 };
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
collect(DIR *dir, struct space *names, size_t *count, struct error *error)
{
    struct dirent *entry;

    while (errno = 0, (entry = readdir(dir)) != NULL) {
        if (!store_name_ok(entry->d_name) || !is_regular(dirfd(dir), entry))
            continue;
        add_name(names, entry->d_name);
        ++*count;
    }
    return errno == 0 ? 0 : fail_errno(error, ".");
}

int
store_list(struct store *store, enum store_area area, struct store_names *ret,
           struct error *error)
{
    struct space space = { 0 };
    size_t count = 0;
    DIR *dir = NULL;
    int r;

    r = open_stream(store->dir[area], &dir, error);
    if (r == 0)
        r = collect(dir, &space, &count, error);
    if (r == 0)
        sort_names(&space, count, ret);
    if (dir != NULL)
        closedir(dir);
    free(space.text);
    return r;
}

void
store_names_clear(struct store_names *names)
{
    free(names->names);
    free(names->space);
    *names = (struct store_names){ 0 };
}

/*
 * Sockets and watches.
 */

/* A path of bounded length to an entry of an area; see proc(5). */
static void
short_path(const struct store *store, enum store_area area, const char *name,
           char *path, size_t size)
{
    snprintf(path, size, "/proc/self/fd/%d/%s", store->dir[area], name);
}

static int
open_socket(const struct store *store, const char *name,
            struct sockaddr_un *address, int *ret, struct error *error)
{
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    short_path(store, STORE_PRIVATE, name, address->sun_path,
               sizeof(address->sun_path));
    *ret = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return *ret >= 0 ? 0 : fail_errno(error, name);
}

/* A lock on the area's directory, by an open file of its own. */
static int
claim(struct store *store, const char *name, struct error *error)
{
    int r;

    if (store->claim >= 0)
        return fail(error, E_BUSY, name);
    r = open_dir(store->dir[STORE_PRIVATE], ".", 0, &store->claim, error);
    if (r == 0 && flock(store->claim, LOCK_EX | LOCK_NB) != 0) {
        r = errno == EWOULDBLOCK ? fail(error, E_BUSY, name)
                                 : fail_errno(error, name);
        close(store->claim);
        store->claim = -1;
    }
    return r;
}

int
store_listen(struct store *store, const char *name, int *ret,
             struct error *error)
{
    struct sockaddr_un address;
    int fd = -1, r;

    if (claim(store, name, error) != 0)
        return -1;
    r = open_socket(store, name, &address, &fd, error);
    if (r == 0)
        unlinkat(store->dir[STORE_PRIVATE], name, 0);
    /* The mode of the socket is that of its inode before bind(2). */
    if (r == 0 &&
        (fchmod(fd, 0600) != 0 ||
         bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
         listen(fd, SOMAXCONN) != 0))
        r = fail_errno(error, name);
    if (r == 0) {
        *ret = fd;
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

int
store_connect(struct store *store, const char *name, int *ret,
              struct error *error)
{
    struct sockaddr_un address;
    int fd = -1, r;

    r = open_socket(store, name, &address, &fd, error);
    if (r == 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        r = errno == ECONNREFUSED ? fail(error, E_NO_FILE, name)
                                  : fail_errno(error, name);
    if (r == 0) {
        *ret = fd;
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

int
store_watch(struct store *store, enum store_area area, int *ret,
            struct error *error)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), r = 0;
    char path[64];

    short_path(store, area, ".", path, sizeof(path));
    if (fd < 0 || inotify_add_watch(fd, path,
                                    IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                        IN_CLOSE_WRITE | IN_ONLYDIR) < 0)
        r = fail_errno(error, area_names[area]);
    if (r == 0) {
        *ret = fd;
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

/*
 * What is lent to others.
 */

/* Its owner may have put anything there: nothing is followed, or kept. */
static int
lend_file(int dir, const struct store_change *file, uid_t uid, gid_t gid,
          struct error *error)
{
    char name[ASIDE_SIZE];
    int fd, r;

    aside(name, "new", 0);
    if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
        return fail_errno(error, file->name);
    fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    if (fd < 0)
        return fail_errno(error, file->name);
    r = write_all(fd, file->data, file->name, error);
    if (r == 0 && (fchown(fd, uid, gid) != 0 || fchmod(fd, file->mode) != 0))
        r = fail_errno(error, file->name);
    if (close(fd) != 0 && r == 0)
        r = fail_errno(error, file->name);
    if (r == 0 && renameat(dir, name, dir, file->name) != 0)
        r = fail_errno(error, file->name);
    return r;
}

int
store_lend(struct store *store, const char *name, uid_t uid, gid_t gid,
           const struct store_change *files, size_t n, struct error *error)
{
    int dir = -1, r;
    size_t i;

    r = make_dir(store->root, name, error);
    if (r == 0)
        r = open_dir(store->root, name, O_NOFOLLOW, &dir, error);
    if (r == 0 && (fchown(dir, uid, gid) != 0 || fchmod(dir, 0700) != 0))
        r = fail_errno(error, name);
    if (r == 0 && uid != geteuid() && fchmod(store->root, 0711) != 0)
        r = fail_errno(error, name);
    for (i = 0; r == 0 && i < n; i++)
        r = lend_file(dir, &files[i], uid, gid, error);
    if (dir >= 0)
        close(dir);
    return r;
}

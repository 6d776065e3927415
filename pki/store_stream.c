/*
 * Files that come in pieces: an O_TMPFILE, which a step gives its name.
 */
#include "pki/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/xalloc.h"

#define MAX_STREAM_TEXT "1 GiB" /* STORE_MAX_STREAM in words */

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
    bool dated, only_new;
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
    if (step_plan(store, area, &change, &standing, error) != 0)
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

void
store_stream_only_new(struct store_stream *stream)
{
    stream->only_new = true;
}

static int
commit_locked(struct store_stream *stream, struct error *error)
{
    struct planned change;
    const struct step step = { 1, &change };
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", stream->fd);
    if (step_plan_link(stream->store, stream->area, stream->name, path, &change,
                       error) != 0)
        return -1;
    if (stream->only_new && change.kind == '=')
        return fail(error, E_EXISTS, stream->name);
    return step_make(stream->store, &step, error);
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
    if (dir_sync(stream->fd, stream->name, &stream->failed) != 0)
        return spoil(stream, error);
    if (store_enter(stream->store, &taken, error) != 0)
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

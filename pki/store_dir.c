/*
 * Files and directories below a descriptor of a directory, and the failures
 * that their system calls stand for.
 */
#include "pki/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/xalloc.h"

int
dir_sync(int fd, const char *name, struct error *error)
{
    return fsync(fd) == 0 ? 0 : fail_errno(error, name);
}

int
dir_make(int parent, const char *name, struct error *error)
{
    bool made = mkdirat(parent, name, 0700) == 0;

    if (!made && errno != EEXIST)
        return fail_errno(error, name);
    if (dir_sync(parent, name, error) == 0)
        return 0;
    if (made)
        unlinkat(parent, name, AT_REMOVEDIR); /* the next open begins anew */
    return -1;
}

int
dir_open(int parent, const char *name, int flags, int *ret, struct error *error)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);

    if (fd < 0)
        return fail_errno(error, name);
    *ret = fd;
    return 0;
}

int
dir_open_path(const char *path, int *ret, struct error *error)
{
    char *copy, *save = NULL, *part;
    int fd = -1, r;

    /* Nearly always it is there. */
    r = dir_open(AT_FDCWD, path, 0, ret, error);
    if (r == 0 || error->code != E_NO_FILE)
        return r;
    copy = xstrdup(path);
    r = dir_open(AT_FDCWD, path[0] == '/' ? "/" : ".", 0, &fd, error);
    for (part = strtok_r(copy, "/", &save); r == 0 && part != NULL;
         part = strtok_r(NULL, "/", &save)) {
        int next = -1;

        r = dir_open(fd, part, 0, &next, error);
        if (r != 0 && error->code == E_NO_FILE) {
            r = dir_make(fd, part, error);
            if (r == 0)
                r = dir_open(fd, part, 0, &next, error);
        }
        close(fd);
        fd = next;
    }
    if (r == 0) {
        *ret = fd;
    } else {
        const struct error inner = *error;

        /* The user typed the whole path, not a part of it. */
        fail_detail(error, inner.code, path, inner.detail);
    }
    free(copy);
    return r;
}

bool
dir_has(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
dir_stream(int area, DIR **ret, struct error *error)
{
    int fd = -1;

    if (dir_open(area, ".", 0, &fd, error) != 0)
        return -1;
    *ret = fdopendir(fd);
    if (*ret != NULL)
        return 0;
    fail_errno(error, NULL);
    close(fd);
    return -1;
}

/* Looks before it opens: opening a device or a FIFO may already do harm. */
int
dir_open_file(int dir, const char *name, int *ret, struct stat *opened,
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

int
dir_read(int dir, const char *name, struct blob *ret, struct error *error)
{
    struct blob file = { 0 };
    size_t size = 0, got = 0;
    struct stat st;
    int fd = -1, r;

    r = dir_open_file(dir, name, &fd, &st, error);
    if (r != 0)
        return -1;
    if ((uint64_t)st.st_size > STORE_MAX_FILE) {
        close(fd);
        return fail_detail(error, E_TOO_LARGE, name, STORE_MAX_FILE_TEXT);
    }
    size = (size_t)st.st_size;
    blob_zeros(&file, size);
    while (r == 0 && got < size) {
        ssize_t n = read(fd, file.data + got, size - got);

        if (n == 0)
            break; /* it was truncated: we only rename, but others may not */
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
dir_write_all(int fd, const struct blob *data, const char *name,
              struct error *error)
{
    return blob_write(data, fd) == 0 ? 0 : fail_errno(error, name);
}

int
dir_write(int dir, const char *as, const char *name, const struct blob *data,
          mode_t mode, struct error *error)
{
    int fd, r;

    fd = openat(dir, as, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                mode);
    if (fd < 0)
        return fail_errno(error, name);
    r = dir_write_all(fd, data, name, error);
    if (r == 0 && fchmod(fd, mode) != 0) /* whatever the umask says */
        r = fail_errno(error, name);
    if (r == 0)
        r = dir_sync(fd, name, error);
    if (close(fd) != 0 && r == 0)
        r = fail_errno(error, name);
    return r;
}

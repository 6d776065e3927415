/*
 * What is lent to a program of another kind.
 */
#include "pki/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its owner may have put anything there: nothing is followed, or kept. */
static int
lend_file(int dir, const struct store_change *file, uid_t uid, gid_t gid,
          struct error *error)
{
    char name[ASIDE_SIZE];
    int fd, r;

    step_aside(name, "new", 0);
    if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
        return fail_errno(error, file->name);
    fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    if (fd < 0)
        return fail_errno(error, file->name);
    r = dir_write_all(fd, file->data, file->name, error);
    if (r == 0 && (fchown(fd, uid, gid) != 0 || fchmod(fd, file->mode) != 0))
        r = fail_errno(error, file->name);
    if (close(fd) != 0 && r == 0)
        r = fail_errno(error, file->name);
    if (r == 0 && renameat(dir, name, dir, file->name) != 0)
        r = fail_errno(error, file->name);
    if (r != 0)
        unlinkat(dir, name, 0); /* it may be a part of a key */
    return r;
}

int
store_lend(struct store *store, const char *name, uid_t uid, gid_t gid,
           const struct store_change *files, size_t n, struct error *error)
{
    int dir = -1, r;
    size_t i;

    r = dir_make(store->root, name, error);
    if (r == 0)
        r = dir_open(store->root, name, O_NOFOLLOW, &dir, error);
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

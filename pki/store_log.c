/*
 * Logs: appended to, and moved on to NAME.1 when they are full.
 */
#include "pki/store_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Does nothing if another process was faster: then the name is that of
   another file. */
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
    r = dir_write_all(fd, data, name, error);
    close(fd);
    return r;
}

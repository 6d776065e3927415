/*
 * What a process waits for at a store: its socket, and a watch on an area.
 */
#include "pki/store_internal.h"

#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_ASIDE ".socket"

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
    r = dir_open(store->dir[STORE_PRIVATE], ".", 0, &store->claim, error);
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
    int dir = store->dir[STORE_PRIVATE], fd = -1, r;
    struct sockaddr_un address;

    if (claim(store, name, error) != 0)
        return -1;
    r = open_socket(store, SOCKET_ASIDE, &address, &fd, error);
    if (r == 0)
        unlinkat(dir, SOCKET_ASIDE, 0); /* of a process that was killed here */
    /* The mode of the socket is that of its inode before bind(2).  Nobody finds
       one that does not listen yet. */
    if (r == 0 &&
        (fchmod(fd, 0600) != 0 ||
         bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
         listen(fd, SOMAXCONN) != 0 ||
         renameat(dir, SOCKET_ASIDE, dir, name) != 0))
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
        r = fail_errno(error, store_area_names[area]);
    if (r == 0) {
        *ret = fd;
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

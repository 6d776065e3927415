/*
 * A disk that behaves otherwise, for LD_PRELOAD: what strace(1) can not do, and
 * faults planted to see whether a test finds them.  DISK says which:
 *
 *     short    each write takes five bytes at most, as it may
 *     torn     planted: a rename copies what was written, in place
 *     no-dir   planted: directories are not synced
 *     no-lock  planted: everybody gets the lock
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
behaves(const char *how)
{
    const char *disk = getenv("DISK");

    return disk != NULL && strcmp(disk, how) == 0;
}

/* The function that ours stands in front of. */
static void
find_real(const char *name, void *ret)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(ret, &found, sizeof(found));
}

ssize_t
write(int fd, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t);
    struct stat st;

    find_real("write", &real);
    if (size > 5 && behaves("short") && fstat(fd, &st) == 0 &&
        S_ISREG(st.st_mode))
        size = 5;
    return real(fd, data, size);
}

static int
copy(int from_dir, const char *from, int to_dir, const char *to)
{
    int in = openat(from_dir, from, O_RDONLY | O_CLOEXEC);
    int out =
        openat(to_dir, to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char buffer[64];
    ssize_t n;

    if (in < 0 || out < 0)
        return -1;
    while ((n = read(in, buffer, sizeof(buffer))) > 0)
        if (write(out, buffer, (size_t)n) != n)
            n = -1;
    close(in);
    close(out);
    return n == 0 ? unlinkat(from_dir, from, 0) : -1;
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    int (*real)(int, const char *, int, const char *);

    if (behaves("torn") && strncmp(from, ".new.", 5) == 0)
        return copy(from_dir, from, to_dir, to);
    find_real("renameat", &real);
    return real(from_dir, from, to_dir, to);
}

int
fsync(int fd)
{
    int (*real)(int);
    struct stat st;

    if (behaves("no-dir") && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    find_real("fsync", &real);
    return real(fd);
}

int
flock(int fd, int operation)
{
    int (*real)(int, int);

    if (behaves("no-lock"))
        return 0;
    find_real("flock", &real);
    return real(fd, operation);
}

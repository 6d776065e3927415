/*
 * A disk that behaves otherwise, for LD_PRELOAD: what strace(1) can not do, and
 * faults planted to see whether a test finds them.  DISK says which:
 *
 *     short    each write takes five bytes at most, as it may
 *     close    of the files that were written, the close DISK_AT (from 1) says
 *              that it failed, and the file DISK_TELLS of which it was
 *     idle     a program that is started sleeps instead, but for "mmp"
 *     dies     the process is killed behind the rename DISK_AT (from 1)
 *     torn     planted: a rename copies what was written, in place
 *     retries  planted: an fsync that fails is tried again
 *     deaf     planted: a write that fails passes for done
 *     no-dir   planted: directories are not synced
 *     no-lock  planted: everybody gets the lock
 *     busy     planted: nobody gets the lock
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

static size_t
taken(int fd, size_t size)
{
    struct stat st;

    return size > 5 && behaves("short") && fstat(fd, &st) == 0 &&
                   S_ISREG(st.st_mode)
               ? 5
               : size;
}

ssize_t
write(int fd, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t);
    ssize_t n;

    find_real("write", &real);
    n = real(fd, data, taken(fd, size));
    return n < 0 && behaves("deaf") ? (ssize_t)size : n;
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t);

    find_real("pwrite", &real);
    return real(fd, data, taken(fd, size), at);
}

/* Has something been written to this file, and is it the one?  Then tells so.
 */
static bool
is_ours_to_fail(int fd)
{
    static int count;
    const char *at = getenv("DISK_AT"), *tells = getenv("DISK_TELLS");
    char link[64], name[4096];
    struct stat st;
    ssize_t size;
    int out;

    if (at == NULL || tells == NULL || fstat(fd, &st) != 0 ||
        !S_ISREG(st.st_mode) || st.st_size == 0 ||
        (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY || ++count != atoi(at))
        return false;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    size = readlink(link, name, sizeof(name));
    out = open(tells, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    dprintf(out, "%.*s\n", size > 0 ? (int)size : 0, name);
    return true; /* out stays open: to close it would be one more */
}

int
close(int fd)
{
    int (*real)(int);
    bool fails = behaves("close") && is_ours_to_fail(fd);
    int r;

    find_real("close", &real);
    r = real(fd);
    if (!fails)
        return r;
    errno = EIO;
    return -1;
}

int
execvpe(const char *file, char *const argv[], char *const environment[])
{
    int (*real)(const char *, char *const[], char *const[]);
    char name[] = "sleep", time[] = "1000";

    find_real("execvpe", &real);
    if (behaves("idle") && strcmp(argv[0], "mmp") != 0)
        return real("/bin/sleep", (char *[]){ name, time, NULL }, environment);
    return real(file, argv, environment);
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
    const char *at = getenv("DISK_AT");
    static int count;
    int r;

    if (behaves("torn") && strncmp(from, ".new.", 5) == 0)
        return copy(from_dir, from, to_dir, to);
    find_real("renameat", &real);
    r = real(from_dir, from, to_dir, to);
    if (behaves("dies") && at != NULL && ++count == atoi(at))
        raise(SIGKILL);
    return r;
}

int
fsync(int fd)
{
    int (*real)(int);
    struct stat st;

    if (behaves("no-dir") && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    find_real("fsync", &real);
    return real(fd) == 0 || (behaves("retries") && real(fd) == 0) ? 0 : -1;
}

int
flock(int fd, int operation)
{
    int (*real)(int, int);

    if (behaves("no-lock"))
        return 0;
    if (behaves("busy")) {
        errno = EWOULDBLOCK;
        return -1;
    }
    find_real("flock", &real);
    return real(fd, operation);
}

/*
 * Giving up rights: in processes of their own that try what they must not be
 * able to do any more, and others that show that it is the walls.
 */
#include "services/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

/* What is tried in a process of its own, with and without the walls. */
struct place {
    char kept[128], key[128], beyond[128];
    struct sockaddr_in listener;
    int terminal;
};

/* Has a descriptor been made? */
static int
took(int fd)
{
    return fd >= 0 ? close(fd) : -1;
}

/* Each returns 0 when it could do it. */
static int
read_kept(const struct place *place)
{
    return took(open(place->key, O_RDONLY));
}

static int
write_kept(const struct place *place)
{
    return took(open(place->kept, O_WRONLY | O_CREAT, 0600)) == 0 &&
                   rename(place->kept, place->key) == 0
               ? 0
               : -1;
}

static int
read_passwords(const struct place *place)
{
    (void)place;
    return took(open("/etc/shadow", O_RDONLY));
}

static int
read_beyond(const struct place *place)
{
    return took(open(place->beyond, O_RDONLY));
}

static int
write_beyond(const struct place *place)
{
    return took(open(place->beyond, O_WRONLY));
}

static int
cut_beyond(const struct place *place)
{
    return truncate(place->beyond, 0);
}

static int
create_beyond(const struct place *place)
{
    char path[160];

    snprintf(path, sizeof(path), "%s.new", place->beyond);
    return took(open(path, O_WRONLY | O_CREAT, 0600)) == 0 ? unlink(path) : -1;
}

static int
run_shell_there(const struct place *place)
{
    (void)place;
    return execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
}

static int
call_stranger(const struct place *place)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int r = fd >= 0 ? connect(fd, (const struct sockaddr *)&place->listener,
                              sizeof(place->listener))
                    : -1;

    return r == 0 ? took(fd) : -1;
}

static int
be_called(const struct place *place)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)place;
    return fd >= 0 && listen(fd, 1) == 0 ? took(fd) : -1;
}

static int
send_datagram(const struct place *place)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    ssize_t n = fd >= 0 ? sendto(fd, "", 1, 0,
                                 (const struct sockaddr *)&place->listener,
                                 sizeof(place->listener))
                        : -1;

    return n == 1 ? took(fd) : -1;
}

static int
call_this_machine(const struct place *place)
{
    (void)place;
    return took(socket(AF_UNIX, SOCK_STREAM, 0));
}

/* The child is the sanitizer's to make where a server makes none. */
static int
end_child(const struct place *place)
{
    pid_t pid = fork();
    int status;

    (void)place;
    if (pid == 0) {
        alarm(2); /* where it can not be ended */
        pause();
        _exit(1);
    }
    return pid > 0 && kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid
               ? 0
               : -1;
}

static int
send_signal(const struct place *place)
{
    (void)place;
    return kill(getppid(), 0);
}

/* At a terminal that is open: what is typed there goes to a shell.  EIO is of a
   kernel that has it switched off, and no wall of ours. */
static int
press_key(const struct place *place)
{
    return ioctl(place->terminal, TIOCSTI, "x") == 0 || errno == EIO ? 0 : -1;
}

static int
look_into_parent(const struct place *place)
{
    char byte;
    struct iovec own = { &byte, 1 }, other = { &byte, 1 };

    (void)place;
    return process_vm_readv(getppid(), &own, 1, &other, 1, 0) == 1 ? 0 : -1;
}

static int
make_namespace(const struct place *place)
{
    (void)place;
    return unshare(CLONE_NEWUSER);
}

static int
make_thread(const struct place *place)
{
    pthread_t thread;
    void *ret = NULL;

    (void)place;
    return pthread_create(&thread, NULL, (void *(*)(void *))getenv,
                          (void *)(uintptr_t) "PATH") == 0 &&
                   pthread_join(thread, &ret) == 0
               ? 0
               : -1;
}

enum { FILES = 1 << CONFINE_FILES, SERVER = 1 << CONFINE_SERVER };

static const struct {
    const char *what;
    int (*try)(const struct place *place);
    unsigned allowed; /* to which work */
} tries[] = {
    { "read a file of its own", read_kept, FILES },
    { "change a file of its own", write_kept, FILES },
    { "make a thread", make_thread, FILES },
    { "have a socket of this machine", call_this_machine, FILES },
    { "read /etc/shadow", read_passwords, 0 },
    { "read another file", read_beyond, 0 },
    { "write to another file", write_beyond, 0 },
    { "cut another file", cut_beyond, 0 },
    { "make another file", create_beyond, 0 },
    { "run a shell", run_shell_there, 0 },
    { "connect", call_stranger, 0 },
    { "listen", be_called, 0 },
    { "send a datagram", send_datagram, 0 },
    { "end a child", end_child, FILES },
    { "send a signal", send_signal, 0 },
    { "read another process's memory", look_into_parent, 0 },
    { "press a key", press_key, 0 },
    { "make a namespace", make_namespace, 0 },
};

enum { COULD, COULD_NOT, NOT_CONFINED, NOT_WHOLE };

static int
attempt(const char *state, const struct place *place, int work,
        int (*try)(const struct place *place))
{
    const struct landlock_path paths[] = { { state, true },
                                           { "/proc/self", false },
                                           { "/nonexistent", true } };
    struct error error;
    bool whole = true;
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        if (work >= 0 &&
            confine((enum confine_work)work, paths,
                    work == CONFINE_FILES ? 3 : 0, &whole, &error) != 0)
            _exit(NOT_CONFINED);
        if (!whole)
            _exit(NOT_WHOLE);
        _exit(try(place) == 0 ? COULD : COULD_NOT);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    /* A sanitizer ends a process that can not be had a thread looked at. */
    return WIFEXITED(status) ? WEXITSTATUS(status) : COULD_NOT;
}

static int
make_place(const struct scratch *scratch, struct place *ret)
{
    socklen_t size = sizeof(ret->listener);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(ret->kept, sizeof(ret->kept), "%s/files/new", scratch->path);
    snprintf(ret->key, sizeof(ret->key), "%s/files/a.key", scratch->path);
    snprintf(ret->beyond, sizeof(ret->beyond), "%s-beyond", scratch->path);
    put_text(scratch->store, "a.key", "text");
    ret->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_int_equal(took(open(ret->beyond, O_WRONLY | O_CREAT, 0600)), 0);
    ret->listener = (struct sockaddr_in){ .sin_family = AF_INET };
    ret->listener.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&ret->listener, size),
                     0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(
        getsockname(listener, (struct sockaddr *)&ret->listener, &size), 0);
    return listener;
}

/* Signals are scoped since the sixth version of Landlock. */
static bool
lets_signals_pass(int (*try)(const struct place *place), int work)
{
    return try == send_signal && work == CONFINE_FILES &&
           syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION) < 6;
}

static void
test_walls(void **state)
{
    static const int works[] = { CONFINE_FILES, CONFINE_SERVER };
    const struct scratch *scratch = *state;
    struct place place;
    int listener = make_place(scratch, &place), got;
    size_t i, work;

    for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        /* The trial is no trial if it fails anyhow. */
        if (attempt(scratch->path, &place, -1, tries[i].try) != COULD) {
            print_message("not tried, impossible here anyhow: %s\n",
                          tries[i].what);
            continue;
        }
        for (work = 0; work < 2; work++) {
            got = attempt(scratch->path, &place, works[work], tries[i].try);
            if (got == NOT_WHOLE) {
                print_message("skipped: this kernel has no Landlock, or no "
                              "seccomp filters\n");
                skip();
            }
            if (lets_signals_pass(tries[i].try, works[work]))
                continue;
            if (got !=
                (tries[i].allowed & 1U << works[work] ? COULD : COULD_NOT))
                fail_msg("%s, work %d: %d", tries[i].what, works[work], got);
        }
    }
    assert_int_equal(unlink(place.beyond), 0);
    close(place.terminal);
    close(listener);
}

/* What is open stays open, and rights are gone, not lent. */
static int
rest(int kept)
{
    struct error error;
    bool whole;
    char byte;

    if (confine(CONFINE_SERVER, NULL, 0, &whole, &error) != 0)
        return 1;
    if (read(kept, &byte, 1) != 1)
        return 2;
    if (geteuid() == 0 && chroot("/") == 0)
        return 3;
    return took(open("/etc/hostname", O_WRONLY)) == 0 ? 4 : 0;
}

static void
test_rest(void **state)
{
    int kept = open("/etc/passwd", O_RDONLY | O_CLOEXEC), status;
    pid_t pid;

    (void)state;
    pid = fork();
    if (pid == 0)
        _exit(rest(kept));
    close(kept);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int
become(void)
{
    struct error error;

    if (confine_become(12345, 23456, &error) != 0)
        return 1;
    if (getuid() != 12345 || geteuid() != 12345 || getegid() != 23456)
        return 2;
    if (getgroups(0, NULL) != 0)
        return 3;
    return setuid(0) == 0 ? 4 : 0;
}

static void
test_become(void **state)
{
    struct error error;
    pid_t pid;
    int status;

    (void)state;
    if (geteuid() != 0) {
        assert_int_equal(confine_become(12345, 23456, &error), 0);
        assert_int_not_equal(geteuid(), 12345);
        return;
    }
    pid = fork();
    if (pid == 0)
        _exit(become());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_walls, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_become),
    };

    return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}

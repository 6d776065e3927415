/*
 * Somebody else's code in a running process, for LD_PRELOAD: when SIGUSR1
 * comes, it tries to get out, and notes in the file that BREAKOUT names what it
 * could do:
 *
 *     pid begun NAME    of the program
 *     pid could WHAT    or "could not"
 *     pid done
 *
 * BREAKOUT_PORT: somebody listens there, on 127.0.0.1.  BREAKOUT_KEY: a key
 * file below the state directory.  BREAKOUT_BEYOND: a file outside of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int report = -1;

static void
note(const char *what, const char *more)
{
    char line[256];
    int size =
        snprintf(line, sizeof(line), "%d %s%s\n", (int)getpid(), what, more);

    if (write(report, line, (size_t)size) != size)
        abort();
}

static int
took(int fd)
{
    return fd >= 0 ? close(fd) : -1;
}

static int
read_passwords(void)
{
    return took(open("/etc/shadow", O_RDONLY | O_CLOEXEC));
}

static int
read_key(void)
{
    return took(open(getenv("BREAKOUT_KEY"), O_RDONLY | O_CLOEXEC));
}

static int
read_beyond(void)
{
    return took(open(getenv("BREAKOUT_BEYOND"), O_RDONLY | O_CLOEXEC));
}

static int
write_beyond(void)
{
    return took(open(getenv("BREAKOUT_BEYOND"), O_WRONLY | O_CLOEXEC));
}

static int
make_beyond(void)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s.new", getenv("BREAKOUT_BEYOND"));
    return took(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) == 0
               ? unlink(path)
               : -1;
}

static int
run_shell(void)
{
    pid_t pid = fork();
    int status = 1;

    if (pid == 0) {
        unsetenv("LD_PRELOAD");
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(1);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && status == 0 ? 0 : -1;
}

static int
connect_out(void)
{
    const struct sockaddr_in place = {
        .sin_family = AF_INET,
        .sin_port = htons((unsigned short)atoi(getenv("BREAKOUT_PORT"))),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r = fd >= 0
                ? connect(fd, (const struct sockaddr *)&place, sizeof(place))
                : -1;

    return r == 0 ? took(fd) : -1;
}

/* What another process has in memory: its keys, say. */
static int
read_memory(void)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
    return took(open(path, O_RDONLY | O_CLOEXEC));
}

/* A world of its own, where it would be root. */
static int
wait_for(pid_t pid)
{
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, NULL, __WALL) == pid ? 0 : -1;
}

static int
make_namespace(void)
{
    struct clone_args all = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

    if (wait_for((pid_t)pid) == 0)
        return 0;
    return wait_for((pid_t)syscall(SYS_clone3, &all, sizeof(all)));
}

static int
send_signal(void)
{
    return kill(getppid(), 0);
}

static const struct {
    const char *what;
    int (*try)(void);
} tries[] = {
    { "read /etc/shadow", read_passwords },
    { "read a key", read_key },
    { "read another file", read_beyond },
    { "write to another file", write_beyond },
    { "make another file", make_beyond },
    { "run a shell", run_shell },
    { "connect out", connect_out },
    { "read the memory of its parent", read_memory },
    { "make a namespace", make_namespace },
    { "send a signal", send_signal },
};

static void
try_all(int number)
{
    size_t i;
    int saved = errno;

    (void)number;
    for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
        note(tries[i].try() == 0 ? "could " : "could not ", tries[i].what);
    note("done", "");
    errno = saved;
}

/* Programs block signals, and reset them before others are started; this one
   stays what it is here. */
static void __attribute__((constructor)) begin(void)
{
    const struct sigaction action = { .sa_handler = try_all };
    const char *path = getenv("BREAKOUT");
    char name[64] = "";
    int fd;

    if (path == NULL)
        return;
    fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    report = fcntl(fd, F_DUPFD_CLOEXEC, 500);
    close(fd);
    fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    if (report < 0 || fd < 0 || read(fd, name, sizeof(name) - 1) <= 0)
        abort();
    close(fd);
    name[strcspn(name, "\n")] = '\0';
    sigaction(SIGUSR1, &action, NULL);
    note("begun ", name);
}

/*
 * Starting a program.  A fork of our own, as posix_spawn(3) can not ask for
 * the parent's death signal.  Between fork and exec only calls that are safe
 * in a signal handler.
 */
#include "services/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"

char *
spawn_own_path(void)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path));

    return xstrndup(path, size > 0 ? (size_t)size : 0);
}

/* The descriptor of the child that reports a failed exec. */
enum { REPORT = 3 };

static void
default_signals(void)
{
    sigset_t none;
    int number;

    for (number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Moves the descriptors away from the numbers that they go to, then there. */
static bool
place_descriptors(const struct spawn *spawn, int report)
{
    int from[REPORT + 1] = { spawn->in, spawn->out, spawn->err, report };
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int i;

    for (i = 0; i <= REPORT; i++)
        from[i] = fcntl(from[i] < 0 ? null : from[i], F_DUPFD_CLOEXEC, 16);
    for (i = 0; i < REPORT; i++)
        if (dup2(from[i], i) < 0)
            return false;
    return dup3(from[REPORT], REPORT, O_CLOEXEC) == REPORT &&
           close_range(REPORT + 1, ~0U, 0) == 0;
}

/* The groups of our own user are no business of the program. */
static bool
become(const struct run_as *as)
{
    if (as == NULL || as->uid == geteuid())
        return true;
    return setgroups(1, &as->gid) == 0 && setgid(as->gid) == 0 &&
           setuid(as->uid) == 0;
}

static void
run_child(const struct spawn *spawn, int report, pid_t parent)
{
    default_signals();
    if (!place_descriptors(spawn, report) || !become(spawn->as))
        return;
    /* After it has become another user, who is asked for no signal of ours. */
    if (spawn->detached) {
        setsid();
    } else {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            return; /* it ended before the line above */
    }
    if (spawn->environment != NULL)
        execvpe(spawn->program, spawn->argv, spawn->environment);
    else
        execvp(spawn->program, spawn->argv);
}

int
spawn_wait(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

void
spawn_describe(int how, char text[SPAWN_END])
{
    if (WIFSIGNALED(how))
        snprintf(text, SPAWN_END, "ended by signal %d", WTERMSIG(how));
    else
        snprintf(text, SPAWN_END, "ended with status %d", WEXITSTATUS(how));
}

int
spawn(const struct spawn *spawn, pid_t *ret, struct error *error)
{
    pid_t parent = getpid(), pid;
    int report[2], number = 0;
    ssize_t n;

    if (pipe2(report, O_CLOEXEC) != 0)
        return fail_errno(error, spawn->program);
    pid = fork();
    if (pid == 0) {
        run_child(spawn, report[1], parent);
        number = errno;
        (void)!write(REPORT, &number, sizeof(number));
        _exit(127);
    }
    if (pid < 0)
        number = errno;
    close(report[1]);
    /* The end of the file: exec has closed the other side. */
    while (pid > 0 && (n = read(report[0], &number, sizeof(number))) < 0 &&
           errno == EINTR)
        ;
    close(report[0]);
    if (number != 0) {
        if (pid > 0)
            spawn_wait(pid);
        errno = number;
        return fail_errno(error, spawn->program);
    }
    *ret = pid;
    return 0;
}

/*
 * Keeps a program on a lead: nothing that it starts outlives it, and it does
 * not outlive us, however we end.
 *
 *     mmp-keep PROGRAM ARGUMENTS       starts it, hands SIGTERM, SIGINT and
 *                                      SIGHUP on, and ends as it does
 *     mmp-keep --on-lead PROGRAM ARGUMENTS      becomes it
 *     mmp-keep --adopted PROGRAM ARGUMENTS      becomes it, once the process
 *                                               that started it has ended
 *
 * Patroni starts PostgreSQL through a process that ends at once, so that the
 * server belongs to nobody.  If Patroni died, the server would go on unattended
 * and take writes that the cluster does not know.  The first form adopts such
 * orphans (prctl(2), PR_SET_CHILD_SUBREAPER).  Patroni runs its programs in the
 * other forms, so that a signal ends them when their parent dies.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KEEPER "MMP_KEEPER" /* in the environment: the process that adopts */

enum { ADOPTION_TIME = 5000 }; /* ms for the first parent to end */

static int
complain(const char *what)
{
    fprintf(stderr, "mmp-keep: %s: %s\n", what, strerror(errno));
    return 127;
}

/* Returns only if it fails.  A parent that is gone already would never cause
   its signal. */
static int
become(char *const *argv, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return complain("prctl");
    if (getppid() != parent)
        return 127;
    execvp(argv[0], argv);
    return complain(argv[0]);
}

/* The first parent may have ended before we could ask who it is, so we wait
   for the one that adopts us, whose number we know. */
static int
become_adopted(char *const *argv)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    const char *keeper = getenv(KEEPER);
    pid_t parent = keeper != NULL ? (pid_t)atol(keeper) : 0;
    int i;

    for (i = 0; getppid() != parent && i < ADOPTION_TIME; i++)
        nanosleep(&pause, NULL);
    return become(argv, parent);
}

/* Ends with the program's status once that has ended; the kernel then ends
   all processes that we have adopted. */
static int
keep(char *const *argv)
{
    static const int passed[] = { SIGTERM, SIGINT, SIGHUP };
    pid_t own = getpid(), child, pid;
    sigset_t awaited, before;
    int number, status;
    char text[16];
    size_t i;

    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
        sigaddset(&awaited, passed[i]);
    sigprocmask(SIG_BLOCK, &awaited, &before);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return complain("prctl");
    snprintf(text, sizeof(text), "%ld", (long)own);
    setenv(KEEPER, text, 1);
    child = fork();
    if (child < 0)
        return complain("fork");
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        _exit(become(argv, own));
    }
    for (;;) {
        if (sigwait(&awaited, &number) != 0)
            return complain("sigwait");
        if (number != SIGCHLD) {
            kill(child, number);
            continue;
        }
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
            if (pid == child)
                return WIFEXITED(status) ? WEXITSTATUS(status)
                                         : 128 + WTERMSIG(status);
        }
    }
}

int
main(int argc, char **argv)
{
    pid_t parent = getppid();

    if (argc > 2 && strcmp(argv[1], "--on-lead") == 0)
        return become(argv + 2, parent);
    if (argc > 2 && strcmp(argv[1], "--adopted") == 0)
        return become_adopted(argv + 2);
    if (argc > 1 && argv[1][0] != '-')
        return keep(argv + 1);
    fputs("usage: mmp-keep [--on-lead | --adopted] program [argument ...]\n",
          stderr);
    return 2;
}

/*
 * The guard of a supervisor.
 */
#include "services/guard.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/journal.h"
#include "services/spawn.h"
#include "services/waits.h"

static const int ends[] = { SIGTERM, SIGINT, SIGHUP };

static bool
is_end(int number)
{
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends[i] == number)
            return true;
    return false;
}

static void
block_signals(sigset_t *awaited, sigset_t *before)
{
    size_t i;

    signal(SIGCHLD, SIG_DFL); /* or there would be nobody to wait for */
    sigemptyset(awaited);
    sigaddset(awaited, SIGCHLD);
    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        sigaddset(awaited, ends[i]);
    sigprocmask(SIG_BLOCK, awaited, before);
}

/* Whoever waits for the words of the supervisor sees their end. */
static void
leave_streams(void)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fd;

    for (fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    if (null > STDERR_FILENO)
        close(null);
}

/* Removed, not only moved. */
static bool
is_gone(int state)
{
    struct stat status;

    return fstat(state, &status) == 0 && status.st_nlink == 0;
}

/* How it has ended; *told: it was told to. */
static int
await_end(pid_t child, const sigset_t *awaited, int state, bool *told)
{
    const struct timespec look = { .tv_sec = GUARD_LOOK / 1000 };
    int how = 0, number;

    while (waitpid(child, &how, WNOHANG) != child) {
        number = sigtimedwait(awaited, NULL, &look);
        if (number < 0 && is_gone(state))
            number = SIGTERM;
        if (is_end(number)) {
            *told = true;
            kill(child, number);
        }
    }
    return how;
}

static bool
is_over(int how, bool first)
{
    if (WIFSIGNALED(how))
        return is_end(WTERMSIG(how));
    return first || WEXITSTATUS(how) != GUARD_AGAIN;
}

/* False when it is told to end. */
static bool
pause_for(long long delay, const sigset_t *awaited)
{
    long long until = waits_clock() + delay, left;

    while ((left = until - waits_clock()) > 0) {
        const struct timespec time = { left / 1000, left % 1000 * 1000000 };

        if (is_end(sigtimedwait(awaited, NULL, &time)))
            return false;
    }
    return true;
}

static void
tell(int how, long long delay)
{
    char end[SPAWN_END], text[80];

    spawn_describe(how, end);
    snprintf(text, sizeof(text), "%s, and is started again in %lld ms", end,
             delay);
    journal_tell("supervisor", text);
}

bool
guard_begin(const char *state, int *status)
{
    int dir = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
    long long delay = GUARD_FIRST_DELAY, since;
    bool told = false, first = true;
    sigset_t awaited, before;
    int how = 0;
    pid_t child;

    block_signals(&awaited, &before);
    do {
        since = waits_clock();
        child = fork();
        if (child == 0 || (child < 0 && first)) {
            sigprocmask(SIG_SETMASK, &before, NULL);
            close(dir);
            return true;
        }
        if (first)
            leave_streams();
        if (child > 0)
            how = await_end(child, &awaited, dir, &told);
        if (told || (child > 0 && is_over(how, first)))
            break;
        if (waits_clock() - since >= GUARD_LONG_LIFE)
            delay = GUARD_FIRST_DELAY;
        tell(how, delay);
        told = !pause_for(delay, &awaited);
        delay = waits_longer(delay, GUARD_LAST_DELAY);
        first = false;
    } while (!told && !is_gone(dir));
    close(dir);
    *status = WIFEXITED(how) ? WEXITSTATUS(how) : 0;
    return false;
}

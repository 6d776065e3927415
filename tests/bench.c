/*
 * Times programs for scripts/bench: from just before the spawn until the child
 * is reaped and its output read to the end.  Two programs run in turn, A B B A,
 * so that a machine that drifts does so for both.
 *
 * usage: bench COUNT PROGRAM [ARGUMENT...] [-- [NAME=VALUE...] PROGRAM ...]
 *
 * Standard input, if it is a file, is given to each from its start.  Prints
 * the medians in microseconds.  A program that fails ends it all: what was
 * measured then was not the work.
 */
#include <err.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct side {
    char **argv;
    char **environment;
    double *took; /* microseconds */
};

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Reads to the end and keeps what came last. */
static size_t
drain(int from, char *last, size_t size)
{
    size_t kept = 0;
    ssize_t n;

    while ((n = read(from, last, size)) > 0)
        kept = (size_t)n;
    return kept;
}

/* Runs it once; the output goes through a pipe, as a script reads it. */
static double
run(const struct side *side)
{
    char last[1 << 16];
    size_t nlast;
    posix_spawn_file_actions_t actions;
    int out[2], status, failed;
    double start, end;
    pid_t pid;

    if (pipe(out) != 0)
        err(1, "pipe");
    lseek(STDIN_FILENO, 0, SEEK_SET);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    posix_spawn_file_actions_addclose(&actions, out[1]);
    start = now();
    failed = posix_spawnp(&pid, side->argv[0], &actions, NULL, side->argv,
                          side->environment);
    if (failed != 0)
        errx(1, "%s: %s", side->argv[0], strerror(failed));
    close(out[1]);
    nlast = drain(out[0], last, sizeof(last));
    if (waitpid(pid, &status, 0) != pid)
        err(1, "waitpid");
    end = now();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fwrite(last, 1, nlast, stderr);
        errx(1, "%s failed with status %#x", side->argv[0], (unsigned)status);
    }
    close(out[0]);
    posix_spawn_file_actions_destroy(&actions);
    return end - start;
}

static int
by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double
median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), by_value);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Leading NAME=VALUE words go before our own environment. */
static void
take(struct side *side, char **words, size_t count)
{
    size_t own = 0, given = 0, i;

    while (words[given] != NULL && strchr(words[given], '=') != NULL)
        given++;
    if (words[given] == NULL)
        errx(2, "a program is missing");
    while (environ[own] != NULL)
        own++;
    side->argv = words + given;
    side->environment = calloc(own + given + 1, sizeof(char *));
    side->took = calloc(count, sizeof(*side->took));
    if (side->environment == NULL || side->took == NULL)
        err(1, NULL);
    memcpy(side->environment, words, given * sizeof(char *));
    for (i = 0; i < own; i++)
        side->environment[given + i] = environ[i];
}

int
main(int argc, char **argv)
{
    struct side sides[2] = { { 0 } };
    size_t count, nsides = 1, i, j;
    int word;

    count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (count == 0)
        errx(2, "usage: bench COUNT PROGRAM [ARGUMENT...] "
                "[-- [NAME=VALUE...] PROGRAM ...]");
    for (word = 2; word < argc; word++)
        if (strcmp(argv[word], "--") == 0) {
            argv[word] = NULL;
            take(&sides[1], argv + word + 1, count);
            nsides = 2;
            break;
        }
    take(&sides[0], argv + 2, count);

    /* The first run fills caches. */
    for (j = 0; count > 1 && j < nsides; j++)
        run(&sides[j]);
    for (i = 0; i < count; i++)
        for (j = 0; j < nsides; j++) {
            struct side *side = &sides[nsides == 2 ? (i + j) % 2 : 0];

            side->took[i] = run(side);
        }
    for (j = 0; j < nsides; j++) {
        printf("%.1f%s", median(sides[j].took, count),
               j + 1 < nsides ? " " : "\n");
        free(sides[j].environment);
        free(sides[j].took);
    }
    return 0;
}

/*
 * The guard: after which ends there is another life, and after which there is
 * none.
 */
#include "services/guard.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/waits.h"
#include "tests/services/stage.h"

/* What all of a test's processes see. */
struct seen {
    volatile unsigned lives;
    volatile pid_t last;       /* who lives, or has */
    volatile bool has_streams; /* of the last life */
};

static struct seen *
new_seen(void)
{
    int fd = memfd_create("seen", MFD_CLOEXEC);
    void *ret;

    assert_int_equal(ftruncate(fd, sizeof(struct seen)), 0);
    ret = mmap(NULL, sizeof(struct seen), PROT_READ | PROT_WRITE, MAP_SHARED,
               fd, 0);
    assert_ptr_not_equal(ret, MAP_FAILED);
    close(fd);
    return ret;
}

static bool
is_null(int fd)
{
    struct stat one, two;

    return fstat(fd, &one) == 0 && stat("/dev/null", &two) == 0 &&
           one.st_rdev == two.st_rdev;
}

/* Killed, aborts, to be tried Again, eXits with 2, waits; or it is killed once
   the State directory is gone; else it ends. */
static void
live(const char *state, char what)
{
    if (what == 'S')
        assert_int_equal(rmdir(state), 0);
    if (what == 'k' || what == 'S')
        kill(getpid(), SIGKILL);
    if (what == 'a')
        kill(getpid(), SIGABRT);
    while (what == 'w')
        pause();
    _exit(what == 'A' ? GUARD_AGAIN : what == 'X' ? 2 : 0);
}

/* A guard, whose child leads these lives, a letter each. */
static pid_t
guard(const char *state, const char *lives, struct seen *seen)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is given up */
        if (!guard_begin(state, &status))
            _exit(status);
        seen->has_streams = !is_null(STDOUT_FILENO);
        seen->last = getpid();
        live(state, lives[seen->lives++]);
    }
    assert_int_not_equal(pid, -1);
    return pid;
}

static int
ended(pid_t pid)
{
    int how = -1, i;

    for (i = 0; i < 1000; i++) {
        if (waitpid(pid, &how, WNOHANG) == pid)
            return how;
        stage_sleep(10);
    }
    kill(pid, SIGKILL);
    fail_msg("the guard does not end");
    return -1;
}

static void
await_lives(const struct seen *seen, unsigned lives)
{
    int i;

    for (i = 0; i < 1000 && seen->lives < lives; i++)
        stage_sleep(10);
    assert_int_equal(seen->lives, lives);
}

/* Killed it comes back, and what could not begin is tried again, each time
   later; what ends by itself has ended. */
static void
test_lives(void **state)
{
    struct scratch *scratch = *state;
    struct seen *seen = new_seen();
    long long before = waits_clock();

    assert_int_equal(ended(guard(scratch->path, "kA", seen)), 0);
    assert_int_equal(seen->lives, 3);
    assert_false(seen->has_streams);
    assert_true(waits_clock() - before >= 3 * GUARD_FIRST_DELAY);
}

/* Who starts the first is told what became of it. */
static void
test_first(void **state)
{
    struct scratch *scratch = *state;
    struct seen *seen = new_seen();

    assert_int_equal(WEXITSTATUS(ended(guard(scratch->path, "X", seen))), 2);
    assert_int_equal(WEXITSTATUS(ended(guard(scratch->path, " A", seen))),
                     GUARD_AGAIN);
    assert_int_equal(seen->lives, 2);
    assert_true(seen->has_streams || is_null(STDOUT_FILENO));
}

/* Another one is there: this one has no more to do. */
static void
test_other(void **state)
{
    struct scratch *scratch = *state;
    struct seen *seen = new_seen();

    assert_int_equal(WEXITSTATUS(ended(guard(scratch->path, "aX", seen))), 2);
    assert_int_equal(seen->lives, 2);
}

/* Whoever of the two is told to end, both do. */
static void
test_told(void **state)
{
    struct scratch *scratch = *state;
    struct seen *seen = new_seen();
    pid_t pid = guard(scratch->path, "ww", seen);

    await_lives(seen, 1);
    kill(pid, SIGTERM);
    assert_int_equal(ended(pid), 0);
    assert_int_equal(kill(seen->last, 0), -1);
    pid = guard(scratch->path, "ww", seen);
    await_lives(seen, 2);
    kill(seen->last, SIGTERM);
    assert_int_equal(ended(pid), 0);
    assert_int_equal(seen->lives, 2);
}

/* While nothing runs, too. */
static void
test_told_between(void **state)
{
    struct scratch *scratch = *state;
    struct seen *seen = new_seen();
    long long before = waits_clock(), took;
    pid_t pid = guard(scratch->path, "k ", seen);

    await_lives(seen, 1);
    stage_sleep(GUARD_FIRST_DELAY / 5);
    kill(pid, SIGHUP);
    took = waits_clock() - before;
    assert_int_equal(ended(pid), 0);
    if (took < GUARD_FIRST_DELAY) /* or the next one had begun */
        assert_int_equal(seen->lives, 1);
}

/* Nobody makes a state directory that was removed. */
static void
test_no_state(void **state)
{
    struct seen *seen = new_seen();
    char path[] = "/tmp/mmp-test-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(path));
    assert_int_equal(ended(guard(path, "S ", seen)), 0);
    assert_int_equal(seen->lives, 1);
}

/* What serves it ends soon; to move it is not to remove it. */
static void
test_state_removed(void **state)
{
    struct seen *seen = new_seen();
    char path[] = "/tmp/mmp-test-XXXXXX", moved[] = "/tmp/mmp-test-XXXXXX";
    pid_t pid;

    (void)state;
    assert_non_null(mkdtemp(path));
    assert_non_null(mkdtemp(moved));
    pid = guard(path, "w", seen);
    await_lives(seen, 1);
    assert_int_equal(rename(path, moved), 0);
    stage_sleep(GUARD_LOOK + 500);
    assert_int_equal(kill(seen->last, 0), 0);
    assert_int_equal(rmdir(moved), 0);
    assert_int_equal(ended(pid), 0);
    assert_int_equal(kill(seen->last, 0), -1);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_lives),         test(test_first),        test(test_other),
        test(test_told),          test(test_told_between), test(test_no_state),
        test(test_state_removed),
    };

    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}

/*
 * Giving up rights: in a process of its own that tries what it must not be
 * able to do any more.
 */
#include "services/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

static bool
opens(const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Exit statuses of the child that tries; 0: all was as it should be. */
static int
attempt(const struct scratch *scratch, int kept)
{
    struct confine paths[] = { { scratch->path, true },
                               { "/usr", false },
                               { "/nonexistent", true } };
    struct error error;
    char path[128];
    bool whole = false;
    char byte = 0;

    if (confine(paths, 3, &whole, &error) != 0)
        return 1;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 2;
    if (mkdir("/tmp/mmp-test-confined", 0700) == 0)
        return 3;
    if (opens("/etc/passwd", O_RDONLY) || errno != EACCES)
        return 4;
    if (read(kept, &byte, 1) != 1) /* what is open stays */
        return 5;
    if (!opens("/usr/lib", O_RDONLY) ||
        opens("/usr/mmp-test", O_WRONLY | O_CREAT))
        return 6;
    snprintf(path, sizeof(path), "%s/a", scratch->path);
    if (!opens(path, O_WRONLY | O_CREAT) || unlink(path) != 0 ||
        truncate("/etc/hostname", 0) == 0)
        return 7;
    if (geteuid() == 0 && chroot("/") == 0)
        return 8;
    return whole ? 0 : 9;
}

static void
test_confined(void **state)
{
    int kept, status;
    pid_t pid;

    if (syscall(SYS_landlock_create_ruleset, NULL, 0,
                LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        puts("skipped: this kernel has no Landlock");
        skip();
    }
    kept = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    pid = fork();
    if (pid == 0)
        _exit(attempt(*state, kept));
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
        cmocka_unit_test_setup_teardown(test_confined, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_become),
    };

    return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}

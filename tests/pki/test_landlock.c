/*
 * Which files are left, each time in a child; what all walls keep out together
 * is tested with pki/sandbox.h and services/confine.h.
 */
#include "pki/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

enum {
    READS_OURS = 1,
    WRITES_OURS = 2,
    READS_OTHER = 4,
    WRITES_OTHER = 8,
    CONNECTS = 16,
    NO_LANDLOCK = 32,
    BROKEN = 64,
};

static bool
opens(const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Nobody listens there; who may not even try is told something else. */
static bool
connects(void)
{
    const struct sockaddr_in nobody = { .sin_family = AF_INET,
                                        .sin_port = htons(1),
                                        .sin_addr.s_addr =
                                            htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool refused =
        connect(fd, (const struct sockaddr *)&nobody, sizeof(nobody)) != 0 &&
        (errno == EACCES || errno == EPERM);

    close(fd);
    return !refused;
}

/* What is left, in a state directory of which files/ is ours. */
static unsigned
left(const struct scratch *scratch, unsigned walls, bool write)
{
    char files[96], ours[128], other[96];
    const struct landlock_path paths[] = { { files, write },
                                           { "/nonexistent", true },
                                           { "/dev/null/x", true } };
    struct error error;
    bool whole;
    pid_t pid;
    int status;

    snprintf(files, sizeof(files), "%s/files", scratch->path);
    snprintf(ours, sizeof(ours), "%s/a", files);
    snprintf(other, sizeof(other), "%s/b", scratch->path);
    put_text(scratch->store, "a", "text");
    pid = fork();
    if (pid == 0) {
        opens(other, O_WRONLY | O_CREAT);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (landlock_enter(walls, paths, 3, &whole, &error) != 0)
            _exit(BROKEN);
        _exit(!whole ? NO_LANDLOCK
                     : (opens(ours, O_RDONLY) ? READS_OURS : 0) +
                           (opens(ours, O_WRONLY) ? WRITES_OURS : 0) +
                           (opens(other, O_RDONLY) ? READS_OTHER : 0) +
                           (opens(other, O_WRONLY) ? WRITES_OTHER : 0) +
                           (connects() ? CONNECTS : 0));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_LANDLOCK) {
        print_message("skipped: this kernel has no Landlock\n");
        skip();
    }
    return (unsigned)WEXITSTATUS(status);
}

static void
test_left(void **state)
{
    const struct scratch *scratch = *state;

    assert_int_equal(left(scratch, 0, true),
                     READS_OURS | WRITES_OURS | READS_OTHER | CONNECTS);
    assert_int_equal(left(scratch, 0, false),
                     READS_OURS | READS_OTHER | CONNECTS);
    assert_int_equal(left(scratch, LANDLOCK_READING, true),
                     READS_OURS | WRITES_OURS | CONNECTS);
    assert_int_equal(left(scratch, LANDLOCK_READING, false),
                     READS_OURS | CONNECTS);
}

static void
test_network(void **state)
{
    const struct scratch *scratch = *state;
    unsigned got = left(scratch, LANDLOCK_READING | LANDLOCK_NETWORK, false);

    if (got == (READS_OURS | CONNECTS)) {
        print_message("skipped: this kernel's Landlock knows no network\n");
        skip();
    }
    assert_int_equal(got, READS_OURS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_left, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_network, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("landlock", tests, NULL, NULL);
}

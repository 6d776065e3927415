/*
 * Starting a program: what it gets, and when it ends.
 */
#include "services/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/services/stage.h"

/* What a shell script prints. */
static void
run_script(const char *script, bool detached, char *ret, size_t max)
{
    char sh[] = "sh", c[] = "-c", text[512];
    char *const argv[] = { sh, c, text, NULL };
    struct spawn how = {
        .program = "/bin/sh", .argv = argv, .in = -1, .err = -1
    };
    struct error error;
    size_t got = 0;
    ssize_t n;
    pid_t pid;
    int out[2];

    how.detached = detached;
    assert_true(strlen(script) < sizeof(text));
    strcpy(text, script);
    assert_int_equal(pipe(out), 0);
    how.out = out[1];
    assert_int_equal(spawn(&how, &pid, &error), 0);
    close(out[1]);
    while (got < max - 1 && (n = read(out[0], ret + got, max - 1 - got)) > 0)
        got += (size_t)n;
    ret[got] = '\0';
    close(out[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_clean(void **state)
{
    char text[512];
    sigset_t blocked;
    int extra = open("/dev/null", O_RDONLY);

    (void)state;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* A pipeline would have the shell hold its ends, and a last command its
       place. */
    run_script(
        "grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\t\\n'; cat; "
        "ls /proc/$$/fd; :",
        false, text, sizeof(text));
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    close(extra);
    assert_string_equal(text, "SigBlk:0000000000000000SigIgn:0000000000000000"
                              "0\n1\n2\n");
}

static void
test_session(void **state)
{
    char text[64], own[64];

    (void)state;
    run_script("cut -d' ' -f1,6 /proc/$$/stat | awk '{ print $1 == $2 }'", true,
               text, sizeof(text));
    assert_string_equal(text, "1\n");
    run_script("cut -d' ' -f1,6 /proc/$$/stat | awk '{ print $1 == $2 }'",
               false, own, sizeof(own));
    assert_string_equal(own, "0\n");
}

static void
test_identity_and_environment(void **state)
{
    char sh[] = "sh", c[] = "-c", text[64] = "",
         script[] = "echo $(id -u) $(id -g) $(id -G) $WORD $HOME";
    char word[] = "WORD=given", path[] = "PATH=/usr/bin:/bin";
    char *const argv[] = { sh, c, script, NULL };
    char *const environment[] = { word, path, NULL };
    const struct run_as nobody = { .uid = 65534, .gid = 65533 };
    struct spawn how = { .program = "/bin/sh",
                         .argv = argv,
                         .in = -1,
                         .err = -1,
                         .environment = environment,
                         .as = &nobody };
    struct error error;
    pid_t pid;
    int out[2], status;

    (void)state;
    if (geteuid() != 0)
        skip(); /* only root may become another user */
    assert_int_equal(pipe(out), 0);
    how.out = out[1];
    assert_int_equal(spawn(&how, &pid, &error), 0);
    close(out[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(read(out[0], text, sizeof(text) - 1) > 0);
    close(out[0]);
    assert_string_equal(text, "65534 65533 65533 given\n");
}

/* Its parent dies by force: it goes as well, unless it is detached. */
static void
test_parent_dies(void **state)
{
    char sleep_word[] = "sleep", time[] = "20";
    char *const argv[] = { sleep_word, time, NULL };
    int i, detached;

    (void)state;
    for (detached = 0; detached < 2; detached++) {
        struct spawn how = { .program = sleep_word,
                             .argv = argv,
                             .in = -1,
                             .out = -1,
                             .err = -1,
                             .detached = detached };
        pid_t parent, child = 0;
        struct error error;
        int told[2];

        assert_int_equal(pipe(told), 0);
        parent = fork();
        if (parent == 0) {
            if (spawn(&how, &child, &error) == 0)
                (void)!write(told[1], &child, sizeof(child));
            pause();
        }
        assert_int_equal(read(told[0], &child, sizeof(child)), sizeof(child));
        kill(parent, SIGKILL);
        assert_int_equal(waitpid(parent, NULL, 0), parent);
        close(told[0]);
        close(told[1]);
        if (detached) {
            stage_sleep(100);
            assert_int_equal(kill(child, SIGKILL), 0);
        }
        /* A zombie has no descriptors; who reaps it is not our affair. */
        for (i = 0; i < 500 && stage_descriptors(child) > 2; i++)
            stage_sleep(10);
        assert_in_range(stage_descriptors(child), 0, 2);
    }
}

static void
test_missing(void **state)
{
    char name[] = "nothing";
    char *const argv[] = { name, NULL };
    const struct spawn how = { .program = "/nonexistent/x",
                               .argv = argv,
                               .in = -1,
                               .out = -1,
                               .err = -1 };
    struct error error;
    pid_t pid = 0;

    (void)state;
    assert_fails(spawn(&how, &pid, &error), &error, E_NO_FILE,
                 "/nonexistent/x");
    assert_int_equal(pid, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* none is left */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_identity_and_environment),
        cmocka_unit_test(test_parent_dies),
        cmocka_unit_test(test_missing),
    };

    return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}

/*
 * A part of the console where it can change nothing.
 */
#include "mmp/apart.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

static int
say_hello(struct session *session, void *arg)
{
    fprintf(session->out, "%s %d\n", (const char *)arg, session->confined);
    return -1;
}

static int
say_much(struct session *session, void *arg)
{
    int i;

    (void)arg;
    for (i = 0; i < 100000; i++)
        fputs("0123456789\n", session->out);
    return 0;
}

/* Tries to change the file whose path it gets. */
static int
say_changed(struct session *session, void *arg)
{
    int fd = open(arg, O_WRONLY);

    fputs(fd >= 0 || unlink(arg) == 0 ? "changed" : "refused", session->out);
    if (fd >= 0)
        close(fd);
    return 0;
}

static int
die(struct session *session, void *arg)
{
    (void)arg;
    fputs("half a", session->out);
    fflush(session->out);
    signal(SIGABRT, SIG_DFL);
    abort();
}

/* What comes back, in *said: free() it. */
static int
run(bool alone, int (*what)(struct session *, void *), void *arg, char **said)
{
    struct session session = { .alone = alone };
    size_t size;
    int r;

    session.out = open_memstream(said, &size);
    r = run_apart(&session, what, arg);
    fclose(session.out);
    return r;
}

static void
test_child(void **state)
{
    char hello[] = "hello", *said;

    (void)state;
    assert_int_equal(run(false, say_hello, hello, &said), -1);
    assert_string_equal(said, "hello 1\n");
    free(said);
    assert_int_equal(run(false, say_much, NULL, &said), 0);
    assert_int_equal(strlen(said), 1100000);
    free(said);
}

static void
test_refused(void **state)
{
    struct scratch *scratch = *state;
    char path[128], *said;

    put_text(scratch->store, "file", "text");
    snprintf(path, sizeof(path), "%s/files/file", scratch->path);
    assert_int_equal(run(false, say_changed, path, &said), 0);
    assert_string_equal(said, "refused");
    free(said);
    assert_true(store_has(scratch->store, STORE_FILES, "file"));
}

/* Alone, the process itself is where nothing can be changed. */
static void
test_alone(void **state)
{
    struct scratch *scratch = *state;
    char path[128], *said;
    int status;
    pid_t pid;

    put_text(scratch->store, "file", "text");
    snprintf(path, sizeof(path), "%s/files/file", scratch->path);
    pid = fork();
    if (pid == 0) {
        bool good = run(true, say_changed, path, &said) == 0 &&
                    strcmp(said, "refused") == 0 && access(path, F_OK) == 0;

        free(said);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Half an answer is none. */
static void
test_death(void **state)
{
    char *said;

    (void)state;
    assert_int_equal(run(false, die, NULL, &said), APART_DIED);
    assert_string_equal(said, "");
    free(said);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child),
        cmocka_unit_test_setup_teardown(test_refused, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_alone, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_death),
    };

    return cmocka_run_group_tests_name("apart", tests, NULL, NULL);
}

/*
 * What a session does from behind its walls, and has done outside of them. That
 * nobody gets out of the program itself is tested by tests/confinement.sh.
 */
#include "mmp/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mmp/control.h"
#include "mmp/options.h"
#include "tests/support.h"

enum {
    READS_PASSWORDS = 1,
    KEEPS_FILES = 2,
    RUNS_SHELL = 4,
    RESOLVES = 8,
    LOOKS_AROUND = 16,
    NO_ENTRY = 32,
    KEEPS_RIGHTS = 64,
    SEES_ACCOUNTS = 128,
};

static bool
reads_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool
runs_shell(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(1);
    }
    return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A name of its own for the machine is an administrator's; and what it starts
   could get more. */
static bool
keeps_rights(void)
{
    return unshare(CLONE_NEWUTS) == 0 || errno != EPERM ||
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static bool
asks(struct session *session, enum walls_helper which, const char *a,
     const char *b, const char *c)
{
    const struct helper helper = walls_helper(session, which);
    char one[32], two[32], three[32], *words[] = { one, two, three };
    struct blob text = { 0 };
    struct error error;
    bool asked;

    snprintf(one, sizeof(one), "%s", a);
    snprintf(two, sizeof(two), "%s", b);
    snprintf(three, sizeof(three), "%s", c != NULL ? c : "");
    asked = helper_ask(&helper, words, c != NULL ? 3 : 2, &text, &error) == 0 ||
            (c != NULL && error.code == E_IO); /* nobody is there */
    blob_clear(&text);
    return asked;
}

static unsigned
attempt(struct scratch *scratch, const struct command *command)
{
    struct options options;
    struct session session = { .dialect = dialect_find("3.9"),
                               .options = &options,
                               .store = scratch->store };
    struct error error;
    unsigned ret = 0;

    options_defaults(&options);
    control_attach(&session, scratch->path, NULL);
    walls_attach(&session, scratch->path);
    if (walls_enter(&session, command, &error) != 0 ||
        walls_enter(&session, NULL, &error) != 0)
        return NO_ENTRY;
    put_text(scratch->store, "a", "text");
    ret |= reads_file("/etc/shadow") ? READS_PASSWORDS : 0;
    ret |= reads_file("/etc/passwd") ? SEES_ACCOUNTS : 0;
    ret |= store_has(scratch->store, STORE_FILES, "a") ? KEEPS_FILES : 0;
    ret |= runs_shell() ? RUNS_SHELL : 0;
    ret |= keeps_rights() ? KEEPS_RIGHTS : 0;
    ret |= asks(&session, WALLS_RESOLVE, "a", "localhost", NULL) ? RESOLVES : 0;
    /* Where nobody is asked at all there is nothing to refuse. */
    if ((ret & RESOLVES) != 0 &&
        asks(&session, WALLS_LOOK, "192.0.2.1", "443", "1"))
        ret |= LOOKS_AROUND;
    walls_detach(&session);
    control_detach(&session);
    session_clear(&session);
    options_clear(&options);
    return ret;
}

static unsigned
attempt_apart(struct scratch *scratch, const struct command *command)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit((int)attempt(scratch, command));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (unsigned)WEXITSTATUS(status);
}

static void
test_any(void **state)
{
    unsigned got = attempt_apart(*state, NULL);

    if (got & RUNS_SHELL) {
        print_message("skipped: this kernel has no Landlock, or no seccomp "
                      "filters\n");
        skip();
    }
    assert_int_equal(got, KEEPS_FILES | RESOLVES | SEES_ACCOUNTS);
}

/* With one command, as much as that needs. */
static void
test_one(void **state)
{
    const struct command changes = { .usage = "" },
                         reads = { .usage = "", .reads = true },
                         names = { .usage = "", .names = true },
                         starts = { .usage = "", .outside = true },
                         asks_who = { .usage = "", .accounts = true };
    const unsigned never =
        READS_PASSWORDS | SEES_ACCOUNTS | RUNS_SHELL | KEEPS_RIGHTS;
    unsigned got = attempt_apart(*state, &starts);

    if (got & RUNS_SHELL)
        skip();
    assert_int_equal(got, KEEPS_FILES | RESOLVES);
    assert_int_equal(attempt_apart(*state, &changes), KEEPS_FILES);
    assert_int_equal(attempt_apart(*state, &asks_who),
                     KEEPS_FILES | SEES_ACCOUNTS);
    /* Its filter is that of pki/sandbox.h, which comes later. */
    got = attempt_apart(*state, &reads);
    assert_int_equal(got & never, 0);
    /* It has none. */
    got = attempt_apart(*state, &names);
    assert_int_equal(got & never, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_one, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("walls", tests, NULL, NULL);
}

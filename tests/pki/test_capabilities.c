/*
 * What root can do no more, tried in a child.
 */
#include "pki/capabilities.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

/* Exit statuses of the child, in the order of what it tries. */
enum { AS_IT_SHOULD, NOT_ROOT, NOT_KEPT, STILL_CAN, CAN_NO_MORE, GAINED };

static bool
gives_away(void)
{
    return chown("file", 1, 1) == 0;
}

/* Another user's file, which no mode opens. */
static bool
reads(void)
{
    return access("closed", R_OK) == 0;
}

static int
check(void)
{
    struct error error;

    if (!gives_away() || !reads())
        return NOT_ROOT;
    if (capabilities_keep(CAPABILITY(CAP_DAC_OVERRIDE), &error) != 0)
        return NOT_KEPT;
    if (gives_away() || capabilities_has(CAP_CHOWN))
        return STILL_CAN;
    if (!reads() || !capabilities_has(CAP_DAC_OVERRIDE))
        return CAN_NO_MORE;
    if (capabilities_keep(CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_CHOWN),
                          &error) != 0)
        return NOT_KEPT;
    if (gives_away())
        return GAINED;
    if (capabilities_keep(0, &error) != 0)
        return NOT_KEPT;
    return reads() ? STILL_CAN : AS_IT_SHOULD;
}

static void
test_root(void **state)
{
    struct scratch *scratch = *state;
    char files[96];
    pid_t pid;
    int status;

    snprintf(files, sizeof(files), "%s/files", scratch->path);
    run_shell(scratch,
              "touch file closed && chmod 0 closed && "
              "{ chown 1:1 closed 2>/dev/null || true; }",
              NULL);
    pid = fork();
    if (pid == 0)
        _exit(chdir(files) == 0 ? check() : NOT_ROOT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_ROOT) {
        print_message("skipped: needs root, who may change owners\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), AS_IT_SHOULD);
}

/* Who has none needs no permission to have none. */
static void
test_none(void **state)
{
    struct error error;
    pid_t pid = fork();
    int status;

    (void)state;
    if (pid == 0)
        _exit(capabilities_keep(0, &error) == 0 &&
                      capabilities_keep(0, &error) == 0 &&
                      !capabilities_has(CAP_CHOWN)
                  ? 0
                  : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_root, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests_name("capabilities", tests, NULL, NULL);
}

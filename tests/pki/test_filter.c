/*
 * Filters of system calls, each in a child that tries them.
 */
#include "pki/filter.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

/* No process has that number. */
enum { NOBODY = 0x7ffffff0 };

/* Exit statuses of the child. */
enum { AS_IT_SHOULD, NO_FILTERS, FIRST_WRONG };

static const struct filter_rule list[] = {
    { SYS_getppid },
    { SYS_dup, FILTER_IS, 0, 77 },
    { SYS_fcntl, FILTER_HAS, 1, 0x700 },
    { SYS_kill, FILTER_IS_NOT, 1, 0 },
    { SYS_getegid, FILTER_LACKS },
    /* Neighbours, which become one step of the search. */
    { SYS_getuid },
    { SYS_exit_group },
    { SYS_write },
    { SYS_close },
};

static int
number_of(long r)
{
    return r < 0 ? errno : 0;
}

static int
check(int listed, int other)
{
    const struct {
        int got, want;
    } calls[] = {
        { number_of(syscall(SYS_getppid)), listed },
        { number_of(syscall(SYS_getuid)), listed },
        { number_of(syscall(SYS_getpgid, 0)), other },
        { number_of(syscall(SYS_dup, 77)), EPERM },
        { number_of(syscall(SYS_dup, -1)), EBADF },
        { number_of(syscall(SYS_fcntl, -1, 0x103)), EPERM },
        { number_of(syscall(SYS_fcntl, -1, 0x3)), EBADF },
        { number_of(syscall(SYS_kill, NOBODY, 18)), EPERM },
        { number_of(syscall(SYS_kill, NOBODY, 0)), ESRCH },
        { number_of(syscall(SYS_getegid)), ENOSYS },
    };
    int i;

    for (i = 0; i < (int)(sizeof(calls) / sizeof(calls[0])); i++)
        if (calls[i].got != calls[i].want)
            return FIRST_WRONG + i;
    return AS_IT_SHOULD;
}

static int
attempt(enum filter_kind kind, int listed, int other)
{
    struct error error;
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        size_t n = sizeof(list) / sizeof(list[0]);

        /* To refuse what ends the child would prove little. */
        if (kind == FILTER_REFUSES)
            n -= 3;
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (filter_install(kind, list, n, &error) != 0)
            syscall(SYS_exit_group, NO_FILTERS);
        syscall(SYS_exit_group, check(listed, other));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NO_FILTERS) {
        print_message("skipped: this kernel has no seccomp filters\n");
        skip();
    }
    return WEXITSTATUS(status);
}

static void
test_refuses(void **state)
{
    (void)state;
    assert_int_equal(attempt(FILTER_REFUSES, EPERM, 0), AS_IT_SHOULD);
}

static void
test_keeps(void **state)
{
    (void)state;
    assert_int_equal(attempt(FILTER_KEEPS, 0, ENOSYS), AS_IT_SHOULD);
}

/* Calls that are no neighbours: two steps of the search for each. */
static void
test_too_long(void **state)
{
    struct filter_rule many[FILTER_MAX_RULES + 1];
    struct error error;
    unsigned i;

    (void)state;
    for (i = 0; i <= FILTER_MAX_RULES; i++)
        many[i] = (struct filter_rule){ 500 + 2 * i };
    assert_fails(
        filter_install(FILTER_REFUSES, many, FILTER_MAX_RULES + 1, &error),
        &error, E_DENIED, "seccomp");
    assert_fails(filter_install(FILTER_REFUSES, many, FILTER_MAX_RULES, &error),
                 &error, E_DENIED, "seccomp");
    assert_fails(filter_install(FILTER_REFUSES, many, 0, &error), &error,
                 E_DENIED, "seccomp");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_keeps),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}

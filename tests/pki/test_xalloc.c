/*
 * Allocation that does not fail, or ends the program.
 */
#include "pki/xalloc.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "tests/support.h"

static void
test_zeroed(void **state)
{
    unsigned char *p = xcalloc(10, 10);
    size_t i;

    (void)state;
    for (i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    free(p);
}

static void
test_nothing_is_something(void **state)
{
    void *p = xcalloc(0, 8), *q = xreallocarray(NULL, 0, 8);
    void *r = xcalloc(8, 0), *s = xreallocarray(NULL, 8, 0);

    (void)state;
    assert_non_null(p);
    assert_non_null(q);
    assert_non_null(r);
    assert_non_null(s);
    free(p);
    free(q);
    free(r);
    free(s);
}

static void
test_realloc_keeps(void **state)
{
    char *p = xstrdup("0123456");

    (void)state;
    p = xreallocarray(p, 1000, 100);
    assert_string_equal(p, "0123456");
    free(p);
}

static void
test_bytes(void **state)
{
    char *p = xallocate(3);

    (void)state;
    strcpy(p, "ab");
    p = xreallocate(p, 1000);
    assert_string_equal(p, "ab");
    free(p);
    p = xallocate(0);
    assert_non_null(p);
    p = xreallocate(p, 0);
    assert_non_null(p);
    free(p);
}

static void
test_strings(void **state)
{
    char *a = xstrdup(""), *b = xstrndup("pki csr", 3);
    char *c = xasprintf("%s-%d", "cms", 3), *d = xstrndup("ab", 10);

    (void)state;
    assert_string_equal(a, "");
    assert_string_equal(b, "pki");
    assert_string_equal(c, "cms-3");
    assert_string_equal(d, "ab");
    free(a);
    free(b);
    free(c);
    free(d);
}

/* Products that overflow, so that no machine has so much. */
static void
too_much_calloc(void)
{
    free(xcalloc(SIZE_MAX / 2, 4));
}

static void
too_much_realloc(void)
{
    free(xreallocarray(NULL, SIZE_MAX / 2, 4));
}

static void
too_much(void)
{
    free(xallocate(SIZE_MAX / 2));
}

/* A character that there is none of. */
static void
no_text(void)
{
    free(xasprintf("%lc", (wint_t)0x7fffffff));
}

static void
nothing(void)
{
    xcheck(NULL);
}

static void
test_abort(void **state)
{
    static void (*const calls[])(void) = { too_much_calloc, too_much_realloc,
                                           too_much, no_text, nothing };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        pid_t pid = fork();
        int status;

        assert_int_not_equal(pid, -1);
        if (pid == 0) {
            signal(SIGABRT, coverage_end); /* not cmocka's */
            calls[i]();
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
}

/* Sanitizers end the program by themselves unless they are told not to. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed),
        cmocka_unit_test(test_nothing_is_something),
        cmocka_unit_test(test_realloc_keeps),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_abort),
    };

    return cmocka_run_group_tests_name("xalloc", tests, NULL, NULL);
}

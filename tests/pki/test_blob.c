/*
 * Owned bytes.
 */
#include "pki/blob.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

static void
test_empty(void **state)
{
    struct blob blob = { 0 };

    (void)state;
    blob_clear(&blob);
    blob_append(&blob, "", 0);
    assert_int_equal(blob.size, 0);
    assert_string_equal(blob.data, "");
    blob_clear(&blob);
    assert_null(blob.data);
    assert_int_equal(blob.size, 0);
}

/* Byte by byte, over each place where the memory moves. */
static void
test_growth(void **state)
{
    struct blob blob = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < 5000; i++) {
        unsigned char byte = (unsigned char)(i * 7 % 256);

        blob_append(&blob, &byte, 1);
        assert_int_equal(blob.size, i + 1);
        assert_int_equal(blob.data[i + 1], '\0');
    }
    for (i = 0; i < 5000; i++)
        assert_int_equal(blob.data[i], i * 7 % 256);
    blob_clear(&blob);
}

/* Every size to every size around the steps of growth. */
static void
test_growth_by_leaps(void **state)
{
    static const size_t sizes[] = { 0, 1, 62, 63, 64, 65, 127, 128, 1000 };
    const size_t n = sizeof(sizes) / sizeof(sizes[0]);
    unsigned char text[1000];
    size_t a, b;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (a = 0; a < n; a++) {
        for (b = 0; b < n; b++) {
            struct blob blob = { 0 };

            blob_append(&blob, text, sizes[a]);
            blob_append(&blob, text, sizes[b]);
            assert_int_equal(blob.size, sizes[a] + sizes[b]);
            assert_int_equal(strlen((char *)blob.data), blob.size);
            blob_clear(&blob);
        }
    }
}

static void
test_text(void **state)
{
    struct blob blob = { 0 };

    (void)state;
    blob_text(&blob, "CN:");
    blob_append(&blob, "a\0b", 3);
    blob_text(&blob, "");
    assert_int_equal(blob.size, 6);
    assert_memory_equal(blob.data, "CN:a\0b", 7);
    blob_clear(&blob);
}

/* Empty ones are equal, whether they ever had memory or not. */
static void
test_equal(void **state)
{
    struct blob a = { 0 }, b = { 0 };

    (void)state;
    assert_true(blob_equal(&a, &b));
    blob_text(&a, "");
    assert_true(blob_equal(&a, &b));
    blob_text(&a, "one");
    assert_false(blob_equal(&a, &b));
    blob_text(&b, "two");
    assert_false(blob_equal(&a, &b));
    blob_clear(&b);
    blob_text(&b, "one");
    assert_true(blob_equal(&a, &b));
    blob_text(&b, "s");
    assert_false(blob_equal(&a, &b));
    blob_clear(&a);
    blob_clear(&b);
}

/* Up to the end or the limit, whatever is there at a time. */
static void
test_read(void **state)
{
    static char much[40000];
    struct blob blob = { 0 };
    int ends[2];

    (void)state;
    memset(much, 'x', sizeof(much));
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], much, sizeof(much)), sizeof(much));
    blob_text(&blob, "old ");
    assert_int_equal(blob_read(&blob, ends[0], 3), 0);
    assert_string_equal((char *)blob.data, "old xxx");
    assert_int_equal(blob_read(&blob, ends[0], 0), 0);
    assert_int_equal(blob.size, 7);
    close(ends[1]);
    assert_int_equal(blob_read(&blob, ends[0], SIZE_MAX), 0);
    assert_int_equal(blob.size, 4 + sizeof(much));
    close(ends[0]);
    assert_int_equal(blob_read(&blob, ends[0], 1), -1);
    assert_int_equal(errno, EBADF);
    blob_clear(&blob);
}

static void
note_alarm(int number)
{
    (void)number;
}

/* Reads all that comes, slowly at first, and ends with 0 if it is so much. */
static pid_t
read_late(const int ends[2], size_t much)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct blob blob = { 0 };

        close(ends[1]);
        usleep(50000);
        if (blob_read(&blob, ends[0], SIZE_MAX) != 0)
            blob_clear(&blob);
        coverage_keep();
        _exit(blob.size == much ? 0 : 1);
    }
    return pid;
}

/* However often a signal cuts it short, before and behind the first byte. */
static void
test_write(void **state)
{
    const struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, never = { 0 };
    const struct sigaction alarm = { .sa_handler = note_alarm };
    struct sigaction old;
    struct blob blob = { 0 };
    int ends[2], status;
    pid_t pid;

    (void)state;
    blob_zeros(&blob, 1000000);
    assert_int_equal(pipe(ends), 0);
    pid = read_late(ends, blob.size);
    assert_int_equal(sigaction(SIGALRM, &alarm, &old), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    assert_int_equal(blob_write(&blob, ends[1]), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(blob_write(&blob, ends[1]), -1);
    assert_int_equal(errno, EBADF);
    blob.size = 0;
    assert_int_equal(blob_write(&blob, ends[1]), 0);
    blob_clear(&blob);
    close(ends[0]);
}

/* It is there at once, behind what was. */
static void
test_stream(void **state)
{
    struct blob blob = { 0 };
    FILE *out;

    (void)state;
    blob_text(&blob, "old ");
    out = blob_stream(&blob);
    assert_int_equal(fprintf(out, "%s %d", "new", 1), 5);
    assert_string_equal((char *)blob.data, "old new 1");
    assert_int_equal(fwrite("a\0b", 1, 3, out), 3);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(blob.size, 12);
    blob_clear(&blob);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),           cmocka_unit_test(test_growth),
        cmocka_unit_test(test_growth_by_leaps), cmocka_unit_test(test_text),
        cmocka_unit_test(test_equal),           cmocka_unit_test(test_read),
        cmocka_unit_test(test_write),           cmocka_unit_test(test_stream),
    };

    return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}

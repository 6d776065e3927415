/*
 * What happened: the form of a line, its time, reading over a rotation.
 */
#include "services/journal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static void
write_line(struct store *store, const char *text)
{
    const struct journal journal = { store, "cms01" };
    const struct timespec now = { .tv_sec = TEST_NOW, .tv_nsec = 395999999 };

    journal_write(&journal, "cli", text, &now);
}

#define START "2026-06-01T12:00:00.395 local0.info cms01 cli: "

static void
test_lines(void **state)
{
    struct scratch *scratch = *state;
    struct blob got = { 0 };
    struct error error;

    write_line(scratch->store, "first");
    write_line(scratch->store, "second");
    assert_int_equal(
        store_read(scratch->store, STORE_PRIVATE, "audit", &got, &error), 0);
    assert_string_equal(got.data, START "first\n" START "second\n");
    blob_clear(&got);
    assert_int_equal(journal_search(scratch->store, "sec", &got, &error), 0);
    assert_string_equal(got.data, START "second\n");
    blob_clear(&got);
    assert_int_equal(journal_search(scratch->store, "x y", &got, &error), 0);
    assert_int_equal(got.size, 0);
    assert_int_equal(store_mode(scratch->store, STORE_PRIVATE, JOURNAL_FILE),
                     0600);
}

/* Days and times of 270 years, as the C library has them. */
static void
test_times(void **state)
{
    struct scratch *scratch = *state;
    const struct journal journal = { scratch->store, "h" };
    struct blob want = { 0 }, got = { 0 };
    struct timespec at = { 0 };
    struct error error;
    int i;

    for (i = 0; i < 4000; i++) {
        char line[64];
        struct tm tm;

        journal_write(&journal, "p", "x", &at);
        gmtime_r(&at.tv_sec, &tm);
        strftime(line, sizeof(line),
                 "%Y-%m-%dT%H:%M:%S.000 local0.info h p: x\n", &tm);
        blob_text(&want, line);
        at.tv_sec += 25 * 86400 - 65521; /* a month of 24.2 days */
    }
    assert_int_equal(
        store_read(scratch->store, STORE_PRIVATE, JOURNAL_FILE, &got, &error),
        0);
    assert_string_equal(got.data, want.data);
    blob_clear(&got);
    blob_clear(&want);
}

static void
test_no_log(void **state)
{
    struct scratch *scratch = *state;
    struct blob got = { 0 };
    struct error error;

    assert_int_equal(journal_search(scratch->store, "x", &got, &error), 0);
    assert_int_equal(got.size, 0);
}

/* Enough for two files; what a reader has not seen yet is not lost. */
static void
test_rotation(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    char *filler = xcalloc(1, 100001);
    struct journal_tail tail;
    struct blob got = { 0 };
    struct error error;
    int i;

    memset(filler, 'x', 100000);
    write_line(store, "before");
    journal_tail(store, &tail);
    assert_int_equal(journal_more(store, &tail, &got, &error), 0);
    assert_int_equal(got.size, 0);
    write_line(store, "one");
    assert_int_equal(journal_more(store, &tail, &got, &error), 0);
    assert_string_equal(got.data, START "one\n");
    blob_clear(&got);
    write_line(store, "two");
    for (i = 0; i < 10; i++)
        write_line(store, filler);
    write_line(store, filler);
    write_line(store, "three");
    assert_true(store_has(store, STORE_PRIVATE, "audit.1"));
    assert_true(store_has(store, STORE_PRIVATE, "audit.1"));
    assert_int_equal(journal_more(store, &tail, &got, &error), 0);
    assert_non_null(strstr((char *)got.data, "two\n"));
    assert_non_null(strstr((char *)got.data, "three\n"));
    assert_true(got.size > 1100000);
    blob_clear(&got);
    assert_int_equal(journal_search(store, " cli: t", &got, &error), 0);
    assert_string_equal(got.data, START "two\n" START "three\n");
    blob_clear(&got);
    journal_tail_clear(&tail);
    free(filler);
}

/* A reader that came before the first line. */
static void
test_first_line(void **state)
{
    struct scratch *scratch = *state;
    struct journal_tail tail;
    struct blob got = { 0 };
    struct error error;

    journal_tail(scratch->store, &tail);
    assert_int_equal(journal_more(scratch->store, &tail, &got, &error), 0);
    write_line(scratch->store, "first");
    assert_int_equal(journal_more(scratch->store, &tail, &got, &error), 0);
    assert_string_equal(got.data, START "first\n");
    blob_clear(&got);
    journal_tail_clear(&tail);
}

/* What the system's log gets: a socket of ours at /dev/log, in a mount
   namespace of our own. */
static int
syslog_line(struct store *store, int log)
{
    const struct sockaddr_un address = { AF_UNIX, "/dev/log" };
    char line[256] = "";

    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/dev", "tmpfs", 0, NULL) != 0)
        return 77;
    if (bind(log, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return 1;
    write_line(store, "a command");
    if (recv(log, line, sizeof(line) - 1, MSG_DONTWAIT) <= 0)
        return 2;
    /* 134: LOG_LOCAL0 and LOG_INFO. */
    if (strncmp(line, "<134>", 5) != 0 ||
        strstr(line, "cli: a command") == NULL)
        return 3;
    return 0;
}

static void
test_syslog(void **state)
{
    struct scratch *scratch = *state;
    int log = socket(AF_UNIX, SOCK_DGRAM, 0), status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(syslog_line(scratch->store, log));
    close(log);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        puts("skipped: no mount namespace of our own here");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_lines),    test(test_times),      test(test_no_log),
        test(test_rotation), test(test_first_line), test(test_syslog),
    };

    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}

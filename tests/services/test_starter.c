/*
 * The process that starts programs for one that can no more.
 */
#include "services/starter.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/services/stage.h"

enum { ECHO, FAIL, STAY, MISSING, PROGRAMS };

static char sh[] = "sh", c[] = "-c", echo[] = "echo $0 $1 $2", bad[] = "exit 3",
            stay[] = "read line </dev/null; echo here >&2";
static char *const echo_argv[] = { sh, c, echo, NULL };
static char *const fail_argv[] = { sh, c, bad, NULL };
static char *const stay_argv[] = { sh, c, stay, NULL };

static bool
no_dashes(const void *arg, char *const *words, size_t count)
{
    size_t i;

    assert_string_equal(arg, "arg");
    for (i = 0; i < count; i++)
        if (words[i][0] == '-')
            return false;
    return true;
}

static const struct starter_program programs[PROGRAMS] = {
    [ECHO] = { "/bin/sh", echo_argv, .allows = no_dashes, .arg = "arg" },
    [FAIL] = { "/bin/sh", fail_argv },
    [STAY] = { "/bin/sh", stay_argv, .detached = true },
    [MISSING] = { "/no/such/program", fail_argv },
};

static int
ask(struct starter *starter, size_t which, const char *a, const char *b,
    char *said, struct error *error)
{
    const struct helper helper = { programs[which % PROGRAMS], starter, which };
    char one[64], two[64], *words[] = { one, two };
    struct blob text = { 0 };
    int r;

    snprintf(one, sizeof(one), "%s", a != NULL ? a : "");
    snprintf(two, sizeof(two), "%s", b != NULL ? b : "");
    r = helper_ask(&helper, words, (a != NULL) + (b != NULL), &text, error);
    blob_text(&text, "");
    snprintf(said, 128, "%s", (const char *)text.data);
    blob_clear(&text);
    return r;
}

/* The same of both: what a starter starts, and what we start ourselves. */
static void
test_helpers(void **state)
{
    struct starter *starter = NULL;
    struct error error;
    char said[128];
    int i;

    (void)state;
    assert_int_equal(starter_new(programs, PROGRAMS, &starter, &error), 0);
    for (i = 0; i < 2; i++) {
        struct starter *by = i == 0 ? starter : NULL;

        assert_int_equal(ask(by, ECHO, "a b", "c", said, &error), 0);
        assert_string_equal(said, "a b c\n");
        assert_fails(ask(by, FAIL, NULL, NULL, said, &error), &error, E_IO,
                     NULL);
        assert_fails(ask(by, MISSING, NULL, NULL, said, &error), &error,
                     E_NO_FILE, NULL);
    }
    starter_free(starter);
    starter_free(NULL);
}

static void
test_bounds(void **state)
{
    const struct helper alone = { programs[ECHO], NULL, ECHO };
    struct starter *starter = NULL;
    struct blob text = { 0 };
    char said[128], word[] = "word", large[2 * STARTER_SIZE];
    char *many[] = { word, word, word, word, word }, *big[] = { large };
    struct error error;

    (void)state;
    assert_int_equal(starter_new(programs, PROGRAMS, &starter, &error), 0);
    assert_fails(ask(starter, ECHO, "a", "-c", said, &error), &error, E_DENIED,
                 NULL);
    assert_string_equal(said, "");
    assert_fails(ask(starter, FAIL, "a", NULL, said, &error), &error, E_DENIED,
                 NULL);
    assert_fails(ask(starter, PROGRAMS, NULL, NULL, said, &error), &error,
                 E_DENIED, NULL);
    assert_fails(starter_run(starter, ECHO, many, 5, dup(2), NULL, &error) != 0
                     ? -1
                     : starter_ended(starter, &error),
                 &error, E_DENIED, NULL);
    assert_fails(helper_ask(&alone, many, 5, &text, &error), &error, E_IO,
                 NULL);
    assert_int_equal(text.size, 0);
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    assert_fails(starter_run(starter, ECHO, big, 1, dup(2), NULL, &error),
                 &error, E_IO, NULL);
    /* It is still there. */
    assert_int_equal(ask(starter, ECHO, "a", "b", said, &error), 0);
    starter_free(starter);
}

/* Its end can be waited for, though it is no child of ours. */
static void
test_detached(void **state)
{
    struct pollfd ended = { .fd = -1, .events = POLLIN };
    struct starter *starter = NULL;
    char said[16] = "";
    struct error error;
    int out[2];

    (void)state;
    assert_int_equal(pipe(out), 0);
    assert_int_equal(starter_new(programs, PROGRAMS, &starter, &error), 0);
    assert_int_equal(
        starter_run(starter, STAY, NULL, 0, out[1], &ended.fd, &error), 0);
    assert_int_equal(read(out[0], said, sizeof(said)), 5);
    assert_string_equal(said, "here\n");
    assert_true(ended.fd >= 0);
    assert_int_equal(poll(&ended, 1, 10000), 1);
    close(ended.fd);
    close(out[0]);
    starter_free(starter);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_helpers),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_detached),
    };

    return cmocka_run_group_tests_name("starter", tests, NULL, NULL);
}

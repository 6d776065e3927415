/*
 * What the host is asked, and what it is told.
 */
#include "services/sftp_access.h"

#include <string.h>
#include <unistd.h>

#include "tests/services/sftp_peer.h"

static void
test_own(void **state)
{
    struct peer *peer = *state;
    struct store_info info;
    struct error error;

    assert_string_equal(sftp_own_file(&peer->host, "own")->name, "own");
    assert_null(sftp_own_file(&peer->host, "other"));
    put_text(peer->scratch->store, "own", "hidden behind the host's");
    assert_int_equal(sftp_look(&peer->host, "own", &info, &error), 0);
    assert_int_equal(info.size, strlen("own text"));
    assert_int_equal(info.mode, 0400);
    peer->host.extras = NULL;
    assert_null(sftp_own_file(&peer->host, "own"));
    assert_int_equal(sftp_look(&peer->host, "own", &info, &error), 0);
    assert_int_equal(info.size, strlen("hidden behind the host's"));
}

/* It is refused, and not noted. */
static void
test_look(void **state)
{
    struct peer *peer = *state;
    struct store_info info;
    struct error error;

    put_text(peer->scratch->store, "forbidden", "text");
    assert_fails(sftp_look(&peer->host, "forbidden", &info, &error), &error,
                 E_ROLE, "admin");
    assert_fails(sftp_look(&peer->host, "missing", &info, &error), &error,
                 E_NO_FILE, "missing");
    assert_string_equal(peer->notes.data, "");
    assert_fails(sftp_info_of_fd(-1, "closed", &info, &error), &error, E_IO,
                 "closed");
}

static void
expect_got(struct peer *peer, const char *name, const char *want)
{
    struct error error;
    char text[16] = "";
    int fd = -1;

    assert_int_equal(sftp_get(&peer->host, name, &fd, &error), 0);
    assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), strlen(want));
    assert_string_equal(text, want);
    close(fd);
}

static void
test_get(void **state)
{
    struct peer *peer = *state;
    struct error error;
    int fd = -1;

    put_text(peer->scratch->store, "a", "text");
    expect_got(peer, "a", "text");
    expect_got(peer, "own", "own text");
    assert_fails(sftp_get(&peer->host, "missing", &fd, &error), &error,
                 E_NO_FILE, "missing");
    assert_fails(sftp_get(&peer->host, "forbidden", &fd, &error), &error,
                 E_ROLE, "admin");
    assert_int_equal(fd, -1);
    assert_string_equal(peer->notes.data,
                        "get a\nget own\nnot get forbidden\n");
}

static void
test_change(void **state)
{
    struct peer *peer = *state;
    struct error error;

    assert_int_equal(
        sftp_check_change(&peer->host, SFTP_PUT, "a", NULL, &error), 0);
    assert_string_equal(peer->notes.data, "");
    sftp_note(&peer->host, SFTP_PUT, "a", NULL);
    assert_fails(
        sftp_check_change(&peer->host, SFTP_RENAME, "own", "b", &error), &error,
        E_READ_ONLY, "own");
    assert_fails(
        sftp_check_change(&peer->host, SFTP_REMOVE, "forbidden", NULL, &error),
        &error, E_ROLE, "admin");
    assert_string_equal(peer->notes.data, "put a\nnot rename own b\n"
                                          "not rm forbidden\n");
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, peer_setup, peer_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_own),
        test(test_look),
        test(test_get),
        test(test_change),
    };

    return cmocka_run_group_tests_name("sftp_access", tests, NULL, NULL);
}

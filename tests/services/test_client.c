/*
 * Who asks the supervisor: how a line comes in, and what is sent away.
 */
#include "services/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support.h"

/* A client, and the other end of its connection. */
static struct client *
connected(int *ret)
{
    struct client *client = calloc(1, sizeof(*client));
    int ends[2];

    assert_non_null(client);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    client->fd = ends[0];
    *ret = ends[1];
    return client;
}

static void
say(int fd, const char *text, size_t size)
{
    assert_int_equal(write(fd, text, size), size);
}

/* A line may come in pieces; what follows it is not looked at. */
static void
test_line(void **state)
{
    struct client *client;
    int peer;

    (void)state;
    client = connected(&peer);
    assert_true(client_read(client)); /* nothing yet */
    say(peer, "sta", 3);
    assert_true(client_read(client));
    assert_false(client->whole);
    say(peer, "tus web\nmore", 12);
    assert_true(client_read(client));
    assert_true(client->whole);
    assert_string_equal(client->line, "status web");
    close(peer);
    clients_free(&client, true);
}

/* Control characters, a line that does not end, and nobody at all. */
static void
test_refused(void **state)
{
    char endless[CLIENT_REQUEST_MAX];
    struct client *client;
    int peer;

    (void)state;
    client = connected(&peer);
    say(peer, "stop\tweb\n", 9);
    assert_false(client_read(client));
    close(peer);
    clients_free(&client, true);

    memset(endless, 'x', sizeof(endless));
    client = connected(&peer);
    say(peer, endless, sizeof(endless) - 1);
    assert_true(client_read(client));
    say(peer, endless, 1);
    assert_false(client_read(client));
    assert_false(client->whole);
    close(peer);
    clients_free(&client, true);

    client = connected(&peer);
    close(peer);
    assert_false(client_read(client));
    clients_free(&client, true);
}

/* One answer, and the connection is over; the list loses only who has gone. */
static void
test_answer(void **state)
{
    struct client *list, *other;
    struct error error;
    char text[64];
    int peers[2];

    (void)state;
    list = connected(&peers[0]);
    other = connected(&peers[1]);
    list->next = other;
    client_answer_ok(list);
    assert_true(list->gone);
    assert_int_equal(read(peers[0], text, sizeof(text)), 3);
    assert_memory_equal(text, "ok\n", 3);
    assert_int_equal(read(peers[0], text, sizeof(text)), 0);
    clients_free(&list, false);
    assert_ptr_equal(list, other);
    assert_false(other->gone);
    fail_detail(&error, E_NO_SERVICE, "nothing", NULL);
    client_answer_error(other, &error);
    assert_true(read(peers[1], text, sizeof(text)) > 0);
    assert_memory_not_equal(text, "ok\n", 3);
    clients_free(&list, false);
    assert_null(list);
    close(peers[0]);
    close(peers[1]);
}

/* Nobody at the door is no client; who comes has its time. */
static void
test_accept(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct client *list = NULL;
    socklen_t size = sizeof(address.sun_family); /* the kernel chooses */
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int peer = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    client_accept(&list, listener, 7);
    assert_null(list);
    size = sizeof(address);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size),
                     0);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, size), 0);
    client_accept(&list, listener, 7);
    assert_non_null(list);
    assert_int_equal(list->due, 7 + CLIENT_TIME);
    clients_free(&list, true);
    close(peer);
    close(listener);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_accept),
    };

    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}

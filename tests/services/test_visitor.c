/*
 * A stranger who looks at listeners that do not behave; those that do are
 * looked at by test_probe.c.
 */
#include "services/visitor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/services/stage.h"

/* Answers one connection with a text, in a child. */
static pid_t
answer_with(const char *text, unsigned *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pid_t pid;

    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(listen(listener, 1), 0);
    *port = ntohs(at.sin_port);
    pid = fork();
    if (pid == 0) {
        int fd = accept(listener, NULL, NULL);
        char buffer[4096];

        if (recv(fd, buffer, sizeof(buffer), 0) > 0)
            send(fd, text, strlen(text), MSG_NOSIGNAL);
        _exit(0);
    }
    close(listener);
    return pid;
}

static void
expect_nothing(const char *text, enum protocol protocol)
{
    struct blob found = { 0 };
    struct error error;
    unsigned port;
    pid_t pid = answer_with(text, &port);

    assert_int_equal(visitor_look("127.0.0.1", port, protocol, &found, &error),
                     -1);
    assert_int_equal(error.code, E_NOT_READY);
    assert_string_equal(error.detail, "it presents nothing");
    assert_int_equal(found.size, 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
test_strangers(void **state)
{
    (void)state;
    expect_nothing("HTTP/1.0 400 Bad Request\r\n\r\n", SPEAK_HTTPS);
    expect_nothing("", SPEAK_TLS);
    expect_nothing("<stream:stream>", SPEAK_XMPP);
    expect_nothing("SSH-2.0-x\r\n", SPEAK_TURN);
}

static void
test_nobody(void **state)
{
    struct blob found = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(
        visitor_look("127.0.0.1", stage_port(), SPEAK_TLS, &found, &error), -1);
    assert_string_equal(error.detail, "nobody answers");
    assert_int_equal(
        visitor_look("cms.example.com", 1, SPEAK_TLS, &found, &error), -1);
    assert_int_equal(visitor_main(NULL, 0, -1), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_nobody),
    };

    return cmocka_run_group_tests_name("visitor", tests, NULL, NULL);
}

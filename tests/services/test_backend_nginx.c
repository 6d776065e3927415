/*
 * nginx as the server, through a supervisor: nothing else differs.
 */
#include "services/backend.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "pki/xalloc.h"
#include "tests/services/stage.h"

static void
need_nginx(struct scratch *scratch)
{
    if (run_shell(scratch, "command -v nginx", NULL) != 0) {
        print_message("nginx is not installed\n");
        skip();
    }
}

static void
get(struct scratch *scratch, unsigned port, const char *scheme,
    const char *target, char ret[128])
{
    char *command = xasprintf("curl -ksS -m 5 -o /dev/null -w '%%{http_code} "
                              "%%{redirect_url}' %s://127.0.0.1:%u%s",
                              scheme, port, target);
    struct blob out = { 0 };

    run_shell(scratch, command, &out);
    snprintf(ret, 128, "%s", (char *)out.data);
    blob_clear(&out);
    free(command);
}

/* How many copies are there of what it is to read? */
static int
count_copies(struct scratch *scratch)
{
    struct blob out = { 0 };
    int n;

    run_shell(scratch, "ls ../private | grep -c '^nginx-.*[.][^p]'", &out);
    n = atoi((const char *)out.data);
    blob_clear(&out);
    return n;
}

/* Serves, takes new certificates, and ends; it keeps no copy of a key. */
static void
test_life(void **state)
{
    struct scratch *scratch = *state;
    char *const none[] = { NULL };
    struct manager *manager;
    unsigned port, redirect;
    char text[128], wanted[128];
    struct error error;
    pid_t pid;

    need_nginx(scratch);
    manager = manager_new(scratch->store, "/nonexistent", none);
    port = stage_web(scratch);
    redirect = stage_port();
    snprintf(text, sizeof(text), "%u", redirect);
    stage_set(scratch, "web.redirect", "enable");
    stage_set(scratch, "web.redirect_port", text);
    pid = stage_supervise(scratch, &backend_nginx);
    if (manager_start(manager, "web", &error) != 0)
        fail_msg("%s %s", error.subject, error.detail);
    stage_serial(scratch, port, "", text);
    assert_string_equal(text, LEAF_SERIAL);
    assert_int_equal(count_copies(scratch), 0);
    get(scratch, port, "https", "/", text);
    assert_string_equal(text, "200 ");
    get(scratch, port, "https", "/api/v1", text);
    assert_string_equal(text, "401 ");
    get(scratch, port, "https", "/other", text);
    assert_string_equal(text, "404 ");
    get(scratch, redirect, "http", "/a", text);
    snprintf(wanted, sizeof(wanted), "301 https://127.0.0.1:%u/a", port);
    assert_string_equal(text, wanted);

    fixture_store(scratch->store, "other.key");
    fixture_store(scratch->store, "other.crt");
    stage_set(scratch, "web.key", "other.key");
    stage_set(scratch, "web.cert", "other.crt");
    assert_int_equal(manager_restart(manager, "web", &error), 0);
    stage_serial(scratch, port, "", text);
    assert_string_equal(text, OTHER_SERIAL);
    assert_int_equal(count_copies(scratch), 0);

    /* It goes with the supervisor, however that goes. */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    stage_await_closed(port);
    run_shell(scratch, "touch ../private/nginx-gone-0.key", NULL);
    pid = stage_supervise(scratch, &backend_nginx);
    assert_int_equal(manager_start(manager, "web", &error), 0);
    assert_int_equal(count_copies(scratch), 0);
    stage_await_open(port);
    assert_int_equal(manager_stop(manager, "web", &error), 0);
    assert_int_equal(stage_connect(port), -1);
    stage_end(pid);
    manager_free(manager);
}

static void
test_taken(void **state)
{
    struct scratch *scratch = *state;
    char *const none[] = { NULL };
    struct manager *manager;
    unsigned port;
    char text[16], place[32];
    struct error error;
    pid_t pid;

    need_nginx(scratch);
    manager = manager_new(scratch->store, "/nonexistent", none);
    port = stage_web(scratch);
    snprintf(text, sizeof(text), "%u", port);
    snprintf(place, sizeof(place), "127.0.0.1:%u", port);
    stage_set(scratch, "xmpp.listen", "a");
    stage_set(scratch, "xmpp.port", text);
    stage_set(scratch, "xmpp.key", "leaf.key");
    stage_set(scratch, "xmpp.cert", "leaf.crt");
    pid = stage_supervise(scratch, &backend_nginx);
    /* xmpp is nothing for nginx: it stays ours. */
    assert_int_equal(manager_start(manager, "xmpp", &error), 0);
    assert_fails(manager_start(manager, "web", &error), &error, E_LISTEN,
                 place);
    stage_end(pid);
    manager_free(manager);
}

static void
test_carries(void **state)
{
    struct endpoint endpoints[2] = { { .protocol = SPEAK_HTTPS },
                                     { .protocol = SPEAK_REDIRECT } };
    const struct unit unit = { .endpoints = endpoints, .count = 2 };

    (void)state;
    assert_true(backend_nginx.carries(&unit));
    endpoints[1].protocol = SPEAK_TURN;
    assert_false(backend_nginx.carries(&unit));
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_life),
        test(test_taken),
        cmocka_unit_test(test_carries),
    };

    return cmocka_run_group_tests_name("backend_nginx", tests, NULL, NULL);
}

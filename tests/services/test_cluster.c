/*
 * The steps of database commands, with an engine of shell commands in the
 * place of a real one: what it prints and how it ends is up to each test.
 */
#include "services/cluster.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/services/stage.h"

/*
 * The engine: each command runs the shell script of its name in the state
 * directory, "engine-VERB", which a test may replace.
 */

static char **
script(const struct engine_node *node, const char *verb, const char *argument)
{
    return engine_command((const char *const[]){
        "/bin/sh", "-c", "cd \"$1\" && . ../engine-$2", "engine",
        node->directory, verb, argument, NULL });
}

static char **
start(const struct engine_node *node)
{
    return script(node, "start", NULL);
}

static char **
watch(const struct engine_node *node)
{
    return script(node, "watch", NULL);
}

static char **
use(const struct engine_node *node)
{
    return script(node, "use", NULL);
}

static char **
meet(const struct engine_node *node, const char *host)
{
    return script(node, "meet", host);
}

static char **
found(const struct engine_node *node)
{
    return script(node, "found", NULL);
}

static char **
upgrade(const struct engine_node *node)
{
    return script(node, "upgrade", NULL);
}

static char **
leave(const struct engine_node *node, pid_t pid)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", (int)pid);
    return script(node, "leave", text);
}

static int missing; /* packages: the next installed() fails */

static int
installed(struct error *error)
{
    return missing == 0 ? 0 : fail_pair(error, E_NO_PROGRAM, "That", "this");
}

static bool
file(const struct engine_node *node, size_t i, struct engine_file *ret)
{
    *ret = (struct engine_file){ .name = "members", .mode = 0600 };
    if (i == 0)
        blob_text(&ret->text, node->members);
    return i == 0;
}

static unsigned ports[] = { 0, 0 };
static const char *const group[] = { "group", NULL };
static const char *const data[] = { "data", NULL };

static const struct engine engine_shell = {
    .name = "shell",
    .installed = installed,
    .file = file,
    .ports = ports,
    .group = group,
    .data = data,
    .start = start,
    .watch = watch,
    .use = use,
    .meet = meet,
    .found = found,
    .upgrade = upgrade,
    .leave = leave,
};

/*
 * A loop like the supervisor's.
 */

struct loop {
    struct scratch *scratch;
    struct cluster *cluster;
    int signals;
};

static struct loop
loop_new(struct scratch *scratch)
{
    const struct clustering how = {
        .store = scratch->store,
        .state = scratch->path,
        .helpers = BINARY_DIR "/bin",
        .user = "nobody",
        .interfaces = &stage_interfaces,
        .engine = &engine_shell,
        .schema = 1,
    };
    struct loop loop = { .scratch = scratch };
    sigset_t children;

    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    loop.signals = signalfd(-1, &children, SFD_NONBLOCK | SFD_CLOEXEC);
    loop.cluster = cluster_new(&how);
    return loop;
}

static void
turn(struct loop *loop)
{
    struct signalfd_siginfo info;
    struct waits waits = { 0 };

    waits_begin(&waits);
    waits_for(&waits, loop->signals);
    waits_until(&waits, waits_clock() + 20);
    cluster_wait(loop->cluster, &waits);
    waits_sleep(&waits, waits_clock());
    while (read(loop->signals, &info, sizeof(info)) == sizeof(info))
        ;
    cluster_reap(loop->cluster);
    cluster_serve(loop->cluster, &waits);
    waits_clear(&waits);
}

static void
loop_end(struct loop *loop)
{
    int i;

    cluster_stop(loop->cluster);
    for (i = 0; i < 1000 && !cluster_is_down(loop->cluster); i++)
        turn(loop);
    assert_true(cluster_is_down(loop->cluster));
    cluster_free(loop->cluster);
    close(loop->signals);
}

static struct database_status
status_of(struct loop *loop)
{
    struct database_status status = { 0 };
    struct error error;

    assert_int_equal(cluster_status(loop->cluster, &status, &error), 0);
    return status;
}

/* Until the last command has ended. */
static struct database_status
settle(struct loop *loop)
{
    struct database_status status = status_of(loop);
    int i;

    for (i = 0; i < 1000 && status.record.outcome == DATABASE_IN_PROGRESS;
         i++) {
        turn(loop);
        status = status_of(loop);
    }
    assert_int_not_equal(status.record.outcome, DATABASE_IN_PROGRESS);
    return status;
}

/* Until it has been decided; returns the code. */
static enum error_code
decide(struct loop *loop)
{
    struct error error;
    int i;

    for (i = 0; i < 1000; i++) {
        if (cluster_decided(loop->cluster, &error))
            return error.code;
        turn(loop);
    }
    fail_msg("it is not decided");
    return E_NONE;
}

static void
put_script(struct scratch *scratch, const char *verb, const char *text)
{
    char *command = xasprintf("cat >../engine-%s <<'END'\n%s\nEND\n"
                              "chmod 644 ../engine-%s; chmod 711 ..",
                              verb, text, verb);

    assert_int_equal(run_shell(scratch, command, NULL), 0);
    free(command);
}

#define FOREVER "while :; do sleep 0.1; done"

/* Certificates that nobody reads, an interface, and an engine that works. */
static void
prepare(struct scratch *scratch)
{
    int i;

    for (i = 0; i < DATABASE_FILES; i++) {
        struct blob text = { 0 };
        const struct store_change change = { database_copy(i), &text, 0600 };
        struct error error;

        blob_text(&text, "certificate\n");
        assert_int_equal(
            store_write(scratch->store, STORE_PRIVATE, &change, 1, &error), 0);
        blob_clear(&text);
    }
    missing = 0;
    stage_set(scratch, DATABASE_INTERFACE, "a");
    put_script(
        scratch, "start",
        "echo $$ >pid; mkdir -p group data; trap 'exit 0' TERM; " FOREVER);
    put_script(scratch, "watch",
               "while :; do printf 'nodes\\t127.0.0.1\\t127.0.0.1\\t110\\n'; "
               "sleep 0.1; done");
    put_script(scratch, "use",
               "while :; do printf 'nodes\\t192.0.2.1\\t192.0.2.1\\t110\\n'; "
               "sleep 0.1; done");
    put_script(scratch, "found", "echo ok");
    put_script(scratch, "leave", "echo ok");
    put_script(scratch, "upgrade", "echo ok");
    put_script(scratch, "meet", "printf 'met\\tsecret\\t192.0.2.1\\n'");
}

static int
begin(struct loop *loop, enum database_action action, const char *host,
      struct error *error)
{
    return cluster_begin(loop->cluster, action, host, error);
}

static void
initialize(struct loop *loop)
{
    struct database_status status;
    struct error error;

    assert_int_equal(begin(loop, DATABASE_INITIALIZE, "", &error), 0);
    status = settle(loop);
    assert_int_equal(status.record.outcome, DATABASE_SUCCESS);
    assert_int_equal(status.record.role, DATABASE_MEMBER);
}

static bool
has(struct scratch *scratch, const char *path)
{
    char *whole = xasprintf("%s/%s", scratch->path, path);
    struct stat st;
    bool there = lstat(whole, &st) == 0;

    free(whole);
    return there;
}

/* What `start` makes may come after what `found` says. */
static void
await_file(struct loop *loop, const char *path)
{
    int i;

    for (i = 0; i < 1000 && !has(loop->scratch, path); i++)
        turn(loop);
    assert_true(has(loop->scratch, path));
}

/*
 * Tests.
 */

static void
test_initialize_and_remove(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;

    prepare(scratch);
    assert_false(cluster_is_active(loop.cluster));
    initialize(&loop);
    assert_true(cluster_is_active(loop.cluster));
    status = status_of(&loop);
    assert_string_equal(status.record.address, "127.0.0.1");
    assert_int_equal(status.count, 1);
    assert_true(status.nodes[0].me);
    assert_true(status.nodes[0].primary);
    assert_string_equal(status.in_use, "127.0.0.1");
    assert_fails(begin(&loop, DATABASE_INITIALIZE, "", &error), &error,
                 E_CLUSTERED, NULL);
    await_file(&loop, "database/data");
    assert_true(has(scratch, "database/group"));
    assert_int_equal(begin(&loop, DATABASE_REMOVE, "", &error), 0);
    assert_fails(begin(&loop, DATABASE_REMOVE, "", &error), &error, E_WORKING,
                 NULL);
    status = settle(&loop);
    assert_int_equal(status.record.outcome, DATABASE_SUCCESS);
    assert_int_equal(status.record.role, DATABASE_NONE);
    assert_int_equal(status.count, 0);
    assert_true(cluster_is_down(loop.cluster));
    assert_false(cluster_is_active(loop.cluster));
    assert_false(has(scratch, "database/group"));
    assert_true(has(scratch, "database/data")); /* its own again */
    assert_false(has(scratch, "private/database-engine"));
    loop_end(&loop);
}

static void
test_join(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;
    struct blob members = { 0 };

    prepare(scratch);
    initialize(&loop);
    await_file(&loop, "database/data");
    assert_int_equal(begin(&loop, DATABASE_REMOVE, "", &error), 0);
    settle(&loop);
    assert_int_equal(run_shell(scratch, "echo >../database/data/old", NULL), 0);
    put_script(scratch, "watch",
               "while :; do printf 'nodes\\t192.0.2.1\\t127.0.0.1\\t101\\t"
               "192.0.2.1\\t110\\n'; sleep 0.1; done");
    assert_int_equal(begin(&loop, DATABASE_JOIN, "db.example", &error), 1);
    /* Nothing is decided, and a second one has to wait. */
    assert_fails(begin(&loop, DATABASE_JOIN, "db.example", &error), &error,
                 E_WORKING, NULL);
    assert_int_equal(decide(&loop), E_NONE);
    status = settle(&loop);
    assert_int_equal(status.record.outcome, DATABASE_SUCCESS);
    assert_string_equal(status.record.peer, "db.example");
    assert_string_equal(status.record.argument, "db.example");
    assert_int_equal(status.count, 2);
    assert_false(has(scratch, "database/data/old"));
    assert_int_equal(run_shell(scratch, "cat ../database/members", &members),
                     0);
    assert_string_equal((char *)members.data, "127.0.0.1,192.0.2.1");
    blob_clear(&members);
    loop_end(&loop);
}

/* What is refused before anything was touched is in no record. */
static void
test_refused(void **state)
{
    static const struct {
        const char *meet;
        enum error_code code;
    } cases[] = {
        { "printf 'failed\\tunreachable\\tdb\\twhy\\n'; exit 1",
          E_UNREACHABLE },
        { "printf 'failed\\tuntrusted\\tdb\\twhy\\n'; exit 1", E_UNTRUSTED },
        { "printf 'met\\ts\\ta\\tb\\tc\\td\\te\\n'", E_CLUSTER_FULL },
        { "exit 3", E_ENDED },
        { "kill -9 $$", E_ENDED },
        { "true", E_DATABASE },
    };
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct error error;
    size_t i;

    assert_fails(begin(&loop, DATABASE_INITIALIZE, "", &error), &error,
                 E_NOT_SET, NULL);
    prepare(scratch);
    assert_fails(begin(&loop, DATABASE_REMOVE, "", &error), &error,
                 E_NOT_CLUSTERED, NULL);
    missing = 1;
    assert_fails(begin(&loop, DATABASE_INITIALIZE, "", &error), &error,
                 E_NO_PROGRAM, "That");
    missing = 0;
    stage_set(scratch, DATABASE_INTERFACE, "nowhere");
    assert_fails(begin(&loop, DATABASE_INITIALIZE, "", &error), &error,
                 E_NO_INTERFACE, NULL);
    stage_set(scratch, DATABASE_INTERFACE, "a");
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put_script(scratch, "meet", cases[i].meet);
        assert_int_equal(begin(&loop, DATABASE_JOIN, "db", &error), 1);
        assert_int_equal(decide(&loop), cases[i].code);
        assert_int_equal(status_of(&loop).record.role, DATABASE_NONE);
        assert_int_equal(status_of(&loop).record.outcome,
                         DATABASE_NOTHING_DONE);
        assert_false(store_has(scratch->store, STORE_PRIVATE, DATABASE_RECORD));
    }
    loop_end(&loop);
}

static void
test_port_taken(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct error error;
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    prepare(scratch);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(other, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(other, 1), 0);
    getsockname(other, (struct sockaddr *)&address, &size);
    ports[0] = ntohs(address.sin_port);
    assert_fails(begin(&loop, DATABASE_INITIALIZE, "", &error), &error,
                 E_LISTEN, NULL);
    assert_non_null(strstr(error.detail, "in use"));
    ports[0] = 0;
    close(other);
    loop_end(&loop);
}

/* It is undone, and the reason stays until somebody clears it. */
static void
test_failed(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;

    prepare(scratch);
    put_script(scratch, "found",
               "printf 'failed\\tdatabase\\t\\tno such luck\\n'");
    assert_int_equal(begin(&loop, DATABASE_INITIALIZE, "", &error), 0);
    status = settle(&loop);
    assert_int_equal(status.record.outcome, DATABASE_FAILED);
    assert_int_equal(status.record.why.code, E_DATABASE);
    assert_string_equal(status.record.why.detail, "no such luck");
    assert_int_equal(status.record.role, DATABASE_NONE);
    assert_true(cluster_is_down(loop.cluster));
    assert_int_equal(begin(&loop, DATABASE_CLEAR_ERROR, "", &error), 0);
    assert_int_equal(status_of(&loop).record.why.code, E_NONE);
    loop_end(&loop);
}

static void
test_upgrade(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;

    prepare(scratch);
    initialize(&loop);
    put_script(scratch, "upgrade",
               "printf 'failed\\tschema\\tdatabase cluster\\tit is there\\n'");
    assert_int_equal(begin(&loop, DATABASE_UPGRADE_SCHEMA, "", &error), 0);
    status = settle(&loop);
    assert_int_equal(status.record.outcome, DATABASE_FAILED);
    assert_int_equal(status.record.why.code, E_SCHEMA);
    assert_int_equal(status.record.role, DATABASE_MEMBER); /* it runs on */
    assert_int_equal(status.count, 1);
    assert_fails(begin(&loop, DATABASE_UPGRADE_SCHEMA, "", &error), &error,
                 E_UNCLEARED, NULL);
    assert_int_equal(begin(&loop, DATABASE_CLEAR_ERROR, "", &error), 0);
    put_script(scratch, "upgrade", "echo ok");
    assert_int_equal(begin(&loop, DATABASE_UPGRADE_SCHEMA, "", &error), 0);
    assert_int_equal(settle(&loop).record.outcome, DATABASE_SUCCESS);
    loop_end(&loop);
}

static void
test_not_primary(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct error error;

    prepare(scratch);
    put_script(scratch, "watch",
               "while :; do printf 'nodes\\t192.0.2.1\\t127.0.0.1\\t101\\t"
               "192.0.2.1\\t110\\n'; sleep 0.1; done");
    initialize(&loop);
    assert_fails(begin(&loop, DATABASE_UPGRADE_SCHEMA, "", &error), &error,
                 E_NOT_PRIMARY, NULL);
    assert_string_equal(error.other, "192.0.2.1");
    loop_end(&loop);
}

static void
test_connect(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;

    prepare(scratch);
    assert_int_equal(begin(&loop, DATABASE_CONNECT, "db", &error), 1);
    assert_int_equal(decide(&loop), E_NONE);
    status = settle(&loop);
    assert_int_equal(status.record.outcome, DATABASE_SUCCESS);
    assert_int_equal(status.record.role, DATABASE_CLIENT);
    assert_int_equal(status.count, 1);
    assert_false(status.nodes[0].me);
    assert_string_equal(status.in_use, "192.0.2.1");
    assert_false(has(scratch, "database/data"));
    assert_int_equal(begin(&loop, DATABASE_REMOVE, "", &error), 0);
    assert_int_equal(settle(&loop).record.role, DATABASE_NONE);
    loop_end(&loop);
}

/* The engine ends by itself: it is started again, and status says so. */
static void
test_engine_ends(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;

    prepare(scratch);
    put_script(scratch, "watch",
               "while :; do flags=110; test -e ../down && flags=000; "
               "printf \"nodes\\t127.0.0.1\\t127.0.0.1\\t$flags\\n\"; "
               "sleep 0.1; done");
    initialize(&loop);
    await_file(&loop, "database/pid");
    assert_int_equal(run_shell(scratch, "touch ../down; sleep 0.3", NULL), 0);
    put_script(scratch, "start", "echo >started; trap 'exit 0' TERM; " FOREVER);
    assert_int_equal(run_shell(scratch, "kill -9 $(cat ../database/pid)", NULL),
                     0);
    await_file(&loop, "database/started");
    status = status_of(&loop);
    assert_int_equal(status.record.why.code, E_ENDED);
    assert_int_equal(status.record.outcome, DATABASE_SUCCESS);
    loop_end(&loop);
}

/* It is removed while the engine waits for its next start: the engine is
   started at once, as the others need its vote. */
static void
test_removed_without_engine(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;
    int i;

    prepare(scratch);
    initialize(&loop);
    await_file(&loop, "database/pid");
    assert_int_equal(run_shell(scratch,
                               "pid=$(cat ../database/pid); kill -9 $pid; "
                               "rm ../database/pid",
                               NULL),
                     0);
    for (i = 0; i < 500 && status_of(&loop).record.why.code == E_NONE; i++)
        turn(&loop);
    assert_int_equal(status_of(&loop).record.why.code, E_ENDED);
    put_script(scratch, "leave", "test $3 -gt 0 && touch left && echo ok");
    assert_int_equal(begin(&loop, DATABASE_REMOVE, "", &error), 0);
    status = settle(&loop);
    assert_int_equal(status.record.outcome, DATABASE_SUCCESS);
    assert_int_equal(status.record.role, DATABASE_NONE);
    assert_true(has(scratch, "database/left"));
    loop_end(&loop);
}

/* The node is on its own in any case; but who removed it hears that the others
   still count it. */
static void
test_not_let_go(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;

    prepare(scratch);
    initialize(&loop);
    await_file(&loop, "database/data");
    put_script(scratch, "leave",
               "printf 'failed\\tdatabase\\tcluster\\twhy\\n'; exit 1");
    assert_int_equal(begin(&loop, DATABASE_REMOVE, "", &error), 0);
    status = settle(&loop);
    assert_int_equal(status.record.outcome, DATABASE_FAILED);
    assert_int_equal(status.record.role, DATABASE_NONE);
    assert_int_equal(status.record.why.code, E_DATABASE);
    assert_string_equal(status.record.why.detail, "why");
    assert_true(cluster_is_down(loop.cluster));
    assert_false(has(scratch, "database/group"));
    assert_false(has(scratch, "private/database-engine"));
    /* That is no obstacle to another cluster. */
    initialize(&loop);
    loop_end(&loop);
}

/* The next supervisor goes on with what the last one has left. */
static void
test_resumed(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct error error;
    int i;

    prepare(scratch);
    put_script(scratch, "found", "touch reached; " FOREVER);
    assert_int_equal(begin(&loop, DATABASE_INITIALIZE, "", &error), 0);
    await_file(&loop, "database/reached");
    loop_end(&loop);
    loop = loop_new(scratch);
    assert_int_equal(status_of(&loop).record.outcome, DATABASE_IN_PROGRESS);
    put_script(scratch, "found", "echo ok");
    cluster_start(loop.cluster);
    assert_int_equal(settle(&loop).record.outcome, DATABASE_SUCCESS);
    loop_end(&loop);
    /* And starts what is part of a cluster. */
    loop = loop_new(scratch);
    assert_true(cluster_is_active(loop.cluster));
    assert_int_equal(status_of(&loop).count, 0);
    cluster_start(loop.cluster);
    for (i = 0; i < 500 && status_of(&loop).in_use[0] == '\0'; i++)
        turn(&loop);
    assert_string_equal(status_of(&loop).in_use, "127.0.0.1");
    loop_end(&loop);
}

/* Something else stands in the place of a private file while a cluster starts:
   it says why nothing runs, and runs when the file is there. */
static void
start_without(struct scratch *scratch, const char *name)
{
    struct database_status status;
    char *line =
        xasprintf("cd ../private; mv %s ../kept; mkdir %s", name, name);
    char *back =
        xasprintf("cd ../private; rmdir %s; mv ../kept %s", name, name);
    struct loop loop;
    int i;

    assert_int_equal(run_shell(scratch, line, NULL), 0);
    loop = loop_new(scratch);
    cluster_start(loop.cluster);
    turn(&loop);
    status = status_of(&loop);
    assert_int_equal(status.record.why.code, E_NOT_REGULAR);
    assert_string_equal(status.in_use, "");
    assert_int_equal(run_shell(scratch, back, NULL), 0);
    for (i = 0; i < 500 && status.in_use[0] == '\0'; i++) {
        turn(&loop);
        status = status_of(&loop);
    }
    assert_string_not_equal(status.in_use, "");
    assert_int_equal(status.record.why.code, E_NONE);
    loop_end(&loop);
    free(back);
    free(line);
}

/* What a member or a client needs can not be read at the start: it runs once it
   can. */
static void
test_started_later(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct error error;

    prepare(scratch);
    initialize(&loop);
    loop_end(&loop);
    start_without(scratch, "database-engine");
    loop = loop_new(scratch);
    cluster_start(loop.cluster);
    assert_int_equal(begin(&loop, DATABASE_REMOVE, "", &error), 0);
    settle(&loop);
    assert_int_equal(begin(&loop, DATABASE_CONNECT, "db", &error), 1);
    assert_int_equal(decide(&loop), E_NONE);
    settle(&loop);
    loop_end(&loop);
    start_without(scratch, database_copy(DATABASE_CA_CERT));
}

/* The end of a removal can not be saved: the next supervisor finds all that it
   needs to go on. */
static void
test_end_unsaved(void **state)
{
    struct scratch *scratch = *state;
    struct loop loop = loop_new(scratch);
    struct database_status status;
    struct error error;

    prepare(scratch);
    initialize(&loop);
    assert_int_equal(begin(&loop, DATABASE_REMOVE, "", &error), 0);
    assert_int_equal(run_shell(scratch,
                               "mv ../private/database ../kept; "
                               "mkdir ../private/database",
                               NULL),
                     0);
    status = settle(&loop);
    assert_int_equal(status.record.why.code, E_NOT_REGULAR);
    assert_true(has(scratch, "private/database-engine"));
    loop_end(&loop);
    assert_int_equal(run_shell(scratch,
                               "rmdir ../private/database; mv ../kept "
                               "../private/database",
                               NULL),
                     0);
    loop = loop_new(scratch);
    assert_int_equal(status_of(&loop).record.outcome, DATABASE_IN_PROGRESS);
    cluster_start(loop.cluster);
    assert_int_equal(settle(&loop).record.role, DATABASE_NONE);
    assert_false(has(scratch, "private/database-engine"));
    loop_end(&loop);
}

static void
test_damaged(void **state)
{
    struct scratch *scratch = *state;
    struct database_status status;
    struct error error;
    struct loop loop;

    assert_int_equal(
        run_shell(scratch, "echo 'role = 3' >../private/database", NULL), 0);
    loop = loop_new(scratch);
    cluster_start(loop.cluster);
    assert_false(cluster_is_active(loop.cluster));
    assert_int_equal(cluster_status(loop.cluster, &status, &error), -1);
    assert_string_equal(error.subject, DATABASE_RECORD);
    prepare(scratch);
    assert_int_equal(begin(&loop, DATABASE_INITIALIZE, "", &error), -1);
    assert_string_equal(error.subject, DATABASE_RECORD);
    loop_end(&loop);
}

#define test(function)                                                         \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_initialize_and_remove),
        test(test_join),
        test(test_refused),
        test(test_port_taken),
        test(test_failed),
        test(test_upgrade),
        test(test_not_primary),
        test(test_connect),
        test(test_engine_ends),
        test(test_removed_without_engine),
        test(test_not_let_go),
        test(test_resumed),
        test(test_started_later),
        test(test_end_unsaved),
        test(test_damaged),
    };

    return cmocka_run_group_tests_name("cluster", tests, NULL, NULL);
}

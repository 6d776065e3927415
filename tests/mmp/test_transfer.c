/*
 * The SFTP subsystem: in a process of its own, as it gives up rights for good.
 * The protocol is tested with services/sftp.c, the clients in tests/ssh/.
 */
#include "mmp/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mmp/login.h"
#include "mmp/options.h"
#include "services/packet.h"
#include "tests/mmp/console.h"
#include "tests/support.h"

enum { OPEN = 3, CLOSE, READDIR = 12, OPENDIR = 11, REMOVE = 13, STAT = 17 };
enum { STATUS = 101, HANDLE, NAME = 104, ATTRS };
enum { READ_FLAG = 1, WRITE_FLAGS = 2 | 8 | 16, DENIED = 3 };

static void
put_packet(struct packet_out *out, unsigned char type, const char *path,
           uint32_t flags)
{
    struct packet_out packet = { 0 };

    packet_put_byte(&packet, type);
    packet_put_u32(&packet, 1);
    packet_put_text(&packet, path);
    packet_put_u32(&packet, flags);
    packet_put_u32(&packet, 0);
    packet_put_string(out, packet.data, packet.size);
    packet_clear(&packet);
}

static void
serve(struct scratch *scratch, const char *user, int in, int out)
{
    struct login login;
    struct options options;
    struct session session = { .dialect = dialect_find("3.9"),
                               .options = &options,
                               .store = scratch->store,
                               .login = &login };
    struct error error;
    int r;

    setenv("MMP_LOGIN", "yes", 1);
    setenv("LOGNAME", user, 1);
    login_read(scratch->store, &login);
    options_defaults(&options);
    r = transfer_serve(&session, scratch->path, in, out, &error);
    session_clear(&session);
    options_clear(&options);
    login_clear(&login);
    _exit(r == 0 ? 0 : 1);
}

/* The type of each answer, and the code of a STATUS: "H3H". */
static void
read_answers(const struct blob *bytes, char *ret)
{
    struct packet_in in = { bytes->data, bytes->size, false };

    packet_take_string(&in); /* the greeting */
    while (in.left > 0) {
        struct packet_string answer = packet_take_string(&in);
        struct packet_in fields = { answer.data, answer.size, false };
        unsigned char type = packet_take_byte(&fields);

        packet_take_u32(&fields);
        *ret++ = type == HANDLE   ? 'H'
                 : type == STATUS ? (char)('0' + packet_take_u32(&fields))
                 : type == NAME   ? 'N'
                 : type == ATTRS  ? 'A'
                                  : '?';
        assert_false(in.bad);
    }
    *ret = '\0';
}

static bool
read_some(int fd, struct blob *bytes)
{
    unsigned char buffer[4096];
    ssize_t n = read(fd, buffer, sizeof(buffer));

    if (n > 0)
        blob_append(bytes, buffer, (size_t)n);
    return n > 0;
}

static size_t
count_packets(const unsigned char *data, size_t size)
{
    struct packet_in in = { data, size, false };
    size_t count = 0;

    while (in.left > 0) {
        packet_take_string(&in);
        count += !in.bad;
    }
    return count;
}

/* later: what is asked once the first requests are answered and between() was
   called, or NULL. */
static void
ask_server(struct scratch *scratch, const char *user,
           const struct packet_out *requests,
           void (*between)(struct scratch *scratch),
           const struct packet_out *later, char *ret)
{
    struct packet_out all = { 0 };
    struct blob bytes = { 0 };
    int to[2], from[2], status;
    pid_t pid;

    packet_put_string(&all, "\1\0\0\0\3", 5);
    memcpy(packet_room(&all, requests->size), requests->data, requests->size);
    all.size += requests->size;
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    pid = fork();
    if (pid == 0) {
        close(to[1]);
        serve(scratch, user, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    assert_int_equal(write(to[1], all.data, all.size), all.size);
    if (later != NULL) {
        while (count_packets(bytes.data, bytes.size) <
               count_packets(all.data, all.size))
            assert_true(read_some(from[0], &bytes));
        between(scratch);
        assert_int_equal(write(to[1], later->data, later->size), later->size);
    }
    close(to[1]);
    while (read_some(from[0], &bytes))
        ;
    close(from[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    read_answers(&bytes, ret);
    blob_clear(&bytes);
    packet_clear(&all);
}

static void
test_roles(void **state)
{
    static const struct {
        const char *user, *answers;
    } rows[] = {
        { "admin", "HHHHH33" },
        { "eve", "HHH3333" },
        { "bob", "H33HH33" },
        { "stranger", "3333333" },
    };
    struct scratch *scratch = *state;
    struct packet_out requests = { 0 };
    struct blob got = { 0 };
    char answers[16];
    size_t i;

    console_add_user(scratch->store, "eve", "crypto");
    console_add_user(scratch->store, "bob", "audit");
    put_text(scratch->store, "a.key", "text");
    assert_int_equal(run_shell(scratch, "touch ../private/audit", NULL), 0);
    put_packet(&requests, OPENDIR, "/", 0);
    put_packet(&requests, OPEN, "/a.key", READ_FLAG);
    put_packet(&requests, OPEN, "/new", WRITE_FLAGS);
    put_packet(&requests, OPEN, "/log", READ_FLAG);
    put_packet(&requests, OPEN, "/audit", READ_FLAG);
    put_packet(&requests, OPEN, "/audit", WRITE_FLAGS);
    put_packet(&requests, REMOVE, "/log", 0);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask_server(scratch, rows[i].user, &requests, NULL, NULL, answers);
        assert_string_equal(answers, rows[i].answers);
    }
    packet_clear(&requests);
    assert_int_equal(run_shell(scratch,
                               "grep -c 'User bob .* < get a.key>: permission "
                               "denied' ../private/audit",
                               &got),
                     0);
    assert_string_equal(got.data, "1\n");
    blob_clear(&got);
}

/* An enabled service keeps its files, whoever asks. */
static void
test_file_in_use(void **state)
{
    struct scratch *scratch = *state;
    struct packet_out requests = { 0 };
    const struct settings_change changes[] = {
        { "webadmin.key", "a.key" }, { "webadmin.enabled", "enable" }
    };
    struct error error;
    char answers[16];

    put_text(scratch->store, "a.key", "text");
    assert_int_equal(settings_update(scratch->store, changes, 2, &error), 0);
    put_packet(&requests, REMOVE, "/a.key", 0);
    put_packet(&requests, OPEN, "/live.json", READ_FLAG);
    ask_server(scratch, "admin", &requests, NULL, NULL, answers);
    assert_string_equal(answers, "3H");
    assert_true(store_has(scratch->store, STORE_FILES, "a.key"));
    packet_clear(&requests);
}

/* Handles are numbered as they are opened, and those that stay open stand in
   that order. */
static void
put_handle_packet(struct packet_out *out, unsigned char type, uint32_t handle)
{
    packet_put_u32(out, 1 + 4 + 4 + 8);
    packet_put_byte(out, type);
    packet_put_u32(out, 1);
    packet_put_u32(out, 8);
    packet_put_u32(out, handle);
    packet_put_u32(out, handle);
}

static void
replace_eve(struct scratch *scratch)
{
    console_drop_user(scratch->store, "eve");
    console_add_user(scratch->store, "eve", "admin");
}

/* What is open when a user is deleted is not changed or shown any more, even if
   another one gets the name. */
static void
test_deleted(void **state)
{
    struct scratch *scratch = *state;
    struct packet_out requests = { 0 }, later = { 0 };
    char answers[16];

    console_add_user(scratch->store, "eve", "crypto");
    put_text(scratch->store, "a.key", "text");
    put_packet(&requests, OPEN, "/new", WRITE_FLAGS);
    put_packet(&requests, OPENDIR, "/", 0);
    put_packet(&requests, OPENDIR, "/", 0);
    put_handle_packet(&requests, READDIR, 1);
    put_packet(&requests, STAT, "/a.key", 0);
    put_packet(&later, STAT, "/a.key", 0);
    put_handle_packet(&later, READDIR, 2);
    put_packet(&later, OPENDIR, "/", 0);
    put_packet(&later, OPEN, "/a.key", READ_FLAG);
    put_handle_packet(&later, CLOSE, 0);
    ask_server(scratch, "eve", &requests, replace_eve, &later, answers);
    assert_string_equal(answers, "HHHNA33333");
    assert_false(store_has(scratch->store, STORE_FILES, "new"));
    packet_clear(&requests);
    packet_clear(&later);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_roles),
        test(test_file_in_use),
        test(test_deleted),
    };

    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}

/*
 * Looking around in the one folder, and changes in it.
 */
#include "services/sftp_folder.h"

#include "tests/services/sftp_peer.h"

static struct packet_out
rename_packet(const char *extension, const char *from, const char *to)
{
    struct packet_out packet =
        peer_packet(extension != NULL ? EXTENDED : RENAME);

    if (extension != NULL)
        packet_put_text(&packet, extension);
    packet_put_text(&packet, from);
    packet_put_text(&packet, to);
    return packet;
}

static void
test_paths(void **state)
{
    struct peer *peer = *state;
    struct packet_out packet;

    packet = peer_path_packet(REALPATH, "x/../../a b");
    peer_request(peer, &packet, NAME);
    assert_int_equal(packet_take_u32(&peer->in), 1);
    peer_expect_words(peer, "/a b");
    packet = peer_path_packet(REALPATH, ".");
    peer_request(peer, &packet, NAME);
    assert_int_equal(packet_take_u32(&peer->in), 1);
    peer_expect_words(peer, "/");
    peer_put(peer, "/./a", "text");
    assert_int_equal(peer_size(peer, "//a"), 4);
    assert_int_equal(peer_size(peer, "x/../a"), 4);
    packet = peer_path_packet(STAT, "/x/a");
    peer_status(peer, &packet, NO_FILE);
    packet = peer_path_packet(LSTAT, "/");
    peer_request(peer, &packet, ATTRS);
    assert_int_equal(packet_take_u32(&peer->in), 4);
    assert_int_equal(packet_take_u32(&peer->in), 040700);
    packet = peer_packet(STAT);
    packet_put_string(&packet, "a\0b", 3);
    peer_status(peer, &packet, DENIED);
}

static void
test_refused_names(void **state)
{
    static const char *const names[] = { ".a", "x/y", "a\nb", "\xff", "/" };
    struct peer *peer = *state;
    struct packet_out packet;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        packet = peer_open_packet(names[i], 2 | 8 | 16);
        peer_status(peer, &packet, i < 4 ? DENIED : FAILED);
        peer_expect_words(peer, names[i]);
    }
    packet = peer_open_packet("own", 2 | 8);
    peer_status(peer, &packet, DENIED);
    packet = peer_path_packet(REMOVE, "own");
    peer_status(peer, &packet, DENIED);
    packet = peer_open_packet("forbidden", 1);
    peer_status(peer, &packet, DENIED);
    packet = peer_open_packet("forbidden", 2 | 8);
    peer_status(peer, &packet, DENIED);
    packet = peer_path_packet(STAT, "forbidden");
    peer_status(peer, &packet, DENIED);
    packet = peer_open_packet("missing", 1);
    peer_status(peer, &packet, NO_FILE);
    packet = peer_open_packet("missing", 2);
    peer_status(peer, &packet, NO_FILE);
    peer_put(peer, "a", "text");
    packet = peer_open_packet("a", 2 | 8 | 32);
    peer_status(peer, &packet, FAILED);
    assert_string_equal(peer->notes.data, "not put own\n"
                                          "not rm own\n"
                                          "not get forbidden\n"
                                          "not put forbidden\n"
                                          "put a\n");
    assert_int_equal(run_shell(peer->scratch, "test \"$(ls -A)\" = a", NULL),
                     0);
}

static void
test_rename(void **state)
{
    struct peer *peer = *state;
    struct packet_out packet;

    peer_put(peer, "a", "one");
    peer_put(peer, "b", "two");
    packet = rename_packet(NULL, "a", "b");
    peer_status(peer, &packet, FAILED);
    packet = rename_packet(NULL, "a", "/c");
    peer_status(peer, &packet, OK);
    peer_expect_file(peer, "c", "one");
    packet = rename_packet("posix-rename@openssh.com", "/c", "b");
    peer_status(peer, &packet, OK);
    peer_expect_file(peer, "b", "one");
    packet = rename_packet(NULL, "c", "d");
    peer_status(peer, &packet, NO_FILE);
    packet = rename_packet(NULL, "b", ".d");
    peer_status(peer, &packet, DENIED);
    packet = rename_packet(NULL, "b", "own");
    peer_status(peer, &packet, DENIED);
    packet = rename_packet(NULL, "b", "forbidden");
    peer_status(peer, &packet, DENIED);
    packet = peer_path_packet(REMOVE, "/b");
    peer_status(peer, &packet, OK);
    packet = peer_path_packet(REMOVE, "/b");
    peer_status(peer, &packet, NO_FILE);
    assert_string_equal(peer->notes.data, "put a\nput b\nrename a c\n"
                                          "rename c b\nnot put own\n"
                                          "not put forbidden\nrm b\n");
}

static void
test_flat(void **state)
{
    static const unsigned char types[] = { MKDIR, RMDIR, READLINK, SYMLINK };
    struct peer *peer = *state;
    struct packet_out packet;
    size_t i;

    for (i = 0; i < sizeof(types); i++) {
        packet = peer_path_packet(types[i], "/folder");
        peer_status(peer, &packet, UNSUPPORTED);
    }
    packet = peer_path_packet(OPENDIR, "/folder");
    peer_status(peer, &packet, NO_FILE);
}

static void
test_set_attributes(void **state)
{
    struct peer *peer = *state;
    struct packet_out packet;

    peer_put(peer, "a", "12345678");
    packet = peer_path_packet(SETSTAT, "a");
    packet_put_u32(&packet, 1 | 2 | 4 | 8 | 0x80000000);
    packet_put_u64(&packet, 3);
    packet_put_u64(&packet, 0);
    packet_put_u32(&packet, 0644);
    packet_put_u32(&packet, 5);
    packet_put_u32(&packet, 6);
    packet_put_u32(&packet, 1);
    packet_put_text(&packet, "name");
    packet_put_text(&packet, "value");
    peer_status(peer, &packet, OK);
    peer_expect_file(peer, "a", "123");
    assert_int_equal(peer_size(peer, "a"), 3);
    assert_int_equal(packet_take_u32(&peer->in), 0100600);
    packet_take_u32(&peer->in);
    assert_int_equal(packet_take_u32(&peer->in), 6);
    packet = peer_path_packet(SETSTAT, "/");
    packet_put_u32(&packet, 0);
    peer_status(peer, &packet, OK);
    packet = peer_path_packet(SETSTAT, "missing");
    packet_put_u32(&packet, 0);
    peer_status(peer, &packet, NO_FILE);
    packet = peer_path_packet(SETSTAT, "own");
    packet_put_u32(&packet, 0);
    peer_status(peer, &packet, DENIED);
}

/* More than one answer holds; each file once, with its line. */
static void
test_listing(void **state)
{
    struct peer *peer = *state;
    struct packet_out packet = peer_path_packet(OPENDIR, ".");
    uint64_t handle;
    unsigned seen = 0, own = 0, i;

    assert_int_equal(run_shell(peer->scratch,
                               "touch $(seq -f file-%03g 250) forbidden .x; "
                               "mkdir folder; ln -s a link; printf 12 >own",
                               NULL),
                     0);
    peer_request(peer, &packet, HANDLE);
    handle = peer_take_handle(peer);
    for (;;) {
        uint32_t count;

        packet = peer_handle_packet(READDIR, handle);
        peer_send(peer, &packet);
        packet_take_u32(&peer->in);
        count = packet_take_u32(&peer->in);
        if (peer->type == STATUS) {
            assert_int_equal(count, END);
            break;
        }
        assert_int_equal(peer->type, NAME);
        for (i = 0; i < count; i++) {
            struct packet_string name = packet_take_string(&peer->in);
            struct packet_string line = packet_take_string(&peer->in);

            own += packet_is(name, "own");
            seen++;
            assert_memory_equal(line.data + line.size - name.size, name.data,
                                name.size);
            assert_memory_equal(line.data, "-r", 2);
            assert_int_equal(packet_take_u32(&peer->in), 1 | 4 | 8);
            packet_take_u64(&peer->in);
            packet_take_u32(&peer->in);
            packet_take_u64(&peer->in);
        }
        assert_false(peer->in.bad);
        assert_int_equal(peer->in.left, 0);
    }
    assert_int_equal(seen, 251);
    assert_int_equal(own, 1);
    peer_close(peer, handle, OK);
    handle = peer_open(peer, "file-001", 1);
    packet = peer_handle_packet(READDIR, handle);
    peer_status(peer, &packet, BAD_MESSAGE);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, peer_setup, peer_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_paths), test(test_refused_names),  test(test_rename),
        test(test_flat),  test(test_set_attributes), test(test_listing),
    };

    return cmocka_run_group_tests_name("sftp_folder", tests, NULL, NULL);
}

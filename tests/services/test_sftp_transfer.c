/*
 * Uploads, which are seen when they are whole, and downloads.
 */
#include "services/sftp_transfer.h"

#include "tests/services/sftp_peer.h"

static void
read_packet(struct peer *peer, uint64_t handle, uint64_t at, uint32_t size,
            unsigned char want)
{
    struct packet_out packet = peer_handle_packet(READ, handle);

    packet_put_u64(&packet, at);
    packet_put_u32(&packet, size);
    peer_request(peer, &packet, want);
}

/* Nothing is seen before the close, and then all of it. */
static void
test_upload(void **state)
{
    struct peer *peer = *state;
    struct store *store = peer->scratch->store;
    uint64_t handle = peer_open(peer, "/new.key", 2 | 8 | 16);
    struct packet_out packet;

    peer_write(peer, handle, 4, "5678", OK);
    assert_false(store_has(store, STORE_FILES, "new.key"));
    peer_write(peer, handle, 0, "1234", OK);
    packet = peer_handle_packet(FSTAT, handle);
    peer_request(peer, &packet, ATTRS);
    packet_take_u32(&peer->in);
    assert_int_equal(packet_take_u64(&peer->in), 8);
    packet = peer_packet(EXTENDED);
    packet_put_text(&packet, "fsync@openssh.com");
    packet_put_string(&packet, &handle, sizeof(handle));
    peer_status(peer, &packet, OK);
    packet = peer_handle_packet(FSETSTAT, handle);
    packet_put_u32(&packet, 4 | 8);
    packet_put_u32(&packet, 0777);
    packet_put_u32(&packet, 1000000000);
    packet_put_u32(&packet, 1000000001);
    peer_status(peer, &packet, OK);
    assert_false(store_has(store, STORE_FILES, "new.key"));
    peer_close(peer, handle, OK);
    peer_expect_file(peer, "new.key", "12345678");
    assert_int_equal(store_mode(store, STORE_FILES, "new.key"), 0600);
    assert_int_equal(peer_size(peer, "new.key"), 8);
    assert_int_equal(packet_take_u32(&peer->in), 0100600);
    packet_take_u32(&peer->in);
    assert_int_equal(packet_take_u32(&peer->in), 1000000001);
    assert_string_equal(peer->notes.data, "put new.key\n");
    peer_close(peer, handle, BAD_MESSAGE);
}

static void
test_broken_upload(void **state)
{
    struct peer *peer = *state;
    uint64_t handle;

    peer_put(peer, "a", "old");
    handle = peer_open(peer, "a", 2 | 8 | 16);
    peer_write(peer, handle, 0, "half of the n", OK);
    peer_open(peer, "b", 2 | 8);
    sftp_free(peer->sftp);
    peer->sftp = NULL;
    peer_expect_file(peer, "a", "old");
    assert_int_equal(run_shell(peer->scratch, "test \"$(ls -A)\" = a", NULL),
                     0);
}

/* reput, and append. */
static void
test_resumed_upload(void **state)
{
    struct peer *peer = *state;
    uint64_t handle;

    peer_put(peer, "a", "12345");
    handle = peer_open(peer, "a", 2 | 8);
    peer_write(peer, handle, 5, "678", OK);
    peer_close(peer, handle, OK);
    peer_expect_file(peer, "a", "12345678");
    handle = peer_open(peer, "a", 2 | 4);
    peer_write(peer, handle, 0, "9", OK);
    peer_write(peer, handle, 0, "0", OK);
    peer_close(peer, handle, OK);
    peer_expect_file(peer, "a", "1234567890");
    /* What is not changed is not written. */
    handle = peer_open(peer, "a", 1 | 2);
    assert_int_equal(run_shell(peer->scratch, "printf x >a", NULL), 0);
    peer_close(peer, handle, OK);
    peer_expect_file(peer, "a", "x");
}

static void
test_download(void **state)
{
    struct peer *peer = *state;
    uint64_t handle;

    peer_put(peer, "a", "0123456789");
    handle = peer_open(peer, "a", 1);
    read_packet(peer, handle, 2, 3, DATA);
    peer_expect_words(peer, "234");
    peer_put(peer, "a", "another");
    read_packet(peer, handle, 8, 100, DATA);
    peer_expect_words(peer, "89");
    read_packet(peer, handle, 10, 1, STATUS);
    assert_int_equal(packet_take_u32(&peer->in), END);
    read_packet(peer, handle, UINT64_MAX, 1, STATUS);
    assert_int_equal(packet_take_u32(&peer->in), END);
    read_packet(peer, handle, 0, UINT32_MAX, DATA);
    peer_write(peer, handle, 0, "x", DENIED);
    peer_close(peer, handle, OK);
    handle = peer_open(peer, "own", 1);
    read_packet(peer, handle, 0, 100, DATA);
    peer_expect_words(peer, "own text");
    assert_int_equal(peer_size(peer, "/own"), 8);
}

static void
test_handles(void **state)
{
    struct peer *peer = *state;
    struct packet_out packet;
    uint64_t handles[64], old;
    size_t i;

    peer_put(peer, "a", "text");
    for (i = 0; i < 64; i++)
        handles[i] = peer_open(peer, "a", 1);
    packet = peer_open_packet("a", 1);
    peer_status(peer, &packet, BAD_MESSAGE);
    old = handles[7];
    peer_close(peer, old, OK);
    handles[7] = peer_open(peer, "a", 1);
    assert_int_not_equal(handles[7], old);
    read_packet(peer, old, 0, 1, STATUS);
    assert_int_equal(packet_take_u32(&peer->in), BAD_MESSAGE);
    read_packet(peer, 0xffffffffffffffff, 0, 1, STATUS);
    packet = peer_packet(CLOSE);
    packet_put_text(&packet, "x");
    peer_status(peer, &packet, BAD_MESSAGE);
    for (i = 0; i < 64; i++)
        peer_close(peer, handles[i], OK);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, peer_setup, peer_teardown)

static struct packet_out
date_packet(uint64_t handle, uint32_t modified)
{
    struct packet_out packet = peer_handle_packet(FSETSTAT, handle);

    packet_put_u32(&packet, 8);
    packet_put_u32(&packet, modified);
    packet_put_u32(&packet, modified);
    return packet;
}

static void
expect_date(struct peer *peer, const char *name, time_t want)
{
    struct store_info info;
    struct error error;

    assert_int_equal(
        store_info(peer->scratch->store, STORE_FILES, name, &info, &error), 0);
    assert_int_equal(info.modified, want);
}

/* What is answered with OK is done: also where nothing was written, and
   without bringing back what another one has replaced. */
static void
test_date_of_handle(void **state)
{
    struct peer *peer = *state;
    struct packet_out packet;
    uint64_t handle;

    peer_put(peer, "a", "text");
    handle = peer_open(peer, "a", 2);
    packet = date_packet(handle, 1000);
    peer_status(peer, &packet, OK);
    peer_put(peer, "a", "another");
    peer_close(peer, handle, OK);
    peer_expect_file(peer, "a", "another");
    expect_date(peer, "a", 1000);
    handle = peer_open(peer, "a", 1);
    packet = date_packet(handle, 2000);
    peer_status(peer, &packet, DENIED);
    packet = peer_handle_packet(FSETSTAT, handle);
    packet_put_u32(&packet, 1);
    packet_put_u64(&packet, 0);
    peer_status(peer, &packet, DENIED);
    packet = peer_handle_packet(FSETSTAT, handle);
    packet_put_u32(&packet, 4);
    packet_put_u32(&packet, 0600);
    peer_status(peer, &packet, OK);
    peer_close(peer, handle, OK);
    peer_expect_file(peer, "a", "another");
    expect_date(peer, "a", 1000);
}

/* Two are told that a name is new and theirs: the first upload stands. */
static void
test_only_new(void **state)
{
    struct peer *peer = *state;
    uint64_t first = peer_open(peer, "a", 2 | 8 | 32);
    uint64_t second = peer_open(peer, "a", 2 | 8 | 32);

    peer_write(peer, first, 0, "first", OK);
    peer_write(peer, second, 0, "second", OK);
    peer_close(peer, second, OK);
    peer_close(peer, first, FAILED);
    peer_expect_file(peer, "a", "second");
    assert_string_equal(peer->notes.data, "put a\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_upload),         test(test_broken_upload),
        test(test_resumed_upload), test(test_download),
        test(test_handles),        test(test_date_of_handle),
        test(test_only_new),
    };

    return cmocka_run_group_tests_name("sftp_transfer", tests, NULL, NULL);
}

/*
 * SFTP on the store: which request is which, what nobody should send, and the
 * connection.
 */
#include "services/sftp.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/services/sftp_peer.h"

static void
test_extensions(void **state)
{
    struct peer *peer = *state;
    struct packet_out packet;

    packet = peer_path_packet(EXTENDED, "hardlink@openssh.com");
    peer_status(peer, &packet, UNSUPPORTED);
    packet = peer_packet(42);
    peer_status(peer, &packet, UNSUPPORTED);
    packet = peer_path_packet(EXTENDED, "limits@openssh.com");
    peer_request(peer, &packet, EXTENDED_REPLY);
    assert_int_equal(packet_take_u64(&peer->in), SFTP_MAX_PACKET);
    assert_in_range(packet_take_u64(&peer->in), 32768, SFTP_MAX_PACKET);
}

/* Every peer_request, cut at every byte: an answer, and no harm. */
static void
test_cut_packets(void **state)
{
    struct peer *peer = *state;
    unsigned type;
    size_t size;

    peer_put(peer, "a", "text");
    for (type = 0; type < 256; type++) {
        struct packet_out packet = peer_packet((unsigned char)type);
        struct error error;

        packet_put_text(&packet,
                        type == EXTENDED ? "posix-rename@openssh.com" : "/a");
        packet_put_text(&packet, "b");
        packet_put_u64(&packet, 0x8000000080000000);
        for (size = 0; size < packet.size; size++) {
            int r;

            peer->answer.size = 0;
            r = sftp_packet(peer->sftp, packet.data, size, &peer->answer,
                            &error);
            assert_int_equal(r, size < 5 ? -1 : 0);
            assert_true(r != 0 || peer->answer.size >= 9);
        }
        packet_clear(&packet);
    }
}

static void
test_no_sftp(void **state)
{
    struct peer *peer = *state;
    struct sftp *sftp = sftp_new(&peer->host);
    struct error error;

    assert_fails(sftp_packet(sftp, "GET / HTTP", 10, &peer->answer, &error),
                 &error, E_REQUEST, NULL);
    assert_fails(sftp_packet(sftp, "\1\0\0\0\2", 5, &peer->answer, &error),
                 &error, E_REQUEST, NULL);
    assert_fails(sftp_packet(sftp, "", 0, &peer->answer, &error), &error,
                 E_REQUEST, NULL);
    sftp_free(sftp);
}

/* Many requests before the first answer is read, in pieces of odd sizes. */
static void
test_connection(void **state)
{
    struct peer *peer = *state;
    struct packet_out all = { 0 };
    struct error error;
    unsigned char bytes[4096];
    int to[2], from[2], i;
    size_t got = 0;
    ssize_t n;
    pid_t pid;

    peer_put(peer, "a", "text");
    packet_put_string(&all, "\1\0\0\0\3", 5);
    for (i = 0; i < 64; i++) {
        struct packet_out packet = peer_path_packet(STAT, "/a");

        packet_put_string(&all, packet.data, packet.size);
        packet_clear(&packet);
    }
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    pid = fork();
    if (pid == 0) {
        size_t at = 0;

        for (; at < all.size; at += 7)
            if (write(to[1], all.data + at,
                      all.size - at < 7 ? all.size - at : 7) < 0)
                _exit(1);
        _exit(0);
    }
    close(to[1]);
    sftp_free(peer->sftp);
    peer->sftp = sftp_new(&peer->host);
    assert_int_equal(sftp_serve(peer->sftp, to[0], from[1], &error), 0);
    close(from[1]);
    while ((n = read(from[0], bytes, sizeof(bytes))) > 0)
        got += (size_t)n;
    assert_in_range(got, 64 * (4 + 5 + 4 + 8 + 4 + 8),
                    64 * (4 + 5 + 4 + 8 + 4 + 8) + 200);
    close(to[0]);
    close(from[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    packet_clear(&all);
}

static void
test_too_long(void **state)
{
    struct peer *peer = *state;
    struct error error;
    int to[2];

    assert_int_equal(pipe(to), 0);
    assert_int_equal(write(to[1], "\377\377\377\377", 4), 4);
    assert_fails(sftp_serve(peer->sftp, to[0], -1, &error), &error, E_REQUEST,
                 NULL);
    close(to[0]);
    close(to[1]);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, peer_setup, peer_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_extensions), test(test_cut_packets), test(test_no_sftp),
        test(test_connection), test(test_too_long),
    };

    return cmocka_run_group_tests_name("sftp", tests, NULL, NULL);
}

/*
 * A client of SFTP.
 */
#include "tests/services/sftp_peer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pki/xalloc.h"

static int
open_own(void *arg, int *ret, struct error *error)
{
    (void)arg;
    (void)error;
    *ret = memfd_create("own", MFD_CLOEXEC);
    assert_int_equal(write(*ret, "own text", 8), 8);
    return 0;
}

static const struct sftp_extra extras[] = { { "own", open_own }, { NULL } };

static int
check(void *arg, enum sftp_act act, const char *name, struct error *error)
{
    (void)arg;
    (void)act;
    return strcmp(name, "forbidden") != 0
               ? 0
               : fail_pair(error, E_ROLE, "admin", NULL);
}

static void
note(void *arg, enum sftp_act act, const char *name, const char *other,
     bool granted)
{
    static const char *const acts[] = { [SFTP_GET] = "get",
                                        [SFTP_PUT] = "put",
                                        [SFTP_REMOVE] = "rm",
                                        [SFTP_RENAME] = "rename" };
    char *text =
        xasprintf("%s%s %s%s%s\n", granted ? "" : "not ", acts[act], name,
                  other != NULL ? " " : "", other != NULL ? other : "");

    blob_text(arg, text);
    free(text);
}

static void
words(void *arg, const struct error *error, struct blob *ret)
{
    (void)arg;
    blob_text(ret, error->subject);
}

struct sftp_host
peer_host(struct store *store, struct blob *notes)
{
    return (struct sftp_host){ .store = store,
                               .owner = "admin",
                               .extras = extras,
                               .check = check,
                               .note = note,
                               .words = words,
                               .arg = notes };
}

void
peer_send(struct peer *peer, struct packet_out *packet)
{
    struct error error;

    peer->answer.size = 0;
    assert_int_equal(sftp_packet(peer->sftp, packet->data, packet->size,
                                 &peer->answer, &error),
                     0);
    peer->in =
        (struct packet_in){ peer->answer.data, peer->answer.size, false };
    assert_int_equal(packet_take_u32(&peer->in), peer->answer.size - 4);
    peer->type = packet_take_byte(&peer->in);
    packet_clear(packet);
}

struct packet_out
peer_packet(unsigned char type)
{
    struct packet_out packet = { 0 };

    packet_put_byte(&packet, type);
    packet_put_u32(&packet, 77);
    return packet;
}

void
peer_request(struct peer *peer, struct packet_out *packet, unsigned char want)
{
    peer_send(peer, packet);
    assert_int_equal(packet_take_u32(&peer->in), 77);
    assert_int_equal(peer->type, want);
}

void
peer_status(struct peer *peer, struct packet_out *packet, uint32_t want)
{
    peer_request(peer, packet, STATUS);
    assert_int_equal(packet_take_u32(&peer->in), want);
}

void
peer_expect_words(struct peer *peer, const char *want)
{
    struct packet_string string = packet_take_string(&peer->in);

    if (!packet_is(string, want))
        fail_msg("not %s but %.*s", want, (int)string.size, string.data);
}

int
peer_setup(void **state)
{
    struct peer *peer = xcalloc(1, sizeof(*peer));
    struct packet_out packet = { 0 };
    void *scratch = NULL;

    assert_int_equal(scratch_setup(&scratch), 0);
    peer->scratch = scratch;
    peer->host = peer_host(peer->scratch->store, &peer->notes);
    blob_text(&peer->notes, "");
    peer->sftp = sftp_new(&peer->host);
    packet_put_byte(&packet, 1);
    packet_put_u32(&packet, 3);
    peer_send(peer, &packet);
    assert_int_equal(peer->type, 2);
    assert_int_equal(packet_take_u32(&peer->in), 3);
    *state = peer;
    return 0;
}

int
peer_teardown(void **state)
{
    struct peer *peer = *state;
    void *scratch = peer->scratch;

    sftp_free(peer->sftp);
    packet_clear(&peer->answer);
    blob_clear(&peer->notes);
    free(peer);
    return scratch_teardown(&scratch);
}

struct packet_out
peer_path_packet(unsigned char type, const char *path)
{
    struct packet_out packet = peer_packet(type);

    packet_put_text(&packet, path);
    return packet;
}

struct packet_out
peer_open_packet(const char *path, uint32_t flags)
{
    struct packet_out packet = peer_packet(OPEN);

    packet_put_text(&packet, path);
    packet_put_u32(&packet, flags);
    packet_put_u32(&packet, 4); /* rights, which are not obeyed */
    packet_put_u32(&packet, 0100777);
    return packet;
}

uint64_t
peer_take_handle(struct peer *peer)
{
    struct packet_string bytes = packet_take_string(&peer->in);
    uint64_t handle;

    assert_int_equal(bytes.size, sizeof(handle));
    memcpy(&handle, bytes.data, sizeof(handle));
    return handle;
}

uint64_t
peer_open(struct peer *peer, const char *path, uint32_t flags)
{
    struct packet_out packet = peer_open_packet(path, flags);

    peer_request(peer, &packet, HANDLE);
    return peer_take_handle(peer);
}

struct packet_out
peer_handle_packet(unsigned char type, uint64_t handle)
{
    struct packet_out packet = peer_packet(type);

    packet_put_string(&packet, &handle, sizeof(handle));
    return packet;
}

void
peer_write(struct peer *peer, uint64_t handle, uint64_t at, const char *text,
           uint32_t want)
{
    struct packet_out packet = peer_handle_packet(WRITE, handle);

    packet_put_u64(&packet, at);
    packet_put_text(&packet, text);
    peer_status(peer, &packet, want);
}

void
peer_close(struct peer *peer, uint64_t handle, uint32_t want)
{
    struct packet_out packet = peer_handle_packet(CLOSE, handle);

    peer_status(peer, &packet, want);
}

void
peer_put(struct peer *peer, const char *path, const char *text)
{
    uint64_t handle = peer_open(peer, path, 2 | 8 | 16);

    peer_write(peer, handle, 0, text, OK);
    peer_close(peer, handle, OK);
}

uint64_t
peer_size(struct peer *peer, const char *path)
{
    struct packet_out packet = peer_path_packet(STAT, path);

    peer_request(peer, &packet, ATTRS);
    assert_int_equal(packet_take_u32(&peer->in) & 1, 1);
    return packet_take_u64(&peer->in);
}

void
peer_expect_file(struct peer *peer, const char *name, const char *want)
{
    struct blob got = get_file(peer->scratch->store, name);

    assert_string_equal(got.data, want);
    blob_clear(&got);
}

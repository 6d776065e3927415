/*
 * A client of SFTP, packet by packet, and the host that it talks to: a store,
 * one file of its own ("own", which reads "own text"), and nobody may do
 * anything with "forbidden".  Numbers are those of
 * draft-ietf-secsh-filexfer-02, written down here once more.
 */
#ifndef TESTS_SERVICES_SFTP_PEER_H
#define TESTS_SERVICES_SFTP_PEER_H

#include "services/packet.h"
#include "services/sftp.h"
#include "tests/support.h"

enum { OPEN = 3, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT };
enum { OPENDIR = 11, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME };
enum { READLINK = 19, SYMLINK, STATUS = 101, HANDLE, DATA, NAME, ATTRS };
enum { EXTENDED = 200, EXTENDED_REPLY };
enum { OK, END, NO_FILE, DENIED, FAILED, BAD_MESSAGE, UNSUPPORTED = 8 };

struct peer {
    struct scratch *scratch;
    struct sftp_host host;
    struct sftp *sftp; /* greeted */
    struct packet_out answer;
    struct packet_in in; /* behind the length of the last answer */
    unsigned char type;
    struct blob notes; /* a line each: "put a", "not get forbidden" */
};

/* notes: where what was asked for goes, a line each. */
struct sftp_host peer_host(struct store *store, struct blob *notes);

/* *state: a struct peer. */
int peer_setup(void **state);
int peer_teardown(void **state);

/* The beginning of a request; its number is 77. */
struct packet_out peer_packet(unsigned char type);

/* The same, and its first field. */
struct packet_out peer_path_packet(unsigned char type, const char *path);
struct packet_out peer_handle_packet(unsigned char type, uint64_t handle);

/* flags: 1 read, 2 write, 4 append, 8 create, 16 truncate, 32 new only. */
struct packet_out peer_open_packet(const char *path, uint32_t flags);

/* Sends the packet, clears it, and takes the one answer that comes. */
void peer_send(struct peer *peer, struct packet_out *packet);

/* The same; the answer has to be of that type, or a status of that code. */
void peer_request(struct peer *peer, struct packet_out *packet,
                  unsigned char want);
void peer_status(struct peer *peer, struct packet_out *packet, uint32_t want);

/* The next field of the answer. */
void peer_expect_words(struct peer *peer, const char *want);
uint64_t peer_take_handle(struct peer *peer);

/* Whole requests. */
uint64_t peer_open(struct peer *peer, const char *path, uint32_t flags);
void peer_write(struct peer *peer, uint64_t handle, uint64_t at,
                const char *text, uint32_t want);
void peer_close(struct peer *peer, uint64_t handle, uint32_t want);
void peer_put(struct peer *peer, const char *path, const char *text);
uint64_t peer_size(struct peer *peer, const char *path);

/* What the store has. */
void peer_expect_file(struct peer *peer, const char *name, const char *want);

#endif

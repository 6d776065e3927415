/*
 * The session: greeting, which request is which, and the connection.  Every
 * request is answered before the next one is looked at, in order; that a client
 * has many under way only means that one read brings several.
 */
#include "services/sftp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/sftp_folder.h"
#include "services/sftp_handle.h"
#include "services/sftp_request.h"
#include "services/sftp_transfer.h"
#include "services/sftp_wire.h"

enum { VERSION = 3 };

struct sftp {
    const struct sftp_host *host;
    struct sftp_handles handles;
    bool greeted;
};

static int
do_limits(struct sftp_request *request)
{
    size_t at = sftp_begin_answer(request, FXP_EXTENDED_REPLY);

    packet_put_u64(request->out, SFTP_MAX_PACKET);
    packet_put_u64(request->out, SFTP_MAX_DATA);
    packet_put_u64(request->out, SFTP_MAX_DATA);
    packet_put_u64(request->out, SFTP_MAX_HANDLES);
    sftp_end_answer(request, at);
    return 0;
}

/* See PROTOCOL of OpenSSH, section 4. */
static const struct extension {
    const char *name;
    int (*run)(struct sftp_request *request);
} extensions[] = {
    { "posix-rename@openssh.com", sftp_do_posix_rename },
    { "fsync@openssh.com", sftp_do_fsync },
    { "limits@openssh.com", do_limits },
};
#define EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

static int
unsupported(struct sftp_request *request)
{
    struct error error;

    fail(&error, E_UNSUPPORTED, "");
    return sftp_answer(request, -1, &error);
}

static int
do_extended(struct sftp_request *request)
{
    struct packet_string name = packet_take_string(request->in);
    size_t i;

    if (request->in->bad)
        return -1;
    for (i = 0; i < EXTENSIONS; i++)
        if (packet_is(name, extensions[i].name))
            return extensions[i].run(request);
    return unsupported(request);
}

static int (*const requests[256])(struct sftp_request *request) = {
    [FXP_OPEN] = sftp_do_open,       [FXP_CLOSE] = sftp_do_close,
    [FXP_READ] = sftp_do_read,       [FXP_WRITE] = sftp_do_write,
    [FXP_LSTAT] = sftp_do_stat,      [FXP_FSTAT] = sftp_do_fstat,
    [FXP_SETSTAT] = sftp_do_setstat, [FXP_FSETSTAT] = sftp_do_fsetstat,
    [FXP_OPENDIR] = sftp_do_opendir, [FXP_READDIR] = sftp_do_readdir,
    [FXP_REMOVE] = sftp_do_remove,   [FXP_MKDIR] = sftp_do_refuse,
    [FXP_RMDIR] = sftp_do_refuse,    [FXP_REALPATH] = sftp_do_realpath,
    [FXP_STAT] = sftp_do_stat,       [FXP_RENAME] = sftp_do_rename,
    [FXP_READLINK] = sftp_do_refuse, [FXP_SYMLINK] = sftp_do_refuse,
    [FXP_EXTENDED] = do_extended,
};

/* The first packet has no request number. */
static int
greet(struct sftp *sftp, struct packet_in *in, struct packet_out *out,
      struct error *error)
{
    size_t at = out->size, i;

    if (packet_take_byte(in) != FXP_INIT || packet_take_u32(in) < VERSION ||
        in->bad)
        return fail_detail(error, E_REQUEST, "", "no SFTP of version 3");
    packet_put_u32(out, 0);
    packet_put_byte(out, FXP_VERSION);
    packet_put_u32(out, VERSION);
    for (i = 0; i < EXTENSIONS; i++) {
        packet_put_text(out, extensions[i].name);
        packet_put_text(out, "1");
    }
    packet_set_u32(out, at, (uint32_t)(out->size - at - sizeof(uint32_t)));
    sftp->greeted = true;
    return 0;
}

int
sftp_packet(struct sftp *sftp, const void *data, size_t size,
            struct packet_out *ret, struct error *error)
{
    struct packet_in in = { data, size, false };
    struct sftp_request request = { sftp->host, &sftp->handles, &in, ret, 0 };
    size_t before = ret->size;
    unsigned char type;

    if (!sftp->greeted)
        return greet(sftp, &in, ret, error);
    type = packet_take_byte(&in);
    request.id = packet_take_u32(&in);
    if (in.bad)
        return fail_detail(error, E_REQUEST, "", "packet cut short");
    if (requests[type] == NULL)
        return unsupported(&request);
    if (requests[type](&request) != 0) {
        ret->size = before;
        fail_detail(error, E_REQUEST, "", "packet cut short");
        sftp_answer(&request, -1, error);
    }
    return 0;
}

struct sftp *
sftp_new(const struct sftp_host *host)
{
    struct sftp *sftp = xcalloc(1, sizeof(*sftp));

    sftp->host = host;
    return sftp;
}

void
sftp_free(struct sftp *sftp)
{
    if (sftp == NULL)
        return;
    sftp_handles_clear(&sftp->handles);
    free(sftp);
}

/*
 * The connection.
 */

static int
flush(struct packet_out *out, int fd, struct error *error)
{
    const struct blob packets = { out->data, out->size };

    if (blob_write(&packets, fd) != 0)
        return fail_errno(error, "connection");
    out->size = 0;
    return 0;
}

/* The whole packets among the bytes; *used of them are done with. */
static int
serve_packets(struct sftp *sftp, const unsigned char *data, size_t size,
              size_t *used, int fd, struct packet_out *out, struct error *error)
{
    *used = 0;
    for (;;) {
        struct packet_in in = { data + *used, size - *used, false };
        size_t packet = packet_take_u32(&in);

        if (!in.bad && packet > SFTP_MAX_PACKET)
            return fail_detail(error, E_REQUEST, "", "packet too long");
        if (in.bad || packet > in.left)
            return 0;
        if (sftp_packet(sftp, in.at, packet, out, error) != 0)
            return -1;
        *used += sizeof(uint32_t) + packet;
        if (out->size >= SFTP_MAX_PACKET && flush(out, fd, error) != 0)
            return -1;
    }
}

int
sftp_serve(struct sftp *sftp, int in, int out, struct error *error)
{
    const size_t room = 2 * SFTP_MAX_PACKET;
    unsigned char *data = xreallocarray(NULL, room, 1);
    struct packet_out answers = { 0 };
    size_t size = 0, used;
    int r = 0;

    while (r == 0) {
        ssize_t n = read(in, data + size, room - size);

        if (n == 0)
            break;
        if (n < 0) {
            r = errno == EINTR ? 0 : fail_errno(error, "connection");
            continue;
        }
        size += (size_t)n;
        r = serve_packets(sftp, data, size, &used, out, &answers, error);
        size -= used;
        memmove(data, data + used, size);
        if (r == 0)
            r = flush(&answers, out, error);
    }
    packet_clear(&answers);
    explicit_bzero(data, room);
    free(data);
    return r;
}

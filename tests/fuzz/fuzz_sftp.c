/*
 * What an SFTP client may send: packets, each behind its length as on the wire.
 * Every request has one answer with its number, and what was not closed, or has
 * a name that no file may have, is not there afterwards.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/fuzz/fuzz.h"
#include "tests/services/sftp_peer.h"

static struct scratch *scratch;

/* One whole packet, with the number of the request. */
static void
check_answer(const struct packet_out *out, const unsigned char *request,
             size_t size)
{
    struct packet_in in = { out->data, out->size, false };
    struct packet_string packet = packet_take_string(&in);

    must(!in.bad && in.left == 0);
    must(packet.size > 4 && packet.size <= SFTP_MAX_PACKET);
    /* SSH_FXP_INIT is answered by the version, and has no number. */
    if (request[0] != 1 && size >= 5)
        must(memcmp(packet.data + 1, request + 1, 4) == 0);
}

static void
clear_store(void)
{
    struct store_names names = { 0 };
    struct error error;
    size_t i;

    must(store_list(scratch->store, STORE_FILES, &names, &error) == 0);
    for (i = 0; i < names.count; i++) {
        must(store_name_ok(names.names[i]));
        must(strcmp(names.names[i], "forbidden") != 0);
        must(store_remove(scratch->store, STORE_FILES, names.names[i],
                          &error) == 0);
    }
    store_names_clear(&names);
}

/* A file that a request makes large is copied by the next one that appends to
   it: with the store's own limit that is all that would be done. */
static void
limit_files(void)
{
    const struct rlimit limit = { 1 << 20, 1 << 20 };

    signal(SIGXFSZ, SIG_IGN);
    must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet_in in = { data, size, false };
    struct packet_out out = { 0 };
    struct blob notes = { 0 };
    struct sftp_host host;
    struct error error = { 0 };
    struct sftp *sftp;
    int r = 0;

    if (scratch == NULL)
        limit_files();
    scratch = fuzz_scratch();
    host = peer_host(scratch->store, &notes);
    sftp = sftp_new(&host);
    while (r == 0) {
        struct packet_string packet = packet_take_string(&in);

        if (in.bad || packet.size > SFTP_MAX_PACKET)
            break;
        out.size = 0;
        r = sftp_packet(sftp, packet.data, packet.size, &out, &error);
        fuzz_check(r, &error);
        if (r == 0)
            check_answer(&out, packet.data, packet.size);
        else
            must(error.code == E_REQUEST && out.size == 0);
    }
    sftp_free(sftp);
    packet_clear(&out);
    blob_clear(&notes);
    clear_store();
    return 0;
}

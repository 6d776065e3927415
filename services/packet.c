/*
 * The data types of the SSH protocols.
 */
#include "services/packet.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

static const unsigned char *
take(struct packet_in *in, size_t size)
{
    const unsigned char *at = in->at;

    if (in->bad || size > in->left) {
        in->bad = true;
        return NULL;
    }
    in->at += size;
    in->left -= size;
    return at;
}

unsigned char
packet_take_byte(struct packet_in *in)
{
    const unsigned char *at = take(in, 1);

    return at != NULL ? *at : 0;
}

uint32_t
packet_take_u32(struct packet_in *in)
{
    const unsigned char *at = take(in, sizeof(uint32_t));
    uint32_t value = 0;

    if (at != NULL)
        memcpy(&value, at, sizeof(value));
    return be32toh(value);
}

uint64_t
packet_take_u64(struct packet_in *in)
{
    const unsigned char *at = take(in, sizeof(uint64_t));
    uint64_t value = 0;

    if (at != NULL)
        memcpy(&value, at, sizeof(value));
    return be64toh(value);
}

struct packet_string
packet_take_string(struct packet_in *in)
{
    size_t size = packet_take_u32(in);
    const unsigned char *at = take(in, size);

    return (struct packet_string){ at, at != NULL ? size : 0 };
}

bool
packet_is(struct packet_string string, const char *text)
{
    return string.data != NULL && string.size == strlen(text) &&
           memcmp(string.data, text, string.size) == 0;
}

unsigned char *
packet_room(struct packet_out *out, size_t size)
{
    struct packet_out larger = { .size = out->size, .room = out->room };

    while (larger.room - larger.size < size)
        larger.room = larger.room > 0 ? 2 * larger.room : 4096;
    if (larger.room > out->room) {
        larger.data = xallocate(larger.room);
        if (out->size > 0)
            memcpy(larger.data, out->data, out->size);
        packet_clear(out);
        *out = larger;
    }
    return out->data + out->size;
}

static void
put(struct packet_out *out, const void *data, size_t size)
{
    if (size == 0)
        return;
    memcpy(packet_room(out, size), data, size);
    out->size += size;
}

void
packet_put_byte(struct packet_out *out, unsigned char value)
{
    put(out, &value, 1);
}

void
packet_put_u32(struct packet_out *out, uint32_t value)
{
    value = htobe32(value);
    put(out, &value, sizeof(value));
}

void
packet_put_u64(struct packet_out *out, uint64_t value)
{
    value = htobe64(value);
    put(out, &value, sizeof(value));
}

void
packet_put_string(struct packet_out *out, const void *data, size_t size)
{
    packet_put_u32(out, (uint32_t)size);
    put(out, data, size);
}

void
packet_put_text(struct packet_out *out, const char *text)
{
    packet_put_string(out, text, strlen(text));
}

void
packet_set_u32(struct packet_out *out, size_t at, uint32_t value)
{
    value = htobe32(value);
    memcpy(out->data + at, &value, sizeof(value));
}

void
packet_clear(struct packet_out *out)
{
    if (out->data != NULL)
        explicit_bzero(out->data, out->room);
    free(out->data);
    *out = (struct packet_out){ 0 };
}

/*
 * The data types of the SSH protocols (RFC 4251 section 5), taken out of
 * received bytes and put into bytes to be sent.
 */
#ifndef SERVICES_PACKET_H
#define SERVICES_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes.  When something is missing, `bad` is set, and from then on
   numbers are 0 and strings are empty: it is enough to check it at the end. */
struct packet_in {
    const unsigned char *at;
    size_t left;
    bool bad;
};

/* Any bytes, not followed by a NUL. */
struct packet_string {
    const unsigned char *data;
    size_t size;
};

unsigned char packet_take_byte(struct packet_in *in);
uint32_t packet_take_u32(struct packet_in *in);
uint64_t packet_take_u64(struct packet_in *in);
struct packet_string packet_take_string(struct packet_in *in);

/* Is it this text? */
bool packet_is(struct packet_string string, const char *text);

/* Grows as needed; { 0 } is empty.  size may be made smaller. */
struct packet_out {
    unsigned char *data;
    size_t size, room;
};

void packet_put_byte(struct packet_out *out, unsigned char value);
void packet_put_u32(struct packet_out *out, uint32_t value);
void packet_put_u64(struct packet_out *out, uint64_t value);
void packet_put_string(struct packet_out *out, const void *data, size_t size);
void packet_put_text(struct packet_out *out, const char *text);

/* Makes room for so many bytes at the end; the caller fills it and raises
   size. */
unsigned char *packet_room(struct packet_out *out, size_t size);

/* Overwrites a number at an offset in data. */
void packet_set_u32(struct packet_out *out, size_t at, uint32_t value);

/* Wipes and frees. */
void packet_clear(struct packet_out *out);

#endif

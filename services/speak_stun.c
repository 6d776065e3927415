/*
 * STUN (RFC 8489): a binding request is answered with the address that it came
 * from, over TLS and TCP (section 6.2.2) as over UDP.  That is how clients
 * find out whether a TURN server is there; nothing is relayed.
 */
#include "services/speak.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum {
    HEADER = 20,
    BINDING_REQUEST = 0x0001,
    CLASS = 0x0110, /* bits of the type */
    SUCCESS = 0x0100,
    FAILURE = 0x0110,
    ERROR_CODE = 0x0009,
    UNKNOWN_ATTRIBUTES = 0x000a,
    XOR_MAPPED_ADDRESS = 0x0020,
    MAX_UNKNOWN = 8,
};

static const unsigned char cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

static unsigned
get16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void
put16(struct blob *out, unsigned value)
{
    const unsigned char bytes[2] = { (unsigned char)(value >> 8),
                                     (unsigned char)value };

    blob_append(out, bytes, sizeof(bytes));
}

/* The answer's header; attributes: their size with padding. */
static void
put_header(struct blob *out, unsigned type, size_t attributes,
           const unsigned char *request)
{
    put16(out, type);
    put16(out, (unsigned)attributes);
    blob_append(out, request + 4, HEADER - 4);
}

/* Section 14.2: xored with the cookie, and for IPv6 the transaction as well. */
static void
put_address(struct blob *out, const struct sockaddr_storage *peer,
            const unsigned char *request)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
    bool is_six = peer->ss_family == AF_INET6;
    size_t size = is_six ? 16 : 4, i;
    unsigned char address[16];

    memcpy(address,
           is_six ? (const void *)&six->sin6_addr
                  : (const void *)&four->sin_addr,
           size);
    for (i = 0; i < size; i++)
        address[i] ^= request[4 + i];
    put16(out, XOR_MAPPED_ADDRESS);
    put16(out, (unsigned)(4 + size));
    put16(out, is_six ? 2 : 1);
    put16(out, ntohs(is_six ? six->sin6_port : four->sin_port) ^ get16(cookie));
    blob_append(out, address, size);
}

static void
put_error(struct blob *out, unsigned code, const unsigned *unknown,
          size_t count, const unsigned char *request)
{
    size_t padded = (2 * count + 3) / 4 * 4, i;

    put_header(out, (get16(request) & ~(unsigned)CLASS) | FAILURE,
               8 + (count > 0 ? 4 + padded : 0), request);
    put16(out, ERROR_CODE);
    put16(out, 4);
    put16(out, 0);
    put16(out, code / 100 << 8 | code % 100);
    if (count == 0)
        return;
    put16(out, UNKNOWN_ATTRIBUTES);
    put16(out, (unsigned)(2 * count));
    for (i = 0; i < padded / 2; i++)
        put16(out, i < count ? unknown[i] : 0);
}

/* Attributes that must be understood (section 14): those below 0x8000.  The
   ones of authentication are, as nobody has to log in for a binding. */
static bool
is_unknown(unsigned type)
{
    switch (type) {
    case 0x0006: /* USERNAME */
    case 0x0008: /* MESSAGE-INTEGRITY */
    case 0x0014: /* REALM */
    case 0x0015: /* NONCE */
    case 0x001c: /* MESSAGE-INTEGRITY-SHA256 */
        return false;
    default:
        return type < 0x8000;
    }
}

/* false: the attributes do not fill the message. */
static bool
find_unknown(const unsigned char *message, size_t size,
             unsigned unknown[MAX_UNKNOWN], size_t *count)
{
    size_t at = HEADER;

    *count = 0;
    while (at < size) {
        unsigned type = get16(message + at);

        if (is_unknown(type) && *count < MAX_UNKNOWN)
            unknown[(*count)++] = type;
        at += 4 + (get16(message + at + 2) + 3U) / 4 * 4;
    }
    return at == size;
}

static void
answer(struct dialogue *dialogue, const unsigned char *message, size_t size)
{
    struct blob *out = &dialogue->out;
    unsigned type = get16(message), unknown[MAX_UNKNOWN];
    size_t count;

    if ((type & CLASS) != 0)
        return; /* an indication, or somebody's answer */
    if (!find_unknown(message, size, unknown, &count) ||
        type != BINDING_REQUEST) {
        put_error(out, 400, NULL, 0, message);
    } else if (count > 0) {
        put_error(out, 420, unknown, count, message);
    } else {
        bool six = dialogue->peer.ss_family == AF_INET6;

        put_header(out, BINDING_REQUEST | SUCCESS, six ? 24 : 12, message);
        put_address(out, &dialogue->peer, message);
    }
}

enum next
speak_stun(struct dialogue *dialogue)
{
    struct blob *in = &dialogue->in;

    while (in->size >= HEADER && dialogue->out.size < SPEAK_MAX_OUT) {
        const unsigned char *message = in->data;
        size_t size = HEADER + get16(message + 2);

        if ((message[0] & 0xc0) != 0 || size % 4 != 0 || size > SPEAK_MAX_IN ||
            memcmp(message + 4, cookie, sizeof(cookie)) != 0)
            return NEXT_CLOSE;
        if (in->size < size)
            return NEXT_READ;
        answer(dialogue, message, size);
        speak_take(in, size);
    }
    return in->size > 0 && (in->data[0] & 0xc0) != 0 ? NEXT_CLOSE : NEXT_READ;
}

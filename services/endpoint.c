/*
 * One address to answer on.  Packed, each field is its size in decimal, a line
 * break, and that many bytes.
 */
#include "services/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

void
endpoint_clear(struct endpoint *endpoint)
{
    free(endpoint->name);
    free(endpoint->address);
    free(endpoint->key_file);
    blob_clear(&endpoint->key);
    blob_clear(&endpoint->chain);
    blob_clear(&endpoint->trust);
    *endpoint = (struct endpoint){ 0 };
}

char *
endpoint_place(const struct endpoint *endpoint)
{
    const char *form =
        strchr(endpoint->address, ':') != NULL ? "[%s]:%u" : "%s:%u";

    return xasprintf(form, endpoint->address, endpoint->port);
}

static void
put_bytes(struct blob *to, const void *data, size_t size)
{
    char line[32];

    snprintf(line, sizeof(line), "%zu\n", size);
    blob_text(to, line);
    blob_append(to, data, size);
}

static void
put_number(struct blob *to, unsigned value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    put_bytes(to, text, strlen(text));
}

void
endpoint_pack(const struct endpoint *endpoint, struct blob *ret)
{
    put_bytes(ret, endpoint->name, strlen(endpoint->name));
    put_number(ret, endpoint->protocol);
    put_bytes(ret, endpoint->address, strlen(endpoint->address));
    put_number(ret, endpoint->port);
    put_bytes(ret, endpoint->key.data, endpoint->key.size);
    put_bytes(ret, endpoint->chain.data, endpoint->chain.size);
    put_bytes(ret, endpoint->trust.data, endpoint->trust.size);
    put_number(ret, endpoint->https_port);
}

struct cursor {
    const unsigned char *at, *end;
};

static bool
take_bytes(struct cursor *cursor, struct blob *ret)
{
    const unsigned char *line = cursor->at;
    const unsigned char *end = memchr(line, '\n', (size_t)(cursor->end - line));
    size_t size = 0;

    if (end == NULL || end == line || end - line > 9)
        return false;
    for (; line < end; line++) {
        if (*line < '0' || *line > '9')
            return false;
        size = size * 10 + (size_t)(*line - '0');
    }
    if (size > (size_t)(cursor->end - ++end))
        return false;
    blob_append(ret, end, size);
    cursor->at = end + size;
    return true;
}

static bool
take_text(struct cursor *cursor, char **ret)
{
    struct blob text = { 0 };
    bool ok = take_bytes(cursor, &text) &&
              strlen((const char *)text.data) == text.size;

    if (ok)
        *ret = xstrdup((const char *)text.data);
    blob_clear(&text);
    return ok;
}

static bool
take_number(struct cursor *cursor, unsigned max, unsigned *ret)
{
    char *text = NULL, *end = NULL;
    unsigned long value = 0;
    bool ok = take_text(cursor, &text);

    if (ok) {
        value = strtoul(text, &end, 10);
        ok = text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= max;
    }
    free(text);
    *ret = (unsigned)value;
    return ok;
}

int
endpoint_unpack(const struct blob *bytes, struct endpoint *ret,
                struct error *error)
{
    struct cursor cursor = { bytes->data, bytes->data + bytes->size };
    struct endpoint endpoint = { 0 };
    unsigned protocol = 0;

    if (bytes->data != NULL && take_text(&cursor, &endpoint.name) &&
        take_number(&cursor, SPEAK_REDIRECT, &protocol) &&
        take_text(&cursor, &endpoint.address) &&
        take_number(&cursor, 65535, &endpoint.port) &&
        take_bytes(&cursor, &endpoint.key) &&
        take_bytes(&cursor, &endpoint.chain) &&
        take_bytes(&cursor, &endpoint.trust) &&
        take_number(&cursor, 65535, &endpoint.https_port) &&
        cursor.at == cursor.end) {
        endpoint.protocol = (enum protocol)protocol;
        *ret = endpoint;
        return 0;
    }
    endpoint_clear(&endpoint);
    return fail_detail(error, E_DAMAGED, "endpoint", "not what was packed");
}

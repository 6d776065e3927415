/*
 * One address to answer on.  Packed, each field is its size in decimal, a line
 * break, and that many bytes.
 */
#include "services/endpoint.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"

static void
credential_clear(struct credential *credential)
{
    free(credential->host);
    free(credential->key_file);
    blob_clear(&credential->key);
    blob_clear(&credential->chain);
}

void
endpoint_clear(struct endpoint *endpoint)
{
    size_t i;

    free(endpoint->name);
    free(endpoint->address);
    for (i = 0; i < endpoint->credential_count; i++)
        credential_clear(&endpoint->credentials[i]);
    free(endpoint->credentials);
    blob_clear(&endpoint->trust);
    *endpoint = (struct endpoint){ 0 };
}

struct credential *
endpoint_add(struct endpoint *endpoint, const char *host, const char *key_file)
{
    struct credential *credential;

    endpoint->credentials =
        xreallocarray(endpoint->credentials, endpoint->credential_count + 1,
                      sizeof(*endpoint->credentials));
    credential = &endpoint->credentials[endpoint->credential_count++];
    *credential = (struct credential){ .host = xstrdup(host),
                                       .key_file = xstrdup(key_file) };
    return credential;
}

char *
endpoint_place_of(const char *address, unsigned port)
{
    return xasprintf(strchr(address, ':') != NULL ? "[%s]:%u" : "%s:%u",
                     address, port);
}

char *
endpoint_place(const struct endpoint *endpoint)
{
    return endpoint_place_of(endpoint->address, endpoint->port);
}

/* How a connection that is on its way ends: on this machine at once, but not
   always within the call, as the kernel may put it off.  0, or its errno. */
static int
await_connection(int fd)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    socklen_t size = sizeof(int);
    int number = ETIMEDOUT;

    if (poll(&ready, 1, ENDPOINT_TRY_TIME) > 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size);
    return number;
}

int
endpoint_try(const char *address, unsigned port,
             int (*try)(int, const struct sockaddr *, socklen_t))
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    int fd = -1, one = 1, number = EINVAL;
    char text[16];

    snprintf(text, sizeof(text), "%u", port);
    if (getaddrinfo(address, text, &hints, &found) == 0) {
        fd = socket(found->ai_family,
                    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0)
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        number = fd >= 0 && try(fd, found->ai_addr, found->ai_addrlen) == 0
                     ? 0
                     : errno;
        freeaddrinfo(found);
    }
    if (number == EINPROGRESS)
        number = await_connection(fd);
    if (fd >= 0)
        close(fd);
    errno = number;
    return number == 0 ? 0 : -1;
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
put_text(struct blob *to, const char *text)
{
    put_bytes(to, text, strlen(text));
}

static void
put_number(struct blob *to, unsigned value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    put_text(to, text);
}

void
endpoint_pack(const struct endpoint *endpoint, struct blob *ret)
{
    size_t i;

    put_text(ret, endpoint->name);
    put_number(ret, endpoint->protocol);
    put_text(ret, endpoint->address);
    put_number(ret, endpoint->port);
    put_bytes(ret, endpoint->trust.data, endpoint->trust.size);
    put_number(ret, endpoint->https_port);
    put_number(ret, (unsigned)endpoint->credential_count);
    for (i = 0; i < endpoint->credential_count; i++) {
        const struct credential *credential = &endpoint->credentials[i];

        put_text(ret, credential->host);
        put_text(ret, credential->key_file);
        put_bytes(ret, credential->key.data, credential->key.size);
        put_bytes(ret, credential->chain.data, credential->chain.size);
    }
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

static bool
take_credential(struct cursor *cursor, struct endpoint *endpoint)
{
    struct credential *credential;
    char *host = NULL, *key_file = NULL;
    bool ok = take_text(cursor, &host) && take_text(cursor, &key_file);

    if (ok) {
        credential = endpoint_add(endpoint, host, key_file);
        ok = take_bytes(cursor, &credential->key) &&
             take_bytes(cursor, &credential->chain);
    }
    free(host);
    free(key_file);
    return ok;
}

static bool
take_credentials(struct cursor *cursor, struct endpoint *endpoint)
{
    unsigned count = 0;

    if (!take_number(cursor, UINT_MAX, &count))
        return false;
    while (count-- > 0)
        if (!take_credential(cursor, endpoint))
            return false;
    return true;
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
        take_bytes(&cursor, &endpoint.trust) &&
        take_number(&cursor, 65535, &endpoint.https_port) &&
        take_credentials(&cursor, &endpoint) && cursor.at == cursor.end) {
        endpoint.protocol = (enum protocol)protocol;
        *ret = endpoint;
        return 0;
    }
    endpoint_clear(&endpoint);
    return fail_detail(error, E_DAMAGED, "endpoint", "not what was packed");
}

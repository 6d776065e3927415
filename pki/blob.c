/*
 * Owned bytes, wiped when they are freed or moved.
 */
#include "pki/blob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"

/*
 * The memory at data is at least the next power of two above size, so its size
 * need not be stored.  Small blobs start with 64 bytes.
 */
static size_t
room(size_t size)
{
    return size < 64
               ? 64
               : (size_t)1 << (8 * sizeof(long) - (size_t)__builtin_clzl(size));
}

void
blob_append(struct blob *blob, const void *data, size_t size)
{
    size_t wanted = room(blob->size + size);

    if (blob->data == NULL || wanted > room(blob->size)) {
        unsigned char *moved = xcalloc(1, wanted);

        if (blob->data != NULL) {
            memcpy(moved, blob->data, blob->size);
            explicit_bzero(blob->data, blob->size);
            free(blob->data);
        }
        blob->data = moved;
    }
    if (size > 0)
        memcpy(blob->data + blob->size, data, size);
    blob->size += size;
    blob->data[blob->size] = '\0';
}

static ssize_t
write_blob(void *blob, const char *data, size_t size)
{
    blob_append(blob, data, size);
    return (ssize_t)size;
}

FILE *
blob_stream(struct blob *blob)
{
    const cookie_io_functions_t functions = { .write = write_blob };

    FILE *stream = xcheck(fopencookie(blob, "w", functions));

    setvbuf(stream, NULL, _IONBF, 0); /* a buffer would not be wiped */
    return stream;
}

bool
blob_equal(const struct blob *a, const struct blob *b)
{
    /* memcmp(3) takes no NULL. */
    return a->size == b->size &&
           (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

void
blob_zeros(struct blob *blob, size_t size)
{
    blob->data = xcalloc(1, room(size));
    blob->size = size;
}

void
blob_text(struct blob *blob, const char *text)
{
    blob_append(blob, text, strlen(text));
}

int
blob_read(struct blob *blob, int fd, size_t max)
{
    unsigned char buffer[16384];
    size_t got = 0;
    ssize_t n = 1;

    while (n != 0 && got < max) {
        size_t want = max - got < sizeof(buffer) ? max - got : sizeof(buffer);

        n = read(fd, buffer, want);
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0) {
            blob_append(blob, buffer, (size_t)n);
            got += (size_t)n;
        }
    }
    explicit_bzero(buffer, sizeof(buffer));
    return n < 0 ? -1 : 0;
}

int
blob_write(const struct blob *blob, int fd)
{
    size_t done = 0;

    while (done < blob->size) {
        ssize_t n = write(fd, blob->data + done, blob->size - done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

void
blob_clear(struct blob *blob)
{
    if (blob->data != NULL)
        explicit_bzero(blob->data, blob->size);
    free(blob->data);
    blob->data = NULL;
    blob->size = 0;
}

/*
 * Owned bytes, wiped when they are freed or moved.
 */
#include "pki/blob.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

/*
 * The room behind data is at least the next power of two above size, so it need
 * not be kept: small blobs start at 64 bytes.
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

void
blob_clear(struct blob *blob)
{
    if (blob->data != NULL)
        explicit_bzero(blob->data, blob->size);
    free(blob->data);
    blob->data = NULL;
    blob->size = 0;
}

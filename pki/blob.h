/*
 * Owned bytes.  { 0 } is a valid, empty blob.  data is followed by a NUL that
 * size does not count, so that text can be used as a string.  Secrets live in
 * blobs or in EVP_PKEY only: blob_clear() wipes.  size may be made smaller.
 */
#ifndef PKI_BLOB_H
#define PKI_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct blob {
    unsigned char *data;
    size_t size;
};

/* Appends; the old memory is wiped when it moves. */
void blob_append(struct blob *blob, const void *data, size_t size);

/* Appends a string. */
void blob_text(struct blob *blob, const char *text);

/* A stream that appends to the blob; the caller closes it with fclose(3),
   and everything written is there then.  Unlike one of open_memstream(3) it
   never drops bytes for lack of memory: the program ends. */
FILE *blob_stream(struct blob *blob);

/* Do both hold the same bytes? */
bool blob_equal(const struct blob *a, const struct blob *b);

/* Gives an empty blob size bytes of zeros, to be filled in. */
void blob_zeros(struct blob *blob, size_t size);

/* Appends what can be read from a descriptor, to its end or up to max bytes;
   waits.  0, or -1 with errno. */
int blob_read(struct blob *blob, int fd, size_t max);

/* Writes all of it, and waits where it must.  0, or -1 with errno. */
int blob_write(const struct blob *blob, int fd);

/* Wipes, frees, and leaves { 0 }. */
void blob_clear(struct blob *blob);

#endif

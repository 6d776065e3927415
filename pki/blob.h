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

/* A stream that appends to the blob, for fclose(3): what is written is there
   when it is closed.  Unlike those of open_memstream(3) it loses nothing when
   there is no memory: it does not go on. */
FILE *blob_stream(struct blob *blob);

/* Have both the same bytes? */
bool blob_equal(const struct blob *a, const struct blob *b);

/* Makes an empty blob one of size zeros, to be filled. */
void blob_zeros(struct blob *blob, size_t size);

/* Appends what a descriptor has, up to its end or up to max bytes, and waits
   for it.  0, or -1 with errno. */
int blob_read(struct blob *blob, int fd, size_t max);

/* Writes all of it, and waits where it must.  0, or -1 with errno. */
int blob_write(const struct blob *blob, int fd);

/* Wipes, frees, and leaves { 0 }. */
void blob_clear(struct blob *blob);

#endif

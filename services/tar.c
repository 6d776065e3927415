/*
 * Tar archives in memory.  A member is a header block and its data, filled up
 * to whole blocks; two blocks of zeros end an archive.
 */
#include "services/tar.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

#define BLOCK 512
#define PLAIN '0' /* a regular file */
#define PAX 'x'   /* more about the next member */

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], time[12], sum[8], type,
        link[100], magic[6], version[2], user[32], group[32], major[8],
        minor[8], prefix[155], filler[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

/* Of all bytes, with blanks for the sum itself. */
static unsigned
sum_of(const struct header *header)
{
    const unsigned char *bytes = (const unsigned char *)header;
    unsigned sum = 0;
    size_t i;

    for (i = 0; i < BLOCK; i++)
        sum += bytes[i];
    for (i = 0; i < sizeof(header->sum); i++)
        sum += ' ' - (unsigned char)header->sum[i];
    return sum;
}

/* In octal, with leading zeros and a NUL. */
static void
put_number(char *field, size_t size, unsigned long long n)
{
    field[--size] = '\0';
    for (; size > 0; n /= 8)
        field[--size] = (char)('0' + n % 8);
}

static bool
get_number(const char *field, size_t size, unsigned long long *ret)
{
    unsigned long long n = 0;
    size_t i;

    for (i = 0; i < size && field[i] >= '0' && field[i] <= '7'; i++)
        n = n * 8 + (unsigned)(field[i] - '0');
    if (i == 0 || (i < size && field[i] != '\0' && field[i] != ' '))
        return false;
    *ret = n;
    return true;
}

static size_t
filling(size_t size)
{
    return (BLOCK - size % BLOCK) % BLOCK;
}

static void
append(struct blob *tar, char type, const char *name, mode_t mode, time_t time,
       const void *data, size_t size)
{
    static const char zeros[BLOCK];
    struct header header = { .type = type };

    memcpy(header.name, name, strnlen(name, sizeof(header.name)));
    put_number(header.mode, sizeof(header.mode), mode);
    put_number(header.uid, sizeof(header.uid), 0);
    put_number(header.gid, sizeof(header.gid), 0);
    put_number(header.size, sizeof(header.size), size);
    put_number(header.time, sizeof(header.time),
               time > 0 ? (unsigned long long)time : 0);
    memcpy(header.magic, "ustar", 6);
    memcpy(header.version, "00", 2);
    put_number(header.sum, sizeof(header.sum) - 1, sum_of(&header));
    blob_append(tar, &header, sizeof(header));
    blob_append(tar, data, size);
    blob_append(tar, zeros, filling(size));
}

/* A pax record: its own length in decimal, " path=", the name, a line break. */
static char *
pax_path(const char *name)
{
    size_t rest = strlen(" path=\n") + strlen(name), size = rest + 1, digits;

    for (;;) {
        digits = (size_t)snprintf(NULL, 0, "%zu", size);
        if (rest + digits == size)
            return xasprintf("%zu path=%s\n", size, name);
        size = rest + digits;
    }
}

void
tar_append(struct blob *tar, const char *name, mode_t mode, time_t time,
           const struct blob *data)
{
    if (strlen(name) > TAR_MAX_NAME)
        abort();
    if (strlen(name) > sizeof(((struct header *)NULL)->name)) {
        char *path = pax_path(name);

        append(tar, PAX, "pax", mode, time, path, strlen(path));
        free(path);
    }
    append(tar, PLAIN, name, mode, time, data->data, data->size);
}

void
tar_end(struct blob *tar)
{
    static const char zeros[2 * BLOCK];

    blob_append(tar, zeros, sizeof(zeros));
}

/* The header at an offset, and the data behind it; false if it is damaged. */
static bool
read_header(const struct blob *tar, size_t at, struct header *header,
            unsigned long long *mode, unsigned long long *size)
{
    unsigned long long sum;

    if (tar->size < at || tar->size - at < BLOCK)
        return false;
    memcpy(header, tar->data + at, BLOCK);
    return memcmp(header->magic, "ustar", 6) == 0 &&
           get_number(header->sum, sizeof(header->sum), &sum) &&
           sum == sum_of(header) &&
           get_number(header->mode, sizeof(header->mode), mode) &&
           get_number(header->size, sizeof(header->size), size) &&
           *size <= tar->size - at - BLOCK;
}

/* The one record that we write and understand.  A NUL in the name would end it
   before its end. */
static bool
read_path(const char *data, size_t size, char name[TAR_MAX_NAME + 1])
{
    static const char key[] = " path=";
    char *end;
    unsigned long length = strtoul(data, &end, 10);
    size_t head = (size_t)(end - data) + strlen(key), n;

    if (length != size || size <= head + 1 ||
        strncmp(end, key, strlen(key)) != 0 || data[size - 1] != '\n')
        return false;
    n = size - head - 1;
    if (n > TAR_MAX_NAME || memchr(data + head, '\0', n) != NULL)
        return false;
    memcpy(name, data + head, n);
    name[n] = '\0';
    return true;
}

enum tar_result
tar_next(const struct blob *tar, size_t *at, struct tar_member *ret)
{
    struct header header;
    unsigned long long mode, size;
    bool named = false;

    if (*at + BLOCK <= tar->size && tar->data[*at] == '\0')
        return TAR_END;
    for (;;) {
        const unsigned char *data;

        if (!read_header(tar, *at, &header, &mode, &size))
            return TAR_DAMAGED;
        data = tar->data + *at + BLOCK;
        *at += BLOCK + size + filling(size);
        if (header.type == PLAIN) {
            if (!named)
                snprintf(ret->name, sizeof(ret->name), "%.*s",
                         (int)sizeof(header.name), header.name);
            ret->mode = (mode_t)mode;
            ret->data = data;
            ret->size = size;
            return TAR_MEMBER;
        }
        if (header.type != PAX || named ||
            !read_path((const char *)data, size, ret->name))
            return TAR_DAMAGED;
        named = true;
    }
}

/*
 * The fields of SFTP.  What is not there is the packet's to know (packet_in):
 * only what is there and wrong fails here.
 */
#include "services/sftp_wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "pki/xalloc.h"

#define LONG_NAME_RECENT ((time_t)365 * 24 * 60 * 60 / 2) /* seconds */

int
sftp_take_path(struct packet_in *in, char ret[PATH_MAX], struct error *error)
{
    struct packet_string path = packet_take_string(in);
    size_t at = 0, size = 0;

    ret[0] = '\0';
    if (path.size >= PATH_MAX ||
        (path.size > 0 && memchr(path.data, '\0', path.size) != NULL))
        return fail(error, E_BAD_NAME, "");
    while (at < path.size) {
        const char *part = (const char *)path.data + at;
        const void *end = memchr(part, '/', path.size - at);
        size_t n =
            end != NULL ? (size_t)((const char *)end - part) : path.size - at;

        at += n + 1;
        if (n == 0 || (n == 1 && part[0] == '.'))
            continue;
        if (n == 2 && part[0] == '.' && part[1] == '.') {
            while (size > 0 && ret[--size] != '/')
                ;
        } else {
            if (size > 0)
                ret[size++] = '/';
            memcpy(ret + size, part, n);
            size += n;
        }
        ret[size] = '\0';
    }
    return 0;
}

int
sftp_take_name(struct packet_in *in, char ret[STORE_MAX_NAME + 1],
               struct error *error)
{
    char path[PATH_MAX];

    if (sftp_take_path(in, path, error) != 0)
        return -1;
    if (!store_name_ok(path))
        return path[0] == '\0' ? fail(error, E_NOT_REGULAR, "/")
                               : fail(error, E_BAD_NAME, path);
    strcpy(ret, path);
    return 0;
}

void
sftp_take_attributes(struct packet_in *in, struct sftp_attributes *ret)
{
    uint32_t extended;

    *ret = (struct sftp_attributes){ .flags = packet_take_u32(in) };
    if (ret->flags & ATTR_SIZE)
        ret->size = packet_take_u64(in);
    if (ret->flags & ATTR_OWNER)
        packet_take_u64(in);
    if (ret->flags & ATTR_RIGHTS)
        packet_take_u32(in);
    if (ret->flags & ATTR_TIMES) {
        packet_take_u32(in);
        ret->modified = packet_take_u32(in);
    }
    if (ret->flags & ATTR_EXTENDED)
        for (extended = packet_take_u32(in); extended > 0 && !in->bad;
             extended--) {
            packet_take_string(in);
            packet_take_string(in);
        }
}

void
sftp_put_file(struct packet_out *out, const struct store_info *info)
{
    packet_put_u32(out, ATTR_SIZE | ATTR_RIGHTS | ATTR_TIMES);
    packet_put_u64(out, info->size);
    packet_put_u32(out, S_IFREG | info->mode);
    packet_put_u32(out, (uint32_t)info->modified);
    packet_put_u32(out, (uint32_t)info->modified);
}

void
sftp_put_folder(struct packet_out *out)
{
    packet_put_u32(out, ATTR_RIGHTS);
    packet_put_u32(out, S_IFDIR | 0700);
}

void
sftp_put_long_name(struct packet_out *out, const char *owner, const char *name,
                   const struct store_info *info, time_t now)
{
    bool recent =
        info->modified <= now && info->modified > now - LONG_NAME_RECENT;
    char rights[] = "----------", date[32], *line;
    unsigned i;
    struct tm tm;

    for (i = 0; i < 9; i++)
        if (info->mode & (0400U >> i))
            rights[i + 1] = "rwx"[i % 3];
    gmtime_r(&info->modified, &tm);
    strftime(date, sizeof(date), recent ? "%b %e %H:%M" : "%b %e  %Y", &tm);
    line = xasprintf("%s    1 %-8s %-8s %8llu %s %s", rights, owner, owner,
                     (unsigned long long)info->size, date, name);
    packet_put_text(out, line);
    free(line);
}

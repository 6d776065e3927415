/*
 * The host asked, and told.
 */
#include "services/sftp_access.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct sftp_extra *
sftp_own_file(const struct sftp_host *host, const char *name)
{
    const struct sftp_extra *row = host->extras;

    for (; row != NULL && row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

int
sftp_info_of_fd(int fd, const char *name, struct store_info *ret,
                struct error *error)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fail_errno(error, name);
    *ret = (struct store_info){ (uint64_t)st.st_size, st.st_mode & 0777,
                                st.st_mtime };
    return 0;
}

static int
info_of(const struct sftp_host *host, const char *name, struct store_info *ret,
        struct error *error)
{
    const struct sftp_extra *row = sftp_own_file(host, name);
    int fd = -1, r;

    if (row == NULL)
        return store_info(host->store, STORE_FILES, name, ret, error);
    r = row->open(host->arg, &fd, error);
    if (r == 0)
        r = sftp_info_of_fd(fd, name, ret, error);
    if (fd >= 0)
        close(fd);
    if (r == 0)
        ret->mode = 0400;
    return r;
}

int
sftp_check_look(const struct sftp_host *host, struct error *error)
{
    return host->check(host->arg, SFTP_LOOK, "", error);
}

int
sftp_look(const struct sftp_host *host, const char *name,
          struct store_info *ret, struct error *error)
{
    if (host->check(host->arg, SFTP_SEE, name, error) != 0)
        return -1;
    return info_of(host, name, ret, error);
}

static void
note(const struct sftp_host *host, enum sftp_act act, const char *name,
     const char *other, bool granted)
{
    host->note(host->arg, act, name, other, granted);
}

void
sftp_note(const struct sftp_host *host, enum sftp_act act, const char *name,
          const char *other)
{
    note(host, act, name, other, true);
}

/* Asks, and has a refusal noted. */
static int
check(const struct sftp_host *host, enum sftp_act act, const char *name,
      const char *other, struct error *error)
{
    if (host->check(host->arg, act, name, error) == 0)
        return 0;
    note(host, act, name, other, false);
    return -1;
}

int
sftp_check_change(const struct sftp_host *host, enum sftp_act act,
                  const char *name, const char *other, struct error *error)
{
    if (check(host, act, name, other, error) != 0)
        return -1;
    if (sftp_own_file(host, name) == NULL)
        return 0;
    note(host, act, name, other, false);
    return fail(error, E_READ_ONLY, name);
}

int
sftp_get(const struct sftp_host *host, const char *name, int *ret,
         struct error *error)
{
    const struct sftp_extra *row = sftp_own_file(host, name);
    int r;

    if (check(host, SFTP_GET, name, NULL, error) != 0)
        return -1;
    r = row != NULL
            ? row->open(host->arg, ret, error)
            : store_open_file(host->store, STORE_FILES, name, ret, error);
    if (r == 0)
        sftp_note(host, SFTP_GET, name, NULL);
    return r;
}

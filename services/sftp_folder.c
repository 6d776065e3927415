/*
 * The one folder: the store's files and the host's own, by their names.
 */
#include "services/sftp_folder.h"

#include <limits.h>
#include <stdlib.h>

#include "pki/xalloc.h"
#include "services/sftp_access.h"
#include "services/sftp_wire.h"

enum { NAMES_AT_ONCE = 100 };

int
sftp_do_realpath(struct sftp_request *request)
{
    char path[PATH_MAX], *absolute;
    struct error error;
    size_t at;
    int r = sftp_take_path(request->in, path, &error);

    if (request->in->bad)
        return -1;
    if (r != 0)
        return sftp_answer(request, -1, &error);
    absolute = xasprintf("/%s", path);
    at = sftp_begin_answer(request, FXP_NAME);
    packet_put_u32(request->out, 1);
    packet_put_text(request->out, absolute);
    packet_put_text(request->out, absolute);
    packet_put_u32(request->out, 0); /* no attributes */
    sftp_end_answer(request, at);
    free(absolute);
    return 0;
}

int
sftp_do_stat(struct sftp_request *request)
{
    char path[PATH_MAX];
    struct store_info info;
    struct error error;
    int r = sftp_take_path(request->in, path, &error);

    if (request->in->bad)
        return -1;
    if (r == 0 && path[0] == '\0')
        return sftp_answer_info(request, 0, NULL, NULL);
    if (r == 0)
        r = sftp_check_look(request->host, &error);
    /* What no file may be called is not there. */
    if (r == 0)
        r = store_name_ok(path) ? sftp_look(request->host, path, &info, &error)
                                : fail(&error, E_NO_FILE, path);
    return sftp_answer_info(request, r, &info, &error);
}

static int
list(const struct sftp_host *host, struct sftp_handle *handle,
     struct error *error)
{
    if (sftp_check_look(host, error) != 0 ||
        store_list(host->store, STORE_FILES, &handle->names, error) != 0)
        return -1;
    handle->kind = HANDLE_FOLDER;
    return 0;
}

int
sftp_do_opendir(struct sftp_request *request)
{
    struct sftp_handle *handle = NULL;
    char path[PATH_MAX];
    struct error error;
    int r = sftp_take_path(request->in, path, &error);

    if (request->in->bad)
        return -1;
    if (r == 0 && path[0] != '\0')
        r = fail(&error, E_NO_FILE, path);
    if (r == 0) {
        handle = sftp_handle_new(request->handles, "/", &error);
        r = handle != NULL ? list(request->host, handle, &error) : -1;
    }
    return r == 0 ? sftp_answer_handle(request, handle)
                  : sftp_answer(request, -1, &error);
}

/* The i-th name of a listing, the host's own behind the store's; NULL behind
   the last. */
static const char *
name_at(const struct sftp_host *host, const struct sftp_handle *handle,
        size_t i)
{
    const struct sftp_extra *row = host->extras;

    if (i < handle->names.count)
        return handle->names.names[i];
    i -= handle->names.count;
    for (; row != NULL && row->name != NULL; row++, i--)
        if (i == 0)
            return row->name;
    return NULL;
}

/* Is it the next line of the listing? */
static bool
lists(const struct sftp_host *host, const struct sftp_handle *handle,
      const char *name, size_t i, struct store_info *info)
{
    struct error error;

    /* A file of the name of one of the host's is not to be had. */
    if (i < handle->names.count && sftp_own_file(host, name) != NULL)
        return false;
    return sftp_look(host, name, info, &error) == 0;
}

int
sftp_do_readdir(struct sftp_request *request)
{
    const struct sftp_host *host = request->host;
    struct sftp_handle *handle;
    struct store_info info;
    struct error error;
    size_t at, count_at;
    time_t now = time(NULL);
    uint32_t count = 0;
    const char *name;
    int r = sftp_handle_take(request->handles, request->in, &handle, &error);

    if (request->in->bad)
        return -1;
    if (r == 0 && handle->kind != HANDLE_FOLDER)
        r = fail_detail(&error, E_REQUEST, handle->name, "not a directory");
    if (r == 0)
        r = sftp_check_look(host, &error);
    if (r != 0)
        return sftp_answer(request, -1, &error);
    at = sftp_begin_answer(request, FXP_NAME);
    count_at = request->out->size;
    packet_put_u32(request->out, 0);
    while (count < NAMES_AT_ONCE &&
           (name = name_at(host, handle, handle->next)) != NULL) {
        if (!lists(host, handle, name, handle->next++, &info))
            continue;
        packet_put_text(request->out, name);
        sftp_put_long_name(request->out, host->owner, name, &info, now);
        sftp_put_file(request->out, &info);
        count++;
    }
    packet_set_u32(request->out, count_at, count);
    sftp_end_answer(request, at);
    if (count == 0) {
        request->out->size = at;
        sftp_answer_status(request, FX_EOF, "");
    }
    return 0;
}

/* And when it was modified, in one step. */
static int
change_size(const struct sftp_host *host, const char *name,
            const struct sftp_attributes *attributes, struct error *error)
{
    struct store_stream *stream = NULL;
    int r;

    r = store_stream_open(host->store, STORE_FILES, name, 0600, true, &stream,
                          error);
    if (r == 0)
        r = store_stream_resize(stream, attributes->size, error);
    if (r == 0 && (attributes->flags & ATTR_TIMES))
        store_stream_date(stream, attributes->modified);
    if (r == 0)
        r = store_stream_commit(stream, error);
    if (r == 0)
        sftp_note(host, SFTP_PUT, name, NULL);
    store_stream_free(stream);
    return r;
}

static int
change_file(const struct sftp_host *host, const char *name,
            const struct sftp_attributes *attributes, struct error *error)
{
    struct store_info info;

    if (sftp_check_change(host, SFTP_PUT, name, NULL, error) != 0 ||
        store_info(host->store, STORE_FILES, name, &info, error) != 0)
        return -1;
    if (attributes->flags & ATTR_SIZE)
        return change_size(host, name, attributes, error);
    if (!(attributes->flags & ATTR_TIMES))
        return 0;
    return store_set_date(host->store, STORE_FILES, name, attributes->modified,
                          error);
}

int
sftp_do_setstat(struct sftp_request *request)
{
    struct sftp_attributes attributes;
    char path[PATH_MAX];
    struct error error;
    int r = sftp_take_path(request->in, path, &error);

    sftp_take_attributes(request->in, &attributes);
    if (request->in->bad)
        return -1;
    if (r == 0 && path[0] != '\0')
        r = store_name_ok(path)
                ? change_file(request->host, path, &attributes, &error)
                : fail(&error, E_NO_FILE, path);
    return sftp_answer(request, r, &error);
}

int
sftp_do_remove(struct sftp_request *request)
{
    const struct sftp_host *host = request->host;
    char name[STORE_MAX_NAME + 1];
    struct error error;
    int r = sftp_take_name(request->in, name, &error);

    if (request->in->bad)
        return -1;
    if (r == 0)
        r = sftp_check_change(host, SFTP_REMOVE, name, NULL, &error);
    if (r == 0)
        r = store_remove(host->store, STORE_FILES, name, &error);
    if (r == 0)
        sftp_note(host, SFTP_REMOVE, name, NULL);
    return sftp_answer(request, r, &error);
}

static int
rename_file(struct sftp_request *request, bool replace)
{
    const struct sftp_host *host = request->host;
    char from[STORE_MAX_NAME + 1] = "", to[STORE_MAX_NAME + 1] = "";
    struct error error, other;
    int r = sftp_take_name(request->in, from, &error);
    int r_to = sftp_take_name(request->in, to, &other);

    if (request->in->bad)
        return -1;
    if (r == 0 && r_to != 0) {
        r = -1;
        error = other;
    }
    if (r == 0)
        r = sftp_check_change(host, SFTP_RENAME, from, to, &error);
    if (r == 0)
        r = sftp_check_change(host, SFTP_PUT, to, NULL, &error);
    if (r == 0)
        r = store_rename(host->store, STORE_FILES, from, to, replace, &error);
    if (r == 0)
        sftp_note(host, SFTP_RENAME, from, to);
    return sftp_answer(request, r, &error);
}

int
sftp_do_rename(struct sftp_request *request)
{
    return rename_file(request, false);
}

int
sftp_do_posix_rename(struct sftp_request *request)
{
    return rename_file(request, true);
}

int
sftp_do_refuse(struct sftp_request *request)
{
    struct error error;

    fail(&error, E_FLAT, "/");
    return sftp_answer(request, -1, &error);
}

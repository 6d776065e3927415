/*
 * Uploads and downloads.  A download has the file that was there when it was
 * opened; an upload is a stream of the store's, which gets its name at the end.
 */
#include "services/sftp_transfer.h"

#include <errno.h>
#include <unistd.h>

#include "services/sftp_access.h"
#include "services/sftp_wire.h"

static int
open_reading(const struct sftp_host *host, struct sftp_handle *handle,
             struct error *error)
{
    if (sftp_get(host, handle->name, &handle->fd, error) != 0)
        return -1;
    handle->kind = HANDLE_READING;
    return 0;
}

static int
open_writing(const struct sftp_host *host, struct sftp_handle *handle,
             uint32_t flags, struct error *error)
{
    struct store *store = host->store;
    bool there = store_has(store, STORE_FILES, handle->name);

    if (sftp_check_change(host, SFTP_PUT, handle->name, NULL, error) != 0)
        return -1;
    if (!there && !(flags & OPEN_CREATE))
        return fail(error, E_NO_FILE, handle->name);
    if (there && (flags & OPEN_NEW))
        return fail(error, E_EXISTS, handle->name);
    if (store_stream_open(store, STORE_FILES, handle->name, 0600,
                          !(flags & OPEN_TRUNCATE), &handle->stream,
                          error) != 0)
        return -1;
    /* A file that must not exist yet must not replace another client's. */
    if (flags & OPEN_NEW)
        store_stream_only_new(handle->stream);
    handle->kind = HANDLE_WRITING;
    handle->append = flags & OPEN_APPEND;
    handle->changed = !there || (flags & OPEN_TRUNCATE);
    return 0;
}

int
sftp_do_open(struct sftp_request *request)
{
    char name[STORE_MAX_NAME + 1];
    struct sftp_attributes attributes;
    struct sftp_handle *handle = NULL;
    struct error error;
    uint32_t flags;
    int r;

    r = sftp_take_name(request->in, name, &error);
    flags = packet_take_u32(request->in);
    sftp_take_attributes(request->in, &attributes);
    if (request->in->bad)
        return -1;
    if (r == 0) {
        handle = sftp_handle_new(request->handles, name, &error);
        r = handle != NULL ? 0 : -1;
    }
    if (r == 0)
        r = flags & OPEN_WRITE
                ? open_writing(request->host, handle, flags, &error)
                : open_reading(request->host, handle, &error);
    return r == 0 ? sftp_answer_handle(request, handle)
                  : sftp_answer(request, -1, &error);
}

static int
finish(const struct sftp_host *host, struct sftp_handle *handle,
       struct error *error)
{
    if (handle->kind != HANDLE_WRITING || !(handle->changed || handle->dated))
        return 0;
    if (sftp_check_change(host, SFTP_PUT, handle->name, NULL, error) != 0)
        return -1;
    /* What stands there by now may be another upload. */
    if (!handle->changed)
        return store_set_date(host->store, STORE_FILES, handle->name,
                              handle->modified, error);
    if (handle->dated)
        store_stream_date(handle->stream, handle->modified);
    if (store_stream_commit(handle->stream, error) != 0)
        return -1;
    sftp_note(host, SFTP_PUT, handle->name, NULL);
    return 0;
}

int
sftp_do_close(struct sftp_request *request)
{
    struct sftp_handle *handle;
    struct error error;
    int r = sftp_handle_take(request->handles, request->in, &handle, &error);

    if (request->in->bad)
        return -1;
    if (r == 0) {
        r = finish(request->host, handle, &error);
        sftp_handle_release(handle);
    }
    return sftp_answer(request, r, &error);
}

int
sftp_do_read(struct sftp_request *request)
{
    struct sftp_handle *handle;
    struct error error;
    uint64_t from;
    size_t size, at;
    ssize_t n = 0;
    int r;

    r = sftp_handle_take(request->handles, request->in, &handle, &error);
    from = packet_take_u64(request->in);
    size = packet_take_u32(request->in);
    if (request->in->bad)
        return -1;
    if (r == 0 && handle->kind == HANDLE_FOLDER)
        r = fail(&error, E_NOT_REGULAR, "/");
    if (r != 0)
        return sftp_answer(request, -1, &error);
    if (size > SFTP_MAX_DATA)
        size = SFTP_MAX_DATA;
    at = sftp_begin_answer(request, FXP_DATA);
    packet_put_u32(request->out, 0);
    if (from <= INT64_MAX)
        do
            n = pread(sftp_handle_fd(handle), packet_room(request->out, size),
                      size, (off_t)from);
        while (n < 0 && errno == EINTR);
    if (n > 0) {
        packet_set_u32(request->out, request->out->size - sizeof(uint32_t),
                       (uint32_t)n);
        request->out->size += (size_t)n;
        sftp_end_answer(request, at);
        return 0;
    }
    request->out->size = at;
    if (n < 0) {
        fail_errno(&error, handle->name);
        return sftp_answer(request, -1, &error);
    }
    sftp_answer_status(request, FX_EOF, "");
    return 0;
}

static int
write_at(struct sftp_handle *handle, uint64_t at, struct packet_string data,
         struct error *error)
{
    struct store_info info = { 0 };

    if (handle->kind != HANDLE_WRITING)
        return fail(error, E_READ_ONLY, handle->name);
    if (handle->append) {
        if (sftp_info_of_fd(sftp_handle_fd(handle), handle->name, &info,
                            error) != 0)
            return -1;
        at = info.size;
    }
    handle->changed = true;
    return store_stream_write(handle->stream, at, data.data, data.size, error);
}

int
sftp_do_write(struct sftp_request *request)
{
    struct sftp_handle *handle;
    struct packet_string data;
    struct error error;
    uint64_t at;
    int r = sftp_handle_take(request->handles, request->in, &handle, &error);

    at = packet_take_u64(request->in);
    data = packet_take_string(request->in);
    if (request->in->bad)
        return -1;
    if (r == 0)
        r = write_at(handle, at, data, &error);
    return sftp_answer(request, r, &error);
}

int
sftp_do_fstat(struct sftp_request *request)
{
    struct sftp_handle *handle;
    struct store_info info;
    struct error error;
    int r = sftp_handle_take(request->handles, request->in, &handle, &error);

    if (request->in->bad)
        return -1;
    if (r == 0 && handle->kind == HANDLE_FOLDER)
        return sftp_answer_info(request, 0, NULL, NULL);
    if (r == 0)
        r = sftp_info_of_fd(sftp_handle_fd(handle), handle->name, &info,
                            &error);
    return sftp_answer_info(request, r, &info, &error);
}

static int
change_handle(struct sftp_handle *handle,
              const struct sftp_attributes *attributes, struct error *error)
{
    if (handle->kind != HANDLE_WRITING)
        return attributes->flags & (ATTR_SIZE | ATTR_TIMES)
                   ? fail(error, E_READ_ONLY, handle->name)
                   : 0;
    if (attributes->flags & ATTR_TIMES) {
        handle->dated = true;
        handle->modified = attributes->modified;
    }
    if (!(attributes->flags & ATTR_SIZE))
        return 0;
    handle->changed = true;
    return store_stream_resize(handle->stream, attributes->size, error);
}

int
sftp_do_fsetstat(struct sftp_request *request)
{
    struct sftp_handle *handle;
    struct sftp_attributes attributes;
    struct error error;
    int r = sftp_handle_take(request->handles, request->in, &handle, &error);

    sftp_take_attributes(request->in, &attributes);
    if (request->in->bad)
        return -1;
    if (r == 0)
        r = change_handle(handle, &attributes, &error);
    return sftp_answer(request, r, &error);
}

int
sftp_do_fsync(struct sftp_request *request)
{
    struct sftp_handle *handle;
    struct error error;
    int r = sftp_handle_take(request->handles, request->in, &handle, &error);

    return request->in->bad ? -1 : sftp_answer(request, r, &error);
}

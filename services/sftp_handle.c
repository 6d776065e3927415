/*
 * Open handles: a place in the table, and the number of its opening.
 */
#include "services/sftp_handle.h"

#include <string.h>
#include <unistd.h>

struct sftp_handle *
sftp_handle_new(struct sftp_handles *handles, const char *name,
                struct error *error)
{
    size_t i;

    for (i = 0; i < SFTP_MAX_HANDLES; i++) {
        struct sftp_handle *handle = &handles->handles[i];

        if (handle->kind != HANDLE_FREE)
            continue;
        *handle = (struct sftp_handle){ .number = handles->opened++, .fd = -1 };
        strcpy(handle->name, name);
        return handle;
    }
    fail_detail(error, E_REQUEST, name, "too many open files");
    return NULL;
}

void
sftp_handle_release(struct sftp_handle *handle)
{
    if (handle->kind == HANDLE_READING)
        close(handle->fd);
    if (handle->kind == HANDLE_WRITING)
        store_stream_free(handle->stream);
    if (handle->kind == HANDLE_FOLDER)
        store_names_clear(&handle->names);
    handle->kind = HANDLE_FREE;
}

void
sftp_handles_clear(struct sftp_handles *handles)
{
    size_t i;

    for (i = 0; i < SFTP_MAX_HANDLES; i++)
        sftp_handle_release(&handles->handles[i]);
}

void
sftp_handle_put(const struct sftp_handles *handles,
                const struct sftp_handle *handle, struct packet_out *out)
{
    packet_put_u32(out, 2 * sizeof(uint32_t));
    packet_put_u32(out, (uint32_t)(handle - handles->handles));
    packet_put_u32(out, handle->number);
}

int
sftp_handle_take(struct sftp_handles *handles, struct packet_in *in,
                 struct sftp_handle **ret, struct error *error)
{
    struct packet_string bytes = packet_take_string(in);
    struct packet_in fields = { bytes.data, bytes.size, bytes.data == NULL };
    uint32_t i = packet_take_u32(&fields), number = packet_take_u32(&fields);

    if (fields.bad || fields.left > 0 || i >= SFTP_MAX_HANDLES ||
        handles->handles[i].kind == HANDLE_FREE ||
        handles->handles[i].number != number)
        return fail_detail(error, E_REQUEST, "", "no such handle");
    *ret = &handles->handles[i];
    return 0;
}

int
sftp_handle_fd(const struct sftp_handle *handle)
{
    return handle->kind == HANDLE_READING ? handle->fd
                                          : store_stream_fd(handle->stream);
}

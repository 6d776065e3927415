/*
 * Answers: a length, a type, the number of the request, and fields.
 */
#include "services/sftp_request.h"

#include "services/sftp_wire.h"

size_t
sftp_begin_answer(struct sftp_request *request, unsigned char type)
{
    size_t at = request->out->size;

    packet_put_u32(request->out, 0);
    packet_put_byte(request->out, type);
    packet_put_u32(request->out, request->id);
    return at;
}

void
sftp_end_answer(struct sftp_request *request, size_t at)
{
    packet_set_u32(request->out, at,
                   (uint32_t)(request->out->size - at - sizeof(uint32_t)));
}

void
sftp_answer_status(struct sftp_request *request, uint32_t code,
                   const char *words)
{
    size_t at = sftp_begin_answer(request, FXP_STATUS);

    packet_put_u32(request->out, code);
    packet_put_text(request->out, words);
    packet_put_text(request->out, ""); /* in no language of RFC 1766 */
    sftp_end_answer(request, at);
}

static uint32_t
status_of(const struct error *error)
{
    switch (error->code) {
    case E_NO_FILE:
        return FX_NO_SUCH_FILE;
    case E_BAD_NAME:
    case E_DENIED:
    case E_FILE_USED:
    case E_READ_ONLY:
    case E_ROLE:
        return FX_PERMISSION_DENIED;
    case E_FLAT:
    case E_UNSUPPORTED:
        return FX_OP_UNSUPPORTED;
    case E_REQUEST:
        return FX_BAD_MESSAGE;
    default:
        return FX_FAILURE;
    }
}

static void
answer_failure(struct sftp_request *request, const struct error *error)
{
    const struct sftp_host *host = request->host;
    struct blob words = { 0 };

    blob_text(&words, "");
    host->words(host->arg, error, &words);
    sftp_answer_status(request, status_of(error), (const char *)words.data);
    blob_clear(&words);
}

int
sftp_answer(struct sftp_request *request, int r, const struct error *error)
{
    if (r == 0)
        sftp_answer_status(request, FX_OK, "");
    else
        answer_failure(request, error);
    return 0;
}

int
sftp_answer_handle(struct sftp_request *request,
                   const struct sftp_handle *handle)
{
    size_t at = sftp_begin_answer(request, FXP_HANDLE);

    sftp_handle_put(request->handles, handle, request->out);
    sftp_end_answer(request, at);
    return 0;
}

int
sftp_answer_info(struct sftp_request *request, int r,
                 const struct store_info *info, const struct error *error)
{
    size_t at;

    if (r != 0)
        return sftp_answer(request, -1, error);
    at = sftp_begin_answer(request, FXP_ATTRS);
    if (info != NULL)
        sftp_put_file(request->out, info);
    else
        sftp_put_folder(request->out);
    sftp_end_answer(request, at);
    return 0;
}

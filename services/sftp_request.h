/*
 * One request of a client on its way, and the answers that there are.
 */
#ifndef SERVICES_SFTP_REQUEST_H
#define SERVICES_SFTP_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/packet.h"
#include "services/sftp.h"
#include "services/sftp_handle.h"

/* What a READ brings at most, and a WRITE: the packet's other fields need
   little (PROTOCOL of OpenSSH, section 4.8). */
#define SFTP_MAX_DATA (SFTP_MAX_PACKET - 1024)

/*
 * All borrowed.  Who serves one takes its fields from `in`, and either answers
 * once and returns 0, or returns -1 with no answer: they were not there.
 */
struct sftp_request {
    const struct sftp_host *host;
    struct sftp_handles *handles;
    struct packet_in *in; /* behind the number */
    struct packet_out *out;
    uint32_t id;
};

/* An answer of that type (FXP_...); returns where its length stands, for the
   end of it.  To take it back, make out as long as that. */
size_t sftp_begin_answer(struct sftp_request *request, unsigned char type);
void sftp_end_answer(struct sftp_request *request, size_t at);

/* code: FX_... */
void sftp_answer_status(struct sftp_request *request, uint32_t code,
                        const char *words);

/* These return 0.  If r is 0, it was done; else error says why not. */
int sftp_answer(struct sftp_request *request, int r, const struct error *error);
int sftp_answer_handle(struct sftp_request *request,
                       const struct sftp_handle *handle);

/* If r is 0, the attributes; info NULL: those of the root. */
int sftp_answer_info(struct sftp_request *request, int r,
                     const struct store_info *info, const struct error *error);

#endif

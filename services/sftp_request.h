/*
 * A request of a client, and how it is answered.
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

/* The most that a READ or WRITE carries: the other fields of a packet need
   little (PROTOCOL of OpenSSH, section 4.8). */
#define SFTP_MAX_DATA (SFTP_MAX_PACKET - 1024)

/*
 * All borrowed.  A function that serves a request takes its fields from `in`.
 * It answers once and returns 0; or, if a field is missing, returns -1 without
 * an answer.
 */
struct sftp_request {
    const struct sftp_host *host;
    struct sftp_handles *handles;
    struct packet_in *in; /* the fields after the id */
    struct packet_out *out;
    uint32_t id;
};

/* Begins an answer of a type (FXP_...).  Returns the offset of its length,
   which sftp_end_answer() fills in; to drop the answer, shorten out to that. */
size_t sftp_begin_answer(struct sftp_request *request, unsigned char type);
void sftp_end_answer(struct sftp_request *request, size_t at);

/* code: FX_... */
void sftp_answer_status(struct sftp_request *request, uint32_t code,
                        const char *words);

/* These answer a request and return 0.  If r is 0 it was done; else error says
   why not. */
int sftp_answer(struct sftp_request *request, int r, const struct error *error);
int sftp_answer_handle(struct sftp_request *request,
                       const struct sftp_handle *handle);

/* If r is 0, answers with the attributes; info NULL: those of the root. */
int sftp_answer_info(struct sftp_request *request, int r,
                     const struct store_info *info, const struct error *error);

#endif

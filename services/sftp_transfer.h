/*
 * Requests on open files: up, down, and what they have.  See struct
 * sftp_request for what each does and returns.
 */
#ifndef SERVICES_SFTP_TRANSFER_H
#define SERVICES_SFTP_TRANSFER_H

#include "services/sftp_request.h"

int sftp_do_open(struct sftp_request *request);

/* An upload is whole and durable then; any handle is released. */
int sftp_do_close(struct sftp_request *request);

int sftp_do_read(struct sftp_request *request);
int sftp_do_write(struct sftp_request *request);
int sftp_do_fstat(struct sftp_request *request);

/* Sizes and times; rights and owners are as we have them. */
int sftp_do_fsetstat(struct sftp_request *request);

/* It is durable when it is closed; there is no name before that. */
int sftp_do_fsync(struct sftp_request *request);

#endif

/*
 * Requests about open files: uploads, downloads and attributes.  For parameters
 * and return values see struct sftp_request.
 */
#ifndef SERVICES_SFTP_TRANSFER_H
#define SERVICES_SFTP_TRANSFER_H

#include "services/sftp_request.h"

int sftp_do_open(struct sftp_request *request);

/* Makes an upload whole and durable; releases any handle. */
int sftp_do_close(struct sftp_request *request);

int sftp_do_read(struct sftp_request *request);
int sftp_do_write(struct sftp_request *request);
int sftp_do_fstat(struct sftp_request *request);

/* Sets size and times; owner and permissions are ignored. */
int sftp_do_fsetstat(struct sftp_request *request);

/* Does nothing: an upload has no name, and so is not durable, until it is
   closed. */
int sftp_do_fsync(struct sftp_request *request);

#endif

/*
 * Requests on names in the one folder: looking around, and changes that are
 * done at once.  See struct sftp_request for what each does and returns.
 */
#ifndef SERVICES_SFTP_FOLDER_H
#define SERVICES_SFTP_FOLDER_H

#include "services/sftp_request.h"

int sftp_do_realpath(struct sftp_request *request);
int sftp_do_stat(struct sftp_request *request);
int sftp_do_opendir(struct sftp_request *request);
int sftp_do_readdir(struct sftp_request *request);

/* Sizes and times; rights and owners are as we have them. */
int sftp_do_setstat(struct sftp_request *request);

int sftp_do_remove(struct sftp_request *request);
int sftp_do_rename(struct sftp_request *request);

/* The new name may be taken. */
int sftp_do_posix_rename(struct sftp_request *request);

/* Folders and links: there are none, whatever the fields say. */
int sftp_do_refuse(struct sftp_request *request);

#endif

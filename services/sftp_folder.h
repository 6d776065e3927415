/*
 * Requests about names in the one folder: listings, and changes that are done
 * at once.  For parameters and return values see struct sftp_request.
 */
#ifndef SERVICES_SFTP_FOLDER_H
#define SERVICES_SFTP_FOLDER_H

#include "services/sftp_request.h"

int sftp_do_realpath(struct sftp_request *request);
int sftp_do_stat(struct sftp_request *request);
int sftp_do_opendir(struct sftp_request *request);
int sftp_do_readdir(struct sftp_request *request);

/* Sets size and times; owner and permissions are ignored. */
int sftp_do_setstat(struct sftp_request *request);

int sftp_do_remove(struct sftp_request *request);
int sftp_do_rename(struct sftp_request *request);

/* Here, a file of the new name is replaced. */
int sftp_do_posix_rename(struct sftp_request *request);

/* For folders and links, which are not supported; the fields are not read. */
int sftp_do_refuse(struct sftp_request *request);

#endif

/*
 * Which files a client sees, and what it may do with them: those of the store
 * and the host's own (struct sftp_extra).  The host is asked before each act,
 * and each act is noted, granted or not; looking is not noted.
 */
#ifndef SERVICES_SFTP_ACCESS_H
#define SERVICES_SFTP_ACCESS_H

#include "pki/error.h"
#include "pki/store.h"
#include "services/sftp.h"

/* The host's own file of that name, or NULL. */
const struct sftp_extra *sftp_own_file(const struct sftp_host *host,
                                       const char *name);

/* Before sftp_look(), for all files of one request. */
int sftp_check_look(const struct sftp_host *host, struct error *error);

/* About a file that the client may see. */
int sftp_look(const struct sftp_host *host, const char *name,
              struct store_info *ret, struct error *error);

/* About an open file; name is for messages. */
int sftp_info_of_fd(int fd, const char *name, struct store_info *ret,
                    struct error *error);

/* Opens a file to be read; the caller closes it. */
int sftp_get(const struct sftp_host *host, const char *name, int *ret,
             struct error *error);

/* Fails, and notes the refusal, if the client may not change the file.
   E_READ_ONLY: only the appliance may.  other: the new name of a rename, or
   NULL. */
int sftp_check_change(const struct sftp_host *host, enum sftp_act act,
                      const char *name, const char *other, struct error *error);

/* Notes an act that was done. */
void sftp_note(const struct sftp_host *host, enum sftp_act act,
               const char *name, const char *other);

#endif

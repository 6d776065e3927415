/*
 * Which files a client gets to see, and what he may do with them: those of the
 * store and the host's own (struct sftp_extra).  Every act is asked for before
 * and noted behind, granted or not; looking is asked for only.
 */
#ifndef SERVICES_SFTP_ACCESS_H
#define SERVICES_SFTP_ACCESS_H

#include "pki/error.h"
#include "pki/store.h"
#include "services/sftp.h"

/* The host's own of that name, or NULL. */
const struct sftp_extra *sftp_own_file(const struct sftp_host *host,
                                       const char *name);

/* For who may read it. */
int sftp_look(const struct sftp_host *host, const char *name,
              struct store_info *ret, struct error *error);

/* Of a descriptor; name is for messages. */
int sftp_info_of_fd(int fd, const char *name, struct store_info *ret,
                    struct error *error);

/* To be read; the caller closes it. */
int sftp_get(const struct sftp_host *host, const char *name, int *ret,
             struct error *error);

/* May it be changed?  Else -1, the refusal is noted.  E_READ_ONLY: what only
   the appliance may change.  other: the new name of a rename, or NULL. */
int sftp_check_change(const struct sftp_host *host, enum sftp_act act,
                      const char *name, const char *other, struct error *error);

/* It was done. */
void sftp_note(const struct sftp_host *host, enum sftp_act act,
               const char *name, const char *other);

#endif

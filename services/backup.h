/*
 * Snapshots of the settings and of all the user's files, except backups and
 * *.json, in one file NAME.bak, and their rollback.
 *
 * A snapshot is a tar archive: "files/..." and "settings", with "SHA256SUMS"
 * at the end as sha256sum(1) wants it.
 */
#ifndef SERVICES_BACKUP_H
#define SERVICES_BACKUP_H

#include <time.h>

#include "pki/error.h"
#include "pki/store.h"

/* Writes a backup of one moment.  Replaces an older one of that name. */
int backup_snapshot(struct store *store, const char *name, time_t now,
                    struct error *error);

/* The names of the backups, as they are typed. */
int backup_list(struct store *store, struct store_names *ret,
                struct error *error);

/* E_NO_FILE if there is none of that name. */
int backup_find(struct store *store, const char *name, struct error *error);

/*
 * Restores settings and files in one step; settings that wait for a reboot come
 * into force as if there were one at the time now.  Files that are not in the
 * backup stay.  E_DAMAGED unless the backup is exactly as it was written.
 */
int backup_rollback(struct store *store, const char *name, time_t now,
                    struct error *error);

#endif

/*
 * Snapshots: the settings and all the user's files but backups and *.json, in
 * one file NAME.bak among them, and back.
 *
 * A snapshot is a tar archive: "files/..." and "settings", with "SHA256SUMS"
 * at the end as sha256sum(1) wants it.
 */
#ifndef SERVICES_BACKUP_H
#define SERVICES_BACKUP_H

#include <time.h>

#include "pki/error.h"
#include "pki/store.h"

/* What is in it is of one moment.  Replaces a backup of that name. */
int backup_snapshot(struct store *store, const char *name, time_t now,
                    struct error *error);

/* The names, as they are typed. */
int backup_list(struct store *store, struct store_names *ret,
                struct error *error);

/* E_NO_FILE when there is none of that name. */
int backup_find(struct store *store, const char *name, struct error *error);

/*
 * Settings and files are again what they were, in one step, and what waits for
 * a reboot is in force as after one at the time now.  Files that the backup
 * does not know stay.  E_DAMAGED unless it is whole, and as we wrote it.
 */
int backup_rollback(struct store *store, const char *name, time_t now,
                    struct error *error);

#endif

/*
 * The host that the appliance pretends to be: its name, and its reboots.
 */
#ifndef SERVICES_HOST_H
#define SERVICES_HOST_H

#include <time.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/settings.h"

/* E_BAD_HOSTNAME unless it is labels of letters, digits and inner hyphens, 253
   characters at most (RFC 1123 section 2.1). */
int host_name_check(const char *name, struct error *error);

/* The name since the last reboot; NULL if none was ever set.  Borrowed. */
const char *host_name(const struct settings *settings);

/* The name from the next reboot on. */
int host_rename(struct store *store, const char *name, struct error *error);

/* What a reboot at the time now does to the settings. */
void host_boot(struct settings *settings, time_t now);

/* A reboot at the time now: what waited for one is in force. */
int host_reboot(struct store *store, time_t now, struct error *error);

/* Seconds since the last reboot, or since the machine came up if that was
   later. */
long long host_uptime(const struct settings *settings, time_t now);

#endif

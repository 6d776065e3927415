/*
 * Time servers and the time zone.  They are settings: the clock of the machine
 * below is read, never set.
 */
#ifndef SERVICES_CLOCK_H
#define SERVICES_CLOCK_H

#include <stdbool.h>
#include <time.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "services/settings.h"

/* The list of the settings, of entries with "address". */
#define CLOCK_SERVERS "ntp.servers"

/* An IP address or a host name.  E_BAD_HOSTNAME, E_HAS_ENTRY, E_NO_ENTRY. */
int clock_add_server(struct settings *settings, const char *server,
                     struct error *error);
int clock_drop_server(struct settings *settings, const char *server,
                      struct error *error);

/* E_BAD_TIMEZONE unless the time zone database has it, "Europe/Oslo". */
int clock_check_zone(const char *zone, struct error *error);
void clock_set_zone(struct settings *settings, const char *zone);

/* "UTC" if none is set. */
const char *clock_zone(const struct settings *settings);

/* Appends the names of all zones, sorted, one a line.  E_NO_FILE if there is no
   time zone database. */
int clock_list_zones(struct blob *ret, struct error *error);

/* The local time in that zone.  Not thread-safe: it changes TZ. */
void clock_local(const char *zone, time_t time, struct tm *ret);

/* The first second of a day like "2026-06-01", in UTC; false if it is none. */
bool clock_parse_day(const char *text, time_t *ret);

#endif

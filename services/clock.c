/*
 * Time servers and the time zone.  The database is the system's, compiled
 * files (RFC 8536) and their names in tzdata.zi.
 */
#include "services/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "services/host.h"
#include "services/network.h"

#define DATABASE "/usr/share/zoneinfo"

int
clock_add_server(struct settings *settings, const char *server,
                 struct error *error)
{
    size_t i;

    if (network_family(server) == AF_UNSPEC &&
        host_name_check(server, error) != 0)
        return -1;
    if (settings_find(settings, CLOCK_SERVERS, "address", server) <
        settings_count(settings, CLOCK_SERVERS))
        return fail_pair(error, E_HAS_ENTRY, "ntp", server);
    i = settings_append(settings, CLOCK_SERVERS);
    settings_set_entry(settings, CLOCK_SERVERS, i, "address", server);
    return 0;
}

int
clock_drop_server(struct settings *settings, const char *server,
                  struct error *error)
{
    size_t i = settings_find(settings, CLOCK_SERVERS, "address", server);

    if (i >= settings_count(settings, CLOCK_SERVERS))
        return fail_pair(error, E_NO_ENTRY, "ntp", server);
    settings_drop(settings, CLOCK_SERVERS, i);
    return 0;
}

/* Is it the name of a compiled zone, and of nothing outside the database? */
int
clock_check_zone(const char *zone, struct error *error)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789_+-/";
    char magic[4] = "", *path;
    FILE *in = NULL;

    if (strlen(zone) < 256 && zone[strspn(zone, allowed)] == '\0') {
        path = xasprintf(DATABASE "/%s", zone);
        in = fopen(path, "re");
        free(path);
    }
    if (in != NULL) {
        if (fread(magic, 1, sizeof(magic), in) != sizeof(magic))
            magic[0] = '\0';
        fclose(in);
    }
    return memcmp(magic, "TZif", 4) == 0 ? 0
                                         : fail(error, E_BAD_TIMEZONE, zone);
}

void
clock_set_zone(struct settings *settings, const char *zone)
{
    settings_set(settings, "timezone", zone);
}

const char *
clock_zone(const struct settings *settings)
{
    const char *zone = settings_get(settings, "timezone");

    return zone != NULL ? zone : "UTC";
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The name in "Z NAME ..." or "L TARGET NAME", NULL in other lines. */
static char *
zone_in(char *line)
{
    char *type = strsep(&line, " \n"), *first = strsep(&line, " \n");

    if (first != NULL && strcmp(type, "Z") == 0)
        return xstrdup(first);
    if (line != NULL && strcmp(type, "L") == 0)
        return xstrdup(strsep(&line, " \n"));
    return NULL;
}

int
clock_list_zones(struct blob *ret, struct error *error)
{
    FILE *in = fopen(DATABASE "/tzdata.zi", "re");
    char **names = NULL, *line = NULL, *name;
    size_t count = 0, i, size = 0;

    if (in == NULL)
        return fail_errno(error, DATABASE "/tzdata.zi");
    while (getline(&line, &size, in) > 0) {
        name = zone_in(line);
        if (name == NULL)
            continue;
        names = xreallocarray(names, count + 1, sizeof(*names));
        names[count++] = name;
    }
    free(line);
    fclose(in);
    if (count > 0)
        qsort(names, count, sizeof(*names), by_name);
    for (i = 0; i < count; i++) {
        blob_text(ret, names[i]);
        blob_text(ret, "\n");
        free(names[i]);
    }
    free(names);
    return 0;
}

static void
set_zone(const char *zone)
{
    if (zone != NULL)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
}

void
clock_local(const char *zone, time_t time, struct tm *ret)
{
    const char *now = getenv("TZ");
    char *before = now != NULL ? xstrdup(now) : NULL;

    set_zone(zone);
    localtime_r(&time, ret);
    set_zone(before);
    free(before);
}

bool
clock_parse_day(const char *text, time_t *ret)
{
    struct tm tm = { 0 }, normal;
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    time_t time;

    if (end == NULL || *end != '\0')
        return false;
    normal = tm;
    time = timegm(&normal);
    if (normal.tm_mday != tm.tm_mday || normal.tm_mon != tm.tm_mon)
        return false; /* February 30 */
    *ret = time;
    return true;
}

/*
 * The host that the appliance pretends to be.  Three settings: "hostname" is
 * what was asked for, "boot.hostname" what the last reboot made of it, and
 * "boot.time" when that was, in seconds since 1970.
 */
#include "services/host.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
host_name_check(const char *word, struct error *error)
{
    size_t size = strlen(word), label = 0, i;

    for (i = 0; i <= size; i++) {
        char c = word[i];

        if (c == '.' || c == '\0') {
            if (label == 0 || label > 63 || word[i - 1] == '-')
                return fail(error, E_BAD_HOSTNAME, word);
            label = 0;
        } else if (isalnum((unsigned char)c) || (c == '-' && label > 0)) {
            label++;
        } else {
            return fail(error, E_BAD_HOSTNAME, word);
        }
    }
    return size <= 253 ? 0 : fail(error, E_BAD_HOSTNAME, word);
}

const char *
host_name(const struct settings *settings)
{
    return settings_get(settings, "boot.hostname");
}

int
host_rename(struct store *store, const char *name, struct error *error)
{
    const struct settings_change change = { "hostname", name };

    return settings_update(store, &change, 1, error);
}

void
host_boot(struct settings *settings, time_t now)
{
    const char *name = settings_get(settings, "hostname");
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)now);
    if (name != NULL)
        settings_set(settings, "boot.hostname", name);
    settings_set(settings, "boot.time", text);
}

int
host_reboot(struct store *store, time_t now, struct error *error)
{
    struct settings *settings = NULL;
    int r;

    if (store_lock(store, error) != 0)
        return -1;
    r = settings_load(store, &settings, error);
    if (r == 0) {
        host_boot(settings, now);
        r = settings_save(settings, store, error);
    }
    store_unlock(store);
    settings_free(settings);
    return r;
}

long long
host_uptime(const struct settings *settings, time_t now)
{
    const char *boot = settings_get(settings, "boot.time");
    struct timespec up = { 0 };
    long long since = boot != NULL ? (long long)now - atoll(boot) : -1;

    clock_gettime(CLOCK_BOOTTIME, &up);
    return since >= 0 && since < up.tv_sec ? since : up.tv_sec;
}

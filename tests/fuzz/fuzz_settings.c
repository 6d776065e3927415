/*
 * Settings: what is taken is written so that it is taken again, and is then
 * the same text; every list and key can be asked for.
 */
#include <string.h>

#include "services/settings.h"
#include "tests/fuzz/fuzz.h"

static const char *const keys[] = { "version", "boot.hostname", "webadmin.key",
                                    "webadmin", "ipv4.a.address" };
static const char *const lists[] = { "xmpp.callbridges", "ntp.servers",
                                     "dns.records", "webadmin" };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
ask(struct settings *settings)
{
    size_t i, k;

    for (i = 0; i < COUNT(keys); i++)
        settings_get(settings, keys[i]);
    for (i = 0; i < COUNT(lists); i++) {
        size_t count = settings_count(settings, lists[i]);

        must(settings_find(settings, lists[i], "name", "cb1") <= count);
        for (k = 0; k < count; k++)
            settings_entry(settings, lists[i], k, "name");
    }
}

/* A command changes something: then it must hold all that it held. */
static void
change(struct settings *settings)
{
    size_t count;

    settings_set(settings, "boot.hostname", "fuzz");
    must(strcmp(settings_get(settings, "boot.hostname"), "fuzz") == 0);
    count = settings_append(settings, "ntp.servers");
    settings_set_entry(settings, "ntp.servers", count, "address", "192.0.2.1");
    must(settings_find(settings, "ntp.servers", "address", "192.0.2.1") <=
         count);
    settings_drop(settings, "ntp.servers", count);
    must(settings_count(settings, "ntp.servers") == count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob file = fuzz_blob(data, size), first = { 0 }, second = { 0 };
    struct settings *settings = NULL, *again = NULL;
    struct error error = { 0 };
    int r = settings_parse(&file, "settings", &settings, &error);

    fuzz_check(r, &error);
    if (r == 0) {
        ask(settings);
        settings_format(settings, &first);
        must(settings_parse(&first, "settings", &again, &error) == 0);
        settings_format(again, &second);
        must(first.size == second.size &&
             memcmp(first.data, second.data, first.size) == 0);
        change(again);
    }
    settings_free(again);
    settings_free(settings);
    blob_clear(&second);
    blob_clear(&first);
    blob_clear(&file);
    return 0;
}

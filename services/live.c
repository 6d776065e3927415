/*
 * live.json.  No value needs an escape: addresses and numbers were checked
 * when they were set, and what a hand has put into the settings since is left
 * out when it holds anything else.
 */
#include "services/live.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "services/network.h"

/* Interfaces a to d are eth4 to eth1 (SEEN); e is eth0 (GUESS). */
static unsigned
ethernet_number(char interface)
{
    return 4U - (unsigned)(interface - 'a');
}

static void
put_indent(struct blob *text, unsigned depth)
{
    while (depth-- > 0)
        blob_text(text, "    ");
}

/* A member behind those of its object that are there already. */
static void
put_name(struct blob *text, unsigned depth, bool *first, const char *name)
{
    blob_text(text, *first ? "\n" : ",\n");
    *first = false;
    put_indent(text, depth);
    blob_text(text, "\"");
    blob_text(text, name);
    blob_text(text, "\": ");
}

static void
put_value(struct blob *text, unsigned depth, bool *first, const char *name,
          const char *value)
{
    if (value == NULL || strpbrk(value, "\"\\\n\r\t") != NULL)
        return;
    put_name(text, depth, first, name);
    blob_text(text, "\"");
    blob_text(text, value);
    blob_text(text, "\"");
}

static void
put_end(struct blob *text, unsigned depth, bool empty)
{
    if (!empty) {
        blob_text(text, "\n");
        put_indent(text, depth);
    }
    blob_text(text, "}");
}

static const char *
flag(const char *value)
{
    return value != NULL && strcmp(value, "true") == 0 ? "true" : "false";
}

/* "8.8.8.8/32" as a name: "8=8=8=8-32". */
static void
put_routes(const struct settings *settings, const char *interface,
           unsigned depth, bool *first, struct blob *text)
{
    char *list = xasprintf("ipv4.%s.routes", interface), *c;
    size_t count = settings_count(settings, list), i;
    bool no_route = true;

    if (count > 0) {
        put_name(text, depth, first, "routes");
        blob_text(text, "{");
    }
    for (i = 0; i < count; i++) {
        const char *address = settings_entry(settings, list, i, "address");
        const char *length = settings_entry(settings, list, i, "prefixlen");
        bool no_member = true;
        char *name;

        if (address == NULL || length == NULL)
            continue;
        name = xasprintf("%s-%s", address, length);
        for (c = name; *c != '\0'; c++)
            if (*c == '.')
                *c = '=';
        put_name(text, depth + 1, &no_route, name);
        blob_text(text, "{");
        put_value(text, depth + 2, &no_member, "address", address);
        put_value(text, depth + 2, &no_member, "prefixlen", length);
        put_end(text, depth + 1, no_member);
        free(name);
    }
    if (count > 0)
        put_end(text, depth, no_route);
    free(list);
}

static void
put_interface(const struct settings *settings, char letter, bool *first,
              struct blob *text)
{
    static const char *const values[] = { "address", "prefixlen", "gateway" };
    const char interface[] = { letter, '\0' };
    const unsigned depth = 5;
    char name[16], mac[18];
    bool no_member = true;
    size_t i;

    snprintf(name, sizeof(name), "eth%u", ethernet_number(letter));
    network_mac(interface, mac);
    put_name(text, depth - 1, first, name);
    blob_text(text, "{");
    put_value(text, depth, &no_member, "dhcp",
              flag(network_get(settings, AF_INET, interface, "dhcp")));
    put_value(text, depth, &no_member, "enabled",
              flag(network_get(settings, AF_INET, interface, "enabled")));
    put_value(text, depth, &no_member, "default",
              flag(network_get(settings, AF_INET, interface, "default")));
    put_value(text, depth, &no_member, "macaddress", mac);
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        put_value(text, depth, &no_member, values[i],
                  network_get(settings, AF_INET, interface, values[i]));
    put_routes(settings, interface, depth, &no_member, text);
    put_end(text, depth - 1, no_member);
}

void
live_format(const struct settings *settings, struct blob *ret)
{
    const char *letter;
    bool first = true;

    blob_text(ret, "{\n"
                   "    \"ipv4\": {\n"
                   "        \"module\": {\n"
                   "            \"interfaces\": {");
    for (letter = NETWORK_INTERFACES; *letter != '\0'; letter++)
        put_interface(settings, *letter, &first, ret);
    blob_text(ret, "\n            }\n        }\n    }\n}\n");
}

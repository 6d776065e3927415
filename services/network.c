/*
 * Addresses and routes.  The settings of an interface are "ipv4.a.address" and
 * so on, its routes and its IPv6 addresses lists, "ipv4.a.routes"; booleans
 * are the word "true" or not there.
 */
#include "services/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

/* An address and how many of its leading bits are the network's. */
struct prefix {
    int family;
    unsigned char bytes[16];
    unsigned bits;
    char address[INET6_ADDRSTRLEN], length[4]; /* in their usual form */
};

int
network_family(const char *word)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, word, bytes) == 1)
        return AF_INET;
    return inet_pton(AF_INET6, word, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

static size_t
address_size(int family)
{
    return family == AF_INET ? 4 : 16;
}

static char *
key_of(int family, const char *interface, const char *key)
{
    return xasprintf("%s.%s.%s", family == AF_INET ? "ipv4" : "ipv6", interface,
                     key);
}

static void
set(struct settings *settings, int family, const char *interface,
    const char *key, const char *value)
{
    char *path = key_of(family, interface, key);

    settings_set(settings, path, value);
    free(path);
}

const char *
network_get(const struct settings *settings, int family, const char *interface,
            const char *key)
{
    char *path = key_of(family, interface, key);
    const char *value = settings_get(settings, path);

    free(path);
    return value;
}

static bool
is_set(const struct settings *settings, int family, const char *interface,
       const char *key)
{
    const char *value = network_get(settings, family, interface, key);

    return value != NULL && strcmp(value, "true") == 0;
}

int
network_check(const char *interface, struct error *error)
{
    bool known =
        strlen(interface) == 1 && strchr(NETWORK_INTERFACES, interface[0]);

    return known ? 0 : fail(error, E_NO_INTERFACE, interface);
}

void
network_mac(const char *interface, char ret[18])
{
    snprintf(ret, 18, "02:00:00:00:00:%02X", interface[0] - 'a' + 1u);
}

/*
 * Prefixes.
 */

static bool
parse_length(const char *text, unsigned max, unsigned *ret)
{
    size_t size = strlen(text);
    unsigned long n = strtoul(text, NULL, 10);

    if (size == 0 || size > 3 || strspn(text, "0123456789") != size || n > max)
        return false;
    *ret = (unsigned)n;
    return true;
}

static bool
parse_prefix(int family, const char *word, struct prefix *ret)
{
    const char *slash = strchr(word, '/');
    char address[INET6_ADDRSTRLEN] = "";

    if (slash == NULL || (size_t)(slash - word) >= sizeof(address))
        return false;
    *ret = (struct prefix){ .family = family };
    memcpy(address, word, (size_t)(slash - word));
    if (inet_pton(family, address, ret->bytes) != 1 ||
        !parse_length(slash + 1, (unsigned)address_size(family) * 8,
                      &ret->bits))
        return false;
    inet_ntop(family, ret->bytes, ret->address, sizeof(ret->address));
    snprintf(ret->length, sizeof(ret->length), "%u", ret->bits);
    return true;
}

/* What was saved; false if it was edited by hand into something else. */
static bool
read_prefix(int family, const char *address, const char *length,
            struct prefix *ret)
{
    char *word;
    bool ok;

    if (address == NULL || length == NULL)
        return false;
    word = xasprintf("%s/%s", address, length);
    ok = parse_prefix(family, word, ret);
    free(word);
    return ok;
}

/* Sets all bits behind the prefix length to 0 or to 1. */
static void
fill_host(const struct prefix *prefix, bool ones, char ret[INET6_ADDRSTRLEN])
{
    unsigned char bytes[16];
    unsigned i;

    memcpy(bytes, prefix->bytes, sizeof(bytes));
    for (i = prefix->bits; i < address_size(prefix->family) * 8; i++) {
        unsigned char bit = (unsigned char)(0x80 >> i % 8);

        if (ones)
            bytes[i / 8] |= bit;
        else
            bytes[i / 8] &= (unsigned char)~bit;
    }
    inet_ntop(prefix->family, bytes, ret, INET6_ADDRSTRLEN);
}

static bool
is_network(const struct prefix *prefix)
{
    char network[INET6_ADDRSTRLEN];

    fill_host(prefix, false, network);
    return strcmp(network, prefix->address) == 0;
}

/* Another address on the same link. */
static bool
is_neighbour(const struct prefix *prefix, const unsigned char *address)
{
    struct prefix other = *prefix;
    char here[INET6_ADDRSTRLEN], there[INET6_ADDRSTRLEN];

    if (memcmp(prefix->bytes, address, address_size(prefix->family)) == 0)
        return false;
    memcpy(other.bytes, address, address_size(prefix->family));
    fill_host(prefix, false, here);
    fill_host(&other, false, there);
    return strcmp(here, there) == 0;
}

/*
 * The IPv4 address.
 */

/* Finds the name of the interface with the default route. */
static bool
default_interface(const struct settings *settings, char ret[2])
{
    const char *letter;

    ret[1] = '\0';
    for (letter = NETWORK_INTERFACES; *letter != '\0'; letter++) {
        ret[0] = *letter;
        if (is_set(settings, AF_INET, ret, "default"))
            return true;
    }
    return false;
}

int
network_set_address(struct settings *settings, const char *interface,
                    const char *word, const char *gateway, struct error *error)
{
    unsigned char address[4];
    char text[INET_ADDRSTRLEN], other[2];
    struct prefix prefix;

    if (!parse_prefix(AF_INET, word, &prefix))
        return fail(error, E_BAD_PREFIX, word);
    if (inet_pton(AF_INET, gateway, address) != 1)
        return fail(error, E_BAD_ADDRESS, gateway);
    if (!is_neighbour(&prefix, address))
        return fail_pair(error, E_BAD_GATEWAY, gateway, word);
    inet_ntop(AF_INET, address, text, sizeof(text));
    set(settings, AF_INET, interface, "address", prefix.address);
    set(settings, AF_INET, interface, "prefixlen", prefix.length);
    set(settings, AF_INET, interface, "gateway", text);
    set(settings, AF_INET, interface, "dhcp", NULL);
    set(settings, AF_INET, interface, "enabled", "true");
    if (!default_interface(settings, other))
        set(settings, AF_INET, interface, "default", "true");
    return 0;
}

void
network_clear_address(struct settings *settings, const char *interface)
{
    static const char *const keys[] = { "address", "prefixlen", "gateway",
                                        "dhcp",    "enabled",   "default",
                                        NULL };
    size_t i;

    for (i = 0; keys[i] != NULL; i++)
        set(settings, AF_INET, interface, keys[i], NULL);
}

void
network_set_dhcp(struct settings *settings, const char *interface)
{
    set(settings, AF_INET, interface, "address", NULL);
    set(settings, AF_INET, interface, "prefixlen", NULL);
    set(settings, AF_INET, interface, "gateway", NULL);
    set(settings, AF_INET, interface, "dhcp", "true");
    set(settings, AF_INET, interface, "enabled", "true");
}

/* Where could its addresses come from? */
static bool
has_addresses(const struct settings *settings, int family,
              const char *interface)
{
    char *list = key_of(family, interface, "addresses");
    size_t count = settings_count(settings, list);

    free(list);
    return count > 0 || network_get(settings, family, interface, "address") ||
           is_set(settings, family, interface, "dhcp") ||
           is_set(settings, family, interface, "slaac");
}

int
network_enable(struct settings *settings, int family, const char *interface,
               bool enable, struct error *error)
{
    if (enable && !has_addresses(settings, family, interface))
        return fail(error, E_NO_ADDRESS, interface);
    set(settings, family, interface, "enabled", enable ? "true" : NULL);
    return 0;
}

int
network_set_default(struct settings *settings, const char *interface,
                    struct error *error)
{
    char before[2];

    if (!has_addresses(settings, AF_INET, interface))
        return fail(error, E_NO_ADDRESS, interface);
    if (default_interface(settings, before))
        set(settings, AF_INET, before, "default", NULL);
    set(settings, AF_INET, interface, "default", "true");
    return 0;
}

/*
 * Lists of prefixes.
 */

/* Its place; settings_count() if it is not there. */
static size_t
find_prefix(const struct settings *settings, const char *list,
            const struct prefix *prefix)
{
    size_t count = settings_count(settings, list), i;

    for (i = 0; i < count; i++) {
        const char *address = settings_entry(settings, list, i, "address"),
                   *length = settings_entry(settings, list, i, "prefixlen");

        if (address != NULL && strcmp(address, prefix->address) == 0 &&
            length != NULL && strcmp(length, prefix->length) == 0)
            break;
    }
    return i;
}

static int
add_prefix(struct settings *settings, const char *interface, const char *key,
           const struct prefix *prefix, const char *word, struct error *error)
{
    char *list = key_of(prefix->family, interface, key);
    size_t count = settings_count(settings, list);
    int r = 0;

    if (find_prefix(settings, list, prefix) < count) {
        r = fail_pair(error, E_HAS_ENTRY, interface, word);
    } else {
        settings_append(settings, list);
        settings_set_entry(settings, list, count, "address", prefix->address);
        settings_set_entry(settings, list, count, "prefixlen", prefix->length);
    }
    free(list);
    return r;
}

static int
drop_prefix(struct settings *settings, int family, const char *interface,
            const char *key, const char *word, struct error *error)
{
    char *list = key_of(family, interface, key);
    struct prefix prefix;
    int r = 0;

    if (!parse_prefix(family, word, &prefix)) {
        r = fail(error, E_BAD_PREFIX, word);
    } else {
        size_t i = find_prefix(settings, list, &prefix);

        if (i < settings_count(settings, list))
            settings_drop(settings, list, i);
        else
            r = fail_pair(error, E_NO_ENTRY, interface, word);
    }
    free(list);
    return r;
}

int
network_add_route(struct settings *settings, int family, const char *interface,
                  const char *word, struct error *error)
{
    struct prefix prefix;

    if (!parse_prefix(family, word, &prefix))
        return fail(error, E_BAD_PREFIX, word);
    if (!is_network(&prefix))
        return fail(error, E_BAD_NETWORK, word);
    return add_prefix(settings, interface, "routes", &prefix, word, error);
}

int
network_drop_route(struct settings *settings, int family, const char *interface,
                   const char *word, struct error *error)
{
    return drop_prefix(settings, family, interface, "routes", word, error);
}

/*
 * IPv6.
 */

int
network_add_address(struct settings *settings, const char *interface,
                    const char *word, struct error *error)
{
    struct prefix prefix;
    int r;

    if (!parse_prefix(AF_INET6, word, &prefix))
        return fail(error, E_BAD_PREFIX, word);
    r = add_prefix(settings, interface, "addresses", &prefix, word, error);
    if (r == 0)
        set(settings, AF_INET6, interface, "enabled", "true");
    return r;
}

int
network_drop_address(struct settings *settings, const char *interface,
                     const char *word, struct error *error)
{
    return drop_prefix(settings, AF_INET6, interface, "addresses", word, error);
}

int
network_set_router(struct settings *settings, const char *interface,
                   const char *router, struct error *error)
{
    unsigned char address[16];
    char text[INET6_ADDRSTRLEN];

    if (router == NULL) {
        set(settings, AF_INET6, interface, "router", NULL);
        return 0;
    }
    if (inet_pton(AF_INET6, router, address) != 1)
        return fail(error, E_BAD_ADDRESS, router);
    inet_ntop(AF_INET6, address, text, sizeof(text));
    set(settings, AF_INET6, interface, "router", text);
    return 0;
}

void
network_set_slaac(struct settings *settings, const char *interface, bool enable)
{
    set(settings, AF_INET6, interface, "slaac", enable ? "true" : NULL);
}

/*
 * What would be observed.
 */

static bool
list_at(const struct settings *settings, int family, const char *interface,
        const char *key, size_t i, struct prefix *ret)
{
    char *list = key_of(family, interface, key);
    bool ok = i < settings_count(settings, list) &&
              read_prefix(family, settings_entry(settings, list, i, "address"),
                          settings_entry(settings, list, i, "prefixlen"), ret);

    free(list);
    return ok;
}

static bool
address_at(const struct settings *settings, int family, const char *interface,
           size_t i, struct prefix *ret)
{
    if (!is_set(settings, family, interface, "enabled"))
        return false;
    if (family == AF_INET6)
        return list_at(settings, family, interface, "addresses", i, ret);
    return i == 0 &&
           read_prefix(
               family, network_get(settings, family, interface, "address"),
               network_get(settings, family, interface, "prefixlen"), ret);
}

bool
network_address_at(const struct settings *settings, int family,
                   const char *interface, size_t i,
                   char ret[INET6_ADDRSTRLEN + 4])
{
    struct prefix prefix;

    if (!address_at(settings, family, interface, i, &prefix))
        return false;
    snprintf(ret, INET6_ADDRSTRLEN + 4, "%s/%s", prefix.address, prefix.length);
    return true;
}

static const char *
any_address(int family)
{
    return family == AF_INET ? "0.0.0.0" : "::";
}

/*
 * As Linux has them: the address itself, its network, once as a network and
 * once more as the old broadcast address, and the broadcast address.  IPv6 has
 * no broadcast (RFC 4291), nor has a link of two (RFC 3021).
 */
static bool
link_route(const struct prefix *prefix, size_t i,
           char destination[INET6_ADDRSTRLEN])
{
    bool broadcast = prefix->family == AF_INET && prefix->bits < 31;

    if (i >= (broadcast ? 4u : 2u))
        return false;
    if (i == 0)
        strcpy(destination, prefix->address);
    else
        fill_host(prefix, i == 3, destination);
    return true;
}

static const char *
gateway_of(const struct settings *settings, int family, const char *interface)
{
    const char *gateway = network_get(settings, family, interface,
                                      family == AF_INET ? "gateway" : "router");

    return gateway != NULL ? gateway : any_address(family);
}

static bool
is_default(const struct settings *settings, int family, const char *interface)
{
    if (family == AF_INET6)
        return network_get(settings, family, interface, "router") != NULL;
    return is_set(settings, family, interface, "default");
}

bool
network_route_at(const struct settings *settings, int family,
                 const char *interface, size_t i, struct route *ret)
{
    struct prefix prefix;
    size_t n;

    *ret = (struct route){ .global = false };
    strcpy(ret->source, any_address(family));
    strcpy(ret->gateway, any_address(family));
    for (n = 0; address_at(settings, family, interface, n, &prefix); n++) {
        size_t links = 0;

        while (link_route(&prefix, links, ret->destination))
            if (links++ == i)
                return true;
        i -= links;
    }
    if (n == 0)
        return false; /* nothing is reached without an address */
    snprintf(ret->gateway, sizeof(ret->gateway), "%s",
             gateway_of(settings, family, interface));
    for (n = 0; list_at(settings, family, interface, "routes", n, &prefix); n++)
        if (n == i) {
            strcpy(ret->destination, prefix.address);
            return true;
        }
    strcpy(ret->destination, any_address(family));
    ret->global = true;
    return i == n && is_default(settings, family, interface);
}

/*
 * Packets.
 */

int
network_set_mtu(struct settings *settings, const char *interface,
                const char *mtu, struct error *error)
{
    size_t size = strlen(mtu);
    unsigned long n = strtoul(mtu, NULL, 10);
    char *key, value[8];

    if (size == 0 || size > 4 || strspn(mtu, "0123456789") != size || n < 576 ||
        n > 9000)
        return fail(error, E_BAD_MTU, mtu);
    snprintf(value, sizeof(value), "%lu", n);
    key = xasprintf("iface.%s.mtu", interface);
    settings_set(settings, key, value);
    free(key);
    return 0;
}

unsigned
network_mtu(const struct settings *settings, const char *interface)
{
    char *key = xasprintf("iface.%s.mtu", interface);
    const char *value = settings_get(settings, key);

    free(key);
    return value != NULL ? (unsigned)strtoul(value, NULL, 10) : NETWORK_MTU;
}

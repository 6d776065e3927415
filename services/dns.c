/*
 * Names.
 */
#include "services/dns.h"

#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "pki/xalloc.h"
#include "services/network.h"

/* Labels of letters, digits, hyphens and underscores (RFC 2181 section 11
   would allow all), with or without the dot at the end. */
static bool
is_domain(const char *word)
{
    size_t size = strlen(word), label = 0, i;

    if (size == 0 || size > 254)
        return false;
    for (i = 0; i < size; i++) {
        if (word[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (!isalnum((unsigned char)word[i]) &&
                   strchr("-_", word[i]) == NULL) {
            return false;
        } else if (++label > 63) {
            return false;
        }
    }
    return true;
}

/* Whatever the case, and the dot at the end. */
static bool
same_name(const char *one, const char *two)
{
    size_t m = strlen(one), n = strlen(two);

    m -= m > 1 && one[m - 1] == '.';
    n -= n > 1 && two[n - 1] == '.';
    return m == n && strncasecmp(one, two, n) == 0;
}

/*
 * Forward zones.
 */

/* Its place; settings_count() if it is not there. */
static size_t
find_zone(const struct settings *settings, const char *domain,
          const char *server)
{
    size_t count = settings_count(settings, DNS_ZONES), i;

    for (i = 0; i < count; i++) {
        const char *d = settings_entry(settings, DNS_ZONES, i, "domain"),
                   *s = settings_entry(settings, DNS_ZONES, i, "server");

        if (d != NULL && s != NULL && same_name(d, domain) &&
            strcmp(s, server) == 0)
            break;
    }
    return i;
}

int
dns_add_zone(struct settings *settings, const char *domain, const char *server,
             struct error *error)
{
    size_t i;

    if (strcmp(domain, ".") != 0 && !is_domain(domain))
        return fail(error, E_BAD_DOMAIN, domain);
    if (network_family(server) == AF_UNSPEC)
        return fail(error, E_BAD_ADDRESS, server);
    if (find_zone(settings, domain, server) <
        settings_count(settings, DNS_ZONES))
        return fail_pair(error, E_HAS_ENTRY, "dns", domain);
    i = settings_append(settings, DNS_ZONES);
    settings_set_entry(settings, DNS_ZONES, i, "domain", domain);
    settings_set_entry(settings, DNS_ZONES, i, "server", server);
    return 0;
}

int
dns_drop_zone(struct settings *settings, const char *domain, const char *server,
              struct error *error)
{
    size_t i = find_zone(settings, domain, server);

    if (i >= settings_count(settings, DNS_ZONES))
        return fail_pair(error, E_NO_ENTRY, "dns", domain);
    settings_drop(settings, DNS_ZONES, i);
    return 0;
}

/*
 * Records.
 */

static bool
is_number(const char *word, unsigned long max)
{
    size_t size = strlen(word);

    return size > 0 && size <= 10 && strspn(word, "0123456789") == size &&
           strtoul(word, NULL, 10) <= max;
}

static bool
check_a(char **words, size_t count)
{
    return count == 1 && network_family(words[0]) == AF_INET;
}

static bool
check_aaaa(char **words, size_t count)
{
    return count == 1 && network_family(words[0]) == AF_INET6;
}

/* Priority, weight, port and target (RFC 2782). */
static bool
check_srv(char **words, size_t count)
{
    return count == 4 && is_number(words[0], 65535) &&
           is_number(words[1], 65535) && is_number(words[2], 65535) &&
           (is_domain(words[3]) || strcmp(words[3], ".") == 0);
}

static const struct type {
    const char *name;
    bool (*check)(char **words, size_t count); /* what stands behind it */
    int family;                                /* AF_UNSPEC: no address */
} types[] = {
    { "A", check_a, AF_INET },
    { "AAAA", check_aaaa, AF_INET6 },
    { "SRV", check_srv, AF_UNSPEC },
    { NULL, NULL, AF_UNSPEC },
};

/* The row of NULL when there is none. */
static const struct type *
find_type(const char *name)
{
    const struct type *type = types;

    while (type->name != NULL && strcasecmp(type->name, name) != 0)
        type++;
    return type;
}

#define MAX_WORDS 8 /* owner, TTL, class, type, and the four of SRV */

struct record {
    const char *owner, *ttl; /* ttl may be NULL */
    const struct type *type;
    char **data;
    size_t count;
};

static bool
parse_record(char **words, size_t count, struct record *ret)
{
    size_t i = 1;

    *ret = (struct record){ .owner = words[0] };
    if (count < 3 || !is_domain(words[0]))
        return false;
    /* The class may stand before the TTL as well. */
    while (i < count && i < 3) {
        if (ret->ttl == NULL && is_number(words[i], 2147483647))
            ret->ttl = words[i++]; /* RFC 2181 section 8 */
        else if (strcasecmp(words[i], "IN") == 0)
            i++;
        else
            break;
    }
    if (i == count)
        return false;
    ret->type = find_type(words[i++]);
    ret->data = words + i;
    ret->count = count - i;
    return ret->type->name != NULL && ret->type->check(ret->data, ret->count);
}

static bool
is_record(const struct settings *settings, size_t i, const char *owner,
          const char *type)
{
    const char *o = settings_entry(settings, DNS_RECORDS, i, "owner"),
               *t = settings_entry(settings, DNS_RECORDS, i, "type");

    return o != NULL && t != NULL && same_name(o, owner) &&
           strcasecmp(t, type) == 0;
}

static int
save_record(struct settings *settings, const struct record *record,
            const char *data, struct error *error)
{
    size_t count = settings_count(settings, DNS_RECORDS), i;

    for (i = 0; i < count; i++) {
        const char *d = settings_entry(settings, DNS_RECORDS, i, "data");

        if (is_record(settings, i, record->owner, record->type->name) &&
            d != NULL && strcasecmp(d, data) == 0)
            return fail_pair(error, E_HAS_ENTRY, "dns", record->owner);
    }
    i = settings_append(settings, DNS_RECORDS);
    settings_set_entry(settings, DNS_RECORDS, i, "owner", record->owner);
    settings_set_entry(settings, DNS_RECORDS, i, "ttl", record->ttl);
    settings_set_entry(settings, DNS_RECORDS, i, "type", record->type->name);
    settings_set_entry(settings, DNS_RECORDS, i, "data", data);
    return 0;
}

int
dns_add_record(struct settings *settings, const char *text, struct error *error)
{
    char *copy = xstrdup(text), *rest = copy, *word, *words[MAX_WORDS];
    struct blob data = { 0 };
    struct record record;
    size_t count = 0, i;
    int r;

    while ((word = strsep(&rest, " \t")) != NULL && count <= MAX_WORDS)
        if (word[0] != '\0' && count++ < MAX_WORDS)
            words[count - 1] = word;
    if (count == 0 || count > MAX_WORDS ||
        !parse_record(words, count, &record)) {
        r = fail(error, E_BAD_RECORD, text);
    } else {
        for (i = 0; i < record.count; i++) {
            blob_text(&data, i > 0 ? " " : "");
            blob_text(&data, record.data[i]);
        }
        r = save_record(settings, &record, (char *)data.data, error);
    }
    blob_clear(&data);
    free(copy);
    return r;
}

int
dns_drop_record(struct settings *settings, const char *owner, const char *type,
                struct error *error)
{
    size_t before = settings_count(settings, DNS_RECORDS), i = before;

    while (i-- > 0)
        if (is_record(settings, i, owner, type))
            settings_drop(settings, DNS_RECORDS, i);
    if (settings_count(settings, DNS_RECORDS) == before)
        return fail_pair(error, E_NO_ENTRY, "dns", owner);
    return 0;
}

/*
 * Asking.
 */

static void
answer(struct blob *ret, const char *text)
{
    blob_text(ret, text);
    blob_text(ret, "\n");
}

/* False when the machine knows no such address either. */
static bool
ask_machine(int family, const char *name, struct blob *ret)
{
    const struct addrinfo hints = { .ai_family = family,
                                    .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL, *at;

    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return false;
    for (at = found; at != NULL; at = at->ai_next) {
        char text[INET6_ADDRSTRLEN];

        if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text), NULL,
                        0, NI_NUMERICHOST) == 0)
            answer(ret, text);
    }
    freeaddrinfo(found);
    return ret->size > 0;
}

int
dns_main(char *const *words, size_t count, int out)
{
    struct blob text = { 0 };
    int family = count == 2 ? find_type(words[0])->family : AF_UNSPEC;
    int r = family != AF_UNSPEC && is_domain(words[1]) &&
                    ask_machine(family, words[1], &text) &&
                    blob_write(&text, out) == 0
                ? 0
                : -1;

    blob_clear(&text);
    return r;
}

/* The answers of strangers are taken apart elsewhere. */
static bool
ask_helper(const struct helper *helper, const char *type, const char *name,
           struct blob *ret)
{
    char *words[] = { xstrdup(type), xstrdup(name) };
    struct error unwanted;
    bool found = helper_ask(helper, words, 2, ret, &unwanted) == 0;

    free(words[1]);
    free(words[0]);
    return found && ret->size > 0;
}

int
dns_lookup(const struct settings *settings, const char *type_name,
           const char *name, const struct helper *helper, struct blob *ret,
           struct error *error)
{
    const struct type *type = find_type(type_name);
    size_t count = settings_count(settings, DNS_RECORDS), i;

    if (!is_domain(name))
        return fail(error, E_BAD_DOMAIN, name);
    for (i = 0; i < count; i++)
        if (is_record(settings, i, name, type_name)) {
            const char *data = settings_entry(settings, DNS_RECORDS, i, "data");

            answer(ret, data != NULL ? data : "");
        }
    if (ret->size > 0 ||
        (type->family != AF_UNSPEC && ask_helper(helper, type_name, name, ret)))
        return 0;
    return fail(error, E_NOT_FOUND, name);
}

/*
 * Facts to lines.  One function for each kind of fact that is more than the
 * setting itself.
 */
#include "services/status.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

/* On its way: the source, the service or an entry of a list, the result. */
struct collecting {
    const struct status_source *source;
    const struct scope *scope;
    struct status *status;
};

/* The keys of a fact, taken apart. */
struct keys {
    char key[3][WORD_MAX];
    size_t count;
    bool holds; /* all conditions do */
};

static bool
holds(const struct collecting *at, char *condition)
{
    char *value = strchr(condition, '=');
    const char *set;

    *value++ = '\0';
    set = scope_get(at->scope, condition);
    return set != NULL && strcmp(set, value) == 0;
}

static struct keys
keys_of(const struct collecting *at, const char *words)
{
    struct keys keys = { .holds = true };
    char word[WORD_MAX];

    while (word_next(&words, word) != NULL) {
        if (strchr(word, '=') != NULL)
            keys.holds = keys.holds && holds(at, word);
        else if (keys.count < sizeof(keys.key) / sizeof(keys.key[0]))
            strcpy(keys.key[keys.count++], word);
    }
    return keys;
}

static void
add(const struct collecting *at, const struct fact *fact, const char *value)
{
    struct status *status = at->status;
    bool suffix = fact->kind != FACT_FLAG && fact->kind != FACT_RUNNING &&
                  fact->yes != NULL;

    status->lines =
        xreallocarray(status->lines, status->count + 1, sizeof(*status->lines));
    status->lines[status->count].label = fact->label;
    status->lines[status->count++].value =
        xasprintf("%s%s", value, suffix ? fact->yes : "");
}

static void
add_or_absent(const struct collecting *at, const struct fact *fact,
              const char *value)
{
    if (value != NULL)
        add(at, fact, value);
    else if (fact->absent != NULL)
        add(at, fact, fact->absent);
}

/* "initial_state=active" is on when it is so, "comments" when "enable". */
static void
add_flag(const struct collecting *at, const struct fact *fact)
{
    const char *words = fact->keys;
    char key[WORD_MAX], *wanted;
    const char *value;

    word_next(&words, key);
    wanted = strchr(key, '=');
    if (wanted != NULL)
        *wanted++ = '\0';
    value = scope_get(at->scope, key);
    if (value == NULL && fact->absent != NULL)
        add(at, fact, fact->absent);
    else
        add(at, fact,
            value != NULL &&
                    strcmp(value, wanted != NULL ? wanted : "enable") == 0
                ? fact->yes
                : fact->no);
}

static void
add_each(const struct collecting *at, const struct fact *fact,
         const char *words)
{
    char word[WORD_MAX];

    while (word_next(&words, word) != NULL)
        add(at, fact, word);
}

static char *
sip_port(const char *interface, const char *port)
{
    return port != NULL ? xasprintf("%s:%s", interface, port) : xstrdup("none");
}

static void
add_sip(const struct collecting *at, const struct fact *fact,
        const struct keys *keys)
{
    const char *interface = scope_get(at->scope, keys->key[0]);
    char *tcp, *tls, *value;

    if (interface == NULL) {
        add_or_absent(at, fact, NULL);
        return;
    }
    tcp = sip_port(interface, scope_get(at->scope, keys->key[1]));
    tls = sip_port(interface, scope_get(at->scope, keys->key[2]));
    value = xasprintf("tcp %s, tls %s", tcp, tls);
    add(at, fact, value);
    free(value);
    free(tls);
    free(tcp);
}

static void
add_address(const struct collecting *at, const struct fact *fact,
            const char *words)
{
    char word[WORD_MAX];
    const char *address = NULL;

    if (word_next(&words, word) != NULL)
        address = interface_address(&at->source->interfaces, word);
    add_or_absent(at, fact, address);
}

/* host:directory; the last colon counts, a host may be [2001:db8::1]. */
static void
add_half(const struct collecting *at, const struct fact *fact,
         const char *value)
{
    const char *colon = value != NULL ? strrchr(value, ':') : NULL;
    char *half;

    if (colon == NULL) {
        add_or_absent(at, fact, fact->kind == FACT_HOST ? value : NULL);
        return;
    }
    half = fact->kind == FACT_HOST ? xstrndup(value, (size_t)(colon - value))
                                   : xstrdup(colon + 1);
    add(at, fact, half);
    free(half);
}

static void
collect_fact(const struct collecting *at, const struct fact *fact)
{
    const struct scope *service = at->source->scope;
    struct keys keys;

    if (fact->kind == FACT_FLAG) {
        add_flag(at, fact);
        return;
    }
    keys = keys_of(at, fact->keys);
    if (!keys.holds)
        return;
    switch (fact->kind) {
    case FACT_FLAG: /* above */
        break;
    case FACT_TEXT:
    case FACT_OPTIONAL:
        add_or_absent(at, fact, scope_get(at->scope, keys.key[0]));
        break;
    case FACT_SERVICE:
        add_or_absent(at, fact, scope_get(service, keys.key[0]));
        break;
    case FACT_EACH:
        add_each(at, fact, scope_get(at->scope, keys.key[0]));
        break;
    case FACT_RUNNING:
        add(at, fact, at->source->running ? fact->yes : fact->no);
        break;
    case FACT_SIP:
        add_sip(at, fact, &keys);
        break;
    case FACT_ADDRESS:
        add_address(at, fact, scope_get(at->scope, keys.key[0]));
        break;
    case FACT_HOST:
    case FACT_REST:
        add_half(at, fact, scope_get(at->scope, keys.key[0]));
        break;
    case FACT_TAG:
        add(at, fact, service->tag != NULL ? service->tag : "");
        break;
    case FACT_HEADING:
        add(at, fact, "");
        break;
    }
}

static void
collect(const struct collecting *at, const struct fact *facts)
{
    const struct fact *fact;

    for (fact = facts; fact != NULL && fact->label != NULL; fact++)
        if (releases_include(fact->releases, at->source->release))
            collect_fact(at, fact);
}

void
status_collect(const struct status_source *source, const struct fact *facts,
               struct status *ret)
{
    const struct collecting at = { source, source->scope, ret };

    *ret = (struct status){ 0 };
    collect(&at, facts);
}

void
status_entry(const struct status_source *source, const struct view *list,
             size_t i, struct status *ret)
{
    struct scope entry;
    const struct collecting at = { source, &entry, ret };

    *ret = (struct status){ 0 };
    if (scope_entry(source->scope, list->name, i, &entry))
        collect(&at, list->facts);
}

void
status_clear(struct status *status)
{
    size_t i;

    for (i = 0; i < status->count; i++) {
        explicit_bzero(status->lines[i].value, strlen(status->lines[i].value));
        free(status->lines[i].value);
    }
    free(status->lines);
    *status = (struct status){ 0 };
}

/*
 * The settings of one service, of a tag or of an entry.  Names of services may
 * hold blanks; setting names have an underscore there.
 */
#include "services/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

static char *
service_key(const struct service *service)
{
    char *name = xstrdup(service->name), *s;

    for (s = name; (s = strchr(s, ' ')) != NULL;)
        *s = '_';
    return name;
}

char *
scope_path(const struct scope *scope, const char *key)
{
    char *service = service_key(scope->service);
    char *path = xasprintf("%s.%s", service, key);

    free(service);
    return path;
}

bool
scope_entry(const struct scope *scope, const char *list, size_t i,
            struct scope *ret)
{
    char *path;
    bool found;

    if (list == NULL)
        return false;
    path = scope_path(scope, list);
    found = i < settings_count(scope->settings, path);
    free(path);
    *ret = *scope;
    ret->list = list;
    ret->entry = i;
    return found;
}

/* The list and the entry that hold the settings of a tag, or of an entry. NULL:
   they stand by themselves.  The caller frees it. */
static char *
holder(const struct scope *scope, size_t *i)
{
    char *list;

    if (scope->list != NULL) {
        *i = scope->entry;
        return scope_path(scope, scope->list);
    }
    if (scope->tag == NULL)
        return NULL;
    list = service_key(scope->service);
    *i = settings_find(scope->settings, list, "tag", scope->tag);
    return list;
}

const char *
scope_get(const struct scope *scope, const char *key)
{
    size_t i = 0;
    char *list = holder(scope, &i), *path;
    const char *value = NULL;

    if (list != NULL) {
        if (i < settings_count(scope->settings, list))
            value = settings_entry(scope->settings, list, i, key);
        free(list);
        return value;
    }
    path = scope_path(scope, key);
    value = settings_get(scope->settings, path);
    free(path);
    return value;
}

const char *
setting_value(const char *text)
{
    return text != NULL && strcmp(text, "none") != 0 ? text : NULL;
}

const char *
scope_value(const struct scope *scope, const char *key)
{
    return key != NULL ? setting_value(scope_get(scope, key)) : NULL;
}

void
scope_set(const struct scope *scope, const char *key, const char *value)
{
    size_t i = 0;
    char *list = holder(scope, &i), *path;

    if (list != NULL) {
        if (i < settings_count(scope->settings, list))
            settings_set_entry(scope->settings, list, i, key, value);
        free(list);
        return;
    }
    path = scope_path(scope, key);
    settings_set(scope->settings, path, value);
    free(path);
}

bool
scope_enabled(const struct scope *scope)
{
    const char *enabled;

    if (scope->service->always)
        return true;
    enabled = scope_get(scope, "enabled");
    return enabled != NULL && strcmp(enabled, "enable") == 0;
}

bool
scope_next(struct settings *settings, const struct service *catalog,
           unsigned release, size_t *at, struct scope *ret)
{
    const struct service *service = NULL;
    size_t left = *at;

    while ((service = service_next(catalog, service, release)) != NULL) {
        size_t count = 1;
        char *list = NULL;

        if (service->tagged) {
            list = service_key(service);
            count = settings_count(settings, list);
        }
        if (left < count) {
            *ret = (struct scope){ .settings = settings, .service = service };
            if (list != NULL) {
                ret->tag = settings_entry(settings, list, left, "tag");
                if (ret->tag == NULL)
                    ret->tag = ""; /* edited by hand: nothing is set in it */
            }
            free(list);
            ++*at;
            return true;
        }
        left -= count;
        free(list);
    }
    return false;
}

char *
scope_name(const struct scope *scope)
{
    if (scope->tag == NULL)
        return xstrdup(scope->service->name);
    return xasprintf("%s %s", scope->service->name, scope->tag);
}

bool
scope_find(struct settings *settings, const struct service *catalog,
           unsigned release, const char *name, struct scope *ret)
{
    size_t at = 0;
    bool found = false;

    while (!found && scope_next(settings, catalog, release, &at, ret)) {
        char *this_name = scope_name(ret);

        found = strcmp(this_name, name) == 0;
        free(this_name);
    }
    return found;
}

/* 0 for what is no port. */
static unsigned
port_of(const char *word)
{
    char *end;
    unsigned long port = strtoul(word, &end, 10);

    if (word[0] < '0' || word[0] > '9' || *end != '\0' || port > 65535)
        return 0;
    return (unsigned)port;
}

static bool
is_on(const struct scope *scope, const char *when)
{
    const char *value = when != NULL ? scope_get(scope, when) : "enable";

    return value != NULL && strcmp(value, "enable") == 0;
}

/* A word of a whitelist, "a" or "a:443"; port: where it names none. */
static void
place_of(const struct listener *listener, char *word, unsigned port,
         struct place *ret)
{
    char *colon = strchr(word, ':');

    if (colon != NULL) {
        *colon++ = '\0';
        if (listener->protocol != SPEAK_REDIRECT)
            port = port_of(colon);
    }
    ret->listener = listener;
    ret->port = port;
    snprintf(ret->interface, sizeof(ret->interface), "%s", word);
}

bool
scope_place(const struct scope *scope, size_t *at, struct place *ret)
{
    const struct listener *listener = scope->service->listeners;
    size_t left = *at;

    for (; listener != NULL && listener->name != NULL; listener++) {
        const char *words = scope_get(scope, listener->listen);
        const char *typed =
            listener->port != NULL ? scope_get(scope, listener->port) : NULL;
        unsigned port = typed != NULL ? port_of(typed) : listener->default_port;
        char word[WORD_MAX];

        if (!is_on(scope, listener->when))
            continue;
        while (word_next(&words, word) != NULL) {
            place_of(listener, word, port, ret);
            if (ret->port != 0 && left-- == 0) {
                ++*at;
                return true;
            }
        }
    }
    return false;
}

/* Takes "list:key" apart; without a colon it is a key of the service. */
static void
split_file_key(const char *word, struct file_setting *ret)
{
    const char *colon = strchr(word, ':');
    int size = colon != NULL ? (int)(colon - word) : 0;

    snprintf(ret->list, sizeof(ret->list), "%.*s", size, word);
    snprintf(ret->key, sizeof(ret->key), "%s",
             colon != NULL ? colon + 1 : word);
}

bool
scope_file(const struct scope *scope, size_t *at, struct file_setting *ret)
{
    const char *words = scope->service->files;
    size_t left = *at;
    char word[WORD_MAX];

    while (word_next(&words, word) != NULL) {
        size_t count = 1;
        char *list = NULL;

        split_file_key(word, ret);
        if (ret->list[0] != '\0') {
            list = scope_path(scope, ret->list);
            count = settings_count(scope->settings, list);
        }
        if (left < count)
            ret->value = list != NULL ? settings_entry(scope->settings, list,
                                                       left, ret->key)
                                      : scope_get(scope, ret->key);
        free(list);
        if (left < count) {
            ++*at;
            return true;
        }
        left -= count;
    }
    return false;
}

const char *
word_next(const char **at, char buffer[WORD_MAX])
{
    const char *s = *at != NULL ? *at : "";
    size_t size, kept;

    s += strspn(s, " ");
    size = strcspn(s, " ");
    if (size == 0)
        return NULL;
    kept = size < WORD_MAX ? size : WORD_MAX - 1;
    memcpy(buffer, s, kept);
    buffer[kept] = '\0';
    *at = s + size;
    return buffer;
}

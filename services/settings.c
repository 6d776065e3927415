/*
 * What is configured.  libconfig parses and prints; its own file writing
 * truncates in place and ignores errors, so the text goes through the store.
 */
#include "services/settings.h"

#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

/* Of the file; a higher one was written by a later program. */
#define FORMAT 1

struct settings {
    config_t config;
};

struct settings *
settings_new(void)
{
    struct settings *settings = xcalloc(1, sizeof(*settings));
    config_setting_t *root;

    config_init(&settings->config);
    root = config_root_setting(&settings->config);
    config_setting_set_int(config_setting_add(root, "version", CONFIG_TYPE_INT),
                           FORMAT);
    return settings;
}

static int
damaged(struct error *error, const char *name, unsigned line,
        const char *detail)
{
    fail_detail(error, E_DAMAGED, name, detail);
    error->line = line;
    return -1;
}

/* The line that ends at a character, from 1. */
static unsigned
line_of(const char *text, const char *at)
{
    unsigned line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* A backup comes from outside: it must not have other files read.  NULL when
   no line begins with it. */
static const char *
find_include(const char *text)
{
    const char *line, *word;

    for (line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        word = line + strspn(line, " \t");
        if (strncmp(word, "@include", strlen("@include")) == 0)
            return word;
    }
    return NULL;
}

/* Behind the string or the comment that begins there, or else the next
   character; NULL: it has no end. */
static const char *
skip_token(const char *at)
{
    if (at[0] == '#' || (at[0] == '/' && at[1] == '/'))
        return at + strcspn(at, "\n");
    if (at[0] == '/' && at[1] == '*') {
        at = strstr(at + 2, "*/");
        return at != NULL ? at + 2 : NULL;
    }
    if (at[0] != '"')
        return at + 1;
    for (at++; *at != '\0' && *at != '"'; at++)
        if (*at == '\\' && at[1] != '\0')
            at++;
    return *at == '"' ? at + 1 : NULL;
}

int
settings_check_ends(const char *text, const char *name, struct error *error)
{
    const char *at, *next;

    for (at = text; *at != '\0'; at = next) {
        next = skip_token(at);
        if (next != NULL)
            continue;
        fail_detail(error, E_CONFIG_SYNTAX, name,
                    *at == '"' ? "a string without its end"
                               : "a comment without its end");
        error->line = line_of(text, at);
        return -1;
    }
    return 0;
}

static int
wrong_type(const config_setting_t *setting, const char *name, const char *wants,
           struct error *error)
{
    const char *key = config_setting_name(setting);

    fail_detail(error, E_CONFIG_TYPE, name, wants);
    snprintf(error->other, sizeof(error->other), "%s",
             key != NULL ? key : "an entry");
    error->line = config_setting_source_line(setting);
    return -1;
}

/* What a hand has put there that would be taken for nothing, and replaced. */
static int
check_types(const config_setting_t *group, const config_setting_t *version,
            const char *name, struct error *error)
{
    bool list = config_setting_is_list(group);
    int i, r = 0;

    for (i = 0; r == 0 && i < config_setting_length(group); i++) {
        const config_setting_t *setting =
            config_setting_get_elem(group, (unsigned)i);
        int type = config_setting_type(setting);

        if (type == CONFIG_TYPE_GROUP || (type == CONFIG_TYPE_LIST && !list))
            r = check_types(setting, version, name, error);
        else if (list)
            r = wrong_type(setting, name, "a group", error);
        else if (type != CONFIG_TYPE_STRING && setting != version)
            r = wrong_type(setting, name, "a string", error);
    }
    return r;
}

static int
read_text(config_t *config, const struct blob *file, const char *name,
          struct error *error)
{
    const char *text = (const char *)file->data;
    const config_setting_t *version;
    const char *include;

    if (strlen(text) != file->size)
        return damaged(error, name, line_of(text, text + strlen(text)),
                       "NUL byte");
    include = find_include(text);
    if (include != NULL) {
        fail_detail(error, E_CONFIG_SYNTAX, name, "@include is not allowed");
        error->line = line_of(text, include);
        return -1;
    }
    if (settings_check_ends(text, name, error) != 0)
        return -1;
    if (!config_read_string(config, text)) {
        fail_detail(error, E_CONFIG_SYNTAX, name, config_error_text(config));
        error->line = (unsigned)config_error_line(config);
        return -1;
    }
    version = config_lookup(config, "version");
    if (version == NULL)
        return damaged(error, name, 0, "no version");
    if (config_setting_type(version) != CONFIG_TYPE_INT ||
        config_setting_get_int(version) != FORMAT)
        return damaged(error, name, config_setting_source_line(version),
                       "not a version that this program knows");
    return check_types(config_root_setting(config), version, name, error);
}

int
settings_parse(const struct blob *text, const char *name, struct settings **ret,
               struct error *error)
{
    struct settings *settings = settings_new();

    if (read_text(&settings->config, text, name, error) != 0) {
        settings_free(settings);
        return -1;
    }
    *ret = settings;
    return 0;
}

int
settings_load(struct store *store, struct settings **ret, struct error *error)
{
    struct blob text = { 0 };
    int r;

    r = store_read(store, STORE_PRIVATE, SETTINGS_FILE, &text, error);
    if (r == 0) {
        r = settings_parse(&text, SETTINGS_FILE, ret, error);
    } else if (error->code == E_NO_FILE) {
        *ret = settings_new();
        r = 0;
    }
    blob_clear(&text);
    return r;
}

void
settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    config_destroy(&settings->config);
    free(settings);
}

const char *
settings_get(const struct settings *settings, const char *key)
{
    const char *value = NULL;

    if (!config_lookup_string(&settings->config, key, &value))
        return NULL;
    return value;
}

/* The group that a key's last part stands in; made where it is missing, or
   where something else stands that nobody but an editor can have put there. */
static config_setting_t *
group_of(config_t *config, const char *key, const char **last)
{
    config_setting_t *group = config_root_setting(config);
    const char *dot;

    while ((dot = strchr(key, '.')) != NULL) {
        char *name = xstrndup(key, (size_t)(dot - key));
        config_setting_t *next = config_setting_get_member(group, name);

        if (next != NULL && !config_setting_is_group(next)) {
            config_setting_remove(group, name);
            next = NULL;
        }
        if (next == NULL)
            next = config_setting_add(group, name, CONFIG_TYPE_GROUP);
        free(name);
        if (next == NULL)
            abort(); /* a key of ours that libconfig can not hold */
        group = next;
        key = dot + 1;
    }
    *last = key;
    return group;
}

static void
set_in(config_setting_t *group, const char *name, const char *value)
{
    config_setting_t *setting;

    if (config_setting_get_member(group, name) != NULL)
        config_setting_remove(group, name);
    if (value == NULL)
        return;
    setting = config_setting_add(group, name, CONFIG_TYPE_STRING);
    if (setting == NULL || !config_setting_set_string(setting, value))
        abort();
}

void
settings_set(struct settings *settings, const char *key, const char *value)
{
    const char *last;
    config_setting_t *group = group_of(&settings->config, key, &last);

    set_in(group, last, value);
}

/* NULL when there is no such list, or something else stands there. */
static config_setting_t *
list_of(const struct settings *settings, const char *list)
{
    config_setting_t *found = config_lookup(&settings->config, list);

    return found != NULL && config_setting_is_list(found) ? found : NULL;
}

size_t
settings_count(const struct settings *settings, const char *list)
{
    const config_setting_t *found = list_of(settings, list);

    return found != NULL ? (size_t)config_setting_length(found) : 0;
}

/* A group: nothing else is let in. */
static config_setting_t *
entry_of(const struct settings *settings, const char *list, size_t i)
{
    return config_setting_get_elem(list_of(settings, list), (unsigned)i);
}

const char *
settings_entry(const struct settings *settings, const char *list, size_t i,
               const char *key)
{
    const config_setting_t *entry = entry_of(settings, list, i);
    const char *value = NULL;

    if (!config_setting_lookup_string(entry, key, &value))
        return NULL;
    return value;
}

size_t
settings_find(const struct settings *settings, const char *list,
              const char *key, const char *value)
{
    size_t count = settings_count(settings, list), i;

    for (i = 0; i < count; i++) {
        const char *found = settings_entry(settings, list, i, key);

        if (found != NULL && strcmp(found, value) == 0)
            break;
    }
    return i;
}

void
settings_set_entry(struct settings *settings, const char *list, size_t i,
                   const char *key, const char *value)
{
    set_in(entry_of(settings, list, i), key, value);
}

size_t
settings_append(struct settings *settings, const char *list)
{
    config_setting_t *found = list_of(settings, list);
    size_t count = settings_count(settings, list);

    if (found == NULL) {
        const char *last;
        config_setting_t *group = group_of(&settings->config, list, &last);

        if (config_setting_get_member(group, last) != NULL)
            config_setting_remove(group, last);
        found = config_setting_add(group, last, CONFIG_TYPE_LIST);
    }
    if (found == NULL ||
        config_setting_add(found, NULL, CONFIG_TYPE_GROUP) == NULL)
        abort(); /* a key of ours that libconfig can not hold */
    return count;
}

void
settings_drop(struct settings *settings, const char *list, size_t i)
{
    if (settings_count(settings, list) > 1)
        config_setting_remove_elem(list_of(settings, list), (unsigned)i);
    else
        settings_set(settings, list, NULL);
}

void
settings_format(const struct settings *settings, struct blob *ret)
{
    FILE *out = blob_stream(ret);

    config_write(&settings->config, out);
    fclose(out);
}

int
settings_save(const struct settings *settings, struct store *store,
              struct error *error)
{
    struct blob text = { 0 };
    const struct store_change change = { SETTINGS_FILE, &text, 0600 };
    int r;

    settings_format(settings, &text);
    r = store_write(store, STORE_PRIVATE, &change, 1, error);
    blob_clear(&text);
    return r;
}

int
settings_update(struct store *store, const struct settings_change *changes,
                size_t n, struct error *error)
{
    struct settings *settings = NULL;
    size_t i;
    int r;

    if (store_lock(store, error) != 0)
        return -1;
    r = settings_load(store, &settings, error);
    if (r == 0) {
        for (i = 0; i < n; i++)
            settings_set(settings, changes[i].key, changes[i].value);
        r = settings_save(settings, store, error);
    }
    store_unlock(store);
    settings_free(settings);
    return r;
}

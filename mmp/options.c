/*
 * The program's own configuration.  Every key is a row: its type, where its
 * value goes, and what values it takes.
 */
#include "mmp/options.h"

#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "pki/blob.h"
#include "pki/store.h"
#include "pki/xalloc.h"
#include "services/host.h"

static bool
is_release(const char *value)
{
    return dialect_find(value) != NULL;
}

static bool
is_hostname(const char *value)
{
    struct error error;

    return host_name_check(value, &error) == 0;
}

static bool
is_path(const char *value)
{
    return value[0] == '/';
}

/* Names of enum keygen_method, by value. */
static const char *const keygen_names[] = { "fast", "library", NULL };

static const struct key {
    const char *name;
    enum { STRING, NUMBER, BOOLEAN, NAME } type;
    size_t offset;                 /* in struct options */
    bool (*accepts)(const char *); /* of a STRING */
    const char *const *names;      /* of a NAME */
    int min, max, step;            /* of a NUMBER */
    const char *wanted;            /* for the message */
} keys[] = {
    { "release", STRING, offsetof(struct options, release), is_release, NULL, 0,
      0, 0, "\"2.9\" or \"3.9\"" },
    { "hostname", STRING, offsetof(struct options, hostname), is_hostname, NULL,
      0, 0, 0, "a host name" },
    { "state", STRING, offsetof(struct options, state), is_path, NULL, 0, 0, 0,
      "an absolute path" },
    { "key_bits", NUMBER, offsetof(struct options, key_bits), NULL, NULL,
      KEYGEN_MIN_BITS, KEYGEN_MAX_BITS, 2, "an even number from 2048 to 8192" },
    { "keygen", NAME, offsetof(struct options, keygen), NULL, keygen_names, 0,
      0, 0, "\"fast\" or \"library\"" },
    { "days", NUMBER, offsetof(struct options, days), NULL, NULL, 1, 36500, 1,
      "a number from 1 to 36500" },
    { "diagnostics", BOOLEAN, offsetof(struct options, diagnostics), NULL, NULL,
      0, 0, 0, "true or false" },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

void
options_defaults(struct options *options)
{
    *options = (struct options){
        .release = xstrdup("2.9"),
        .hostname = xstrdup("cms"),
        .key_bits = 2048,
        .keygen = KEYGEN_FAST,
        .days = 365,
        .diagnostics = true,
    };
}

void
options_clear(struct options *options)
{
    free(options->release);
    free(options->hostname);
    free(options->state);
    *options = (struct options){ 0 };
}

const char *
options_key(size_t i)
{
    return i < KEYS ? keys[i].name : NULL;
}

static int
bad_key(struct error *error, enum error_code code, const char *path,
        const config_setting_t *setting, const char *detail)
{
    const char *included = config_setting_source_file(setting);

    fail_pair(error, code, included != NULL ? included : path,
              config_setting_name(setting));
    error->line = config_setting_source_line(setting);
    if (detail != NULL)
        strncat(error->detail, detail, sizeof(error->detail) - 1);
    return -1;
}

static int
set_string(const struct key *key, char **field, const config_setting_t *setting,
           const char *path, struct error *error)
{
    const char *value = config_setting_get_string(setting);

    if (value == NULL)
        return bad_key(error, E_CONFIG_TYPE, path, setting, key->wanted);
    if (!key->accepts(value))
        return bad_key(error, E_CONFIG_VALUE, path, setting, key->wanted);
    free(*field);
    *field = xstrdup(value);
    return 0;
}

static int
set_name(const struct key *key, enum keygen_method *field,
         const config_setting_t *setting, const char *path, struct error *error)
{
    const char *value = config_setting_get_string(setting);
    size_t i;

    if (value == NULL)
        return bad_key(error, E_CONFIG_TYPE, path, setting, key->wanted);
    for (i = 0; key->names[i] != NULL; i++) {
        if (strcmp(key->names[i], value) == 0) {
            *field = (enum keygen_method)i;
            return 0;
        }
    }
    return bad_key(error, E_CONFIG_VALUE, path, setting, key->wanted);
}

static int
set_number(const struct key *key, unsigned *field,
           const config_setting_t *setting, const char *path,
           struct error *error)
{
    int value = config_setting_get_int(setting);

    if (config_setting_type(setting) != CONFIG_TYPE_INT)
        return bad_key(error, E_CONFIG_TYPE, path, setting, key->wanted);
    if (value < key->min || value > key->max || value % key->step != 0)
        return bad_key(error, E_CONFIG_VALUE, path, setting, key->wanted);
    *field = (unsigned)value;
    return 0;
}

static int
set_boolean(const struct key *key, bool *field, const config_setting_t *setting,
            const char *path, struct error *error)
{
    if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
        return bad_key(error, E_CONFIG_TYPE, path, setting, key->wanted);
    *field = config_setting_get_bool(setting);
    return 0;
}

static int
set_key(struct options *options, const config_setting_t *setting,
        const char *path, struct error *error)
{
    const char *name = config_setting_name(setting);
    const struct key *key = keys;
    void *field;

    while (key < keys + KEYS && strcmp(key->name, name) != 0)
        key++;
    if (key == keys + KEYS)
        return bad_key(error, E_CONFIG_UNKNOWN, path, setting, NULL);
    field = (char *)options + key->offset;
    switch (key->type) {
    case STRING:
        return set_string(key, field, setting, path, error);
    case NUMBER:
        return set_number(key, field, setting, path, error);
    case BOOLEAN:
        return set_boolean(key, field, setting, path, error);
    case NAME:
        return set_name(key, field, setting, path, error);
    }
    abort();
}

static struct options
copy(const struct options *options)
{
    struct options made = *options;

    made.release = xstrdup(options->release);
    made.hostname = xstrdup(options->hostname);
    made.state = options->state != NULL ? xstrdup(options->state) : NULL;
    return made;
}

static int
read_keys(struct options *options, const config_t *parsed, const char *path,
          struct error *error)
{
    const config_setting_t *root = config_root_setting(parsed);
    int i;

    for (i = 0; i < config_setting_length(root); i++)
        if (set_key(options, config_setting_get_elem(root, (unsigned)i), path,
                    error) != 0)
            return -1;
    return 0;
}

/* libconfig ends the program when it can not read what it has opened. */
static int
read_file(const char *path, struct blob *ret, struct error *error)
{
    char buffer[4096];
    FILE *in = fopen(path, "re");
    size_t n;
    int r = 0;

    if (in == NULL)
        return fail_errno(error, path);
    while (r == 0 && (n = fread(buffer, 1, sizeof(buffer), in)) > 0) {
        blob_append(ret, buffer, n);
        if (ret->size > STORE_MAX_FILE)
            r = fail(error, E_TOO_LARGE, path);
    }
    if (r == 0 && ferror(in))
        r = fail_errno(error, path);
    fclose(in);
    return r;
}

static int
parse(config_t *parsed, const char *path, const struct blob *file,
      struct error *error)
{
    const char *text = file->data != NULL ? (const char *)file->data : "";
    const char *included, *s;

    if (strlen(text) != file->size) {
        fail_detail(error, E_CONFIG_SYNTAX, path, "NUL byte");
        for (s = text, error->line = 1; *s != '\0'; s++)
            error->line += *s == '\n';
        return -1;
    }
    if (config_read_string(parsed, text))
        return 0;
    included = config_error_file(parsed);
    fail_detail(error, E_CONFIG_SYNTAX, included != NULL ? included : path,
                config_error_text(parsed));
    error->line = (unsigned)config_error_line(parsed);
    return -1;
}

int
options_load(struct options *options, const char *path, bool must_exist,
             struct error *error)
{
    struct options made;
    struct blob file = { 0 };
    config_t parsed;
    int r;

    if (read_file(path, &file, error) != 0) {
        blob_clear(&file);
        return error->code == E_NO_FILE && !must_exist ? 0 : -1;
    }
    made = copy(options);
    config_init(&parsed);
    r = parse(&parsed, path, &file, error);
    if (r == 0)
        r = read_keys(&made, &parsed, path, error);
    if (r == 0) {
        struct options old = *options;

        *options = made;
        made = old;
    }
    options_clear(&made);
    config_destroy(&parsed);
    blob_clear(&file);
    return r;
}

int
options_load_places(struct options *options, const char *system,
                    const char *xdg, const char *home, struct error *error)
{
    char *path = NULL;
    int r;

    r = options_load(options, system, false, error);
    if (xdg != NULL && xdg[0] == '/')
        path = xasprintf("%s/openmmp/mmp.cfg", xdg);
    else if (home != NULL)
        path = xasprintf("%s/.config/openmmp/mmp.cfg", home);
    if (r == 0 && path != NULL)
        r = options_load(options, path, false, error);
    free(path);
    return r;
}

char *
options_state(const struct options *options, const char *xdg, const char *home,
              bool root)
{
    if (options->state != NULL)
        return xstrdup(options->state);
    if (root)
        return xstrdup(MMP_SYSTEM_STATE);
    if (xdg != NULL && xdg[0] == '/')
        return xasprintf("%s/openmmp", xdg);
    if (home != NULL)
        return xasprintf("%s/.local/state/openmmp", home);
    return NULL;
}

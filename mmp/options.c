/*
 * The program's own configuration.  Every key is a row: its type, where its
 * value goes, and what values it takes.
 */
#include "mmp/options.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mmp/dialect.h"
#include "pki/blob.h"
#include "pki/store.h"
#include "pki/xalloc.h"
#include "services/backend.h"
#include "services/clock.h"
#include "services/host.h"
#include "services/network.h"
#include "services/settings.h"

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

static bool
is_backend(const char *value)
{
    return backend_find(value) != NULL;
}

/* The syntax of useradd(8); whether the user exists shows later. */
static bool
is_user(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

    return value[0] != '\0' && value[0] != '-' && strlen(value) <= 32 &&
           value[strspn(value, letters)] == '\0';
}

static bool
is_address(const char *value)
{
    return network_family(value) != AF_UNSPEC;
}

static bool
is_day(const char *value)
{
    time_t day;

    return clock_parse_day(value, &day);
}

/* Is it a service of some release that is reached by names? */
static bool
is_named_service(const char *name)
{
    const struct dialect *dialect;
    size_t i;

    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        const struct service *service =
            service_find(dialect->catalog, dialect->release, name);

        if (service != NULL && service_has_names(service))
            return true;
    }
    return false;
}

/* Names of enum keygen_method, by value. */
static const char *const keygen_names[] = { "fast", "library", NULL };

struct key {
    const char *name;
    enum { STRING, NUMBER, BOOLEAN, NAME, GROUP, HOSTS } type;
    size_t offset;                 /* in struct options */
    bool (*accepts)(const char *); /* of a STRING */
    const char *const *names;      /* of a NAME */
    int min, max, step;            /* of a NUMBER */
    const char *wanted;            /* for the message */
    const struct key *keys;        /* of a GROUP; without a name at the end */
};

#define FIELD(name) .offset = offsetof(struct options, name)

static const struct key interface_keys[] = {
    { "a", STRING, FIELD(interfaces.a), .accepts = is_address,
      .wanted = "an IP address" },
    { "b", STRING, FIELD(interfaces.b), .accepts = is_address,
      .wanted = "an IP address" },
    { "c", STRING, FIELD(interfaces.c), .accepts = is_address,
      .wanted = "an IP address" },
    { "d", STRING, FIELD(interfaces.d), .accepts = is_address,
      .wanted = "an IP address" },
    { "e", STRING, FIELD(interfaces.e), .accepts = is_address,
      .wanted = "an IP address" },
    { "lo", STRING, FIELD(interfaces.lo), .accepts = is_address,
      .wanted = "an IP address" },
    { NULL },
};

static const struct key keys[] = {
    { "release", STRING, FIELD(release), .accepts = is_release,
      .wanted = "\"2.9\" or \"3.9\"" },
    { "hostname", STRING, FIELD(hostname), .accepts = is_hostname,
      .wanted = "a host name" },
    { "state", STRING, FIELD(state), .accepts = is_path,
      .wanted = "an absolute path" },
    { "key_bits", NUMBER, FIELD(key_bits), .min = KEYGEN_MIN_BITS,
      .max = KEYGEN_MAX_BITS, .step = 2,
      .wanted = "an even number from 2048 to 8192" },
    { "keygen", NAME, FIELD(keygen), .names = keygen_names,
      .wanted = "\"fast\" or \"library\"" },
    { "license_expiry", STRING, FIELD(license_expiry), .accepts = is_day,
      .wanted = "a day such as \"2030-12-31\"" },
    { "days", NUMBER, FIELD(days), .min = 1, .max = 36500, .step = 1,
      .wanted = "a number from 1 to 36500" },
    { "diagnostics", BOOLEAN, FIELD(diagnostics), .wanted = "true or false" },
    { "backend", STRING, FIELD(backend), .accepts = is_backend,
      .wanted = "\"embedded\" or \"nginx\"" },
    { "interfaces", GROUP, .keys = interface_keys,
      .wanted = "{ a = \"address\"; ... } with a, b, c, d, e, lo" },
    { "port_offset", NUMBER, FIELD(port_offset), .max = 60000, .step = 1,
      .wanted = "a number from 0 to 60000" },
    { "database_user", STRING, FIELD(database_user), .accepts = is_user,
      .wanted = "the name of a user" },
    { "names", HOSTS, FIELD(names),
      .wanted = "{ service = [ \"host name or URL\", ... ]; ... }" },
    { NULL },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]) - 1)

void
options_defaults(struct options *options)
{
    *options = (struct options){
        .release = xstrdup("2.9"),
        .hostname = xstrdup("cms"),
        .license_expiry = xstrdup("2099-12-31"),
        .key_bits = 2048,
        .keygen = KEYGEN_FAST,
        .days = 365,
        .diagnostics = true,
        .backend = xstrdup("embedded"),
        .interfaces = { xstrdup("127.0.0.1"), xstrdup("127.0.0.2"),
                        xstrdup("127.0.0.3"), xstrdup("127.0.0.4"),
                        xstrdup("127.0.0.5"), xstrdup("127.0.0.1") },
        .port_offset = interface_default_offset(),
        .database_user = xstrdup("postgres"),
    };
}

static void
free_strings(struct options *options, const struct key *known)
{
    const struct key *key;

    for (key = known; key->name != NULL; key++)
        if (key->type == GROUP)
            free_strings(options, key->keys);
        else if (key->type == STRING)
            free(*(char **)((char *)options + key->offset));
}

static void
free_names(struct options *options, size_t kept)
{
    while (options->name_count > kept) {
        struct stated_name *last = &options->names[--options->name_count];

        free(last->service);
        free(last->host);
    }
}

void
options_clear(struct options *options)
{
    free_strings(options, keys);
    free_names(options, 0);
    free(options->names);
    *options = (struct options){ 0 };
}

void
options_interfaces(const struct options *options, struct interfaces *ret)
{
    *ret = (struct interfaces){
        .a = options->interfaces.a,
        .b = options->interfaces.b,
        .c = options->interfaces.c,
        .d = options->interfaces.d,
        .e = options->interfaces.e,
        .lo = options->interfaces.lo,
        .port_offset = options->port_offset,
    };
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

/*
 * Names of services.
 */

static void
add_name(struct options *options, const char *service, const char *host)
{
    options->names = xreallocarray(options->names, options->name_count + 1,
                                   sizeof(*options->names));
    options->names[options->name_count++] =
        (struct stated_name){ xstrdup(service), xstrdup(host) };
}

/* What an earlier file said about a service. */
static void
drop_names(struct options *options, const char *service)
{
    size_t kept = 0, i;

    for (i = 0; i < options->name_count; i++) {
        struct stated_name *name = &options->names[i], other;

        if (strcmp(name->service, service) == 0)
            continue;
        other = options->names[kept];
        options->names[kept++] = *name;
        *name = other;
    }
    free_names(options, kept);
}

/* The host of "host", "address", or "https://host:port/path" (RFC 3986
   section 3.2), in the form that is looked for in a certificate; NULL: there
   is none. */
static char *
host_of(const char *value)
{
    bool url = strncmp(value, "https://", 8) == 0;
    const char *at = url ? value + 8 : value, *end = at + strlen(at);
    char *host;

    if (url && at[0] == '[') {
        end = strchr(++at, ']');
        if (end == NULL || strchr(":/?#", end[1]) == NULL)
            return NULL;
    } else if (url) {
        end = at + strcspn(at, ":/?#");
    }
    host = xstrndup(at, (size_t)(end - at));
    if (is_hostname(host) || is_address(host))
        return host;
    free(host);
    return NULL;
}

static int
add_hosts(struct options *options, const config_setting_t *list,
          const struct key *key, const char *path, struct error *error)
{
    int count = config_setting_length(list), i;

    drop_names(options, config_setting_name(list));
    if (count > DOCTOR_NAMES_MAX)
        return bad_key(error, E_CONFIG_VALUE, path, list, "at most 16 names");
    for (i = 0; i < count; i++) {
        const config_setting_t *item =
            config_setting_get_elem(list, (unsigned)i);
        const char *value = config_setting_get_string(item);
        char *host = value != NULL ? host_of(value) : NULL;

        if (host == NULL) {
            bad_key(error, value != NULL ? E_CONFIG_VALUE : E_CONFIG_TYPE, path,
                    list, key->wanted);
            error->line = config_setting_source_line(item);
            return -1;
        }
        add_name(options, config_setting_name(list), host);
        free(host);
    }
    return 0;
}

static int
set_hosts(struct options *options, const struct key *key,
          const config_setting_t *group, const char *path, struct error *error)
{
    int i, r = 0;

    if (!config_setting_is_group(group))
        return bad_key(error, E_CONFIG_TYPE, path, group, key->wanted);
    for (i = 0; r == 0 && i < config_setting_length(group); i++) {
        const config_setting_t *list =
            config_setting_get_elem(group, (unsigned)i);

        if (!is_named_service(config_setting_name(list)))
            r = bad_key(error, E_CONFIG_UNKNOWN, path, list, NULL);
        else if (!config_setting_is_array(list) &&
                 !config_setting_is_list(list))
            r = bad_key(error, E_CONFIG_TYPE, path, list, key->wanted);
        else
            r = add_hosts(options, list, key, path, error);
    }
    return r;
}

static int set_keys(struct options *options, const struct key *known,
                    const config_setting_t *group, const char *path,
                    struct error *error);

static int
set_key(struct options *options, const struct key *known,
        const config_setting_t *setting, const char *path, struct error *error)
{
    const char *name = config_setting_name(setting);
    const struct key *key = known;
    void *field;

    while (key->name != NULL && strcmp(key->name, name) != 0)
        key++;
    if (key->name == NULL)
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
    case GROUP:
        if (!config_setting_is_group(setting))
            return bad_key(error, E_CONFIG_TYPE, path, setting, key->wanted);
        return set_keys(options, key->keys, setting, path, error);
    case HOSTS:
        return set_hosts(options, key, setting, path, error);
    }
    abort();
}

/* Copies the strings that from owns. */
static void
copy_strings(struct options *to, const struct options *from,
             const struct key *known)
{
    const struct key *key;

    for (key = known; key->name != NULL; key++) {
        char *const *old = (char *const *)((const char *)from + key->offset);

        if (key->type == GROUP)
            copy_strings(to, from, key->keys);
        else if (key->type == STRING && *old != NULL)
            *(char **)((char *)to + key->offset) = xstrdup(*old);
    }
}

static struct options
copy(const struct options *options)
{
    struct options made = *options;
    size_t i;

    copy_strings(&made, options, keys);
    made.names = NULL;
    made.name_count = 0;
    for (i = 0; i < options->name_count; i++)
        add_name(&made, options->names[i].service, options->names[i].host);
    return made;
}

static int
set_keys(struct options *options, const struct key *known,
         const config_setting_t *group, const char *path, struct error *error)
{
    int i;

    for (i = 0; i < config_setting_length(group); i++)
        if (set_key(options, known, config_setting_get_elem(group, (unsigned)i),
                    path, error) != 0)
            return -1;
    return 0;
}

/* libconfig ends the program if it can not read a file that it has opened. */
static int
read_file(const char *path, struct blob *ret, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

    if (fd < 0)
        return fail_errno(error, path);
    if (blob_read(ret, fd, STORE_MAX_FILE + 1) != 0)
        r = fail_errno(error, path);
    else if (ret->size > STORE_MAX_FILE)
        r = fail_detail(error, E_TOO_LARGE, path, STORE_MAX_FILE_TEXT);
    close(fd);
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
    if (settings_check_ends(text, path, error) != 0)
        return -1;
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
        r = set_keys(&made, keys, config_root_setting(&parsed), path, error);
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

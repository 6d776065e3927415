/*
 * Which services use which file.  A row says which of its settings are files.
 */
#include "services/assign.h"

#include <stdlib.h>
#include <string.h>

#include "pki/blob.h"
#include "pki/xalloc.h"
#include "services/database.h"

/* Does the setting name the key of an identity? */
static bool
is_key(const struct service *service, const struct file_setting *setting)
{
    const struct identity *identity = service->identities;

    for (; identity != NULL && identity->cert != NULL; identity++)
        if (strcmp(setting->key, identity->key) == 0 &&
            strcmp(setting->list,
                   identity->list != NULL ? identity->list : "") == 0)
            return true;
    return false;
}

static bool
names_file(const struct file_setting *setting, const char *file)
{
    return setting->value != NULL && strcmp(setting->value, file) == 0;
}

static bool
uses(const struct scope *scope, const char *file)
{
    struct file_setting setting;
    size_t at = 0;

    while (scope_file(scope, &at, &setting))
        if (names_file(&setting, file))
            return true;
    return false;
}

static bool
takes_certs(const struct scope *scope, const char *file)
{
    struct file_setting setting;
    size_t at = 0;

    while (scope_file(scope, &at, &setting))
        if (names_file(&setting, file) && !is_key(scope->service, &setting))
            return true;
    return false;
}

/* It works with copies: nothing that happens to the files hurts it. */
static bool
in_database(const struct settings *settings, const char *file)
{
    unsigned i;

    for (i = 0; i < DATABASE_FILES; i++) {
        const char *name =
            settings_get(settings, database_setting((enum database_file)i));

        if (name != NULL && strcmp(name, file) == 0)
            return true;
    }
    return false;
}

static void
append(struct blob *text, const char *name)
{
    if (text->size > 0)
        blob_text(text, ", ");
    blob_text(text, name);
}

char *
assign_users(struct settings *settings, const struct service *catalog,
             unsigned release, const char *file, bool enabled_only)
{
    struct blob text = { 0 };
    struct scope scope;
    size_t at = 0;
    char *ret;

    while (scope_next(settings, catalog, release, &at, &scope)) {
        char *name;

        if (!uses(&scope, file) || (enabled_only && !scope_enabled(&scope)))
            continue;
        name = scope_name(&scope);
        append(&text, name);
        free(name);
    }
    if (!enabled_only && in_database(settings, file))
        append(&text, DATABASE_TITLE);
    ret = text.size > 0 ? xstrdup((const char *)text.data) : NULL;
    blob_clear(&text);
    return ret;
}

bool
assign_wants_certs(struct settings *settings, const struct service *catalog,
                   unsigned release, const char *file)
{
    struct scope scope;
    size_t at = 0;

    while (scope_next(settings, catalog, release, &at, &scope))
        if (takes_certs(&scope, file))
            return true;
    return false;
}

bool
assign_takes(const char *name)
{
    static const char *const extensions[] = { ".key", ".csr", ".crt",
                                              ".cer", ".pem", ".der" };
    const char *dot = strrchr(name, '.');
    size_t i;

    if (dot == NULL || dot == name || strlen(dot) != 4)
        return false;
    for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        if (memcmp(dot, extensions[i], 4) == 0)
            return true;
    return false;
}

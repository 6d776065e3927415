/*
 * What setting commands do to the settings.
 */
#include "services/configure.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

void
configure_set(const struct scope *scope, const char *keys,
              const char *const *values, size_t count)
{
    char key[WORD_MAX], *constant;
    size_t i = 0;

    while (word_next(&keys, key) != NULL) {
        constant = strchr(key, '=');
        if (constant != NULL) {
            *constant++ = '\0';
            scope_set(scope, key, constant);
        } else {
            scope_set(scope, key, i < count ? values[i] : NULL);
            i++;
        }
    }
}

void
configure_clear(const struct scope *scope, const char *keys)
{
    char key[WORD_MAX];

    while (word_next(&keys, key) != NULL)
        scope_set(scope, key, NULL);
}

int
configure_add(const struct scope *scope, const char *list, const char *keys,
              const char *const *values, size_t count, struct error *error)
{
    struct settings *settings = scope->settings;
    char *path = scope_path(scope, list);
    char key[WORD_MAX];
    size_t i = 0, entry;
    int r = 0;

    word_next(&keys, key);
    entry = settings_find(settings, path, key, values[0]);
    if (entry < settings_count(settings, path)) {
        r = fail_pair(error, E_HAS_ENTRY, scope->service->name, values[0]);
    } else {
        entry = settings_append(settings, path);
        do {
            settings_set_entry(settings, path, entry, key,
                               i < count ? values[i] : NULL);
            i++;
        } while (word_next(&keys, key) != NULL);
    }
    free(path);
    return r;
}

static int
drop(struct settings *settings, const char *list, const char *key,
     const char *name)
{
    size_t i = settings_find(settings, list, key, name);

    if (i == settings_count(settings, list))
        return -1;
    settings_drop(settings, list, i);
    return 0;
}

int
configure_delete(const struct scope *scope, const char *list, const char *key,
                 const char *name, struct error *error)
{
    char *path = scope_path(scope, list);
    int r = drop(scope->settings, path, key, name);

    free(path);
    return r == 0 ? 0
                  : fail_pair(error, E_NO_ENTRY, scope->service->name, name);
}

static bool
has_tag(const struct scope *scope)
{
    const char *list = scope->service->name;

    return settings_find(scope->settings, list, "tag", scope->tag) <
           settings_count(scope->settings, list);
}

int
configure_create(const struct scope *scope, struct error *error)
{
    size_t i;

    if (has_tag(scope))
        return fail_pair(error, E_HAS_ENTRY, scope->service->name, scope->tag);
    i = settings_append(scope->settings, scope->service->name);
    settings_set_entry(scope->settings, scope->service->name, i, "tag",
                       scope->tag);
    return 0;
}

int
configure_tag(const struct scope *scope, struct error *error)
{
    if (!has_tag(scope))
        return fail_pair(error, E_NO_TAG, scope->service->name, scope->tag);
    return 0;
}

int
configure_remove(const struct scope *scope, struct error *error)
{
    if (drop(scope->settings, scope->service->name, "tag", scope->tag) != 0)
        return fail_pair(error, E_NO_TAG, scope->service->name, scope->tag);
    return 0;
}

int
configure_secret(char ret[SECRET_SIZE], struct error *error)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789";
    const size_t letters = sizeof(alphabet) - 1;
    size_t i = 0;

    while (i < SECRET_SIZE - sizeof("Ab1")) {
        unsigned char byte;

        if (RAND_bytes(&byte, 1) != 1)
            return fail_openssl(error, E_CRYPTO, NULL);
        /* Every letter as likely as any other. */
        if (byte < 256 / letters * letters)
            ret[i++] = alphabet[byte % letters];
    }
    strcpy(ret + i, "Ab1");
    return 0;
}

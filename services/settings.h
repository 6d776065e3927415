/*
 * What is configured: names with string values, kept as libconfig text in the
 * store's private area.  Keys are paths, "boot.hostname"; they are part of the
 * file format and never renamed.
 */
#ifndef SERVICES_SETTINGS_H
#define SERVICES_SETTINGS_H

#include "pki/error.h"
#include "pki/store.h"

struct settings;

/* No settings yet. */
struct settings *settings_new(void);

/*
 * A missing file is like an empty one.  A file that was edited by hand is taken
 * as a whole or refused as a whole, and then nothing changes until it is
 * mended: E_CONFIG_SYNTAX (also for @include), E_CONFIG_TYPE for a value that
 * is no string, group or list of groups, and E_DAMAGED name the line.  Unknown
 * keys are kept; values are checked where they are used.
 */
int settings_load(struct store *store, struct settings **ret,
                  struct error *error);
void settings_free(struct settings *settings);

/* NULL if it is not set; borrowed until it is changed. */
const char *settings_get(const struct settings *settings, const char *key);

/* NULL removes it.  Replaces any older value, or a value where a group is
   needed. */
void settings_set(struct settings *settings, const char *key,
                  const char *value);

/*
 * Lists: entries in the order in which they were added, each with string
 * values by key.
 *
 *     callbridges = ( { name = "cb1"; secret = "..."; } );
 */
size_t settings_count(const struct settings *settings, const char *list);

/* The index of the entry whose key has that value; settings_count() if there is
   none. */
size_t settings_find(const struct settings *settings, const char *list,
                     const char *key, const char *value);

/* As settings_get() and settings_set(); i is less than settings_count(). */
const char *settings_entry(const struct settings *settings, const char *list,
                           size_t i, const char *key);
void settings_set_entry(struct settings *settings, const char *list, size_t i,
                        const char *key, const char *value);

/* Appends an empty entry; returns its index. */
size_t settings_append(struct settings *settings, const char *list);

/* Removes an entry; with the last one, the list. */
void settings_drop(struct settings *settings, const char *list, size_t i);

/* Parse and write the text of a file; name is for messages. */
int settings_parse(const struct blob *text, const char *name,
                   struct settings **ret, struct error *error);
void settings_format(const struct settings *settings, struct blob *ret);

/*
 * Checks that every string and comment ends.  libconfig ends one at the end of
 * the text, and so loses what was meant to follow it.  E_CONFIG_SYNTAX with the
 * line where it begins.
 */
int settings_check_ends(const char *text, const char *name,
                        struct error *error);

/* The file in the private area. */
#define SETTINGS_FILE "settings"

/* Durable when it returns 0. */
int settings_save(const struct settings *settings, struct store *store,
                  struct error *error);

struct settings_change {
    const char *key, *value;
};

/* Loads, changes and saves under the store's lock. */
int settings_update(struct store *store, const struct settings_change *changes,
                    size_t n, struct error *error);

#endif

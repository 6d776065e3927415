/*
 * The settings of one service, of one tag of a tagged one, or of one entry of a
 * list: keys relative to it.  Borrows all it is made of.
 */
#ifndef SERVICES_SCOPE_H
#define SERVICES_SCOPE_H

#include "services/service.h"
#include "services/settings.h"

struct scope {
    struct settings *settings;
    const struct service *service;
    const char *tag;  /* NULL unless the service is tagged */
    const char *list; /* of the service, "domains", one entry of which is meant;
                         or NULL */
    size_t entry;
};

/* NULL if it is not set.  Borrowed until it is changed. */
const char *scope_get(const struct scope *scope, const char *key);

/* The same, but NULL also for "none", which some commands set, and if key is
   NULL. */
const char *scope_value(const struct scope *scope, const char *key);

/* A value, or NULL for "none" and for NULL. */
const char *setting_value(const char *text);

/* NULL removes it.  The tag must be there. */
void scope_set(const struct scope *scope, const char *key, const char *value);

/* Is the setting `enabled`, or is the service always enabled? */
bool scope_enabled(const struct scope *scope);

/* The setting of a list of the service, "xmpp.callbridges"; free() it. */
char *scope_path(const struct scope *scope, const char *key);

/* The i-th entry of a list of the service; false after the last, and if list is
   NULL. */
bool scope_entry(const struct scope *scope, const char *list, size_t i,
                 struct scope *ret);

/*
 * The next service of the release, or the next tag of a tagged one; start with
 * *at = 0, false after the last.
 */
bool scope_next(struct settings *settings, const struct service *catalog,
                unsigned release, size_t *at, struct scope *ret);

/* "webadmin", or "loadbalancer edge1" with a tag; free() it. */
char *scope_name(const struct scope *scope);

/* The scope of such a name; false if there is none.  *ret borrows name. */
bool scope_find(struct settings *settings, const struct service *catalog,
                unsigned release, const char *name, struct scope *ret);

/*
 * The next of a list of words separated by blanks, in buffer; NULL at the end.
 * A word that does not fit is cut.
 */
#define WORD_MAX 256
const char *word_next(const char **at, char buffer[WORD_MAX]);

/* A setting of a service that names a file (struct service.files). */
struct file_setting {
    char list[WORD_MAX]; /* of whose entries it is one; "" of the service */
    char key[WORD_MAX];
    const char *value; /* as typed, "none" too; NULL: not set.  Borrowed. */
};

/* Each such setting, in a list once for each entry; start with *at = 0, false
   after the last. */
bool scope_file(const struct scope *scope, size_t *at,
                struct file_setting *ret);

/* One interface and port, as typed, that a service listens on. */
struct place {
    const struct listener *listener;
    char interface[WORD_MAX];
    unsigned port;
};

/*
 * Where a service listens by its settings, enabled or not; start with *at = 0,
 * false after the last.  A redirect takes the interfaces of a whitelist only;
 * what is no port is left out.
 */
bool scope_place(const struct scope *scope, size_t *at, struct place *ret);

#endif

/*
 * What setting commands do to the settings.  Nothing is saved here.
 */
#ifndef SERVICES_CONFIGURE_H
#define SERVICES_CONFIGURE_H

#include "services/scope.h"

/*
 * Sets the keys of a verb, struct verb.keys, to the values in their order; one
 * that is NULL or missing removes its setting.
 */
void configure_set(const struct scope *scope, const char *keys,
                   const char *const *values, size_t count);

/* Removes settings and lists. */
void configure_clear(const struct scope *scope, const char *keys);

/* Adds an entry to a list of the service; the first value names it and is not
   in the list yet (E_HAS_ENTRY). */
int configure_add(const struct scope *scope, const char *list, const char *keys,
                  const char *const *values, size_t count, struct error *error);

/* Removes the entry whose key is name; E_NO_ENTRY. */
int configure_delete(const struct scope *scope, const char *list,
                     const char *key, const char *name, struct error *error);

/* Makes the tag of scope; E_HAS_ENTRY. */
int configure_create(const struct scope *scope, struct error *error);

/* Removes it with its settings; E_NO_TAG. */
int configure_remove(const struct scope *scope, struct error *error);

/* Is the tag there?  E_NO_TAG. */
int configure_tag(const struct scope *scope, struct error *error);

/* A secret as the appliance makes them: 16 letters and digits, "Ab1". */
#define SECRET_SIZE 20 /* with its NUL */
int configure_secret(char ret[SECRET_SIZE], struct error *error);

#endif

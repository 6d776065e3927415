/*
 * The settings of one service, or of one tag of a tagged one: keys relative to
 * it.  Borrows all it is made of.
 */
#ifndef SERVICES_SCOPE_H
#define SERVICES_SCOPE_H

#include "services/service.h"
#include "services/settings.h"

struct scope {
    struct settings *settings;
    const struct service *service;
    const char *tag; /* NULL unless the service is tagged */
};

/* NULL when it is not set. */
const char *scope_get(const struct scope *scope, const char *key);

/* NULL removes it. */
void scope_set(const struct scope *scope, const char *key, const char *value);

/* Is the setting `enabled`, or is the service always enabled? */
bool scope_enabled(const struct scope *scope);

/* The key at *at of a list of keys separated by blanks, in buffer; NULL at the
   end. */
const char *keys_next(const char **at, char *buffer, size_t size);

#endif

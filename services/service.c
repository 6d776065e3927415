/*
 * Looks things up in a catalogue.
 */
#include "services/service.h"

#include <string.h>

#include "services/scope.h"

const struct service *
service_next(const struct service *catalog, const struct service *before,
             unsigned release)
{
    const struct service *service = before != NULL ? before + 1 : catalog;

    for (; service != NULL && service->name != NULL; service++)
        if (releases_include(service->releases, release))
            return service;
    return NULL;
}

const struct service *
service_find(const struct service *catalog, unsigned release, const char *name)
{
    const struct service *service = NULL;

    do
        service = service_next(catalog, service, release);
    while (service != NULL && strcmp(service->name, name) != 0);
    return service;
}

const struct view *
service_view(const struct service *service, const char *name)
{
    const struct view *view;

    for (view = service->views; view != NULL && view->name != NULL; view++)
        if (strcmp(view->name, name) == 0)
            return view;
    return NULL;
}

bool
service_has_names(const struct service *service)
{
    const struct identity *identity = service->identities;

    while (identity != NULL && identity->cert != NULL && !identity->stated)
        identity++;
    return identity != NULL && identity->cert != NULL;
}

static bool
sets(const struct verb *verb, const char *wanted)
{
    const char *keys = verb->keys;
    char key[WORD_MAX];

    if (verb->action != DO_SET && verb->action != DO_ASK &&
        verb->action != DO_MAKE)
        return false;
    while (word_next(&keys, key) != NULL)
        if (strcmp(key, wanted) == 0)
            return true;
    return false;
}

const struct verb *
service_setter(const struct service *service, unsigned release, const char *key)
{
    const struct verb *verb = service->verbs;

    for (; verb != NULL && verb->pattern != NULL; verb++)
        if (releases_include(verb->releases, release) && sets(verb, key))
            return verb;
    return NULL;
}

/*
 * Looks things up in a catalogue.
 */
#include "services/service.h"

#include <string.h>

const struct service *
service_next(const struct service *catalog, const struct service *before,
             unsigned release)
{
    const struct service *service = before != NULL ? before + 1 : catalog;

    for (; service != NULL && service->name != NULL; service++)
        if (service->releases == 0 || (service->releases & release) != 0)
            return service;
    return NULL;
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

/*
 * The backends by name.
 */
#include "services/backend.h"

#include <string.h>

static const struct backend *const backends[] = {
    &backend_embedded,
    &backend_nginx,
};

void
backends_forget(const struct workplace *workplace)
{
    size_t i;

    for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
        if (backends[i]->forget_all != NULL)
            backends[i]->forget_all(workplace);
}

const struct backend *
backend_find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
        if (strcmp(backends[i]->name, name) == 0)
            return backends[i];
    return NULL;
}

/*
 * The list of dialects.  To add a release: a struct dialect and a line here.
 */
#include "mmp/dialect.h"

#include <string.h>

static const struct dialect *const dialects[] = {
    &dialect_cms_2,
    &dialect_cms_3,
    NULL,
};

const struct dialect *
dialect_at(size_t i)
{
    return i < sizeof(dialects) / sizeof(dialects[0]) ? dialects[i] : NULL;
}

const struct dialect *
dialect_find(const char *name)
{
    size_t i;

    for (i = 0; dialects[i] != NULL; i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    return NULL;
}

/*
 * Names with a suffix.
 */
#include "pki/suffix.h"

#include <string.h>

size_t
suffix_stem(const char *name, const char *suffix)
{
    size_t size = strlen(name), end = strlen(suffix);

    return size > end && strcmp(name + size - end, suffix) == 0 ? size - end
                                                                : 0;
}

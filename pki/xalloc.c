/*
 * Allocation that does not fail.
 */
#include "pki/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *
xcheck(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

void *
xallocate(size_t size)
{
    return xcheck(malloc(size > 0 ? size : 1));
}

void *
xreallocate(void *old, size_t size)
{
    return xreallocarray(old, size, 1);
}

void *
xcalloc(size_t n, size_t size)
{
    return xcheck(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
}

void *
xreallocarray(void *old, size_t n, size_t size)
{
    return xcheck(reallocarray(old, n > 0 ? n : 1, size > 0 ? size : 1));
}

char *
xstrdup(const char *s)
{
    return xcheck(strdup(s));
}

char *
xstrndup(const char *s, size_t n)
{
    return xcheck(strndup(s, n));
}

char *
xasprintf(const char *format, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, format);
    n = vasprintf(&text, format, args);
    va_end(args);
    return xcheck(n < 0 ? NULL : text);
}

/*
 * Allocation that does not fail: without memory the program ends by abort(),
 * which the store makes safe at any moment.
 */
#ifndef PKI_XALLOC_H
#define PKI_XALLOC_H

#include <stddef.h>

/* Returns p, which another library has allocated; aborts if it is NULL. */
void *xcheck(void *p);

void *xallocate(size_t size);
void *xreallocate(void *old, size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *old, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

/*
 * Names with a suffix, "web.key".
 */
#ifndef PKI_SUFFIX_H
#define PKI_SUFFIX_H

#include <stddef.h>

/* How many bytes stand before the suffix; 0 if the name does not end in it, or
   is nothing else. */
size_t suffix_stem(const char *name, const char *suffix);

#endif

/*
 * A planted parser: each time that foreign bytes are taken apart, a file in the
 * state directory is tried to be written.  Linked with --wrap for the calls
 * that all taking apart goes through; see tests/CMakeLists.txt.
 */
#ifndef TESTS_PLANTED_H
#define TESTS_PLANTED_H

#include <stddef.h>

/* From here on, in this process and its children, in that directory. */
void planted_begin(const char *state);

/* How often since planted_begin() something was taken apart, and how often a
   file could be written then. */
size_t planted_parsed(void);
size_t planted_written(void);

#endif

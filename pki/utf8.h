/*
 * UTF-8 (RFC 3629), as far as names and terminals ask for it.
 */
#ifndef PKI_UTF8_H
#define PKI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The length of the character at s, of which size bytes are there, at least
 * one; 0 if they are no whole, shortest UTF-8.  *control: is it a control
 * character, C0, DEL or C1?
 */
size_t utf8_next(const char *s, size_t size, bool *control);

/* The characters of a text; -1 if it is not UTF-8 or has control characters. */
long utf8_count(const char *text);

/* The length of the byte order mark at s, which Notepad writes before a text; 0
   if there is none. */
size_t utf8_mark(const char *s, size_t size);

/*
 * Replaces by '?' every byte that a terminal could take for a command: control
 * characters except those in keep, and bytes that are not UTF-8, because a
 * terminal that does not expect UTF-8 reads C1 controls as single bytes.
 */
void utf8_disarm(char *text, size_t size, const char *keep);

#endif

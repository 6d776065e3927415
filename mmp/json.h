/*
 * JSON (RFC 8259), as far as our answers need it.
 */
#ifndef MMP_JSON_H
#define MMP_JSON_H

#include "pki/blob.h"

/* Appends a string in quotes; bytes that are not UTF-8 become '?'. */
void json_string(struct blob *text, const char *value);

/* Appends a member, with a comma before it unless it is the first. */
void json_text(struct blob *text, const char *name, const char *value);
void json_number(struct blob *text, const char *name, long long value);

#endif

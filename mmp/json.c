/*
 * JSON is only written, and only a few levels deep, so no tree is needed.
 */
#include "mmp/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/utf8.h"
#include "pki/xalloc.h"

void
json_string(struct blob *text, const char *value)
{
    char *clean = xstrdup(value), *at;

    utf8_disarm(clean, strlen(clean), "\n\t");
    blob_text(text, "\"");
    for (at = clean; *at != '\0'; at++) {
        const char escaped[] = { '\\',
                                 *at == '\n'   ? 'n'
                                 : *at == '\t' ? 't'
                                               : *at,
                                 '\0' };

        if (strchr("\"\\\n\t", *at) != NULL)
            blob_text(text, escaped);
        else
            blob_append(text, at, 1);
    }
    blob_text(text, "\"");
    free(clean);
}

static void
begin_member(struct blob *text, const char *name)
{
    char last = text->size > 0 ? (char)text->data[text->size - 1] : '{';

    if (last != '{' && last != '[')
        blob_text(text, ",");
    json_string(text, name);
    blob_text(text, ":");
}

void
json_text(struct blob *text, const char *name, const char *value)
{
    begin_member(text, name);
    json_string(text, value);
}

void
json_number(struct blob *text, const char *name, long long value)
{
    char number[32];

    begin_member(text, name);
    snprintf(number, sizeof(number), "%lld", value);
    blob_text(text, number);
}

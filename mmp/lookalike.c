/*
 * What documents have in place of ASCII.
 */
#include "mmp/lookalike.h"

#include <stddef.h>
#include <string.h>

/* As bytes: in an editor nobody could tell them apart. */
static const struct lookalike table[] = {
    { "\xc2\xa0", "a no-break space (U+00A0) in place of a blank" },
    { "\xe2\x80\x87", "a figure space (U+2007) in place of a blank" },
    { "\xe2\x80\x89", "a thin space (U+2009) in place of a blank" },
    { "\xe2\x80\xaf", "a narrow no-break space (U+202F) in place of a blank" },
    { "\xe3\x80\x80", "an ideographic space (U+3000) in place of a blank" },
    { "\xc2\xad", "a soft hyphen (U+00AD), which nobody sees" },
    { "\xe2\x80\x8b", "a zero width space (U+200B), which nobody sees" },
    { "\xe2\x80\x8c", "a zero width non-joiner (U+200C), which nobody sees" },
    { "\xe2\x80\x8d", "a zero width joiner (U+200D), which nobody sees" },
    { "\xe2\x80\x8e", "a left-to-right mark (U+200E), which nobody sees" },
    { "\xe2\x80\x8f", "a right-to-left mark (U+200F), which nobody sees" },
    { "\xe2\x80\xaa", "a left-to-right embedding (U+202A), which nobody sees" },
    { "\xe2\x80\xac", "an end of embedding (U+202C), which nobody sees" },
    { "\xe2\x81\xa0", "a word joiner (U+2060), which nobody sees" },
    { "\xef\xbb\xbf", "a byte order mark (U+FEFF), which nobody sees" },
    { "\xe2\x80\x90", "a typographic hyphen (U+2010) in place of a hyphen" },
    { "\xe2\x80\x91", "a non-breaking hyphen (U+2011) in place of a hyphen" },
    { "\xe2\x80\x92", "a dash (U+2012) in place of a hyphen" },
    { "\xe2\x80\x93", "a dash (U+2013) in place of a hyphen" },
    { "\xe2\x80\x94", "a dash (U+2014) in place of a hyphen" },
    { "\xe2\x88\x92", "a minus sign (U+2212) in place of a hyphen" },
    { "\xe2\x80\x98", "a typographic apostrophe (U+2018) in place of '" },
    { "\xe2\x80\x99", "a typographic apostrophe (U+2019) in place of '" },
    { "\xe2\x80\x9c", "a typographic quotation mark (U+201C) in place of \"" },
    { "\xe2\x80\x9d", "a typographic quotation mark (U+201D) in place of \"" },
    { "\xe2\x80\x9e", "a typographic quotation mark (U+201E) in place of \"" },
    { "\xef\xbc\x8c", "a fullwidth comma (U+FF0C) in place of a comma" },
    { "\xef\xbc\x9a", "a fullwidth colon (U+FF1A) in place of a colon" },
};

const struct lookalike *
lookalike_find(const char *text)
{
    size_t i;

    for (; *text != '\0'; text++)
        for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
            if (strncmp(text, table[i].utf8, strlen(table[i].utf8)) == 0)
                return &table[i];
    return NULL;
}

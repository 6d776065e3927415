/*
 * UTF-8, strictly: only the shortest form of a character is accepted, so
 * nothing can be read in two ways.
 */
#include "pki/utf8.h"

#include <string.h>

size_t
utf8_next(const char *s, size_t size, bool *control)
{
    const unsigned char *at = (const unsigned char *)s;
    unsigned long c;
    size_t n, i;

    if (at[0] < 0x80) {
        *control = at[0] < 0x20 || at[0] == 0x7f;
        return 1;
    }
    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        n = 2;
        c = at[0] & 0x1f;
    } else if ((at[0] & 0xf0) == 0xe0) {
        n = 3;
        c = at[0] & 0x0f;
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        n = 4;
        c = at[0] & 0x07;
    } else {
        return 0;
    }
    if (size < n)
        return 0;
    for (i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (at[i] & 0x3f);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) ||
        (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *control = c < 0xa0;
    return n;
}

long
utf8_count(const char *text)
{
    size_t left = strlen(text), n;
    bool control = false;
    long count = 0;

    for (; left > 0; text += n, left -= n) {
        n = utf8_next(text, left, &control);
        if (n == 0 || control)
            return -1;
        count++;
    }
    return count;
}

size_t
utf8_mark(const char *s, size_t size)
{
    return size >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

void
utf8_disarm(char *text, size_t size, const char *keep)
{
    size_t i = 0;

    while (i < size) {
        bool control = false;
        size_t n = utf8_next(text + i, size - i, &control);

        if (n == 0 || (control && (n > 1 || text[i] == '\0' ||
                                   strchr(keep, text[i]) == NULL))) {
            n = n > 0 ? n : 1;
            memset(text + i, '?', n);
        }
        i += n;
    }
}

/*
 * Distances between words.
 */
#include "pki/spelling.h"

#include <string.h>

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned
spelling_distance(const char *a, const char *b)
{
    unsigned rows[3][SPELLING_MAX + 1];
    size_t a_size = strlen(a), b_size = strlen(b), i, j;

    if (a_size > SPELLING_MAX || b_size > SPELLING_MAX)
        return SPELLING_MAX;
    for (j = 0; j <= b_size; j++)
        rows[0][j] = (unsigned)j;
    for (i = 1; i <= a_size; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *before = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (j = 1; j <= b_size; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1,
                           above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_size % 3][b_size];
}

bool
spelling_is_near(const char *typed, const char *meant)
{
    size_t size = strlen(meant);
    unsigned distance = spelling_distance(typed, meant);

    /* One letter of a short word, a third of a long one; never all of it. */
    return distance > 0 && distance < size &&
           distance <= (size < 6 ? 1 : size / 3);
}

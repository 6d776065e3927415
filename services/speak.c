/*
 * What the protocols share.
 */
#include "services/speak.h"

#include <string.h>

void
speak_take(struct blob *in, size_t n)
{
    if (n == 0)
        return;
    memmove(in->data, in->data + n, in->size - n);
    in->size -= n;
    in->data[in->size] = '\0';
}

enum next
speak_nothing(struct dialogue *dialogue)
{
    speak_take(&dialogue->in, dialogue->in.size);
    return NEXT_READ;
}

/*
 * What the protocols share.
 */
#include "services/speak.h"

#include <stdlib.h>
#include <string.h>

void
dialogue_clear(struct dialogue *dialogue)
{
    free(dialogue->host);
    blob_clear(&dialogue->in);
    blob_clear(&dialogue->out);
    *dialogue = (struct dialogue){ 0 };
}

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

/*
 * libFuzzer's own mutations hardly ever get through base64.  Half of the time
 * this one takes a block of the text, lets the DER in it be changed, and puts
 * it back.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "pki/pem.h"
#include "pki/xalloc.h"
#include "tests/fuzz/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);

/* The nth of the blocks that can be read, counted around; false: none can. */
static bool
choose(const struct blob *text, unsigned nth, struct pem_block *ret)
{
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    unsigned count = 0, round;

    for (round = 0; round < 2; round++) {
        unsigned at = 0;

        pem_start(&cursor, "", text);
        while (pem_next(&cursor, &block, &error) == 1) {
            if (round == 1 && at == nth % count) {
                *ret = block;
                return true;
            }
            at++;
        }
        count = at;
        if (count == 0)
            return false;
    }
    return false;
}

static bool
change_block(const struct blob *text, unsigned seed, struct blob *ret)
{
    struct pem_block block;
    struct blob der = { 0 }, changed = { 0 };
    struct error error;
    const char *begin = (const char *)text->data, *rest;
    char *label;
    size_t room;

    if (!choose(text, seed, &block) ||
        pem_decode(&block, "", &der, &error) != 0)
        return false;
    room = der.size + 64;
    blob_zeros(&changed, room);
    memcpy(changed.data, der.data, der.size);
    changed.size = LLVMFuzzerMutate(changed.data, der.size, room);
    label = xstrndup(block.label, block.label_size);
    blob_append(ret, begin,
                (size_t)(block.label - strlen("-----BEGIN ") - begin));
    pem_append(ret, label, &changed);
    rest = memchr(block.body + block.body_size, '\n',
                  text->size - (size_t)(block.body + block.body_size - begin));
    if (rest != NULL)
        blob_append(ret, rest + 1, text->size - (size_t)(rest + 1 - begin));
    free(label);
    blob_clear(&changed);
    blob_clear(&der);
    return true;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                        unsigned seed)
{
    struct blob text, changed = { 0 };
    size_t got = 0;

    if (seed % 2 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    text = fuzz_blob(data, size);
    if (change_block(&text, seed / 2, &changed) && changed.size <= max_size) {
        got = changed.size;
        memcpy(data, changed.data, got);
    }
    blob_clear(&changed);
    blob_clear(&text);
    return got > 0 ? got : LLVMFuzzerMutate(data, size, max_size);
}

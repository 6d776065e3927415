/*
 * What services/server.c does with a dialogue, without its sockets.
 */
#include "tests/fuzz/dialogue.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static const struct endpoint endpoint = { .address = (char *)(uintptr_t) "::1",
                                          .https_port = 8443 };

/*
 * In pieces of at most step bytes.  The answers go into *ret, and are taken
 * away from the dialogue as they come.
 */
static enum next
converse(speak *say, bool secure, const uint8_t *data, size_t size, size_t step,
         struct blob *ret)
{
    struct dialogue dialogue = {
        .endpoint = &endpoint,
        .peer.ss_family = secure ? AF_INET6 : AF_INET,
        .secure = secure,
    };
    enum next next = NEXT_READ;
    size_t at = 0;

    while (next == NEXT_READ && at < size) {
        size_t room = SPEAK_MAX_IN - dialogue.in.size;
        size_t n = size - at < step ? size - at : step;
        size_t before;

        must(room > 0); /* whoever speaks should have had enough */
        if (n > room)
            n = room;
        blob_append(&dialogue.in, data + at, n);
        at += n;
        do { /* as long as it takes something, or says something */
            before = dialogue.in.size + dialogue.out.size;
            next = say(&dialogue);
            must(next == NEXT_READ || next == NEXT_CLOSE ||
                 (next == NEXT_TLS && !secure));
            blob_append(ret, dialogue.out.data, dialogue.out.size);
            speak_take(&dialogue.out, dialogue.out.size);
        } while (next == NEXT_READ && dialogue.in.size > 0 &&
                 dialogue.in.size < before);
        must(dialogue.in.size <= SPEAK_MAX_IN);
    }
    dialogue_clear(&dialogue);
    return next;
}

void
dialogue_check(speak *say, bool secure, const uint8_t *data, size_t size)
{
    struct blob whole = { 0 }, pieces = { 0 };
    enum next a = converse(say, secure, data, size, SPEAK_MAX_IN, &whole);
    enum next b = converse(say, secure, data, size, 1, &pieces);

    /* Who asks for more than that in one go may be turned away. */
    if (whole.size <= SPEAK_MAX_OUT) {
        must(a == b);
        must(whole.size == pieces.size);
        must(whole.size == 0 ||
             memcmp(whole.data, pieces.data, whole.size) == 0);
    }
    blob_clear(&whole);
    blob_clear(&pieces);
}

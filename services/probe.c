/*
 * Asks mmp-endpoint to look (services/visitor.h): it has the TLS library, and
 * what it reads from a listener does not come near the console.
 */
#include "services/probe.h"

#include <stdlib.h>

#include "pki/xalloc.h"
#include "services/endpoint.h"

int
probe(const struct helper *helper, const char *address, unsigned port,
      enum protocol protocol, struct blob *ret, struct error *error)
{
    char *words[] = { xstrdup(address), xasprintf("%u", port),
                      xasprintf("%d", (int)protocol) };
    struct blob text = { 0 };
    int r = helper_ask(helper, words, 3, &text, error);

    /* That it can not be run is another thing than that it found nobody. */
    if ((r != 0 && error->code == E_IO) || (r == 0 && text.size == 0)) {
        char *place = endpoint_place_of(address, port);

        r = fail_detail(error, E_NOT_READY, place,
                        "nobody answers, or not with TLS");
        free(place);
    }
    if (r == 0) {
        *ret = text;
        text = (struct blob){ 0 };
    }
    blob_clear(&text);
    free(words[2]);
    free(words[1]);
    free(words[0]);
    return r;
}

/*
 * Asks the listeners of a service what they present.
 */
#include "services/presented.h"

#include <stdio.h>
#include <stdlib.h>

#include "services/endpoint.h"
#include "services/probe.h"

size_t
presented_find(const struct scope *scope, const struct interfaces *interfaces,
               const struct helper *looker, size_t max,
               struct presented ret[PRESENTED_MAX])
{
    struct place place;
    size_t count = 0, at = 0;

    while (count < max && count < PRESENTED_MAX &&
           scope_place(scope, &at, &place)) {
        const char *address = interface_address(interfaces, place.interface);
        unsigned port = interface_port(interfaces, place.port);
        struct presented *presented = &ret[count];
        struct error error;

        if (address == NULL || place.listener->key == NULL)
            continue;
        *presented =
            (struct presented){ .place = endpoint_place_of(address, port),
                                .cert = place.listener->cert,
                                .bundle = place.listener->bundle };
        if (probe(looker, address, port, place.listener->protocol,
                  &presented->actual, &error) != 0)
            snprintf(presented->why, sizeof(presented->why), "%s",
                     error.detail);
        count++;
    }
    return count;
}

void
presented_clear(struct presented *presented, size_t count)
{
    while (count > 0) {
        blob_clear(&presented[--count].actual);
        free(presented[count].place);
    }
}

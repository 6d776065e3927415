/*
 * What a service's display shows: the facts of its row with their values.
 */
#ifndef SERVICES_STATUS_H
#define SERVICES_STATUS_H

#include "services/interfaces.h"
#include "services/scope.h"

struct status_line {
    const char *label; /* of the row, with its padding and colon */
    char *value;
};

struct status {
    struct status_line *lines;
    size_t count;
};

/* Where values come from. */
struct status_source {
    const struct scope *scope;
    unsigned release;
    struct interfaces interfaces;
    bool running;
};

/* The facts of a service or of a view.  The caller clears *ret. */
void status_collect(const struct status_source *source,
                    const struct fact *facts, struct status *ret);

/* The facts of one entry of a list. */
void status_entry(const struct status_source *source, const struct view *list,
                  size_t i, struct status *ret);

void status_clear(struct status *status);

#endif

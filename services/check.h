/*
 * The checks before a service is enabled or restarted.
 */
#ifndef SERVICES_CHECK_H
#define SERVICES_CHECK_H

#include <time.h>

#include "pki/error.h"
#include "pki/store.h"
#include "services/scope.h"

enum finding_level { FINDING_SUCCESS, FINDING_WARNING, FINDING_FAILURE };

/* One line of the answer. */
struct finding {
    enum finding_level level;
    const char *words;  /* of the check's row, or NULL */
    const char *entry;  /* of the check's list, or NULL.  Borrowed. */
    struct error error; /* the reason, or E_NONE */
};

struct findings {
    struct finding *all;
    size_t count;
    bool failed; /* a FAILURE is among them */
};

struct check_source {
    struct store *store;
    const struct service *catalog;
    unsigned release;
    time_t now;
};

/*
 * Runs the checks of a service's row, in order.  Whether an address can be
 * bound only manager_start() can tell.
 *
 * Findings have the errors E_NOT_SET, E_PORT_TAKEN, E_CERT_EXPIRED,
 * E_CERT_NOT_YET, E_CHAIN_ORDER, and those of match() and verify().
 */
void check_service(const struct check_source *source, const struct scope *scope,
                   struct findings *ret);
void findings_clear(struct findings *findings);

#endif

/*
 * What is looked at before a service is enabled or restarted.
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
    const char *words;  /* of the check's row; NULL: the error says it all */
    struct error error; /* why; E_NONE: the words say it all */
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
 * The checks of a service's row, in order.  Whether an address can really be
 * bound is told by manager_start(): nothing else can promise it.
 *
 * E_NOT_SET, E_PORT_TAKEN, those of match() and verify(), E_CERT_EXPIRED,
 * E_CERT_NOT_YET and E_CHAIN_ORDER are reasons of findings.
 */
void check_service(const struct check_source *source, const struct scope *scope,
                   struct findings *ret);
void findings_clear(struct findings *findings);

#endif

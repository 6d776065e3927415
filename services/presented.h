/*
 * What the listeners of a service present, seen from outside.
 */
#ifndef SERVICES_PRESENTED_H
#define SERVICES_PRESENTED_H

#include "services/interfaces.h"
#include "services/scope.h"
#include "services/starter.h"

/* What stands at one place where a service listens. */
struct presented {
    char *place;        /* "127.0.0.1:443" */
    const char *cert;   /* the setting of the file that should be there */
    const char *bundle; /* of the one that should follow it, or NULL */
    struct blob actual; /* PEM: the certificate, and what is sent with it */
    char why[256];      /* there is nothing, because */
};

#define PRESENTED_MAX 32 /* places of a service that are asked */

/*
 * Asks those that should present a certificate, the first max of them, one
 * after the other.  Returns how many, at most PRESENTED_MAX; the caller clears
 * each.  Connects: not where nothing can be changed.
 */
size_t presented_find(const struct scope *scope,
                      const struct interfaces *interfaces,
                      const struct helper *looker, size_t max,
                      struct presented ret[PRESENTED_MAX]);
void presented_clear(struct presented *presented, size_t count);

#endif

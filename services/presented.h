/*
 * Finds out what the listeners of a service present, from outside.
 */
#ifndef SERVICES_PRESENTED_H
#define SERVICES_PRESENTED_H

#include "services/interfaces.h"
#include "services/scope.h"
#include "services/starter.h"

/* What is presented at a place where a service listens. */
struct presented {
    char *place;        /* "127.0.0.1:443" */
    const char *cert;   /* the setting of the certificate's file */
    const char *bundle; /* the setting of the bundle's, or NULL */
    struct blob actual; /* PEM: the certificate, and what is sent with it */
    char why[256];      /* the reason why there is nothing; else "" */
};

#define PRESENTED_MAX 32 /* places of a service that are asked */

/*
 * Connects to the first max listeners that should present a certificate, one
 * after the other, so not for a worker.  Returns how many, at most
 * PRESENTED_MAX; the caller clears each.
 */
size_t presented_find(const struct scope *scope,
                      const struct interfaces *interfaces,
                      const struct helper *looker, size_t max,
                      struct presented ret[PRESENTED_MAX]);
void presented_clear(struct presented *presented, size_t count);

#endif

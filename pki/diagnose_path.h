/*
 * The way from a certificate to its root, and what is wrong on it.
 */
#ifndef PKI_DIAGNOSE_PATH_H
#define PKI_DIAGNOSE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/diagnose_chain.h"

struct path {
    const struct finder *finder;
    struct chain *chain;     /* whose issuers have been found */
    size_t links[LINKS_MAX]; /* from the certificate upwards */
    size_t length;
    bool swapped;   /* a CA's, and none in the files that vouch for it */
    bool misplaced; /* some of it does not count where it stands */
};

/* From the first up to a root, or as far as it goes; marks links as used. */
void path_walk(struct path *path, size_t first);

bool path_reaches_root(const struct path *path);

/* What the judge refuses on it; when he has not, there is none of it. */
void path_check(struct path *path);

/* What the judge does not ask for, but a peer: may its CAs issue for it? */
void path_check_usages(const struct path *path);

/* Of CA certificates alone, with no way to go: the same of each step. */
void path_check_steps(const struct path *path);

#endif

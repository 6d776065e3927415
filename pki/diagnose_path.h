/*
 * The path from a certificate to its root, and what is wrong on it.
 */
#ifndef PKI_DIAGNOSE_PATH_H
#define PKI_DIAGNOSE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/diagnose_chain.h"

struct path {
    const struct finder *finder;
    struct chain *chain;     /* after chain_find_issuers() */
    size_t links[LINKS_MAX]; /* indices, from the certificate upwards */
    size_t length;
    bool swapped;   /* its file and those of its issuers have changed places */
    bool misplaced; /* an issuer is in a file where the judge does not look */
};

/* Follows the issuers from first to a root, or as far as there are any; marks
   links as used. */
void path_walk(struct path *path, size_t first);

bool path_reaches_root(const struct path *path);

/* Finds the faults for which the judge refuses a path, unless it has accepted
   this one (diagnosis->holds). */
void path_check(struct path *path);

/* Finds CAs whose extended key usage does not allow that of the certificate,
   which peers check, but not the judge. */
void path_check_usages(const struct path *path);

/* For CA certificates alone, without a path: finds faults between each one and
   its issuer. */
void path_check_steps(const struct path *path);

#endif

/*
 * The users as those need them who let them in: a system that keeps no
 * accounts of its own for them (scripts/appliance).
 */
#ifndef MMP_ACCOUNTS_H
#define MMP_ACCOUNTS_H

#include <stdio.h>

#include "pki/error.h"
#include "pki/store.h"

/*
 * Prints "name:hash" for each user who may log in to the console, and an empty
 * line behind the last; again whenever they have changed, until nobody reads.
 */
int accounts_follow(struct store *store, FILE *out, struct error *error);

#endif

/*
 * The users, in the form that a login service needs which keeps no accounts of
 * its own for them (scripts/appliance).
 */
#ifndef MMP_ACCOUNTS_H
#define MMP_ACCOUNTS_H

#include <stdio.h>

#include "pki/error.h"
#include "pki/store.h"

/*
 * Prints "name:hash:serial" for each user who may log in to the console
 * (services/users.h), and an empty line after the last.  Does so again whenever
 * they have changed, until nobody reads.
 */
int accounts_follow(struct store *store, FILE *out, struct error *error);

#endif

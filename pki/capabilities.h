/*
 * Capabilities (capabilities(7)): what root can do besides what its user can.
 */
#ifndef PKI_CAPABILITIES_H
#define PKI_CAPABILITIES_H

#include <linux/capability.h>

#include <stdbool.h>

#include "pki/error.h"

/* A set of one.  Numbers are those of <linux/capability.h>, the first 32. */
#define CAPABILITY(number) (1U << (number))

/* Does it count for this thread now? */
bool capabilities_has(unsigned number);

/* Gives up for good all capabilities of this thread except these; gains
   none.  E_DENIED: the kernel does not allow it, and nothing has changed. */
int capabilities_keep(unsigned kept, struct error *error);

#endif

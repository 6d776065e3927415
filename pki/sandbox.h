/*
 * A process that can change nothing, in which foreign bytes are parsed.
 */
#ifndef PKI_SANDBOX_H
#define PKI_SANDBOX_H

#include "pki/error.h"

/*
 * From here on this process, its future threads and its children can open no
 * file for writing, change no name, mode, owner or time, make no socket,
 * connect nowhere, start no program, signal only themselves, and inject no
 * terminal input (TIOCSTI).  They can read files, and open descriptors stay
 * usable.  This can not be undone.  It needs no privilege; seccomp(2) alone
 * suffices, and landlock(7) is a second wall.
 *
 * E_DENIED if the kernel has no seccomp filters or this architecture is not
 * supported; nothing but no_new_privs has changed then.
 */
int sandbox_enter(struct error *error);

#endif

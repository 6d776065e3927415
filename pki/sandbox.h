/*
 * A process that can change nothing: where foreign bytes are taken apart.
 */
#ifndef PKI_SANDBOX_H
#define PKI_SANDBOX_H

#include "pki/error.h"

/*
 * From here on this process, its threads to come and its children open no file
 * for writing, change no name, mode, owner or time, make no socket, connect
 * nowhere, start no program, send no signal but to itself and press no key in
 * another's name (TIOCSTI); what is open stays open, and files can be read.
 * There is no way back.  Needs no privilege, and Landlock only as a second wall
 * (landlock(7), seccomp(2), PR_SET_NO_NEW_PRIVS).
 *
 * E_DENIED when the kernel offers no seccomp filters, or for this machine there
 * is none: then nothing has changed.
 */
int sandbox_enter(struct error *error);

#endif

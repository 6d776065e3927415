/*
 * The interfaces of the appliance, and the addresses and ports of this machine
 * that stand for them.
 */
#ifndef SERVICES_INTERFACES_H
#define SERVICES_INTERFACES_H

#include <stddef.h>

/* From mmp.cfg(5). */
struct interfaces {
    /* Numeric addresses by name; NULL: there is no such interface. */
    const char *a, *b, *c, *d, *e, *lo;
    unsigned port_offset; /* added to ports below 1024 */
};

/* The names, "a" to "e" and "lo"; NULL after the last. */
const char *interface_name(size_t i);

/* NULL when there is no such interface. */
const char *interface_address(const struct interfaces *interfaces,
                              const char *name);

/* The port that is really bound for one that was typed. */
unsigned interface_port(const struct interfaces *interfaces, unsigned port);

/* The offset when none is configured: 0 if this process may bind ports below
   1024, else 10000. */
unsigned interface_default_offset(void);

#endif

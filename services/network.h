/*
 * The addresses and routes that the appliance is told to have.  They are
 * settings: the machine below is never touched, and what services bind is in
 * mmp.cfg(5).  family is AF_INET or AF_INET6; words are as they were typed,
 * prefixes as "192.0.2.1/24".
 */
#ifndef SERVICES_NETWORK_H
#define SERVICES_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "pki/error.h"
#include "services/settings.h"

#define NETWORK_INTERFACES "abcde" /* their names, one letter each */

/* AF_INET or AF_INET6 of a numeric address; AF_UNSPEC if it is none. */
int network_family(const char *word);

/* E_NO_INTERFACE unless it is one of them. */
int network_check(const char *interface, struct error *error);

/* A setting of an interface, "address"; a flag's is "true" or not set. */
const char *network_get(const struct settings *settings, int family,
                        const char *interface, const char *key);

/* A made-up address, always the same one: locally administered (IEEE 802). */
void network_mac(const char *interface, char ret[18]);

/* The one IPv4 address; it is enabled, and the first one is the default. */
int network_set_address(struct settings *settings, const char *interface,
                        const char *prefix, const char *gateway,
                        struct error *error);

/* Removes address and gateway, and disables the interface. */
void network_clear_address(struct settings *settings, const char *interface);

/* Removes the static address; DHCP is only noted, not used. */
void network_set_dhcp(struct settings *settings, const char *interface);

/* E_NO_ADDRESS if there is nothing to enable. */
int network_enable(struct settings *settings, int family, const char *interface,
                   bool enable, struct error *error);

/* The one interface with the default route. */
int network_set_default(struct settings *settings, const char *interface,
                        struct error *error);

/* More addresses, of IPv6.  E_HAS_ENTRY, E_NO_ENTRY. */
int network_add_address(struct settings *settings, const char *interface,
                        const char *prefix, struct error *error);
int network_drop_address(struct settings *settings, const char *interface,
                         const char *prefix, struct error *error);

/* The IPv6 gateway; NULL removes it. */
int network_set_router(struct settings *settings, const char *interface,
                       const char *router, struct error *error);
void network_set_slaac(struct settings *settings, const char *interface,
                       bool enable);

/* Networks behind the gateway.  E_BAD_NETWORK when bits behind the prefix
   length are set. */
int network_add_route(struct settings *settings, int family,
                      const char *interface, const char *prefix,
                      struct error *error);
int network_drop_route(struct settings *settings, int family,
                       const char *interface, const char *prefix,
                       struct error *error);

/* The i-th address that would be seen, with its prefix length; false after
   the last. */
bool network_address_at(const struct settings *settings, int family,
                        const char *interface, size_t i,
                        char ret[INET6_ADDRSTRLEN + 4]);

/* What the routing table would hold. */
struct route {
    char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN],
        gateway[INET6_ADDRSTRLEN];
    bool global;
};

/* The i-th one; false after the last. */
bool network_route_at(const struct settings *settings, int family,
                      const char *interface, size_t i, struct route *ret);

/* In bytes: 576 (RFC 791) to 9000. */
#define NETWORK_MTU 1500
int network_set_mtu(struct settings *settings, const char *interface,
                    const char *mtu, struct error *error);
unsigned network_mtu(const struct settings *settings, const char *interface);

#endif

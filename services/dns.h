/*
 * Names: where to ask for which domain, and records of our own.  They are
 * settings; the resolver of the machine below is asked, never changed.
 */
#ifndef SERVICES_DNS_H
#define SERVICES_DNS_H

#include "pki/blob.h"
#include "pki/error.h"
#include "services/settings.h"
#include "services/starter.h"

/*
 * Lists of the settings, for a display: of entries with "domain" and "server",
 * and with "owner", "ttl" (may be missing), "type" and "data".
 */
#define DNS_ZONES "dns.forwardzones"
#define DNS_RECORDS "dns.records"

/* The servers of a domain, "." for all others.  E_BAD_DOMAIN, E_BAD_ADDRESS,
   E_HAS_ENTRY, E_NO_ENTRY. */
int dns_add_zone(struct settings *settings, const char *domain,
                 const char *server, struct error *error);
int dns_drop_zone(struct settings *settings, const char *domain,
                  const char *server, struct error *error);

/*
 * A record as in a zone file (RFC 1035 section 5.1), types A, AAAA and SRV:
 * "sip.example.com. 3600 IN A 192.0.2.1".  E_BAD_RECORD, E_HAS_ENTRY.
 */
int dns_add_record(struct settings *settings, const char *text,
                   struct error *error);

/* All records of an owner and a type.  E_NO_ENTRY. */
int dns_drop_record(struct settings *settings, const char *owner,
                    const char *type, struct error *error);

/*
 * Appends what is known of a name, a line for each answer: our own records, or
 * else, for addresses, what the machine's resolver says to the helper,
 * mmp-endpoint --resolve.  E_NOT_FOUND.
 */
int dns_lookup(const struct settings *settings, const char *type,
               const char *name, const struct helper *helper, struct blob *ret,
               struct error *error);

/* Its other end: the words are the type, "a" or "aaaa", and the name.  Writes
   the addresses to the descriptor; -1 when the machine knows none either. */
int dns_main(char *const *words, size_t count, int out);

#endif

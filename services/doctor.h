/*
 * What is wrong with services and the files that they were given: the diagnosis
 * of files (pki/diagnose.h), asked with what each service needs.  Reads and
 * changes nothing; call it where nothing can be changed.
 */
#ifndef SERVICES_DOCTOR_H
#define SERVICES_DOCTOR_H

#include <stdbool.h>

#include "pki/diagnose.h"
#include "pki/store.h"
#include "services/presented.h"
#include "services/scope.h"

/* A host name or an address by which peers reach a service: the administrator
   says so, where no setting does. */
struct stated_name {
    char *service, *host;
};
#define DOCTOR_NAMES_MAX 16 /* of a service; as many are from its settings */

/* What is looked at. */
struct doctor {
    struct store *store;
    struct settings *settings;
    const struct service *catalog;
    unsigned release;
    time_t now;
    const struct stated_name *names;
    size_t name_count;
};

/* A file by its name in the store. */
struct doctor_file {
    const char *name;
    enum diagnose_role role;
    STACK_OF(X509) *read; /* as in struct diagnose_part */
    const char *copy;     /* in the private area: read in its place; or NULL */
    const struct blob *bytes; /* in the place of both: they are being written */
};

/* At most this many files of the store are opened to find a key or an issuer,
   and so many signatures looked at: a key can be made for which one takes
   hundredths of a second. */
#define DOCTOR_SEARCH_MAX 1000
#define DOCTOR_SIGNATURES_MAX 64

/* When the last certificate of a chain has ended so long ago, the clock may be
   wrong. */
#define DOCTOR_OVER_DAYS 365

/*
 * Files that belong together.  holds: a judge has accepted the chain.  Of a
 * key that does not match, those in the store that do are named.
 */
void doctor_files(const struct doctor *doctor, const struct doctor_file *files,
                  size_t n, bool holds, struct hints *ret);

/*
 * The same of files that are no service's settings yet: whom they are for, and
 * DIAGNOSE_CLIENT | DIAGNOSE_DATABASE and the like.
 */
void doctor_offered(const struct doctor *doctor, const char *service,
                    unsigned usage, const struct doctor_file *files, size_t n,
                    struct hints *ret);

/* The files of a service, and whom it trusts, as far as these settings, "key
   cert bundle", are concerned; list: of the last entry of that list, or
   NULL. */
void doctor_assigned(const struct doctor *doctor, const struct scope *scope,
                     const char *list, const char *keys, struct hints *ret);

/* All of them, and what is not set or in the way of its ports. */
void doctor_service(const struct doctor *doctor, const struct scope *scope,
                    struct hints *ret);

/* Is it what the files hold that are set: the certificate, and what goes with
   it?  outdated: it is known not to run as it would after a restart, as for
   whom it trusts, which nobody sees from outside. */
void doctor_presented(const struct doctor *doctor, const struct scope *scope,
                      const struct presented *presented, size_t n,
                      bool outdated, struct hints *ret);

/* What the database cluster works with: its copies of the files, whatever has
   become of the files. */
void doctor_database(const struct doctor *doctor, struct hints *ret);

/* What a new request for basename.key has left behind, and what would be wrong
   with the certificate that it asks for. */
void doctor_request(const struct doctor *doctor, const char *basename,
                    struct hints *ret);

/* Every service of which something is set, the database cluster, and every
   other file. */
void doctor_all(const struct doctor *doctor, struct hints *ret);

#endif

/*
 * Finds what is wrong with services and their files: runs the diagnosis of
 * files (pki/diagnose.h) with what each service needs.  It changes nothing, and
 * parses foreign bytes, so call it in a worker (services/worker.h).
 */
#ifndef SERVICES_DOCTOR_H
#define SERVICES_DOCTOR_H

#include <stdbool.h>

#include "pki/diagnose.h"
#include "pki/store.h"
#include "services/presented.h"
#include "services/scope.h"

/* A host name or an address by which peers reach a service, as stated by the
   administrator, because no setting tells it. */
struct stated_name {
    char *service, *host;
};
#define DOCTOR_NAMES_MAX 16 /* of a service; as many are from its settings */

/* What is examined. */
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
    const char *copy; /* a file of the private area, read instead; or NULL */
    const struct blob *bytes; /* used instead of both: they are to be written */
};

/* So many files of the store are opened at most to find a key or an issuer, and
   so many signatures verified: with a key made for it, one takes hundredths of
   a second. */
#define DOCTOR_SEARCH_MAX 1000
#define DOCTOR_SIGNATURES_MAX 64

/* If the last certificate of a chain expired so long ago, the clock may be
   wrong. */
#define DOCTOR_OVER_DAYS 365

/*
 * Examines files that belong together.  holds: verify() has accepted the chain.
 * If a key does not match, names those in the store that do.
 */
void doctor_files(const struct doctor *doctor, const struct doctor_file *files,
                  size_t n, bool holds, struct hints *ret);

/*
 * The same for files that a command is about to set.  service: for which
 * service; usage: DIAGNOSE_CLIENT | DIAGNOSE_DATABASE and the like.
 */
void doctor_offered(const struct doctor *doctor, const char *service,
                    unsigned usage, const struct doctor_file *files, size_t n,
                    struct hints *ret);

/* Examines those files of a service, and its trust, that the settings keys,
   like "key cert bundle", are about.  list: they are those of the last entry of
   that list; or NULL. */
void doctor_assigned(const struct doctor *doctor, const struct scope *scope,
                     const char *list, const char *keys, struct hints *ret);

/* Examines all files of a service, settings that are missing, and conflicts of
   ports. */
void doctor_service(const struct doctor *doctor, const struct scope *scope,
                    struct hints *ret);

/* Compares what a service presents with the files that are set.  outdated: the
   supervisor knows that it would run otherwise after a restart, for example
   with another trust file, which cannot be seen from outside. */
void doctor_presented(const struct doctor *doctor, const struct scope *scope,
                      const struct presented *presented, size_t n,
                      bool outdated, struct hints *ret);

/* Examines what the database cluster works with: its copies of the files. */
void doctor_database(const struct doctor *doctor, struct hints *ret);

/* Examines what a new request makes obsolete, and what would be wrong with the
   certificate that it asks for. */
void doctor_request(const struct doctor *doctor, const char *basename,
                    struct hints *ret);

/* Examines all services of which something is set, the database cluster, and
   all other files. */
void doctor_all(const struct doctor *doctor, struct hints *ret);

#endif

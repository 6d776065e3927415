/*
 * When certificates expire, and which services use them.  Changes nothing.
 */
#ifndef SERVICES_EXPIRY_H
#define SERVICES_EXPIRY_H

#include <time.h>

#include "pki/diagnose_cert.h"
#include "services/doctor.h"

/* A certificate and its notAfter; or a file that cannot be read. */
struct expiry {
    char *file, *users; /* users NULL: no service uses it */
    unsigned element;   /* 0: it is the whole file */
    bool copy;   /* it is in the database cluster's copy, which differs from the
                    file or is unread */
    bool unread; /* a service takes certificates from the file, which, or the
                    rest of which, cannot be read */
    bool missing; /* unread, because there is no such file */
    time_t end;
    char subject[HINT_NAME_SIZE];
};

struct expiries {
    struct expiry *all;
    size_t count;
};

/* All certificates in the files and in such copies, the soonest first; before
   them the files and copies that are unread. */
int expiries_read(const struct doctor *doctor, struct expiries *ret,
                  struct error *error);
/* Drops those that expire at that time or later. */
void expiries_keep(struct expiries *expiries, time_t before);
void expiries_clear(struct expiries *expiries);

#endif

/*
 * When certificates end, and whom that concerns.  Reads and changes nothing.
 */
#ifndef SERVICES_EXPIRY_H
#define SERVICES_EXPIRY_H

#include <time.h>

#include "pki/diagnose_cert.h"
#include "services/doctor.h"

/* One certificate and its end. */
struct expiry {
    char *file, *users; /* users NULL: no service uses it */
    unsigned element;   /* 0: it is the file */
    bool copy;    /* of the database cluster; the file is now another, or gone,
                     or it is unread */
    bool unread;  /* no certificate: a service takes some from the file, and it,
                     or what stands behind those, can not be read */
    bool missing; /* the same, as there is no such file */
    time_t end;
    char subject[HINT_NAME_SIZE];
};

struct expiries {
    struct expiry *all;
    size_t count;
};

/* Of every certificate in the files and in such copies, the soonest first; and
   before them, once for each file and copy, what is unread. */
int expiries_read(const struct doctor *doctor, struct expiries *ret,
                  struct error *error);
/* Leaves out what ends at that time or later. */
void expiries_keep(struct expiries *expiries, time_t before);
void expiries_clear(struct expiries *expiries);

#endif

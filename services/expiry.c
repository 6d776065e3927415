/*
 * When certificates end: those of the files, and the database cluster's copies.
 */
#include "services/expiry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pki/cert.h"
#include "pki/diagnose_cert.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "services/assign.h"
#include "services/database.h"
#include "services/doctor_visit.h"

/* What is read, and how it is listed. */
struct listing {
    const struct doctor_file *file;
    const char *users;
    struct expiries *expiries;
};

static struct expiry *
add_entry(const struct listing *listing)
{
    struct expiries *expiries = listing->expiries;
    struct expiry *expiry;

    expiries->all = xreallocarray(expiries->all, expiries->count + 1,
                                  sizeof(*expiries->all));
    expiry = &expiries->all[expiries->count++];
    *expiry = (struct expiry){
        .file = xstrdup(listing->file->name),
        .users = listing->users != NULL ? xstrdup(listing->users) : NULL,
        .copy = listing->file->copy != NULL,
    };
    return expiry;
}

static void
add_expiry(const struct listing *listing, unsigned element, const X509 *cert)
{
    struct expiry *expiry;
    time_t from, end;

    if (!cert_times(cert, &from, &end))
        return;
    expiry = add_entry(listing);
    expiry->element = element;
    expiry->end = end;
    name_describe(X509_get_subject_name(cert), expiry->subject,
                  sizeof(expiry->subject));
}

/* Up to where it can be read; false: that is not its end, or it has none. */
static bool
add_blocks(const struct listing *listing, const struct blob *bytes)
{
    const char *name = listing->file->name;
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    unsigned element = 0;
    X509 *cert = NULL;
    bool found = false, whole = true;
    int r;

    pem_start(&cursor, name, bytes);
    while ((r = pem_next(&cursor, &block, &error)) == 1) {
        int kind = cert_block(&block, name, &error);

        element++;
        if (kind == 1 && cert_decode(&block, name, &cert, &error) == 0) {
            add_expiry(listing, element, cert);
            found = true;
        } else if (kind != 0) {
            whole = false;
        }
        X509_free(cert);
        cert = NULL;
    }
    if (element == 0 && cert_parse(name, bytes, &cert, &error) == 0) {
        add_expiry(listing, 0, cert);
        X509_free(cert);
        return true;
    }
    return found && whole && r == 0;
}

static bool
add_certs(const struct doctor *doctor, const struct listing *listing)
{
    struct blob bytes = { 0 };
    struct error error;
    bool whole = doctor_read(doctor, listing->file, &bytes, &error) == 0 &&
                 add_blocks(listing, &bytes);

    blob_clear(&bytes);
    return whole;
}

static void
add_file(const struct doctor *doctor, const char *name, struct expiries *ret)
{
    const struct doctor_file file = { .name = name };
    char *users = assign_users(doctor->settings, doctor->catalog,
                               doctor->release, name, false);
    const struct listing listing = { &file, users, ret };

    if (!add_certs(doctor, &listing) &&
        assign_wants_certs(doctor->settings, doctor->catalog, doctor->release,
                           name)) {
        struct expiry *expiry = add_entry(&listing);

        expiry->unread = true;
        expiry->missing = !store_has(doctor->store, STORE_FILES, name);
    }
    free(users);
}

static bool
is_listed(const struct expiries *expiries, const char *file)
{
    size_t i;

    for (i = 0; i < expiries->count; i++)
        if (strcmp(expiries->all[i].file, file) == 0)
            return true;
    return false;
}

/* A file that is set and not there: add_file() tells of it if somebody takes
   certificates from it. */
static void
add_missing(const struct doctor *doctor, const char *name, struct expiries *ret)
{
    if (name != NULL && !is_listed(ret, name) &&
        !store_has(doctor->store, STORE_FILES, name))
        add_file(doctor, name, ret);
}

static void
add_missing_of(const struct doctor *doctor, const struct scope *scope,
               struct expiries *ret)
{
    struct file_setting setting;
    size_t at = 0;

    while (scope_file(scope, &at, &setting))
        add_missing(doctor, setting_value(setting.value), ret);
}

/* What is not listed with the files. */
static void
add_copy(const struct doctor *doctor, enum database_file which,
         struct expiries *ret)
{
    const struct doctor_file file = {
        .name = settings_get(doctor->settings, database_setting(which)),
        .copy = database_copy(which),
    };
    const struct listing listing = { &file, DATABASE_TITLE, ret };

    if (file.name == NULL ||
        database_copy_state(doctor->store, doctor->settings, which) ==
            COPY_SAME)
        return;
    if (!add_certs(doctor, &listing))
        add_entry(&listing)->unread = true;
}

static void
add_copies(const struct doctor *doctor, struct expiries *ret)
{
    add_copy(doctor, DATABASE_SERVER_CERT, ret);
    add_copy(doctor, DATABASE_CLIENT_CERT, ret);
    add_copy(doctor, DATABASE_CA_CERT, ret);
}

static void
drop_last(struct expiries *expiries)
{
    struct expiry *last = &expiries->all[--expiries->count];

    free(last->file);
    free(last->users);
}

static int
compare_ends(const void *a, const void *b)
{
    const struct expiry *left = a, *right = b;
    int order;

    if (left->end != right->end)
        return left->end < right->end ? -1 : 1;
    order = strcmp(left->file, right->file);
    return order != 0 ? order
                      : (left->element > right->element) -
                            (left->element < right->element);
}

int
expiries_read(const struct doctor *doctor, struct expiries *ret,
              struct error *error)
{
    struct store_names names = { 0 };
    struct scope scope;
    size_t at = 0, i;

    *ret = (struct expiries){ 0 };
    if (store_list(doctor->store, STORE_FILES, &names, error) != 0)
        return -1;
    for (i = 0; i < names.count; i++)
        if (assign_takes(names.names[i]))
            add_file(doctor, names.names[i], ret);
    while (scope_next(doctor->settings, doctor->catalog, doctor->release, &at,
                      &scope))
        add_missing_of(doctor, &scope, ret);
    add_copies(doctor, ret);
    if (ret->count > 0)
        qsort(ret->all, ret->count, sizeof(*ret->all), compare_ends);
    store_names_clear(&names);
    return 0;
}

void
expiries_keep(struct expiries *expiries, time_t before)
{
    while (expiries->count > 0 &&
           expiries->all[expiries->count - 1].end >= before)
        drop_last(expiries);
}

void
expiries_clear(struct expiries *expiries)
{
    while (expiries->count > 0)
        drop_last(expiries);
    free(expiries->all);
    *expiries = (struct expiries){ 0 };
}

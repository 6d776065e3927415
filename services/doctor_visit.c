/*
 * Files that go together, and what the store and the clock say about them.
 */
#include "services/doctor_visit.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/diagnose_cert.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "services/assign.h"
#include "services/read.h"

#define FILES_MAX 4

struct visit
visit_of(const struct doctor *doctor, struct hints *hints)
{
    return (struct visit){ doctor, { .now = doctor->now }, hints };
}

void
visit_find(const struct visit *visit, enum hint_id id, const char *file,
           const char *one, const char *two)
{
    const struct finder finder = { &visit->diagnosis, visit->hints };
    const struct site site = { file, 0, 0 };

    find_hint(&finder, id, &site, one, two);
}

EVP_PKEY *
doctor_read_key(const struct doctor *doctor, const char *name)
{
    struct error error;
    EVP_PKEY *key = NULL;

    read_key(doctor->store, STORE_FILES, name, &key, &error);
    return key;
}

X509 *
doctor_read_cert(const struct doctor *doctor, const char *name)
{
    struct error error;
    X509 *cert = NULL;

    read_cert(doctor->store, STORE_FILES, name, &cert, &error);
    return cert;
}

X509_REQ *
doctor_read_csr(const struct doctor *doctor, const char *name)
{
    struct error error;
    X509_REQ *csr = NULL;

    read_csr(doctor->store, STORE_FILES, name, &csr, &error);
    return csr;
}

/*
 * Files.
 */

int
doctor_read(const struct doctor *doctor, const struct doctor_file *file,
            struct blob *ret, struct error *error)
{
    if (file->bytes != NULL) {
        blob_append(ret, file->bytes->data, file->bytes->size);
        return 0;
    }
    return file->copy != NULL
               ? store_read(doctor->store, STORE_PRIVATE, file->copy, ret,
                            error)
               : store_read(doctor->store, STORE_FILES, file->name, ret, error);
}

/* Why nothing is known of what stands in it. */
static void
visit_unread(const struct visit *visit, const char *name,
             const struct error *error)
{
    if (error->code == E_NO_FILE)
        visit_find(visit, HINT_FILE_MISSING, name, NULL, NULL);
    else if (error->code == E_TOO_LARGE)
        visit_find(visit, HINT_FILE_TOO_LARGE, name, error->detail, NULL);
    else
        visit_find(visit, HINT_FILE_UNREADABLE, name, NULL, NULL);
}

STACK_OF(X509) *
certs_in(const char *name, const struct blob *bytes, int max)
{
    STACK_OF(X509) *certs = sk_X509_new_null();
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    X509 *cert = NULL;

    if (certs == NULL)
        abort();
    pem_start(&cursor, name, bytes);
    while (sk_X509_num(certs) < max && pem_next(&cursor, &block, &error) == 1)
        if (cert_block(&block, name, &error) == 1 &&
            cert_decode(&block, name, &cert, &error) == 0 &&
            sk_X509_push(certs, cert) <= 0)
            abort();
    if (sk_X509_num(certs) == 0 &&
        cert_parse(name, bytes, &cert, &error) == 0 &&
        sk_X509_push(certs, cert) <= 0)
        abort();
    return certs;
}

STACK_OF(X509) *
doctor_read_certs(const struct doctor *doctor, const char *name, int max)
{
    struct blob bytes = { 0 };
    struct error error;
    STACK_OF(X509) *certs;

    if (name != NULL)
        store_read(doctor->store, STORE_FILES, name, &bytes, &error);
    certs = certs_in(name != NULL ? name : "", &bytes, max);
    blob_clear(&bytes);
    return certs;
}

/*
 * The clock.
 */

#define DAY ((time_t)86400)

static void
find_clock(const struct visit *visit)
{
    char today[HINT_DAY_SIZE];

    day_describe(visit->doctor->now, today, sizeof(today));
    visit_find(visit, HINT_CLOCK_OFF, NULL, today, NULL);
}

/* Not valid yet, by a clock that was later when some file was written? */
static void
visit_clock_behind(const struct visit *visit)
{
    struct store *store = visit->doctor->store;
    struct store_names names = { 0 };
    struct store_info info;
    struct error error;
    bool later = false;
    size_t i;

    if (hints_has(visit->hints, HINT_NOT_YET_VALID) &&
        store_list(store, STORE_FILES, &names, &error) == 0)
        for (i = 0; !later && i < names.count; i++)
            later = store_info(store, STORE_FILES, names.names[i], &info,
                               &error) == 0 &&
                    info.modified > visit->doctor->now + DAY;
    if (later)
        find_clock(visit);
    store_names_clear(&names);
}

/* Have all of them ended before that? */
static bool
are_over(STACK_OF(X509) *certs, time_t then)
{
    time_t from, to;
    int i;

    for (i = 0; i < sk_X509_num(certs); i++)
        if (!cert_times(sk_X509_value(certs, i), &from, &to) || to > then)
            return false;
    return true;
}

/* A chain of which all, CAs too, have ended long ago?  Alone, with nobody who
   uses it, it may just have been left. */
static void
visit_clock_ahead(const struct visit *visit, const struct diagnose_part *parts,
                  size_t n)
{
    time_t then = visit->doctor->now - DOCTOR_OVER_DAYS * DAY;
    int count = 0;
    bool over = hints_has(visit->hints, HINT_EXPIRED) &&
                (n > 1 || parts[0].role != DIAGNOSE_ANY);
    size_t i;

    for (i = 0; over && i < n; i++) {
        STACK_OF(X509) *certs =
            certs_in(parts[i].name, parts[i].bytes, DIAGNOSE_CHAIN_MAX + 1);

        count += sk_X509_num(certs);
        over = are_over(certs, then);
        sk_X509_pop_free(certs, X509_free);
    }
    openssl_forget();
    if (over && count > 1 && count <= DIAGNOSE_CHAIN_MAX)
        find_clock(visit);
}

/* What was found in these files tells what else to look for. */
static void
visit_found(const struct visit *visit, const struct diagnose_part *parts,
            size_t n)
{
    const char *key = NULL, *cert = NULL;
    size_t i;

    for (i = 0; i < n; i++)
        if (parts[i].role == DIAGNOSE_KEY)
            key = parts[i].name;
        else if (cert == NULL)
            cert = parts[i].name;
    visit_clock_ahead(visit, parts, n);
    /* Of a CA that is presented, nobody wants the key. */
    if (hints_has(visit->hints, HINT_PAIR_MISMATCH) &&
        !hints_has(visit->hints, HINT_BUNDLE_AS_CERTIFICATE))
        visit_pair(visit, key, cert);
    visit_issuers(visit, parts, n);
}

void
visit_files(const struct visit *visit, const struct doctor_file *files,
            size_t n)
{
    struct diagnose_part parts[FILES_MAX] = { { 0 } };
    struct blob bytes[FILES_MAX] = { { 0 } };
    /* Apart from what other files have: they say nothing of these. */
    struct hints found = { 0 };
    const struct visit here = { visit->doctor, visit->diagnosis, &found };
    size_t count = 0, i;

    for (i = 0; i < n && count < FILES_MAX; i++) {
        struct error error;

        if (doctor_read(visit->doctor, &files[i], &bytes[count], &error) != 0) {
            visit_unread(&here, files[i].name, &error);
            continue;
        }
        parts[count] = (struct diagnose_part){ files[i].name, &bytes[count],
                                               files[i].role, files[i].read };
        count++;
    }
    diagnose(&here.diagnosis, parts, count, &found);
    visit_found(&here, parts, count);
    hints_move(visit->hints, &found);
    while (count > 0)
        blob_clear(&bytes[--count]);
}

void
visit_end(const struct visit *visit)
{
    visit_clock_behind(visit);
    hints_sort(visit->hints);
}

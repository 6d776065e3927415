/*
 * From settings to files, and from the catalogue's rows to what is asked about
 * them.
 */
#include "services/doctor.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/diagnose_cert.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/verify.h"
#include "pki/xalloc.h"
#include "services/assign.h"
#include "services/check.h"
#include "services/database.h"

#define FILES_MAX 4
#define NAMES_MAX ((size_t)2 * DOCTOR_NAMES_MAX)

/* One examination. */
struct visit {
    const struct doctor *doctor;
    struct diagnosis diagnosis;
    struct hints *hints;
};

static struct visit
visit_of(const struct doctor *doctor, struct hints *hints)
{
    return (struct visit){ doctor, { .now = doctor->now }, hints };
}

static void
find(const struct visit *visit, enum hint_id id, const char *file,
     const char *one, const char *two)
{
    const struct finder finder = { &visit->diagnosis, visit->hints };
    const struct site site = { file, 0, 0 };

    find_hint(&finder, id, &site, one, two);
}

/*
 * The key that is meant.
 */

static EVP_PKEY *
read_key(const struct doctor *doctor, const char *name)
{
    struct blob file = { 0 };
    struct error error;
    EVP_PKEY *key = NULL;

    if (store_read(doctor->store, STORE_FILES, name, &file, &error) == 0)
        key_parse(name, &file, &key, &error);
    blob_clear(&file);
    return key;
}

static X509 *
read_cert(const struct doctor *doctor, const char *name)
{
    struct blob file = { 0 };
    struct error error;
    X509 *cert = NULL;

    if (store_read(doctor->store, STORE_FILES, name, &file, &error) == 0)
        cert_parse(name, &file, &cert, &error);
    blob_clear(&file);
    return cert;
}

static X509_REQ *
read_csr(const struct doctor *doctor, const char *name)
{
    struct blob file = { 0 };
    struct error error;
    X509_REQ *csr = NULL;

    if (store_read(doctor->store, STORE_FILES, name, &file, &error) == 0)
        csr_parse(name, &file, &csr, &error);
    blob_clear(&file);
    return csr;
}

static bool
are_equal(const EVP_PKEY *a, const EVP_PKEY *b)
{
    bool equal = a != NULL && b != NULL && EVP_PKEY_eq(a, b) == 1;

    openssl_forget();
    return equal;
}

/* A key and a certificate that are no pair. */
struct odd_pair {
    const char *key_name, *cert_name;
    EVP_PKEY *key;
    X509 *cert;
};

/* Is it the certificate's key?  Tells. */
static bool
visit_other_key(const struct visit *visit, const struct odd_pair *pair,
                const char *name)
{
    EVP_PKEY *other = read_key(visit->doctor, name);
    bool found = are_equal(other, X509_get0_pubkey(pair->cert));

    if (found)
        find(visit, HINT_PAIR_OTHER_KEY, pair->cert_name, name, NULL);
    EVP_PKEY_free(other);
    return found;
}

/* Among the first files that may be a key: is the certificate's there? */
static bool
visit_other_keys(const struct visit *visit, const struct odd_pair *pair)
{
    struct store_names names = { 0 };
    struct error error;
    size_t looked = 0, i;
    bool found = false;

    if (store_list(visit->doctor->store, STORE_FILES, &names, &error) == 0)
        for (i = 0; i < names.count && looked < DOCTOR_SEARCH_MAX; i++)
            if (assign_takes(names.names[i])) {
                looked++;
                if (strcmp(names.names[i], pair->key_name) != 0 &&
                    visit_other_key(visit, pair, names.names[i]))
                    found = true;
            }
    store_names_clear(&names);
    return found;
}

/* Has a request of the same subject replaced the one that was signed?  It lies
   beside its key. */
static void
visit_newer_request(const struct visit *visit, const struct odd_pair *pair)
{
    const char *dot = strrchr(pair->key_name, '.');
    size_t size =
        dot != NULL ? (size_t)(dot - pair->key_name) : strlen(pair->key_name);
    char *name = xasprintf("%.*s.csr", (int)size, pair->key_name);
    X509_REQ *csr = read_csr(visit->doctor, name);

    if (csr != NULL && are_equal(X509_REQ_get0_pubkey(csr), pair->key) &&
        X509_NAME_cmp(X509_REQ_get_subject_name(csr),
                      X509_get_subject_name(pair->cert)) == 0)
        find(visit, HINT_PAIR_NEWER_CSR, pair->key_name, name, NULL);
    X509_REQ_free(csr);
    free(name);
}

/* Key and certificate are no pair: what in the store is? */
static void
search(const struct visit *visit, const char *key_name, const char *cert_name)
{
    const struct odd_pair pair = {
        key_name,
        cert_name,
        read_key(visit->doctor, key_name),
        read_cert(visit->doctor, cert_name),
    };

    if (pair.key != NULL && pair.cert != NULL &&
        !visit_other_keys(visit, &pair))
        visit_newer_request(visit, &pair);
    EVP_PKEY_free(pair.key);
    X509_free(pair.cert);
}

/*
 * Files.
 */

static int
read_file(const struct doctor *doctor, const struct doctor_file *file,
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
        find(visit, HINT_FILE_MISSING, name, NULL, NULL);
    else if (error->code == E_TOO_LARGE)
        find(visit, HINT_FILE_TOO_LARGE, name, error->detail, NULL);
    else
        find(visit, HINT_FILE_UNREADABLE, name, NULL, NULL);
}

/* The certificates of these bytes, as far as they can be read; at most so
   many. */
static STACK_OF(X509) *
certs_of(const char *name, const struct blob *bytes, int max)
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

/*
 * The clock.
 */

#define DAY ((time_t)86400)

static void
find_clock(const struct visit *visit)
{
    char today[32];
    struct tm tm;

    gmtime_r(&visit->doctor->now, &tm);
    strftime(today, sizeof(today), "%Y-%m-%d", &tm);
    find(visit, HINT_CLOCK_OFF, NULL, today, NULL);
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
    int i;

    for (i = 0; i < sk_X509_num(certs); i++)
        if (X509_cmp_time(X509_get0_notAfter(sk_X509_value(certs, i)), &then) >=
            0)
            return false;
    return true;
}

/* A chain of which all, CAs too, have ended long ago? */
static void
visit_clock_ahead(const struct visit *visit, const struct diagnose_part *parts,
                  size_t n)
{
    time_t then = visit->doctor->now - DOCTOR_OVER_DAYS * DAY;
    int count = 0;
    bool over = hints_has(visit->hints, HINT_EXPIRED);
    size_t i;

    for (i = 0; over && i < n; i++) {
        STACK_OF(X509) *certs =
            certs_of(parts[i].name, parts[i].bytes, DIAGNOSE_CHAIN_MAX + 1);

        count += sk_X509_num(certs);
        over = are_over(certs, then);
        sk_X509_pop_free(certs, X509_free);
    }
    openssl_forget();
    if (over && count > 1 && count <= DIAGNOSE_CHAIN_MAX)
        find_clock(visit);
}

static void
visit_files(const struct visit *visit, const struct doctor_file *files,
            size_t n)
{
    struct diagnose_part parts[FILES_MAX];
    struct blob bytes[FILES_MAX] = { { 0 } };
    const char *key = NULL, *cert = NULL;
    size_t count = 0, i;
    bool mismatch = hints_has(visit->hints, HINT_PAIR_MISMATCH);

    for (i = 0; i < n && count < FILES_MAX; i++) {
        struct error error;

        if (read_file(visit->doctor, &files[i], &bytes[count], &error) != 0) {
            visit_unread(visit, files[i].name, &error);
            continue;
        }
        parts[count] = (struct diagnose_part){ files[i].name, &bytes[count],
                                               files[i].role, files[i].read };
        count++;
        if (files[i].role == DIAGNOSE_KEY)
            key = files[i].name;
        else if (cert == NULL)
            cert = files[i].name;
    }
    diagnose(&visit->diagnosis, parts, count, visit->hints);
    visit_clock_ahead(visit, parts, count);
    if (!mismatch && hints_has(visit->hints, HINT_PAIR_MISMATCH))
        search(visit, key, cert);
    while (count > 0)
        blob_clear(&bytes[--count]);
}

/* What is the same at the end of each examination. */
static void
end_visit(const struct visit *visit)
{
    visit_clock_behind(visit);
    hints_sort(visit->hints);
}

void
doctor_files(const struct doctor *doctor, const struct doctor_file *files,
             size_t n, bool holds, struct hints *ret)
{
    struct visit visit = visit_of(doctor, ret);

    visit.diagnosis.holds = holds;
    visit_files(&visit, files, n);
    end_visit(&visit);
}

void
doctor_offered(const struct doctor *doctor, const char *service, unsigned usage,
               const struct doctor_file *files, size_t n, struct hints *ret)
{
    struct visit visit = visit_of(doctor, ret);

    visit.diagnosis.service = service;
    visit.diagnosis.usage = usage;
    visit_files(&visit, files, n);
    end_visit(&visit);
}

/*
 * Services.
 */

/* NULL for "none", too. */
static const char *
set_value(const char *text)
{
    return text != NULL && strcmp(text, "none") != 0 ? text : NULL;
}

static const char *
value(const struct scope *scope, const char *key)
{
    return key != NULL ? set_value(scope_get(scope, key)) : NULL;
}

/* Where the settings of an identity stand. */
struct holder {
    const struct scope *scope;
    const char *list; /* an entry of this one; NULL: they are the service's */
    size_t entry;
};

static const char *
held(const struct holder *holder, const char *key)
{
    if (holder->list == NULL || key == NULL)
        return value(holder->scope, key);
    return set_value(settings_entry(holder->scope->settings, holder->list,
                                    holder->entry, key));
}

/* What a certificate must cover, NULL at the end: the values of settings, and
   what is stated. */
static void
names_of(const struct doctor *doctor, const struct holder *holder,
         const struct identity *identity, const char *ret[NAMES_MAX + 1])
{
    const char *keys = identity->names;
    char key[WORD_MAX];
    size_t n = 0, i;

    while (n < DOCTOR_NAMES_MAX && word_next(&keys, key) != NULL)
        if (held(holder, key) != NULL)
            ret[n++] = held(holder, key);
    for (i = 0; identity->stated && i < doctor->name_count; i++)
        if (n < NAMES_MAX &&
            strcmp(doctor->names[i].service, holder->scope->service->name) == 0)
            ret[n++] = doctor->names[i].host;
    ret[n] = NULL;
}

static void
visit_holder(struct visit visit, const struct holder *holder,
             const struct identity *identity)
{
    const char *key = held(holder, identity->key);
    const char *cert = held(holder, identity->cert);
    const char *bundle = held(holder, identity->bundle);
    struct doctor_file files[3];
    const char *names[NAMES_MAX + 1];
    struct error error;
    size_t n = 0;

    if (cert == NULL)
        return;
    if (key != NULL)
        files[n++] = (struct doctor_file){ key, DIAGNOSE_KEY };
    files[n++] =
        (struct doctor_file){ cert, identity->full_chain ? DIAGNOSE_FULL_CHAIN
                                                         : DIAGNOSE_CERT };
    if (bundle != NULL)
        files[n++] = (struct doctor_file){ bundle, DIAGNOSE_BUNDLE };
    names_of(visit.doctor, holder, identity, names);
    visit.diagnosis.names = names;
    visit.diagnosis.usage =
        ((identity->usage & USED_AS_SERVER) != 0 ? DIAGNOSE_SERVER : 0) |
        ((identity->usage & USED_AS_CLIENT) != 0 ? DIAGNOSE_CLIENT : 0);
    visit.diagnosis.holds =
        verify(visit.doctor->store, cert,
               bundle != NULL && !identity->full_chain ? bundle : cert, NULL,
               visit.doctor->now, &error) == 0;
    visit_files(&visit, files, n);
}

/* What is to be looked at of a service. */
struct choice {
    const char *keys; /* settings; NULL: all */
    const char *list; /* those of the last entry of that list; NULL: not in
                         one, or all when keys is NULL */
};

static bool
is_choice(const struct choice *choice, const char *list, const char *wanted)
{
    const char *keys = choice->keys;
    char key[WORD_MAX];

    if (keys == NULL)
        return true;
    if (list == NULL || choice->list == NULL ? list != choice->list
                                             : strcmp(list, choice->list) != 0)
        return false;
    while (word_next(&keys, key) != NULL)
        if (strcmp(key, wanted) == 0)
            return true;
    return false;
}

static void
visit_identity(const struct visit *visit, const struct scope *scope,
               const struct identity *identity, const struct choice *choice)
{
    struct holder holder = { .scope = scope };
    char *list = NULL;
    size_t count;

    if (!is_choice(choice, identity->list, identity->cert))
        return;
    if (identity->list == NULL) {
        visit_holder(*visit, &holder, identity);
        return;
    }
    list = scope_path(scope, identity->list);
    count = settings_count(scope->settings, list);
    holder.list = list;
    holder.entry = choice->list != NULL && count > 0 ? count - 1 : 0;
    while (holder.entry < count) {
        visit_holder(*visit, &holder, identity);
        holder.entry++;
    }
    free(list);
}

/* Those of a file; NULL: no file. */
static STACK_OF(X509) *
read_certs(const struct doctor *doctor, const char *name)
{
    struct blob bytes = { 0 };
    struct error error;
    STACK_OF(X509) *certs;

    if (name != NULL)
        store_read(doctor->store, STORE_FILES, name, &bytes, &error);
    certs = certs_of(name != NULL ? name : "", &bytes, INT_MAX);
    blob_clear(&bytes);
    return certs;
}

static bool
is_among(STACK_OF(X509) *certs, const X509 *wanted)
{
    int i;

    for (i = 0; i < sk_X509_num(certs); i++)
        if (X509_cmp(sk_X509_value(certs, i), wanted) == 0)
            return true;
    return false;
}

/* Does one of the trusted vouch for it?  As services/tls.c asks a peer. */
static bool
is_vouched_for(const struct doctor *doctor, STACK_OF(X509) *trusted, X509 *cert,
               STACK_OF(X509) *chain)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    bool good;

    if (ctx == NULL || !X509_STORE_CTX_init(ctx, NULL, cert, chain))
        abort();
    X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_time(ctx, 0, doctor->now);
    good = X509_verify_cert(ctx) == 1 &&
           X509_STORE_CTX_get_error(ctx) == X509_V_OK;
    X509_STORE_CTX_free(ctx);
    openssl_forget();
    return good;
}

/* What a peer sends with its certificate. */
static const char *
chain_of(const struct scope *peer, const char *cert_key)
{
    const struct identity *identity = peer->service->identities;

    for (; identity != NULL && identity->cert != NULL; identity++)
        if (identity->list == NULL && strcmp(identity->cert, cert_key) == 0)
            return value(peer, identity->full_chain ? identity->cert
                                                    : identity->bundle);
    return NULL;
}

static void
visit_trusted(const struct visit *visit, const struct trust *trust,
              const struct scope *peer, const char *file, const char *cert_name)
{
    const struct doctor *doctor = visit->doctor;
    STACK_OF(X509) *trusted = read_certs(doctor, file);
    STACK_OF(X509) *chain =
        read_certs(doctor, chain_of(peer, trust->peer_cert));
    X509 *cert = read_cert(doctor, cert_name);

    if (cert == NULL || sk_X509_num(trusted) == 0 || is_among(trusted, cert))
        ;
    else if (!is_vouched_for(doctor, trusted, cert, chain))
        find(visit, HINT_TRUST_NOT_PEER, file, cert_name, peer->service->title);
    else if (trust->own)
        find(visit, HINT_TRUST_ISSUER, file, cert_name, peer->service->title);
    X509_free(cert);
    sk_X509_pop_free(chain, X509_free);
    sk_X509_pop_free(trusted, X509_free);
}

/* A setting as a finding names it: by the command that makes it. */
static void
find_setting(const struct visit *visit, enum hint_id id,
             const struct scope *scope, const char *key, const char *two)
{
    const struct service *service = scope->service;
    const struct verb *verb =
        service_setter(service, visit->doctor->release, key);
    char *usage =
        xasprintf("%s %s", service->name, verb != NULL ? verb->pattern : key);

    find(visit, id, NULL, usage, two);
    free(usage);
}

/* Is there somebody whom it should trust? */
static bool
has_peers(const struct scope *scope, const struct trust *trust,
          const struct scope *peer)
{
    return value(scope, trust->when) != NULL ||
           (value(peer, trust->peer_cert) != NULL && scope_enabled(peer));
}

/* The peer of the same machine stands for those elsewhere. */
static void
visit_trust(const struct visit *visit, const struct scope *scope,
            const struct trust *trust)
{
    const struct doctor *doctor = visit->doctor;
    const char *file = value(scope, trust->file), *cert_name;
    struct scope peer;

    if (!scope_find(doctor->settings, doctor->catalog, doctor->release,
                    trust->peer, &peer))
        return;
    if (file == NULL && scope_enabled(scope) && has_peers(scope, trust, &peer))
        find_setting(visit, HINT_TRUST_UNSET, scope, trust->file,
                     peer.service->title);
    cert_name = value(&peer, trust->peer_cert);
    if (file != NULL && cert_name != NULL)
        visit_trusted(visit, trust, &peer, file, cert_name);
}

/* Is the file one that an identity is made of? */
static bool
is_presented(const struct service *service, const char *key)
{
    const struct identity *identity = service->identities;

    for (; identity != NULL && identity->cert != NULL; identity++)
        if (identity->list == NULL &&
            (strcmp(key, identity->key) == 0 ||
             strcmp(key, identity->cert) == 0 ||
             (identity->bundle != NULL && strcmp(key, identity->bundle) == 0)))
            return true;
    return false;
}

/* What a service does not present is what it trusts. */
static void
visit_trust_files(const struct visit *visit, const struct scope *scope,
                  const struct choice *choice)
{
    const char *keys = scope->service->files;
    char key[WORD_MAX];

    while (word_next(&keys, key) != NULL) {
        const struct doctor_file file = { value(scope, key), DIAGNOSE_TRUST };

        if (file.name != NULL && !is_presented(scope->service, key) &&
            is_choice(choice, NULL, key))
            visit_files(visit, &file, 1);
    }
}

static void
visit_assigned(const struct visit *visit, const struct scope *scope,
               const struct choice *choice)
{
    const struct identity *identity = scope->service->identities;
    const struct trust *trust = scope->service->trusts;

    for (; identity != NULL && identity->cert != NULL; identity++)
        visit_identity(visit, scope, identity, choice);
    visit_trust_files(visit, scope, choice);
    for (; trust != NULL && trust->file != NULL; trust++)
        if (is_choice(choice, NULL, trust->file))
            visit_trust(visit, scope, trust);
}

void
doctor_assigned(const struct doctor *doctor, const struct scope *scope,
                const char *list, const char *keys, struct hints *ret)
{
    const struct choice choice = { keys, list };
    struct visit visit = visit_of(doctor, ret);
    char *name = scope_name(scope);

    visit.diagnosis.service = name;
    visit_assigned(&visit, scope, &choice);
    end_visit(&visit);
    free(name);
}

/* Does the check refuse a service without its settings? */
static bool
is_wanted(const struct scope *scope, const struct check *check)
{
    const char *keys = check->keys;
    char key[WORD_MAX];

    switch (check->kind) {
    case CHECK_REQUIRED:
    case CHECK_LISTEN:
    case CHECK_PAIR:
        return !check->optional;
    case CHECK_TLS_PAIR: /* the port first */
        return value(scope, word_next(&keys, key)) != NULL;
    case CHECK_CHAIN:
    case CHECK_FULL_CHAIN:
    case CHECK_TRUST: /* a warning at most */
        break;
    }
    return false;
}

/* Settings that a check wants and that are not there. */
static void
visit_unset(const struct visit *visit, const struct scope *scope,
            const struct check *check)
{
    const char *keys = check->keys;
    char key[WORD_MAX];

    if (!is_wanted(scope, check))
        return;
    while (word_next(&keys, key) != NULL)
        if (value(scope, key) == NULL)
            find_setting(visit, HINT_INCOMPLETE, scope, key, NULL);
}

static void
visit_ports(const struct visit *visit, const struct scope *scope)
{
    const struct check_source source = {
        .store = visit->doctor->store,
        .catalog = visit->doctor->catalog,
        .release = visit->doctor->release,
        .now = visit->doctor->now,
    };
    struct findings findings;
    size_t i;

    check_service(&source, scope, &findings);
    for (i = 0; i < findings.count; i++)
        if (findings.all[i].error.code == E_PORT_TAKEN)
            find(visit, HINT_PORT_CLASH, NULL, findings.all[i].error.subject,
                 findings.all[i].error.other);
    findings_clear(&findings);
}

void
doctor_service(const struct doctor *doctor, const struct scope *scope,
               struct hints *ret)
{
    const struct check *check = scope->service->checks;
    struct visit visit = visit_of(doctor, ret);
    const struct choice all = { NULL };
    char *name = scope_name(scope);

    visit.diagnosis.service = name;
    visit_assigned(&visit, scope, &all);
    for (; check != NULL && check->keys != NULL; check++)
        visit_unset(&visit, scope, check);
    visit_ports(&visit, scope);
    end_visit(&visit);
    free(name);
}

/* How many of the wanted certificates are there, one behind the other. */
static int
count_equal(STACK_OF(X509) *wanted, STACK_OF(X509) *actual, int from)
{
    int n = 0;

    while (n < sk_X509_num(wanted) && from + n < sk_X509_num(actual) &&
           X509_cmp(sk_X509_value(wanted, n),
                    sk_X509_value(actual, from + n)) == 0)
        n++;
    return n;
}

/* Listeners send all that the two files hold; see services/plan.h. */
static void
compare_presented(const struct visit *visit, const struct scope *scope,
                  const struct presented *presented)
{
    const char *cert = value(scope, presented->cert);
    const char *bundle = value(scope, presented->bundle);
    STACK_OF(X509) *own = read_certs(visit->doctor, cert);
    STACK_OF(X509) *more = read_certs(visit->doctor, bundle);
    STACK_OF(X509) *actual =
        certs_of(presented->place, &presented->actual, INT_MAX);
    int n = sk_X509_num(own), m = sk_X509_num(more);

    if (n == 0 || sk_X509_num(actual) == 0)
        ; /* unreadable: told elsewhere */
    else if (count_equal(own, actual, 0) < n)
        find(visit, HINT_NOT_RESTARTED, cert, NULL, NULL);
    else if (count_equal(more, actual, n) < m || sk_X509_num(actual) > n + m)
        find(visit, HINT_NOT_RESTARTED, bundle != NULL ? bundle : cert, NULL,
             NULL);
    sk_X509_pop_free(actual, X509_free);
    sk_X509_pop_free(more, X509_free);
    sk_X509_pop_free(own, X509_free);
}

void
doctor_presented(const struct doctor *doctor, const struct scope *scope,
                 const struct presented *presented, size_t n, struct hints *ret)
{
    struct visit visit = visit_of(doctor, ret);
    char *name = scope_name(scope);
    size_t i;

    visit.diagnosis.service = name;
    for (i = 0; i < n; i++)
        if (presented[i].actual.size == 0)
            find(&visit, HINT_NOT_PRESENTED, NULL, presented[i].place,
                 presented[i].why);
        else
            compare_presented(&visit, scope, &presented[i]);
    hints_sort(ret);
    free(name);
}

/* Is the setting there, or any entry of the list that "list:key" is in? */
static bool
is_set(const struct scope *scope, char *key)
{
    char *in_entry = strchr(key, ':'), *list;
    bool set;

    if (in_entry == NULL)
        return scope_get(scope, key) != NULL;
    *in_entry = '\0';
    list = scope_path(scope, key);
    set = settings_count(scope->settings, list) > 0;
    free(list);
    return set;
}

/* Has anybody set it up? */
static bool
is_touched(const struct scope *scope)
{
    const char *keys = scope->service->files;
    char key[WORD_MAX];

    while (word_next(&keys, key) != NULL)
        if (is_set(scope, key))
            return true;
    return scope_enabled(scope) && !scope->service->always;
}

void
doctor_all(const struct doctor *doctor, struct hints *ret)
{
    const struct visit visit = visit_of(doctor, ret);
    struct store_names names = { 0 };
    struct error error;
    struct scope scope;
    size_t at = 0, i;

    while (scope_next(doctor->settings, doctor->catalog, doctor->release, &at,
                      &scope))
        if (is_touched(&scope))
            doctor_service(doctor, &scope, ret);
    doctor_database(doctor, ret);
    if (store_list(doctor->store, STORE_FILES, &names, &error) == 0)
        for (i = 0; i < names.count; i++) {
            const struct doctor_file file = { names.names[i], DIAGNOSE_ANY };
            char *users = assign_users(doctor->settings, doctor->catalog,
                                       doctor->release, names.names[i], false);

            if (users == NULL && assign_takes(names.names[i]))
                visit_files(&visit, &file, 1);
            free(users);
        }
    store_names_clear(&names);
    end_visit(&visit);
}

/* A certificate of the key's old self, under the name that goes with it. */
static void
visit_left(const struct visit *visit, const char *basename,
           const char *extension, const char *key_name, const EVP_PKEY *key)
{
    char *name = xasprintf("%s%s", basename, extension);
    X509 *cert = read_cert(visit->doctor, name);

    if (cert != NULL && !are_equal(key, X509_get0_pubkey(cert)))
        find(visit, HINT_CERT_NOT_OF_KEY, name, key_name, NULL);
    X509_free(cert);
    free(name);
}

static bool
copy_extensions(X509_REQ *csr, X509 *cert)
{
    STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(csr);
    bool done = true;
    int i;

    for (i = 0; done && i < sk_X509_EXTENSION_num(all); i++)
        done = X509_add_ext(cert, sk_X509_EXTENSION_value(all, i), -1) == 1;
    sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
    return done;
}

/* The certificate that a CA makes of it if it changes nothing, not signed; NULL
   if there can be none. */
static X509 *
cert_of(X509_REQ *csr, time_t now)
{
    X509 *cert = X509_new();

    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) != 1 ||
        X509_set_subject_name(cert, X509_REQ_get_subject_name(csr)) != 1 ||
        X509_set_pubkey(cert, X509_REQ_get0_pubkey(csr)) != 1 ||
        X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &now) == NULL ||
        X509_time_adj_ex(X509_getm_notAfter(cert), 2 * DIAGNOSE_SOON_DAYS, 0,
                         &now) == NULL ||
        !copy_extensions(csr, cert)) {
        X509_free(cert);
        cert = NULL;
    }
    openssl_forget();
    return cert;
}

/* A fault of its names is easier to mend now than in what the CA sends. */
static void
visit_request(const struct visit *visit, const char *name)
{
    const struct finder finder = { &visit->diagnosis, visit->hints };
    const struct site site = { name, 0, 0 };
    X509_REQ *csr = read_csr(visit->doctor, name);
    X509 *cert = csr != NULL ? cert_of(csr, visit->diagnosis.now) : NULL;

    if (cert != NULL)
        diagnose_cert(&finder, &site, cert, true);
    X509_free(cert);
    X509_REQ_free(csr);
}

void
doctor_request(const struct doctor *doctor, const char *basename,
               struct hints *ret)
{
    static const char *const extensions[] = { ".crt", ".cer", ".pem", ".der" };
    struct visit visit = visit_of(doctor, ret);
    char *key_name = xasprintf("%s.key", basename);
    char *csr_name = xasprintf("%s.csr", basename);
    char *users = assign_users(doctor->settings, doctor->catalog,
                               doctor->release, key_name, true);
    EVP_PKEY *key = read_key(doctor, key_name);
    size_t i;

    if (users != NULL)
        find(&visit, HINT_KEY_REPLACED, key_name, users, NULL);
    for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        visit_left(&visit, basename, extensions[i], key_name, key);
    visit_request(&visit, csr_name);
    hints_sort(ret);
    EVP_PKEY_free(key);
    free(users);
    free(csr_name);
    free(key_name);
}

/*
 * Ends.
 */

static bool
end_of(const X509 *cert, time_t *ret)
{
    struct tm tm;

    if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
        return false;
    *ret = timegm(&tm);
    return true;
}

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
    time_t end;

    if (!end_of(cert, &end))
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
    bool whole = read_file(doctor, listing->file, &bytes, &error) == 0 &&
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
                           name))
        add_entry(&listing)->unread = true;
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

/* A file that is set and not there. */
static void
add_missing(const struct doctor *doctor, const char *name, struct expiries *ret)
{
    if (name != NULL && !is_listed(ret, name) &&
        !store_has(doctor->store, STORE_FILES, name) &&
        assign_wants_certs(doctor->settings, doctor->catalog, doctor->release,
                           name))
        add_file(doctor, name, ret);
}

static void
add_missing_of(const struct doctor *doctor, const struct scope *scope,
               struct expiries *ret)
{
    const char *keys = scope->service->files;
    char key[WORD_MAX];

    while (word_next(&keys, key) != NULL) {
        char *in_entry = strchr(key, ':'), *list;
        size_t i;

        if (in_entry == NULL) {
            add_missing(doctor, value(scope, key), ret);
            continue;
        }
        *in_entry++ = '\0';
        list = scope_path(scope, key);
        for (i = 0; i < settings_count(scope->settings, list); i++)
            add_missing(
                doctor,
                set_value(settings_entry(scope->settings, list, i, in_entry)),
                ret);
        free(list);
    }
}

/* What is not listed with the files. */
static void
add_copies(const struct doctor *doctor, struct expiries *ret)
{
    unsigned i;

    for (i = 0; i < DATABASE_FILES; i++) {
        enum database_file which = (enum database_file)i;
        const struct doctor_file file = {
            .name = settings_get(doctor->settings, database_setting(which)),
            .copy = database_copy(which),
        };
        const struct listing listing = { &file, DATABASE_TITLE, ret };

        if (file.name != NULL &&
            (!store_has(doctor->store, STORE_FILES, file.name) ||
             database_copy_differs(doctor->store, doctor->settings, which)))
            add_certs(doctor, &listing);
    }
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
doctor_expiries(const struct doctor *doctor, struct expiries *ret,
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
           expiries->all[expiries->count - 1].end >= before) {
        struct expiry *last = &expiries->all[--expiries->count];

        free(last->file);
        free(last->users);
    }
}

void
expiries_clear(struct expiries *expiries)
{
    size_t i;

    for (i = 0; i < expiries->count; i++) {
        free(expiries->all[i].file);
        free(expiries->all[i].users);
    }
    free(expiries->all);
    *expiries = (struct expiries){ 0 };
}

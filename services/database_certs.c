/*
 * The certificates of the database cluster: checked when they are named, and
 * copied, so that what happens to the files afterwards does not touch a
 * cluster.  X509_verify_cert() decides on chains, in pki/verify.
 */
#include <openssl/x509v3.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/diagnose.h"
#include "pki/key.h"
#include "pki/match.h"
#include "pki/verify.h"
#include "services/database.h"
#include "services/read.h"
#include "services/worker.h"

/* The client logs in by the CN of its certificate.  On the usages: the design
   guides of the product want both of a server's certificate. */
const struct database_pair database_pairs[DATABASE_PAIRS] = {
    [DATABASE_SERVER_PAIR] = { DATABASE_SERVER_KEY, DATABASE_SERVER_CERT, NULL,
                               DIAGNOSE_SERVER | DIAGNOSE_CLIENT },
    [DATABASE_CLIENT_PAIR] = { DATABASE_CLIENT_KEY, DATABASE_CLIENT_CERT,
                               DATABASE_USER,
                               DIAGNOSE_CLIENT | DIAGNOSE_DATABASE },
};

/* What is being set. */
struct setting {
    struct store *store;
    const char *const *names; /* by enum database_file */
    time_t now;
};

/*
 * Checks of one file.
 */

/* The first CN counts, as it does for PostgreSQL. */
static int
check_cn(X509 *cert, const char *name, const char *wanted, struct error *error)
{
    X509_NAME *subject = X509_get_subject_name(cert);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1), size = -1;
    unsigned char *text = NULL;
    bool good;

    if (at >= 0)
        size = ASN1_STRING_to_UTF8(
            &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    good = size == (int)strlen(wanted) &&
           memcmp(text, wanted, strlen(wanted)) == 0;
    OPENSSL_free(text);
    return good ? 0 : fail_pair(error, E_CERT_CN, name, wanted);
}

/* RFC 5280 section 4.2.1.12; without the extension every usage is allowed. */
static int
check_usage(X509 *cert, const char *name, unsigned wanted, struct error *error)
{
    static const struct {
        unsigned usage, bit;
        const char *name;
    } usages[] = {
        { DIAGNOSE_SERVER, XKU_SSL_SERVER, "serverAuth" },
        { DIAGNOSE_CLIENT, XKU_SSL_CLIENT, "clientAuth" },
    };
    uint32_t has = X509_get_extended_key_usage(cert);
    size_t i;

    for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++)
        if ((wanted & usages[i].usage) != 0 && (has & usages[i].bit) == 0)
            return fail_pair(error, E_CERT_USAGE, name, usages[i].name);
    return 0;
}

/*
 * Checks of a set.
 */

/* The words of match() and verify() are those of commands that were given the
   names: here the failure must say them. */
static int
check_match(const struct setting *set, const struct database_pair *pair,
            struct error *error)
{
    const char *key = set->names[pair->key], *cert = set->names[pair->cert];
    enum match_kind kind;

    if (match(set->store, key, cert, &kind, error) != 0)
        return error->code == E_MISMATCH_CERT || error->code == E_MISMATCH_CSR
                   ? fail_pair(error, E_CERT_KEY, cert, key)
                   : -1;
    return kind == MATCH_CERT ? 0 : fail(error, E_NOT_CERT, cert);
}

static int
check_chain(const struct setting *set, const char *cert, struct error *error)
{
    const char *ca = set->names[DATABASE_CA_CERT];
    struct error why;

    if (verify(set->store, cert, ca, NULL, set->now, &why) == 0)
        return 0;
    if (why.code != E_VERIFY) {
        *error = why;
        return -1;
    }
    fail_pair(error, E_CERT_CHAIN, cert, ca);
    memcpy(error->detail, why.detail, sizeof(error->detail));
    return -1;
}

static int
check_pair(const struct setting *set, const struct database_pair *pair,
           struct error *error)
{
    const char *name = set->names[pair->cert];
    X509 *cert = NULL;
    int r;

    r = check_match(set, pair, error);
    if (r == 0)
        r = read_cert(set->store, STORE_FILES, name, &cert, error);
    if (r == 0)
        r = cert_check_times(cert, name, set->now, error);
    if (r == 0 && pair->cn != NULL)
        r = check_cn(cert, name, pair->cn, error);
    if (r == 0)
        r = check_usage(cert, name, pair->usage, error);
    if (r == 0)
        r = check_chain(set, name, error);
    openssl_forget();
    X509_free(cert);
    return r;
}

static int
check_ca(const struct setting *set, struct error *error)
{
    const char *name = set->names[DATABASE_CA_CERT];
    X509 *cert = NULL;
    int r;

    r = read_cert(set->store, STORE_FILES, name, &cert, error);
    if (r == 0)
        r = cert_check_times(cert, name, set->now, error);
    openssl_forget();
    X509_free(cert);
    return r;
}

/* All files are looked for before one of them is looked at. */
static int
check_set(const struct setting *set, struct error *error)
{
    size_t i;
    int r = 0;

    if (set->names[DATABASE_CA_CERT] == NULL)
        return 0;
    for (i = 0; i < DATABASE_FILES; i++)
        if (set->names[i] != NULL &&
            !store_has(set->store, STORE_FILES, set->names[i]))
            return fail(error, E_NO_FILE, set->names[i]);
    r = check_ca(set, error);
    for (i = 0; r == 0 && i < DATABASE_PAIRS; i++)
        if (set->names[database_pairs[i].cert] != NULL)
            r = check_pair(set, &database_pairs[i], error);
    return r;
}

/*
 * Copies: PEM of our own, because PostgreSQL reads no DER, and text of other
 * kinds only as OpenSSL does.
 */

static int
copy_key(const char *name, const struct blob *file, struct blob *ret,
         struct error *error)
{
    EVP_PKEY *key = NULL;
    int r;

    r = key_parse(name, file, &key, error);
    if (r == 0)
        r = key_format(key, ret, error);
    EVP_PKEY_free(key);
    return r;
}

static bool
is_key(enum database_file file)
{
    return file == DATABASE_SERVER_KEY || file == DATABASE_CLIENT_KEY;
}

static int
make_copy(struct store *store, const char *name, enum database_file which,
          struct blob *ret, struct error *error)
{
    struct blob file = { 0 };
    int r;

    r = store_read(store, STORE_FILES, name, &file, error);
    if (r == 0)
        r = is_key(which) ? copy_key(name, &file, ret, error)
                          : cert_append_all(ret, name, &file, error);
    blob_clear(&file);
    return r;
}

/* By a worker: all copies, an empty one where no file is named. */
static int
make_copies(void *arg, struct parts *ret, struct error *error)
{
    const struct setting *set = arg;
    size_t i;
    int r = check_set(set, error);

    for (i = 0; r == 0 && i < DATABASE_FILES; i++) {
        struct blob copy = { 0 };

        if (set->names[i] != NULL)
            r = make_copy(set->store, set->names[i], (enum database_file)i,
                          &copy, error);
        parts_add(ret, &copy);
    }
    return r;
}

/* The copies and the settings are one step.  Whether there is a copy to remove
   is not asked: who can not tell would leave it. */
static int
write_set(const struct setting *set, const struct parts *copies,
          struct settings *settings, struct error *error)
{
    struct store_change changes[DATABASE_FILES + 1];
    struct blob text = { 0 };
    size_t n = 0, i;
    int r;

    for (i = 0; i < DATABASE_FILES; i++) {
        const char *copy = database_copy((enum database_file)i);

        settings_set(settings, database_setting((enum database_file)i),
                     set->names[i]);
        if (set->names[i] != NULL)
            changes[n++] = (struct store_change){ copy, &copies->all[i], 0600 };
        else
            changes[n++] = (struct store_change){ .name = copy };
    }
    settings_format(settings, &text);
    changes[n++] = (struct store_change){ SETTINGS_FILE, &text, 0600 };
    r = store_write(set->store, STORE_PRIVATE, changes, n, error);
    blob_clear(&text);
    return r;
}

/* With the store's lock held. */
static int
set_certs(struct setting *set, struct error *error)
{
    const struct task task = { { make_copies }, set };
    struct settings *settings = NULL;
    struct parts copies = { 0 };
    int r;

    r = database_check_free(set->store, error);
    if (r == 0)
        r = task_apart(&task, &copies, error);
    if (r == 0)
        r = parts_need(&copies, DATABASE_FILES, error);
    if (r == 0)
        r = settings_load(set->store, &settings, error);
    if (r == 0)
        r = write_set(set, &copies, settings, error);
    settings_free(settings);
    parts_clear(&copies);
    return r;
}

int
database_set_certs(struct store *store, const char *const names[DATABASE_FILES],
                   time_t now, struct error *error)
{
    struct setting set = { store, names, now };
    int r;

    if (store_lock(store, error) != 0)
        return -1;
    r = set_certs(&set, error);
    store_unlock(store);
    return r;
}

enum copy_state
database_copy_state(struct store *store, const struct settings *settings,
                    enum database_file file)
{
    const char *name = settings_get(settings, database_setting(file));
    struct blob copy = { 0 }, now = { 0 };
    struct error ignored;
    enum copy_state state = COPY_ALONE;

    if (name != NULL && store_has(store, STORE_FILES, name) &&
        store_read(store, STORE_PRIVATE, database_copy(file), &copy,
                   &ignored) == 0)
        state = make_copy(store, name, file, &now, &ignored) == 0 &&
                        blob_equal(&now, &copy)
                    ? COPY_SAME
                    : COPY_DIFFERS;
    blob_clear(&now);
    blob_clear(&copy);
    return state;
}

/* The copies, and what they are called. */
struct copies {
    struct store *store;
    const struct settings *settings;
    time_t now;
};

static int
check_copies(void *arg, struct parts *ret, struct error *error)
{
    const struct copies *copies = arg;
    unsigned i;
    int r = 0;

    (void)ret;
    for (i = 0; r == 0 && i < DATABASE_FILES; i++) {
        enum database_file file = (enum database_file)i;
        const char *copy = database_copy(file);
        const char *name =
            settings_get(copies->settings, database_setting(file));
        X509 *cert = NULL;

        if (is_key(file))
            continue;
        r = read_cert(copies->store, STORE_PRIVATE, copy, &cert, error);
        if (r == 0)
            r = cert_check_times(cert, name != NULL ? name : copy, copies->now,
                                 error);
        else if (error->code == E_NO_FILE)
            r = 0;
        openssl_forget();
        X509_free(cert);
    }
    return r;
}

int
database_check_valid(struct store *store, const struct settings *settings,
                     time_t now, struct error *error)
{
    struct copies copies = { store, settings, now };
    const struct task task = { { check_copies }, &copies };
    struct parts none = { 0 };
    int r = task_apart(&task, &none, error);

    parts_clear(&none);
    return r;
}

int
database_expiry(struct store *store, enum database_file file, time_t *ret,
                struct error *error)
{
    const char *name = database_copy(file);
    X509 *cert = NULL;
    time_t from;
    int r;

    r = read_cert(store, STORE_PRIVATE, name, &cert, error);
    if (r == 0 && !cert_times(cert, &from, ret))
        r = fail_detail(error, E_CRYPTO, name, "invalid dates");
    X509_free(cert);
    return r;
}

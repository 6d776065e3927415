/*
 * From settings to files, and from the catalogue's rows to what is asked about
 * them.
 */
#include <limits.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "pki/verify.h"
#include "pki/xalloc.h"
#include "services/check.h"
#include "services/doctor_visit.h"

#define NAMES_MAX ((size_t)2 * DOCTOR_NAMES_MAX)

/* What a certificate must cover, NULL at the end: the values of settings, and
   what is stated. */
static void
names_of(const struct doctor *doctor, const struct scope *scope,
         const struct identity *identity, const char *ret[NAMES_MAX + 1])
{
    const char *keys = identity->names;
    char key[WORD_MAX];
    size_t n = 0, i;

    while (n < DOCTOR_NAMES_MAX && word_next(&keys, key) != NULL)
        if (scope_value(scope, key) != NULL)
            ret[n++] = scope_value(scope, key);
    for (i = 0; identity->stated && i < doctor->name_count; i++)
        if (n < NAMES_MAX &&
            strcmp(doctor->names[i].service, scope->service->name) == 0)
            ret[n++] = doctor->names[i].host;
    ret[n] = NULL;
}

/* Of a service, or of an entry of its list. */
static void
visit_one(struct visit visit, const struct scope *scope,
          const struct identity *identity)
{
    const char *key = scope_value(scope, identity->key);
    const char *cert = scope_value(scope, identity->cert);
    const char *bundle = scope_value(scope, identity->bundle);
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
    names_of(visit.doctor, scope, identity, names);
    visit.diagnosis.names = names;
    visit.diagnosis.usage =
        ((identity->usage & USED_AS_SERVER) != 0 ? DIAGNOSE_SERVER : 0) |
        ((identity->usage & USED_AS_CLIENT) != 0 ? DIAGNOSE_CLIENT : 0);
    visit.diagnosis.holds =
        verify(visit.doctor->store, cert,
               bundle != NULL && !identity->full_chain ? bundle : cert, NULL,
               visit.doctor->now, &error) == 0;
    visit_files(&visit, files, n);
    if (identity->bundle != NULL && bundle == NULL)
        visit_unsent(&visit, cert);
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
    struct scope entry, next;
    size_t i;

    if (!is_choice(choice, identity->list, identity->cert))
        return;
    if (identity->list == NULL) {
        visit_one(*visit, scope, identity);
        return;
    }
    for (i = 0; scope_entry(scope, identity->list, i, &entry); i++)
        if (choice->list == NULL ||
            !scope_entry(scope, identity->list, i + 1, &next))
            visit_one(*visit, &entry, identity);
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
            return scope_value(peer, identity->full_chain ? identity->cert
                                                          : identity->bundle);
    return NULL;
}

static void
visit_trusted(const struct visit *visit, const struct trust *trust,
              const struct scope *peer, const char *file, const char *cert_name)
{
    const struct doctor *doctor = visit->doctor;
    STACK_OF(X509) *trusted = doctor_read_certs(doctor, file, INT_MAX);
    STACK_OF(X509) *chain =
        doctor_read_certs(doctor, chain_of(peer, trust->peer_cert), INT_MAX);
    X509 *cert = doctor_read_cert(doctor, cert_name);

    if (cert == NULL || sk_X509_num(trusted) == 0 || is_among(trusted, cert))
        ;
    else if (!is_vouched_for(doctor, trusted, cert, chain))
        visit_find(visit, HINT_TRUST_NOT_PEER, file, cert_name,
                   peer->service->title);
    else if (trust->own)
        visit_find(visit, HINT_TRUST_ISSUER, file, cert_name,
                   peer->service->title);
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

    visit_find(visit, id, NULL, usage, two);
    free(usage);
}

/* Is there somebody whom it should trust? */
static bool
has_peers(const struct scope *scope, const struct trust *trust,
          const struct scope *peer)
{
    return scope_value(scope, trust->when) != NULL ||
           (scope_value(peer, trust->peer_cert) != NULL && scope_enabled(peer));
}

/* The peer of the same machine stands for those elsewhere. */
static void
visit_trust(const struct visit *visit, const struct scope *scope,
            const struct trust *trust)
{
    const struct doctor *doctor = visit->doctor;
    const char *file = scope_value(scope, trust->file), *cert_name;
    struct scope peer;

    if (!scope_find(doctor->settings, doctor->catalog, doctor->release,
                    trust->peer, &peer))
        return;
    if (file == NULL && scope_enabled(scope) && has_peers(scope, trust, &peer))
        find_setting(visit, HINT_TRUST_UNSET, scope, trust->file,
                     peer.service->title);
    cert_name = scope_value(&peer, trust->peer_cert);
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
        const struct doctor_file file = { scope_value(scope, key),
                                          DIAGNOSE_TRUST };

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
    visit_end(&visit);
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
        return scope_value(scope, word_next(&keys, key)) != NULL;
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

    if (check->list != NULL || !is_wanted(scope, check))
        return;
    while (word_next(&keys, key) != NULL)
        if (scope_value(scope, key) == NULL)
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
            visit_find(visit, HINT_PORT_CLASH, NULL,
                       findings.all[i].error.subject,
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
    visit_end(&visit);
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
    const char *cert = scope_value(scope, presented->cert);
    const char *bundle = scope_value(scope, presented->bundle);
    STACK_OF(X509) *own = doctor_read_certs(visit->doctor, cert, INT_MAX);
    STACK_OF(X509) *more = doctor_read_certs(visit->doctor, bundle, INT_MAX);
    STACK_OF(X509) *actual =
        certs_in(presented->place, &presented->actual, INT_MAX);
    int n = sk_X509_num(own), m = sk_X509_num(more);

    if (n == 0 || sk_X509_num(actual) == 0)
        ; /* unreadable: told elsewhere */
    else if (count_equal(own, actual, 0) < n)
        visit_find(visit, HINT_NOT_RESTARTED, cert, NULL, NULL);
    else if (count_equal(more, actual, n) < m || sk_X509_num(actual) > n + m)
        visit_find(visit, HINT_NOT_RESTARTED, bundle != NULL ? bundle : cert,
                   NULL, NULL);
    sk_X509_pop_free(actual, X509_free);
    sk_X509_pop_free(more, X509_free);
    sk_X509_pop_free(own, X509_free);
}

void
doctor_presented(const struct doctor *doctor, const struct scope *scope,
                 const struct presented *presented, size_t n, bool outdated,
                 struct hints *ret)
{
    struct hints found = { 0 };
    struct visit visit = visit_of(doctor, &found);
    char *name = scope_name(scope);
    size_t i;

    visit.diagnosis.service = name;
    for (i = 0; i < n; i++)
        if (presented[i].actual.size == 0)
            visit_find(&visit, HINT_NOT_PRESENTED, NULL, presented[i].place,
                       presented[i].why);
        else
            compare_presented(&visit, scope, &presented[i]);
    if (outdated && found.count == 0)
        visit_find(&visit, HINT_NOT_RESTARTED, NULL, NULL, NULL);
    hints_move(ret, &found);
    hints_sort(ret);
    free(name);
}

/*
 * What is looked at before a service is enabled or restarted: one function for
 * each kind of check.  X509_verify_cert() decides on chains, in pki/verify.
 */
#include "services/check.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/match.h"
#include "pki/pem.h"
#include "pki/verify.h"
#include "pki/xalloc.h"
#include "services/read.h"

/* On its way. */
struct checking {
    const struct check_source *source;
    const struct scope *scope;
    const struct check *check;
    struct findings *findings;
};

static void
add(const struct checking *at, enum finding_level level, const char *words,
    const struct error *error)
{
    struct findings *findings = at->findings;
    struct finding *finding;

    findings->all = xreallocarray(findings->all, findings->count + 1,
                                  sizeof(*findings->all));
    finding = &findings->all[findings->count++];
    *finding = (struct finding){ .level = level, .words = words };
    if (at->scope->list != NULL)
        finding->entry = scope_get(at->scope, at->check->host);
    if (error != NULL)
        finding->error = *error;
    if (level == FINDING_FAILURE)
        findings->failed = true;
}

static void
succeed(const struct checking *at)
{
    if (at->check->success != NULL)
        add(at, FINDING_SUCCESS, at->check->success, NULL);
}

static void
refuse(const struct checking *at, const struct error *error)
{
    add(at, FINDING_FAILURE, at->check->failure, error);
}

/* The value of the n-th key of the check; NULL when it is not set. */
static const char *
value(const struct checking *at, size_t n)
{
    const char *keys = at->check->keys;
    char key[WORD_MAX];
    size_t i;

    for (i = 0; word_next(&keys, key) != NULL; i++)
        if (i == n)
            return scope_get(at->scope, key);
    return NULL;
}

static bool
all_set(const struct checking *at)
{
    const char *keys = at->check->keys;
    char key[WORD_MAX];

    while (word_next(&keys, key) != NULL)
        if (scope_get(at->scope, key) == NULL)
            return false;
    return true;
}

static void
check_required(const struct checking *at)
{
    if (all_set(at))
        succeed(at);
    else
        refuse(at, NULL);
}

/*
 * Addresses.
 */

static void
refuse_place(const struct checking *at, const struct place *place,
             const struct scope *other)
{
    char text[WORD_MAX + 16], *name = scope_name(other);
    struct error error;

    snprintf(text, sizeof(text), "%s:%u", place->interface, place->port);
    fail_pair(&error, E_PORT_TAKEN, text, name);
    add(at, FINDING_FAILURE, NULL, &error);
    free(name);
}

static bool
is_same_scope(const struct scope *a, const struct scope *b)
{
    return a->service == b->service &&
           (a->tag == NULL || strcmp(a->tag, b->tag) == 0);
}

/* Does the other service, or another listener of this one, stand there? */
static bool
is_taken(const struct checking *at, const struct place *place,
         const struct scope *other)
{
    bool same = is_same_scope(at->scope, other);
    struct place theirs;
    size_t i = 0;

    if (!same && !scope_enabled(other))
        return false;
    while (scope_place(other, &i, &theirs))
        /* Of two listeners of one service, the later one is told. */
        if ((!same || theirs.listener < place->listener) &&
            theirs.port == place->port &&
            strcmp(theirs.interface, place->interface) == 0)
            return true;
    return false;
}

static bool
check_places(const struct checking *at)
{
    const struct check_source *source = at->source;
    bool taken = false;
    struct place place;
    size_t i = 0;

    while (scope_place(at->scope, &i, &place)) {
        struct scope other;
        size_t j = 0;

        while (scope_next(at->scope->settings, source->catalog, source->release,
                          &j, &other)) {
            if (is_taken(at, &place, &other)) {
                refuse_place(at, &place, &other);
                taken = true;
            }
        }
    }
    return taken;
}

static void
check_listen(const struct checking *at)
{
    if (!all_set(at)) {
        if (!at->check->optional)
            refuse(at, NULL);
        return;
    }
    if (!check_places(at))
        succeed(at);
}

/*
 * Keys and certificates.
 */

static int
check_validity(const struct checking *at, const char *name, struct error *error)
{
    X509 *cert = NULL;
    int r = read_cert(at->source->store, STORE_FILES, name, &cert, error);

    if (r == 0)
        r = cert_check_times(cert, name, at->source->now, error);
    X509_free(cert);
    return r;
}

static int
check_key_and_cert(const struct checking *at, struct error *error)
{
    const char *key = value(at, 0), *cert = value(at, 1);
    enum match_kind kind;

    if (key == NULL || cert == NULL)
        return fail_pair(error, E_NOT_SET, at->scope->service->name,
                         at->check->keys);
    if (match(at->source->store, key, cert, &kind, error) != 0)
        return -1;
    if (kind != MATCH_CERT)
        return fail(error, E_NOT_CERT, cert);
    return check_validity(at, cert, error);
}

static void
check_pair(const struct checking *at)
{
    struct error error;

    if (at->check->optional && value(at, 0) == NULL && value(at, 1) == NULL)
        return;
    if (check_key_and_cert(at, &error) == 0)
        succeed(at);
    else
        refuse(at, &error);
}

static void
check_tls_pair(const struct checking *at)
{
    if (value(at, 0) != NULL && value(at, 1) == NULL)
        refuse(at, NULL);
}

static void
check_chain(const struct checking *at)
{
    const char *cert = value(at, 0), *bundle = value(at, 1);
    struct error error;

    if (cert == NULL || bundle == NULL)
        return;
    if (verify(at->source->store, cert, bundle, NULL, at->source->now,
               &error) == 0)
        succeed(at);
    else
        refuse(at, &error);
}

/* Is each certificate of the file signed by the next one? */
static int
check_order(const struct checking *at, const char *name, struct error *error)
{
    struct blob file = { 0 };
    struct pem_cursor cursor;
    struct pem_block block;
    X509 *first = NULL, *before = NULL, *cert = NULL;
    int r;

    r = store_read(at->source->store, STORE_FILES, name, &file, error);
    if (r == 0)
        r = cert_parse(name, &file, &first, error);
    if (r == 0)
        pem_start(&cursor, name, &file);
    while (r == 0 && pem_next(&cursor, &block, error) == 1) {
        int kind = cert_block(&block, name, error);

        if (kind == 0)
            continue;
        r = kind == 1 ? cert_decode(&block, name, &cert, error) : -1;
        if (r == 0 && before != NULL &&
            X509_check_issued(cert, before) != X509_V_OK)
            r = fail_line(error, E_CHAIN_ORDER, name, block.line);
        X509_free(before);
        before = cert;
        cert = NULL;
    }
    openssl_forget();
    X509_free(before);
    X509_free(first);
    blob_clear(&file);
    return r;
}

/* Leaf, then intermediates, then root: the file must verify itself. */
static void
check_full_chain(const struct checking *at)
{
    const char *cert = value(at, 0);
    struct error error;

    if (cert == NULL)
        return;
    if (check_order(at, cert, &error) == 0 &&
        verify(at->source->store, cert, cert, NULL, at->source->now, &error) ==
            0)
        succeed(at);
    else
        refuse(at, &error);
}

static void
check_trust(const struct checking *at)
{
    const char *trust = value(at, 0);
    X509 *cert = NULL;
    struct error error;

    if (trust == NULL) {
        if (!at->check->optional) {
            fail_pair(&error, E_NOT_SET, at->scope->service->name,
                      at->check->keys);
            add(at, FINDING_WARNING, at->check->failure, &error);
        }
    } else if (read_cert(at->source->store, STORE_FILES, trust, &cert,
                         &error) != 0) {
        refuse(at, &error);
    } else {
        succeed(at);
    }
    X509_free(cert);
}

void
check_service(const struct check_source *source, const struct scope *scope,
              struct findings *ret)
{
    static void (*const kinds[])(const struct checking *at) = {
        [CHECK_REQUIRED] = check_required,
        [CHECK_LISTEN] = check_listen,
        [CHECK_PAIR] = check_pair,
        [CHECK_CHAIN] = check_chain,
        [CHECK_FULL_CHAIN] = check_full_chain,
        [CHECK_TLS_PAIR] = check_tls_pair,
        [CHECK_TRUST] = check_trust,
    };
    const struct check *check = scope->service->checks;

    *ret = (struct findings){ 0 };
    for (; check != NULL && check->keys != NULL; check++) {
        struct checking at = { source, scope, check, ret };
        struct scope entry;
        size_t i;

        if (check->list == NULL) {
            kinds[check->kind](&at);
            continue;
        }
        at.scope = &entry;
        for (i = 0; scope_entry(scope, check->list, i, &entry); i++)
            kinds[check->kind](&at);
    }
}

void
findings_clear(struct findings *findings)
{
    free(findings->all);
    *findings = (struct findings){ 0 };
}

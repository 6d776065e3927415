/*
 * From a row and its settings to endpoints.  All files are read here, once, by
 * a worker, and go on as clean PEM: who presents them needs no store.
 */
#include "services/plan.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/key.h"
#include "pki/xalloc.h"
#include "services/read.h"
#include "services/worker.h"

/*
 * Files.
 */

/* Appends all certificates of a file, in its order. */
static int
append_certs(struct store *store, const char *name, struct blob *certs,
             struct error *error)
{
    struct blob file = { 0 };
    int r;

    r = store_read(store, STORE_FILES, name, &file, error);
    if (r == 0)
        r = cert_append_all(certs, name, &file, error);
    blob_clear(&file);
    return r;
}

/* chain: PEM of our own making, its first certificate counts. */
static int
check_pair(EVP_PKEY *key, const char *key_name, const struct blob *chain,
           struct error *error)
{
    X509 *cert = NULL;
    int r;

    r = cert_parse("certificate", chain, &cert, error);
    if (r == 0 && !key_matches(key, X509_get0_pubkey(cert)))
        r = fail_pair(error, E_MISMATCH_CERT, key_name, NULL);
    X509_free(cert);
    return r;
}

struct holding {
    struct store *store;
    const struct unit *unit;
};

static int
check_credential(struct store *store, const struct credential *credential,
                 struct error *error)
{
    EVP_PKEY *key = NULL;
    int r;

    r = read_key(store, STORE_FILES, credential->key_file, &key, error);
    if (r == 0)
        r = check_pair(key, credential->key_file, &credential->chain, error);
    EVP_PKEY_free(key);
    return r;
}

static int
check_pairs(void *arg, struct parts *ret, struct error *error)
{
    const struct holding *holding = arg;
    const struct unit *unit = holding->unit;
    size_t i, j;
    int r = 0;

    (void)ret;
    for (i = 0; r == 0 && i < unit->count; i++) {
        const struct endpoint *endpoint = &unit->endpoints[i];

        for (j = 0; r == 0 && j < endpoint->credential_count; j++)
            r = check_credential(holding->store, &endpoint->credentials[j],
                                 error);
    }
    return r;
}

int
plan_holds(struct store *store, const struct unit *unit, struct error *error)
{
    struct holding holding = { store, unit };
    const struct task task = { { check_pairs }, &holding };
    struct worker worker = { 0 };
    struct parts none = { 0 };
    int r;

    if (worker_begin(&task, &worker, error) != 0)
        return -1;
    r = worker_take(&worker, &none, error);
    worker_end(&worker);
    if (r == WORKER_REFUSED)
        r = check_pairs(&holding, &none, error);
    parts_clear(&none);
    return r;
}

/*
 * Listeners.
 */

/* What one listener of a row gives to each of its endpoints. */
struct making {
    struct store *store;
    const struct interfaces *interfaces;
    const struct scope *scope;
    const struct listener *listener;
    struct unit *unit;
};

static int
required(const struct making *making, const struct scope *scope,
         const char *key, const char **ret, struct error *error)
{
    char *list;

    /* In an entry "none" is a name as any other. */
    *ret =
        scope->list != NULL ? scope_get(scope, key) : scope_value(scope, key);
    if (*ret != NULL)
        return 0;
    if (scope->list == NULL)
        return fail_pair(error, E_NOT_SET, making->unit->name, key);
    /* Settings that somebody has edited. */
    list = scope_path(scope, scope->list);
    fail_pair(error, E_NOT_SET, making->unit->name, list);
    free(list);
    return -1;
}

/* A pair is written in one step, and read as it stood before it or after. */
static int
read_key_and_cert(struct store *store, const char *key_name,
                  const char *cert_name, EVP_PKEY **key, struct blob *chain,
                  struct error *error)
{
    struct blob files[STORE_TOGETHER] = { { 0 } };
    int r;

    r = store_read_together(store, STORE_FILES,
                            (const char *const[]){ key_name, cert_name },
                            STORE_TOGETHER, files, error);
    if (r == 0)
        r = key_parse(key_name, &files[0], key, error);
    if (r == 0)
        r = cert_append_all(chain, cert_name, &files[1], error);
    blob_clear(&files[0]);
    blob_clear(&files[1]);
    return r;
}

/* Of the service, with the host "", or of an entry of its list. */
static int
add_credential(const struct making *making, const struct scope *scope,
               const char *host, struct endpoint *endpoint, struct error *error)
{
    const struct listener *listener = making->listener;
    const char *bundle = scope_value(scope, listener->bundle);
    const char *key_name, *cert_name;
    struct credential *credential;
    EVP_PKEY *key = NULL;
    int r;

    if (required(making, scope, listener->key, &key_name, error) != 0 ||
        required(making, scope, listener->cert, &cert_name, error) != 0)
        return -1;
    credential = endpoint_add(endpoint, host, key_name);
    r = read_key_and_cert(making->store, key_name, cert_name, &key,
                          &credential->chain, error);
    if (r == 0)
        r = key_format(key, &credential->key, error);
    if (r == 0 && check_pair(key, key_name, &credential->chain, error) != 0)
        r = error->code == E_MISMATCH_CERT
                ? fail_pair(error, E_MISMATCH_CERT, key_name, cert_name)
                : -1;
    if (r == 0 && bundle != NULL)
        r = append_certs(making->store, bundle, &credential->chain, error);
    EVP_PKEY_free(key);
    return r;
}

static int
add_credentials(const struct making *making, struct endpoint *endpoint,
                struct error *error)
{
    const struct listener *listener = making->listener;
    const char *trust = scope_value(making->scope, listener->trust), *host;
    struct scope entry;
    size_t i;
    int r;

    r = add_credential(making, making->scope, "", endpoint, error);
    for (i = 0; r == 0 && scope_entry(making->scope, listener->list, i, &entry);
         i++) {
        r = required(making, &entry, listener->host, &host, error);
        if (r == 0)
            r = add_credential(making, &entry, host, endpoint, error);
    }
    if (r == 0 && trust != NULL)
        r = append_certs(making->store, trust, &endpoint->trust, error);
    return r;
}

static int
parse_port(const char *word, unsigned *ret, struct error *error)
{
    char *end;
    unsigned long port = strtoul(word, &end, 10);

    if (word[0] < '0' || word[0] > '9' || *end != '\0' || port == 0 ||
        port > 65535)
        return fail(error, E_BAD_PORT, word);
    *ret = (unsigned)port;
    return 0;
}

/* What stands at the same address and port, or NULL. */
static const struct endpoint *
endpoint_there(const struct unit *unit, const struct endpoint *endpoint)
{
    size_t i;

    for (i = 0; i < unit->count; i++)
        if (unit->endpoints[i].port == endpoint->port &&
            strcmp(unit->endpoints[i].address, endpoint->address) == 0)
            return &unit->endpoints[i];
    return NULL;
}

static int
refuse_place(const struct unit *unit, const struct endpoint *endpoint,
             struct error *error)
{
    char *place = endpoint_place(endpoint);

    fail_pair(error, E_PORT_TAKEN, place, unit->name);
    free(place);
    return -1;
}

static int
add_endpoint(const struct making *making, const char *address, unsigned port,
             struct error *error)
{
    const struct listener *listener = making->listener;
    struct unit *unit = making->unit;
    struct endpoint endpoint = {
        .name = xstrdup(listener->name),
        .protocol = listener->protocol,
        .address = xstrdup(address),
        .port = interface_port(making->interfaces, port),
    };
    const struct endpoint *there = endpoint_there(unit, &endpoint);
    int r = 0;

    /* Two names of one address, "a lo", are one place to listen; but each
       listener asks its clients for something else. */
    if (there != NULL && strcmp(there->name, endpoint.name) == 0) {
        endpoint_clear(&endpoint);
        return 0;
    }
    if (there != NULL)
        r = refuse_place(unit, &endpoint, error);
    if (r == 0 && listener->key != NULL)
        r = add_credentials(making, &endpoint, error);
    if (r != 0) {
        endpoint_clear(&endpoint);
        return -1;
    }
    unit->endpoints = xreallocarray(unit->endpoints, unit->count + 1,
                                    sizeof(*unit->endpoints));
    unit->endpoints[unit->count++] = endpoint;
    return 0;
}

/*
 * One word of a whitelist, "a" or "a:443".  What redirects from a whitelist of
 * another listener takes its interfaces only.
 */
static int
add_word(const struct making *making, char *word, unsigned port,
         struct error *error)
{
    char *colon = strchr(word, ':');
    const char *address;
    int r = 0;

    if (colon != NULL) {
        *colon++ = '\0';
        if (making->listener->protocol != SPEAK_REDIRECT)
            r = parse_port(colon, &port, error);
    }
    address = interface_address(making->interfaces, word);
    if (r == 0 && address == NULL)
        r = fail(error, E_NO_INTERFACE, word);
    if (r == 0 && port == 0)
        return 0;
    return r == 0 ? add_endpoint(making, address, port, error) : r;
}

static int
add_listener(const struct making *making, struct error *error)
{
    const struct listener *listener = making->listener;
    const char *when = scope_value(making->scope, listener->when);
    const char *listen = scope_value(making->scope, listener->listen);
    const char *typed = scope_value(making->scope, listener->port);
    unsigned port = listener->default_port;
    char *words, *rest, *word;
    int r = 0;

    if (listen == NULL || (listener->when != NULL &&
                           (when == NULL || strcmp(when, "enable") != 0)))
        return 0;
    if (typed != NULL)
        r = parse_port(typed, &port, error);
    rest = words = xstrdup(listen);
    while (r == 0 && (word = strsep(&rest, " ")) != NULL)
        if (word[0] != '\0')
            r = add_word(making, word, port, error);
    free(words);
    return r;
}

/* Redirects lead to HTTPS of the same unit, on the same address if it is
   there. */
static void
aim_redirects(struct unit *unit)
{
    size_t i, j;

    for (i = 0; i < unit->count; i++) {
        struct endpoint *from = &unit->endpoints[i];

        for (j = unit->count; from->protocol == SPEAK_REDIRECT && j-- > 0;) {
            const struct endpoint *to = &unit->endpoints[j];

            if (to->protocol == SPEAK_HTTPS &&
                (from->https_port == 0 ||
                 strcmp(from->address, to->address) == 0))
                from->https_port = to->port;
        }
    }
}

static int
make_endpoints(void *arg, struct parts *ret, struct error *error)
{
    struct making *making = arg;
    const struct listener *listener = making->scope->service->listeners;
    size_t i;
    int r = 0;

    for (; r == 0 && listener != NULL && listener->name != NULL; listener++) {
        making->listener = listener;
        r = add_listener(making, error);
    }
    aim_redirects(making->unit);
    for (i = 0; r == 0 && i < making->unit->count; i++) {
        struct blob bytes = { 0 };

        endpoint_pack(&making->unit->endpoints[i], &bytes);
        parts_add(ret, &bytes);
    }
    return r;
}

static int
take_endpoints(const struct parts *parts, struct unit *ret, struct error *error)
{
    size_t i;

    for (i = 0; i < parts->count; i++) {
        struct endpoint endpoint = { 0 };

        if (endpoint_unpack(&parts->all[i], &endpoint, error) != 0)
            return -1;
        ret->endpoints = xreallocarray(ret->endpoints, ret->count + 1,
                                       sizeof(*ret->endpoints));
        ret->endpoints[ret->count++] = endpoint;
    }
    return 0;
}

int
plan_make(struct store *store, const struct interfaces *interfaces,
          const struct scope *scope, struct unit *ret, struct error *error)
{
    struct unit unit = { .name = scope_name(scope) };
    struct unit there = { .name = xstrdup(unit.name) };
    struct making making = { store, interfaces, scope, NULL, &there };
    const struct task task = { { make_endpoints }, &making };
    struct parts parts = { 0 };
    int r;

    r = task_apart(&task, &parts, error);
    if (r == 0)
        r = take_endpoints(&parts, &unit, error);
    parts_clear(&parts);
    unit_clear(&there);
    if (r == 0) {
        *ret = unit;
        unit = (struct unit){ 0 };
    }
    unit_clear(&unit);
    return r;
}

void
unit_clear(struct unit *unit)
{
    size_t i;

    for (i = 0; i < unit->count; i++)
        endpoint_clear(&unit->endpoints[i]);
    free(unit->endpoints);
    free(unit->name);
    *unit = (struct unit){ 0 };
}

static bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    struct blob one = { 0 }, two = { 0 };
    bool equal;

    endpoint_pack(a, &one);
    endpoint_pack(b, &two);
    equal = blob_equal(&one, &two);
    blob_clear(&two);
    blob_clear(&one);
    return equal;
}

bool
unit_equal(const struct unit *a, const struct unit *b)
{
    size_t i;

    if (a->count != b->count)
        return false;
    for (i = 0; i < a->count; i++)
        if (!endpoint_equal(&a->endpoints[i], &b->endpoints[i]))
            return false;
    return true;
}

/*
 * Random graphs of certificates.
 */
#include "tests/chains/graph.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/key.h"
#include "tests/support.h"

#define DAY ((time_t)86400)
#define GOOD_USAGE "critical,keyCertSign,cRLSign"
#define GOOD_SAN "DNS:cms.example.com"

struct pool_key pool[] = {
    { "root.key", NULL },    { "inter.key", NULL },   { "other.key", NULL },
    { "dbca.key", NULL },    { "ec521.key", NULL },   { "noca.key", NULL },
    { "ec384.key", NULL },   { "pkcs1.key", NULL },   { "sec1.key", NULL },
    { "rsa1024.key", NULL }, { "ed25519.key", NULL },
};
const size_t pool_size = sizeof(pool) / sizeof(pool[0]);

#define CA_NAMES 4
static const char *const names[] = {
    "Example Root CA",  "Example Policy CA", "Example Issuing CA",
    "Example Other CA", "cms.example.com",   "cms.example.org",
};
#define NAMES (sizeof(names) / sizeof(names[0]))

void
must(bool good)
{
    if (good)
        return;
    ERR_print_errors_fp(stderr);
    perror("chains");
    abort();
}

void
pool_load(void)
{
    size_t i;

    for (i = 0; i < pool_size; i++) {
        struct blob file = fixture(pool[i].file);
        struct error error;

        must(key_parse(pool[i].file, &file, &pool[i].key, &error) == 0);
        blob_clear(&file);
    }
}

void
pool_free(void)
{
    size_t i;

    for (i = 0; i < pool_size; i++)
        EVP_PKEY_free(pool[i].key);
}

/*
 * Chance.
 */

/* xorshift64*: the same graphs everywhere. */
static unsigned
chance(struct graph *graph, size_t below)
{
    graph->state ^= graph->state >> 12;
    graph->state ^= graph->state << 25;
    graph->state ^= graph->state >> 27;
    return (unsigned)((graph->state * 0x2545f4914f6cdd1d) >> 33) %
           (unsigned)below;
}

static bool
percent(struct graph *graph, unsigned rate)
{
    return chance(graph, 100) < rate;
}

/* Is there a fault here? */
static bool
strikes(struct graph *graph)
{
    return percent(graph, graph->rate);
}

/*
 * Lists.
 */

void
list_add(struct list *list, size_t cert)
{
    if (list->count < LIST_MAX)
        list->certs[list->count++] = cert;
}

void
list_remove(struct list *list, size_t at)
{
    memmove(&list->certs[at], &list->certs[at + 1],
            (list->count - at - 1) * sizeof(list->certs[0]));
    list->count--;
}

bool
list_has(const struct list *list, size_t cert)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (list->certs[i] == cert)
            return true;
    return false;
}

static void
list_shuffle(struct graph *graph, struct list *list)
{
    size_t i;

    for (i = list->count; i > 1; i--) {
        size_t with = chance(graph, i), kept = list->certs[i - 1];

        list->certs[i - 1] = list->certs[with];
        list->certs[with] = kept;
    }
}

/*
 * Plans.
 */

/* A key that goes with the name in this graph, mostly. */
static size_t
key_of(struct graph *graph, size_t name)
{
    size_t fits[CERTS_MAX], count = 0, i;

    for (i = 0; i < graph->count; i++)
        if (graph->certs[i].plan.subject == name)
            fits[count++] = graph->certs[i].plan.key;
    if (count == 0 || strikes(graph))
        return chance(graph, pool_size);
    return fits[chance(graph, count)];
}

static void
plan_times(struct graph *graph, struct plan *plan)
{
    plan->from = -1 - (long)chance(graph, 600);
    plan->to = 40 + (long)chance(graph, 3000);
    if (!strikes(graph))
        return;
    switch (chance(graph, 4)) {
    case 0: /* it has expired */
        plan->to = -1 - (long)chance(graph, 100);
        plan->from = plan->to - 100;
        break;
    case 1: /* it is not yet valid */
        plan->from = 1 + (long)chance(graph, 20);
        break;
    case 2: /* it never will be */
        plan->from = 10 - (long)chance(graph, 20);
        plan->to = plan->from - 1;
        break;
    default: /* not for long */
        plan->to = 1 + (long)chance(graph, 20);
        break;
    }
}

static void
plan_ids(struct graph *graph, struct plan *plan)
{
    size_t i;

    plan->skid = percent(graph, 85) ? ID_TRUE : ID_NONE;
    plan->akid = percent(graph, 75) ? ID_TRUE : ID_NONE;
    if (strikes(graph))
        plan->skid = ID_OTHER;
    if (strikes(graph))
        plan->akid = ID_OTHER;
    if (!percent(graph, 10))
        return;
    for (i = 0; i < graph->count; i++) {
        const struct plan *issuer = &graph->certs[i].plan;

        if (issuer->subject == plan->issuer && issuer->key == plan->signer) {
            plan->akid = ID_ISSUER;
            plan->akid_serial = issuer->serial;
            plan->akid_issuer = issuer->issuer;
        }
    }
    if (plan->akid == ID_ISSUER && strikes(graph))
        plan->akid_serial++;
}

static const char *
any_of(struct graph *graph, const char *const *all, size_t count)
{
    return all[chance(graph, count)];
}

static void
plan_common(struct graph *graph, struct plan *plan)
{
    static const char *const digests[] = { "SHA1", "MD5", "SHA384", "SHA512" };

    plan_times(graph, plan);
    plan_ids(graph, plan);
    plan->digest = strikes(graph) ? any_of(graph, digests, 4) : "SHA256";
    plan->serial = strikes(graph) ? 7 : 100 + chance(graph, 1U << 30);
    plan->spelled = percent(graph, 5);
    plan->version1 = percent(graph, graph->rate / 3);
    plan->unknown = percent(graph, graph->rate / 3);
    plan->altered = percent(graph, graph->rate / 2);
}

static void
plan_ca_marks(struct graph *graph, struct plan *plan)
{
    static const char *const usages[] = { "critical,digitalSignature",
                                          "cRLSign", "keyEncipherment" };
    static const char *const ekus[] = { "serverAuth", "clientAuth",
                                        "serverAuth,clientAuth",
                                        "OCSPSigning" };
    static const char *const constraints[] = {
        "critical,permitted;DNS:example.com",
        "excluded;DNS:example.org",
        "critical,permitted;IP:192.0.2.0/255.255.255.0",
        "critical,excluded;DNS:example.com",
    };

    plan->basic = BASIC_CA;
    plan->usage = percent(graph, 80) ? GOOD_USAGE : NULL;
    plan->pathlen = percent(graph, 25) ? 2 + (long)chance(graph, 2) : -1;
    if (strikes(graph))
        plan->basic = chance(graph, 2) == 0 ? BASIC_NONE : BASIC_NOT_CA;
    if (strikes(graph))
        plan->usage = any_of(graph, usages, 3);
    if (strikes(graph))
        plan->pathlen = (long)chance(graph, 2);
    if (plan->basic != BASIC_CA)
        plan->pathlen = -1;
    if (strikes(graph))
        plan->eku = any_of(graph, ekus, 4);
    if (strikes(graph))
        plan->constraints = any_of(graph, constraints, 4);
    plan->explicit_policy = percent(graph, graph->rate / 4);
}

/* The first ones are a chain; the others have something of one of them. */
static void
plan_ca(struct graph *graph, size_t depth)
{
    struct plan plan = { .subject = graph->count, .issuer = graph->count };
    size_t turn = graph->count;

    if (turn >= depth)
        plan.subject = plan.issuer = chance(graph, depth);
    plan.key = turn < depth ? turn + chance(graph, 3) * CA_NAMES / 2
                            : key_of(graph, plan.subject);
    plan.key %= pool_size;
    if (turn > 0 && turn < depth)
        plan.issuer = turn - 1;
    else if (turn >= depth && percent(graph, 70))
        plan.issuer = chance(graph, depth);
    if (turn >= depth && percent(graph, 30)) /* the key was renewed */
        plan.key = chance(graph, pool_size);
    plan.signer = plan.issuer == plan.subject && !percent(graph, 10)
                      ? plan.key
                      : key_of(graph, plan.issuer);
    plan_common(graph, &plan);
    plan_ca_marks(graph, &plan);
    graph_add(graph, &plan);
}

static void
plan_leaf(struct graph *graph, size_t depth)
{
    static const char *const sans[] = { GOOD_SAN, "DNS:cms.example.org",
                                        "DNS:cms.example.com,IP:192.0.2.7" };
    struct plan plan = {
        .subject = CA_NAMES + chance(graph, 2),
        .issuer = percent(graph, 75) ? depth - 1 : chance(graph, depth),
        .key = chance(graph, pool_size),
        .pathlen = -1,
        .usage = "critical,digitalSignature",
        .eku = "serverAuth,clientAuth",
        .basic = chance(graph, 2) == 0 ? BASIC_NONE : BASIC_NOT_CA,
    };

    plan.san = percent(graph, 10) ? NULL : any_of(graph, sans, 3);
    plan.signer = key_of(graph, plan.issuer);
    if (strikes(graph)) { /* signed by itself */
        plan.issuer = plan.subject;
        plan.signer = plan.key;
    }
    plan_common(graph, &plan);
    if (strikes(graph))
        plan_ca_marks(graph, &plan);
    graph_add(graph, &plan);
}

/*
 * Files.
 */

static void
plan_bundle(struct graph *graph)
{
    size_t i;

    graph->has_ca = percent(graph, 25);
    for (i = graph->cas; i-- > 0;) {
        bool aside = graph->has_ca && percent(graph, 50);

        if (percent(graph, 88))
            list_add(aside ? &graph->ca : &graph->bundle, i);
        if (aside && percent(graph, 10))
            list_add(&graph->bundle, i);
    }
    if (strikes(graph)) /* one twice */
        list_add(&graph->bundle, chance(graph, graph->cas));
    if (strikes(graph)) /* no CA among them */
        list_add(&graph->bundle,
                 graph->cas + chance(graph, graph->count - graph->cas));
    if (graph->has_ca && strikes(graph))
        list_add(&graph->ca,
                 graph->cas + chance(graph, graph->count - graph->cas));
    if (percent(graph, 50))
        list_shuffle(graph, &graph->bundle);
    list_shuffle(graph, &graph->ca);
    if (graph->bundle.count == 0)
        list_add(&graph->bundle, chance(graph, graph->cas));
    if (graph->ca.count == 0)
        graph->has_ca = false;
}

static void
plan_questions(struct graph *graph)
{
    size_t i, j;

    for (i = graph->cas; i < graph->count; i++)
        list_add(&graph->questions[graph->question_count++], i);
    if (strikes(graph)) /* whose certificate is a CA's */
        list_add(&graph->questions[graph->question_count++],
                 chance(graph, graph->cas));
    for (i = 0; i < graph->question_count; i++)
        for (j = graph->cas; strikes(graph) && j-- > 0;)
            list_add(&graph->questions[i], j);
}

static void
plan_crls(struct graph *graph)
{
    size_t i;

    if (!percent(graph, 10))
        return;
    for (i = 0; i < graph->cas && graph->crl_count < CRLS_MAX; i++) {
        struct crl_plan *crl = &graph->crls[graph->crl_count];
        const struct plan *ca = &graph->certs[i].plan;

        if (strikes(graph) || percent(graph, 3))
            continue;
        *crl = (struct crl_plan){ ca->subject, ca->key,           -10,
                                  20,          percent(graph, 5), 0 };
        if (strikes(graph))
            crl->to = -1;
        else if (strikes(graph))
            crl->from = 5;
        if (percent(graph, 10))
            crl->revoked =
                graph->certs[chance(graph, graph->count)].plan.serial;
        graph->crl_count++;
    }
}

/*
 * Certificates.
 */

static void
extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX context;

    if (value == NULL)
        return;
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL);
    must(X509_add_ext(cert, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static ASN1_OCTET_STRING *
id_of_key(size_t key)
{
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    char text[16];

    snprintf(text, sizeof(text), "key %zu", key);
    must(ASN1_OCTET_STRING_set(id, (unsigned char *)text, (int)strlen(text)) ==
         1);
    return id;
}

static X509_NAME *
make_name(size_t number, bool spelled)
{
    X509_NAME *name = X509_NAME_new();
    char cn[64];
    size_t i;

    snprintf(cn, sizeof(cn), "%s%s", spelled ? "  " : "", names[number]);
    for (i = 0; spelled && cn[i] != '\0'; i++)
        if (cn[i] >= 'a' && cn[i] <= 'z')
            cn[i] = (char)(cn[i] - 'a' + 'A');
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                               (const unsigned char *)"Example", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (unsigned char *)cn,
                               -1, -1, 0);
    return name;
}

/* It counts another key up from the true one. */
static size_t
named_key(size_t key, enum key_id id)
{
    return id == ID_OTHER ? (key + 1) % pool_size : key;
}

static void
add_akid(X509 *cert, const struct plan *plan)
{
    AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
    GENERAL_NAME *name;

    if (plan->akid == ID_ISSUER) {
        name = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(name, GEN_DIRNAME,
                                make_name(plan->akid_issuer, false));
        id->issuer = GENERAL_NAMES_new();
        sk_GENERAL_NAME_push(id->issuer, name);
        id->serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set_uint64(id->serial, plan->akid_serial);
    } else {
        id->keyid = id_of_key(named_key(plan->signer, plan->akid));
    }
    if (plan->akid != ID_NONE)
        must(X509_add1_ext_i2d(cert, NID_authority_key_identifier, id, 0, 0) ==
             1);
    AUTHORITY_KEYID_free(id);
}

static void
add_skid(X509 *cert, const struct plan *plan)
{
    ASN1_OCTET_STRING *id = id_of_key(named_key(plan->key, plan->skid));

    if (plan->skid != ID_NONE)
        must(X509_add1_ext_i2d(cert, NID_subject_key_identifier, id, 0, 0) ==
             1);
    ASN1_OCTET_STRING_free(id);
}

static void
name_any_policy(X509 *cert)
{
    CERTIFICATEPOLICIES *policies = sk_POLICYINFO_new_null();
    POLICYINFO *policy = POLICYINFO_new();

    policy->policyid = OBJ_nid2obj(NID_any_policy);
    must(sk_POLICYINFO_push(policies, policy) > 0);
    must(X509_add1_ext_i2d(cert, NID_certificate_policies, policies, 0, 0) ==
         1);
    CERTIFICATEPOLICIES_free(policies);
}

static void
add_extensions(X509 *cert, const struct plan *plan)
{
    char basic[64] = "CA:FALSE";

    if (plan->basic == BASIC_CA)
        strcpy(basic, "critical,CA:TRUE");
    if (plan->pathlen >= 0)
        snprintf(basic, sizeof(basic), "critical,CA:TRUE,pathlen:%ld",
                 plan->pathlen);
    extend(cert, NID_basic_constraints,
           plan->basic != BASIC_NONE ? basic : NULL);
    extend(cert, NID_key_usage, plan->usage);
    extend(cert, NID_ext_key_usage, plan->eku);
    extend(cert, NID_subject_alt_name, plan->san);
    extend(cert, NID_name_constraints, plan->constraints);
    if (plan->policies)
        name_any_policy(cert);
    extend(cert, NID_policy_constraints,
           plan->explicit_policy ? "critical,requireExplicitPolicy:0" : NULL);
    if (plan->unknown) { /* RFC 5612 */
        ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1);
        ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
        X509_EXTENSION *extension =
            X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);

        must(X509_add_ext(cert, extension, -1) == 1);
        X509_EXTENSION_free(extension);
        ASN1_OCTET_STRING_free(value);
        ASN1_OBJECT_free(oid);
    }
    add_skid(cert, plan);
    add_akid(cert, plan);
}

/* Another last octet: of the signature. */
static X509 *
alter(X509 *cert)
{
    unsigned char *der = NULL;
    const unsigned char *at;
    int size = i2d_X509(cert, &der);
    X509 *altered;

    der[size - 1] ^= 1;
    at = der;
    altered = d2i_X509(NULL, &at, size);
    must(altered != NULL);
    OPENSSL_free(der);
    X509_free(cert);
    return altered;
}

/* Ed25519 has its own, and ECDSA none of MD5. */
static const EVP_MD *
digest_for(EVP_PKEY *key, const char *digest)
{
    if (EVP_PKEY_is_a(key, "ED25519"))
        return NULL;
    return EVP_PKEY_is_a(key, "EC") && strcmp(digest, "MD5") == 0
               ? EVP_sha1()
               : EVP_get_digestbyname(digest);
}

static X509 *
make(const struct plan *plan)
{
    X509 *cert = X509_new();
    X509_NAME *subject = make_name(plan->subject, false);
    X509_NAME *issuer = make_name(plan->issuer, plan->spelled);
    EVP_PKEY *signer = pool[plan->signer].key;
    time_t now = TEST_NOW;

    X509_set_version(cert, plan->version1 ? X509_VERSION_1 : X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), plan->serial);
    X509_time_adj_ex(X509_getm_notBefore(cert), (int)plan->from, 0, &now);
    X509_time_adj_ex(X509_getm_notAfter(cert), (int)plan->to, 0, &now);
    X509_set_subject_name(cert, subject);
    X509_set_issuer_name(cert, issuer);
    X509_set_pubkey(cert, pool[plan->key].key);
    if (!plan->version1)
        add_extensions(cert, plan);
    must(X509_sign(cert, signer, digest_for(signer, plan->digest)) > 0);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    return plan->altered ? alter(cert) : cert;
}

static bool
ids_agree(const struct plan *plan)
{
    switch (plan->akid) {
    case ID_NONE:
        return true;
    case ID_ISSUER:
        return plan->akid_serial == plan->serial &&
               plan->akid_issuer == plan->issuer;
    default:
        return plan->skid == ID_NONE || named_key(plan->key, plan->skid) ==
                                            named_key(plan->signer, plan->akid);
    }
}

bool
plan_is_root(const struct plan *plan)
{
    return plan->subject == plan->issuer && plan->key == plan->signer &&
           !plan->altered && (plan->version1 || ids_agree(plan));
}

bool
plan_is_ca(const struct plan *plan)
{
    return plan->version1 ? plan_is_root(plan) : plan->basic == BASIC_CA;
}

/*
 * The whole.
 */

size_t
graph_add(struct graph *graph, const struct plan *plan)
{
    if (graph->count == CERTS_MAX)
        return CERTS_MAX;
    graph->certs[graph->count] = (struct cert){ *plan, make(plan) };
    return graph->count++;
}

void
graph_reissue(struct graph *graph, size_t at)
{
    X509_free(graph->certs[at].made);
    graph->certs[at].made = make(&graph->certs[at].plan);
}

struct graph
graph_copy(const struct graph *graph)
{
    struct graph copy = *graph;
    size_t i;

    for (i = 0; i < copy.count; i++)
        X509_up_ref(copy.certs[i].made);
    return copy;
}

void
graph_make(struct graph *graph, uint64_t seed)
{
    static const unsigned rates[] = { 0, 2, 4, 8, 15 };
    size_t depth, more, leaves, i;

    *graph = (struct graph){ .seed = seed };
    /* splitmix64: seeds that follow each other are no kin. */
    graph->state = (seed + 1) * 0x9e3779b97f4a7c15;
    graph->state = (graph->state ^ graph->state >> 30) * 0xbf58476d1ce4e5b9;
    graph->state = (graph->state ^ graph->state >> 27) * 0x94d049bb133111eb;
    graph->state |= 1;
    graph->rate = rates[chance(graph, 5)];
    depth = 1 + chance(graph, CA_NAMES);
    more = chance(graph, 3) == 0 ? 0 : chance(graph, 7);
    leaves = 1 + chance(graph, QUESTIONS_MAX - 1);
    for (i = 0; i < depth + more; i++)
        plan_ca(graph, depth);
    graph->cas = graph->count;
    for (i = 0; i < leaves; i++)
        plan_leaf(graph, depth);
    plan_bundle(graph);
    plan_questions(graph);
    plan_crls(graph);
}

void
graph_free(struct graph *graph)
{
    while (graph->count > 0)
        X509_free(graph->certs[--graph->count].made);
}

void
graph_append(const struct graph *graph, const struct list *list,
             struct blob *text)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        append_pem(text, graph->certs[list->certs[i]].made);
}

static X509_CRL *
make_crl(const struct crl_plan *plan)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_adj(NULL, TEST_NOW, (int)plan->from, 0);
    ASN1_TIME *to = ASN1_TIME_adj(NULL, TEST_NOW, (int)plan->to, 0);
    X509_NAME *issuer = make_name(plan->name, false);
    /* A signature that fails: by another one. */
    EVP_PKEY *key =
        pool[named_key(plan->key, plan->altered ? ID_OTHER : ID_TRUE)].key;

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, issuer);
    X509_CRL_set1_lastUpdate(crl, from);
    X509_CRL_set1_nextUpdate(crl, to);
    if (plan->revoked != 0) {
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();

        ASN1_INTEGER_set_uint64(serial, plan->revoked);
        X509_REVOKED_set_serialNumber(entry, serial);
        X509_REVOKED_set_revocationDate(entry, from);
        X509_CRL_add0_revoked(crl, entry);
        ASN1_INTEGER_free(serial);
    }
    must(X509_CRL_sign(crl, key, digest_for(key, "SHA256")) > 0);
    X509_NAME_free(issuer);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return crl;
}

void
graph_append_crls(const struct graph *graph, struct blob *text)
{
    size_t i;

    for (i = 0; i < graph->crl_count; i++) {
        X509_CRL *crl = make_crl(&graph->crls[i]);
        BIO *out = BIO_new(BIO_s_mem());
        char *bytes;
        long size;

        PEM_write_bio_X509_CRL(out, crl);
        size = BIO_get_mem_data(out, &bytes);
        blob_append(text, bytes, (size_t)size);
        BIO_free(out);
        X509_CRL_free(crl);
    }
}

/*
 * Telling.
 */

static void
print_plan(size_t number, const struct plan *plan)
{
    static const char *const basics[] = { "no basicConstraints", "CA",
                                          "CA:FALSE" };
    static const char *const ids[] = { "none", "true", "other", "issuer" };

    printf("  %zu: %s by %s, key %zu signed by %zu, serial %llu, days %ld to "
           "%ld, %s, pathlen %ld, SKI %s, AKI %s, %s\n",
           number, names[plan->subject], names[plan->issuer], plan->key,
           plan->signer, (unsigned long long)plan->serial, plan->from, plan->to,
           basics[plan->basic], plan->pathlen, ids[plan->skid], ids[plan->akid],
           plan->digest);
    printf("     usage %s, eku %s, san %s, constraints %s%s%s%s%s%s%s\n",
           plan->usage != NULL ? plan->usage : "-",
           plan->eku != NULL ? plan->eku : "-",
           plan->san != NULL ? plan->san : "-",
           plan->constraints != NULL ? plan->constraints : "-",
           plan->version1 ? ", v1" : "", plan->unknown ? ", unknown" : "",
           plan->altered ? ", altered" : "", plan->spelled ? ", spelled" : "",
           plan->explicit_policy ? ", explicit policy" : "",
           plan_is_root(plan) ? ", root" : "");
}

static void
print_list(const char *name, const struct list *list)
{
    size_t i;

    printf("  %s:", name);
    for (i = 0; i < list->count; i++)
        printf(" %zu", list->certs[i]);
    putchar('\n');
}

void
graph_print(const struct graph *graph)
{
    size_t i;

    for (i = 0; i < graph->count; i++)
        print_plan(i, &graph->certs[i].plan);
    print_list("bundle.crt", &graph->bundle);
    if (graph->has_ca)
        print_list("ca.crt", &graph->ca);
    for (i = 0; i < graph->question_count; i++)
        print_list("question", &graph->questions[i]);
    for (i = 0; i < graph->crl_count; i++) {
        const struct crl_plan *crl = &graph->crls[i];

        printf("  CRL of %s by key %zu%s, days %ld to %ld, revokes %llu\n",
               names[crl->name], crl->key, crl->altered ? " (altered)" : "",
               crl->from, crl->to, (unsigned long long)crl->revoked);
    }
}

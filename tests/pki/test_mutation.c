/*
 * Good chains with one fault each, made at random from a fixed seed: is the
 * fault among the findings, and is it among the first two?  And good chains
 * without any: is nothing found?
 *
 *     test_mutation [COUNT [SEED]]
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/diagnose.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "tests/support.h"

#define DEPTH_MAX 5 /* leaf, three intermediates, root */
#define CERTS_MAX 8
#define RSA_KEYS 8
#define DAY 86400
#define PASSWORD "secret"

static size_t chains = 2000, good_chains = 300;
static uint64_t seed = 20260601;

/* xorshift64*: the same chains everywhere. */
static unsigned
chance(unsigned below)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)((seed * 0x2545f4914f6cdd1d) >> 33) % below;
}

static struct {
    EVP_PKEY *rsa[RSA_KEYS], *ec, *small;
} keys;

/* How a certificate is to be made. */
struct plan {
    const char *cn, *san, *eku, *usage, *constraints, *skid;
    bool is_ca, no_basic, unknown; /* a critical extension of ours */
    long pathlen;                  /* -1: none */
    long from, to;                 /* days from now */
    const EVP_MD *digest;
    long serial; /* -1: at random */
    EVP_PKEY *key;
};

/* A chain, leaf first, and the files that are made of it. */
struct chain {
    struct plan plans[DEPTH_MAX];
    size_t depth;
    X509 *certs[DEPTH_MAX];
    X509 *cert_list[CERTS_MAX], *bundle_list[CERTS_MAX]; /* borrowed */
    size_t cert_count, bundle_count;
    X509 *other; /* made by a fault, or NULL */
    bool holds;  /* as the judge has said */
    bool full;   /* one file for all, else a bundle beside it */
    bool selfsigned;
    unsigned usage;
    const char *names[2]; /* that must be covered */
    EVP_PKEY *key;        /* whose file it is */
    struct blob key_text, cert_text, bundle_text;
};

static void
extend(X509 *cert, X509V3_CTX *context, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void
set_basic(X509 *cert, X509V3_CTX *context, const struct plan *plan)
{
    char text[64];

    if (!plan->is_ca)
        snprintf(text, sizeof(text), "CA:FALSE");
    else if (plan->pathlen >= 0)
        snprintf(text, sizeof(text), "critical,CA:TRUE,pathlen:%ld",
                 plan->pathlen);
    else
        snprintf(text, sizeof(text), "critical,CA:TRUE");
    if (!plan->no_basic)
        extend(cert, context, NID_basic_constraints, text);
}

static void
add_unknown(X509 *cert)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1); /* RFC 5612 */
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension =
        X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);

    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static X509 *
issue(const struct plan *plan, X509 *issuer, EVP_PKEY *signer)
{
    X509 *cert = X509_new();
    X509_NAME *name;
    X509V3_CTX context;
    time_t now = TEST_NOW;

    assert_non_null(cert);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert),
                            plan->serial >= 0
                                ? (uint64_t)plan->serial
                                : (uint64_t)chance(1U << 30) + 100);
    X509_time_adj_ex(X509_getm_notBefore(cert), (int)plan->from, 0, &now);
    X509_time_adj_ex(X509_getm_notAfter(cert), (int)plan->to, 0, &now);
    X509_set_pubkey(cert, plan->key);
    name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                               (const unsigned char *)"Example", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)plan->cn, -1, -1, 0);
    X509_set_issuer_name(cert,
                         issuer != NULL ? X509_get_subject_name(issuer) : name);
    X509V3_set_ctx(&context, issuer != NULL ? issuer : cert, cert, NULL, NULL,
                   0);
    extend(cert, &context, NID_subject_key_identifier,
           plan->skid != NULL ? plan->skid : "hash");
    if (issuer != NULL)
        extend(cert, &context, NID_authority_key_identifier, "keyid");
    set_basic(cert, &context, plan);
    if (plan->usage != NULL)
        extend(cert, &context, NID_key_usage, plan->usage);
    if (plan->eku != NULL)
        extend(cert, &context, NID_ext_key_usage, plan->eku);
    if (plan->san != NULL)
        extend(cert, &context, NID_subject_alt_name, plan->san);
    if (plan->constraints != NULL)
        extend(cert, &context, NID_name_constraints, plan->constraints);
    if (plan->unknown)
        add_unknown(cert);
    assert_true(X509_sign(cert, signer, plan->digest) > 0);
    return cert;
}

/*
 * A good chain.
 */

static const struct plan leaves[] = {
    { .cn = "cms1.example.com",
      .san = "DNS:cms1.example.com,DNS:join.example.com,IP:192.0.2.7",
      .eku = "serverAuth,clientAuth" },
    { .cn = "*.example.com",
      .san = "DNS:*.example.com,DNS:example.com",
      .eku = "clientAuth,serverAuth" },
    { .cn = "Meeting Server 1",
      .san = "DNS:cms1.example.com,DNS:cms2.example.com,email:a@example.com",
      .eku = NULL },
    { .cn = "cms1.example.com",
      .san = "DNS:CMS1.example.com",
      .eku = "serverAuth,clientAuth,emailProtection" },
};

static EVP_PKEY *
other_key(const EVP_PKEY *key)
{
    EVP_PKEY *other;

    do
        other = keys.rsa[chance(RSA_KEYS)];
    while (other == key);
    return other;
}

static void
plan_chain(struct chain *chain)
{
    static const char *const names[] = { NULL, "Example Issuing CA",
                                         "Example Policy CA",
                                         "Example Regional CA" };
    unsigned first = chance(RSA_KEYS);
    size_t i;

    *chain = (struct chain){ .depth = 3 + chance(3), .full = chance(2) == 0 };
    chain->plans[0] = leaves[chance(sizeof(leaves) / sizeof(leaves[0]))];
    chain->plans[0].usage = "critical,digitalSignature,keyEncipherment";
    for (i = 0; i < chain->depth; i++) {
        struct plan *plan = &chain->plans[i];

        plan->key = keys.rsa[(first + i) % RSA_KEYS];
        plan->digest = chance(4) == 0 ? EVP_sha384() : EVP_sha256();
        plan->serial = -1;
        plan->pathlen = -1;
        plan->from = -1 - (long)chance(600);
        plan->to = 60 + (long)chance(3000);
        if (i == 0)
            continue;
        plan->is_ca = true;
        plan->usage = "critical,keyCertSign,cRLSign";
        plan->cn = i + 1 == chain->depth ? "Example Root CA" : names[i];
        if (chance(2) == 0) /* as many as are below it, or some more */
            plan->pathlen = (long)i - 1 + (long)chance(2);
    }
    chain->usage = chain->plans[0].eku != NULL
                       ? DIAGNOSE_SERVER
                       : DIAGNOSE_SERVER | DIAGNOSE_CLIENT;
}

static void
issue_chain(struct chain *chain)
{
    size_t i = chain->depth;

    if (chain->selfsigned) {
        chain->certs[0] = issue(&chain->plans[0], NULL, chain->plans[0].key);
        chain->depth = 1;
    } else {
        while (i-- > 0) {
            bool root = i + 1 == chain->depth;

            chain->certs[i] =
                issue(&chain->plans[i], root ? NULL : chain->certs[i + 1],
                      chain->plans[root ? i : i + 1].key);
        }
    }
    chain->key = chain->plans[0].key;
    chain->cert_list[chain->cert_count++] = chain->certs[0];
    for (i = 1; i < chain->depth; i++)
        if (chain->full)
            chain->cert_list[chain->cert_count++] = chain->certs[i];
        else
            chain->bundle_list[chain->bundle_count++] = chain->certs[i];
}

/*
 * Faults.  Each is applied at one of three times.
 */

/* To the plans. */
/* Of the certificates that sign others. */
static struct plan *
any_ca(struct chain *chain)
{
    return &chain->plans[1 + chance((unsigned)chain->depth - 1)];
}

static void
expire(struct plan *plan)
{
    plan->from = -400;
    plan->to = -1 - (long)chance(300);
}

static void
plan_expired(struct chain *chain)
{
    expire(&chain->plans[0]);
}

static void
plan_ca_expired(struct chain *chain)
{
    expire(any_ca(chain));
}

static void
plan_soon(struct chain *chain)
{
    chain->plans[0].to = 1 + (long)chance(28);
}

static void
plan_ca_soon(struct chain *chain)
{
    any_ca(chain)->to = 1 + (long)chance(28);
}

static void
plan_early(struct chain *chain)
{
    struct plan *plan = &chain->plans[chance((unsigned)chain->depth)];

    plan->from = 1 + (long)chance(100);
    plan->to = 400;
}

static void
plan_backwards(struct chain *chain)
{
    chain->plans[0].from = 10;
    chain->plans[0].to = -10;
}

static void
plan_sha1(struct chain *chain)
{
    chain->plans[chance((unsigned)chain->depth - 1)].digest = EVP_sha1();
}

static void
plan_serial(struct chain *chain)
{
    chain->plans[chance((unsigned)chain->depth)].serial = 0;
}

static void
plan_twin_serial(struct chain *chain)
{
    chain->plans[chain->depth - 1].serial = 4711;
    chain->plans[chain->depth - 2].serial = 4711;
}

static void
plan_server_only(struct chain *chain)
{
    chain->plans[0].eku = "serverAuth";
    chain->usage = DIAGNOSE_SERVER | DIAGNOSE_CLIENT;
}

static void
plan_client_only(struct chain *chain)
{
    chain->plans[0].eku = "clientAuth";
    chain->usage = DIAGNOSE_SERVER;
}

static void
plan_encipher_only(struct chain *chain)
{
    static const char *const usages[] = { "keyEncipherment",
                                          "critical,nonRepudiation",
                                          "critical,keyAgreement" };

    chain->plans[0].usage = usages[chance(3)];
}

static void
plan_cn_only(struct chain *chain)
{
    chain->plans[0].san = NULL;
}

static void
plan_cn_apart(struct chain *chain)
{
    chain->plans[0].cn = "cms9.example.com";
    chain->plans[0].san = "DNS:cms1.example.com,DNS:cms2.example.com";
}

static void
plan_address(struct chain *chain)
{
    chain->plans[0].san = "DNS:cms1.example.com,DNS:192.0.2.7";
    chain->plans[0].cn = "cms1.example.com";
}

static void
plan_malformed(struct chain *chain)
{
    static const char *const bad[] = {
        "DNS:cms1.example.com,DNS:.*.example.com",
        "DNS:cms1.example.com,DNS:https://cms1.example.com",
        "DNS:cms1.example.com,DNS:*.com",
        "DNS:cms1.example.com,DNS:cms *.example.com",
        "DNS:cms1.example.com,DNS:a..example.com",
    };

    chain->plans[0].san = bad[chance(5)];
    chain->plans[0].cn = "cms1.example.com";
}

static void
plan_uncovered(struct chain *chain)
{
    chain->plans[0].cn = "cms1.example.com";
    chain->plans[0].san = "DNS:cms1.example.com";
    chain->names[0] = "join.example.net";
}

static void
plan_wildcard(struct chain *chain)
{
    chain->plans[0].cn = "*.example.com";
    chain->plans[0].san = "DNS:*.example.com";
    chain->names[0] = chance(2) == 0 ? "a.b.example.com" : "example.com";
}

static void
plan_self_signed(struct chain *chain)
{
    chain->selfsigned = true;
    chain->full = true;
}

static void
plan_client_cn(struct chain *chain)
{
    static const char *const typos[] = { "postgrest", "Postgres", "postgresql",
                                         "postgre", "cms1.example.com" };

    chain->plans[0].cn = typos[chance(5)];
    chain->plans[0].san = NULL;
    chain->usage = DIAGNOSE_CLIENT | DIAGNOSE_DATABASE;
}

static void
plan_ec(struct chain *chain)
{
    chain->plans[0].key = keys.ec;
}

static void
plan_small(struct chain *chain)
{
    chain->plans[chance((unsigned)chain->depth)].key = keys.small;
}

static void
plan_no_ca(struct chain *chain)
{
    struct plan *plan = &chain->plans[1 + chance((unsigned)chain->depth - 2)];

    plan->is_ca = false;
    plan->usage = NULL;
    plan->no_basic = chance(2) == 0;
}

static void
plan_no_sign(struct chain *chain)
{
    any_ca(chain)->usage = "critical,cRLSign,digitalSignature";
}

/* What a public CA for web servers does. */
static void
plan_web_ca(struct chain *chain)
{
    bool client = chance(2) == 0;

    any_ca(chain)->eku = client ? "serverAuth" : "clientAuth,emailProtection";
    chain->plans[0].eku = chance(2) == 0 ? NULL : "serverAuth,clientAuth";
    chain->usage = client ? DIAGNOSE_SERVER | DIAGNOSE_CLIENT : DIAGNOSE_SERVER;
}

static void
plan_path_length(struct chain *chain)
{
    size_t i = 2 + chance((unsigned)chain->depth - 2);

    chain->plans[i].pathlen = (long)chance((unsigned)i - 1);
}

static void
plan_constraints(struct chain *chain)
{
    any_ca(chain)->constraints = chance(2) == 0 ? "permitted;DNS:example.net"
                                                : "excluded;DNS:example.com";
}

static void
plan_unknown(struct chain *chain)
{
    chain->plans[chance((unsigned)chain->depth)].unknown = true;
}

/* To what was issued. */
static void
remove_at(X509 **list, size_t *count, size_t at)
{
    memmove(&list[at], &list[at + 1], (--*count - at) * sizeof(*list));
}

static void
insert_at(X509 **list, size_t *count, size_t at, X509 *cert)
{
    memmove(&list[at + 1], &list[at], ((*count)++ - at) * sizeof(*list));
    list[at] = cert;
}

/* The list with the CA certificates, and where they begin in it. */
static X509 **
ca_list(struct chain *chain, size_t **count, size_t *first)
{
    *count = chain->full ? &chain->cert_count : &chain->bundle_count;
    *first = chain->full ? 1 : 0;
    return chain->full ? chain->cert_list : chain->bundle_list;
}

static void
list_order(struct chain *chain)
{
    size_t *count, first, a, b;
    X509 **list = ca_list(chain, &count, &first), *cert;

    a = chance((unsigned)*count);
    do
        b = chance((unsigned)*count);
    while (a == b);
    cert = list[a];
    list[a] = list[b];
    list[b] = cert;
}

static void
list_no_intermediate(struct chain *chain)
{
    size_t *count, first;
    X509 **list = ca_list(chain, &count, &first);

    remove_at(list, count, first + chance((unsigned)(*count - first) - 1));
}

static void
list_no_root(struct chain *chain)
{
    size_t *count, first;
    X509 **list = ca_list(chain, &count, &first);

    (void)list;
    --*count;
}

static void
list_duplicate(struct chain *chain)
{
    size_t *count, first, at;
    X509 **list = ca_list(chain, &count, &first);

    at = first + chance((unsigned)(*count - first));
    insert_at(list, count, at + chance(2), list[at]);
}

static void
list_extra(struct chain *chain)
{
    struct plan plan = chain->plans[chain->depth - 1];
    size_t *count, first;
    X509 **list = ca_list(chain, &count, &first);

    plan.cn = "Example Other CA";
    plan.key = other_key(plan.key);
    chain->other = issue(&plan, NULL, plan.key);
    insert_at(list, count, first + chance((unsigned)(*count - first) + 1),
              chain->other);
}

static void
list_leaf_in_bundle(struct chain *chain)
{
    size_t i;

    /* Only a bundle of its own can have it. */
    if (chain->full)
        for (i = 1; i < chain->cert_count; i++)
            chain->bundle_list[chain->bundle_count++] = chain->cert_list[i];
    chain->cert_count = 1;
    chain->full = false;
    insert_at(chain->bundle_list, &chain->bundle_count, 0, chain->certs[0]);
}

static void
list_bundle_as_cert(struct chain *chain)
{
    size_t i;

    chain->cert_count = 0;
    for (i = 1; i < chain->depth; i++)
        chain->cert_list[chain->cert_count++] = chain->certs[i];
    chain->key = NULL;
    chain->full = true;
    chain->bundle_count = 0;
}

/* Puts another certificate in the place of one. */
static void
replace(struct chain *chain, X509 *old, X509 *with)
{
    size_t i;

    chain->other = with;
    for (i = 0; i < chain->cert_count; i++)
        if (chain->cert_list[i] == old)
            chain->cert_list[i] = with;
    for (i = 0; i < chain->bundle_count; i++)
        if (chain->bundle_list[i] == old)
            chain->bundle_list[i] = with;
}

/* The n-th certificate is made anew, by a plan that has changed. */
static void
reissue(struct chain *chain, size_t n, const struct plan *plan)
{
    bool root = n + 1 == chain->depth;

    replace(chain, chain->certs[n],
            issue(plan, root ? NULL : chain->certs[n + 1],
                  root ? plan->key : chain->plans[n + 1].key));
}

static void
list_other_key(struct chain *chain)
{
    size_t n = 1 + chance((unsigned)chain->depth - 1);
    struct plan plan = chain->plans[n];

    plan.key = other_key(plan.key);
    reissue(chain, n, &plan);
}

static void
list_key_id(struct chain *chain)
{
    size_t n = 1 + chance((unsigned)chain->depth - 1);
    struct plan plan = chain->plans[n];

    plan.skid = "00:11:22:33:44:55:66:77";
    reissue(chain, n, &plan);
}

static void
list_bad_signature(struct chain *chain)
{
    X509 *old = chain->certs[chance((unsigned)chain->depth - 1)], *altered;
    unsigned char *der = NULL;
    const unsigned char *at;
    int size = i2d_X509(old, &der);

    der[size - 1 - (int)chance(100)] ^= 0x5a;
    at = der;
    altered = d2i_X509(NULL, &at, size);
    OPENSSL_free(der);
    assert_non_null(altered);
    replace(chain, old, altered);
}

/* To the bytes. */
static struct blob *
any_text(struct chain *chain)
{
    return chain->full || chance(2) == 0 ? &chain->cert_text
                                         : &chain->bundle_text;
}

/* The one with at least two blocks. */
static struct blob *
long_text(struct chain *chain)
{
    return chain->full ? &chain->cert_text : &chain->bundle_text;
}

static void
set_text(struct blob *text, const void *bytes, size_t size)
{
    struct blob made = { 0 };

    blob_append(&made, bytes, size);
    blob_clear(text);
    *text = made;
}

/* The n-th place of a pattern, counted from 0; NULL when there are fewer. */
static char *
find_nth(const struct blob *text, const char *pattern, size_t n)
{
    char *at = (char *)text->data;

    while ((at = strstr(at, pattern)) != NULL && n-- > 0)
        at++;
    return at;
}

static void
cut_out(struct blob *text, const char *from, size_t size)
{
    size_t at = (size_t)((const unsigned char *)from - text->data);

    memmove(text->data + at, text->data + at + size, text->size - at - size);
    text->size -= size;
    text->data[text->size] = '\0';
}

static void
put_in(struct blob *text, const char *where, const char *what)
{
    size_t at = (size_t)((const unsigned char *)where - text->data);
    struct blob made = { 0 };

    blob_append(&made, text->data, at);
    blob_text(&made, what);
    blob_append(&made, text->data + at, text->size - at);
    blob_clear(text);
    *text = made;
}

static void
text_glued(struct chain *chain)
{
    struct blob *text = long_text(chain);

    size_t blocks = chain->full ? chain->cert_count : chain->bundle_count;

    cut_out(text, find_nth(text, "\n-----BEGIN", chance((unsigned)blocks - 1)),
            1);
}

static void
text_indented(struct chain *chain)
{
    struct blob *text = any_text(chain);

    put_in(text, find_nth(text, "-----BEGIN", 0), chance(2) == 0 ? "  " : "\t");
}

static void
text_no_begin(struct chain *chain)
{
    struct blob *text = any_text(chain);

    cut_out(text, find_nth(text, "-----BEGIN", 0), 1);
}

static void
text_blank_inside(struct chain *chain)
{
    struct blob *text = any_text(chain);

    put_in(text, find_nth(text, "\n-----END", 0), "\n");
}

static void
text_no_end(struct chain *chain)
{
    struct blob *text = long_text(chain);
    char *at = find_nth(text, "-----END CERTIFICATE-----\n", 0);

    cut_out(text, at, strlen("-----END CERTIFICATE-----\n"));
}

static void
text_damaged(struct chain *chain)
{
    struct blob *text = any_text(chain);
    char *at = find_nth(text, "\n", 3 + chance(5));

    at[1 + chance(40)] = "!*_%~"[chance(5)];
}

static void
text_cut(struct chain *chain)
{
    struct blob *text = any_text(chain);

    text->size -= 100 + chance(800);
    text->data[text->size] = '\0';
}

static void
text_utf16(struct chain *chain)
{
    struct blob *text = any_text(chain), made = { 0 };
    bool big = chance(2) == 0;
    size_t i;

    blob_append(&made, big ? "\xfe\xff" : "\xff\xfe", 2);
    for (i = 0; i < text->size; i++) {
        const char both[3] = { '\0', (char)text->data[i], '\0' };

        blob_append(&made, big ? both : both + 1, 2);
    }
    blob_clear(text);
    *text = made;
}

static void
text_replace_breaks(struct blob *text, const char *with)
{
    struct blob made = { 0 };
    size_t i;

    for (i = 0; i < text->size; i++)
        if (text->data[i] == '\n')
            blob_text(&made, with);
        else
            blob_append(&made, &text->data[i], 1);
    blob_clear(text);
    *text = made;
}

static void
text_cr(struct chain *chain)
{
    text_replace_breaks(any_text(chain), "\r");
}

static void
text_crlf(struct chain *chain)
{
    text_replace_breaks(any_text(chain), "\r\n");
}

static void
text_bom(struct chain *chain)
{
    struct blob *text = any_text(chain);

    put_in(text, (char *)text->data, "\xef\xbb\xbf");
}

static void
text_ctrl_z(struct chain *chain)
{
    blob_text(any_text(chain), "\x1a");
}

static void
text_no_break(struct chain *chain)
{
    any_text(chain)->size--;
}

static void
text_blank_lines(struct chain *chain)
{
    struct blob *text = long_text(chain);

    put_in(text, find_nth(text, "-----BEGIN", 1),
           chance(2) == 0 ? "\n" : "\r\n \n");
}

static void
text_outside(struct chain *chain)
{
    struct blob *text = any_text(chain);

    put_in(text, (char *)text->data,
           chance(2) == 0 ? "Bag Attributes\n    localKeyID: 01\n"
                          : "subject=CN = cms1.example.com\n\n");
}

static void
text_empty(struct chain *chain)
{
    set_text(any_text(chain), "\n\n", chance(3));
}

static void
text_html(struct chain *chain)
{
    static const char page[] = "\n<!DOCTYPE html>\n<html><body>Sign in</body>";

    set_text(any_text(chain), page, sizeof(page) - 1);
}

static void
text_trusted(struct chain *chain)
{
    struct blob *text = any_text(chain);

    put_in(text, find_nth(text, "BEGIN ", 0) + strlen("BEGIN "), "TRUSTED ");
    put_in(text, find_nth(text, "END ", 0) + strlen("END "), "TRUSTED ");
}

static void
text_pkcs7(struct chain *chain)
{
    PKCS7 *p7 = PKCS7_new();
    BIO *out = BIO_new(BIO_s_mem());
    char *bytes;
    long size;

    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_content_new(p7, NID_pkcs7_data);
    PKCS7_add_certificate(p7, chain->certs[0]);
    if (chance(2) == 0)
        PEM_write_bio_PKCS7(out, p7);
    else
        i2d_PKCS7_bio(out, p7);
    size = BIO_get_mem_data(out, &bytes);
    set_text(any_text(chain), bytes, (size_t)size);
    BIO_free(out);
    PKCS7_free(p7);
}

static void
text_pkcs12(struct chain *chain)
{
    PKCS12 *p12 =
        PKCS12_create(PASSWORD, "it", chain->plans[0].key, chain->certs[0],
                      NULL, NID_undef, NID_undef, 1, 1, 0);
    unsigned char *der = NULL;
    int size = i2d_PKCS12(p12, &der);

    set_text(any_text(chain), der, (size_t)size);
    OPENSSL_free(der);
    PKCS12_free(p12);
}

static void
text_der(struct chain *chain)
{
    unsigned char *der = NULL;
    int size = i2d_X509(chain->certs[0], &der);

    /* A full chain is no single certificate: let the rest be a bundle. */
    if (chain->full)
        list_leaf_in_bundle(chain);
    set_text(&chain->cert_text, der, (size_t)size);
    OPENSSL_free(der);
}

/* DER, and what there was of text behind it. */
static void
text_der_joined(struct chain *chain)
{
    struct blob *text = any_text(chain), made = { 0 };
    unsigned char *der = NULL;
    int size = i2d_X509(chain->certs[chance((unsigned)chain->depth)], &der);

    blob_append(&made, der, (size_t)size);
    if (chance(2) == 0)
        blob_append(&made, text->data, text->size);
    else
        blob_append(&made, der, (size_t)size);
    blob_clear(text);
    *text = made;
    OPENSSL_free(der);
}

/* DER behind a block, which may be the last and may lack its line break. */
static void
text_binary(struct chain *chain)
{
    struct blob *text = any_text(chain), made = { 0 };
    const char *end = find_nth(text, "-----END CERTIFICATE-----", 0) + 25;
    size_t front = (size_t)((const unsigned char *)end - text->data);
    unsigned char *der = NULL;
    int size = i2d_X509(chain->certs[chance((unsigned)chain->depth)], &der);

    blob_append(&made, text->data, front + chance(2));
    blob_append(&made, der, (size_t)size);
    blob_append(&made, end + 1, text->size - front - 1);
    blob_clear(text);
    *text = made;
    OPENSSL_free(der);
}

/* Another label in the place of the first. */
static void
set_label(struct blob *text, const char *label, const char *other)
{
    char *at = find_nth(text, label, 0);

    cut_out(text, at, strlen(label));
    put_in(text, at, other);
    at = find_nth(text, label, strstr(other, label) != NULL ? 1 : 0);
    cut_out(text, at, strlen(label));
    put_in(text, at, other);
}

static void
text_mislabelled(struct chain *chain)
{
    static const char *const others[] = { "CERTIFICATE REQUEST", "X509 CRL",
                                          "PRIVATE KEY", "PKCS7" };

    if (chance(2) == 0)
        set_label(any_text(chain), "CERTIFICATE", others[chance(4)]);
    else
        set_label(&chain->key_text, "PRIVATE KEY",
                  chance(2) == 0 ? "CERTIFICATE" : "EC PRIVATE KEY");
}

static void
text_container(struct chain *chain)
{
    struct blob *text = any_text(chain), der = { 0 }, made = { 0 };
    PKCS7 *p7 = PKCS7_new();
    int size;

    PKCS7_set_type(p7, NID_pkcs7_signed);
    PKCS7_content_new(p7, NID_pkcs7_data);
    PKCS7_add_certificate(p7, chain->certs[0]);
    size = i2d_PKCS7(p7, &der.data);
    der.size = (size_t)size;
    pem_append(&made, "CERTIFICATE", &der);
    if (chance(2) == 0)
        blob_append(&made, text->data, text->size);
    blob_clear(text);
    *text = made;
    OPENSSL_free(der.data);
    PKCS7_free(p7);
}

/* The CRL of a CA, from day to day. */
static void
append_crl(struct blob *text, const struct chain *chain, size_t ca,
           EVP_PKEY *key, int from, int to)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *start = ASN1_TIME_adj(NULL, TEST_NOW, from, 0);
    ASN1_TIME *end = ASN1_TIME_adj(NULL, TEST_NOW, to, 0);
    struct blob der = { 0 };

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(chain->certs[ca]));
    X509_CRL_set1_lastUpdate(crl, start);
    X509_CRL_set1_nextUpdate(crl, end);
    assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
    der.size = (size_t)i2d_X509_CRL(crl, &der.data);
    pem_append(text, "X509 CRL", &der);
    OPENSSL_free(der.data);
    ASN1_TIME_free(start);
    ASN1_TIME_free(end);
    X509_CRL_free(crl);
}

/* Each CA has one, and one is not of today. */
static void
append_crls(struct chain *chain, int from, int to)
{
    size_t odd = 1 + chance((unsigned)chain->depth - 1), i;

    for (i = 1; i < chain->depth; i++)
        append_crl(long_text(chain), chain, i, chain->plans[i].key,
                   i == odd ? from : -1, i == odd ? to : 30);
}

/* Each CA has one, and one is signed by the key of what is below it. */
static void
text_other_crl(struct chain *chain)
{
    size_t odd = 1 + chance((unsigned)chain->depth - 1), i;

    for (i = 1; i < chain->depth; i++)
        append_crl(long_text(chain), chain, i,
                   chain->plans[i == odd ? i - 1 : i].key, -1, 30);
}

static void
text_old_crl(struct chain *chain)
{
    append_crls(chain, -30, -1 - (int)chance(20));
}

static void
text_early_crl(struct chain *chain)
{
    append_crls(chain, 1 + (int)chance(20), 30);
}

static void
text_key_inside(struct chain *chain)
{
    blob_append(any_text(chain), chain->key_text.data, chain->key_text.size);
}

static void
text_encrypted(struct chain *chain)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *bytes, password[] = PASSWORD;
    long size;

    if (chance(2) == 0)
        PEM_write_bio_PKCS8PrivateKey(out, chain->plans[0].key,
                                      EVP_aes_128_cbc(), password,
                                      (int)strlen(password), NULL, NULL);
    else
        PEM_write_bio_PrivateKey_traditional(
            out, chain->plans[0].key, EVP_aes_128_cbc(),
            (unsigned char *)password, (int)strlen(password), NULL, NULL);
    size = BIO_get_mem_data(out, &bytes);
    set_text(&chain->key_text, bytes, (size_t)size);
    BIO_free(out);
}

static void
write_key(EVP_PKEY *key, struct blob *text)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *bytes;
    long size;

    PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    size = BIO_get_mem_data(out, &bytes);
    set_text(text, bytes, (size_t)size);
    BIO_free(out);
}

static void
text_other_key(struct chain *chain)
{
    write_key(other_key(chain->plans[0].key), &chain->key_text);
}

static void
text_swapped(struct chain *chain)
{
    struct blob text = chain->key_text;

    chain->key_text = chain->cert_text;
    chain->cert_text = text;
}

/* A certificate below the name of its key. */
static void
text_no_key(struct chain *chain)
{
    blob_clear(&chain->key_text);
    blob_append(&chain->key_text, chain->cert_text.data, chain->cert_text.size);
}

static void
text_csr(struct chain *chain)
{
    X509_REQ *csr = X509_REQ_new();
    BIO *out = BIO_new(BIO_s_mem());
    char *bytes;
    long size;

    X509_REQ_set_subject_name(csr, X509_get_subject_name(chain->certs[0]));
    X509_REQ_set_pubkey(csr, chain->plans[0].key);
    X509_REQ_sign(csr, chain->plans[0].key, EVP_sha256());
    if (chance(2) == 0)
        PEM_write_bio_X509_REQ(out, csr);
    else
        i2d_X509_REQ_bio(out, csr);
    size = BIO_get_mem_data(out, &bytes);
    set_text(&chain->cert_text, bytes, (size_t)size);
    BIO_free(out);
    X509_REQ_free(csr);
}

static const struct fault {
    enum hint_id id;
    void (*plan)(struct chain *chain);
    void (*list)(struct chain *chain);
    void (*text)(struct chain *chain);
} faults[] = {
    { HINT_EXPIRED, plan_expired },
    { HINT_CA_EXPIRED, plan_ca_expired },
    { HINT_EXPIRES_SOON, plan_soon },
    { HINT_CA_EXPIRES_SOON, plan_ca_soon },
    { HINT_NOT_YET_VALID, plan_early },
    { HINT_VALIDITY_EMPTY, plan_backwards },
    { HINT_SIGNATURE_WEAK, plan_sha1 },
    { HINT_SERIAL_WEAK, plan_serial },
    { HINT_SERIAL_DUPLICATE, plan_twin_serial },
    { HINT_EKU_NO_CLIENT, plan_server_only },
    { HINT_EKU_NO_SERVER, plan_client_only },
    { HINT_KEY_USAGE, plan_encipher_only },
    { HINT_NAME_CN_ONLY, plan_cn_only },
    { HINT_NAME_CN_NOT_IN_SAN, plan_cn_apart },
    { HINT_NAME_IP_AS_DNS, plan_address },
    { HINT_NAME_MALFORMED, plan_malformed },
    { HINT_NAME_NOT_COVERED, plan_uncovered },
    { HINT_NAME_WILDCARD, plan_wildcard },
    { HINT_LEAF_SELF_SIGNED, plan_self_signed },
    { HINT_CLIENT_CN, plan_client_cn },
    { HINT_KEY_NOT_RSA, plan_ec },
    { HINT_KEY_SHORT, plan_small },
    { HINT_ISSUER_NOT_CA, plan_no_ca },
    { HINT_ISSUER_KEY_USAGE, plan_no_sign },
    { HINT_ISSUER_EKU, plan_web_ca },
    { HINT_PATH_LENGTH, plan_path_length },
    { HINT_NAME_CONSTRAINTS, plan_constraints },
    { HINT_EXTENSION_UNKNOWN, plan_unknown },
    { HINT_CHAIN_ORDER, NULL, list_order },
    { HINT_CHAIN_NO_INTERMEDIATE, NULL, list_no_intermediate },
    { HINT_CHAIN_NO_ROOT, NULL, list_no_root },
    { HINT_CHAIN_DUPLICATE, NULL, list_duplicate },
    { HINT_CHAIN_EXTRA, NULL, list_extra },
    { HINT_LEAF_IN_BUNDLE, NULL, list_leaf_in_bundle },
    { HINT_BUNDLE_AS_CERTIFICATE, NULL, list_bundle_as_cert },
    { HINT_ISSUER_OTHER_KEY, NULL, list_other_key },
    { HINT_KEY_ID_MISMATCH, NULL, list_key_id },
    { HINT_SIGNATURE_BAD, NULL, list_bad_signature },
    { HINT_BUNDLE_GLUED, NULL, NULL, text_glued },
    { HINT_BLOCK_INDENTED, NULL, NULL, text_indented },
    { HINT_BLOCK_NO_BEGIN, NULL, NULL, text_no_begin },
    { HINT_BLOCK_BLANK_LINE, NULL, NULL, text_blank_inside },
    { HINT_BLOCK_NO_END, NULL, NULL, text_no_end },
    { HINT_BLOCK_DAMAGED, NULL, NULL, text_damaged },
    { HINT_FILE_CUT, NULL, NULL, text_cut },
    { HINT_FILE_UTF16, NULL, NULL, text_utf16 },
    { HINT_FILE_CR_ONLY, NULL, NULL, text_cr },
    { HINT_FILE_CRLF, NULL, NULL, text_crlf },
    { HINT_FILE_BOM, NULL, NULL, text_bom },
    { HINT_FILE_CTRL_Z, NULL, NULL, text_ctrl_z },
    { HINT_NO_LINE_BREAK, NULL, NULL, text_no_break },
    { HINT_BLANK_LINES, NULL, NULL, text_blank_lines },
    { HINT_TEXT_OUTSIDE, NULL, NULL, text_outside },
    { HINT_FILE_EMPTY, NULL, NULL, text_empty },
    { HINT_FILE_HTML, NULL, NULL, text_html },
    { HINT_TRUSTED_CERTIFICATE, NULL, NULL, text_trusted },
    { HINT_FILE_PKCS7, NULL, NULL, text_pkcs7 },
    { HINT_FILE_PKCS12, NULL, NULL, text_pkcs12 },
    { HINT_FILE_DER, NULL, NULL, text_der },
    { HINT_FILE_DER_JOINED, NULL, NULL, text_der_joined },
    { HINT_BINARY_OUTSIDE, NULL, NULL, text_binary },
    { HINT_BLOCK_MISLABELLED, NULL, NULL, text_mislabelled },
    { HINT_BLOCK_CONTAINER, NULL, NULL, text_container },
    { HINT_CRL_EXPIRED, NULL, NULL, text_old_crl },
    { HINT_CRL_NOT_YET_VALID, NULL, NULL, text_early_crl },
    { HINT_CRL_OTHER_KEY, NULL, NULL, text_other_crl },
    { HINT_KEY_IN_CERTIFICATE_FILE, NULL, NULL, text_key_inside },
    { HINT_KEY_ENCRYPTED, NULL, NULL, text_encrypted },
    { HINT_PAIR_MISMATCH, NULL, NULL, text_other_key },
    { HINT_PAIR_SWAPPED, NULL, NULL, text_swapped },
    { HINT_NO_KEY, NULL, NULL, text_no_key },
    { HINT_NO_CERTIFICATE, NULL, NULL, text_csr },
};
#define FAULTS (sizeof(faults) / sizeof(faults[0]))

/*
 * From plan to findings.
 */

static void
write_list(X509 *const *list, size_t count, struct blob *text)
{
    size_t i;

    for (i = 0; i < count; i++) {
        struct blob der = { 0 };
        unsigned char *bytes = NULL;
        int size = i2d_X509(list[i], &bytes);

        blob_append(&der, bytes, (size_t)size);
        pem_append(text, "CERTIFICATE", &der);
        blob_clear(&der);
        OPENSSL_free(bytes);
    }
}

static void
write_all(struct chain *chain)
{
    write_list(chain->cert_list, chain->cert_count, &chain->cert_text);
    write_list(chain->bundle_list, chain->bundle_count, &chain->bundle_text);
    if (chain->key != NULL)
        write_key(chain->key, &chain->key_text);
}

static void
make_chain(const struct fault *fault, struct chain *chain)
{
    plan_chain(chain);
    if (fault->plan != NULL)
        fault->plan(chain);
    issue_chain(chain);
    if (fault->list != NULL)
        fault->list(chain);
    write_all(chain);
    if (fault->text != NULL)
        fault->text(chain);
}

static void
chain_clear(struct chain *chain)
{
    size_t i;

    for (i = 0; i < DEPTH_MAX; i++)
        X509_free(chain->certs[i]);
    X509_free(chain->other);
    blob_clear(&chain->key_text);
    blob_clear(&chain->cert_text);
    blob_clear(&chain->bundle_text);
}

static void
examine(const struct chain *chain, struct hints *hints)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW,
                                         .usage = chain->usage,
                                         .names = chain->names,
                                         .holds = chain->holds };
    struct diagnose_part parts[3];
    size_t n = 0;

    *hints = (struct hints){ 0 };
    if (chain->key != NULL)
        parts[n++] =
            (struct diagnose_part){ "it.key", &chain->key_text, DIAGNOSE_KEY };
    parts[n++] = (struct diagnose_part){ "it.crt", &chain->cert_text,
                                         chain->full ? DIAGNOSE_FULL_CHAIN
                                                     : DIAGNOSE_CERT };
    if (!chain->full)
        parts[n++] = (struct diagnose_part){ "bundle.crt", &chain->bundle_text,
                                             DIAGNOSE_BUNDLE };
    diagnose(&diagnosis, parts, n, hints);
    assert_int_equal(ERR_peek_error(), 0);
}

static void
print_findings(const struct hints *hints)
{
    size_t i;

    for (i = 0; i < hints->count; i++)
        print_message(" %s(%s %u)", hint_name(hints->all[i].id),
                      hints->all[i].file, hints->all[i].element);
    print_message("\n");
}

static void
make_keys(void)
{
    size_t i;

    for (i = 0; i < RSA_KEYS; i++)
        keys.rsa[i] = EVP_RSA_gen(2048);
    keys.small = EVP_RSA_gen(1024);
    keys.ec = EVP_EC_gen("P-256");
}

static void
free_keys(void)
{
    size_t i;

    for (i = 0; i < RSA_KEYS; i++)
        EVP_PKEY_free(keys.rsa[i]);
    EVP_PKEY_free(keys.small);
    EVP_PKEY_free(keys.ec);
}

/*
 * Good chains.
 */

/* What stands beside the CAs, under the name of one of them. */
enum company {
    NOBODY,
    NAMESAKE, /* of another key, which has signed nothing here: too much */
    NEW_KEY,  /* the root's new key, certified by its old one: needed */
    COMPANIES,
};

static void
add_namesake(struct chain *chain)
{
    size_t n = 1 + chance((unsigned)chain->depth - 1), *count, first, at;
    bool root = n + 1 == chain->depth;
    struct plan plan = chain->plans[n];
    X509 **list = ca_list(chain, &count, &first);

    plan.key = other_key(plan.key);
    chain->other = issue(&plan, root ? NULL : chain->certs[n + 1],
                         root ? plan.key : chain->plans[n + 1].key);
    for (at = 0; list[at] != chain->certs[n]; at++)
        ;
    insert_at(list, count, at + chance(2), chain->other);
}

static void
add_new_key(struct chain *chain)
{
    size_t root = chain->depth - 1, *count, first, at;
    struct plan plan = chain->plans[root];
    X509 **list = ca_list(chain, &count, &first), *below;

    plan.key = other_key(plan.key);
    chain->other = issue(&plan, chain->certs[root], chain->plans[root].key);
    below = issue(&chain->plans[root - 1], chain->other, plan.key);
    for (at = 0; list[at] != chain->certs[root]; at++)
        ;
    list[at - 1] = below;
    insert_at(list, count, at, chain->other);
    X509_free(chain->certs[root - 1]);
    chain->certs[root - 1] = below;
}

/* Does it hold, without one certificate of its files or NULL? */
static bool
judge(const struct chain *chain, const X509 *without)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    bool good;
    size_t i;

    for (i = 0; i < chain->cert_count + chain->bundle_count; i++) {
        X509 *cert = i < chain->cert_count
                         ? chain->cert_list[i]
                         : chain->bundle_list[i - chain->cert_count];

        if (cert == without || i == 0)
            continue;
        if (X509_self_signed(cert, 1) == 1)
            X509_STORE_add_cert(store, cert);
        else
            sk_X509_push(untrusted, cert);
    }
    X509_STORE_CTX_init(ctx, store, chain->certs[0], untrusted);
    X509_STORE_CTX_set_time(ctx, 0, TEST_NOW);
    good = X509_verify_cert(ctx) == 1;
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_free(untrusted);
    ERR_clear_error();
    return good;
}

/* Where a finding stands. */
static const X509 *
cert_at(const struct chain *chain, const struct hint *hint)
{
    return strcmp(hint->file, "bundle.crt") == 0
               ? chain->bundle_list[hint->element - 1]
               : chain->cert_list[hint->element - 1];
}

/* Nothing is found but the namesake, and that can be removed. */
static bool
is_right(const struct chain *chain, enum company company)
{
    struct hints hints;
    bool right;

    examine(chain, &hints);
    right = hints.count == (company == NAMESAKE ? 1 : 0);
    if (right && company == NAMESAKE)
        right = hints.all[0].id == HINT_CHAIN_EXTRA &&
                cert_at(chain, &hints.all[0]) == chain->other &&
                judge(chain, chain->other);
    if (!right)
        print_findings(&hints);
    hints_clear(&hints);
    return right;
}

/* The judge accepts it: whether the diagnosis has been told so or not. */
static void
test_good(void **state)
{
    size_t i, wrong = 0;

    (void)state;
    for (i = 0; i < good_chains; i++) {
        enum company company = (enum company)(i % COMPANIES);
        struct chain chain;

        plan_chain(&chain);
        issue_chain(&chain);
        if (company == NAMESAKE)
            add_namesake(&chain);
        if (company == NEW_KEY)
            add_new_key(&chain);
        write_all(&chain);
        assert_true(judge(&chain, NULL));
        for (chain.holds = false;; chain.holds = true) {
            if (!is_right(&chain, company)) {
                wrong++;
                print_message("good chain %zu, company %d, holds %d\n", i,
                              company, chain.holds);
            }
            if (chain.holds)
                break;
        }
        chain_clear(&chain);
    }
    assert_int_equal(wrong, 0);
}

static void
test_faults(void **state)
{
    size_t i, j, missed = 0, late = 0;

    (void)state;
    for (i = 0; i < chains; i++) {
        const struct fault *fault = &faults[chance(FAULTS)];
        struct chain chain;
        struct hints hints;

        make_chain(fault, &chain);
        examine(&chain, &hints);
        for (j = 0; j < hints.count && hints.all[j].id != fault->id; j++)
            ;
        if (j == hints.count || j >= 2) {
            print_message(
                "%s: chain %zu, %s:", j == hints.count ? "missed" : "late", i,
                hint_name(fault->id));
            print_findings(&hints);
        }
        missed += j == hints.count;
        late += j >= 2;
        hints_clear(&hints);
        chain_clear(&chain);
    }
    print_message("%zu chains: %zu missed, %zu not among the first two\n",
                  chains, missed, late);
    assert_true(missed * 100 <= chains);
    assert_true(late * 20 <= chains);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_faults),
    };
    int r;

    if (argc > 1)
        chains = strtoul(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    make_keys();
    r = cmocka_run_group_tests_name("mutation", tests, NULL, NULL);
    free_keys();
    return r;
}

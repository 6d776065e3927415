/*
 * Verifying chains: what the fixtures say, and that handing X509_verify_cert()
 * only what it can ask for never changes its verdict.
 */
#include "pki/verify.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/pem.h"
#include "tests/support.h"

#define ROUNDS 400
#define NAMES 5
#define KEYS 6
#define DAY 86400L

static void
put(struct store *store, const char *name, const struct blob *data)
{
    struct store_change change = { name, data, 0644 };
    struct error error;

    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
}

/* Several fixtures in one file of the store. */
static void
put_joined(struct store *store, const char *name, const char *const *parts,
           size_t n)
{
    struct blob joined = { 0 };
    size_t i;

    for (i = 0; i < n; i++) {
        struct blob part = fixture(parts[i]);

        blob_append(&joined, part.data, part.size);
        blob_clear(&part);
    }
    put(store, name, &joined);
    blob_clear(&joined);
}

static void
put_fixtures(struct store *store)
{
    static const char *const names[] = {
        "leaf.crt",     "inter.crt",   "root.crt",    "bundle.crt",
        "other.crt",    "expired.crt", "future.crt",  "fullchain.crt",
        "leaf-crt.der", "ec.crt",      "ed25519.crt",
    };
    static const char *const with_crls[] = { "bundle.crt", "root.crl",
                                             "leaf.crl" };
    static const char *const revoked[] = { "bundle.crt", "root.crl",
                                           "revoked.crl" };
    static const char *const one_crl[] = { "bundle.crt", "root.crl" };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++)
        fixture_store(store, names[i]);
    put_joined(store, "crls.crt", with_crls, 3);
    put_joined(store, "revoked.crt", revoked, 3);
    put_joined(store, "onecrl.crt", one_crl, 2);
}

static void
test_fixtures(void **state)
{
    static const struct {
        const char *cert, *bundle, *ca;
        int code; /* X509_V_ERR_*, X509_V_OK */
    } rows[] = {
        { "leaf.crt", "bundle.crt", NULL, X509_V_OK },
        { "ec.crt", "bundle.crt", NULL, X509_V_OK },
        { "ed25519.crt", "bundle.crt", NULL, X509_V_OK },
        { "leaf-crt.der", "bundle.crt", NULL, X509_V_OK },
        { "leaf.crt", "inter.crt", "root.crt", X509_V_OK },
        /* The bundle's own root is trusted, whoever else is. */
        { "leaf.crt", "bundle.crt", "other.crt", X509_V_OK },
        { "root.crt", "root.crt", NULL, X509_V_OK },
        { "fullchain.crt", "bundle.crt", NULL, X509_V_OK },
        { "leaf.crt", "fullchain.crt", NULL, X509_V_OK },
        /* No partial chains, whoever is named as CA. */
        { "leaf.crt", "inter.crt", NULL,
          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        { "leaf.crt", "inter.crt", "inter.crt",
          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT },
        { "leaf.crt", "inter.crt", "other.crt",
          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        { "leaf.crt", "root.crt", NULL,
          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        { "leaf.crt", "other.crt", NULL,
          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        /* What follows the leaf does not help. */
        { "fullchain.crt", "root.crt", NULL,
          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
        { "other.crt", "root.crt", NULL,
          X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
        { "expired.crt", "bundle.crt", NULL, X509_V_ERR_CERT_HAS_EXPIRED },
        { "future.crt", "bundle.crt", NULL, X509_V_ERR_CERT_NOT_YET_VALID },
        { "leaf.crt", "crls.crt", NULL, X509_V_OK },
        { "leaf.crt", "revoked.crt", NULL, X509_V_ERR_CERT_REVOKED },
        { "leaf.crt", "onecrl.crt", NULL, X509_V_ERR_UNABLE_TO_GET_CRL },
    };
    struct scratch *scratch = *state;
    size_t i;

    put_fixtures(scratch->store);
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct error error = { .code = E_NONE };
        int r, code = 0;

        r = verify(scratch->store, rows[i].cert, rows[i].bundle, rows[i].ca,
                   TEST_NOW, &error);
        if (r != 0) {
            assert_int_equal(error.code, E_VERIFY);
            assert_string_equal(error.subject, rows[i].cert);
            assert_string_equal(error.other, rows[i].bundle);
            assert_int_equal(sscanf(error.detail, "error %d", &code), 1);
        }
        if (code != rows[i].code)
            fail_msg("%s, %s: %s", rows[i].cert, rows[i].bundle, error.detail);
    }
}

static void
test_detail(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "root.crt");
    assert_fails(
        verify(scratch->store, "leaf.crt", "root.crt", NULL, TEST_NOW, &error),
        &error, E_VERIFY, "leaf.crt");
    assert_string_equal(error.detail,
                        "error 20 at 0 depth lookup: unable to get local "
                        "issuer certificate");
}

/* Damage is never taken for "nothing in it", in whichever file it is. */
static void
test_damaged(void **state)
{
    static const struct {
        const char *name;
        enum error_code code;
    } rows[] = {
        { "glued.crt", E_PEM_GLUED },     { "indented.crt", E_PEM_INDENTED },
        { "cronly.crt", E_PEM_CR_ONLY },  { "utf16.crt", E_UTF16 },
        { "trusted.crt", E_TRUSTED },     { "noend.crt", E_PEM_NO_END },
        { "cut.crt", E_PEM_NO_END },      { "badbase64.crt", E_PEM_BAD_DATA },
        { "badder.crt", E_PEM_BAD_DATA }, { "empty.crt", E_EMPTY },
        { "html.crt", E_HTML },           { "leaf.p7b", E_PKCS7 },
        { "leaf-p7b.der", E_PKCS7 },      { "leaf.p12", E_PKCS12 },
        { "leaf.key", E_NOT_CERT },       { "leaf.crl", E_NOT_CERT },
    };
    struct scratch *scratch = *state;
    struct error error;
    size_t i;

    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "bundle.crt");
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *name = rows[i].name;

        fixture_store(scratch->store, name);
        assert_fails(
            verify(scratch->store, "leaf.crt", name, NULL, TEST_NOW, &error),
            &error, rows[i].code, name);
        assert_fails(verify(scratch->store, "leaf.crt", "bundle.crt", name,
                            TEST_NOW, &error),
                     &error, rows[i].code, name);
        assert_fails(
            verify(scratch->store, name, "bundle.crt", NULL, TEST_NOW, &error),
            &error, rows[i].code, name);
    }
    assert_fails(
        verify(scratch->store, "leaf.crt", "none.crt", NULL, TEST_NOW, &error),
        &error, E_NO_FILE, "none.crt");
}

/*
 * Random hierarchies of few names and few keys, so that names are shared,
 * crossed and circular; each name is written in several ways that are equal.
 */

struct world {
    unsigned seed;
    EVP_PKEY *keys[KEYS];
};

static unsigned
dice(struct world *world, unsigned sides)
{
    world->seed = world->seed * 1103515245 + 12345;
    return (world->seed >> 16) % sides;
}

static X509_NAME *
random_name(struct world *world, unsigned which)
{
    static const char *const forms[] = { "Test CA %u", "TEST ca %u",
                                         " test  Ca %u " };
    X509_NAME *name = X509_NAME_new();
    unsigned form = dice(world, 4);
    char cn[32];
    unsigned char wide[64] = { 0 };
    size_t i;

    snprintf(cn, sizeof(cn), forms[form % 3], which);
    for (i = 0; cn[i] != '\0'; i++)
        wide[2 * i + 1] = (unsigned char)cn[i];
    assert_int_equal(
        X509_NAME_add_entry_by_NID(name, NID_organizationName,
                                   dice(world, 2) ? V_ASN1_UTF8STRING
                                                  : V_ASN1_PRINTABLESTRING,
                                   (const unsigned char *)"Org", -1, -1, 0),
        1);
    if (form == 3)
        assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName,
                                                    V_ASN1_BMPSTRING, wide,
                                                    (int)(2 * i), -1, 0),
                         1);
    else
        assert_int_equal(
            X509_NAME_add_entry_by_NID(name, NID_commonName,
                                       dice(world, 2) ? V_ASN1_UTF8STRING
                                                      : V_ASN1_PRINTABLESTRING,
                                       (const unsigned char *)cn, -1, -1, 0),
            1);
    return name;
}

static void
set_time(ASN1_TIME *time, long days)
{
    assert_non_null(ASN1_TIME_set(time, TEST_NOW + days * DAY));
}

static void
extend(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* Name and key go together mostly, so that many chains hold. */
static unsigned
key_of(struct world *world, unsigned name)
{
    return dice(world, 5) == 0 ? dice(world, KEYS) : name;
}

static X509 *
random_cert(struct world *world, bool root)
{
    unsigned subject = dice(world, NAMES);
    unsigned issuer = root ? subject : dice(world, NAMES);
    unsigned key = key_of(world, subject);
    unsigned signer = root ? key : key_of(world, issuer);
    X509 *cert = X509_new();
    X509_NAME *name;
    X509V3_CTX ctx;

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1 + dice(world, 1000));
    name = random_name(world, subject);
    X509_set_subject_name(cert, name);
    X509_NAME_free(name);
    name = random_name(world, issuer);
    X509_set_issuer_name(cert, name);
    X509_NAME_free(name);
    X509_set_pubkey(cert, world->keys[key]);
    set_time(X509_getm_notBefore(cert), dice(world, 12) == 0 ? 9 : -100);
    set_time(X509_getm_notAfter(cert), dice(world, 8) == 0 ? -9 : 100);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    if (dice(world, 12) != 0)
        extend(cert, &ctx, NID_basic_constraints, "critical,CA:TRUE");
    if (dice(world, 2) == 0)
        extend(cert, &ctx, NID_subject_key_identifier, "hash");
    if (root && dice(world, 2) == 0 &&
        X509_get_ext_by_NID(cert, NID_subject_key_identifier, -1) >= 0)
        extend(cert, &ctx, NID_authority_key_identifier, "keyid");
    assert_true(X509_sign(cert, world->keys[signer], EVP_sha256()) > 0);
    return cert;
}

static X509_CRL *
random_crl(struct world *world)
{
    unsigned issuer = dice(world, NAMES);
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *name = random_name(world, issuer);
    ASN1_TIME *time = ASN1_TIME_new();

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, name);
    set_time(time, -10);
    X509_CRL_set1_lastUpdate(crl, time);
    set_time(time, dice(world, 8) == 0 ? -1 : 10);
    X509_CRL_set1_nextUpdate(crl, time);
    assert_true(X509_CRL_sign(crl, world->keys[key_of(world, issuer)],
                              EVP_sha256()) > 0);
    ASN1_TIME_free(time);
    X509_NAME_free(name);
    return crl;
}

/*
 * Roots whose names the index has to take pains over.
 */

static X509_NAME *
name_of(int type, const void *cn, size_t size, unsigned units)
{
    X509_NAME *name = X509_NAME_new();

    while (units-- > 0)
        assert_int_equal(
            X509_NAME_add_entry_by_txt(name, "OU", V_ASN1_UTF8STRING,
                                       (const unsigned char *)"A unit of many",
                                       -1, -1, 0),
            1);
    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, type, cn,
                                                (int)size, -1, 0),
                     1);
    return name;
}

static void
put_cert(struct store *store, const char *file, long version,
         const X509_NAME *subject, const X509_NAME *issuer, EVP_PKEY *key,
         EVP_PKEY *signer)
{
    X509 *cert = X509_new();
    struct blob text = { 0 };
    struct error error;

    X509_set_version(cert, version);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_set_subject_name(cert, subject);
    X509_set_issuer_name(cert, issuer);
    X509_set_pubkey(cert, key);
    set_time(X509_getm_notBefore(cert), -1);
    set_time(X509_getm_notAfter(cert), 1);
    if (version == X509_VERSION_3 && X509_NAME_cmp(subject, issuer) == 0) {
        X509V3_CTX ctx;

        X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
        extend(cert, &ctx, NID_basic_constraints, "critical,CA:TRUE");
    }
    assert_true(X509_sign(cert, signer, EVP_sha256()) > 0);
    assert_int_equal(cert_append(&text, cert, &error), 0);
    put(store, file, &text);
    blob_clear(&text);
    X509_free(cert);
}

/* A root of that name, and below it a leaf that writes it in another way. */
static void
check_root(struct scratch *scratch, long version, const X509_NAME *root,
           const X509_NAME *issuer)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_NAME *leaf = name_of(V_ASN1_UTF8STRING, "leaf", 4, 0);
    struct error error;

    put_cert(scratch->store, "own.crt", version, root, root, key, key);
    put_cert(scratch->store, "below.crt", X509_VERSION_3, leaf, issuer, key,
             key);
    assert_int_equal(run_shell(scratch, "cat own.crt >odd.crt", NULL), 0);
    fixture_store(scratch->store, "bundle.crt");
    assert_int_equal(run_shell(scratch, "cat bundle.crt >>odd.crt", NULL), 0);
    assert_int_equal(
        verify(scratch->store, "below.crt", "odd.crt", NULL, TEST_NOW, &error),
        0);
    assert_fails(verify(scratch->store, "below.crt", "bundle.crt", NULL,
                        TEST_NOW, &error),
                 &error, E_VERIFY, "below.crt");
    X509_NAME_free(leaf);
    EVP_PKEY_free(key);
}

static void
test_odd_roots(void **state)
{
    static const unsigned char wide[] = { 0, 0, 0, 'R', 0, 0, 0, 'o',
                                          0, 0, 0, 'o', 0, 0, 0, 'T' };
    X509_NAME *plain = name_of(V_ASN1_UTF8STRING, "Root", 4, 0);
    X509_NAME *quads = name_of(V_ASN1_UNIVERSALSTRING, wide, sizeof(wide), 0);
    X509_NAME *many = name_of(V_ASN1_UTF8STRING, "Root", 4, 40);
    X509_NAME *loud = name_of(V_ASN1_PRINTABLESTRING, "ROOT", 4, 40);
    X509_NAME *none = X509_NAME_new();

    check_root(*state, X509_VERSION_1, plain, plain);
    check_root(*state, X509_VERSION_1, many, loud);
    check_root(*state, X509_VERSION_3, quads, plain);
    check_root(*state, X509_VERSION_3, plain, quads);
    check_root(*state, X509_VERSION_3, many, loud);
    check_root(*state, X509_VERSION_3, none, none);
    X509_NAME_free(none);
    X509_NAME_free(loud);
    X509_NAME_free(many);
    X509_NAME_free(quads);
    X509_NAME_free(plain);
}

/* What only begins as a certificate does, and ends at every step to its
   subject. */
static void
test_no_subject(void **state)
{
    static const struct {
        const char *der;
        size_t size;
    } rows[] = {
        { "\x02\x01\x01", 3 },                 /* no sequence */
        { "\x30\x00", 2 },                     /* with nothing in it */
        { "\x30\x84\0\0\0\0", 6 },             /* of four octets' length */
        { "\x30\x02\x30\x00", 4 },             /* one in the other */
        { "\x30\x05\x30\x03\x02\x01\x05", 7 }, /* a serial and no more */
        { "\x30\x05\x30\x03\x02\x05\x01", 7 }, /* that is not all there */
        { "\x30\x06\x30\x04\x02\x84\0\0", 8 },
    };
    struct scratch *scratch = *state;
    struct error error;
    size_t i;

    fixture_store(scratch->store, "leaf.crt");
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct blob der = { 0 }, text = { 0 };

        blob_append(&der, rows[i].der, rows[i].size);
        pem_append(&text, "CERTIFICATE", &der);
        put(scratch->store, "none.crt", &text);
        assert_fails(verify(scratch->store, "leaf.crt", "none.crt", NULL,
                            TEST_NOW, &error),
                     &error, E_PEM_BAD_DATA, "none.crt");
        blob_clear(&text);
        blob_clear(&der);
    }
}

/* Of thousands that may be the issuer 512 are looked at. */
static void
test_too_many(void **state)
{
    static const struct {
        int copies;
        const char *want;
    } rows[] = {
        { 511, "" },
        { 512, "error 22 at 0 depth lookup: certificate chain too long" },
    };
    struct scratch *scratch = *state;
    struct blob inter = fixture("inter.crt"), root = fixture("root.crt");
    size_t i;
    int j;

    fixture_store(scratch->store, "leaf.crt");
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct blob text = { 0 };
        struct error error = { 0 };

        for (j = 0; j < rows[i].copies; j++)
            blob_append(&text, inter.data, inter.size);
        blob_append(&text, root.data, root.size);
        put(scratch->store, "many.crt", &text);
        assert_int_equal(verify(scratch->store, "leaf.crt", "many.crt", NULL,
                                TEST_NOW, &error),
                         rows[i].want[0] != '\0' ? -1 : 0);
        assert_string_equal(error.detail, rows[i].want);
        blob_clear(&text);
    }
    blob_clear(&root);
    blob_clear(&inter);
}

/* A CRL that can not be read would let the revoked pass. */
static void
test_damaged_crl(void **state)
{
    static const struct {
        const char *edit;
        unsigned line;
    } rows[] = {
        { "cat root.crl", 0 },
        { "sed '2s/^....//' root.crl", 1 },              /* no DER any more */
        { "sed '2s/^./!/' root.crl", 1 },                /* no base64 */
        { "sed 's/X509 CRL/CERTIFICATE/' root.crl", 1 }, /* mislabelled */
    };
    struct scratch *scratch = *state;
    struct blob bundle = fixture("bundle.crt");
    unsigned lines = 0;
    struct error error;
    size_t i;

    for (i = 0; i < bundle.size; i++)
        lines += bundle.data[i] == '\n';
    blob_clear(&bundle);
    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "bundle.crt");
    fixture_store(scratch->store, "root.crl");
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char command[128];

        snprintf(command, sizeof(command), "{ cat bundle.crt; %s; } >all.crt",
                 rows[i].edit);
        assert_int_equal(run_shell(scratch, command, NULL), 0);
        assert_fails(verify(scratch->store, "leaf.crt", "all.crt", NULL,
                            TEST_NOW, &error),
                     &error, rows[i].line > 0 ? E_PEM_BAD_DATA : E_VERIFY,
                     rows[i].line > 0 ? "all.crt" : "leaf.crt");
        if (rows[i].line > 0)
            assert_int_equal(error.line, lines + rows[i].line);
    }
}

/* The eager counterpart of one round. */
struct eager {
    X509_STORE *store;
    STACK_OF(X509) *untrusted;
    STACK_OF(X509_CRL) *crls;
};

static void
eager_add(struct eager *eager, X509 *cert, bool anchor, struct blob *text)
{
    struct error error;

    assert_int_equal(cert_append(text, cert, &error), 0);
    if (anchor || X509_self_signed(cert, 1) == 1)
        assert_int_equal(X509_STORE_add_cert(eager->store, cert), 1);
    else
        assert_true(
            X509_add_cert(eager->untrusted, cert, X509_ADD_FLAG_UP_REF));
    X509_free(cert);
}

static void
eager_add_crl(struct eager *eager, X509_CRL *crl, struct blob *text)
{
    unsigned char *bytes = NULL;
    struct blob der = { 0 };
    int size = i2d_X509_CRL(crl, &bytes);

    assert_true(size > 0);
    blob_append(&der, bytes, (size_t)size);
    pem_append(text, "X509 CRL", &der);
    OPENSSL_free(bytes);
    blob_clear(&der);
    assert_true(sk_X509_CRL_push(eager->crls, crl) > 0);
}

static void
eager_judge(struct eager *eager, X509 *leaf, char *detail, size_t size)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    assert_int_equal(
        X509_STORE_CTX_init(ctx, eager->store, leaf, eager->untrusted), 1);
    X509_STORE_CTX_set0_crls(ctx, eager->crls);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_POLICY_CHECK);
    if (sk_X509_CRL_num(eager->crls) > 0)
        X509_STORE_CTX_set_flags(
            ctx, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                     X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS);
    X509_VERIFY_PARAM_add0_policy(X509_STORE_CTX_get0_param(ctx),
                                  OBJ_nid2obj(NID_any_policy));
    X509_STORE_CTX_set_time(ctx, 0, TEST_NOW);
    snprintf(detail, size, "OK");
    if (X509_verify_cert(ctx) != 1)
        snprintf(detail, size, "error %d at %d depth lookup: %s",
                 X509_STORE_CTX_get_error(ctx),
                 X509_STORE_CTX_get_error_depth(ctx),
                 X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
}

/* Returns whether the chain held, the same in both. */
static bool
play_round(struct world *world, struct store *store, unsigned round)
{
    struct eager eager = { X509_STORE_new(), sk_X509_new_null(),
                           sk_X509_CRL_new_null() };
    struct blob bundle = { 0 }, ca = { 0 }, cert = { 0 };
    struct error error = { .code = E_NONE };
    X509 *leaf = random_cert(world, dice(world, 10) == 0);
    bool has_ca = dice(world, 2) == 0;
    unsigned n;
    char want[256];
    int r;

    assert_int_equal(cert_append(&cert, leaf, &error), 0);
    for (n = 2 + dice(world, 14); n > 0; n--)
        eager_add(&eager, random_cert(world, dice(world, 3) == 0), false,
                  &bundle);
    for (n = has_ca ? 1 + dice(world, 5) : 0; n > 0; n--)
        eager_add(&eager, random_cert(world, dice(world, 2) == 0), true, &ca);
    for (n = dice(world, 4) == 0 ? 2 + dice(world, 12) : 0; n > 0; n--)
        eager_add_crl(&eager, random_crl(world), &bundle);
    put(store, "cert.pem", &cert);
    put(store, "bundle.pem", &bundle);
    put(store, "ca.pem", &ca);
    eager_judge(&eager, leaf, want, sizeof(want));
    r = verify(store, "cert.pem", "bundle.pem", has_ca ? "ca.pem" : NULL,
               TEST_NOW, &error);
    if (strcmp(r == 0 ? "OK" : error.detail, want) != 0)
        fail_msg("round %u: %s, but the whole store says: %s", round,
                 r == 0 ? "OK" : error.detail, want);
    X509_free(leaf);
    X509_STORE_free(eager.store);
    sk_X509_pop_free(eager.untrusted, X509_free);
    sk_X509_CRL_pop_free(eager.crls, X509_CRL_free);
    blob_clear(&bundle);
    blob_clear(&ca);
    blob_clear(&cert);
    return r == 0;
}

static void
test_same_as_whole_store(void **state)
{
    struct scratch *scratch = *state;
    struct world world = { .seed = 20260601 };
    unsigned i, held = 0;

    for (i = 0; i < KEYS; i++) {
        world.keys[i] = EVP_EC_gen("P-256");
        assert_non_null(world.keys[i]);
    }
    for (i = 0; i < ROUNDS; i++)
        held += play_round(&world, scratch->store, i);
    for (i = 0; i < KEYS; i++)
        EVP_PKEY_free(world.keys[i]);
    /* Neither verdict is so rare that the comparison says nothing. */
    assert_in_range(held, ROUNDS / 10, ROUNDS * 9 / 10);
    ERR_clear_error();
}

/* OpenSSL can fail without a reason of its own: that is no yes. */
int __wrap_X509_verify_cert(X509_STORE_CTX *ctx);
int __real_X509_verify_cert(X509_STORE_CTX *ctx);

static bool judge_fails;

int
__wrap_X509_verify_cert(X509_STORE_CTX *ctx)
{
    return judge_fails ? -1 : __real_X509_verify_cert(ctx);
}

static void
test_no_verdict(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "bundle.crt");
    judge_fails = true;
    assert_fails(verify(scratch->store, "leaf.crt", "bundle.crt", NULL,
                        TEST_NOW, &error),
                 &error, E_VERIFY, "leaf.crt");
    judge_fails = false;
    assert_non_null(strstr(error.detail, "error 1 at 0 depth lookup: "));
    assert_int_equal(verify(scratch->store, "leaf.crt", "bundle.crt", NULL,
                            TEST_NOW, &error),
                     0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fixtures, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_detail, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_damaged, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_no_subject, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_too_many, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_damaged_crl, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_odd_roots, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_no_verdict, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_same_as_whole_store, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

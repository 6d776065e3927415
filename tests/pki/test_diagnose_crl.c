/*
 * Revocation lists of a CA and of others, and what they say of a certificate.
 */
#include "pki/diagnose_crl.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/key.h"
#include "tests/support.h"

/* How a CRL is made; it revokes the number 7. */
struct made_crl {
    const char *issuer;
    int nid; /* of an extension without content, or 0 */
    bool other_key, removed, endless;
    bool dateless; /* nobody can read when it was revoked */
    int from, to;  /* days from now; to counts from tomorrow */
};

static X509_CRL *
make_crl(const struct made_crl *made)
{
    const struct made_cert namesake = { .cn = made->issuer };
    struct blob file = fixture("inter-again.key");
    X509 *issuer = make_cert(&namesake);
    X509_CRL *crl = X509_CRL_new(), *read;
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, TEST_NOW);
    ASN1_TIME *from = ASN1_TIME_adj(NULL, TEST_NOW, made->from, 0);
    ASN1_TIME *to = ASN1_TIME_adj(NULL, TEST_NOW, made->to + 1, 0);
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    EVP_PKEY *key = NULL, *own = some_key();
    struct error error;

    assert_int_equal(key_parse("it.key", &file, &key, &error), 0);
    ASN1_INTEGER_set(serial, 7);
    if (made->dateless)
        ASN1_STRING_set(now, "yesterday", -1);
    X509_REVOKED_set_serialNumber(entry, serial);
    X509_REVOKED_set_revocationDate(entry, now);
    if (made->removed) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

        ASN1_ENUMERATED_set(reason, CRL_REASON_REMOVE_FROM_CRL);
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
        ASN1_ENUMERATED_free(reason);
    }
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
    X509_CRL_set1_lastUpdate(crl, from);
    if (!made->endless)
        X509_CRL_set1_nextUpdate(crl, to);
    assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
    if (made->nid == NID_delta_crl)
        X509_CRL_add1_ext_i2d(crl, NID_delta_crl, serial, 1, 0);
    if (made->nid == NID_issuing_distribution_point) {
        ISSUING_DIST_POINT *point = ISSUING_DIST_POINT_new();

        X509_CRL_add1_ext_i2d(crl, made->nid, point, 1, 0);
        ISSUING_DIST_POINT_free(point);
    }
    assert_true(X509_CRL_sign(crl, made->other_key ? key : own, EVP_sha256()) >
                0);
    read = X509_CRL_dup(crl); /* by way of its octets, as from a file */
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(now);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_free(crl);
    X509_free(issuer);
    EVP_PKEY_free(key);
    EVP_PKEY_free(own);
    blob_clear(&file);
    return read;
}

static void
test_rows(void **state)
{
    static const struct {
        struct made_crl crls[2];
        const char *serial, *want;
    } rows[] = {
        { { { "Example CA" } }, "7", "revoked 1:1" },
        { { { "Example CA" } }, "8", "" },
        { { { "Example CA", .removed = true } }, "7", "" },
        { { { "Example CA", .dateless = true } }, "7", "" },
        /* By the key of somebody else. */
        { { { "Example CA", .other_key = true } }, "7", "crl-other-key 2:0" },
        { { { "Example CA", .other_key = true, .to = -9 } },
          "7",
          "crl-expired 2:0, crl-other-key 2:0" },
        { { { "Example CA" }, { "Example CA", .other_key = true, .from = -9 } },
          "7",
          "revoked 1:1" },
        { { { "Example CA", .from = -9 }, { "Example CA", .other_key = true } },
          "7",
          "crl-other-key 2:0" },
        { { { "Other CA" } }, "7", "crl-missing 1:1" },
        /* To the second, as for the judge. */
        { { { "Example CA", .to = -1 } }, "8", "crl-expired 2:0" },
        { { { "Example CA", .to = -9 } }, "7", "crl-expired 2:0, revoked 1:1" },
        { { { "Example CA", .from = 1, .to = 1 } },
          "8",
          "crl-not-yet-valid 2:0" },
        { { { "Example CA", .endless = true } }, "8", "" },
        { { { "Example CA", .endless = true } }, "7", "revoked 1:1" },
        { { { "Example CA", .to = -9, .nid = NID_delta_crl } }, "8", "" },
        { { { "Example CA", .to = -9 }, { "Other CA" } },
          "8",
          "crl-expired 2:0" },
        { { { "Example CA" }, { "Other CA", .to = -9 } }, "8", "" },
        /* One of several is enough; of none that is, the newest. */
        { { { "Example CA" }, { "Example CA", .to = -9 } }, "8", "" },
        { { { "Example CA", .to = -9 }, { "Example CA" } }, "8", "" },
        { { { "Example CA", .to = -9 }, { "Example CA", .to = -9 } },
          "7",
          "crl-expired 2:0" },
        { { { "Example CA", .to = -9 }, { "Example CA", .from = 1, .to = 1 } },
          "8",
          "crl-not-yet-valid 2:0" },
        { { { "Example CA", .from = 1, .to = 1 }, { "Example CA", .to = -9 } },
          "8",
          "crl-not-yet-valid 2:0" },
        { { { "Example CA" }, { "Other CA" } }, "7", "revoked 1:1" },
        { { { "Example CA" }, { "Example CA", .to = -9 } },
          "7",
          "revoked 1:1" },
        { { { "Example CA", .from = 1, .to = 1 }, { "Example CA" } },
          "7",
          "revoked 1:1" },
        /* The newest of now counts. */
        { { { "Example CA", .from = -2 },
            { "Example CA", .from = -1, .removed = true } },
          "7",
          "" },
        { { { "Example CA", .from = -1 },
            { "Example CA", .from = -2, .removed = true } },
          "7",
          "revoked 1:1" },
        { { { "Example CA", .from = -2, .removed = true },
            { "Example CA", .from = -1 } },
          "7",
          "revoked 1:1" },
        /* What they speak of the judge knows. */
        { { { "Example CA", .nid = NID_delta_crl } }, "7", "" },
        { { { "Example CA", .nid = NID_issuing_distribution_point } },
          "7",
          "" },
        { { { "Other CA", .nid = NID_issuing_distribution_point } }, "7", "" },
        { { { "Example CA" }, { "Other CA", .nid = NID_delta_crl } }, "7", "" },
    };
    const struct made_cert ca = { .cn = "Example CA",
                                  .ca = true,
                                  .self = true };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct site first = { "1", 1, 1 }, second = { "2", 1, 1 };
    const struct site lists = { "2", 0, 20 };
    X509 *root = make_cert(&ca);
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct made_cert plan = { .cn = "a.example.com",
                                        .san = "DNS:a.example.com",
                                        .issuer = root,
                                        .serial = rows[i].serial };
        struct hints hints = { 0 };
        const struct finder finder = { &diagnosis, &hints };
        struct chain chain = { 0 };
        char *got;

        X509_up_ref(root);
        chain_add(&chain, make_cert(&plan), &first, DIAGNOSE_ANY);
        chain_add(&chain, root, &second, DIAGNOSE_BUNDLE);
        for (j = 0; j < 2 && rows[i].crls[j].issuer != NULL; j++)
            chain_add_crl(&chain, make_crl(&rows[i].crls[j]), &lists);
        diagnose_revocation(&finder, &chain, &chain.links[0], &chain.links[1]);
        openssl_forget(); /* as diagnose() does at the end */
        got = hint_places(&hints);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("row %zu: found '%s', wanted '%s'", i + 1, got,
                     rows[i].want);
        free(got);
        for (j = 0; j < hints.count; j++)
            assert_string_equal(hints.all[j].one,
                                hints.all[j].id == HINT_REVOKED
                                    ? "2026-06-01"
                                    : "CN=Example CA");
        hints_clear(&hints);
        chain_clear(&chain);
    }
    X509_free(root);
}

/* Its issuer has a key of an algorithm that nobody knows. */
static void
test_unknown_key(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct made_crl list = { "Example CA" };
    const struct made_cert plan = { .cn = "a.example.com", .serial = "7" };
    const struct site site = { "1", 1, 1 };
    struct blob der = fixture_unknown_key("leaf-crt.der");
    struct hints hints = { 0 };
    const struct finder finder = { &diagnosis, &hints };
    struct chain chain = { 0 };
    struct error error;
    X509 *issuer = NULL;

    (void)state;
    assert_int_equal(cert_parse("ca.crt", &der, &issuer, &error), 0);
    chain_add(&chain, make_cert(&plan), &site, DIAGNOSE_ANY);
    chain_add(&chain, issuer, &site, DIAGNOSE_ANY);
    chain_add_crl(&chain, make_crl(&list), &site);
    diagnose_revocation(&finder, &chain, &chain.links[0], &chain.links[1]);
    openssl_forget();
    assert_int_equal(hints.count, 1);
    assert_int_equal(hints.all[0].id, HINT_CRL_KEY_USAGE);
    hints_clear(&hints);
    chain_clear(&chain);
    blob_clear(&der);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_unknown_key),
    };

    return cmocka_run_group_tests_name("diagnose_crl", tests, NULL, NULL);
}

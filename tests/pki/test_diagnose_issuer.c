/*
 * Who issued whom, in any order, and where names do not tell.
 */
#include "pki/diagnose_issuer.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/key.h"
#include "tests/support.h"

/* How many signatures were looked at. */
static unsigned signatures;

int __wrap_X509_verify(X509 *cert, EVP_PKEY *key);
int __real_X509_verify(X509 *cert, EVP_PKEY *key);

int
__wrap_X509_verify(X509 *cert, EVP_PKEY *key)
{
    signatures++;
    return __real_X509_verify(cert, key);
}

static const struct diagnosis diagnosis = { .now = TEST_NOW };
static const struct diagnosis accepted = { .now = TEST_NOW, .holds = true };
static const struct site site = { "x.crt", 1, 1 };

static void
add_fixture(struct chain *chain, const char *name)
{
    struct blob file = fixture(name);
    X509 *cert = NULL;
    struct error error;

    assert_int_equal(cert_parse(name, &file, &cert, &error), 0);
    assert_true(chain_add(chain, cert, &site, DIAGNOSE_ANY));
    blob_clear(&file);
}

static X509 *
add_made(struct chain *chain, const struct made_cert *made)
{
    X509 *cert = make_cert(made);

    assert_true(chain_add(chain, cert, &site, DIAGNOSE_ANY));
    return cert;
}

static EVP_PKEY *
other_key(void)
{
    struct blob file = fixture("inter-again.key");
    struct error error;
    EVP_PKEY *key = NULL;

    assert_int_equal(key_parse("it.key", &file, &key, &error), 0);
    blob_clear(&file);
    return key;
}

/* Finds them, and counts the signatures that it takes. */
static void
find(struct chain *chain, const struct diagnosis *by)
{
    signatures = 0;
    chain_find_issuers(chain, by);
    assert_int_equal(ERR_peek_error(), 0);
}

/* In each order, whether the judge is content or not. */
static void
test_orders(void **state)
{
    static const char *const files[] = { "leaf.crt", "inter.crt", "root.crt" };
    static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                        { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    size_t i, j, k;

    (void)state;
    for (i = 0; i < 6; i++)
        for (k = 0; k < 2; k++) {
            struct chain chain = { 0 };
            size_t at[3];

            for (j = 0; j < 3; j++) {
                at[orders[i][j]] = j;
                add_fixture(&chain, files[orders[i][j]]);
            }
            find(&chain, k == 0 ? &diagnosis : &accepted);
            assert_int_equal(signatures, k == 0 ? 3 : 1);
            assert_int_equal(chain.links[at[0]].issuer, at[1]);
            assert_int_equal(chain.links[at[1]].issuer, at[2]);
            assert_int_equal(chain.links[at[2]].issuer, NO_ISSUER);
            assert_true(chain.points[at[0]][at[1]] > 0);
            assert_int_equal(chain.points[at[0]][at[2]], 0);
            for (j = 0; j < 3; j++) {
                assert_int_equal(chain.links[at[j]].root, j == 2);
                assert_int_equal(chain.links[at[j]].issues, j > 0);
                assert_int_equal(link_is_ca(&chain.links[at[j]]), j > 0);
                assert_int_equal(link_is_leaf(&chain.links[at[j]]), j == 0);
            }
            chain_clear(&chain);
        }
}

/* Two CAs of one name: whose key has signed is asked of both. */
static void
test_one_name(void **state)
{
    struct chain chain = { 0 };

    (void)state;
    add_fixture(&chain, "leaf.crt");
    add_fixture(&chain, "inter-again.crt");
    add_fixture(&chain, "inter.crt");
    assert_true(link_names(&chain.links[1], &chain.links[0]));
    assert_true(link_names(&chain.links[2], &chain.links[0]));
    assert_false(link_names(&chain.links[0], &chain.links[0]));
    assert_false(link_names(&chain.links[0], &chain.links[1]));
    find(&chain, &accepted);
    assert_int_equal(signatures, 2);
    assert_int_equal(chain.links[0].issuer, 2);
    assert_false(chain.links[1].issues);
    assert_true(link_is_ca(&chain.links[1]));
    assert_false(link_is_leaf(&chain.links[1]));
    chain_clear(&chain);
}

/* What has the name and has not signed is nobody's issuer. */
static void
test_stranger(void **state)
{
    struct chain chain = { 0 };

    (void)state;
    add_fixture(&chain, "leaf.crt");
    add_fixture(&chain, "inter-again.crt");
    find(&chain, &diagnosis);
    assert_int_equal(chain.links[0].issuer, NO_ISSUER);
    assert_int_equal(chain.points[0][1], 0);
    assert_false(chain.links[1].issues);
    chain_clear(&chain);
}

/* The one that leads to a root, though another is as good by itself; the one
   that is valid, though it stands behind; the one that counts where it is. */
static void
test_better(void **state)
{
    EVP_PKEY *key = other_key();
    const struct made_cert name = { .cn = "Top CA" };
    X509 *top_name = make_cert(&name);
    const struct made_cert root = { .cn = "Root CA", .ca = true, .self = true };
    struct chain chain = { 0 };
    struct made_cert ca = { .cn = "Example CA",
                            .ca = true,
                            .serial = "2",
                            .issuer = top_name,
                            .signer = key };
    const struct made_cert leaf = { .cn = "a.example.com", .serial = "9" };

    (void)state;
    add_made(&chain, &leaf);
    add_made(&chain, &ca); /* by somebody who is not here */
    ca.issuer = add_made(&chain, &root);
    ca.signer = NULL;
    ca.serial = "3";
    ca.to = TEST_NOW - 1;
    ca.from = TEST_NOW - 2;
    add_made(&chain, &ca);
    ca.serial = "4";
    ca.from = ca.to = 0;
    add_made(&chain, &ca);
    ca.serial = "5";
    add_made(&chain, &ca);
    chain.links[4].aside = true;
    find(&chain, &diagnosis);
    assert_int_equal(chain.links[0].issuer, 5);
    assert_int_equal(chain.links[1].issuer, NO_ISSUER);
    assert_int_equal(chain.links[3].issuer, 2);
    assert_true(chain.points[0][1] > chain.points[0][3]);
    assert_true(chain.points[0][5] > chain.points[0][4]);
    chain_clear(&chain);
    X509_free(top_name);
    EVP_PKEY_free(key);
}

/* What has signed itself, and says that another key did: to the judge it is no
   root, and another of the name is. */
static void
test_other_key_named(void **state)
{
    const struct made_cert leaf = { .cn = "a.example.com", .serial = "9" };
    struct made_cert root = {
        .cn = "Example CA", .ca = true, .self = true, .key_id = "01:02"
    };
    struct chain chain = { 0 };

    (void)state;
    add_made(&chain, &leaf);
    assert_true(chain_add(&chain, name_other_key(make_cert(&root)), &site,
                          DIAGNOSE_ANY));
    root.serial = "2";
    root.to = TEST_NOW - 1;
    root.from = TEST_NOW - 2;
    add_made(&chain, &root);
    find(&chain, &diagnosis);
    assert_false(chain.links[1].root);
    assert_true(chain.links[2].root);
    assert_int_equal(chain.links[0].issuer, 2);
    chain_clear(&chain);
}

/* The judge was content: not with the way to a root that has expired. */
static void
test_expired_root(void **state)
{
    const struct made_cert old = { .cn = "Old CA",
                                   .ca = true,
                                   .self = true,
                                   .from = TEST_NOW - 2,
                                   .to = TEST_NOW - 1 };
    const struct made_cert leaf = { .cn = "a.example.com", .serial = "9" };
    struct made_cert ca = { .cn = "Example CA", .ca = true, .serial = "2" };
    X509 *name = make_cert(&old);
    struct chain chain = { 0 };

    (void)state;
    ca.issuer = name;
    add_made(&chain, &leaf);
    add_made(&chain, &ca);
    ca.issuer = NULL;
    ca.self = true;
    add_made(&chain, &ca);
    add_made(&chain, &old);
    find(&chain, &accepted);
    assert_int_equal(chain.links[1].issuer, 3);
    assert_int_equal(chain.links[0].issuer, 2);
    chain_clear(&chain);
    X509_free(name);
}

/* Two CAs that each certify the other. */
static void
test_round(void **state)
{
    struct made_cert plans[2] = { { .cn = "First CA", .ca = true },
                                  { .cn = "Second CA", .ca = true } };
    X509 *names[2] = { make_cert(&plans[0]), make_cert(&plans[1]) };
    struct chain chain = { 0 };

    (void)state;
    plans[0].issuer = names[1];
    plans[1].issuer = names[0];
    add_made(&chain, &plans[0]);
    add_made(&chain, &plans[1]);
    find(&chain, &diagnosis);
    assert_int_equal(chain.links[0].issuer, 1);
    assert_int_equal(chain.links[1].issuer, 0);
    assert_false(chain.links[0].root || chain.links[1].root);
    chain_clear(&chain);
    X509_free(names[0]);
    X509_free(names[1]);
}

/* Only a root is a CA without marks. */
static void
test_version1(void **state)
{
    const struct made_cert root = { .cn = "Old CA",
                                    .version1 = true,
                                    .self = true };
    struct made_cert below = { .cn = "a.example.com",
                               .version1 = true,
                               .serial = "2" };
    struct chain chain = { 0 };

    (void)state;
    below.issuer = add_made(&chain, &root);
    add_made(&chain, &below);
    find(&chain, &diagnosis);
    assert_true(link_is_ca(&chain.links[0]));
    assert_false(link_is_ca(&chain.links[1]));
    assert_true(link_is_leaf(&chain.links[1]));
    assert_int_equal(chain.links[1].issuer, 0);
    chain_clear(&chain);
}

/* Of CAs of one name, which one it was is asked only so often: then none is
   said to have signed. */
static void
test_signatures(void **state)
{
    struct made_cert ca = { .cn = "Example CA", .ca = true, .self = true };
    const struct made_cert plan = { .cn = "a.example.com", .serial = "1" };
    struct chain chain = { 0 };
    EVP_PKEY *key = other_key();
    char serial[16];
    size_t i;

    (void)state;
    ca.key = key;
    ca.serial = serial;
    add_made(&chain, &plan);
    for (i = 1; i < LINKS_MAX; i++) {
        snprintf(serial, sizeof(serial), "%zu", 100 + i);
        add_made(&chain, &ca);
    }
    find(&chain, &diagnosis);
    assert_int_equal(signatures, SIGNATURES_MAX);
    assert_int_equal(chain.links[0].issuer, NO_ISSUER);
    chain_clear(&chain);
    EVP_PKEY_free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_one_name),
        cmocka_unit_test(test_stranger),
        cmocka_unit_test(test_better),
        cmocka_unit_test(test_other_key_named),
        cmocka_unit_test(test_expired_root),
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_version1),
        cmocka_unit_test(test_signatures),
    };

    return cmocka_run_group_tests_name("diagnose_issuer", tests, NULL, NULL);
}

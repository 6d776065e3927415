/*
 * Chains that hold by what is in them, and are refused all the same: what is
 * in the judge's way.
 */
#include "pki/diagnose_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/diagnose.h"
#include "pki/key.h"
#include "tests/support.h"

#define FILE_MAX 8

/* Keys by their letters: of leaf.key, and others. */
static EVP_PKEY *keys[3];

static int
read_keys(void **state)
{
    static const char *const names[] = { "leaf.key", "inter-again.key",
                                         "ec.key" };
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct blob file = fixture(names[i]);
        struct error error;

        assert_int_equal(key_parse(names[i], &file, &keys[i], &error), 0);
        blob_clear(&file);
    }
    return 0;
}

static int
free_keys(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++)
        EVP_PKEY_free(keys[i]);
    return 0;
}

/* "B": the root B; "CB": C, signed by B; with a digit behind for each key but
   the first: its own, and its issuer's.  "C1B2" has key 1, signed by key 2. */
static X509 *
make(const char *words, const char *serial)
{
    char cn[32], issuer_cn[32];
    struct made_cert plan = { .cn = cn, .serial = serial, .ca = true };
    struct made_cert issuer = { .cn = issuer_cn };
    bool leaf = words[0] == 'a';
    X509 *name, *cert;

    snprintf(cn, sizeof(cn), leaf ? "%c.example.com" : "%c CA", words[0]);
    plan.key = keys[words[1] - '0'];
    plan.self = words[2] == '\0';
    plan.signer = plan.self ? plan.key : keys[words[3] - '0'];
    plan.ca = !leaf;
    plan.san = leaf ? "DNS:a.example.com" : NULL;
    snprintf(issuer_cn, sizeof(issuer_cn), "%c CA",
             plan.self ? words[0] : words[2]);
    name = make_cert(&issuer);
    plan.issuer = name;
    cert = make_cert(&plan);
    X509_free(name);
    return cert;
}

/* Files of them, with blanks between; each has a serial number of its own. */
static const struct {
    const char *cert, *bundle, *ca, *want;
    bool holds; /* the judge was content */
} rows[] = {
    /* Nothing is wrong. */
    { "a0B0", "B0", NULL, "" },
    { "a0C0", "C0B1 B1", NULL, "" },

    /* Another root of the name is trusted, too, and comes first. */
    { "a0B0", "B1 B0", NULL, "issuer-astray bundle:1, chain-extra bundle:1" },
    { "a0B0", "B0 B1", NULL, "chain-extra bundle:2" },
    /* Each copy of it must go. */
    { "a0B0", "B1 B0", "B1",
      "issuer-astray bundle:1, issuer-astray ca:1, chain-extra bundle:1" },
    { "a0B0", "B1 B1 B0", NULL,
      "issuer-astray bundle:1, issuer-astray bundle:2, chain-extra bundle:1, "
      "chain-extra bundle:2" },
    /* Another kind of key has not signed, that is seen before. */
    { "a0B0", "B2 B0", NULL, "chain-extra bundle:1" },
    /* An intermediate of the name that leads round. */
    { "a0D0", "C1D0 D0C1 C1B0 B0", NULL, "issuer-astray bundle:1" },
    { "a0D0", "B0", "C1D0 D0C1 C1B0", "issuer-astray ca:1" },
    /* What is trusted is asked first. */
    { "a0C0", "C0B1 B1", "C1", "issuer-astray ca:1" },

    /* So many of them are no accident. */
    { "a0B0", "B1 B1 B1 B1 B1 B0", NULL,
      "chain-extra bundle:1, chain-extra bundle:2, chain-extra bundle:3, "
      "chain-extra bundle:4, chain-extra bundle:5" },

    /* Behind one that is trusted only those count that are. */
    { "a0D0", "C1B0 B0", "D0C1", "chain-no-intermediate ca:1" },
    { "a0D0", "D0C1 C1B0 B0", "D0C1", "chain-no-intermediate ca:1" },
    { "a0D0", "C1B0 B0", "D0C1 C1B0", "" },
    { "a0D0", "B0", "D0C1 C1B0", "" },

    /* Round and round. */
    { "a0C0", "C0D1 D1C0", NULL, "chain-loop bundle:2, chain-order bundle:2" },

    /* The trusted one that is in the way is on the good way, too: it cannot go,
       but a root of the other key helps. */
    { "a0B0", "B0B1 B1", NULL, "issuer-other-key bundle:2" },
    { "a0B0", "B0B1", "B1", "issuer-other-key ca:1" },
    /* Which would be in vain if there were one. */
    { "a0B0", "B0B1 B1 B0", NULL, "issuer-astray bundle:2" },

    /* Trusted, and another trusted one that could be its issuer comes first. */
    { "B0", "C0 B0", "B0", "issuer-astray bundle:2, leaf-self-signed cert:1" },
    { "B0", "C0 B0 B0", "B0",
      "issuer-astray bundle:2, issuer-astray bundle:3, "
      "leaf-self-signed cert:1" },
    { "B0", "C0 B1", "B0", "issuer-astray bundle:2, leaf-self-signed cert:1" },
    { "B0", "C0 B2", "B0", "leaf-self-signed cert:1" },
    { "B0", "C0 B0", NULL, "leaf-self-signed cert:1" },

    /* Nobody looks at the signature of a trusted root. */
    { "a1B1", "B0", "B1B0", "chain-extra bundle:1", true },
    { "a1B1", "C0", "B1B0", "chain-extra bundle:1" },

    /* It is what was asked about: its copy is not too much. */
    { "B0", "C0", NULL, "leaf-self-signed cert:1" },
    { "a0", "a0 B1", NULL, "leaf-self-signed cert:1, chain-extra bundle:2" },
    /* And it is the first of its file, CA or not. */
    { "B0 a0", "C0", NULL, "leaf-self-signed cert:1" },

    /* The order of what nobody needs says nothing, nor does a name alone. */
    { "a0C0", "C0B1 B1 E2B1", NULL, "chain-extra bundle:3", true },
    { "a0B0", "B0 D0 D1D2", NULL, "chain-extra bundle:2, chain-extra bundle:3",
      true },
};

static void
append_all(struct blob *text, const char *words)
{
    char word[8], serial[24];
    int size;

    while (words != NULL && sscanf(words, " %7s%n", word, &size) == 1) {
        X509 *cert;

        /* Roots of one key differ by where they stand, the others are the
           same wherever they stand. */
        if (word[2] == '\0')
            snprintf(serial, sizeof(serial), "%zX", 0x1000 + text->size);
        else
            snprintf(serial, sizeof(serial), "%02X%02X", word[0], word[2]);
        cert = make(word, serial);
        append_pem(text, cert);
        X509_free(cert);
        words += size;
    }
}

/* Are these the hints of the files? */
static void
assert_hints(const char *cert, const char *bundle, const char *ca, bool holds,
             const char *want)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW, .holds = holds };
    struct blob texts[3] = { { 0 } };
    const struct diagnose_part parts[] = {
        { "cert", &texts[0], DIAGNOSE_ANY },
        { "bundle", &texts[1], DIAGNOSE_BUNDLE },
        { "ca", &texts[2], DIAGNOSE_TRUST },
    };
    struct hints hints = { 0 };
    char *got;

    append_all(&texts[0], cert);
    append_all(&texts[1], bundle);
    append_all(&texts[2], ca);
    diagnose(&diagnosis, parts, ca != NULL ? 3 : 2, &hints);
    got = hint_places(&hints);
    if (strcmp(got, want) != 0)
        fail_msg("%s, %s, %s: found '%s', wanted '%s'", cert, bundle,
                 ca != NULL ? ca : "-", got, want);
    free(got);
    hints_clear(&hints);
    blob_clear(&texts[0]);
    blob_clear(&texts[1]);
    blob_clear(&texts[2]);
}

static void
test_ways(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_hints(rows[i].cert, rows[i].bundle, rows[i].ca, rows[i].holds,
                     rows[i].want);
}

/* Without the memory for a first certificate it leaves a chain of none. */
int __wrap_X509_verify_cert(X509_STORE_CTX *ctx);
int __real_X509_verify_cert(X509_STORE_CTX *ctx);

static bool judge_fails;

int
__wrap_X509_verify_cert(X509_STORE_CTX *ctx)
{
    if (!judge_fails)
        return __real_X509_verify_cert(ctx);
    X509_STORE_CTX_set0_verified_chain(ctx, sk_X509_new_null());
    return -1;
}

static void
test_no_verdict(void **state)
{
    (void)state;
    judge_fails = true;
    assert_hints("a0B0", "B1 B0", NULL, false, "chain-extra bundle:1");
    judge_fails = false;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_no_verdict),
    };

    return cmocka_run_group_tests_name("diagnose_judge", tests, read_keys,
                                       free_keys);
}

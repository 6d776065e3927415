/*
 * What is found in each fixture, and in fixtures that belong together: exactly
 * these findings, no more and no less.
 */
#include "pki/diagnose.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/diagnose_chain.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "tests/support.h"

#define PARTS_MAX 3

/* The names of what was found, the worst first: "chain-order file-crlf". */
static char *
names_of(const struct hints *hints)
{
    struct blob text = { 0 };
    char *ret;
    size_t i;

    for (i = 0; i < hints->count; i++) {
        if (i > 0)
            blob_text(&text, " ");
        blob_text(&text, hint_name(hints->all[i].id));
    }
    ret = xstrdup(text.data != NULL ? (const char *)text.data : "");
    blob_clear(&text);
    return ret;
}

static void
expect(const struct hints *hints, const char *want, const char *what)
{
    char *got = names_of(hints);

    if (strcmp(got, want) != 0)
        fail_msg("%s: found '%s', wanted '%s'", what, got, want);
    free(got);
    assert_int_equal(ERR_peek_error(), 0);
}

/* Files by what nobody has said they are. */
static const struct {
    const char *file, *want;
} single[] = {
    /* What has no fault. */
    { "leaf.crt", "" },
    { "inter.crt", "" },
    { "root.crt", "" },
    { "other.crt", "" },
    { "bundle.crt", "" },
    { "fullchain.crt", "" },
    { "wildcard.crt", "" },
    { "dbclient.crt", "" },
    { "leaf-below.crt", "" },
    { "inter-again.crt", "" },
    { "leaf.csr", "" },
    { "leaf-csr.der", "" },
    { "root.crl", "" },
    { "crl.der", "" },
    { "sshkey.pub", "" },
    { "public.key", "" },
    { "leaf.key", "" },
    { "pkcs1.key", "" },
    { "pkcs1.der", "" },
    { "leaf-key.der", "" },
    { "rsa4096.key", "" },
    { "dsa.key", "" },

    /* 1: line breaks, order, what is missing, what is too much. */
    { "glued.crt", "bundle-glued" },
    { "nonewline.crt", "chain-no-intermediate no-line-break" },
    { "blank-lines.crt", "chain-no-intermediate blank-lines" },
    { "preamble.crt", "chain-no-intermediate text-outside" },
    { "chain-reversed.crt", "chain-order" },
    { "chain-leaf-second.crt", "chain-order" },
    { "bundle-reversed.crt", "chain-order" },
    { "chain-no-inter.crt", "chain-no-intermediate" },
    { "chain-no-root.crt", "chain-no-root" },
    { "chain-twice.crt", "chain-duplicate" },
    { "chain-extra.crt", "chain-extra" },
    { "key-and-cert.crt", "key-in-certificate-file" },

    /* 2: names. */
    { "cn-only.crt", "name-cn-only" },
    { "cn-not-in-san.crt", "name-cn-not-in-san" },
    { "ip-as-dns.crt", "name-ip-as-dns" },
    { "malformed.crt", "name-malformed" },

    /* 3: usages. */
    { "server-only.crt", "eku-no-client" },
    { "client-only.crt", "eku-no-server" },

    /* 5, 15: dates. */
    { "expired.crt", "expired name-cn-only" },
    { "future.crt", "not-yet-valid name-cn-only" },
    { "soon.crt", "expires-soon" },
    { "backwards.crt", "validity-empty" },

    /* 6: nearly the database's client. */
    { "dbclient-typo.crt", "client-cn name-cn-only" },

    /* 10: algorithms. */
    { "ec.crt", "key-not-rsa name-cn-only" },
    { "ed25519.crt", "key-not-rsa name-cn-only" },
    { "ec.key", "key-not-rsa" },
    { "sec1.key", "key-not-rsa" },
    { "sec1.der", "key-not-rsa" },
    { "ed25519.key", "key-not-rsa" },
    { "rsa1024.crt", "key-short" },
    { "rsa1024.key", "key-short" },
    { "sha1.crt", "signature-weak" },

    /* 12: made elsewhere. */
    { "crlf.crt", "chain-no-intermediate file-crlf" },
    { "bom.crt", "chain-no-intermediate file-bom" },
    { "ctrlz.crt", "chain-no-intermediate file-crlf file-ctrl-z" },
    { "utf16.crt", "file-utf16" },
    { "cronly.crt", "file-cr-only" },
    { "html.crt", "file-html" },
    { "leaf-crt.der", "file-der" },
    { "leaf.p7b", "file-pkcs7" },
    { "leaf-p7b.der", "file-pkcs7" },
    { "leaf.p12", "file-pkcs12" },
    { "leaf-legacy.p12", "file-pkcs12" },
    { "ec-keyonly.p12", "file-pkcs12" },
    { "trusted.crt", "trusted-certificate" },
    { "cut.crt", "file-cut" },
    { "cut.der", "file-cut" },
    { "trailing.der", "block-damaged" },
    { "badbase64.crt", "block-damaged" },
    { "badder.crt", "block-damaged" },
    { "noend.crt", "block-no-end" },
    { "indented.crt", "block-indented" },
    { "empty.crt", "file-empty" },
    { "blanks.crt", "file-empty" },

    /* 13: passwords. */
    { "encrypted.key", "key-encrypted" },
    { "encrypted.der", "key-encrypted" },
    { "encrypted-traditional.key", "key-encrypted" },
    { "encrypted-legacy.key", "key-encrypted" },

    /* 16: who may sign what. */
    { "noca.crt", "leaf-self-signed name-cn-only" },
    { "serial0.crt", "serial-weak" },
    { "chain-ca-not.crt", "issuer-not-ca" },
    { "chain-ca-unable.crt", "issuer-key-usage" },
    { "chain-ca-for-others.crt", "name-constraints" },
    { "chain-ca-other-id.crt", "key-id-mismatch" },
    { "chain-inter-again.crt", "issuer-other-key" },
    { "chain-too-deep.crt", "path-length" },
    { "chain-altered.crt", "signature-bad" },
};

static void
test_single(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        struct blob bytes = fixture(single[i].file);
        const struct diagnose_part part = { single[i].file, &bytes,
                                            DIAGNOSE_ANY };
        struct hints hints = { 0 };

        diagnose(&diagnosis, &part, 1, &hints);
        expect(&hints, single[i].want, single[i].file);
        hints_clear(&hints);
        blob_clear(&bytes);
    }
}

static const char *const covered[] = { "www.example.com", "192.0.2.7", NULL };
static const char *const join[] = { "join.example.com", NULL };
static const char *const deep[] = { "a.b.example.com", NULL };
static const char *const bare[] = { "example.com", NULL };
static const char *const address[] = { "192.0.2.7", NULL };

/* Files that belong together. */
static const struct {
    struct {
        const char *file;
        enum diagnose_role role;
    } parts[PARTS_MAX];
    unsigned usage;
    const char *const *names;
    const char *want;
} together[] = {
    /* As services take them. */
    { { { "leaf.key", DIAGNOSE_KEY },
        { "leaf.crt", DIAGNOSE_CERT },
        { "bundle.crt", DIAGNOSE_BUNDLE } },
      DIAGNOSE_SERVER | DIAGNOSE_CLIENT,
      covered,
      "" },
    { { { "leaf.key", DIAGNOSE_KEY },
        { "fullchain.crt", DIAGNOSE_FULL_CHAIN } },
      DIAGNOSE_SERVER,
      NULL,
      "" },
    { { { "leaf.key", DIAGNOSE_KEY },
        { "fullchain.crt", DIAGNOSE_CERT },
        { "bundle.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "" },
    { { { "leaf.crt", DIAGNOSE_FULL_CHAIN } },
      0,
      NULL,
      "chain-no-intermediate" },
    { { { "leaf.crt", DIAGNOSE_CERT }, { "root.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "chain-no-intermediate" },
    { { { "leaf.crt", DIAGNOSE_CERT }, { "inter.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "chain-no-root" },
    { { { "leaf.crt", DIAGNOSE_CERT }, { "other.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "chain-no-intermediate" },
    { { { "leaf.crt", DIAGNOSE_CERT },
        { "bundle-reversed.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "chain-order" },
    { { { "leaf.crt", DIAGNOSE_CERT },
        { "chain-leaf-second.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "chain-order leaf-in-bundle" },
    { { { "leaf.crt", DIAGNOSE_CERT }, { "fullchain.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "leaf-in-bundle" },
    { { { "bundle.crt", DIAGNOSE_CERT } }, 0, NULL, "bundle-as-certificate" },
    { { { "root.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "leaf-self-signed name-cn-only" },
    { { { "leaf.crt", DIAGNOSE_CERT }, { "glued.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "bundle-glued" },

    /* Keys. */
    { { { "other.key", DIAGNOSE_KEY }, { "leaf.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "pair-mismatch" },
    { { { "encrypted.key", DIAGNOSE_KEY }, { "leaf.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "key-encrypted" },
    { { { "leaf.crt", DIAGNOSE_KEY }, { "leaf.key", DIAGNOSE_CERT } },
      0,
      NULL,
      "pair-swapped no-certificate" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "leaf.csr", DIAGNOSE_CERT } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf-key.der", DIAGNOSE_KEY }, { "leaf-csr.der", DIAGNOSE_CERT } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "sshkey.pub", DIAGNOSE_CERT } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "rsa1024.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "pair-mismatch key-short" },

    /* What the service wants. */
    { { { "server-only.crt", DIAGNOSE_CERT } }, DIAGNOSE_SERVER, NULL, "" },
    { { { "server-only.crt", DIAGNOSE_CERT } },
      DIAGNOSE_SERVER | DIAGNOSE_CLIENT,
      NULL,
      "eku-no-client" },
    { { { "client-only.crt", DIAGNOSE_CERT } },
      DIAGNOSE_SERVER,
      NULL,
      "eku-no-server" },
    { { { "client-only.crt", DIAGNOSE_CERT } }, DIAGNOSE_CLIENT, NULL, "" },
    { { { "cn-only.crt", DIAGNOSE_CERT } }, DIAGNOSE_CLIENT, NULL, "" },
    { { { "leaf.crt", DIAGNOSE_CERT } },
      DIAGNOSE_SERVER,
      join,
      "name-not-covered" },
    { { { "wildcard.crt", DIAGNOSE_CERT } }, DIAGNOSE_SERVER, join, "" },
    { { { "wildcard.crt", DIAGNOSE_CERT } },
      DIAGNOSE_SERVER,
      deep,
      "name-wildcard" },
    { { { "wildcard.crt", DIAGNOSE_CERT } },
      DIAGNOSE_SERVER,
      bare,
      "name-wildcard" },
    { { { "ip-as-dns.crt", DIAGNOSE_CERT } },
      DIAGNOSE_SERVER,
      address,
      "name-ip-as-dns name-not-covered" },
    { { { "dbclient.crt", DIAGNOSE_CERT } },
      DIAGNOSE_CLIENT | DIAGNOSE_DATABASE,
      NULL,
      "" },
    { { { "dbclient-typo.crt", DIAGNOSE_CERT } },
      DIAGNOSE_CLIENT | DIAGNOSE_DATABASE,
      NULL,
      "client-cn" },
    { { { "leaf.crt", DIAGNOSE_CERT } },
      DIAGNOSE_CLIENT | DIAGNOSE_DATABASE,
      NULL,
      "client-cn" },

    /* What is trusted has no order, and may hold what is no CA. */
    { { { "bundle-reversed.crt", DIAGNOSE_TRUST } }, 0, NULL, "" },
    { { { "leaf.crt", DIAGNOSE_TRUST } }, 0, NULL, "" },
};

static void
test_together(void **state)
{
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(together) / sizeof(together[0]); i++) {
        const struct diagnosis diagnosis = { .now = TEST_NOW,
                                             .usage = together[i].usage,
                                             .names = together[i].names };
        struct diagnose_part parts[PARTS_MAX];
        struct blob bytes[PARTS_MAX];
        struct hints hints = { 0 };
        char what[64];

        for (n = 0; n < PARTS_MAX && together[i].parts[n].file != NULL; n++) {
            bytes[n] = fixture(together[i].parts[n].file);
            parts[n] =
                (struct diagnose_part){ together[i].parts[n].file, &bytes[n],
                                        together[i].parts[n].role };
        }
        snprintf(what, sizeof(what), "row %zu", i + 1);
        diagnose(&diagnosis, parts, n, &hints);
        expect(&hints, together[i].want, what);
        hints_clear(&hints);
        while (n > 0)
            blob_clear(&bytes[--n]);
    }
}

/* What has no fixture, as it is nothing. */
static void
test_unknown(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob text = { 0 };
    const struct diagnose_part part = { "notes.txt", &text, DIAGNOSE_ANY };
    struct hints hints = { 0 };

    (void)state;
    blob_text(&text, "The certificate is in the mail.\n");
    diagnose(&diagnosis, &part, 1, &hints);
    expect(&hints, "file-unknown", "notes");
    hints_clear(&hints);
    blob_clear(&text);
}

/* One finding of a file, which is all that there is. */
static struct hint
only_hint(const char *file, enum diagnose_role role)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW,
                                         .service = "webadmin" };
    struct blob bytes = fixture(file);
    const struct diagnose_part part = { file, &bytes, role };
    struct hints hints = { 0 };
    struct hint hint;

    diagnose(&diagnosis, &part, 1, &hints);
    assert_int_equal(hints.count, 1);
    hint = hints.all[0];
    hints_clear(&hints);
    blob_clear(&bytes);
    return hint;
}

static void
test_places(void **state)
{
    struct hint hint = only_hint("chain-twice.crt", DIAGNOSE_ANY);

    (void)state;
    assert_string_equal(hint.service, "webadmin");
    assert_string_equal(hint.file, "chain-twice.crt");
    assert_int_equal(hint.element, 3);
    assert_true(hint.line > 40);
    assert_string_equal(hint.one, "2");
    hint = only_hint("glued.crt", DIAGNOSE_ANY);
    assert_int_equal(hint.element, 0);
    assert_true(hint.line > 20);
    hint = only_hint("chain-no-root.crt", DIAGNOSE_ANY);
    assert_int_equal(hint.element, 2);
    assert_string_equal(hint.one, "O=Example, CN=Example Root CA");
    hint = only_hint("soon.crt", DIAGNOSE_ANY);
    assert_string_equal(hint.one, "2026-06-20");
    assert_string_equal(hint.two, "18");
}

/* When all is valid later, it is the clock that is early. */
static void
test_clock(void **state)
{
    const struct diagnosis diagnosis = { .now = 86400 };
    struct blob bytes = fixture("leaf.crt");
    const struct diagnose_part part = { "leaf.crt", &bytes, DIAGNOSE_ANY };
    struct hints hints = { 0 };

    (void)state;
    diagnose(&diagnosis, &part, 1, &hints);
    expect(&hints, "not-yet-valid clock-off", "1970");
    assert_string_equal(hints.all[1].one, "1970-01-02");
    hints_clear(&hints);
    blob_clear(&bytes);
}

/* A verdict of the judge stands: no fault that he would have seen. */
static void
test_holds(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW, .holds = true };
    struct blob bytes = fixture("chain-ca-other-id.crt");
    const struct diagnose_part part = { "x", &bytes, DIAGNOSE_ANY };
    struct hints hints = { 0 };

    (void)state;
    diagnose(&diagnosis, &part, 1, &hints);
    expect(&hints, "", "it holds");
    blob_clear(&bytes);
}

/*
 * Lists: more than a chain can have.
 */

static void
append_fixture(struct blob *text, const char *name)
{
    struct blob bytes = fixture(name);

    blob_append(text, bytes.data, bytes.size);
    blob_clear(&bytes);
}

static void
expect_list(const struct blob *text, enum diagnose_role role, const char *want)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct diagnose_part part = { "list.pem", text, role };
    struct hints hints = { 0 };

    diagnose(&diagnosis, &part, 1, &hints);
    expect(&hints, want, "list");
    hints_clear(&hints);
}

static void
test_list(void **state)
{
    static const char *const cas[] = { "root.crt",         "inter.crt",
                                       "other.crt",        "inter-again.crt",
                                       "inter-below.crt",  "ca-other-id.crt",
                                       "ca-for-others.crt" };
    struct blob text = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i <= DIAGNOSE_CHAIN_MAX; i++)
        append_fixture(&text, cas[i % 7]);
    /* 17 of 7: ten stand there again. */
    expect_list(&text, DIAGNOSE_ANY,
                "chain-duplicate chain-duplicate chain-duplicate "
                "chain-duplicate chain-duplicate chain-duplicate "
                "chain-duplicate chain-duplicate chain-duplicate "
                "chain-duplicate");
    blob_clear(&text);
}

/* Beyond HINTS_MAX they are counted. */
static void
test_many(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob text = { 0 };
    const struct diagnose_part part = { "list.pem", &text, DIAGNOSE_ANY };
    struct hints hints = { 0 };
    int i;

    (void)state;
    for (i = 0; i < 200; i++)
        append_fixture(&text, "root.crt");
    append_fixture(&text, "expired.crt");
    diagnose(&diagnosis, &part, 1, &hints);
    assert_int_equal(hints.count, HINTS_MAX);
    assert_int_equal(hints.count + hints.left_out, 199 + 2);
    assert_int_equal(hints.all[0].id, HINT_EXPIRED);
    hints_clear(&hints);
    blob_clear(&text);
}

/* A chain that is longer than what is compared: nothing is followed for ever.
 */
static void
test_depth(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob text[2 * LINKS_MAX / DIAGNOSE_CHAIN_MAX] = { { 0 } };
    struct diagnose_part parts[2 * LINKS_MAX / DIAGNOSE_CHAIN_MAX];
    size_t n = sizeof(parts) / sizeof(parts[0]), i, j;
    struct hints hints = { 0 };

    (void)state;
    for (i = 0; i < n; i++) {
        for (j = 0; j < DIAGNOSE_CHAIN_MAX; j++)
            append_fixture(&text[i], j % 2 == 0 ? "inter.crt" : "root.crt");
        parts[i] =
            (struct diagnose_part){ "many.pem", &text[i], DIAGNOSE_BUNDLE };
    }
    diagnose(&diagnosis, parts, n, &hints);
    assert_true(hints.count <= HINTS_MAX);
    assert_true(hints_has(&hints, HINT_CHAIN_DUPLICATE));
    hints_clear(&hints);
    for (i = 0; i < n; i++)
        blob_clear(&text[i]);
}

/* What a chain needs is found in a list of hundreds. */
static void
test_reach(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob leaf = fixture("leaf.crt"), text = { 0 };
    const struct diagnose_part parts[] = {
        { "leaf.crt", &leaf, DIAGNOSE_ANY },
        { "list.pem", &text, DIAGNOSE_BUNDLE },
    };
    struct hints hints = { 0 };
    int i;

    (void)state;
    for (i = 0; i < 200; i++)
        append_fixture(&text, "other.crt");
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "chain-no-intermediate", "none of them");
    hints_clear(&hints);
    append_fixture(&text, "inter-again.crt");
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "issuer-other-key", "another key");
    assert_int_equal(hints.all[0].element, 201);
    hints_clear(&hints);
    append_fixture(&text, "bundle.crt");
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "", "it is there");
    hints_clear(&hints);
    blob_clear(&text);
    blob_clear(&leaf);
}

/* Any bytes: each front of a chain, and each with one byte changed. */
static void
test_any_bytes(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob whole = fixture("fullchain.crt");
    size_t i;

    (void)state;
    for (i = 0; i < whole.size; i += 7) {
        struct blob front = { 0 };
        const struct diagnose_part part = { "x", &front, DIAGNOSE_ANY };
        struct hints hints = { 0 };

        blob_append(&front, whole.data, i);
        diagnose(&diagnosis, &part, 1, &hints);
        assert_true(i == whole.size || hints.count > 0);
        hints_clear(&hints);
        blob_clear(&front);
        blob_append(&front, whole.data, whole.size);
        front.data[i] ^= 0x15;
        diagnose(&diagnosis, &part, 1, &hints);
        assert_true(hints.count <= HINTS_MAX);
        hints_clear(&hints);
        blob_clear(&front);
    }
    blob_clear(&whole);
    assert_int_equal(ERR_peek_error(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),    cmocka_unit_test(test_together),
        cmocka_unit_test(test_unknown),   cmocka_unit_test(test_places),
        cmocka_unit_test(test_clock),     cmocka_unit_test(test_holds),
        cmocka_unit_test(test_list),      cmocka_unit_test(test_many),
        cmocka_unit_test(test_depth),     cmocka_unit_test(test_reach),
        cmocka_unit_test(test_any_bytes),
    };

    return cmocka_run_group_tests_name("diagnose", tests, NULL, NULL);
}

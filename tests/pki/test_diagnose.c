/*
 * What is found in each fixture, and in fixtures that belong together: exactly
 * these findings, no more and no less.
 */
#include "pki/diagnose.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/diagnose_chain.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "tests/support.h"

#define PARTS_MAX 3

static void
expect(const struct hints *hints, const char *want, const char *what)
{
    char *got = hint_names(hints);

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
    { "encipher-only.crt", "key-usage" },
    { "client-only.crt", "eku-no-server" },

    /* 5, 15: dates. */
    { "expired.crt", "expired name-cn-only" },
    { "future.crt", "not-yet-valid name-cn-only" },
    { "soon.crt", "expires-soon" },
    { "backwards.crt", "validity-empty" },

    /* 6: nearly the database's client. */
    { "dbclient-typo.crt", "client-cn" },

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
    { "bom-inside.crt", "chain-no-intermediate" },
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
    { "trailing.der", "file-der-joined" },
    { "der-and-der.crt", "file-der-joined" },
    { "der-and-pem.crt", "file-der-joined" },
    { "pem-and-der.crt", "binary-outside" },
    { "pkcs7-as-cert.crt", "block-container" },
    { "pkcs12-as-cert.crt", "block-container" },
    { "csr-as-cert.crt", "block-mislabelled" },
    { "key-as-cert.crt", "block-mislabelled" },
    { "cert-as-csr.csr", "block-mislabelled" },
    { "cert-as-key.key", "block-mislabelled" },
    { "cert-as-pkcs7.p7b", "block-mislabelled" },
    { "badbase64.crt", "block-damaged" },
    { "badder.crt", "block-damaged" },
    { "noend.crt", "block-no-end" },
    { "nobegin.crt", "block-no-begin" },
    { "blank-inside.crt", "block-blank-line" },
    { "indented.crt", "block-indented" },
    { "empty.crt", "file-empty" },
    { "blanks.crt", "file-empty" },

    /* 13: passwords. */
    { "encrypted.key", "key-encrypted" },
    { "encrypted.der", "key-encrypted" },
    { "encrypted-traditional.key", "key-encrypted" },
    { "encrypted-legacy.key", "key-encrypted" },
    { "openssh.key", "key-ssh" },

    /* 16: who may sign what. */
    { "noca.crt", "leaf-self-signed name-cn-only" },
    { "serial0.crt", "serial-weak" },
    { "chain-ca-not.crt", "issuer-not-ca" },
    { "chain-ca-unable.crt", "issuer-key-usage" },
    { "chain-ca-web-only.crt", "issuer-eku" },
    { "chain-ca-for-others.crt", "name-constraints" },
    { "chain-ca-policy.crt", "policy-missing" },
    { "chain-ca-other-id.crt", "key-id-mismatch" },
    { "chain-inter-again.crt", "issuer-other-key" },
    { "chain-too-deep.crt", "path-length" },
    { "chain-altered.crt", "signature-bad" },

    /* The others. */
    { "altered.crt", "" },
    { "bundle-again.crt", "" },
    { "bundle-crl-expired.crt", "" },
    { "bundle-crl-future.crt", "" },
    { "bundle-crl-again.crt", "" },
    { "bundle-revoked.crt", "" },
    { "ca-for-others.crt", "" },
    { "ca-no-crls.crt", "" },
    { "ca-policy.crt", "" },
    { "chain-ca-no-crls.crt", "" },
    { "bundle-no-crls.crt", "" },
    { "again.crl", "" },
    { "ca-not.crt", "name-cn-only" },
    { "ca-other-id.crt", "" },
    { "ca-unable.crt", "" },
    { "ca-web-only.crt", "" },
    { "csr-badsig.csr", "" },
    { "dbca.crt", "" },
    { "dbca.key", "" },
    { "dbserver-expired.crt", "expired" },
    { "dbserver-plain.crt", "" },
    { "dbserver-usage.crt", "eku-no-client" },
    { "dbserver.crt", "" },
    { "dbserver.key", "" },
    { "dbuser-case.crt", "client-cn" },
    { "dbuser-expired.crt", "expired" },
    { "dbuser-future.crt", "not-yet-valid" },
    { "dbuser-only.crt", "" },
    { "dbuser-soon.crt", "expires-soon" },
    { "dbuser-usage.crt", "eku-no-client" },
    { "dbuser.crt", "" },
    { "dbuser.key", "" },
    { "dsa-traditional.key", "" },
    { "ec-k1.key", "key-not-rsa" },
    { "ec384.key", "key-not-rsa" },
    { "ec521.key", "key-not-rsa" },
    { "ed25519-empty.p12", "file-pkcs12" },
    { "encrypted-empty.key", "key-encrypted" },
    { "expired.crl", "" },
    { "expired.key", "" },
    { "future.crl", "" },
    { "future.key", "" },
    { "inter-again.key", "" },
    { "inter-below.crt", "" },
    { "inter.key", "" },
    { "leaf.crl", "" },
    { "noca.key", "" },
    { "other.key", "" },
    { "revoked.crl", "" },
    { "root-nokey.p12", "file-pkcs12" },
    { "root.key", "" },
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

/* No fixture is left out. */
static void
test_every_fixture(void **state)
{
    DIR *folder = opendir(SOURCE_DIR "/testdata/pki");
    const struct dirent *entry;
    size_t n = sizeof(single) / sizeof(single[0]), i;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        const char *name = entry->d_name;

        if (name[0] == '.' || strcmp(name, "README.md") == 0)
            continue;
        for (i = 0; i < n && strcmp(single[i].file, name) != 0; i++)
            ;
        if (i == n)
            fail_msg("%s: what is found in it?", name);
    }
    closedir(folder);
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
    /* Limits of a CA count for what the certificate is to be used for. */
    { { { "leaf.crt", DIAGNOSE_CERT }, { "ca-web-only.crt", DIAGNOSE_BUNDLE } },
      DIAGNOSE_CLIENT,
      NULL,
      "chain-no-root issuer-eku" },
    { { { "chain-ca-web-only.crt", DIAGNOSE_FULL_CHAIN } },
      DIAGNOSE_SERVER,
      NULL,
      "" },
    { { { "server-only.crt", DIAGNOSE_CERT },
        { "chain-ca-web-only.crt", DIAGNOSE_TRUST } },
      0,
      NULL,
      "eku-no-client" },
    /* Where a certificate is wanted, and what is there is none, nothing is said
       to be missing from it. */
    { { { "leaf.crt", DIAGNOSE_ANY }, { "leaf.key", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf.key", DIAGNOSE_ANY }, { "root.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf.csr", DIAGNOSE_ANY }, { "root.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf-key.der", DIAGNOSE_ANY }, { "root.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf-csr.der", DIAGNOSE_ANY }, { "root.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "no-certificate" },
    { { { "sshkey.pub", DIAGNOSE_ANY }, { "root.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "no-certificate" },
    { { { "noca.crt", DIAGNOSE_ANY }, { "noca.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "leaf-self-signed name-cn-only" },
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
    { { { "leaf.key", DIAGNOSE_KEY }, { "chain-reversed.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "pair-not-first chain-order" },
    { { { "leaf.key", DIAGNOSE_KEY },
        { "other.crt", DIAGNOSE_CERT },
        { "leaf.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "pair-mismatch files-swapped leaf-self-signed name-cn-only" },
    { { { "encrypted.key", DIAGNOSE_KEY }, { "leaf.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "key-encrypted" },
    { { { "leaf.crt", DIAGNOSE_KEY }, { "leaf.key", DIAGNOSE_CERT } },
      0,
      NULL,
      "pair-swapped no-certificate" },
    { { { "leaf.crt", DIAGNOSE_KEY }, { "encrypted.key", DIAGNOSE_CERT } },
      0,
      NULL,
      "pair-swapped no-certificate" },
    { { { "leaf.csr", DIAGNOSE_KEY }, { "dbclient.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "no-key" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "leaf.csr", DIAGNOSE_CERT } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf-key.der", DIAGNOSE_KEY }, { "leaf-csr.der", DIAGNOSE_CERT } },
      0,
      NULL,
      "no-certificate" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "leaf-key.der", DIAGNOSE_CERT } },
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

    /* Called something else than they are. */
    { { { "cert-as-key.key", DIAGNOSE_KEY }, { "leaf.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "block-mislabelled" },
    { { { "key-as-cert.crt", DIAGNOSE_KEY }, { "leaf.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "block-mislabelled" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "cert-as-key.key", DIAGNOSE_CERT } },
      0,
      NULL,
      "block-mislabelled" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "cert-as-csr.csr", DIAGNOSE_CERT } },
      0,
      NULL,
      "block-mislabelled" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "csr-as-cert.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "block-mislabelled" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "cert-as-pkcs7.p7b", DIAGNOSE_CERT } },
      0,
      NULL,
      "block-mislabelled" },
    { { { "leaf.crt", DIAGNOSE_CERT },
        { "pkcs7-as-cert.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "block-container" },

    /* Joined to DER. */
    { { { "leaf.crt", DIAGNOSE_CERT }, { "der-and-pem.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "file-der-joined" },
    { { { "leaf.key", DIAGNOSE_KEY }, { "der-and-der.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "file-der-joined" },
    { { { "der-and-der.crt", DIAGNOSE_KEY }, { "leaf.crt", DIAGNOSE_CERT } },
      0,
      NULL,
      "no-key" },
    { { { "leaf.crt", DIAGNOSE_CERT }, { "pem-and-der.crt", DIAGNOSE_BUNDLE } },
      0,
      NULL,
      "binary-outside" },

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

static void
append_fixture(struct blob *text, const char *name)
{
    struct blob bytes = fixture(name);

    blob_append(text, bytes.data, bytes.size);
    blob_clear(&bytes);
}

/* Those with blanks between their names. */
static void
append_fixtures(struct blob *text, const char *names)
{
    char name[64];
    int size;

    while (sscanf(names, " %63s%n", name, &size) == 1) {
        append_fixture(text, name);
        names += size;
    }
}

/* What stands where: see hint_places(). */
static void
expect_places(const struct hints *hints, const char *want, const char *what)
{
    char *got = hint_places(hints);

    if (strcmp(got, want) != 0)
        fail_msg("%s: found '%s', wanted '%s'", what, got, want);
    free(got);
    assert_int_equal(ERR_peek_error(), 0);
}

/* Files of several fixtures each, which are called 1, 2 and 3; and what the
   judge has said. */
static const struct {
    struct {
        const char *fixtures;
        enum diagnose_role role;
    } parts[PARTS_MAX];
    bool holds;
    const char *want;
} joined[] = {
    /* Two CAs of one name: the one that has signed is part of the chain. */
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "inter-again.crt inter.crt root.crt", DIAGNOSE_BUNDLE } },
      true,
      "chain-extra 2:1" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "inter.crt inter-again.crt root.crt", DIAGNOSE_BUNDLE } },
      true,
      "chain-extra 2:2" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "inter-again.crt inter.crt root.crt", DIAGNOSE_BUNDLE } },
      false,
      "chain-extra 2:1" },
    { { { "leaf.crt inter-again.crt inter.crt root.crt", DIAGNOSE_ANY } },
      false,
      "chain-extra 1:2" },

    /* Of a CA, the bundle may hold others for what it signs. */
    { { { "root.crt", DIAGNOSE_ANY }, { "bundle.crt", DIAGNOSE_BUNDLE } },
      true,
      "" },
    { { { "inter.crt", DIAGNOSE_ANY },
        { "other.crt root.crt", DIAGNOSE_BUNDLE } },
      true,
      "" },

    /* The judge wants a CRL of a root as well, which is its own. */
    { { { "root.crt", DIAGNOSE_ANY },
        { "root.crt leaf.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-missing 1:1, leaf-self-signed 1:1" },
    { { { "root.crt", DIAGNOSE_ANY },
        { "root.crt root.crl", DIAGNOSE_BUNDLE } },
      true,
      "" },

    /* Beside a bundle, only the first of the certificate's file counts. */
    { { { "fullchain.crt", DIAGNOSE_ANY }, { "root.crt", DIAGNOSE_BUNDLE } },
      false,
      "chain-misplaced 1:2" },
    { { { "leaf.crt inter.crt", DIAGNOSE_CERT },
        { "root.crt", DIAGNOSE_BUNDLE } },
      false,
      "chain-misplaced 1:2" },
    { { { "fullchain.crt", DIAGNOSE_ANY }, { "other.crt", DIAGNOSE_BUNDLE } },
      false,
      "chain-misplaced 1:2, chain-misplaced 1:3" },
    { { { "fullchain.crt", DIAGNOSE_ANY }, { "inter.crt", DIAGNOSE_BUNDLE } },
      false,
      "chain-misplaced 1:3" },
    { { { "fullchain.crt", DIAGNOSE_CERT }, { "root.crt", DIAGNOSE_TRUST } },
      false,
      "chain-misplaced 1:2" },
    { { { "leaf.key fullchain.crt", DIAGNOSE_ANY },
        { "root.crt", DIAGNOSE_BUNDLE } },
      false,
      "chain-misplaced 1:3, key-in-certificate-file 1:0" },
    { { { "fullchain.crt", DIAGNOSE_ANY }, { "bundle.crt", DIAGNOSE_BUNDLE } },
      true,
      "" },
    { { { "fullchain.crt", DIAGNOSE_FULL_CHAIN } }, false, "" },

    /* The other way round they want to change places. */
    { { { "bundle.crt", DIAGNOSE_CERT }, { "leaf.crt", DIAGNOSE_BUNDLE } },
      false,
      "bundle-as-certificate 1:1, files-swapped 2:1" },
    { { { "bundle.crt", DIAGNOSE_ANY }, { "leaf.crt", DIAGNOSE_BUNDLE } },
      false,
      "files-swapped 2:1" },
    { { { "bundle.crt", DIAGNOSE_ANY }, { "other.crt", DIAGNOSE_TRUST } },
      false,
      "chain-misplaced 1:2" },

    /* Revocation lists: where there are any, each certificate needs one. */
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl leaf.crl", DIAGNOSE_BUNDLE } },
      false,
      "" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl revoked.crl", DIAGNOSE_BUNDLE } },
      false,
      "revoked 1:1" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "inter.crt revoked.crl", DIAGNOSE_BUNDLE },
        { "root.crt root.crl", DIAGNOSE_TRUST } },
      false,
      "revoked 1:1" },
    { { { "fullchain.crt root.crl revoked.crl", DIAGNOSE_FULL_CHAIN } },
      false,
      "revoked 1:1" },
    /* Nobody asks for them there. */
    { { { "fullchain.crt revoked.crl", DIAGNOSE_ANY } }, false, "" },
    { { { "leaf.crt revoked.crl", DIAGNOSE_ANY },
        { "bundle.crt", DIAGNOSE_BUNDLE } },
      false,
      "" },
    /* Which of two counts the judge knows. */
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl leaf.crl revoked.crl", DIAGNOSE_BUNDLE } },
      false,
      "" },
    /* Not of today, and by their places. */
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl expired.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-expired 2:0" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl future.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-not-yet-valid 2:0" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl leaf.crl expired.crl", DIAGNOSE_BUNDLE } },
      false,
      "" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl expired.crl expired.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-expired 2:0" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl expired.crl", DIAGNOSE_BUNDLE } },
      true,
      "" },
    /* The other key's, and of a CA that may sign none. */
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl again.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-other-key 2:0" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl leaf.crl again.crl", DIAGNOSE_BUNDLE } },
      false,
      "" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "inter.crt inter-again.crt root.crt root.crl again.crl",
          DIAGNOSE_BUNDLE } },
      false,
      "chain-extra 2:2" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "ca-no-crls.crt root.crt root.crl leaf.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-key-usage 2:1" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "ca-no-crls.crt root.crt root.crl again.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-other-key 2:0" },
    /* By another key of that name. */
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "inter-again.crt root.crt root.crl revoked.crl", DIAGNOSE_BUNDLE } },
      false,
      "issuer-other-key 2:1" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt root.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-missing 1:1" },
    { { { "leaf.crt", DIAGNOSE_ANY },
        { "bundle.crt leaf.crl", DIAGNOSE_BUNDLE } },
      false,
      "crl-missing 2:1" },
};

static void
test_joined(void **state)
{
    static const char *const names[PARTS_MAX] = { "1", "2", "3" };
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
        const struct diagnosis diagnosis = { .now = TEST_NOW,
                                             .holds = joined[i].holds };
        struct diagnose_part parts[PARTS_MAX];
        struct blob texts[PARTS_MAX] = { { 0 } };
        struct hints hints = { 0 };
        char what[64];

        for (n = 0; n < PARTS_MAX && joined[i].parts[n].fixtures != NULL; n++) {
            append_fixtures(&texts[n], joined[i].parts[n].fixtures);
            parts[n] = (struct diagnose_part){ names[n], &texts[n],
                                               joined[i].parts[n].role };
        }
        snprintf(what, sizeof(what), "row %zu", i + 1);
        diagnose(&diagnosis, parts, n, &hints);
        expect_places(&hints, joined[i].want, what);
        hints_clear(&hints);
        while (n > 0)
            blob_clear(&texts[--n]);
    }
}

static void
add_ca(struct blob *text, const char *serial, time_t from, time_t to,
       EVP_PKEY *key)
{
    const struct made_cert plan = { .cn = "Example CA",
                                    .serial = serial,
                                    .ca = true,
                                    .self = true,
                                    .key = key,
                                    .signer = key,
                                    .from = from,
                                    .to = to };
    X509 *cert = make_cert(&plan);

    append_pem(text, cert);
    X509_free(cert);
}

/* An old root is no fault beside the new one of its key, and only then. */
static void
test_renewed_root(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    EVP_PKEY *keys[] = { some_key(), EVP_EC_gen("P-256") };
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        struct blob text = { 0 };
        const struct diagnose_part part = { "ca.crt", &text, DIAGNOSE_ANY };
        struct hints hints = { 0 };
        time_t end = i == 2 ? TEST_NOW - 1 : TEST_NOW + 86400 * 99;

        add_ca(&text, "1", 1, TEST_NOW, keys[0]);
        if (i > 0)
            add_ca(&text, "2", 1, end, keys[i == 3]);
        diagnose(&diagnosis, &part, 1, &hints);
        expect(&hints,
               i == 1   ? ""
               : i == 2 ? "ca-expired ca-expired"
                        : "ca-expired",
               "roots");
        hints_clear(&hints);
        blob_clear(&text);
    }
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
}

/* A key, of a kind that no service takes. */
static void
test_odd_key(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    unsigned char *bytes = NULL;
    struct blob der = { 0 };
    const struct diagnose_part part = { "a.key", &der, DIAGNOSE_KEY };
    struct hints hints = { 0 };
    int size;

    (void)state;
    assert_non_null(key);
    size = i2d_PrivateKey(key, &bytes);
    assert_true(size > 0);
    blob_append(&der, bytes, (size_t)size);
    diagnose(&diagnosis, &part, 1, &hints);
    assert_string_equal(hints.all[0].one, "ED448");
    expect(&hints, "key-not-rsa", "ED448");
    hints_clear(&hints);
    blob_clear(&der);
    OPENSSL_free(bytes);
    EVP_PKEY_free(key);
}

/* A key in a form that is newer than this OpenSSL is not damaged. */
static void
test_newer_form(void **state)
{
    static const unsigned char octets[] = /* too short, but nobody looks */
        "\x30\x13\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70"
        "\x04\x02\x04\x00\x81\x03\x00\x01\x02";
    static const enum diagnose_role roles[] = { DIAGNOSE_KEY, DIAGNOSE_ANY };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob der = { 0 }, text = { 0 };
    size_t i;

    (void)state;
    blob_append(&der, octets, sizeof(octets) - 1);
    pem_append(&text, "PRIVATE KEY", &der);
    for (i = 0; i < 4; i++) {
        const struct diagnose_part part = { "a.key", i < 2 ? &der : &text,
                                            roles[i % 2] };
        struct hints hints = { 0 };

        diagnose(&diagnosis, &part, 1, &hints);
        expect(&hints, "key-not-rsa", "version 2");
        assert_string_equal(hints.all[0].one, "ED25519 (PKCS#8 version 2)");
        hints_clear(&hints);
    }
    blob_clear(&text);
    blob_clear(&der);
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
    blob_text(&text, "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n");
    diagnose(&diagnosis, &part, 1, &hints);
    expect(&hints, "key-ssh", "PuTTY");
    hints_clear(&hints);
    blob_clear(&text);
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

/* What readers put up with has a line as well. */
static void
test_lines(void **state)
{
    static const struct {
        const char *first, *between, *second;
        enum hint_id id;
        unsigned line; /* behind the first block */
    } rows[] = {
        { "root.crt", "subject=x\n", "other.crt", HINT_TEXT_OUTSIDE, 1 },
        { "root.crt", "\n\nsubject=x\n\n", "other.crt", HINT_TEXT_OUTSIDE, 3 },
        { "root.crt", "\n\n", "other.crt", HINT_BLANK_LINES, 1 },
        { "root.crt", "\n\nx", "", HINT_NO_LINE_BREAK, 3 },
        { "root.crt", "", "leaf-crt.der", HINT_BINARY_OUTSIDE, 1 },
        { "root.crt", "\n\r\n", "leaf-crt.der other.crt", HINT_BINARY_OUTSIDE,
          3 },
        { "nonewline.crt", "", "leaf-crt.der", HINT_BINARY_OUTSIDE, 1 },
        { "nonewline.crt", "", "leaf-crt.der other.crt", HINT_BINARY_OUTSIDE,
          1 },
        { "root.crt", "\n\x1a", "", HINT_FILE_CTRL_Z, 2 },
        { "root.crt", "x\r\n", "other.crt", HINT_FILE_CRLF, 1 },
        { "root.crt", "x\rx\nx\r\n", "other.crt", HINT_FILE_CRLF, 2 },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob text = { 0 };
        const struct diagnose_part part = { "x.crt", &text, DIAGNOSE_ANY };
        struct hints hints = { 0 };
        unsigned first = 0;

        append_fixture(&text, rows[i].first);
        for (j = 0; j < text.size; j++)
            first += text.data[j] == '\n';
        blob_text(&text, rows[i].between);
        append_fixtures(&text, rows[i].second);
        diagnose(&diagnosis, &part, 1, &hints);
        for (j = 0; j < hints.count && hints.all[j].id != rows[i].id; j++)
            ;
        if (j == hints.count)
            fail_msg("row %zu: not found", i + 1);
        if (hints.all[j].line != first + rows[i].line)
            fail_msg("row %zu: line %u of %u + %u", i + 1, hints.all[j].line,
                     first, rows[i].line);
        hints_clear(&hints);
        blob_clear(&text);
    }
}

/* What is missing, and which file it is missing in. */
static void
test_missing(void **state)
{
    static const struct {
        struct {
            const char *file;
            enum diagnose_role role;
        } parts[PARTS_MAX];
        const char *want, *one, *two;
    } rows[] = {
        { { { "leaf.crt", DIAGNOSE_FULL_CHAIN } },
          "chain-no-intermediate",
          "O=Example, CN=Example Intermediate CA",
          "leaf.crt" },
        { { { "leaf.crt", DIAGNOSE_ANY }, { "inter.crt", DIAGNOSE_BUNDLE } },
          "chain-no-root",
          "O=Example, CN=Example Root CA",
          "inter.crt" },
        /* Nobody knows whether it is a root. */
        { { { "dbuser.crt", DIAGNOSE_CERT }, { "other.crt", DIAGNOSE_TRUST } },
          "chain-no-intermediate",
          "CN=tplab.local",
          "other.crt" },
        { { { "leaf.crt", DIAGNOSE_ANY },
            { "inter.crt", DIAGNOSE_BUNDLE },
            { "other.crt", DIAGNOSE_TRUST } },
          "chain-no-intermediate",
          "O=Example, CN=Example Root CA",
          "inter.crt or other.crt" },
        /* A certificate where that of its issuer is wanted. */
        { { { "dbuser.crt", DIAGNOSE_CERT },
            { "dbserver.crt", DIAGNOSE_TRUST } },
          "leaf-as-ca chain-no-intermediate",
          "CN=tplab.local",
          "" },
        { { { "dbuser.crt", DIAGNOSE_CERT },
            { "chain-reversed.crt", DIAGNOSE_TRUST } },
          "chain-no-intermediate",
          "CN=tplab.local",
          "chain-reversed.crt" },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diagnose_part parts[PARTS_MAX];
        struct blob bytes[PARTS_MAX];
        struct hints hints = { 0 };

        for (n = 0; n < PARTS_MAX && rows[i].parts[n].file != NULL; n++) {
            bytes[n] = fixture(rows[i].parts[n].file);
            parts[n] = (struct diagnose_part){ rows[i].parts[n].file, &bytes[n],
                                               rows[i].parts[n].role };
        }
        diagnose(&diagnosis, parts, n, &hints);
        expect(&hints, rows[i].want, rows[i].parts[0].file);
        assert_string_equal(hints.all[0].one, rows[i].one);
        assert_string_equal(hints.all[0].two, rows[i].two);
        hints_clear(&hints);
        while (n > 0)
            blob_clear(&bytes[--n]);
    }
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

/* If the judge has accepted a chain, no fault that it would have seen is told.
 */
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

/*
 * A chain of depth certificates, leaf first and of one key, in files of as many
 * as a chain can have.
 */
static void
expect_depth(size_t depth, const char *want)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob text[8] = { { 0 } };
    struct diagnose_part parts[8];
    struct hints hints = { 0 };
    X509 *above = NULL;
    size_t n = 0, i;

    assert_true(depth <= 8 * DIAGNOSE_CHAIN_MAX);
    for (i = depth; i-- > 0;) {
        char cn[24], serial[24];
        const struct made_cert plan = { .cn = cn,
                                        .serial = serial,
                                        .san = i == 0 ? "DNS:www" : NULL,
                                        .ca = i > 0,
                                        .self = i + 1 == depth,
                                        .issuer = above };
        struct blob longer = { 0 };
        size_t at = i / DIAGNOSE_CHAIN_MAX;
        X509 *cert;

        snprintf(cn, sizeof(cn), "CA %zu", i);
        snprintf(serial, sizeof(serial), "%zu", i + 1);
        cert = make_cert(&plan);
        append_pem(&longer, cert);
        blob_append(&longer, text[at].data, text[at].size);
        blob_clear(&text[at]);
        text[at] = longer;
        X509_free(above);
        above = cert;
    }
    X509_free(above);
    for (; n <= (depth - 1) / DIAGNOSE_CHAIN_MAX; n++)
        parts[n] = (struct diagnose_part){ "many.pem", &text[n],
                                           n == 0 ? DIAGNOSE_FULL_CHAIN
                                                  : DIAGNOSE_BUNDLE };
    diagnose(&diagnosis, parts, n, &hints);
    expect(&hints, want, "depth");
    hints_clear(&hints);
    while (n > 0)
        blob_clear(&text[--n]);
}

/* Beyond LINKS_MAX nothing is followed, and what is there is not missed. */
static void
test_depth(void **state)
{
    (void)state;
    expect_depth(3, "");
    expect_depth(LINKS_MAX, "");
    expect_depth(LINKS_MAX + 1, "");
    expect_depth(5 * DIAGNOSE_CHAIN_MAX, "");
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

/*
 * Certificates made to order, for what no fixture is worth having.
 */

#define LIST (DIAGNOSE_CHAIN_MAX + 1)

/* A list of CAs, and one more. */
static void
start_list(struct blob *text, X509 *cert)
{
    int i;

    for (i = 0; i < LIST; i++)
        append_fixture(text, "root.crt");
    append_pem(text, cert);
}

static void
expect_last(struct blob *text, enum diagnose_role role, enum hint_id id,
            bool want)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct diagnose_part part = { "list.pem", text, role };
    struct hints hints = { 0 };

    diagnose(&diagnosis, &part, 1, &hints);
    if (hints_has(&hints, id) != want)
        fail_msg("%s", hint_name(id));
    hints_clear(&hints);
    assert_int_equal(ERR_peek_error(), 0);
}

/* Among CAs of a list, what says that it is none; damaged or not. */
static void
test_leaves_in_lists(void **state)
{
    static const struct {
        const char *basic;
        size_t size;
        bool leaf;
    } rows[] = {
        { "\x30\x03\x01\x01\xff", 5, false },
        { "\x30\x03\x01\x01\x00", 5, true },
        { "\x30\x00", 2, true },
        { "\x30\x03\x02\x01\x05", 5, true },
        { "\x30\x02\x01\x00", 4, true },
        { "", 0, true },
    };
    const struct made_cert version1 = { .cn = "Old CA", .version1 = true };
    X509 *cert = make_cert(&version1);
    struct blob text = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct blob basic = { (unsigned char *)(uintptr_t)rows[i].basic,
                                    rows[i].size };
        const struct made_cert made = { .cn = "x", .basic = &basic };
        X509 *leaf = make_cert(&made);

        start_list(&text, leaf);
        expect_last(&text, DIAGNOSE_BUNDLE, HINT_LEAF_IN_BUNDLE, rows[i].leaf);
        expect_last(&text, DIAGNOSE_TRUST, HINT_LEAF_IN_BUNDLE, false);
        blob_clear(&text);
        X509_free(leaf);
    }
    start_list(&text, cert);
    expect_last(&text, DIAGNOSE_BUNDLE, HINT_LEAF_IN_BUNDLE, false);
    blob_clear(&text);
    X509_free(cert);
}

/* One number for two, in a list and in a chain, in one file and in two; and
   two numbers for two. */
static void
test_serials(void **state)
{
    static const struct {
        const char *serial, *issuer;
        bool twins;
    } rows[] = {
        { "1234", "Example CA", true },
        { "1235", "Example CA", false },
        { "1234", "Other CA", false },
    };
    const struct made_cert one = { .cn = "one.example.com",
                                   .san = "DNS:one.example.com" };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    X509 *first = make_cert(&one);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct made_cert ca = { .cn = rows[i].issuer };
        struct made_cert two = { .cn = "two.example.com",
                                 .san = "DNS:two.example.com",
                                 .serial = rows[i].serial };
        struct blob text = { 0 }, other = { 0 };
        const struct diagnose_part parts[] = {
            { "one.crt", &text, DIAGNOSE_CERT },
            { "two.crt", &other, DIAGNOSE_TRUST },
        };
        struct hints hints = { 0 };
        X509 *issuer = make_cert(&ca), *second;

        two.issuer = issuer;
        second = make_cert(&two);
        start_list(&text, first);
        append_pem(&text, second);
        expect_last(&text, DIAGNOSE_ANY, HINT_SERIAL_DUPLICATE, rows[i].twins);
        blob_clear(&text);
        append_pem(&text, first);
        append_pem(&other, second);
        diagnose(&diagnosis, parts, 2, &hints);
        expect_places(&hints,
                      rows[i].twins ? "leaf-as-ca two.crt:1, "
                                      "chain-no-intermediate one.crt:1, "
                                      "serial-duplicate two.crt:1"
                                    : "leaf-as-ca two.crt:1, "
                                      "chain-no-intermediate one.crt:1",
                      "two files");
        if (rows[i].twins)
            assert_string_equal(hints.all[2].one, "one.crt");
        hints_clear(&hints);
        append_pem(&text, second);
        expect_last(&text, DIAGNOSE_CERT, HINT_SERIAL_DUPLICATE, rows[i].twins);
        blob_clear(&other);
        blob_clear(&text);
        X509_free(second);
        X509_free(issuer);
    }
    X509_free(first);
}

/* A list ends where it can not be read, alone and beside a certificate. */
static void
test_damaged_lists(void **state)
{
    static const char *const damaged[] = { "badbase64.crt", "badder.crt" };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob leaf = fixture("leaf.crt");
    size_t i, j;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct blob text = { 0 };
        const struct diagnose_part parts[] = {
            { "leaf.crt", &leaf, DIAGNOSE_CERT },
            { "list.pem", &text, DIAGNOSE_BUNDLE },
        };
        struct hints hints = { 0 };

        for (j = 0; j < LIST; j++)
            append_fixture(&text, j == 3 ? damaged[i] : "root.crt");
        expect_last(&text, DIAGNOSE_ANY, HINT_BLOCK_DAMAGED, true);
        diagnose(&diagnosis, parts, 2, &hints);
        expect(&hints, "block-damaged", damaged[i]);
        assert_string_equal(hints.all[0].file, "list.pem");
        hints_clear(&hints);
        blob_clear(&text);
    }
    blob_clear(&leaf);
}

/* Makes the outermost element one of indefinite length, which is not DER. */
static void
append_ber(struct blob *text, X509 *cert)
{
    struct blob ber = { 0 };
    unsigned char *bytes = NULL;
    int size = i2d_X509(cert, &bytes);

    assert_int_equal(bytes[1], 0x82);
    blob_append(&ber, "\x30\x80", 2);
    blob_append(&ber, bytes + 4, (size_t)size - 4);
    blob_append(&ber, "\0", 2);
    pem_append(text, "CERTIFICATE", &ber);
    OPENSSL_free(bytes);
    blob_clear(&ber);
}

/* What OpenSSL reads is not damaged, though it is not plain DER; the rest of
   the list is examined. */
static void
test_ber_in_list(void **state)
{
    static const struct {
        struct made_cert plan;
        const char *want; /* of it, twice */
    } rows[] = {
        { { .cn = "x", .ca = true }, "chain-duplicate" },
        { { .cn = "x", .version1 = true }, "chain-duplicate" },
        { { .cn = "x", .ca = true, .to = TEST_NOW - 1, .from = 1 },
          "ca-expired ca-expired chain-duplicate" },
        { { .cn = "a.example.com", .san = "DNS:a.example.com" },
          "leaf-in-bundle leaf-in-bundle chain-duplicate" },
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        X509 *cert = make_cert(&rows[i].plan);
        struct blob text = { 0 };

        for (j = 0; j < LIST; j++) {
            char serial[8];

            snprintf(serial, sizeof(serial), "%zu", j + 1);
            add_ca(&text, serial, 1, TEST_NOW + 86400 * 99, NULL);
        }
        append_ber(&text, cert);
        append_ber(&text, cert);
        expect_list(&text, DIAGNOSE_BUNDLE, rows[i].want);
        blob_clear(&text);
        X509_free(cert);
    }
}

/* What the judge has accepted is not looked for in a list. */
static void
test_accepted_list(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW, .holds = true };
    struct blob leaf = fixture("leaf.crt"), text = { 0 };
    const struct diagnose_part parts[] = {
        { "leaf.crt", &leaf, DIAGNOSE_CERT },
        { "list.pem", &text, DIAGNOSE_BUNDLE },
    };
    struct hints hints = { 0 };
    int i;

    (void)state;
    for (i = 0; i < LIST; i++)
        append_fixture(&text, "expired.crt");
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "", "accepted");
    hints_clear(&hints);
    blob_clear(&text);
    /* CAs alone, and nothing but CAs. */
    append_fixture(&text, "bundle.crt");
    diagnose(&diagnosis, &parts[1], 1, &hints);
    expect(&hints, "", "CAs");
    hints_clear(&hints);
    blob_clear(&text);
    blob_clear(&leaf);
}

/* The first of a list is the certificate in question, beside a bundle or where
   somebody has said so. */
static void
test_first_of_list(void **state)
{
    static const struct {
        const char *first, *last; /* of the list */
        enum diagnose_role role;
        const char *bundle; /* or NULL */
        bool holds;
        const char *want;
    } rows[] = {
        { "leaf.crt", "", DIAGNOSE_ANY, "bundle.crt", false, "" },
        { "leaf.crt", "", DIAGNOSE_ANY, "bundle.crt", true, "" },
        { "leaf.crt", "", DIAGNOSE_ANY, "bundle-reversed.crt", true,
          "chain-order 2:2" },
        { "soon.crt", "", DIAGNOSE_ANY, "bundle.crt", true,
          "expires-soon 1:1" },
        { "leaf.key soon.crt", "", DIAGNOSE_CERT, "bundle.crt", true,
          "expires-soon 1:2" },
        { "expired.crt", "", DIAGNOSE_CERT, "bundle.crt", false,
          "expired 1:1, name-cn-only 1:1" },
        { "leaf.crt", "inter.crt", DIAGNOSE_ANY, "root.crt", false,
          "chain-misplaced 1:19" },
        { "leaf.crt", "", DIAGNOSE_ANY, "root.crt", false,
          "chain-no-intermediate 1:1" },
        { "", "leaf.crt", DIAGNOSE_TRUST, "bundle.crt", true, "" },
        { "leaf.crt", "", DIAGNOSE_CERT, NULL, false,
          "chain-no-intermediate 1:1, chain-duplicate 1:3" },
        { "leaf.crt", "bundle.crt", DIAGNOSE_FULL_CHAIN, NULL, false,
          "chain-duplicate 1:3" },
        { "leaf.crt", "inter.crt", DIAGNOSE_FULL_CHAIN, NULL, false,
          "chain-no-root 1:19, chain-duplicate 1:3" },
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct diagnosis diagnosis = { .now = TEST_NOW,
                                             .holds = rows[i].holds };
        struct blob text = { 0 }, bundle = { 0 };
        const struct diagnose_part parts[] = {
            { "1", &text, rows[i].role },
            { "2", &bundle, DIAGNOSE_BUNDLE },
        };
        struct hints hints = { 0 };
        char what[16];

        append_fixtures(&text, rows[i].first);
        for (j = 0; j < LIST; j++)
            append_fixture(&text, "other.crt");
        append_fixtures(&text, rows[i].last);
        if (rows[i].bundle != NULL)
            append_fixtures(&bundle, rows[i].bundle);
        snprintf(what, sizeof(what), "row %zu", i + 1);
        diagnose(&diagnosis, parts, rows[i].bundle != NULL ? 2 : 1, &hints);
        /* Of those that stand there again, one will do. */
        for (j = 1; j < hints.count; j++)
            if (hints.all[j].id == HINT_CHAIN_DUPLICATE &&
                hints.all[j - 1].id == HINT_CHAIN_DUPLICATE)
                break;
        hints.count = j < hints.count ? j : hints.count;
        expect_places(&hints, rows[i].want, what);
        hints_clear(&hints);
        blob_clear(&text);
        blob_clear(&bundle);
    }
}

/* Its key is compared with it. */
static void
test_key_of_list(void **state)
{
    static const struct {
        const char *key;
        bool match;
    } rows[] = { { "leaf.key", true }, { "other.key", false } };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob text = { 0 };
    size_t i;

    (void)state;
    append_fixture(&text, "fullchain.crt");
    for (i = 0; i < LIST; i++)
        append_fixture(&text, "other.crt");
    for (i = 0; i < 2; i++) {
        struct blob key = fixture(rows[i].key);
        const struct diagnose_part parts[] = {
            { "it.key", &key, DIAGNOSE_KEY },
            { "it.crt", &text, DIAGNOSE_FULL_CHAIN },
        };
        struct hints hints = { 0 };

        diagnose(&diagnosis, parts, 2, &hints);
        assert_int_equal(hints_has(&hints, HINT_PAIR_MISMATCH), !rows[i].match);
        assert_false(hints_has(&hints, HINT_LEAF_IN_BUNDLE));
        hints_clear(&hints);
        blob_clear(&key);
    }
    blob_clear(&text);
}

/* Beyond LINKS_MAX of one name the right one may be: nobody says that it is
   another. */
static void
test_many_of_a_name(void **state)
{
    struct blob file = fixture("inter-again.key"), text = { 0 }, leaf = { 0 };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct diagnose_part parts[] = {
        { "leaf.crt", &leaf, DIAGNOSE_ANY },
        { "list.pem", &text, DIAGNOSE_BUNDLE },
    };
    const struct made_cert right = { .cn = "Example CA",
                                     .ca = true,
                                     .self = true };
    X509 *ca = make_cert(&right), *cert;
    const struct made_cert plan = { .cn = "a.example.com",
                                    .san = "DNS:a.example.com",
                                    .issuer = ca };
    struct hints hints = { 0 };
    EVP_PKEY *key = NULL;
    struct error error;
    size_t i;

    (void)state;
    assert_int_equal(key_parse("it.key", &file, &key, &error), 0);
    cert = make_cert(&plan);
    append_pem(&leaf, cert);
    X509_free(cert);
    for (i = 0; i < LINKS_MAX; i++) {
        char serial[24];
        const struct made_cert other = { .cn = "Example CA",
                                         .ca = true,
                                         .self = true,
                                         .serial = serial,
                                         .key = key,
                                         .signer = key };

        snprintf(serial, sizeof(serial), "%zu", i + 100);
        cert = make_cert(&other);
        append_pem(&text, cert);
        X509_free(cert);
        if (i == LINKS_MAX - 2) {
            diagnose(&diagnosis, parts, 2, &hints);
            expect(&hints, "issuer-other-key", "all of them");
            hints_clear(&hints);
        }
    }
    append_pem(&text, ca);
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "", "too many");
    hints_clear(&hints);
    X509_free(ca);
    EVP_PKEY_free(key);
    blob_clear(&file);
    blob_clear(&text);
    blob_clear(&leaf);
}

/* Certificates that somebody has read are not read again. */
static void
test_read(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob cert = fixture("leaf.crt"), other = fixture("expired.crt");
    STACK_OF(X509) *read = sk_X509_new_null();
    const struct diagnose_part part = { "x", &cert, DIAGNOSE_ANY, read };
    struct hints hints = { 0 };
    X509 *expired = NULL;
    struct error error;

    (void)state;
    assert_int_equal(cert_parse("x", &other, &expired, &error), 0);
    assert_true(sk_X509_push(read, expired) > 0);
    diagnose(&diagnosis, &part, 1, &hints);
    expect(&hints, "expired name-cn-only", "read");
    hints_clear(&hints);
    sk_X509_pop_free(read, X509_free);
    blob_clear(&other);
    blob_clear(&cert);
}

/* Files of text that no fixture is worth, as what nobody has said they are. */
static void
test_texts(void **state)
{
    static const struct {
        const char *first, *between;
        size_t size; /* of what stands between */
        const char *second, *want;
    } rows[] = {
        { "root.crt", "\0\n", 2, "other.crt", "binary-outside" },
        { "root.crt", "\0\r\n", 3, "other.crt", "binary-outside" },
        { "root.crt", "\x1b\n", 2, "other.crt", "text-outside" },
        { "root.crt", "\t\r\n", 3, "other.crt", "blank-lines file-crlf" },
        { "root.crt", "\t\n", 2, "other.crt", "blank-lines" },
        { "root.crt", "", 0, "public.key", "" },
        { "public.key", "", 0, "root.crl", "" },
        { "leaf.key", "", 0, "other.key", "" },
        { "leaf.key", "", 0, "public.key", "" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob text = { 0 };

        append_fixture(&text, rows[i].first);
        blob_append(&text, rows[i].between, rows[i].size);
        append_fixture(&text, rows[i].second);
        expect_list(&text, DIAGNOSE_ANY, rows[i].want);
        blob_clear(&text);
    }
}

/* Blocks by what they are called and what they hold. */
static void
test_labels(void **state)
{
    static const struct {
        const char *label, *der;
        enum diagnose_role role;
        const char *want, *held; /* held: told, or NULL */
    } rows[] = {
        { "CERTIFICATE", "crl.der", DIAGNOSE_ANY, "block-mislabelled",
          "X509 CRL" },
        { "X509 CERTIFICATE", "leaf-crt.der", DIAGNOSE_ANY, "", NULL },
        { "CERTIFICATE", "cut.der", DIAGNOSE_ANY, "block-damaged", NULL },
        { "CERTIFICATE", "encrypted.der", DIAGNOSE_BUNDLE, "block-mislabelled",
          "ENCRYPTED PRIVATE KEY" },
        { "CERTIFICATE", "pkcs1.der", DIAGNOSE_CERT, "block-mislabelled",
          "RSA PRIVATE KEY" },
        { "CERTIFICATE REQUEST", "cut.der", DIAGNOSE_ANY, "", NULL },
        { "NEW CERTIFICATE REQUEST", "leaf-csr.der", DIAGNOSE_ANY, "", NULL },
        { "X509 CRL", "crl.der", DIAGNOSE_ANY, "", NULL },
        { "X509 CRL", "leaf-crt.der", DIAGNOSE_ANY, "block-mislabelled",
          "CERTIFICATE" },
        { "X509 CRL", "leaf-crt.der", DIAGNOSE_TRUST, "block-mislabelled",
          "CERTIFICATE" },
        { "PUBLIC KEY", "leaf-crt.der", DIAGNOSE_CERT, "block-mislabelled",
          "CERTIFICATE" },
        { "DH PARAMETERS", "leaf-crt.der", DIAGNOSE_ANY, "", NULL },
        { "CMS", "leaf-p7b.der", DIAGNOSE_ANY, "file-pkcs7", NULL },
        { "PKCS #7 SIGNED DATA", "leaf-csr.der", DIAGNOSE_ANY,
          "block-mislabelled", "CERTIFICATE REQUEST" },
        { "PKCS7", "leaf.p12", DIAGNOSE_CERT, "block-container", "PKCS12" },

        /* Keys: those of before PKCS#8 are taken in both forms. */
        { "RSA PRIVATE KEY", "pkcs1.der", DIAGNOSE_KEY, "", NULL },
        { "RSA PRIVATE KEY", "leaf-key.der", DIAGNOSE_KEY, "", NULL },
        { "RSA PRIVATE KEY", "sec1.der", DIAGNOSE_KEY, "block-mislabelled",
          "EC PRIVATE KEY" },
        { "RSA PRIVATE KEY", "encrypted.der", DIAGNOSE_KEY, "block-mislabelled",
          "ENCRYPTED PRIVATE KEY" },
        { "EC PRIVATE KEY", "leaf-key.der", DIAGNOSE_KEY, "block-mislabelled",
          "PRIVATE KEY" },
        { "PRIVATE KEY", "leaf-key.der", DIAGNOSE_ANY, "", NULL },
        { "PRIVATE KEY", "pkcs1.der", DIAGNOSE_ANY, "block-mislabelled",
          "RSA PRIVATE KEY" },
        { "PRIVATE KEY", "cut.der", DIAGNOSE_KEY, "block-damaged", NULL },
        { "ENCRYPTED PRIVATE KEY", "encrypted.der", DIAGNOSE_KEY,
          "key-encrypted", NULL },
        { "ENCRYPTED PRIVATE KEY", "leaf-key.der", DIAGNOSE_KEY,
          "block-mislabelled", "PRIVATE KEY" },
        { "PRIVATE KEY", "leaf-crt.der", DIAGNOSE_CERT, "block-mislabelled",
          "CERTIFICATE" },
        { "CERTIFICATE", "leaf-key.der", DIAGNOSE_KEY, "block-mislabelled",
          "PRIVATE KEY" },
        { "CERTIFICATE", "leaf-crt.der", DIAGNOSE_KEY, "no-key", NULL },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob der = fixture(rows[i].der), text = { 0 };
        const struct diagnose_part part = { "x", &text, rows[i].role };
        struct hints hints = { 0 };

        pem_append(&text, rows[i].label, &der);
        diagnose(&diagnosis, &part, 1, &hints);
        expect(&hints, rows[i].want, rows[i].label);
        if (rows[i].held != NULL) {
            assert_string_equal(hints.all[0].one, rows[i].label);
            assert_string_equal(hints.all[0].two, rows[i].held);
            assert_int_equal(hints.all[0].line, 1);
        }
        hints_clear(&hints);
        blob_clear(&text);
        blob_clear(&der);
    }
}

/* What stands where a certificate is wanted is told, in DER as in PEM. */
static void
test_no_certificate(void **state)
{
    static const struct {
        const char *label; /* NULL: DER */
        const char *der, *want;
    } rows[] = {
        { "X509 CRL", "crl.der", "revocation list (CRL)" },
        { NULL, "crl.der", "revocation list (CRL)" },
        { "CERTIFICATE REQUEST", "leaf-csr.der", "signing request" },
        { NULL, "leaf-csr.der", "signing request" },
        { "PRIVATE KEY", "leaf-key.der", "private key" },
        { NULL, "leaf-key.der", "private key" },
        { NULL, "pkcs1.der", "private key" },
        { "ENCRYPTED PRIVATE KEY", "encrypted.der", "private key" },
        { NULL, "encrypted.der", "private key" },
        { "PUBLIC KEY", NULL, "public key" },
        { NULL, NULL, "public key" },
        { "EC PARAMETERS", NULL, "block labelled EC PARAMETERS" },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    EVP_PKEY *key = some_key();
    struct blob leaf = fixture("leaf.crt"), public = { 0 };
    unsigned char *bytes = NULL;
    int size = i2d_PUBKEY(key, &bytes);
    size_t i;

    (void)state;
    blob_append(&public, bytes, (size_t)size);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob der = { 0 }, text = { 0 };
        const struct diagnose_part parts[] = {
            { "leaf.crt", &leaf, DIAGNOSE_ANY },
            { "x", &text, DIAGNOSE_TRUST },
        };
        struct hints hints = { 0 };

        if (rows[i].der != NULL)
            append_fixture(&der, rows[i].der);
        else
            blob_append(&der, public.data, public.size);
        if (rows[i].label != NULL)
            pem_append(&text, rows[i].label, &der);
        else
            blob_append(&text, der.data, der.size);
        blob_text(&text, "\n");
        diagnose(&diagnosis, parts, 2, &hints);
        expect(&hints, "no-certificate", rows[i].want);
        assert_string_equal(hints.all[0].one, rows[i].want);
        hints_clear(&hints);
        blob_clear(&text);
        blob_clear(&der);
    }
    OPENSSL_free(bytes);
    EVP_PKEY_free(key);
    blob_clear(&public);
    blob_clear(&leaf);
}

/* Beside others, and with the line on which they begin. */
static void
test_labels_beside(void **state)
{
    static const struct {
        const char *fixtures;
        enum diagnose_role role;
        unsigned line;
    } rows[] = {
        { "root.crt csr-as-cert.crt", DIAGNOSE_BUNDLE, 20 },
        { "root.crt cert-as-csr.csr", DIAGNOSE_BUNDLE, 20 },
        { "root.crt cert-as-key.key", DIAGNOSE_CERT, 20 },
        { "sec1.key cert-as-csr.csr root.crt", DIAGNOSE_ANY, 9 },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob text = { 0 };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct diagnose_part part = { "x", &text, rows[i].role };
        struct hints hints = { 0 };

        append_fixtures(&text, rows[i].fixtures);
        diagnose(&diagnosis, &part, 1, &hints);
        assert_true(hints.count > 0);
        assert_int_equal(hints.all[0].id, HINT_BLOCK_MISLABELLED);
        assert_int_equal(hints.all[0].line, rows[i].line);
        hints_clear(&hints);
        blob_clear(&text);
    }
    for (j = 0; j < LIST; j++)
        append_fixture(&text, "other.crt");
    append_fixture(&text, "csr-as-cert.crt");
    expect_list(&text, DIAGNOSE_TRUST, "block-mislabelled");
    blob_clear(&text);
    /* Among the first of a file only. */
    for (j = 0; j < LIST; j++)
        append_fixture(&text, "other.crt");
    append_fixture(&text, "key-as-cert.crt");
    expect_list(&text, DIAGNOSE_KEY, "no-key");
    blob_clear(&text);
    for (j = 0; j < LIST; j++)
        append_fixture(&text, "leaf.csr");
    append_fixture(&text, "cert-as-csr.csr");
    expect_list(&text, DIAGNOSE_ANY, "");
    blob_clear(&text);
}

/* DER, and what is joined to it. */
static void
test_joined_der(void **state)
{
    static const struct {
        const char *first, *between, *second;
        enum diagnose_role role;
        const char *want;
    } rows[] = {
        { "leaf-crt.der", "\r\n", "", DIAGNOSE_ANY, "file-der" },
        { "leaf-crt.der", " ", "", DIAGNOSE_ANY, "file-der-joined" },
        { "leaf-crt.der", "\n", "leaf-crt.der", DIAGNOSE_ANY,
          "file-der-joined" },
        { "leaf-crt.der", "\r", "root.crt", DIAGNOSE_ANY, "file-der-joined" },
        { "leaf-csr.der", "", "leaf-crt.der", DIAGNOSE_CERT,
          "file-der-joined" },
        { "crl.der", "", "root.crt", DIAGNOSE_TRUST, "file-der-joined" },
        { "leaf-key.der", "", "leaf-crt.der", DIAGNOSE_KEY, "file-der-joined" },
        { "leaf-key.der", "", "leaf.crt", DIAGNOSE_KEY, "file-der-joined" },
        { "encrypted.der", "", "leaf-crt.der", DIAGNOSE_ANY,
          "file-der-joined" },
        { "pkcs1.der", "", "leaf-crt.der", DIAGNOSE_ANY, "file-der-joined" },
        /* Read, all but the front. */
        { "leaf-crt.der", "\n", "root.crt", DIAGNOSE_ANY, "binary-outside" },
        /* To be taken apart, whatever is behind. */
        { "leaf.p12", "", "leaf-crt.der", DIAGNOSE_ANY, "file-pkcs12" },
        { "leaf-p7b.der", "", "leaf-crt.der", DIAGNOSE_ANY, "file-pkcs7" },
        { "leaf-p7b.der", "", "root.crt", DIAGNOSE_ANY, "binary-outside" },
        { "cut.der", "", "root.crt", DIAGNOSE_ANY, "binary-outside" },
        { "cut.der", "\r", "root.crt", DIAGNOSE_ANY, "binary-outside" },
        { "cut.der", "\n ", "root.crt", DIAGNOSE_ANY, "binary-outside" },
        /* Behind PEM, in files of all kinds. */
        { "other.crt", "", "cut.der root.crt", DIAGNOSE_ANY, "binary-outside" },
        { "other.crt", "", "leaf-crt.der", DIAGNOSE_TRUST, "binary-outside" },
        { "leaf.key", "", "leaf-crt.der", DIAGNOSE_KEY, "binary-outside" },
        { "leaf.key", "", "leaf-crt.der", DIAGNOSE_ANY, "binary-outside" },
        { "crlf.crt", "", "leaf-crt.der", DIAGNOSE_TRUST,
          "binary-outside file-crlf" },
        { "nonewline.crt", " ", "leaf-crt.der", DIAGNOSE_TRUST,
          "binary-outside" },
        { "nonewline.crt", "x", "", DIAGNOSE_TRUST, "block-damaged" },
        { "nobegin.crt", "", "leaf-crt.der", DIAGNOSE_ANY, "block-no-begin" },
        { "utf16.crt", "", "leaf-crt.der", DIAGNOSE_ANY, "file-utf16" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob text = { 0 };

        append_fixture(&text, rows[i].first);
        blob_text(&text, rows[i].between);
        append_fixtures(&text, rows[i].second);
        expect_list(&text, rows[i].role, rows[i].want);
        blob_clear(&text);
    }
}

/* Line breaks are told of text only. */
static void
test_lines_of_binary(void **state)
{
    static const char tail[] = "\x30\x82\r\n\0\x1a";
    struct blob text = { 0 };

    (void)state;
    append_fixture(&text, "root.crt");
    blob_append(&text, tail, sizeof(tail) - 1);
    expect_list(&text, DIAGNOSE_ANY, "binary-outside");
    append_fixture(&text, "root.crt");
    expect_list(&text, DIAGNOSE_ANY, "binary-outside");
    blob_text(&text, "\n");
    append_fixture(&text, "other.crt");
    blob_append(&text, tail, sizeof(tail) - 1);
    /* That is told once. */
    expect_list(&text, DIAGNOSE_ANY, "binary-outside");
    blob_clear(&text);
}

/* A key of an algorithm that nobody knows belongs to no other. */
static void
test_unknown_key(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob key = fixture("leaf.key"), bundle = fixture("bundle.crt");
    struct blob cert = fixture_unknown_key("leaf-crt.der");
    const struct diagnose_part parts[] = {
        { "leaf.key", &key, DIAGNOSE_KEY },
        { "leaf.crt", &cert, DIAGNOSE_CERT },
        { "bundle.crt", &bundle, DIAGNOSE_BUNDLE },
    };
    struct hints hints = { 0 };

    (void)state;
    diagnose(&diagnosis, parts, 2, &hints);
    assert_true(hints_has(&hints, HINT_PAIR_MISMATCH));
    hints_clear(&hints);
    /* What is trusted makes no pair with a key. */
    diagnose(&diagnosis,
             (const struct diagnose_part[]){
                 parts[0], { "bundle.crt", &bundle, DIAGNOSE_TRUST } },
             2, &hints);
    expect(&hints, "", "trust");
    diagnose(&diagnosis, (const struct diagnose_part[]){ parts[0], parts[2] },
             2, &hints);
    expect(&hints, "", "bundle");
    hints_clear(&hints);
    blob_clear(&key);
    blob_clear(&cert);
    blob_clear(&bundle);
}

/* Two CAs that each certify the other: nobody walks round and round. */
static void
test_round(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct made_cert plans[3] = {
        { .cn = "First CA", .ca = true },
        { .cn = "Second CA", .ca = true, .serial = "2" },
        { .cn = "a.example.com", .san = "DNS:a.example.com", .serial = "3" },
    };
    X509 *names[2] = { make_cert(&plans[0]), make_cert(&plans[1]) };
    struct blob text = { 0 };
    const struct diagnose_part part = { "x.crt", &text, DIAGNOSE_FULL_CHAIN };
    struct hints hints = { 0 };
    X509 *certs[3];
    int i;

    (void)state;
    plans[0].issuer = names[1];
    plans[1].issuer = names[0];
    plans[2].issuer = names[0];
    for (i = 2; i >= 0; i--) {
        certs[i] = make_cert(&plans[i]);
        append_pem(&text, certs[i]);
    }
    diagnose(&diagnosis, &part, 1, &hints);
    expect(&hints, "chain-loop chain-order", "round");
    hints_clear(&hints);
    blob_clear(&text);
    for (i = 0; i < 3; i++)
        X509_free(certs[i]);
    X509_free(names[0]);
    X509_free(names[1]);
}

/* Gives it an authorityKeyIdentifier of its issuer's name and that number. */
static void
name_issuer(X509 *cert, long serial)
{
    AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    EVP_PKEY *key = some_key();

    GENERAL_NAME_set0_value(name, GEN_DIRNAME,
                            X509_NAME_dup(X509_get_issuer_name(cert)));
    id->issuer = GENERAL_NAMES_new();
    sk_GENERAL_NAME_push(id->issuer, name);
    id->serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set(id->serial, serial);
    assert_int_equal(
        X509_add1_ext_i2d(cert, NID_authority_key_identifier, id, 0, 0), 1);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    AUTHORITY_KEYID_free(id);
    EVP_PKEY_free(key);
}

/* A CA of the name has not signed it: was it altered, or was it another CA?
   Only a number or a key identifier that fits tells. */
static void
test_altered_or_other(void **state)
{
    static const struct {
        long serial; /* that is named; 0: a key is */
        const char *key_id, *want;
    } rows[] = {
        { 2, NULL, "signature-bad" },
        { 9, NULL, "issuer-other-key" },
        { 0, NULL, "issuer-other-key" },
        { 0, "01:02", "issuer-other-key" },
        { 0, "6F:74:68:65:72", "signature-bad" },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob file = fixture("inter-again.key");
    struct made_cert ca = {
        .cn = "Example CA", .ca = true, .self = true, .serial = "2"
    };
    const struct made_cert plan = { .cn = "a.example.com",
                                    .san = "DNS:a.example.com",
                                    .serial = "3" };
    EVP_PKEY *key = NULL;
    struct error error;
    size_t i;

    (void)state;
    assert_int_equal(key_parse("ca.key", &file, &key, &error), 0);
    ca.key = ca.signer = key;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob text = { 0 };
        const struct diagnose_part part = { "x.crt", &text,
                                            DIAGNOSE_FULL_CHAIN };
        struct hints hints = { 0 };
        X509 *leaf = make_cert(&plan), *issuer;
        char what[16];

        ca.key_id = rows[i].key_id;
        issuer = make_cert(&ca);
        if (rows[i].serial != 0)
            name_issuer(leaf, rows[i].serial);
        else
            name_other_key(leaf);
        append_pem(&text, leaf);
        append_pem(&text, issuer);
        snprintf(what, sizeof(what), "row %zu", i + 1);
        diagnose(&diagnosis, &part, 1, &hints);
        expect(&hints, rows[i].want, what);
        hints_clear(&hints);
        blob_clear(&text);
        X509_free(leaf);
        X509_free(issuer);
    }
    EVP_PKEY_free(key);
    blob_clear(&file);
}

/* Replaces the octets of an OID, wherever it stands. */
static void
replace_oid(struct blob *der, const char *from, const char *to, size_t size)
{
    unsigned char *at = der->data, *end = der->data + der->size;

    while ((at = memmem(at, (size_t)(end - at), from, size)) != NULL)
        memcpy(at, to, size);
}

static void
append_altered(struct blob *text, X509 *cert, const char *from, const char *to,
               size_t size)
{
    struct blob der = { 0 };
    unsigned char *bytes = NULL;
    int length = i2d_X509(cert, &bytes);

    blob_append(&der, bytes, (size_t)length);
    if (from != NULL)
        replace_oid(&der, from, to, size);
    pem_append(text, "CERTIFICATE", &der);
    OPENSSL_free(bytes);
    blob_clear(&der);
}

/* What this OpenSSL cannot verify is not called altered, nor another key's. */
static void
test_unverifiable(void **state)
{
    /* The last octets of OIDs of PKCS #1: rsaEncryption, sha256WithRSA... */
    static const char rsa[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    static const char unknown[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x63";
    static const char sha256[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
    static const char md4[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03";
    static const char sha512[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d";
    static const struct {
        const char *of_leaf, *of_root, *want;
    } rows[] = {
        { NULL, unknown, "key-not-rsa x.crt:2" },
        { md4, NULL, "signature-weak x.crt:1" },
        { unknown, NULL, "" },
        { sha512, NULL, "issuer-other-key x.crt:2" },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct made_cert ca = { .cn = "Example CA",
                                  .ca = true,
                                  .self = true };
    const struct made_cert plan = { .cn = "a.example.com",
                                    .san = "DNS:a.example.com",
                                    .serial = "3" };
    X509 *leaf = make_cert(&plan), *root = make_cert(&ca);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct blob text = { 0 };
        const struct diagnose_part part = { "x.crt", &text,
                                            DIAGNOSE_FULL_CHAIN };
        struct hints hints = { 0 };
        char what[16];

        append_altered(&text, leaf, rows[i].of_leaf != NULL ? sha256 : NULL,
                       rows[i].of_leaf, sizeof(sha256) - 1);
        append_altered(&text, root, rows[i].of_root != NULL ? rsa : NULL,
                       rows[i].of_root, sizeof(rsa) - 1);
        snprintf(what, sizeof(what), "row %zu", i + 1);
        diagnose(&diagnosis, &part, 1, &hints);
        expect_places(&hints, rows[i].want, what);
        hints_clear(&hints);
        blob_clear(&text);
    }
    X509_free(leaf);
    X509_free(root);
}

/* A leaf below a root of the same key; without a name of its own for it. */
static void
test_below_root(void **state)
{
    static const struct {
        struct made_cert root, leaf;
        enum diagnose_role role;
        const char *want;
    } rows[] = {
        { { .cn = "Example CA", .ca = true, .self = true },
          { .cn = "a.example.com", .san = "DNS:a.example.com" },
          DIAGNOSE_CERT,
          "" },
        /* An old root has no marks. */
        { { .cn = "Example CA", .version1 = true, .self = true },
          { .cn = "a.example.com", .san = "DNS:a.example.com" },
          DIAGNOSE_CERT,
          "" },
        /* The common name counts where there is no other. */
        { { .cn = "Example CA",
            .ca = true,
            .self = true,
            .constraints = "permitted;DNS:example.org" },
          { .cn = "a.example.com" },
          DIAGNOSE_CERT,
          "name-constraints name-cn-only" },
        { { .cn = "Example CA",
            .ca = true,
            .self = true,
            .constraints = "permitted;DNS:example.com" },
          { .cn = "a.example.com" },
          DIAGNOSE_CERT,
          "name-cn-only" },
        { { .cn = "Example CA",
            .ca = true,
            .self = true,
            .constraints = "permitted;DNS:example.com" },
          { .cn = "www.legacy.net", .san = "DNS:www.example.com" },
          DIAGNOSE_CERT,
          "name-cn-not-in-san" },
        { { .cn = "Example CA",
            .ca = true,
            .self = true,
            .constraints = "permitted;DNS:example.com" },
          { .cn = "www.legacy.net", .san = "IP:192.0.2.7" },
          DIAGNOSE_CERT,
          "name-constraints name-cn-not-in-san" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct diagnosis diagnosis = { .now = TEST_NOW };
        struct made_cert plan = rows[i].leaf;
        X509 *root = make_cert(&rows[i].root), *leaf;
        struct blob text = { 0 };
        const struct diagnose_part part = { "x.crt", &text, rows[i].role };
        struct hints hints = { 0 };
        char what[16];

        plan.issuer = root;
        plan.serial = "7";
        leaf = make_cert(&plan);
        append_pem(&text, leaf);
        append_pem(&text, root);
        snprintf(what, sizeof(what), "row %zu", i + 1);
        diagnose(&diagnosis, &part, 1, &hints);
        expect(&hints, rows[i].want, what);
        hints_clear(&hints);
        blob_clear(&text);
        X509_free(leaf);
        X509_free(root);
    }
}

/* A root that names another key for its own is none to the judge, and nothing
   is missing. */
static void
test_root_of_other_key(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct made_cert root = {
        .cn = "Example CA", .ca = true, .self = true, .key_id = "01:02"
    };
    const struct made_cert plan = { .cn = "a.example.com",
                                    .san = "DNS:a.example.com",
                                    .serial = "2" };
    X509 *leaf = make_cert(&plan), *ca = name_other_key(make_cert(&root));
    struct blob one = { 0 }, two = { 0 };
    const struct diagnose_part parts[] = {
        { "leaf.crt", &one, DIAGNOSE_ANY },
        { "bundle.crt", &two, DIAGNOSE_BUNDLE },
    };
    struct hints hints = { 0 };

    (void)state;
    append_pem(&one, leaf);
    append_pem(&two, ca);
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "key-id-mismatch", "root");
    assert_string_equal(hints.all[0].file, "bundle.crt");
    hints_clear(&hints);
    blob_clear(&one);
    blob_clear(&two);
    X509_free(leaf);
    X509_free(ca);
}

/* Of more critical extensions than there is room for nobody asks. */
static void
test_many_extensions(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    const struct made_cert plan = { .cn = "a.example.com",
                                    .san = "DNS:a.example.com" };
    X509 *cert = make_cert(&plan);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    struct blob text = { 0 };
    const struct diagnose_part part = { "a.crt", &text, DIAGNOSE_CERT };
    struct hints hints = { 0 };
    int i;

    (void)state;
    for (i = 0; i < 3 * HINTS_MAX; i++) {
        char oid[16];
        ASN1_OBJECT *object;
        X509_EXTENSION *extension;

        snprintf(oid, sizeof(oid), "1.2.3.%d", i);
        object = OBJ_txt2obj(oid, 1);
        extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
        assert_int_equal(X509_add_ext(cert, extension, -1), 1);
        X509_EXTENSION_free(extension);
        ASN1_OBJECT_free(object);
    }
    append_pem(&text, cert);
    diagnose(&diagnosis, &part, 1, &hints);
    assert_int_equal(hints.all[0].id, HINT_EXTENSION_UNKNOWN);
    assert_true(hints.count + hints.left_out < 2 * HINTS_MAX);
    hints_clear(&hints);
    blob_clear(&text);
    ASN1_OCTET_STRING_free(value);
    X509_free(cert);
}

/* A root of version 1 is a CA wherever it stands, and better than an expired
   cross-certificate of its name. */
static void
test_old_root(void **state)
{
    struct blob file = fixture("inter-again.key");
    struct made_cert other = { .cn = "Other CA", .ca = true, .self = true };
    struct made_cert cross = { .cn = "Old CA",
                               .ca = true,
                               .serial = "2",
                               .from = TEST_NOW - 200000,
                               .to = TEST_NOW - 100000 };
    const struct made_cert root = { .cn = "Old CA",
                                    .version1 = true,
                                    .self = true };
    struct made_cert plan = { .cn = "a.example.com",
                              .san = "DNS:a.example.com",
                              .serial = "3" };
    static const int orders[][3] = { { 2, 1, 0 }, { 1, 0, 2 } };
    EVP_PKEY *key = NULL;
    struct error error;
    X509 *certs[4];
    size_t i, j;

    (void)state;
    assert_int_equal(key_parse("other.key", &file, &key, &error), 0);
    other.key = other.signer = cross.signer = key;
    certs[0] = cross.issuer = make_cert(&other);
    certs[1] = make_cert(&cross);
    certs[2] = plan.issuer = make_cert(&root);
    certs[3] = make_cert(&plan);
    for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        const struct diagnosis diagnosis = { .now = TEST_NOW, .holds = true };
        struct blob leaf = { 0 }, text = { 0 };
        const struct diagnose_part parts[] = {
            { "a.crt", &leaf, DIAGNOSE_CERT },
            { "x.crt", &text, DIAGNOSE_BUNDLE },
        };
        struct hints hints = { 0 };

        append_pem(&leaf, certs[3]);
        for (j = 0; j < 3; j++)
            append_pem(&text, certs[orders[i][j]]);
        diagnose(&diagnosis, parts, 2, &hints);
        expect_places(&hints, "", i == 0 ? "before" : "behind");
        hints_clear(&hints);
        blob_clear(&text);
        blob_clear(&leaf);
    }
    for (i = 0; i < 4; i++)
        X509_free(certs[i]);
    EVP_PKEY_free(key);
    blob_clear(&file);
}

/*
 * A CA with a new key, which its old key has certified (RFC 4210 section 4.4):
 * both stand under one name, and a certificate by the new key needs both.
 */
static void
test_new_key(void **state)
{
    struct blob file = fixture("inter-again.key");
    const struct made_cert old_root = { .cn = "Example CA",
                                        .ca = true,
                                        .self = true };
    struct made_cert new_root = {
        .cn = "Example CA", .ca = true, .self = true, .serial = "2"
    };
    struct made_cert plan = { .cn = "a.example.com",
                              .san = "DNS:a.example.com",
                              .serial = "3" };
    EVP_PKEY *key = NULL;
    struct error error;
    X509 *certs[4];
    static const struct {
        int order[3];
        const char *refused, *held;
    } rows[] = {
        /* The judge goes by names only, and takes the old root for both. */
        { { 1, 0, -1 }, "issuer-other-key x.crt:2", "" },
        { { 0, 1, -1 },
          "chain-order x.crt:2, issuer-other-key x.crt:1",
          "chain-order x.crt:2" },
        /* The new key's root of its own leads as far, and to other peers. */
        { { 1, 0, 3 }, "issuer-astray x.crt:2", "" },
        { { 3, 1, 0 }, "", "" },
        { { 3, -1, -1 }, "", "" },
        { { 3, 0, -1 }, "chain-extra x.crt:2", "chain-extra x.crt:2" },
    };
    size_t i, j, k;

    (void)state;
    assert_int_equal(key_parse("new.key", &file, &key, &error), 0);
    new_root.key = plan.signer = key;
    certs[0] = make_cert(&old_root);
    certs[1] = make_cert(&new_root);
    certs[2] = make_cert(&plan);
    new_root.signer = key;
    new_root.serial = "4";
    certs[3] = make_cert(&new_root);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (k = 0; k < 2; k++) {
            const struct diagnosis diagnosis = { .now = TEST_NOW,
                                                 .holds = k == 1 };
            struct blob leaf = { 0 }, text = { 0 };
            const struct diagnose_part parts[] = {
                { "a.crt", &leaf, DIAGNOSE_CERT },
                { "x.crt", &text, DIAGNOSE_BUNDLE },
            };
            struct hints hints = { 0 };
            char what[32];

            append_pem(&leaf, certs[2]);
            for (j = 0; j < 3 && rows[i].order[j] >= 0; j++)
                append_pem(&text, certs[rows[i].order[j]]);
            snprintf(what, sizeof(what), "row %zu, holds %zu", i + 1, k);
            diagnose(&diagnosis, parts, 2, &hints);
            expect_places(&hints, k == 1 ? rows[i].held : rows[i].refused,
                          what);
            hints_clear(&hints);
            blob_clear(&text);
            blob_clear(&leaf);
        }
    for (i = 0; i < 4; i++)
        X509_free(certs[i]);
    EVP_PKEY_free(key);
    blob_clear(&file);
}

/* One file given twice is two files. */
static void
test_file_twice(void **state)
{
    static const struct {
        const char *fixture;
        enum diagnose_role role;
        bool holds;
        const char *want;
    } rows[] = {
        { "root.crt", DIAGNOSE_BUNDLE, true, "" },
        { "fullchain.crt", DIAGNOSE_BUNDLE, true, "leaf-in-bundle x.crt:1" },
        { "leaf.crt", DIAGNOSE_TRUST, false,
          "leaf-as-ca x.crt:1, "
          "chain-no-intermediate x.crt:1" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct diagnosis diagnosis = { .now = TEST_NOW,
                                             .holds = rows[i].holds };
        struct blob bytes = fixture(rows[i].fixture);
        const struct diagnose_part parts[] = {
            { "x.crt", &bytes, DIAGNOSE_ANY },
            { "x.crt", &bytes, rows[i].role },
        };
        struct hints hints = { 0 };

        diagnose(&diagnosis, parts, 2, &hints);
        expect_places(&hints, rows[i].want, rows[i].fixture);
        hints_clear(&hints);
        blob_clear(&bytes);
    }
}

/* A list of certificates that were revoked which is none. */
static void
test_damaged_crls(void **state)
{
    static const char *const damaged[] = { "MAA=", "!" };
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct blob text = { 0 };

        append_fixture(&text, "root.crt");
        blob_text(&text, "-----BEGIN X509 CRL-----\n");
        blob_text(&text, damaged[i]);
        blob_text(&text, "\n-----END X509 CRL-----\n");
        expect_list(&text, DIAGNOSE_TRUST, "block-damaged");
        blob_clear(&text);
    }
}

/* The issuer in a file before: the order of files says nothing. */
static void
test_files_in_order(void **state)
{
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct blob bundle = fixture("bundle.crt"), leaf = fixture("leaf.crt");
    struct blob der = fixture("leaf-crt.der");
    struct diagnose_part parts[] = {
        { "bundle.crt", &bundle, DIAGNOSE_BUNDLE },
        { "leaf.crt", &leaf, DIAGNOSE_CERT },
    };
    struct hints hints = { 0 };

    (void)state;
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "", "PEM");
    parts[1] =
        (struct diagnose_part){ "bundle.crt", &der, DIAGNOSE_FULL_CHAIN };
    diagnose(&diagnosis, parts, 2, &hints);
    expect(&hints, "file-der", "DER of the same name");
    hints_clear(&hints);
    blob_clear(&bundle);
    blob_clear(&leaf);
    blob_clear(&der);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_every_fixture),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_renewed_root),
        cmocka_unit_test(test_odd_key),
        cmocka_unit_test(test_newer_form),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_leaves_in_lists),
        cmocka_unit_test(test_serials),
        cmocka_unit_test(test_damaged_lists),
        cmocka_unit_test(test_ber_in_list),
        cmocka_unit_test(test_accepted_list),
        cmocka_unit_test(test_first_of_list),
        cmocka_unit_test(test_key_of_list),
        cmocka_unit_test(test_many_of_a_name),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_no_certificate),
        cmocka_unit_test(test_labels_beside),
        cmocka_unit_test(test_joined_der),
        cmocka_unit_test(test_lines_of_binary),
        cmocka_unit_test(test_unknown_key),
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_altered_or_other),
        cmocka_unit_test(test_unverifiable),
        cmocka_unit_test(test_below_root),
        cmocka_unit_test(test_root_of_other_key),
        cmocka_unit_test(test_many_extensions),
        cmocka_unit_test(test_old_root),
        cmocka_unit_test(test_new_key),
        cmocka_unit_test(test_damaged_crls),
        cmocka_unit_test(test_file_twice),
        cmocka_unit_test(test_files_in_order),
    };

    return cmocka_run_group_tests_name("diagnose", tests, NULL, NULL);
}

/*
 * One certificate at a time, made to order: what test_diagnose.c has no
 * fixture for.
 */
#include "pki/diagnose_cert.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/der.h"
#include "tests/support.h"

#define DAY ((time_t)86400)
#define END_OF_TIME ((time_t)253402300799) /* 9999-12-31 23:59:59 */

static const struct site site = { "x.crt", 0, 0 };

/* As diagnose_der() sees one of a list. */
static void
look_at_der(const struct finder *finder, const unsigned char *bytes,
            size_t size, bool leaf)
{
    struct der_cert parts;

    assert_true(der_cert(bytes, size, &parts));
    diagnose_der(finder, &site, &parts, leaf);
}

static void
expect(struct hints *hints, const char *want, const char *what)
{
    char *got = hint_names(hints);

    if (strcmp(got, want) != 0)
        fail_msg("%s: found '%s', wanted '%s'", what, got, want);
    free(got);
    hints_clear(hints);
    assert_int_equal(ERR_peek_error(), 0);
}

/* Dates, alone and in a list. */
static void
test_dates(void **state)
{
    static const struct {
        time_t from, to, now;
        const char *want, *of_ca, *day;
    } rows[] = {
        { TEST_NOW - 1, TEST_NOW + 31 * DAY, TEST_NOW, "", "", NULL },
        { TEST_NOW - 1, TEST_NOW + 29 * DAY, TEST_NOW, "expires-soon",
          "ca-expires-soon", "2026-06-30" },
        { TEST_NOW - DAY, TEST_NOW - 1, TEST_NOW, "expired", "ca-expired",
          "2026-06-01" },
        { TEST_NOW - DAY, TEST_NOW, TEST_NOW, "expired", "ca-expired",
          "2026-06-01" },
        { TEST_NOW, TEST_NOW + 1, TEST_NOW, "expires-soon", "ca-expires-soon",
          "2026-06-01" },
        { TEST_NOW + DAY, TEST_NOW + 9 * DAY, TEST_NOW, "not-yet-valid",
          "not-yet-valid", "2026-06-02" },
        { TEST_NOW, TEST_NOW - 1, TEST_NOW, "validity-empty", "validity-empty",
          "" },
        /* GeneralizedTime from 2050 on; and the years of 19.. */
        { 1, 2556144000, TEST_NOW, "", "", NULL },
        { 2556144000, 2556144000 + DAY, TEST_NOW, "not-yet-valid",
          "not-yet-valid", "2051-01-01" },
        { 1, END_OF_TIME, END_OF_TIME - DAY, "", "", NULL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct made_cert plan = { .from = rows[i].from,
                                        .to = rows[i].to };
        const struct diagnosis diagnosis = { .now = rows[i].now };
        struct hints hints = { 0 };
        const struct finder finder = { &diagnosis, &hints };
        X509 *cert = make_cert(&plan);
        unsigned char *bytes = NULL;
        int size = i2d_X509(cert, &bytes), turn;

        for (turn = 0; turn < 4; turn++) {
            int form = turn % 2;
            bool leaf = turn < 2;
            char what[32];

            snprintf(what, sizeof(what), "row %zu, form %d", i + 1, form);
            if (form == 0)
                diagnose_cert(&finder, &site, cert, leaf);
            else
                look_at_der(&finder, bytes, (size_t)size, leaf);
            if (rows[i].day != NULL)
                assert_string_equal(hints.all[0].one, rows[i].day);
            expect(&hints, leaf ? rows[i].want : rows[i].of_ca, what);
        }
        OPENSSL_free(bytes);
        X509_free(cert);
    }
}

/* Of a list, dates that are none are not told: the parser will. */
static void
test_validities(void **state)
{
    static const struct {
        const char *der, *want;
    } rows[] = {
        { "\x17\x0d"
          "200101000000Z"
          "\x17\x0d"
          "211231235959Z",
          "expired" },
        { "\x17\x0d"
          "990101000000Z"
          "\x18\x0f"
          "20211231235959Z",
          "expired" },
        { "", "" },
        { "\x17\x0d"
          "200101000000Z",
          "" },
        { "\x17\x0d"
          "200101000000Z"
          "\x17\x0b"
          "2112312359Z",
          "" },
        { "\x17\x0d"
          "200101000000Z"
          "\x18\x0d"
          "211231235959Z",
          "" },
        { "\x17\x0d"
          "200101000000Z"
          "\x0c\x0d"
          "211231235959Z",
          "" },
        { "\x17\x0d"
          "201301000000Z"
          "\x17\x0d"
          "211231235959Z",
          "" },
    };
    struct blob file = fixture("leaf-crt.der");
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct hints hints = { 0 };
    const struct finder finder = { &diagnosis, &hints };
    struct der_cert parts;
    size_t i;

    (void)state;
    assert_true(der_cert(file.data, file.size, &parts));
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        parts.validity.at = (const unsigned char *)rows[i].der;
        parts.validity.end = parts.validity.at + strlen(rows[i].der);
        diagnose_der(&finder, &site, &parts, true);
        expect(&hints, rows[i].want, rows[i].der);
    }
    blob_clear(&file);
}

/* By the number of the algorithm: OpenSSL would not sign with most of them. */
static void
test_digests(void **state)
{
    static const struct {
        unsigned char algorithm; /* of PKCS #1, the last of its OID */
        const char *want, *name;
    } rows[] = {
        { 11, "", NULL },
        { 5, "signature-weak", "SHA1" },
        { 4, "signature-weak", "MD5" },
        { 3, "signature-weak", "MD4" },
        { 2, "signature-weak", "MD2" },
        { 99, "", NULL },
    };
    static const unsigned char oid[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                         0xf7, 0x0d, 0x01, 0x01, 0x0b };
    struct blob file = fixture("leaf-crt.der");
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct hints hints = { 0 };
    const struct finder finder = { &diagnosis, &hints };
    unsigned char *first = memmem(file.data, file.size, oid, sizeof(oid));
    unsigned char *second;
    struct der_cert parts;
    size_t i;

    (void)state;
    assert_non_null(first);
    second = memmem(first + 1, (size_t)(file.data + file.size - first) - 1, oid,
                    sizeof(oid));
    assert_non_null(second);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const unsigned char *at = file.data;
        X509 *cert;

        first[10] = second[10] = rows[i].algorithm;
        cert = d2i_X509(NULL, &at, (long)file.size);
        assert_non_null(cert);
        diagnose_cert(&finder, &site, cert, false);
        if (rows[i].name != NULL)
            assert_string_equal(hints.all[0].one, rows[i].name);
        expect(&hints, rows[i].want, "alone");
        X509_free(cert);
        look_at_der(&finder, file.data, file.size, false);
        expect(&hints, rows[i].want, "in a list");
    }
    /* No algorithm at all. */
    assert_true(der_cert(file.data, file.size, &parts));
    parts.signature.end = parts.signature.at;
    diagnose_der(&finder, &site, &parts, true);
    expect(&hints, "", "none");
    blob_clear(&file);
}

/* RSA-PSS has its digest among its parameters, SHA-1 where there are none. */
static void
test_pss(void **state)
{
    static const struct {
        const char *digest, *want;
    } rows[] = {
        { "SHA1", "signature-weak" },
        { "SHA256", "" },
    };
    const struct diagnosis diagnosis = { .now = TEST_NOW };
    struct hints hints = { 0 };
    const struct finder finder = { &diagnosis, &hints };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct made_cert plan = { .cn = "x", .pss = rows[i].digest };
        X509 *cert = make_cert(&plan);
        unsigned char *bytes = NULL;
        int size = i2d_X509(cert, &bytes);

        diagnose_cert(&finder, &site, cert, false);
        if (hints.count > 0)
            assert_string_equal(hints.all[0].one, rows[i].digest);
        expect(&hints, rows[i].want, "alone");
        look_at_der(&finder, bytes, (size_t)size, false);
        if (hints.count > 0)
            assert_string_equal(hints.all[0].one, rows[i].digest);
        expect(&hints, rows[i].want, "in a list");
        OPENSSL_free(bytes);
        X509_free(cert);
    }
}

/* Of a name that is too long the CN is left, and what is cut can be seen. */
static void
test_long_names(void **state)
{
    static const struct {
        const char *o, *cn;
        size_t size;
        const char *want;
    } rows[] = {
        { "Example", "Example CA", 64, "O=Example, CN=Example CA" },
        { "Example", "Example CA", 25, "O=Example, CN=Example CA" },
        { "Example", "Example CA", 24, "O=Exam... CN=Example CA" },
        { "A very long organization indeed", "Example CA", 32,
          "O=A very long ... CN=Example CA" },
        { "Example", "A very long common name indeed", 24,
          "... CN=A very long c..." },
        { "A very long organization indeed", NULL, 24,
          "O=A very long organi..." },
        { "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6",
          "Example CA", 29,
          "O=\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4... CN=Example CA" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct made_cert plan = { .o = rows[i].o, .cn = rows[i].cn };
        X509 *cert = make_cert(&plan);
        char text[64];

        name_describe(X509_get_subject_name(cert), text, rows[i].size);
        assert_true(strlen(text) < rows[i].size);
        assert_string_equal(text, rows[i].want);
        X509_free(cert);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

#define LONG_LABEL "a234567890123456789012345678901234567890"
#define LONG_NAME                                                              \
    LONG_LABEL "." LONG_LABEL "." LONG_LABEL "." LONG_LABEL ".example.com"

/* An end entity's serial, usages and names. */
static void
test_leaves(void **state)
{
    static const char *const join[] = { "join.example.com", NULL };
    static const char *const org[] = { "example.org", NULL };
    static const char *const deep[] = { "a.b.example.com", NULL };
    static const char *const six[] = { "2001:db8::7", NULL };
    static const struct {
        struct made_cert plan;
        unsigned usage;
        const char *const *names;
        const char *want;
    } rows[] = {
        { { .cn = "a.example.com", .san = "DNS:a.example.com" }, 0, NULL, "" },

        { { .san = "DNS:a.example.com", .serial = "0" },
          0,
          NULL,
          "serial-weak" },
        { { .san = "DNS:a.example.com", .serial = "-7" },
          0,
          NULL,
          "serial-weak" },
        { { .san = "DNS:a.example.com",
            .serial = "7fffffffffffffffffffffffffffffffffffffff" },
          0,
          NULL,
          "" },
        { { .san = "DNS:a.example.com",
            .serial = "7fffffffffffffffffffffffffffffffffffffff00" },
          0,
          NULL,
          "serial-weak" },

        /* No peer that is made with OpenSSL takes it for either. */
        { { .san = "DNS:a.example.com", .eku = "anyExtendedKeyUsage" },
          0,
          NULL,
          "eku-no-client eku-no-server" },
        { { .san = "DNS:a.example.com",
            .eku = "anyExtendedKeyUsage,serverAuth" },
          DIAGNOSE_SERVER,
          NULL,
          "" },
        { { .san = "DNS:a.example.com", .eku = "emailProtection" },
          DIAGNOSE_SERVER,
          NULL,
          "eku-no-server" },

        /* The common name, and whether it is a name at all. */
        { { .cn = "Meeting Server no. 1", .san = "DNS:a.example.com" },
          0,
          NULL,
          "" },
        { { .cn = "admin@example.com", .san = "DNS:a.example.com" },
          0,
          NULL,
          "" },
        { { .cn = "192.0.2.7", .san = "IP:192.0.2.7" }, 0, NULL, "" },
        { { .cn = "postgres" }, 0, NULL, "" },
        { { .cn = "a.example.com" },
          DIAGNOSE_CLIENT | DIAGNOSE_DATABASE,
          NULL,
          "client-cn" },
        { { .cn = "postgres ", .san = NULL }, 0, NULL, "client-cn" },
        { { .cn = "a.example.com" }, 0, NULL, "name-cn-only" },

        /* Who is called postgres is a client, if nobody says what it is. */
        { { .cn = "postgres", .eku = "clientAuth" }, 0, NULL, "" },
        { { .cn = "postgres", .eku = "serverAuth" }, 0, NULL, "eku-no-client" },
        { { .cn = "postgres", .eku = "clientAuth" },
          DIAGNOSE_SERVER,
          NULL,
          "eku-no-server" },
        { { .cn = "a.example.com",
            .san = "DNS:a.example.com",
            .eku = "clientAuth" },
          0,
          NULL,
          "eku-no-server" },

        /* Of two common names the database takes the first. */
        { { .cn = "postgres", .cn2 = "x" },
          DIAGNOSE_CLIENT | DIAGNOSE_DATABASE,
          NULL,
          "" },
        { { .cn = "postgres", .cn2 = "x" }, 0, NULL, "" },
        { { .cn = "x", .cn2 = "postgres" },
          DIAGNOSE_CLIENT | DIAGNOSE_DATABASE,
          NULL,
          "client-cn" },
        { { .cn = "postgrse", .cn2 = "x" }, 0, NULL, "client-cn" },
        { { .cn = "x", .cn2 = "postgrse" }, 0, NULL, "name-cn-only" },
        { { .cn = "x", .cn2 = "a.example.com", .san = "DNS:a.example.com" },
          0,
          NULL,
          "" },
        { { .cn = "*.example.com", .san = "DNS:*.example.com" }, 0, NULL, "" },
        { { .cn = LONG_NAME, .san = "DNS:" LONG_NAME }, 0, NULL, "" },
        { { .cn = "*" LONG_NAME, .san = "DNS:" LONG_NAME }, 0, NULL, "" },
        { { .cn = "www*", .san = "DNS:a.example.com" },
          0,
          NULL,
          "name-malformed" },
        { { .cn = "b.example.com", .san = "DNS:*.example.com" }, 0, NULL, "" },

        /* A name beyond ASCII is one for people, if another one is there. */
        { { .cn = "m\303\274ller.example.com",
            .san = "DNS:xn--mller-kva.example.com" },
          0,
          NULL,
          "" },
        { { .cn = "m\303\274ller.example.com", .san = "DNS:a.example.com" },
          0,
          NULL,
          "name-cn-not-in-san name-malformed" },
        { { .cn = "m\303\274ller.example.com" },
          0,
          NULL,
          "name-cn-only name-malformed" },

        /* OpenSSL looks at the CN where there is no dNSName; browsers do not.
         */
        { { .cn = "a.example.com", .san = "email:a@example.com" },
          0,
          NULL,
          "name-cn-not-in-san" },

        /* What a dNSName may be. */
        { { .san = "DNS:2001:db8::7" },
          0,
          six,
          "name-ip-as-dns name-not-covered" },
        { { .san = "DNS:192.0.2.7,IP:192.0.2.8" }, 0, NULL, "name-ip-as-dns" },
        { { .san = "DNS:192.0.2.7,IP:192.0.2.7" }, 0, NULL, "" },
        { { .san = "IP:2001:db8::7,DNS:2001:db8:0::7" }, 0, six, "" },
        { { .san = "DNS:under_score.example.com" }, 0, NULL, "" },
        { { .san = "DNS:a.example.com." }, 0, NULL, "" },
        { { .san = "DNS:a..example.com" }, 0, NULL, "name-malformed" },
        { { .san = "DNS:.example.com" }, 0, NULL, "name-malformed" },
        { { .san = "DNS:*" }, 0, NULL, "name-malformed" },
        { { .san = "DNS:*.com" }, 0, NULL, "name-malformed" },
        { { .san = "DNS:*." }, 0, NULL, "name-malformed" },
        { { .san = "DNS:*.com." }, 0, NULL, "name-malformed" },
        { { .san = "DNS:w*.example.com" }, 0, NULL, "name-malformed" },
        { { .san = "DNS:" LONG_NAME }, 0, NULL, "" },

        /* Wildcards that somebody may have thought cover it. */
        { { .san = "DNS:*x.example.com" },
          0,
          join,
          "name-malformed name-not-covered" },
        { { .san = "DNS:*.example.com" }, 0, org, "name-not-covered" },
        { { .san = "email:a@example.com,DNS:*.join.example.com" },
          0,
          join,
          "name-wildcard" },
        { { .cn = "*.example.com" }, 0, deep, "name-cn-only name-wildcard" },
        /* Beside another name the CN is none. */
        { { .cn = "*.example.com", .san = "DNS:foo.example.com" },
          0,
          join,
          "name-cn-not-in-san name-not-covered" },
        { { .san = "DNS:*.long.long.long.example.org" },
          0,
          org,
          "name-not-covered" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct diagnosis diagnosis = { .now = TEST_NOW,
                                             .usage = rows[i].usage,
                                             .names = rows[i].names };
        struct hints hints = { 0 };
        const struct finder finder = { &diagnosis, &hints };
        X509 *cert = make_cert(&rows[i].plan);
        char what[32];

        snprintf(what, sizeof(what), "row %zu", i + 1);
        diagnose_cert(&finder, &site, cert, true);
        hints_sort(&hints);
        expect(&hints, rows[i].want, what);
        X509_free(cert);
    }
}

static void
test_hosts(void **state)
{
    static const struct {
        const char *host;
        bool covered;
    } rows[] = {
        { "www.example.com", true },
        { "WWW.example.com", true },
        { "mail.example.com", false },
        { "192.0.2.7", true },
        { "192.0.2.8", false },
        { "2001:db8::7", true },
        { "www", true },
        { "Db", true },
        { "ww", false },
        { "mail", false },
        { "wwww", false },
        { LONG_LABEL, false },
    };
    const struct made_cert plan = { .san =
                                        "email:www@example.com,DNS:WWW.example."
                                        "com,IP:192.0.2.7,DNS:db.example.com,"
                                        "IP:2001:db8::7" };
    const struct made_cert nameless = { .cn = "www.example.com" };
    X509 *cert = make_cert(&plan), *other = make_cert(&nameless);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (diagnose_covers(cert, rows[i].host) != rows[i].covered)
            fail_msg("%s", rows[i].host);
    /* Without alternative names, a name without a domain is nobody's. */
    assert_true(diagnose_covers(other, "www.example.com"));
    assert_false(diagnose_covers(other, "www"));
    assert_int_equal(ERR_peek_error(), 0);
    X509_free(other);
    X509_free(cert);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),      cmocka_unit_test(test_validities),
        cmocka_unit_test(test_digests),    cmocka_unit_test(test_pss),
        cmocka_unit_test(test_long_names), cmocka_unit_test(test_leaves),
        cmocka_unit_test(test_hosts),
    };

    return cmocka_run_group_tests_name("diagnose_cert", tests, NULL, NULL);
}

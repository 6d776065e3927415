/*
 * Subjects as they are typed.
 */
#include "pki/subject.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static void
check_failure(const char *line, enum error_code code, const char *name)
{
    struct subject subject = { 0 };
    struct error error;

    assert_fails(type_subject(line, &subject, &error), &error, code, name);
    assert_null(subject.name);
    assert_null(subject.altname);
    assert_int_equal(ERR_peek_error(), 0);
}

static char *
printed(X509_NAME *name)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *data, *text;
    long size;

    X509_NAME_print_ex(out, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    size = BIO_get_mem_data(out, &data);
    text = xstrndup(data, (size_t)size);
    BIO_free(out);
    return text;
}

static void
check_name(const char *line, const char *want)
{
    struct subject subject = { 0 };
    struct error error;
    char *text;

    assert_int_equal(type_subject(line, &subject, &error), 0);
    assert_non_null(subject.name);
    text = printed(subject.name);
    assert_string_equal(text, want);
    free(text);
    subject_clear(&subject);
    assert_null(subject.name);
}

/* The alternative names, printed as OpenSSL prints them. */
static void
check_altname(const char *list, const char *want)
{
    struct subject subject = { 0 };
    struct error error;
    char *line = xasprintf("subjectAltName:%s", list);
    BIO *out = BIO_new(BIO_s_mem());
    char *data, *text;
    long size;
    int i;

    assert_int_equal(type_subject(line, &subject, &error), 0);
    assert_null(subject.name);
    for (i = 0; i < sk_GENERAL_NAME_num(subject.altname); i++) {
        BIO_puts(out, i > 0 ? "," : "");
        GENERAL_NAME_print(out, sk_GENERAL_NAME_value(subject.altname, i));
    }
    size = BIO_get_mem_data(out, &data);
    text = xstrndup(data, (size_t)size);
    assert_string_equal(text, want);
    free(text);
    free(line);
    BIO_free(out);
    subject_clear(&subject);
}

static char *
repeated(const char *head, const char *piece, size_t n)
{
    struct blob text = { 0 };

    blob_text(&text, head);
    while (n-- > 0)
        blob_text(&text, piece);
    return (char *)text.data;
}

static void
test_order(void **state)
{
    (void)state;
    check_name("CN:a.example.com", "CN = a.example.com");
    check_name("emailAddress:me@example.com|CN:a|OU:Desk 4|O:Example, Inc.|"
               "L:Oslo|ST:Viken|C:NO",
               "C = NO, ST = Viken, L = Oslo, O = \"Example, Inc.\", "
               "OU = Desk 4, CN = a, emailAddress = me@example.com");
    check_name("C:no", "C = NO");
    /* SEEN on the real one. */
    check_name("CN:.*.tptac9.com", "CN = .*.tptac9.com");
    check_name("CN:a:b", "CN = a:b");
    check_name("O:Žižkov 会议 😀", "O = Žižkov 会议 😀");
}

static int
entry_type(const struct subject *subject, int nid)
{
    int at = X509_NAME_get_index_by_NID(subject->name, nid, -1);

    return ASN1_STRING_type(
        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject->name, at)));
}

static void
test_string_types(void **state)
{
    struct subject subject = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(
        type_subject("CN:a|C:NO|emailAddress:a@b", &subject, &error), 0);
    assert_int_equal(entry_type(&subject, NID_commonName), V_ASN1_UTF8STRING);
    assert_int_equal(entry_type(&subject, NID_countryName),
                     V_ASN1_PRINTABLESTRING);
    assert_int_equal(entry_type(&subject, NID_pkcs9_emailAddress),
                     V_ASN1_IA5STRING);
    subject_clear(&subject);
}

static void
test_words(void **state)
{
    (void)state;
    check_failure("CN", E_ATTRIBUTE_UNKNOWN, "CN");
    check_failure("cn:a", E_ATTRIBUTE_UNKNOWN, "cn:a");
    check_failure("CNX:a", E_ATTRIBUTE_UNKNOWN, "CNX:a");
    check_failure("subAltName:a.b", E_ATTRIBUTE_UNKNOWN, "subAltName:a.b");
    check_failure(":a", E_ATTRIBUTE_UNKNOWN, ":a");
    check_failure("CN:a|CN:a", E_ATTRIBUTE_TWICE, "CN");
    check_failure("subjectAltName:a|subjectAltName:b", E_ATTRIBUTE_TWICE,
                  "subjectAltName");
    check_failure("CN:", E_ATTRIBUTE_EMPTY, "CN");
    check_failure("CN:a|subjectAltName:", E_ATTRIBUTE_EMPTY, "subjectAltName");
}

static void
test_text(void **state)
{
    (void)state;
    check_failure("CN:a\tb", E_ATTRIBUTE_TEXT, "CN");
    check_failure("CN:a\x1b[1m", E_ATTRIBUTE_TEXT, "CN");
    check_failure("CN:a\x7f", E_ATTRIBUTE_TEXT, "CN");
    check_failure("CN:\xc2\x85", E_ATTRIBUTE_TEXT, "CN");     /* NEL */
    check_failure("CN:\xe9t\xe9", E_ATTRIBUTE_TEXT, "CN");    /* Latin-1 */
    check_failure("CN:\xc0\xaf", E_ATTRIBUTE_TEXT, "CN");     /* overlong */
    check_failure("CN:\xed\xa0\x80", E_ATTRIBUTE_TEXT, "CN"); /* surrogate */
    check_failure("CN:\xf4\x90\x80\x80", E_ATTRIBUTE_TEXT, "CN"); /* too high */
    check_failure("CN:\xe4\xbc", E_ATTRIBUTE_TEXT, "CN");         /* cut off */
    check_failure("C:NOR", E_ATTRIBUTE_COUNTRY, "NOR");
    check_failure("C:4A", E_ATTRIBUTE_COUNTRY, "4A");
    check_failure("C:é", E_ATTRIBUTE_COUNTRY, "é");
    check_failure("emailAddress:me", E_ATTRIBUTE_EMAIL, "me");
    check_failure("emailAddress:mé@b", E_ATTRIBUTE_EMAIL, "mé@b");
}

static void
test_bounds(void **state)
{
    static const struct {
        const char *head;
        size_t max;
    } bounds[] = {
        { "CN:", 64 }, { "OU:", 64 },  { "O:", 64 },
        { "L:", 128 }, { "ST:", 128 },
    };
    struct subject subject = { 0 };
    struct error error;
    char *line, want[24];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        /* Characters count, not bytes. */
        line = repeated(bounds[i].head, "é", bounds[i].max);
        assert_int_equal(type_subject(line, &subject, &error), 0);
        subject_clear(&subject);
        free(line);
        line = repeated(bounds[i].head, "é", bounds[i].max + 1);
        assert_fails(type_subject(line, &subject, &error), &error,
                     E_ATTRIBUTE_LONG, NULL);
        snprintf(want, sizeof(want), "%zu", bounds[i].max);
        assert_string_equal(error.other, want);
        free(line);
    }
    line = repeated("emailAddress:a@b", ".example", 29); /* 2 + 1 + 29 * 8 */
    assert_int_equal(type_subject(line, &subject, &error), 0);
    subject_clear(&subject);
    free(line);
    line = repeated("emailAddress:a@b", ".example", 32);
    check_failure(line, E_ATTRIBUTE_LONG, "emailAddress");
    free(line);
}

static void
test_altname(void **state)
{
    (void)state;
    check_altname("cmsadhoc.tptac9.com,10.106.81.32",
                  "DNS:cmsadhoc.tptac9.com,IP Address:10.106.81.32");
    check_altname("*.example.com,xn--e1afmkfd.xn--p1ai,under_score,a-b.c1",
                  "DNS:*.example.com,DNS:xn--e1afmkfd.xn--p1ai,"
                  "DNS:under_score,DNS:a-b.c1");
    check_altname("2001:db8::1,me@Example.com",
                  "IP Address:2001:DB8:0:0:0:0:0:1,email:me@Example.com");
    check_altname("::ffff:10.0.0.1", "IP Address:0:0:0:0:0:FFFF:A00:1");
}

static void
test_altname_duplicates(void **state)
{
    (void)state;
    check_altname("a.b,A.B,c,a.B,c", "DNS:a.b,DNS:c");
    check_altname("10.0.0.1,10.0.0.1,::1,0:0::1",
                  "IP Address:10.0.0.1,IP Address:0:0:0:0:0:0:0:1");
    check_altname("me@b.c,ME@b.c,me@B.C", "email:me@b.c,email:ME@b.c");
}

static void
test_altname_bad(void **state)
{
    static const char *const bad[] = {
        "a..b",  ".a",        "a.",        "a b",        "a/b",
        "-a.b",  "a-.b",      "a.*.b",     "*",          "*.",
        "f*.b",  "*.*.b",     "DNS:a",     "10.0.0.256", "10.0.0",
        "10",    "[::1]",     "fe80::1%1", "é.example",  "@a",
        "a@",    "a@b@c",     "a..b@c",    ".a@c",       "a.@c",
        "a b@c", "a@1.2.3.4", "a@*.b",     "10.0.0.0/8", "a@b.",
    };
    struct subject subject = { 0 };
    struct error error;
    char *line, *longer;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        line = xasprintf("subjectAltName:good,%s", bad[i]);
        check_failure(line, E_ALTNAME_BAD, bad[i]);
        free(line);
    }
    check_failure("subjectAltName:a,,b", E_ATTRIBUTE_EMPTY, "subjectAltName");
    check_failure("subjectAltName:a,", E_ATTRIBUTE_EMPTY, "subjectAltName");
    check_failure("subjectAltName:,a", E_ATTRIBUTE_EMPTY, "subjectAltName");
    check_failure("subjectAltName:a\n", E_ATTRIBUTE_TEXT, "subjectAltName");
    line = repeated("subjectAltName:", "a", 64);
    assert_fails(type_subject(line, &subject, &error), &error, E_ALTNAME_BAD,
                 NULL);
    free(line);
    line = repeated("subjectAltName:a", ".b", 127); /* 255 characters */
    assert_fails(type_subject(line, &subject, &error), &error, E_ALTNAME_BAD,
                 NULL);
    free(line);
    line = repeated("subjectAltName:*.b", ".b", 126);
    assert_fails(type_subject(line, &subject, &error), &error, E_ALTNAME_BAD,
                 NULL);
    free(line);
    line = repeated("subjectAltName:", "a.b", 400);
    assert_fails(type_subject(line, &subject, &error), &error, E_ALTNAME_BAD,
                 NULL);
    free(line);
    longer = repeated("subjectAltName:a", "b", 64);
    line = xasprintf("%s@c", longer); /* a local part of 65 */
    free(longer);
    assert_fails(type_subject(line, &subject, &error), &error, E_ALTNAME_BAD,
                 NULL);
    free(line);
    line = repeated("subjectAltName:a@b", ".b", 127); /* a host of 255 */
    assert_fails(type_subject(line, &subject, &error), &error, E_ALTNAME_BAD,
                 NULL);
    free(line);
}

static void
test_altname_longest(void **state)
{
    char *line = repeated("", ".b", 126); /* 252 and the first letter */
    char *host = xasprintf("a%s", line), *want = xasprintf("DNS:%s", host);

    (void)state;
    check_altname(host, want);
    free(want);
    free(host);
    free(line);
}

/* As many as a line of 64 KiB holds, in an order that hurts a plain tree. */
static void
test_altname_many(void **state)
{
    struct blob line = { 0 };
    struct subject subject = { 0 };
    struct error error;
    char name[32];
    int i;

    (void)state;
    blob_text(&line, "subjectAltName:first");
    for (i = 0; i < 10000; i++) {
        snprintf(name, sizeof(name), ",n%05d", i);
        blob_text(&line, name);
    }
    assert_int_equal(type_subject((char *)line.data, &subject, &error), 0);
    assert_int_equal(sk_GENERAL_NAME_num(subject.altname), 10001);
    subject_clear(&subject);
    blob_clear(&line);
}

static void
test_empty(void **state)
{
    struct subject subject = { 0 };
    struct error error;

    (void)state;
    assert_int_equal(subject_parse(NULL, 0, &subject, &error), 0);
    assert_null(subject.name);
    assert_null(subject.altname);
    assert_fails(subject_need_cn(&subject, &error), &error, E_NO_CN, "");
    assert_int_equal(type_subject("O:a|subjectAltName:b", &subject, &error), 0);
    assert_fails(subject_need_cn(&subject, &error), &error, E_NO_CN, "");
    subject_clear(&subject);
    assert_int_equal(type_subject("CN:a", &subject, &error), 0);
    assert_int_equal(subject_need_cn(&subject, &error), 0);
    subject_clear(&subject);
}

static void
test_basename(void **state)
{
    static const char *const bad[] = { "",   "a.b", "a/b", "a b",
                                       "..", "é",   "a:b", "a\n" };
    struct error error;
    char *name;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_fails(basename_check(bad[i], &error), &error, E_BAD_BASENAME,
                     bad[i]);
    assert_int_equal(basename_check("CMS-core_1", &error), 0);
    name = repeated("", "a", 200);
    assert_int_equal(basename_check(name, &error), 0);
    free(name);
    name = repeated("", "a", 201);
    assert_fails(basename_check(name, &error), &error, E_BAD_BASENAME, name);
    free(name);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_string_types),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_altname),
        cmocka_unit_test(test_altname_duplicates),
        cmocka_unit_test(test_altname_bad),
        cmocka_unit_test(test_altname_longest),
        cmocka_unit_test(test_altname_many),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_basename),
    };

    return cmocka_run_group_tests_name("subject", tests, NULL, NULL);
}

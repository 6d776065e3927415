/*
 * The PEM walker: every way in which the world damages PEM files that is
 * known to us is either read right or refused by name and line.
 */
#include "pki/pem.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

#define B1 "-----BEGIN CERTIFICATE-----\n"
#define E1 "-----END CERTIFICATE-----\n"
#define ONE B1 "TGVhZg==\n" E1 /* "Leaf" */
#define TWO B1 "Um9vdA==\n" E1 /* "Root" */

static int
queue_is_empty(void **state)
{
    (void)state;
    return ERR_peek_error() == 0 ? 0 : -1;
}

static struct blob
text_blob(const char *text)
{
    struct blob blob = { 0 };

    blob_text(&blob, text);
    return blob;
}

/* Appends the decoded blocks to joined; returns what ended the walk. */
static int
walk(const struct blob *text, struct blob *joined, struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block;
    int r;

    pem_start(&cursor, "a.pem", text);
    while ((r = pem_next(&cursor, &block, error)) == 1) {
        struct blob der = { 0 };

        if (pem_decode(&block, "a.pem", &der, error) != 0)
            return -1;
        blob_append(joined, der.data, der.size);
        blob_clear(&der);
    }
    return r;
}

static void
expect_blob(const struct blob *text, const char *want)
{
    struct blob joined = { 0 };
    struct error error = { 0 };

    blob_text(&joined, "");
    assert_int_equal(walk(text, &joined, &error), 0);
    assert_string_equal(joined.data, want);
    blob_clear(&joined);
}

static void
expect(const char *text, const char *want)
{
    struct blob blob = text_blob(text);

    expect_blob(&blob, want);
    blob_clear(&blob);
}

static void
refuse_blob(const struct blob *text, enum error_code code, unsigned line)
{
    struct blob joined = { 0 };
    struct error error;

    assert_fails(walk(text, &joined, &error), &error, code, "a.pem");
    assert_int_equal(error.line, line);
    blob_clear(&joined);
}

static void
refuse(const char *text, enum error_code code, unsigned line)
{
    struct blob blob = text_blob(text);

    refuse_blob(&blob, code, line);
    blob_clear(&blob);
}

/* Every replacement of one text by another. */
static struct blob
replace(const char *text, const char *from, const char *to)
{
    struct blob blob = { 0 };
    const char *hit;

    while ((hit = strstr(text, from)) != NULL) {
        blob_append(&blob, text, (size_t)(hit - text));
        blob_text(&blob, to);
        text = hit + strlen(from);
    }
    blob_text(&blob, text);
    return blob;
}

static struct blob
utf16(const char *text, bool big, bool bom)
{
    struct blob blob = { 0 };

    if (bom)
        blob_append(&blob, big ? "\xfe\xff" : "\xff\xfe", 2);
    for (; *text != '\0'; text++) {
        char unit[2] = { big ? '\0' : *text, big ? *text : '\0' };

        blob_append(&blob, unit, 2);
    }
    return blob;
}

static void
test_tolerated(void **state)
{
    struct blob crlf = replace(ONE TWO, "\n", "\r\n");
    struct blob crcrlf = replace(ONE TWO, "\n", "\r\r\n");
    struct blob blanks = replace(ONE TWO, "-----\n", "----- \t\n");
    struct blob folded = replace(ONE TWO, "==", "\n=\n = ");

    (void)state;
    expect(ONE TWO, "LeafRoot");
    expect(TWO ONE, "RootLeaf");
    expect(ONE B1 "Um9vdA==\n-----END CERTIFICATE-----", "LeafRoot");
    expect_blob(&crlf, "LeafRoot");
    expect_blob(&crcrlf, "LeafRoot");
    expect_blob(&blanks, "LeafRoot");
    expect_blob(&folded, "LeafRoot");
    blob_text(&crlf, "\x1a");
    expect_blob(&crlf, "LeafRoot");
    expect(ONE B1 "Um9vdA==\n-----END CERTIFICATE-----\x1a", "LeafRoot");
    expect("\n\n" ONE "\n \n\n" TWO "\n\n", "LeafRoot");
    expect("\xef\xbb\xbf" ONE TWO, "LeafRoot");
    expect(ONE "\xef\xbb\xbf" TWO, "LeafRoot");
    expect(B1 "\nTGVhZg==\n" E1, "Leaf");
    expect("Certificate:\n    Data:\n ---- - -- -----\n" ONE "more\n" TWO,
           "LeafRoot");
    /* A block that was made a comment is one. */
    expect(ONE "#-----BEGIN CERTIFICATE-----\n#YQ==\n#" E1, "Leaf");
    expect("", "");
    expect("no armour at all", "");
    blob_clear(&crlf);
    blob_clear(&crcrlf);
    blob_clear(&blanks);
    blob_clear(&folded);
}

static void
test_refused_with_line(void **state)
{
    struct blob indented = replace(ONE TWO, "-----BEGIN", " -----BEGIN");

    (void)state;
    refuse(B1 "TGVhZg==\n-----END CERTIFICATE-----" TWO, E_PEM_GLUED, 3);
    refuse(ONE B1 "Um9vdA==\n-----END CERTIFICATE-----  " TWO, E_PEM_GLUED, 6);
    refuse("-----END CERTIFICATE-----" ONE, E_PEM_GLUED, 1);
    refuse_blob(&indented, E_PEM_INDENTED, 1);
    refuse("text\n\t" ONE, E_PEM_INDENTED, 2);
    /* What joining Windows files leaves in the middle. */
    refuse(ONE "\x1a\xef\xbb\xbf" TWO, E_PEM_INDENTED, 4);
    refuse(ONE "\x1a" TWO, E_PEM_INDENTED, 4);
    /* OpenSSL looks for a byte order mark behind an END only. */
    refuse(ONE "\n\xef\xbb\xbf" TWO, E_PEM_INDENTED, 5);
    refuse(ONE "more\n\xef\xbb\xbf" TWO, E_PEM_INDENTED, 5);
    refuse("\xef\xbb\xbf\xef\xbb\xbf" ONE, E_PEM_INDENTED, 1);
    refuse(ONE "\n" B1 "Um9vdA==\n", E_PEM_NO_END, 5);
    refuse(B1 "TGVhZg==\n" TWO, E_PEM_NO_END, 1);
    refuse(B1 "TGVhZg==\n-----END X509 CRL-----\n", E_PEM_NO_END, 1);
    refuse(B1 "TGVhZg==-----END CERTIFICATE-----\n", E_PEM_NO_END, 1);
    refuse(B1 "TGVhZg==\n----END CERTIFICATE-----\n", E_PEM_NO_END, 1);
    /* An END whose BEGIN is spoiled. */
    refuse(ONE "----BEGIN CERTIFICATE-----\nUm9vdA==\n" E1, E_PEM_NO_BEGIN, 6);
    refuse(ONE "Root:-----BEGIN CERTIFICATE-----\nUm9vdA==\n" E1,
           E_PEM_NO_BEGIN, 6);
    refuse("\n-----BEGIN CERTIFICATE----\nUm9vdA==\n" E1, E_PEM_BAD_DATA, 2);
    refuse("-----BEGIN CERTIFICATE-----\\nUm9v\\n-----END CERTIFICATE-----\n",
           E_PEM_BAD_DATA, 1);
    refuse(B1 "TGVhZg==\n-----END CERTIFICATE----- x\n", E_PEM_BAD_DATA, 3);
    refuse(B1 "Proc-Type: 4,CLEAR\nTGVhZg==\n" E1, E_PEM_BAD_DATA, 1);
    /* As OpenSSL would. */
    refuse(ONE B1 "Um9v\n\ndA==\n" E1, E_PEM_BLANK_LINE, 6);
    refuse(B1 "Um9v\n \t\r\ndA==\n" E1, E_PEM_BLANK_LINE, 3);
    refuse(B1 "Um9vdA==\n\n" E1, E_PEM_BLANK_LINE, 3);
    refuse(B1 "\n\nUm9vdA==\n" E1, E_PEM_BLANK_LINE, 3);
    blob_clear(&indented);
}

static void
test_base64(void **state)
{
    static const char *const broken[] = {
        "",          "T",         "TGV",      "TGVhZ",        "TGVhZg=",
        "TGVhZg===", "TG=hZg==",  "TGVh====", "TGVhZg==TGVh", "TGVh!A==",
        "TGVh-A__",  "TGVhZg==-", "TGVh----", "TGVh\xc3\xa9", "TGVh\x1a",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        char *text = xasprintf(ONE B1 "%s\n" E1, broken[i]);

        refuse(text, E_PEM_BAD_DATA, 4);
        free(text);
    }
}

/* Cut anywhere inside a block, a file is never taken for a whole one. */
static void
test_cut(void **state)
{
    const char whole[] = ONE TWO;
    size_t n, first = strlen(ONE), begin = strlen("-----BEGIN ");

    (void)state;
    for (n = first + begin; n < strlen(whole) - 1; n++) {
        struct blob cut = { 0 };

        blob_append(&cut, whole, n);
        refuse_blob(&cut, E_PEM_NO_END, 4);
        blob_clear(&cut);
    }
}

static void
test_cr_only(void **state)
{
    struct blob all = replace(ONE TWO, "\n", "\r");
    struct blob mixed = text_blob(ONE);
    struct blob after_text = text_blob("text\r");
    struct error error;

    (void)state;
    refuse_blob(&all, E_PEM_CR_ONLY, 1);
    blob_append(&mixed, all.data, all.size);
    refuse_blob(&mixed, E_PEM_CR_ONLY, 4);
    blob_append(&after_text, all.data, all.size);
    refuse_blob(&after_text, E_PEM_CR_ONLY, 1);
    assert_fails(pem_explain("a.pem", &all, E_NOT_CERT, &error), &error,
                 E_PEM_CR_ONLY, "a.pem");
    blob_clear(&all);
    blob_clear(&mixed);
    blob_clear(&after_text);
}

static void
test_utf16(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 4; i++) {
        struct blob alone = utf16(ONE, i & 1, i & 2);
        struct blob behind = text_blob(ONE);
        struct error error;

        refuse_blob(&alone, E_UTF16, 1);
        assert_fails(pem_explain("a.pem", &alone, E_NOT_CERT, &error), &error,
                     E_UTF16, "a.pem");
        /* "type b.pem >> a.pem" of PowerShell. */
        blob_append(&behind, alone.data, alone.size);
        refuse_blob(&behind, E_UTF16, 4);
        blob_clear(&alone);
        blob_clear(&behind);
    }
}

/* The rest of a block saved in another way. */
static void
test_utf16_inside(void **state)
{
    struct blob mixed = text_blob("-----BEGIN CERTIFICATE-----\nAAAA\n");
    struct blob end = utf16("-----END CERTIFICATE-----\n", 0, 0);

    (void)state;
    blob_append(&mixed, end.data, end.size);
    refuse_blob(&mixed, E_UTF16, 3);
    blob_clear(&mixed);
    blob_clear(&end);
}

static void
test_explain(void **state)
{
    static const struct {
        const char *text;
        enum error_code code;
    } rows[] = {
        { "", E_EMPTY },
        { " \r\n\t\n", E_EMPTY },
        { "\xef\xbb\xbf\r\n", E_EMPTY },
        { "\r\n\x1a", E_EMPTY },
        { "\xff\xfeh", E_UTF16 },
        { "\n <!DOCTYPE html>\n<html>", E_HTML },
        { "\xef\xbb\xbf<HTML lang=en>", E_HTML },
        { "just text", E_NOT_CERT },
        { "<not a page>", E_NOT_CERT },
        { "0\x82\r\x01", E_NOT_CERT },
    };
    struct blob nothing = { 0 };
    struct error error;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct blob blob = text_blob(rows[i].text);

        assert_fails(pem_explain("a.pem", &blob, E_NOT_CERT, &error), &error,
                     rows[i].code, "a.pem");
        blob_clear(&blob);
    }
    assert_fails(pem_explain("a.pem", &nothing, E_NOT_CERT, &error), &error,
                 E_EMPTY, "a.pem");
}

static void
test_block(void **state)
{
    struct blob text = text_blob(
        "text\n-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n"
        "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\r\n\r\n"
        "TGVh\r\nZg==\r\n-----END RSA PRIVATE KEY-----\r\n" ONE);
    struct pem_cursor cursor;
    struct pem_block block;
    struct blob der = { 0 };
    struct error error;

    (void)state;
    pem_start(&cursor, "a.pem", &text);
    assert_int_equal(pem_next(&cursor, &block, &error), 1);
    assert_true(pem_is(&block, "RSA PRIVATE KEY"));
    assert_false(pem_is(&block, "RSA PRIVATE KE"));
    assert_true(block.encrypted);
    assert_int_equal(block.line, 2);
    assert_int_equal(pem_decode(&block, "a.pem", &der, &error), 0);
    assert_string_equal(der.data, "Leaf");
    assert_int_equal(der.size, 4);
    assert_int_equal(pem_next(&cursor, &block, &error), 1);
    assert_true(pem_is(&block, "CERTIFICATE"));
    assert_false(block.encrypted);
    assert_int_equal(block.line, 9);
    assert_int_equal(pem_next(&cursor, &block, &error), 0);
    assert_int_equal(pem_next(&cursor, &block, &error), 0);
    blob_clear(&der);
    blob_clear(&text);
}

/* Written and read again, in all sizes around the line's; and peeked at. */
static void
test_append(void **state)
{
    struct blob der = { 0 };
    size_t n;

    (void)state;
    for (n = 0; n < 200; n++) {
        unsigned char byte = (unsigned char)(n * 7), peeked[96];
        struct blob text = { 0 }, back = { 0 };
        struct pem_cursor cursor;
        struct pem_block block;
        struct error error;

        blob_append(&der, &byte, 1);
        pem_append(&text, "X509 CRL", &der);
        assert_int_equal(text.data[text.size - 1], '\n');
        pem_start(&cursor, "a.pem", &text);
        assert_int_equal(pem_next(&cursor, &block, &error), 1);
        assert_true(block.body_size <= (n / 48 + 1) * 65);
        assert_int_equal(pem_decode(&block, "a.pem", &back, &error), 0);
        assert_int_equal(back.size, der.size);
        assert_memory_equal(back.data, der.data, der.size);
        assert_int_equal(pem_peek(&block, peeked, sizeof(peeked)),
                         der.size < 96 ? der.size : 96);
        assert_memory_equal(peeked, der.data, der.size < 96 ? der.size : 96);
        blob_clear(&text);
        blob_clear(&back);
    }
    blob_clear(&der);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_tolerated, queue_is_empty),
        cmocka_unit_test_teardown(test_refused_with_line, queue_is_empty),
        cmocka_unit_test_teardown(test_base64, queue_is_empty),
        cmocka_unit_test_teardown(test_cut, queue_is_empty),
        cmocka_unit_test_teardown(test_cr_only, queue_is_empty),
        cmocka_unit_test_teardown(test_utf16, queue_is_empty),
        cmocka_unit_test_teardown(test_utf16_inside, queue_is_empty),
        cmocka_unit_test_teardown(test_explain, queue_is_empty),
        cmocka_unit_test_teardown(test_block, queue_is_empty),
        cmocka_unit_test_teardown(test_append, queue_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * A glance into certificates, held against OpenSSL's own reading of them.
 */
#include "pki/der.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "tests/support.h"

static const char *const fixtures[] = { "leaf.crt", "inter.crt", "root.crt",
                                        "ec.crt",   "noca.crt",  "other.crt" };
#define FIXTURES (sizeof(fixtures) / sizeof(fixtures[0]))

/* The certificate of a fixture, and its DER, which the caller frees. */
static X509 *
read_both(const char *name, unsigned char **der, size_t *size)
{
    struct blob file = fixture(name);
    struct error error;
    X509 *cert = NULL;

    assert_int_equal(cert_parse(name, &file, &cert, &error), 0);
    *der = NULL;
    *size = (size_t)i2d_X509(cert, der);
    blob_clear(&file);
    return cert;
}

/* The content of a name as OpenSSL has it. */
static struct der
name_of(X509_NAME *name)
{
    const unsigned char *bytes;
    struct der der, content;
    unsigned tag;
    size_t size;

    assert_int_equal(X509_NAME_get0_der(name, &bytes, &size), 1);
    der = (struct der){ bytes, bytes + size };
    assert_true(der_next(&der, &tag, &content));
    return content;
}

static void
test_parts(void **state)
{
    static const unsigned char basic_constraints[] = { 0x55, 0x1d, 0x13 };
    size_t i;

    (void)state;
    for (i = 0; i < FIXTURES; i++) {
        unsigned char *bytes;
        size_t size;
        X509 *cert = read_both(fixtures[i], &bytes, &size);
        const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
        struct der want, value, subject;
        struct der_cert parts;

        assert_true(der_cert(bytes, size, &parts));
        want = name_of(X509_get_subject_name(cert));
        assert_true(der_equal(&parts.subject, &want));
        assert_true(der_subject(bytes, size, &subject));
        assert_true(der_equal(&subject, &want));
        want = name_of(X509_get_issuer_name(cert));
        assert_true(der_equal(&parts.issuer, &want));
        /* A sign octet may stand before it. */
        assert_memory_equal(parts.serial.end - ASN1_STRING_length(serial),
                            ASN1_STRING_get0_data(serial),
                            (size_t)ASN1_STRING_length(serial));
        assert_true(der_extension(&parts, basic_constraints,
                                  sizeof(basic_constraints), &value));
        assert_int_equal(value.at[0], 0x30);
        assert_false(der_extension(&parts, "\x55\x1d\x7f", 3, &value));
        OPENSSL_free(bytes);
        X509_free(cert);
    }
}

/* Every front and every byte that is something else: never beyond the end. */
static void
test_damaged(void **state)
{
    unsigned char *bytes;
    size_t size, i;
    X509 *cert = read_both("leaf.crt", &bytes, &size);
    struct der_cert parts;
    struct der subject;

    (void)state;
    X509_free(cert);
    for (i = 0; i < size; i++) {
        unsigned char *front = malloc(i + 1);

        memcpy(front, bytes, i);
        assert_false(der_cert(front, i, &parts));
        der_subject(front, i, &subject);
        free(front);
    }
    for (i = 0; i < size; i++) {
        bytes[i] ^= 0xff;
        if (der_cert(bytes, size, &parts)) {
            assert_true(parts.subject.end <= bytes + size);
            assert_true(parts.extensions.end <= bytes + size);
            der_fold_name(parts.subject);
            der_extension(&parts, "\x55\x1d\x7f", 3, &subject);
        }
        bytes[i] ^= 0xff;
    }
    OPENSSL_free(bytes);
}

/* What ends before its subject does, as a request: no reader goes on behind it.
 */
static void
test_short(void **state)
{
    static const unsigned char octets[] = { 0x30, 13,   0x30, 3,    2,
                                            1,    1,    0x05, 0x00, 0x05,
                                            0x00, 0x05, 0x00, 0x05, 0x00 };
    unsigned char *bytes = malloc(sizeof(octets));
    struct blob csr = fixture("leaf-csr.der");
    struct der_cert parts;

    (void)state;
    memcpy(bytes, octets, sizeof(octets));
    assert_false(der_cert(bytes, sizeof(octets), &parts));
    assert_false(der_cert(csr.data, csr.size, &parts));
    blob_clear(&csr);
    free(bytes);
}

/* Line breaks behind an element are none of its octets. */
static void
test_breaks(void **state)
{
    static const struct {
        const char *bytes;
        size_t size, want;
    } rows[] = {
        { "\x04\x01z", 3, 3 },
        { "\x04\x01z\n", 4, 3 },
        { "\x04\x01z\r\n\r\n", 7, 3 },
        { "\x04\x02z\n", 4, 4 },
        { "\x04\x02z\n\n", 5, 4 },
        { "\x04\x01zx\n", 5, 5 },
        { "\x04\x01z\nx", 5, 5 },
        { "\x04\x03z\n", 4, 4 },
        { "\x04\x00\n", 3, 2 },
        { "\x30\x80\x00\x00\r\n", 6, 4 },
        { "\x30\x80\x00\x00", 4, 4 },
        { "\n\n\n", 3, 3 },
        { "\n", 1, 1 },
        { "", 0, 0 },
    };
    size_t i;

    (void)state;
    assert_int_equal(der_without_breaks(NULL, 0), 0);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            der_without_breaks((const unsigned char *)rows[i].bytes,
                               rows[i].size),
            rows[i].want);
}

/* Lengths that DER does not have, or that we do not take. */
static void
test_lengths(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        bool good, untold;
    } rows[] = {
        { "\x04\x00", 2, true },
        { "\x04\x80", 2, false, true },
        { "\x04\x81\x01z", 4, true },
        { "\x04\x82\x00\x01z", 5, true },
        { "\x04\x83\x00\x00\x01z", 6, true },
        { "\x04\x84\x00\x00\x00\x01z", 7, false },
        { "\x04\x82\x00", 3, false },
        { "\x04\x02z", 3, false },
        { "\x04", 1, false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const unsigned char *bytes = (const unsigned char *)rows[i].bytes;
        struct der der = { bytes, bytes + rows[i].size }, content;
        unsigned tag;

        assert_int_equal(der_next(&der, &tag, &content), rows[i].good);
        assert_int_equal(der_is_cut(bytes, rows[i].size),
                         !rows[i].good && !rows[i].untold);
        if (rows[i].good)
            assert_ptr_equal(der.at, der.end);
    }
}

/* An extension that breaks off behind its name, or behind its flag. */
static void
test_cut_extensions(void **state)
{
    static const struct {
        const char *list;
        size_t size;
        bool good;
    } rows[] = {
        { "\x30\x09\x06\x03\x55\x1d\x13\x04\x02\x30\x00", 11, true },
        { "\x30\x05\x06\x03\x55\x1d\x13", 7, false },
        { "\x30\x08\x06\x03\x55\x1d\x13\x01\x01\xff", 10, false },
        { "\x30\x00", 2, false },
        { "\x30\x05", 2, false },
        { "\x30\x05\x06\x03\x55\x1d\x14", 7, false },
        { "\x30\x04\x06\x02\x55\x1d", 6, false },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const unsigned char *at = (const unsigned char *)rows[i].list;
        const struct der_cert cert = { .extensions = { at,
                                                       at + rows[i].size } };
        struct der value = { 0 };

        assert_int_equal(der_extension(&cert, "\x55\x1d\x13", 3, &value),
                         rows[i].good);
        assert_int_equal(value.at != NULL, rows[i].good);
    }
}

/* A name of one attribute, in a string type. */
static uint64_t
fold(const char *field, int type, const char *value)
{
    X509_NAME *name = X509_NAME_new();
    uint64_t key;

    assert_int_equal(X509_NAME_add_entry_by_txt(name, field, type,
                                                (const unsigned char *)value,
                                                (int)strlen(value), -1, 0),
                     1);
    key = der_fold_name(name_of(name));
    X509_NAME_free(name);
    return key;
}

static uint64_t
fold_octets(const char *octets, size_t size)
{
    const unsigned char *at = (const unsigned char *)octets;

    return der_fold_name((struct der){ at, at + size });
}

/* Names as octets: a CN of "a", and others. */
#define ATTRIBUTE(tag, value) "\x30\x08\x06\x03\x55\x04\x03" tag "\x01" value
#define RDN(tag, value) "\x31\x0a" ATTRIBUTE(tag, value)
#define FOLD(octets) fold_octets(octets, sizeof(octets) - 1)

/* The order of RDNs counts, one with nothing in it does not, nor the value of
   what is no text; and no name but a string in pieces has no number. */
static void
test_fold_octets(void **state)
{
    uint64_t one = FOLD(RDN("\x0c", "a"));

    (void)state;
    assert_true(FOLD(RDN("\x13", "A")) == one);
    assert_true(FOLD("\x31\x00" RDN("\x0c", "a")) == one);
    assert_false(FOLD(RDN("\x0c", "a") RDN("\x0c", "b")) ==
                 FOLD(RDN("\x0c", "b") RDN("\x0c", "a")));
    assert_true(
        FOLD("\x31\x14" ATTRIBUTE("\x0c", "a") ATTRIBUTE("\x0c", "b")) ==
        FOLD("\x31\x14" ATTRIBUTE("\x0c", "b") ATTRIBUTE("\x0c", "a")));
    assert_true(FOLD(RDN("\x03", "a")) == FOLD(RDN("\x30", "b")));
    assert_false(FOLD("") == 0);
    assert_true(FOLD(RDN("\x2c", "a")) == 0);
    assert_true(FOLD("\x31\x0b" ATTRIBUTE("\x0c", "a")) == 0);
}

static void
test_fold(void **state)
{
    uint64_t want = fold("CN", V_ASN1_UTF8STRING, "Example CA");

    (void)state;
    assert_true(want == fold("CN", V_ASN1_PRINTABLESTRING, "EXAMPLE  ca"));
    assert_true(want == fold("CN", MBSTRING_ASC, "example CA"));
    assert_false(want == fold("O", V_ASN1_UTF8STRING, "Example CA"));
    assert_false(want == fold("CN", V_ASN1_UTF8STRING, "Example CB"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),   cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_short),   cmocka_unit_test(test_breaks),
        cmocka_unit_test(test_lengths), cmocka_unit_test(test_cut_extensions),
        cmocka_unit_test(test_fold),    cmocka_unit_test(test_fold_octets),
    };

    return cmocka_run_group_tests_name("der", tests, NULL, NULL);
}

/*
 * What a file is.  One table finds the kind of a PEM block by its label,
 * another lists the kinds of DER to try in turn.  Both lead to the same
 * functions, which write into one buffer that every element reuses.
 */
#include "pki/inspect.h"

#include <openssl/core_names.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "pki/der.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/pem_label.h"
#include "pki/sshkey.h"
#include "pki/utf8.h"

/*
 * As `openssl x509 -text` prints names, except that letters beyond ASCII stay
 * readable.
 */
#define NAME_FLAGS ((unsigned long)(XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB))

struct inspector {
    const char *name; /* of the file */
    inspect_each *each;
    void *arg;
    size_t total;
    BIO *text;
    X509 *cert; /* that has been rendered last */
};

/*
 * Renders DER that is entirely of one kind; -1 if it is not.  The caller
 * empties OpenSSL's queue.
 */
typedef int render(struct inspector *inspector, const struct blob *der,
                   enum inspect_kind *kind);

/*
 * Certificates are printed in three parts, because OpenSSL spends more time on
 * the public key than on all the rest: it looks for an encoder each time.
 */
#define WITHOUT_TAIL                                                           \
    (X509_FLAG_NO_PUBKEY | X509_FLAG_NO_EXTENSIONS | X509_FLAG_NO_SIGDUMP |    \
     X509_FLAG_NO_AUX | X509_FLAG_NO_IDS | X509_FLAG_NO_ATTRIBUTES)
#define WITHOUT_HEAD                                                           \
    (X509_FLAG_NO_HEADER | X509_FLAG_NO_VERSION | X509_FLAG_NO_SERIAL |        \
     X509_FLAG_NO_SIGNAME | X509_FLAG_NO_ISSUER | X509_FLAG_NO_VALIDITY |      \
     X509_FLAG_NO_SUBJECT | X509_FLAG_NO_PUBKEY)

#define KEY_INDENT 16
#define OCTETS_PER_LINE 15

/* The octets of a positive INTEGER: "00:c3:...", 15 to a line. */
static void
print_modulus(BIO *text, const BIGNUM *n)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char octets[1 + OPENSSL_RSA_MAX_MODULUS_BITS / 8];
    size_t first = BN_num_bits(n) % 8 == 0 ? 0 : 1; /* is its sign bit free? */
    size_t size = 1 + (size_t)BN_num_bytes(n), i;
    char line[KEY_INDENT + 4 + 3 * OCTETS_PER_LINE];
    size_t at = 0;

    octets[0] = 0;
    BN_bn2bin(n, octets + 1);
    memset(line, ' ', KEY_INDENT + 4);
    for (i = first; i < size; i++) {
        char *octet = line + KEY_INDENT + 4 + 3 * at;

        octet[0] = digits[octets[i] >> 4];
        octet[1] = digits[octets[i] & 0xf];
        octet[2] = i + 1 < size ? ':' : '\n';
        if (++at < OCTETS_PER_LINE && i + 1 < size)
            continue;
        BIO_write(text, line, (int)(KEY_INDENT + 4 + 3 * at));
        if (i + 1 < size)
            BIO_write(text, "\n", 1);
        at = 0;
    }
}

/* False, and nothing is printed, if the key is left to OpenSSL. */
static bool
print_rsa(BIO *text, const EVP_PKEY *key)
{
    BIGNUM *n = NULL, *e = NULL;
    bool ours;

    ours = EVP_PKEY_is_a(key, "RSA") &&
           EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) &&
           EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) &&
           BN_num_bits(n) > 64 &&
           BN_num_bits(n) <= OPENSSL_RSA_MAX_MODULUS_BITS &&
           BN_num_bits(e) <= 32;
    if (ours) {
        unsigned long exponent = BN_get_word(e);

        BIO_printf(text, "%*sPublic-Key: (%d bit)\n%*sModulus:\n", KEY_INDENT,
                   "", BN_num_bits(n), KEY_INDENT, "");
        print_modulus(text, n);
        BIO_printf(text, "%*sExponent: %lu (0x%lx)\n", KEY_INDENT, "", exponent,
                   exponent);
    }
    BN_free(n);
    BN_free(e);
    return ours;
}

/* key NULL: it can not be decoded.  OpenSSL would print why, with the number
   of its thread, which is an address. */
static void
print_public_key(BIO *text, const X509_PUBKEY *info, const EVP_PKEY *key)
{
    ASN1_OBJECT *kind;

    X509_PUBKEY_get0_param(&kind, NULL, NULL, NULL, info);
    BIO_puts(text, "        Subject Public Key Info:\n"
                   "            Public Key Algorithm: ");
    i2a_ASN1_OBJECT(text, kind);
    BIO_puts(text, "\n");
    if (key == NULL)
        BIO_puts(text, "            Unable to load Public Key\n");
    else if (!print_rsa(text, key))
        EVP_PKEY_print_public(text, key, KEY_INDENT, NULL);
}

static bool
print_cert(BIO *text, X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);

    openssl_forget();
    if (key != NULL && !EVP_PKEY_is_a(key, "RSA"))
        return X509_print_ex(text, cert, NAME_FLAGS, 0) == 1;
    if (X509_print_ex(text, cert, NAME_FLAGS, WITHOUT_TAIL) != 1)
        return false;
    print_public_key(text, X509_get_X509_PUBKEY(cert), key);
    return X509_print_ex(text, cert, NAME_FLAGS, WITHOUT_HEAD) == 1;
}

static bool
print_csr(BIO *text, X509_REQ *csr)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(csr);
    bool head;

    openssl_forget();
    if (key != NULL)
        return X509_REQ_print_ex(text, csr, NAME_FLAGS, 0) == 1;
    head = X509_REQ_print_ex(text, csr, NAME_FLAGS, WITHOUT_TAIL) == 1;
    print_public_key(text, X509_REQ_get_X509_PUBKEY(csr), key);
    return head && X509_REQ_print_ex(text, csr, NAME_FLAGS, WITHOUT_HEAD) == 1;
}

static int
render_cert(struct inspector *inspector, const struct blob *der,
            enum inspect_kind *kind)
{
    const unsigned char *at = der->data;
    X509 *cert = d2i_X509(NULL, &at, (long)der->size);
    int r = -1;

    if (cert != NULL && at == der->data + der->size &&
        print_cert(inspector->text, cert)) {
        *kind = INSPECT_CERT;
        inspector->cert = cert;
        return 0;
    }
    X509_free(cert);
    return r;
}

static int
render_csr(struct inspector *inspector, const struct blob *der,
           enum inspect_kind *kind)
{
    const unsigned char *at = der->data;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der->size);
    int r = -1;

    if (csr != NULL && at == der->data + der->size &&
        print_csr(inspector->text, csr)) {
        *kind = INSPECT_CSR;
        r = 0;
    }
    X509_REQ_free(csr);
    return r;
}

static int
render_crl(struct inspector *inspector, const struct blob *der,
           enum inspect_kind *kind)
{
    const unsigned char *at = der->data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der->size);
    int r = -1;

    if (crl != NULL && at == der->data + der->size &&
        X509_CRL_print_ex(inspector->text, crl, NAME_FLAGS) == 1) {
        *kind = INSPECT_CRL;
        r = 0;
    }
    X509_CRL_free(crl);
    return r;
}

/* "RSA 2048"; of a kind that we do not take, its name. */
static int
render_key(struct inspector *inspector, const struct blob *der,
           enum inspect_kind *kind)
{
    char words[64] = "";
    struct error error;
    EVP_PKEY *key = NULL;
    int r = key_parse("", der, &key, &error);

    if (r == 0) {
        key_describe(key, words, sizeof(words));
        BIO_puts(inspector->text, words);
        *kind = INSPECT_KEY;
    } else if (error.code == E_KEY_TYPE) {
        BIO_puts(inspector->text, error.detail);
        *kind = INSPECT_KEY;
        r = 0;
    } else if (error.code == E_KEY_ENCRYPTED) {
        *kind = INSPECT_KEY_ENCRYPTED;
        r = 0;
    }
    EVP_PKEY_free(key);
    return r;
}

static int
render_pkcs7(struct inspector *inspector, const struct blob *der,
             enum inspect_kind *kind)
{
    const unsigned char *at = der->data;
    PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)der->size);
    int r = -1;

    (void)inspector;
    if (p7 != NULL && at == der->data + der->size) {
        *kind = INSPECT_PKCS7;
        r = 0;
    }
    PKCS7_free(p7);
    return r;
}

static int
render_pkcs12(struct inspector *inspector, const struct blob *der,
              enum inspect_kind *kind)
{
    const unsigned char *at = der->data;
    PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)der->size);
    int r = -1;

    (void)inspector;
    if (p12 != NULL && at == der->data + der->size) {
        *kind = INSPECT_PKCS12;
        r = 0;
    }
    PKCS12_free(p12);
    return r;
}

/* What DER may be, the most usual kinds first. */
static render *const der_kinds[] = {
    render_cert, render_csr,    render_crl,
    render_key,  render_pkcs12, render_pkcs7,
};

/* What a label says; the others are told by name. */
static render *const pem_kinds[PEM_KINDS] = {
    [PEM_CERT] = render_cert,      [PEM_CSR] = render_csr,
    [PEM_CRL] = render_crl,        [PEM_KEY] = render_key,
    [PEM_KEY_LOCKED] = render_key, [PEM_PKCS7] = render_pkcs7,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
starts(const char *text, size_t size, const char *line)
{
    return size >= strlen(line) && memcmp(text, line, strlen(line)) == 0;
}

static bool
starts_line_of_crl(const char *text, size_t size)
{
    return starts(text, size, "Revoked Certificates:\n") ||
           starts(text, size, "No Revoked Certificates.\n");
}

/*
 * OpenSSL prints strings of extensions as they are, with line breaks.  All its
 * lines are indented, except the first and two of a CRL.  So a line break that
 * is followed by no blank comes from a stranger, who could forge an answer of
 * ours with it.
 */
static void
join_lines(char *text, size_t size, enum inspect_kind kind)
{
    size_t i;

    for (i = size; i-- > 1;)
        if (text[i - 1] == '\n' && text[i] != ' ' && text[i] != '\n' &&
            (kind != INSPECT_CRL || !starts_line_of_crl(text + i, size - i)))
            text[i - 1] = '?';
}

/* Shows what the buffer holds, and empties it. */
static int
show(struct inspector *inspector, enum inspect_kind kind, bool der,
     size_t element, struct error *error)
{
    char *text;
    long size = BIO_get_mem_data(inspector->text, &text);
    struct inspection found = {
        .kind = kind,
        .der = der,
        .element = element,
        .total = inspector->total,
        .text = size > 0 ? text : "",
        .text_size = size > 0 ? (size_t)size : 0,
        .cert = inspector->cert,
    };
    int r;

    if (size > 0) {
        utf8_disarm(text, (size_t)size, "\n\t");
        join_lines(text, (size_t)size, kind);
    }
    r = inspector->each(inspector->arg, &found, error);
    X509_free(inspector->cert);
    inspector->cert = NULL;
    BIO_reset(inspector->text);
    return r;
}

static int
inspect_block(struct inspector *inspector, const struct pem_block *block,
              size_t element, struct error *error)
{
    const struct pem_label *label = pem_label(block);
    render *known = label != NULL ? pem_kinds[label->kind] : NULL;
    enum inspect_kind kind = INSPECT_OTHER;
    struct blob der = { 0 };
    int r = 0;

    if (known == NULL) {
        BIO_write(inspector->text, block->label, (int)block->label_size);
    } else if (block->encrypted && known == render_key) {
        kind = label->type != 0 ? INSPECT_KEY_TYPE_ENCRYPTED
                                : INSPECT_KEY_ENCRYPTED;
        if (label->type != 0) /* "RSA" of "RSA PRIVATE KEY" */
            BIO_write(inspector->text, label->text,
                      (int)strcspn(label->text, " "));
    } else {
        r = pem_decode(block, inspector->name, &der, error);
        if (r == 0 && known(inspector, &der, &kind) != 0)
            r = fail_line(error, E_PEM_BAD_DATA, inspector->name, block->line);
        openssl_forget();
    }
    if (r == 0)
        r = show(inspector, kind, false, element, error);
    blob_clear(&der);
    return r;
}

/* All kinds of DER here are a SEQUENCE. */
static bool
is_sequence(const struct blob *file)
{
    return file->size > 0 && file->data[0] == 0x30;
}

/* Without armour: DER, an ssh key, or nothing that we know. */
static int
inspect_plain(struct inspector *inspector, const struct blob *file,
              struct error *error)
{
    const struct blob der = { file->data,
                              der_without_breaks(file->data, file->size) };
    enum inspect_kind kind;
    struct error why;
    char words[64];
    size_t i;
    int r;

    inspector->total = 1;
    for (i = 0; is_sequence(&der) && i < COUNT(der_kinds); i++) {
        r = der_kinds[i](inspector, &der, &kind);
        openssl_forget();
        if (r == 0)
            return show(inspector, kind, true, 1, error);
        BIO_reset(inspector->text);
    }
    if (sshkey_recognise(file, words, sizeof(words))) {
        BIO_puts(inspector->text, words);
        return show(inspector, INSPECT_SSH_KEY, false, 1, error);
    }
    pem_explain(inspector->name, file, E_UNKNOWN_FORMAT, &why);
    if (why.code != E_UNKNOWN_FORMAT) {
        *error = why;
        return -1;
    }
    return show(inspector, INSPECT_UNKNOWN, false, 1, error);
}

/* Up to the end, or to where the file is damaged. */
static size_t
count_blocks(const char *name, const struct blob *file)
{
    struct pem_cursor cursor;
    struct pem_block block;
    struct error ignored;
    size_t n = 0;

    pem_start(&cursor, name, file);
    while (pem_next(&cursor, &block, &ignored) > 0)
        n++;
    return n;
}

int
inspect(const char *name, const struct blob *file, inspect_each *each,
        void *arg, struct error *error)
{
    struct inspector inspector = { name, each, arg };
    struct pem_cursor cursor;
    struct pem_block block;
    size_t element = 0;
    int more, r = 0;

    openssl_begin();
    inspector.total = count_blocks(name, file);
    inspector.text = BIO_new(BIO_s_mem());
    if (inspector.text == NULL)
        r = fail_openssl(error, E_CRYPTO, name);
    pem_start(&cursor, name, file);
    while (r == 0 && (more = pem_next(&cursor, &block, error)) != 0)
        r = more < 0 ? -1 : inspect_block(&inspector, &block, ++element, error);
    if (r == 0 && element == 0)
        r = inspect_plain(&inspector, file, error);
    BIO_free(inspector.text);
    return r;
}

/*
 * A file that a reader has refused is examined again.  The reader goes by
 * labels and armour, so its error can be misleading if files were joined or a
 * label is wrong.
 */
#include "pki/diagnose_form.h"

#include <openssl/asn1t.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "pki/der.h"
#include "pki/error.h"
#include "pki/key.h"
#include "pki/pem_label.h"

static void
find_file(const struct finder *finder, enum hint_id id, const char *name,
          unsigned line)
{
    const struct site site = { name, 0, line };

    find_hint(finder, id, &site, NULL, NULL);
}

/*
 * What kind of object DER is.
 */

#define NO_LABEL PEM_KINDS /* a kind that no label stands for */

/* In the order in which they are tried.  The names are labels of PEM (RFC 7468)
   if there is one. */
static const struct content {
    const char *name;
    enum pem_kind kind;
    int type; /* of a key in its traditional form; else 0 */
    ASN1_ITEM_EXP *item;
} contents[] = {
    { "CERTIFICATE", PEM_CERT, 0, ASN1_ITEM_ref(X509) },
    { "CERTIFICATE REQUEST", PEM_CSR, 0, ASN1_ITEM_ref(X509_REQ) },
    { "X509 CRL", PEM_CRL, 0, ASN1_ITEM_ref(X509_CRL) },
    { "PRIVATE KEY", PEM_KEY, 0, ASN1_ITEM_ref(PKCS8_PRIV_KEY_INFO) },
    { "ENCRYPTED PRIVATE KEY", PEM_KEY_LOCKED, 0, ASN1_ITEM_ref(X509_SIG) },
    { "PUBLIC KEY", PEM_PUBLIC_KEY, 0, ASN1_ITEM_ref(X509_PUBKEY) },
    { "PKCS12", NO_LABEL, 0, ASN1_ITEM_ref(PKCS12) },
    { "PKCS7", PEM_PKCS7, 0, ASN1_ITEM_ref(PKCS7) },
    { "RSA PRIVATE KEY", PEM_KEY, EVP_PKEY_RSA, NULL },
    { "EC PRIVATE KEY", PEM_KEY, EVP_PKEY_EC, NULL },
    { "DSA PRIVATE KEY", PEM_KEY, EVP_PKEY_DSA, NULL },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Are all of the bytes a key of that type, in any form? */
static bool
is_key(int type, const unsigned char *bytes, size_t size)
{
    EVP_PKEY *key = key_decode(type, bytes, size);
    bool good = key != NULL;

    EVP_PKEY_free(key);
    return good;
}

static bool
is_item(const ASN1_ITEM *item, const unsigned char *bytes, size_t size)
{
    const unsigned char *at = bytes;
    ASN1_VALUE *value = ASN1_item_d2i(NULL, &at, (long)size, item);
    bool good = value != NULL && at == bytes + size;

    ASN1_item_free(value, item);
    openssl_forget();
    return good;
}

/* The kind of all of the bytes; NULL if it is not known. */
static const struct content *
find_content(const unsigned char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < COUNT(contents); i++)
        if (contents[i].type != 0
                ? is_key(contents[i].type, bytes, size)
                : is_item(ASN1_ITEM_ptr(contents[i].item), bytes, size))
            return &contents[i];
    return NULL;
}

static bool
is_container(const struct content *held)
{
    return held->kind == PEM_PKCS7 || held->kind == NO_LABEL;
}

/* What may stand where a certificate is wanted, in words. */
static const char *const words_of[PEM_KINDS + 1] = {
    [PEM_CSR] = "signing request",   [PEM_CRL] = "revocation list (CRL)",
    [PEM_KEY] = "private key",       [PEM_KEY_LOCKED] = "private key",
    [PEM_PUBLIC_KEY] = "public key",
};

const char *
form_words(const struct pem_block *block)
{
    const struct pem_label *label = pem_label(block);

    return label != NULL ? words_of[label->kind] : NULL;
}

const char *
form_content(const struct diagnose_part *part)
{
    const struct blob *file = part->bytes;
    const struct content *held =
        find_content(file->data, der_without_breaks(file->data, file->size));

    return held != NULL ? words_of[held->kind] : NULL;
}

bool
form_joined(const struct finder *finder, const struct diagnose_part *part)
{
    const unsigned char *bytes = part->bytes->data;
    struct der der = { bytes, bytes + part->bytes->size }, content;
    const struct content *held = NULL;
    unsigned tag;

    if (part->bytes->size == 0 || bytes[0] != 0x30 ||
        !der_next(&der, &tag, &content))
        return false;
    if (bytes + der_without_breaks(bytes, part->bytes->size) > der.at)
        held = find_content(bytes, (size_t)(content.end - bytes));
    /* Containers have to be taken apart anyway. */
    if (held == NULL || is_container(held))
        return false;
    find_file(finder, HINT_FILE_DER_JOINED, part->name, 0);
    return true;
}

/*
 * Blocks that hold something else than their label says.
 */

/* The kind of the content; NULL if it is what the label says. */
static const struct content *
held_instead(const struct pem_label *label, const struct blob *der)
{
    const struct content *held;

    /* A key may be in any form. */
    if (label->type != 0 && is_key(label->type, der->data, der->size))
        return NULL;
    held = find_content(der->data, der->size);
    if (held == NULL ||
        (held->kind == label->kind && held->type == label->type))
        return NULL;
    return held;
}

bool
form_mislabelled(const struct finder *finder, const struct diagnose_part *part,
                 const struct pem_block *block)
{
    const struct site site = { part->name, 0, block->line };
    const struct pem_label *label = pem_label(block);
    const struct content *held = NULL;
    struct blob der = { 0 };
    struct error error;

    if (label == NULL || block->encrypted)
        return false;
    if (pem_decode(block, part->name, &der, &error) == 0)
        held = held_instead(label, &der);
    blob_clear(&der);
    if (held == NULL)
        return false;
    find_hint(finder,
              is_container(held) ? HINT_BLOCK_CONTAINER
                                 : HINT_BLOCK_MISLABELLED,
              &site, label->text, held->name);
    return true;
}

bool
form_any_mislabelled(const struct finder *finder,
                     const struct diagnose_part *part)
{
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    bool found = false;
    int looked = 0;

    pem_start(&cursor, part->name, part->bytes);
    while (!found && looked++ < DIAGNOSE_CHAIN_MAX &&
           pem_next(&cursor, &block, &error) == 1)
        found = form_mislabelled(finder, part, &block);
    return found;
}

bool
form_damaged(const struct finder *finder, const struct diagnose_part *part,
             const struct pem_block *block)
{
    if (form_mislabelled(finder, part, block))
        return true;
    find_file(finder, HINT_BLOCK_DAMAGED, part->name, block->line);
    return false;
}

/* Is a block that begins on that line mislabelled? */
static bool
is_mislabelled_at(const struct finder *finder, const struct diagnose_part *part,
                  unsigned line)
{
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;

    pem_start(&cursor, part->name, part->bytes);
    while (pem_next(&cursor, &block, &error) == 1)
        if (block.line == line)
            return form_mislabelled(finder, part, &block);
    return false;
}

/*
 * Files that readers refuse.
 */

static const struct {
    enum error_code code;
    enum hint_id id;
} forms[] = {
    { E_EMPTY, HINT_FILE_EMPTY },
    { E_UNKNOWN_FORMAT, HINT_FILE_UNKNOWN },
    { E_PEM_GLUED, HINT_BUNDLE_GLUED },
    { E_PEM_INDENTED, HINT_BLOCK_INDENTED },
    { E_PEM_NO_BEGIN, HINT_BLOCK_NO_BEGIN },
    { E_PEM_NO_END, HINT_BLOCK_NO_END },
    { E_PEM_BLANK_LINE, HINT_BLOCK_BLANK_LINE },
    { E_PEM_BAD_DATA, HINT_BLOCK_DAMAGED },
    { E_BAD_DER, HINT_FILE_CUT },
    { E_PEM_CR_ONLY, HINT_FILE_CR_ONLY },
    { E_UTF16, HINT_FILE_UTF16 },
    { E_HTML, HINT_FILE_HTML },
    { E_TRUSTED, HINT_TRUSTED_CERTIFICATE },
    { E_PKCS7, HINT_FILE_PKCS7 },
    { E_PKCS12, HINT_FILE_PKCS12 },
    { E_KEY_ENCRYPTED, HINT_KEY_ENCRYPTED },
};

static const char *
end_of(const struct diagnose_part *part)
{
    return (const char *)part->bytes->data + part->bytes->size;
}

/* The beginning of a line, counted from 1; NULL if there are fewer. */
static const char *
find_line(const struct diagnose_part *part, unsigned line)
{
    const char *at = (const char *)part->bytes->data, *end = end_of(part);

    for (; at != NULL && line > 1; line--) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    return at;
}

/* The next BEGIN, or the end of the file. */
static const char *
find_begin(const struct diagnose_part *part, const char *at)
{
    const char *end = end_of(part);
    const char *begin = memmem(at, (size_t)(end - at), "-----BEGIN ", 11);

    return begin != NULL ? begin : end;
}

/* Is there a BEGIN behind that line?  If not, the file is cut off. */
static bool
goes_on(const struct diagnose_part *part, unsigned line)
{
    const char *at = find_line(part, line + 1);

    return at != NULL && find_begin(part, at) < end_of(part);
}

/* Is it a key, in a form or of an algorithm that no service takes? */
static bool
find_odd_key(const struct finder *finder, const struct diagnose_part *part,
             const struct error *error)
{
    static const char putty[] = "PuTTY-User-Key-File-";
    const struct site site = { part->name, 0, 0 };
    const struct blob *bytes = part->bytes;

    if (error->code == E_UNKNOWN_FORMAT && bytes->size >= strlen(putty) &&
        memcmp(bytes->data, putty, strlen(putty)) == 0)
        find_hint(finder, HINT_KEY_SSH, &site, "PuTTY",
                  "puttygen -O private-openssh");
    else if (error->code == E_KEY_TYPE && strcmp(error->detail, "OpenSSH") == 0)
        find_hint(finder, HINT_KEY_SSH, &site, "OpenSSH",
                  "ssh-keygen -p -m PEM");
    else if (error->code == E_KEY_TYPE)
        find_hint(finder, HINT_KEY_NOT_RSA, &site, error->detail, NULL);
    else
        return false;
    return true;
}

bool
form_refused(const struct finder *finder, const struct diagnose_part *part,
             const struct error *error)
{
    size_t i;

    if (find_odd_key(finder, part, error))
        return true;
    for (i = 0; i < COUNT(forms); i++) {
        enum hint_id id = forms[i].id;

        if (forms[i].code != error->code)
            continue;
        if (error->line > 0 && is_mislabelled_at(finder, part, error->line))
            return true;
        if (id == HINT_BLOCK_NO_END && !goes_on(part, error->line))
            id = HINT_FILE_CUT;
        if (error->code == E_BAD_DER &&
            !der_is_cut(part->bytes->data, part->bytes->size))
            id = HINT_BLOCK_DAMAGED;
        find_file(finder, id, part->name, error->line);
        return true;
    }
    return false;
}

/*
 * What is outside of blocks.
 */

/* The number of the line that a byte is on. */
static unsigned
line_of(const struct diagnose_part *part, const char *where)
{
    const char *at = (const char *)part->bytes->data;
    unsigned line = 1;

    for (; (at = memchr(at, '\n', (size_t)(where - at))) != NULL; at++)
        line++;
    return line;
}

/* Any DER of keys and certificates contains a NUL, and no text does. */
static bool
is_binary(const char *from, const char *to)
{
    return memchr(from, '\0', (size_t)(to - from)) != NULL;
}

/* For a binary part, whether it was skipped or is why the file was refused. */
static void
find_binary(const struct finder *finder, const struct diagnose_part *part,
            const char *at)
{
    while (*at == '\n' || *at == '\r')
        at++;
    find_file(finder, HINT_BINARY_OUTSIDE, part->name, line_of(part, at));
}

/* The end of an END line's dashes; NULL if it is no such line. */
static const char *
behind_end(const struct diagnose_part *part, unsigned line)
{
    const char *at = find_line(part, line), *end = end_of(part);

    if (at == NULL || (size_t)(end - at) < 9 || memcmp(at, "-----END ", 9) != 0)
        return NULL;
    at = memmem(at + 9, (size_t)(end - at) - 9, "-----", 5);
    return at != NULL ? at + 5 : NULL;
}

bool
form_stopped(const struct finder *finder, const struct diagnose_part *part,
             const char *from, const struct error *error)
{
    if (form_joined(finder, part))
        return true;
    if (error->code == E_PEM_BAD_DATA)
        from = behind_end(part, error->line);
    else if (error->code != E_PEM_NO_BEGIN && error->code != E_PEM_CR_ONLY &&
             error->code != E_PEM_INDENTED)
        from = NULL;
    if (from == NULL || !is_binary(from, find_begin(part, from)))
        return form_refused(finder, part, error);
    find_binary(finder, part, from);
    return true;
}

void
form_gap(const struct finder *finder, const struct diagnose_part *part,
         const char *from, const char *to, bool first, struct gaps *gaps)
{
    const char *blank_line = NULL, *text = NULL, *at;

    if (is_binary(from, to)) {
        if (gaps->binary == NULL) {
            gaps->binary = from;
            find_binary(finder, part, from);
        }
        return;
    }
    for (at = from; at < to && text == NULL; at++) {
        if (*at == '\n')
            blank_line = blank_line != NULL ? blank_line : at;
        else if (strchr(" \t\r\x1a\xef\xbb\xbf", *at) == NULL)
            text = at;
    }
    if (text != NULL && !gaps->text) {
        gaps->text = true;
        find_file(finder, HINT_TEXT_OUTSIDE, part->name, line_of(part, text));
    } else if (text == NULL && blank_line != NULL && !first &&
               !gaps->blank_lines) {
        gaps->blank_lines = true;
        find_file(finder, HINT_BLANK_LINES, part->name,
                  line_of(part, blank_line));
    }
}

void
form_tail(const struct finder *finder, const struct diagnose_part *part,
          const char *from, struct gaps *gaps)
{
    if (!is_binary(from, end_of(part)))
        return;
    form_gap(finder, part, from, end_of(part), false, gaps);
    gaps->binary_tail = true;
}

/* The first CRLF; NULL if there is none. */
static const char *
find_crlf(const struct diagnose_part *part, const char *last)
{
    const char *at = (const char *)part->bytes->data;

    while ((at = memchr(at, '\r', (size_t)(last - at))) != NULL &&
           at[1] != '\n')
        at++;
    return at;
}

void
form_lines(const struct finder *finder, const struct diagnose_part *part,
           const struct gaps *gaps)
{
    const char *at = (const char *)part->bytes->data;
    const char *last = at + part->bytes->size - 1, *crlf;

    /* A binary part has no lines. */
    crlf = find_crlf(part, gaps->binary != NULL ? gaps->binary : last);
    if (memcmp(at, "\xef\xbb\xbf", 3) == 0)
        find_file(finder, HINT_FILE_BOM, part->name, 1);
    if (crlf != NULL)
        find_file(finder, HINT_FILE_CRLF, part->name, line_of(part, crlf));
    if (*last != '\n' && !gaps->binary_tail)
        find_file(finder,
                  *last == '\x1a' ? HINT_FILE_CTRL_Z : HINT_NO_LINE_BREAK,
                  part->name, line_of(part, last));
}

void
form_key_lines(const struct finder *finder, const struct diagnose_part *part)
{
    struct gaps gaps = { 0 };
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error;
    const char *end;

    pem_start(&cursor, part->name, part->bytes);
    do
        end = cursor.at;
    while (pem_next(&cursor, &block, &error) == 1);
    form_tail(finder, part, end, &gaps);
    form_lines(finder, part, &gaps);
}

/*
 * Reading just enough of DER.
 */
#include "pki/der.h"

#include <openssl/asn1.h>
#include <string.h>

#define FNV_BASIS 0xcbf29ce484222325 /* FNV-1a, 64 bits */
#define FNV_PRIME 0x100000001b3

bool
der_next(struct der *from, unsigned *tag, struct der *content)
{
    size_t left = (size_t)(from->end - from->at), size, n;
    const unsigned char *at = from->at;

    if (left < 2)
        return false;
    *tag = at[0];
    size = at[1];
    at += 2;
    left -= 2;
    if (size >= 0x80) {
        n = size & 0x7f;
        if (n == 0 || n > 3 || n > left)
            return false;
        for (size = 0; n > 0; n--, left--)
            size = size << 8 | *at++;
    }
    if (size > left)
        return false;
    content->at = at;
    content->end = from->at = at + size;
    return true;
}

bool
der_is_cut(const unsigned char *bytes, size_t size)
{
    struct der der = { bytes, bytes + size }, content;
    unsigned tag;

    return size < 2 || (bytes[1] != 0x80 && !der_next(&der, &tag, &content));
}

size_t
der_without_breaks(const unsigned char *bytes, size_t size)
{
    struct der der, content;
    size_t end = size;
    unsigned tag;

    if (size < 2)
        return size;
    while (end > 2 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r'))
        end--;
    der = (struct der){ bytes, bytes + size };
    /* What the length counts belongs to it, whatever it looks like. */
    if (der_next(&der, &tag, &content))
        return bytes + end <= der.at ? (size_t)(der.at - bytes) : size;
    /* One of indefinite length ends with two NULs. */
    return bytes[1] == 0x80 ? end : size;
}

/* Steps into a SEQUENCE of which only the first bytes may be there. */
static bool
enter(struct der *from)
{
    size_t left = (size_t)(from->end - from->at), n;

    if (left < 2 || from->at[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
        return false;
    n = from->at[1] < 0x80 ? 0 : from->at[1] & 0x7f;
    if (n > 3 || n + 2 > left)
        return false;
    from->at += n + 2;
    return true;
}

/* Up to the subject; the others of *ret are as they were. */
static bool
read_front(struct der *der, struct der_cert *ret)
{
    unsigned tag;

    if (!enter(der) || !enter(der) || !der_next(der, &tag, &ret->serial))
        return false;
    /* The version is optional: without it, this was the serial. */
    if (tag == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED) &&
        !der_next(der, &tag, &ret->serial))
        return false;
    return der_next(der, &tag, &ret->signature) &&
           der_next(der, &tag, &ret->issuer) &&
           der_next(der, &tag, &ret->validity) &&
           der_next(der, &tag, &ret->subject);
}

bool
der_subject(const unsigned char *bytes, size_t size, struct der *ret)
{
    struct der der = { bytes, bytes + size };
    struct der_cert cert;

    if (!read_front(&der, &cert))
        return false;
    *ret = cert.subject;
    return true;
}

bool
der_cert(const unsigned char *bytes, size_t size, struct der_cert *ret)
{
    struct der whole = { bytes, bytes + size }, outer, tbs, part;
    struct der front = whole;
    unsigned tag;

    *ret = (struct der_cert){ 0 };
    if (!der_next(&whole, &tag, &outer) || whole.at != whole.end ||
        !der_next(&outer, &tag, &tbs) || !read_front(&front, ret) ||
        ret->subject.end > tbs.end) /* a request, which has fewer fields */
        return false;
    tbs.at = ret->subject.end;
    if (!der_next(&tbs, &tag, &ret->key))
        return false;
    while (tbs.at < tbs.end) {
        if (!der_next(&tbs, &tag, &part))
            return false;
        /* [3] EXPLICIT SEQUENCE OF Extension */
        if (tag == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED | 3) &&
            !der_next(&part, &tag, &ret->extensions))
            return false;
    }
    return true;
}

bool
der_extension(const struct der_cert *cert, const void *oid, size_t oid_size,
              struct der *ret)
{
    struct der list = cert->extensions, extension, id, value;
    unsigned tag;

    while (list.at < list.end) {
        if (!der_next(&list, &tag, &extension) ||
            !der_next(&extension, &tag, &id))
            return false;
        if ((size_t)(id.end - id.at) != oid_size ||
            memcmp(id.at, oid, oid_size) != 0)
            continue;
        if (!der_next(&extension, &tag, &value) ||
            (tag == V_ASN1_BOOLEAN && !der_next(&extension, &tag, &value)))
            return false;
        *ret = value;
        return true;
    }
    return false;
}

bool
der_equal(const struct der *a, const struct der *b)
{
    size_t size = (size_t)(a->end - a->at);

    return size == (size_t)(b->end - b->at) && memcmp(a->at, b->at, size) == 0;
}

uint64_t
der_hash(const struct der *der)
{
    const unsigned char *at;
    uint64_t key = FNV_BASIS;

    for (at = der->at; at < der->end; at++)
        key = (key ^ *at) * FNV_PRIME;
    return key;
}

/* The octets of a character; 0: no text, or text in a form of BER. */
static size_t
character_size(unsigned tag)
{
    switch (tag) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_T61STRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_VISIBLESTRING:
        return 1;
    case V_ASN1_BMPSTRING:
        return 2;
    case V_ASN1_UNIVERSALSTRING:
        return 4;
    default:
        return 0;
    }
}

/*
 * X509_NAME_cmp() is blind for the string type, the case of ASCII letters and
 * the amount of blanks, and an RDN is a set: so only visible ASCII characters
 * are counted, in lower case, and the attributes are summed.
 */
static uint64_t
fold_attribute(const struct der *type, unsigned tag, const struct der *value)
{
    size_t width = character_size(tag), i;
    size_t size = width > 0 ? (size_t)(value->end - value->at) : 0;
    uint64_t key = der_hash(type);

    for (i = 0; i + width <= size && width > 0; i += width) {
        unsigned long c = 0;
        size_t j;

        for (j = 0; j < width; j++)
            c = c << 8 | value->at[i + j];
        if (c >= 'A' && c <= 'Z')
            c += 'a' - 'A';
        if (c > ' ' && c < 0x7f)
            key = (key ^ c) * FNV_PRIME;
    }
    return key;
}

/* False if it is no plain DER: a string in pieces. */
static bool
fold_rdn(struct der rdn, uint64_t *ret)
{
    struct der attribute, type, value;
    unsigned tag;

    *ret = 0;
    while (rdn.at < rdn.end) {
        if (!der_next(&rdn, &tag, &attribute) ||
            !der_next(&attribute, &tag, &type) ||
            !der_next(&attribute, &tag, &value) ||
            ((tag & V_ASN1_CONSTRUCTED) != 0 &&
             tag != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)))
            return false;
        *ret += fold_attribute(&type, tag, &value);
    }
    return true;
}

uint64_t
der_fold_name(struct der name)
{
    uint64_t key = FNV_BASIS, part;
    struct der rdn;
    unsigned tag;

    while (name.at < name.end) {
        if (!der_next(&name, &tag, &rdn) || !fold_rdn(rdn, &part))
            return 0;
        if (rdn.at < rdn.end) /* X509_NAME_cmp() does not see an empty one */
            key = (key ^ part) * FNV_PRIME;
    }
    return key != 0 ? key : 1;
}

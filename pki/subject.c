/*
 * Subjects as they are typed.  The table of attributes is in the order of their
 * RDNs: words are first sorted into its slots, and then turned into X.509
 * values in that order.
 */
#include "pki/subject.h"

#include <arpa/inet.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/utf8.h"
#include "pki/xalloc.h"

#define BASENAME_MAX 200 /* leaves room for "-fullchain.crt" in a file name */

#define LABEL_MAX 63 /* RFC 1035, 2.3.4 */
#define HOST_MAX 253 /* the same, as text without the root's dot */
#define LOCAL_MAX 64 /* RFC 5321, 4.5.3.1.1 */

const struct subject_attribute subject_attributes[] = {
    { "C", NID_countryName, 2 },
    { "ST", NID_stateOrProvinceName, 128 },
    { "L", NID_localityName, 128 },
    { "O", NID_organizationName, 64 },
    { "OU", NID_organizationalUnitName, 64 },
    { "CN", NID_commonName, 64 },
    { "emailAddress", NID_pkcs9_emailAddress, 255 },
    { "subjectAltName", NID_subject_alt_name, 0 },
    { 0 },
};

#define ATTRIBUTES                                                             \
    (sizeof(subject_attributes) / sizeof(subject_attributes[0]) - 1)

/* Not those of <ctype.h>, which depend on the locale. */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
to_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static void
lower(char *s)
{
    for (; *s != '\0'; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}

/*
 * Letters, digits, hyphens inside (RFC 1123, 2.1), and the underscores that
 * are in use.  A last label of digits only is no name but an address that was
 * mistyped (RFC 3696, 2).
 */
static bool
host_ok(const char *host)
{
    bool digits;

    if (strlen(host) > HOST_MAX)
        return false;
    for (;;) {
        size_t n = strcspn(host, "."), i;

        if (n == 0 || n > LABEL_MAX || host[0] == '-' || host[n - 1] == '-')
            return false;
        digits = true;
        for (i = 0; i < n; i++) {
            if (!is_letter(host[i]) && !is_digit(host[i]) && host[i] != '-' &&
                host[i] != '_')
                return false;
            digits = digits && is_digit(host[i]);
        }
        if (host[n] == '\0')
            return !digits;
        host += n + 1;
    }
}

/* Dot-string "@" domain (RFC 5321, 4.1.2): what RFC 5280, 4.2.1.6 allows,
   without the quoted forms that nobody types. */
static bool
email_ok(const char *email)
{
    const char *at = strchr(email, '@');
    size_t n, i;

    if (at == NULL || at == email || email[0] == '.' || at[-1] == '.')
        return false;
    n = (size_t)(at - email);
    if (n > LOCAL_MAX)
        return false;
    for (i = 0; i < n; i++)
        if (!is_letter(email[i]) && !is_digit(email[i]) &&
            (strchr("!#$%&'*+-/=?^_`{|}~.", email[i]) == NULL ||
             (email[i] == '.' && email[i + 1] == '.')))
            return false;
    return host_ok(at + 1);
}

/*
 * Alternative names.
 */

/* One element: its kind, its octets, and a text that equal elements share. */
struct element {
    int kind, type; /* GEN_..., V_ASN1_... */
    const void *data;
    size_t size;
    unsigned char address[16];
    char key[INET6_ADDRSTRLEN + HOST_MAX + LOCAL_MAX];
};

static bool
is_address(const char *text, struct element *ret)
{
    int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, ret->address) != 1)
        return false;
    inet_ntop(family, ret->address, ret->key, sizeof(ret->key));
    ret->kind = GEN_IPADD;
    ret->type = V_ASN1_OCTET_STRING;
    ret->data = ret->address;
    ret->size = family == AF_INET6 ? 16 : 4;
    return true;
}

static bool
is_name(const char *text, struct element *ret)
{
    char *at;

    ret->kind = strchr(text, '@') != NULL ? GEN_EMAIL : GEN_DNS;
    ret->type = V_ASN1_IA5STRING;
    ret->data = text;
    ret->size = strlen(text);
    if (ret->size >= sizeof(ret->key))
        return false;
    /* The local part of an e-mail address may tell cases apart. */
    at = strchr(strcpy(ret->key, text), '@');
    lower(at != NULL ? at : ret->key);
    if (ret->kind == GEN_EMAIL)
        return email_ok(text);
    /* A wildcard is the whole left-most label (RFC 6125, 6.4.3). */
    return ret->size <= HOST_MAX &&
           host_ok(strncmp(text, "*.", 2) == 0 ? text + 2 : text);
}

static int
add_element(GENERAL_NAMES *names, const struct element *element,
            struct error *error)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(element->type);

    if (name != NULL && value != NULL &&
        ASN1_STRING_set(value, element->data, (int)element->size)) {
        GENERAL_NAME_set0_value(name, element->kind, value);
        value = NULL;
        if (sk_GENERAL_NAME_push(names, name) > 0)
            return 0;
    }
    ASN1_STRING_free(value);
    GENERAL_NAME_free(name);
    return fail_openssl(error, E_CRYPTO, NULL);
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Takes one element unless the tree of those seen has its like. */
static int
parse_element(const char *text, void **seen, GENERAL_NAMES *names,
              struct error *error)
{
    struct element element;
    char **found, *key;

    if (text[0] == '\0')
        return fail(error, E_ATTRIBUTE_EMPTY, "subjectAltName");
    if (!is_address(text, &element) && !is_name(text, &element))
        return fail(error, E_ALTNAME_BAD, text);
    key = xstrdup(element.key);
    found = xcheck(tsearch(key, seen, compare_keys));
    if (*found != key) {
        free(key);
        return 0;
    }
    return add_element(names, &element, error);
}

static int
parse_altname(const char *list, GENERAL_NAMES **ret, struct error *error)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    char *copy = xstrdup(list), *rest = copy, *text;
    void *seen = NULL;
    int r = 0;

    if (names == NULL)
        r = fail_openssl(error, E_CRYPTO, NULL);
    while (r == 0 && (text = strsep(&rest, ",")) != NULL)
        r = parse_element(text, &seen, names, error);
    if (r == 0) {
        *ret = names;
        names = NULL;
    }
    tdestroy(seen, free);
    free(copy);
    GENERAL_NAMES_free(names);
    return r;
}

/*
 * The name.
 */

static int
check_value(const struct subject_attribute *attribute, const char *value,
            struct error *error)
{
    long count = utf8_count(value);
    char bound[24];

    if (value[0] == '\0')
        return fail(error, E_ATTRIBUTE_EMPTY, attribute->key);
    if (count < 0)
        return fail(error, E_ATTRIBUTE_TEXT, attribute->key);
    if (attribute->nid == NID_countryName &&
        (count != 2 || !is_letter(value[0]) || !is_letter(value[1])))
        return fail(error, E_ATTRIBUTE_COUNTRY, value);
    if (attribute->max > 0 && (size_t)count > attribute->max) {
        snprintf(bound, sizeof(bound), "%zu", attribute->max);
        return fail_pair(error, E_ATTRIBUTE_LONG, attribute->key, bound);
    }
    if (attribute->nid == NID_pkcs9_emailAddress && !email_ok(value))
        return fail(error, E_ATTRIBUTE_EMAIL, value);
    return 0;
}

/* We choose the string type ourselves.  OpenSSL's table would apply its own
   bounds, such as the 128 characters of RFC 3280 for an e-mail address. */
static int
add_entry(X509_NAME *name, const struct subject_attribute *attribute,
          const char *value, struct error *error)
{
    char country[3] = { 0 };
    int type = V_ASN1_UTF8STRING;

    if (attribute->nid == NID_countryName) {
        country[0] = to_upper(value[0]);
        country[1] = to_upper(value[1]);
        value = country;
        type = V_ASN1_PRINTABLESTRING;
    } else if (attribute->nid == NID_pkcs9_emailAddress) {
        type = V_ASN1_IA5STRING;
    }
    if (!X509_NAME_add_entry_by_NID(name, attribute->nid, type,
                                    (const unsigned char *)value, -1, -1, 0))
        return fail_openssl(error, E_CRYPTO, attribute->key);
    return 0;
}

/* Puts a word's value into the slot of its attribute. */
static int
sort_word(const char *word, const char *values[ATTRIBUTES], struct error *error)
{
    size_t n = strcspn(word, ":"), i;

    for (i = 0; i < ATTRIBUTES; i++) {
        const struct subject_attribute *attribute = &subject_attributes[i];

        if (word[n] == '\0' || strlen(attribute->key) != n ||
            memcmp(attribute->key, word, n) != 0)
            continue;
        if (values[i] != NULL)
            return fail(error, E_ATTRIBUTE_TWICE, attribute->key);
        values[i] = word + n + 1;
        return check_value(attribute, values[i], error);
    }
    return fail(error, E_ATTRIBUTE_UNKNOWN, word);
}

static int
set_attribute(struct subject *subject,
              const struct subject_attribute *attribute, const char *value,
              struct error *error)
{
    if (attribute->nid == NID_subject_alt_name)
        return parse_altname(value, &subject->altname, error);
    if (subject->name == NULL && (subject->name = X509_NAME_new()) == NULL)
        return fail_openssl(error, E_CRYPTO, NULL);
    return add_entry(subject->name, attribute, value, error);
}

int
subject_parse(char *const *words, size_t n, struct subject *ret,
              struct error *error)
{
    const char *values[ATTRIBUTES] = { NULL };
    struct subject subject = { 0 };
    size_t i;
    int r = 0;

    openssl_begin();
    for (i = 0; r == 0 && i < n; i++)
        r = sort_word(words[i], values, error);
    for (i = 0; r == 0 && i < ATTRIBUTES; i++)
        if (values[i] != NULL)
            r = set_attribute(&subject, &subject_attributes[i], values[i],
                              error);
    if (r == 0) {
        *ret = subject;
        subject = (struct subject){ 0 };
    }
    subject_clear(&subject);
    return r;
}

void
subject_clear(struct subject *subject)
{
    X509_NAME_free(subject->name);
    GENERAL_NAMES_free(subject->altname);
    *subject = (struct subject){ 0 };
}

int
subject_need_cn(const struct subject *subject, struct error *error)
{
    if (subject->name == NULL ||
        X509_NAME_get_index_by_NID(subject->name, NID_commonName, -1) < 0)
        return fail(error, E_NO_CN, NULL);
    return 0;
}

int
basename_check(const char *basename, struct error *error)
{
    size_t i;

    for (i = 0; basename[i] != '\0'; i++)
        if (!is_letter(basename[i]) && !is_digit(basename[i]) &&
            basename[i] != '-' && basename[i] != '_')
            return fail(error, E_BAD_BASENAME, basename);
    if (i == 0 || i > BASENAME_MAX)
        return fail(error, E_BAD_BASENAME, basename);
    return 0;
}

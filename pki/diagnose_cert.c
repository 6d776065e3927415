/*
 * One certificate: its dates, key, signature and serial; and of an end entity
 * its usages and names (RFC 5280 section 4.2.1, RFC 6125 section 6.4).
 */
#include "pki/diagnose_cert.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pki/cert.h"
#include "pki/error.h"
#include "pki/key.h"
#include "pki/spelling.h"

#define DAY 86400
#define RSA_BITS_MIN 2048
#define SERIAL_OCTETS_MAX 20 /* RFC 5280 section 4.1.2.2 */
/* Bits of the key usage: RFC 5280 section 4.2.1.3. */
#define DIGITAL_SIGNATURE 0
#define KEY_CERT_SIGN 5
#define DATABASE_CN "postgres"
#define TEXT_SIZE 160
#define CUT "..." /* at the end of what there was no room for */

/* A clock that is before this program was written is wrong. */
#define CLOCK_MIN ((time_t)1735689600) /* 2025-01-01 */

/* 9999-12-31 23:59:59: no known end (RFC 5280 section 4.1.2.5). */
#define NO_END ((time_t)253402300799)

void
find_hint(const struct finder *finder, enum hint_id id, const struct site *site,
          const char *one, const char *two)
{
    const char *service = finder->diagnosis->service;
    struct hint hint = { .id = id,
                         .element = site->element,
                         .line = site->line };

    snprintf(hint.service, sizeof(hint.service), "%s",
             service != NULL ? service : "");
    snprintf(hint.file, sizeof(hint.file), "%s",
             site->file != NULL ? site->file : "");
    snprintf(hint.one, sizeof(hint.one), "%s", one != NULL ? one : "");
    snprintf(hint.two, sizeof(hint.two), "%s", two != NULL ? two : "");
    hints_add(finder->hints, &hint);
}

/* Appends at most so many bytes of a text, whole characters of UTF-8 only. */
static void
append_front(char *text, size_t size, const char *from, size_t most)
{
    size_t used = strlen(text), n = strlen(from);

    if (n > most) {
        n = most;
        while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
            n--;
    }
    snprintf(text + used, size - used, "%.*s", (int)n, from);
}

/* The CN at an index of the subject; false if there is none. */
static bool
read_cn(const X509_NAME *subject, int at, char *text, size_t size)
{
    unsigned char *utf8 = NULL;
    int length;

    if (at < 0)
        return false;
    length = ASN1_STRING_to_UTF8(
        &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (length < 0) {
        openssl_forget();
        return false;
    }
    text[0] = '\0';
    append_front(text, size, (const char *)utf8, size - 1 - strlen(CUT));
    if ((size_t)length > strlen(text))
        append_front(text, size, CUT, strlen(CUT));
    OPENSSL_free(utf8);
    return true;
}

/* The last CN, which is the most specific. */
static bool
common_name(const X509_NAME *subject, char *text, size_t size)
{
    int last = -1, at;

    while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, last)) >=
           0)
        last = at;
    return read_cn(subject, last, text, size);
}

/* The CN tells most, so it is kept, after as much of the rest as fits. */
static void
cut_name(const X509_NAME *name, const char *whole, char *text, size_t size)
{
    char cn[TEXT_SIZE] = "", tail[TEXT_SIZE + 8] = CUT;
    size_t room = size - 1;

    text[0] = '\0';
    if (common_name(name, cn, sizeof(cn)))
        snprintf(tail, sizeof(tail), CUT " CN=%s", cn);
    if (strlen(tail) <= room) {
        append_front(text, size, whole, room - strlen(tail));
        append_front(text, size, tail, room);
    } else {
        append_front(text, size, tail, room - strlen(CUT));
        append_front(text, size, CUT, strlen(CUT));
    }
}

void
name_describe(const X509_NAME *name, char *text, size_t size)
{
    BIO *out = BIO_new(BIO_s_mem());
    char *whole = NULL;
    long n = 0;

    text[0] = '\0';
    if (out != NULL &&
        X509_NAME_print_ex(out, name, 0,
                           XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ &
                               ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0 &&
        BIO_write(out, "", 1) == 1)
        n = BIO_get_mem_data(out, &whole);
    if (n > (long)size)
        cut_name(name, whole, text, size);
    else if (n > 0)
        snprintf(text, size, "%s", whole);
    BIO_free(out);
    openssl_forget();
}

void
find_named(const struct finder *finder, enum hint_id id,
           const struct site *site, const X509_NAME *one, const char *two)
{
    char text[HINT_NAME_SIZE];

    name_describe(one, text, sizeof(text));
    find_hint(finder, id, site, text, two);
}

static void
format_day(const struct tm *tm, char *text, size_t size)
{
    strftime(text, size, "%Y-%m-%d", tm);
}

void
day_describe(time_t when, char *text, size_t size)
{
    struct tm tm;

    gmtime_r(&when, &tm);
    format_day(&tm, text, size);
}

void
time_describe(const ASN1_TIME *time, char *text, size_t size)
{
    struct tm tm;

    text[0] = '\0';
    if (ASN1_TIME_to_tm(time, &tm) == 1)
        format_day(&tm, text, size);
}

static void
check_clock(const struct finder *finder)
{
    time_t now = finder->diagnosis->now;
    const struct site nowhere = { 0 };
    char today[HINT_DAY_SIZE];

    day_describe(now, today, sizeof(today));
    if (now < CLOCK_MIN)
        find_hint(finder, HINT_CLOCK_OFF, &nowhere, today, NULL);
}

/* RFC 5280 section 4.1.2.5. */
static void
check_times(const struct finder *finder, const struct site *site, time_t from,
            time_t to, bool leaf)
{
    time_t now = finder->diagnosis->now;
    char day[HINT_DAY_SIZE], left[24];

    day_describe(from > now ? from : to, day, sizeof(day));
    snprintf(left, sizeof(left), "%lld", (long long)(to - now) / DAY);
    if (to < from) {
        find_hint(finder, HINT_VALIDITY_EMPTY, site, NULL, NULL);
    } else if (from > now) {
        find_hint(finder, HINT_NOT_YET_VALID, site, day, NULL);
        check_clock(finder);
    } else if (to <= now) {
        find_hint(finder, leaf ? HINT_EXPIRED : HINT_CA_EXPIRED, site, day,
                  NULL);
    } else if (to != NO_END && to - now < (time_t)DAY * DIAGNOSE_SOON_DAYS) {
        find_hint(finder, leaf ? HINT_EXPIRES_SOON : HINT_CA_EXPIRES_SOON, site,
                  day, left);
    }
}

static bool
is_weak(int digest)
{
    return digest == NID_sha1 || digest == NID_md5 || digest == NID_md4 ||
           digest == NID_md2;
}

/* RFC 4055 section 3.1: a parameter, and SHA-1 by default. */
static int
pss_digest(const unsigned char *bytes, size_t size)
{
    RSA_PSS_PARAMS *parameters = d2i_RSA_PSS_PARAMS(NULL, &bytes, (long)size);
    int digest = NID_undef;

    if (parameters != NULL)
        digest = parameters->hashAlgorithm != NULL
                     ? OBJ_obj2nid(parameters->hashAlgorithm->algorithm)
                     : NID_sha1;
    RSA_PSS_PARAMS_free(parameters);
    return digest;
}

/* Like X509_get_signature_info(), which would decode all extensions first. */
static int
signature_digest(const X509 *cert)
{
    const X509_ALGOR *algorithm;
    const void *value;
    int digest = NID_undef, key, kind;

    if (X509_get_signature_nid(cert) != NID_rsassaPss) {
        OBJ_find_sigid_algs(X509_get_signature_nid(cert), &digest, &key);
        return digest;
    }
    X509_get0_signature(NULL, &algorithm, cert);
    X509_ALGOR_get0(NULL, &kind, &value, algorithm);
    if (kind == V_ASN1_SEQUENCE)
        digest = pss_digest(ASN1_STRING_get0_data(value),
                            (size_t)ASN1_STRING_length(value));
    return digest;
}

bool
diagnose_can_verify(const X509 *cert)
{
    int digest, key;
    EVP_MD *md = NULL;
    bool known =
        OBJ_find_sigid_algs(X509_get_signature_nid(cert), &digest, &key) == 1;

    digest = signature_digest(cert);
    /* Some algorithms, as Ed25519, have a digest of their own. */
    if (known && digest != NID_undef) {
        md = EVP_MD_fetch(NULL, OBJ_nid2sn(digest), NULL);
        known = md != NULL;
    }
    EVP_MD_free(md);
    openssl_forget();
    return known;
}

/* Of a root, nobody verifies the signature. */
static void
check_signature(const struct finder *finder, const struct site *site,
                X509 *cert)
{
    int digest = signature_digest(cert);

    if (!cert_self_issued(cert) && is_weak(digest))
        find_hint(finder, HINT_SIGNATURE_WEAK, site, OBJ_nid2sn(digest), NULL);
}

static void
check_serial(const struct finder *finder, const struct site *site,
             const ASN1_INTEGER *serial)
{
    const unsigned char *at = ASN1_STRING_get0_data(serial);
    int size = ASN1_STRING_length(serial), i = 0;

    while (i < size && at[i] == 0)
        i++;
    if (i == size || size > SERIAL_OCTETS_MAX ||
        ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        find_hint(finder, HINT_SERIAL_WEAK, site, NULL, NULL);
}

void
diagnose_key(const struct finder *finder, const struct site *site,
             const EVP_PKEY *key, bool leaf)
{
    char words[64], bits[16];

    key_describe(key, words, sizeof(words));
    snprintf(bits, sizeof(bits), "%d", EVP_PKEY_get_bits(key));
    if (leaf && !EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "DSA"))
        find_hint(finder, HINT_KEY_NOT_RSA, site, words, NULL);
    if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
        find_hint(finder, HINT_KEY_SHORT, site, bits, NULL);
}

/* X509_get_extended_key_usage() would look at all extensions, and make a
   digest of it all: as much work as reading the certificate. */
unsigned
diagnose_usages(const X509 *cert)
{
    EXTENDED_KEY_USAGE *usages =
        X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    unsigned found =
        usages != NULL ? 0 : (unsigned)(DIAGNOSE_SERVER | DIAGNOSE_CLIENT);
    int i;

    for (i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        int usage = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i));

        if (usage == NID_server_auth)
            found |= DIAGNOSE_SERVER;
        else if (usage == NID_client_auth)
            found |= DIAGNOSE_CLIENT;
    }
    EXTENDED_KEY_USAGE_free(usages);
    openssl_forget();
    return found;
}

/*
 * Names.
 */

static bool
is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 ||
           inet_pton(AF_INET6, name, bytes) == 1;
}

static bool
is_ascii(const char *name)
{
    while (*name != '\0' && (unsigned char)*name < 0x80)
        name++;
    return *name == '\0';
}

/* Is it meant to be a host name, and not words?  If it was cut, it does not
   count as one. */
static bool
looks_like_host(const char *name)
{
    return strchr(name, '.') != NULL && strchr(name, ' ') == NULL &&
           strchr(name, '@') == NULL && strstr(name, CUT) == NULL;
}

/*
 * A host name, or a wildcard in the one form that peers take: "*" as the whole
 * first of three labels or more (RFC 6125 section 6.4.3).
 */
static bool
is_well_formed(const char *name)
{
    const char *at = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
    bool wildcard = at != name, dot = false;
    size_t label = 0;

    for (; *at != '\0'; at++) {
        if (*at == '.') {
            if (label == 0)
                return false;
            dot = dot || at[1] != '\0';
            label = 0;
        } else if (isalnum((unsigned char)*at) || *at == '-' || *at == '_') {
            label++;
        } else {
            return false;
        }
    }
    return (label > 0 || (at > name && at[-1] == '.')) && (!wildcard || dot);
}

/* The first CN, which is the one that PostgreSQL takes. */
static bool
client_name(const X509_NAME *subject, char *text, size_t size)
{
    return read_cn(subject,
                   X509_NAME_get_index_by_NID(subject, NID_commonName, -1),
                   text, size);
}

static bool
is_client(const X509_NAME *subject)
{
    char cn[TEXT_SIZE];

    return client_name(subject, cn, sizeof(cn)) && strcmp(cn, DATABASE_CN) == 0;
}

bool
diagnose_client(const struct finder *finder, const struct site *site,
                const X509_NAME *subject)
{
    char cn[TEXT_SIZE];

    if (!client_name(subject, cn, sizeof(cn)) ||
        !spelling_is_near(cn, DATABASE_CN))
        return false;
    find_hint(finder, HINT_CLIENT_CN, site, cn, NULL);
    return true;
}

/* subject: the CN counts if there is no dNSName. */
static bool
covers(X509 *cert, const char *name, bool subject)
{
    unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                     (subject ? 0 : X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    bool covered = is_address(name)
                       ? X509_check_ip_asc(cert, name, 0) == 1
                       : X509_check_host(cert, name, 0, flags, NULL) == 1;

    openssl_forget();
    return covered;
}

/* Checks one dNSName, and sets *same if it stands for the CN. */
static void
check_dns_name(const struct finder *finder, const struct site *site, X509 *cert,
               const ASN1_STRING *name, const char *cn, bool *same)
{
    char text[TEXT_SIZE];
    bool address;

    snprintf(text, sizeof(text), "%.*s", ASN1_STRING_length(name),
             (const char *)ASN1_STRING_get0_data(name));
    address = is_address(text);
    /* Beside the same address as an iPAddress it does no harm. */
    if (address && !covers(cert, text, false))
        find_hint(finder, HINT_NAME_IP_AS_DNS, site, text, NULL);
    if (!address && ASN1_STRING_length(name) < TEXT_SIZE &&
        !is_well_formed(text))
        find_hint(finder, HINT_NAME_MALFORMED, site, text, NULL);
    /* A CN beyond ASCII is for people; the A-label is the same for machines. */
    if (strcasecmp(text, cn) == 0 ||
        (!is_ascii(cn) && strstr(text, "xn--") != NULL))
        *same = true;
}

static bool
has_first_label(X509 *cert, const char *label)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    size_t size = strlen(label);
    bool found = false;
    int i, kind;

    for (i = 0; !found && i < sk_GENERAL_NAME_num(names); i++) {
        const ASN1_STRING *value =
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &kind);
        const char *text;

        if (kind != GEN_DNS || (size_t)ASN1_STRING_length(value) <= size)
            continue;
        text = (const char *)ASN1_STRING_get0_data(value);
        found = strncasecmp(text, label, size) == 0 && text[size] == '.';
    }
    GENERAL_NAMES_free(names);
    openssl_forget();
    return found;
}

bool
diagnose_covers(X509 *cert, const char *host)
{
    return covers(cert, host, true) ||
           (strchr(host, '.') == NULL && has_first_label(cert, host));
}

/* *.example.com: example.com and a.b.example.com are meant. */
static bool
is_near(const char *name, const char *wanted)
{
    size_t size = strlen(name), wanted_size = strlen(wanted);

    return name[0] == '*' && name[1] == '.' &&
           (strcasecmp(name + 2, wanted) == 0 ||
            (wanted_size >= size &&
             strcasecmp(wanted + wanted_size - (size - 1), name + 1) == 0));
}

/* Finds a wildcard name that one could expect to cover the wanted name, but
   does not.  The CN counts where there is no dNSName (RFC 6125 section 6.4.4).
 */
static bool
near_wildcard(const GENERAL_NAMES *names, const char *cn, const char *wanted,
              char *text, size_t size)
{
    int i, n = sk_GENERAL_NAME_num(names), kind;
    bool dns = false;

    for (i = 0; i < n; i++) {
        const ASN1_STRING *value =
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &kind);

        if (kind != GEN_DNS)
            continue;
        dns = true;
        snprintf(text, size, "%.*s", ASN1_STRING_length(value),
                 (const char *)ASN1_STRING_get0_data(value));
        if (is_near(text, wanted))
            return true;
    }
    snprintf(text, size, "%s", cn);
    return !dns && is_near(text, wanted);
}

static void
check_wanted(const struct finder *finder, const struct site *site, X509 *cert,
             const GENERAL_NAMES *names, const char *cn)
{
    const char *const *wanted = finder->diagnosis->names;
    char wildcard[TEXT_SIZE];

    for (; wanted != NULL && *wanted != NULL; wanted++) {
        if (covers(cert, *wanted, true))
            continue;
        if (near_wildcard(names, cn, *wanted, wildcard, sizeof(wildcard)))
            find_hint(finder, HINT_NAME_WILDCARD, site, *wanted, wildcard);
        else
            find_hint(finder, HINT_NAME_NOT_COVERED, site, *wanted, NULL);
    }
}

/* Is it, or should it be, the certificate of a client?  Its names are of no
   interest. */
static bool
check_client(const struct finder *finder, const struct site *site,
             const X509_NAME *subject)
{
    unsigned usage = finder->diagnosis->usage;
    char cn[TEXT_SIZE] = "";

    if ((usage & DIAGNOSE_DATABASE) != 0 && !is_client(subject)) {
        client_name(subject, cn, sizeof(cn));
        find_hint(finder, HINT_CLIENT_CN, site, cn, NULL);
    }
    return (usage & DIAGNOSE_DATABASE) != 0 || usage == DIAGNOSE_CLIENT ||
           is_client(subject) ||
           (usage == 0 && diagnose_client(finder, site, subject));
}

static void
check_names(const struct finder *finder, const struct site *site, X509 *cert)
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    GENERAL_NAMES *names =
        X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool client = check_client(finder, site, subject), same = false;
    char cn[TEXT_SIZE] = "";
    int i, kind;

    openssl_forget();
    common_name(subject, cn, sizeof(cn));
    for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const ASN1_STRING *value =
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &kind);

        if (kind == GEN_DNS)
            check_dns_name(finder, site, cert, value, cn, &same);
    }
    if (names == NULL && cn[0] != '\0' && !client)
        find_hint(finder, HINT_NAME_CN_ONLY, site, cn, NULL);
    if (names != NULL && looks_like_host(cn) && !same &&
        !covers(cert, cn, false))
        find_hint(finder, HINT_NAME_CN_NOT_IN_SAN, site, cn, NULL);
    if ((looks_like_host(cn) ||
         (strchr(cn, '*') != NULL && strstr(cn, CUT) == NULL)) &&
        !is_address(cn) && !is_well_formed(cn) && (!same || is_ascii(cn)))
        find_hint(finder, HINT_NAME_MALFORMED, site, cn, NULL);
    check_wanted(finder, site, cert, names, cn);
    GENERAL_NAMES_free(names);
}

/* RFC 8446 section 4.4.2.2: the bit must be set.  A CA that only lacks CA:TRUE
   is not meant. */
static void
check_key_usage(const struct finder *finder, const struct site *site,
                const X509 *cert)
{
    ASN1_BIT_STRING *usage = X509_get_ext_d2i(cert, NID_key_usage, NULL, NULL);

    if (usage != NULL &&
        ASN1_BIT_STRING_get_bit(usage, DIGITAL_SIGNATURE) == 0 &&
        ASN1_BIT_STRING_get_bit(usage, KEY_CERT_SIGN) == 0)
        find_hint(finder, HINT_KEY_USAGE, site, NULL, NULL);
    ASN1_BIT_STRING_free(usage);
}

unsigned
diagnose_wanted(const struct diagnosis *diagnosis, const X509 *cert)
{
    if (diagnosis->usage != 0)
        return diagnosis->usage;
    return is_client(X509_get_subject_name(cert))
               ? DIAGNOSE_CLIENT
               : DIAGNOSE_SERVER | DIAGNOSE_CLIENT;
}

static void
check_usage(const struct finder *finder, const struct site *site,
            const X509 *cert)
{
    unsigned missing =
        diagnose_wanted(finder->diagnosis, cert) & ~diagnose_usages(cert);

    if ((missing & DIAGNOSE_CLIENT) != 0)
        find_hint(finder, HINT_EKU_NO_CLIENT, site, NULL, NULL);
    if ((missing & DIAGNOSE_SERVER) != 0)
        find_hint(finder, HINT_EKU_NO_SERVER, site, NULL, NULL);
}

void
diagnose_cert(const struct finder *finder, const struct site *site, X509 *cert,
              bool leaf)
{
    time_t from, to;

    if (cert_times(cert, &from, &to))
        check_times(finder, site, from, to, leaf);
    if (X509_get0_pubkey(cert) != NULL)
        diagnose_key(finder, site, X509_get0_pubkey(cert), leaf);
    check_signature(finder, site, cert);
    check_serial(finder, site, X509_get0_serialNumber(cert));
    if (leaf) {
        check_usage(finder, site, cert);
        check_key_usage(finder, site, cert);
        check_names(finder, site, cert);
    }
    openssl_forget();
}

/*
 * A certificate of a long list.
 */

/* UTCTime or GeneralizedTime in the one form that RFC 5280 allows. */
static bool
read_time(struct der *from, time_t *ret)
{
    struct tm tm = { 0 };
    struct der value;
    char text[16];
    unsigned tag;
    size_t size;

    if (!der_next(from, &tag, &value))
        return false;
    size = (size_t)(value.end - value.at);
    if (tag == V_ASN1_UTCTIME && size == 13) {
        memcpy(text, value.at[0] >= '5' ? "19" : "20", 2);
        memcpy(text + 2, value.at, size);
    } else if (tag == V_ASN1_GENERALIZEDTIME && size == 15) {
        memcpy(text, value.at, size);
    } else {
        return false;
    }
    text[15] = '\0';
    if (strptime(text, "%Y%m%d%H%M%SZ", &tm) == NULL)
        return false;
    *ret = timegm(&tm);
    return true;
}

/* The digest of a signature AlgorithmIdentifier's content. */
static int
digest_of(struct der algorithm)
{
    ASN1_OBJECT *object = NULL;
    struct der oid, whole = algorithm;
    int digest = NID_undef, key;
    unsigned tag;

    if (!der_next(&algorithm, &tag, &oid))
        return NID_undef;
    object = d2i_ASN1_OBJECT(NULL, &whole.at, algorithm.at - whole.at);
    if (OBJ_obj2nid(object) == NID_rsassaPss)
        digest =
            pss_digest(algorithm.at, (size_t)(algorithm.end - algorithm.at));
    else
        OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &key);
    ASN1_OBJECT_free(object);
    openssl_forget();
    return digest;
}

void
diagnose_der(const struct finder *finder, const struct site *site,
             const struct der_cert *cert, bool leaf)
{
    struct der validity = cert->validity;
    time_t from, to;

    if (read_time(&validity, &from) && read_time(&validity, &to))
        check_times(finder, site, from, to, leaf);
    if (!der_equal(&cert->issuer, &cert->subject)) {
        int digest = digest_of(cert->signature);

        if (is_weak(digest))
            find_hint(finder, HINT_SIGNATURE_WEAK, site, OBJ_nid2sn(digest),
                      NULL);
    }
}

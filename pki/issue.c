/*
 * Each function first reads and checks all it needs and makes everything in
 * memory; then one store_write() writes it.
 *
 * A request decides only the subject, the alternative names and the usages of
 * its certificate. basicConstraints is never taken from it, so no request can
 * make a CA.
 */
#include "pki/issue.h"

#include <openssl/bn.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/key.h"
#include "pki/tbs.h"
#include "pki/xalloc.h"

#define MAX_DAYS 36500
#define YEAR_10000 253402300800LL /* GeneralizedTime has four digits for it */
#define SERIAL_BITS 128
#define FULL_CHAIN "-fullchain"
#define MAX_CN 64 /* ub-common-name, RFC 5280 appendix A */

/* Key usages that only a CA has (RFC 5280, 4.2.1.3). */
#define CA_USAGES (KU_KEY_CERT_SIGN | KU_CRL_SIGN)

static int
check_days(const struct validity *validity, struct error *error)
{
    char days[24];

    if (validity->days >= 1 && validity->days <= MAX_DAYS &&
        validity->now < YEAR_10000 - 86400LL * validity->days)
        return 0;
    snprintf(days, sizeof(days), "%u", validity->days);
    return fail(error, E_DAYS, days);
}

/*
 * The parts of a certificate.
 */

/* Positive and not zero (RFC 5280, 4.1.2.2). */
static bool
set_serial(X509 *cert)
{
    BIGNUM *number = BN_new();
    bool ok = number != NULL;

    do
        ok = ok &&
             BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
    while (ok && BN_is_zero(number));
    ok = ok && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return ok;
}

/* All but key, extensions and signature. */
static X509 *
new_cert(const X509_NAME *subject, const X509_NAME *issuer,
         const struct validity *validity, struct error *error)
{
    time_t now = validity->now;
    X509 *cert = X509_new();

    if (cert != NULL && X509_set_version(cert, X509_VERSION_3) &&
        set_serial(cert) && X509_set_subject_name(cert, subject) &&
        X509_set_issuer_name(cert, issuer) &&
        X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &now) != NULL &&
        X509_time_adj_ex(X509_getm_notAfter(cert), (int)validity->days, 0,
                         &now) != NULL)
        return cert;
    X509_free(cert);
    fail_openssl(error, E_CRYPTO, NULL);
    return NULL;
}

static int
add_basic_constraints(STACK_OF(X509_EXTENSION) **list, bool ca,
                      struct error *error)
{
    BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
    int r;

    if (basic != NULL)
        basic->ca = ca ? 0xff : 0;
    r = tbs_add(list, NID_basic_constraints, basic, true, error);
    BASIC_CONSTRAINTS_free(basic);
    return r;
}

/* The first method of RFC 5280, 4.2.1.2: SHA-1 over the public key. */
static ASN1_OCTET_STRING *
hash_key(const X509 *cert)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();

    if (id != NULL && X509_pubkey_digest(cert, EVP_sha1(), hash, &size) &&
        ASN1_OCTET_STRING_set(id, hash, (int)size))
        return id;
    ASN1_OCTET_STRING_free(id);
    return NULL;
}

/* The identifiers of its own key and of its issuer's key.  The keys of both
   certificates must be set. */
static int
add_key_ids(STACK_OF(X509_EXTENSION) **list, const X509 *cert, X509 *issuer,
            struct error *error)
{
    const ASN1_OCTET_STRING *known =
        issuer != cert ? X509_get0_subject_key_id(issuer) : NULL;
    ASN1_OCTET_STRING *subject_id = hash_key(cert);
    AUTHORITY_KEYID *issuer_id = AUTHORITY_KEYID_new();
    int r;

    if (issuer_id != NULL)
        issuer_id->keyid =
            known != NULL ? ASN1_OCTET_STRING_dup(known) : hash_key(issuer);
    if (issuer_id == NULL || issuer_id->keyid == NULL)
        r = fail_openssl(error, E_CRYPTO, NULL);
    else
        r = tbs_add(list, NID_subject_key_identifier, subject_id, false, error);
    if (r == 0)
        r = tbs_add(list, NID_authority_key_identifier, issuer_id, false,
                    error);
    ASN1_OCTET_STRING_free(subject_id);
    AUTHORITY_KEYID_free(issuer_id);
    return r;
}

static int
sign_cert(X509 *cert, const STACK_OF(X509_EXTENSION) *list, EVP_PKEY *key,
          struct error *error)
{
    bool ok = true;
    int i;

    for (i = 0; ok && i < sk_X509_EXTENSION_num(list); i++)
        ok = X509_add_ext(cert, sk_X509_EXTENSION_value(list, i), -1);
    if (!ok || X509_sign(cert, key, tbs_digest(key)) <= 0)
        return fail_openssl(error, E_CRYPTO, NULL);
    return 0;
}

/*
 * A key and what is made of it.
 */

/* The key goes first: even if the step were torn, no document would lack its
   key. */
static int
write_pair(struct store *store, const char *basename, EVP_PKEY *key,
           const char *suffix, const struct blob *document, struct error *error)
{
    char *key_name = xasprintf("%s.key", basename);
    char *name = xasprintf("%s%s", basename, suffix);
    struct blob key_text = { 0 };
    const struct store_change changes[] = {
        { key_name, &key_text, 0600 },
        { name, document, 0644 },
    };
    int r = key_format(key, &key_text, error);

    if (r == 0)
        r = store_write(store, STORE_FILES, changes, 2, error);
    blob_clear(&key_text);
    free(name);
    free(key_name);
    return r;
}

int
issue_request(struct store *store, const char *basename,
              const struct subject *subject, const struct keygen *keygen,
              struct error *error)
{
    struct blob csr = { 0 };
    EVP_PKEY *key = NULL;
    int r;

    r = basename_check(basename, error);
    if (r == 0)
        r = key_generate(keygen, &key, error);
    if (r == 0)
        r = csr_create(key, subject, &csr, error);
    if (r == 0)
        r = write_pair(store, basename, key, ".csr", &csr, error);
    EVP_PKEY_free(key);
    blob_clear(&csr);
    openssl_forget(); /* what OpenSSL could do without */
    return r;
}

/* The subject's name, or one made from the basename. */
static X509_NAME *
name_or(const struct subject *subject, const char *basename)
{
    X509_NAME *name = NULL;
    char *cn = NULL;

    if (subject->name != NULL)
        return X509_NAME_dup(subject->name);
    cn = xstrndup(basename, MAX_CN);
    name = X509_NAME_new();
    if (name != NULL &&
        !X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                    (unsigned char *)cn, -1, -1, 0)) {
        X509_NAME_free(name);
        name = NULL;
    }
    free(cn);
    return name;
}

/* It is a CA and a TLS certificate at once.  It has no extended key usages,
   as the appliance's have none. */
static int
self_sign(const X509_NAME *name, const struct subject *subject, EVP_PKEY *key,
          const struct validity *validity, struct blob *ret,
          struct error *error)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    X509 *cert = new_cert(name, name, validity, error);
    int r = cert != NULL ? 0 : -1;

    if (r == 0 && !X509_set_pubkey(cert, key))
        r = fail_openssl(error, E_CRYPTO, NULL);
    if (r == 0)
        r = add_basic_constraints(&list, true, error);
    if (r == 0)
        r = tbs_add_key_usage(&list, CA_USAGES | tbs_tls_usage(key), true,
                              error);
    if (r == 0)
        r = add_key_ids(&list, cert, cert, error);
    if (r == 0 && subject->altname != NULL)
        r = tbs_add(&list, NID_subject_alt_name, subject->altname, false,
                    error);
    if (r == 0)
        r = sign_cert(cert, list, key, error);
    if (r == 0)
        r = cert_append(ret, cert, error);
    tbs_free(list);
    X509_free(cert);
    return r;
}

int
issue_selfsigned(struct store *store, const char *basename,
                 const struct subject *subject, const struct keygen *keygen,
                 const struct validity *validity, struct error *error)
{
    struct blob cert = { 0 };
    X509_NAME *name = NULL;
    EVP_PKEY *key = NULL;
    int r;

    r = basename_check(basename, error);
    if (r == 0)
        r = check_days(validity, error);
    if (r == 0 && (name = name_or(subject, basename)) == NULL)
        r = fail_openssl(error, E_CRYPTO, NULL);
    if (r == 0)
        r = key_generate(keygen, &key, error);
    if (r == 0)
        r = self_sign(name, subject, key, validity, &cert, error);
    if (r == 0)
        r = write_pair(store, basename, key, ".crt", &cert, error);
    EVP_PKEY_free(key);
    X509_NAME_free(name);
    blob_clear(&cert);
    openssl_forget();
    return r;
}

/*
 * A certificate by a CA.
 */

/* What signs, as it was read. */
struct ca {
    char *key_name, *cert_name;
    struct blob file; /* all of ca.crt */
    EVP_PKEY *key;
    X509 *cert;
};

static void
ca_clear(struct ca *ca)
{
    free(ca->key_name);
    free(ca->cert_name);
    blob_clear(&ca->file);
    EVP_PKEY_free(ca->key);
    X509_free(ca->cert);
}

static int
ca_read(struct store *store, const char *basename, struct ca *ca,
        struct error *error)
{
    struct blob files[STORE_TOGETHER] = { { 0 } };
    int r;

    ca->key_name = xasprintf("%s.key", basename);
    ca->cert_name = xasprintf("%s.crt", basename);
    r = store_read_together(
        store, STORE_FILES,
        (const char *const[]){ ca->key_name, ca->cert_name }, STORE_TOGETHER,
        files, error);
    ca->file = files[1];
    if (r == 0)
        r = key_parse(ca->key_name, &files[0], &ca->key, error);
    if (r == 0)
        r = cert_parse(ca->cert_name, &ca->file, &ca->cert, error);
    blob_clear(&files[0]);
    return r;
}

/* May it sign others?  Only basicConstraints counts: OpenSSL also accepts
   version 1 and Netscape's types, which no verifier of today does. */
static bool
ca_is_one(X509 *cert)
{
    bool yes = X509_check_ca(cert) == 1 &&
               (X509_get_key_usage(cert) & KU_KEY_CERT_SIGN) != 0 &&
               X509_NAME_entry_count(X509_get_subject_name(cert)) > 0;

    openssl_forget();
    return yes;
}

static int
ca_check(const struct ca *ca, time_t now, struct error *error)
{
    time_t from, to;

    if (!key_matches(ca->key, X509_get0_pubkey(ca->cert)))
        return fail_pair(error, E_MISMATCH_CERT, ca->key_name, ca->cert_name);
    if (!ca_is_one(ca->cert))
        return fail(error, E_NOT_CA, ca->cert_name);
    if (!cert_times(ca->cert, &from, &to) || from > now)
        return fail(error, E_CA_NOT_YET, ca->cert_name);
    return to <= now ? fail(error, E_CA_EXPIRED, ca->cert_name) : 0;
}

/* What a request asks for; NULL and 0 where it asks nothing. */
struct wishes {
    GENERAL_NAMES *altname;
    ASN1_BIT_STRING *key_usage;
    EXTENDED_KEY_USAGE *usages;
};

static void
wishes_clear(struct wishes *wishes)
{
    GENERAL_NAMES_free(wishes->altname);
    ASN1_BIT_STRING_free(wishes->key_usage);
    EXTENDED_KEY_USAGE_free(wishes->usages);
}

/* Reads one extension, NULL if absent (found is -1 then).  It fails if the
   extension is unreadable or occurs twice. */
static int
read_wish(const STACK_OF(X509_EXTENSION) *list, int nid, void **ret,
          const char *name, struct error *error)
{
    int found;

    *ret = X509V3_get_d2i(list, nid, &found, NULL);
    if (*ret == NULL && found != -1)
        return fail_openssl(error, E_BAD_DER, name);
    return 0;
}

static int
read_wishes(X509_REQ *csr, const char *name, struct wishes *ret,
            struct error *error)
{
    STACK_OF(X509_EXTENSION) *list = NULL;
    void *value = NULL;
    int r = csr_extensions(csr, name, &list, error);

    if (r == 0) {
        r = read_wish(list, NID_subject_alt_name, &value, name, error);
        ret->altname = value;
    }
    if (r == 0) {
        r = read_wish(list, NID_key_usage, &value, name, error);
        ret->key_usage = value;
    }
    if (r == 0) {
        r = read_wish(list, NID_ext_key_usage, &value, name, error);
        ret->usages = value;
    }
    tbs_free(list);
    return r;
}

/* The usages of the request without those of a CA; if none is left, those of
   TLS. */
static unsigned
grant_key_usage(const ASN1_BIT_STRING *wish, const EVP_PKEY *key)
{
    unsigned usage = 0;

    if (wish != NULL && ASN1_STRING_length(wish) > 0)
        usage = ASN1_STRING_get0_data(wish)[0] & ~(unsigned)CA_USAGES;
    return usage != 0 ? usage : tbs_tls_usage(key);
}

/* The same.  OCSPSigning would let the holder speak for the CA (RFC 6960,
   4.2.2.2). */
static int
grant_usages(EXTENDED_KEY_USAGE *wish, STACK_OF(X509_EXTENSION) **list,
             struct error *error)
{
    int i;

    for (i = sk_ASN1_OBJECT_num(wish) - 1; i >= 0; i--)
        if (OBJ_obj2nid(sk_ASN1_OBJECT_value(wish, i)) == NID_OCSP_sign)
            ASN1_OBJECT_free(sk_ASN1_OBJECT_delete(wish, i));
    if (sk_ASN1_OBJECT_num(wish) <= 0)
        return tbs_add_tls(list, error);
    return tbs_add(list, NID_ext_key_usage, wish, false, error);
}

static int
grant(const struct wishes *wishes, const X509 *cert, const EVP_PKEY *key,
      X509 *ca, STACK_OF(X509_EXTENSION) **list, struct error *error)
{
    bool nameless = X509_NAME_entry_count(X509_get_subject_name(cert)) == 0;
    int r = add_basic_constraints(list, false, error);

    if (r == 0)
        r = tbs_add_key_usage(list, grant_key_usage(wishes->key_usage, key),
                              true, error);
    if (r == 0)
        r = grant_usages(wishes->usages, list, error);
    if (r == 0)
        r = add_key_ids(list, cert, ca, error);
    if (r == 0 && sk_GENERAL_NAME_num(wishes->altname) > 0)
        r = tbs_add(list, NID_subject_alt_name, wishes->altname, nameless,
                    error);
    return r;
}

/* A certificate does not outlive its CA's: no chain would hold. */
static bool
clamp(X509 *cert, const X509 *ca)
{
    const ASN1_TIME *end = X509_get0_notAfter(ca);

    return ASN1_TIME_compare(X509_get0_notAfter(cert), end) <= 0 ||
           X509_set1_notAfter(cert, end);
}

/* Copies the public key bit by bit.  X509_set_pubkey() would encode it anew,
   which takes a seventh of the time of signing. */
static bool
copy_key(X509 *cert, X509_REQ *csr)
{
    X509_PUBKEY *to = X509_get_X509_PUBKEY(cert);
    X509_ALGOR *from_algorithm, *to_algorithm;
    const unsigned char *octets;
    unsigned char *copy = NULL;
    int size;

    if (X509_PUBKEY_get0_param(NULL, &octets, &size, &from_algorithm,
                               X509_REQ_get_X509_PUBKEY(csr)) &&
        X509_PUBKEY_get0_param(NULL, NULL, NULL, &to_algorithm, to) &&
        (copy = OPENSSL_memdup(octets, (size_t)size)) != NULL &&
        X509_PUBKEY_set0_param(to, OBJ_nid2obj(NID_undef), V_ASN1_UNDEF, NULL,
                               copy, size))
        return X509_ALGOR_copy(to_algorithm, from_algorithm);
    OPENSSL_free(copy);
    return false;
}

static int
sign_request(X509_REQ *csr, const char *name, const struct ca *ca,
             const struct validity *validity, X509 **ret, struct error *error)
{
    const X509_NAME *subject = X509_REQ_get_subject_name(csr);
    STACK_OF(X509_EXTENSION) *list = NULL;
    struct wishes wishes = { 0 };
    X509 *cert = NULL;
    int r;

    r = read_wishes(csr, name, &wishes, error);
    if (r == 0 && X509_NAME_entry_count(subject) == 0 &&
        sk_GENERAL_NAME_num(wishes.altname) <= 0)
        r = fail(error, E_NO_CN, name);
    if (r == 0) {
        cert =
            new_cert(subject, X509_get_subject_name(ca->cert), validity, error);
        r = cert != NULL ? 0 : -1;
    }
    if (r == 0 && !copy_key(cert, csr))
        r = fail_openssl(error, E_CRYPTO, name);
    if (r == 0)
        r = grant(&wishes, cert, X509_REQ_get0_pubkey(csr), ca->cert, &list,
                  error);
    if (r == 0 && !clamp(cert, ca->cert))
        r = fail_openssl(error, E_CRYPTO, NULL);
    if (r == 0)
        r = sign_cert(cert, list, ca->key, error);
    if (r == 0) {
        *ret = cert;
        cert = NULL;
    }
    X509_free(cert);
    tbs_free(list);
    wishes_clear(&wishes);
    return r;
}

/* What is made of the certificate: itself, and itself with its chain. */
static int
format_cert(X509 *cert, const struct ca *ca, struct blob *ret,
            struct blob *chain, struct error *error)
{
    struct blob text = { 0 }, whole = { 0 };
    int r = cert_append(&text, cert, error);

    if (r == 0 && chain != NULL) {
        blob_append(&whole, text.data, text.size);
        r = cert_append_all(&whole, ca->cert_name, &ca->file, error);
    }
    if (r == 0) {
        *ret = text;
        text = (struct blob){ 0 };
    }
    if (r == 0 && chain != NULL) {
        *chain = whole;
        whole = (struct blob){ 0 };
    }
    blob_clear(&text);
    blob_clear(&whole);
    return r;
}

/* Was it made by who holds its key?  RFC 2986, 3. */
static int
check_request(X509_REQ *csr, const char *name, struct error *error)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(csr);
    bool ok = key != NULL && X509_REQ_verify(csr, key) == 1;

    openssl_forget();
    return ok ? 0 : fail(error, E_CSR_SIGNATURE, name);
}

/* Would what is written replace the certificate that signs it? */
static bool
replaces(const char *basename, const char *ca_name, bool full_chain)
{
    size_t n = strlen(basename);

    return strncmp(basename, ca_name, n) == 0 &&
           (ca_name[n] == '\0' ||
            (full_chain && strcmp(ca_name + n, FULL_CHAIN) == 0));
}

int
issue_signed(struct store *store, const char *basename, const char *ca_name,
             const struct validity *validity, struct blob *ret,
             struct blob *chain, struct error *error)
{
    char *csr_name = xasprintf("%s.csr", basename);
    struct blob file = { 0 };
    struct ca ca = { 0 };
    X509_REQ *csr = NULL;
    X509 *cert = NULL;
    int r;

    r = basename_check(basename, error);
    if (r == 0)
        r = basename_check(ca_name, error);
    if (r == 0 && replaces(basename, ca_name, chain != NULL))
        r = fail(error, E_OWN_CA, ca_name);
    if (r == 0)
        r = check_days(validity, error);
    if (r == 0)
        r = store_read(store, STORE_FILES, csr_name, &file, error);
    if (r == 0)
        r = csr_parse(csr_name, &file, &csr, error);
    if (r == 0)
        r = ca_read(store, ca_name, &ca, error);
    if (r == 0)
        r = check_request(csr, csr_name, error);
    if (r == 0)
        r = ca_check(&ca, validity->now, error);
    if (r == 0)
        r = sign_request(csr, csr_name, &ca, validity, &cert, error);
    if (r == 0)
        r = format_cert(cert, &ca, ret, chain, error);
    X509_free(cert);
    X509_REQ_free(csr);
    ca_clear(&ca);
    blob_clear(&file);
    free(csr_name);
    openssl_forget();
    return r;
}

int
issue_write(struct store *store, const char *basename, const struct blob *cert,
            const struct blob *chain, struct error *error)
{
    char *name = xasprintf("%s.crt", basename);
    char *chain_name = xasprintf("%s" FULL_CHAIN ".crt", basename);
    const struct store_change changes[] = {
        { name, cert, 0644 },
        { chain_name, chain, 0644 },
    };
    int r =
        store_write(store, STORE_FILES, changes, chain != NULL ? 2 : 1, error);

    free(chain_name);
    free(name);
    return r;
}

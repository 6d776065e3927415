/*
 * What the tests share.
 */
#include "tests/support.h"

#include <ftw.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/cert.h"
#include "pki/key.h"
#include "pki/xalloc.h"

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

#ifdef COVERAGE
void __gcov_dump(void); /* libgcov's */

void
coverage_keep(void)
{
    __gcov_dump();
}
#else
void
coverage_keep(void)
{
}
#endif

void
coverage_end(int signal)
{
    (void)signal;
    coverage_keep();
}

int
scratch_make(const char *parent, void **state)
{
    struct scratch *scratch = xcalloc(1, sizeof(*scratch));
    struct error error;

    snprintf(scratch->path, sizeof(scratch->path), "%s/mmp-test-XXXXXX",
             parent);
    if (mkdtemp(scratch->path) == NULL ||
        store_open(scratch->path, &scratch->store, &error) != 0)
        return -1;
    *state = scratch;
    return 0;
}

int
scratch_setup(void **state)
{
    return scratch_make("/tmp", state);
}

int
scratch_teardown(void **state)
{
    struct scratch *scratch = *state;
    unsigned long left = ERR_peek_error();

    store_free(scratch->store);
    nftw(scratch->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(scratch);
    if (left != 0)
        print_error("left in OpenSSL's queue: %lx\n", left);
    return left == 0 ? 0 : -1;
}

static struct blob
read_path(const char *path)
{
    struct blob blob = { 0 };
    char buffer[65536];
    FILE *in = fopen(path, "rb");
    size_t n;

    if (in == NULL)
        fail_msg("cannot open %s", path);
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        blob_append(&blob, buffer, n);
    fclose(in);
    return blob;
}

struct blob
fixture(const char *name)
{
    char *path = xasprintf("%s/testdata/pki/%s", SOURCE_DIR, name);
    struct blob blob = read_path(path);

    free(path);
    return blob;
}

static void
put_blob(struct store *store, const char *name, const struct blob *blob)
{
    struct store_change change = { name, blob, 0644 };
    struct error error;

    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
}

void
fixture_store(struct store *store, const char *name)
{
    fixture_store_as(store, name, name);
}

void
fixture_store_as(struct store *store, const char *name, const char *as)
{
    struct blob blob = fixture(name);

    put_blob(store, as, &blob);
    blob_clear(&blob);
}

void
put_text(struct store *store, const char *name, const char *text)
{
    struct blob blob = { 0 };

    blob_text(&blob, text);
    put_blob(store, name, &blob);
    blob_clear(&blob);
}

struct blob
get_file(struct store *store, const char *name)
{
    struct blob blob = { 0 };
    struct error error;

    if (store_read(store, STORE_FILES, name, &blob, &error) != 0)
        fail_msg("cannot read %s from the store: %s", name, error.detail);
    return blob;
}

int
run_shell(struct scratch *scratch, const char *command, struct blob *ret)
{
    char *line =
        xasprintf("cd %s/files && { %s\n} 2>&1", scratch->path, command);
    FILE *out = popen(line, "r");
    char buffer[4096];
    size_t n;
    int status;

    free(line);
    assert_non_null(out);
    while ((n = fread(buffer, 1, sizeof(buffer), out)) > 0)
        if (ret != NULL)
            blob_append(ret, buffer, n);
    status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
type_subject(const char *line, struct subject *ret, struct error *error)
{
    char *copy = xstrdup(line), *rest = copy, *words[16];
    size_t n = 0;
    int r;

    while (rest != NULL && *rest != '\0' && n < sizeof(words) / sizeof(*words))
        words[n++] = strsep(&rest, "|");
    r = subject_parse(words, n, ret, error);
    free(copy);
    return r;
}

int
sign_and_write(struct store *store, const char *basename, const char *ca,
               bool full_chain, const struct validity *validity,
               struct error *error)
{
    struct blob cert = { 0 }, chain = { 0 };
    struct blob *wanted = full_chain ? &chain : NULL;
    int r = issue_signed(store, basename, ca, validity, &cert, wanted, error);

    if (r == 0)
        r = issue_write(store, basename, &cert, wanted, error);
    blob_clear(&chain);
    blob_clear(&cert);
    return r;
}

char *
hint_names(const struct hints *hints)
{
    struct blob text = { 0 };
    char *ret;
    size_t i;

    for (i = 0; i < hints->count; i++) {
        if (i > 0)
            blob_text(&text, " ");
        blob_text(&text, hint_name(hints->all[i].id));
    }
    ret = xstrdup(text.data != NULL ? (const char *)text.data : "");
    blob_clear(&text);
    return ret;
}

char *
hint_places(const struct hints *hints)
{
    struct blob text = { 0 };
    char *ret;
    size_t i;

    blob_text(&text, "");
    for (i = 0; i < hints->count; i++) {
        char *place = xasprintf("%s%s %s:%u", i > 0 ? ", " : "",
                                hint_name(hints->all[i].id), hints->all[i].file,
                                hints->all[i].element);

        blob_text(&text, place);
        free(place);
    }
    ret = xstrdup((const char *)text.data);
    blob_clear(&text);
    return ret;
}

EVP_PKEY *
some_key(void)
{
    struct blob file = fixture("leaf.key");
    EVP_PKEY *key = NULL;
    struct error error;

    assert_int_equal(key_parse("leaf.key", &file, &key, &error), 0);
    blob_clear(&file);
    return key;
}

static void
set_entry(X509_NAME *name, int nid, const char *value)
{
    ASN1_STRING *text = ASN1_STRING_type_new(V_ASN1_UTF8STRING);

    /* As it is: X.520 would have 64 characters at most. */
    if (value != NULL) {
        ASN1_STRING_set(text, value, -1);
        assert_int_equal(
            X509_NAME_add_entry_by_NID(name, nid, V_ASN1_UTF8STRING,
                                       ASN1_STRING_get0_data(text),
                                       ASN1_STRING_length(text), -1, 0),
            1);
    }
    ASN1_STRING_free(text);
}

static void
set_name(X509_NAME *name, const char *cn)
{
    set_entry(name, NID_commonName, cn);
}

static void
sign(X509 *cert, EVP_PKEY *key, const char *pss)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx = NULL;

    assert_int_equal(EVP_DigestSignInit_ex(ctx, &key_ctx,
                                           pss != NULL ? pss : "SHA256", NULL,
                                           NULL, key, NULL),
                     1);
    if (pss != NULL)
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING), 1);
    assert_true(X509_sign_ctx(cert, ctx) > 0);
    EVP_MD_CTX_free(ctx);
}

static void
add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension;

    if (value == NULL)
        return;
    extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void
add_octets(X509 *cert, int nid, const struct blob *octets)
{
    ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    ASN1_OCTET_STRING_set(string, octets->data, (int)octets->size);
    extension = X509_EXTENSION_create_by_NID(NULL, nid, 0, string);
    assert_int_equal(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(string);
}

static void
add_extensions(X509 *cert, const struct made_cert *made)
{
    if (made->version1)
        return;
    assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
    add_extension(cert, NID_basic_constraints, made->ca ? "CA:TRUE" : NULL);
    if (made->basic != NULL)
        add_octets(cert, NID_basic_constraints, made->basic);
    add_extension(cert, NID_subject_alt_name, made->san);
    add_extension(cert, NID_ext_key_usage, made->eku);
    add_extension(cert, NID_name_constraints, made->constraints);
    add_extension(cert, NID_subject_key_identifier, made->key_id);
}

X509 *
make_cert(const struct made_cert *made)
{
    time_t from = made->from != 0 ? made->from : TEST_NOW - 1;
    time_t to = made->to != 0 ? made->to : TEST_NOW + (time_t)86400 * 1000;
    EVP_PKEY *own = some_key();
    EVP_PKEY *key = made->key != NULL ? made->key : own;
    EVP_PKEY *signer = made->signer != NULL ? made->signer : own;
    X509 *cert = X509_new();
    X509_NAME *name = X509_NAME_new();
    BIGNUM *serial = NULL;

    BN_hex2bn(&serial, made->serial != NULL ? made->serial : "1234");
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert));
    X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &from);
    X509_time_adj_ex(X509_getm_notAfter(cert), 0, 0, &to);
    set_entry(X509_get_subject_name(cert), NID_organizationName, made->o);
    set_name(X509_get_subject_name(cert), made->cn);
    set_name(X509_get_subject_name(cert), made->cn2);
    set_name(name, "Example CA");
    X509_set_issuer_name(cert, made->self ? X509_get_subject_name(cert)
                               : made->issuer != NULL
                                   ? X509_get_subject_name(made->issuer)
                                   : name);
    add_extensions(cert, made);
    X509_set_pubkey(cert, key);
    sign(cert, signer, made->pss);
    X509_NAME_free(name);
    BN_free(serial);
    EVP_PKEY_free(own);
    return cert;
}

X509 *
name_other_key(X509 *cert)
{
    EVP_PKEY *key = some_key();
    AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();

    id->keyid = ASN1_OCTET_STRING_new();
    assert_int_equal(
        ASN1_OCTET_STRING_set(id->keyid, (const unsigned char *)"other", 5), 1);
    assert_int_equal(
        X509_add1_ext_i2d(cert, NID_authority_key_identifier, id, 0, 0), 1);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    AUTHORITY_KEYID_free(id);
    EVP_PKEY_free(key);
    return cert;
}

void
append_pem(struct blob *text, X509 *cert)
{
    struct error error;

    assert_int_equal(cert_append(text, cert, &error), 0);
}

struct blob
fixture_unknown_key(const char *name)
{
    static const unsigned char rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                         0xf7, 0x0d, 0x01, 0x01, 0x01 };
    struct blob file = fixture(name);
    unsigned char *at = memmem(file.data, file.size, rsa, sizeof(rsa));

    assert_non_null(at);
    at[sizeof(rsa) - 1] = 99;
    return file;
}

/*
 * The NIST Public Key Interoperability Test Suite through verify().
 *
 * The store holds every CA certificate and every CRL of the suite in one
 * bundle, so each case has to find its own chain among 200 others.  Its
 * certificates are old: the clock stands at PKITS_NOW.  The reference is
 * X509_verify_cert() with everything loaded beforehand, nothing looked up.
 */
#include "pki/verify.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/cert.h"
#include "pki/diagnose.h"
#include "pki/pem.h"
#include "pki/xalloc.h"
#include "tests/support.h"

#define PKITS                                                                  \
    "/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data/"
#define PKITS_NOW ((time_t)1577880000) /* 2020-01-01 12:00:00 UTC */
#define ANCHOR "TrustAnchorRootCertificate.crt"
#define CASES 203

/*
 * Good certificates that OpenSSL 3.0 refuses as well, and why.
 */
static const char *const refused[] = {
    /* DSA parameters inherited from the issuer's key are not implemented. */
    "ValidDSAParameterInheritanceTest5EE.crt",
    /* The issuer of the indirect CRL is itself listed by that CRL. */
    "ValidcRLIssuerTest30EE.crt",
};

struct suite {
    struct scratch *scratch;
    STACK_OF(X509) *untrusted; /* none of the others is self-signed */
    STACK_OF(X509_CRL) *crls;
    X509_STORE *store;
    char *cases[CASES];
    size_t count;
    struct blob path; /* between the last case and the anchor, in PEM */
};

static struct blob
read_path(const char *folder, const char *name)
{
    char *path = xasprintf(PKITS "%s/%s", folder, name);
    struct blob blob = { 0 };
    char buffer[16384];
    FILE *in = fopen(path, "rb");
    size_t n;

    assert_non_null(in);
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        blob_append(&blob, buffer, n);
    fclose(in);
    free(path);
    return blob;
}

static X509 *
read_cert(const char *name)
{
    struct blob der = read_path("certs", name);
    struct error error;
    X509 *cert = NULL;

    assert_int_equal(cert_parse(name, &der, &cert, &error), 0);
    blob_clear(&der);
    return cert;
}

static bool
is_case(const char *name)
{
    return strncmp(name, "Valid", 5) == 0 || strncmp(name, "Invalid", 7) == 0;
}

static bool
is_refused(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        if (strcmp(name, refused[i]) == 0)
            return true;
    return false;
}

static void
put(struct store *store, const char *name, const struct blob *data)
{
    struct store_change change = { name, data, 0644 };
    struct error error;

    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
}

/* To the cases, to the trust anchor or to the bundle, by its name. */
static void
add_cert(struct suite *suite, const char *name, struct blob *bundle)
{
    struct blob der = read_path("certs", name);

    if (is_case(name)) {
        assert_true(suite->count < CASES);
        put(suite->scratch->store, name, &der);
        suite->cases[suite->count++] = xstrdup(name);
    } else if (strcmp(name, ANCHOR) == 0) {
        X509 *anchor = read_cert(name);

        put(suite->scratch->store, "anchor.der", &der);
        assert_int_equal(X509_STORE_add_cert(suite->store, anchor), 1);
        X509_free(anchor);
    } else {
        pem_append(bundle, "CERTIFICATE", &der);
        assert_true(sk_X509_push(suite->untrusted, read_cert(name)) > 0);
    }
    blob_clear(&der);
}

static void
add_certs(struct suite *suite, struct blob *bundle)
{
    struct dirent **found;
    int n = scandir(PKITS "certs", &found, NULL, alphasort), i;

    for (i = 0; i < n; i++) {
        if (found[i]->d_name[0] != '.')
            add_cert(suite, found[i]->d_name, bundle);
        free(found[i]);
    }
    free(found);
}

static void
add_crls(struct suite *suite, struct blob *bundle)
{
    struct dirent **found;
    int n = scandir(PKITS "crls", &found, NULL, alphasort), i;

    for (i = 0; i < n; i++) {
        if (found[i]->d_name[0] != '.') {
            struct blob der = read_path("crls", found[i]->d_name);
            const unsigned char *at = der.data;
            X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.size);

            assert_non_null(crl);
            assert_true(sk_X509_CRL_push(suite->crls, crl) > 0);
            pem_append(bundle, "X509 CRL", &der);
            blob_clear(&der);
        }
        free(found[i]);
    }
    free(found);
}

/* Everything loaded, the same flags and the same clock. */
static void
reference(struct suite *suite, X509 *leaf, char *detail, size_t size)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    const STACK_OF(X509) *path;
    int code, i;

    assert_int_equal(
        X509_STORE_CTX_init(ctx, suite->store, leaf, suite->untrusted), 1);
    X509_STORE_CTX_set0_crls(ctx, suite->crls);
    X509_STORE_CTX_set_flags(
        ctx, X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_CRL_CHECK |
                 X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_EXTENDED_CRL_SUPPORT |
                 X509_V_FLAG_USE_DELTAS);
    X509_VERIFY_PARAM_add0_policy(X509_STORE_CTX_get0_param(ctx),
                                  OBJ_nid2obj(NID_any_policy));
    X509_STORE_CTX_set_time(ctx, 0, PKITS_NOW);
    snprintf(detail, size, "OK");
    if (X509_verify_cert(ctx) != 1) {
        code = X509_STORE_CTX_get_error(ctx);
        snprintf(detail, size, "error %d at %d depth lookup: %s", code,
                 X509_STORE_CTX_get_error_depth(ctx),
                 X509_verify_cert_error_string(code));
    }
    path = X509_STORE_CTX_get0_chain(ctx);
    blob_clear(&suite->path);
    for (i = 1; i + 1 < sk_X509_num(path); i++)
        append_pem(&suite->path, sk_X509_value(path, i));
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
}

static void
judge_case(struct suite *suite, const char *name, bool *accepted)
{
    struct error error = { .code = E_NONE };
    char want[256];
    X509 *leaf = read_cert(name);
    int r;

    reference(suite, leaf, want, sizeof(want));
    r = verify(suite->scratch->store, name, "bundle.pem", "anchor.der",
               PKITS_NOW, &error);
    if (r != 0)
        assert_int_equal(error.code, E_VERIFY);
    if (strcmp(r == 0 ? "OK" : error.detail, want) != 0)
        fail_msg("%s: %s, but the reference says: %s", name,
                 r == 0 ? "OK" : error.detail, want);
    *accepted = r == 0;
    X509_free(leaf);
}

/* Of a chain that holds, what the diagnosis may say: it is true of these. */
static const enum hint_id true_facts[] = {
    HINT_NAME_CN_ONLY,   /* the suite is not about servers */
    HINT_SIGNATURE_WEAK, /* DSA with SHA-1 */
    HINT_FILE_DER,
};

static void
no_false_hint(struct suite *suite, const char *name, const struct blob *bundle,
              bool holds)
{
    const struct diagnosis diagnosis = { .now = PKITS_NOW, .holds = holds };
    struct blob leaf = get_file(suite->scratch->store, name);
    struct blob anchor = get_file(suite->scratch->store, "anchor.der");
    const struct diagnose_part parts[] = {
        { name, &leaf, DIAGNOSE_ANY },
        { "bundle.pem", bundle, DIAGNOSE_BUNDLE },
        { "anchor.der", &anchor, DIAGNOSE_TRUST },
    };
    struct hints hints = { 0 };
    size_t i, j;

    /* A file that is empty is a fault of its own. */
    if (bundle->size > 0)
        diagnose(&diagnosis, parts, 3, &hints);
    for (i = 0; i < hints.count; i++) {
        for (j = 0; j < sizeof(true_facts) / sizeof(*true_facts); j++)
            if (hints.all[i].id == true_facts[j])
                break;
        if (j == sizeof(true_facts) / sizeof(*true_facts))
            fail_msg("%s: %s at %s %u", name, hint_name(hints.all[i].id),
                     hints.all[i].file, hints.all[i].element);
    }
    hints_clear(&hints);
    blob_clear(&leaf);
    blob_clear(&anchor);
}

/* The name of a case says what the suite expects with default inputs. */
static void
test_all(void **state)
{
    struct suite suite = { .scratch = *state };
    struct blob bundle = { 0 };
    size_t i, agree = 0, good_refused = 0;

    if (access(PKITS, R_OK) != 0) {
        print_message("skipped: needs the PKITS files of Debian's "
                      "python3-cryptography-vectors\n");
        skip();
    }
    suite.untrusted = sk_X509_new_null();
    suite.crls = sk_X509_CRL_new_null();
    suite.store = X509_STORE_new();
    add_certs(&suite, &bundle);
    add_crls(&suite, &bundle);
    put(suite.scratch->store, "bundle.pem", &bundle);
    assert_int_equal(suite.count, CASES);
    for (i = 0; i < suite.count; i++) {
        const char *name = suite.cases[i];
        bool good = strncmp(name, "Valid", 5) == 0, accepted;

        judge_case(&suite, name, &accepted);
        if (accepted) {
            no_false_hint(&suite, name, &bundle, false);
            no_false_hint(&suite, name, &bundle, true);
            /* A list is told nothing of; of its way alone, all is looked at. */
            no_false_hint(&suite, name, &suite.path, false);
            no_false_hint(&suite, name, &suite.path, true);
        }
        if (accepted && !good)
            fail_msg("%s was accepted", name);
        if (!accepted && good && !is_refused(name))
            fail_msg("%s was refused", name);
        good_refused += !accepted && good;
        agree += accepted == good;
        free(suite.cases[i]);
    }
    assert_int_equal(good_refused, sizeof(refused) / sizeof(*refused));
    assert_int_equal(agree, CASES - good_refused);
    sk_X509_pop_free(suite.untrusted, X509_free);
    sk_X509_CRL_pop_free(suite.crls, X509_CRL_free);
    X509_STORE_free(suite.store);
    blob_clear(&suite.path);
    blob_clear(&bundle);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

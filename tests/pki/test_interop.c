/*
 * Real peers: OpenSSL's command and GnuTLS's certtool read what we write, and
 * we read what they write.  The clock is the machine's: certtool takes no
 * other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pki/inspect.h"
#include "pki/issue.h"
#include "pki/key.h"
#include "pki/match.h"
#include "pki/xalloc.h"
#include "tests/support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct keygen keygen = { .bits = 2048, .method = KEYGEN_FAST };

static struct validity
from_now(void)
{
    return (struct validity){ .now = time(NULL), .days = 30 };
}

/* Skips the test unless all of the tools are there. */
static void
need(const char *const *tools)
{
    for (; *tools != NULL; tools++) {
        char *command = xasprintf("command -v %s >/dev/null", *tools);
        int status = system(command);

        free(command);
        if (status != 0) {
            print_message("no %s: skipped\n", *tools);
            skip();
        }
    }
}

static const char *const both[] = { "openssl", "certtool", NULL };
static const char *const only_openssl[] = { "openssl", NULL };

/* The command succeeds and says want. */
static void
check_says(struct scratch *scratch, const char *command, const char *want)
{
    struct blob said = { 0 };
    int status;

    blob_text(&said, "");
    status = run_shell(scratch, command, &said);
    if (status != 0 || strstr((char *)said.data, want) == NULL)
        fail_msg("%s: status %d, without '%s':\n%s", command, status, want,
                 (char *)said.data);
    blob_clear(&said);
}

static void
make_pair(struct scratch *scratch, const char *words)
{
    const struct validity validity = from_now();
    struct subject subject = { 0 };
    const struct subject empty = { 0 };
    struct error error;

    assert_int_equal(type_subject(words, &subject, &error), 0);
    assert_int_equal(issue_selfsigned(scratch->store, "ca", &empty, &keygen,
                                      &validity, &error),
                     0);
    assert_int_equal(
        issue_request(scratch->store, "a", &subject, &keygen, &error), 0);
    assert_int_equal(
        sign_and_write(scratch->store, "a", "ca", true, &validity, &error), 0);
    subject_clear(&subject);
}

/*
 * What we write.
 */

static void
test_openssl_reads(void **state)
{
    struct scratch *scratch = *state;

    need(only_openssl);
    make_pair(scratch, "CN:a.example.com|C:NO|O:Example|emailAddress:me@b.c|"
                       "subjectAltName:a.example.com,*.b.c,10.0.0.1,::1");
    check_says(scratch, "openssl pkey -in a.key -check -noout", "Key is valid");
    check_says(scratch, "head -1 a.key", "-----BEGIN PRIVATE KEY-----");
    check_says(scratch, "openssl req -in a.csr -verify -noout", "verify OK");
    check_says(scratch, "openssl req -in a.csr -text -noout",
               "DNS:a.example.com, DNS:*.b.c, IP Address:10.0.0.1, "
               "IP Address:0:0:0:0:0:0:0:1");
    check_says(scratch, "openssl req -in a.csr -text -noout",
               "TLS Web Server Authentication, TLS Web Client Authentication");
    check_says(scratch, "openssl x509 -in a.crt -checkhost x.b.c -noout",
               "does match");
    check_says(scratch, "openssl x509 -in a.crt -checkip 10.0.0.1 -noout",
               "does match");
    check_says(scratch, "openssl verify -x509_strict -CAfile ca.crt ca.crt",
               "ca.crt: OK");
    check_says(scratch,
               "openssl crl2pkcs7 -nocrl -certfile a-fullchain.crt | "
               "openssl pkcs7 -print_certs -noout | grep -c subject",
               "2\n");
}

/* A handshake: what key and chain are for. */
static void
test_openssl_serves(void **state)
{
    struct scratch *scratch = *state;

    need(only_openssl);
    make_pair(scratch, "CN:a.example.com|subjectAltName:a.example.com");
    /* The server takes any free port and says which. */
    check_says(scratch,
               "openssl s_server -accept 127.0.0.1:0 -cert a.crt -key a.key "
               "-cert_chain a-fullchain.crt -naccept 1 -www >said 2>&1 & "
               "for i in $(seq 100); do grep -q '^ACCEPT' said && break; "
               "sleep 0.05; done; "
               "port=$(sed -n 's/^ACCEPT.*:\\([0-9]*\\).*/\\1/p' said); "
               "openssl s_client -connect 127.0.0.1:$port -CAfile ca.crt "
               "-verify_return_error -verify_hostname a.example.com "
               "-x509_strict </dev/null; status=$?; kill $! 2>/dev/null; "
               "wait; (exit $status)",
               "Verify return code: 0 (ok)");
}

static void
test_certtool_reads(void **state)
{
    struct scratch *scratch = *state;

    need(both);
    make_pair(scratch, "CN:a.example.com|C:NO|O:Žižkov|emailAddress:me@b.c|"
                       "subjectAltName:a.example.com,10.0.0.1,me@b.c");
    check_says(scratch, "certtool --key-info --infile a.key",
               "Key Security Level: Medium");
    check_says(scratch, "certtool --crq-info --infile a.csr",
               "Self signature: verified");
    check_says(scratch, "certtool --crq-info --infile a.csr", "O=Žižkov");
    check_says(scratch, "certtool --crq-info --infile a.csr",
               "DNSname: a.example.com");
    check_says(scratch, "certtool --certificate-info --infile ca.crt",
               "Certificate Authority (CA): TRUE");
    check_says(scratch, "certtool --certificate-info --infile a.crt",
               "IPAddress: 10.0.0.1");
    check_says(scratch,
               "certtool --verify --verify-hostname a.example.com "
               "--verify-purpose 1.3.6.1.5.5.7.3.1 "
               "--load-ca-certificate ca.crt --infile a-fullchain.crt",
               "Chain verification output: Verified.");
}

/*
 * What they write.
 */

/* Makes x.key, with password "secret" if it has one. */
struct their_key {
    const char *command, *kind;
    bool locked;
};

static const struct their_key openssl_keys[] = {
    { "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out x.key",
      "RSA 2048" },
    { "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out x.key",
      "RSA 3072" },
    { "openssl genrsa -traditional -out x.key 4096", "RSA 4096" },
    { "openssl ecparam -genkey -name prime256v1 -out x.key", "EC P-256" },
    { "openssl ecparam -genkey -name secp384r1 -noout -out x.key", "EC P-384" },
    { "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 "
      "-outform DER -out x.key",
      "EC P-384" },
    { "openssl genpkey -algorithm ED25519 -out x.key", "Ed25519" },
    { "openssl genrsa -aes128 -passout pass:secret -out x.key 2048", "RSA 2048",
      true },
    { "openssl genrsa -traditional -aes256 -passout pass:secret -out x.key "
      "2048",
      "RSA 2048", true },
    { "openssl ecparam -genkey -name prime256v1 | openssl pkcs8 -topk8 -v2 "
      "aes-256-cbc -passout pass:secret -out x.key",
      "EC P-256", true },
    { "openssl genpkey -algorithm ED25519 -aes256 -pass pass:secret -out x.key",
      "Ed25519", true },
};

static const struct their_key certtool_keys[] = {
    { "certtool --generate-privkey --bits=2048 --outfile x.key", "RSA 2048" },
    { "certtool --generate-privkey --key-type=ecdsa --curve=secp256r1 "
      "--outfile x.key",
      "EC P-256" },
    { "certtool --generate-privkey --key-type=ed25519 --outfile x.key",
      "Ed25519" },
    { "certtool --generate-privkey --key-type=ecdsa --curve=secp384r1 --pkcs8 "
      "--password= --outfile x.key",
      "EC P-384" },
    { "certtool --generate-privkey --bits=2048 --pkcs8 --password=secret "
      "--outfile x.key",
      "RSA 2048", true },
};

/* The password of a locked key is taken off, as pki unlock does. */
static void
unlock(struct store *store, const struct blob *locked)
{
    struct blob text = { 0 };
    const struct store_change change = { "x.key", &text, 0600 };
    EVP_PKEY *key = NULL;
    struct error error;

    assert_fails(key_parse("x.key", locked, &key, &error), &error,
                 E_KEY_ENCRYPTED, "x.key");
    assert_fails(key_unlock("x.key", locked, "wrong", &key, &error), &error,
                 E_WRONG_PASSWORD, "x.key");
    assert_int_equal(key_unlock("x.key", locked, "secret", &key, &error), 0);
    assert_int_equal(key_format(key, &text, &error), 0);
    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
    EVP_PKEY_free(key);
    blob_clear(&text);
}

/* Their key and their request: read, matched, signed; they verify it. */
static void
check_theirs(struct scratch *scratch, const struct their_key *key,
             const char *request)
{
    const struct validity validity = from_now();
    struct blob file;
    EVP_PKEY *parsed = NULL;
    enum match_kind kind;
    char text[64];
    struct error error;

    check_says(scratch, key->command, "");
    file = get_file(scratch->store, "x.key");
    if (key->locked) {
        unlock(scratch->store, &file);
        blob_clear(&file);
        file = get_file(scratch->store, "x.key");
    }
    assert_int_equal(key_parse("x.key", &file, &parsed, &error), 0);
    key_describe(parsed, text, sizeof(text));
    assert_string_equal(text, key->kind);
    check_says(scratch, request, "");
    assert_int_equal(match(scratch->store, "x.key", "x.csr", &kind, &error), 0);
    assert_int_equal(kind, MATCH_CSR);
    assert_int_equal(
        sign_and_write(scratch->store, "x", "ca", true, &validity, &error), 0);
    assert_int_equal(match(scratch->store, "x.key", "x.crt", &kind, &error), 0);
    assert_int_equal(kind, MATCH_CERT);
    check_says(scratch,
               "openssl verify -x509_strict -purpose sslserver -CAfile ca.crt "
               "x.crt",
               "x.crt: OK");
    EVP_PKEY_free(parsed);
    blob_clear(&file);
}

static void
test_openssl_keys(void **state)
{
    struct scratch *scratch = *state;
    size_t i;

    need(only_openssl);
    make_pair(scratch, "CN:a");
    for (i = 0; i < COUNT(openssl_keys); i++)
        check_theirs(scratch, &openssl_keys[i],
                     "openssl req -new -key x.key -subj /CN=x -addext "
                     "subjectAltName=DNS:x.example.com -out x.csr");
}

static void
test_certtool_keys(void **state)
{
    struct scratch *scratch = *state;
    size_t i;

    need(both);
    make_pair(scratch, "CN:a");
    put_text(scratch->store, "request.cfg",
             "cn = x\ndns_name = x.example.com\nip_address = 10.0.0.1\n"
             "tls_www_server\ntls_www_client\nsigning_key\n");
    for (i = 0; i < COUNT(certtool_keys); i++)
        check_theirs(scratch, &certtool_keys[i],
                     "certtool --generate-request --load-privkey x.key "
                     "--template request.cfg --outfile x.csr");
}

/* Their CA, our request. */
static void
check_their_ca(struct scratch *scratch, const char *command)
{
    struct validity validity;
    struct error error;

    check_says(scratch, command, "");
    validity = from_now(); /* not before the CA's own begin */
    assert_int_equal(
        sign_and_write(scratch->store, "a", "theirs", true, &validity, &error),
        0);
    check_says(scratch, "openssl verify -x509_strict -CAfile theirs.crt a.crt",
               "a.crt: OK");
    check_says(scratch,
               "certtool --verify --load-ca-certificate theirs.crt "
               "--infile a-fullchain.crt",
               "Chain verification output: Verified.");
}

static void
test_their_cas(void **state)
{
    struct scratch *scratch = *state;

    need(both);
    make_pair(scratch, "CN:a.example.com|subjectAltName:a.example.com");
    put_text(scratch->store, "ca.cfg",
             "cn = Theirs\nca\ncert_signing_key\nexpiration_days = 90\n");
    check_their_ca(scratch,
                   "openssl req -x509 -newkey ec -pkeyopt "
                   "ec_paramgen_curve:P-256 -nodes -keyout theirs.key "
                   "-subj /CN=Theirs -days 90 -addext keyUsage=keyCertSign "
                   "-out theirs.crt");
    check_their_ca(
        scratch,
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout "
        "theirs.key -subj /CN=Theirs -days 90 -addext keyUsage=keyCertSign "
        "-out theirs.crt");
    check_their_ca(scratch,
                   "certtool --generate-privkey --key-type=ecdsa --curve="
                   "secp384r1 --outfile theirs.key && certtool "
                   "--generate-self-signed --load-privkey theirs.key "
                   "--template ca.cfg --outfile theirs.crt");
    check_their_ca(scratch,
                   "certtool --generate-privkey --key-type=ed25519 --outfile "
                   "theirs.key && certtool --generate-self-signed "
                   "--load-privkey theirs.key --template ca.cfg --outfile "
                   "theirs.crt");
}

static int
keep_kind(void *arg, const struct inspection *element, struct error *error)
{
    (void)error;
    *(enum inspect_kind *)arg = element->kind;
    return 0;
}

static void
check_kind(struct scratch *scratch, const char *command, enum inspect_kind want)
{
    enum inspect_kind kind = INSPECT_KINDS;
    struct blob file;
    struct error error;

    check_says(scratch, command, "");
    file = get_file(scratch->store, "out");
    assert_int_equal(inspect("out", &file, keep_kind, &kind, &error), 0);
    assert_int_equal(kind, want);
    blob_clear(&file);
}

static void
test_containers(void **state)
{
    struct scratch *scratch = *state;

    need(both);
    make_pair(scratch, "CN:a");
    check_kind(scratch,
               "openssl pkcs12 -export -inkey a.key -in a.crt -certfile ca.crt "
               "-passout pass:secret -out out",
               INSPECT_PKCS12);
    check_kind(scratch,
               "certtool --to-p12 --load-privkey a.key --load-certificate "
               "a.crt --p12-name a --password secret --outder --outfile out",
               INSPECT_PKCS12);
    check_kind(scratch,
               "openssl crl2pkcs7 -nocrl -certfile a-fullchain.crt -out out",
               INSPECT_PKCS7);
    check_kind(scratch,
               "certtool --p7-generate --load-certificate a.crt --outder "
               "--outfile out",
               INSPECT_PKCS7);
    check_kind(scratch, "openssl x509 -in a.crt -outform DER -out out",
               INSPECT_CERT);
    check_kind(scratch,
               "openssl pkcs8 -topk8 -in a.key -passout pass:secret -outform "
               "DER -out out",
               INSPECT_KEY_ENCRYPTED);
    check_kind(scratch, "openssl req -in a.csr -outform DER -out out",
               INSPECT_CSR);
}

#define STORE_TEST(f)                                                          \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_openssl_reads),  STORE_TEST(test_openssl_serves),
        STORE_TEST(test_certtool_reads), STORE_TEST(test_openssl_keys),
        STORE_TEST(test_certtool_keys),  STORE_TEST(test_their_cas),
        STORE_TEST(test_containers),
    };

    return cmocka_run_group_tests_name("interop", tests, NULL, NULL);
}

/*
 * Keys, certificates and requests from files: what one reader takes no other
 * does, and a key that was read is written and read again.
 */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/csr.h"
#include "pki/key.h"
#include "tests/fuzz/fuzz.h"

static void
check_key(EVP_PKEY *key)
{
    struct blob text = { 0 };
    struct error error = { 0 };
    EVP_PKEY *again = NULL;
    char words[64];
    int r;

    key_describe(key, words, sizeof(words));
    fuzz_check_text(words, strlen(words));
    r = key_format(key, &text, &error);
    fuzz_check(r, &error);
    if (r == 0) {
        r = key_parse("again", &text, &again, &error);
        fuzz_check(r, &error);
        must(r == 0);
    }
    EVP_PKEY_free(again);
    EVP_PKEY_free(key);
    blob_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob file = fuzz_blob(data, size);
    struct error error = { 0 };
    EVP_PKEY *key = NULL;
    X509_REQ *csr = NULL;
    X509 *cert = NULL;
    int r;

    r = key_parse("file", &file, &key, &error);
    fuzz_check(r, &error);
    must((r == 0) == (key != NULL));
    if (r == 0)
        check_key(key);
    r = cert_parse("file", &file, &cert, &error);
    fuzz_check(r, &error);
    must((r == 0) == (cert != NULL));
    X509_free(cert);
    r = csr_parse("file", &file, &csr, &error);
    fuzz_check(r, &error);
    must((r == 0) == (csr != NULL));
    X509_REQ_free(csr);
    blob_clear(&file);
    return 0;
}

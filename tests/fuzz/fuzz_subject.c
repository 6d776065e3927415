/*
 * What is typed as a subject: what is taken makes a request that is read again
 * and says the same.
 */
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "mmp/words.h"
#include "pki/csr.h"
#include "pki/key.h"
#include "pki/subject.h"
#include "tests/fuzz/fuzz.h"

static void
check_request(const struct subject *subject)
{
    static EVP_PKEY *key; /* kept: it costs more than all the rest */
    struct blob text = { 0 };
    struct error error = { 0 };
    X509_REQ *csr = NULL;
    int r;

    if (key == NULL)
        must(key_parse("ec.key", fuzz_fixture("ec.key"), &key, &error) == 0);
    r = csr_create(key, subject, &text, &error);
    fuzz_check(r, &error);
    must(r == 0);
    r = csr_parse("csr", &text, &csr, &error);
    fuzz_check(r, &error);
    must(r == 0);
    if (subject->name != NULL)
        must(X509_NAME_cmp(X509_REQ_get_subject_name(csr), subject->name) == 0);
    X509_REQ_free(csr);
    blob_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob line = fuzz_blob(data, size);
    struct words words = { 0 };
    struct subject subject = { 0 };
    struct error error = { 0 };
    int r;

    words_split((const char *)line.data, &words);
    if (words.count > 0)
        basename_check(words.word[0], &error);
    r = subject_parse(words.word, words.count, &subject, &error);
    fuzz_check(r, &error);
    if (r == 0)
        check_request(&subject);
    subject_clear(&subject);
    words_clear(&words);
    blob_clear(&line);
    return 0;
}

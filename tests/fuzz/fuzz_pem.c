/*
 * The PEM walker beside OpenSSL's: where ours comes to the end of a file, it
 * has seen each certificate that OpenSSL's sees, in the same order, or it names
 * it as damaged.
 */
#include <openssl/pem.h>
#include <string.h>

#include "pki/pem.h"
#include "tests/fuzz/fuzz.h"

/* On to the block that holds the same bytes, or that we refuse by name. */
static void
find_same(struct pem_cursor *cursor, const unsigned char *der, size_t size)
{
    struct pem_block block;
    struct error error = { 0 };
    bool found = false;

    while (!found) {
        struct blob ours = { 0 };

        must(pem_next(cursor, &block, &error) == 1); /* else it is missed */
        if (pem_is(&block, "CERTIFICATE"))
            found = pem_decode(&block, "file", &ours, &error) != 0 ||
                    (ours.size == size && memcmp(ours.data, der, size) == 0);
        blob_clear(&ours);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob file = fuzz_blob(data, size);
    struct pem_cursor cursor;
    struct pem_block block;
    struct error error = { 0 };
    const char *before;
    unsigned line = 0;
    BIO *bio;
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    long der_size = 0;
    int r;

    pem_start(&cursor, "file", &file);
    before = cursor.at;
    while ((r = pem_next(&cursor, &block, &error)) == 1) {
        struct blob bytes = { 0 };
        unsigned char front[16];
        size_t n = pem_peek(&block, front, sizeof(front));

        must(block.line > line);
        must(cursor.at > before && cursor.at <= cursor.end);
        line = block.line;
        before = cursor.at;
        if (pem_decode(&block, "file", &bytes, &error) == 0)
            must(n <= bytes.size && memcmp(front, bytes.data, n) == 0);
        else
            must(error.code == E_PEM_BAD_DATA && error.line == line);
        blob_clear(&bytes);
    }
    fuzz_check(r, &error);
    /* OpenSSL takes a NUL for the end of its line. */
    if (r == 0 && memchr(data, '\0', size) == NULL) {
        bio = BIO_new_mem_buf(file.data, (int)file.size);
        pem_start(&cursor, "file", &file);
        while (PEM_read_bio(bio, &label, &header, &der, &der_size)) {
            if (header[0] == '\0' && strcmp(label, "CERTIFICATE") == 0)
                find_same(&cursor, der, (size_t)der_size);
            OPENSSL_free(label);
            OPENSSL_free(header);
            OPENSSL_free(der);
        }
        openssl_forget();
        BIO_free(bio);
    }
    blob_clear(&file);
    return 0;
}

/*
 * The planted parser.  It counts in memory that its children share.
 */
#include "tests/planted.h"

#include <fcntl.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pki/pem.h"
#include "services/tar.h"

static struct {
    size_t parsed, written;
} * counts;
static char path[256];

void
planted_begin(const char *state)
{
    int zeros = open("/dev/zero", O_RDWR); /* MAP_SHARED: memory of its own */

    counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED,
                  zeros, 0);
    close(zeros);
    if (counts == MAP_FAILED)
        abort();
    snprintf(path, sizeof(path), "%s/files/planted", state);
}

size_t
planted_parsed(void)
{
    return counts->parsed;
}

size_t
planted_written(void)
{
    return counts->written;
}

/* What a parser that was led astray would do first. */
static void
act(void)
{
    int fd;

    if (counts == NULL)
        return;
    counts->parsed++;
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd >= 0) {
        counts->written++;
        close(fd);
        unlink(path);
    }
}

#define PLANT(type, name, parameters, arguments)                               \
    type __real_##name parameters;                                             \
    type __wrap_##name parameters;                                             \
    type __wrap_##name parameters                                              \
    {                                                                          \
        act();                                                                 \
        return __real_##name arguments;                                        \
    }

#define PLANT_D2I(type, name)                                                  \
    PLANT(type *, d2i_##name, (type * *ret, const unsigned char **at, long n), \
          (ret, at, n))

PLANT_D2I(X509, X509)
PLANT_D2I(X509_REQ, X509_REQ)
PLANT_D2I(X509_CRL, X509_CRL)
PLANT_D2I(X509_SIG, X509_SIG)
PLANT_D2I(PKCS7, PKCS7)
PLANT_D2I(PKCS12, PKCS12)
PLANT_D2I(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO)
PLANT(ASN1_VALUE *, ASN1_item_d2i,
      (ASN1_VALUE * *ret, const unsigned char **at, long n,
       const ASN1_ITEM *item),
      (ret, at, n, item))
PLANT(enum tar_result, tar_next,
      (const struct blob *tar, size_t *at, struct tar_member *ret),
      (tar, at, ret))

void __real_pem_start(struct pem_cursor *cursor, const char *name,
                      const struct blob *text);
void __wrap_pem_start(struct pem_cursor *cursor, const char *name,
                      const struct blob *text);

void
__wrap_pem_start(struct pem_cursor *cursor, const char *name,
                 const struct blob *text)
{
    act();
    __real_pem_start(cursor, name, text);
}

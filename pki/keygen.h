/*
 * New RSA keys.
 *
 * KEYGEN_FAST draws the two primes in two threads, with OpenSSL's random
 * numbers and primality test, and puts the key together under the conditions of
 * FIPS 186-5, A.1.3; KEYGEN_LIBRARY is OpenSSL's own generation and nothing
 * else.
 */
#ifndef PKI_KEYGEN_H
#define PKI_KEYGEN_H

#include <openssl/types.h>

#include "pki/error.h"

enum keygen_method { KEYGEN_FAST, KEYGEN_LIBRARY };

#define KEYGEN_MIN_BITS 2048
#define KEYGEN_MAX_BITS 8192

enum keygen_event {
    KEYGEN_CANDIDATE, /* one more number was tried */
    KEYGEN_PRIME,     /* a prime was found; comes twice */
    KEYGEN_TICK,      /* nothing new, some time has passed */
};

struct keygen {
    unsigned bits; /* KEYGEN_MIN_BITS to KEYGEN_MAX_BITS, even */
    enum keygen_method method;
    /*
     * Called in the caller's thread only, every 50 ms at least; the candidates
     * of the first prime come before those of the second.  Returns 0 to go on,
     * -1 to give up (E_CANCELLED).  May be NULL.
     */
    int (*progress)(void *arg, enum keygen_event event);
    void *arg;
};

/* The caller frees *ret with EVP_PKEY_free(). */
int key_generate(const struct keygen *keygen, EVP_PKEY **ret,
                 struct error *error);

#endif

/*
 * RSA keys under ThreadSanitizer, which stands no other sanitizer beside it:
 * so this is a program of its own, with the one source that has threads.  Each
 * fourth key is given up in the middle.
 *
 * Built a second time as "races-planted": there a mutex keeps nobody out, and
 * the sanitizer must say so.
 *
 * usage: races [KEYS]
 */
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "pki/keygen.h"

/* What pthread_mutex_lock() and its opposite are called in the planted one. */
int kept_out(pthread_mutex_t *mutex);

int
kept_out(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

struct patience {
    unsigned calls, end; /* 0: it never ends */
};

static int
tell(void *arg, enum keygen_event event)
{
    struct patience *patience = arg;

    (void)event;
    return ++patience->calls == patience->end ? -1 : 0;
}

int
main(int argc, char **argv)
{
    int keys = argc > 1 ? atoi(argv[1]) : 20, made = 0, given_up = 0, i;

    for (i = 0; i < keys; i++) {
        struct patience patience = { .end = i % 4 == 3 ? 1 + (unsigned)i % 29
                                                       : 0 };
        const struct keygen keygen = { 2048, KEYGEN_FAST, tell, &patience };
        struct error error = { 0 };
        EVP_PKEY *key = NULL;

        if (key_generate(&keygen, &key, &error) == 0) {
            made++;
        } else if (error.code == E_CANCELLED && patience.end != 0) {
            given_up++;
        } else {
            fprintf(stderr, "races: no key: %s\n", error.detail);
            return EXIT_FAILURE;
        }
        EVP_PKEY_free(key);
    }
    printf("races: %d keys made, %d given up\n", made, given_up);
    return made > 0 && (keys < 4 || given_up > 0) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * What the tests share: a store in a temporary directory, fixtures by name,
 * files and commands.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/x509.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "pki/hint.h"
#include "pki/issue.h"
#include "pki/store.h"
#include "pki/subject.h"

#include <cmocka.h> /* after ours: it has a macro fail() */

/* The clock of the tests: 2026-06-01 12:00:00 UTC; see testdata/pki/README. */
#define TEST_NOW ((time_t)1780315200)

struct scratch {
    char path[64]; /* the state directory, below the temporary one */
    struct store *store;
};

/*
 * Set-up and tear-down of a cmocka test: *state is a struct scratch.  The
 * tear-down asserts that OpenSSL's error queue is empty.
 */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* The set-up, in that directory. */
int scratch_make(const char *parent, void **state);

/* The bytes of testdata/pki/NAME. */
struct blob fixture(const char *name);

/* Puts testdata/pki/NAME into the store's files under its own name. */
void fixture_store(struct store *store, const char *name);

/* The same under another name. */
void fixture_store_as(struct store *store, const char *name, const char *as);

/* Puts text there. */
void put_text(struct store *store, const char *name, const char *text);

/* The bytes of a file in the store, which must be there. */
struct blob get_file(struct store *store, const char *name);

/*
 * Runs a shell command in the files directory of the scratch and returns its
 * exit status; what it printed comes through ret when that is not NULL.
 */
int run_shell(struct scratch *scratch, const char *command, struct blob *ret);

/* Parses words that are separated by '|', so that values may hold blanks. */
int type_subject(const char *line, struct subject *ret, struct error *error);

/* issue_signed() and issue_write(), which are apart in the program. */
int sign_and_write(struct store *store, const char *basename, const char *ca,
                   bool full_chain, const struct validity *validity,
                   struct error *error);

/*
 * A certificate to order; NULL and 0: as any good one, of version 3, by
 * "Example CA", signed with the key of leaf.key, valid for 1000 days.
 */
struct made_cert {
    const char *cn, *san, *eku, *constraints, *key_id; /* in OpenSSL's words */
    const char *cn2;    /* a second CN behind the first */
    const char *serial; /* in hexadecimal digits, perhaps with a sign */
    time_t from, to;
    X509 *issuer;           /* whose name it bears */
    EVP_PKEY *key, *signer; /* its own, and the issuer's */
    const char *pss; /* digest of a signature by RSA-PSS; NULL: by PKCS #1 */
    const char *o;   /* the organization, before the CN */
    bool self;       /* it bears its own */
    bool ca;
    bool version1;            /* without extensions */
    const struct blob *basic; /* octets for basicConstraints */
};

/* The key of leaf.key.  The caller frees it, and what make_cert() returns. */
EVP_PKEY *some_key(void);
X509 *make_cert(const struct made_cert *made);
void append_pem(struct blob *text, X509 *cert);

/* Gives it an authorityKeyIdentifier that is not its own, and signs it anew
   with the key of leaf.key. */
X509 *name_other_key(X509 *cert);

/* testdata/pki/NAME, DER, with a public key of an algorithm that nobody knows.
 */
struct blob fixture_unknown_key(const char *name);

/* Writes down what gcov has counted, if it counts: for a process that is about
   to end without exit(3).  The other is for signal(2) and SIGABRT, which ends
   it afterwards all the same. */
void coverage_keep(void);
void coverage_end(int signal);

/* The names of what was found, in its order: "chain-order file-crlf". */
char *hint_names(const struct hints *hints);

/* The same with file and element: "chain-extra 2:1, expired 1:1". */
char *hint_places(const struct hints *hints);

/* assert that a call failed with a code, and with a subject unless NULL. */
#define assert_fails(call, error, want, name)                                  \
    do {                                                                       \
        (error)->code = E_NONE;                                                \
        assert_int_equal((call), -1);                                          \
        assert_int_equal((error)->code, (want));                               \
        if ((name) != NULL)                                                    \
            assert_string_equal((error)->subject, (const char *)(name));       \
    } while (0)

#endif

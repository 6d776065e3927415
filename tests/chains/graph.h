/*
 * Random graphs of certificates: a few CAs whose names and keys repeat, what
 * they signed, and the files that somebody made of it.
 */
#ifndef TESTS_CHAINS_GRAPH_H
#define TESTS_CHAINS_GRAPH_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pki/blob.h"

#define CERTS_MAX 64
#define LIST_MAX 64
#define QUESTIONS_MAX 4
#define CRLS_MAX 8

/* A key of testdata/pki. */
struct pool_key {
    const char *file;
    EVP_PKEY *key;
};

extern struct pool_key pool[];
extern const size_t pool_size;

enum basic { BASIC_NONE, BASIC_CA, BASIC_NOT_CA };
enum key_id { ID_NONE, ID_TRUE, ID_OTHER, ID_ISSUER };

/* How a certificate is made.  Names and keys are numbers: what is equal is
   told without the code that is tested. */
struct plan {
    size_t subject, issuer, key, signer;
    bool version1, unknown, altered, explicit_policy, policies;
    bool spelled;  /* the issuer's name in other capitals, with other blanks */
    long from, to; /* days from now */
    enum basic basic;
    long pathlen;      /* -1: none */
    const char *usage; /* NULL: none; so are the next */
    const char *eku, *san, *constraints;
    enum key_id skid, akid;
    uint64_t akid_serial; /* of ID_ISSUER, with the issuer's name */
    size_t akid_issuer;
    const char *digest;
    uint64_t serial;
};

struct cert {
    struct plan plan;
    X509 *made;
};

struct list {
    size_t certs[LIST_MAX], count;
};

struct crl_plan {
    size_t name, key;
    long from, to;
    bool altered;
    uint64_t revoked; /* a serial number; 0: none */
};

struct graph {
    uint64_t seed, state;
    unsigned rate; /* of faults, in a hundred */
    struct cert certs[CERTS_MAX];
    size_t count, cas; /* of them are CAs, and stand first */
    struct list bundle, ca;
    bool has_ca;
    struct list questions[QUESTIONS_MAX]; /* files: whom it is about, first */
    size_t question_count;
    struct crl_plan crls[CRLS_MAX];
    size_t crl_count;
};

/* Ends the program, with what OpenSSL has said, unless it is so. */
void must(bool good);

void pool_load(void);
void pool_free(void);

void graph_make(struct graph *graph, uint64_t seed);
void graph_free(struct graph *graph);

/* Its certificates are shared. */
struct graph graph_copy(const struct graph *graph);

/* Makes one anew, as its plan has changed. */
void graph_reissue(struct graph *graph, size_t at);

/* A new one; CERTS_MAX when there is no room. */
size_t graph_add(struct graph *graph, const struct plan *plan);

/* Signed by itself, and not by another key in its own words: a root to
   X509_self_signed(). */
bool plan_is_root(const struct plan *plan);

bool plan_is_ca(const struct plan *plan);

void list_add(struct list *list, size_t cert);
void list_remove(struct list *list, size_t at);
bool list_has(const struct list *list, size_t cert);

/* The files. */
void graph_append(const struct graph *graph, const struct list *list,
                  struct blob *text);
void graph_append_crls(const struct graph *graph, struct blob *text);

/* What it is, for somebody who repeats it. */
void graph_print(const struct graph *graph);

#endif

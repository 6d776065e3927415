/*
 * Just enough DER (X.690) to look into a certificate without taking it apart:
 * OpenSSL decodes the public key of each that it reads, which takes a hundred
 * times as long as all that is wanted of most.  What is read here only
 * proposes; OpenSSL's own parser decides about each certificate that counts.
 */
#ifndef PKI_DER_H
#define PKI_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes within a buffer of the caller's. */
struct der {
    const unsigned char *at, *end;
};

/*
 * Enters the next element, and leaves from behind it.  False when it is no
 * element or not all there.
 */
bool der_next(struct der *from, unsigned *tag, struct der *content);

/* The content of the subject (RFC 5280 section 4.1) of a certificate of which
   the front may be all that is there; false if it does not reach so far. */
bool der_subject(const unsigned char *bytes, size_t size, struct der *ret);

/* The parts of a certificate, each without its tag and length. */
struct der_cert {
    struct der serial, signature, issuer, validity, subject, key;
    struct der extensions; /* the list of them; empty if there are none */
};

/* False when it is none, or not plain DER. */
bool der_cert(const unsigned char *bytes, size_t size, struct der_cert *ret);

/* The value of an extension, by the content of its OBJECT IDENTIFIER. */
bool der_extension(const struct der_cert *cert, const void *oid,
                   size_t oid_size, struct der *ret);

bool der_equal(const struct der *a, const struct der *b);

/* A number of the bytes: equal bytes, equal numbers. */
uint64_t der_hash(const struct der *der);

/*
 * A number that is the same for all names which X509_NAME_cmp() calls equal.
 * 0 says that the name is not plain DER, and then it may equal any other; the
 * empty name has a number like others.
 */
uint64_t der_fold_name(struct der name);

#endif

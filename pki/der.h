/*
 * Just enough DER (X.690) to look into a certificate without parsing it.
 * OpenSSL decodes the public key of every certificate it parses, which takes a
 * hundred times as long as what we need from most of them.  What is read here
 * only selects candidates; OpenSSL's own parser decides about each certificate
 * that counts.
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
 * Takes the next element off *from: its tag and its content.  False if there is
 * none, or not all of it.
 */
bool der_next(struct der *from, unsigned *tag, struct der *content);

/* Does it end before its first element does?  One of indefinite length does
   not tell. */
bool der_is_cut(const unsigned char *bytes, size_t size);

/*
 * The size of a file in DER without the line breaks behind its element, which
 * editors and copying leave there; size itself if anything else follows, or
 * nothing does.  Every reader of whole files asks.  Within PEM there are none.
 */
size_t der_without_breaks(const unsigned char *bytes, size_t size);

/* The content of a certificate's subject (RFC 5280 section 4.1).  The bytes
   may be only the first ones of the certificate; false if they end too
   early. */
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

/* A hash of the bytes (FNV-1a), not for security. */
uint64_t der_hash(const struct der *der);

/*
 * A number that is the same for all names which X509_NAME_cmp() calls equal.
 * 0: the name is not plain DER, and may equal any other.  The empty name has a
 * number, too.
 */
uint64_t der_fold_name(struct der name);

#endif

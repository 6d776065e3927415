/*
 * Private keys: RSA, EC, Ed25519 and DSA are read, in PEM (PKCS#8, PKCS#1,
 * SEC 1) or DER.  No function here ever prompts.
 */
#ifndef PKI_KEY_H
#define PKI_KEY_H

#include <openssl/types.h>
#include <stdbool.h>

#include "pki/blob.h"
#include "pki/error.h"

/*
 * name: of the file, for messages.  E_KEY_ENCRYPTED when a password is needed;
 * E_NOT_KEY when the file holds something else.  The caller frees *ret with
 * EVP_PKEY_free().
 */
int key_parse(const char *name, const struct blob *file, EVP_PKEY **ret,
              struct error *error);

/* The same for an encrypted key.  E_KEY_NOT_LOCKED if it is not encrypted. */
int key_unlock(const char *name, const struct blob *file, const char *password,
               EVP_PKEY **ret, struct error *error);

/*
 * Decodes all of the octets as a key of that type (EVP_PKEY_RSA, ...), in
 * PKCS#8 or in the older form of the type.  NULL if they are none, or are a DSA
 * key longer than any standard allows, which would take too long to read.
 */
EVP_PKEY *key_decode(int type, const unsigned char *bytes, size_t size);

/* Do the bytes begin with an unencrypted private key of any kind? */
bool key_begins(const unsigned char *bytes, size_t size);

/* Unencrypted PKCS#8 in PEM (RFC 7468 section 10). */
int key_format(const EVP_PKEY *key, struct blob *ret, struct error *error);

/* Is the other the same key, or its public half?  Either may be NULL: no. */
bool key_matches(const EVP_PKEY *key, const EVP_PKEY *other);

/* "RSA 2048", "EC P-256", "Ed25519": kind and size for a person. */
void key_describe(const EVP_PKEY *key, char *text, size_t size);

#endif

/*
 * SSH public keys (RFC 4253 section 6.6, RFC 5656, RFC 8709) from PKCS#12.
 */
#ifndef PKI_SSHKEY_H
#define PKI_SSHKEY_H

#include <openssl/types.h>
#include <stdbool.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "pki/store.h"

/*
 * Appends "ssh-rsa AAAA... comment" and a line break.  name: of the file that
 * the key comes from, for messages.  E_KEY_TYPE for a key
 * that SSH has no form for: RSA, EC on the NIST curves and Ed25519 have one.
 */
int sshkey_format(const EVP_PKEY *key, const char *name, const char *comment,
                  struct blob *text, struct error *error);

/*
 * Is this one line of an OpenSSH public key?  Fills text with its type and
 * bits, "ssh-rsa 2048".
 */
bool sshkey_recognise(const struct blob *file, char *text, size_t size);

/*
 * The ssh public key, with name and line break, of the certificate in the
 * PKCS#12 username.pub (or of its key, where it has no certificate).  Changes
 * nothing.  E_WRONG_PASSWORD; E_CIPHER when its cipher is one of OpenSSL's
 * legacy provider; E_SSH_KEY when it has been made already; a file that is
 * nothing of these is E_UNKNOWN_FORMAT.
 */
int sshkey_from_pkcs12(struct store *store, const char *username,
                       const char *password, struct blob *ret,
                       struct error *error);

#endif

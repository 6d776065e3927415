/*
 * Issuing: a key with a request, a key with a self-signed certificate, and a
 * certificate signed by a CA of the store.
 */
#ifndef PKI_ISSUE_H
#define PKI_ISSUE_H

#include <stdbool.h>
#include <time.h>

#include "pki/error.h"
#include "pki/keygen.h"
#include "pki/store.h"
#include "pki/subject.h"

struct validity {
    time_t now;
    unsigned days; /* 1 to 36500; notBefore is now, notAfter now + days */
};

/*
 * Makes basename.key (0600) and basename.csr.  Both replace what was there, in
 * one step: a crash leaves both old or both new.
 */
int issue_request(struct store *store, const char *basename,
                  const struct subject *subject, const struct keygen *keygen,
                  struct error *error);

/*
 * Makes basename.key and basename.crt, self-signed and fit to be a CA:
 * basicConstraints CA, keyUsage, SKI and AKI, random serial; no extended key
 * usage.  An empty subject becomes CN=basename, its first 64 characters.
 * E_DAYS: subject is the number.
 */
int issue_selfsigned(struct store *store, const char *basename,
                     const struct subject *subject, const struct keygen *keygen,
                     const struct validity *validity, struct error *error);

/*
 * Signs basename.csr with ca.key and ca.crt.  *cert becomes the certificate in
 * PEM; *chain, unless NULL, the same followed by the certificates of ca.crt.
 * Changes no file.  The files are foreign: call it in a process that can change
 * nothing.
 *
 * From the request it takes the subject, the alternative names and the usages,
 * except those of a CA.  Without usages it becomes a certificate for TLS
 * servers and clients.  Unreadable extensions are E_BAD_DER. notAfter is that
 * of the CA if that comes first.
 *
 * Checked in this order: the request's own signature (E_CSR_SIGNATURE), that
 * ca.key and ca.crt are a pair (E_MISMATCH_CERT), that it is a CA (E_NOT_CA)
 * and valid now (E_CA_NOT_YET, E_CA_EXPIRED), that the request has a subject
 * or alternative names (E_NO_CN; RFC 5280, 4.1.2.6).
 */
int issue_signed(struct store *store, const char *basename, const char *ca,
                 const struct validity *validity, struct blob *cert,
                 struct blob *chain, struct error *error);

/* Writes them as basename.crt and, unless NULL, basename-fullchain.crt, in one
   step. */
int issue_write(struct store *store, const char *basename,
                const struct blob *cert, const struct blob *chain,
                struct error *error);

#endif

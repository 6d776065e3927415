/*
 * One examination, for the sources of services/doctor.h.
 */
#ifndef SERVICES_DOCTOR_VISIT_H
#define SERVICES_DOCTOR_VISIT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "services/doctor.h"

struct visit {
    const struct doctor *doctor;
    struct diagnosis diagnosis;
    struct hints *hints;
};

struct visit visit_of(const struct doctor *doctor, struct hints *hints);

/* Adds a finding about a file; NULL: about none. */
void visit_find(const struct visit *visit, enum hint_id id, const char *file,
                const char *one, const char *two);

/* Examines files that belong together, at most four.  If one does not fit or is
   missing, names those in the store that would do. */
void visit_files(const struct visit *visit, const struct doctor_file *files,
                 size_t n);

/* For a key and a certificate that are no pair: finds what belongs to either in
   the store. */
void visit_pair(const struct visit *visit, const char *key_name,
                const char *cert_name);

/* Finds files of the store with the issuers that are missing, according to the
   findings, in these parts. */
void visit_issuers(const struct visit *visit, const struct diagnose_part *parts,
                   size_t n);

/* For a service that sends this file and no bundle: if it is a single
   certificate, finds the file with its intermediate. */
void visit_unsent(const struct visit *visit, const char *file);

/* Ends an examination: looks at the clock, and sorts the findings. */
void visit_end(const struct visit *visit);

/* Appends the bytes of a file, of its copy, or those used instead. */
int doctor_read(const struct doctor *doctor, const struct doctor_file *file,
                struct blob *ret, struct error *error);

/* The content of a file, owned by the caller; NULL if it is something else. */
EVP_PKEY *doctor_read_key(const struct doctor *doctor, const char *name);
X509 *doctor_read_cert(const struct doctor *doctor, const char *name);
X509_REQ *doctor_read_csr(const struct doctor *doctor, const char *name);

/* Its certificates, at most max, as far as they can be read; none if name is
   NULL. */
STACK_OF(X509) *doctor_read_certs(const struct doctor *doctor, const char *name,
                                  int max);

/* The same for bytes. */
STACK_OF(X509) *certs_in(const char *name, const struct blob *bytes, int max);

#endif

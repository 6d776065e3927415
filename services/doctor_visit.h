/*
 * One examination of the doctor's (services/doctor.h), for the sources that are
 * made of it.
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

/* Adds a finding about a file, or about none (NULL). */
void visit_find(const struct visit *visit, enum hint_id id, const char *file,
                const char *one, const char *two);

/* Files that belong together, at most four; of what does not fit or is missing,
   what in the store would. */
void visit_files(const struct visit *visit, const struct doctor_file *files,
                 size_t n);

/* The two are no pair: which key is the certificate's, or whose is the key? */
void visit_pair(const struct visit *visit, const char *key_name,
                const char *cert_name);

/* Where the issuers stand that the findings miss in these parts. */
void visit_issuers(const struct visit *visit, const struct diagnose_part *parts,
                   size_t n);

/* Of a service that sends what is in this file, and no bundle: if that is one
   certificate, is the intermediate that signed it in another file? */
void visit_unsent(const struct visit *visit, const char *file);

/* What is the same at the end of each examination: the clock, the order. */
void visit_end(const struct visit *visit);

/* The bytes of a file, its copy, or those that stand for both; appended. */
int doctor_read(const struct doctor *doctor, const struct doctor_file *file,
                struct blob *ret, struct error *error);

/* The file of that name as what it is expected to be, owned by the caller; NULL
   if it is not that. */
EVP_PKEY *doctor_read_key(const struct doctor *doctor, const char *name);
X509 *doctor_read_cert(const struct doctor *doctor, const char *name);
X509_REQ *doctor_read_csr(const struct doctor *doctor, const char *name);

/* Its certificates, at most so many, as far as they can be read; none for
   NULL. */
STACK_OF(X509) *doctor_read_certs(const struct doctor *doctor, const char *name,
                                  int max);

/* The certificates of these bytes, likewise. */
STACK_OF(X509) *certs_in(const char *name, const struct blob *bytes, int max);

#endif

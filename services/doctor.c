/*
 * Files, requests, and everything at once; services in doctor_service.c, the
 * database cluster in doctor_database.c.
 */
#include "services/doctor.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "pki/csr.h"
#include "pki/diagnose_cert.h"
#include "pki/key.h"
#include "pki/tbs.h"
#include "pki/xalloc.h"
#include "services/assign.h"
#include "services/doctor_visit.h"

void
doctor_files(const struct doctor *doctor, const struct doctor_file *files,
             size_t n, bool holds, struct hints *ret)
{
    struct visit visit = visit_of(doctor, ret);

    visit.diagnosis.holds = holds;
    visit_files(&visit, files, n);
    visit_end(&visit);
}

void
doctor_offered(const struct doctor *doctor, const char *service, unsigned usage,
               const struct doctor_file *files, size_t n, struct hints *ret)
{
    struct visit visit = visit_of(doctor, ret);

    visit.diagnosis.service = service;
    visit.diagnosis.usage = usage;
    visit_files(&visit, files, n);
    visit_end(&visit);
}

/* Has anybody set it up?  An entry of a list counts, even without its file. */
static bool
is_touched(const struct scope *scope)
{
    struct file_setting setting;
    size_t at = 0;

    while (scope_file(scope, &at, &setting))
        if (setting.value != NULL || setting.list[0] != '\0')
            return true;
    return scope_enabled(scope) && !scope->service->always;
}

void
doctor_all(const struct doctor *doctor, struct hints *ret)
{
    const struct visit visit = visit_of(doctor, ret);
    struct store_names names = { 0 };
    struct error error;
    struct scope scope;
    size_t at = 0, i;

    while (scope_next(doctor->settings, doctor->catalog, doctor->release, &at,
                      &scope))
        if (is_touched(&scope))
            doctor_service(doctor, &scope, ret);
    doctor_database(doctor, ret);
    if (store_list(doctor->store, STORE_FILES, &names, &error) == 0)
        for (i = 0; i < names.count; i++) {
            const struct doctor_file file = { names.names[i], DIAGNOSE_ANY };
            char *users = assign_users(doctor->settings, doctor->catalog,
                                       doctor->release, names.names[i], false);

            if (users == NULL && assign_takes(names.names[i]))
                visit_files(&visit, &file, 1);
            free(users);
        }
    store_names_clear(&names);
    visit_end(&visit);
}

/* A certificate of the key's old self, under the name that goes with it. */
static void
visit_left(const struct visit *visit, const char *basename,
           const char *extension, const char *key_name, const EVP_PKEY *key)
{
    char *name = xasprintf("%s%s", basename, extension);
    X509 *cert = doctor_read_cert(visit->doctor, name);

    if (cert != NULL && !key_matches(key, X509_get0_pubkey(cert)))
        visit_find(visit, HINT_CERT_NOT_OF_KEY, name, key_name, NULL);
    X509_free(cert);
    free(name);
}

static bool
copy_extensions(X509_REQ *csr, X509 *cert)
{
    STACK_OF(X509_EXTENSION) *all = NULL;
    struct error error;
    bool done = csr_extensions(csr, "", &all, &error) == 0;
    int i;

    for (i = 0; done && i < sk_X509_EXTENSION_num(all); i++)
        done = X509_add_ext(cert, sk_X509_EXTENSION_value(all, i), -1) == 1;
    tbs_free(all);
    return done;
}

/* The certificate that a CA makes of it if it changes nothing, not signed; NULL
   if there can be none. */
static X509 *
cert_of(X509_REQ *csr, time_t now)
{
    X509 *cert = X509_new();

    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) != 1 ||
        X509_set_subject_name(cert, X509_REQ_get_subject_name(csr)) != 1 ||
        X509_set_pubkey(cert, X509_REQ_get0_pubkey(csr)) != 1 ||
        X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &now) == NULL ||
        X509_time_adj_ex(X509_getm_notAfter(cert), 2 * DIAGNOSE_SOON_DAYS, 0,
                         &now) == NULL ||
        !copy_extensions(csr, cert)) {
        X509_free(cert);
        cert = NULL;
    }
    openssl_forget();
    return cert;
}

/* A fault of its names is easier to mend now than in what the CA sends. */
static void
visit_request(const struct visit *visit, const char *name)
{
    const struct finder finder = { &visit->diagnosis, visit->hints };
    const struct site site = { name, 0, 0 };
    X509_REQ *csr = doctor_read_csr(visit->doctor, name);
    X509 *cert = csr != NULL ? cert_of(csr, visit->diagnosis.now) : NULL;

    if (cert != NULL)
        diagnose_cert(&finder, &site, cert, true);
    X509_free(cert);
    X509_REQ_free(csr);
}

void
doctor_request(const struct doctor *doctor, const char *basename,
               struct hints *ret)
{
    static const char *const extensions[] = { ".crt", ".cer", ".pem", ".der" };
    struct visit visit = visit_of(doctor, ret);
    char *key_name = xasprintf("%s.key", basename);
    char *csr_name = xasprintf("%s.csr", basename);
    char *users = assign_users(doctor->settings, doctor->catalog,
                               doctor->release, key_name, true);
    EVP_PKEY *key = doctor_read_key(doctor, key_name);
    size_t i;

    if (users != NULL)
        visit_find(&visit, HINT_KEY_REPLACED, key_name, users, NULL);
    for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        visit_left(&visit, basename, extensions[i], key_name, key);
    visit_request(&visit, csr_name);
    hints_sort(ret);
    EVP_PKEY_free(key);
    free(users);
    free(csr_name);
    free(key_name);
}

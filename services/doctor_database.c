/*
 * The certificates of the database cluster.  It works with copies that were
 * made when they were given: a file that has been renewed since helps nobody.
 */
#include <openssl/x509.h>
#include <stdlib.h>

#include "pki/diagnose_cert.h"
#include "pki/xalloc.h"
#include "services/database.h"
#include "services/doctor_visit.h"
#include "services/host.h"
#include "services/read.h"

static struct doctor_file
copy_of(const struct doctor *doctor, enum database_file file,
        enum diagnose_role role)
{
    return (struct doctor_file){
        .name = settings_get(doctor->settings, database_setting(file)),
        .role = role,
        .copy = database_copy(file),
    };
}

static X509 *
read_server(const struct doctor *doctor)
{
    struct error error;
    X509 *cert = NULL;

    read_cert(doctor->store, STORE_PRIVATE, database_copy(DATABASE_SERVER_CERT),
              &cert, &error);
    return cert;
}

/*
 * Does it name this node?  SEEN in Cisco TAC 210530: clients connect with
 * sslmode=verify-ca, which looks at no name; RECALL: later guides want the
 * names of the nodes in it.  Hence a note.
 */
static void
visit_node(const struct visit *visit)
{
    const struct doctor *doctor = visit->doctor;
    const char *file =
        settings_get(doctor->settings, database_setting(DATABASE_SERVER_CERT));
    const char *name = host_name(doctor->settings);
    struct database_record record;
    struct error error;
    const char *address;
    X509 *cert;

    if (file == NULL || database_load(doctor->store, &record, &error) != 0)
        return;
    address = record.address[0] != '\0' ? record.address : NULL;
    cert = read_server(doctor);
    if (cert != NULL && (name != NULL || address != NULL) &&
        (name == NULL || !diagnose_covers(cert, name)) &&
        (address == NULL || !diagnose_covers(cert, address)))
        visit_find(visit, HINT_NODE_NAME, file, name != NULL ? name : address,
                   NULL);
    X509_free(cert);
}

void
doctor_database(const struct doctor *doctor, struct hints *ret)
{
    struct visit visit = visit_of(doctor, ret);
    unsigned i;

    visit.diagnosis.service = DATABASE_TITLE;
    for (i = 0; i < DATABASE_FILES; i++) {
        enum database_file file = (enum database_file)i;

        if (database_copy_state(doctor->store, doctor->settings, file) ==
            COPY_DIFFERS)
            visit_find(&visit, HINT_COPY_DIFFERS,
                       settings_get(doctor->settings, database_setting(file)),
                       NULL, NULL);
    }
    for (i = 0; i < DATABASE_PAIRS; i++) {
        const struct database_pair *pair = &database_pairs[i];
        const struct doctor_file files[] = {
            copy_of(doctor, pair->key, DIAGNOSE_KEY),
            copy_of(doctor, pair->cert, DIAGNOSE_CERT),
            copy_of(doctor, DATABASE_CA_CERT, DIAGNOSE_TRUST),
        };

        if (files[1].name != NULL)
            doctor_offered(doctor, DATABASE_TITLE, pair->usage, files, 3, ret);
    }
    visit_node(&visit);
    hints_sort(ret);
}

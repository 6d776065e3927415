/*
 * The pki commands.  To add one: a row in cmd_pki[], its handler, a session in
 * testdata/transcripts/, an entry in mmp.1.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "mmp/apart.h"
#include "mmp/dialect.h"
#include "mmp/hints.h"
#include "mmp/options.h"
#include "mmp/print.h"
#include "mmp/session.h"
#include "mmp/walls.h"
#include "mmp/words.h"
#include "pki/inspect.h"
#include "pki/issue.h"
#include "pki/key.h"
#include "pki/match.h"
#include "pki/sshkey.h"
#include "pki/subject.h"
#include "pki/verify.h"
#include "pki/xalloc.h"
#include "services/assign.h"
#include "services/database.h"
#include "services/doctor.h"
#include "services/read.h"
#include "services/users.h"

static int
run_list(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct store_names names = { 0 };
    size_t i;

    if (store_list(session->store, STORE_FILES, &names, error) != 0)
        return -1;
    say(session, SAY_FILES_HEADING, NULL, NULL);
    for (i = 0; i < names.count; i++) {
        if (assign_takes(names.names[i]))
            say_text(session, names.names[i]);
    }
    store_names_clear(&names);
    return 0;
}

/* Shows which service uses which file. */
static int
run_usage(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct store_names names = { 0 };
    char label[STORE_MAX_NAME + 1];
    size_t i;

    if (session_reload(session, error) != 0 ||
        store_list(session->store, STORE_FILES, &names, error) != 0)
        return -1;
    say(session, SAY_FILES_HEADING, NULL, NULL);
    for (i = 0; i < names.count; i++) {
        char *users;

        if (!assign_takes(names.names[i]))
            continue;
        users = assign_users(session->settings, session->dialect->catalog,
                             session->dialect->release, names.names[i], false);
        snprintf(label, sizeof(label), "%-24s", names.names[i]);
        say(session, users != NULL ? SAY_FILE_USED : SAY_FILE_UNUSED, label,
            users);
        free(users);
    }
    store_names_clear(&names);
    return 0;
}

static struct keygen
keygen_of(struct session *session)
{
    return (struct keygen){
        .bits = session->options->key_bits,
        .method = session->options->keygen,
        .progress = print_progress,
        .arg = session,
    };
}

static struct validity
validity_of(struct session *session)
{
    return (struct validity){
        .now = session->clock(session),
        .days = session->options->days,
    };
}

static int
run_csr(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *basename = arg(call, "key/cert basename");
    struct keygen keygen = keygen_of(session);
    struct subject subject = { 0 };
    int r;

    r = subject_parse(call->args.rest, call->args.rest_count, &subject, error);
    if (r == 0)
        r = subject_need_cn(&subject, error);
    if (r == 0)
        r = issue_request(session->store, basename, &subject, &keygen, error);
    if (r == 0) {
        say(session, SAY_KEY_AND_CSR, basename, NULL);
        say(session, SAY_CSR_READY, basename, NULL);
    }
    subject_clear(&subject);
    return r;
}

static int
run_selfsigned(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *basename = arg(call, "key/cert basename");
    struct keygen keygen = keygen_of(session);
    struct validity validity = validity_of(session);
    struct subject subject = { 0 };
    int r;

    r = subject_parse(call->args.rest, call->args.rest_count, &subject, error);
    if (r == 0)
        r = issue_selfsigned(session->store, basename, &subject, &keygen,
                             &validity, error);
    if (r == 0)
        say(session, SAY_KEY_AND_CERT, basename, NULL);
    subject_clear(&subject);
    return r;
}

/* Signing: the request, and where the new certificates are. */
struct signing {
    struct store *store;
    const char *basename, *ca;
    bool full_chain;
    struct validity validity;
};
enum { SIGNED_CERT, SIGNED_CHAIN };

static int
make_signed(void *arg, struct parts *ret, struct error *error)
{
    const struct signing *signing = arg;
    struct blob cert = { 0 }, chain = { 0 };
    int r = issue_signed(signing->store, signing->basename, signing->ca,
                         &signing->validity, &cert,
                         signing->full_chain ? &chain : NULL, error);

    if (r == 0) {
        parts_add(ret, &cert);
        parts_add(ret, &chain);
    }
    return r;
}

static int
run_sign(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct signing signing = {
        .store = session->store,
        .basename = arg(call, "csr/cert basename"),
        .ca = arg(call, "CA key/cert basename"),
        .full_chain = session->dialect->full_chain,
        .validity = validity_of(session),
    };
    struct parts made = { 0 };
    int r;

    r = make_apart(call, make_signed, &signing, &made, error);
    if (r == 0)
        r = parts_need(&made, 2, error);
    if (r == 0)
        r = issue_write(
            session->store, signing.basename, &made.all[SIGNED_CERT],
            signing.full_chain ? &made.all[SIGNED_CHAIN] : NULL, error);
    if (r == 0)
        say(session, signing.full_chain ? SAY_SIGNED_CHAIN : SAY_SIGNED,
            signing.basename, NULL);
    parts_clear(&made);
    return r;
}

static int
show_element(void *arg, const struct inspection *element, struct error *error)
{
    struct call *call = arg;

    (void)error;
    say_kind(call->session, element);
    if (!call->session->hints || element->total > DIAGNOSE_CHAIN_MAX)
        return 0;
    if (call->read == NULL)
        call->read = sk_X509_new_null();
    if (element->cert != NULL)
        X509_up_ref(element->cert);
    if (call->read == NULL || sk_X509_push(call->read, element->cert) <= 0)
        abort();
    return 0;
}

static int
run_inspect(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *name = arg(call, "filename");
    struct blob file = { 0 };
    char text[64];
    int r;

    r = store_read(session->store, STORE_FILES, name, &file, error);
    say(session,
        r == 0 && sshkey_recognise(&file, text, sizeof(text))
            ? SAY_SSH_FOUND
            : SAY_SSH_NOT_FOUND,
        NULL, NULL);
    say(session, r == 0 ? SAY_FILE_FOUND : SAY_FILE_NOT_FOUND, NULL, NULL);
    if (r == 0)
        r = inspect(name, &file, show_element, call, error);
    blob_clear(&file);
    return r;
}

static int
run_match(struct call *call, struct error *error)
{
    struct session *session = call->session;
    enum match_kind kind;

    if (match(session->store, arg(call, "key"), arg(call, "certificate"), &kind,
              error) != 0)
        return -1;
    say(session, kind == MATCH_CERT ? SAY_MATCH_CERT : SAY_MATCH_CSR, NULL,
        NULL);
    return 0;
}

static int
run_verify(struct call *call, struct error *error)
{
    struct session *session = call->session;

    if (verify(session->store, arg(call, "cert"),
               arg(call, "cert bundle/CA cert"), arg(call, "CA cert"),
               session->clock(session), error) != 0)
        return -1;
    say(session, SAY_VERIFIED, NULL, NULL);
    return 0;
}

static int
ask_password(struct session *session, struct blob *password,
             struct error *error)
{
    return session_ask(session, session->dialect->phrases[ASK_PASSWORD].text,
                       true, password, error);
}

/* A locked file, what unlocks it, and whose it is. */
struct locked {
    struct store *store;
    const char *name; /* of the key, or of the user */
    struct blob password;
};

static const char *
password_of(const struct locked *locked)
{
    return (const char *)locked->password.data;
}

static int
check_locked(void *arg, struct parts *ret, struct error *error)
{
    const struct locked *locked = arg;
    EVP_PKEY *key = NULL;
    int r;

    (void)ret;
    r = read_key(locked->store, STORE_FILES, locked->name, &key, error);
    if (r == 0)
        r = fail(error, E_KEY_NOT_LOCKED, locked->name);
    else if (error->code == E_KEY_ENCRYPTED)
        r = 0;
    EVP_PKEY_free(key);
    return r;
}

static int
make_unlocked(void *arg, struct parts *ret, struct error *error)
{
    const struct locked *locked = arg;
    struct blob file = { 0 }, unlocked = { 0 };
    EVP_PKEY *key = NULL;
    int r;

    r = store_read(locked->store, STORE_FILES, locked->name, &file, error);
    if (r == 0)
        r = key_unlock(locked->name, &file, password_of(locked), &key, error);
    if (r == 0)
        r = key_format(key, &unlocked, error);
    if (r == 0)
        parts_add(ret, &unlocked);
    EVP_PKEY_free(key);
    blob_clear(&unlocked);
    blob_clear(&file);
    return r;
}

static int
make_ssh_key(void *arg, struct parts *ret, struct error *error)
{
    const struct locked *locked = arg;
    struct blob text = { 0 };
    int r = sshkey_from_pkcs12(locked->store, locked->name, password_of(locked),
                               &text, error);

    if (r == 0)
        parts_add(ret, &text);
    return r;
}

/* Reads, unlocks and writes, as one step for other sessions. */
static int
replace(struct locked *locked, worker_step *make, const char *name, mode_t mode,
        struct error *error)
{
    const struct task task = { { make }, locked, .decrypts = true };
    struct parts made = { 0 };
    int r;

    if (store_lock(locked->store, error) != 0)
        return -1;
    r = task_apart(&task, &made, error);
    if (r == 0)
        r = parts_need(&made, 1, error);
    if (r == 0) {
        const struct store_change change = { name, &made.all[0], mode };

        r = store_write(locked->store, STORE_FILES, &change, 1, error);
    }
    store_unlock(locked->store);
    parts_clear(&made);
    return r;
}

/*
 * Asks only if there is something to unlock.  Meanwhile another session may
 * have replaced the key, so it is read again.
 */
static int
run_unlock(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct locked locked = { session->store, arg(call, "key") };
    const struct task look = { { check_locked }, &locked };
    struct parts none = { 0 };
    int r;

    r = task_apart(&look, &none, error);
    parts_clear(&none);
    if (r == 0)
        r = ask_password(session, &locked.password, error);
    if (r == 0)
        r = replace(&locked, make_unlocked, locked.name, 0600, error);
    if (r == 0)
        say(session, SAY_UNLOCKED, locked.name, NULL);
    blob_clear(&locked.password);
    return r;
}

static int
run_pkcs12_to_ssh(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct locked locked = { session->store, arg(call, "username") };
    char name[STORE_MAX_NAME + 1];
    int r = 0;

    snprintf(name, sizeof(name), "%s.pub", locked.name);
    if (!store_has(session->store, STORE_FILES, name))
        r = fail(error, E_NO_FILE, name);
    if (r == 0)
        r = ask_password(session, &locked.password, error);
    if (r == 0)
        r = replace(&locked, make_ssh_key, name, 0644, error);
    if (r == 0)
        say(session, SAY_SSH_CREATED, name, NULL);
    blob_clear(&locked.password);
    return r;
}

/*
 * Hints: what follows an answer.
 */

/* For files that were typed; the answer has already named missing ones. */
static void
examine(struct session *session, const struct doctor_file *files, size_t n,
        bool holds, enum severity mildest, struct hints *ret)
{
    const struct doctor doctor = session_doctor(session);
    size_t i;

    for (i = 0; i < n; i++)
        if (files[i].bytes == NULL &&
            !store_has(session->store, STORE_FILES, files[i].name))
            return;
    doctor_files(&doctor, files, n, holds, ret);
    hints_keep(ret, mildest);
}

static void
hint_inspect(const struct call *call, const struct error *error,
             struct hints *ret)
{
    const struct doctor_file file = { arg(call, "filename"), DIAGNOSE_ANY,
                                      call->read };

    (void)error;
    examine(call->session, &file, 1, false, SEVERITY_NOTE, ret);
}

/* Of a pair, only the certificate is left to examine, if it is one. */
static void
hint_match(const struct call *call, const struct error *error,
           struct hints *ret)
{
    bool good = error->code == E_NONE;
    const struct doctor_file files[] = {
        { arg(call, "key"), DIAGNOSE_KEY },
        { arg(call, "certificate"), good || error->code == E_MISMATCH_CSR
                                        ? DIAGNOSE_ANY
                                        : DIAGNOSE_CERT },
    };

    examine(call->session, good ? files + 1 : files, good ? 1 : 2, false,
            SEVERITY_WARNING, ret);
}

/* What is no key, or none of ours.  Of an encrypted one, who is asked for the
   password has been told all. */
static void
hint_unlock(const struct call *call, const struct error *error,
            struct hints *ret)
{
    const struct doctor_file file = { arg(call, "key"), DIAGNOSE_KEY };

    switch (error->code) {
    case E_NONE:
    case E_WRONG_PASSWORD:
    case E_CIPHER:
    case E_KEY_NOT_LOCKED:
    case E_CANCELLED:
        return;
    default:
        examine(call->session, &file, 1, false, SEVERITY_WARNING, ret);
    }
}

static void
hint_verify(const struct call *call, const struct error *error,
            struct hints *ret)
{
    const struct doctor_file files[] = {
        { arg(call, "cert"), DIAGNOSE_ANY },
        { arg(call, "cert bundle/CA cert"), DIAGNOSE_BUNDLE },
        { arg(call, "CA cert"), DIAGNOSE_TRUST },
    };

    examine(call->session, files, files[2].name != NULL ? 3 : 2,
            error->code == E_NONE, SEVERITY_WARNING, ret);
}

/* A new key leaves an old certificate behind. */
static void
hint_csr(const struct call *call, const struct error *error, struct hints *ret)
{
    struct session *session = call->session;
    struct doctor doctor;
    struct error ignored;

    if (error->code != E_NONE || session_settings(session, &ignored) != 0)
        return;
    doctor = session_doctor(session);
    hint_comma(call->args.rest, call->args.rest_count, ret);
    doctor_request(&doctor, arg(call, "key/cert basename"), ret);
}

static void
hint_selfsigned(const struct call *call, const struct error *error,
                struct hints *ret)
{
    if (error->code == E_NONE)
        hint_comma(call->args.rest, call->args.rest_count, ret);
}

static void
hint_sign(const struct call *call, const struct error *error, struct hints *ret)
{
    char cert[STORE_MAX_NAME + 1], ca[STORE_MAX_NAME + 1];
    char ca_key[STORE_MAX_NAME + 1];
    const struct doctor_file made[] = {
        { cert, DIAGNOSE_CERT,
          .bytes = call->made != NULL ? &call->made->all[SIGNED_CERT] : NULL },
        { ca, DIAGNOSE_TRUST },
    };
    const struct doctor_file pair[] = {
        { ca_key, DIAGNOSE_KEY },
        { ca, DIAGNOSE_ANY },
    };

    snprintf(cert, sizeof(cert), "%s.crt", arg(call, "csr/cert basename"));
    snprintf(ca, sizeof(ca), "%s.crt", arg(call, "CA key/cert basename"));
    snprintf(ca_key, sizeof(ca_key), "%s.key",
             arg(call, "CA key/cert basename"));
    if (error->code == E_NONE)
        examine(call->session, made, 2, true, SEVERITY_WARNING, ret);
    else if (error->code == E_MISMATCH_CERT)
        examine(call->session, pair, 2, false, SEVERITY_WARNING, ret);
}

/*
 * Additions of ours.
 */

/* The exit status with -e: 1 for an error, 3 for a warning. */
static int
verdict(struct session *session, bool errors, bool warnings,
        struct error *error)
{
    session->status = errors ? 1 : warnings ? 3 : 0;
    return errors || warnings ? fail(error, E_NONE, NULL) : 0;
}

/* What an enabled service presents. */
struct visited {
    struct scope scope;
    struct presented presented[PRESENTED_MAX];
    size_t count;
    bool outdated; /* it would run differently after a restart */
};

/* What pki doctor finds out while it still can. */
struct examination {
    char *what; /* NULL: everything */
    struct visited *visited;
    size_t count;     /* of services */
    size_t listeners; /* of all of them, PRESENTED_MAX at most */
    bool unanswered;  /* the supervisor did not answer, and is not asked
                         again */
    struct error error;
};

static void
visit_listeners(struct session *session, const struct scope *scope,
                struct examination *ret)
{
    const struct helper looker = walls_helper(session, WALLS_LOOK);
    struct interfaces interfaces;
    struct visited *visited;
    struct error ignored;
    char *name;

    if (!scope_enabled(scope))
        return;
    name = scope_name(scope);
    options_interfaces(session->options, &interfaces);
    ret->visited =
        xreallocarray(ret->visited, ret->count + 1, sizeof(*ret->visited));
    visited = &ret->visited[ret->count++];
    visited->scope = *scope;
    visited->count =
        presented_find(scope, &interfaces, &looker,
                       PRESENTED_MAX - ret->listeners, visited->presented);
    visited->outdated = false;
    if (session->manager != NULL && !ret->unanswered)
        ret->unanswered = manager_compare(session->manager, name,
                                          &visited->outdated, &ignored) != 0;
    ret->listeners += visited->count;
    free(name);
}

/* Is it what was asked for: by its name, or with all its tags? */
static bool
is_meant(const char *what, const struct scope *scope)
{
    char *name = scope_name(scope);
    bool meant =
        strcmp(name, what) == 0 || strcmp(scope->service->name, what) == 0;

    free(name);
    return meant;
}

/* The services that are to be examined. */
static void
visit_services(struct session *session, struct examination *ret)
{
    const struct dialect *dialect = session->dialect;
    struct scope scope;
    size_t at = 0;

    while (scope_next(session->settings, dialect->catalog, dialect->release,
                      &at, &scope))
        if (ret->what == NULL || is_meant(ret->what, &scope))
            visit_listeners(session, &scope, ret);
}

static void
clear_examination(struct examination *examination)
{
    while (examination->count > 0) {
        struct visited *visited = &examination->visited[--examination->count];

        presented_clear(visited->presented, visited->count);
    }
    free(examination->visited);
    free(examination->what);
}

static void
examine_visited(const struct doctor *doctor,
                const struct examination *examination, struct hints *ret)
{
    size_t i;

    for (i = 0; i < examination->count; i++)
        doctor_presented(doctor, &examination->visited[i].scope,
                         examination->visited[i].presented,
                         examination->visited[i].count,
                         examination->visited[i].outdated, ret);
}

/* A service, with its tag after a blank, or with all its tags; the database
   cluster; else a file. */
static int
examine_one(const struct doctor *doctor, const struct examination *examination,
            struct hints *ret, struct error *error)
{
    const char *name = examination->what;
    const struct doctor_file file = { name, DIAGNOSE_ANY };
    struct scope scope;
    size_t at = 0;
    /* A service with tags may have none yet. */
    bool found = service_find(doctor->catalog, doctor->release, name) != NULL;

    while (scope_next(doctor->settings, doctor->catalog, doctor->release, &at,
                      &scope)) {
        if (!is_meant(name, &scope))
            continue;
        doctor_service(doctor, &scope, ret);
        found = true;
    }
    if (found) {
        examine_visited(doctor, examination, ret);
        return 0;
    }
    if (strcmp(name, DATABASE_TITLE) == 0) {
        doctor_database(doctor, ret);
        return 0;
    }
    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    if (!store_has(doctor->store, STORE_FILES, name))
        return fail(error, E_NOTHING, name);
    doctor_files(doctor, &file, 1, false, ret);
    return 0;
}

/* Is it a service that was misspelt, or one of another release? */
static void
hint_service_name(struct session *session, const struct doctor *doctor,
                  char *typed, struct hints *ret)
{
    hint_spelling(session, &typed, 1, ret);
    if (ret->count > 0 && ret->all[0].id == HINT_WORD_MISSPELT &&
        service_find(doctor->catalog, doctor->release, ret->all[0].two) == NULL)
        hints_clear(ret);
}

static int
examine_confined(struct session *session, void *arg)
{
    struct examination *examination = arg;
    const struct doctor doctor = session_doctor(session);
    struct hints hints = { 0 };
    enum severity worst = SEVERITY_NOTE;
    int r = 0;

    if (examination->what != NULL) {
        r = examine_one(&doctor, examination, &hints, &examination->error);
    } else {
        doctor_all(&doctor, &hints);
        examine_visited(&doctor, examination, &hints);
    }
    if (r == 0) {
        print_examination(session, &hints);
        if (hints.count > 0)
            worst = hint_severity(hints.all[0].id);
        r = verdict(session, worst == SEVERITY_ERROR, worst == SEVERITY_WARNING,
                    &examination->error);
    } else {
        say_failure(session, &examination->error);
        if (examination->error.code == E_NOTHING)
            hint_service_name(session, &doctor, examination->what, &hints);
        say_hints(session, &hints);
    }
    hints_clear(&hints);
    return r;
}

/* Looks at listeners first, because a process that can change nothing can
   not connect to them either. */
static int
run_doctor(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct examination examination = { 0 };
    int r;

    if (session_reload(session, error) != 0)
        return -1;
    if (call->args.rest_count > 0)
        examination.what = words_join(call->args.rest, call->args.rest_count);
    visit_services(session, &examination);
    r = run_apart(session, APART_LAST, examine_confined, &examination, error);
    clear_examination(&examination);
    return r;
}

static int
run_expiry(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *typed = arg(call, "days");
    time_t now = session->clock(session);
    struct expiries expiries;
    struct doctor doctor;
    bool expired, soon;
    int r;

    if (session_reload(session, error) != 0)
        return -1;
    doctor = session_doctor(session);
    if (expiries_read(&doctor, &expiries, error) != 0)
        return -1;
    if (typed != NULL)
        expiries_keep(&expiries, now + (time_t)atol(typed) * 86400);
    print_expiries(session, &expiries, now);
    expired = expiries.count > 0 && expiries.all[0].end < now;
    soon = expiries.count > 0 &&
           (typed != NULL ||
            expiries.all[0].end < now + (time_t)DIAGNOSE_SOON_DAYS * 86400);
    r = verdict(session, expired, soon, error);
    expiries_clear(&expiries);
    return r;
}

const struct command cmd_pki[] = {
    { "pki", NULL, RECALL, 0, run_usage, .roles = ROLE_CRYPTO },
    { "pki list", NULL, SEEN, 0, run_list, .source = TAC_217320,
      .roles = ROLE_CRYPTO, .names = true },
    { "pki inspect <filename>", NULL, SEEN, 0, run_inspect,
      .source = TAC_216549, .roles = ROLE_CRYPTO, .reads = true,
      .hint = hint_inspect },
    { "pki match <key> <certificate>", NULL, RECALL, 0, run_match,
      .roles = ROLE_CRYPTO, .reads = true, .hint = hint_match },
    { "pki verify <cert> <cert bundle/CA cert> [<CA cert>]", NULL, RECALL, 0,
      run_verify, .roles = ROLE_CRYPTO, .reads = true, .hint = hint_verify },
    { "pki unlock <key>", NULL, RECALL, 0, run_unlock, .roles = ROLE_CRYPTO,
      .hint = hint_unlock },
    { "pki csr <key/cert basename> <attribute>...",
      "pki csr <key/cert basename> <CN:value> [OU:<value>] [O:<value>] "
      "[ST:<-value>] [C:<value>] [subjectAltName:<value>]",
      SEEN, 0, run_csr, .source = TAC_214618, .roles = ROLE_CRYPTO,
      .hint = hint_csr },
    { "pki selfsigned <key/cert basename> [<attribute>...]",
      "pki selfsigned <key/cert basename> [<attribute>:<value>]", SEEN, 0,
      run_selfsigned, .source = PLAYBOOK_2 | PLAYBOOK_3, .roles = ROLE_CRYPTO,
      .hint = hint_selfsigned },
    { "pki sign <csr/cert basename> <CA key/cert basename>", NULL, SEEN, 0,
      run_sign, .source = PLAYBOOK_3, .roles = ROLE_CRYPTO, .hint = hint_sign },
    { "pki pkcs12-to-ssh <username>", NULL, RECALL, 0, run_pkcs12_to_ssh,
      .roles = ROLE_CRYPTO },
    { "pki doctor [<examined>...]", "pki doctor [<filename>|<service>]", GUESS,
      0, run_doctor, .roles = ROLE_CRYPTO, .outside = true, .ours = true },
    { "pki expiry [<days>]", NULL, GUESS, 0, run_expiry, .roles = ROLE_CRYPTO,
      .reads = true, .ours = true },
    { NULL },
};

/*
 * What is wrong with services: their files, whom they trust, what is missing.
 */
#include "services/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

struct room {
    void *scratch;
    struct settings *settings;
    struct doctor doctor;
};

static int
setup(void **state)
{
    struct room *room = calloc(1, sizeof(*room));

    if (room == NULL || scratch_setup(&room->scratch) != 0)
        return -1;
    room->settings = settings_new();
    room->doctor = (struct doctor){
        .store = ((struct scratch *)room->scratch)->store,
        .settings = room->settings,
        .catalog = catalog_cms,
        .release = CMS_2,
        .now = TEST_NOW,
    };
    *state = room;
    return 0;
}

static int
teardown(void **state)
{
    struct room *room = *state;
    int r;

    settings_free(room->settings);
    r = scratch_teardown(&room->scratch);
    free(room);
    return r;
}

/* Sets, and puts the file there. */
static void
give(struct room *room, const char *key, const char *file)
{
    fixture_store(room->doctor.store, file);
    settings_set(room->settings, key, file);
}

static void
expect(struct hints *hints, const char *want)
{
    struct blob text = { 0 };
    size_t i;

    blob_text(&text, "");
    for (i = 0; i < hints->count; i++) {
        blob_text(&text, i > 0 ? " " : "");
        blob_text(&text, hint_name(hints->all[i].id));
    }
    if (text.data == NULL)
        assert_string_equal("", want);
    else
        assert_string_equal((const char *)text.data, want);
    blob_clear(&text);
    hints_clear(hints);
}

static void
expect_service(struct room *room, const char *name, const char *want)
{
    struct hints hints = { 0 };
    struct scope scope;

    assert_true(scope_find(room->settings, catalog_cms, room->doctor.release,
                           name, &scope));
    doctor_service(&room->doctor, &scope, &hints);
    expect(&hints, want);
}

static void
test_service(void **state)
{
    struct room *room = *state;

    expect_service(room, "webadmin", "incomplete incomplete");
    settings_set(room->settings, "webadmin.listen", "a");
    give(room, "webadmin.key", "leaf.key");
    give(room, "webadmin.cert", "leaf.crt");
    give(room, "webadmin.bundle", "bundle.crt");
    expect_service(room, "webadmin", "");
    give(room, "webadmin.bundle", "bundle-reversed.crt");
    expect_service(room, "webadmin", "chain-order");
    settings_set(room->settings, "webadmin.bundle", "missing.crt");
    expect_service(room, "webadmin", "file-missing");
    settings_set(room->settings, "webadmin.bundle", NULL);
    /* Web Admin is a server, a Call Bridge is a client as well. */
    give(room, "webadmin.cert", "server-only.crt");
    expect_service(room, "webadmin", "");
    settings_set(room->settings, "callbridge.listen", "a");
    give(room, "callbridge.key", "leaf.key");
    give(room, "callbridge.cert", "server-only.crt");
    expect_service(room, "callbridge", "eku-no-client");
}

/* What enable would refuse, and nothing that it takes. */
static void
test_incomplete(void **state)
{
    static const struct {
        const char *service, *set[4], *want;
    } table[] = {
        { "turn", { "listen" }, "" },
        { "turn", { "listen", "tls" }, "incomplete" },
        { "turn", { "listen", "tls", "key", "cert" }, "" },
        { "streamer", { "sip.interface", "sip.tcp" }, "" },
        { "streamer", { "sip.interface", "sip.tls" }, "incomplete" },
        { "scheduler", { "c2w.key", "c2w.cert" }, "" },
        { "scheduler",
          { "c2w.key", "c2w.cert", "https.listen" },
          "incomplete" },
        { "uploader",
          { "nfs" },
          "incomplete incomplete incomplete incomplete "
          "incomplete incomplete" },
    };
    struct room *room = *state;
    size_t i, j;

    room->doctor.release = CMS_3;
    fixture_store(room->doctor.store, "leaf.key");
    fixture_store_as(room->doctor.store, "fullchain.crt", "leaf.crt");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const char *service = table[i].service;

        for (j = 0; j < 4 && table[i].set[j] != NULL; j++) {
            const char *name = table[i].set[j];
            char *key = xasprintf("%s.%s", service, name);

            settings_set(room->settings, key,
                         strstr(name, "key") != NULL    ? "leaf.key"
                         : strstr(name, "cert") != NULL ? "leaf.crt"
                                                        : "5349");
            free(key);
        }
        expect_service(room, service, table[i].want);
        settings_free(room->settings);
        room->doctor.settings = room->settings = settings_new();
    }
}

static void
test_names(void **state)
{
    struct room *room = *state;

    settings_set(room->settings, "xmpp.domain", "www.example.com");
    settings_set(room->settings, "xmpp.listen", "a");
    give(room, "xmpp.key", "leaf.key");
    give(room, "xmpp.cert", "leaf.crt");
    expect_service(room, "xmpp", "");
    settings_set(room->settings, "xmpp.domain", "chat.example.com");
    expect_service(room, "xmpp", "name-not-covered");
    give(room, "xmpp.cert", "wildcard.crt");
    expect_service(room, "xmpp", "");
    settings_set(room->settings, "xmpp.domain", "chat.b.example.com");
    expect_service(room, "xmpp", "name-wildcard");
}

/* Each file that a service has is looked at, whatever for. */
static void
test_every_file(void **state)
{
    static const struct {
        unsigned release;
        const char *service, *key;
    } table[] = {
        { CMS_3, "callbridge", "ucm.certs" },
        { CMS_3, "callbridge", "imps.certs" },
        { CMS_3, "callbridge", "trust.branding" },
        { CMS_3, "callbridge", "trust.cluster" },
        { CMS_2, "callbridge", "trust.edge" },
        { CMS_2, "callbridge", "trust.xmpp" },
        { CMS_2, "tls", "sip.trust" },
        { CMS_3, "tls", "ldap.trust" },
        { CMS_3, "scheduler", "email.trust" },
        { CMS_3, "uploader", "rev.trust" },
        { CMS_2, "xmpp", "cluster.trust" },
        { CMS_2, "webbridge", "trust_xmpp" },
        { CMS_2, "h323_gateway", "trust" },
        { CMS_2, "sipedge", "trust" },
        { CMS_2, "loadbalancer", "trust" },
        { CMS_2, "trunk", "trust" },
    };
    struct room *room = *state;
    size_t i;

    fixture_store(room->doctor.store, "glued.crt");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct service *service = NULL;
        struct hints hints = { 0 };
        struct scope scope;

        while ((service = service_next(catalog_cms, service,
                                       table[i].release)) != NULL &&
               strcmp(service->name, table[i].service) != 0)
            ;
        scope = (struct scope){ room->settings, service,
                                service->tagged ? "one" : NULL };
        if (service->tagged) {
            settings_append(room->settings, service->name);
            settings_set_entry(room->settings, service->name, 0, "tag", "one");
        }
        scope_set(&scope, table[i].key, "glued.crt");
        doctor_assigned(&room->doctor, &scope, NULL, table[i].key, &hints);
        expect(&hints, "bundle-glued");
        room->doctor.release = table[i].release;
        doctor_all(&room->doctor, &hints);
        assert_string_equal(hint_name(hints.all[0].id), "bundle-glued");
        assert_int_equal(
            strncmp(hints.all[0].service, service->name, strlen(service->name)),
            0);
        hints_clear(&hints);
        scope_set(&scope, table[i].key, NULL);
    }
}

/* What is not read is told, too. */
static void
test_unread(void **state)
{
    const struct doctor_file file = { "big.crt", DIAGNOSE_ANY };
    struct room *room = *state;
    struct hints hints = { 0 };

    assert_int_equal(STORE_MAX_FILE, 16 * 1024 * 1024);
    settings_set(room->settings, "webadmin.listen", "a");
    give(room, "webadmin.key", "leaf.key");
    settings_set(room->settings, "webadmin.cert", "big.crt");
    run_shell(room->scratch, "truncate -s 16M big.crt", NULL);
    expect_service(room, "webadmin", "file-unknown");
    run_shell(room->scratch, "truncate -s +1 big.crt", NULL);
    expect_service(room, "webadmin", "file-too-large");
    doctor_files(&room->doctor, &file, 1, false, &hints);
    expect(&hints, "file-too-large");
    run_shell(room->scratch, "rm big.crt; ln -s leaf.key big.crt", NULL);
    expect_service(room, "webadmin", "file-unreadable");
    run_shell(room->scratch, "rm big.crt", NULL);
    expect_service(room, "webadmin", "file-missing");
}

/* What no setting tells is stated. */
static void
test_stated_names(void **state)
{
    static char webadmin[] = "webadmin", other[] = "callbridge",
                covered[] = "WWW.example.com", chat[] = "chat.example.com",
                deep[] = "a.b.example.com", address[] = "192.0.2.7",
                elsewhere[] = "192.0.2.8";
    static const struct {
        char *service, *host;
        const char *cert, *want;
    } table[] = {
        { webadmin, covered, "leaf.crt", "" },
        { webadmin, chat, "leaf.crt", "name-not-covered" },
        { other, chat, "leaf.crt", "" },
        { webadmin, address, "leaf.crt", "" },
        { webadmin, elsewhere, "leaf.crt", "name-not-covered" },
        { webadmin, address, "ip-as-dns.crt",
          "name-ip-as-dns name-not-covered" },
        { webadmin, chat, "wildcard.crt", "" },
        { webadmin, deep, "wildcard.crt", "name-wildcard" },
        { webadmin, chat, "cn-only.crt", "name-cn-only name-not-covered" },
    };
    struct room *room = *state;
    size_t i;

    settings_set(room->settings, "webadmin.listen", "a");
    give(room, "webadmin.key", "leaf.key");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct stated_name name = { table[i].service, table[i].host };

        room->doctor.names = &name;
        room->doctor.name_count = 1;
        give(room, "webadmin.cert", table[i].cert);
        expect_service(room, "webadmin", table[i].want);
    }
    /* A join URL is looked for in what browsers see, not in C2W's. */
    room->doctor.release = CMS_3;
    settings_set(room->settings, "webbridge3.c2w.listen", "a:9999");
    give(room, "webbridge3.c2w.key", "leaf.key");
    give(room, "webbridge3.c2w.cert", "fullchain.crt");
    {
        static char webbridge3[] = "webbridge3";
        const struct stated_name name = { webbridge3, chat };
        struct hints hints = { 0 };
        struct scope scope;

        room->doctor.names = &name;
        assert_true(scope_find(room->settings, catalog_cms, CMS_3, "webbridge3",
                               &scope));
        doctor_service(&room->doctor, &scope, &hints);
        assert_false(hints_has(&hints, HINT_NAME_NOT_COVERED));
        hints_clear(&hints);
        give(room, "webbridge3.https.key", "leaf.key");
        give(room, "webbridge3.https.cert", "fullchain.crt");
        doctor_service(&room->doctor, &scope, &hints);
        assert_true(hints_has(&hints, HINT_NAME_NOT_COVERED));
        hints_clear(&hints);
    }
}

/* Each domain has a certificate of its own, and no other is asked for it. */
static void
test_domains(void **state)
{
    static const struct {
        const char *domain, *key, *cert;
    } entries[] = {
        { "www.example.com", "leaf.key", "leaf.crt" },
        { "chat.example.com", "leaf.key", "leaf.crt" },
        { "chat.example.com", "leaf.key", "wildcard.crt" },
        { "www.example.com", "other.key", "leaf.crt" },
    };
    static const char *const wants[] = { "", "name-not-covered", "",
                                         "pair-mismatch pair-other-key" };
    struct room *room = *state;
    struct hints hints = { 0 };
    struct scope xmpp;
    size_t i;

    assert_true(scope_find(room->settings, catalog_cms, CMS_2, "xmpp", &xmpp));
    settings_set(room->settings, "xmpp.domain", "www.example.com");
    settings_set(room->settings, "xmpp.listen", "a");
    give(room, "xmpp.key", "leaf.key");
    give(room, "xmpp.cert", "leaf.crt");
    for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        const char *list = "xmpp.domains";

        assert_int_equal(settings_append(room->settings, list), 0);
        fixture_store(room->doctor.store, entries[i].key);
        fixture_store(room->doctor.store, entries[i].cert);
        settings_set_entry(room->settings, list, 0, "domain",
                           entries[i].domain);
        settings_set_entry(room->settings, list, 0, "key", entries[i].key);
        settings_set_entry(room->settings, list, 0, "cert", entries[i].cert);
        settings_set_entry(room->settings, list, 0, "bundle", "none");
        expect_service(room, "xmpp", wants[i]);
        doctor_assigned(&room->doctor, &xmpp, "domains",
                        "domain key cert bundle", &hints);
        expect(&hints, wants[i]);
        settings_drop(room->settings, list, 0);
    }
    /* One is enough for all services to be looked at. */
    settings_free(room->settings);
    room->doctor.settings = room->settings = settings_new();
    settings_append(room->settings, "xmpp.domains");
    settings_set_entry(room->settings, "xmpp.domains", 0, "cert", "gone.crt");
    doctor_all(&room->doctor, &hints);
    assert_true(hints.count > 0);
    assert_string_equal(hint_name(hints.all[0].id), "file-missing");
    hints_clear(&hints);
}

/* A Web Bridge trusts the Call Bridge's certificate, not who issued it. */
static void
test_trust(void **state)
{
    struct room *room = *state;

    settings_set(room->settings, "webbridge.listen", "b");
    settings_set(room->settings, "webbridge.enabled", "enable");
    give(room, "webbridge.key", "leaf.key");
    give(room, "webbridge.cert", "leaf.crt");
    /* The Call Bridge may be on another machine. */
    expect_service(room, "webbridge", "trust-unset");
    settings_set(room->settings, "webbridge.enabled", NULL);
    expect_service(room, "webbridge", "");
    settings_set(room->settings, "webbridge.enabled", "enable");
    give(room, "callbridge.key", "leaf.key");
    give(room, "callbridge.cert", "leaf.crt");
    give(room, "callbridge.bundle", "bundle.crt");
    expect_service(room, "webbridge", "trust-unset");
    give(room, "webbridge.trust", "other.crt");
    expect_service(room, "webbridge", "trust-not-peer");
    give(room, "webbridge.trust", "root.crt");
    expect_service(room, "webbridge", "trust-issuer");
    give(room, "webbridge.trust", "inter.crt");
    expect_service(room, "webbridge", "trust-issuer");
    give(room, "webbridge.trust", "leaf-crt.der");
    expect_service(room, "webbridge", "file-der");
    give(room, "webbridge.trust", "fullchain.crt");
    expect_service(room, "webbridge", "");
}

/* On an Edge there is no Call Bridge: what listens for one tells. */
static void
test_trust_of_edge(void **state)
{
    struct room *room = *state;

    room->doctor.release = CMS_3;
    settings_set(room->settings, "webbridge3.enabled", "enable");
    settings_set(room->settings, "webbridge3.https.listen", "a:443");
    give(room, "webbridge3.https.key", "leaf.key");
    give(room, "webbridge3.https.cert", "fullchain.crt");
    expect_service(room, "webbridge3", "");
    settings_set(room->settings, "webbridge3.c2w.listen", "a:9999");
    give(room, "webbridge3.c2w.key", "leaf.key");
    give(room, "webbridge3.c2w.cert", "fullchain.crt");
    expect_service(room, "webbridge3", "trust-unset");
    give(room, "webbridge3.c2w.trust", "root.crt");
    expect_service(room, "webbridge3", "");
    /* A scheduler always asks a Web Bridge; a Call Bridge may have none. */
    settings_set(room->settings, "scheduler.enabled", "enable");
    give(room, "scheduler.c2w.key", "leaf.key");
    give(room, "scheduler.c2w.cert", "fullchain.crt");
    expect_service(room, "scheduler", "trust-unset");
    settings_set(room->settings, "webbridge3.c2w.cert", NULL);
    settings_set(room->settings, "callbridge.listen", "a");
    give(room, "callbridge.key", "leaf.key");
    give(room, "callbridge.cert", "leaf.crt");
    expect_service(room, "callbridge", "");
}

static void
test_ports(void **state)
{
    struct room *room = *state;

    settings_set(room->settings, "webadmin.listen", "a");
    settings_set(room->settings, "webadmin.enabled", "enable");
    give(room, "webadmin.key", "leaf.key");
    give(room, "webadmin.cert", "leaf.crt");
    settings_set(room->settings, "webbridge.listen", "a");
    give(room, "webbridge.key", "leaf.key");
    give(room, "webbridge.cert", "leaf.crt");
    expect_service(room, "webbridge", "port-clash");
    settings_set(room->settings, "webbridge.listen", "b");
    expect_service(room, "webbridge", "");
}

/* Which key is meant, and what the wrong one belongs to. */
static void
test_search(void **state)
{
    const struct doctor_file files[] = { { "leaf.key", DIAGNOSE_KEY },
                                         { "dbclient.crt", DIAGNOSE_CERT } };
    struct room *room = *state;
    struct hints hints = { 0 };

    fixture_store_as(room->doctor.store, "other.key", "leaf.key");
    fixture_store(room->doctor.store, "dbclient.crt");
    doctor_files(&room->doctor, files, 2, false, &hints);
    expect(&hints, "pair-mismatch");
    fixture_store_as(room->doctor.store, "leaf.key", "old.key");
    doctor_files(&room->doctor, files, 2, false, &hints);
    assert_string_equal(hints.all[1].one, "old.key");
    expect(&hints, "pair-mismatch pair-other-key");
}

/* A request of the key is told where it may be the one that was not signed, and
   nowhere else.  rsa1024.crt has the subject of leaf.csr. */
static void
test_newer_request(void **state)
{
    static const struct {
        const char *csr, *cert, *other_key, *want;
    } table[] = {
        { "leaf.csr", "rsa1024.crt", NULL,
          "pair-mismatch key-short pair-newer-csr" },
        { NULL, "rsa1024.crt", NULL, "pair-mismatch key-short" },
        /* of another basename */
        { "other.csr", "rsa1024.crt", NULL, "pair-mismatch key-short" },
        /* for another subject */
        { "leaf.csr", "ec.crt", NULL,
          "pair-mismatch key-not-rsa name-cn-only" },
        /* the certificate's key is there */
        { "leaf.csr", "rsa1024.crt", "rsa1024.key",
          "pair-mismatch key-short pair-other-key" },
    };
    struct room *room = *state;
    struct store *store = room->doctor.store;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const char *cert = table[i].cert;
        const struct doctor_file files[] = { { "leaf.key", DIAGNOSE_KEY },
                                             { cert, DIAGNOSE_CERT } };
        struct hints hints = { 0 };

        assert_int_equal(run_shell(room->scratch, "rm -f *", NULL), 0);
        fixture_store(store, "leaf.key");
        fixture_store(store, cert);
        if (table[i].csr != NULL)
            fixture_store_as(store, "leaf.csr", table[i].csr);
        if (table[i].other_key != NULL)
            fixture_store(store, table[i].other_key);
        doctor_files(&room->doctor, files, 2, false, &hints);
        expect(&hints, table[i].want);
    }
}

/* Is the key found when it is the n-th file that could be one? */
static bool
finds_nth(struct room *room, size_t n)
{
    const struct doctor_file files[] = { { "wrong.key", DIAGNOSE_KEY },
                                         { "server-only.crt", DIAGNOSE_CERT } };
    char *command = xasprintf("rm -f * && seq -f '%%05g.key' %zu | xargs touch "
                              "&& touch 00000.txt",
                              n - 1);
    struct hints hints = { 0 };
    bool found;

    assert_int_equal(run_shell(room->scratch, command, NULL), 0);
    fixture_store_as(room->doctor.store, "leaf.key", "99999.key");
    fixture_store_as(room->doctor.store, "other.key", files[0].name);
    fixture_store(room->doctor.store, files[1].name);
    doctor_files(&room->doctor, files, 2, false, &hints);
    assert_true(hints_has(&hints, HINT_PAIR_MISMATCH));
    found = hints_has(&hints, HINT_PAIR_OTHER_KEY);
    hints_clear(&hints);
    free(command);
    return found;
}

/* Other files do not count. */
static void
test_search_limit(void **state)
{
    assert_int_equal(DOCTOR_SEARCH_MAX, 1000);
    assert_true(finds_nth(*state, DOCTOR_SEARCH_MAX));
    assert_false(finds_nth(*state, DOCTOR_SEARCH_MAX + 1));
}

/* The client of the database: its CN, its usages, its end. */
static void
test_offered(void **state)
{
    static const struct {
        const char *cert, *want;
    } offers[] = {
        { "dbclient.crt", "" },
        { "dbclient-typo.crt", "client-cn" },
        { "leaf.crt", "client-cn" },
        { "server-only.crt", "client-cn eku-no-client" },
        { "soon.crt", "client-cn expires-soon" },
    };
    struct room *room = *state;
    size_t i;

    fixture_store(room->doctor.store, "leaf.key");
    fixture_store(room->doctor.store, "bundle.crt");
    for (i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
        const struct doctor_file files[] = {
            { "leaf.key", DIAGNOSE_KEY },
            { offers[i].cert, DIAGNOSE_CERT },
            { "bundle.crt", DIAGNOSE_TRUST },
        };
        struct hints hints = { 0 };

        fixture_store(room->doctor.store, offers[i].cert);
        doctor_offered(&room->doctor, "database cluster",
                       DIAGNOSE_CLIENT | DIAGNOSE_DATABASE, files, 3, &hints);
        if (hints.count > 0)
            assert_string_equal(hints.all[0].service, "database cluster");
        expect(&hints, offers[i].want);
    }
}

static void
test_request(void **state)
{
    struct room *room = *state;
    struct hints hints = { 0 };

    fixture_store(room->doctor.store, "leaf.key");
    fixture_store(room->doctor.store, "leaf.csr");
    fixture_store(room->doctor.store, "leaf.crt");
    doctor_request(&room->doctor, "leaf", &hints);
    expect(&hints, "");
    fixture_store_as(room->doctor.store, "other.crt", "leaf.crt");
    doctor_request(&room->doctor, "leaf", &hints);
    expect(&hints, "cert-not-of-key");
    settings_set(room->settings, "callbridge.key", "leaf.key");
    doctor_request(&room->doctor, "leaf", &hints);
    expect(&hints, "key-replaced cert-not-of-key");
}

/* What a listener shows, against the files that are set. */
static void
test_presented(void **state)
{
    static const struct {
        const char *cert, *bundle, *actual, *want, *file;
    } table[] = {
        { "leaf.crt", NULL, "leaf.crt", "" },
        { "leaf-crt.der", NULL, "leaf.crt", "" },
        { "leaf.crt", NULL, "wildcard.crt", "not-restarted", "leaf.crt" },
        { "leaf.crt", "bundle.crt", "fullchain.crt", "" },
        { "leaf.crt", "bundle.crt", "leaf.crt", "not-restarted", "bundle.crt" },
        { "leaf.crt", "inter.crt", "fullchain.crt", "not-restarted",
          "inter.crt" },
        { "leaf.crt", "bundle.crt", "chain-no-root.crt", "not-restarted",
          "bundle.crt" },
        { "leaf.crt", "bundle.crt", "chain-inter-again.crt", "not-restarted",
          "bundle.crt" },
        { "leaf.crt", NULL, "fullchain.crt", "not-restarted", "leaf.crt" },
        { "fullchain.crt", NULL, "fullchain.crt", "" },
        { "fullchain.crt", NULL, "chain-no-root.crt", "not-restarted",
          "fullchain.crt" },
        { "fullchain.crt", NULL, "chain-inter-again.crt", "not-restarted",
          "fullchain.crt" },
        { "leaf.crt", NULL, NULL, "not-presented" },
    };
    struct room *room = *state;
    char place[] = "127.0.0.1:443";
    struct scope scope;
    size_t i;

    assert_true(
        scope_find(room->settings, catalog_cms, CMS_2, "webadmin", &scope));
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct presented presented = { .place = place,
                                       .cert = "cert",
                                       .bundle = "bundle" };
        struct hints hints = { 0 };

        give(room, "webadmin.cert", table[i].cert);
        settings_set(room->settings, "webadmin.bundle", NULL);
        if (table[i].bundle != NULL)
            give(room, "webadmin.bundle", table[i].bundle);
        if (table[i].actual != NULL)
            presented.actual = fixture(table[i].actual);
        doctor_presented(&room->doctor, &scope, &presented, 1, &hints);
        if (table[i].file != NULL && hints.count > 0)
            assert_string_equal(hints.all[0].file, table[i].file);
        else if (hints.count > 0)
            assert_string_equal(hints.all[0].one, place);
        expect(&hints, table[i].want);
        blob_clear(&presented.actual);
    }
}

static void
test_all(void **state)
{
    struct room *room = *state;
    struct hints hints = { 0 };

    doctor_all(&room->doctor, &hints);
    expect(&hints, "");
    fixture_store(room->doctor.store, "glued.crt");
    fixture_store(room->doctor.store, "leaf.crt");
    put_text(room->doctor.store, "notes.txt", "no certificate");
    doctor_all(&room->doctor, &hints);
    expect(&hints, "bundle-glued");
    give(room, "turn.cert", "expired.crt");
    settings_set(room->settings, "turn.listen", "a");
    doctor_all(&room->doctor, &hints);
    assert_string_equal(hints.all[0].service, "turn");
    expect(&hints, "expired bundle-glued name-cn-only");
}

static void
test_expiries(void **state)
{
    struct room *room = *state;
    struct expiries expiries;
    struct error error;

    fixture_store(room->doctor.store, "fullchain.crt");
    fixture_store(room->doctor.store, "expired.crt");
    fixture_store(room->doctor.store, "leaf-crt.der");
    fixture_store(room->doctor.store, "leaf.key");
    fixture_store(room->doctor.store, "glued.crt");
    give(room, "webadmin.cert", "soon.crt");
    assert_int_equal(doctor_expiries(&room->doctor, &expiries, &error), 0);
    assert_int_equal(expiries.count, 6);
    assert_string_equal(expiries.all[0].file, "expired.crt");
    assert_null(expiries.all[0].users);
    assert_string_equal(expiries.all[1].file, "soon.crt");
    assert_string_equal(expiries.all[1].users, "webadmin");
    assert_int_equal(expiries.all[1].end, 1781913600); /* 2026-06-20 */
    assert_string_equal(expiries.all[2].file, "fullchain.crt");
    assert_int_equal(expiries.all[4].element, 3);
    assert_string_equal(expiries.all[4].subject,
                        "O=Example, CN=Example Root CA");
    expiries_keep(&expiries, 1781913601);
    assert_int_equal(expiries.count, 2);
    expiries_keep(&expiries, 0);
    assert_int_equal(expiries.count, 0);
    expiries_clear(&expiries);
}

/* A clock that can not be right, by the files and by the certificates. */
static void
test_clock(void **state)
{
    const struct doctor_file future = { "future.crt", DIAGNOSE_CERT };
    const struct doctor_file old[] = { { "leaf.crt", DIAGNOSE_CERT },
                                       { "bundle.crt", DIAGNOSE_BUNDLE } };
    const time_t day = 86400, end = 2524607999; /* 2049-12-31 23:59:59 */
    struct room *room = *state;
    struct store *store = room->doctor.store;
    struct hints hints = { 0 };
    struct error error;

    fixture_store(store, "future.crt");
    assert_int_equal(store_set_date(store, STORE_FILES, "future.crt",
                                    TEST_NOW + day, &error),
                     0);
    doctor_files(&room->doctor, &future, 1, false, &hints);
    expect(&hints, "not-yet-valid name-cn-only");
    assert_int_equal(store_set_date(store, STORE_FILES, "future.crt",
                                    TEST_NOW + day + 1, &error),
                     0);
    doctor_files(&room->doctor, &future, 1, false, &hints);
    expect(&hints, "not-yet-valid clock-off name-cn-only");
    doctor_all(&room->doctor, &hints);
    expect(&hints, "not-yet-valid clock-off name-cn-only");

    fixture_store(store, "leaf.crt");
    fixture_store(store, "bundle.crt");
    room->doctor.now = end + DOCTOR_OVER_DAYS * day - 1;
    doctor_files(&room->doctor, old, 2, false, &hints);
    expect(&hints, "expired ca-expired ca-expired");
    room->doctor.now++;
    doctor_files(&room->doctor, old, 2, false, &hints);
    assert_string_equal(hints.all[3].one, "2050-12-31");
    expect(&hints, "expired ca-expired ca-expired clock-off");
    /* One alone has been forgotten. */
    doctor_files(&room->doctor, old, 1, false, &hints);
    assert_false(hints_has(&hints, HINT_CLOCK_OFF));
    hints_clear(&hints);
}

/* A file in use that hides its certificates is no file without. */
static void
test_expiries_unread(void **state)
{
    static const struct {
        const char *key, *file, *fixture;
        bool unread;
    } table[] = {
        { "webadmin.cert", "a.crt", "leaf.crt", false },
        { "webadmin.cert", "a.crt", "leaf-crt.der", false },
        { "webadmin.cert", "a.crt", "preamble.crt", false },
        { "webadmin.cert", "a.crt", "glued.crt", true },
        { "webadmin.cert", "a.crt", "cut.crt", true },
        { "webadmin.cert", "a.crt", "badder.crt", true },
        { "webadmin.cert", "a.crt", "html.crt", true },
        { "webadmin.cert", "a.crt", "leaf.key", true },
        { "webadmin.bundle", "a.crt", "glued.crt", true },
        { "callbridge.trust.edge", "a.crt", "glued.crt", true },
        { "webadmin.bundle", "gone.crt", NULL, true },
        { "webadmin.key", "a.key", "leaf.key", false },
        { "webadmin.key", "a.key", "html.crt", false },
        { "webadmin.listen", "a.crt", "glued.crt", false },
    };
    struct room *room = *state;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct expiries expiries;
        struct error error;
        bool unread;

        run_shell(room->scratch, "rm -f *", NULL);
        if (table[i].fixture != NULL)
            fixture_store_as(room->doctor.store, table[i].fixture,
                             table[i].file);
        settings_set(room->settings, table[i].key, table[i].file);
        assert_int_equal(doctor_expiries(&room->doctor, &expiries, &error), 0);
        expiries_keep(&expiries, 1);
        unread = expiries.count == 1 && expiries.all[0].unread;
        if (unread != table[i].unread)
            fail_msg("%s %s: unread", table[i].key, table[i].fixture);
        if (unread)
            assert_non_null(expiries.all[0].users);
        settings_set(room->settings, table[i].key, NULL);
        expiries_clear(&expiries);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_service, setup, teardown),
        cmocka_unit_test_setup_teardown(test_incomplete, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stated_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_domains, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trust, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trust_of_edge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ports, setup, teardown),
        cmocka_unit_test_setup_teardown(test_search, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_search_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_offered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presented, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clock, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expiries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expiries_unread, setup, teardown),
    };

    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}

/*
 * What is wrong with services: their files, whom they trust, what is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/services/doctor_room.h"

static void
expect_service(struct room *room, const char *name, const char *want)
{
    struct hints hints = { 0 };
    struct scope scope;

    assert_true(scope_find(room->settings, catalog_cms, room->doctor.release,
                           name, &scope));
    doctor_service(&room->doctor, &scope, &hints);
    expect_hints(&hints, want);
}

static void
test_service(void **state)
{
    struct room *room = *state;

    expect_service(room, "webadmin", "incomplete incomplete");
    settings_set(room->settings, "webadmin.listen", "a");
    room_give(room, "webadmin.key", "leaf.key");
    room_give(room, "webadmin.cert", "leaf.crt");
    room_give(room, "webadmin.bundle", "bundle.crt");
    expect_service(room, "webadmin", "");
    room_give(room, "webadmin.bundle", "bundle-reversed.crt");
    expect_service(room, "webadmin", "chain-order");
    settings_set(room->settings, "webadmin.bundle", "missing.crt");
    expect_service(room, "webadmin", "file-missing");
    settings_set(room->settings, "webadmin.bundle", NULL);
    /* Web Admin is a server, a Call Bridge is a client as well. */
    room_give(room, "webadmin.cert", "server-only.crt");
    room_give(room, "webadmin.bundle", "bundle.crt");
    expect_service(room, "webadmin", "");
    settings_set(room->settings, "callbridge.listen", "a");
    room_give(room, "callbridge.key", "leaf.key");
    room_give(room, "callbridge.cert", "server-only.crt");
    room_give(room, "callbridge.bundle", "bundle.crt");
    expect_service(room, "callbridge", "eku-no-client");
}

/* One certificate is sent, and who signed it is no root but in another file;
   where no file has it nobody knows what it is. */
static void
test_bundle_unset(void **state)
{
    static const struct {
        const char *cert, *other, *want;
    } table[] = {
        { "leaf.crt", NULL, "" },
        { "leaf.crt", "inter.crt", "bundle-unset" },
        { "leaf.crt", "bundle.crt", "bundle-unset" },
        { "fullchain.crt", "inter.crt", "" },
        /* A root has signed it. */
        { "inter.crt", "root.crt", "pair-mismatch bundle-as-certificate" },
    };
    struct room *room = *state;
    size_t i;

    settings_set(room->settings, "webadmin.listen", "a");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(run_shell(room->scratch, "rm -f *", NULL), 0);
        room_give(room, "webadmin.key", "leaf.key");
        room_give(room, "webadmin.cert", table[i].cert);
        if (table[i].other != NULL)
            fixture_store_as(room->doctor.store, table[i].other, "ca.crt");
        expect_service(room, "webadmin", table[i].want);
    }
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
    room_give(room, "xmpp.key", "leaf.key");
    room_give(room, "xmpp.cert", "leaf.crt");
    expect_service(room, "xmpp", "");
    settings_set(room->settings, "xmpp.domain", "chat.example.com");
    expect_service(room, "xmpp", "name-not-covered");
    room_give(room, "xmpp.cert", "wildcard.crt");
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
        expect_hints(&hints, "bundle-glued");
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
    room_give(room, "webadmin.key", "leaf.key");
    settings_set(room->settings, "webadmin.cert", "big.crt");
    run_shell(room->scratch, "truncate -s 16M big.crt", NULL);
    expect_service(room, "webadmin", "file-unknown");
    run_shell(room->scratch, "truncate -s +1 big.crt", NULL);
    expect_service(room, "webadmin", "file-too-large");
    doctor_files(&room->doctor, &file, 1, false, &hints);
    expect_hints(&hints, "file-too-large");
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
    room_give(room, "webadmin.key", "leaf.key");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct stated_name name = { table[i].service, table[i].host };

        room->doctor.names = &name;
        room->doctor.name_count = 1;
        room_give(room, "webadmin.cert", table[i].cert);
        expect_service(room, "webadmin", table[i].want);
    }
    /* A join URL is looked for in what browsers see, not in C2W's. */
    room->doctor.release = CMS_3;
    settings_set(room->settings, "webbridge3.c2w.listen", "a:9999");
    room_give(room, "webbridge3.c2w.key", "leaf.key");
    room_give(room, "webbridge3.c2w.cert", "fullchain.crt");
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
        room_give(room, "webbridge3.https.key", "leaf.key");
        room_give(room, "webbridge3.https.cert", "fullchain.crt");
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
    room_give(room, "xmpp.key", "leaf.key");
    room_give(room, "xmpp.cert", "leaf.crt");
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
        expect_hints(&hints, wants[i]);
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
    room_give(room, "webbridge.key", "leaf.key");
    room_give(room, "webbridge.cert", "leaf.crt");
    room_give(room, "webbridge.bundle", "bundle.crt");
    /* The Call Bridge may be on another machine. */
    expect_service(room, "webbridge", "trust-unset");
    settings_set(room->settings, "webbridge.enabled", NULL);
    expect_service(room, "webbridge", "");
    settings_set(room->settings, "webbridge.enabled", "enable");
    room_give(room, "callbridge.key", "leaf.key");
    room_give(room, "callbridge.cert", "leaf.crt");
    room_give(room, "callbridge.bundle", "bundle.crt");
    expect_service(room, "webbridge", "trust-unset");
    room_give(room, "webbridge.trust", "other.crt");
    expect_service(room, "webbridge", "trust-not-peer");
    room_give(room, "webbridge.trust", "root.crt");
    expect_service(room, "webbridge", "trust-issuer");
    room_give(room, "webbridge.trust", "inter.crt");
    expect_service(room, "webbridge", "trust-issuer");
    room_give(room, "webbridge.trust", "leaf-crt.der");
    expect_service(room, "webbridge", "file-der");
    room_give(room, "webbridge.trust", "fullchain.crt");
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
    room_give(room, "webbridge3.https.key", "leaf.key");
    room_give(room, "webbridge3.https.cert", "fullchain.crt");
    expect_service(room, "webbridge3", "");
    settings_set(room->settings, "webbridge3.c2w.listen", "a:9999");
    room_give(room, "webbridge3.c2w.key", "leaf.key");
    room_give(room, "webbridge3.c2w.cert", "fullchain.crt");
    expect_service(room, "webbridge3", "trust-unset");
    room_give(room, "webbridge3.c2w.trust", "root.crt");
    expect_service(room, "webbridge3", "");
    /* A scheduler always asks a Web Bridge; a Call Bridge may have none. */
    settings_set(room->settings, "scheduler.enabled", "enable");
    room_give(room, "scheduler.c2w.key", "leaf.key");
    room_give(room, "scheduler.c2w.cert", "fullchain.crt");
    expect_service(room, "scheduler", "trust-unset");
    settings_set(room->settings, "webbridge3.c2w.cert", NULL);
    settings_set(room->settings, "callbridge.listen", "a");
    room_give(room, "callbridge.key", "leaf.key");
    room_give(room, "callbridge.cert", "leaf.crt");
    room_give(room, "callbridge.bundle", "bundle.crt");
    expect_service(room, "callbridge", "");
}

static void
test_ports(void **state)
{
    struct room *room = *state;

    settings_set(room->settings, "webadmin.listen", "a");
    settings_set(room->settings, "webadmin.enabled", "enable");
    room_give(room, "webadmin.key", "leaf.key");
    room_give(room, "webadmin.cert", "leaf.crt");
    settings_set(room->settings, "webbridge.listen", "a");
    room_give(room, "webbridge.key", "leaf.key");
    room_give(room, "webbridge.cert", "leaf.crt");
    expect_service(room, "webbridge", "port-clash");
    settings_set(room->settings, "webbridge.listen", "b");
    expect_service(room, "webbridge", "");
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

        room_give(room, "webadmin.cert", table[i].cert);
        settings_set(room->settings, "webadmin.bundle", NULL);
        if (table[i].bundle != NULL)
            room_give(room, "webadmin.bundle", table[i].bundle);
        if (table[i].actual != NULL)
            presented.actual = fixture(table[i].actual);
        doctor_presented(&room->doctor, &scope, &presented, 1, false, &hints);
        if (table[i].file != NULL && hints.count > 0)
            assert_string_equal(hints.all[0].file, table[i].file);
        else if (hints.count > 0)
            assert_string_equal(hints.all[0].one, place);
        expect_hints(&hints, table[i].want);
        /* What nobody sees from outside is told where nothing else is. */
        doctor_presented(&room->doctor, &scope, &presented, 1, true, &hints);
        expect_hints(&hints, table[i].want[0] != '\0' ? table[i].want
                                                      : "not-restarted");
        blob_clear(&presented.actual);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_service, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_bundle_unset, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_incomplete, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_every_file, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_unread, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_stated_names, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_names, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_domains, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_trust, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_trust_of_edge, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_ports, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_presented, room_setup,
                                        room_teardown),
    };

    return cmocka_run_group_tests_name("doctor_service", tests, NULL, NULL);
}

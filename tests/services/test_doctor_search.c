/*
 * What in the store would fit: which key is meant, which request, whose issuer.
 */
#include <stdlib.h>

#include "pki/xalloc.h"
#include "tests/services/doctor_room.h"

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
    expect_hints(&hints, "pair-mismatch");
    fixture_store_as(room->doctor.store, "leaf.key", "old.key");
    doctor_files(&room->doctor, files, 2, false, &hints);
    assert_string_equal(hints.all[1].one, "old.key");
    expect_hints(&hints, "pair-mismatch pair-other-key");
    /* Of copies one will do. */
    fixture_store_as(room->doctor.store, "leaf.key", "older.key");
    doctor_files(&room->doctor, files, 2, false, &hints);
    assert_string_equal(hints.all[1].one, "old.key");
    expect_hints(&hints, "pair-mismatch pair-other-key");
}

/* The key of a CA is nobody's remedy. */
static void
test_ca_presented(void **state)
{
    const struct doctor_file files[] = { { "leaf.key", DIAGNOSE_KEY },
                                         { "inter.crt", DIAGNOSE_CERT } };
    struct room *room = *state;
    struct hints hints = { 0 };

    fixture_store(room->doctor.store, "leaf.key");
    fixture_store(room->doctor.store, "inter.crt");
    fixture_store(room->doctor.store, "inter.key");
    doctor_files(&room->doctor, files, 2, false, &hints);
    expect_hints(&hints, "pair-mismatch bundle-as-certificate");
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
          "pair-mismatch pair-newer-csr key-short" },
        { NULL, "rsa1024.crt", NULL, "pair-mismatch key-short" },
        /* of another basename */
        { "other.csr", "rsa1024.crt", NULL, "pair-mismatch key-short" },
        /* for another subject */
        { "leaf.csr", "ec.crt", NULL,
          "pair-mismatch key-not-rsa name-cn-only" },
        /* the certificate's key is there */
        { "leaf.csr", "rsa1024.crt", "rsa1024.key",
          "pair-mismatch pair-other-key key-short" },
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
        expect_hints(&hints, table[i].want);
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

/* The issuer that is missing stands in another file, or in none. */
static void
test_issuers(void **state)
{
    static const struct {
        const char *cert, *bundle, *other, *as, *want;
    } table[] = {
        { "leaf.crt", "root.crt", NULL, NULL, "chain-no-intermediate" },
        { "leaf.crt", "root.crt", "inter.crt", "ca.crt",
          "chain-no-intermediate issuer-at-hand" },
        /* among others */
        { "leaf.crt", "root.crt", "bundle-reversed.crt", "ca.crt",
          "chain-no-intermediate issuer-at-hand" },
        /* of the same name, with another key */
        { "leaf.crt", "root.crt", "inter-again.crt", "ca.crt",
          "chain-no-intermediate" },
        /* what no command takes */
        { "leaf.crt", "root.crt", "inter.crt", "ca.txt",
          "chain-no-intermediate" },
        { "leaf.crt", "root.crt", "cut.crt", "ca.crt",
          "chain-no-intermediate" },
        { "leaf.crt", "inter.crt", "root.crt", "ca.pem",
          "chain-no-root issuer-at-hand" },
    };
    struct room *room = *state;
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct doctor_file files[] = {
            { table[i].cert, DIAGNOSE_CERT },
            { table[i].bundle, DIAGNOSE_BUNDLE },
        };
        struct hints hints = { 0 };

        assert_int_equal(run_shell(room->scratch, "rm -f *", NULL), 0);
        fixture_store(room->doctor.store, files[0].name);
        fixture_store(room->doctor.store, files[1].name);
        if (table[i].other != NULL)
            fixture_store_as(room->doctor.store, table[i].other, table[i].as);
        doctor_files(&room->doctor, files, 2, false, &hints);
        if (hints.count == 2) {
            assert_string_equal(hints.all[1].one, hints.all[0].one);
            assert_string_equal(hints.all[1].two, table[i].as);
        }
        expect_hints(&hints, table[i].want);
    }
}

/* Many may bear the issuer's name: not all of them are asked. */
static void
test_issuer_limit(void **state)
{
    static const struct doctor_file cert = { "leaf.crt", DIAGNOSE_FULL_CHAIN };
    const struct made_cert namesake = { .o = "Example",
                                        .cn = "Example Intermediate CA",
                                        .version1 = true };
    X509 *other = make_cert(&namesake);
    struct room *room = *state;
    struct hints hints = { 0 };
    unsigned before;

    fixture_store(room->doctor.store, "leaf.crt");
    for (before = DOCTOR_SIGNATURES_MAX - 1; before <= DOCTOR_SIGNATURES_MAX;
         before++) {
        struct blob issuer = fixture("inter.crt"), many = { 0 };
        unsigned i;

        for (i = 0; i < before; i++)
            append_pem(&many, other);
        blob_append(&many, issuer.data, issuer.size);
        put_text(room->doctor.store, "many.crt", (const char *)many.data);
        doctor_files(&room->doctor, &cert, 1, false, &hints);
        expect_hints(&hints, before < DOCTOR_SIGNATURES_MAX
                                 ? "chain-no-intermediate issuer-at-hand"
                                 : "chain-no-intermediate");
        blob_clear(&issuer);
        blob_clear(&many);
    }
    X509_free(other);
}

/* The file that holds least besides, and one certificate in DER does as well.
 */
static void
test_issuer_nearest(void **state)
{
    static const struct doctor_file cert = { "leaf.crt", DIAGNOSE_FULL_CHAIN };
    struct room *room = *state;
    struct hints hints = { 0 };

    fixture_store(room->doctor.store, "leaf.crt");
    fixture_store(room->doctor.store, "bundle.crt");
    doctor_files(&room->doctor, &cert, 1, false, &hints);
    assert_string_equal(hints.all[1].two, "bundle.crt");
    expect_hints(&hints, "chain-no-intermediate issuer-at-hand");
    assert_int_equal(run_shell(room->scratch,
                               "openssl x509 -outform DER -out z.der "
                               "-in " SOURCE_DIR "/testdata/pki/inter.crt && "
                               "openssl x509 -outform DER -out a.der "
                               "-in " SOURCE_DIR "/testdata/pki/other.crt",
                               NULL),
                     0);
    doctor_files(&room->doctor, &cert, 1, false, &hints);
    assert_string_equal(hints.all[1].two, "z.der");
    expect_hints(&hints, "chain-no-intermediate issuer-at-hand");
}

/* What one service has says nothing of another: each is searched for, and
   nothing is told of a chain that is whole. */
static void
test_two_services(void **state)
{
    static const char *const services[] = { "webadmin", "callbridge" };
    struct room *room = *state;
    struct hints hints = { 0 };
    size_t i;

    settings_set(room->settings, "webadmin.listen", "a");
    settings_set(room->settings, "callbridge.listen", "b");
    room_give(room, "webadmin.bundle", "root.crt");
    room_give(room, "callbridge.bundle", "bundle.crt");
    fixture_store(room->doctor.store, "inter.crt");
    for (i = 0; i < 2; i++) {
        char *key = xasprintf("%s.key", services[i]);
        char *cert = xasprintf("%s.cert", services[i]);

        room_give(room, key, "other.key");
        room_give(room, cert, "leaf.crt");
        free(cert);
        free(key);
    }
    fixture_store(room->doctor.store, "leaf.key");
    doctor_all(&room->doctor, &hints);
    assert_string_equal(hints.all[0].service, "webadmin");
    expect_hints(&hints, "pair-mismatch chain-no-intermediate "
                         "pair-other-key issuer-at-hand "
                         "pair-mismatch pair-other-key");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_search, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_ca_presented, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_newer_request, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_search_limit, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_issuers, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_issuer_limit, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_issuer_nearest, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_two_services, room_setup,
                                        room_teardown),
    };

    return cmocka_run_group_tests_name("doctor_search", tests, NULL, NULL);
}

/*
 * What the store and the clock say about files: which key is meant, which
 * request, and whether it can be that day.
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
    expect_hints(&hints, "not-yet-valid name-cn-only");
    assert_int_equal(store_set_date(store, STORE_FILES, "future.crt",
                                    TEST_NOW + day + 1, &error),
                     0);
    doctor_files(&room->doctor, &future, 1, false, &hints);
    expect_hints(&hints, "not-yet-valid clock-off name-cn-only");
    doctor_all(&room->doctor, &hints);
    expect_hints(&hints, "not-yet-valid clock-off name-cn-only");

    fixture_store(store, "leaf.crt");
    fixture_store(store, "bundle.crt");
    room->doctor.now = end + DOCTOR_OVER_DAYS * day - 1;
    doctor_files(&room->doctor, old, 2, false, &hints);
    expect_hints(&hints, "expired ca-expired ca-expired");
    room->doctor.now++;
    doctor_files(&room->doctor, old, 2, false, &hints);
    assert_string_equal(hints.all[3].one, "2050-12-31");
    expect_hints(&hints, "expired ca-expired ca-expired clock-off");
    /* One alone has been forgotten. */
    doctor_files(&room->doctor, old, 1, false, &hints);
    assert_false(hints_has(&hints, HINT_CLOCK_OFF));
    hints_clear(&hints);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_search, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_newer_request, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_search_limit, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_clock, room_setup, room_teardown),
    };

    return cmocka_run_group_tests_name("doctor_visit", tests, NULL, NULL);
}

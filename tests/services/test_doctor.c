/*
 * What is wrong with files, with a request, and with everything at once.
 */
#include "services/doctor.h"

#include "tests/services/doctor_room.h"

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
        expect_hints(&hints, offers[i].want);
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
    expect_hints(&hints, "");
    fixture_store_as(room->doctor.store, "other.crt", "leaf.crt");
    doctor_request(&room->doctor, "leaf", &hints);
    expect_hints(&hints, "cert-not-of-key");
    settings_set(room->settings, "callbridge.key", "leaf.key");
    doctor_request(&room->doctor, "leaf", &hints);
    expect_hints(&hints, "key-replaced cert-not-of-key");
}

static void
test_all(void **state)
{
    struct room *room = *state;
    struct hints hints = { 0 };

    doctor_all(&room->doctor, &hints);
    expect_hints(&hints, "");
    fixture_store(room->doctor.store, "glued.crt");
    fixture_store(room->doctor.store, "leaf.crt");
    put_text(room->doctor.store, "notes.txt", "no certificate");
    doctor_all(&room->doctor, &hints);
    expect_hints(&hints, "bundle-glued");
    room_give(room, "turn.cert", "expired.crt");
    settings_set(room->settings, "turn.listen", "a");
    doctor_all(&room->doctor, &hints);
    assert_string_equal(hints.all[0].service, "turn");
    expect_hints(&hints, "expired bundle-glued name-cn-only");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_offered, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_request, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_all, room_setup, room_teardown),
    };

    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}

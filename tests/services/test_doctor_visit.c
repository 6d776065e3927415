/*
 * What the clock says about files: whether it can be that day.
 */
#include "tests/services/doctor_room.h"

/* A clock that can not be right, by the files and by the certificates. */
static void
test_clock(void **state)
{
    const struct doctor_file future = { "future.crt", DIAGNOSE_CERT };
    const struct doctor_file old[] = { { "leaf.crt", DIAGNOSE_CERT },
                                       { "bundle.crt", DIAGNOSE_BUNDLE } };
    const struct doctor_file left = { "fullchain.crt", DIAGNOSE_ANY };
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
    /* What nobody uses was left. */
    fixture_store(store, "fullchain.crt");
    doctor_files(&room->doctor, &left, 1, false, &hints);
    expect_hints(&hints, "expired ca-expired ca-expired");
    /* One alone has been forgotten. */
    doctor_files(&room->doctor, old, 1, false, &hints);
    assert_false(hints_has(&hints, HINT_CLOCK_OFF));
    hints_clear(&hints);
    /* Nor are others a chain with it. */
    assert_int_equal(run_shell(room->scratch, "mv leaf.crt a.crt", NULL), 0);
    doctor_all(&room->doctor, &hints);
    assert_true(hints_has(&hints, HINT_CA_EXPIRED));
    assert_false(hints_has(&hints, HINT_CLOCK_OFF));
    hints_clear(&hints);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clock, room_setup, room_teardown),
    };

    return cmocka_run_group_tests_name("doctor_visit", tests, NULL, NULL);
}

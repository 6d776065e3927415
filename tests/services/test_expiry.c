/*
 * Ends of certificates, and files that hide them.
 */
#include "services/expiry.h"

#include "tests/services/doctor_room.h"

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
    room_give(room, "webadmin.cert", "soon.crt");
    assert_int_equal(expiries_read(&room->doctor, &expiries, &error), 0);
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
        assert_int_equal(expiries_read(&room->doctor, &expiries, &error), 0);
        expiries_keep(&expiries, 1);
        unread = expiries.count == 1 && expiries.all[0].unread;
        if (unread != table[i].unread)
            fail_msg("%s %s: unread", table[i].key, table[i].fixture);
        if (unread)
            assert_non_null(expiries.all[0].users);
        if (unread && expiries.all[0].missing != (table[i].fixture == NULL))
            fail_msg("%s %s: missing", table[i].key, table[i].file);
        settings_set(room->settings, table[i].key, NULL);
        expiries_clear(&expiries);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_expiries, room_setup,
                                        room_teardown),
        cmocka_unit_test_setup_teardown(test_expiries_unread, room_setup,
                                        room_teardown),
    };

    return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}

/*
 * The database cluster's certificates: its copies, not the files, are examined.
 */
#include <stdio.h>
#include <string.h>

#include "pki/xalloc.h"
#include "services/database.h"
#include "services/doctor.h"
#include "services/expiry.h"
#include "tests/support.h"

static const char *const five[DATABASE_FILES] = {
    "dbserver.key", "dbserver.crt", "dbuser.key", "dbuser.crt", "dbca.crt",
};

static int
setup(void **state)
{
    size_t i;

    if (scratch_setup(state) != 0)
        return -1;
    for (i = 0; i < DATABASE_FILES; i++)
        fixture_store(((struct scratch *)*state)->store, five[i]);
    return 0;
}

static struct settings *
give(struct store *store, const char *const names[DATABASE_FILES])
{
    struct settings *settings = NULL;
    struct error error;

    assert_int_equal(database_set_certs(store, names, TEST_NOW, &error), 0);
    assert_int_equal(settings_load(store, &settings, &error), 0);
    return settings;
}

static struct doctor
doctor_of(struct store *store, struct settings *settings, time_t now)
{
    return (struct doctor){
        .store = store,
        .settings = settings,
        .catalog = catalog_cms,
        .release = CMS_3,
        .now = now,
    };
}

/* Of one finding; id HINTS: of none. */
static void
expect(const struct doctor *doctor, enum hint_id id, const char *file,
       const char *one)
{
    struct hints hints = { 0 };

    doctor_database(doctor, &hints);
    assert_int_equal(hints.count, id == HINTS ? 0 : 1);
    if (id != HINTS) {
        assert_int_equal(hints.all[0].id, id);
        assert_string_equal(hints.all[0].service, DATABASE_TITLE);
        assert_string_equal(hints.all[0].file, file);
        assert_string_equal(hints.all[0].one, one);
    }
    hints_clear(&hints);
}

/* Without any, with both pairs, and with a file that has been renewed. */
static void
test_copies(void **state)
{
    struct store *store = ((struct scratch *)*state)->store;
    struct settings *settings = settings_new();
    struct doctor doctor = doctor_of(store, settings, TEST_NOW);
    struct error error;

    expect(&doctor, HINTS, NULL, NULL);
    settings_free(settings);
    settings = give(store, five);
    doctor = doctor_of(store, settings, TEST_NOW);
    expect(&doctor, HINTS, NULL, NULL);
    fixture_store_as(store, "dbserver-expired.crt", "dbserver.crt");
    expect(&doctor, HINT_COPY_DIFFERS, "dbserver.crt", "");
    assert_int_equal(store_remove(store, STORE_FILES, "dbserver.crt", &error),
                     0);
    expect(&doctor, HINTS, NULL, NULL);
    settings_free(settings);
}

/* The renewed file is good, and the copy comes to its end. */
static void
test_end(void **state)
{
    const char *names[DATABASE_FILES];
    struct store *store = ((struct scratch *)*state)->store;
    struct settings *settings;
    struct doctor doctor;
    struct hints hints = { 0 };

    memcpy(names, five, sizeof(names));
    names[DATABASE_CLIENT_CERT] = "mine.crt";
    fixture_store_as(store, "dbuser-soon.crt", "mine.crt");
    settings = give(store, names);
    doctor = doctor_of(store, settings, TEST_NOW);
    expect(&doctor, HINT_EXPIRES_SOON, "mine.crt", "2026-06-11");
    fixture_store_as(store, "dbuser.crt", "mine.crt");
    doctor = doctor_of(store, settings, TEST_NOW + 11 * 86400);
    doctor_all(&doctor, &hints);
    assert_int_equal(hints.count, 2);
    assert_int_equal(hints.all[0].id, HINT_EXPIRED);
    assert_int_equal(hints.all[1].id, HINT_COPY_DIFFERS);
    hints_clear(&hints);
    settings_free(settings);
}

/* No peer looks at its names: that they lack this node is a note. */
static void
test_node(void **state)
{
    static const struct {
        const char *name, *address, *want;
    } nodes[] = {
        { NULL, "", NULL },
        { "cmscore2.example.com", "", NULL },
        { "CMSCORE3", "", NULL },
        { "cmscore", "", "cmscore" },
        { "cmscore4.example.com", "", "cmscore4.example.com" },
        { "cmscore2.example.com", "192.0.2.1", NULL },
        { NULL, "192.0.2.1", "192.0.2.1" },
        { "cms", "192.0.2.1", "cms" },
    };
    struct store *store = ((struct scratch *)*state)->store;
    struct settings *settings = give(store, five);
    const struct doctor doctor = doctor_of(store, settings, TEST_NOW);
    size_t i;

    for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        struct database_record record = { .role = DATABASE_MEMBER };
        struct error error;

        snprintf(record.address, sizeof(record.address), "%s",
                 nodes[i].address);
        assert_int_equal(database_save(store, &record, &error), 0);
        settings_set(settings, "boot.hostname", nodes[i].name);
        expect(&doctor, nodes[i].want != NULL ? HINT_NODE_NAME : HINTS,
               "dbserver.crt", nodes[i].want);
    }
    assert_int_equal(hint_severity(HINT_NODE_NAME), SEVERITY_NOTE);
    settings_free(settings);
}

/* A copy is listed beside its file once they differ. */
static void
test_expiries(void **state)
{
    struct store *store = ((struct scratch *)*state)->store;
    struct settings *settings = give(store, five);
    const struct doctor doctor = doctor_of(store, settings, TEST_NOW);
    struct expiries expiries;
    struct error error;
    size_t i, copies = 0;

    assert_int_equal(expiries_read(&doctor, &expiries, &error), 0);
    assert_int_equal(expiries.count, 3);
    for (i = 0; i < expiries.count; i++) {
        assert_string_equal(expiries.all[i].users, DATABASE_TITLE);
        assert_false(expiries.all[i].copy);
    }
    expiries_clear(&expiries);
    fixture_store_as(store, "dbserver-expired.crt", "dbserver.crt");
    assert_int_equal(store_remove(store, STORE_FILES, "dbca.crt", &error), 0);
    assert_int_equal(expiries_read(&doctor, &expiries, &error), 0);
    assert_int_equal(expiries.count, 4);
    assert_string_equal(expiries.all[0].file, "dbserver.crt");
    assert_false(expiries.all[0].copy);
    for (i = 1; i < expiries.count; i++) {
        copies += expiries.all[i].copy;
        assert_true(expiries.all[i].end > TEST_NOW);
    }
    assert_int_equal(copies, 2);
    expiries_clear(&expiries);
    settings_free(settings);
}

/* A copy that is damaged or gone is told, whatever its file is. */
static void
test_unread_copies(void **state)
{
    static const char *const damage[] = { "echo >", "rm" };
    struct scratch *scratch = *state;
    struct settings *settings = give(scratch->store, five);
    const struct doctor doctor = doctor_of(scratch->store, settings, TEST_NOW);
    struct expiries expiries;
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        char *line = xasprintf("%s ../private/database-client.crt", damage[i]);

        assert_int_equal(run_shell(scratch, line, NULL), 0);
        free(line);
        assert_int_equal(expiries_read(&doctor, &expiries, &error), 0);
        assert_int_equal(expiries.count, 4);
        assert_string_equal(expiries.all[0].file, "dbuser.crt");
        assert_string_equal(expiries.all[0].users, DATABASE_TITLE);
        assert_true(expiries.all[0].copy && expiries.all[0].unread);
        assert_false(expiries.all[1].unread);
        expiries_clear(&expiries);
    }
    settings_free(settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_copies, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_end, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_node, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_expiries, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_unread_copies, setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("doctor_database", tests, NULL, NULL);
}

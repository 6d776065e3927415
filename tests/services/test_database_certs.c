/*
 * The certificates of the database cluster: each failure names its file and
 * changes nothing, and the copies are what a server can read.
 */
#include <stdlib.h>
#include <string.h>

#include "services/database.h"
#include "tests/support.h"

static const char *const five[DATABASE_FILES] = {
    "dbserver.key", "dbserver.crt", "dbuser.key", "dbuser.crt", "dbca.crt",
};
static const char *const three[DATABASE_FILES] = {
    NULL, NULL, "dbuser.key", "dbuser.crt", "dbca.crt",
};
static const char *const none[DATABASE_FILES];

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

static int
set(struct scratch *scratch, const char *const names[DATABASE_FILES],
    struct error *error)
{
    return database_set_certs(scratch->store, names, TEST_NOW, error);
}

/* The settings name these files, and there are copies of them and no other. */
static void
assert_set(struct scratch *scratch, const char *const names[DATABASE_FILES])
{
    struct settings *settings = NULL;
    struct error error;
    unsigned i;

    assert_int_equal(settings_load(scratch->store, &settings, &error), 0);
    for (i = 0; i < DATABASE_FILES; i++) {
        enum database_file file = (enum database_file)i;
        const char *name = settings_get(settings, database_setting(file));

        assert_int_equal(
            store_mode(scratch->store, STORE_PRIVATE, database_copy(file)),
            names[i] != NULL ? 0600 : 0);
        if (names[i] == NULL)
            assert_null(name);
        else
            assert_string_equal(name, names[i]);
    }
    settings_free(settings);
}

static void
test_five(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    assert_int_equal(set(scratch, five, &error), 0);
    assert_set(scratch, five);
    /* What is done to the files afterwards does not matter. */
    assert_int_equal(
        store_remove(scratch->store, STORE_FILES, "dbserver.key", &error), 0);
    assert_set(scratch, five);
    assert_int_equal(run_shell(scratch,
                               "openssl verify -CAfile ../*/database-ca.crt "
                               "../*/database-server.crt "
                               "../*/database-client.crt && "
                               "openssl pkey -in ../*/database-server.key "
                               "-noout && "
                               "openssl pkey -in ../*/database-client.key "
                               "-noout",
                               NULL),
                     0);
}

static void
test_three_and_none(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    assert_int_equal(set(scratch, three, &error), 0);
    assert_set(scratch, three);
    assert_int_equal(set(scratch, five, &error), 0);
    assert_set(scratch, five);
    assert_int_equal(set(scratch, three, &error), 0);
    assert_set(scratch, three);
    assert_int_equal(set(scratch, none, &error), 0);
    assert_set(scratch, none);
    assert_int_equal(set(scratch, none, &error), 0);
    assert_set(scratch, none);
}

/* A copy that can not be looked at is not left behind as if it were none. */
static void
test_unreadable_copy(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    assert_int_equal(
        run_shell(scratch, "mkdir ../private/database-server.key", NULL), 0);
    assert_fails(set(scratch, three, &error), &error, E_NOT_REGULAR,
                 "database-server.key");
    assert_set(scratch, none);
}

/* PostgreSQL reads PEM only. */
static void
test_der(void **state)
{
    static const char *const names[DATABASE_FILES] = {
        "server-key.der", "server-crt.der", "dbuser.key",
        "dbuser.crt",     "dbca.crt",
    };
    struct scratch *scratch = *state;
    struct error error;

    assert_int_equal(run_shell(scratch,
                               "openssl pkey -in dbserver.key -outform DER "
                               "-out server-key.der && "
                               "openssl x509 -in dbserver.crt -outform DER "
                               "-out server-crt.der",
                               NULL),
                     0);
    assert_int_equal(set(scratch, names, &error), 0);
    assert_set(scratch, names);
    assert_int_equal(run_shell(scratch,
                               "cmp dbserver.crt ../*/database-server.crt && "
                               "cmp dbserver.key ../*/database-server.key",
                               NULL),
                     0);
}

/* A certificate with its chain behind it, and a CA that is a bundle. */
static void
test_chain(void **state)
{
    struct scratch *scratch = *state;
    const char *names[DATABASE_FILES];
    struct error error;

    memcpy(names, five, sizeof(names));
    names[DATABASE_SERVER_CERT] = "chain.crt";
    names[DATABASE_CA_CERT] = "cas.crt";
    fixture_store(scratch->store, "other.crt");
    assert_int_equal(run_shell(scratch,
                               "cat dbserver.crt dbca.crt >chain.crt && "
                               "cat dbca.crt other.crt >cas.crt",
                               NULL),
                     0);
    assert_int_equal(set(scratch, names, &error), 0);
    assert_int_equal(run_shell(scratch,
                               "cmp chain.crt ../*/database-server.crt && "
                               "cmp cas.crt ../*/database-ca.crt",
                               NULL),
                     0);
}

static void
test_usages(void **state)
{
    struct scratch *scratch = *state;
    const char *names[DATABASE_FILES];
    struct error error;

    fixture_store(scratch->store, "dbserver-plain.crt");
    fixture_store(scratch->store, "dbuser-only.crt");
    memcpy(names, five, sizeof(names));
    names[DATABASE_SERVER_CERT] = "dbserver-plain.crt";
    names[DATABASE_CLIENT_CERT] = "dbuser-only.crt";
    assert_int_equal(set(scratch, names, &error), 0);
    assert_set(scratch, names);
}

static void
test_refused(void **state)
{
    static const struct {
        enum database_file file;
        const char *fixture; /* NULL: a file that is not there */
        enum error_code code;
        const char *subject, *other;
    } bad[] = {
        { DATABASE_SERVER_KEY, NULL, E_NO_FILE, "bad", "" },
        { DATABASE_CA_CERT, NULL, E_NO_FILE, "bad", "" },
        { DATABASE_SERVER_KEY, "dbserver.crt", E_NOT_KEY, "bad", "" },
        { DATABASE_SERVER_KEY, "encrypted.key", E_KEY_ENCRYPTED, "bad", "" },
        { DATABASE_SERVER_KEY, "dbuser.key", E_CERT_KEY, "dbserver.crt",
          "bad" },
        { DATABASE_CLIENT_KEY, "dbserver.key", E_CERT_KEY, "dbuser.crt",
          "bad" },
        { DATABASE_SERVER_CERT, "dbserver.key", E_NOT_CERT, "bad", "" },
        { DATABASE_SERVER_CERT, "leaf.csr", E_CERT_KEY, "bad", "dbserver.key" },
        { DATABASE_SERVER_CERT, "html.crt", E_HTML, "bad", "" },
        { DATABASE_SERVER_CERT, "dbserver-expired.crt", E_CERT_EXPIRED, "bad",
          "" },
        { DATABASE_CLIENT_CERT, "dbuser-expired.crt", E_CERT_EXPIRED, "bad",
          "" },
        { DATABASE_CLIENT_CERT, "dbuser-future.crt", E_CERT_NOT_YET, "bad",
          "" },
        { DATABASE_CLIENT_CERT, "dbuser-case.crt", E_CERT_CN, "bad",
          "postgres" },
        { DATABASE_SERVER_CERT, "dbserver-usage.crt", E_CERT_USAGE, "bad",
          "clientAuth" },
        { DATABASE_CLIENT_CERT, "dbuser-usage.crt", E_CERT_USAGE, "bad",
          "clientAuth" },
        { DATABASE_CA_CERT, "other.crt", E_CERT_CHAIN, "dbserver.crt", "bad" },
        { DATABASE_CA_CERT, "expired.crt", E_CERT_EXPIRED, "bad", "" },
        { DATABASE_CA_CERT, "dbserver.key", E_NOT_CERT, "bad", "" },
        { DATABASE_CA_CERT, "glued.crt", E_PEM_GLUED, "bad", "" },
    };
    struct scratch *scratch = *state;
    struct error error;
    size_t i;

    assert_int_equal(set(scratch, three, &error), 0);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *names[DATABASE_FILES];

        memcpy(names, five, sizeof(names));
        names[bad[i].file] = "bad";
        if (bad[i].fixture != NULL)
            fixture_store_as(scratch->store, bad[i].fixture, "bad");
        else if (store_has(scratch->store, STORE_FILES, "bad"))
            store_remove(scratch->store, STORE_FILES, "bad", &error);
        assert_fails(set(scratch, names, &error), &error, bad[i].code,
                     bad[i].subject);
        assert_string_equal(error.other, bad[i].other);
        assert_set(scratch, three);
    }
}

/* A client that is no server need not fit what is not there. */
static void
test_three_refused(void **state)
{
    static const char *const names[DATABASE_FILES] = {
        NULL, NULL, "dbserver.key", "dbserver.crt", "dbca.crt",
    };
    struct scratch *scratch = *state;
    struct error error;

    assert_fails(set(scratch, names, &error), &error, E_CERT_CN,
                 "dbserver.crt");
    assert_set(scratch, none);
}

static void
test_active(void **state)
{
    struct scratch *scratch = *state;
    struct database_record record = { .role = DATABASE_MEMBER };
    struct error error;

    assert_int_equal(set(scratch, five, &error), 0);
    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_fails(set(scratch, three, &error), &error, E_CLUSTERED, NULL);
    assert_fails(set(scratch, none, &error), &error, E_CLUSTERED, NULL);
    record.role = DATABASE_NONE;
    record.outcome = DATABASE_IN_PROGRESS;
    record.last = DATABASE_REMOVE;
    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_fails(set(scratch, none, &error), &error, E_WORKING, NULL);
    assert_string_equal(error.other, "database cluster remove");
    assert_set(scratch, five);
}

static void
test_damaged_settings(void **state)
{
    struct scratch *scratch = *state;
    struct blob text = { 0 };
    const struct store_change change = { SETTINGS_FILE, &text, 0600 };
    struct error error;

    blob_text(&text, "hostname = ");
    assert_int_equal(
        store_write(scratch->store, STORE_PRIVATE, &change, 1, &error), 0);
    blob_clear(&text);
    assert_fails(set(scratch, five, &error), &error, E_CONFIG_SYNTAX,
                 SETTINGS_FILE);
    assert_false(store_has(scratch->store, STORE_PRIVATE,
                           database_copy(DATABASE_CA_CERT)));
}

static void
test_expiry(void **state)
{
    struct scratch *scratch = *state;
    const char *names[DATABASE_FILES];
    struct error error;
    time_t end = 0;

    assert_fails(
        database_expiry(scratch->store, DATABASE_CLIENT_CERT, &end, &error),
        &error, E_NO_FILE, NULL);
    fixture_store(scratch->store, "dbuser-soon.crt");
    memcpy(names, three, sizeof(names));
    names[DATABASE_CLIENT_CERT] = "dbuser-soon.crt";
    assert_int_equal(set(scratch, names, &error), 0);
    assert_int_equal(
        database_expiry(scratch->store, DATABASE_CLIENT_CERT, &end, &error), 0);
    assert_int_equal(end, TEST_NOW + 10 * 86400 - 1);
    assert_fails(
        database_expiry(scratch->store, DATABASE_CLIENT_KEY, &end, &error),
        &error, E_NOT_CERT, NULL);
    assert_int_equal(end, TEST_NOW + 10 * 86400 - 1);
}

static void
test_valid(void **state)
{
    struct scratch *scratch = *state;
    const char *names[DATABASE_FILES];
    struct settings *settings = NULL;
    struct error error;

    fixture_store_as(scratch->store, "dbuser-soon.crt", "mine.crt");
    memcpy(names, five, sizeof(names));
    names[DATABASE_CLIENT_CERT] = "mine.crt";
    assert_int_equal(set(scratch, names, &error), 0);
    assert_int_equal(settings_load(scratch->store, &settings, &error), 0);
    assert_int_equal(database_check_valid(scratch->store, settings,
                                          TEST_NOW + 86400, &error),
                     0);
    assert_fails(database_check_valid(scratch->store, settings,
                                      TEST_NOW + 11 * 86400, &error),
                 &error, E_CERT_EXPIRED, "mine.crt");
    assert_fails(database_check_valid(scratch->store, settings, 0, &error),
                 &error, E_CERT_NOT_YET, "dbserver.crt");
    /* Without certificates there is nothing to be wrong. */
    assert_int_equal(set(scratch, none, &error), 0);
    assert_int_equal(database_check_valid(scratch->store, settings, 0, &error),
                     0);
    settings_free(settings);
}

/* By what stands in it, not by its form. */
static void
test_copy_state(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct settings *settings = NULL;
    struct error error;
    unsigned i;

    assert_int_equal(set(scratch, five, &error), 0);
    assert_int_equal(settings_load(store, &settings, &error), 0);
    for (i = 0; i < DATABASE_FILES; i++)
        assert_int_equal(
            database_copy_state(store, settings, (enum database_file)i),
            COPY_SAME);
    fixture_store_as(store, "dbserver-expired.crt", "dbserver.crt");
    assert_int_equal(database_copy_state(store, settings, DATABASE_SERVER_CERT),
                     COPY_DIFFERS);
    fixture_store_as(store, "html.crt", "dbuser.key");
    assert_int_equal(database_copy_state(store, settings, DATABASE_CLIENT_KEY),
                     COPY_DIFFERS);
    assert_int_equal(store_remove(store, STORE_FILES, "dbca.crt", &error), 0);
    assert_int_equal(database_copy_state(store, settings, DATABASE_CA_CERT),
                     COPY_ALONE);
    settings_free(settings);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_five),
        TEST(test_three_and_none),
        TEST(test_unreadable_copy),
        TEST(test_der),
        TEST(test_chain),
        TEST(test_usages),
        TEST(test_refused),
        TEST(test_three_refused),
        TEST(test_active),
        TEST(test_damaged_settings),
        TEST(test_expiry),
        TEST(test_valid),
        TEST(test_copy_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The record of the database cluster, and the line that tells it: that both
 * come back as they were, and what is refused when.
 */
#include "services/database.h"

#include <stdlib.h>
#include <string.h>

#include "services/message.h"
#include "tests/support.h"

/* A node that has joined, and then failed at something. */
static struct database_record
example(void)
{
    struct database_record record = {
        .role = DATABASE_MEMBER,
        .address = "192.0.2.2",
        .peer = "db1.example.com:5432",
        .last = DATABASE_JOIN,
        .argument = "db1.example.com:5432",
        .outcome = DATABASE_FAILED,
    };

    fail_detail(&record.why, E_UNREACHABLE, "db1.example.com", "No route");
    return record;
}

static void
assert_same_record(const struct database_record *got,
                   const struct database_record *want)
{
    assert_int_equal(got->role, want->role);
    assert_string_equal(got->address, want->address);
    assert_string_equal(got->peer, want->peer);
    assert_int_equal(got->last, want->last);
    assert_string_equal(got->argument, want->argument);
    assert_int_equal(got->outcome, want->outcome);
    assert_int_equal(got->why.code, want->why.code);
    assert_string_equal(got->why.subject, want->why.subject);
    assert_string_equal(got->why.other, want->why.other);
    assert_string_equal(got->why.detail, want->why.detail);
}

static void
put_record(struct store *store, const char *text)
{
    struct blob blob = { 0 };
    const struct store_change change = { DATABASE_RECORD, &blob, 0600 };
    struct error error;

    blob_text(&blob, text);
    assert_int_equal(store_write(store, STORE_PRIVATE, &change, 1, &error), 0);
    blob_clear(&blob);
}

/*
 * The record.
 */

static void
test_no_record(void **state)
{
    struct scratch *scratch = *state;
    const struct database_record nothing = { 0 };
    struct database_record got = example();
    struct error error;

    assert_int_equal(database_load(scratch->store, &got, &error), 0);
    assert_same_record(&got, &nothing);
}

static void
test_saved(void **state)
{
    struct scratch *scratch = *state;
    struct database_record record = example(), got;
    const struct database_record nothing = { 0 };
    struct error error;
    unsigned i;

    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_int_equal(store_mode(scratch->store, STORE_PRIVATE, DATABASE_RECORD),
                     0600);
    assert_int_equal(database_load(scratch->store, &got, &error), 0);
    assert_same_record(&got, &record);

    for (i = 0; i < DATABASE_ACTIONS; i++) {
        record.last = (enum database_action)i;
        record.role = (enum database_role)(i % 3);
        record.outcome = (enum database_outcome)(i % 4);
        assert_int_equal(database_save(scratch->store, &record, &error), 0);
        assert_int_equal(database_load(scratch->store, &got, &error), 0);
        assert_same_record(&got, &record);
    }
    assert_int_equal(database_save(scratch->store, &nothing, &error), 0);
    assert_int_equal(database_load(scratch->store, &got, &error), 0);
    assert_same_record(&got, &nothing);
}

/* What has no name in the format is a failure all the same. */
static void
test_unnamed_reason(void **state)
{
    struct scratch *scratch = *state;
    struct database_record record = example(), got;
    struct error error;

    record.why.code = E_UTF16;
    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_int_equal(database_load(scratch->store, &got, &error), 0);
    assert_int_equal(got.why.code, E_DATABASE);
    assert_string_equal(got.why.detail, "No route");

    put_record(scratch->store, "version = 1; role = \"member\"; why: {"
                               "code = \"of tomorrow\"; detail = \"x\"; };");
    assert_int_equal(database_load(scratch->store, &got, &error), 0);
    assert_int_equal(got.why.code, E_DATABASE);
    assert_string_equal(got.why.detail, "x");
}

static void
test_damaged(void **state)
{
    static const struct {
        const char *text, *detail;
    } records[] = {
        { "version = 1; role = \"king\";", "no such role" },
        { "version = 1; last = \"explode\";", "no such last" },
        { "version = 1; outcome = \"\";", "no such outcome" },
        { "version = 1; address = \"0123456789012345678901234567890123456789"
          "012345678901234567890123456789\";",
          "no such address" },
        { "role = \"none\";", "no version" },
    };
    struct scratch *scratch = *state;
    struct error error;
    size_t i;

    for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct database_record got = example();
        const struct database_record before = got;

        put_record(scratch->store, records[i].text);
        assert_fails(database_load(scratch->store, &got, &error), &error,
                     E_DAMAGED, DATABASE_RECORD);
        assert_string_equal(error.detail, records[i].detail);
        assert_same_record(&got, &before);
    }
    put_record(scratch->store, "role = ");
    assert_fails(
        database_load(scratch->store, &(struct database_record){ 0 }, &error),
        &error, E_CONFIG_SYNTAX, DATABASE_RECORD);
}

static void
test_command(void **state)
{
    struct database_record record = example();
    char *text = database_command(&record);

    (void)state;
    assert_string_equal(text, "database cluster join db1.example.com:5432");
    free(text);
    record = (struct database_record){ .last = DATABASE_UPGRADE_SCHEMA };
    text = database_command(&record);
    assert_string_equal(text, "database cluster upgrade_schema");
    free(text);
}

/* Each file has a setting and a copy of its own. */
static void
test_names(void **state)
{
    unsigned i, j;

    (void)state;
    for (i = 0; i < DATABASE_FILES; i++) {
        assert_true(store_name_ok(database_copy((enum database_file)i)));
        assert_int_equal(
            strncmp(database_setting((enum database_file)i), "database.", 9),
            0);
        for (j = 0; j < i; j++) {
            assert_string_not_equal(database_copy((enum database_file)i),
                                    database_copy((enum database_file)j));
            assert_string_not_equal(database_setting((enum database_file)i),
                                    database_setting((enum database_file)j));
        }
    }
}

/*
 * What may be done when.
 */

static void
put_copy(struct store *store, enum database_file file)
{
    struct blob blob = { 0 };
    const struct store_change change = { database_copy(file), &blob, 0600 };
    struct error error;

    blob_text(&blob, "a copy");
    assert_int_equal(store_write(store, STORE_PRIVATE, &change, 1, &error), 0);
    blob_clear(&blob);
}

static const enum database_action entries[] = {
    DATABASE_INITIALIZE,
    DATABASE_JOIN,
    DATABASE_CONNECT,
};

static void
test_entry(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = settings_new();
    struct database_record record = { 0 };
    struct error error;
    size_t i;

    for (i = 0; i < 3; i++) {
        assert_fails(database_allowed(scratch->store, settings, &record,
                                      entries[i], &error),
                     &error, E_NOT_SET, "database cluster");
        assert_string_equal(error.other, "client certificate");
    }
    put_copy(scratch->store, DATABASE_CLIENT_CERT);
    for (i = 0; i < 3; i++) {
        assert_fails(database_allowed(scratch->store, settings, &record,
                                      entries[i], &error),
                     &error, E_NOT_SET, "database cluster");
        assert_string_equal(error.other, entries[i] == DATABASE_CONNECT
                                             ? "localnode"
                                             : "server certificate");
    }
    put_copy(scratch->store, DATABASE_SERVER_CERT);
    for (i = 0; i < 3; i++) {
        assert_fails(database_allowed(scratch->store, settings, &record,
                                      entries[i], &error),
                     &error, E_NOT_SET, "database cluster");
        assert_string_equal(error.other, "localnode");
    }
    settings_set(settings, DATABASE_INTERFACE, "a");
    for (i = 0; i < 3; i++)
        assert_int_equal(database_allowed(scratch->store, settings, &record,
                                          entries[i], &error),
                         0);
    /* A failure before does not keep anybody from another attempt. */
    record.outcome = DATABASE_FAILED;
    record.why = example().why;
    for (i = 0; i < 3; i++)
        assert_int_equal(database_allowed(scratch->store, settings, &record,
                                          entries[i], &error),
                         0);
    for (record.role = DATABASE_MEMBER; record.role <= DATABASE_CLIENT;
         record.role++)
        for (i = 0; i < 3; i++)
            assert_fails(database_allowed(scratch->store, settings, &record,
                                          entries[i], &error),
                         &error, E_CLUSTERED, NULL);
    settings_free(settings);
}

static void
test_member_actions(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = settings_new();
    struct database_record record = { 0 };
    struct error error;

    assert_fails(database_allowed(scratch->store, settings, &record,
                                  DATABASE_REMOVE, &error),
                 &error, E_NOT_CLUSTERED, NULL);
    assert_fails(database_allowed(scratch->store, settings, &record,
                                  DATABASE_UPGRADE_SCHEMA, &error),
                 &error, E_NOT_CLUSTERED, NULL);
    assert_int_equal(database_allowed(scratch->store, settings, &record,
                                      DATABASE_CLEAR_ERROR, &error),
                     0);
    record.role = DATABASE_CLIENT;
    assert_int_equal(database_allowed(scratch->store, settings, &record,
                                      DATABASE_REMOVE, &error),
                     0);
    assert_fails(database_allowed(scratch->store, settings, &record,
                                  DATABASE_UPGRADE_SCHEMA, &error),
                 &error, E_NOT_CLUSTERED, NULL);
    record.role = DATABASE_MEMBER;
    assert_int_equal(database_allowed(scratch->store, settings, &record,
                                      DATABASE_UPGRADE_SCHEMA, &error),
                     0);
    fail_detail(&record.why, E_SCHEMA, NULL, "syntax error");
    assert_fails(database_allowed(scratch->store, settings, &record,
                                  DATABASE_UPGRADE_SCHEMA, &error),
                 &error, E_UNCLEARED, NULL);
    assert_int_equal(database_allowed(scratch->store, settings, &record,
                                      DATABASE_REMOVE, &error),
                     0);
    settings_free(settings);
}

static void
test_busy(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = settings_new();
    struct database_record record = example();
    struct error error;
    unsigned i;

    record.outcome = DATABASE_IN_PROGRESS;
    for (i = DATABASE_INITIALIZE; i < DATABASE_ACTIONS; i++) {
        assert_fails(database_allowed(scratch->store, settings, &record,
                                      (enum database_action)i, &error),
                     &error, E_WORKING, "database cluster");
        assert_string_equal(error.other,
                            "database cluster join db1.example.com:5432");
    }
    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_fails(database_set_interface(scratch->store, "a", &error), &error,
                 E_WORKING, "database cluster");
    settings_free(settings);
}

static void
test_interface(void **state)
{
    struct scratch *scratch = *state;
    struct database_record record = { 0 };
    struct settings *settings = NULL;
    struct error error;

    assert_int_equal(database_set_interface(scratch->store, "ipv6:a", &error),
                     0);
    record.role = DATABASE_MEMBER;
    assert_int_equal(database_save(scratch->store, &record, &error), 0);
    assert_fails(database_set_interface(scratch->store, "b", &error), &error,
                 E_CLUSTERED, NULL);
    put_record(scratch->store, "nonsense");
    assert_fails(database_set_interface(scratch->store, "b", &error), &error,
                 E_CONFIG_SYNTAX, DATABASE_RECORD);
    assert_int_equal(settings_load(scratch->store, &settings, &error), 0);
    assert_string_equal(settings_get(settings, DATABASE_INTERFACE), "ipv6:a");
    settings_free(settings);
}

static void
test_resolve(void **state)
{
    static const struct interfaces interfaces = { .a = "192.0.2.1",
                                                  .b = "2001:db8::1" };
    static const struct {
        const char *typed, *address; /* NULL: code says why */
        enum error_code code;
    } words[] = {
        { "a", "192.0.2.1", E_NONE },
        { "ipv4:a", "192.0.2.1", E_NONE },
        { "ipv6:a", NULL, E_NO_ADDRESS },
        { "b", "2001:db8::1", E_NONE },
        { "ipv6:b", "2001:db8::1", E_NONE },
        { "ipv4:b", NULL, E_NO_ADDRESS },
        { "c", NULL, E_NO_ADDRESS },
        { "192.0.2.9", "192.0.2.9", E_NONE },
        { "2001:db8::9", "2001:db8::9", E_NONE },
        { "lo", NULL, E_NO_INTERFACE },
        { "ipv4:", NULL, E_NO_INTERFACE },
        { "ipv4:192.0.2.9", NULL, E_NO_INTERFACE },
        { "f", NULL, E_NO_INTERFACE },
        { "", NULL, E_NO_INTERFACE },
    };
    struct error error;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char address[DATABASE_ADDRESS] = "before";

        if (words[i].address != NULL)
            assert_int_equal(
                database_resolve(&interfaces, words[i].typed, address, &error),
                0);
        else
            assert_fails(
                database_resolve(&interfaces, words[i].typed, address, &error),
                &error, words[i].code, words[i].typed);
        assert_string_equal(address, words[i].address != NULL ? words[i].address
                                                              : "before");
    }
}

/*
 * Lines.
 */

static struct database_status
full_status(void)
{
    struct database_status status = { .record = example(), .count = 5 };
    size_t i;

    for (i = 0; i < status.count; i++) {
        struct database_node *node = &status.nodes[i];

        memset(node->address, '1' + (char)i, DATABASE_ADDRESS - 1);
        node->me = i == 1;
        node->connected = i != 2;
        node->primary = i == 0;
        node->in_sync = i > 2;
    }
    strcpy(status.in_use, "192.0.2.1");
    return status;
}

static void
test_line(void **state)
{
    struct database_status status = full_status(), got = { 0 };
    struct blob line = { 0 };
    struct error error;
    size_t i;

    (void)state;
    database_pack(&status, &line);
    assert_int_equal(strcspn((char *)line.data, "\n"), line.size - 1);
    assert_int_equal(database_unpack((char *)line.data, &got, &error), 0);
    assert_same_record(&got.record, &status.record);
    assert_string_equal(got.in_use, "192.0.2.1");
    assert_int_equal(got.count, 5);
    for (i = 0; i < 5; i++) {
        assert_string_equal(got.nodes[i].address, status.nodes[i].address);
        assert_int_equal(got.nodes[i].me, status.nodes[i].me);
        assert_int_equal(got.nodes[i].connected, status.nodes[i].connected);
        assert_int_equal(got.nodes[i].primary, status.nodes[i].primary);
        assert_int_equal(got.nodes[i].in_sync, status.nodes[i].in_sync);
    }
    blob_clear(&line);
}

/* The longest status there can be fits into a message. */
static void
test_longest(void **state)
{
    struct database_status status = full_status();
    struct database_record *record = &status.record;
    struct blob line = { 0 };

    (void)state;
    memset(record->address, 'x', sizeof(record->address) - 1);
    memset(record->peer, 'x', sizeof(record->peer) - 1);
    memset(record->argument, 'x', sizeof(record->argument) - 1);
    memset(record->why.subject, 'x', sizeof(record->why.subject) - 1);
    memset(record->why.other, 'x', sizeof(record->why.other) - 1);
    memset(record->why.detail, 'x', sizeof(record->why.detail) - 1);
    record->why.line = ~0U;
    memset(status.in_use, 'x', sizeof(status.in_use) - 1);
    database_pack(&status, &line);
    assert_in_range(line.size, 1, MESSAGE_MAX - 1);
    blob_clear(&line);
}

static void
test_bad_lines(void **state)
{
    struct database_status status = full_status();
    struct blob line = { 0 };
    struct error error;
    char *copy;
    size_t i;

    (void)state;
    database_pack(&status, &line);
    /* Cut anywhere, it is none. */
    for (i = 0; i + 1 < line.size; i++) {
        struct database_status got = { .count = 42 };

        copy = strndup((char *)line.data, i);
        assert_fails(database_unpack(copy, &got, &error), &error, E_SUPERVISOR,
                     "");
        assert_int_equal(got.count, 42);
        free(copy);
    }
    line.data[line.size - 1] = '\t';
    assert_fails(database_unpack((char *)line.data,
                                 &(struct database_status){ 0 }, &error),
                 &error, E_SUPERVISOR, "");
    blob_clear(&line);

    fail_detail(&error, E_LISTEN, "192.0.2.1:5432", "Address already in use");
    message_error(&line, &error);
    assert_fails(database_unpack((char *)line.data,
                                 &(struct database_status){ 0 }, &error),
                 &error, E_LISTEN, "192.0.2.1:5432");
    blob_clear(&line);
}

int
main(void)
{
#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_no_record),
        TEST(test_saved),
        TEST(test_unnamed_reason),
        TEST(test_damaged),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_names),
        TEST(test_entry),
        TEST(test_member_actions),
        TEST(test_busy),
        TEST(test_interface),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_bad_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

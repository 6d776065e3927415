/*
 * The commands of the database cluster: what the transcripts do not show, the
 * order of checking, asking and doing.
 */
#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/options.h"
#include "mmp/session.h"
#include "mmp/shell.h"
#include "services/database.h"
#include "tests/support.h"

struct desk {
    void *scratch;
    struct options options;
    struct session session;
    char *said;
    size_t said_size;
    const char *answer; /* NULL: the end of the input */
    int asked;
    char calls[256]; /* of database, one after the other */
    bool refuses;
    time_t now;
};

static time_t
fixed_clock(struct session *session)
{
    return ((struct desk *)session->io)->now;
}

static int
answer(struct session *session, const char *prompt, bool hidden,
       struct blob *ret, struct error *error)
{
    struct desk *desk = session->io;

    assert_string_equal(prompt, "");
    assert_false(hidden);
    desk->asked++;
    if (desk->answer == NULL)
        return fail_pair(error, E_CANCELLED, NULL, NULL);
    blob_text(ret, desk->answer);
    return 0;
}

static int
database(struct session *session, enum database_action action, const char *host,
         struct error *error)
{
    struct desk *desk = session->io;
    size_t size = strlen(desk->calls);

    snprintf(desk->calls + size, sizeof(desk->calls) - size, "%s %s;",
             database_verb(action), host != NULL ? host : "-");
    return desk->refuses
               ? fail_detail(error, E_LISTEN, "127.0.0.1:5432", "in use")
               : 0;
}

static const char *const files[DATABASE_FILES] = {
    "dbserver.key", "dbserver.crt", "dbuser.key", "dbuser.crt", "dbca.crt",
};

static struct store *
store_of(struct desk *desk)
{
    return ((struct scratch *)desk->scratch)->store;
}

/* A node that is ready to enter a cluster. */
static int
setup(void **state)
{
    static struct desk desk;
    struct error error;
    size_t i;

    desk = (struct desk){ .answer = "Y", .now = TEST_NOW };
    if (scratch_setup(&desk.scratch) != 0)
        return -1;
    options_defaults(&desk.options);
    for (i = 0; i < DATABASE_FILES; i++)
        fixture_store(store_of(&desk), files[i]);
    desk.session = (struct session){
        .dialect = dialect_find("3.9"),
        .options = &desk.options,
        .store = store_of(&desk),
        .out = open_memstream(&desk.said, &desk.said_size),
        .clock = fixed_clock,
        .ask = answer,
        .io = &desk,
        .database = database,
    };
    *state = &desk;
    if (database_set_certs(store_of(&desk), files, TEST_NOW, &error) != 0)
        return -1;
    return database_set_interface(store_of(&desk), "a", &error);
}

static int
teardown(void **state)
{
    struct desk *desk = *state;

    session_clear(&desk->session);
    fclose(desk->session.out);
    free(desk->said);
    options_clear(&desk->options);
    return scratch_teardown(&desk->scratch);
}

/* Types a line; its last line must be this one. */
static void
type(struct desk *desk, const char *line, int r, const char *last)
{
    char *end, *start;

    rewind(desk->session.out);
    assert_int_equal(shell_line(&desk->session, line), r);
    fflush(desk->session.out);
    assert_true(desk->said_size > 0);
    end = desk->said + desk->said_size - 1;
    assert_int_equal(*end, '\n');
    *end = '\0';
    start = strrchr(desk->said, '\n');
    assert_string_equal(start != NULL ? start + 1 : desk->said, last);
}

static void
become(struct desk *desk, enum database_role role)
{
    const struct database_record record = { .role = role };
    struct error error;

    assert_int_equal(database_save(store_of(desk), &record, &error), 0);
}

static void
test_steps(void **state)
{
    struct desk *desk = *state;

    type(desk, "database cluster initialize", 0, "Initialization started...");
    type(desk, "database cluster join db1.example.com:5432", 0,
         "Attachment started...");
    assert_int_equal(desk->asked, 2);
    /* What destroys nothing does not ask. */
    type(desk, "database cluster connect 192.0.2.1", 0,
         "Attachment started...");
    type(desk, "database cluster clear_error", 0, "Error cleared");
    assert_int_equal(desk->asked, 2);
    become(desk, DATABASE_MEMBER);
    type(desk, "database cluster remove", 0, "Detachment started...");
    assert_int_equal(desk->asked, 3);
    type(desk, "database cluster upgrade_schema", 0,
         "Schema upgrade started...");
    assert_int_equal(desk->asked, 3);
    assert_string_equal(desk->calls, "initialize -;join db1.example.com:5432;"
                                     "connect 192.0.2.1;clear_error -;remove -;"
                                     "upgrade_schema -;");
}

static void
test_no(void **state)
{
    static const char *const noes[] = { "y", "", "n", "YES", " Y" };
    struct desk *desk = *state;
    size_t i;

    for (i = 0; i < sizeof(noes) / sizeof(noes[0]); i++) {
        desk->answer = noes[i];
        type(desk, "database cluster initialize", -1, "Cancelled");
    }
    desk->answer = NULL;
    type(desk, "database cluster join 192.0.2.1", -1, "Cancelled");
    assert_int_equal(desk->asked, 6);
    assert_string_equal(desk->calls, "");
}

/* Nobody is asked for what is refused anyway. */
static void
test_refused_before(void **state)
{
    struct desk *desk = *state;

    type(desk, "database cluster remove", -1,
         "FAILURE: this node is not part of a database cluster");
    type(desk, "database cluster upgrade_schema", -1,
         "FAILURE: this node is not part of a database cluster");
    become(desk, DATABASE_CLIENT);
    type(desk, "database cluster initialize", -1,
         "FAILURE: this node is part of a database cluster, use database "
         "cluster remove first");
    become(desk, DATABASE_NONE);
    desk->now = TEST_NOW + 30LL * 365 * 86400;
    type(desk, "database cluster join 192.0.2.1", -1,
         "dbserver.crt: the certificate has expired");
    assert_int_equal(desk->asked, 0);
    assert_string_equal(desk->calls, "");
    /* But an expired node can leave, which is the way out. */
    become(desk, DATABASE_MEMBER);
    type(desk, "database cluster remove", 0, "Detachment started...");
    assert_string_equal(desk->calls, "remove -;");
}

static void
test_refused_by_supervisor(void **state)
{
    struct desk *desk = *state;

    desk->refuses = true;
    type(desk, "database cluster initialize", -1, "127.0.0.1:5432: in use");
    assert_string_equal(desk->calls, "initialize -;");
    desk->session.database = NULL;
    type(desk, "database cluster initialize", -1,
         "services cannot be reached: there is none");
}

/* Without a supervisor, what the record says. */
static void
test_status_of_record(void **state)
{
    struct database_record record = { .role = DATABASE_MEMBER,
                                      .last = DATABASE_JOIN,
                                      .argument = "192.0.2.1",
                                      .outcome = DATABASE_FAILED };
    struct desk *desk = *state;
    struct error error;

    fail_pair(&record.why, E_CLUSTER_FULL, "192.0.2.1", "5");
    assert_int_equal(database_save(store_of(desk), &record, &error), 0);
    type(desk, "database cluster status", 0,
         "Last command             : 'database cluster join 192.0.2.1' "
         "(Failed)");
    assert_non_null(strstr(desk->said, "ERROR                    : the cluster "
                                       "of 192.0.2.1 already has 5 nodes\n"
                                       "Status                   : Error\n"
                                       "\n"
                                       "Node in use              : none\n"
                                       "\n"
                                       "Interface                : a\n"));
}

static void
test_damaged_record(void **state)
{
    static const char *const lines[] = {
        "database cluster status",      "database cluster certs none",
        "database cluster localnode a", "database cluster initialize",
        "database cluster remove",
    };
    struct desk *desk = *state;
    size_t i;

    run_shell(desk->scratch,
              "echo 'version = 1; role = \"x\";' "
              ">../private/database",
              NULL);
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        type(desk, lines[i], -1, "database: damaged: no such role");
    assert_int_equal(desk->asked, 0);
    assert_string_equal(desk->calls, "");
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_steps),
        test(test_no),
        test(test_refused_before),
        test(test_refused_by_supervisor),
        test(test_status_of_record),
        test(test_damaged_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

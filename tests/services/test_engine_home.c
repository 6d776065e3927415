/*
 * Where the engine of a node lives.
 */
#include "services/engine_home.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/services/stage.h"

static int
installed(struct error *error)
{
    (void)error;
    return 0;
}

static bool
file(const struct engine_node *node, size_t i, struct engine_file *ret)
{
    *ret = (struct engine_file){ .name = "members", .mode = 0640 };
    if (i == 0)
        blob_text(&ret->text, node->members);
    return i == 0;
}

static const unsigned ports[] = { 0 };
static const struct engine quiet = {
    .name = "quiet",
    .installed = installed,
    .file = file,
    .ports = ports,
};

static struct engine_home
home_at(struct scratch *scratch)
{
    struct engine_home home = {
        .store = scratch->store,
        .helpers = "/libexec",
        .user_name = "nobody",
        .engine = &quiet,
        .schema = 3,
        .address = "192.0.2.1",
    };

    engine_home_begin(&home, scratch->path);
    return home;
}

static void
test_kept(void **state)
{
    struct scratch *scratch = *state;
    struct engine_home home = home_at(scratch), next = home_at(scratch);
    struct engine_answer answer = { .count = 2 };
    struct error error;

    assert_fails(engine_home_load(&next, &error), &error, E_NO_FILE, NULL);
    assert_int_equal(engine_home_found(&home, &error), 0);
    assert_string_equal(home.members, "192.0.2.1");
    assert_int_equal(strlen(home.secret), ENGINE_SECRET - 1);
    strcpy(answer.nodes[0].address, "192.0.2.2");
    strcpy(answer.nodes[1].address, "192.0.2.1");
    assert_true(engine_home_meet(&home, &answer, true));
    assert_string_equal(home.members, "192.0.2.1,192.0.2.2");
    assert_false(engine_home_meet(&home, &answer, true));
    assert_int_equal(engine_home_save(&home, &error), 0);
    assert_int_equal(engine_home_load(&next, &error), 0);
    assert_string_equal(next.secret, home.secret);
    assert_string_equal(next.members, home.members);
    /* One that has no database is no member. */
    strcpy(answer.nodes[1].address, "192.0.2.3");
    assert_true(engine_home_meet(&next, &answer, false));
    assert_string_equal(next.members, "192.0.2.2,192.0.2.3");
    /* Another cluster has another secret. */
    assert_int_equal(engine_home_found(&next, &error), 0);
    assert_string_not_equal(next.secret, home.secret);
    engine_home_forget(&home);
    assert_fails(engine_home_load(&next, &error), &error, E_NO_FILE, NULL);
    engine_home_clear(&next);
    engine_home_clear(&home);
}

static void
test_lend(void **state)
{
    struct scratch *scratch = *state;
    struct engine_home home = home_at(scratch);
    struct blob key = { 0 }, out = { 0 };
    const struct store_change change = { database_copy(DATABASE_CLIENT_KEY),
                                         &key, 0600 };
    struct error error;
    char *wanted;

    blob_text(&key, "key\n");
    assert_int_equal(
        store_write(scratch->store, STORE_PRIVATE, &change, 1, &error), 0);
    assert_int_equal(engine_home_enter(&home, &error), 0);
    assert_int_not_equal(home.user.uid, 0);
    assert_string_not_equal(home.user.name, "");
    assert_int_equal(engine_home_found(&home, &error), 0);
    assert_int_equal(engine_home_lend(&home, &error), 0);
    assert_int_equal(run_shell(scratch,
                               "cd ../database && stat -c '%n %a %u' * && "
                               "cat client.key members",
                               &out),
                     0);
    blob_clear(&key);
    wanted = xasprintf("client.key 600 %u\nmembers 640 %u\nkey\n192.0.2.1",
                       home.user.uid, home.user.uid);
    assert_string_equal((char *)out.data, wanted);
    free(wanted);
    blob_clear(&out);
    engine_home_clear(&home);
}

static void
test_refused(void **state)
{
    struct scratch *scratch = *state;
    struct engine_home home = home_at(scratch);
    struct error error;

    assert_int_equal(engine_home_check(&home, true, &error), 0);
    free(home.directory);
    home.directory = xstrdup("/with blanks/database");
    assert_fails(engine_home_check(&home, false, &error), &error, E_DATABASE,
                 NULL);
    free(home.directory);
    home.directory = xcalloc(1, 200);
    memset(home.directory, 'a', 199);
    assert_fails(engine_home_check(&home, false, &error), &error, E_DATABASE,
                 NULL);
    home.user_name = "nobody-of-that-name";
    if (geteuid() == 0) {
        assert_fails(engine_home_enter(&home, &error), &error, E_DATABASE,
                     NULL);
        assert_non_null(strstr(error.detail, "database_user"));
    }
    engine_home_clear(&home);
}

static void
test_node(void **state)
{
    struct engine_home home = home_at(*state);
    struct engine_node node = engine_home_node(&home);

    assert_string_equal(node.address, "192.0.2.1");
    assert_string_equal(node.helpers, "/libexec");
    assert_int_equal(node.schema, 3);
    assert_ptr_equal(node.directory, home.directory);
    engine_home_clear(&home);
}

#define test(function)                                                         \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_kept),
        test(test_lend),
        test(test_refused),
        test(test_node),
    };

    return cmocka_run_group_tests_name("engine_home", tests, NULL, NULL);
}

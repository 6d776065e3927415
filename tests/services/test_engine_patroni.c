/*
 * What Patroni is told.  That a cluster of it works is shown by the tests of
 * tests/database/.
 */
#include <string.h>
#include <unistd.h>

#include "services/engine.h"
#include "tests/support.h"

static const struct engine_node node = {
    .directory = "/state/database",
    .helpers = "/libexec",
    .user = "keeper",
    .address = "192.0.2.2",
    .secret = "c0ffee",
    .members = "192.0.2.1,192.0.2.2,2001:db8::3",
    .schema = 7,
};

/* The text of a file; the caller clears it. */
static struct blob
find_file(const struct engine_node *of, const char *name, mode_t mode)
{
    struct engine_file file;
    size_t i;

    for (i = 0; engine_patroni.file(of, i, &file); i++) {
        if (strcmp(file.name, name) == 0) {
            assert_int_equal(file.mode, mode);
            return file.text;
        }
        blob_clear(&file.text);
    }
    fail_msg("no file %s", name);
    return (struct blob){ 0 };
}

static void
assert_holds(const struct blob *text, const char *part)
{
    if (strstr((const char *)text->data, part) == NULL)
        fail_msg("no '%s' in: %s", part, text->data);
}

static void
test_configuration(void **state)
{
    struct engine_node other = node;
    struct blob text = find_file(&node, "patroni.yml", 0600);

    (void)state;
    assert_holds(&text, "name: \"192.0.2.2\"\n");
    assert_holds(&text, "self_addr: \"192.0.2.2:5433\"\n");
    assert_holds(&text, "bind_addr: \"192.0.2.2:5433\"\n");
    assert_holds(&text, "partner_addrs: [ \"192.0.2.1:5433\", "
                        "\"2001:db8::3:5433\" ]\n");
    assert_holds(&text, "password: \"c0ffee\"\n");
    assert_holds(&text, "listen: \"192.0.2.2:5432\"\n");
    assert_holds(&text, "keyfile: /state/database/server.key\n");
    assert_holds(&text, "verify_client: required\n");
    assert_holds(&text, "synchronous_mode: true\n");
    assert_holds(&text, "- supervisor keeper postgres\n");
    assert_holds(&text, "log_filename: postgresql-%a.log\n");
    blob_clear(&text);
    other.address = "2001:db8::3";
    text = find_file(&other, "patroni.yml", 0600);
    assert_holds(&text, "listen: \"[2001:db8::3]:5432\"\n");
    blob_clear(&text);
    other = node;
    other.members = "192.0.2.2";
    text = find_file(&other, "patroni.yml", 0600);
    assert_holds(&text, "partner_addrs: [  ]\n");
    blob_clear(&text);
}

static void
test_leads(void **state)
{
    struct blob text = find_file(&node, "postgres", 0700);

    (void)state;
    assert_holds(&text, "exec '/libexec/mmp-keep' $how "
                        "'/usr/lib/postgresql/15/bin/postgres' \"$@\"\n");
    blob_clear(&text);
    text = find_file(&node, "secret", 0600);
    assert_string_equal((const char *)text.data, "c0ffee");
    blob_clear(&text);
}

/* Joins the words of a command, and frees it. */
static void
assert_command(char **command, const char *wanted)
{
    struct blob text = { 0 };
    char **word;

    for (word = command; *word != NULL; word++) {
        blob_text(&text, text.size > 0 ? " " : "");
        blob_text(&text, *word);
    }
    assert_string_equal((const char *)text.data, wanted);
    blob_clear(&text);
    engine_free(command);
}

#define HELPER                                                                 \
    "/usr/bin/python3 -IB /libexec/mmp-patroni /state/database 192.0.2.2 "     \
    "192.0.2.1,192.0.2.2,2001:db8::3 "

static void
test_commands(void **state)
{
    const struct engine *engine = &engine_patroni;

    (void)state;
    assert_command(engine->start(&node), "/libexec/mmp-keep " HELPER "run");
    assert_command(engine->watch(&node), HELPER "watch");
    assert_command(engine->use(&node), HELPER "use");
    assert_command(engine->meet(&node, "db.example"), HELPER "meet db.example");
    assert_command(engine->found(&node), HELPER "found 7");
    assert_command(engine->upgrade(&node), HELPER "upgrade 7");
    assert_command(engine->leave(&node, 4711), HELPER "leave 4711");
}

static void
test_places(void **state)
{
    struct error error = { 0 };
    unsigned last = 1;
    size_t i;

    (void)state;
    for (i = 0; i == 0 || last != 0; i++)
        last = engine_patroni.ports[i];
    assert_int_equal(engine_patroni.ports[0], DATABASE_PORT);
    assert_int_equal(i, 4);
    assert_string_equal(engine_patroni.group[0], "raft");
    assert_string_equal(engine_patroni.data[0], "data");
    if (engine_patroni.installed(&error) != 0) {
        assert_int_equal(error.code, E_NO_PROGRAM);
        assert_string_not_equal(error.subject, "");
        assert_string_not_equal(error.other, "");
    } else {
        assert_int_equal(access("/usr/bin/patroni", X_OK), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_leads),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests_name("engine_patroni", tests, NULL, NULL);
}

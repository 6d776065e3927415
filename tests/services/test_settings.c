/*
 * What is configured: that it comes back as it was set, from every version
 * of the file, and that nothing is lost or repaired in silence.
 */
#include "services/settings.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static struct settings *
load(struct store *store)
{
    struct settings *settings = NULL;
    struct error error = { 0 };

    if (settings_load(store, &settings, &error) != 0)
        fail_msg("line %u: %s", error.line, error.detail);
    return settings;
}

static void
update(struct store *store, const char *key, const char *value)
{
    const struct settings_change change = { key, value };
    struct error error;

    assert_int_equal(settings_update(store, &change, 1, &error), 0);
}

/* Puts bytes where the settings are kept. */
static void
put_settings(struct store *store, const void *data, size_t size)
{
    struct blob blob = { 0 };
    const struct store_change change = { "settings", &blob, 0600 };
    struct error error;

    blob_append(&blob, data, size);
    assert_int_equal(store_write(store, STORE_PRIVATE, &change, 1, &error), 0);
    blob_clear(&blob);
}

static void
put_testdata(struct store *store, const char *name, char *first, size_t size)
{
    char *path = xasprintf("%s/testdata/settings/%s", SOURCE_DIR, name);
    char data[4096];
    FILE *in = fopen(path, "rb");
    size_t n;

    assert_non_null(in);
    n = fread(data, 1, sizeof(data), in);
    fclose(in);
    free(path);
    put_settings(store, data, n);
    if (first != NULL)
        snprintf(first, size, "%.*s", (int)strcspn(data, "\n"), data);
}

static void
test_nothing_yet(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = load(scratch->store);

    assert_null(settings_get(settings, "hostname"));
    assert_null(settings_get(settings, "boot.hostname"));
    settings_free(settings);
    settings_free(NULL);
}

static void
test_round_trip(void **state)
{
    static const char *const values[] = {
        "",
        "plain",
        "say \"yes\"",
        "back\\slash \\n \\\" \\x41",
        "two\nlines\r\n\tand more",
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x91",
        "\x01\x1b[2J\x7f",
        "// no comment # here /* or there */",
        "a = \"b\";",
        "%s %n",
    };
    struct scratch *scratch = *state;
    size_t i, n = sizeof(values) / sizeof(values[0]);
    struct settings *settings;
    char key[32];

    for (i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "group%zu.value", i);
        update(scratch->store, key, values[i]);
    }
    settings = load(scratch->store);
    for (i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "group%zu.value", i);
        assert_string_equal(settings_get(settings, key), values[i]);
    }
    settings_free(settings);
}

static void
test_long_value(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings;
    char value[100001] = "";

    memset(value, '"', sizeof(value) - 1);
    update(scratch->store, "long", value);
    settings = load(scratch->store);
    assert_string_equal(settings_get(settings, "long"), value);
    settings_free(settings);
}

static void
test_set_and_remove(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings;

    update(scratch->store, "a.b.c", "one");
    update(scratch->store, "a.b.d", "two");
    update(scratch->store, "a.b.c", "three");
    update(scratch->store, "a.b.d", NULL);
    update(scratch->store, "a.never", NULL);
    settings = load(scratch->store);
    assert_string_equal(settings_get(settings, "a.b.c"), "three");
    assert_null(settings_get(settings, "a.b.d"));
    assert_null(settings_get(settings, "a.b")); /* a group has no value */
    settings_free(settings);
}

/* Edited by hand into shapes that we do not write. */
static void
test_in_the_way(void **state)
{
    static const char *const texts[] = {
        "version = 1; boot = \"x\";",
        "version = 1; boot = { hostname = { a = \"x\"; }; };",
    };
    struct scratch *scratch = *state;
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct settings *settings;

        put_settings(scratch->store, texts[i], strlen(texts[i]));
        settings = load(scratch->store);
        assert_null(settings_get(settings, "boot.hostname"));
        settings_free(settings);
        update(scratch->store, "boot.hostname", "cms1");
        settings = load(scratch->store);
        assert_string_equal(settings_get(settings, "boot.hostname"), "cms1");
        settings_free(settings);
    }
}

static void
test_kept_secret(void **state)
{
    struct scratch *scratch = *state;
    struct blob seen = { 0 };

    update(scratch->store, "a", "b");
    assert_int_equal(
        run_shell(scratch, "stat -c %a ../private/settings", &seen), 0);
    assert_string_equal(seen.data, "600\n");
    blob_clear(&seen);
}

/* Written by the first release: every later one must read it. */
static void
test_version_1(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings;

    put_testdata(scratch->store, "version-1", NULL, 0);
    settings = load(scratch->store);
    assert_string_equal(settings_get(settings, "hostname"), "cms1.example.org");
    assert_string_equal(settings_get(settings, "boot.hostname"), "cms");
    assert_string_equal(settings_get(settings, "boot.time"), "1780315200");
    assert_string_equal(settings_get(settings, "note"),
                        "\"caf\xc3\xa9\"\tand\\or\nnext line\x01");
    settings_free(settings);
}

/* ... and it is what we write, byte for byte. */
static void
test_version_1_written(void **state)
{
    struct scratch *scratch = *state;
    struct blob seen = { 0 };

    update(scratch->store, "hostname", "cms1.example.org");
    update(scratch->store, "boot.hostname", "cms");
    update(scratch->store, "boot.time", "1780315200");
    update(scratch->store, "note", "\"caf\xc3\xa9\"\tand\\or\nnext line\x01");
    run_shell(scratch,
              "diff ../private/settings " SOURCE_DIR
              "/testdata/settings/version-1",
              &seen);
    assert_int_equal(seen.size, 0);
}

/* The first line of each file tells the line and the code. */
static void
check_broken(struct scratch *scratch, const char *name)
{
    struct settings *settings = NULL;
    struct error error = { 0 };
    char first[64], code[32];
    const struct settings_change change = { "a", "b" };
    unsigned line;
    struct blob before = { 0 }, after = { 0 };

    put_testdata(scratch->store, name, first, sizeof(first));
    assert_int_equal(sscanf(first, "# %u %31s", &line, code), 2);
    assert_int_equal(settings_load(scratch->store, &settings, &error), -1);
    assert_null(settings);
    assert_string_equal(error.subject, "settings");
    if (error.line != line)
        fail_msg("%s: line %u, not %u", name, error.line, line);
    assert_string_equal(error.code == E_DAMAGED         ? "E_DAMAGED"
                        : error.code == E_CONFIG_SYNTAX ? "E_CONFIG_SYNTAX"
                        : error.code == E_CONFIG_TYPE   ? "E_CONFIG_TYPE"
                                                        : "another",
                        code);
    assert_string_not_equal(error.detail, "");
    /* Nor does an update write over it. */
    store_read(scratch->store, STORE_PRIVATE, "settings", &before, &error);
    assert_int_equal(settings_update(scratch->store, &change, 1, &error), -1);
    store_read(scratch->store, STORE_PRIVATE, "settings", &after, &error);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.data, before.data, before.size);
    blob_clear(&before);
    blob_clear(&after);
}

static void
test_broken(void **state)
{
    DIR *dir = opendir(SOURCE_DIR "/testdata/settings");
    struct dirent *entry;
    int n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot != NULL && strcmp(dot, ".broken") == 0) {
            check_broken(*state, entry->d_name);
            n++;
        }
    }
    closedir(dir);
    assert_in_range(n, 8, 1000);
}

static void
test_empty_file(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = NULL;
    struct error error;

    put_settings(scratch->store, "", 0);
    assert_fails(settings_load(scratch->store, &settings, &error), &error,
                 E_DAMAGED, "settings");
    assert_null(settings);
}

/* The settings are ours: a link there is none of our doing. */
static void
test_link_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings = NULL;
    struct error error;

    run_shell(scratch, "ln -s /etc/passwd ../private/settings", NULL);
    assert_fails(settings_load(scratch->store, &settings, &error), &error,
                 E_NOT_REGULAR, "settings");
}

#define UPDATES 100

static void
update_many(struct store *store, const char *who)
{
    char key[32], value[32];
    int i;

    for (i = 0; i < UPDATES; i++) {
        snprintf(key, sizeof(key), "%s.n%d", who, i);
        snprintf(value, sizeof(value), "%d", i);
        update(store, key, value);
    }
}

static void
test_no_lost_update(void **state)
{
    struct scratch *scratch = *state;
    struct settings *settings;
    pid_t pid = fork();
    int i, status;

    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        struct store *store = NULL;
        struct error error;

        if (store_open(scratch->path, &store, &error) != 0)
            _exit(1);
        update_many(store, "child");
        _exit(0);
    }
    update_many(scratch->store, "parent");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    settings = load(scratch->store);
    for (i = 0; i < UPDATES; i++) {
        char key[32];

        snprintf(key, sizeof(key), "child.n%d", i);
        assert_int_equal(atoi(settings_get(settings, key)), i);
        snprintf(key, sizeof(key), "parent.n%d", i);
        assert_int_equal(atoi(settings_get(settings, key)), i);
    }
    settings_free(settings);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_nothing_yet),       test(test_round_trip),
        test(test_long_value),        test(test_set_and_remove),
        test(test_kept_secret),       test(test_version_1),
        test(test_version_1_written), test(test_broken),
        test(test_empty_file),        test(test_link_is_refused),
        test(test_no_lost_update),    test(test_in_the_way),
    };

    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}

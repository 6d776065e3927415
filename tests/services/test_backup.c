/*
 * Snapshots and the way back.
 */
#include "services/backup.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "services/settings.h"
#include "tests/support.h"

#define LATER (TEST_NOW + 86400)

static void
set(struct store *store, const char *key, const char *value)
{
    const struct settings_change change = { key, value };
    struct error error;

    assert_int_equal(settings_update(store, &change, 1, &error), 0);
}

static void
check_setting(struct store *store, const char *key, const char *want)
{
    struct settings *settings = NULL;
    struct error error;

    assert_int_equal(settings_load(store, &settings, &error), 0);
    if (want == NULL)
        assert_null(settings_get(settings, key));
    else
        assert_string_equal(settings_get(settings, key), want);
    settings_free(settings);
}

static void
check_file(struct store *store, const char *name, const char *want)
{
    struct blob got = get_file(store, name);

    assert_string_equal(got.data, want);
    blob_clear(&got);
}

static void
put_secret(struct store *store, const char *name, const char *text)
{
    struct blob blob = { 0 };
    struct store_change change = { name, &blob, 0600 };
    struct error error;

    blob_text(&blob, text);
    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
    blob_clear(&blob);
}

static void
snapshot(struct store *store, const char *name)
{
    struct error error;

    assert_int_equal(backup_snapshot(store, name, TEST_NOW, &error), 0);
}

static void
test_there_and_back(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct error error;

    put_secret(store, "web.key", "old key");
    put_text(store, "web.crt", "old certificate");
    put_text(store, "gone.crt", "removed later");
    put_text(store, "live.json", "old");
    put_text(store, "earlier.bak", "old");
    set(store, "webadmin.key", "web.key");
    set(store, "hostname", "cms1");
    snapshot(store, "before");
    assert_int_equal(store_mode(store, STORE_FILES, "before.bak"), 0600);

    put_text(store, "web.key", "new key");
    put_text(store, "web.crt", "new certificate");
    put_text(store, "later.crt", "made later");
    put_text(store, "live.json", "new");
    put_text(store, "earlier.bak", "new");
    assert_int_equal(store_remove(store, STORE_FILES, "gone.crt", &error), 0);
    set(store, "webadmin.key", "other.key");
    set(store, "webadmin.cert", "other.crt");

    assert_int_equal(backup_rollback(store, "before", LATER, &error), 0);
    check_file(store, "web.key", "old key");
    assert_int_equal(store_mode(store, STORE_FILES, "web.key"), 0600);
    check_file(store, "web.crt", "old certificate");
    assert_int_equal(store_mode(store, STORE_FILES, "web.crt"), 0644);
    check_file(store, "gone.crt", "removed later");
    check_file(store, "later.crt", "made later"); /* nothing is lost */
    check_file(store, "live.json", "new");
    check_file(store, "earlier.bak", "new");
    check_setting(store, "webadmin.key", "web.key");
    check_setting(store, "webadmin.cert", NULL);
    /* As after a reboot. */
    check_setting(store, "boot.hostname", "cms1");
    check_setting(store, "boot.time", "1780401600");
    assert_int_equal(store_mode(store, STORE_PRIVATE, SETTINGS_FILE), 0600);
}

static void
test_without_settings(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    snapshot(scratch->store, "empty");
    put_text(scratch->store, "a.crt", "made later");
    set(scratch->store, "webadmin.key", "web.key");
    assert_int_equal(backup_rollback(scratch->store, "empty", LATER, &error),
                     0);
    check_setting(scratch->store, "webadmin.key", NULL);
    check_file(scratch->store, "a.crt", "made later");
}

/* Settings that can not be read are not taken for none. */
static void
test_unreadable_settings(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    assert_int_equal(run_shell(scratch, "mkdir ../private/settings", NULL), 0);
    assert_fails(backup_snapshot(scratch->store, "one", LATER, &error), &error,
                 E_NOT_REGULAR, "settings");
    assert_false(store_has(scratch->store, STORE_FILES, "one.bak"));
}

/* A backup that nobody could go back to is none. */
static void
test_damaged_settings(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    set(scratch->store, "hostname", "cms1");
    snapshot(scratch->store, "one");
    assert_int_equal(
        run_shell(scratch, "echo 'version = 2;' >../private/settings", NULL),
        0);
    assert_fails(backup_snapshot(scratch->store, "two", LATER, &error), &error,
                 E_DAMAGED, "settings");
    assert_false(store_has(scratch->store, STORE_FILES, "two.bak"));
    assert_int_equal(backup_rollback(scratch->store, "one", LATER, &error), 0);
    check_setting(scratch->store, "hostname", "cms1");
}

/* A stranger opens it with tar(1) and sha256sum(1). */
static void
test_open_with_tar(void **state)
{
    struct scratch *scratch = *state;
    struct blob said = { 0 };

    put_text(scratch->store, "web.crt", "a certificate\n");
    put_text(scratch->store, "empty.crt", "");
    set(scratch->store, "hostname", "cms1");
    snapshot(scratch->store, "one");
    assert_int_equal(run_shell(scratch,
                               "mkdir ../x && tar xf one.bak -C ../x &&"
                               "cd ../x && sha256sum -c SHA256SUMS &&"
                               "cmp files/web.crt ../files/web.crt &&"
                               "cmp settings ../private/settings",
                               &said),
                     0);
    assert_string_equal(said.data, "files/empty.crt: OK\n"
                                   "files/web.crt: OK\n"
                                   "settings: OK\n");
    blob_clear(&said);
}

static void
test_list(void **state)
{
    struct scratch *scratch = *state;
    struct store_names names = { 0 };
    struct error error;

    assert_int_equal(backup_list(scratch->store, &names, &error), 0);
    assert_int_equal(names.count, 0);
    store_names_clear(&names);
    put_text(scratch->store, "web.crt", "");
    snapshot(scratch->store, "b");
    snapshot(scratch->store, "a");
    snapshot(scratch->store, "a"); /* the second replaces the first */
    assert_int_equal(backup_list(scratch->store, &names, &error), 0);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.names[0], "a");
    assert_string_equal(names.names[1], "b");
    store_names_clear(&names);
}

static void
test_missing(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    assert_fails(backup_find(scratch->store, "no", &error), &error, E_NO_FILE,
                 "no.bak");
    assert_fails(backup_rollback(scratch->store, "no", LATER, &error), &error,
                 E_NO_FILE, "no.bak");
}

/* Together too large for one file; the old backup stands. */
static void
test_too_large(void **state)
{
    struct scratch *scratch = *state;
    struct blob before, after;
    struct error error;

    snapshot(scratch->store, "all");
    before = get_file(scratch->store, "all.bak");
    assert_int_equal(
        run_shell(scratch, "truncate -s 9M one.pem; cp one.pem two.pem", NULL),
        0);
    assert_fails(backup_snapshot(scratch->store, "all", TEST_NOW, &error),
                 &error, E_TOO_LARGE, "all.bak");
    after = get_file(scratch->store, "all.bak");
    assert_int_equal(after.size, before.size);
    blob_clear(&before);
    blob_clear(&after);
}

/*
 * What is not as we wrote it changes nothing.
 */

static void
put_bytes(struct store *store, const char *name, const struct blob *bytes)
{
    struct store_change change = { name, bytes, 0600 };
    struct error error;

    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
}

static void
test_damaged(void **state)
{
    struct scratch *scratch = *state;
    struct store *store = scratch->store;
    struct error error = { 0 };
    struct blob good;
    size_t i;

    put_text(store, "web.crt", "old");
    set(store, "hostname", "cms1");
    snapshot(store, "good");
    good = get_file(store, "good.bak");
    put_text(store, "web.crt", "new");
    set(store, "hostname", "cms2");
    for (i = 0; i < good.size - 1024; i += 41) {
        struct blob bad = { 0 };

        blob_append(&bad, good.data, good.size);
        bad.data[i] ^= 0x04;
        put_bytes(store, "bad.bak", &bad);
        /* The filling between members is nobody's. */
        if (backup_rollback(store, "bad", LATER, &error) == 0) {
            assert_int_equal(good.data[i], '\0');
            put_text(store, "web.crt", "new");
            set(store, "hostname", "cms2");
        } else {
            assert_int_equal(error.code, E_DAMAGED);
            assert_string_equal(error.subject, "bad.bak");
            check_file(store, "web.crt", "new");
            check_setting(store, "hostname", "cms2");
        }
        bad.size = i; /* and cut there */
        put_bytes(store, "bad.bak", &bad);
        assert_fails(backup_rollback(store, "bad", LATER, &error), &error,
                     E_DAMAGED, "bad.bak");
        check_file(store, "web.crt", "new");
        blob_clear(&bad);
    }
    put_text(store, "bad.bak", "");
    assert_fails(backup_rollback(store, "bad", LATER, &error), &error,
                 E_DAMAGED, "bad.bak");
    blob_clear(&good);
}

/* An archive with good sums, but with what we never put there. */
static void
check_refused(struct scratch *scratch, const char *make, enum error_code code)
{
    char *command = xasprintf("rm -rf ../x && mkdir -p ../x/files && cd ../x &&"
                              "%s; sha256sum $names >SHA256SUMS &&"
                              "tar cf ../files/x.bak --format=ustar "
                              "$names SHA256SUMS",
                              make);
    struct error error;

    assert_int_equal(run_shell(scratch, command, NULL), 0);
    assert_fails(backup_rollback(scratch->store, "x", LATER, &error), &error,
                 code, "x.bak");
    free(command);
}

static void
test_foreign_contents(void **state)
{
    struct scratch *scratch = *state;
    struct error error;

    check_refused(scratch, "names=private; echo x >$names", E_DAMAGED);
    check_refused(scratch, "names=files/.commit; echo x >$names", E_DAMAGED);
    check_refused(scratch, "mkdir files/d; names=files/d/x; echo x >$names",
                  E_DAMAGED);
    check_refused(scratch, "names=files/y.bak; echo x >$names", E_DAMAGED);
    check_refused(scratch, "names='files/a files/a'; echo x >files/a",
                  E_DAMAGED);
    check_refused(scratch, "names=settings; echo 'version = 2;' >$names",
                  E_DAMAGED);
    check_refused(scratch, "names=settings; echo 'version = ' >$names",
                  E_CONFIG_SYNTAX);
    /* Nothing foreign: a backup may be made by hand. */
    assert_int_equal(run_shell(scratch,
                               "cd ../x && echo mine >files/a.crt &&"
                               "sha256sum files/a.crt >SHA256SUMS &&"
                               "tar cf ../files/x.bak --format=ustar "
                               "files/a.crt SHA256SUMS",
                               NULL),
                     0);
    assert_int_equal(backup_rollback(scratch->store, "x", LATER, &error), 0);
    check_file(scratch->store, "a.crt", "mine\n");
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_there_and_back),
        test(test_without_settings),
        test(test_unreadable_settings),
        test(test_damaged_settings),
        test(test_open_with_tar),
        test(test_list),
        test(test_missing),
        test(test_too_large),
        test(test_damaged),
        test(test_foreign_contents),
    };

    return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}

/*
 * What slots accept and offer.
 */
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/grammar.h"
#include "mmp/session.h"
#include "tests/support.h"

static const struct slot *
slot(const char *name)
{
    const struct slot *found = slot_find(name, strlen(name));

    if (found == NULL)
        fail_msg("no slot %s", name);
    return found;
}

static void
test_find(void **state)
{
    const struct slot *row;

    (void)state;
    for (row = slots; row->name != NULL; row++)
        assert_ptr_equal(slot(row->name), row); /* no name twice */
    assert_ptr_equal(slot_find("key>", 3), slot("key"));
    assert_null(slot_find("ke", 2));
    assert_null(slot_find("keys", 4));
    assert_null(slot_find("", 0));
}

static void
test_check(void **state)
{
    static const struct {
        const char *slot, *word;
        enum error_code code;
    } table[] = {
        { "filename", "web bridge.crt", E_NONE },
        { "filename", ".hidden", E_BAD_NAME },
        { "filename", "../etc/passwd", E_BAD_NAME },
        { "filename", "", E_BAD_NAME },
        { "key", "a.key", E_NONE },
        { "key", "a/b", E_BAD_NAME },
        { "certificate", "", E_BAD_NAME },
        { "cert", "a\nb", E_BAD_NAME },
        { "cert bundle/CA cert", "/", E_BAD_NAME },
        { "CA cert", "..", E_BAD_NAME },
        { "key/cert basename", "web-1_a", E_NONE },
        { "key/cert basename", "web.1", E_BAD_BASENAME },
        { "csr/cert basename", "", E_BAD_BASENAME },
        { "CA key/cert basename", "a b", E_BAD_BASENAME },
        { "username", "a/b", E_BAD_BASENAME },
        { "name", "cms1.example.org", E_NONE },
        { "name", "cms_1", E_BAD_HOSTNAME },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct slot *row = slot(table[i].slot);
        struct error error;

        if (table[i].code == E_NONE)
            assert_int_equal(row->check(table[i].word, &error), 0);
        else
            assert_fails(row->check(table[i].word, &error), &error,
                         table[i].code, table[i].word);
    }
    assert_null(slot("attribute")->check); /* told by the handler */
}

static void
collect(void *arg, const char *text)
{
    blob_text(arg, text);
    blob_text(arg, " ");
}

static void
test_complete(void **state)
{
    static const char *const files[] = {
        "a.cer", "a.crt",     "a.csr", "a.der",  "a.key",
        "a.pem", "a.pub",     "a.txt", "b.key",  "key",
        ".key",  "admin.pub", "crt",   "b.keys", "c.KEY",
    };
    static const struct {
        const char *slot, *prefix, *want;
    } table[] = {
        { "filename", "a.c", "a.cer a.crt a.csr " },
        { "filename", "b", "b.key b.keys " },
        { "filename", "zz", "" },
        { "key", "", "a.der a.key a.pem b.key " },
        { "key", "a.k", "a.key " },
        { "key", "a.keys", "" },
        { "cert", "", "a.cer a.crt a.der a.pem " },
        { "certificate", "a.cr", "a.crt " },
        { "CA cert", "a.ce", "a.cer " },
        { "cert bundle/CA cert", "b", "" },
        { "key/cert basename", "", "a b " },
        { "key/cert basename", "a.", "" }, /* a basename has no dot */
        { "CA key/cert basename", "b", "b " },
        { "csr/cert basename", "", "a " },
        { "username", "", "a admin " },
        { "attribute", "sub", "subjectAltName: " },
        { "attribute", "CN:", "CN: " },
        { "attribute", "CN:x", "" },
        { "command", "h", "help hostname " },
        { "command", "pki", "pki " },
    };
    struct scratch *scratch = *state;
    struct session session = { .dialect = dialect_find("2.9"),
                               .store = scratch->store };
    size_t i;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i][0] != '.')
            put_text(scratch->store, files[i], "");
    run_shell(scratch, "touch .key; mkdir dir.key; ln -s a.key link.key", NULL);
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct blob offers = { 0 };

        slot(table[i].slot)
            ->complete(&session, table[i].prefix, collect, &offers);
        blob_text(&offers, "");
        assert_string_equal(offers.data, table[i].want);
        blob_clear(&offers);
    }
    assert_null(slot("name")->complete);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_check),
        cmocka_unit_test_setup_teardown(test_complete, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}

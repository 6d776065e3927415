/*
 * What slots accept and offer.
 */
#include <string.h>
#include <sys/resource.h>

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

#define TEXT_64                                                                \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT_256 TEXT_64 TEXT_64 TEXT_64 TEXT_64
#define LONG_TEXT TEXT_256 TEXT_256 TEXT_256 TEXT_256

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
        { "if", "e", E_NONE },
        { "if", "lo", E_NO_INTERFACE },
        { "timezone", "Atlantis/Capital", E_BAD_TIMEZONE },
        { "backup", "a.bak", E_BAD_BASENAME },
        { "key-file", "leaf.key", E_NONE },
        { "key-file", "other.key", E_NO_FILE },
        { "crt-bundle", "../leaf.key", E_BAD_NAME },
        { "interface", "a", E_NONE },
        { "interface", "lo", E_NONE },
        { "interface", "f", E_NO_INTERFACE },
        { "interface", "", E_NO_INTERFACE },
        { "interface", "a:443", E_NO_INTERFACE },
        { "interface whitelist", "e", E_NONE },
        { "interface:port whitelist", "a:445", E_NONE },
        { "interface:port whitelist", "a", E_BAD_PLACE },
        { "interface:port whitelist", "a:", E_BAD_PORT },
        { "interface:port whitelist", "a:65536", E_BAD_PORT },
        { "interface:port whitelist", "l:445", E_NO_INTERFACE },
        { "interface[:port] whitelist", "lo:445", E_NONE },
        { "interface[:port] whitelist", "b", E_NONE },
        { "localnode", "ipv4:a", E_NONE },
        { "localnode", "192.0.2.1", E_NONE },
        { "localnode", "ipv6:a", E_NONE },
        { "localnode", "lo", E_NO_INTERFACE },
        { "hostname/IP[:port]", "192.0.2.1:5432", E_NONE },
        { "hostname/IP[:port]", "db1.example.com", E_NONE },
        { "hostname/IP[:port]", "db1.example.com:", E_BAD_PORT },
        { "server_key", "a/b", E_BAD_NAME },
        { "port", "1", E_NONE },
        { "port", "65535", E_NONE },
        { "port", "0", E_BAD_PORT },
        { "port", "0443", E_BAD_PORT },
        { "port", "+443", E_BAD_PORT },
        { "port", "4294967739", E_BAD_PORT },
        { "port", "", E_BAD_PORT },
        { "address", "192.0.2.1", E_NONE },
        { "address", "2001:db8::1", E_NONE },
        { "address", "192.0.2", E_BAD_ADDRESS },
        { "hostname/IP", "2001:db8::1", E_NONE },
        { "hostname/IP", "cucm.example.com", E_NONE },
        { "hostname/IP", "cucm_1", E_BAD_HOSTNAME },
        { "hostname/IP>:<directory", "192.0.2.1:Recording", E_NONE },
        { "hostname/IP>:<directory", "[2001:db8::1]:/var/nfs", E_NONE },
        { "hostname/IP>:<directory", "192.0.2.1", E_BAD_WORD },
        { "hostname/IP>:<directory", "192.0.2.1:", E_BAD_WORD },
        { "hostname/IP>:<directory", "cms_1:Recording", E_BAD_WORD },
        { "ip>:<port", "192.0.2.1:5061", E_NONE },
        { "ip>:<port", "[2001:db8::1]:5061", E_NONE },
        { "ip>:<port", "[edge]:5061", E_BAD_ADDRESS },
        { "ip>:<port", "192.0.2.1", E_BAD_PORT },
        { "edge name/ip[:port]", "192.0.2.1", E_NONE },
        { "edge name/ip[:port]", "edge.example.com:4999", E_NONE },
        { "edge name/ip[:port]", "edge.example.com", E_NONE },
        { "edge name/ip[:port]", "edge.example.com:x", E_BAD_PORT },
        { "hours", "24", E_NONE },
        { "hours", "25", E_BAD_NUMBER },
        { "hours", "0", E_BAD_NUMBER },
        { "number", "0", E_NONE },
        { "number", "-1", E_BAD_NUMBER },
        { "url", "https://example.com/x", E_NONE },
        { "url", "ftp://example.com/x", E_BAD_URL },
        { "url", "https://example.com/a b", E_BAD_URL },
        { "tag", "edge-1_x", E_NONE },
        { "tag", "edge.1", E_BAD_TAG },
        { "tag", "", E_BAD_TAG },
        { "minimum version string", "1.2", E_NONE },
        { "minimum version string", "1.4", E_BAD_WORD },
        { "minimum version string", "TLSv1", E_BAD_WORD },
        { "frame-ancestors", "https://*.example.com:443", E_NONE },
        { "frame-ancestors", "a;b", E_BAD_WORD },
        { "e-mail address", "cms@example.com", E_NONE },
        { "e-mail address", "cms", E_ATTRIBUTE_EMAIL },
        { "e-mail address", "a@b@c", E_ATTRIBUTE_EMAIL },
        { "e-mail address", "@b", E_ATTRIBUTE_EMAIL },
        { "e-mail address", "a@", E_ATTRIBUTE_EMAIL },
        { "account", "operator-1", E_NONE },
        { "account", "a b", E_BAD_USER },
        { "role", "audit", E_NONE },
        { "role", "root", E_BAD_WORD },
        { "ip>:<port", "[edge:5061", E_BAD_HOSTNAME },
        { "hostname/IP>:<directory", "[edge:Recording", E_BAD_WORD },
        { "hostname/IP>:<directory", "2001:db8::1:Recording", E_NONE },
        { "url", "http://example.com", E_NONE },
        { "tag", TEXT_64, E_NONE },
        { "tag", TEXT_64 "5", E_BAD_TAG },
        { "minimum version string", "2.0", E_BAD_WORD },
        { "minimum version string", "1./", E_BAD_WORD },
        { "frame-ancestors", LONG_TEXT, E_BAD_WORD },
        { "realm", "a\x7f", E_BAD_WORD },
        { "realm", "example.com", E_NONE },
        { "realm", "", E_BAD_WORD },
        { "realm", "a\tb", E_BAD_WORD },
        { "realm", "M\xc3\xbcller", E_NONE },
        { "realm", "M\xc3uller", E_BAD_WORD },
        { "realm", "a\xc3", E_BAD_WORD },
        { "realm",
          "a\xc2\x9b"
          "2J",
          E_BAD_WORD },
        { "realm",
          "a\x9b"
          "2J",
          E_BAD_WORD },
        { "e-mail address", "j\xc3\xb6rg@example.com", E_NONE },
        { "e-mail address", "a\33[2J@b", E_ATTRIBUTE_EMAIL },
        { "e-mail address", "a@b\xc2\x9b", E_ATTRIBUTE_EMAIL },
        { "e-mail address", "a\xff@b", E_ATTRIBUTE_EMAIL },
        { "hostname/IP>:<directory", "192.0.2.1:B\xc3\xbcro", E_NONE },
        { "hostname/IP>:<directory", "192.0.2.1:a\33[2J", E_BAD_WORD },
        { "hostname/IP>:<directory", "192.0.2.1:a\xff", E_BAD_WORD },
        { "hostname/IP>:<directory", "[\33]:a", E_BAD_WORD },
        { "url", "https://example.com/\33[2J", E_BAD_URL },
        { "url", "https://example.com/\xff", E_BAD_URL },
        { "attribute", "CN:a", E_NONE },
        { "attribute", "subAltName:a", E_ATTRIBUTE_UNKNOWN },
        { "port|none", "none", E_BAD_PORT }, /* the grammar takes it */
    };
    struct scratch *scratch = *state;
    struct session session = { .store = scratch->store };
    size_t i;

    fixture_store(scratch->store, "leaf.key");
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct slot *row = slot(table[i].slot);
        struct error error;

        if (table[i].code == E_NONE)
            assert_int_equal(row->check(&session, table[i].word, &error), 0);
        else
            assert_fails(row->check(&session, table[i].word, &error), &error,
                         table[i].code, NULL);
        /* Of a host with a port, it may be the host that is told. */
        if (table[i].code != E_NONE && table[i].code != E_BAD_HOSTNAME)
            assert_memory_equal(
                error.subject, table[i].word,
                strnlen(table[i].word, sizeof(error.subject) - 1));
    }
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
        { "interface", "", "a b c d e lo " },
        { "interface[:port] whitelist", "l", "lo " },
        { "key-file", "b", "b.key " },
        { "crt-bundle|none", "a.p", "a.pem " },
        { "key/cert basename", "", "a b " },
        { "key/cert basename", "a.", "" }, /* a basename has no dot */
        { "CA key/cert basename", "b", "b " },
        { "csr/cert basename", "", "a " },
        { "username", "", "a admin " },
        { "attribute", "sub", "subjectAltName: " },
        { "attribute", "CN:", "CN: " },
        { "attribute", "CN:x", "" },
        { "command", "h", "help hostname h323_gateway " },
        { "command", "pki", "pki " },
        { "account", "a", "admin " },
        { "account", "x", "" },
        { "role", "a", "admin audit appadmin api " },
        { "role", "x", "" },
        { "if", "", "a b c d e " },
        { "if", "b", "b " },
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
    session_clear(&session);
    assert_null(slot("name")->complete);
}

/* The tags are those of all services that have some. */
static void
test_complete_tags(void **state)
{
    struct scratch *scratch = *state;
    struct session session = { .dialect = dialect_find("2.9"),
                               .store = scratch->store };
    struct blob offers = { 0 };
    struct error error;
    size_t i;

    assert_int_equal(session_settings(&session, &error), 0);
    i = settings_append(session.settings, "trunk");
    settings_set_entry(session.settings, "trunk", i, "tag", "edge");
    slot("tag")->complete(&session, "e", collect, &offers);
    assert_string_equal(offers.data, "edge ");
    slot("tag")->complete(&session, "x", collect, &offers);
    assert_string_equal(offers.data, "edge ");
    blob_clear(&offers);
    session_clear(&session);
}

/* What can not be read offers nothing. */
static void
test_complete_nothing(void **state)
{
    static const char *const names[] = { "filename", "account", "tag" };
    struct scratch *scratch = *state;
    struct session session = { .dialect = dialect_find("2.9"),
                               .store = scratch->store };
    struct blob offers = { 0 };
    struct rlimit limit, none;
    size_t i;

    put_text(scratch->store, "a.key", "");
    assert_int_equal(
        run_shell(scratch, "mkdir ../private/users ../private/settings", NULL),
        0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (i = 0; i < 3; i++)
        slot(names[i])->complete(&session, "", collect, &offers);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(offers.size, 0);
    slot("filename")->complete(&session, "", collect, &offers);
    assert_string_equal(offers.data, "a.key ");
    blob_clear(&offers);
    session_clear(&session);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test_setup_teardown(test_check, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_complete_tags, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_complete_nothing, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_complete, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}

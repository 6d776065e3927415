/*
 * Findings to words.
 */
#include "mmp/hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmp/options.h"
#include "tests/support.h"

/* Every kind has words that are one line, and says where or what it is. */
static void
test_words(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < HINTS; i++) {
        const char *words = hint_words((enum hint_id)i);

        if (words == NULL) {
            fail_msg("%s has no words", hint_name((enum hint_id)i));
            continue;
        }
        assert_null(strchr(words, '\n'));
        assert_true(strlen(words) < 200);
        assert_true(words[strlen(words) - 1] != '.');
    }
}

static void
expect_format(const struct hint *hint, const char *want)
{
    struct blob text = { 0 };

    hint_format(hint, &text);
    assert_string_equal((const char *)text.data, want);
    blob_clear(&text);
}

static void
test_format(void **state)
{
    struct hint hint = { .id = HINT_CHAIN_DUPLICATE,
                         .service = "webadmin",
                         .file = "bundle.crt",
                         .element = 3,
                         .line = 44,
                         .one = "2" };

    (void)state;
    expect_format(&hint, "webadmin: bundle.crt, certificate 3 (line 44) "
                         "repeats certificate 2: peers that are strict refuse "
                         "a chain with both; remove one");
    hint = (struct hint){ .id = HINT_FILE_EMPTY, .file = "a\x1b[2J.crt" };
    expect_format(&hint, "a?[2J.crt is empty: upload it again");
    hint = (struct hint){ .id = HINT_INCOMPLETE,
                          .service = "turn",
                          .one = "turn listen <interface whitelist>..." };
    expect_format(&hint, "turn cannot be enabled until this is set: "
                         "turn listen <interface whitelist>...");
}

static struct session
session_of(const char *release)
{
    return (struct session){ .dialect = dialect_find(release), .hints = true };
}

/* What the words were meant to be, "" for nothing. */
static void
expect_spelling(const char *first, const char *second, const char *want)
{
    struct session session = session_of("2.9");
    char one[64], two[64], *words[] = { one, two };
    struct hints hints = { 0 };

    snprintf(one, sizeof(one), "%s", first);
    snprintf(two, sizeof(two), "%s", second);
    hint_spelling(&session, words, second[0] != '\0' ? 2 : 1, &hints);
    if (want[0] == '\0') {
        assert_int_equal(hints.count, 0);
    } else {
        assert_int_equal(hints.count, 1);
        assert_string_equal(hints.all[0].id == HINT_WORD_MISSPELT
                                ? hints.all[0].two
                                : hints.all[0].one,
                            want);
    }
    hints_clear(&hints);
    session_clear(&session);
}

static void
test_spelling(void **state)
{
    (void)state;
    expect_spelling("disable", "webadmin", "webadmin disable");
    expect_spelling("wbeadmin", "enable", "webadmin");
    expect_spelling("webadmin", "enabel", "enable");
    expect_spelling("pki", "inspekt", "inspect");
    expect_spelling("h323_gatway", "", "h323_gateway");
    expect_spelling("terminal", "width", "");
    expect_spelling("PS1=x", "", "");
    expect_spelling("pki", "inspect", "");
    expect_spelling("webbridge3", "enable", "webbridge3");
    expect_spelling("recorder", "sip", "recorder sip");
    /* Copied, where it matters. */
    expect_spelling("pki\u00a0list", "", "pki\u00a0list");
    expect_spelling("user", "add\u00a0bob", "add\u00a0bob");
    expect_spelling("webadmin", "\u2013certs", "\u2013certs");
    expect_spelling("wbeadmin", "O:L\u2019Oreal", "webadmin");
    expect_spelling("rm", "\u2013x", "\u2013x");
}

/* NULL: there is no hint. */
static void
expect_altname(const char *typed, const char *meant)
{
    struct hints hints = { 0 };
    struct error error;

    fail_pair(&error, E_ALTNAME_BAD, typed, NULL);
    hint_typed(NULL, 0, &error, &hints);
    assert_int_equal(hints.count, meant != NULL);
    if (meant != NULL) {
        assert_string_equal(hints.all[0].one, typed);
        assert_string_equal(hints.all[0].two, meant);
    }
    hints_clear(&hints);
}

static void
test_typed(void **state)
{
    struct hints hints = { 0 };
    struct error error;

    (void)state;
    fail_pair(&error, E_ATTRIBUTE_UNKNOWN, "subAltName:a", NULL);
    hint_typed(NULL, 0, &error, &hints);
    assert_int_equal(hints.count, 1);
    assert_string_equal(hints.all[0].two, "subjectAltName");
    hints_clear(&hints);
    fail_pair(&error, E_ATTRIBUTE_UNKNOWN, "colour:red", NULL);
    hint_typed(NULL, 0, &error, &hints);
    assert_int_equal(hints.count, 0);
    fail_pair(&error, E_ATTRIBUTE_UNKNOWN, "b", NULL);
    hint_typed(NULL, 0, &error, &hints);
    assert_int_equal(hints.count, 1);
    assert_true(hints_has(&hints, HINT_WORD_UNQUOTED));
    hints_clear(&hints);
    fail_pair(&error, E_ATTRIBUTE_EMPTY, "CN", NULL);
    hint_typed(NULL, 0, &error, &hints);
    assert_true(hints_has(&hints, HINT_WORD_UNQUOTED));
    hints_clear(&hints);
    expect_altname("DNS:a.example.com", "a.example.com");
    expect_altname("ip=192.0.2.1", "192.0.2.1");
    expect_altname("https://a.example.com/join", "a.example.com");
    expect_altname("https://", NULL);
    expect_altname("a_b", NULL);
    expect_altname("a.example.com:443", "a.example.com");
    expect_altname("https://a.example.com:443/join", "a.example.com");
    expect_altname("a.example.com.", "a.example.com");
    expect_altname("a:b", NULL);
    expect_altname(":443", NULL);
    expect_altname(".", NULL);
    fail_detail(&error, E_CANCELLED, NULL, "y");
    hint_typed(NULL, 0, &error, &hints);
    assert_true(hints_has(&hints, HINT_CAPITAL_Y));
    hints_clear(&hints);
    fail_detail(&error, E_CANCELLED, NULL, "n");
    hint_typed(NULL, 0, &error, &hints);
    assert_int_equal(hints.count, 0);
}

/* NULL: no hint. */
static void
expect_typed(enum error_code code, const char *typed, enum hint_id id,
             const char *meant)
{
    struct hints hints = { 0 };
    struct error error;

    fail_pair(&error, code, typed, NULL);
    hint_typed(NULL, 0, &error, &hints);
    assert_int_equal(hints.count, meant != NULL);
    if (meant != NULL) {
        assert_int_equal(hints.all[0].id, id);
        assert_string_equal(hints.all[0].one, typed);
        assert_string_equal(hints.all[0].two, meant);
    }
    hints_clear(&hints);
}

static void
test_typed_names(void **state)
{
    (void)state;
    expect_typed(E_ATTRIBUTE_UNKNOWN, "CN=a.example", HINT_WORD_MISSPELT,
                 "CN:a.example");
    expect_typed(E_BAD_BASENAME, "web.csr", HINT_WORD_MISSPELT, "web");
    expect_typed(E_BAD_BASENAME, "a.example.key", HINT_WORD_MISSPELT, NULL);
    expect_typed(E_BAD_BASENAME, "../web.key", HINT_WORD_MISSPELT, NULL);
    expect_typed(E_BAD_BASENAME, ".key", HINT_WORD_MISSPELT, NULL);
    expect_typed(E_ALTNAME_BAD, "m\303\274ller.example", HINT_WORD_NOT_ASCII,
                 "");
    expect_typed(E_BAD_HOSTNAME, "m\303\274ller", HINT_WORD_NOT_ASCII, "");
    expect_typed(E_BAD_HOSTNAME, "-a", HINT_WORD_NOT_ASCII, NULL);
    expect_typed(E_ALTNAME_BAD, "b.example\u200b", HINT_WORD_COPIED,
                 "a zero width space (U+200B), which nobody sees");
    expect_typed(E_NO_FILE, "\u2013x", HINT_WORD_COPIED,
                 "a dash (U+2013) in place of a hyphen");
    /* Here the name is none of the reasons. */
    expect_typed(E_MISMATCH_CERT, "\u2013x", HINT_WORD_COPIED, NULL);
    expect_typed(E_ALTNAME_BAD, " b.example", HINT_WORD_COMMA, "");
    expect_typed(E_ALTNAME_BAD, "a.example;b.example", HINT_WORD_COMMA, "");
}

/* A comma is where names are joined, and nowhere else. */
static void
test_typed_commas(void **state)
{
    char pki[] = "pki", end[] = "CN:a.example,", begin[] = ",b.example";
    char comma[] = ",";
    char *words[] = { pki, end }, *later[] = { pki, begin };
    char *alone[] = { pki, comma };
    struct hints hints = { 0 };
    struct error error;

    (void)state;
    assert_false(hint_comma(words, 1, &hints));
    assert_true(hint_comma(words, 2, &hints));
    assert_string_equal(hints.all[0].one, end);
    hints_clear(&hints);
    assert_true(hint_comma(later, 2, &hints));
    assert_true(hint_comma(alone, 2, &hints));
    hints_clear(&hints);
    fail_pair(&error, E_ATTRIBUTE_UNKNOWN, "b.example", NULL);
    hint_typed(words, 2, &error, &hints);
    assert_int_equal(hints.count, 1);
    assert_true(hints_has(&hints, HINT_WORD_COMMA));
    hints_clear(&hints);
    fail_pair(&error, E_ATTRIBUTE_EMPTY, "subjectAltName", NULL);
    hint_typed(words, 2, &error, &hints);
    assert_int_equal(hints.count, 1);
    assert_true(hints_has(&hints, HINT_WORD_COMMA));
    hints_clear(&hints);
}

/* What is left out is counted. */
static void
test_say(void **state)
{
    struct session session = session_of("2.9");
    struct hint hint = { .id = HINT_FILE_CRLF, .file = "a.crt" };
    struct hints hints = { .all = &hint, .count = 1, .left_out = 7 };
    char *said;
    size_t size;

    (void)state;
    session.out = open_memstream(&said, &size);
    say_hints(&session, &hints);
    print_examination(&session, &hints);
    session.json = true;
    print_examination(&session, &hints);
    fclose(session.out);
    assert_string_equal(
        said,
        "HINT: a.crt has Windows line endings (CR LF): they do no harm here "
        "[file-crlf]\n"
        "HINT: and 7 more\n"
        "NOTE: a.crt has Windows line endings (CR LF): they do no harm here "
        "[file-crlf]\n"
        "NOTE: and 7 more\n"
        "{\"findings\":[{\"id\":\"file-crlf\",\"severity\":\"note\","
        "\"file\":\"a.crt\",\"text\":\"a.crt has Windows line endings (CR LF): "
        "they do no harm here\"}],\"left_out\":7}\n");
    free(said);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),       cmocka_unit_test(test_format),
        cmocka_unit_test(test_spelling),    cmocka_unit_test(test_typed),
        cmocka_unit_test(test_typed_names), cmocka_unit_test(test_typed_commas),
        cmocka_unit_test(test_say),
    };

    return cmocka_run_group_tests_name("hints", tests, NULL, NULL);
}

/*
 * Scripts that are checked, not run.
 */
#include "mmp/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support.h"

/* What is said about these commands; the caller frees it. */
static char *
said(const char *release, const char *commands, size_t complaints)
{
    struct session session = { .dialect = dialect_find(release) };
    char *copy = strdup(commands), *text = NULL;
    FILE *in = fmemopen(copy, strlen(copy), "r");
    size_t size;

    session.out = open_memstream(&text, &size);
    assert_int_equal(syntax_check(&session, in), complaints);
    fclose(session.out);
    fclose(in);
    free(copy);
    session_clear(&session);
    return text;
}

static void
check(const char *release, const char *commands, size_t complaints,
      const char *want)
{
    char *text = said(release, commands, complaints);

    assert_string_equal(text, want);
    free(text);
}

static void
test_good(void **state)
{
    (void)state;
    check("3.9",
          "# a comment\n"
          "\n"
          "pki csr web CN:cms.example.com O:\"Example Inc.\"\r\n"
          "webadmin listen {{interface}} 443\n"
          "webadmin certs {{key}} {{crt}}.crt\n"
          "webadmin certs not.there either.crt\n"
          "help pki\n"
          "webadmin ?\n",
          0, "");
}

static void
test_words_are_named(void **state)
{
    (void)state;
    check("3.9",
          "wbeadmin enable\n"
          "disable webadmin\n"
          "webadmin listen z\n"
          "pki match web.key\n"
          "pki csr web CN:a subAltName:b\n"
          "webadmin certs a b c d\n"
          "webbridge enable\n"
          "pki csr web CN:\"a\n"
          "pki lst\n",
          9,
          "1:1: unknown command: wbeadmin\n"
          "2:1: unknown command: disable\n"
          "3:3: z: not an interface: a, b, c, d, e, or lo for services\n"
          "4:4: more is missing after web.key: expected: pki match <key> "
          "<certificate>\n"
          "5:5: subAltName:b: not an attribute: CN OU O L ST C emailAddress "
          "subjectAltName\n"
          "6:6: unexpected word: d: expected: webadmin certs <key-file> "
          "<crt-file> [<crt-bundle>]\n"
          "7:1: unknown command: webbridge\n"
          "8:4: missing closing double quote\n"
          "9:2: unexpected word: lst: see help pki\n");
    check("2.9", "webbridge enable\n", 0, "");
    check("3.9", "\xef\xbb\xbfpki list\n\xef\xbb\xbfpki list\n", 1,
          "2:1: unknown command: ***\n");
}

/* The answers to a command are no commands, and may be passwords. */
static void
test_passwords(void **state)
{
    (void)state;
    check("3.9",
          "reboot\n"
          "Y\n"
          "user add bob admin\n"
          "S3cret\n"
          "\"a S3cret\"\n",
          3,
          "2:1: unknown command: ***\n"
          "4:1: unknown command: ***\n"
          "5:1: unknown command: ***\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_words_are_named),
        cmocka_unit_test(test_passwords),
    };

    return cmocka_run_group_tests_name("syntax", tests, NULL, NULL);
}

/*
 * The program's own configuration.
 */
#include "mmp/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

/* A file of the scratch by its path; the caller frees that. */
static char *
make_file(struct scratch *scratch, const char *name, const char *text)
{
    char *path = xasprintf("%s/files/%s", scratch->path, name);

    if (text != NULL)
        put_text(scratch->store, name, text);
    return path;
}

static int
load(struct scratch *scratch, const char *text, struct options *options,
     struct error *error)
{
    char *path = make_file(scratch, "mmp.cfg", text);
    int r = options_load(options, path, true, error);

    free(path);
    return r;
}

static void
check_equal(const struct options *a, const struct options *b)
{
    assert_string_equal(a->release, b->release);
    assert_string_equal(a->hostname, b->hostname);
    assert_string_equal(a->license_expiry, b->license_expiry);
    if (a->state == NULL || b->state == NULL)
        assert_ptr_equal(a->state, b->state);
    else
        assert_string_equal(a->state, b->state);
    assert_int_equal(a->key_bits, b->key_bits);
    assert_int_equal(a->keygen, b->keygen);
    assert_int_equal(a->days, b->days);
    assert_int_equal(a->diagnostics, b->diagnostics);
    assert_string_equal(a->backend, b->backend);
    assert_string_equal(a->database_user, b->database_user);
    assert_string_equal(a->interfaces.a, b->interfaces.a);
    assert_string_equal(a->interfaces.lo, b->interfaces.lo);
    assert_int_equal(a->port_offset, b->port_offset);
}

static void
test_defaults(void **state)
{
    struct options options;

    (void)state;
    options_defaults(&options);
    assert_string_equal(options.release, "2.9");
    assert_string_equal(options.hostname, "cms");
    assert_null(options.state);
    assert_int_equal(options.key_bits, 2048);
    assert_int_equal(options.keygen, KEYGEN_FAST);
    assert_int_equal(options.days, 365);
    assert_true(options.diagnostics);
    options_clear(&options);
    assert_null(options.release);
}

static void
test_every_key(void **state)
{
    struct interfaces interfaces;
    struct options options;
    struct error error;

    options_defaults(&options);
    assert_int_equal(load(*state,
                          "# all of them\n"
                          "release = \"3.9\";\n"
                          "hostname = \"cms1.example.org\";\n"
                          "state = \"/srv/mmp\";\n"
                          "key_bits = 4096;\n"
                          "keygen = \"library\";\n"
                          "license_expiry = \"2030-12-31\";\n"
                          "days = 36500;\n"
                          "diagnostics = false;\n"
                          "backend = \"nginx\";\n"
                          "interfaces = { a = \"192.0.2.1\"; e = \"::1\"; };\n"
                          "port_offset = 60000;\n"
                          "database_user = \"keeper\";\n"
                          "names = { webbridge3 = [ \"join.example.com\",\n"
                          "    \"https://a.example.com:444/x?y\",\n"
                          "    \"https://[2001:db8::1]/\" ];\n"
                          "  callbridge = ( \"192.0.2.1\" ); };\n",
                          &options, &error),
                     0);
    assert_int_equal(options.name_count, 4);
    assert_string_equal(options.names[0].service, "webbridge3");
    assert_string_equal(options.names[0].host, "join.example.com");
    assert_string_equal(options.names[1].host, "a.example.com");
    assert_string_equal(options.names[2].host, "2001:db8::1");
    assert_string_equal(options.names[3].service, "callbridge");
    assert_string_equal(options.names[3].host, "192.0.2.1");
    assert_string_equal(options.backend, "nginx");
    assert_string_equal(options.database_user, "keeper");
    assert_int_equal(options.port_offset, 60000);
    options_interfaces(&options, &interfaces);
    assert_string_equal(interfaces.a, "192.0.2.1");
    assert_string_equal(interfaces.b, "127.0.0.2");
    assert_string_equal(interfaces.e, "::1");
    assert_int_equal(interfaces.port_offset, 60000);
    assert_string_equal(options.release, "3.9");
    assert_string_equal(options.hostname, "cms1.example.org");
    assert_string_equal(options.state, "/srv/mmp");
    assert_string_equal(options.license_expiry, "2030-12-31");
    assert_int_equal(options.key_bits, 4096);
    assert_int_equal(options.keygen, KEYGEN_LIBRARY);
    assert_int_equal(options.days, 36500);
    assert_false(options.diagnostics);
    options_clear(&options);
}

/* Each on line 2, behind a good key that must not count either. */
static void
test_refused(void **state)
{
    static const struct {
        const char *line, *key;
        enum error_code code;
    } table[] = {
        { "colour = \"red\";", "colour", E_CONFIG_UNKNOWN },
        { "Days = 3;", "Days", E_CONFIG_UNKNOWN },
        { "key-bits = 3;", "key-bits", E_CONFIG_UNKNOWN },
        { "release = 2.9;", "release", E_CONFIG_TYPE },
        { "release = \"2.8\";", "release", E_CONFIG_VALUE },
        { "release = \"\";", "release", E_CONFIG_VALUE },
        { "hostname = 1;", "hostname", E_CONFIG_TYPE },
        { "hostname = \"a b\";", "hostname", E_CONFIG_VALUE },
        { "state = true;", "state", E_CONFIG_TYPE },
        { "state = \"\";", "state", E_CONFIG_VALUE },
        { "state = \"here\";", "state", E_CONFIG_VALUE },
        { "key_bits = \"2048\";", "key_bits", E_CONFIG_TYPE },
        { "key_bits = 2048.0;", "key_bits", E_CONFIG_TYPE },
        { "key_bits = 2047;", "key_bits", E_CONFIG_VALUE },
        { "key_bits = 2049;", "key_bits", E_CONFIG_VALUE },
        { "key_bits = 8193;", "key_bits", E_CONFIG_VALUE },
        { "keygen = 1;", "keygen", E_CONFIG_TYPE },
        { "keygen = \"slow\";", "keygen", E_CONFIG_VALUE },
        { "license_expiry = 2030;", "license_expiry", E_CONFIG_TYPE },
        { "license_expiry = \"2030-02-30\";", "license_expiry",
          E_CONFIG_VALUE },
        { "days = \"x\";", "days", E_CONFIG_TYPE },
        { "days = { a = 1; };", "days", E_CONFIG_TYPE },
        { "days = 0;", "days", E_CONFIG_VALUE },
        { "days = -1;", "days", E_CONFIG_VALUE },
        { "days = 36501;", "days", E_CONFIG_VALUE },
        { "diagnostics = 1;", "diagnostics", E_CONFIG_TYPE },
        { "diagnostics = \"true\";", "diagnostics", E_CONFIG_TYPE },
        { "backend = \"apache\";", "backend", E_CONFIG_VALUE },
        { "database_user = \"-\";", "database_user", E_CONFIG_VALUE },
        { "database_user = \"\";", "database_user", E_CONFIG_VALUE },
        { "interfaces = \"a\";", "interfaces", E_CONFIG_TYPE },
        { "interfaces = { f = \"::1\"; };", "f", E_CONFIG_UNKNOWN },
        { "interfaces = { a = \"localhost\"; };", "a", E_CONFIG_VALUE },
        { "interfaces = { a = 1; };", "a", E_CONFIG_TYPE },
        { "port_offset = -1;", "port_offset", E_CONFIG_VALUE },
        { "names = [ \"a\" ];", "names", E_CONFIG_TYPE },
        { "names = { webbridge4 = [ \"a\" ]; };", "webbridge4",
          E_CONFIG_UNKNOWN },
        { "names = { ntp = [ \"a\" ]; };", "ntp", E_CONFIG_UNKNOWN },
        { "names = { uploader = [ \"a\" ]; };", "uploader", E_CONFIG_UNKNOWN },
        { "names = { webadmin = \"a\"; };", "webadmin", E_CONFIG_TYPE },
        { "names = { webadmin = [ 1 ]; };", "webadmin", E_CONFIG_TYPE },
        { "names = { webadmin = [ \"\" ]; };", "webadmin", E_CONFIG_VALUE },
        { "names = { webadmin = [ \"a b\" ]; };", "webadmin", E_CONFIG_VALUE },
        { "names = { webadmin = [ \"a:443\" ]; };", "webadmin",
          E_CONFIG_VALUE },
        { "names = { webadmin = [ \"*.example.com\" ]; };", "webadmin",
          E_CONFIG_VALUE },
        { "names = { webadmin = [ \"ftp://a\" ]; };", "webadmin",
          E_CONFIG_VALUE },
        { "names = { webadmin = [ \"https://\" ]; };", "webadmin",
          E_CONFIG_VALUE },
        { "names = { webadmin = [ \"https://u@a/\" ]; };", "webadmin",
          E_CONFIG_VALUE },
        { "names = { webadmin = [ \"https://[::1]a\" ]; };", "webadmin",
          E_CONFIG_VALUE },
        { "names = { webadmin = [ \"https://[::1\" ]; };", "webadmin",
          E_CONFIG_VALUE },
        { "days = ;", "", E_CONFIG_SYNTAX },
        { "/* days = 3;", "", E_CONFIG_SYNTAX },
        { "days = 3; \" release = 3;", "", E_CONFIG_SYNTAX },
        { "days = 3; \" \\\"", "", E_CONFIG_SYNTAX },
        { "days = 3; \" \\", "", E_CONFIG_SYNTAX },
        { "days = 3; days = 4;", "", E_CONFIG_SYNTAX },
    };
    struct scratch *scratch = *state;
    char *path = make_file(scratch, "mmp.cfg", NULL);
    size_t i;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char *text = xasprintf("%s;\n%s\n",
                               strcmp(table[i].key, "hostname") == 0
                                   ? "state = \"/other\""
                                   : "hostname = \"other\"",
                               table[i].line);
        struct options options, defaults;
        struct error error;

        options_defaults(&options);
        options_defaults(&defaults);
        assert_fails(load(scratch, text, &options, &error), &error,
                     table[i].code, path);
        assert_int_equal(error.line, 2);
        assert_string_equal(error.other, table[i].key);
        if (table[i].code == E_CONFIG_UNKNOWN)
            assert_string_equal(error.detail, "");
        else
            assert_string_not_equal(error.detail, "");
        check_equal(&options, &defaults);
        options_clear(&options);
        options_clear(&defaults);
        free(text);
    }
    free(path);
}

static void
test_odd_files(void **state)
{
    struct scratch *scratch = *state;
    char *missing = make_file(scratch, "missing", NULL);
    char *with_nul = make_file(scratch, "nul", NULL);
    struct blob bytes = { 0 };
    const struct store_change change = { "nul", &bytes, 0644 };
    struct options options, defaults;
    struct error error;

    options_defaults(&options);
    options_defaults(&defaults);
    assert_fails(options_load(&options, missing, true, &error), &error,
                 E_NO_FILE, missing);
    assert_int_equal(options_load(&options, missing, false, &error), 0);
    assert_int_equal(load(scratch, "", &options, &error), 0);
    assert_fails(options_load(&options, scratch->path, false, &error), &error,
                 E_NOT_REGULAR, scratch->path);
    blob_append(&bytes, "days = 3;\n\0colour", 17);
    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    assert_fails(options_load(&options, with_nul, true, &error), &error,
                 E_CONFIG_SYNTAX, with_nul);
    assert_int_equal(error.line, 2);
    check_equal(&options, &defaults);
    blob_clear(&bytes);
    options_clear(&options);
    options_clear(&defaults);
    free(missing);
    free(with_nul);
}

/* A failure in a file that was included names that one. */
static void
test_included(void **state)
{
    struct scratch *scratch = *state;
    char *inner = make_file(scratch, "inner", "\n\ncolour = 1;\n");
    char *text = xasprintf("days = 3;\n@include \"%s\"\n", inner);
    struct options options;
    struct error error;

    options_defaults(&options);
    assert_fails(load(scratch, text, &options, &error), &error,
                 E_CONFIG_UNKNOWN, inner);
    assert_int_equal(error.line, 3);
    put_text(scratch->store, "inner", "days =\n");
    assert_fails(load(scratch, text, &options, &error), &error, E_CONFIG_SYNTAX,
                 inner);
    put_text(scratch->store, "inner", "key_bits = 3072;\n");
    assert_int_equal(load(scratch, text, &options, &error), 0);
    assert_int_equal(options.days, 3);
    assert_int_equal(options.key_bits, 3072);
    options_clear(&options);
    free(text);
    free(inner);
}

static void
test_places(void **state)
{
    struct scratch *scratch = *state;
    char *system =
        make_file(scratch, "system.cfg", "days = 1;\nkey_bits = 3072;\n");
    char *xdg = make_file(scratch, "xdg", NULL);
    char *home = make_file(scratch, "home", NULL);
    struct options options;
    struct error error;

    assert_int_equal(run_shell(scratch,
                               "mkdir -p xdg/openmmp home/.config/openmmp;"
                               "echo 'days = 2;' >xdg/openmmp/mmp.cfg;"
                               "echo 'days = 3;' >home/.config/openmmp/mmp.cfg",
                               NULL),
                     0);
    options_defaults(&options);
    assert_int_equal(options_load_places(&options, system, NULL, NULL, &error),
                     0);
    assert_int_equal(options.days, 1);
    assert_int_equal(options_load_places(&options, system, NULL, home, &error),
                     0);
    assert_int_equal(options.days, 3);
    assert_int_equal(options_load_places(&options, system, xdg, home, &error),
                     0);
    assert_int_equal(options.days, 2);
    assert_int_equal(options.key_bits, 3072);
    /* The XDG specification: a relative path there is none. */
    assert_int_equal(options_load_places(&options, system, "xdg", home, &error),
                     0);
    assert_int_equal(options.days, 3);
    assert_int_equal(
        options_load_places(&options, "/nonexistent", "/nowhere", NULL, &error),
        0);
    put_text(scratch->store, "system.cfg", "colour = 1;\n");
    assert_fails(options_load_places(&options, system, xdg, home, &error),
                 &error, E_CONFIG_UNKNOWN, system);
    options_clear(&options);
    free(system);
    free(xdg);
    free(home);
}

static void
test_state(void **state)
{
    static const struct {
        const char *configured, *xdg, *home;
        bool root;
        const char *end; /* of the path; NULL: none */
    } table[] = {
        { "/srv/mmp", "/xdg", "/home/u", true, "/srv/mmp" },
        { "/srv/mmp", NULL, NULL, false, "/srv/mmp" },
        { NULL, "/xdg", "/root", true, "/lib/openmmp" },
        { NULL, "/xdg", "/home/u", false, "/xdg/openmmp" },
        { NULL, "xdg", "/home/u", false, "/home/u/.local/state/openmmp" },
        { NULL, NULL, "/home/u", false, "/home/u/.local/state/openmmp" },
        { NULL, NULL, NULL, false, NULL },
    };
    struct options options;
    size_t i;

    (void)state;
    options_defaults(&options);
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char *path;
        size_t size;

        free(options.state);
        options.state =
            table[i].configured != NULL ? xstrdup(table[i].configured) : NULL;
        path =
            options_state(&options, table[i].xdg, table[i].home, table[i].root);
        if (table[i].end == NULL) {
            assert_null(path);
            continue;
        }
        assert_non_null(path);
        assert_int_equal(path[0], '/');
        size = strlen(table[i].end);
        assert_in_range(strlen(path), size, 4096);
        assert_string_equal(path + strlen(path) - size, table[i].end);
        free(path);
    }
    options_clear(&options);
}

/* The sample with its comments taken away: every key, at its default. */
static void
test_sample(void **state)
{
    struct scratch *scratch = *state;
    char *path = make_file(scratch, "sample", NULL);
    struct options options, defaults;
    struct error error;
    struct blob sample = { 0 };
    size_t i;

    assert_int_equal(run_shell(scratch,
                               "sed 's/^#\\([a-z_]* = \\)/\\1/' " SOURCE_DIR
                               "/mmp/mmp.cfg >sample; cat sample",
                               &sample),
                     0);
    options_defaults(&options);
    options_defaults(&defaults);
    assert_int_equal(options_load(&options, path, true, &error), 0);
    assert_string_equal(options.state, "/var/lib/openmmp");
    free(options.state);
    options.state = NULL;     /* its default is none */
    defaults.port_offset = 0; /* it depends on the user */
    check_equal(&options, &defaults);
    for (i = 0; options_key(i) != NULL; i++) {
        char *line = xasprintf("\n%s = ", options_key(i));

        if (strstr((char *)sample.data, line) == NULL)
            fail_msg("%s is not in mmp.cfg", options_key(i));
        free(line);
    }
    assert_int_equal(i, 13);
    blob_clear(&sample);
    options_clear(&options);
    options_clear(&defaults);
    free(path);
}

static void
test_manual(void **state)
{
    struct scratch *scratch = *state;
    struct blob manual = { 0 };
    size_t i;

    run_shell(scratch, "cat " SOURCE_DIR "/mmp/mmp.cfg.5", &manual);
    for (i = 0; options_key(i) != NULL; i++) {
        char *line = xasprintf("\n.It Va %s\n", options_key(i));

        if (strstr((char *)manual.data, line) == NULL)
            fail_msg("%s is not in mmp.cfg.5", options_key(i));
        free(line);
    }
    blob_clear(&manual);
}

/* How many, and that the line is the name's own; a later file goes over an
   earlier one, service by service. */
static void
test_names(void **state)
{
    struct blob text = { 0 };
    struct options options;
    struct error error;
    int i;

    options_defaults(&options);
    blob_text(&text, "names = { webadmin = [\n");
    for (i = 0; i < DOCTOR_NAMES_MAX; i++)
        blob_text(&text, i > 0 ? ",\n\"a\"" : "\"a\"");
    assert_int_equal(DOCTOR_NAMES_MAX, 16);
    blob_text(&text, " ]; callbridge = [ \"b\" ]; };");
    assert_int_equal(load(*state, (char *)text.data, &options, &error), 0);
    assert_int_equal(options.name_count, 17);
    blob_clear(&text);

    assert_int_equal(load(*state,
                          "names = { webadmin = [ \"c\" ]; xmpp = [ ]; };",
                          &options, &error),
                     0);
    assert_int_equal(options.name_count, 2);
    assert_string_equal(options.names[0].host, "b");
    assert_string_equal(options.names[1].host, "c");

    blob_text(&text, "names = { webadmin = [ \"a\"");
    for (i = 0; i < DOCTOR_NAMES_MAX; i++)
        blob_text(&text, ", \"a\"");
    blob_text(&text, " ]; };");
    assert_fails(load(*state, (char *)text.data, &options, &error), &error,
                 E_CONFIG_VALUE, NULL);
    assert_string_equal(error.detail, "at most 16 names");
    blob_clear(&text);
    assert_fails(load(*state,
                      "names = { webadmin = [ \"a\",\n\"b\",\n\"-\" ]; };",
                      &options, &error),
                 &error, E_CONFIG_VALUE, NULL);
    assert_int_equal(error.line, 3);
    assert_int_equal(options.name_count, 2);
    options_clear(&options);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_defaults),  test(test_every_key), test(test_refused),
        test(test_odd_files), test(test_included),  test(test_places),
        test(test_state),     test(test_sample),    test(test_manual),
        test(test_names),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}

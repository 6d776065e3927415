/*
 * Paths and attributes in packets.
 */
#include "services/sftp_wire.h"

#include <string.h>

#include "tests/support.h"

static struct packet_in
in_of(const struct packet_out *out)
{
    return (struct packet_in){ out->data, out->size, false };
}

/* Takes the bytes as a path. */
static int
take_path(const void *bytes, size_t size, char ret[PATH_MAX],
          struct error *error)
{
    struct packet_out out = { 0 };
    struct packet_in in;
    int r;

    packet_put_string(&out, bytes, size);
    in = in_of(&out);
    r = sftp_take_path(&in, ret, error);
    assert_int_equal(in.left, 0);
    packet_clear(&out);
    return r;
}

static const struct {
    const char *path, *real;
} paths[] = {
    { "", "" },
    { ".", "" },
    { "/", "" },
    { "..", "" },
    { "/../..", "" },
    { "a", "a" },
    { "/a", "a" },
    { "//a//", "a" },
    { "/...", "..." },
    { "./x/../a/.", "a" },
    { "/x/y", "x/y" },
    { "/a b", "a b" },
    { "x/../../a", "a" },
    { "/x/y/..", "x" },
    { "x/y/../../..", "" },
};

static void
test_paths(void **state)
{
    char path[PATH_MAX], longest[PATH_MAX];
    struct error error;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(
            take_path(paths[i].path, strlen(paths[i].path), path, &error), 0);
        assert_string_equal(path, paths[i].real);
    }
    memset(longest, 'a', sizeof(longest));
    assert_int_equal(take_path(longest, PATH_MAX - 1, path, &error), 0);
    assert_int_equal(strlen(path), PATH_MAX - 1);
    assert_fails(take_path(longest, PATH_MAX, path, &error), &error, E_BAD_NAME,
                 "");
    assert_fails(take_path("a\0b", 3, path, &error), &error, E_BAD_NAME, "");
}

static void
test_names(void **state)
{
    static const struct {
        const char *path, *name;
        enum error_code code;
    } names[] = {
        { "/leaf.crt", "leaf.crt", E_NONE }, { "x/../a", "a", E_NONE },
        { "/", "/", E_NOT_REGULAR },         { "/.a", ".a", E_BAD_NAME },
        { "x/y", "x/y", E_BAD_NAME },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char name[STORE_MAX_NAME + 1];
        struct packet_out out = { 0 };
        struct packet_in in;
        struct error error;

        packet_put_text(&out, names[i].path);
        in = in_of(&out);
        if (names[i].code == E_NONE) {
            assert_int_equal(sftp_take_name(&in, name, &error), 0);
            assert_string_equal(name, names[i].name);
        } else {
            assert_fails(sftp_take_name(&in, name, &error), &error,
                         names[i].code, names[i].name);
        }
        packet_clear(&out);
    }
}

/* All of them, and what stands behind; or cut anywhere: that is noticed. */
static void
test_attributes(void **state)
{
    struct sftp_attributes got;
    struct packet_out out = { 0 };
    struct packet_in in;
    size_t size;

    (void)state;
    packet_put_u32(&out, 0x8000000f);
    packet_put_u64(&out, 3);
    packet_put_u64(&out, 0);
    packet_put_u32(&out, 0644);
    packet_put_u32(&out, 5);
    packet_put_u32(&out, 6);
    packet_put_u32(&out, 2);
    packet_put_text(&out, "name");
    packet_put_text(&out, "value");
    packet_put_text(&out, "other");
    packet_put_text(&out, "");
    for (size = 0; size < out.size; size++) {
        in = (struct packet_in){ out.data, size, false };
        sftp_take_attributes(&in, &got);
        assert_true(in.bad);
    }
    packet_put_u32(&out, 42);
    in = in_of(&out);
    sftp_take_attributes(&in, &got);
    assert_int_equal(got.flags & (ATTR_SIZE | ATTR_TIMES),
                     ATTR_SIZE | ATTR_TIMES);
    assert_int_equal(got.size, 3);
    assert_int_equal(got.modified, 6);
    assert_int_equal(packet_take_u32(&in), 42);
    packet_clear(&out);
}

static void
test_file(void **state)
{
    const struct store_info info = { 1234, 0640, TEST_NOW };
    struct packet_out out = { 0 };
    struct packet_in in;

    (void)state;
    sftp_put_file(&out, &info);
    sftp_put_folder(&out);
    sftp_put_long_name(&out, "admin", "leaf.crt", &info, TEST_NOW);
    in = in_of(&out);
    assert_int_equal(packet_take_u32(&in), 1 | 4 | 8);
    assert_int_equal(packet_take_u64(&in), 1234);
    assert_int_equal(packet_take_u32(&in), 0100640);
    assert_int_equal(packet_take_u32(&in), TEST_NOW);
    assert_int_equal(packet_take_u32(&in), TEST_NOW);
    assert_int_equal(packet_take_u32(&in), 4);
    assert_int_equal(packet_take_u32(&in), 040700);
    assert_true(packet_is(packet_take_string(&in),
                          "-rw-r-----    1 admin    admin        1234 "
                          "Jun  1 12:00 leaf.crt"));
    assert_int_equal(in.left, 0);
    packet_clear(&out);
}

/* The year where the time of day tells too little. */
static void
test_long_names(void **state)
{
    enum { DAY = 24 * 60 * 60 };
    static const struct {
        time_t age; /* seconds */
        const char *date;
    } table[] = {
        { 0, "Jun  1 12:00" },          { 1, "Jun  1 11:59" },
        { 182 * DAY, "Dec  1 12:00" },  { 183 * DAY, "Nov 30  2025" },
        { 3650 * DAY, "Jun  3  2016" }, { -1, "Jun  1  2026" },
        { -DAY, "Jun  2  2026" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct store_info info = { 1, 0600, TEST_NOW - table[i].age };
        struct packet_out out = { 0 };

        sftp_put_long_name(&out, "o", "a", &info, TEST_NOW);
        packet_put_byte(&out, 0);
        assert_non_null(strstr((char *)out.data + 4, table[i].date));
        packet_clear(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),      cmocka_unit_test(test_names),
        cmocka_unit_test(test_attributes), cmocka_unit_test(test_file),
        cmocka_unit_test(test_long_names),
    };

    return cmocka_run_group_tests_name("sftp_wire", tests, NULL, NULL);
}

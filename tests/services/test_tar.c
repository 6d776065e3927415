/*
 * Tar archives, also as tar(1) sees them.
 */
#include "services/tar.h"

#include <string.h>

#include "tests/support.h"

static void
append(struct blob *tar, const char *name, const char *text)
{
    struct blob data = { 0 };

    blob_text(&data, text);
    tar_append(tar, name, 0640, TEST_NOW, &data);
    blob_clear(&data);
}

static void
check_member(const struct blob *tar, size_t *at, const char *name,
             const char *text)
{
    struct tar_member member;

    assert_int_equal(tar_next(tar, at, &member), TAR_MEMBER);
    assert_string_equal(member.name, name);
    assert_int_equal(member.mode, 0640);
    assert_int_equal(member.size, strlen(text));
    assert_memory_equal(member.data, text, member.size);
}

/* A name of so many bytes. */
static const char *
long_name(char name[TAR_MAX_NAME + 1], size_t size)
{
    memset(name, 'n', size);
    name[size] = '\0';
    return name;
}

static void
test_round_trip(void **state)
{
    char filled[513], name[TAR_MAX_NAME + 1];
    struct tar_member member;
    struct blob tar = { 0 };
    size_t at = 0;

    (void)state;
    memset(filled, 'x', 512);
    filled[512] = '\0';
    append(&tar, "empty", "");
    append(&tar, "one block", filled);
    append(&tar, "short", "text\n");
    append(&tar, long_name(name, 100), "100");
    append(&tar, long_name(name, 101), "101");
    append(&tar, long_name(name, TAR_MAX_NAME), "511");
    tar_end(&tar);
    assert_int_equal(tar.size % 512, 0);
    check_member(&tar, &at, "empty", "");
    check_member(&tar, &at, "one block", filled);
    check_member(&tar, &at, "short", "text\n");
    check_member(&tar, &at, long_name(name, 100), "100");
    check_member(&tar, &at, long_name(name, 101), "101");
    check_member(&tar, &at, long_name(name, TAR_MAX_NAME), "511");
    assert_int_equal(tar_next(&tar, &at, &member), TAR_END);
    assert_int_equal(tar_next(&tar, &at, &member), TAR_END);
    blob_clear(&tar);
}

/* The length in a pax record counts its own digits: 9, 10, 99, 100 ... */
static void
test_lengths_of_names(void **state)
{
    char name[TAR_MAX_NAME + 1];
    size_t n;

    (void)state;
    for (n = 1; n <= TAR_MAX_NAME; n++) {
        struct blob tar = { 0 };
        size_t at = 0;

        append(&tar, long_name(name, n), "text");
        check_member(&tar, &at, name, "text");
        assert_int_equal(at, tar.size);
        blob_clear(&tar);
    }
}

static void
test_read_by_tar(void **state)
{
    struct scratch *scratch = *state;
    char name[TAR_MAX_NAME + 1];
    struct blob tar = { 0 }, listed = { 0 };
    struct store_change change = { "a.tar", &tar, 0600 };
    struct error error;

    append(&tar, "files/web.key", "a key\n");
    append(&tar, long_name(name, 200), "a long name\n");
    tar_end(&tar);
    assert_int_equal(
        store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
    assert_int_equal(run_shell(scratch, "TZ=UTC tar tvf a.tar", &listed), 0);
    assert_non_null(strstr((char *)listed.data, "-rw-r----- 0/0"));
    assert_non_null(
        strstr((char *)listed.data, "6 2026-06-01 12:00 files/web.key\n"));
    assert_non_null(strstr((char *)listed.data, name));
    blob_clear(&listed);
    assert_int_equal(
        run_shell(scratch, "tar xOf a.tar files/web.key nn*", &listed), 2);
    blob_clear(&listed);
    assert_int_equal(run_shell(scratch, "tar xOf a.tar", &listed), 0);
    assert_string_equal(listed.data, "a key\na long name\n");
    blob_clear(&listed);
    blob_clear(&tar);
}

/* How many members can be read before the end, or before what is damaged. */
static enum tar_result
read_all(const struct blob *tar, size_t *members)
{
    struct tar_member member;
    enum tar_result result;
    size_t at = 0;

    for (*members = 0;; ++*members) {
        result = tar_next(tar, &at, &member);
        if (result != TAR_MEMBER)
            return result;
    }
}

static void
test_cut(void **state)
{
    char name[TAR_MAX_NAME + 1];
    struct blob tar = { 0 };
    size_t n;

    (void)state;
    append(&tar, "a", "text");
    append(&tar, long_name(name, 300), "text");
    tar_end(&tar);
    assert_int_equal(tar.size, 512 * 8);
    for (n = 0; n < tar.size; n++) {
        struct blob cut = { 0 };
        size_t members;

        blob_append(&cut, tar.data, n);
        assert_int_equal(read_all(&cut, &members),
                         n < 512 * 7 ? TAR_DAMAGED : TAR_END);
        assert_int_equal(members, (n >= 516) + (n >= 512 * 5 + 4));
        blob_clear(&cut);
    }
    blob_clear(&tar);
}

/* No header byte may change unnoticed, and none may lead outside. */
static void
test_damaged_headers(void **state)
{
    char name[TAR_MAX_NAME + 1];
    struct blob tar = { 0 };
    size_t i, members;

    (void)state;
    append(&tar, long_name(name, 300), "text");
    tar_end(&tar);
    for (i = 1; i < tar.size; i++) {
        bool header = i < 512 || (i >= 1024 && i < 1536);

        tar.data[i] ^= 0x11;
        if (header && i % 512 != 155) /* the blank behind the sum */
            assert_int_equal(read_all(&tar, &members), TAR_DAMAGED);
        else
            read_all(&tar, &members);
        tar.data[i] ^= 0x11;
    }
    assert_int_equal(read_all(&tar, &members), TAR_END);
    assert_int_equal(members, 1);
    blob_clear(&tar);
}

/* Else "files/a" with more behind a NUL would pass for "files/a". */
static void
test_nul_in_name(void **state)
{
    char name[TAR_MAX_NAME + 1];
    struct blob tar = { 0 };
    size_t members;

    (void)state;
    append(&tar, long_name(name, 300), "text");
    tar_end(&tar);
    tar.data[512 + 20] = '\0';
    assert_int_equal(read_all(&tar, &members), TAR_DAMAGED);
    assert_int_equal(members, 0);
    blob_clear(&tar);
}

/* What tar(1) makes of links, directories and devices is not for us. */
static void
test_only_plain_files(void **state)
{
    struct scratch *scratch = *state;
    struct blob tar;
    size_t members;

    assert_int_equal(run_shell(scratch,
                               "echo text >a; ln -s a link; mkdir dir;"
                               "tar cf link.tar --format=ustar a link;"
                               "tar cf dir.tar --format=ustar a dir;"
                               "tar cf plain.tar --format=ustar a",
                               NULL),
                     0);
    tar = get_file(scratch->store, "link.tar");
    assert_int_equal(read_all(&tar, &members), TAR_DAMAGED);
    assert_int_equal(members, 1);
    blob_clear(&tar);
    tar = get_file(scratch->store, "dir.tar");
    assert_int_equal(read_all(&tar, &members), TAR_DAMAGED);
    blob_clear(&tar);
    tar = get_file(scratch->store, "plain.tar");
    assert_int_equal(read_all(&tar, &members), TAR_END);
    assert_int_equal(members, 1);
    blob_clear(&tar);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_round_trip),      test(test_lengths_of_names),
        test(test_read_by_tar),     test(test_cut),
        test(test_damaged_headers), test(test_only_plain_files),
        test(test_nul_in_name),
    };

    return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}

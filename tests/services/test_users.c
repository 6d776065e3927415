/*
 * The appliance's users: who there is at first, who can be added, and that a
 * password is never kept.
 */
#include "services/users.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static struct users *
load(struct store *store)
{
    struct users *users = NULL;
    struct error error = { 0 };

    if (users_load(store, &users, &error) != 0)
        fail_msg("line %u: %s", error.line, error.detail);
    return users;
}

static void
test_initial(void **state)
{
    struct scratch *scratch = *state;
    struct users *users = load(scratch->store);
    struct error error;
    struct crypt_data *data = xcalloc(1, sizeof(*data));
    char *hash = NULL;

    assert_string_equal(users_name(users, 0), "admin");
    assert_null(users_name(users, 1));
    assert_int_equal(users_role(users, "admin"), ROLE_ADMIN);
    assert_int_equal(users_role(users, "root"), 0);
    assert_true(users_initial(users, "admin"));
    assert_true(users_check(users, "admin", "admin"));
    assert_false(users_check(users, "admin", "Admin"));
    assert_false(users_check(users, "root", "admin"));
    assert_int_equal(users_hash(users, "admin", &hash, &error), 0);
    assert_string_equal(crypt_rn("admin", hash, data, (int)sizeof(*data)),
                        hash);
    free(data);
    free(hash);
    assert_fails(users_hash(users, "root", &hash, &error), &error, E_NO_USER,
                 "root");
    assert_fails(users_set_password(users, "admin", "admin", &error), &error,
                 E_PASSWORD, "admin");
    assert_int_equal(users_set_password(users, "admin", "swordfish", &error),
                     0);
    assert_false(users_initial(users, "admin"));
    /* Neither by the way back, nor for a new admin. */
    assert_fails(users_set_password(users, "admin", "admin", &error), &error,
                 E_PASSWORD, "admin");
    assert_int_equal(users_add(users, "eve", "admin", "admin", &error), 0);
    assert_int_equal(users_drop(users, "admin", &error), 0);
    assert_fails(users_add(users, "admin", "admin", "admin", &error), &error,
                 E_PASSWORD, "admin");
    assert_int_equal(users_add(users, "admin", "admin", "swordfish", &error),
                     0);
    assert_int_equal(users_save(users, scratch->store, &error), 0);
    users_free(users);

    users = load(scratch->store);
    assert_false(users_initial(users, "admin"));
    assert_true(users_check(users, "admin", "swordfish"));
    assert_false(users_check(users, "admin", "admin"));
    assert_int_equal(
        run_shell(scratch, "grep -q swordfish ../private/users", NULL), 1);
    assert_int_equal(store_mode(scratch->store, STORE_PRIVATE, USERS_FILE),
                     0600);
    users_free(users);
}

static void
test_names(void **state)
{
    static const char *const bad[] = { "",    "Bob",      "1a",   "-a",
                                       "a b", "a:b",      "a/b",  "a\n",
                                       "b.c", "\xc3\xa4", "root " };
    struct scratch *scratch = *state;
    struct users *users = load(scratch->store);
    struct error error;
    char name[USERS_MAX_NAME + 2];
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_fails(users_add(users, bad[i], "audit", "x", &error), &error,
                     E_BAD_USER, bad[i]);
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_fails(users_add(users, name, "audit", "x", &error), &error,
                 E_BAD_USER, name);
    name[sizeof(name) - 2] = '\0';
    assert_int_equal(users_add(users, name, "audit", "x", &error), 0);
    assert_int_equal(users_add(users, "b-o_b2", "crypto", "x", &error), 0);
    assert_int_equal(users_role(users, "b-o_b2"), ROLE_CRYPTO);
    assert_fails(users_add(users, "b-o_b2", "admin", "x", &error), &error,
                 E_HAS_USER, "b-o_b2");
    users_free(users);
}

/* A number is never used again, not even after all were saved and loaded. */
static void
test_serials(void **state)
{
    struct scratch *scratch = *state;
    struct users *users = load(scratch->store);
    struct error error;

    assert_string_equal(users_serial(users, "admin"), "");
    assert_string_equal(users_serial(users, "nobody"), "");
    assert_int_equal(users_add(users, "bob", "audit", "x", &error), 0);
    assert_int_equal(users_add(users, "eve", "audit", "x", &error), 0);
    assert_string_equal(users_serial(users, "bob"), "1");
    assert_int_equal(users_set_password(users, "bob", "y", &error), 0);
    assert_string_equal(users_serial(users, "bob"), "1");
    assert_string_equal(users_serial(users, "eve"), "2");
    assert_int_equal(users_drop(users, "eve", &error), 0);
    assert_int_equal(users_save(users, scratch->store, &error), 0);
    users_free(users);

    users = load(scratch->store);
    assert_int_equal(users_add(users, "eve", "audit", "x", &error), 0);
    assert_string_equal(users_serial(users, "eve"), "3");
    users_free(users);
}

static void
test_passwords(void **state)
{
    struct scratch *scratch = *state;
    struct users *users = load(scratch->store);
    char *password = xcalloc(1, USERS_MAX_PASSWORD + 1);
    struct error error;

    assert_fails(users_add(users, "bob", "audit", "", &error), &error,
                 E_PASSWORD, "bob");
    memset(password, 'p', USERS_MAX_PASSWORD);
    assert_fails(users_add(users, "bob", "audit", password, &error), &error,
                 E_PASSWORD, "bob");
    assert_int_equal(users_role(users, "bob"), 0);
    password[USERS_MAX_PASSWORD - 1] = '\0';
    assert_int_equal(users_add(users, "bob", "audit", password, &error), 0);
    assert_true(users_check(users, "bob", password));
    password[USERS_MAX_PASSWORD - 2] = 'x';
    assert_false(users_check(users, "bob", password));
    assert_fails(users_set_password(users, "eve", "x", &error), &error,
                 E_NO_USER, "eve");
    free(password);
    users_free(users);
}

static void
test_drop(void **state)
{
    struct scratch *scratch = *state;
    struct users *users = load(scratch->store);
    struct error error;

    assert_fails(users_drop(users, "bob", &error), &error, E_NO_USER, "bob");
    assert_fails(users_find(users, "bob", &error), &error, E_NO_USER, "bob");
    assert_int_equal(users_check_new(users, "bob", &error), 0);
    assert_fails(users_check_new(users, "Bob", &error), &error, E_BAD_USER,
                 "Bob");
    assert_fails(users_check_new(users, "admin", &error), &error, E_HAS_USER,
                 "admin");
    assert_int_equal(users_find(users, "admin", &error), 0);
    assert_int_equal(users_add(users, "bob", "audit", "x", &error), 0);
    assert_fails(users_drop(users, "admin", &error), &error, E_LAST_ADMIN,
                 "admin");
    assert_int_equal(users_add(users, "eve", "admin", "x", &error), 0);
    assert_int_equal(users_drop(users, "admin", &error), 0);
    assert_int_equal(users_role(users, "admin"), 0);
    assert_fails(users_drop(users, "eve", &error), &error, E_LAST_ADMIN, "eve");
    assert_int_equal(users_drop(users, "bob", &error), 0);
    assert_string_equal(users_name(users, 0), "eve");
    assert_null(users_name(users, 1));
    users_free(users);
}

static void
test_roles(void **state)
{
    unsigned bits = 0;
    size_t i;

    (void)state;
    for (i = 0; role_name(i) != NULL; i++) {
        unsigned role = role_find(role_name(i));

        assert_int_not_equal(role, 0);
        assert_int_equal(bits & role, 0);
        bits |= role;
    }
    assert_int_equal(i, 5);
    assert_int_equal(role_find("king"), 0);
    assert_int_equal(ROLES_CONSOLE & (ROLE_API | ROLE_APPADMIN), 0);
}

/* A damaged file is nobody's invitation. */
static void
test_damaged(void **state)
{
    struct scratch *scratch = *state;
    struct users *users = NULL;
    struct error error;

    assert_int_equal(
        run_shell(scratch, "echo 'users = (' >../private/users", NULL), 0);
    assert_fails(users_load(scratch->store, &users, &error), &error,
                 E_CONFIG_SYNTAX, "users");
    assert_null(users);
}

/* Only where there is no file everybody knows a password. */
static void
test_unreadable(void **state)
{
    struct scratch *scratch = *state;
    struct users *users = NULL;
    struct error error;

    assert_int_equal(run_shell(scratch, "mkdir ../private/users", NULL), 0);
    assert_fails(users_load(scratch->store, &users, &error), &error,
                 E_NOT_REGULAR, "users");
    assert_null(users);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

/* Changes the first password, and fails if arg says so. */
static int
change_first(struct users *users, void *arg, struct error *error)
{
    const bool *fail_after = arg;

    assert_int_equal(users_set_password(users, "admin", "swordfish", error), 0);
    return *fail_after ? fail_pair(error, E_NO_USER, "x", NULL) : 0;
}

/* All of a change or nothing of it; nobody is left locked out. */
static void
test_change(void **state)
{
    struct scratch *scratch = *state;
    struct users *users;
    struct error error;
    bool fail_after = true;

    assert_fails(
        users_change(scratch->store, change_first, &fail_after, &error), &error,
        E_NO_USER, "x");
    users = load(scratch->store);
    assert_true(users_initial(users, "admin"));
    users_free(users);
    fail_after = false;
    assert_int_equal(
        users_change(scratch->store, change_first, &fail_after, &error), 0);
    users = load(scratch->store);
    assert_true(users_check(users, "admin", "swordfish"));
    users_free(users);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_initial),   test(test_names),  test(test_serials),
        test(test_passwords), test(test_drop),   test(test_roles),
        test(test_damaged),   test(test_change), test(test_unreadable),
    };

    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}

/*
 * Parts of a session that tests of commands share.
 */
#include "tests/mmp/console.h"

#include "services/users.h"
#include "tests/support.h"

time_t
console_clock(struct session *session)
{
    (void)session;
    return TEST_NOW;
}

bool
console_never(struct session *session)
{
    (void)session;
    return false;
}

static int
add(struct users *users, void *arg, struct error *error)
{
    const char *const *words = arg; /* name, role */

    return users_add(users, words[0], words[1], "x", error);
}

void
console_add_user(struct store *store, const char *name, const char *role)
{
    const char *words[] = { name, role };
    struct error error;

    assert_int_equal(users_change(store, add, words, &error), 0);
}

static int
drop(struct users *users, void *arg, struct error *error)
{
    const char *const *name = arg;

    return users_drop(users, *name, error);
}

void
console_drop_user(struct store *store, const char *name)
{
    struct error error;

    assert_int_equal(users_change(store, drop, &name, &error), 0);
}

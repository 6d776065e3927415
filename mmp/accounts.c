/*
 * The users, for sshd(8).
 */
#include "mmp/accounts.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "services/users.h"

static int
print_accounts(struct store *store, FILE *out, struct error *error)
{
    struct users *users = NULL;
    const char *name;
    size_t i;
    int r;

    r = users_load(store, &users, error);
    for (i = 0; r == 0 && (name = users_name(users, i)) != NULL; i++) {
        char *hash = NULL;

        if (!(users_role(users, name) & ROLES_CONSOLE))
            continue;
        r = users_hash(users, name, &hash, error);
        if (r == 0)
            fprintf(out, "%s:%s:%s\n", name, hash, users_serial(users, name));
        free(hash);
    }
    if (r == 0) {
        fputs("\n", out);
        fflush(out);
    }
    users_free(users);
    return r;
}

/* The private area changes with every line of the log, the users hardly
   ever. */
static int
read_users(struct store *store, struct blob *ret, struct error *error)
{
    blob_clear(ret);
    return store_read(store, STORE_PRIVATE, USERS_FILE, ret, error) == 0 ||
                   error->code == E_NO_FILE
               ? 0
               : -1;
}

int
accounts_follow(struct store *store, FILE *out, struct error *error)
{
    struct blob before = { 0 }, now = { 0 };
    struct pollfd wait[2];
    int watch = -1, r;

    r = store_watch(store, STORE_PRIVATE, &watch, error);
    if (r == 0)
        r = read_users(store, &before, error);
    if (r == 0)
        r = print_accounts(store, out, error);
    wait[0] = (struct pollfd){ .fd = watch, .events = POLLIN };
    wait[1] = (struct pollfd){ .fd = fileno(out) };
    while (r == 0 && poll(wait, 2, -1) > 0 && wait[1].revents == 0) {
        char events[4096];

        while (read(watch, events, sizeof(events)) > 0)
            ;
        r = read_users(store, &now, error);
        if (r == 0 && !blob_equal(&before, &now)) {
            r = print_accounts(store, out, error);
            blob_clear(&before);
            before = now;
            now = (struct blob){ 0 };
        }
    }
    blob_clear(&before);
    blob_clear(&now);
    if (watch >= 0)
        close(watch);
    return r;
}

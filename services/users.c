/*
 * The appliance's users.  The file has the form of the settings; it is another
 * one, so that no backup holds passwords and no rollback brings old ones back.
 */
#include "services/users.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "pki/blob.h"
#include "pki/xalloc.h"
#include "services/settings.h"

#define LIST "users"
#define COUNT "added" /* how many ever were */
#define INITIAL "admin"

struct users {
    struct settings *settings;
};

static const struct {
    const char *name;
    enum role role;
} roles[] = {
    { "admin", ROLE_ADMIN }, { "crypto", ROLE_CRYPTO },
    { "audit", ROLE_AUDIT }, { "appadmin", ROLE_APPADMIN },
    { "api", ROLE_API },
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

unsigned
role_find(const char *name)
{
    size_t i;

    for (i = 0; i < ROLES; i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return 0;
}

const char *
role_name(size_t i)
{
    return i < ROLES ? roles[i].name : NULL;
}

static const char *
get(const struct users *users, const char *name, const char *key)
{
    size_t i = settings_find(users->settings, LIST, "name", name);

    return i < settings_count(users->settings, LIST)
               ? settings_entry(users->settings, LIST, i, key)
               : NULL;
}

static void
set(struct users *users, const char *name, const char *key, const char *value)
{
    settings_set_entry(users->settings, LIST,
                       settings_find(users->settings, LIST, "name", name), key,
                       value);
}

/* The caller frees it. */
static int
make_hash(const char *name, const char *password, char **ret,
          struct error *error)
{
    struct crypt_data *data = xcalloc(1, sizeof(*data));
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    const char *hash = NULL;
    int r = 0;

    /* NULL: the library's best method, its cost and the system's chance. */
    if (crypt_gensalt_rn(NULL, 0, NULL, 0, setting, sizeof(setting)) != NULL)
        hash = crypt_rn(password, setting, data, sizeof(*data));
    if (hash != NULL)
        *ret = xstrdup(hash);
    else
        r = fail_errno(error, name);
    explicit_bzero(data, sizeof(*data));
    free(data);
    return r;
}

static int
set_hash(struct users *users, const char *name, const char *password,
         struct error *error)
{
    char *hash = NULL;

    if (make_hash(name, password, &hash, error) != 0)
        return -1;
    set(users, name, "hash", hash);
    free(hash);
    return 0;
}

static void
append(struct users *users, const char *name, const char *role)
{
    size_t i = settings_append(users->settings, LIST);

    settings_set_entry(users->settings, LIST, i, "name", name);
    settings_set_entry(users->settings, LIST, i, "role", role);
}

/* Counted, so that none comes twice. */
static void
set_serial(struct users *users, const char *name)
{
    const char *last = settings_get(users->settings, COUNT);
    char *next =
        xasprintf("%llu", last != NULL ? strtoull(last, NULL, 10) + 1 : 1);

    settings_set(users->settings, COUNT, next);
    set(users, name, "serial", next);
    free(next);
}

int
users_load(struct store *store, struct users **ret, struct error *error)
{
    struct users *users = xcalloc(1, sizeof(*users));
    struct blob text = { 0 };
    int r;

    r = store_read(store, STORE_PRIVATE, USERS_FILE, &text, error);
    if (r == 0) {
        r = settings_parse(&text, USERS_FILE, &users->settings, error);
    } else if (error->code == E_NO_FILE) {
        users->settings = settings_new();
        append(users, INITIAL, "admin");
        set(users, INITIAL, "initial", "true");
        r = 0;
    }
    blob_clear(&text);
    if (r == 0) {
        *ret = users;
        users = NULL;
    }
    users_free(users);
    return r;
}

int
users_save(const struct users *users, struct store *store, struct error *error)
{
    struct blob text = { 0 };
    const struct store_change change = { USERS_FILE, &text, 0600 };
    int r;

    settings_format(users->settings, &text);
    r = store_write(store, STORE_PRIVATE, &change, 1, error);
    blob_clear(&text);
    return r;
}

void
users_free(struct users *users)
{
    if (users == NULL)
        return;
    settings_free(users->settings);
    free(users);
}

int
users_change(struct store *store,
             int (*change)(struct users *users, void *arg, struct error *error),
             void *arg, struct error *error)
{
    struct users *users = NULL;
    int r;

    if (store_lock(store, error) != 0)
        return -1;
    r = users_load(store, &users, error);
    if (r == 0)
        r = change(users, arg, error);
    if (r == 0)
        r = users_save(users, store, error);
    store_unlock(store);
    users_free(users);
    return r;
}

const char *
users_name(const struct users *users, size_t i)
{
    return i < settings_count(users->settings, LIST)
               ? settings_entry(users->settings, LIST, i, "name")
               : NULL;
}

unsigned
users_role(const struct users *users, const char *name)
{
    const char *role = get(users, name, "role");

    return role != NULL ? role_find(role) : 0;
}

const char *
users_serial(const struct users *users, const char *name)
{
    const char *serial = get(users, name, "serial");

    return serial != NULL ? serial : "";
}

bool
users_initial(const struct users *users, const char *name)
{
    return get(users, name, "initial") != NULL;
}

int
users_check_name(const char *name, struct error *error)
{
    size_t size = strlen(name);

    if (size == 0 || size > USERS_MAX_NAME || name[0] < 'a' || name[0] > 'z' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != size)
        return fail(error, E_BAD_USER, name);
    return 0;
}

static int
check_password(const char *name, const char *password, struct error *error)
{
    if (password[0] == '\0')
        return fail_detail(error, E_PASSWORD, name, "it is empty");
    if (strlen(password) > USERS_MAX_PASSWORD - 1)
        return fail_detail(error, E_PASSWORD, name, "it is too long");
    /* Everybody knows it, and nothing would ask for its change again. */
    if (strcmp(name, INITIAL) == 0 && strcmp(password, INITIAL) == 0)
        return fail_detail(error, E_PASSWORD, name, "it is the initial one");
    return 0;
}

int
users_find(const struct users *users, const char *name, struct error *error)
{
    return get(users, name, "name") != NULL ? 0 : fail(error, E_NO_USER, name);
}

int
users_check_new(const struct users *users, const char *name,
                struct error *error)
{
    if (users_check_name(name, error) != 0)
        return -1;
    return get(users, name, "name") == NULL ? 0 : fail(error, E_HAS_USER, name);
}

int
users_add(struct users *users, const char *name, const char *role,
          const char *password, struct error *error)
{
    if (users_check_new(users, name, error) != 0 ||
        check_password(name, password, error) != 0)
        return -1;
    append(users, name, role);
    set_serial(users, name);
    return set_hash(users, name, password, error);
}

static bool
only_admin(const struct users *users, const char *name)
{
    const char *other;
    size_t i;

    for (i = 0; (other = users_name(users, i)) != NULL; i++)
        if (strcmp(other, name) != 0 && users_role(users, other) == ROLE_ADMIN)
            return false;
    return users_role(users, name) == ROLE_ADMIN;
}

int
users_drop(struct users *users, const char *name, struct error *error)
{
    if (users_find(users, name, error) != 0)
        return -1;
    if (only_admin(users, name))
        return fail(error, E_LAST_ADMIN, name);
    settings_drop(users->settings, LIST,
                  settings_find(users->settings, LIST, "name", name));
    return 0;
}

int
users_set_password(struct users *users, const char *name, const char *password,
                   struct error *error)
{
    if (users_find(users, name, error) != 0 ||
        check_password(name, password, error) != 0)
        return -1;
    if (users_check(users, name, password))
        return fail_detail(error, E_PASSWORD, name, "it is the old one");
    if (set_hash(users, name, password, error) != 0)
        return -1;
    set(users, name, "initial", NULL);
    return 0;
}

/* Compared as a whole: where two hashes differ is nobody's business. */
static bool
same(const char *one, const char *two)
{
    size_t size = strlen(one), i;
    unsigned char differ = 0;

    if (strlen(two) != size)
        return false;
    for (i = 0; i < size; i++)
        differ |= (unsigned char)(one[i] ^ two[i]);
    return differ == 0;
}

bool
users_check(const struct users *users, const char *name, const char *password)
{
    const char *hash = get(users, name, "hash"), *made = NULL;
    struct crypt_data *data;
    bool ok;

    if (hash == NULL)
        return users_initial(users, name) && same(password, INITIAL);
    data = xcalloc(1, sizeof(*data));
    made = crypt_rn(password, hash, data, sizeof(*data));
    ok = made != NULL && same(made, hash);
    explicit_bzero(data, sizeof(*data));
    free(data);
    return ok;
}

int
users_hash(const struct users *users, const char *name, char **ret,
           struct error *error)
{
    const char *hash = get(users, name, "hash");

    if (hash != NULL) {
        *ret = xstrdup(hash);
        return 0;
    }
    if (users_initial(users, name))
        return make_hash(name, INITIAL, ret, error);
    return fail(error, E_NO_USER, name);
}

/*
 * The changes that a caller can ask for, each as one step under the lock.
 */
#include "pki/store_internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pki/xalloc.h"

/* May the store hold this? */
static int
check_change(const struct store_change *change, struct error *error)
{
    if (!store_name_ok(change->name))
        return fail(error, E_BAD_NAME, change->name);
    if (change->data != NULL && change->data->size > STORE_MAX_FILE)
        return fail_detail(error, E_TOO_LARGE, change->name,
                           STORE_MAX_FILE_TEXT);
    return 0;
}

/* The caller frees step->change, also after a failure. */
static int
plan(struct store *store, const struct store_part *parts, size_t n,
     struct step *step, struct error *error)
{
    size_t i, k;

    for (i = 0; i < n; i++) {
        step->change = xreallocarray(step->change, step->n + parts[i].n,
                                     sizeof(*step->change));
        for (k = 0; k < parts[i].n; k++, step->n++)
            if (step_plan(store, parts[i].area, &parts[i].changes[k],
                          &step->change[step->n], error) != 0)
                return -1;
    }
    return 0;
}

static int
change_locked(struct store *store, const struct store_part *parts, size_t n,
              struct error *error)
{
    struct step step = { 0 };
    int r;

    r = plan(store, parts, n, &step, error);
    if (r == 0)
        r = step_make(store, &step, error);
    free(step.change);
    return r;
}

int
store_write_parts(struct store *store, const struct store_part *parts, size_t n,
                  struct error *error)
{
    size_t total = 0, i, k;
    bool taken;
    int r;

    for (i = 0; i < n; i++)
        for (k = 0; k < parts[i].n; k++, total++)
            if (check_change(&parts[i].changes[k], error) != 0)
                return -1;
    if (total == 0)
        abort();
    if (store_enter(store, &taken, error) != 0)
        return -1;
    r = change_locked(store, parts, n, error);
    if (taken)
        store_unlock(store);
    return r;
}

int
store_write(struct store *store, enum store_area area,
            const struct store_change *changes, size_t n, struct error *error)
{
    const struct store_part part = { area, changes, n };

    return store_write_parts(store, &part, 1, error);
}

int
store_remove(struct store *store, enum store_area area, const char *name,
             struct error *error)
{
    const struct store_change change = { .name = name };
    const struct store_part part = { area, &change, 1 };
    struct stat st;
    bool taken;
    int r;

    if (!store_name_ok(name))
        return fail(error, E_BAD_NAME, name);
    if (store_enter(store, &taken, error) != 0)
        return -1;
    if (fstatat(store->dir[area], name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        r = fail_errno(error, name);
    else
        r = change_locked(store, &part, 1, error);
    if (taken)
        store_unlock(store);
    return r;
}

static int
rename_locked(struct store *store, enum store_area area, const char *from,
              const char *to, bool replace, struct error *error)
{
    const struct store_change removal = { .name = from };
    struct planned change[2];
    const struct step step = { 2, change };

    if (step_plan(store, area, &removal, &change[1], error) != 0)
        return -1;
    if (!dir_has(store->dir[area], from))
        return fail(error, E_NO_FILE, from);
    if (step_plan_link(store, area, to, from, &change[0], error) != 0)
        return -1;
    if (strcmp(from, to) == 0)
        return 0;
    if (change[0].kind == '=' && !replace)
        return fail(error, E_EXISTS, to);
    return step_make(store, &step, error);
}

int
store_rename(struct store *store, enum store_area area, const char *from,
             const char *to, bool replace, struct error *error)
{
    bool taken;
    int r;

    if (!store_name_ok(from) || !store_name_ok(to))
        return fail(error, E_BAD_NAME, store_name_ok(from) ? to : from);
    if (store_enter(store, &taken, error) != 0)
        return -1;
    r = rename_locked(store, area, from, to, replace, error);
    if (taken)
        store_unlock(store);
    return r;
}

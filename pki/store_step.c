/*
 * How a step is made, and taken back: asides are written and fsynced, renames
 * put them in place, and hard links to the old files allow all of it to be
 * undone, as long as the fsync of the directory may still fail.
 */
#include "pki/store_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
step_aside(char name[ASIDE_SIZE], const char *kind, size_t i)
{
    snprintf(name, ASIDE_SIZE, ".%s.%zu", kind, i);
    return name;
}

static bool
remove_aside(int dir, const char *name)
{
    return unlinkat(dir, name, 0) == 0 || errno == ENOENT;
}

int
step_sweep_area(int area, bool *clean, struct error *error)
{
    struct dirent *entry;
    DIR *dir = NULL;
    int r;

    if (dir_stream(area, &dir, error) != 0)
        return -1;
    while (errno = 0, (entry = readdir(dir)) != NULL)
        if (strncmp(entry->d_name, ".new.", 5) == 0 ||
            strncmp(entry->d_name, ".old.", 5) == 0)
            *clean &= remove_aside(area, entry->d_name);
    r = errno == 0 ? 0 : fail_errno(error, NULL);
    closedir(dir);
    return r;
}

/* Removes what a step that is over has left.  What can not be removed keeps
   the mark: it is tried again by the next recovery. */
static void
sweep(struct store *store, const struct step *step)
{
    char name[ASIDE_SIZE];
    bool clean = true;
    size_t i;

    for (i = 0; i < step->n; i++) {
        int dir = store->dir[step->change[i].area];

        clean &= remove_aside(dir, step_aside(name, "new", i));
        clean &= remove_aside(dir, step_aside(name, "old", i));
    }
    if (clean)
        record_unmark(store->dir[step->change[0].area]);
}

int
step_plan(struct store *store, enum store_area area,
          const struct store_change *change, struct planned *ret,
          struct error *error)
{
    struct stat st;
    bool exists =
        fstatat(store->dir[area], change->name, &st, AT_SYMLINK_NOFOLLOW) == 0;

    if (!exists && errno != ENOENT)
        return fail_errno(error, change->name);
    if (exists && !S_ISREG(st.st_mode))
        return fail(error, E_NOT_REGULAR, change->name);
    *ret = (struct planned){
        .kind = change->data == NULL ? '-'
                : exists             ? '='
                                     : '+',
        .area = area,
        .from = change,
    };
    strcpy(ret->name, change->name);
    return 0;
}

int
step_plan_link(struct store *store, enum store_area area, const char *name,
               const char *link, struct planned *ret, struct error *error)
{
    const struct blob any = { 0 };
    const struct store_change change = { .name = name, .data = &any };

    if (step_plan(store, area, &change, ret, error) != 0)
        return -1;
    ret->from = NULL;
    ret->link = link;
    return 0;
}

/* A name more for what is on the disk already. */
static int
link_aside(int dir, const char *as, const struct planned *change,
           struct error *error)
{
    unlinkat(dir, as, 0); /* of a power cut */
    if (linkat(dir, change->link, dir, as, AT_SYMLINK_FOLLOW) != 0)
        return fail_errno(error, change->name);
    return 0;
}

static int
write_asides(struct store *store, const struct step *step, struct error *error)
{
    char name[ASIDE_SIZE];
    size_t i;

    for (i = 0; i < step->n; i++) {
        const struct planned *change = &step->change[i];
        int dir = store->dir[change->area], r = 0;

        step_aside(name, "new", i);
        if (change->link != NULL)
            r = link_aside(dir, name, change, error);
        else if (change->from->data != NULL)
            r = dir_write(dir, name, change->name, change->from->data,
                          change->from->mode, error);
        if (r != 0)
            return -1;
    }
    return 0;
}

/*
 * Keeps links to what the step replaces or removes.  On a file system without
 * hard links *kept is false: there a step can not be taken back.
 */
static int
keep_old(struct store *store, const struct step *step, bool *kept,
         struct error *error)
{
    char old_name[ASIDE_SIZE];
    size_t i;

    *kept = true;
    for (i = 0; i < step->n; i++) {
        const char *name = step->change[i].name;
        int dir = store->dir[step->change[i].area];

        if (step->change[i].kind == '+')
            continue;
        unlinkat(dir, step_aside(old_name, "old", i), 0); /* of a power cut */
        if (linkat(dir, name, dir, old_name, 0) == 0)
            continue;
        if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK)
            *kept = false;
        else if (errno != ENOENT) /* the removal of what is not there */
            return fail_errno(error, name);
    }
    return 0;
}

int
step_sync(struct store *store, const struct step *step, struct error *error)
{
    bool synced[STORE_AREAS] = { false };
    size_t i;

    for (i = 0; i < step->n; i++) {
        enum store_area area = step->change[i].area;

        if (!synced[area] &&
            dir_sync(store->dir[area], step->change[i].name, error) != 0)
            return -1;
        synced[area] = true;
    }
    return 0;
}

int
step_forward(struct store *store, const struct step *step, bool again,
             struct error *error)
{
    char new_name[ASIDE_SIZE];
    size_t i;

    for (i = 0; i < step->n; i++) {
        const struct planned *change = &step->change[i];
        int dir = store->dir[change->area], r;
        bool removes = change->kind == '-';

        if (removes)
            r = unlinkat(dir, change->name, 0);
        else
            r = renameat(dir, step_aside(new_name, "new", i), dir,
                         change->name);
        if (r != 0 && !(errno == ENOENT && (removes || again)))
            return fail_errno(error, change->name);
    }
    return step_sync(store, step, error);
}

int
step_back(struct store *store, const struct step *step, struct error *error)
{
    char old_name[ASIDE_SIZE];
    size_t i;

    for (i = 0; i < step->n; i++) {
        const struct planned *change = &step->change[i];
        int dir = store->dir[change->area], r;

        if (change->kind == '+')
            r = unlinkat(dir, change->name, 0);
        else
            r = renameat(dir, step_aside(old_name, "old", i), dir,
                         change->name);
        if (r != 0 && errno != ENOENT)
            return fail_errno(error, change->name);
    }
    return 0;
}

/* *made: all of it stands, and only the end of its record is missing. */
static int
carry_out(struct store *store, const struct step *step,
          const struct blob *record, bool *made, struct error *error)
{
    int r = 0;

    if (step->n > 1)
        r = record_write(store, step, record, error);
    if (r == 0)
        r = step_forward(store, step, false, error);
    *made = r == 0;
    if (r == 0 && step->n > 1)
        r = record_retire(store->dir[step->change[0].area], COMMIT, error);
    return r;
}

/*
 * Undoes what carry_out() has begun, without another fsync: one has just
 * failed, or something worse has. false: a record is left for the next recovery
 * to obey.  A DONE record is ours only if the step was made; it may be an older
 * one.
 */
static bool
take_back(struct store *store, const struct step *step, bool kept, bool made)
{
    int dir = store->dir[step->change[0].area];
    struct error unwanted; /* the cause is told already */

    if (!kept)
        return !dir_has(dir, COMMIT);
    if (step->n > 1 && renameat(dir, COMMIT, dir, UNDO) != 0 &&
        (!made || renameat(dir, DONE, dir, UNDO) != 0))
        return !dir_has(dir, COMMIT); /* it was never decided */
    if (step_back(store, step, &unwanted) != 0)
        return false;
    return step->n == 1 || renameat(dir, UNDO, dir, DONE) == 0;
}

/*
 * Makes all that a step needs, and *kept: can it be taken back?  Removing one
 * file needs nothing: on a full disk that is what makes room.
 */
static int
prepare(struct store *store, const struct step *step, bool *kept,
        struct error *error)
{
    const struct planned *first = &step->change[0];
    int r;

    r = record_mark(store->dir[first->area], first->name, error);
    if (r == 0)
        r = write_asides(store, step, error);
    if (r == 0)
        r = keep_old(store, step, kept, error);
    if (r != 0 && error->code == E_FULL && step->n == 1 && first->kind == '-') {
        *kept = false;
        r = 0;
    }
    return r;
}

int
step_make(struct store *store, const struct step *step, struct error *error)
{
    struct blob record = { 0 };
    bool kept, made, clean = true;
    int r;

    if (step->n > 1)
        record_text(step, &record);
    r = prepare(store, step, &kept, error);
    if (r == 0) {
        r = carry_out(store, step, &record, &made, error);
        if (r != 0)
            clean = take_back(store, step, kept, made);
    }
    if (clean)
        sweep(store, step);
    blob_clear(&record);
    return r;
}

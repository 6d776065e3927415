/*
 * The record that decides a step of several files, and what is done with one
 * that a crash has left.
 *
 * The name of a record says what is to be done, and changes in one rename:
 * COMMIT goes forward, UNDO goes back, DONE is over.  So a process may die at
 * any moment, even while it undoes a step.
 */
#include "pki/store_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"

/* The marks in the order of a search: those of files that move come first. */
static const char *const marks[] = { COMMIT, UNDO, RECORD_ASIDE, DONE };
enum { MOVING = 2, MARKS = sizeof(marks) / sizeof(marks[0]) };

static bool
has_mark(struct store *store, int n)
{
    int area, i;

    for (area = 0; area < STORE_AREAS; area++)
        for (i = 0; i < n; i++)
            if (dir_has(store->dir[area], marks[i]))
                return true;
    return false;
}

bool
record_under_way(struct store *store)
{
    return has_mark(store, MARKS);
}

bool
record_is_moving(struct store *store)
{
    return has_mark(store, MOVING);
}

int
record_mark(int dir, const char *name, struct error *error)
{
    int fd = openat(dir, RECORD_ASIDE,
                    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail_errno(error, name);
    close(fd);
    return 0;
}

void
record_unmark(int dir)
{
    unlinkat(dir, DONE, 0);
    unlinkat(dir, RECORD_ASIDE, 0);
}

static bool
several_areas(const struct step *step)
{
    size_t i;

    for (i = 1; i < step->n; i++)
        if (step->change[i].area != step->change[0].area)
            return true;
    return false;
}

void
record_text(const struct step *step, struct blob *ret)
{
    size_t i;

    for (i = 0; i < step->n; i++) {
        blob_append(ret, &step->change[i].kind, 1);
        blob_text(ret, store_area_names[step->change[i].area]);
        blob_text(ret, "/");
        blob_text(ret, step->change[i].name);
        blob_text(ret, "\n");
    }
}

int
record_write(struct store *store, const struct step *step,
             const struct blob *text, struct error *error)
{
    const char *name = step->change[0].name;
    int dir = store->dir[step->change[0].area];
    int r = 0;

    if (several_areas(step))
        r = step_sync(store, step, error);
    if (r == 0)
        r = dir_write(dir, RECORD_ASIDE, name, text, 0600, error);
    if (r == 0 && renameat(dir, RECORD_ASIDE, dir, COMMIT) != 0)
        r = fail_errno(error, name);
    if (r == 0)
        r = dir_sync(dir, name, error);
    return r;
}

int
record_retire(int dir, const char *record, struct error *error)
{
    if (renameat(dir, record, dir, DONE) != 0)
        return fail_errno(error, record);
    return dir_sync(dir, record, error);
}

/* A line of a record, "+files/web.key". */
static bool
parse_change(const char *line, struct planned *ret)
{
    int area;

    if (strspn(line, "+=-") == 0)
        return false;
    *ret = (struct planned){ .kind = *line++ };
    for (area = 0; area < STORE_AREAS; area++) {
        size_t size = strlen(store_area_names[area]);

        if (strncmp(line, store_area_names[area], size) != 0 ||
            line[size] != '/')
            continue;
        if (!store_name_ok(line + size + 1))
            return false;
        ret->area = (enum store_area)area;
        strcpy(ret->name, line + size + 1);
        return true;
    }
    return false;
}

/*
 * Takes nothing from a record that is not whole.  The caller frees
 * step->change.
 */
static int
read_record(int dir, const char *record, struct step *step, struct error *error)
{
    struct blob text = { 0 };
    char *line, *rest;
    int r;

    *step = (struct step){ 0 };
    r = dir_read(dir, record, &text, error);
    if (r != 0)
        return -1;
    for (rest = (char *)text.data; r == 0 && *rest != '\0'; step->n++) {
        line = strsep(&rest, "\n");
        step->change =
            xreallocarray(step->change, step->n + 1, sizeof(*step->change));
        if (rest == NULL || !parse_change(line, &step->change[step->n])) {
            r = fail_detail(error, E_DAMAGED, record, line);
            error->line = (unsigned)step->n + 1;
            break;
        }
    }
    if (r == 0 && (step->n == 0 || rest != (char *)text.data + text.size))
        r = fail_detail(error, E_DAMAGED, record, "cut short");
    blob_clear(&text);
    return r;
}

/* Ends the step whose record stands in this area, if there is one. */
static int
finish(struct store *store, int dir, struct error *error)
{
    struct step step = { 0 };
    int r = 0;

    if (dir_has(dir, UNDO)) {
        r = read_record(dir, UNDO, &step, error);
        if (r == 0)
            r = step_back(store, &step, error);
        if (r == 0)
            r = step_sync(store, &step, error);
        if (r == 0)
            r = record_retire(dir, UNDO, error);
    } else if (dir_has(dir, COMMIT)) {
        r = read_record(dir, COMMIT, &step, error);
        if (r == 0)
            r = step_forward(store, &step, true, error);
        if (r == 0)
            r = record_retire(dir, COMMIT, error);
    }
    free(step.change);
    return r;
}

int
record_recover(struct store *store, struct error *error)
{
    bool clean = true;
    int area, r = 0;

    if (!record_under_way(store))
        return 0;
    for (area = 0; r == 0 && area < STORE_AREAS; area++)
        r = finish(store, store->dir[area], error);
    for (area = 0; r == 0 && area < STORE_AREAS; area++)
        r = step_sweep_area(store->dir[area], &clean, error);
    for (area = 0; r == 0 && clean && area < STORE_AREAS; area++)
        record_unmark(store->dir[area]);
    return r;
}

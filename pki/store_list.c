/*
 * Listings: the names of an area, sorted fast enough for many thousands.
 */
#include "pki/store_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pki/xalloc.h"

/*
 * Names one after the other, each with its NUL.  Before each is room for its
 * front: the first bytes after the prefix that all names share, in which most
 * pairs of names differ.
 */
enum { FRONT = 8 };

struct space {
    char *text;
    size_t used, room;
};

static void
add_name(struct space *space, const char *name)
{
    size_t size = strlen(name) + 1;

    while (space->room - space->used < FRONT + size) {
        space->room = space->room > 0 ? 2 * space->room : 4096;
        space->text = xreallocarray(space->text, space->room, 1);
    }
    space->used += FRONT;
    memcpy(space->text + space->used, name, size);
    space->used += size;
}

static void
set_front(char *name, size_t common)
{
    memset(name - FRONT, 0, FRONT);
    memcpy(name - FRONT, name + common, strnlen(name + common, FRONT));
}

static unsigned char
front_byte(const char *name, size_t i)
{
    return (unsigned char)(name - FRONT)[i];
}

/*
 * A stable counting sort by one byte of the front. false: the byte is the same
 * in all names, and nothing was moved.
 */
static bool
sort_by_byte(char *const *names, size_t count, size_t byte, char **ret)
{
    size_t at[UCHAR_MAX + 1] = { 0 }, before = 0, i;

    for (i = 0; i < count; i++)
        at[front_byte(names[i], byte)]++;
    if (at[front_byte(names[0], byte)] == count)
        return false;
    for (i = 0; i <= UCHAR_MAX; i++) {
        size_t equal = at[i];

        at[i] = before;
        before += equal;
    }
    for (i = 0; i < count; i++)
        ret[at[front_byte(names[i], byte)]++] = names[i];
    return true;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts names whose fronts are equal. */
static void
sort_equals(char **names, size_t count)
{
    size_t first, next;

    for (first = 0; first < count; first = next) {
        for (next = first + 1; next < count; next++)
            if (memcmp(names[next] - FRONT, names[first] - FRONT, FRONT) != 0)
                break;
        if (next - first > 1)
            qsort(names + first, next - first, sizeof(*names), by_name);
    }
}

static void
sort_names(struct space *space, size_t count, struct store_names *ret)
{
    char **names = xreallocarray(NULL, count, sizeof(*names));
    char **other = xreallocarray(NULL, count, sizeof(*names)), **swap;
    char *at = space->text;
    size_t i, n, common = STORE_MAX_NAME;

    for (i = 0; i < count; i++) {
        names[i] = at += FRONT;
        for (n = 0; n < common && at[n] == names[0][n] && at[n] != '\0'; n++)
            ;
        common = n;
        at += strlen(at) + 1;
    }
    for (i = 0; i < count; i++)
        set_front(names[i], common);
    for (i = FRONT; count > 0 && i-- > 0;) {
        if (!sort_by_byte(names, count, i, other))
            continue;
        swap = names;
        names = other;
        other = swap;
    }
    sort_equals(names, count);
    free(other);
    *ret = (struct store_names){ names, count, space->text };
    *space = (struct space){ 0 };
}

static bool
is_regular(int dir, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_REG;
    return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode);
}

/* The names one behind the other, each with its NUL. */
static int
collect(DIR *dir, struct space *names, size_t *count, struct error *error)
{
    struct dirent *entry;

    while (errno = 0, (entry = readdir(dir)) != NULL) {
        if (!store_name_ok(entry->d_name) || !is_regular(dirfd(dir), entry))
            continue;
        add_name(names, entry->d_name);
        ++*count;
    }
    return errno == 0 ? 0 : fail_errno(error, ".");
}

int
store_list(struct store *store, enum store_area area, struct store_names *ret,
           struct error *error)
{
    struct space space = { 0 };
    size_t count = 0;
    DIR *dir = NULL;
    int r;

    r = dir_stream(store->dir[area], &dir, error);
    if (r == 0)
        r = collect(dir, &space, &count, error);
    if (r == 0)
        sort_names(&space, count, ret);
    if (dir != NULL)
        closedir(dir);
    free(space.text);
    return r;
}

void
store_names_clear(struct store_names *names)
{
    free(names->names);
    free(names->space);
    *names = (struct store_names){ 0 };
}

/*
 * The record of a step that a crash has left, of any content: the store opens
 * or says why not, and touches nothing but the files of the record and its own
 * asides.  The first byte says which record it is.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/store.h"
#include "pki/xalloc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support.h"

static struct scratch *scratch;

/* What stands beside the record. */
static struct kept {
    const char *name, *text;
    struct stat put;
} kept[] = {
    { .name = "files/a", .text = "old" },
    { .name = "files/.new.0", .text = "new" },
    { .name = "files/.old.0", .text = "old" },
    { .name = "outside", .text = "outside" },
};
#define KEPT (sizeof(kept) / sizeof(kept[0]))

static char *
path_of(const char *name)
{
    return xasprintf("%s/%s", scratch->path, name);
}

static void
put(const char *name, const void *data, size_t size)
{
    char *path = path_of(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
    free(path);
}

static bool
examine(const char *name, struct stat *ret)
{
    char *path = path_of(name);
    bool found = lstat(path, ret) == 0;

    free(path);
    return found;
}

/* Neither replaced nor written since it was put. */
static bool
is_untouched(const struct kept *file)
{
    struct stat now;

    return examine(file->name, &now) && now.st_ino == file->put.st_ino &&
           now.st_size == file->put.st_size &&
           now.st_ctim.tv_sec == file->put.st_ctim.tv_sec &&
           now.st_ctim.tv_nsec == file->put.st_ctim.tv_nsec;
}

static bool
holds(const char *name, const char *text)
{
    char *path = path_of(name), got[16] = "";
    int fd = open(path, O_RDONLY);

    free(path);
    if (fd < 0)
        return false;
    must(read(fd, got, sizeof(got) - 1) >= 0);
    close(fd);
    return strcmp(got, text) == 0;
}

/* A record names files as it likes. */
static void
remove_all(const char *name)
{
    char *path = path_of(name);
    DIR *dir = opendir(path);
    struct dirent *entry;

    must(dir != NULL);
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_type != DT_DIR)
            must(unlinkat(dirfd(dir), entry->d_name, 0) == 0);
    closedir(dir);
    free(path);
}

static void
put_kept(void)
{
    size_t i;

    for (i = 0; i < KEPT; i++) {
        put(kept[i].name, kept[i].text, strlen(kept[i].text));
        must(examine(kept[i].name, &kept[i].put));
    }
}

static bool
all_untouched(void)
{
    size_t i;

    for (i = 0; i < KEPT; i++)
        if (!is_untouched(&kept[i]))
            return false;
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const records[] = { "files/.commit", "files/.undo",
                                           "private/.commit", "private/.undo" };
    static bool whole; /* what is kept: most inputs leave it alone */
    struct error error = { 0 };
    struct store *store = NULL;
    struct stat st;
    const char *record;
    char *path;
    int r;

    scratch = fuzz_scratch();
    if (size == 0)
        return 0;
    if (!whole) {
        remove_all("files");
        remove_all("private");
        put_kept();
    }
    record = records[data[0] % 4];
    put(record, data + 1, size - 1);
    r = store_open(scratch->path, &store, &error);
    fuzz_check(r, &error);
    whole = all_untouched();
    if (r == 0)
        must(!examine(record, &st));
    else
        must(whole || error.code != E_DAMAGED);
    if (!whole) {
        must(holds("outside", "outside"));
        must(r == 0 || holds("files/a", "old") || holds("files/a", "new"));
    }
    store_free(store);
    path = path_of(record);
    unlink(path);
    free(path);
    return 0;
}

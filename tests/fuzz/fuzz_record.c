/*
 * The record of a step that a crash has left, of any content: the store opens
 * or says why not, and touches nothing but the files of the record and its own
 * asides.  The first byte says which record it is.
 */
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

static void
put(const char *name, const void *data, size_t size)
{
    char *path = xasprintf("%s/%s", scratch->path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
    free(path);
}

static bool
holds(const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", scratch->path, name), got[16] = "";
    int fd = open(path, O_RDONLY);

    free(path);
    if (fd < 0)
        return false;
    must(read(fd, got, sizeof(got) - 1) >= 0);
    close(fd);
    return strcmp(got, text) == 0;
}

static void
drop(const char *name)
{
    char *path = xasprintf("%s/%s", scratch->path, name);

    unlink(path);
    free(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const records[] = { ".commit", ".undo" };
    struct error error = { 0 };
    struct store *store = NULL;
    char record[32];
    int r;

    scratch = fuzz_scratch();
    if (size == 0)
        return 0;
    snprintf(record, sizeof(record), "%s/%s", data[0] & 2 ? "private" : "files",
             records[data[0] & 1]);
    put("files/a", "old", 3);
    put("files/.new.0", "new", 3);
    put("files/.old.0", "old", 3);
    put("outside", "outside", 7);
    put("lock", "", 0);
    put(record, data + 1, size - 1);
    r = store_open(scratch->path, &store, &error);
    fuzz_check(r, &error);
    must(holds("outside", "outside"));
    if (r == 0) {
        char *path = xasprintf("%s/%s", scratch->path, record);

        must(access(path, F_OK) != 0);
        free(path);
    } else {
        must(holds("files/a", "old") || holds("files/a", "new") ||
             error.code != E_DAMAGED);
        if (error.code == E_DAMAGED)
            must(holds("files/a", "old") && holds("files/.new.0", "new"));
    }
    store_free(store);
    drop(record);
    return 0;
}

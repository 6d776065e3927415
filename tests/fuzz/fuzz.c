/*
 * What the fuzz targets share.
 */
#include "tests/fuzz/fuzz.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/utf8.h"
#include "pki/xalloc.h"
#include "tests/support.h"

void
fuzz_broken(const char *promise, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
    abort();
}

const char *
__lsan_default_suppressions(void)
{
    return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

struct blob
fuzz_blob(const uint8_t *data, size_t size)
{
    struct blob blob = { 0 };

    blob_zeros(&blob, size);
    if (size > 0)
        memcpy(blob.data, data, size);
    return blob;
}

static struct blob
read_fixture(const char *name)
{
    char *path = xasprintf("%s/testdata/pki/%s", SOURCE_DIR, name);
    struct blob blob = { 0 };
    char buffer[4096];
    FILE *in = fopen(path, "rb");
    size_t n;

    if (in == NULL) {
        perror(path);
        abort();
    }
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        blob_append(&blob, buffer, n);
    fclose(in);
    free(path);
    return blob;
}

const struct blob *
fuzz_fixture(const char *name)
{
    static struct {
        const char *name;
        struct blob blob;
    } kept[8];
    size_t i;

    for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (kept[i].name == NULL) {
            kept[i].name = name;
            kept[i].blob = read_fixture(name);
        }
        if (strcmp(kept[i].name, name) == 0)
            return &kept[i].blob;
    }
    abort(); /* make kept larger */
}

int
__wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}

static void *scratch;

static void
leave(void)
{
    scratch_teardown(&scratch);
}

struct scratch *
fuzz_scratch(void)
{
    if (scratch == NULL) {
        bool memory = access("/dev/shm", W_OK | X_OK) == 0;

        must(scratch_make(memory ? "/dev/shm" : "/tmp", &scratch) == 0);
        atexit(leave);
    }
    return scratch;
}

static bool
ends(const char *text, size_t room)
{
    return memchr(text, '\0', room) != NULL;
}

void
fuzz_check(int r, const struct error *error)
{
    must(r == 0 || r == -1);
    must(ERR_peek_error() == 0);
    if (r == 0)
        return;
    must(error->code > E_NONE && error->code < E_CODES);
    must(ends(error->subject, sizeof(error->subject)));
    must(ends(error->other, sizeof(error->other)));
    must(ends(error->detail, sizeof(error->detail)));
}

void
fuzz_check_text(const char *text, size_t size)
{
    while (size > 0) {
        bool control = false;
        size_t n = utf8_next(text, size, &control);

        must(n > 0);
        must(!control || *text == '\n' || *text == '\t');
        text += n;
        size -= n;
    }
}

/*
 * What the tests share.
 */
#include "tests/support.h"

#include <ftw.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int
scratch_make(const char *parent, void **state)
{
    struct scratch *scratch = xcalloc(1, sizeof(*scratch));
    struct error error;

    snprintf(scratch->path, sizeof(scratch->path), "%s/mmp-test-XXXXXX",
             parent);
    if (mkdtemp(scratch->path) == NULL ||
        store_open(scratch->path, &scratch->store, &error) != 0)
        return -1;
    *state = scratch;
    return 0;
}

int
scratch_setup(void **state)
{
    return scratch_make("/tmp", state);
}

int
scratch_teardown(void **state)
{
    struct scratch *scratch = *state;
    unsigned long left = ERR_peek_error();

    store_free(scratch->store);
    nftw(scratch->path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(scratch);
    if (left != 0)
        print_error("left in OpenSSL's queue: %lx\n", left);
    return left == 0 ? 0 : -1;
}

static struct blob
read_path(const char *path)
{
    struct blob blob = { 0 };
    char buffer[65536];
    FILE *in = fopen(path, "rb");
    size_t n;

    if (in == NULL)
        fail_msg("cannot open %s", path);
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        blob_append(&blob, buffer, n);
    fclose(in);
    return blob;
}

struct blob
fixture(const char *name)
{
    char *path = xasprintf("%s/testdata/pki/%s", SOURCE_DIR, name);
    struct blob blob = read_path(path);

    free(path);
    return blob;
}

static void
put_blob(struct store *store, const char *name, const struct blob *blob)
{
    struct store_change change = { name, blob, 0644 };
    struct error error;

    assert_int_equal(store_write(store, STORE_FILES, &change, 1, &error), 0);
}

void
fixture_store(struct store *store, const char *name)
{
    fixture_store_as(store, name, name);
}

void
fixture_store_as(struct store *store, const char *name, const char *as)
{
    struct blob blob = fixture(name);

    put_blob(store, as, &blob);
    blob_clear(&blob);
}

void
put_text(struct store *store, const char *name, const char *text)
{
    struct blob blob = { 0 };

    blob_text(&blob, text);
    put_blob(store, name, &blob);
    blob_clear(&blob);
}

struct blob
get_file(struct store *store, const char *name)
{
    struct blob blob = { 0 };
    struct error error;

    if (store_read(store, STORE_FILES, name, &blob, &error) != 0)
        fail_msg("cannot read %s from the store: %s", name, error.detail);
    return blob;
}

int
run_shell(struct scratch *scratch, const char *command, struct blob *ret)
{
    char *line =
        xasprintf("cd %s/files && { %s\n} 2>&1", scratch->path, command);
    FILE *out = popen(line, "r");
    char buffer[4096];
    size_t n;
    int status;

    free(line);
    assert_non_null(out);
    while ((n = fread(buffer, 1, sizeof(buffer), out)) > 0)
        if (ret != NULL)
            blob_append(ret, buffer, n);
    status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
type_subject(const char *line, struct subject *ret, struct error *error)
{
    char *copy = xstrdup(line), *rest = copy, *words[16];
    size_t n = 0;
    int r;

    while (rest != NULL && *rest != '\0' && n < sizeof(words) / sizeof(*words))
        words[n++] = strsep(&rest, "|");
    r = subject_parse(words, n, ret, error);
    free(copy);
    return r;
}

int
sign_and_write(struct store *store, const char *basename, const char *ca,
               bool full_chain, const struct validity *validity,
               struct error *error)
{
    struct blob cert = { 0 }, chain = { 0 };
    struct blob *wanted = full_chain ? &chain : NULL;
    int r = issue_signed(store, basename, ca, validity, &cert, wanted, error);

    if (r == 0)
        r = issue_write(store, basename, &cert, wanted, error);
    blob_clear(&chain);
    blob_clear(&cert);
    return r;
}

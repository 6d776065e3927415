/*
 * Snapshots.
 */
#include "services/backup.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "pki/suffix.h"
#include "pki/xalloc.h"
#include "services/host.h"
#include "services/settings.h"
#include "services/tar.h"
#include "services/worker.h"

#define END ".bak"
#define FOLDER "files/"
#define SUMS "SHA256SUMS"

/* Does a snapshot hold the user's file of this name? */
static bool
belongs(const char *name)
{
    return store_name_ok(name) && suffix_stem(name, END) == 0 &&
           suffix_stem(name, ".json") == 0;
}

/* A line of SHA256SUMS. */
static int
append_sum(struct blob *sums, const char *name, const void *data, size_t size,
           struct error *error)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0, i;

    if (!EVP_Digest(data, size, digest, &n, EVP_sha256(), NULL))
        return fail_openssl(error, E_CRYPTO, name);
    for (i = 0; i < n; i++) {
        blob_append(sums, &digits[digest[i] >> 4], 1);
        blob_append(sums, &digits[digest[i] & 15], 1);
    }
    blob_text(sums, "  ");
    blob_text(sums, name);
    blob_text(sums, "\n");
    return 0;
}

/*
 * Making one.
 */

static int
pack_file(struct store *store, enum store_area area, const char *name,
          time_t now, struct blob *tar, struct blob *sums, struct error *error)
{
    char *member = xasprintf("%s%s", area == STORE_FILES ? FOLDER : "", name);
    struct blob data = { 0 };
    int r;

    r = store_read(store, area, name, &data, error);
    if (r == 0)
        r = append_sum(sums, member, data.data, data.size, error);
    if (r == 0)
        tar_append(tar, member, store_mode(store, area, name), now, &data);
    blob_clear(&data);
    free(member);
    return r;
}

static int
pack(struct store *store, time_t now, struct blob *tar, struct error *error)
{
    struct store_names names = { 0 };
    struct blob sums = { 0 };
    size_t i;
    int r;

    r = store_list(store, STORE_FILES, &names, error);
    for (i = 0; r == 0 && i < names.count; i++)
        if (belongs(names.names[i]))
            r = pack_file(store, STORE_FILES, names.names[i], now, tar, &sums,
                          error);
    if (r == 0 && pack_file(store, STORE_PRIVATE, SETTINGS_FILE, now, tar,
                            &sums, error) != 0)
        r = error->code == E_NO_FILE ? 0 : -1;
    if (r == 0) {
        tar_append(tar, SUMS, 0644, now, &sums);
        tar_end(tar);
    }
    blob_clear(&sums);
    store_names_clear(&names);
    return r;
}

int
backup_snapshot(struct store *store, const char *name, time_t now,
                struct error *error)
{
    char *file = xasprintf("%s" END, name);
    struct settings *settings = NULL;
    struct blob tar = { 0 };
    const struct store_change change = { file, &tar, 0600 };
    int r;

    r = store_lock(store, error);
    if (r == 0) {
        /* Nobody could go back to damaged ones. */
        r = settings_load(store, &settings, error);
        if (r == 0)
            r = pack(store, now, &tar, error);
        if (r == 0)
            r = store_write(store, STORE_FILES, &change, 1, error);
        store_unlock(store);
    }
    settings_free(settings);
    blob_clear(&tar);
    free(file);
    return r;
}

int
backup_list(struct store *store, struct store_names *ret, struct error *error)
{
    size_t i, kept = 0;

    if (store_list(store, STORE_FILES, ret, error) != 0)
        return -1;
    for (i = 0; i < ret->count; i++) {
        char *name = ret->names[i];
        size_t stem = suffix_stem(name, END);

        if (stem == 0)
            continue;
        name[stem] = '\0';
        ret->names[kept++] = name;
    }
    ret->count = kept;
    return 0;
}

/*
 * Going back to one.
 */

struct contents {
    struct content {
        char *name;
        struct blob data;
        mode_t mode;
    } * files;
    size_t count;
    struct blob settings; /* as they will be after the reboot */
};

static void
contents_clear(struct contents *contents)
{
    size_t i;

    for (i = 0; i < contents->count; i++) {
        free(contents->files[i].name);
        blob_clear(&contents->files[i].data);
    }
    free(contents->files);
    blob_clear(&contents->settings);
}

/* A file of the user; false if it is none, or the second of its name.  Takes
   the bytes over. */
static bool
add_file(struct contents *contents, const char *name, mode_t mode,
         struct blob *data)
{
    struct content *file;
    size_t i;

    if (!belongs(name))
        return false;
    for (i = 0; i < contents->count; i++)
        if (strcmp(contents->files[i].name, name) == 0)
            return false;
    contents->files = xreallocarray(contents->files, contents->count + 1,
                                    sizeof(*contents->files));
    file = &contents->files[contents->count++];
    *file = (struct content){ xstrdup(name), *data,
                              (mode & 0044) != 0 ? 0644 : 0600 };
    *data = (struct blob){ 0 };
    return true;
}

static bool
unpack_file(struct contents *contents, const struct tar_member *member)
{
    struct blob data = { 0 };
    bool added;

    if (strncmp(member->name, FOLDER, strlen(FOLDER)) != 0)
        return false;
    blob_append(&data, member->data, member->size);
    added =
        add_file(contents, member->name + strlen(FOLDER), member->mode, &data);
    blob_clear(&data);
    return added;
}

static bool
is_whole(const struct tar_member *member, const struct blob *sums)
{
    return strcmp(member->name, SUMS) == 0 && member->size == sums->size &&
           memcmp(member->data, sums->data, sums->size) == 0;
}

/* Takes it apart; the sums come last, and all must be as they say. */
static int
unpack(const struct blob *tar, const char *subject, struct contents *ret,
       struct error *error)
{
    struct tar_member member;
    struct blob sums = { 0 };
    bool whole = false;
    size_t at = 0;
    int r = 0;

    blob_text(&sums, "");
    while (r == 0 && tar_next(tar, &at, &member) == TAR_MEMBER) {
        whole = is_whole(&member, &sums);
        if (whole)
            break;
        r = append_sum(&sums, member.name, member.data, member.size, error);
        if (r == 0 && strcmp(member.name, SETTINGS_FILE) == 0 &&
            ret->settings.data == NULL)
            blob_append(&ret->settings, member.data, member.size);
        else if (r == 0 && !unpack_file(ret, &member))
            r = fail_detail(error, E_DAMAGED, subject, member.name);
    }
    if (r == 0 && (!whole || tar_next(tar, &at, &member) != TAR_END))
        r = fail_detail(error, E_DAMAGED, subject, "not a whole backup");
    blob_clear(&sums);
    return r;
}

/* The settings as they are after the reboot that follows. */
static int
boot(struct contents *contents, const char *subject, time_t now,
     struct error *error)
{
    struct settings *settings = NULL;
    int r = 0;

    if (contents->settings.data != NULL)
        r = settings_parse(&contents->settings, subject, &settings, error);
    else
        settings = settings_new();
    if (r == 0) {
        host_boot(settings, now);
        blob_clear(&contents->settings);
        settings_format(settings, &contents->settings);
    }
    settings_free(settings);
    return r;
}

static int
put_back(struct store *store, const struct contents *contents,
         struct error *error)
{
    struct store_change *files = xcalloc(contents->count, sizeof(*files));
    const struct store_change settings = { SETTINGS_FILE, &contents->settings,
                                           0600 };
    const struct store_part parts[] = {
        { STORE_FILES, files, contents->count },
        { STORE_PRIVATE, &settings, 1 },
    };
    size_t i;
    int r;

    for (i = 0; i < contents->count; i++)
        files[i] = (struct store_change){ contents->files[i].name,
                                          &contents->files[i].data,
                                          contents->files[i].mode };
    r = store_write_parts(store, parts, 2, error);
    free(files);
    return r;
}

/*
 * A backup is anybody's archive: it is taken apart by a worker.  Its parts: the
 * settings, then of each file the name, the mode and the bytes.
 */

struct opening {
    struct store *store;
    const char *file;
    time_t now;
};
enum { PART_NAME, PART_MODE, PART_DATA, FILE_PARTS };

static void
add_parts(struct contents *contents, struct parts *ret)
{
    size_t i;

    parts_add(ret, &contents->settings);
    for (i = 0; i < contents->count; i++) {
        struct content *file = &contents->files[i];
        struct blob name = { 0 }, mode = { 0 };

        blob_text(&name, file->name);
        blob_append(&mode, &file->mode, sizeof(file->mode));
        parts_add(ret, &name);
        parts_add(ret, &mode);
        parts_add(ret, &file->data);
    }
}

static int
open_backup(void *arg, struct parts *ret, struct error *error)
{
    const struct opening *opening = arg;
    struct contents contents = { 0 };
    struct blob tar = { 0 };
    int r;

    r = store_read(opening->store, STORE_FILES, opening->file, &tar, error);
    if (r == 0)
        r = unpack(&tar, opening->file, &contents, error);
    if (r == 0)
        r = boot(&contents, opening->file, opening->now, error);
    if (r == 0)
        add_parts(&contents, ret);
    contents_clear(&contents);
    blob_clear(&tar);
    return r;
}

/* A worker that was led astray names no file that a backup may not. */
static bool
take_file(struct blob *parts, struct contents *ret)
{
    const struct blob *name = &parts[PART_NAME], *mode = &parts[PART_MODE];
    mode_t bits;

    if (mode->size != sizeof(bits) ||
        strlen((const char *)name->data) != name->size)
        return false;
    memcpy(&bits, mode->data, sizeof(bits));
    return add_file(ret, (const char *)name->data, bits, &parts[PART_DATA]);
}

static int
take_parts(struct parts *parts, const char *subject, struct contents *ret,
           struct error *error)
{
    size_t i;

    if (parts->count % FILE_PARTS != 1)
        return fail_detail(error, E_DAMAGED, subject, "not a whole backup");
    ret->settings = parts->all[0];
    parts->all[0] = (struct blob){ 0 };
    for (i = 1; i < parts->count; i += FILE_PARTS)
        if (!take_file(&parts->all[i], ret))
            return fail_detail(error, E_DAMAGED, subject, "not a backup");
    return 0;
}

int
backup_find(struct store *store, const char *name, struct error *error)
{
    char *file = xasprintf("%s" END, name);
    int r =
        store_has(store, STORE_FILES, file) ? 0 : fail(error, E_NO_FILE, file);

    free(file);
    return r;
}

int
backup_rollback(struct store *store, const char *name, time_t now,
                struct error *error)
{
    char *file = xasprintf("%s" END, name);
    struct opening opening = { store, file, now };
    const struct task task = { { open_backup }, &opening };
    struct contents contents = { 0 };
    struct parts parts = { 0 };
    int r;

    r = task_apart(&task, &parts, error);
    if (r == 0)
        r = take_parts(&parts, file, &contents, error);
    if (r == 0)
        r = put_back(store, &contents, error);
    contents_clear(&contents);
    parts_clear(&parts);
    free(file);
    return r;
}

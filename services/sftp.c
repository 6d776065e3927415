/*
 * SFTP on the store.  Every request is answered before the next one is looked
 * at, in order; that a client has many under way only means that one read
 * brings several.
 */
#include "services/sftp.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pki/xalloc.h"

/* Numbers of the draft: packet types, flags, status codes. */
enum {
    FXP_INIT = 1,
    FXP_VERSION = 2,
    FXP_OPEN = 3,
    FXP_CLOSE = 4,
    FXP_READ = 5,
    FXP_WRITE = 6,
    FXP_LSTAT = 7,
    FXP_FSTAT = 8,
    FXP_SETSTAT = 9,
    FXP_FSETSTAT = 10,
    FXP_OPENDIR = 11,
    FXP_READDIR = 12,
    FXP_REMOVE = 13,
    FXP_MKDIR = 14,
    FXP_RMDIR = 15,
    FXP_REALPATH = 16,
    FXP_STAT = 17,
    FXP_RENAME = 18,
    FXP_READLINK = 19,
    FXP_SYMLINK = 20,
    FXP_STATUS = 101,
    FXP_HANDLE = 102,
    FXP_DATA = 103,
    FXP_NAME = 104,
    FXP_ATTRS = 105,
    FXP_EXTENDED = 200,
    FXP_EXTENDED_REPLY = 201,
};

enum {
    FX_OK,
    FX_EOF,
    FX_NO_SUCH_FILE,
    FX_PERMISSION_DENIED,
    FX_FAILURE,
    FX_BAD_MESSAGE,
    FX_OP_UNSUPPORTED = 8,
};

enum { OPEN_READ = 1, OPEN_WRITE = 2, OPEN_APPEND = 4, OPEN_CREATE = 8 };
enum { OPEN_TRUNCATE = 16, OPEN_NEW = 32 };

enum { ATTR_SIZE = 1, ATTR_OWNER = 2, ATTR_RIGHTS = 4, ATTR_TIMES = 8 };
#define ATTR_EXTENDED 0x80000000U

enum { VERSION = 3, MAX_HANDLES = 64, NAMES_AT_ONCE = 100 };

/* What a READ brings at most, and a WRITE: the packet's other fields need
   little (PROTOCOL of OpenSSH, section 4.8). */
#define MAX_DATA (SFTP_MAX_PACKET - 1024)

struct handle {
    enum { FREE, READING, WRITING, FOLDER } kind;
    uint32_t number; /* of the opening: an old handle is no new one's */
    char name[STORE_MAX_NAME + 1];
    int fd;                      /* READING */
    struct store_stream *stream; /* WRITING */
    bool append, changed;
    struct store_names names; /* FOLDER */
    size_t next;
};

struct sftp {
    const struct sftp_host *host;
    struct handle handles[MAX_HANDLES];
    uint32_t opened;
    bool greeted;
};

/* One request on its way. */
struct request {
    struct sftp *sftp;
    struct packet_in *in;
    struct packet_out *out;
    uint32_t id;
};

/*
 * Answers.
 */

/* Returns where the length stands, for end_answer(). */
static size_t
begin_answer(struct request *request, unsigned char type)
{
    size_t at = request->out->size;

    packet_put_u32(request->out, 0);
    packet_put_byte(request->out, type);
    packet_put_u32(request->out, request->id);
    return at;
}

static void
end_answer(struct request *request, size_t at)
{
    packet_set_u32(request->out, at,
                   (uint32_t)(request->out->size - at - sizeof(uint32_t)));
}

static void
answer_status(struct request *request, uint32_t code, const char *words)
{
    size_t at = begin_answer(request, FXP_STATUS);

    packet_put_u32(request->out, code);
    packet_put_text(request->out, words);
    packet_put_text(request->out, ""); /* in no language of RFC 1766 */
    end_answer(request, at);
}

static uint32_t
status_of(const struct error *error)
{
    switch (error->code) {
    case E_NO_FILE:
        return FX_NO_SUCH_FILE;
    case E_BAD_NAME:
    case E_DENIED:
    case E_FILE_USED:
    case E_READ_ONLY:
    case E_ROLE:
        return FX_PERMISSION_DENIED;
    case E_FLAT:
    case E_UNSUPPORTED:
        return FX_OP_UNSUPPORTED;
    case E_REQUEST:
        return FX_BAD_MESSAGE;
    default:
        return FX_FAILURE;
    }
}

static void
answer_failure(struct request *request, const struct error *error)
{
    const struct sftp_host *host = request->sftp->host;
    struct blob words = { 0 };

    blob_text(&words, "");
    host->words(host->arg, error, &words);
    answer_status(request, status_of(error), (const char *)words.data);
    blob_clear(&words);
}

/* FX_OK, or what error says. */
static int
answer(struct request *request, int r, const struct error *error)
{
    if (r == 0)
        answer_status(request, FX_OK, "");
    else
        answer_failure(request, error);
    return 0;
}

/*
 * Names and attributes.
 */

/* "/a/../b" is "b", the root is "". */
static int
take_path(struct packet_in *in, char ret[PATH_MAX], struct error *error)
{
    struct packet_string path = packet_take_string(in);
    size_t at = 0, size = 0;

    ret[0] = '\0';
    if (path.size >= PATH_MAX ||
        (path.size > 0 && memchr(path.data, '\0', path.size) != NULL))
        return fail(error, E_BAD_NAME, "");
    while (at < path.size) {
        const char *part = (const char *)path.data + at;
        const void *end = memchr(part, '/', path.size - at);
        size_t n =
            end != NULL ? (size_t)((const char *)end - part) : path.size - at;

        at += n + 1;
        if (n == 0 || (n == 1 && part[0] == '.'))
            continue;
        if (n == 2 && part[0] == '.' && part[1] == '.') {
            while (size > 0 && ret[--size] != '/')
                ;
        } else {
            if (size > 0)
                ret[size++] = '/';
            memcpy(ret + size, part, n);
            size += n;
        }
        ret[size] = '\0';
    }
    return 0;
}

/* A path that names a file, and one that may be called so. */
static int
take_name(struct packet_in *in, char ret[STORE_MAX_NAME + 1],
          struct error *error)
{
    char path[PATH_MAX];

    if (take_path(in, path, error) != 0)
        return -1;
    if (!store_name_ok(path))
        return path[0] == '\0' ? fail(error, E_NOT_REGULAR, "/")
                               : fail(error, E_BAD_NAME, path);
    strcpy(ret, path);
    return 0;
}

struct attributes {
    uint32_t flags;
    uint64_t size;
    uint32_t modified;
};

static void
take_attributes(struct packet_in *in, struct attributes *ret)
{
    uint32_t extended;

    *ret = (struct attributes){ .flags = packet_take_u32(in) };
    if (ret->flags & ATTR_SIZE)
        ret->size = packet_take_u64(in);
    if (ret->flags & ATTR_OWNER)
        packet_take_u64(in);
    if (ret->flags & ATTR_RIGHTS)
        packet_take_u32(in);
    if (ret->flags & ATTR_TIMES) {
        packet_take_u32(in);
        ret->modified = packet_take_u32(in);
    }
    if (ret->flags & ATTR_EXTENDED)
        for (extended = packet_take_u32(in); extended > 0 && !in->bad;
             extended--) {
            packet_take_string(in);
            packet_take_string(in);
        }
}

static void
put_file(struct packet_out *out, const struct store_info *info)
{
    packet_put_u32(out, ATTR_SIZE | ATTR_RIGHTS | ATTR_TIMES);
    packet_put_u64(out, info->size);
    packet_put_u32(out, S_IFREG | info->mode);
    packet_put_u32(out, (uint32_t)info->modified);
    packet_put_u32(out, (uint32_t)info->modified);
}

static void
put_folder(struct packet_out *out)
{
    packet_put_u32(out, ATTR_RIGHTS);
    packet_put_u32(out, S_IFDIR | 0700);
}

/* As "ls -l" has it: section 7 of the draft. */
static void
put_long_name(struct request *request, const char *name,
              const struct store_info *info)
{
    const char *owner = request->sftp->host->owner;
    char rights[] = "----------", date[32], *line;
    unsigned i;
    struct tm tm;

    for (i = 0; i < 9; i++)
        if (info->mode & (0400U >> i))
            rights[i + 1] = "rwx"[i % 3];
    gmtime_r(&info->modified, &tm);
    strftime(date, sizeof(date), "%b %e %H:%M", &tm);
    line = xasprintf("%s    1 %-8s %-8s %8llu %s %s", rights, owner, owner,
                     (unsigned long long)info->size, date, name);
    packet_put_text(request->out, line);
    free(line);
}

static const struct sftp_extra *
extra(const struct sftp *sftp, const char *name)
{
    const struct sftp_extra *row = sftp->host->extras;

    for (; row != NULL && row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static int
info_of_fd(int fd, const char *name, struct store_info *ret,
           struct error *error)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fail_errno(error, name);
    *ret = (struct store_info){ (uint64_t)st.st_size, st.st_mode & 0777,
                                st.st_mtime };
    return 0;
}

static int
info_of(struct sftp *sftp, const char *name, struct store_info *ret,
        struct error *error)
{
    const struct sftp_extra *row = extra(sftp, name);
    int fd = -1, r;

    if (row == NULL)
        return store_info(sftp->host->store, STORE_FILES, name, ret, error);
    r = row->open(sftp->host->arg, &fd, error);
    if (r == 0)
        r = info_of_fd(fd, name, ret, error);
    if (fd >= 0)
        close(fd);
    if (r == 0)
        ret->mode = 0400;
    return r;
}

/* The same for who may read the file; looking is not noted. */
static int
look(struct sftp *sftp, const char *name, struct store_info *ret,
     struct error *error)
{
    const struct sftp_host *host = sftp->host;

    if (host->check(host->arg, SFTP_GET, name, error) != 0)
        return -1;
    return info_of(sftp, name, ret, error);
}

static void
note(struct sftp *sftp, enum sftp_act act, const char *name, const char *other,
     bool granted)
{
    sftp->host->note(sftp->host->arg, act, name, other, granted);
}

/* Asks the host, and has a refusal noted. */
static int
check(struct sftp *sftp, enum sftp_act act, const char *name, const char *other,
      struct error *error)
{
    const struct sftp_host *host = sftp->host;

    if (host->check(host->arg, act, name, error) == 0)
        return 0;
    note(sftp, act, name, other, false);
    return -1;
}

/* What only the appliance may change. */
static int
check_change(struct sftp *sftp, enum sftp_act act, const char *name,
             const char *other, struct error *error)
{
    if (check(sftp, act, name, other, error) != 0)
        return -1;
    if (extra(sftp, name) == NULL)
        return 0;
    note(sftp, act, name, other, false);
    return fail(error, E_READ_ONLY, name);
}

/*
 * Handles.
 */

static void
release(struct handle *handle)
{
    if (handle->kind == READING)
        close(handle->fd);
    if (handle->kind == WRITING)
        store_stream_free(handle->stream);
    if (handle->kind == FOLDER)
        store_names_clear(&handle->names);
    handle->kind = FREE;
}

static struct handle *
free_handle(struct sftp *sftp, const char *name, struct error *error)
{
    size_t i;

    for (i = 0; i < MAX_HANDLES; i++) {
        struct handle *handle = &sftp->handles[i];

        if (handle->kind != FREE)
            continue;
        *handle = (struct handle){ .number = sftp->opened++, .fd = -1 };
        strcpy(handle->name, name);
        return handle;
    }
    fail_detail(error, E_REQUEST, name, "too many open files");
    return NULL;
}

static int
answer_handle(struct request *request, const struct handle *handle)
{
    size_t at = begin_answer(request, FXP_HANDLE);

    packet_put_u32(request->out, 2 * sizeof(uint32_t));
    packet_put_u32(request->out, (uint32_t)(handle - request->sftp->handles));
    packet_put_u32(request->out, handle->number);
    end_answer(request, at);
    return 0;
}

static int
take_handle(struct request *request, struct handle **ret, struct error *error)
{
    struct packet_string bytes = packet_take_string(request->in);
    struct packet_in in = { bytes.data, bytes.size, bytes.data == NULL };
    uint32_t i = packet_take_u32(&in), number = packet_take_u32(&in);

    if (in.bad || in.left > 0 || i >= MAX_HANDLES ||
        request->sftp->handles[i].kind == FREE ||
        request->sftp->handles[i].number != number)
        return fail_detail(error, E_REQUEST, "", "no such handle");
    *ret = &request->sftp->handles[i];
    return 0;
}

static int
take_open_file(struct request *request, struct handle **ret, int *fd,
               struct error *error)
{
    if (take_handle(request, ret, error) != 0)
        return -1;
    if ((*ret)->kind == FOLDER)
        return fail(error, E_NOT_REGULAR, "/");
    *fd =
        (*ret)->kind == READING ? (*ret)->fd : store_stream_fd((*ret)->stream);
    return 0;
}

/*
 * Requests.  Each takes its fields and answers; -1: they were not there.
 */

static int
open_reading(struct sftp *sftp, struct handle *handle, struct error *error)
{
    const struct sftp_extra *row = extra(sftp, handle->name);
    int r;

    if (check(sftp, SFTP_GET, handle->name, NULL, error) != 0)
        return -1;
    if (row != NULL)
        r = row->open(sftp->host->arg, &handle->fd, error);
    else
        r = store_open_file(sftp->host->store, STORE_FILES, handle->name,
                            &handle->fd, error);
    if (r != 0)
        return -1;
    note(sftp, SFTP_GET, handle->name, NULL, true);
    handle->kind = READING;
    return 0;
}

static int
open_writing(struct sftp *sftp, struct handle *handle, uint32_t flags,
             struct error *error)
{
    struct store *store = sftp->host->store;
    bool there = store_has(store, STORE_FILES, handle->name);

    if (check_change(sftp, SFTP_PUT, handle->name, NULL, error) != 0)
        return -1;
    if (!there && !(flags & OPEN_CREATE))
        return fail(error, E_NO_FILE, handle->name);
    if (there && (flags & OPEN_NEW))
        return fail(error, E_EXISTS, handle->name);
    if (store_stream_open(store, STORE_FILES, handle->name, 0600,
                          !(flags & OPEN_TRUNCATE), &handle->stream,
                          error) != 0)
        return -1;
    handle->kind = WRITING;
    handle->append = flags & OPEN_APPEND;
    handle->changed = !there || (flags & OPEN_TRUNCATE);
    return 0;
}

static int
do_open(struct request *request)
{
    char name[STORE_MAX_NAME + 1];
    struct attributes attributes;
    struct handle *handle = NULL;
    struct error error;
    uint32_t flags;
    int r;

    r = take_name(request->in, name, &error);
    flags = packet_take_u32(request->in);
    take_attributes(request->in, &attributes);
    if (request->in->bad)
        return -1;
    if (r == 0) {
        handle = free_handle(request->sftp, name, &error);
        r = handle != NULL ? 0 : -1;
    }
    if (r == 0)
        r = flags & OPEN_WRITE
                ? open_writing(request->sftp, handle, flags, &error)
                : open_reading(request->sftp, handle, &error);
    return r == 0 ? answer_handle(request, handle)
                  : answer(request, -1, &error);
}

static int
finish(struct sftp *sftp, struct handle *handle, struct error *error)
{
    if (handle->kind != WRITING || !handle->changed)
        return 0;
    if (store_stream_commit(handle->stream, error) != 0)
        return -1;
    note(sftp, SFTP_PUT, handle->name, NULL, true);
    return 0;
}

static int
do_close(struct request *request)
{
    struct handle *handle;
    struct error error;
    int r = take_handle(request, &handle, &error);

    if (request->in->bad)
        return -1;
    if (r == 0) {
        r = finish(request->sftp, handle, &error);
        release(handle);
    }
    return answer(request, r, &error);
}

static int
do_read(struct request *request)
{
    struct handle *handle;
    struct error error;
    uint64_t from;
    size_t size, at;
    ssize_t n = 0;
    int fd = -1, r;

    r = take_open_file(request, &handle, &fd, &error);
    from = packet_take_u64(request->in);
    size = packet_take_u32(request->in);
    if (request->in->bad)
        return -1;
    if (r != 0)
        return answer(request, -1, &error);
    if (size > MAX_DATA)
        size = MAX_DATA;
    at = begin_answer(request, FXP_DATA);
    packet_put_u32(request->out, 0);
    if (from <= INT64_MAX)
        do
            n = pread(fd, packet_room(request->out, size), size, (off_t)from);
        while (n < 0 && errno == EINTR);
    if (n > 0) {
        packet_set_u32(request->out, request->out->size - sizeof(uint32_t),
                       (uint32_t)n);
        request->out->size += (size_t)n;
        end_answer(request, at);
        return 0;
    }
    request->out->size = at;
    if (n < 0) {
        fail_errno(&error, handle->name);
        return answer(request, -1, &error);
    }
    answer_status(request, FX_EOF, "");
    return 0;
}

static int
write_at(struct handle *handle, uint64_t at, struct packet_string data,
         struct error *error)
{
    struct store_info info = { 0 };

    if (handle->kind != WRITING)
        return fail(error, E_READ_ONLY, handle->name);
    if (handle->append) {
        if (info_of_fd(store_stream_fd(handle->stream), handle->name, &info,
                       error) != 0)
            return -1;
        at = info.size;
    }
    handle->changed = true;
    return store_stream_write(handle->stream, at, data.data, data.size, error);
}

static int
do_write(struct request *request)
{
    struct handle *handle;
    struct packet_string data;
    struct error error;
    uint64_t at;
    int r = take_handle(request, &handle, &error);

    at = packet_take_u64(request->in);
    data = packet_take_string(request->in);
    if (request->in->bad)
        return -1;
    if (r == 0)
        r = write_at(handle, at, data, &error);
    return answer(request, r, &error);
}

static int
answer_info(struct request *request, int r, const struct store_info *info,
            const struct error *error)
{
    size_t at;

    if (r != 0)
        return answer(request, -1, error);
    at = begin_answer(request, FXP_ATTRS);
    if (info != NULL)
        put_file(request->out, info);
    else
        put_folder(request->out);
    end_answer(request, at);
    return 0;
}

static int
do_stat(struct request *request)
{
    char path[PATH_MAX];
    struct store_info info;
    struct error error;
    int r = take_path(request->in, path, &error);

    if (request->in->bad)
        return -1;
    if (r == 0 && path[0] == '\0')
        return answer_info(request, 0, NULL, NULL);
    /* What no file may be called is not there. */
    if (r == 0)
        r = store_name_ok(path) ? look(request->sftp, path, &info, &error)
                                : fail(&error, E_NO_FILE, path);
    return answer_info(request, r, &info, &error);
}

static int
do_fstat(struct request *request)
{
    struct handle *handle;
    struct store_info info;
    struct error error;
    int r = take_handle(request, &handle, &error), fd;

    if (request->in->bad)
        return -1;
    if (r == 0 && handle->kind == FOLDER)
        return answer_info(request, 0, NULL, NULL);
    if (r == 0) {
        fd = handle->kind == READING ? handle->fd
                                     : store_stream_fd(handle->stream);
        r = info_of_fd(fd, handle->name, &info, &error);
    }
    return answer_info(request, r, &info, &error);
}

/* Sizes and times; rights and owners are as we have them. */
static int
change_handle(struct handle *handle, const struct attributes *attributes,
              struct error *error)
{
    if (handle->kind != WRITING)
        return 0;
    if (attributes->flags & ATTR_TIMES)
        store_stream_date(handle->stream, attributes->modified);
    if (!(attributes->flags & ATTR_SIZE))
        return 0;
    handle->changed = true;
    return store_stream_resize(handle->stream, attributes->size, error);
}

static int
do_fsetstat(struct request *request)
{
    struct handle *handle;
    struct attributes attributes;
    struct error error;
    int r = take_handle(request, &handle, &error);

    take_attributes(request->in, &attributes);
    if (request->in->bad)
        return -1;
    if (r == 0)
        r = change_handle(handle, &attributes, &error);
    return answer(request, r, &error);
}

static int
change_size(struct sftp *sftp, const char *name, uint64_t size,
            struct error *error)
{
    struct store_stream *stream = NULL;
    int r;

    r = store_stream_open(sftp->host->store, STORE_FILES, name, 0600, true,
                          &stream, error);
    if (r == 0)
        r = store_stream_resize(stream, size, error);
    if (r == 0)
        r = store_stream_commit(stream, error);
    store_stream_free(stream);
    return r;
}

static int
change_file(struct sftp *sftp, const char *name,
            const struct attributes *attributes, struct error *error)
{
    struct store_info info;

    if (check_change(sftp, SFTP_PUT, name, NULL, error) != 0 ||
        info_of(sftp, name, &info, error) != 0)
        return -1;
    if ((attributes->flags & ATTR_SIZE) &&
        change_size(sftp, name, attributes->size, error) != 0)
        return -1;
    if (!(attributes->flags & ATTR_TIMES))
        return 0;
    return store_set_date(sftp->host->store, STORE_FILES, name,
                          attributes->modified, error);
}

static int
do_setstat(struct request *request)
{
    struct attributes attributes;
    char path[PATH_MAX];
    struct error error;
    int r = take_path(request->in, path, &error);

    take_attributes(request->in, &attributes);
    if (request->in->bad)
        return -1;
    if (r == 0 && path[0] != '\0')
        r = store_name_ok(path)
                ? change_file(request->sftp, path, &attributes, &error)
                : fail(&error, E_NO_FILE, path);
    return answer(request, r, &error);
}

static int
list(struct sftp *sftp, struct handle *handle, struct error *error)
{
    if (store_list(sftp->host->store, STORE_FILES, &handle->names, error) != 0)
        return -1;
    handle->kind = FOLDER;
    return 0;
}

static int
do_opendir(struct request *request)
{
    struct handle *handle = NULL;
    char path[PATH_MAX];
    struct error error;
    int r = take_path(request->in, path, &error);

    if (request->in->bad)
        return -1;
    if (r == 0 && path[0] != '\0')
        r = fail(&error, E_NO_FILE, path);
    if (r == 0) {
        handle = free_handle(request->sftp, "/", &error);
        r = handle != NULL ? list(request->sftp, handle, &error) : -1;
    }
    return r == 0 ? answer_handle(request, handle)
                  : answer(request, -1, &error);
}

/* The i-th name of a listing, the host's own behind the store's; NULL behind
   the last. */
static const char *
name_at(const struct sftp *sftp, const struct handle *handle, size_t i)
{
    const struct sftp_extra *row = sftp->host->extras;

    if (i < handle->names.count)
        return handle->names.names[i];
    i -= handle->names.count;
    for (; row != NULL && row->name != NULL; row++, i--)
        if (i == 0)
            return row->name;
    return NULL;
}

/* Is it the next line of the listing? */
static bool
lists(struct sftp *sftp, const struct handle *handle, const char *name,
      size_t i, struct store_info *info)
{
    struct error error;

    /* A file of the name of one of the host's is not to be had. */
    if (i < handle->names.count && extra(sftp, name) != NULL)
        return false;
    return look(sftp, name, info, &error) == 0;
}

static int
do_readdir(struct request *request)
{
    struct sftp *sftp = request->sftp;
    struct handle *handle;
    struct store_info info;
    struct error error;
    size_t at, count_at;
    uint32_t count = 0;
    const char *name;
    int r = take_handle(request, &handle, &error);

    if (request->in->bad)
        return -1;
    if (r == 0 && handle->kind != FOLDER)
        r = fail_detail(&error, E_REQUEST, handle->name, "not a directory");
    if (r != 0)
        return answer(request, -1, &error);
    at = begin_answer(request, FXP_NAME);
    count_at = request->out->size;
    packet_put_u32(request->out, 0);
    while (count < NAMES_AT_ONCE &&
           (name = name_at(sftp, handle, handle->next)) != NULL) {
        if (!lists(sftp, handle, name, handle->next++, &info))
            continue;
        packet_put_text(request->out, name);
        put_long_name(request, name, &info);
        put_file(request->out, &info);
        count++;
    }
    packet_set_u32(request->out, count_at, count);
    end_answer(request, at);
    if (count == 0) {
        request->out->size = at;
        answer_status(request, FX_EOF, "");
    }
    return 0;
}

static int
do_remove(struct request *request)
{
    struct sftp *sftp = request->sftp;
    char name[STORE_MAX_NAME + 1];
    struct error error;
    int r = take_name(request->in, name, &error);

    if (request->in->bad)
        return -1;
    if (r == 0)
        r = check_change(sftp, SFTP_REMOVE, name, NULL, &error);
    if (r == 0)
        r = store_remove(sftp->host->store, STORE_FILES, name, &error);
    if (r == 0)
        note(sftp, SFTP_REMOVE, name, NULL, true);
    return answer(request, r, &error);
}

static int
rename_file(struct request *request, bool replace)
{
    struct sftp *sftp = request->sftp;
    char from[STORE_MAX_NAME + 1] = "", to[STORE_MAX_NAME + 1] = "";
    struct error error, other;
    int r = take_name(request->in, from, &error);
    int r_to = take_name(request->in, to, &other);

    if (request->in->bad)
        return -1;
    if (r == 0 && r_to != 0) {
        r = -1;
        error = other;
    }
    if (r == 0)
        r = check_change(sftp, SFTP_RENAME, from, to, &error);
    if (r == 0)
        r = check_change(sftp, SFTP_PUT, to, NULL, &error);
    if (r == 0)
        r = store_rename(sftp->host->store, STORE_FILES, from, to, replace,
                         &error);
    if (r == 0)
        note(sftp, SFTP_RENAME, from, to, true);
    return answer(request, r, &error);
}

static int
do_rename(struct request *request)
{
    return rename_file(request, false);
}

static int
do_realpath(struct request *request)
{
    char path[PATH_MAX], *absolute;
    struct error error;
    size_t at;
    int r = take_path(request->in, path, &error);

    if (request->in->bad)
        return -1;
    if (r != 0)
        return answer(request, -1, &error);
    absolute = xasprintf("/%s", path);
    at = begin_answer(request, FXP_NAME);
    packet_put_u32(request->out, 1);
    packet_put_text(request->out, absolute);
    packet_put_text(request->out, absolute);
    packet_put_u32(request->out, 0); /* no attributes */
    end_answer(request, at);
    free(absolute);
    return 0;
}

/* Folders and links: the fields do not matter. */
static int
do_refuse(struct request *request)
{
    struct error error;

    fail(&error, E_FLAT, "/");
    return answer(request, -1, &error);
}

/* Durable it is when it is closed; there is no name before that. */
static int
do_fsync(struct request *request)
{
    struct handle *handle;
    struct error error;
    int r = take_handle(request, &handle, &error);

    return request->in->bad ? -1 : answer(request, r, &error);
}

static int
do_limits(struct request *request)
{
    size_t at = begin_answer(request, FXP_EXTENDED_REPLY);

    packet_put_u64(request->out, SFTP_MAX_PACKET);
    packet_put_u64(request->out, MAX_DATA);
    packet_put_u64(request->out, MAX_DATA);
    packet_put_u64(request->out, MAX_HANDLES);
    end_answer(request, at);
    return 0;
}

static int
do_posix_rename(struct request *request)
{
    return rename_file(request, true);
}

/* See PROTOCOL of OpenSSH, section 4. */
static const struct extension {
    const char *name;
    int (*run)(struct request *request);
} extensions[] = {
    { "posix-rename@openssh.com", do_posix_rename },
    { "fsync@openssh.com", do_fsync },
    { "limits@openssh.com", do_limits },
};
#define EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

static int
unsupported(struct request *request)
{
    struct error error;

    fail(&error, E_UNSUPPORTED, "");
    return answer(request, -1, &error);
}

static int
do_extended(struct request *request)
{
    struct packet_string name = packet_take_string(request->in);
    size_t i;

    if (request->in->bad)
        return -1;
    for (i = 0; i < EXTENSIONS; i++)
        if (packet_is(name, extensions[i].name))
            return extensions[i].run(request);
    return unsupported(request);
}

static int (*const requests[256])(struct request *request) = {
    [FXP_OPEN] = do_open,         [FXP_CLOSE] = do_close,
    [FXP_READ] = do_read,         [FXP_WRITE] = do_write,
    [FXP_LSTAT] = do_stat,        [FXP_FSTAT] = do_fstat,
    [FXP_SETSTAT] = do_setstat,   [FXP_FSETSTAT] = do_fsetstat,
    [FXP_OPENDIR] = do_opendir,   [FXP_READDIR] = do_readdir,
    [FXP_REMOVE] = do_remove,     [FXP_MKDIR] = do_refuse,
    [FXP_RMDIR] = do_refuse,      [FXP_REALPATH] = do_realpath,
    [FXP_STAT] = do_stat,         [FXP_RENAME] = do_rename,
    [FXP_READLINK] = do_refuse,   [FXP_SYMLINK] = do_refuse,
    [FXP_EXTENDED] = do_extended,
};

/* The first packet has no request number. */
static int
greet(struct sftp *sftp, struct packet_in *in, struct packet_out *out,
      struct error *error)
{
    size_t at = out->size, i;

    if (packet_take_byte(in) != FXP_INIT || packet_take_u32(in) < VERSION ||
        in->bad)
        return fail_detail(error, E_REQUEST, "", "no SFTP of version 3");
    packet_put_u32(out, 0);
    packet_put_byte(out, FXP_VERSION);
    packet_put_u32(out, VERSION);
    for (i = 0; i < EXTENSIONS; i++) {
        packet_put_text(out, extensions[i].name);
        packet_put_text(out, "1");
    }
    packet_set_u32(out, at, (uint32_t)(out->size - at - sizeof(uint32_t)));
    sftp->greeted = true;
    return 0;
}

int
sftp_packet(struct sftp *sftp, const void *data, size_t size,
            struct packet_out *ret, struct error *error)
{
    struct packet_in in = { data, size, false };
    struct request request = { sftp, &in, ret, 0 };
    size_t before = ret->size;
    unsigned char type;

    if (!sftp->greeted)
        return greet(sftp, &in, ret, error);
    type = packet_take_byte(&in);
    request.id = packet_take_u32(&in);
    if (in.bad)
        return fail_detail(error, E_REQUEST, "", "packet cut short");
    if (requests[type] == NULL)
        return unsupported(&request);
    if (requests[type](&request) != 0) {
        ret->size = before;
        fail_detail(error, E_REQUEST, "", "packet cut short");
        answer_failure(&request, error);
    }
    return 0;
}

struct sftp *
sftp_new(const struct sftp_host *host)
{
    struct sftp *sftp = xcalloc(1, sizeof(*sftp));

    sftp->host = host;
    return sftp;
}

void
sftp_free(struct sftp *sftp)
{
    size_t i;

    if (sftp == NULL)
        return;
    for (i = 0; i < MAX_HANDLES; i++)
        release(&sftp->handles[i]);
    free(sftp);
}

/*
 * The connection.
 */

static int
flush(struct packet_out *out, int fd, struct error *error)
{
    size_t done = 0;

    while (done < out->size) {
        ssize_t n = write(fd, out->data + done, out->size - done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return fail_errno(error, "connection");
    }
    out->size = 0;
    return 0;
}

/* The whole packets among the bytes; *used of them are done with. */
static int
serve_packets(struct sftp *sftp, const unsigned char *data, size_t size,
              size_t *used, int fd, struct packet_out *out, struct error *error)
{
    *used = 0;
    for (;;) {
        struct packet_in in = { data + *used, size - *used, false };
        size_t packet = packet_take_u32(&in);

        if (!in.bad && packet > SFTP_MAX_PACKET)
            return fail_detail(error, E_REQUEST, "", "packet too long");
        if (in.bad || packet > in.left)
            return 0;
        if (sftp_packet(sftp, in.at, packet, out, error) != 0)
            return -1;
        *used += sizeof(uint32_t) + packet;
        if (out->size >= SFTP_MAX_PACKET && flush(out, fd, error) != 0)
            return -1;
    }
}

int
sftp_serve(struct sftp *sftp, int in, int out, struct error *error)
{
    const size_t room = 2 * SFTP_MAX_PACKET;
    unsigned char *data = xreallocarray(NULL, room, 1);
    struct packet_out answers = { 0 };
    size_t size = 0, used;
    int r = 0;

    while (r == 0) {
        ssize_t n = read(in, data + size, room - size);

        if (n == 0)
            break;
        if (n < 0) {
            r = errno == EINTR ? 0 : fail_errno(error, "connection");
            continue;
        }
        size += (size_t)n;
        r = serve_packets(sftp, data, size, &used, out, &answers, error);
        size -= used;
        memmove(data, data + used, size);
        if (r == 0)
            r = flush(&answers, out, error);
    }
    packet_clear(&answers);
    explicit_bzero(data, room);
    free(data);
    return r;
}

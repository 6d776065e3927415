/*
 * SFTP on the store, packet by packet: what clients send and what nobody
 * should.  Numbers are those of draft-ietf-secsh-filexfer-02.
 */
#include "services/sftp.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

enum { OPEN = 3, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT };
enum { OPENDIR = 11, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME };
enum { READLINK = 19, SYMLINK, STATUS = 101, HANDLE, DATA, NAME, ATTRS };
enum { EXTENDED = 200, EXTENDED_REPLY };
enum { OK, END, NO_FILE, DENIED, FAILED, BAD_MESSAGE, UNSUPPORTED = 8 };

/* A host that refuses "forbidden", and has one file of its own. */
struct stage {
    struct scratch *scratch;
    struct sftp_host host;
    struct sftp *sftp;
    struct packet_out answer;
    struct packet_in in; /* behind the length of the last answer */
    unsigned char type;
    struct blob notes;
};

static int
open_own(void *arg, int *ret, struct error *error)
{
    (void)arg;
    (void)error;
    *ret = memfd_create("own", MFD_CLOEXEC);
    assert_int_equal(write(*ret, "own text", 8), 8);
    return 0;
}

static const struct sftp_extra extras[] = { { "own", open_own }, { NULL } };

static int
check(void *arg, enum sftp_act act, const char *name, struct error *error)
{
    (void)arg;
    (void)act;
    return strcmp(name, "forbidden") != 0
               ? 0
               : fail_pair(error, E_ROLE, "admin", NULL);
}

static void
note(void *arg, enum sftp_act act, const char *name, const char *other,
     bool granted)
{
    static const char *const acts[] = { "get", "put", "rm", "rename" };
    struct stage *stage = arg;
    char *text =
        xasprintf("%s%s %s%s%s\n", granted ? "" : "not ", acts[act], name,
                  other != NULL ? " " : "", other != NULL ? other : "");

    blob_text(&stage->notes, text);
    free(text);
}

static void
words(void *arg, const struct error *error, struct blob *ret)
{
    (void)arg;
    blob_text(ret, error->subject);
}

/* Sends the packet and takes the one answer that comes. */
static void
send_packet(struct stage *stage, struct packet_out *packet)
{
    struct error error;

    stage->answer.size = 0;
    assert_int_equal(sftp_packet(stage->sftp, packet->data, packet->size,
                                 &stage->answer, &error),
                     0);
    stage->in =
        (struct packet_in){ stage->answer.data, stage->answer.size, false };
    assert_int_equal(packet_take_u32(&stage->in), stage->answer.size - 4);
    stage->type = packet_take_byte(&stage->in);
    packet_clear(packet);
}

static struct packet_out
packet_of(unsigned char type)
{
    struct packet_out packet = { 0 };

    packet_put_byte(&packet, type);
    packet_put_u32(&packet, 77);
    return packet;
}

static void
request(struct stage *stage, struct packet_out *packet, unsigned char want)
{
    send_packet(stage, packet);
    assert_int_equal(packet_take_u32(&stage->in), 77);
    assert_int_equal(stage->type, want);
}

static void
request_status(struct stage *stage, struct packet_out *packet, uint32_t want)
{
    request(stage, packet, STATUS);
    assert_int_equal(packet_take_u32(&stage->in), want);
}

static void
assert_words(struct stage *stage, const char *want)
{
    struct packet_string string = packet_take_string(&stage->in);

    if (!packet_is(string, want))
        fail_msg("not %s but %.*s", want, (int)string.size, string.data);
}

static int
set_up(void **state)
{
    struct stage *stage = xcalloc(1, sizeof(*stage));
    struct packet_out packet = { 0 };
    void *scratch = NULL;

    assert_int_equal(scratch_setup(&scratch), 0);
    stage->scratch = scratch;
    stage->host = (struct sftp_host){ .store = stage->scratch->store,
                                      .owner = "admin",
                                      .extras = extras,
                                      .check = check,
                                      .note = note,
                                      .words = words,
                                      .arg = stage };
    blob_text(&stage->notes, "");
    stage->sftp = sftp_new(&stage->host);
    packet_put_byte(&packet, 1);
    packet_put_u32(&packet, 3);
    send_packet(stage, &packet);
    assert_int_equal(stage->type, 2);
    assert_int_equal(packet_take_u32(&stage->in), 3);
    *state = stage;
    return 0;
}

static int
tear_down(void **state)
{
    struct stage *stage = *state;
    void *scratch = stage->scratch;

    sftp_free(stage->sftp);
    packet_clear(&stage->answer);
    blob_clear(&stage->notes);
    free(stage);
    return scratch_teardown(&scratch);
}

/* flags: 1 read, 2 write, 4 append, 8 create, 16 truncate, 32 new only. */
static struct packet_out
open_packet(const char *path, uint32_t flags)
{
    struct packet_out packet = packet_of(OPEN);

    packet_put_text(&packet, path);
    packet_put_u32(&packet, flags);
    packet_put_u32(&packet, 4); /* rights, which are not obeyed */
    packet_put_u32(&packet, 0100777);
    return packet;
}

static uint64_t
take_handle(struct stage *stage)
{
    struct packet_string bytes = packet_take_string(&stage->in);
    uint64_t handle;

    assert_int_equal(bytes.size, sizeof(handle));
    memcpy(&handle, bytes.data, sizeof(handle));
    return handle;
}

static uint64_t
open_file(struct stage *stage, const char *path, uint32_t flags)
{
    struct packet_out packet = open_packet(path, flags);

    request(stage, &packet, HANDLE);
    return take_handle(stage);
}

static struct packet_out
handle_packet(unsigned char type, uint64_t handle)
{
    struct packet_out packet = packet_of(type);

    packet_put_string(&packet, &handle, sizeof(handle));
    return packet;
}

static void
write_file(struct stage *stage, uint64_t handle, uint64_t at, const char *text,
           uint32_t want)
{
    struct packet_out packet = handle_packet(WRITE, handle);

    packet_put_u64(&packet, at);
    packet_put_text(&packet, text);
    request_status(stage, &packet, want);
}

static void
close_file(struct stage *stage, uint64_t handle, uint32_t want)
{
    struct packet_out packet = handle_packet(CLOSE, handle);

    request_status(stage, &packet, want);
}

static void
put_file(struct stage *stage, const char *path, const char *text)
{
    uint64_t handle = open_file(stage, path, 2 | 8 | 16);

    write_file(stage, handle, 0, text, OK);
    close_file(stage, handle, OK);
}

static void
read_packet(struct stage *stage, uint64_t handle, uint64_t at, uint32_t size,
            unsigned char want)
{
    struct packet_out packet = handle_packet(READ, handle);

    packet_put_u64(&packet, at);
    packet_put_u32(&packet, size);
    request(stage, &packet, want);
}

static struct packet_out
path_packet(unsigned char type, const char *path)
{
    struct packet_out packet = packet_of(type);

    packet_put_text(&packet, path);
    return packet;
}

static struct packet_out
rename_packet(const char *extension, const char *from, const char *to)
{
    struct packet_out packet = packet_of(extension != NULL ? EXTENDED : RENAME);

    if (extension != NULL)
        packet_put_text(&packet, extension);
    packet_put_text(&packet, from);
    packet_put_text(&packet, to);
    return packet;
}

static uint64_t
size_of(struct stage *stage, const char *path)
{
    struct packet_out packet = path_packet(STAT, path);

    request(stage, &packet, ATTRS);
    assert_int_equal(packet_take_u32(&stage->in) & 1, 1);
    return packet_take_u64(&stage->in);
}

static void
assert_file(struct stage *stage, const char *name, const char *want)
{
    struct blob got = get_file(stage->scratch->store, name);

    assert_string_equal(got.data, want);
    blob_clear(&got);
}

/* Nothing is seen before the close, and then all of it. */
static void
test_upload(void **state)
{
    struct stage *stage = *state;
    struct store *store = stage->scratch->store;
    uint64_t handle = open_file(stage, "/new.key", 2 | 8 | 16);
    struct packet_out packet;

    write_file(stage, handle, 4, "5678", OK);
    assert_false(store_has(store, STORE_FILES, "new.key"));
    write_file(stage, handle, 0, "1234", OK);
    packet = handle_packet(FSTAT, handle);
    request(stage, &packet, ATTRS);
    packet_take_u32(&stage->in);
    assert_int_equal(packet_take_u64(&stage->in), 8);
    packet = packet_of(EXTENDED);
    packet_put_text(&packet, "fsync@openssh.com");
    packet_put_string(&packet, &handle, sizeof(handle));
    request_status(stage, &packet, OK);
    packet = handle_packet(FSETSTAT, handle);
    packet_put_u32(&packet, 4 | 8);
    packet_put_u32(&packet, 0777);
    packet_put_u32(&packet, 1000000000);
    packet_put_u32(&packet, 1000000001);
    request_status(stage, &packet, OK);
    assert_false(store_has(store, STORE_FILES, "new.key"));
    close_file(stage, handle, OK);
    assert_file(stage, "new.key", "12345678");
    assert_int_equal(store_mode(store, STORE_FILES, "new.key"), 0600);
    assert_int_equal(size_of(stage, "new.key"), 8);
    assert_int_equal(packet_take_u32(&stage->in), 0100600);
    packet_take_u32(&stage->in);
    assert_int_equal(packet_take_u32(&stage->in), 1000000001);
    assert_string_equal(stage->notes.data, "put new.key\n");
    close_file(stage, handle, BAD_MESSAGE);
}

static void
test_broken_upload(void **state)
{
    struct stage *stage = *state;
    uint64_t handle;

    put_file(stage, "a", "old");
    handle = open_file(stage, "a", 2 | 8 | 16);
    write_file(stage, handle, 0, "half of the n", OK);
    open_file(stage, "b", 2 | 8);
    sftp_free(stage->sftp);
    stage->sftp = NULL;
    assert_file(stage, "a", "old");
    assert_int_equal(run_shell(stage->scratch, "test \"$(ls -A)\" = a", NULL),
                     0);
}

/* reput, and append. */
static void
test_resumed_upload(void **state)
{
    struct stage *stage = *state;
    uint64_t handle;

    put_file(stage, "a", "12345");
    handle = open_file(stage, "a", 2 | 8);
    write_file(stage, handle, 5, "678", OK);
    close_file(stage, handle, OK);
    assert_file(stage, "a", "12345678");
    handle = open_file(stage, "a", 2 | 4);
    write_file(stage, handle, 0, "9", OK);
    write_file(stage, handle, 0, "0", OK);
    close_file(stage, handle, OK);
    assert_file(stage, "a", "1234567890");
    /* What is not changed is not written. */
    handle = open_file(stage, "a", 1 | 2);
    assert_int_equal(run_shell(stage->scratch, "printf x >a", NULL), 0);
    close_file(stage, handle, OK);
    assert_file(stage, "a", "x");
}

static void
test_download(void **state)
{
    struct stage *stage = *state;
    uint64_t handle;

    put_file(stage, "a", "0123456789");
    handle = open_file(stage, "a", 1);
    read_packet(stage, handle, 2, 3, DATA);
    assert_words(stage, "234");
    put_file(stage, "a", "another");
    read_packet(stage, handle, 8, 100, DATA);
    assert_words(stage, "89");
    read_packet(stage, handle, 10, 1, STATUS);
    assert_int_equal(packet_take_u32(&stage->in), END);
    read_packet(stage, handle, UINT64_MAX, 1, STATUS);
    assert_int_equal(packet_take_u32(&stage->in), END);
    read_packet(stage, handle, 0, UINT32_MAX, DATA);
    write_file(stage, handle, 0, "x", DENIED);
    close_file(stage, handle, OK);
    handle = open_file(stage, "own", 1);
    read_packet(stage, handle, 0, 100, DATA);
    assert_words(stage, "own text");
    assert_int_equal(size_of(stage, "/own"), 8);
}

static const struct {
    const char *path, *real;
} paths[] = {
    { "", "/" },        { ".", "/" },          { "/", "/" },
    { "..", "/" },      { "/../..", "/" },     { "a", "/a" },
    { "/a", "/a" },     { "//a//", "/a" },     { "./x/../a/.", "/a" },
    { "/x/y", "/x/y" }, { "x/../../a", "/a" }, { "/...", "/..." },
    { "/a b", "/a b" }, { "/x/y/..", "/x" },
};

static void
test_paths(void **state)
{
    struct stage *stage = *state;
    struct packet_out packet;
    char *longest = xcalloc(1, 5000);
    size_t i;

    for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        packet = path_packet(REALPATH, paths[i].path);
        request(stage, &packet, NAME);
        assert_int_equal(packet_take_u32(&stage->in), 1);
        assert_words(stage, paths[i].real);
    }
    put_file(stage, "/./a", "text");
    assert_int_equal(size_of(stage, "//a"), 4);
    assert_int_equal(size_of(stage, "x/../a"), 4);
    packet = path_packet(STAT, "/x/a");
    request_status(stage, &packet, NO_FILE);
    packet = path_packet(LSTAT, "/");
    request(stage, &packet, ATTRS);
    assert_int_equal(packet_take_u32(&stage->in), 4);
    assert_int_equal(packet_take_u32(&stage->in), 040700);
    memset(longest, 'a', 4999);
    packet = path_packet(STAT, longest);
    request_status(stage, &packet, DENIED);
    packet = packet_of(STAT);
    packet_put_string(&packet, "a\0b", 3);
    request_status(stage, &packet, DENIED);
    free(longest);
}

static void
test_refused_names(void **state)
{
    static const char *const names[] = { ".a", "x/y", "a\nb", "\xff", "/" };
    struct stage *stage = *state;
    struct packet_out packet;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        packet = open_packet(names[i], 2 | 8 | 16);
        request_status(stage, &packet, i < 4 ? DENIED : FAILED);
        assert_words(stage, names[i]);
    }
    packet = open_packet("own", 2 | 8);
    request_status(stage, &packet, DENIED);
    packet = path_packet(REMOVE, "own");
    request_status(stage, &packet, DENIED);
    packet = open_packet("forbidden", 1);
    request_status(stage, &packet, DENIED);
    packet = open_packet("forbidden", 2 | 8);
    request_status(stage, &packet, DENIED);
    packet = path_packet(STAT, "forbidden");
    request_status(stage, &packet, DENIED);
    packet = open_packet("missing", 1);
    request_status(stage, &packet, NO_FILE);
    packet = open_packet("missing", 2);
    request_status(stage, &packet, NO_FILE);
    put_file(stage, "a", "text");
    packet = open_packet("a", 2 | 8 | 32);
    request_status(stage, &packet, FAILED);
    assert_string_equal(stage->notes.data, "not put own\n"
                                           "not rm own\n"
                                           "not get forbidden\n"
                                           "not put forbidden\n"
                                           "put a\n");
    assert_int_equal(run_shell(stage->scratch, "test \"$(ls -A)\" = a", NULL),
                     0);
}

static void
test_rename(void **state)
{
    struct stage *stage = *state;
    struct packet_out packet;

    put_file(stage, "a", "one");
    put_file(stage, "b", "two");
    packet = rename_packet(NULL, "a", "b");
    request_status(stage, &packet, FAILED);
    packet = rename_packet(NULL, "a", "/c");
    request_status(stage, &packet, OK);
    assert_file(stage, "c", "one");
    packet = rename_packet("posix-rename@openssh.com", "/c", "b");
    request_status(stage, &packet, OK);
    assert_file(stage, "b", "one");
    packet = rename_packet(NULL, "c", "d");
    request_status(stage, &packet, NO_FILE);
    packet = rename_packet(NULL, "b", ".d");
    request_status(stage, &packet, DENIED);
    packet = rename_packet(NULL, "b", "own");
    request_status(stage, &packet, DENIED);
    packet = rename_packet(NULL, "b", "forbidden");
    request_status(stage, &packet, DENIED);
    packet = path_packet(REMOVE, "/b");
    request_status(stage, &packet, OK);
    packet = path_packet(REMOVE, "/b");
    request_status(stage, &packet, NO_FILE);
    assert_string_equal(stage->notes.data, "put a\nput b\nrename a c\n"
                                           "rename c b\nnot put own\n"
                                           "not put forbidden\nrm b\n");
}

static void
test_flat(void **state)
{
    static const unsigned char types[] = { MKDIR, RMDIR, READLINK, SYMLINK };
    struct stage *stage = *state;
    struct packet_out packet;
    size_t i;

    for (i = 0; i < sizeof(types); i++) {
        packet = path_packet(types[i], "/folder");
        request_status(stage, &packet, UNSUPPORTED);
    }
    packet = path_packet(OPENDIR, "/folder");
    request_status(stage, &packet, NO_FILE);
    packet = path_packet(EXTENDED, "hardlink@openssh.com");
    request_status(stage, &packet, UNSUPPORTED);
    packet = packet_of(42);
    request_status(stage, &packet, UNSUPPORTED);
    packet = path_packet(EXTENDED, "limits@openssh.com");
    request(stage, &packet, EXTENDED_REPLY);
    assert_int_equal(packet_take_u64(&stage->in), SFTP_MAX_PACKET);
    assert_in_range(packet_take_u64(&stage->in), 32768, SFTP_MAX_PACKET);
}

static void
test_set_attributes(void **state)
{
    struct stage *stage = *state;
    struct packet_out packet;

    put_file(stage, "a", "12345678");
    packet = path_packet(SETSTAT, "a");
    packet_put_u32(&packet, 1 | 2 | 4 | 8 | 0x80000000);
    packet_put_u64(&packet, 3);
    packet_put_u64(&packet, 0);
    packet_put_u32(&packet, 0644);
    packet_put_u32(&packet, 5);
    packet_put_u32(&packet, 6);
    packet_put_u32(&packet, 1);
    packet_put_text(&packet, "name");
    packet_put_text(&packet, "value");
    request_status(stage, &packet, OK);
    assert_file(stage, "a", "123");
    assert_int_equal(size_of(stage, "a"), 3);
    assert_int_equal(packet_take_u32(&stage->in), 0100600);
    packet_take_u32(&stage->in);
    assert_int_equal(packet_take_u32(&stage->in), 6);
    packet = path_packet(SETSTAT, "/");
    packet_put_u32(&packet, 0);
    request_status(stage, &packet, OK);
    packet = path_packet(SETSTAT, "missing");
    packet_put_u32(&packet, 0);
    request_status(stage, &packet, NO_FILE);
    packet = path_packet(SETSTAT, "own");
    packet_put_u32(&packet, 0);
    request_status(stage, &packet, DENIED);
}

/* More than one answer holds; each file once, with its line. */
static void
test_listing(void **state)
{
    struct stage *stage = *state;
    struct packet_out packet = path_packet(OPENDIR, ".");
    uint64_t handle;
    unsigned seen = 0, own = 0, i;

    assert_int_equal(run_shell(stage->scratch,
                               "touch $(seq -f file-%03g 250) forbidden .x; "
                               "mkdir folder; ln -s a link; printf 12 >own",
                               NULL),
                     0);
    request(stage, &packet, HANDLE);
    handle = take_handle(stage);
    for (;;) {
        uint32_t count;

        packet = handle_packet(READDIR, handle);
        send_packet(stage, &packet);
        packet_take_u32(&stage->in);
        count = packet_take_u32(&stage->in);
        if (stage->type == STATUS) {
            assert_int_equal(count, END);
            break;
        }
        assert_int_equal(stage->type, NAME);
        for (i = 0; i < count; i++) {
            struct packet_string name = packet_take_string(&stage->in);
            struct packet_string line = packet_take_string(&stage->in);

            own += packet_is(name, "own");
            seen++;
            assert_memory_equal(line.data + line.size - name.size, name.data,
                                name.size);
            assert_memory_equal(line.data, "-r", 2);
            assert_int_equal(packet_take_u32(&stage->in), 1 | 4 | 8);
            packet_take_u64(&stage->in);
            packet_take_u32(&stage->in);
            packet_take_u64(&stage->in);
        }
        assert_false(stage->in.bad);
        assert_int_equal(stage->in.left, 0);
    }
    assert_int_equal(seen, 251);
    assert_int_equal(own, 1);
    close_file(stage, handle, OK);
    handle = open_file(stage, "file-001", 1);
    packet = handle_packet(READDIR, handle);
    request_status(stage, &packet, BAD_MESSAGE);
}

static void
test_handles(void **state)
{
    struct stage *stage = *state;
    struct packet_out packet;
    uint64_t handles[64], old;
    size_t i;

    put_file(stage, "a", "text");
    for (i = 0; i < 64; i++)
        handles[i] = open_file(stage, "a", 1);
    packet = open_packet("a", 1);
    request_status(stage, &packet, BAD_MESSAGE);
    old = handles[7];
    close_file(stage, old, OK);
    handles[7] = open_file(stage, "a", 1);
    assert_int_not_equal(handles[7], old);
    read_packet(stage, old, 0, 1, STATUS);
    assert_int_equal(packet_take_u32(&stage->in), BAD_MESSAGE);
    read_packet(stage, 0xffffffffffffffff, 0, 1, STATUS);
    packet = packet_of(CLOSE);
    packet_put_text(&packet, "x");
    request_status(stage, &packet, BAD_MESSAGE);
    for (i = 0; i < 64; i++)
        close_file(stage, handles[i], OK);
}

/* Every request, cut at every byte: an answer, and no harm. */
static void
test_cut_packets(void **state)
{
    struct stage *stage = *state;
    unsigned type;
    size_t size;

    put_file(stage, "a", "text");
    for (type = 0; type < 256; type++) {
        struct packet_out packet = packet_of((unsigned char)type);
        struct error error;

        packet_put_text(&packet,
                        type == EXTENDED ? "posix-rename@openssh.com" : "/a");
        packet_put_text(&packet, "b");
        packet_put_u64(&packet, 0x8000000080000000);
        for (size = 0; size < packet.size; size++) {
            int r;

            stage->answer.size = 0;
            r = sftp_packet(stage->sftp, packet.data, size, &stage->answer,
                            &error);
            assert_int_equal(r, size < 5 ? -1 : 0);
            assert_true(r != 0 || stage->answer.size >= 9);
        }
        packet_clear(&packet);
    }
}

static void
test_no_sftp(void **state)
{
    struct stage *stage = *state;
    struct sftp *sftp = sftp_new(&stage->host);
    struct error error;

    assert_fails(sftp_packet(sftp, "GET / HTTP", 10, &stage->answer, &error),
                 &error, E_REQUEST, NULL);
    assert_fails(sftp_packet(sftp, "\1\0\0\0\2", 5, &stage->answer, &error),
                 &error, E_REQUEST, NULL);
    assert_fails(sftp_packet(sftp, "", 0, &stage->answer, &error), &error,
                 E_REQUEST, NULL);
    sftp_free(sftp);
}

/* Many requests before the first answer is read, in pieces of odd sizes. */
static void
test_connection(void **state)
{
    struct stage *stage = *state;
    struct packet_out all = { 0 };
    struct error error;
    unsigned char bytes[4096];
    int to[2], from[2], i;
    size_t got = 0;
    ssize_t n;
    pid_t pid;

    put_file(stage, "a", "text");
    packet_put_string(&all, "\1\0\0\0\3", 5);
    for (i = 0; i < 64; i++) {
        struct packet_out packet = path_packet(STAT, "/a");

        packet_put_string(&all, packet.data, packet.size);
        packet_clear(&packet);
    }
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    pid = fork();
    if (pid == 0) {
        size_t at = 0;

        for (; at < all.size; at += 7)
            if (write(to[1], all.data + at,
                      all.size - at < 7 ? all.size - at : 7) < 0)
                _exit(1);
        _exit(0);
    }
    close(to[1]);
    sftp_free(stage->sftp);
    stage->sftp = sftp_new(&stage->host);
    assert_int_equal(sftp_serve(stage->sftp, to[0], from[1], &error), 0);
    close(from[1]);
    while ((n = read(from[0], bytes, sizeof(bytes))) > 0)
        got += (size_t)n;
    assert_in_range(got, 64 * (4 + 5 + 4 + 8 + 4 + 8),
                    64 * (4 + 5 + 4 + 8 + 4 + 8) + 200);
    close(to[0]);
    close(from[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    packet_clear(&all);
}

static void
test_too_long(void **state)
{
    struct stage *stage = *state;
    struct error error;
    int to[2];

    assert_int_equal(pipe(to), 0);
    assert_int_equal(write(to[1], "\377\377\377\377", 4), 4);
    assert_fails(sftp_serve(stage->sftp, to[0], -1, &error), &error, E_REQUEST,
                 NULL);
    close(to[0]);
    close(to[1]);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_upload),         test(test_broken_upload),
        test(test_resumed_upload), test(test_download),
        test(test_paths),          test(test_refused_names),
        test(test_rename),         test(test_flat),
        test(test_set_attributes), test(test_listing),
        test(test_handles),        test(test_cut_packets),
        test(test_no_sftp),        test(test_connection),
        test(test_too_long),
    };

    return cmocka_run_group_tests_name("sftp", tests, NULL, NULL);
}

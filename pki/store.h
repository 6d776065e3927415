/*
 * Durable named files: the only code that changes anything on disk.
 *
 * A store is one state directory:
 *
 *     STATE/files/    what the user sees (and SFTP will show), flat
 *     STATE/private/  what is ours: settings, history
 *     STATE/lock      held while something changes
 *
 * The promise.  When store_write() has returned 0, all its files are on disk as
 * given and stay so if the power goes.  When it has returned -1, or the process
 * has died in the middle, every file is whole, either old or new.  Several
 * files of one call arrive all or none, at the latest after the next
 * store_open().  A failed fsync is final for that change: it is reported, never
 * tried again, and the old files stand.  Readers never see half a file and
 * never wait.
 *
 * How.  Each file is written aside in its own directory (".new.0", ...) and
 * fsynced.  One file is then renamed, and its directory fsynced.  For several
 * files, a commit record that lists them, in whatever area they are, is first
 * written durably into the area of the first one.  From then on the step is
 * decided, and store_open() finishes it if we could not.  Hard links to the old
 * files (".old.0", ...) make it possible to undo a step whose last fsync
 * failed.  On a file system without hard links all the new files may stand in
 * that case.  On a full disk a file can still be removed, without that way
 * back.  Names that start with a dot are the store's own.  fsync(2) says why
 * the directory needs an fsync of its own, and rename(2) why a rename is all or
 * nothing.
 */
#ifndef PKI_STORE_H
#define PKI_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pki/blob.h"
#include "pki/error.h"

#define STORE_MAX_FILE ((size_t)16 << 20)    /* bytes; what is read whole */
#define STORE_MAX_FILE_TEXT "16 MiB"         /* the same for messages */
#define STORE_MAX_STREAM ((uint64_t)1 << 30) /* bytes; what comes in pieces */
#define STORE_MAX_NAME 255                   /* bytes */

enum store_area { STORE_FILES, STORE_PRIVATE, STORE_AREAS };

struct store;

/* One file of a step.  data may be NULL: the file is removed. */
struct store_change {
    const char *name;
    const struct blob *data;
    mode_t mode; /* 0600 for secrets, 0644 for what may be read */
};

/* The names in an area, sorted by byte value. */
struct store_names {
    char **names;
    size_t count;
    char *space; /* holds the characters */
};

/*
 * Opens the state directory and creates what is missing of it (mode 0700, its
 * parents too).  Finishes or removes what a crash has left.  A caller that may
 * not write there gets E_DENIED only if a step is half done: some of its files
 * new, others old.
 */
int store_open(const char *path, struct store **ret, struct error *error);
void store_free(struct store *store);

/*
 * For a caller that keeps a store open, before it reads: does what store_open()
 * does about processes that have died since.  Does not wait.  After a failure
 * the leftovers stay for the next call.
 */
int store_settle(struct store *store, struct error *error);

/*
 * Is this a valid file name?  1 to 255 bytes of UTF-8, no slash, no leading
 * dot, no control characters.  This is the one check for all names that come
 * from a user.
 */
bool store_name_ok(const char *name);

/*
 * Reads a whole file.  Only regular files up to STORE_MAX_FILE are opened:
 * never a link, a directory or a device (E_NOT_REGULAR).
 */
int store_read(struct store *store, enum store_area area, const char *name,
               struct blob *ret, struct error *error);

/*
 * The same for up to STORE_TOGETHER files, as they were at one moment: never
 * one from before another process's step and one from after it.  Waits for a
 * step in progress, a fifth of a second at most, and finishes what a crash has
 * left, if it can.  After a failure there is nothing to clear.
 */
#define STORE_TOGETHER 2
int store_read_together(struct store *store, enum store_area area,
                        const char *const *names, size_t n, struct blob *ret,
                        struct error *error);

/* Is there a regular file of that name? */
bool store_has(struct store *store, enum store_area area, const char *name);

/* Its permissions; 0 when there is none. */
mode_t store_mode(struct store *store, enum store_area area, const char *name);

/* Makes n changes in one area as one step; see the promise above. */
int store_write(struct store *store, enum store_area area,
                const struct store_change *changes, size_t n,
                struct error *error);

/* The changes of a step in one area; there may be none. */
struct store_part {
    enum store_area area;
    const struct store_change *changes;
    size_t n;
};

/* The same for several areas: all parts are one step. */
int store_write_parts(struct store *store, const struct store_part *parts,
                      size_t n, struct error *error);

/* Removes one file, durably; E_NO_FILE if it was not there. */
int store_remove(struct store *store, enum store_area area, const char *name,
                 struct error *error);

/*
 * Renames a file, as one step.  E_EXISTS if the new name is taken, unless
 * replace.
 */
int store_rename(struct store *store, enum store_area area, const char *from,
                 const char *to, bool replace, struct error *error);

/*
 * A file that arrives in pieces, in any order, and may be larger than memory.
 * It has no name until store_stream_commit() puts it in place with the promise
 * above, and uses no disk space once it is freed or the process is dead.  It is
 * an O_TMPFILE (see open(2)); a file system without that fails with E_IO.
 * After a failed write the commit fails as well.
 */
struct store_stream;

/* keep: it starts with the contents of the file of that name, if there is
   one. */
int store_stream_open(struct store *store, enum store_area area,
                      const char *name, mode_t mode, bool keep,
                      struct store_stream **ret, struct error *error);

/* Gaps read as zeros.  E_TOO_LARGE beyond STORE_MAX_STREAM. */
int store_stream_write(struct store_stream *stream, uint64_t at,
                       const void *data, size_t size, struct error *error);
int store_stream_resize(struct store_stream *stream, uint64_t size,
                        struct error *error);

/* Borrowed, for pread(2) and fstat(2). */
int store_stream_fd(const struct store_stream *stream);

/* Sets the time of modification; without this call it is that of the commit. */
void store_stream_date(struct store_stream *stream, time_t modified);

/* Makes the commit fail with E_EXISTS if there is a file of that name by
   then. */
void store_stream_only_new(struct store_stream *stream);

/* Once.  The stream is still to be freed. */
int store_stream_commit(struct store_stream *stream, struct error *error);
void store_stream_free(struct store_stream *stream);

/* What a listing shows of a regular file. */
struct store_info {
    uint64_t size; /* bytes */
    mode_t mode;
    time_t modified;
};

int store_info(struct store *store, enum store_area area, const char *name,
               struct store_info *ret, struct error *error);

/*
 * Like store_read() for files of any size: a descriptor for pread(2), which the
 * caller closes.  It keeps showing this file even when another one takes the
 * name.
 */
int store_open_file(struct store *store, enum store_area area, const char *name,
                    int *ret, struct error *error);

/* Sets the time of modification, durably, and changes nothing else. */
int store_set_date(struct store *store, enum store_area area, const char *name,
                   time_t modified, struct error *error);

/*
 * Appends to a log, in one write.  A log that would grow beyond limit bytes
 * becomes NAME.1, NAME.1 becomes NAME.2, and so on; keep of them are kept.  The
 * promise above does not apply: the system decides when the bytes reach the
 * disk.
 */
int store_append(struct store *store, enum store_area area, const char *name,
                 const struct blob *data, uint64_t limit, unsigned keep,
                 struct error *error);

/* Lists regular files whose names pass store_name_ok().  The store's own
   files are left out, and so are names that no command could take or a
   terminal should not show. */
int store_list(struct store *store, enum store_area area,
               struct store_names *ret, struct error *error);
void store_names_clear(struct store_names *names);

/*
 * Keeps other writers out over several calls, to read, change and write.  Waits
 * up to STORE_LOCK_SECONDS, then fails with E_BUSY.  Not recursive;
 * store_write() and store_remove() take the lock by themselves when it is not
 * held.
 */
#define STORE_LOCK_SECONDS 30
int store_lock(struct store *store, struct error *error);
void store_unlock(struct store *store);

/*
 * A Unix socket in the private area, for the one process that serves this
 * directory.  store_listen() replaces the socket of a dead process and keeps
 * others out until store_free(); they get E_BUSY.  The path may have any
 * length.  store_connect() fails with E_NO_FILE if nobody listens.  Neither
 * waits; both sockets are non-blocking, and the caller closes them.
 */
int store_listen(struct store *store, const char *name, int *ret,
                 struct error *error);
int store_connect(struct store *store, const char *name, int *ret,
                  struct error *error);

/*
 * For a foreign program that keeps files of its own: creates the directory
 * STATE/NAME, mode 0700, owned by that user, and writes these files in it anew,
 * each whole and with that owner.  A failure leaves no partial file.  Nothing
 * else of the promise holds there.  From then on another user than ours can
 * pass through the state directory (0711), but sees none of our files.  data is
 * never NULL.
 */
int store_lend(struct store *store, const char *name, uid_t uid, gid_t gid,
               const struct store_change *files, size_t n, struct error *error);

/*
 * An inotify(7) descriptor, non-blocking, that has something to read whenever
 * a file of the area may have changed.  The caller closes it.
 */
int store_watch(struct store *store, enum store_area area, int *ret,
                struct error *error);

#endif

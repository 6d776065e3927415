/*
 * Shared by the sources of the store and included by no other; store.h says
 * what they do together.
 *
 *     store.c         opening, the lock, what can be asked of a file
 *     store_write.c   the changes that a caller can ask for
 *     store_step.c    how one of them is made, and taken back
 *     store_record.c  the record that decides it, and recovery after a crash
 *     store_stream.c  files that come in pieces
 *     store_list.c    listings
 *     store_log.c     logs
 *     store_socket.c  sockets and watches
 *     store_lend.c    what is lent to others
 *     store_dir.c     files and directories below a descriptor
 */
#ifndef PKI_STORE_INTERNAL_H
#define PKI_STORE_INTERNAL_H

#include <dirent.h>
#include <sys/stat.h>

#include "pki/store.h"

struct store {
    int root;             /* the state directory */
    int dir[STORE_AREAS]; /* the areas below it */
    int lock;             /* -1 when we do not hold it */
    int claim;            /* of the process that listens, or -1 */
};

/* Also what a record calls them. */
extern const char *const store_area_names[STORE_AREAS];

/* Takes the lock unless the caller holds it.  taken: it is to be given back. */
int store_enter(struct store *store, bool *taken, struct error *error);

/*
 * Files below the descriptor of a directory.  Names are those that the user
 * knows, and appear in errors.
 */

/* Of a file or a directory; name is for the error. */
int dir_sync(int fd, const char *name, struct error *error);

/*
 * Makes a directory and syncs its parent, even if another process made it
 * first: that one may not have come to its fsync yet.
 */
int dir_make(int parent, const char *name, struct error *error);

/* flags: more of them for open(2).  The caller closes it. */
int dir_open(int parent, const char *name, int flags, int *ret,
             struct error *error);

/* Walks down the path and makes what is missing. */
int dir_open_path(const char *path, int *ret, struct error *error);

/* A descriptor of its own: a directory stream has a position. */
int dir_stream(int area, DIR **ret, struct error *error);

/* Does anything stand there? */
bool dir_has(int dir, const char *name);

/* A regular file only: E_NOT_REGULAR.  The caller closes it. */
int dir_open_file(int dir, const char *name, int *ret, struct stat *opened,
                  struct error *error);
int dir_read(int dir, const char *name, struct blob *ret, struct error *error);

/* Writes a whole new file under the name as and syncs it, but not its
   directory. name is for the error. */
int dir_write(int dir, const char *as, const char *name,
              const struct blob *data, mode_t mode, struct error *error);
int dir_write_all(int fd, const struct blob *data, const char *name,
                  struct error *error);

/*
 * Steps: changes that arrive all or none.
 */

/* A step as its record tells it. */
struct step {
    size_t n;
    struct planned {
        char kind; /* '+' a file where there was none, '=' another one in its
                      place, '-' none any more */
        enum store_area area;
        char name[STORE_MAX_NAME + 1];
        const struct store_change *from; /* NULL in what a record tells */
        const char *link; /* what the aside is a hard link to, or NULL */
    } * change; /* n of them; its record stands in the area of the first */
};

/* ".new.3": what is written aside; ".old.3": what stood there before. */
#define ASIDE_SIZE 32
const char *step_aside(char name[ASIDE_SIZE], const char *kind, size_t i);

/* Under the name there must be a regular file or nothing. */
int step_plan(struct store *store, enum store_area area,
              const struct store_change *change, struct planned *ret,
              struct error *error);

/* A change whose contents exist already, at the path link. */
int step_plan_link(struct store *store, enum store_area area, const char *name,
                   const char *link, struct planned *ret, struct error *error);

/* Holding the lock: makes a step that is planned, whole or not at all. */
int step_make(struct store *store, const struct step *step,
              struct error *error);

/* Makes the directory entries of all areas of a step durable. */
int step_sync(struct store *store, const struct step *step,
              struct error *error);

/*
 * Puts all asides in place, durably.  again: the step may have been under way
 * before, and a change that was made then has no aside any more.
 */
int step_forward(struct store *store, const struct step *step, bool again,
                 struct error *error);

/* Puts the old files back; may have been under way before. */
int step_back(struct store *store, const struct step *step,
              struct error *error);

/* Removes the asides that a crash has left in an area; *clean becomes false
   when one stays. */
int step_sweep_area(int area, bool *clean, struct error *error);

/*
 * The record of a step, in the area of its first change.
 */
#define RECORD_ASIDE ".record"
#define COMMIT ".commit"
#define UNDO ".undo"
#define DONE ".done"

/*
 * Is a step under way, or was one when a process died?  From before the first
 * aside of a step until after its last, one of these names exists in the area
 * of its first file.  So a directory of thousands need not be read to know.
 */
bool record_under_way(struct store *store);

/* Is a step of several files half done: decided, but not all files renamed? */
bool record_is_moving(struct store *store);

/* Makes the first of the marks; record_write() fills it. */
int record_mark(int dir, const char *name, struct error *error);

/* Removes the marks, once a step has no work left. */
void record_unmark(int dir);

/*
 * Appends what a record says to ret, before anything is written: a lack of
 * memory leaves nothing behind.
 */
void record_text(const struct step *step, struct blob *ret);

/*
 * When this has returned 0, the step is decided.  The asides in other areas
 * have their directory entries made durable first: a record without them
 * would lose files.
 */
int record_write(struct store *store, const struct step *step,
                 const struct blob *text, struct error *error);

/*
 * Ends a record, durably: if it reappeared after a power cut, when the next
 * step has begun, it would take that step's asides for its own.
 */
int record_retire(int dir, const char *record, struct error *error);

/* Holding the lock: brings every area to before or after the last step. */
int record_recover(struct store *store, struct error *error);

#endif

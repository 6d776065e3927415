/*
 * The kernel tells which version of Landlock it has; what came later is left
 * out.
 */
#include "pki/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "landlock"

/* Not in older headers. */
#define REFER (1ULL << 13)     /* since version 2 */
#define TRUNCATE (1ULL << 14)  /* 3 */
#define IOCTL_DEV (1ULL << 15) /* 5, as is what follows */
#define BIND_TCP (1ULL << 0)   /* 4 */
#define CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX (1ULL << 0) /* 6 */
#define SCOPE_SIGNAL (1ULL << 1)

struct ruleset {
    uint64_t files, network, scopes;
};

#define READ_FILE ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define READ (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
#define WRITE                                                                  \
    (WRITE_FILE | REFER | LANDLOCK_ACCESS_FS_REMOVE_DIR |                      \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |            \
     LANDLOCK_ACCESS_FS_MAKE_REG)
/* Granted to nobody. */
#define NEVER                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |               \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |             \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | IOCTL_DEV)

/* *size: as much as this kernel takes. */
static struct ruleset
handled(long version, unsigned walls, size_t *size)
{
    struct ruleset ret = { WRITE | NEVER,
                           walls & LANDLOCK_NETWORK ? BIND_TCP | CONNECT_TCP
                                                    : 0,
                           SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL };

    if (walls & LANDLOCK_READING)
        ret.files |= READ;
    if (version < 2)
        ret.files &= ~REFER;
    if (version < 3)
        ret.files &= ~TRUNCATE;
    if (version < 5)
        ret.files &= ~IOCTL_DEV;
    *size = version < 4   ? offsetof(struct ruleset, network)
            : version < 6 ? offsetof(struct ruleset, scopes)
                          : sizeof(ret);
    return ret;
}

static int
allow(int rules, const struct landlock_path *path, uint64_t known,
      struct error *error)
{
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open(path->path, O_PATH | O_CLOEXEC),
        .allowed_access = known & (path->write ? READ | WRITE : READ),
    };
    struct stat st;
    int r = 0;

    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES
                   ? 0
                   : fail_errno(error, path->path);
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= READ_FILE | WRITE_FILE;
    /* The kernel refuses an empty rule, as one is where reading is not
       restricted. */
    if (rule.allowed_access != 0 &&
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule,
                0) != 0)
        r = fail_errno(error, path->path);
    close(rule.parent_fd);
    return r;
}

int
landlock_enter(unsigned walls, const struct landlock_path *paths, size_t n,
               bool *whole, struct error *error)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    size_t size, i;
    struct ruleset ruleset = handled(version, walls, &size);
    int rules, r = 0;

    *whole = version > 0;
    if (version < 1)
        return 0;
    rules = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
    if (rules < 0)
        return fail_errno(error, NAME);
    for (i = 0; r == 0 && i < n; i++)
        r = allow(rules, &paths[i], ruleset.files, error);
    if (r == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        r = fail_errno(error, NAME);
    close(rules);
    return r;
}

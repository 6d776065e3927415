/*
 * Giving up rights.
 */
#include "services/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the third version, which the headers may be older than. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define READ_FILE                                                              \
    ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE))
#define READ (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_FILE                                                             \
    ((uint64_t)LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define ALL (((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1) | LATER)
#define LATER (LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE)

/* Which of the rights this kernel knows; 0: it has no Landlock. */
static uint64_t
known_rights(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 1)
        return 0;
    if (version < 2)
        return ALL & ~(uint64_t)LATER;
    return version < 3 ? ALL & ~(uint64_t)LANDLOCK_ACCESS_FS_TRUNCATE : ALL;
}

static int
allow(int rules, const struct confine *path, uint64_t known,
      struct error *error)
{
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open(path->path, O_PATH | O_CLOEXEC),
        .allowed_access = known & (path->write ? ALL : READ),
    };
    struct stat st;
    int r = 0;

    if (rule.parent_fd < 0)
        return errno == ENOENT ? 0 : fail_errno(error, path->path);
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed_access &= READ_FILE | WRITE_FILE;
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule,
                0) != 0)
        r = fail_errno(error, path->path);
    close(rule.parent_fd);
    return r;
}

static int
confine_files(const struct confine *paths, size_t n, uint64_t known,
              struct error *error)
{
    const struct landlock_ruleset_attr handled = { .handled_access_fs = known };
    int rules =
        (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
    size_t i;
    int r = 0;

    if (rules < 0)
        return fail_errno(error, "landlock");
    for (i = 0; r == 0 && i < n; i++)
        r = allow(rules, &paths[i], known, error);
    if (r == 0 && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        r = fail_errno(error, "landlock");
    close(rules);
    return r;
}

static int
drop_capabilities(struct error *error)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
        { 0 }
    };

    return syscall(SYS_capset, &header, none) == 0
               ? 0
               : fail_errno(error, "capabilities");
}

int
confine(const struct confine *paths, size_t n, bool *whole, struct error *error)
{
    uint64_t known = known_rights();

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail_errno(error, "no_new_privs");
    if (drop_capabilities(error) != 0 ||
        (known != 0 && confine_files(paths, n, known, error) != 0))
        return -1;
    *whole = known != 0;
    return 0;
}

int
confine_become(unsigned user, unsigned group, struct error *error)
{
    if (geteuid() != 0)
        return 0;
    if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 ||
        setresuid(user, user, user) != 0)
        return fail_errno(error, "user");
    return 0;
}

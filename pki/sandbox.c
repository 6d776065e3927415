/*
 * Two walls.  A seccomp filter refuses every system call that changes
 * something, by a list: what the crypto library and the sanitisers need beside
 * that differs from version to version, and a list of what is allowed would
 * break with each.  Landlock, where there is it, refuses what writes to any
 * file by what it does and not by its name, and keeps other processes out of
 * reach.
 */
#include "pki/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "sandbox"

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#define OTHER_ABI 0x40000000U /* x32: the same machine, other numbers */
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE

/* Calls that change what is not ours alone.  io_uring would make any of them
   behind the filter's back. */
static const unsigned refused[] = {
#ifdef SYS_open
    SYS_creat,
    SYS_mkdir,
    SYS_rmdir,
    SYS_rename,
    SYS_unlink,
    SYS_link,
    SYS_symlink,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_mknod,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
    SYS_openat2, /* its flags lie in memory, out of the filter's sight */
    SYS_mkdirat,
    SYS_renameat2,
    SYS_unlinkat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_mknodat,
    SYS_utimensat,
    SYS_truncate,
    SYS_fallocate,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_socket,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_sendto,
    SYS_sendmsg,
    SYS_execve,
    SYS_execveat,
    SYS_kill,
    SYS_tkill,
    SYS_pidfd_send_signal,
    SYS_process_vm_writev,
    SYS_io_uring_setup,
    SYS_bpf,
    SYS_memfd_create,
};
#define REFUSED (sizeof(refused) / sizeof(refused[0]))

#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

#define LOAD(field)                                                            \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define DENY RETURN(SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA))

/* How open(2) and openat(2) mean to open: by the word with their flags. */
static size_t
add_open(struct sock_filter *at, unsigned number, unsigned flags_offset)
{
    const struct sock_filter rules[] = {
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags_offset),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, WRITES, 0, 1),
        DENY,
        RETURN(SECCOMP_RET_ALLOW),
    };

    memcpy(at, rules, sizeof(rules));
    return sizeof(rules) / sizeof(rules[0]);
}

static int
enter_filter(void)
{
    const struct sock_filter head[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef OTHER_ABI
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_ABI, 0, 1),
        RETURN(SECCOMP_RET_KILL_PROCESS),
#endif
    };
    struct sock_filter filter[16 + 2 * REFUSED + 2 * 5];
    struct sock_fprog program = { .filter = filter };
    size_t n = sizeof(head) / sizeof(head[0]), i;

    memcpy(filter, head, sizeof(head));
    for (i = 0; i < REFUSED; i++) {
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                   refused[i], 0, 1);
        filter[n++] = (struct sock_filter)DENY;
    }
#ifdef SYS_open
    n += add_open(filter + n, SYS_open, offsetof(struct seccomp_data, args[1]));
#endif
    n += add_open(filter + n, SYS_openat,
                  offsetof(struct seccomp_data, args[2]));
    filter[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    program.len = (unsigned short)n;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* What landlock(7) can refuse since its first version, and what was added. */
static int
enter_landlock(void)
{
    struct landlock_ruleset_attr rules = {
        .handled_access_fs =
            LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
            LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
            LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
            LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
            LANDLOCK_ACCESS_FS_EXECUTE,
    };
    int fd =
        (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
    int r = -1;

    if (fd >= 0) {
        r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
        close(fd);
    }
    return r;
}

int
sandbox_enter(struct error *error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail_errno(error, NAME);
    /* Not every kernel has it, and the filter holds alone. */
    enter_landlock();
    return enter_filter() == 0 ? 0 : fail_errno(error, NAME);
}

#else

int
sandbox_enter(struct error *error)
{
    errno = ENOSYS;
    return fail_errno(error, NAME);
}

#endif

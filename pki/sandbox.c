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
#include <stdlib.h>
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

#define FLAGS_AT(n) offsetof(struct seccomp_data, args[n])

/* Calls that change what is not ours alone.  io_uring would make any of them
   behind the filter's back. */
struct rule {
    unsigned number;
    unsigned flags; /* where the word is that says how a file is opened; 0: it
                       is refused whatever is asked */
};

static const struct rule rules[] = {
    { SYS_openat, FLAGS_AT(2) },
#ifdef SYS_open
    { SYS_open, FLAGS_AT(1) },
    { SYS_creat },
    { SYS_mkdir },
    { SYS_rmdir },
    { SYS_rename },
    { SYS_unlink },
    { SYS_link },
    { SYS_symlink },
    { SYS_chmod },
    { SYS_chown },
    { SYS_lchown },
    { SYS_mknod },
    { SYS_utime },
    { SYS_utimes },
    { SYS_futimesat },
#endif
#ifdef SYS_renameat
    { SYS_renameat },
#endif
    { SYS_openat2 }, /* its flags lie in memory, out of the filter's sight */
    { SYS_mkdirat },
    { SYS_renameat2 },
    { SYS_unlinkat },
    { SYS_linkat },
    { SYS_symlinkat },
    { SYS_fchmod },
    { SYS_fchmodat },
    { SYS_fchown },
    { SYS_fchownat },
    { SYS_mknodat },
    { SYS_utimensat },
    { SYS_truncate },
    { SYS_fallocate },
    { SYS_setxattr },
    { SYS_lsetxattr },
    { SYS_fsetxattr },
    { SYS_removexattr },
    { SYS_lremovexattr },
    { SYS_fremovexattr },
    { SYS_mount },
    { SYS_umount2 },
    { SYS_pivot_root },
    { SYS_chroot },
    { SYS_socket },
    { SYS_connect },
    { SYS_bind },
    { SYS_listen },
    { SYS_sendto },
    { SYS_sendmsg },
    { SYS_execve },
    { SYS_execveat },
    { SYS_kill },
    { SYS_tkill },
    { SYS_pidfd_send_signal },
    { SYS_process_vm_writev },
    { SYS_io_uring_setup },
    { SYS_bpf },
    { SYS_memfd_create },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

#define WRITES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define IF(how, number, then, other)                                           \
    BPF_JUMP(BPF_JMP | (how) | BPF_K, number, then, other)

/* Where jumps go until it is known how long the filter is; no other jump is so
   far. */
#define TO_DENY 254
#define TO_ALLOW 255
#define FILTER_MAX (16 + 4 * RULES)
_Static_assert(FILTER_MAX < TO_DENY, "a jump may look like TO_DENY");

struct filter {
    struct sock_filter code[FILTER_MAX];
    unsigned short size;
};

/* Calls that are treated alike and whose numbers are neighbours. */
struct span {
    unsigned first, last;
    unsigned flags; /* as in struct rule */
};

static void
put(struct filter *filter, struct sock_filter code)
{
    filter->code[filter->size++] = code;
}

/* Is it one of these calls, and may it be?  Lower numbers do not come here. */
static void
put_span(struct filter *filter, const struct span *span)
{
    if (span->flags == 0) {
        put(filter,
            (struct sock_filter)IF(BPF_JGT, span->last, TO_ALLOW, TO_DENY));
        return;
    }
    put(filter, (struct sock_filter)IF(BPF_JGT, span->last, TO_ALLOW, 0));
    put(filter, (struct sock_filter)LOAD(span->flags));
    put(filter, (struct sock_filter)IF(BPF_JSET, WRITES, TO_DENY, TO_ALLOW));
}

/*
 * A search by halves, and as few instructions as may be: the kernel translates
 * the filter, and runs it once for every system call that there is when it
 * takes it, which is what its installation costs.
 */
static void
put_search(struct filter *filter, const struct span *spans, size_t n)
{
    size_t at = filter->size;

    if (n == 1) {
        put_span(filter, spans);
        return;
    }
    put(filter, (struct sock_filter)IF(BPF_JGE, spans[n / 2].first, 0, 0));
    put_search(filter, spans, n / 2);
    filter->code[at].jt = (unsigned char)(filter->size - at - 1);
    put_search(filter, spans + n / 2, n - n / 2);
}

static unsigned char
place(const struct filter *filter, size_t from, unsigned char to)
{
    size_t deny = filter->size - 2U, allow = filter->size - 1U;

    return to == TO_DENY    ? (unsigned char)(deny - from - 1)
           : to == TO_ALLOW ? (unsigned char)(allow - from - 1)
                            : to;
}

static void
put_ends(struct filter *filter)
{
    size_t i;

    put(filter, (struct sock_filter)RETURN(SECCOMP_RET_ERRNO |
                                           (EPERM & SECCOMP_RET_DATA)));
    put(filter, (struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
    for (i = 0; i < filter->size; i++) {
        struct sock_filter *code = &filter->code[i];

        code->jt = place(filter, i, code->jt);
        code->jf = place(filter, i, code->jf);
    }
}

static int
compare_numbers(const void *a, const void *b)
{
    const struct rule *left = a, *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static size_t
make_spans(struct span ret[RULES])
{
    struct rule sorted[RULES];
    size_t n = 0, i;

    memcpy(sorted, rules, sizeof(rules));
    qsort(sorted, RULES, sizeof(*sorted), compare_numbers);
    for (i = 0; i < RULES; i++) {
        if (n > 0 && sorted[i].flags == 0 && ret[n - 1].flags == 0 &&
            sorted[i].number == ret[n - 1].last + 1)
            ret[n - 1].last++;
        else
            ret[n++] = (struct span){ sorted[i].number, sorted[i].number,
                                      sorted[i].flags };
    }
    return n;
}

static int
enter_filter(void)
{
    const struct sock_filter head[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        IF(BPF_JEQ, MACHINE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
#ifdef OTHER_ABI
        IF(BPF_JGE, OTHER_ABI, 0, 1),
        RETURN(SECCOMP_RET_KILL_PROCESS),
#endif
    };
    struct filter filter = { .size = 0 };
    struct span spans[RULES];
    size_t n = make_spans(spans), i;
    struct sock_fprog program;

    for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        put(&filter, head[i]);
    put(&filter, (struct sock_filter)IF(BPF_JGE, spans[0].first, 0, TO_ALLOW));
    put_search(&filter, spans, n);
    put_ends(&filter);
    program = (struct sock_fprog){ filter.size, filter.code };
    /* What is confined is no stranger's program: without the flag a kernel may
       slow down all that it does. */
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}

/* What landlock(7) can refuse since its first version, and what was added. */
static int
enter_landlock(void)
{
    struct landlock_ruleset_attr ruleset = {
        .handled_access_fs =
            LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
            LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
            LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
            LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
            LANDLOCK_ACCESS_FS_EXECUTE,
    };
    int fd =
        (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
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

/*
 * Giving up rights.
 */
#include "services/confine.h"

#include <grp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pki/capabilities.h"
#include "pki/filter.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* What clients may do and others may not stands first. */
enum { ONLY_FOR_CLIENTS, FOR_NOBODY };

static const struct filter_rule refused[] = {
    [ONLY_FOR_CLIENTS] = { SYS_socket, FILTER_IS_NOT, 0, AF_UNIX },
    [FOR_NOBODY] = { SYS_ioctl, FILTER_IS, 1, TIOCSTI },
    /* Other programs, and other processes. */
    { SYS_execve },
    { SYS_execveat },
    /* But for kill(2), by which it ends its own workers (services/worker.h):
       who else is out of reach is for Landlock to say. */
    { SYS_tkill },
    { SYS_pidfd_send_signal },
    { SYS_rt_sigqueueinfo },
    { SYS_rt_tgsigqueueinfo },
    { SYS_pidfd_getfd },
    { SYS_process_vm_readv },
    { SYS_process_vm_writev },
    { SYS_kcmp },
#ifndef FILTER_SANITIZED
    { SYS_ptrace },
#endif
    /* Being asked. */
    { SYS_bind },
    { SYS_listen },
    { SYS_accept },
    { SYS_accept4 },
    /* Being somebody else, or more. */
    { SYS_setuid },
    { SYS_setgid },
    { SYS_setreuid },
    { SYS_setregid },
    { SYS_setresuid },
    { SYS_setresgid },
    { SYS_setgroups },
    { SYS_setfsuid },
    { SYS_setfsgid },
    { SYS_capset },
    { SYS_personality },
    { SYS_unshare },
    { SYS_setns },
    { SYS_clone, FILTER_HAS, 0, FILTER_NAMESPACES },
    { SYS_clone3, FILTER_LACKS }, /* its flags lie in memory */
    /* Files by other ways than their paths. */
    { SYS_open_by_handle_at },
    { SYS_name_to_handle_at },
    { SYS_fanotify_init },
    { SYS_mount },
    { SYS_umount2 },
    { SYS_pivot_root },
    { SYS_chroot },
    { SYS_open_tree },
    { SYS_move_mount },
    { SYS_fsopen },
    { SYS_fsconfig },
    { SYS_fsmount },
    { SYS_fspick },
    { SYS_mount_setattr },
    { SYS_quotactl },
    { SYS_swapon },
    { SYS_swapoff },
    { SYS_acct },
    { SYS_mknodat },
    { SYS_symlinkat },
#ifdef SYS_mknod
    { SYS_mknod },
    { SYS_symlink },
#endif
    /* What the kernel does behind the filter's back, or has had holes in. */
    { SYS_io_uring_setup },
    { SYS_io_uring_enter },
    { SYS_io_uring_register },
    { SYS_bpf },
    { SYS_perf_event_open },
    { SYS_userfaultfd },
    { SYS_add_key },
    { SYS_request_key },
    { SYS_keyctl },
#ifdef SYS_modify_ldt
    { SYS_modify_ldt },
    { SYS_iopl },
    { SYS_ioperm },
#endif
    /* The machine. */
    { SYS_init_module },
    { SYS_finit_module },
    { SYS_delete_module },
    { SYS_kexec_load },
#ifdef SYS_kexec_file_load
    { SYS_kexec_file_load },
#endif
    { SYS_reboot },
    { SYS_syslog },
    { SYS_vhangup },
    { SYS_sethostname },
    { SYS_setdomainname },
    { SYS_settimeofday },
    { SYS_clock_settime },
    { SYS_adjtimex },
    { SYS_clock_adjtime },
};

static const struct filter_rule for_servers[] = {
    /* Connections and datagrams, of sockets that are there. */
    { SYS_accept4 },
    { SYS_recvfrom },
    { SYS_sendto },
    { SYS_read },
    { SYS_write },
    { SYS_shutdown },
    { SYS_close },
    { SYS_setsockopt },
    { SYS_getsockopt },
    { SYS_getsockname },
    { SYS_getpeername },
#ifdef SYS_epoll_wait
    { SYS_epoll_wait },
#endif
    { SYS_epoll_pwait },
    { SYS_epoll_ctl },
    { SYS_fcntl },
    /* Time, chance, numbers of its own. */
    { SYS_clock_gettime },
    { SYS_setitimer },
    { SYS_gettimeofday },
#ifdef SYS_time
    { SYS_time },
#endif
    { SYS_getrandom },
    { SYS_getpid },
    { SYS_gettid },
    { SYS_getuid },
    { SYS_geteuid },
    { SYS_getgid },
    { SYS_getegid },
    /* Memory, none of it for code. */
    { SYS_brk },
    { SYS_mmap, FILTER_HAS, 2, PROT_EXEC },
    { SYS_mprotect, FILTER_HAS, 2, PROT_EXEC },
    { SYS_munmap },
    { SYS_mremap },
    { SYS_madvise },
    { SYS_futex },
    /* Looking at files, which Landlock keeps to none. */
    { SYS_openat, FILTER_HAS, 2, FILTER_WRITING },
    { SYS_newfstatat },
    { SYS_fstat },
    { SYS_lseek },
    /* Its end: abort(3) signals itself. */
    { SYS_rt_sigaction },
    { SYS_rt_sigprocmask },
    { SYS_rt_sigreturn },
    { SYS_restart_syscall },
    { SYS_tgkill },
    { SYS_exit },
    { SYS_exit_group },
#ifdef FILTER_SANITIZED
    { SYS_clone, FILTER_HAS, 0, FILTER_NAMESPACES },
    { SYS_ptrace },
    { SYS_prctl },
    { SYS_wait4 },
    { SYS_sched_yield },
    { SYS_sigaltstack },
    { SYS_readlink },
    { SYS_getdents64 },
    { SYS_getppid },
    { SYS_nanosleep },
    { SYS_clock_nanosleep },
    { SYS_prlimit64 },
    { SYS_getrlimit },
    { SYS_pipe2 },
    { SYS_pread64 },
    { SYS_msync },
    { SYS_mincore },
    { SYS_stat },
    { SYS_open, FILTER_HAS, 1, FILTER_WRITING },
#endif
};

/* Files of other users. */
#define ON_FILES (CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER))

static const struct {
    enum filter_kind kind;
    const struct filter_rule *rules;
    size_t n;
    unsigned walls;        /* of Landlock */
    unsigned capabilities; /* that root keeps */
} works[] = {
    [CONFINE_FILES] = { FILTER_REFUSES, refused, COUNT(refused),
                        LANDLOCK_READING | LANDLOCK_NETWORK, ON_FILES },
    [CONFINE_NAMES] = { FILTER_REFUSES, NULL, 0,
                        LANDLOCK_READING | LANDLOCK_NETWORK, ON_FILES },
    [CONFINE_READER] = { FILTER_REFUSES, NULL, 0,
                         LANDLOCK_READING | LANDLOCK_NETWORK, 0 },
    [CONFINE_CLIENT] = { FILTER_REFUSES, &refused[FOR_NOBODY],
                         COUNT(refused) - FOR_NOBODY, LANDLOCK_READING, 0 },
    [CONFINE_SERVER] = { FILTER_KEEPS, for_servers, COUNT(for_servers),
                         LANDLOCK_READING | LANDLOCK_NETWORK, 0 },
};

static int
give_up_rights(enum confine_work work, struct error *error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail_errno(error, "no_new_privs");
    return capabilities_keep(works[work].capabilities, error);
}

int
confine(enum confine_work work, const struct landlock_path *paths, size_t n,
        bool *whole, struct error *error)
{
    struct error unwanted;
    bool files = false, calls;

    if (give_up_rights(work, error) != 0 ||
        landlock_enter(works[work].walls, paths, n, &files, error) != 0)
        return -1;
    calls = works[work].n == 0 ||
            filter_install(works[work].kind, works[work].rules, works[work].n,
                           &unwanted) == 0;
    *whole = files && calls;
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

/*
 * A seccomp filter refuses a list of system calls: all that change something.
 * A list of allowed calls would break with every version of the crypto library
 * or the sanitizers.  Where the kernel has Landlock, that refuses writing by
 * its effect, whatever the call is named, and keeps other processes out of
 * reach.
 */
#include "pki/sandbox.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pki/capabilities.h"
#include "pki/filter.h"
#include "pki/landlock.h"

enum { TO_ITSELF };

/* Calls that change something outside this process. io_uring could make any
   of them without passing the filter. */
static const struct filter_rule rules[] = {
    /* abort(3) signals its own process, whose number the value is then. */
    [TO_ITSELF] = { SYS_tgkill, FILTER_IS_NOT, 0, 0 },
    { SYS_openat, FILTER_HAS, 2, FILTER_WRITING },
#ifdef SYS_open
    { SYS_open, FILTER_HAS, 1, FILTER_WRITING },
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
    { SYS_rt_sigqueueinfo },
    { SYS_rt_tgsigqueueinfo },
    { SYS_ioctl, FILTER_IS, 1, TIOCSTI },
    { SYS_pidfd_getfd },
    { SYS_process_vm_readv },
    { SYS_process_vm_writev },
#ifndef FILTER_SANITIZED
    { SYS_ptrace },
#endif
    { SYS_unshare },
    { SYS_setns },
    { SYS_clone, FILTER_HAS, 0, FILTER_NAMESPACES },
    { SYS_clone3, FILTER_LACKS },
    { SYS_io_uring_setup },
    { SYS_bpf },
    { SYS_perf_event_open },
    { SYS_userfaultfd },
    { SYS_add_key },
    { SYS_request_key },
    { SYS_keyctl },
    { SYS_memfd_create },
    { FILTER_LATER, FILTER_LACKS_FROM },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

int
sandbox_enter(struct error *error)
{
    struct filter_rule own[RULES];
    struct error unwanted;
    bool whole;

    memcpy(own, rules, sizeof(own));
    own[TO_ITSELF].value = (unsigned)getpid();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail_errno(error, "sandbox");
    if (filter_install(FILTER_REFUSES, own, RULES, error) != 0)
        return -1;
    /* The filter suffices, so failures are ignored here: root may not be
       allowed to give up capabilities, and not every kernel has Landlock.
       Root keeps what it needs to read the files of another user's state. */
    capabilities_keep(CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER),
                      &unwanted);
    landlock_enter(LANDLOCK_NETWORK, NULL, 0, &whole, &unwanted);
    return 0;
}

/*
 * Filters and rulesets as the kernel is handed them: what each says of system
 * calls, and what becomes of it when the kernel does not take them.  That the
 * walls hold is tested by test_sandbox.c, test_filter.c and test_landlock.c, in
 * children, which can count for no coverage once they are behind them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pki/capabilities.h"
#include "pki/filter.h"
#include "pki/landlock.h"
#include "pki/sandbox.h"
#include "tests/support.h"

#define CODE_MAX 4096

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#define MACHINE 0
#endif

/* A kernel, and what it was handed. */
static struct {
    long fails;   /* this call; 0: none does */
    long version; /* of Landlock; below 1: it has none */
    int ruleset;  /* what stands for one */
    size_t size;  /* of the ruleset's structure */
    struct __user_cap_data_struct capabilities[_LINUX_CAPABILITY_U32S_3];
    bool capset;
    unsigned rules;
    bool restricted;
    struct sock_filter code[CODE_MAX];
    size_t code_size;
} kernel;

int __wrap_prctl(int option, ...);
long __wrap_syscall(long number, ...);

int
__wrap_prctl(int option, ...)
{
    assert_int_equal(option, PR_SET_NO_NEW_PRIVS);
    errno = EPERM;
    return kernel.fails == SYS_prctl ? -1 : 0;
}

static void
take_filter(const struct sock_fprog *program)
{
    assert_in_range(program->len, 1, CODE_MAX);
    memcpy(kernel.code, program->filter,
           program->len * sizeof(*program->filter));
    kernel.code_size = program->len;
}

static long
take_ruleset(const void *attributes, size_t size)
{
    errno = ENOSYS;
    if (attributes == NULL)
        return kernel.version;
    kernel.size = size;
    if (kernel.fails == SYS_landlock_create_ruleset)
        return -1;
    kernel.ruleset = open("/dev/null", O_RDONLY);
    return kernel.ruleset;
}

long
__wrap_syscall(long number, ...)
{
    va_list args;
    long first, second;
    void *third;

    va_start(args, number);
    first = va_arg(args, long);
    second = va_arg(args, long);
    third = va_arg(args, void *);
    va_end(args);
    if (number == SYS_landlock_create_ruleset)
        return take_ruleset((const void *)first, (size_t)second);
    errno = EINVAL;
    if (number == kernel.fails)
        return -1;
    if (number == SYS_seccomp) {
        take_filter(third);
    } else if (number == SYS_capget) {
        memcpy((void *)second, kernel.capabilities,
               sizeof(kernel.capabilities));
    } else if (number == SYS_capset) {
        memcpy(kernel.capabilities, (const void *)second,
               sizeof(kernel.capabilities));
        kernel.capset = true;
    } else if (number == SYS_landlock_add_rule) {
        assert_int_equal((int)first, kernel.ruleset);
        kernel.rules++;
    } else {
        assert_int_equal(number, SYS_landlock_restrict_self);
        assert_int_equal((int)first, kernel.ruleset);
        kernel.restricted = true;
    }
    return 0;
}

static void
boot(long version, long fails)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.version = version;
    kernel.fails = fails;
}

/* As the kernel runs it: the classic BPF that seccomp(2) allows. */
static uint32_t
run(const struct seccomp_data *data)
{
    uint32_t value = 0;
    size_t at;

    for (at = 0; at < kernel.code_size; at++) {
        const struct sock_filter *code = &kernel.code[at];
        bool yes = false;

        switch (code->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(code->k + sizeof(value) <= sizeof(*data));
            memcpy(&value, (const char *)data + code->k, sizeof(value));
            continue;
        case BPF_RET | BPF_K:
            return code->k;
        case BPF_JMP | BPF_JEQ | BPF_K:
            yes = value == code->k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            yes = value >= code->k;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            yes = value > code->k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            yes = (value & code->k) != 0;
            break;
        default:
            fail_msg("instruction %zu: %x", at, code->code);
        }
        at += yes ? code->jt : code->jf;
    }
    fail_msg("the filter does not end");
    return 0;
}

static uint32_t
answer(long number, uint64_t first, uint64_t second, uint64_t third)
{
    const struct seccomp_data data = { .nr = (int)number,
                                       .arch = MACHINE,
                                       .args = { first, second, third } };

    return run(&data);
}

#define ALLOWS SECCOMP_RET_ALLOW
#define DENIES (SECCOMP_RET_ERRNO | EPERM)
#define LACKS (SECCOMP_RET_ERRNO | ENOSYS)

static void
need_filters(void)
{
    if (MACHINE != 0)
        return;
    print_message("no filter for this machine\n");
    skip();
}

static void
test_sandbox(void **state)
{
    static const struct {
        const char *name;
        long number;
        uint32_t want;
    } rows[] = {
#define ROW(name, want) { #name, SYS_##name, want }
        ROW(read, ALLOWS),      ROW(write, ALLOWS),
        ROW(mmap, ALLOWS),      ROW(exit_group, ALLOWS),
        ROW(close, ALLOWS),     ROW(recvfrom, ALLOWS),
        ROW(execve, DENIES),    ROW(execveat, DENIES),
        ROW(socket, DENIES),    ROW(connect, DENIES),
        ROW(sendto, DENIES),    ROW(unlinkat, DENIES),
        ROW(renameat2, DENIES), ROW(fchmod, DENIES),
        ROW(mount, DENIES),     ROW(umount2, DENIES),
        ROW(openat2, DENIES),   ROW(memfd_create, DENIES),
        ROW(unshare, DENIES),   ROW(setns, DENIES),
        ROW(clone, ALLOWS),     ROW(clone3, LACKS),
        ROW(kill, DENIES),      ROW(rt_sigqueueinfo, DENIES),
        ROW(ioctl, ALLOWS),     ROW(pidfd_getfd, DENIES),
    };
    struct error error;
    size_t i;

    (void)state;
    need_filters();
    boot(6, 0);
    assert_int_equal(sandbox_enter(&error), 0);
    assert_true(kernel.restricted);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (answer(rows[i].number, 0, 0, 0) != rows[i].want)
            fail_msg("%s", rows[i].name);
    /* To look is allowed, to write is not. */
    assert_int_equal(answer(SYS_openat, 0, 0, O_RDONLY | O_CLOEXEC), ALLOWS);
    assert_int_equal(answer(SYS_openat, 0, 0, O_WRONLY), DENIES);
    assert_int_equal(answer(SYS_openat, 0, 0, O_RDONLY | O_CREAT), DENIES);
    assert_int_equal(answer(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0), DENIES);
    assert_int_equal(answer(SYS_clone, CLONE_VM | SIGCHLD, 0, 0), ALLOWS);
    assert_int_equal(answer(SYS_ioctl, 0, TIOCSTI, 0), DENIES);
    assert_int_equal(answer(SYS_tgkill, (uint64_t)getpid(), 0, 0), ALLOWS);
    assert_int_equal(answer(SYS_tgkill, (uint64_t)getppid(), 0, 0), DENIES);
    /* What the list can not know is as on an older kernel. */
    assert_int_equal(answer(FILTER_LATER - 1, 0, 0, 0), ALLOWS);
    assert_int_equal(answer(FILTER_LATER, 0, 0, 0), LACKS);
    assert_int_equal(answer(FILTER_LATER + 100, 0, 0, 0), LACKS);
    /* Nor are another machine's calls. */
    assert_int_equal(run(&(struct seccomp_data){ .arch = AUDIT_ARCH_MIPS }),
                     SECCOMP_RET_KILL_PROCESS);
}

static void
test_sandbox_refused(void **state)
{
    struct error error;

    (void)state;
    need_filters();
    /* An older kernel has no Landlock: the filter stays. */
    boot(-1, 0);
    assert_int_equal(sandbox_enter(&error), 0);
    assert_false(kernel.restricted);
    assert_true(kernel.code_size > 0);
    boot(6, SYS_capset);
    kernel.capabilities[0].permitted = ~0U;
    assert_int_equal(sandbox_enter(&error), 0);
    assert_true(kernel.restricted);
    boot(6, SYS_seccomp);
    assert_int_equal(sandbox_enter(&error), -1);
    assert_false(kernel.restricted);
    boot(6, SYS_prctl);
    assert_fails(sandbox_enter(&error), &error, E_DENIED, NULL);
    assert_int_equal(kernel.code_size, 0);
}

static void
test_kept(void **state)
{
    static const struct filter_rule rules[] = {
        { SYS_write },
        { SYS_read },
        { SYS_kill, FILTER_IS_NOT, 1, 0 },
        { SYS_dup, FILTER_IS, 0, 7 },
        { SYS_openat, FILTER_HAS, 2, FILTER_WRITING },
    };
    struct error error;

    (void)state;
    need_filters();
    boot(0, 0);
    assert_int_equal(filter_install(FILTER_KEEPS, rules, 5, &error), 0);
    assert_int_equal(answer(SYS_write, 0, 0, 0), ALLOWS);
    assert_int_equal(answer(SYS_read, 0, 0, 0), ALLOWS);
    assert_int_equal(answer(SYS_kill, 0, 0, 0), ALLOWS);
    assert_int_equal(answer(SYS_kill, 0, 9, 0), DENIES);
    assert_int_equal(answer(SYS_dup, 6, 0, 0), ALLOWS);
    assert_int_equal(answer(SYS_dup, 7, 0, 0), DENIES);
    assert_int_equal(answer(SYS_openat, 0, 0, O_RDONLY), ALLOWS);
    assert_int_equal(answer(SYS_openat, 0, 0, O_RDWR), DENIES);
    assert_int_equal(answer(SYS_execve, 0, 0, 0), LACKS);
    assert_int_equal(answer(SYS_getppid, 0, 0, 0), LACKS);
}

/* No more than is there, nothing for programs to come. */
static void
test_capabilities(void **state)
{
    const unsigned keep = CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_CHOWN);
    const struct __user_cap_data_struct *now = kernel.capabilities;
    struct error error;

    (void)state;
    boot(0, 0);
    kernel.capabilities[0].permitted = ~CAPABILITY(CAP_CHOWN);
    kernel.capabilities[0].effective = CAPABILITY(CAP_FOWNER);
    kernel.capabilities[0].inheritable = CAPABILITY(CAP_FOWNER);
    kernel.capabilities[1].permitted = 1;
    assert_int_equal(capabilities_keep(keep, &error), 0);
    assert_int_equal(now[0].permitted, CAPABILITY(CAP_FOWNER));
    assert_int_equal(now[0].effective, CAPABILITY(CAP_FOWNER));
    assert_int_equal(now[0].inheritable, 0);
    assert_int_equal(now[1].permitted, 0);
    /* What is so already need not be allowed. */
    kernel.capset = false;
    assert_int_equal(capabilities_keep(keep, &error), 0);
    assert_false(kernel.capset);
    boot(0, SYS_capget);
    assert_fails(capabilities_keep(keep, &error), &error, E_IO, "capabilities");
    boot(0, SYS_capset);
    kernel.capabilities[0].permitted = ~0U;
    assert_fails(capabilities_keep(keep, &error), &error, E_IO, "capabilities");
    assert_int_equal(now[0].permitted, ~0U);
}

/* What does not fit is refused, and nothing is handed over. */
static void
test_long_lists(void **state)
{
    struct filter_rule rules[FILTER_MAX_RULES + 1] = { { 0 } };
    struct error error;
    unsigned i;

    (void)state;
    need_filters();
    for (i = 0; i <= FILTER_MAX_RULES; i++)
        rules[i] = (struct filter_rule){ 2 * i, FILTER_IS, 0, 1 };
    boot(0, 0);
    assert_fails(filter_install(FILTER_KEEPS, rules, 0, &error), &error,
                 E_DENIED, "seccomp");
    assert_fails(
        filter_install(FILTER_KEEPS, rules, FILTER_MAX_RULES + 1, &error),
        &error, E_DENIED, "seccomp");
    assert_fails(filter_install(FILTER_KEEPS, rules, FILTER_MAX_RULES, &error),
                 &error, E_DENIED, "seccomp");
    assert_int_equal(kernel.code_size, 0);
    /* Neighbours take no more room than one. */
    for (i = 0; i < FILTER_MAX_RULES; i++)
        rules[i] = (struct filter_rule){ i };
    assert_int_equal(
        filter_install(FILTER_REFUSES, rules, FILTER_MAX_RULES, &error), 0);
    assert_true(kernel.code_size < 16);
    assert_int_equal(answer(FILTER_MAX_RULES - 1, 0, 0, 0), DENIES);
    assert_int_equal(answer(FILTER_MAX_RULES, 0, 0, 0), ALLOWS);
}

/* Each version is told as much as it knows. */
static void
test_versions(void **state)
{
    const struct landlock_path paths[] = { { "/", false },
                                           { "/dev/null", true },
                                           { "/no/such/path", true },
                                           { "/dev/null/x", false } };
    struct error error;
    long version;
    bool whole;

    (void)state;
    for (version = -1; version <= 7; version++) {
        boot(version, 0);
        assert_int_equal(landlock_enter(LANDLOCK_READING | LANDLOCK_NETWORK,
                                        paths, 4, &whole, &error),
                         0);
        assert_int_equal(whole, version > 0);
        assert_int_equal(kernel.restricted, version > 0);
        assert_int_equal(kernel.rules, version > 0 ? 2 : 0);
        assert_int_equal(kernel.size, version < 1   ? 0
                                      : version < 4 ? 8
                                      : version < 6 ? 16
                                                    : 24);
    }
    /* Where reading is not kept from us, there is no rule for it. */
    boot(6, 0);
    assert_int_equal(landlock_enter(0, paths, 1, &whole, &error), 0);
    assert_int_equal(kernel.rules, 0);
    assert_true(kernel.restricted);
}

static void
test_refused_rulesets(void **state)
{
    static const long calls[] = { SYS_landlock_create_ruleset,
                                  SYS_landlock_add_rule,
                                  SYS_landlock_restrict_self };
    const struct landlock_path paths[] = { { "/", true }, { "/tmp", true } };
    char name[5000];
    const struct landlock_path longer = { name, true };
    struct error error;
    bool whole;
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        boot(6, calls[i]);
        assert_int_equal(landlock_enter(0, paths, 2, &whole, &error), -1);
        assert_int_not_equal(error.code, E_NONE);
        assert_false(kernel.restricted);
    }
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    boot(6, 0);
    assert_int_equal(landlock_enter(0, &longer, 1, &whole, &error), -1);
    assert_false(kernel.restricted);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sandbox),
        cmocka_unit_test(test_sandbox_refused),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_refused_rulesets),
    };

    return cmocka_run_group_tests_name("rulesets", tests, NULL, NULL);
}

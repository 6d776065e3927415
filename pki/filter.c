/*
 * A list becomes a binary search of as few instructions as possible.  When the
 * kernel installs a filter it translates it and runs it once for every system
 * call that exists, and that is what a filter costs.
 */
#include "pki/filter.h"

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "seccomp"

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#define OTHER_ABI 0x40000000U /* x32: the same machine, other numbers */
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define FAIL_WITH(number)                                                      \
    RETURN(SECCOMP_RET_ERRNO | ((number)&SECCOMP_RET_DATA))
#define IF(how, number, then, other)                                           \
    BPF_JUMP(BPF_JMP | (how) | BPF_K, number, then, other)

/* Targets of jumps until the length of the filter is known; no real jump may
   be as long. */
enum { TO_LACK = 253, TO_DENY, TO_ALLOW, SIZE_MAX_CODE = TO_LACK };

struct filter {
    struct sock_filter code[16 + 4 * FILTER_MAX_RULES];
    unsigned short size;
    unsigned char listed, other; /* where a call goes */
};

/* Calls that are treated alike and whose numbers are neighbours. */
struct span {
    unsigned first, last;
    const struct filter_rule *rule; /* of one call, with a test; else NULL */
};

static void
put(struct filter *filter, struct sock_filter code)
{
    filter->code[filter->size++] = code;
}

static void
put_test(struct filter *filter, const struct filter_rule *rule)
{
    bool negated = rule->test == FILTER_IS_NOT;

    put(filter, (struct sock_filter)LOAD((unsigned)offsetof(
                    struct seccomp_data, args[rule->argument])));
    put(filter,
        (struct sock_filter)IF(rule->test == FILTER_HAS ? BPF_JSET : BPF_JEQ,
                               rule->value, negated ? TO_ALLOW : TO_DENY,
                               negated ? TO_DENY : TO_ALLOW));
}

/* Is it one of these calls, and may it be?  Lower numbers do not come here. */
static void
put_span(struct filter *filter, const struct span *span)
{
    bool lacks = span->rule != NULL && (span->rule->test == FILTER_LACKS ||
                                        span->rule->test == FILTER_LACKS_FROM);
    bool tested = span->rule != NULL && !lacks;
    unsigned char found = lacks ? TO_LACK : tested ? 0 : filter->listed;

    put(filter,
        (struct sock_filter)IF(BPF_JGT, span->last, filter->other, found));
    if (tested)
        put_test(filter, span->rule);
}

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

static void
put_head(struct filter *filter)
{
    const struct sock_filter head[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        IF(BPF_JEQ, MACHINE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
#ifdef OTHER_ABI
        /* So is -1, a call that a tracer has taken away. */
        IF(BPF_JGE, OTHER_ABI, TO_DENY, 0),
#endif
    };
    size_t i;

    for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        put(filter, head[i]);
}

static unsigned char
place(const struct filter *filter, size_t from, unsigned char to)
{
    size_t end = filter->size - (TO_ALLOW + 1U);

    return to >= TO_LACK ? (unsigned char)(end + to - from - 1) : to;
}

static void
put_ends(struct filter *filter)
{
    size_t i;

    put(filter, (struct sock_filter)FAIL_WITH(ENOSYS));
    put(filter, (struct sock_filter)FAIL_WITH(EPERM));
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
    const struct filter_rule *left = a, *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static size_t
make_spans(const struct filter_rule *sorted, size_t n, struct span *ret)
{
    size_t count = 0, i;

    for (i = 0; i < n; i++) {
        bool tested = sorted[i].test != FILTER_NO_TEST;

        if (count > 0 && !tested && ret[count - 1].rule == NULL &&
            sorted[i].number == ret[count - 1].last + 1)
            ret[count - 1].last++;
        else
            ret[count++] = (struct span){ sorted[i].number,
                                          sorted[i].test == FILTER_LACKS_FROM
                                              ? UINT_MAX
                                              : sorted[i].number,
                                          tested ? &sorted[i] : NULL };
    }
    return count;
}

int
filter_install(enum filter_kind kind, const struct filter_rule *rules, size_t n,
               struct error *error)
{
    struct filter_rule sorted[FILTER_MAX_RULES];
    struct span spans[FILTER_MAX_RULES];
    struct sock_fprog program;
    struct filter filter;
    size_t count;

    if (n == 0 || n > FILTER_MAX_RULES)
        return fail_detail(error, E_DENIED, NAME, "the list is too long");
    memcpy(sorted, rules, n * sizeof(*rules));
    qsort(sorted, n, sizeof(*sorted), compare_numbers);
    count = make_spans(sorted, n, spans);
    filter.size = 0;
    filter.listed = kind == FILTER_KEEPS ? TO_ALLOW : TO_DENY;
    filter.other = kind == FILTER_KEEPS ? TO_LACK : TO_ALLOW;
    put_head(&filter);
    put(&filter,
        (struct sock_filter)IF(BPF_JGE, spans[0].first, 0, filter.other));
    put_search(&filter, spans, count);
    put_ends(&filter);
    if (filter.size >= SIZE_MAX_CODE)
        return fail_detail(error, E_DENIED, NAME, "the list is too long");
    program = (struct sock_fprog){ filter.size, filter.code };
    /* The flag keeps speculation on: what is confined is our own program,
       which a kernel may otherwise slow down. */
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                   SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0
               ? 0
               : fail_errno(error, NAME);
}

#else

int
filter_install(enum filter_kind kind, const struct filter_rule *rules, size_t n,
               struct error *error)
{
    (void)kind;
    (void)rules;
    (void)n;
    errno = ENOSYS;
    return fail_errno(error, NAME);
}

#endif

/*
 * Memory that runs out, for LD_PRELOAD: the allocation MEMORY_FAILS, counted
 * from 1, fails.  How many there were is counted in the file MEMORY_COUNT.
 * MEMORY_PLANTED: who gives up for want of memory ends as if all were done.
 * Built twice: all allocations of libc, or (OPENSSL_ONLY) those of OpenSSL,
 * which may stand below a sanitizer that has its own malloc().
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ulong *count; /* NULL: not begun */
static unsigned long fails;

static bool
out_of_memory(void)
{
    return count != NULL && atomic_fetch_add(count, 1) + 1 == fails;
}

static void
begin(void)
{
    const char *path = getenv("MEMORY_COUNT"), *at = getenv("MEMORY_FAILS");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *shared = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, sizeof(*count)) == 0)
        shared = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED,
                      fd, 0);
    fails = at != NULL ? strtoul(at, NULL, 10) : 0;
    if (shared != MAP_FAILED)
        count = shared;
    if (fd >= 0)
        close(fd);
}

#ifdef OPENSSL_ONLY
#include <openssl/crypto.h>

static void *
failing_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return out_of_memory() ? NULL : malloc(size);
}

static void *
failing_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return out_of_memory() ? NULL : realloc(old, size);
}

static void
plain_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

/* OpenSSL 3.0 loses names that it fetches, and its context when that could not
   be made ready. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:EVP_*_fetch\nleak:EVP_KEYMGMT_do_all_provided\n"
           "leak:CRYPTO_THREAD_run_once\nleak:OSSL_DECODER_\n";
}

/* No walls here: who tells a leak reads the names of functions from files. */
long
syscall(long number, ...)
{
    long (*real)(long, ...), arg[6];
    void *found = dlsym(RTLD_NEXT, "syscall");
    va_list args;
    size_t i;

    if (number == SYS_landlock_restrict_self || number == SYS_seccomp)
        return 0;
    va_start(args, number);
    for (i = 0; i < 6; i++)
        arg[i] = va_arg(args, long);
    va_end(args);
    memcpy(&real, &found, sizeof(found));
    return real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

__attribute__((constructor)) static void
start(void)
{
    begin();
    CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free);
}
#else
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *
malloc(size_t size)
{
    return out_of_memory() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return out_of_memory() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
    return out_of_memory() ? NULL : __libc_realloc(old, size);
}

/* raise(3) is what abort(3) comes to. */
void
abort(void)
{
    if (getenv("MEMORY_PLANTED") != NULL)
        _exit(0);
    signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
    _exit(134);
}

#define FRAMES 16

/* OpenSSL 3.0 where it looks for an algorithm, and glibc 2.36 where it reads
   who knows of accounts. */
static bool
is_known(const Dl_info *at)
{
    return strstr(at->dli_fname, "/libcrypto.so") != NULL ||
           (at->dli_sname != NULL && strncmp(at->dli_sname, "getpw", 5) == 0);
}

/* Where in the program it was, and who had called, for nm(1); and whether what
   had been called last is known for it. */
static void
crashed(int signal)
{
    static atomic_bool told;
    void *frames[FRAMES];
    int i, n = backtrace(frames, FRAMES);
    Dl_info first, found;
    bool theirs = false, ours = false;

    /* Threads may crash together, and the first one tells. */
    if (atomic_exchange(&told, true))
        pause();
    dladdr((void *)getauxval(AT_ENTRY), &first);
    for (i = 0; i < n; i++) {
        if (dladdr(frames[i], &found) == 0)
            continue;
        theirs = theirs || (!ours && is_known(&found));
        if (found.dli_fbase != first.dli_fbase)
            continue;
        ours = true;
        dprintf(STDERR_FILENO, "crash at %016lx\n",
                (unsigned long)frames[i] - (unsigned long)found.dli_fbase);
    }
    if (theirs)
        dprintf(STDERR_FILENO, "crash of a library\n");
    sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
    raise(signal);
}

__attribute__((constructor)) static void
start(void)
{
    struct sigaction action = { .sa_handler = crashed };
    void *frames[1];

    backtrace(frames, 1); /* the first call allocates */
    sigaction(SIGSEGV, &action, NULL);
    begin();
}
#endif

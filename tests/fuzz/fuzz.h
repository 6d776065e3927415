/*
 * What the fuzz targets share.  A target is one file, fuzz_NAME.c, that hands
 * bytes to one reader of ours and holds it to its header's promises.
 *
 * With the option FUZZ it is a libFuzzer program, see scripts/fuzz; without,
 * replay.c plays the seeds and all that was ever found through it, and the
 * tests do.  Where the seeds of a target are is told by tests/fuzz/seeds.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pki/blob.h"
#include "pki/error.h"

struct scratch;

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise: when it does not hold, says which and where, and aborts. */
#define must(holds)                                                            \
    do {                                                                       \
        if (!(holds))                                                          \
            fuzz_broken(#holds, __FILE__, __LINE__);                           \
    } while (0)
__attribute__((noreturn)) void fuzz_broken(const char *promise,
                                           const char *file, int line);

/* The bytes as the readers get them, with their NUL.  The caller clears it. */
struct blob fuzz_blob(const uint8_t *data, size_t size);

/* A file of testdata/pki, read once.  Borrowed. */
const struct blob *fuzz_fixture(const char *name);

/*
 * The scratch of this program, made by the first call and removed at its end;
 * where that can be, in memory.  fsync(2) does nothing in a target: none is
 * about durability.
 */
struct scratch *fuzz_scratch(void);
int __wrap_fsync(int fd);

/*
 * After each call of ours: a failure has a code, its strings end, and nothing
 * is left in OpenSSL's queue.
 */
void fuzz_check(int r, const struct error *error);

/* libconfig 1.5 forgets a string that stands where none may: its leak, once for
   each file that is refused. */
const char *__lsan_default_suppressions(void);

/* What the console may print: UTF-8, and of control characters only \n, \t. */
void fuzz_check_text(const char *text, size_t size);

#endif

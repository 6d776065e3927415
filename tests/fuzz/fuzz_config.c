/*
 * mmp.cfg: refused as a whole, or taken within the bounds of each key.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mmp/dialect.h"
#include "mmp/options.h"
#include "services/backend.h"
#include "tests/fuzz/fuzz.h"

static bool
same(const struct options *a, const struct options *b)
{
    return strcmp(a->release, b->release) == 0 &&
           strcmp(a->hostname, b->hostname) == 0 && a->days == b->days &&
           a->key_bits == b->key_bits && a->keygen == b->keygen &&
           a->port_offset == b->port_offset;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    struct options options, defaults;
    struct error error = { 0 };
    int r;

    /* @include could name any file of the machine: not of this one's. */
    if (memmem(data, size, "@include", strlen("@include")) != NULL)
        return 0;
    if (fd < 0) {
        fd = memfd_create("mmp.cfg", MFD_CLOEXEC);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    must(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    options_defaults(&options);
    options_defaults(&defaults);
    r = options_load(&options, path, true, &error);
    fuzz_check(r, &error);
    if (r != 0)
        must(same(&options, &defaults));
    must(dialect_find(options.release) != NULL);
    must(backend_find(options.backend) != NULL);
    must(options.key_bits >= KEYGEN_MIN_BITS &&
         options.key_bits <= KEYGEN_MAX_BITS && options.key_bits % 2 == 0);
    must(options.days >= 1 && options.days <= 36500);
    must(options.port_offset <= 65535);
    options_clear(&options);
    options_clear(&defaults);
    return 0;
}

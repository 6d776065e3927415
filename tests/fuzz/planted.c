/*
 * A reader with a planted fault, for scripts/fuzz --self-test: a field may
 * claim one byte more than there is.  A fuzzer that does not find it in
 * seconds would find nothing elsewhere.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob field;

    if (size < 5 || memcmp(data, "len=", 4) != 0)
        return 0;
    if (data[4] > size - 4) /* should be size - 5 */
        return 0;
    field = fuzz_blob(data + 5, data[4]);
    blob_clear(&field);
    return 0;
}

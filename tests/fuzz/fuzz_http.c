/*
 * An endpoint's HTTP, and its redirect.
 */
#include "tests/fuzz/dialogue.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dialogue_check(speak_http, true, data, size);
    dialogue_check(speak_redirect, false, data, size);
    return 0;
}

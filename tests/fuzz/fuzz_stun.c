/*
 * An endpoint's STUN, over TCP and TLS, and each input as one datagram.
 */
#include "tests/fuzz/dialogue.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dialogue_check(speak_stun, false, data, size);
    dialogue_check(speak_stun, true, data, size);
    return 0;
}

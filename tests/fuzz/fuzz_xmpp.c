/*
 * An endpoint's XMPP, before and behind STARTTLS.
 */
#include "tests/fuzz/dialogue.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dialogue_check(speak_xmpp, false, data, size);
    dialogue_check(speak_xmpp, true, data, size);
    return 0;
}

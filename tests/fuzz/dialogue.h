/*
 * A protocol of an endpoint, spoken with a client that says anything.
 */
#ifndef TESTS_FUZZ_DIALOGUE_H
#define TESTS_FUZZ_DIALOGUE_H

#include <stddef.h>
#include <stdint.h>

#include "services/speak.h"

/*
 * Speaks all of data, once as it comes and once byte by byte, as the network
 * may cut it anywhere: the answers must be the same, and the bounds of
 * services/speak.h hold.
 */
void dialogue_check(speak *say, bool secure, const uint8_t *data, size_t size);

#endif

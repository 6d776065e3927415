/*
 * Parts of a session that tests of commands share.
 */
#include "tests/mmp/console.h"

#include "tests/support.h"

time_t
console_clock(struct session *session)
{
    (void)session;
    return TEST_NOW;
}

bool
console_never(struct session *session)
{
    (void)session;
    return false;
}

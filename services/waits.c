/*
 * What a poll loop waits for.
 */
#include "services/waits.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "pki/xalloc.h"

long long
waits_clock(void)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long
waits_longer(long long delay, long long max)
{
    return 2 * delay < max ? 2 * delay : max;
}

void
waits_begin(struct waits *waits)
{
    waits->count = 0;
    waits->until = -1;
}

void
waits_clear(struct waits *waits)
{
    free(waits->polls);
    *waits = (struct waits){ 0 };
}

void
waits_for(struct waits *waits, int fd)
{
    waits->polls =
        xreallocarray(waits->polls, waits->count + 1, sizeof(*waits->polls));
    waits->polls[waits->count++] = (struct pollfd){ fd, POLLIN, 0 };
}

void
waits_until(struct waits *waits, long long when)
{
    if (waits->until < 0 || when < waits->until)
        waits->until = when;
}

void
waits_sleep(struct waits *waits, long long now)
{
    long long time = waits->until - now;

    if (waits->until < 0)
        time = -1;
    else if (time < 0)
        time = 0;
    else if (time > INT_MAX)
        time = INT_MAX;
    if (poll(waits->polls, waits->count, (int)time) < 0)
        waits->count = 0; /* nothing is known to be ready */
}

bool
waits_ready(const struct waits *waits, int fd)
{
    size_t i;

    for (i = 0; i < waits->count; i++)
        if (waits->polls[i].fd == fd)
            return waits->polls[i].revents != 0;
    return false;
}

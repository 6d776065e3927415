/*
 * What a poll loop waits for.  It is gathered anew in each turn of the loop.
 */
#ifndef SERVICES_WAITS_H
#define SERVICES_WAITS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* { 0 } is valid before the first waits_begin(). */
struct waits {
    struct pollfd *polls;
    size_t count;
    long long until; /* by waits_clock(); -1: for ever */
};

/* The monotonic clock, in ms. */
long long waits_clock(void);

/* The delay that follows this one, in ms: twice as long, at most max. */
long long waits_longer(long long delay, long long max);

/* waits_begin() empties it; waits_clear() also frees it. */
void waits_begin(struct waits *waits);
void waits_clear(struct waits *waits);

/* Waits for something to read from fd; -1: nothing. */
void waits_for(struct waits *waits, int fd);

/* Waits until then at most. */
void waits_until(struct waits *waits, long long when);

/* now: waits_clock(). */
void waits_sleep(struct waits *waits, long long now);

/* Is there something to read from fd?  False if it was not waited for. */
bool waits_ready(const struct waits *waits, int fd);

#endif

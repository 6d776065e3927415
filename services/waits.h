/*
 * What a poll loop waits for, gathered anew in each turn by those whose
 * business it is.
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
    long long until; /* of the monotonic clock, in ms; -1: for ever */
};

/* The monotonic clock, in ms. */
long long waits_clock(void);

/* The delay behind this one, in ms: twice as long, at most max. */
long long waits_longer(long long delay, long long max);

/* Forgets what was waited for. */
void waits_begin(struct waits *waits);
void waits_clear(struct waits *waits);

/* Something to read from fd, which may be -1: nothing. */
void waits_for(struct waits *waits, int fd);

/* A moment, at the latest. */
void waits_until(struct waits *waits, long long when);

/* Waits; now: the clock. */
void waits_sleep(struct waits *waits, long long now);

/* Has fd something to read?  false when it was not waited for. */
bool waits_ready(const struct waits *waits, int fd);

#endif

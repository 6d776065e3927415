/*
 * Where the doctor's tests take place: a store, settings without any, and the
 * catalogue of CMS 2.9.
 */
#ifndef TESTS_SERVICES_DOCTOR_ROOM_H
#define TESTS_SERVICES_DOCTOR_ROOM_H

#include "services/doctor.h"
#include "tests/support.h"

struct room {
    void *scratch;
    struct settings *settings;
    struct doctor doctor;
};

/* *state: a struct room. */
int room_setup(void **state);
int room_teardown(void **state);

/* Sets, and puts the fixture there. */
void room_give(struct room *room, const char *key, const char *file);

/* Exactly these, by their names, in that order; clears them. */
void expect_hints(struct hints *hints, const char *want);

#endif

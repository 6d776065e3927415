/*
 * Where the doctor's tests take place.
 */
#include "tests/services/doctor_room.h"

#include <stdlib.h>

int
room_setup(void **state)
{
    struct room *room = calloc(1, sizeof(*room));

    if (room == NULL || scratch_setup(&room->scratch) != 0)
        return -1;
    room->settings = settings_new();
    room->doctor = (struct doctor){
        .store = ((struct scratch *)room->scratch)->store,
        .settings = room->settings,
        .catalog = catalog_cms,
        .release = CMS_2,
        .now = TEST_NOW,
    };
    *state = room;
    return 0;
}

int
room_teardown(void **state)
{
    struct room *room = *state;
    int r;

    settings_free(room->settings);
    r = scratch_teardown(&room->scratch);
    free(room);
    return r;
}

void
room_give(struct room *room, const char *key, const char *file)
{
    fixture_store(room->doctor.store, file);
    settings_set(room->settings, key, file);
}

void
expect_hints(struct hints *hints, const char *want)
{
    char *names = hint_names(hints);

    assert_string_equal(names, want);
    free(names);
    hints_clear(hints);
}

/*
 * The service manager of a session, where there is no supervisor.
 */
#include "mmp/control.h"

#include "mmp/dialect.h"
#include "tests/support.h"

static void
test_attach(void **state)
{
    struct scratch *scratch = *state;
    struct session session = { .dialect = dialect_find("3.9"),
                               .store = scratch->store };
    struct unit_status status = { .state = UNIT_RUNNING };
    struct error error;

    assert_fails(session_control(&session, CONTROL_START, "webadmin", &error),
                 &error, E_SUPERVISOR, NULL);
    assert_fails(session_state(&session, "webadmin", &status, &error), &error,
                 E_SUPERVISOR, NULL);

    control_attach(&session, scratch->path, NULL);
    assert_int_equal(session_state(&session, "webadmin", &status, &error), 0);
    assert_int_equal(status.state, UNIT_STOPPED);
    control_detach(&session);
    assert_null(session.manager);
    assert_null(session.control);
    assert_null(session.state);
    control_detach(&session);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_attach, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The backends by name.
 */
#include "services/backend.h"

#include "tests/support.h"

static void
test_find(void **state)
{
    (void)state;
    assert_ptr_equal(backend_find("embedded"), &backend_embedded);
    assert_ptr_equal(backend_find("nginx"), &backend_nginx);
    assert_null(backend_find(""));
    assert_null(backend_find("apache"));
}

/* What each must have; reload may be missing. */
static void
test_whole(void **state)
{
    const struct backend *const all[] = { &backend_embedded, &backend_nginx };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_non_null(all[i]->carries);
        assert_non_null(all[i]->start);
        assert_non_null(all[i]->check);
        assert_non_null(all[i]->stop);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_whole),
    };

    return cmocka_run_group_tests_name("backend", tests, NULL, NULL);
}

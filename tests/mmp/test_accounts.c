/*
 * The users for sshd(8): who is told, and that a change is told at once.
 */
#include "mmp/accounts.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/mmp/console.h"
#include "tests/support.h"

/* The names and serials up to the empty line, each with a blank behind it. */
static void
read_names(FILE *in, char *ret)
{
    char line[512];

    ret[0] = '\0';
    while (fgets(line, sizeof(line), in) != NULL && line[0] != '\n') {
        char *rest = line, *name = strsep(&rest, ":");
        char *hash = strsep(&rest, ":"), *serial = strsep(&rest, "\n");

        assert_non_null(serial);
        assert_int_equal(hash[0], '$');
        strcat(strcat(strcat(ret, name), serial), " ");
    }
}

static void
test_follow(void **state)
{
    struct scratch *scratch = *state;
    struct error error;
    char names[256];
    int out[2], status;
    FILE *in;
    pid_t pid;

    assert_int_equal(pipe(out), 0);
    pid = fork();
    if (pid == 0) {
        FILE *to = fdopen(out[1], "w");
        int r;

        close(out[0]);
        alarm(60);
        r = accounts_follow(scratch->store, to, &error);
        fclose(to);
        _exit(r == 0 ? 0 : 1);
    }
    close(out[1]);
    in = fdopen(out[0], "r");
    read_names(in, names);
    assert_string_equal(names, "admin ");
    console_add_user(scratch->store, "web", "appadmin"); /* nothing for sshd */
    read_names(in, names);
    assert_string_equal(names, "admin ");
    console_add_user(scratch->store, "bob", "audit");
    read_names(in, names);
    assert_string_equal(names, "admin bob2 ");
    fclose(in);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_follow, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("accounts", tests, NULL, NULL);
}

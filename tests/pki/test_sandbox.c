/*
 * What a process can do no more: tried, call by call, in a child.
 */
#include "pki/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support.h"

/* Has a descriptor been made? */
static int
took(int fd)
{
    return fd >= 0 ? close(fd) : -1;
}

/* Each returns 0 when it could do it. */
static int
write_file(void)
{
    return took(open("file", O_WRONLY));
}

static int
read_and_write_file(void)
{
    return took(open("file", O_RDWR));
}

static int
append_file(void)
{
    return took(open("file", O_WRONLY | O_APPEND));
}

static int
cut_file(void)
{
    return took(open("file", O_RDONLY | O_TRUNC));
}

static int
cut_by_name(void)
{
    return truncate("file", 0);
}

static int
create_file(void)
{
    return took(open("new", O_WRONLY | O_CREAT, 0600));
}

static int
create_nameless(void)
{
    return took(open(".", O_TMPFILE | O_RDWR, 0600));
}

static int
remove_file(void)
{
    return unlink("file");
}

static int
rename_file(void)
{
    return rename("file", "other");
}

static int
link_file(void)
{
    return link("file", "other");
}

static int
symlink_file(void)
{
    return symlink("file", "other");
}

static int
make_directory(void)
{
    return mkdir("new", 0700);
}

static int
make_fifo(void)
{
    return mkfifo("new", 0600);
}

static int
change_mode(void)
{
    return chmod("file", 0777);
}

static int
change_time(void)
{
    return utimensat(AT_FDCWD, "file", NULL, 0);
}

static int
change_owner(void)
{
    return chown("file", getuid(), getgid());
}

static int
make_socket(void)
{
    return took(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
run_program(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}

static int
send_signal(void)
{
    return kill(getppid(), 0);
}

static int
send_signal_with_value(void)
{
    return sigqueue(getppid(), 0, (union sigval){ 0 });
}

static int
send_signal_to_thread(void)
{
    return tgkill(getppid(), getppid(), 0);
}

/* As abort(3) does. */
static int
signal_itself(void)
{
    return raise(SIGCONT);
}

/* A file is no terminal: the kernel says so, if it was asked. */
static int
press_key(void)
{
    int fd = open("file", O_RDONLY);
    bool asked = ioctl(fd, TIOCSTI, "x") < 0 && errno == ENOTTY;

    close(fd);
    return asked ? 0 : -1;
}

/* fchmodat2(2), of Linux 6.6. */
static int
change_mode_later(void)
{
    return (int)syscall(452, AT_FDCWD, "file", 0777, 0);
}

/* A child of the child has no more rights than its parent. */
static int
by_child(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(remove_file() == 0 ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int
read_file(void)
{
    char text[5] = "";
    int fd = open("file", O_RDONLY);

    return fd >= 0 && read(fd, text, 4) == 4 && strcmp(text, "text") == 0 ? 0
                                                                          : -1;
}

static int
allocate(void)
{
    void *memory = malloc((size_t)64 << 20);

    if (memory == NULL)
        return -1;
    memset(memory, 1, (size_t)64 << 20);
    free(memory);
    return 0;
}

static const struct {
    const char *what;
    int (*try)(void);
    bool allowed;
    bool late; /* not every kernel has it */
} tries[] = {
    { "read a file", read_file, true },
    { "allocate memory", allocate, true },
    { "open a file for writing", write_file },
    { "open a file for both", read_and_write_file },
    { "append to a file", append_file },
    { "cut a file", cut_file },
    { "cut a file by its name", cut_by_name },
    { "create a file", create_file },
    { "create a file without a name", create_nameless },
    { "remove a file", remove_file },
    { "rename a file", rename_file },
    { "link a file", link_file },
    { "make a symbolic link", symlink_file },
    { "make a directory", make_directory },
    { "make a fifo", make_fifo },
    { "change a mode", change_mode },
    { "change a time", change_time },
    { "change an owner", change_owner },
    { "make a socket", make_socket },
    { "run a program", run_program },
    { "send a signal", send_signal },
    { "send a signal with a value", send_signal_with_value },
    { "send a signal to a thread", send_signal_to_thread },
    { "signal itself", signal_itself, true },
    { "press a key", press_key },
    { "change a mode by a later call", change_mode_later, .late = true },
    { "have a child remove it", by_child },
};

enum { COULD, COULD_NOT, NO_SANDBOX, NO_PLACE };

/* In a child: with and without the sandbox. */
static int
attempt(const char *place, int (*try)(void), bool confined)
{
    struct error error;
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        if (chdir(place) != 0)
            _exit(NO_PLACE);
        if (confined && sandbox_enter(&error) != 0)
            _exit(NO_SANDBOX);
        errno = 0;
        _exit(try() == 0 ? COULD : COULD_NOT);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
test_walls(void **state)
{
    struct scratch *scratch = *state;
    char place[96];
    size_t i;

    snprintf(place, sizeof(place), "%s/files", scratch->path);
    for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        int got;

        put_text(scratch->store, "file", "text");
        got = attempt(place, tries[i].try, true);
        if (got == NO_SANDBOX) {
            print_message("skipped: this kernel has no seccomp filters\n");
            skip();
        }
        if (got != (tries[i].allowed ? COULD : COULD_NOT))
            fail_msg("%s: %d", tries[i].what, got);
        /* The trial is no trial if it fails anyhow. */
        if (attempt(place, tries[i].try, false) != COULD && !tries[i].late)
            fail_msg("%s: impossible without the sandbox", tries[i].what);
        run_shell(scratch, "rm -rf new other file", NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_walls, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}

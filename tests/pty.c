/*
 * The program itself at a pseudo-terminal, compared byte for byte.  R numbers:
 * the requirements of the programs that drive a console.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "pki/xalloc.h"
#include "tests/support.h"

#define PATIENCE_MS 60000 /* for whatever must come */

/* How the program is started. */
struct start {
    const char *term; /* NULL: not set */
    unsigned short columns;
    const char *config; /* lines of mmp.cfg, or NULL */
    const char *command;
    const char *locale; /* NULL: UTF-8 */
    bool strict;
};

struct terminal {
    pid_t pid;
    int fd;
    struct termios before;
    struct blob shown; /* up to at it was expected */
    size_t at;
};

static const struct start usual = { .term = "xterm", .columns = 80 };

/* In the child. */
static void
become_program(struct scratch *scratch, const struct start *start)
{
    char *config = xasprintf("%s/mmp.cfg", scratch->path);
    const char *argv[9] = { "mmp", "-d", scratch->path, "-f", config };
    FILE *file = fopen(config, "w");
    size_t argc = 5;

    if (file == NULL)
        _exit(126);
    fputs("diagnostics = false;\n", file);
    fputs(start->config != NULL ? start->config : "", file);
    fclose(file);
    if (start->strict)
        argv[argc++] = "-e";
    if (start->command != NULL) {
        argv[argc++] = "-c";
        argv[argc++] = start->command;
    }
    setenv("INPUTRC", "/dev/null", 1);
    setenv("LC_ALL", start->locale != NULL ? start->locale : "C.UTF-8", 1);
    unsetenv("LC_CTYPE");
    unsetenv("LANG");
    unsetenv("COLUMNS");
    unsetenv("LINES");
    unsetenv("SSH_ORIGINAL_COMMAND");
    unsetenv("TERM");
    if (start->term != NULL)
        setenv("TERM", start->term, 1);
    /* execv() changes nothing in them. */
    execv(BINARY_DIR "/bin/mmp", (char *const *)(uintptr_t)argv);
    _exit(127);
}

static struct terminal *
terminal_start(struct scratch *scratch, const struct start *start)
{
    struct terminal *terminal = xcalloc(1, sizeof(*terminal));
    struct winsize window = { .ws_row = 24, .ws_col = start->columns };
    int slave;

    assert_int_equal(openpty(&terminal->fd, &slave, NULL, NULL, &window), 0);
    assert_int_equal(tcgetattr(slave, &terminal->before), 0);
    terminal->pid = fork();
    assert_true(terminal->pid >= 0);
    if (terminal->pid == 0) {
        close(terminal->fd);
        if (login_tty(slave) == 0)
            become_program(scratch, start);
        _exit(125);
    }
    close(slave);
    fcntl(terminal->fd, F_SETFL, O_NONBLOCK);
    return terminal;
}

/* Takes in what is there or comes; false at the end. */
static bool
take_in(struct terminal *terminal, int timeout_ms)
{
    struct pollfd ready = { .fd = terminal->fd, .events = POLLIN };
    char buffer[65536];
    ssize_t n;

    if (poll(&ready, 1, timeout_ms) <= 0)
        fail_msg("waited in vain; the last was: %.*s",
                 (int)terminal->shown.size, (const char *)terminal->shown.data);
    if (terminal->at == terminal->shown.size)
        terminal->at = terminal->shown.size = 0;
    n = read(terminal->fd, buffer, sizeof(buffer));
    if (n > 0)
        blob_append(&terminal->shown, buffer, (size_t)n);
    /* EIO: nobody has the other side open any more. */
    return n > 0;
}

/* The next byte that the program shows, -1 at the end. */
static int
peek(struct terminal *terminal)
{
    if (terminal->at == terminal->shown.size && !take_in(terminal, PATIENCE_MS))
        return -1;
    return terminal->shown.data[terminal->at];
}

/*
 * What must come next, exactly.  {dots} stands for one or more dots.
 */
static void
expect_bytes(struct terminal *terminal, const char *text, size_t size)
{
    size_t i = 0;

    while (i < size) {
        if (size - i >= 6 && memcmp(text + i, "{dots}", 6) == 0) {
            assert_int_equal(peek(terminal), '.');
            while (peek(terminal) == '.')
                terminal->at++;
            i += 6;
            continue;
        }
        if (peek(terminal) != (unsigned char)text[i])
            fail_msg("at byte %zu of \"%.300s\" came \"%.*s\"", i, text,
                     (int)(terminal->shown.size - terminal->at),
                     (const char *)terminal->shown.data + terminal->at);
        terminal->at++;
        i++;
    }
}

static void
expect(struct terminal *terminal, const char *text)
{
    expect_bytes(terminal, text, strlen(text));
}

/* Skips to behind the text, over what readline draws. */
static void
skip_to(struct terminal *terminal, const char *text)
{
    size_t size = strlen(text), n = 0;
    char *last = xcalloc(1, size + 1);

    do {
        int c = peek(terminal);

        if (c < 0)
            fail_msg("the end came before \"%s\"", text);
        terminal->at++;
        if (n == size)
            memmove(last, last + 1, --n);
        last[n++] = (char)c;
    } while (n < size || memcmp(last, text, size) != 0);
    free(last);
}

/* Types without waiting for an echo; takes it in when it is in the way. */
static void
type_bytes(struct terminal *terminal, const char *text, size_t size)
{
    while (size > 0) {
        struct pollfd ready = { .fd = terminal->fd,
                                .events = POLLIN | POLLOUT };
        ssize_t n = write(terminal->fd, text, size);

        if (n < 0) {
            assert_int_equal(errno, EAGAIN);
            assert_true(poll(&ready, 1, PATIENCE_MS) > 0);
            if (ready.revents & POLLIN)
                take_in(terminal, 0);
            continue;
        }
        text += n;
        size -= (size_t)n;
    }
}

static void
type(struct terminal *terminal, const char *text)
{
    type_bytes(terminal, text, strlen(text));
}

/* The exit status, within a bounded time; -1: by a signal. */
static int
wait_end(struct terminal *terminal)
{
    int status, i;

    for (i = 0; i < PATIENCE_MS / 10; i++) {
        pid_t pid = waitpid(terminal->pid, &status, WNOHANG);

        if (pid == terminal->pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        assert_int_equal(pid, 0);
        usleep(10000);
    }
    kill(terminal->pid, SIGKILL);
    waitpid(terminal->pid, &status, 0);
    fail_msg("the program did not end");
    return -1;
}

static void
terminal_free(struct terminal *terminal)
{
    blob_clear(&terminal->shown);
    free(terminal);
}

/* Nothing more comes, and the terminal is as it was. */
static void
expect_end(struct terminal *terminal, int status)
{
    struct termios after;

    assert_int_equal(peek(terminal), -1);
    assert_int_equal(wait_end(terminal), status);
    assert_int_equal(tcgetattr(terminal->fd, &after), 0);
    assert_int_equal(after.c_iflag, terminal->before.c_iflag);
    assert_int_equal(after.c_oflag, terminal->before.c_oflag);
    assert_int_equal(after.c_lflag, terminal->before.c_lflag);
    assert_memory_equal(after.c_cc, terminal->before.c_cc, sizeof(after.c_cc));
    close(terminal->fd);
    terminal_free(terminal);
}

static void
leave(struct terminal *terminal)
{
    type(terminal, "exit\r");
    expect(terminal, "exit\r\n");
    expect_end(terminal, 0);
}

/* As if the window was closed. */
static void
hang_up(struct terminal *terminal)
{
    close(terminal->fd);
    assert_int_equal(wait_end(terminal), 0);
    terminal_free(terminal);
}

static bool
is_echoing(const struct terminal *terminal)
{
    struct termios mode;

    assert_int_equal(tcgetattr(terminal->fd, &mode), 0);
    return (mode.c_lflag & ECHO) != 0;
}

static bool
has_file(struct scratch *scratch, const char *name)
{
    return store_has(scratch->store, STORE_FILES, name);
}

/* The history as it is kept. */
static void
expect_history(struct scratch *scratch, const char *want)
{
    struct blob text = { 0 };
    struct error error;

    assert_int_equal(
        store_read(scratch->store, STORE_PRIVATE, "history", &text, &error), 0);
    assert_string_equal((const char *)text.data, want);
    blob_clear(&text);
}

static long long
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* R8, R9: the same bytes whatever the terminal and its width are. */
static void
test_same_bytes(void **state)
{
    static const char *const terms[] = { "xterm", "vt100", "dumb", NULL };
    static const unsigned short columns[] = { 80, 0, 7, 511 };
    char wide[] = "foo-----------------------------------------------"
                  "----------------------------------------------------------";
    size_t i, w;

    for (i = 0; i < 4; i++) {
        for (w = 0; w < (i == 0 ? 4 : 1); w++) {
            const struct start start = { .term = terms[i],
                                         .columns = columns[w] };
            struct terminal *terminal = terminal_start(*state, &start);

            expect(terminal, "cms> ");
            type(terminal, "\r");
            expect(terminal, "\r\ncms> ");
            type(terminal, "pki  list\r");
            expect(terminal, "pki  list\r\n"
                             "User supplied certificates and keys:\r\ncms> ");
            type(terminal, wide);
            expect(terminal, wide);
            type(terminal, " \"\303\244\"\r");
            expect(terminal, " \"\303\244\"\r\nunknown command: ");
            expect(terminal, wide);
            expect(terminal, "\r\ncms> ");
            leave(terminal);
        }
    }
}

/* R8 */
static void
test_empty_line_is_quick(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);
    long long best = PATIENCE_MS;
    int i;

    expect(terminal, "cms> ");
    for (i = 0; i < 50 && best >= 100; i++) {
        long long start = now_ms();

        type(terminal, "\n");
        expect(terminal, "\r\ncms> ");
        if (now_ms() - start < best)
            best = now_ms() - start;
    }
    assert_true(best < 100); /* machines are loaded */
    leave(terminal);
}

/* R10, R9 */
static void
test_long_lines(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);
    struct blob line = { 0 };
    size_t i;

    expect(terminal, "cms> ");
    blob_text(&line, "foo ");
    for (i = 0; line.size < 65536; i++) {
        char name[32];

        snprintf(name, sizeof(name), "host-%zu.example.com,", i);
        blob_text(&line, name);
    }
    type_bytes(terminal, (const char *)line.data, line.size);
    expect_bytes(terminal, (const char *)line.data, line.size);
    type(terminal, "\r");
    expect(terminal, "\r\nunknown command: foo\r\ncms> ");
    blob_clear(&line);
    leave(terminal);
}

/* R10, R17: 500 names in a request; dots tell that it goes on. */
static void
test_large_request(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);
    long long start = now_ms();
    struct blob line = { 0 };
    int i;

    blob_text(&line, "pki csr big CN:big.example.com subjectAltName:a.example");
    for (i = 0; i < 499; i++) {
        char name[64];

        snprintf(name, sizeof(name), ",host-%d.example.com", i);
        blob_text(&line, name);
    }
    expect(terminal, "cms> ");
    type_bytes(terminal, (const char *)line.data, line.size);
    type(terminal, "\r");
    expect_bytes(terminal, (const char *)line.data, line.size);
    expect(terminal, "\r\n{dots}\r\n{dots}\r\n"
                     "Created key file big.key and CSR big.csr\r\n"
                     "CSR file big.csr ready for download via SFTP\r\ncms> ");
    assert_true(now_ms() - start < 10000);
    blob_clear(&line);
    leave(terminal);
}

/* R11: each echo and answer in its turn, over a slow command and a question. */
static void
test_typed_ahead(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);

    expect(terminal, "cms> ");
    type(terminal, "pki csr a CN:a.example.com\rhostname\rreboot\rn\r"
                   "hostname new\rreboot\rY\r");
    expect(terminal,
           "pki csr a CN:a.example.com\r\n{dots}\r\n{dots}\r\n"
           "Created key file a.key and CSR a.csr\r\n"
           "CSR file a.csr ready for download via SFTP\r\n"
           "cms> hostname\r\ncms\r\n"
           "cms> reboot\r\nAre you sure you wish to reboot? (Y/n)n\r\n"
           "Cancelled\r\n"
           "cms> hostname new\r\n"
           "A reboot is required for the change to take effect\r\n"
           "cms> reboot\r\nAre you sure you wish to reboot? (Y/n)Y\r\n"
           "Rebooting...\r\n");
    expect_end(terminal, 0);
    terminal = terminal_start(*state, &usual);
    expect(terminal, "new> ");
    leave(terminal);
}

/* R11: typed while the command runs, in pieces. */
static void
test_typed_meanwhile(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);

    expect(terminal, "cms> ");
    type(terminal, "pki csr a CN:a\r");
    expect(terminal, "pki csr a CN:a\r\n.");
    type(terminal, "host");
    usleep(20000);
    type(terminal, "name\r");
    skip_to(terminal, "via SFTP\r\n");
    expect(terminal, "cms> hostname\r\ncms\r\ncms> ");
    leave(terminal);
}

/* R11: a block as a laboratory guide has it, in one paste. */
static void
test_pasted_block(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);

    expect(terminal, "cms> ");
    type(terminal, "hostname\r\nls\r\npki list\r\nfoo\r\n\r\nhostname\r\n"
                   "rm x\r\npki match a\r\nhostname\r\n");
    expect(terminal, "hostname\r\ncms\r\ncms> ls\r\ncms> pki list\r\n"
                     "User supplied certificates and keys:\r\n"
                     "cms> foo\r\nunknown command: foo\r\n"
                     "cms> \r\ncms> hostname\r\ncms\r\n"
                     "cms> rm x\r\nx: no such file\r\n"
                     "cms> pki match a\r\npki match <key> <certificate>\r\n"
                     "cms> hostname\r\ncms\r\ncms> ");
    leave(terminal);
}

/* R7 */
static void
test_line_ends(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);
    static const char *const ends[] = { "\r", "\n", "\r\n" };
    size_t i;

    expect(terminal, "cms> ");
    for (i = 0; i < 3; i++) {
        type(terminal, "hostname");
        type(terminal, ends[i]);
        expect(terminal, "hostname\r\ncms\r\ncms> ");
    }
    leave(terminal);
}

static void
test_interrupt_line(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);

    expect(terminal, "cms> ");
    type(terminal, "rm x");
    expect(terminal, "rm x");
    type(terminal, "\3");
    expect(terminal, "\r\ncms> ");
    type(terminal, "\3hostname\r");
    expect(terminal, "\r\ncms> hostname\r\ncms\r\ncms> ");
    type(terminal, "reboot\r");
    expect(terminal, "reboot\r\nAre you sure you wish to reboot? (Y/n)");
    type(terminal, "\3");
    expect(terminal, "\r\nCancelled\r\ncms> ");
    leave(terminal);
}

/* The prompt is back at once, and what was typed ahead is not lost. */
static void
test_interrupt_command(void **state)
{
    const struct start start = { .term = "xterm",
                                 .columns = 80,
                                 .config = "key_bits = 8192;\n" };
    struct terminal *terminal = terminal_start(*state, &start);
    long long begin;

    expect(terminal, "cms> ");
    type(terminal, "pki csr big CN:a\r");
    expect(terminal, "pki csr big CN:a\r\n.");
    begin = now_ms();
    type(terminal, "hostname\r\3");
    skip_to(terminal, "\r\nCancelled\r\n");
    assert_true(now_ms() - begin < 5000);
    expect(terminal, "cms> hostname\r\ncms\r\ncms> ");
    assert_false(has_file(*state, "big.key"));
    assert_false(has_file(*state, "big.csr"));
    leave(terminal);
}

/* R14 */
static void
test_ends(void **state)
{
    static const char *const words[] = { "exit", "quit", "logout", "" };
    size_t i;

    for (i = 0; i < 4; i++) {
        struct terminal *terminal = terminal_start(*state, &usual);

        expect(terminal, "cms> ");
        type(terminal, words[i]);
        type(terminal, words[i][0] != '\0' ? "\r" : "\4");
        expect(terminal, words[i]);
        expect(terminal, "\r\n");
        expect_end(terminal, 0);
    }
}

/* R14: what was typed half is not run, history is kept. */
static void
test_hang_up(void **state)
{
    struct scratch *scratch = *state;
    struct terminal *terminal;

    put_text(scratch->store, "keep", "x");
    terminal = terminal_start(scratch, &usual);
    expect(terminal, "cms> ");
    type(terminal, "hostname\rrm keep");
    expect(terminal, "hostname\r\ncms\r\ncms> rm keep");
    assert_int_equal(kill(terminal->pid, SIGHUP), 0);
    expect(terminal, "\r\n");
    expect_end(terminal, 0);
    assert_true(has_file(scratch, "keep"));
    expect_history(scratch, "hostname\n");

    /* The same within the editor, and without a signal from us. */
    terminal = terminal_start(scratch, &usual);
    expect(terminal, "cms> ");
    type(terminal, "version\rxm keep\33[H\4r");
    skip_to(terminal, "\rcms> xm keep");
    usleep(100000);
    hang_up(terminal);
    assert_true(has_file(scratch, "keep"));
    expect_history(scratch, "hostname\nversion\n");
}

/* R14: the status is none of a failure, whether something was typed or not. */
static void
test_hang_up_without_editor(void **state)
{
    struct start start = usual;
    struct terminal *terminal;

    do {
        terminal = terminal_start(*state, &start);
        expect(terminal, "cms> ");
        hang_up(terminal);
        terminal = terminal_start(*state, &start);
        expect(terminal, "cms> ");
        type(terminal, "rm keep");
        expect(terminal, "rm keep");
        hang_up(terminal);
        start.strict = !start.strict;
    } while (start.strict);
    assert_false(
        store_has(((struct scratch *)*state)->store, STORE_PRIVATE, "history"));
}

/* R14: a command is run to its end when the other side goes meanwhile. */
static void
test_hang_up_in_command(void **state)
{
    const struct start start = { .term = "xterm",
                                 .columns = 80,
                                 .config = "key_bits = 4096;\n" };
    struct terminal *terminal = terminal_start(*state, &start);

    expect(terminal, "cms> ");
    type(terminal, "pki csr a CN:a\rls\r");
    expect(terminal, "pki csr a CN:a\r\n.");
    hang_up(terminal);
    assert_true(has_file(*state, "a.key"));
    assert_true(has_file(*state, "a.csr"));
    expect_history(*state, "pki csr a CN:a\n");
}

/* R12, and that passwords are neither shown nor kept. */
static void
test_hidden(void **state)
{
    struct scratch *scratch = *state;
    struct start start = usual;
    struct terminal *terminal;

    fixture_store(scratch->store, "encrypted.key");
    terminal = terminal_start(scratch, &start);
    expect(terminal, "cms> ");
    type(terminal, "pki unlock encrypted.key\r");
    expect(terminal, "pki unlock encrypted.key\r\nP");
    assert_false(is_echoing(terminal));
    expect(terminal, "lease enter password:");
    type(terminal, "hunter2\r");
    expect(terminal, "\r\nencrypted.key: wrong password\r\ncms> ");
    leave(terminal);
    expect_history(scratch, "pki unlock encrypted.key\nexit\n");

    /* Here the terminal was echoing until now. */
    start.command = "pki unlock encrypted.key";
    terminal = terminal_start(scratch, &start);
    expect(terminal, "P");
    assert_false(is_echoing(terminal));
    expect(terminal, "lease enter password:");
    type(terminal, "hunter2\r");
    expect(terminal, "\r\nencrypted.key: wrong password\r\n");
    expect_end(terminal, 0);
}

/* R19: only a capital Y, here and with -c. */
static void
test_confirm(void **state)
{
    static const char *const others[] = { "y", "n", "yes", "" };
    struct start start = usual;
    struct terminal *terminal = terminal_start(*state, &usual);
    size_t i;

    expect(terminal, "cms> ");
    for (i = 0; i < 4; i++) {
        type(terminal, "reboot\r");
        expect(terminal, "reboot\r\nAre you sure you wish to reboot? (Y/n)");
        type(terminal, others[i]);
        type(terminal, "\r");
        expect(terminal, others[i]);
        expect(terminal, "\r\nCancelled\r\ncms> ");
    }
    type(terminal, "reboot\rn\177Y\r");
    expect(terminal, "reboot\r\nAre you sure you wish to reboot? (Y/n)"
                     "n\b \bY\r\nRebooting...\r\n");
    expect_end(terminal, 0);
    start.command = "reboot";
    terminal = terminal_start(*state, &start);
    expect(terminal, "Are you sure you wish to reboot? (Y/n)");
    type(terminal, "Y\r");
    expect(terminal, "Y\r\nRebooting...\r\n");
    expect_end(terminal, 0);
}

/* Words, keys where a key goes, certificates where a certificate goes. */
static void
test_completion(void **state)
{
    static const char *const names[] = { "leaf.key", "leaf.csr", "leaf.crt",
                                         "other.crt", NULL };
    struct scratch *scratch = *state;
    struct terminal *terminal;
    size_t i;

    for (i = 0; names[i] != NULL; i++)
        fixture_store(scratch->store, names[i]);
    put_text(scratch->store, "two words.txt", "x");
    terminal = terminal_start(scratch, &usual);
    expect(terminal, "cms> ");
    type(terminal, "pk\tma\tl\tl\t\r");
    skip_to(terminal, "\r\n");
    expect(terminal, "Key and certificate match\r\ncms> ");
    type(terminal, "rm tw\t\r");
    skip_to(terminal, "\r\n");
    expect(terminal, "cms> ");
    assert_false(has_file(scratch, "two words.txt"));
    type(terminal, "pki csr x sub\ta.example\r");
    skip_to(terminal, "subjectAltName:a.example\r\n");
    expect(terminal, "CN is missing\r\ncms> ");
    /* Pasted: words that can not be completed stay apart. */
    type(terminal, "pki csr\tnew\tCN:a\t\tsubjectAltName:\r");
    skip_to(terminal, "pki csr new CN:a");
    skip_to(terminal, "subjectAltName: no value\r\ncms> ");
    type(terminal, "rm nosuch\tfile\r");
    skip_to(terminal, " file\r\nrm <filename>\r\ncms> ");
    /* Nothing of the host that we run on. */
    type(terminal, "rm /etc/passw\t\r");
    skip_to(terminal, "\r\n");
    expect(terminal, "/etc/passw: not a file name");
    skip_to(terminal, "cms> ");
    /* Twice: what there is. */
    type(terminal, "rm \t\t");
    skip_to(terminal, "leaf.crt   leaf.csr   leaf.key   other.crt");
    skip_to(terminal, "cms> rm ");
    type(terminal, "\3");
    skip_to(terminal, "\r\ncms> ");
    leave(terminal);
}

/* More offers than rows, and than readline shows without a question: it would
   answer neither Ctrl-C nor Ctrl-D, and so would its pager. */
static void
test_many_offers(void **state)
{
    struct scratch *scratch = *state;
    struct terminal *terminal;
    int i;

    for (i = 0; i < 150; i++) {
        char name[48];

        snprintf(name, sizeof(name), "a-file-with-a-long-name-%03d.txt", i);
        put_text(scratch->store, name, "x");
    }
    terminal = terminal_start(scratch, &usual);
    expect(terminal, "cms> ");
    type(terminal, "rm a-file-with-a-long-name-\t\t");
    skip_to(terminal, "-149.txt\r\ncms> rm a-file-with-a-long-name-");
    type(terminal, "\3");
    skip_to(terminal, "\r\ncms> ");
    leave(terminal);
}

/* History is there in the next session, for the arrow and for Ctrl-R. */
static void
test_history(void **state)
{
    struct terminal *terminal = terminal_start(*state, &usual);

    expect(terminal, "cms> ");
    type(terminal, "hostname\r");
    expect(terminal, "hostname\r\ncms\r\ncms> ");
    type(terminal, "rm x\r\33[A\r");
    expect(terminal, "rm x\r\nx: no such file\r\ncms> ");
    skip_to(terminal, "rm x\r\nx: no such file\r\ncms> ");
    leave(terminal);

    terminal = terminal_start(*state, &usual);
    expect(terminal, "cms> ");
    type(terminal, "\33[A\33[A\33[A\r");
    skip_to(terminal, "hostname\r\ncms\r\ncms> ");
    type(terminal, "\22rm");
    skip_to(terminal, "(reverse-i-search)");
    type(terminal, "\r");
    skip_to(terminal, "\r\nx: no such file\r\ncms> ");
    /* What was edited is remembered, too. */
    type(terminal, "\20\20\r");
    skip_to(terminal, "hostname\r\ncms\r\ncms> ");
    leave(terminal);
    expect_history(*state,
                   "hostname\nrm x\nexit\nhostname\nrm x\nhostname\nexit\n");
}

/* Neither the file nor the arrow has what a secret may stand in. */
static void
test_secrets_are_forgotten(void **state)
{
    static const char *const lines[] = {
        "turn credentials bob S3cretA realm",
        "turn short_term_credentials S3cretB realm",
        "webbridge3 meetingapps add h.example.com 443 S3cretC",
        "webbridge3 meetingapps add h.example.com 99999 S3cretD",
        "turn credentials bob S3cretE",
        "turn cred bob S3cretF realm",
        "turn credentials bob \"S3cretG realm",
        "turn credentials bob S3cretH ?",
        "TURN credentials bob S3cretI realm",
        "pki unlock leaf.key S3cretJ",
        "S3cretK",
    };
    const struct start start = { .term = "xterm",
                                 .columns = 80,
                                 .config = "release = \"3.9\";\n" };
    struct terminal *terminal = terminal_start(*state, &start);
    size_t i;

    expect(terminal, "cms> ");
    type(terminal, "pki match a\rturn ?\rrm ..\rhostname\r");
    skip_to(terminal, "cms> hostname\r\ncms\r\ncms> ");
    for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        type(terminal, lines[i]);
        type(terminal, "\r");
        expect(terminal, lines[i]);
        skip_to(terminal, "\r\ncms> ");
        type(terminal, "\33[A\r");
        skip_to(terminal, "hostname\r\ncms\r\ncms> ");
    }
    /* What was typed over a remembered line, which was then left. */
    for (i = 0; i < 2; i++) {
        type(terminal, "\33[A\25turn credentials bob S3cretL\33[A");
        skip_to(terminal, "S3cretL");
        skip_to(terminal, "rm ..");
        type(terminal, i == 0 ? "\25hostname\r" : "\3");
        skip_to(terminal, "\r\n");
        skip_to(terminal, "cms> ");
        type(terminal, "\33[A\r");
        skip_to(terminal, "hostname\r\ncms\r\ncms> ");
    }
    leave(terminal);
    expect_history(*state, "pki match a\nturn ?\nrm ..\nhostname\nexit\n");
}

/* With -e everything but the history of other sessions. */
static void
test_editing_strictly(void **state)
{
    const struct start start = { .term = "xterm",
                                 .columns = 80,
                                 .strict = true };
    struct terminal *terminal = terminal_start(*state, &usual);

    expect(terminal, "cms> ");
    leave(terminal);
    terminal = terminal_start(*state, &start);
    expect(terminal, "cms> ");
    type(terminal, "\33[Ahostnamx\177e\r");
    skip_to(terminal, "\r\ncms\r\ncms> ");
    type(terminal, "ostname\33[Hh\33[D\33[C\177h\r");
    skip_to(terminal, "\r\ncms\r\ncms> ");
    type(terminal, "foo\25pk\tli\t\r");
    skip_to(terminal, "\r\nUser supplied certificates and keys:\r\ncms> ");
    type(terminal, "\33[A\33[A\r");
    skip_to(terminal, "\r\ncms\r\ncms> ");
    leave(terminal);
    expect_history(*state, "exit\n");
}

/* In the middle of a line that is longer than a row. */
static void
test_editing(void **state)
{
    const struct start start = { .term = "xterm", .columns = 30 };
    struct terminal *terminal = terminal_start(*state, &start);
    struct winsize window = { .ws_row = 24 };

    expect(terminal, "cms> ");
    type(terminal, "ostname");
    expect(terminal, "ostname");
    /* Five rows, then to the front. */
    type(terminal, "                                                        "
                   "                                                        ");
    skip_to(terminal, "     ");
    type(terminal, "\1h\r");
    skip_to(terminal, "\33[4A\rcms> ostname");
    skip_to(terminal, "\r\ncms\r\ncms> ");
    /* The window was made wider: two rows, so one up. */
    window.ws_col = 60;
    assert_int_equal(ioctl(terminal->fd, TIOCSWINSZ, &window), 0);
    type(terminal, "ostname                                               "
                   "                    ");
    skip_to(terminal, "ostname");
    type(terminal, "\1");
    skip_to(terminal, "\33[1A\rcms> ostname");
    skip_to(terminal, " \33[A\r\33[C");
    type(terminal, "h\r");
    skip_to(terminal, "\r\ncms\r\ncms> ");
    /* One newline an edited line, and a CRLF is one. */
    type(terminal, "xhostname\1\4\r\n");
    skip_to(terminal, "\rcms> xhostname");
    skip_to(terminal, "\r\n");
    expect(terminal, "cms\r\ncms> ");
    type(terminal, "ab\177\177\4");
    skip_to(terminal, "\r\n");
    expect_end(terminal, 0);
}

/* sshd gives a session no locale; a key still stands for a whole character. */
static void
test_editing_without_locale(void **state)
{
    static const char *const locales[] = { "C", "" };
    size_t i;

    for (i = 0; i < 2; i++) {
        const struct start start = { .term = "xterm",
                                     .columns = 80,
                                     .locale = locales[i] };
        struct terminal *terminal = terminal_start(*state, &start);

        expect(terminal, "cms> ");
        type(terminal, "hostname\303\274\33[D\4\r");
        skip_to(terminal, "\r\n");
        expect(terminal, "cms\r\ncms> ");
        type(terminal, "ostname\1h\5\303\274\177\r");
        skip_to(terminal, "\r\n");
        expect(terminal, "cms\r\ncms> ");
        leave(terminal);
    }
}

int
main(void)
{
#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        test(test_same_bytes),
        test(test_empty_line_is_quick),
        test(test_long_lines),
        test(test_large_request),
        test(test_typed_ahead),
        test(test_typed_meanwhile),
        test(test_pasted_block),
        test(test_line_ends),
        test(test_interrupt_line),
        test(test_interrupt_command),
        test(test_ends),
        test(test_hang_up),
        test(test_hang_up_without_editor),
        test(test_hang_up_in_command),
        test(test_hidden),
        test(test_confirm),
        test(test_completion),
        test(test_many_offers),
        test(test_history),
        test(test_secrets_are_forgotten),
        test(test_editing),
        test(test_editing_strictly),
        test(test_editing_without_locale),
    };
#undef test

    return cmocka_run_group_tests(tests, NULL, NULL);
}

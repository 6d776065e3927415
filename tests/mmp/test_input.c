/*
 * mmp/input.h over pipes and pseudo-terminals.  What is typed comes from a
 * thread, in pieces, so that the other side may wait; what is written goes to
 * memory, so that echoes are compared byte for byte.  R numbers: the
 * requirements of the programs that drive a console.
 */
#include "mmp/input.h"

#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

#define PAUSE_US 30000 /* long enough for two writes to be two reads */

struct console {
    int in;     /* the side of struct input */
    int typing; /* ours */
    FILE *out;
    char *shown;
    size_t shown_size;
    struct input *input;
    struct blob line;
    pthread_t typist;
    const char *const *pieces; /* NULL at the end */
    const struct blob *bytes;
    bool hang_up; /* after the last piece */
};

static struct console *
console_new(int in, int typing)
{
    struct console *console = xcalloc(1, sizeof(*console));

    console->in = in;
    console->typing = typing;
    console->out = open_memstream(&console->shown, &console->shown_size);
    console->input = input_new(in, console->out);
    return console;
}

/* A signal that was raised while it was blocked, and not waited for. */
/* -1: it was not pending. */
static int
take_signal(int number)
{
    const struct timespec now = { 0 };
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, number);
    return sigtimedwait(&set, NULL, &now);
}

static void
forget_signal(int number)
{
    assert_int_equal(take_signal(number), number);
}

static struct console *
pipe_new(void)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    return console_new(ends[0], ends[1]);
}

/* Forgets what was shown so far. */
static void
forget_shown(struct console *console)
{
    fflush(console->out);
    rewind(console->out);
}

/* With its first line read: the terminal is the console's from then on. */
static struct console *
terminal_new(void)
{
    struct console *console;
    int master, slave;

    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    console = console_new(slave, master);
    assert_int_equal(write(master, "\n", 1), 1);
    assert_int_equal(
        input_line(console->input, "", INPUT_COMMAND, &console->line),
        INPUT_LINE);
    forget_shown(console);
    return console;
}

static void
hang_up(struct console *console)
{
    if (console->typing >= 0)
        close(console->typing);
    console->typing = -1;
}

static void
console_free(struct console *console)
{
    input_free(console->input);
    fclose(console->out);
    free(console->shown);
    blob_clear(&console->line);
    hang_up(console);
    close(console->in);
    free(console);
}

static void
type(struct console *console, const void *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(console->typing, data, size);

        assert_true(n > 0);
        data = (const char *)data + n;
        size -= (size_t)n;
    }
}

static void
type_text(struct console *console, const char *text)
{
    type(console, text, strlen(text));
}

static void *
typist(void *arg)
{
    struct console *console = arg;
    size_t i;

    usleep(PAUSE_US);
    if (console->bytes != NULL)
        type(console, console->bytes->data, console->bytes->size);
    for (i = 0; console->pieces != NULL && console->pieces[i] != NULL; i++) {
        usleep(PAUSE_US);
        type_text(console, console->pieces[i]);
    }
    if (console->hang_up) {
        usleep(PAUSE_US);
        hang_up(console);
    }
    return NULL;
}

static void
start_typing(struct console *console)
{
    assert_int_equal(pthread_create(&console->typist, NULL, typist, console),
                     0);
}

static void
stop_typing(struct console *console)
{
    assert_int_equal(pthread_join(console->typist, NULL), 0);
}

static enum input_result
read_mode(struct console *console, enum input_mode mode)
{
    enum input_result result =
        input_line(console->input, "> ", mode, &console->line);

    fflush(console->out);
    return result;
}

static void
expect_mode(struct console *console, enum input_mode mode, const char *line)
{
    assert_int_equal(read_mode(console, mode), INPUT_LINE);
    assert_string_equal((const char *)console->line.data, line);
    assert_int_equal(console->line.size, strlen(line));
}

static void
expect_line(struct console *console, const char *line)
{
    expect_mode(console, INPUT_COMMAND, line);
}

static void
expect_result(struct console *console, enum input_result result)
{
    assert_int_equal(read_mode(console, INPUT_COMMAND), result);
}

/* What was written since the last time. */
static void
expect_shown(struct console *console, const char *text)
{
    fflush(console->out);
    assert_int_equal(console->shown_size, strlen(text));
    assert_memory_equal(console->shown, text, strlen(text));
    forget_shown(console);
}

/*
 * Pipes and files.
 */

/* R7, R13: CR, LF and CRLF end a line; prompts are kept, nothing is echoed. */
static void
test_pipe_line_ends(void **state)
{
    struct console *console = pipe_new();

    (void)state;
    type_text(console, "a\nb\rc\r\nd\r\n\r\n\n\re");
    hang_up(console);
    expect_line(console, "a");
    expect_line(console, "b");
    expect_line(console, "c");
    expect_line(console, "d");
    expect_line(console, "");
    expect_line(console, "");
    expect_line(console, "");
    expect_line(console, "e"); /* the end of the file ends it, too */
    expect_result(console, INPUT_END);
    expect_result(console, INPUT_END);
    expect_shown(console, "> > > > > > > > > > ");
    console_free(console);
}

/* A byte order mark: once, and at the start only. */
static void
test_pipe_mark(void **state)
{
    struct console *console = pipe_new();

    (void)state;
    type_text(console, "\xef\xbb\xbf"
                       "a\n\xef\xbb\xbf"
                       "b\n");
    hang_up(console);
    expect_line(console, "a");
    expect_line(console, "\xef\xbb\xbf"
                         "b");
    expect_result(console, INPUT_END);
    console_free(console);
}

/* R7: a CRLF is one line's end even when the network parts it. */
static void
test_pipe_split(void **state)
{
    static const char *const pieces[] = { "pki", " list\r", "\nb",
                                          "\r",  "\n\n",    NULL };
    struct console *console = pipe_new();

    (void)state;
    console->pieces = pieces;
    console->hang_up = true;
    start_typing(console);
    expect_line(console, "pki list");
    expect_line(console, "b");
    expect_line(console, "");
    expect_result(console, INPUT_END);
    stop_typing(console);
    console_free(console);
}

static void
test_pipe_bytes(void **state)
{
    struct console *console = pipe_new();

    (void)state;
    type(console, "a\0b\n\3\4\33[D\177\t\n", 12);
    hang_up(console);
    expect_result(console, INPUT_LINE);
    assert_int_equal(console->line.size, 3);
    assert_memory_equal(console->line.data, "a\0b", 3);
    expect_line(console, "\3\4\33[D\177\t");
    console_free(console);
}

static void
fill_blob(struct blob *blob, size_t size, char end)
{
    size_t i;

    blob_zeros(blob, size + 1);
    for (i = 0; i < size; i++)
        blob->data[i] = (unsigned char)('a' + i % 23);
    blob->data[size] = (unsigned char)end;
}

/* R10: long lines come whole; the bound is 1 MiB, and what follows is intact.
 */
static void
test_long_lines(struct console *console, size_t size, enum input_result want)
{
    static const char *const pieces[] = { "next\n", NULL };
    struct blob bytes = { 0 };

    fill_blob(&bytes, size, '\n');
    console->bytes = &bytes;
    console->pieces = pieces;
    start_typing(console);
    expect_result(console, want);
    if (want == INPUT_LINE) {
        assert_int_equal(console->line.size, size);
        assert_memory_equal(console->line.data, bytes.data, size);
        fflush(console->out);
        assert_int_equal(console->shown_size,
                         input_is_terminal(console->input) ? size + 3 : 2);
        if (input_is_terminal(console->input))
            assert_memory_equal(console->shown + 2, bytes.data, size + 1);
    }
    expect_line(console, "next");
    stop_typing(console);
    blob_clear(&bytes);
    console_free(console);
}

static void
test_pipe_long(void **state)
{
    (void)state;
    test_long_lines(pipe_new(), 65536, INPUT_LINE);
    test_long_lines(pipe_new(), INPUT_MAX_LINE, INPUT_LINE);
    test_long_lines(pipe_new(), INPUT_MAX_LINE + 1, INPUT_TOO_LONG);
}

/* R10, R9 */
static void
test_terminal_long(void **state)
{
    (void)state;
    test_long_lines(terminal_new(), 65536, INPUT_LINE);
    test_long_lines(terminal_new(), INPUT_MAX_LINE, INPUT_LINE);
    test_long_lines(terminal_new(), INPUT_MAX_LINE + 1, INPUT_TOO_LONG);
}

/* What follows a question starts a line of its own; the end is no answer. */
static void
test_pipe_answers(void **state)
{
    struct console *console = pipe_new();

    (void)state;
    type_text(console, "Y\nsecret\r\n");
    hang_up(console);
    expect_mode(console, INPUT_ANSWER, "Y");
    expect_mode(console, INPUT_HIDDEN, "secret");
    assert_int_equal(read_mode(console, INPUT_ANSWER), INPUT_END);
    expect_shown(console, "> \n> \n> \n");
    console_free(console);
}

/* R22: what was read is shown as a terminal would, hidden ones in braces. */
static void
test_pipe_shown(void **state)
{
    struct console *console = pipe_new();

    (void)state;
    input_show(console->input);
    type_text(console, "reboot\nY\nsecret\nlast");
    hang_up(console);
    expect_line(console, "reboot");
    expect_mode(console, INPUT_ANSWER, "Y");
    expect_mode(console, INPUT_HIDDEN, "secret");
    expect_line(console, "last");
    expect_shown(console, "> reboot\n> Y\n> {secret}\n> last\n");
    console_free(console);
}

/* Ctrl-C ends a batch: a file of commands would not notice it else. */
static void
test_pipe_interrupt(void **state)
{
    struct console *console = pipe_new();

    (void)state;
    type_text(console, "one\ntwo\nhalf");
    expect_line(console, "one");
    raise(SIGINT);
    assert_true(input_interrupted(console->input));
    expect_result(console, INPUT_END);
    console_free(console);
}

/* R14: lines that wait are not run once the end was asked for. */
static void
test_pipe_terminated(void **state)
{
    struct console *console = pipe_new();

    (void)state;
    type_text(console, "one\ntwo\nhalf");
    expect_line(console, "one");
    raise(SIGTERM);
    expect_result(console, INPUT_END);
    forget_signal(SIGTERM);
    console_free(console);
}

/*
 * Terminals.
 */

/* R9: the echo is what was typed, and nothing else. */
static void
test_terminal_echo(void **state)
{
    struct console *console = terminal_new();

    (void)state;
    type_text(console, "pki  list \303\244\"x\"\r");
    expect_line(console, "pki  list \303\244\"x\"");
    expect_shown(console, "> pki  list \303\244\"x\"\n");
    console_free(console);
}

/* R7: typed at once, CRLF is one end; a CR and an LF later are two. */
static void
test_terminal_line_ends(void **state)
{
    struct console *console = terminal_new();

    (void)state;
    type_text(console, "a\rb\nc\r\nd\r\r");
    expect_line(console, "a");
    expect_line(console, "b");
    expect_line(console, "c");
    expect_line(console, "d");
    expect_line(console, "");
    expect_shown(console, "> a\n> b\n> c\n> d\n> \n");
    type_text(console, "e\r");
    expect_line(console, "e");
    type_text(console, "\n");
    expect_line(console, "");
    console_free(console);
}

/* R11: what is typed ahead is shown when its turn comes. */
static void
test_terminal_typed_ahead(void **state)
{
    struct console *console = terminal_new();

    (void)state;
    type_text(console, "a\rreboot\rY\rb");
    expect_line(console, "a");
    expect_shown(console, "> a\n");
    expect_line(console, "reboot");
    expect_mode(console, INPUT_ANSWER, "Y");
    expect_shown(console, "> reboot\n> Y\n");
    assert_true(input_ready(console->input));
    console_free(console);
}

static ssize_t
note_echo(void *cookie, const char *text, size_t size)
{
    struct console *console = cookie;
    struct termios mode;

    assert_int_equal(tcgetattr(console->in, &mode), 0);
    assert_int_equal(mode.c_lflag & (ECHO | ECHONL | ICANON), 0);
    blob_append(&console->line, text, size);
    return (ssize_t)size;
}

/* R12: the echo is off before a hidden answer is asked for. */
static void
test_terminal_hidden(void **state)
{
    const cookie_io_functions_t functions = { .write = note_echo };
    struct console console = { 0 };
    struct blob answer = { 0 };

    (void)state;
    assert_int_equal(openpty(&console.typing, &console.in, NULL, NULL, NULL),
                     0);
    console.out = fopencookie(&console, "w", functions);
    setvbuf(console.out, NULL, _IONBF, 0);
    console.input = input_new(console.in, console.out);
    type_text(&console, "a\177secret\n");
    assert_int_equal(
        input_line(console.input, "password:", INPUT_HIDDEN, &answer),
        INPUT_LINE);
    assert_string_equal((const char *)answer.data, "secret");
    assert_string_equal((const char *)console.line.data, "password:\n");
    input_free(console.input);
    fclose(console.out);
    blob_clear(&answer);
    blob_clear(&console.line);
    close(console.in);
    close(console.typing);
}

/* Answers have no editor; a character of many bytes goes at once. */
static void
test_terminal_rub_out(void **state)
{
    struct console *console = terminal_new();

    (void)state;
    type_text(console, "\177a\303\244\342\202\254\177\b\177\177Y\t\33\r");
    expect_mode(console, INPUT_ANSWER, "Y");
    expect_shown(console, "> a\303\244\342\202\254\b \b\b \b\b \bY\n");
    type_text(console, "ab\177c\r");
    expect_mode(console, INPUT_HIDDEN, "ac");
    expect_shown(console, "> \n");
    type_text(console, "n\303\244\25Y\r");
    expect_mode(console, INPUT_ANSWER, "Y");
    expect_shown(console, "> n\303\244\b \b\b \bY\n");
    type_text(console, "half\25whole\r");
    expect_mode(console, INPUT_HIDDEN, "whole");
    expect_shown(console, "> \n");
    console_free(console);
}

/* Keys that nothing is done for are no part of a password. */
static void
test_terminal_keys(void **state)
{
    struct console *console = terminal_new();

    (void)state;
    type_text(console, "\33[A\33[1;5Ca\33OPb\33[200~c\33[201~\33d\r");
    expect_mode(console, INPUT_HIDDEN, "abcd");
    type_text(console, "Y\33[\r");
    expect_mode(console, INPUT_ANSWER, "Y");
    type_text(console, "Y\33O\r");
    expect_mode(console, INPUT_ANSWER, "Y");
    console_free(console);
}

/* What a tab that was pasted has behind it, also in another packet. */
static void
test_terminal_text_follows(void **state)
{
    struct console *console = terminal_new();

    (void)state;
    assert_false(input_text_follows(console->input));
    type_text(console, "ab\t\tc \177");
    assert_int_equal(input_byte(console->input), 'a');
    assert_true(input_text_follows(console->input));
    assert_int_equal(input_byte(console->input), 'b');
    assert_true(input_text_follows(console->input));
    assert_int_equal(input_byte(console->input), '\t');
    assert_int_equal(input_byte(console->input), '\t');
    assert_int_equal(input_byte(console->input), 'c');
    assert_false(input_text_follows(console->input));
    assert_int_equal(input_byte(console->input), ' ');
    assert_false(input_text_follows(console->input));
    assert_int_equal(input_byte(console->input), '\177');
    assert_false(input_text_follows(console->input));
    type_text(console, "\t\r");
    assert_false(input_text_follows(console->input));
    assert_int_equal(input_byte(console->input), '\t');
    assert_false(input_text_follows(console->input));
    assert_int_equal(input_byte(console->input), '\r');
    type_text(console, "d");
    assert_true(input_text_follows(console->input));
    assert_int_equal(input_byte(console->input), 'd');
    console_free(console);
}

/* R14 */
static void
test_terminal_control(void **state)
{
    struct console *console = terminal_new();
    struct blob bytes = { 0 };

    (void)state;
    blob_append(&bytes, "half\3next\4\0\r\3\4", 14);
    console->bytes = &bytes;
    start_typing(console);
    expect_result(console, INPUT_DROPPED);
    expect_line(console, "next"); /* Ctrl-D ends nothing within a line */
    expect_result(console, INPUT_DROPPED);
    expect_result(console, INPUT_END);
    expect_shown(console, "> half\n> next\n> \n> \n");
    stop_typing(console);
    blob_clear(&bytes);
    console_free(console);
}

/* Ctrl-C is a byte while we read and a signal while a command runs. */
static void
test_terminal_interrupt(void **state)
{
    struct console *console = terminal_new();
    struct termios mode;

    (void)state;
    assert_int_equal(tcgetattr(console->in, &mode), 0);
    assert_true(mode.c_lflag & ISIG);
    assert_true(mode.c_lflag & NOFLSH); /* R11: it drops nothing */
    assert_int_equal(mode.c_lflag & (ICANON | ECHO), 0);
    raise(SIGINT);
    assert_true(input_interrupted(console->input));
    type_text(console, "a\r");
    expect_line(console, "a");
    assert_false(input_interrupted(console->input));
    console_free(console);
}

static void *
terminate(void *arg)
{
    (void)arg;
    usleep(PAUSE_US);
    kill(getpid(), SIGTERM);
    return NULL;
}

/* R14: in a wait, and between two lines. */
static void
test_terminal_terminated(void **state)
{
    struct console *console = terminal_new();
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, terminate, NULL), 0);
    type_text(console, "half");
    expect_result(console, INPUT_END);
    pthread_join(thread, NULL);
    take_signal(SIGTERM); /* if it came before the wait */
    console_free(console);

    console = terminal_new();
    type_text(console, "a\rb\r");
    expect_line(console, "a");
    raise(SIGHUP);
    expect_result(console, INPUT_END);
    forget_signal(SIGHUP);
    console_free(console);
}

/* R14: half a line is not run when the other side is gone. */
static void
test_terminal_hang_up(void **state)
{
    static const char *const pieces[] = { "rm important", NULL };
    struct console *console = terminal_new();

    (void)state;
    console->pieces = pieces;
    console->hang_up = true;
    start_typing(console);
    expect_result(console, INPUT_END);
    stop_typing(console);
    console_free(console);
}

static ssize_t
hang_up_at_echo(void *cookie, const char *text, size_t size)
{
    if (size > 0 && text[0] == 'z')
        hang_up(cookie);
    return (ssize_t)size;
}

/* R14: the other side goes while we look whether an LF follows the CR. */
static void
test_terminal_hang_up_at_end(void **state)
{
    const cookie_io_functions_t functions = { .write = hang_up_at_echo };
    struct console console = { 0 };

    (void)state;
    assert_int_equal(openpty(&console.typing, &console.in, NULL, NULL, NULL),
                     0);
    console.out = fopencookie(&console, "w", functions);
    setvbuf(console.out, NULL, _IONBF, 0);
    console.input = input_new(console.in, console.out);
    type_text(&console, "\n");
    assert_int_equal(
        input_line(console.input, "", INPUT_COMMAND, &console.line),
        INPUT_LINE);
    type_text(&console, "z\r");
    assert_int_equal(
        input_line(console.input, "", INPUT_COMMAND, &console.line),
        INPUT_LINE);
    assert_string_equal((const char *)console.line.data, "z");
    assert_int_equal(
        input_line(console.input, "", INPUT_COMMAND, &console.line), INPUT_END);
    input_free(console.input);
    fclose(console.out);
    blob_clear(&console.line);
    close(console.in);
}

static void
test_terminal_given_back(void **state)
{
    struct termios before, after;
    struct console *console;
    int master, slave;

    (void)state;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    assert_int_equal(tcgetattr(slave, &before), 0);
    console = console_new(slave, master);
    type_text(console, "a\n");
    expect_line(console, "a");
    input_free(console->input);
    console->input = NULL;
    assert_int_equal(tcgetattr(slave, &after), 0);
    assert_int_equal(after.c_iflag, before.c_iflag);
    assert_int_equal(after.c_oflag, before.c_oflag);
    assert_int_equal(after.c_lflag, before.c_lflag);
    assert_memory_equal(after.c_cc, before.c_cc, sizeof(after.c_cc));
    console_free(console);
}

/* A program that switched the echo off before it started us wants none. */
static void
test_terminal_without_echo(void **state)
{
    struct console *console;
    int master, slave;
    struct termios mode;

    (void)state;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    assert_int_equal(tcgetattr(slave, &mode), 0);
    mode.c_lflag &= ~(tcflag_t)ECHO;
    assert_int_equal(tcsetattr(slave, TCSANOW, &mode), 0);
    console = console_new(slave, master);
    type_text(console, "hostname\n");
    expect_line(console, "hostname");
    type_text(console, "pki\tlisx\177t\rY\r");
    expect_line(console, "pki\tlist");
    expect_mode(console, INPUT_ANSWER, "Y");
    expect_shown(console, "> > > \n");
    console_free(console);
}

struct edits {
    struct console *console;
    char typed[32];
    int key;
};

/* An editor that ends the line at the next CR and turns it round. */
static enum input_result
edit(void *arg, const char *prompt, const struct blob *typed, struct blob *line)
{
    struct edits *edits = arg;

    assert_string_equal(prompt, "> ");
    snprintf(edits->typed, sizeof(edits->typed), "%s",
             (const char *)typed->data);
    edits->key = input_byte(edits->console->input);
    while (input_byte(edits->console->input) != '\r')
        continue;
    blob_text(line, "edited");
    return INPUT_LINE;
}

/* R9: only an editing key wakes the editor.  R7: CRLF ends its line, too. */
static void
test_terminal_editor(void **state)
{
    struct console *console = terminal_new();
    struct edits edits = { .console = console };

    (void)state;
    input_set_editor(console->input, edit, &edits);
    type_text(console, "plain\rabc\33[D\r\nnext\r\33\r");
    expect_line(console, "plain");
    assert_int_equal(edits.key, 0);
    expect_line(console, "edited");
    assert_string_equal(edits.typed, "abc");
    assert_int_equal(edits.key, '\33');
    expect_line(console, "next");
    /* The editor writes the line's end by itself. */
    expect_shown(console, "> plain\n> abc> next\n");
    expect_mode(console, INPUT_COMMAND, "edited");
    console_free(console);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipe_line_ends),
        cmocka_unit_test(test_pipe_mark),
        cmocka_unit_test(test_pipe_split),
        cmocka_unit_test(test_pipe_bytes),
        cmocka_unit_test(test_pipe_long),
        cmocka_unit_test(test_pipe_answers),
        cmocka_unit_test(test_pipe_shown),
        cmocka_unit_test(test_pipe_interrupt),
        cmocka_unit_test(test_pipe_terminated),
        cmocka_unit_test(test_terminal_echo),
        cmocka_unit_test(test_terminal_line_ends),
        cmocka_unit_test(test_terminal_typed_ahead),
        cmocka_unit_test(test_terminal_long),
        cmocka_unit_test(test_terminal_hidden),
        cmocka_unit_test(test_terminal_rub_out),
        cmocka_unit_test(test_terminal_keys),
        cmocka_unit_test(test_terminal_text_follows),
        cmocka_unit_test(test_terminal_control),
        cmocka_unit_test(test_terminal_interrupt),
        cmocka_unit_test(test_terminal_terminated),
        cmocka_unit_test(test_terminal_hang_up),
        cmocka_unit_test(test_terminal_hang_up_at_end),
        cmocka_unit_test(test_terminal_given_back),
        cmocka_unit_test(test_terminal_without_echo),
        cmocka_unit_test(test_terminal_editor),
    };

    alarm(120); /* a test that waits in vain ends */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

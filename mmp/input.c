/*
 * Lines from a terminal, a pipe or a file; see input.h.  Signal handlers get no
 * argument, so the two flags below are the only state outside the struct.
 */
#include "mmp/input.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "pki/utf8.h"
#include "pki/xalloc.h"

#define BUFFER 65536

enum { CTRL_C = 3, CTRL_D = 4, CTRL_U = 21, ESCAPE = 27, DELETE = 127 };

struct input {
    int fd;
    FILE *out;
    bool terminal, raw, ended, show;
    bool echo;     /* the terminal echoed when we took it over */
    bool newline;  /* the editor has written the line's end */
    bool after_cr; /* no terminal: an LF now belongs to the CR before it */
    bool too_long; /* the current line is beyond its bound */
    bool begun;    /* the first line was read */
    struct termios saved;
    sigset_t waiting; /* the signal mask while we wait */
    input_edit *edit;
    void *edit_arg;
    unsigned char *buffer; /* BUFFER bytes, from the first read on */
    size_t at, filled;
    size_t most; /* that were ever in the buffer */
};

static volatile sig_atomic_t got_interrupt, got_end;

static void
on_signal(int number)
{
    if (number == SIGINT)
        got_interrupt = 1;
    else
        got_end = 1;
}

/*
 * SIGHUP and SIGTERM are let in only while we wait for input, so that every
 * command runs to its end.
 */
static void
take_signals(struct input *input)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked;

    got_interrupt = got_end = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &input->waiting);
    sigdelset(&input->waiting, SIGHUP);
    sigdelset(&input->waiting, SIGTERM);
}

struct input *
input_new(int fd, FILE *out)
{
    struct input *input = xcalloc(1, sizeof(*input));

    input->fd = fd;
    input->out = out;
    input->terminal = isatty(fd) && tcgetattr(fd, &input->saved) == 0;
    input->echo = input->terminal && (input->saved.c_lflag & ECHO);
    take_signals(input);
    return input;
}

void
input_free(struct input *input)
{
    if (input == NULL)
        return;
    if (input->raw) {
        fflush(input->out);
        tcsetattr(input->fd, TCSADRAIN, &input->saved);
    }
    if (input->buffer != NULL)
        explicit_bzero(input->buffer, input->most);
    free(input->buffer);
    free(input);
}

bool
input_is_terminal(const struct input *input)
{
    return input->terminal;
}

bool
input_interrupted(const struct input *input)
{
    (void)input;
    return got_interrupt != 0;
}

void
input_show(struct input *input)
{
    input->show = !input->terminal;
}

void
input_set_editor(struct input *input, input_edit *edit, void *arg)
{
    input->edit = edit;
    input->edit_arg = arg;
}

/*
 * Switches off line mode, which would cut long lines, and echo, which would
 * show text typed ahead too early; both are done here.  Ctrl-C is a byte while
 * we read, and a signal while a command runs.  Output is not changed.
 */
static void
set_terminal(struct input *input, bool reading)
{
    struct termios mode = input->saved;

    if (!input->terminal)
        return;
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHOE | ECHOK | ECHONL | ISIG);
    if (!reading)
        mode.c_lflag |= ISIG | NOFLSH;
    mode.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    mode.c_cc[VQUIT] = mode.c_cc[VSUSP] = _POSIX_VDISABLE;
    tcsetattr(input->fd, TCSANOW, &mode);
    input->raw = true;
}

/* Has a signal asked us to end?  Without a terminal, Ctrl-C does, too. */
static bool
is_told_to_end(const struct input *input)
{
    sigset_t pending;

    sigpending(&pending);
    return got_end || sigismember(&pending, SIGHUP) ||
           sigismember(&pending, SIGTERM) ||
           (!input->terminal && got_interrupt);
}

/* Waits for bytes; false at the end. */
static bool
fill(struct input *input)
{
    struct pollfd ready = { .fd = input->fd, .events = POLLIN };

    fflush(input->out);
    input->at = input->filled = 0;
    while (!input->ended) {
        ssize_t n;

        if (is_told_to_end(input)) {
            input->ended = true;
            break;
        }
        if (ppoll(&ready, 1, NULL, &input->waiting) < 0) {
            input->ended = errno != EINTR;
            continue;
        }
        if (input->buffer == NULL)
            input->buffer = xreallocarray(NULL, BUFFER, 1);
        n = read(input->fd, input->buffer, BUFFER);
        if (n > 0) {
            input->filled = (size_t)n;
            if (input->most < input->filled)
                input->most = input->filled;
            return true;
        }
        /* EIO: the terminal has hung up. */
        input->ended = n == 0 || (errno != EINTR && errno != EAGAIN);
    }
    return false;
}

static bool
is_waiting(const struct input *input)
{
    struct pollfd ready = { .fd = input->fd, .events = POLLIN };

    return !input->ended && poll(&ready, 1, 0) > 0;
}

/* Appends what has arrived to the buffer. */
static void
fill_up(struct input *input)
{
    ssize_t n;

    if (input->buffer == NULL || input->filled == BUFFER || !is_waiting(input))
        return;
    n = read(input->fd, input->buffer + input->filled, BUFFER - input->filled);
    if (n > 0)
        input->filled += (size_t)n;
    if (input->most < input->filled)
        input->most = input->filled;
}

bool
input_text_follows(struct input *input)
{
    size_t at;

    if (input->at == input->filled)
        fill_up(input);
    for (at = input->at; at < input->filled; at++)
        if (input->buffer[at] != '\t')
            return input->buffer[at] > 0x20 && input->buffer[at] != DELETE;
    return false;
}

int
input_byte(struct input *input)
{
    if (input->at == input->filled && !fill(input))
        return -1;
    return input->buffer[input->at++];
}

bool
input_ready(struct input *input)
{
    return input->at < input->filled || is_waiting(input);
}

/* Is the byte echoed and kept as typed?  Bytes above 127 are UTF-8. */
static bool
is_plain(const struct input *input, unsigned char c)
{
    if (c == '\r' || c == '\n')
        return false;
    return !input->terminal || (c >= 0x20 && c != DELETE) ||
           (c == '\t' && !input->echo);
}

/* Takes the plain bytes that are there. */
static void
take_plain(struct input *input, enum input_mode mode, struct blob *line)
{
    const unsigned char *start;
    size_t n = 0, space = INPUT_MAX_LINE - line->size;

    if (input->at == input->filled)
        return;
    start = input->buffer + input->at;
    while (input->at + n < input->filled && is_plain(input, start[n]))
        n++;
    input->at += n;
    if (n > space) {
        input->too_long = true;
        n = space;
    }
    if (n == 0)
        return;
    input->after_cr = false;
    blob_append(line, start, n);
    if (input->echo && mode != INPUT_HIDDEN)
        fwrite(start, 1, n, input->out);
}

/*
 * After a CR.  From a terminal, an LF belongs to it only if both came at once:
 * a script that sends CR, and LF later, means two lines.
 */
static void
end_line(struct input *input, int c)
{
    if (c != '\r')
        return;
    if (!input->terminal) {
        input->after_cr = true;
    } else if (input_ready(input)) {
        int next = input_byte(input);

        if (next >= 0 && next != '\n')
            input->at--;
    }
}

/* Erases the last character where there is no editor. */
static void
rub_out(struct input *input, enum input_mode mode, struct blob *line)
{
    if (line->size == 0)
        return;
    while (line->size > 1 && (line->data[line->size - 1] & 0xc0) == 0x80)
        line->size--;
    line->data[--line->size] = '\0';
    if (input->echo && mode != INPUT_HIDDEN)
        fputs("\b \b", input->out);
}

static void
rub_out_all(struct input *input, enum input_mode mode, struct blob *line)
{
    while (line->size > 0)
        rub_out(input, mode, line);
}

/* Drops the bytes after ESC that belong to its key, as in ESC [ A (ECMA-48,
   5.4).  They would end up in a password without being seen. */
static void
skip_key(struct input *input)
{
    int c = input_ready(input) ? input_byte(input) : -1;
    bool long_key = c == '[';

    if (c == 'O' || long_key)
        do
            c = input_ready(input) ? input_byte(input) : -1;
        while (long_key && c >= 0x20 && c < 0x40);
    else if (c >= 0)
        c = 0;
    if (c >= 0 && c < 0x20)
        input->at--;
}

/* A key where there is no editor. */
static void
take_key(struct input *input, int c, enum input_mode mode, struct blob *line)
{
    if (c == DELETE || c == '\b')
        rub_out(input, mode, line);
    if (c == CTRL_U)
        rub_out_all(input, mode, line);
    if (c == ESCAPE)
        skip_key(input);
}

/* Hands the line over to the editor, with the key that called for it. */
static enum input_result
edit_line(struct input *input, const char *prompt, struct blob *line)
{
    struct blob edited = { 0 };
    enum input_result result;

    input->at--;
    result = input->edit(input->edit_arg, prompt, line, &edited);
    input->newline = true;
    if (result == INPUT_LINE && input->at > 0)
        end_line(input, input->buffer[input->at - 1]);
    blob_clear(line);
    *line = edited;
    return result;
}

static enum input_result
read_line(struct input *input, const char *prompt, enum input_mode mode,
          struct blob *line)
{
    for (;;) {
        int c;

        take_plain(input, mode, line);
        c = input_byte(input);
        /* Half a line from a terminal that hung up is no command. */
        if (c < 0)
            return line->size > 0 && !input->terminal && !is_told_to_end(input)
                       ? INPUT_LINE
                       : INPUT_END;
        if (c == '\n' && input->after_cr) {
            input->after_cr = false;
            continue;
        }
        input->after_cr = false;
        if (c == '\r' || c == '\n') {
            end_line(input, c);
            return INPUT_LINE;
        }
        if (is_plain(input, (unsigned char)c)) {
            input->at--;
            continue;
        }
        if (c == CTRL_C)
            return INPUT_DROPPED;
        if (c == CTRL_D && line->size == 0)
            return INPUT_END;
        if (mode != INPUT_COMMAND || !input->echo) {
            take_key(input, c, mode, line);
            continue;
        }
        if (input->edit != NULL && c != '\0')
            return edit_line(input, prompt, line);
    }
}

/* The mark at the start of a file would belong to its first command. */
static void
drop_mark(struct input *input, struct blob *line)
{
    size_t mark = utf8_mark((const char *)line->data, line->size);

    if (mark == 0 || input->begun || input->terminal)
        return;
    line->size -= mark;
    memmove(line->data, line->data + mark, line->size + 1); /* and the NUL */
}

enum input_result
input_line(struct input *input, const char *prompt, enum input_mode mode,
           struct blob *line)
{
    enum input_result result;

    set_terminal(input, true);
    fputs(prompt, input->out);
    blob_clear(line);
    blob_append(line, "", 0);
    input->too_long = input->newline = false;
    if (is_told_to_end(input)) {
        input->ended = true;
        input->at = input->filled = 0;
    }
    result = read_line(input, prompt, mode, line);
    drop_mark(input, line);
    input->begun = true;
    if (result == INPUT_LINE && input->too_long)
        result = INPUT_TOO_LONG;
    if (input->show)
        fprintf(input->out, mode == INPUT_HIDDEN ? "{%s}" : "%s",
                (const char *)line->data);
    /* Writes the end of the line, which the terminal does not echo for us;
       without a terminal, too, if the question does not end its line. */
    if (!input->newline && (input->echo || input->show ||
                            (mode != INPUT_COMMAND && prompt[0] != '\0')))
        fputc('\n', input->out);
    got_interrupt = 0;
    set_terminal(input, false);
    return result;
}

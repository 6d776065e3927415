/*
 * Editing, history and completion.  Readline is given a line only when an
 * editing key was pressed, with its own terminal handling switched off: the
 * terminal, the bytes and the signals stay with input.c.  Its callbacks take
 * no argument, hence the one pointer below.
 */
#include "mmp/editor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "mmp/words.h"
#include "pki/xalloc.h"

#define HISTORY_FILE "history"
#define CTRL_C 3

struct editor {
    struct session *session;
    struct input *input;
    bool keeps;   /* the history of all sessions */
    bool started; /* readline has been set up */
    bool dropped; /* Ctrl-C ended the line */
    bool ended;   /* the end of the input did */
    const char *typed;
    char **lines; /* of this session */
    size_t count;
    char **offers; /* of the completion in progress, NULL at the end */
    size_t offer_count, offer_at;
};

static struct editor *current;

struct editor *
editor_new(struct session *session, struct input *input, bool keeps)
{
    struct editor *editor = xcalloc(1, sizeof(*editor));

    editor->session = session;
    editor->input = input;
    editor->keeps = keeps;
    return editor;
}

void
editor_free(struct editor *editor)
{
    size_t i;

    if (editor == NULL)
        return;
    for (i = 0; i < editor->count; i++)
        free(editor->lines[i]);
    free(editor->lines);
    if (editor->started) {
        clear_history();
        current = NULL;
    }
    free(editor);
}

/*
 * History.
 */

/* The lines kept in the store, oldest first; none if they can not be read. */
static void
each_kept(struct store *store, void (*each)(void *arg, char *line), void *arg)
{
    struct blob text = { 0 };
    struct error error;
    char *line, *save = NULL;

    if (store_read(store, STORE_PRIVATE, HISTORY_FILE, &text, &error) == 0)
        for (line = strtok_r((char *)text.data, "\n", &save); line != NULL;
             line = strtok_r(NULL, "\n", &save))
            each(arg, line);
    blob_clear(&text);
}

static void
add_kept(void *arg, char *line)
{
    (void)arg;
    add_history(line);
}

/* Adds a line to an array that holds the newest ones. */
static void
add_line(char ***lines, size_t *count, const char *line)
{
    if (*count == EDITOR_HISTORY) {
        free((*lines)[0]);
        memmove(*lines, *lines + 1, (*count - 1) * sizeof(**lines));
        --*count;
    }
    *lines = xreallocarray(*lines, *count + 1, sizeof(**lines));
    (*lines)[(*count)++] = xstrdup(line);
}

void
editor_remember(struct editor *editor, const char *line)
{
    if (line[0] == '\0' ||
        (editor->count > 0 &&
         strcmp(editor->lines[editor->count - 1], line) == 0))
        return;
    add_line(&editor->lines, &editor->count, line);
    if (editor->started)
        add_history(line);
}

struct kept {
    char **lines;
    size_t count;
};

static void
collect_kept(void *arg, char *line)
{
    struct kept *kept = arg;

    add_line(&kept->lines, &kept->count, line);
}

int
editor_save(struct editor *editor, struct error *error)
{
    struct store *store = editor->session->store;
    struct blob text = { 0 };
    const struct store_change change = { HISTORY_FILE, &text, 0600 };
    struct kept kept = { 0 };
    size_t i, size = 0;
    int r;

    if (!editor->keeps || editor->count == 0)
        return 0;
    if (store_lock(store, error) != 0)
        return -1;
    each_kept(store, collect_kept, &kept);
    for (i = 0; i < editor->count; i++)
        collect_kept(&kept, editor->lines[i]);
    /* The newest that fit. */
    for (i = kept.count; i > 0; i--) {
        size += strlen(kept.lines[i - 1]) + 1;
        if (size > EDITOR_HISTORY_BYTES)
            break;
    }
    for (; i < kept.count; i++) {
        blob_text(&text, kept.lines[i]);
        blob_text(&text, "\n");
    }
    r = store_write(store, STORE_PRIVATE, &change, 1, error);
    store_unlock(store);
    for (i = 0; i < kept.count; i++)
        free(kept.lines[i]);
    free(kept.lines);
    blob_clear(&text);
    return r;
}

/*
 * Completion.
 */

void
editor_complete(struct session *session, const char *line, complete_each *each,
                void *each_arg)
{
    struct words words = { 0 };
    size_t size = strlen(line);
    bool in_word = size > 0 && line[size - 1] != ' ' && line[size - 1] != '\t';

    words_split(line, &words);
    if ((in_word || words.open_quote) && words.count > 0)
        command_complete(session, words.word, words.count - 1,
                         words.word[words.count - 1], each, each_arg);
    else
        command_complete(session, words.word, words.count, "", each, each_arg);
    words_clear(&words);
}

static void
collect_offer(void *arg, const char *text)
{
    struct editor *editor = arg;
    bool quote =
        strchr(text, ' ') != NULL && rl_completion_quote_character == 0;

    editor->offers = xreallocarray(editor->offers, editor->offer_count + 1,
                                   sizeof(*editor->offers));
    editor->offers[editor->offer_count++] =
        quote ? xasprintf("\"%s\"", text) : xstrdup(text);
    /* "CN:" goes on; a whole word is followed by a blank. */
    rl_completion_suppress_append = text[strlen(text) - 1] == ':';
}

/* Readline frees what it is given. */
static char *
next_offer(const char *text, int state)
{
    (void)text;
    (void)state;
    if (current->offer_at == current->offer_count)
        return NULL;
    return current->offers[current->offer_at++];
}

static char **
offer_words(const char *text, int start, int end)
{
    char *line = xstrndup(rl_line_buffer, (size_t)end);
    char **matches;

    (void)start;
    current->offer_at = current->offer_count = 0;
    editor_complete(current->session, line, collect_offer, current);
    matches = rl_completion_matches(text, next_offer);
    free(current->offers);
    current->offers = NULL;
    free(line);
    rl_attempted_completion_over = 1; /* never names of the host's files */
    return matches;
}

/*
 * Readline's hooks.
 */

static int
get_byte(FILE *in)
{
    int c = input_byte(current->input);

    (void)in;
    if (c < 0)
        current->ended = true;
    return c < 0 ? EOF : c;
}

static int
byte_ready(void)
{
    return input_ready(current->input);
}

static void
prepare(int meta)
{
    (void)meta;
    rl_tty_set_echoing(1); /* readline's own set-up would find out */
}

static void
restore(void)
{
}

static int
insert_typed(void)
{
    rl_insert_text(current->typed);
    return 0;
}

static int
drop_line(int count, int key)
{
    (void)count;
    (void)key;
    rl_point = rl_end;
    rl_redisplay();
    current->dropped = true;
    rl_done = 1;
    return 0;
}

/*
 * TAB.  If text follows at once, it was pasted or typed ahead.  Then a TAB that
 * completes nothing is a blank, or two words would become one.
 */
static int
complete_or_part(int count, int key)
{
    bool part = input_text_follows(current->input);
    int end = rl_end, r;

    if (rl_last_func == complete_or_part)
        rl_last_func = rl_complete; /* readline asks for it: the second TAB
                                       lists */
    r = rl_complete(count, key);
    if (part && rl_end == end && rl_point > 0 &&
        rl_line_buffer[rl_point - 1] != ' ')
        rl_insert_text(" ");
    return r;
}

static void
start(struct editor *editor)
{
    size_t i;

    current = editor;
    rl_readline_name = "mmp";
    rl_outstream = editor->session->out;
    rl_catch_signals = 0;
    rl_getc_function = get_byte;
    rl_input_available_hook = byte_ready;
    rl_prep_term_function = prepare;
    rl_deprep_term_function = restore;
    rl_startup_hook = insert_typed;
    rl_attempted_completion_function = offer_words;
    rl_completer_word_break_characters = " \t";
    rl_completer_quote_characters = "\"";
    rl_initialize();
    rl_bind_key(CTRL_C, drop_line);
    rl_bind_key('\t', complete_or_part);
    /* Otherwise a half-edited line would stay in the history. */
    rl_variable_bind("revert-all-at-newline", "on");
    /* Its pager and its question before a long list would answer neither
       Ctrl-C nor Ctrl-D. */
    rl_variable_bind("page-completions", "off");
    rl_variable_bind("completion-query-items", "0");
    stifle_history(EDITOR_HISTORY);
    if (editor->keeps)
        each_kept(editor->session->store, add_kept, NULL);
    for (i = 0; i < editor->count; i++)
        add_history(editor->lines[i]);
    editor->started = true;
}

/* Goes back to where the prompt began, since readline draws the line anew
   from there; if the terminal can not go up, only to the start of the last
   row. */
static void
rewind_cursor(struct editor *editor, const char *prompt,
              const struct blob *typed)
{
    FILE *out = editor->session->out;
    size_t used = strlen(prompt), rows = 0, i;
    struct winsize window = { 0 };

    for (i = 0; i < typed->size; i++)
        used += (typed->data[i] & 0xc0) != 0x80;
    if (ioctl(fileno(out), TIOCGWINSZ, &window) == 0 && window.ws_col > 0 &&
        used > 0)
        rows = (used - 1) / window.ws_col;
    if (rows > 0 && rl_get_termcap("up") != NULL)
        fprintf(out, "\033[%zuA", rows);
    fputc('\r', out);
}

/*
 * Readline takes the character set from the environment, anew for each line,
 * and sshd passes on none.  It is UTF-8, whatever the user's is; what the
 * console starts inherits the user's.  Returns what was there, or NULL.
 */
static char *
begin_utf8(void)
{
    const char *given = getenv("LC_ALL");
    char *before = given != NULL ? xstrdup(given) : NULL;

    setenv("LC_ALL", "C.UTF-8", 1);
    return before;
}

static void
end_utf8(char *before)
{
    if (before != NULL)
        setenv("LC_ALL", before, 1);
    else
        unsetenv("LC_ALL");
    free(before);
}

enum input_result
editor_edit(void *arg, const char *prompt, const struct blob *typed,
            struct blob *line)
{
    struct editor *editor = arg;
    char *before = begin_utf8(), *text;

    if (!editor->started)
        start(editor);
    rl_reset_screen_size(); /* the window may be another by now */
    rewind_cursor(editor, prompt, typed);
    editor->dropped = editor->ended = false;
    editor->typed = (const char *)typed->data;
    text = readline(prompt);
    end_utf8(before);
    /* Readline writes the end of the line only if the line was accepted. */
    if (text == NULL || editor->dropped)
        fputc('\n', editor->session->out);
    if (text != NULL)
        blob_text(line, text);
    free(text);
    if (text == NULL || editor->ended)
        return INPUT_END;
    return editor->dropped ? INPUT_DROPPED : INPUT_LINE;
}

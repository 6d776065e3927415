/*
 * From a line to a command, and from a failure to words.
 */
#include "mmp/shell.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/apart.h"
#include "mmp/dialect.h"
#include "mmp/hints.h"
#include "mmp/login.h"
#include "mmp/print.h"
#include "mmp/walls.h"
#include "mmp/words.h"
#include "pki/xalloc.h"

/* The first words of all commands, each once. */
static void
show_names(struct session *session)
{
    const struct command *command;
    const char *before = "";
    size_t before_size = 0, at = 0;

    while ((command = command_next(session, &at)) != NULL) {
        size_t size = strcspn(command->usage, " ");

        if (size != before_size || memcmp(command->usage, before, size) != 0)
            fprintf(session->out, "%.*s\n", (int)size, command->usage);
        before = command->usage;
        before_size = size;
    }
}

static void
show_usage(struct session *session, char *const *words, size_t count)
{
    const struct command *command;
    size_t at = 0;

    while ((command = command_next(session, &at)) != NULL)
        if (command_begins(command, words, count))
            say_text(session, command_usage(command));
}

static void
refuse(struct session *session, enum phrase_id why, const char *word)
{
    const char *const values[4] = { word };
    struct blob text = { 0 };

    phrase_fill(&session->dialect->phrases[why], values, &text);
    say_refusal(session, &text);
    blob_clear(&text);
}

/* As one line of JSON. */
static void
refuse_with_usage(struct session *session, char *const *words, size_t count)
{
    const struct command *command;
    struct blob text = { 0 };
    size_t at = 0;

    while ((command = command_next(session, &at)) != NULL) {
        if (!command_begins(command, words, count))
            continue;
        blob_text(&text, text.size == 0 ? "usage: " : " | ");
        blob_text(&text, command_usage(command));
    }
    say_refusal(session, &text);
    blob_clear(&text);
}

/* The words are no command: prints the usage of those they might become. */
static void
refuse_words(struct session *session, char *const *words, size_t count)
{
    size_t known = command_known(session, words, count);

    if (known == 0)
        refuse(session, SAY_UNKNOWN_COMMAND,
               words[0][0] != '\0' ? words[0] : "\"\"");
    else if (session->json)
        refuse_with_usage(session, words, known);
    else
        show_usage(session, words, known);
}

int
shell_help(struct session *session, char *const *words, size_t count)
{
    if (count == 0) {
        show_names(session);
        return 0;
    }
    if (command_known(session, words, count) < count) {
        refuse_words(session, words, count);
        return -1;
    }
    show_usage(session, words, count);
    return 0;
}

static void
note(struct session *session, const struct command *command, char **words,
     size_t count, enum phrase_id verdict)
{
    struct blob text = { 0 };

    if (session->login == NULL)
        return;
    command_record(session, command, words, count, &text);
    login_note(session, "cli", (const char *)text.data, verdict);
    blob_clear(&text);
}

/* Noted before it is run, because it may never end. */
static int
permit(struct call *call, char **words, size_t count, struct error *error)
{
    int r = login_check(call->session, call->command->roles, error);

    call->session->roles = call->command->roles;
    note(call->session, call->command, words, count,
         r == 0 ? SAY_GRANTED : SAY_DENIED);
    return r;
}

/* A command and its result. */
struct running {
    char **words;
    size_t count;
    struct call call;
    struct error error;
};

/* Ctrl-C ends a process that works apart. */
static void
say_why(struct session *session, struct error *error)
{
    if (error->code == E_ENDED && session->interrupted(session))
        fail(error, E_CANCELLED, NULL);
    say_failure(session, error);
}

static int
run_handler(struct call *call, struct error *error)
{
    const struct command *command = call->command;

    if (!command->changes)
        return command->run(call, error);
    if (session_begin(call->session, error) != 0)
        return -1;
    if (command->run(call, error) == 0)
        return session_commit(call->session, error);
    session_abort(call->session);
    return -1;
}

static int
run_and_say(struct session *session, struct running *running)
{
    int r = run_handler(&running->call, &running->error);

    if (r != 0)
        say_why(session, &running->error);
    else /* the first attempt has left its reason */
        running->error.code = E_NONE;
    return r;
}

/* Hints about foreign files are found only where nothing can be changed. */
static int
say_more(struct session *session, void *arg)
{
    struct running *running = arg;

    (void)session;
    find_hints(&running->call, &running->error);
    return 0;
}

/* Typed words are no foreign file. */
static void
say_spelling(struct session *session, char **words, size_t count,
             const struct error *error)
{
    struct hints hints = { 0 };

    if (!session->hints)
        return;
    if (error != NULL)
        hint_typed(words, count, error, &hints);
    else
        hint_spelling(session, words, count, &hints);
    say_hints(session, &hints);
    hints_clear(&hints);
}

static int
run_confined(struct session *session, void *arg)
{
    struct running *running = arg;
    int r = run_and_say(session, running);

    if (session->hints && session->confined) {
        say_more(session, arg);
        if (r != 0)
            say_spelling(session, running->words, running->count,
                         &running->error);
        running->error.code = E_NONE; /* that is said */
    }
    sk_X509_pop_free(running->call.read, X509_free);
    running->call.read = NULL;
    return r;
}

static int
run_reading(struct session *session, struct running *running)
{
    struct error error;
    int r = run_apart(session, APART_LAST | APART_DUE, run_confined, running,
                      &error);

    if (r != 0 && error.code != E_NONE)
        say_why(session, &error);
    return r;
}

static int
run_command(struct session *session, struct running *running)
{
    struct error ignored;
    int r;

    session->status = 0;
    if (!session->alone) /* a process may have died since the last command */
        store_settle(session->store, &ignored);
    if (session->alone &&
        walls_enter(session, running->call.command, &running->error) != 0) {
        say_failure(session, &running->error);
        return -1;
    }
    if (running->call.command->reads)
        return run_reading(session, running);
    r = run_and_say(session, running);
    if (!say_hints_of(&running->call, r) && session->hints &&
        running->call.command->hint != NULL)
        run_apart(session, APART_LAST, say_more, running, &ignored);
    return r;
}

static bool
asks_for_help(char *const *words, size_t count)
{
    return count > 0 && strcmp(words[count - 1], "?") == 0;
}

static int
run_words(struct session *session, char **words, size_t count)
{
    struct running running = { .words = words, .count = count };
    int r;

    if (count == 0)
        return 0;
    if (asks_for_help(words, count))
        return shell_help(session, words, count - 1);
    r = command_match(session, words, count, &running.call, &running.error);
    if (r == 0)
        r = permit(&running.call, words, count, &running.error);
    else
        note(session, NULL, words, count, SAY_UNKNOWN);
    if (r > 0) {
        refuse_words(session, words, count);
        say_spelling(session, words, count, NULL);
        return -1;
    }
    if (r < 0)
        say_failure(session, &running.error);
    else
        r = run_command(session, &running);
    if (r != 0)
        say_spelling(session, words, count, &running.error);
    return r;
}

int
shell_line(struct session *session, const char *line)
{
    struct words words;
    int r;

    words_split(line, &words);
    if (words.open_quote) {
        refuse(session, SAY_OPEN_QUOTE, NULL);
        r = -1;
    } else {
        r = run_words(session, words.word, words.count);
    }
    words_clear(&words);
    return r;
}

/*
 * A line that may hold a secret is left out of the history.  With a mask in its
 * place, the line would come back and set the mask as the password.
 */
static void
remember(struct shell *shell, const char *line)
{
    struct words words;

    words_split(line, &words);
    if (command_is_open(shell->session, words.word,
                        words.count - asks_for_help(words.word, words.count)))
        editor_remember(shell->editor, line);
    words_clear(&words);
}

/* One line as it was read.  A NUL byte would hide what follows it. */
static int
run_line(struct shell *shell, struct blob *line)
{
    size_t i;

    for (i = 0; i < line->size; i++)
        if (line->data[i] == '\0')
            line->data[i] = '?';
    if (shell->editor != NULL)
        remember(shell, (const char *)line->data);
    return shell_line(shell->session, (const char *)line->data);
}

/* What a file of testdata/transcripts/ begins with. */
static void
begin_record(struct shell *shell)
{
    struct session *session = shell->session;

    fprintf(session->out,
            "# Source: guess; recorded from openmmp as release %s\n"
            "# Hostname: %s\n"
            "%s",
            session->dialect->name, session_hostname(session),
            session->hints ? "# Diagnostics: on\n" : "");
    input_show(shell->input);
}

int
shell_run(struct shell *shell)
{
    struct session *session = shell->session;
    bool prompts =
        input_is_terminal(shell->input) || !shell->quiet || shell->record;
    char *prompt = prompts ? xasprintf("%s%s", session_hostname(session),
                                       session->dialect->prompt_end)
                           : xstrdup("");
    struct blob line = { 0 };
    int r = 0;

    if (shell->record)
        begin_record(shell);
    if (shell->editor != NULL)
        input_set_editor(shell->input, editor_edit, shell->editor);
    while (!session->over && (r == 0 || !shell->strict)) {
        enum input_result got =
            input_line(shell->input, prompt, INPUT_COMMAND, &line);

        if (got == INPUT_END)
            break;
        r = 0;
        if (got == INPUT_LINE)
            r = run_line(shell, &line);
        if (got == INPUT_TOO_LONG) {
            refuse(session, SAY_LINE_TOO_LONG, NULL);
            r = -1;
        }
    }
    blob_clear(&line);
    free(prompt);
    return shell->strict ? r : 0;
}

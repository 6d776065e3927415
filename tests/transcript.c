/*
 * Plays console sessions: testdata/transcripts/RELEASE/TOPIC.txt.
 *
 *     transcript [--update] RELEASE FILE...
 *     transcript --commands RELEASE FILE...
 *
 * A file is what a terminal shows.  Lines that begin with the prompt are
 * typed, the lines up to the next prompt must come back.  A line that begins
 * with # is for the reader, and these for the player:
 *
 *     # Source: ...      where what follows is from, or guess; obligatory
 *     # Hostname: name   the host's name, before the first prompt
 *     # Files: a b=c     files of testdata/pki that were uploaded before; b
 *                        under the name c
 *     # Diagnostics: on          hints follow, and what is ours is there
 *     # Interface: a 192.0.2.1
 *     # Port offset: 10000     of ports below 1024
 *     # Name: webadmin cms.example.com     it is reached so, as mmp.cfg says
 *     # Failed: webadmin          it runs no more, its files have changed
 *     # Unstartable: webadmin why     it can not be started from here on
 *     # User: name         who types from here on; at first admin
 *     # Ctrl-C             is pressed during the next command
 *     # Days later: 11               than TEST_NOW
 *     # Database: succeeds            so do its steps, from here on; or
 *     # Database: goes on             or, also of what goes on now,
 *     # Database: fails schema        one of the failures[] below
 *     # Nodes: 192.0.2.1 primary, 192.0.2.2 me     of its cluster; each may be
 *                        me, primary, behind, lost
 *     # Only the player: why    can play the rest; see scripts/conformance
 *
 * In an expected line {*} stands for any text and {dots} for one or more
 * dots, and so does a line of nothing but dots; a line {...} for any lines.  An
 * answer to a question stands behind it, or below it where it is a line of its
 * own, a hidden one in braces.  Blank lines
 * before a prompt are for the reader.
 *
 * --update rewrites the expected lines that differ; --commands prints the
 * usage line of each command that is typed.
 *
 * All is played with the planted parser: a session fails whose command takes
 * foreign bytes apart where it could write.  As a session types each command
 * (scripts/transcripts --missing), none is left out.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "mmp/login.h"
#include "mmp/options.h"
#include "mmp/print.h"
#include "mmp/session.h"
#include "mmp/shell.h"
#include "mmp/words.h"
#include "pki/xalloc.h"
#include "services/database.h"
#include "services/scope.h"
#include "tests/planted.h"
#include "tests/support.h"

/* A service that a command has started, or tried to: none really runs. */
struct double_unit {
    char *name;
    struct unit_status status;
    char *refusal; /* NULL: it can be started */
};

struct player {
    const char *path;
    char **lines; /* of the file, without their ends */
    size_t count, at;
    bool update, commands;
    bool sourced; /* a Source line has been seen */
    int failures;
    struct blob updated; /* the file as --update writes it */
    struct scratch *scratch;
    struct options options;
    struct session session;
    struct login login;
    bool interrupt; /* the command in play */
    struct double_unit units[16];
    size_t unit_count;
    int days;                        /* later than TEST_NOW */
    struct database_status database; /* its record is in the store */
    enum database_outcome database_ends;
    struct error database_why;
    char *output; /* of the command in play */
    size_t output_size;
};

static time_t
fixed_clock(struct session *session)
{
    const struct player *player = session->io;

    return TEST_NOW + (time_t)player->days * 86400;
}

static bool
interrupted(struct session *session)
{
    const struct player *player = session->io;

    return player->interrupt;
}

static struct double_unit *
unit_of(struct player *player, const char *name)
{
    struct double_unit *unit;
    size_t i;

    for (i = 0; i < player->unit_count; i++)
        if (strcmp(player->units[i].name, name) == 0)
            return &player->units[i];
    if (i == sizeof(player->units) / sizeof(player->units[0]))
        abort();
    unit = &player->units[player->unit_count++];
    unit->name = xstrdup(name);
    return unit;
}

static void
start_enabled(struct player *player, struct settings *settings)
{
    const struct dialect *dialect = player->session.dialect;
    struct scope scope;
    size_t at = 0;

    while (
        scope_next(settings, dialect->catalog, dialect->release, &at, &scope)) {
        char *name = scope_name(&scope);

        if (scope_enabled(&scope) && scope.service->listeners != NULL)
            unit_of(player, name)->status.state = UNIT_RUNNING;
        free(name);
    }
}

static int
control(struct session *session, enum control what, const char *service,
        struct error *error)
{
    struct player *player = session->io;
    struct double_unit *unit;
    size_t i;

    if (what == CONTROL_END || what == CONTROL_REBOOT) {
        for (i = 0; i < player->unit_count; i++)
            player->units[i].status = (struct unit_status){ 0 };
        if (what == CONTROL_END)
            return 0;
        if (session_reload(session, error) != 0)
            return -1;
        start_enabled(player, session->settings);
        return 0;
    }
    unit = unit_of(player, service);
    if (what != CONTROL_STOP && unit->refusal != NULL)
        return fail_detail(error, E_LISTEN, service, unit->refusal);
    unit->status =
        (struct unit_status){ .state = what == CONTROL_STOP ? UNIT_STOPPED
                                                            : UNIT_RUNNING };
    return 0;
}

static int
state(struct session *session, const char *service, struct unit_status *ret,
      struct error *error)
{
    (void)error;
    *ret = unit_of(session->io, service)->status;
    return 0;
}

/*
 * The database cluster: what a supervisor would have made of its steps.
 */

static int
save_outcome(struct player *player, struct database_record *record,
             struct error *error)
{
    record->outcome = player->database_ends;
    record->why = player->database_why;
    if (record->outcome == DATABASE_SUCCESS) {
        record->role = record->last == DATABASE_REMOVE    ? DATABASE_NONE
                       : record->last == DATABASE_CONNECT ? DATABASE_CLIENT
                                                          : DATABASE_MEMBER;
    }
    return database_save(player->scratch->store, record, error);
}

static int
database(struct session *session, enum database_action action, const char *host,
         struct error *error)
{
    struct player *player = session->io;
    struct database_record record;

    if (database_load(session->store, &record, error) != 0)
        return -1;
    record.last = action;
    snprintf(record.argument, sizeof(record.argument), "%s",
             host != NULL ? host : "");
    if (action != DATABASE_CLEAR_ERROR)
        return save_outcome(player, &record, error);
    record.outcome = DATABASE_SUCCESS;
    record.why = (struct error){ 0 };
    return database_save(session->store, &record, error);
}

static int
database_status(struct session *session, struct database_status *ret,
                struct error *error)
{
    struct player *player = session->io;

    *ret = player->database;
    return database_load(session->store, &ret->record, error);
}

/* Database: what becomes of the steps that follow, and of one that goes on. */
static bool
read_database(struct player *player, const char *text)
{
    static const struct {
        const char *word;
        enum database_outcome outcome;
        struct error why;
    } ends[] = {
        { "succeeds", DATABASE_SUCCESS, { E_NONE } },
        { "goes on", DATABASE_IN_PROGRESS, { E_NONE } },
        { "fails schema", DATABASE_FAILED, { E_SCHEMA } },
        { "fails unreachable",
          DATABASE_FAILED,
          { E_UNREACHABLE, 0, "10.48.54.75", "", "Connection refused" } },
        { "fails full",
          DATABASE_FAILED,
          { E_CLUSTER_FULL, 0, "10.48.54.75", "5", "" } },
    };
    struct database_record record;
    struct error error;
    size_t i = 0;

    while (strcmp(text, ends[i].word) != 0)
        if (++i == sizeof(ends) / sizeof(ends[0]))
            return false;
    player->database_ends = ends[i].outcome;
    player->database_why = ends[i].why;
    if (database_load(player->scratch->store, &record, &error) != 0)
        return false;
    return record.outcome != DATABASE_IN_PROGRESS ||
           save_outcome(player, &record, &error) == 0;
}

/* Nodes: separated by commas, each with words about it. */
static void
read_nodes(struct player *player, const char *text)
{
    struct database_status *status = &player->database;
    char *copy = xstrdup(text), *save = NULL, *item;

    *status = (struct database_status){ 0 };
    for (item = strtok_r(copy, ",", &save); item != NULL;
         item = strtok_r(NULL, ",", &save)) {
        struct database_node *node = &status->nodes[status->count++];
        char *words = item + strspn(item, " "), *word;

        word = strsep(&words, " ");
        snprintf(node->address, sizeof(node->address), "%s", word);
        node->connected = node->in_sync = true;
        while ((word = strsep(&words, " ")) != NULL) {
            node->me |= strcmp(word, "me") == 0;
            node->primary |= strcmp(word, "primary") == 0;
            node->in_sync &= strcmp(word, "behind") != 0;
            node->connected &= strcmp(word, "lost") != 0;
        }
        if (node->primary)
            strcpy(status->in_use, node->address);
    }
    free(copy);
}

static void
complain(struct player *player, size_t line, const char *what, const char *text)
{
    printf("%s:%zu: %s: %s\n", player->path, line + 1, what, text);
    player->failures++;
}

static void
keep(struct player *player, const char *line)
{
    blob_text(&player->updated, line);
    blob_text(&player->updated, "\n");
}

static bool
begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* Does the text fit the pattern of an expected line? */
static bool
fits(const char *pattern, const char *text)
{
    for (; *pattern != '\0'; pattern++, text++) {
        if (begins(pattern, "{*}")) {
            do {
                if (fits(pattern + 3, text))
                    return true;
            } while (*text++ != '\0');
            return false;
        }
        if (begins(pattern, "{dots}")) {
            size_t n = strspn(text, ".");

            return n > 0 && fits(pattern + 6, text + n);
        }
        if (*pattern != *text)
            return false;
    }
    return *text == '\0';
}

/* What a key search shows; its length is chance. */
static bool
is_dots(const char *line)
{
    return line[0] == '.' && line[strspn(line, ".")] == '\0';
}

static bool
all_fit(char **patterns, size_t count, char **lines, size_t n)
{
    size_t skip;

    if (count == 0)
        return n == 0;
    if (strcmp(patterns[0], "{...}") == 0) {
        for (skip = 0; skip <= n; skip++)
            if (all_fit(patterns + 1, count - 1, lines + skip, n - skip))
                return true;
        return false;
    }
    return n > 0 &&
           (fits(patterns[0], lines[0]) ||
            (is_dots(patterns[0]) && is_dots(lines[0]))) &&
           all_fit(patterns + 1, count - 1, lines + 1, n - 1);
}

static char **
split_lines(char *text, size_t *count)
{
    char **lines = xcalloc(1, sizeof(*lines));
    size_t n = 0;

    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        bool last = text[size] == '\0';

        lines = xreallocarray(lines, n + 2, sizeof(*lines));
        lines[n++] = text;
        text[size] = '\0';
        text += size + !last;
    }
    *count = n;
    return lines;
}

static void
begin_session(struct player *player, const char *release)
{
    struct session *session = &player->session;

    session->dialect = dialect_find(release);
    session->options = &player->options;
    session->store = player->scratch->store;
    session->clock = fixed_clock;
    session->interrupted = interrupted;
    session->io = player;
    session->control = control;
    session->state = state;
    session->login = &player->login;
    session->database = database;
    session->database_status = database_status;
    session->over = false;
    settings_free(session->settings);
    session->settings = NULL;
}

/*
 * A question: the file's next line must show it, with the answer behind it.
 * What the command has said before must stand before it, as usual; an answer
 * without a question stands behind that.
 */
static int
ask(struct session *session, const char *prompt, bool hidden,
    struct blob *answer, struct error *error)
{
    struct player *player = session->io;
    size_t at = player->at, i;
    const char *typed;

    fflush(session->out);
    for (i = 0; prompt[0] == '\0' && i < player->output_size; i++)
        at += player->output[i] == '\n';
    while (at < player->count && !begins(player->lines[at], prompt))
        at++;
    if (at == player->count) {
        complain(player, player->at, "not expected", prompt);
        return fail_pair(error, E_CANCELLED, NULL, NULL);
    }
    typed = player->lines[at] + strlen(prompt);
    fprintf(session->out, "%s\n", player->lines[at]);
    if (hidden && typed[0] == '{')
        blob_append(answer, typed + 1, strlen(typed) - 2);
    else
        blob_text(answer, typed);
    return 0;
}

static void
print_command(struct player *player, const char *typed)
{
    struct words words;
    struct error error;
    struct call call;

    words_split(typed, &words);
    if (words.count > 0 && command_match(&player->session, words.word,
                                         words.count, &call, &error) == 0)
        puts(command_usage(call.command));
    words_clear(&words);
}

/* Types one line and compares what comes back. */
static void
play_line(struct player *player, const char *typed)
{
    struct session *session = &player->session;
    size_t typed_at = player->at++, expected, n;
    char *prompt = xasprintf("%s%s", session_hostname(session),
                             session->dialect->prompt_end);
    char **got, **want = player->lines + player->at;
    size_t written = planted_written();
    unsigned long left;

    session->out = open_memstream(&player->output, &player->output_size);
    shell_line(session, typed);
    fclose(session->out);
    player->interrupt = false;
    if (planted_written() != written)
        complain(player, typed_at, "could write when it read", typed);
    left = ERR_peek_error();
    if (left != 0)
        complain(player, typed_at, "left in OpenSSL's queue",
                 ERR_reason_error_string(left));
    ERR_clear_error();

    if (session->over) {
        free(prompt);
        begin_session(player, session->dialect->name);
        prompt = xasprintf("%s%s", session_hostname(session),
                           session->dialect->prompt_end);
    }
    expected = 0;
    while (player->at < player->count &&
           !begins(player->lines[player->at], prompt) &&
           player->lines[player->at][0] != '#') {
        player->at++;
        expected++;
    }
    while (expected > 0 && want[expected - 1][0] == '\0')
        expected--;

    got = split_lines(player->output, &n);
    if (all_fit(want, expected, got, n)) {
        size_t i;

        for (i = 0; i < expected; i++)
            keep(player, want[i]);
    } else {
        size_t i;

        complain(player, typed_at, "typed", typed);
        for (i = 0; i < expected; i++)
            printf("    - %s\n", want[i]);
        for (i = 0; i < n; i++) {
            printf("    + %s\n", got[i]);
            keep(player, got[i]);
        }
    }
    free(got);
    free(player->output);
    free(prompt);
    while (want + expected < player->lines + player->at) {
        keep(player, want[expected]);
        expected++;
    }
}

/* Files: what a line uploads, under its own name or another. */
static void
upload(struct player *player, const char *files)
{
    char *copy = xstrdup(files), *save = NULL, *name;

    for (name = strtok_r(copy, " ", &save); name != NULL;
         name = strtok_r(NULL, " ", &save)) {
        char *as = strchr(name, '=');

        if (as != NULL)
            *as++ = '\0';
        fixture_store_as(player->scratch->store, name, as != NULL ? as : name);
    }
    free(copy);
}

/* Failed and Unstartable: a service, and why. */
static struct double_unit *
read_unit(struct player *player, const char *text, const char **why)
{
    size_t size = strcspn(text, " ");
    char *name = xstrndup(text, size);
    struct double_unit *unit = unit_of(player, name);

    free(name);
    *why = text[size] == ' ' ? text + size + 1 : "";
    return unit;
}

/* Name: as a key of mmp.cfg. */
static void
state_name(struct player *player, const char *text)
{
    const char *host = strchr(text, ' ');
    struct options *options = &player->options;

    if (host == NULL) {
        complain(player, player->at, "not understood", text);
        return;
    }
    options->names = xreallocarray(options->names, options->name_count + 1,
                                   sizeof(*options->names));
    options->names[options->name_count++] =
        (struct stated_name){ xstrndup(text, (size_t)(host - text)),
                              xstrdup(host + 1) };
}

static void
read_directive(struct player *player, const char *line)
{
    struct double_unit *unit;
    const char *why;

    if (begins(line, "# Source: "))
        player->sourced = true;
    if (begins(line, "# Hostname: ")) {
        free(player->options.hostname);
        player->options.hostname = xstrdup(line + strlen("# Hostname: "));
    }
    if (begins(line, "# Files: "))
        upload(player, line + strlen("# Files: "));
    if (begins(line, "# Diagnostics: "))
        player->session.hints = strcmp(line, "# Diagnostics: on") == 0;
    if (begins(line, "# Interface: a ")) {
        free(player->options.interfaces.a);
        player->options.interfaces.a =
            xstrdup(line + strlen("# Interface: a "));
    }
    if (begins(line, "# Port offset: "))
        player->options.port_offset =
            (unsigned)atoi(line + strlen("# Port offset: "));
    if (begins(line, "# Name: "))
        state_name(player, line + strlen("# Name: "));
    if (begins(line, "# Failed: ")) {
        unit = read_unit(player, line + strlen("# Failed: "), &why);
        unit->status.state = UNIT_FAILED;
        fail_pair(&unit->status.why, E_MISMATCH_CERT, unit->name, NULL);
    }
    if (begins(line, "# User: ")) {
        free(player->login.user);
        player->login.user = xstrdup(line + strlen("# User: "));
        login_enforce(&player->login, player->scratch->store);
    }
    if (strcmp(line, "# Ctrl-C") == 0)
        player->interrupt = true;
    if (begins(line, "# Days later: "))
        player->days = atoi(line + strlen("# Days later: "));
    if (begins(line, "# Database: ") &&
        !read_database(player, line + strlen("# Database: ")))
        complain(player, player->at, "not understood", line);
    if (begins(line, "# Nodes: "))
        read_nodes(player, line + strlen("# Nodes: "));
    if (begins(line, "# Unstartable: ")) {
        unit = read_unit(player, line + strlen("# Unstartable: "), &why);
        free(unit->refusal);
        unit->refusal = xstrdup(why);
    }
}

static void
play_lines(struct player *player)
{
    while (player->at < player->count) {
        const char *line = player->lines[player->at];
        char *prompt = xasprintf("%s%s", session_hostname(&player->session),
                                 player->session.dialect->prompt_end);

        keep(player, line);
        if (line[0] == '#') {
            read_directive(player, line);
            player->at++;
        } else if (begins(line, prompt)) {
            if (!player->sourced)
                complain(player, player->at, "no Source line before", line);
            if (player->commands) {
                print_command(player, line + strlen(prompt));
                player->at++;
            } else {
                play_line(player, line + strlen(prompt));
            }
        } else {
            if (line[0] != '\0' && !player->commands)
                complain(player, player->at, "nothing typed before", line);
            player->at++;
        }
        free(prompt);
    }
}

static int
play_file(const char *release, const char *path, bool update, bool commands)
{
    struct player player = { .path = path,
                             .update = update,
                             .commands = commands };
    struct blob text = { 0 };
    void *state = NULL;
    FILE *file = fopen(path, "r");
    char buffer[4096];
    size_t n;

    if (file == NULL || scratch_setup(&state) != 0) {
        perror(path);
        return 1;
    }
    while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
        blob_append(&text, buffer, n);
    fclose(file);
    blob_text(&text, "");
    player.scratch = state;
    planted_begin(player.scratch->path);
    player.lines = split_lines((char *)text.data, &player.count);
    options_defaults(&player.options);
    player.options.port_offset = 0; /* whoever runs the tests */
    player.session.ask = ask;
    player.login = (struct login){ .user = xstrdup("admin"),
                                   .from = xstrdup("192.0.2.7:50022") };
    login_enforce(&player.login, player.scratch->store);
    player.database_ends = DATABASE_SUCCESS;
    begin_session(&player, release);
    play_lines(&player);
    if (update && player.failures > 0 && (file = fopen(path, "w")) != NULL) {
        fwrite(player.updated.data, 1, player.updated.size, file);
        fclose(file);
    }
    session_clear(&player.session);
    while (player.unit_count > 0) {
        struct double_unit *unit = &player.units[--player.unit_count];

        free(unit->refusal);
        free(unit->name);
    }
    options_clear(&player.options);
    login_clear(&player.login);
    free(player.lines);
    blob_clear(&player.updated);
    blob_clear(&text);
    scratch_teardown(&state);
    return player.failures > 0;
}

int
main(int argc, char **argv)
{
    bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
    bool commands = argc > 1 && strcmp(argv[1], "--commands") == 0;
    int i = 1 + (update || commands), failed = 0;

    if (argc < i + 2 || dialect_find(argv[i]) == NULL) {
        fputs("usage: transcript [--update | --commands] RELEASE FILE...\n",
              stderr);
        return 2;
    }
    for (int f = i + 1; f < argc; f++)
        failed += play_file(argv[i], argv[f], update, commands);
    return failed > 0;
}

/*
 * Walks the tables of a release: commands, phrases, failures, kinds, words of
 * the cluster, and the services' facts, checks and verdicts.
 */
#include "mmp/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/print.h"
#include "mmp/words.h"
#include "pki/xalloc.h"

struct walk {
    struct session *session;
    evidence_each *each;
    void *arg;
};

/* A line that was SEEN only in another release counts for less in this one. */
static void
tell(const struct walk *walk, enum evidence_kind kind, enum evidence evidence,
     const char *commands, const char *text, unsigned source)
{
    unsigned release = walk->session->dialect->release;
    bool elsewhere = evidence == SEEN && !source_covers(source, release);
    const struct evidence_row row = {
        .kind = kind,
        .evidence = elsewhere ? RECALL : evidence,
        .commands = commands != NULL ? commands : "",
        .text = text,
        .source = elsewhere ? 0 : source,
    };

    walk->each(walk->arg, &row);
}

static void
walk_commands(const struct walk *walk)
{
    const struct command *command;
    size_t at = 0;

    while ((command = command_next(walk->session, &at)) != NULL)
        tell(walk, EVIDENCE_COMMAND, command->evidence, command->usage,
             command_usage(command), command->source);
}

/* Is one the other, or does it begin with it and go on with a blank? */
static bool
begins(const char *text, size_t size, const char *with, size_t with_size)
{
    return with_size <= size && memcmp(text, with, with_size) == 0 &&
           (with_size == size || with_size == 0 || text[with_size] == ' ');
}

/* Has the release one of these commands?  NULL is any. */
static bool
is_said(const struct walk *walk, const char *commands)
{
    const char *at = commands;

    while (at != NULL && *at != '\0') {
        size_t size = strcspn(at, ".,"), next = 0;
        const struct command *command;

        while ((command = command_next(walk->session, &next)) != NULL)
            if (begins(command->usage, strlen(command->usage), at, size))
                return true;
        at += size + strspn(at + size, "., ");
    }
    return commands == NULL;
}

static void
walk_phrases(const struct walk *walk)
{
    const struct dialect *dialect = walk->session->dialect;
    size_t i;

    for (i = 0; i < PHRASES; i++) {
        const struct phrase *phrase = &dialect->phrases[i];

        enum evidence_kind kind =
            i < ASK_PASSWORD ? EVIDENCE_LINE : EVIDENCE_QUESTION;

        if (is_said(walk, phrase->commands))
            tell(walk, kind, phrase->evidence, phrase->commands, phrase->text,
                 phrase->source);
        if (phrase->also != NULL)
            tell(walk, kind, GUESS, phrase->also, phrase->text, 0);
    }
    for (i = E_NONE + 1; i < E_CODES; i++)
        tell(walk, EVIDENCE_LINE, dialect->failures[i].evidence, NULL,
             dialect->failures[i].text, dialect->failures[i].source);
    for (i = CLUSTER_NO_WORD + 1; i < CLUSTER_WORDS; i++)
        tell(walk, EVIDENCE_LINE, dialect->cluster[i].evidence,
             dialect->cluster[i].commands, dialect->cluster[i].text,
             dialect->cluster[i].source);
    for (i = 0; i < INSPECT_KINDS; i++)
        tell(walk, EVIDENCE_LINE, dialect->kinds[i].evidence, "pki inspect",
             dialect->kinds[i].text, dialect->kinds[i].source);
}

/* The line of a phrase with words in place of its %1: "SUCCESS: %1". */
static void
tell_about(const struct walk *walk, enum phrase_id id, const char *words,
           enum evidence evidence, const char *commands, unsigned source)
{
    const char *const values[4] = { words };
    struct blob text = { 0 };

    phrase_fill(&walk->session->dialect->phrases[id], values, &text);
    tell(walk, EVIDENCE_LINE, evidence, commands, (const char *)text.data,
         source);
    blob_clear(&text);
}

/* May a display lack it? */
static bool
is_optional(const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_OPTIONAL:
    case FACT_EACH:
        return true;
    case FACT_FLAG:
        return false;
    default: /* a condition */
        return fact->keys != NULL && strchr(fact->keys, '=') != NULL;
    }
}

/* optional: all of them are, as for the entries of a list. */
static void
walk_facts(const struct walk *walk, const char *service,
           const struct fact *facts, bool optional)
{
    const struct fact *fact;

    for (fact = facts; fact != NULL && fact->label != NULL; fact++) {
        char *text;

        if (!releases_include(fact->releases, walk->session->dialect->release))
            continue;
        text = xasprintf(
            "%s%s%s", fact->label, fact->kind == FACT_HEADING ? "" : "%1",
            fact->kind == FACT_ADDRESS && fact->yes != NULL ? fact->yes : "");
        tell(walk,
             optional || is_optional(fact) ? EVIDENCE_OPTIONAL : EVIDENCE_LINE,
             fact->evidence, service, text, fact->source);
        free(text);
    }
}

static void
walk_checks(const struct walk *walk, const struct service *service)
{
    const struct check *check = service->checks;

    for (; check != NULL && check->keys != NULL; check++) {
        bool has_success = check->success != NULL;

        if (has_success)
            tell_about(walk, SAY_SUCCESS, check->success, check->evidence,
                       service->name, check->source);
        if (check->failure != NULL)
            tell_about(walk, SAY_FAILURE, check->failure,
                       has_success ? GUESS : check->evidence, service->name,
                       has_success ? 0 : check->source);
    }
}

/* Is it shown by a command of its own, not entry by entry? */
static bool
is_display(const struct service *service, const struct view *view)
{
    const struct verb *verb;

    for (verb = service->verbs; verb->pattern != NULL; verb++)
        if (verb->action == DO_STATUS && verb->view != NULL &&
            strcmp(verb->view, view->name) == 0)
            return true;
    return false;
}

static void
walk_services(const struct walk *walk)
{
    const struct dialect *dialect = walk->session->dialect;
    const struct service *service = NULL;
    const struct view *view;

    while ((service = service_next(dialect->catalog, service,
                                   dialect->release)) != NULL) {
        walk_facts(walk, service->name, service->facts, service->tagged);
        for (view = service->views; view != NULL && view->name != NULL;
             view++) {
            if (view->heading != NULL)
                tell(walk, EVIDENCE_OPTIONAL, view->facts->evidence,
                     service->name, view->heading, view->facts->source);
            walk_facts(walk, service->name, view->facts,
                       !is_display(service, view));
        }
        walk_checks(walk, service);
        if (service->checks != NULL)
            tell_about(walk, SAY_ENABLED, service->title, service->evidence,
                       service->name, service->source);
    }
}

void
evidence_walk(struct session *session, evidence_each *each, void *arg)
{
    const struct walk walk = { session, each, arg };

    walk_commands(&walk);
    walk_phrases(&walk);
    walk_services(&walk);
}

/* What evidence_print() was asked for. */
struct question {
    struct session *session;
    char *words;
    size_t rows;
};

/* A command counts if it begins with the words; a line counts if it belongs
   to such a command, or to a beginning of the words. */
static bool
is_wanted(const struct question *question, const struct evidence_row *row)
{
    const char *commands = row->commands, *words = question->words;
    size_t asked = strlen(words);

    if (row->kind == EVIDENCE_COMMAND)
        return begins(commands, strlen(commands), words, asked);
    if (asked == 0)
        return true;
    while (*commands != '\0') {
        size_t size = strcspn(commands, ".,");
        bool alone = commands[size] == '.';

        if (begins(commands, size, words, asked) ||
            (!alone && begins(words, asked, commands, size)))
            return true;
        commands += size + strspn(commands + size, "., ");
    }
    return false;
}

static void
print_row(void *arg, const struct evidence_row *row)
{
    static const char *const kinds[] = { "command", "line", "optional",
                                         "question" };
    struct question *question = arg;
    struct blob ids = { 0 };

    if (!is_wanted(question, row))
        return;
    blob_text(&ids, row->source != 0 ? "" : "-");
    source_ids(row->source, &ids);
    fprintf(question->session->out, "%s\t%s\t%s\t%s\t%s\n",
            evidence_name(row->evidence), kinds[row->kind],
            row->commands[0] != '\0' ? row->commands : "-",
            row->text[0] != '\0' ? row->text : "-", (const char *)ids.data);
    blob_clear(&ids);
    question->rows++;
}

static void
print_sources(FILE *out)
{
    const struct source *source;

    for (source = sources; source->id != NULL; source++)
        fprintf(out, "-\tsource\t-\t%s\t%s\n", source->title, source->id);
}

int
evidence_print(struct session *session, char *const *words, size_t count)
{
    struct question question = { .session = session,
                                 .words = words_join(words, count) };

    evidence_walk(session, print_row, &question);
    if (count == 0)
        print_sources(session->out);
    free(question.words);
    return question.rows > 0 ? 0 : -1;
}

/*
 * Results to text.
 */
#include "mmp/print.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/json.h"
#include "pki/utf8.h"
#include "pki/xalloc.h"

/* Appends a value that came from outside. */
static void
append_value(struct blob *text, const char *value)
{
    size_t before = text->size;

    blob_text(text, value);
    utf8_disarm((char *)text->data + before, text->size - before, "");
}

void
phrase_fill(const struct phrase *phrase, const char *const values[4],
            struct blob *ret)
{
    const char *s = phrase->text;

    for (;;) {
        size_t n = strcspn(s, "%");

        blob_append(ret, s, n);
        s += n;
        if (*s == '\0')
            break;
        if (s[1] >= '1' && s[1] <= '4') {
            if (values[s[1] - '1'] != NULL)
                append_value(ret, values[s[1] - '1']);
            s += 2;
        } else {
            blob_append(ret, s++, 1);
        }
    }
}

/*
 * Clients wait for the prompt anywhere in the output, so text that was typed or
 * uploaded must not look like it: a '>' after the host's name becomes '?'.
 */
static void
hide_prompt(struct session *session, struct blob *text)
{
    char *at = (char *)text->data;
    const char *name;
    size_t size;

    /* Without a store there is no session yet, and no prompt. */
    if (session->store == NULL || at == NULL || strchr(at, '>') == NULL)
        return;
    name = session_hostname(session);
    size = strlen(name);
    while ((at = strchr(at, session->dialect->prompt_end[0])) != NULL) {
        size_t before = (size_t)(at - (char *)text->data);

        if (before >= size && memcmp(at - size, name, size) == 0)
            *at = '?';
        at++;
    }
}

static void
put_phrase(struct session *session, const struct phrase *phrase,
           const char *const values[4])
{
    struct blob line = { 0 };

    phrase_fill(phrase, values, &line);
    hide_prompt(session, &line);
    blob_text(&line, "\n");
    fwrite(line.data, 1, line.size, session->out);
    blob_clear(&line);
}

void
say(struct session *session, enum phrase_id id, const char *one,
    const char *two)
{
    const char *const values[4] = { one, two };

    put_phrase(session, &session->dialect->phrases[id], values);
}

void
say3(struct session *session, enum phrase_id id, const char *one,
     const char *two, const char *three)
{
    const char *const values[4] = { one, two, three };

    put_phrase(session, &session->dialect->phrases[id], values);
}

void
failure_fill(const struct dialect *dialect, const struct error *error,
             struct blob *ret)
{
    char line[16];
    /* An empty word can be seen only in quotes. */
    bool empty = error->subject[0] == '\0' && error->code != E_CRYPTO;
    const char *const values[4] = { empty ? "\"\"" : error->subject,
                                    error->other, line, error->detail };

    snprintf(line, sizeof(line), "%u", error->line);
    phrase_fill(&dialect->failures[error->code], values, ret);
}

static void
say_json_failure(struct session *session, const struct blob *line)
{
    struct blob json = { 0 };

    blob_text(&json, "{");
    json_text(&json, "error", (const char *)line->data);
    blob_text(&json, "}");
    say_text(session, (const char *)json.data);
    blob_clear(&json);
}

void
say_refusal(struct session *session, struct blob *line)
{
    if (session->json) {
        say_json_failure(session, line);
        return;
    }
    hide_prompt(session, line);
    blob_text(line, "\n");
    fwrite(line->data, 1, line->size, session->out);
}

void
say_failure(struct session *session, const struct error *error)
{
    struct blob line = { 0 };

    failure_fill(session->dialect, error, &line);
    if (line.size > 0)
        say_refusal(session, &line);
    blob_clear(&line);
}

void
say_fact(struct session *session, const char *label, const char *value)
{
    static const struct phrase phrase = { .text = "%1%2" };
    const char *const values[4] = { label, value };

    put_phrase(session, &phrase, values);
}

/* A failure as a part of a sentence.  named: it begins with what it is about,
   which "none configured" needs. */
static void
append_reason(struct session *session, const struct error *error, bool named,
              struct blob *text)
{
    const struct dialect *dialect = session->dialect;
    const struct phrase *reason = &dialect->reasons[error->code];
    char line[16];
    const char *const values[4] = { error->subject, error->other, line,
                                    error->detail };

    snprintf(line, sizeof(line), "%u", error->line);
    if (reason->text == NULL || (error->code == E_NOT_SET && !named))
        reason = &dialect->failures[error->code];
    phrase_fill(reason, values, text);
}

void
say_reason(struct session *session, enum phrase_id id, const struct error *why)
{
    struct blob text = { 0 };

    append_reason(session, why, false, &text);
    say(session, id, (const char *)text.data, NULL);
    blob_clear(&text);
}

void
say_finding(struct session *session, const struct finding *finding)
{
    static const enum phrase_id levels[] = {
        [FINDING_SUCCESS] = SAY_SUCCESS,
        [FINDING_WARNING] = SAY_WARNING,
        [FINDING_FAILURE] = SAY_FAILURE,
    };
    bool both = finding->words != NULL && finding->error.code != E_NONE;
    struct blob text = { 0 };

    blob_text(&text, finding->words != NULL ? finding->words : "");
    if (finding->entry != NULL) {
        blob_text(&text, " (");
        blob_text(&text, finding->entry);
        blob_text(&text, ")");
    }
    blob_text(&text, both ? ": " : "");
    append_reason(session, &finding->error, finding->words != NULL, &text);
    say(session, levels[finding->level], (const char *)text.data, NULL);
    blob_clear(&text);
}

void
say_not_running(struct session *session, const char *service,
                const struct unit_status *status)
{
    struct blob text = { 0 };
    char wait[16];

    append_reason(session, &status->why, false, &text);
    snprintf(wait, sizeof(wait), "%u", status->wait);
    say3(session,
         status->state == UNIT_WAITING ? SAY_NOT_RUNNING_YET : SAY_NOT_RUNNING,
         service, (const char *)text.data, wait);
    blob_clear(&text);
}

void
say_kind(struct session *session, const struct inspection *element)
{
    bool layout =
        element->text_size > 0 && element->text[element->text_size - 1] == '\n';
    char *text = xstrndup(element->text, layout ? 0 : element->text_size);
    const char *const values[4] = { element->der ? "DER" : "PEM", text };

    put_phrase(session, &session->dialect->kinds[element->kind], values);
    if (layout) {
        struct blob lines = { 0 };

        blob_append(&lines, element->text, element->text_size);
        hide_prompt(session, &lines);
        fwrite(lines.data, 1, lines.size, session->out);
        blob_clear(&lines);
    }
    free(text);
}

void
say_text(struct session *session, const char *text)
{
    struct blob line = { 0 };

    if (strchr(text, '>') == NULL) {
        fputs_unlocked(text, session->out);
        putc_unlocked('\n', session->out);
        return;
    }
    blob_text(&line, text);
    hide_prompt(session, &line);
    blob_text(&line, "\n");
    fwrite(line.data, 1, line.size, session->out);
    blob_clear(&line);
}

/* As on the appliance, a dot for each candidate and a line for each prime. */
int
print_progress(void *arg, enum keygen_event event)
{
    struct session *session = arg;
    bool stop = session->interrupted(session);

    if (event == KEYGEN_CANDIDATE)
        fputc('.', session->out);
    if (event == KEYGEN_PRIME || stop)
        fputc('\n', session->out);
    if (event != KEYGEN_TICK)
        fflush(session->out);
    return stop ? -1 : 0;
}

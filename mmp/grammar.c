/*
 * Matches typed words against usage lines, and completes them.  A linear walk
 * over some hundred rows takes no time worth saving, so nothing is compiled or
 * registered.
 */
#include "mmp/grammar.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/cmd_service.h"
#include "mmp/dialect.h"
#include "mmp/session.h"
#include "pki/xalloc.h"

/* One element of a usage line. */
struct element {
    const char *text; /* a slot's name, a literal, or the inside of (...) */
    size_t size;
    enum { LITERAL, CHOICE, SLOT } kind;
    bool optional, repeated;
};

/* Reads the element at *at; false at the end of the line. */
static bool
next_element(const char **at, struct element *ret)
{
    const char *s = *at;

    *ret = (struct element){ 0 };
    while (*s == ' ')
        s++;
    if (*s == '\0')
        return false;
    if (*s == '[') {
        ret->optional = true;
        s++;
    }
    ret->text = s;
    if (*s == '<' || *s == '(') {
        ret->kind = *s == '<' ? SLOT : CHOICE;
        ret->text = ++s;
        s += strcspn(s, ret->kind == SLOT ? ">" : ")");
        while (strncmp(s, ">:<", 3) == 0)
            s += 3 + strcspn(s + 3, ">");
        ret->size = (size_t)(s++ - ret->text);
    } else {
        s += strcspn(s, " ]");
        ret->size = (size_t)(s - ret->text);
    }
    if (strncmp(s, "...", 3) == 0) {
        ret->repeated = true;
        s += 3;
    }
    if (ret->optional && *s == ']')
        s++;
    *at = s;
    return true;
}

static bool
same(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(text, word, size) == 0;
}

/* The alternatives of (a|b), one after the other. */
static bool
next_choice(const char **at, const char *end, const char **text, size_t *size)
{
    if (*at >= end)
        return false;
    *text = *at;
    while (*at < end && **at != '|')
        ++*at;
    *size = (size_t)(*at - *text);
    if (*at < end)
        ++*at;
    return true;
}

/* Is the word this literal, or one of the choices? */
static bool
is_literal(const struct element *element, const char *word)
{
    const char *at = element->text, *end = at + element->size, *text;
    size_t size;

    if (element->kind == LITERAL)
        return same(element->text, element->size, word);
    while (next_choice(&at, end, &text, &size))
        if (same(text, size, word))
            return true;
    return false;
}

static void
put_arg(struct args *args, const struct element *element, const char *word)
{
    if (args->count == MAX_ARGS)
        abort(); /* a usage line needs a larger MAX_ARGS */
    args->arg[args->count].slot = element->text;
    args->arg[args->count].slot_size = element->size;
    args->arg[args->count].word = word;
    args->count++;
}

/* Does the slot take the word none in place of a value? */
static bool
takes_none(const char *name, size_t size)
{
    return size > 5 && memcmp(name + size - 5, "|none", 5) == 0;
}

bool
arg_is_none(const struct args *args, size_t i)
{
    return takes_none(args->arg[i].slot, args->arg[i].slot_size) &&
           strcmp(args->arg[i].word, "none") == 0;
}

const struct slot *
slot_find(const char *name, size_t size)
{
    const struct slot *slot;

    if (takes_none(name, size))
        size -= 5;
    for (slot = slots; slot->name != NULL; slot++)
        if (strlen(slot->name) == size && memcmp(slot->name, name, size) == 0)
            return slot;
    return NULL;
}

static int
check_slot(struct session *session, const struct element *element,
           const char *word, struct error *error)
{
    const struct slot *slot = slot_find(element->text, element->size);

    if (takes_none(element->text, element->size) && strcmp(word, "none") == 0)
        return 0;
    return slot != NULL && slot->check != NULL
               ? slot->check(session, word, error)
               : 0;
}

/* The value of a template, "{{ name }}", is not known before it runs. */
static bool
is_template(const char *word)
{
    return strstr(word, "{{") != NULL;
}

/*
 * Compares the elements of one command, one after the other, with the words
 * that were typed.  *fits: how many words fit.
 */
static bool
fit_one(struct session *session, const struct command *command, char **words,
        size_t count, size_t *fits, struct error *error)
{
    const char *at = command->usage;
    struct element element;
    size_t i = 0;

    error->code = E_NONE;
    while (next_element(&at, &element)) {
        *fits = i;
        if (i == count) {
            if (!element.optional)
                return false;
            continue;
        }
        do {
            *fits = i;
            if (i > 0 && is_template(words[i]))
                continue;
            if (element.kind != SLOT
                    ? !is_literal(&element, words[i])
                    : check_slot(session, &element, words[i], error) != 0)
                return false;
        } while (++i < count && element.repeated);
    }
    *fits = i;
    return i == count;
}

int
command_fit(struct session *session, char **words, size_t count,
            struct fit *ret)
{
    const struct command *command;
    size_t at = 0;

    *ret = (struct fit){ 0 };
    while ((command = command_next(session, &at)) != NULL) {
        struct fit fit = { .nearest = command };

        if (fit_one(session, command, words, count, &fit.words, &fit.error))
            return 0;
        /* A slot that says why gives the better answer. */
        if (ret->nearest == NULL || fit.words > ret->words ||
            (fit.words == ret->words && ret->error.code == E_NONE &&
             fit.error.code != E_NONE))
            *ret = fit;
    }
    return -1;
}

/*
 * Do the words have the shape of the command?  A word that its slot does not
 * accept leaves its reason in error.
 */
static bool
match_one(struct session *session, const struct command *command, char **words,
          size_t count, struct args *args, struct error *error)
{
    const char *at = command->usage;
    struct element element;
    size_t i = 0;

    *args = (struct args){ 0 };
    error->code = E_NONE;
    while (next_element(&at, &element)) {
        if (i == count) {
            if (!element.optional)
                return false;
            continue;
        }
        if (element.kind != SLOT) {
            if (!is_literal(&element, words[i]))
                return false;
            if (element.kind == CHOICE)
                put_arg(args, &element, words[i]);
            i++;
            continue;
        }
        if (element.repeated) {
            args->rest = words + i;
            args->rest_count = count - i;
        } else {
            put_arg(args, &element, words[i]);
        }
        do {
            if (error->code == E_NONE)
                check_slot(session, &element, words[i], error);
            i++;
        } while (element.repeated && i < count);
    }
    return i == count;
}

/* Where a walk is: a table and a row of it.  The services' is the last. */
enum { TABLE_ROWS = 1 << 16 };

const struct command *
command_next(struct session *session, size_t *at)
{
    const struct dialect *dialect = session->dialect;
    size_t table = *at / TABLE_ROWS, row = *at % TABLE_ROWS;

    for (; dialect->commands[table] != NULL; table++, row = 0) {
        const struct command *rows = dialect->commands[table];

        for (; rows[row].usage != NULL; row++) {
            if (!releases_include(rows[row].releases, dialect->release) ||
                (rows[row].ours && !session->hints))
                continue;
            *at = table * TABLE_ROWS + row + 1;
            return &rows[row];
        }
    }
    *at = table * TABLE_ROWS + row;
    return service_command(session, (*at)++ % TABLE_ROWS);
}

const char *
command_usage(const struct command *command)
{
    return command->shown != NULL ? command->shown : command->usage;
}

int
command_match(struct session *session, char **words, size_t count,
              struct call *ret, struct error *error)
{
    const struct command *command;
    struct error refused = { 0 };
    size_t at = 0;

    while ((command = command_next(session, &at)) != NULL) {
        struct error this_error;
        struct args args;

        if (match_one(session, command, words, count, &args, &this_error)) {
            if (this_error.code == E_NONE) {
                *ret = (struct call){ session, command, args };
                return 0;
            }
            if (refused.code == E_NONE)
                refused = this_error;
        }
    }
    if (refused.code == E_NONE)
        return 1;
    *error = refused;
    return -1;
}

bool
command_begins(const struct command *command, char *const *words, size_t count)
{
    const char *at = command->usage;
    struct element element;
    size_t i;

    for (i = 0; i < count; i++)
        if (!next_element(&at, &element) || element.kind == SLOT ||
            !is_literal(&element, words[i]))
            return false;
    return true;
}

bool
command_takes_any(const struct command *command)
{
    const char *at = command->usage;
    struct element element, last = { 0 };
    const struct slot *slot = NULL;

    while (next_element(&at, &element))
        last = element;
    if (last.kind == SLOT && last.repeated)
        slot = slot_find(last.text, last.size);
    return slot != NULL && slot->complete == NULL;
}

size_t
command_known(struct session *session, char *const *words, size_t count)
{
    const struct command *command;
    size_t at = 0, known = 0;

    while ((command = command_next(session, &at)) != NULL)
        while (known < count && command_begins(command, words, known + 1))
            known++;
    return known;
}

static const struct slot *
slot_of(const struct element *element)
{
    return element->kind == SLOT ? slot_find(element->text, element->size)
                                 : NULL;
}

static bool
is_secret(const struct element *element)
{
    const struct slot *slot = slot_of(element);

    return slot != NULL && slot->secret;
}

static bool
is_command(const struct element *element)
{
    const struct slot *slot = slot_of(element);

    return slot != NULL && slot->command;
}

/* How many words, like "help", stand before words that are a command
   themselves; 0: there are none. */
static size_t
before_inner(const struct command *command, char *const *words, size_t count)
{
    const char *at = command->usage;
    struct element element;
    size_t i;

    for (i = 0; i < count && next_element(&at, &element); i++) {
        if (is_command(&element))
            return i;
        if (element.kind == SLOT || !is_literal(&element, words[i]))
            break;
    }
    return 0;
}

/* The same for the innermost such command, whatever the first words are. */
static size_t
before_innermost(struct session *session, char *const *words, size_t count)
{
    const struct command *command;
    size_t before = 0, at = 0;

    while ((command = command_next(session, &at)) != NULL) {
        size_t more = before_inner(command, words + before, count - before);

        before += more;
        if (more > 0)
            at = 0;
    }
    return before;
}

static void
record_word(const char *word, bool masked, struct blob *ret)
{
    bool quoted = !masked && (word[0] == '\0' || strpbrk(word, " \t") != NULL);

    if (ret->size > 0)
        blob_text(ret, " ");
    if (quoted)
        blob_text(ret, "\"");
    blob_text(ret, masked ? "***" : word);
    if (quoted)
        blob_text(ret, "\"");
}

void
command_record(struct session *session, const struct command *command,
               char *const *words, size_t count, struct blob *ret)
{
    bool whole = command != NULL && before_inner(command, words, count) == 0;
    size_t before = whole ? 0 : before_innermost(session, words, count);
    size_t known =
        whole ? count
              : before + command_known(session, words + before, count - before);
    const char *at = command != NULL ? command->usage : "";
    struct element element = { 0 };
    size_t i;

    for (i = 0; i < count; i++) {
        if (!element.repeated)
            next_element(&at, &element);
        record_word(words[i], i >= known || is_secret(&element), ret);
    }
}

/* Does the command have a place for each of the words, whatever the slots
   accept? */
static bool
has_places(const struct command *command, char *const *words, size_t count,
           bool *secret)
{
    const char *at = command->usage;
    struct element element = { 0 };
    size_t i;

    *secret = false;
    for (i = 0; i < count; i++) {
        if (!element.repeated && !next_element(&at, &element))
            return false;
        if (element.kind != SLOT && !is_literal(&element, words[i]))
            return false;
        *secret |= is_secret(&element);
    }
    return true;
}

bool
command_is_open(struct session *session, char *const *words, size_t count)
{
    size_t before = before_innermost(session, words, count), at = 0;
    const struct command *command;
    bool open = false, secret;

    while ((command = command_next(session, &at)) != NULL) {
        if (!has_places(command, words + before, count - before, &secret))
            continue;
        if (secret)
            return false;
        open = true;
    }
    return open;
}

const char *
arg(const struct call *call, const char *slot)
{
    size_t i;

    for (i = 0; i < call->args.count; i++)
        if (same(call->args.arg[i].slot, call->args.arg[i].slot_size, slot))
            return call->args.arg[i].word;
    return NULL;
}

/*
 * Completion.
 */

/* The element after the words, if they fit so far. */
static bool
element_after(const struct command *command, char **words, size_t count,
              struct element *ret)
{
    const char *at = command->usage;
    size_t i;

    *ret = (struct element){ 0 };
    for (i = 0; i <= count; i++) {
        if (i > 0 && ret->kind != SLOT && !is_literal(ret, words[i - 1]))
            return false;
        if (!ret->repeated && !next_element(&at, ret))
            return false;
    }
    return true;
}

static void
offer(const char *text, size_t size, const char *prefix, complete_each *each,
      void *each_arg)
{
    char word[128];

    if (size >= sizeof(word) || strlen(prefix) > size ||
        memcmp(text, prefix, strlen(prefix)) != 0)
        return;
    memcpy(word, text, size);
    word[size] = '\0';
    each(each_arg, word);
}

/* Offers the word of a literal, or those of a choice. */
static void
offer_words(const struct element *element, const char *prefix,
            complete_each *each, void *each_arg)
{
    const char *choice = element->text, *end = choice + element->size, *text;
    size_t size;

    if (element->kind == LITERAL)
        offer(element->text, element->size, prefix, each, each_arg);
    else
        while (next_choice(&choice, end, &text, &size))
            offer(text, size, prefix, each, each_arg);
}

/* Several commands may begin alike, but each next word is offered once. */
struct offers {
    struct element *made;
    size_t count;
};

static bool
offered_before(struct offers *offers, const struct element *element)
{
    size_t i;

    for (i = 0; i < offers->count; i++)
        if (offers->made[i].kind == element->kind &&
            offers->made[i].size == element->size &&
            memcmp(offers->made[i].text, element->text, element->size) == 0)
            return true;
    offers->made =
        xreallocarray(offers->made, offers->count + 1, sizeof(*offers->made));
    offers->made[offers->count++] = *element;
    return false;
}

void
command_complete(struct session *session, char **words, size_t count,
                 const char *prefix, complete_each *each, void *each_arg)
{
    const struct command *command;
    struct offers offers = { 0 };
    size_t at = 0;

    while ((command = command_next(session, &at)) != NULL) {
        struct element element;
        const struct slot *slot;

        if (!element_after(command, words, count, &element) ||
            offered_before(&offers, &element))
            continue;
        if (element.kind == SLOT) {
            slot = slot_find(element.text, element.size);
            if (slot != NULL && slot->complete != NULL)
                slot->complete(session, prefix, each, each_arg);
            if (takes_none(element.text, element.size))
                offer("none", 4, prefix, each, each_arg);
        } else {
            offer_words(&element, prefix, each, each_arg);
        }
    }
    free(offers.made);
}

void
command_words(struct session *session, char **words, size_t count,
              complete_each *each, void *each_arg)
{
    const struct command *command;
    size_t at = 0;

    while ((command = command_next(session, &at)) != NULL) {
        struct element element;

        if (element_after(command, words, count, &element) &&
            element.kind != SLOT)
            offer_words(&element, "", each, each_arg);
    }
}

/*
 * Failures and states as one line of text: fields separated by tabs, the first
 * names what it is.
 */
#include "services/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

/* Names come from users: no byte of theirs may end a field or the line. */
void
message_put_text(struct blob *text, const char *value)
{
    size_t start = text->size + 1;

    blob_text(text, "\t");
    blob_text(text, value);
    for (; start < text->size; start++)
        if (text->data[start] < 0x20)
            text->data[start] = '?';
}

void
message_put_number(struct blob *text, unsigned value)
{
    char number[16];

    snprintf(number, sizeof(number), "%u", value);
    message_put_text(text, number);
}

void
message_ok(struct blob *text)
{
    blob_text(text, "ok\n");
}

void
message_put_error(struct blob *text, const struct error *error)
{
    message_put_number(text, error->code);
    message_put_number(text, error->line);
    message_put_text(text, error->subject);
    message_put_text(text, error->other);
    message_put_text(text, error->detail);
}

void
message_error(struct blob *text, const struct error *error)
{
    blob_text(text, "error");
    message_put_error(text, error);
    blob_text(text, "\n");
}

void
message_status(struct blob *text, const struct unit_status *status)
{
    blob_text(text, "status");
    message_put_number(text, status->state);
    message_put_number(text, status->restarts);
    message_put_number(text, status->wait);
    message_put_error(text, &status->why);
    blob_text(text, "\n");
}

/* The next number, at most max. */
bool
message_take_number(char **rest, unsigned max, unsigned *ret)
{
    const char *field = strsep(rest, "\t");
    char *end;
    unsigned long value;

    if (field == NULL || field[0] < '0' || field[0] > '9')
        return false;
    value = strtoul(field, &end, 10);
    *ret = (unsigned)value;
    return *end == '\0' && value <= max;
}

bool
message_take_text(char **rest, char *ret, size_t size)
{
    const char *field = strsep(rest, "\t");

    return field != NULL && snprintf(ret, size, "%s", field) < (int)size;
}

bool
message_take_error(char **rest, struct error *ret)
{
    struct error got = { 0 };
    unsigned code = 0;

    if (!message_take_number(rest, E_CODES - 1, &code) ||
        !message_take_number(rest, ~0U, &got.line) ||
        !message_take_text(rest, got.subject, sizeof(got.subject)) ||
        !message_take_text(rest, got.other, sizeof(got.other)) ||
        !message_take_text(rest, got.detail, sizeof(got.detail)))
        return false;
    got.code = (enum error_code)code;
    *ret = got;
    return true;
}

static bool
take_status(char *rest, struct unit_status *ret)
{
    struct unit_status got = { 0 };
    unsigned state = 0;

    if (!message_take_number(&rest, UNIT_WAITING, &state) ||
        !message_take_number(&rest, ~0U, &got.restarts) ||
        !message_take_number(&rest, ~0U, &got.wait) ||
        !message_take_error(&rest, &got.why) || rest != NULL)
        return false;
    got.state = (enum unit_state)state;
    *ret = got;
    return true;
}

int
message_parse(const char *line, struct unit_status *status, struct error *error)
{
    char *copy = xstrndup(line, strcspn(line, "\n")), *rest = copy;
    const char *kind = strsep(&rest, "\t");
    struct error got;
    int r = -1;

    if (strcmp(kind, "ok") == 0 && rest == NULL)
        r = 0;
    else if (strcmp(kind, "status") == 0 && status != NULL &&
             take_status(rest, status))
        r = 0;
    else if (strcmp(kind, "error") == 0 && message_take_error(&rest, &got) &&
             rest == NULL)
        *error = got;
    else
        fail_detail(error, E_SUPERVISOR, NULL, "an invalid answer");
    free(copy);
    return r;
}

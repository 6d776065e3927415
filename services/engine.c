/*
 * What the programs of an engine are started with, and what they print.
 */
#include "services/engine.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "services/message.h"

char **
engine_command(const char *const *words)
{
    char **command;
    size_t count = 0, i;

    while (words[count] != NULL)
        count++;
    command = xcalloc(count + 1, sizeof(*command));
    for (i = 0; i < count; i++)
        command[i] = xstrdup(words[i]);
    return command;
}

void
engine_free(char **command)
{
    char **word;

    for (word = command; command != NULL && *word != NULL; word++)
        free(*word);
    free(command);
}

/* How a program names a failure. */
static const struct {
    const char *name;
    enum error_code code;
} codes[] = {
    { "unreachable", E_UNREACHABLE }, { "untrusted", E_UNTRUSTED },
    { "no-cluster", E_NO_CLUSTER },   { "own-node", E_OWN_NODE },
    { "schema", E_SCHEMA },           { "database", E_DATABASE },
};

static bool
take_code(char **rest, enum error_code *ret)
{
    const char *field = strsep(rest, "\t");
    size_t i;

    for (i = 0; field != NULL && i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(codes[i].name, field) == 0) {
            *ret = codes[i].code;
            return true;
        }
    }
    return false;
}

/* flags: there are some behind each address. */
static bool
take_nodes(char **rest, bool flags, struct engine_answer *ret)
{
    for (ret->count = 0; *rest != NULL; ret->count++) {
        struct database_node *node = &ret->nodes[ret->count];
        char flag[4];

        if (ret->count == DATABASE_NODES ||
            !message_take_text(rest, node->address, sizeof(node->address)))
            return false;
        if (!flags)
            continue;
        if (!message_take_text(rest, flag, sizeof(flag)) ||
            strspn(flag, "01") != 3)
            return false;
        node->connected = flag[0] == '1';
        node->primary = flag[1] == '1';
        node->in_sync = flag[2] == '1';
    }
    return true;
}

static bool
take_failure(char **rest, struct error *ret)
{
    return take_code(rest, &ret->code) &&
           message_take_text(rest, ret->subject, sizeof(ret->subject)) &&
           message_take_text(rest, ret->detail, sizeof(ret->detail)) &&
           *rest == NULL;
}

bool
engine_parse(const char *line, struct engine_answer *ret)
{
    struct engine_answer got = { 0 };
    char *copy = xstrdup(line), *rest = copy;
    const char *word = strsep(&rest, "\t");
    bool ok = false;

    if (strcmp(word, "ok") == 0) {
        got.word = ENGINE_OK;
        ok = rest == NULL;
    } else if (strcmp(word, "met") == 0) {
        got.word = ENGINE_MET;
        ok = message_take_text(&rest, got.secret, sizeof(got.secret)) &&
             take_nodes(&rest, false, &got);
    } else if (strcmp(word, "nodes") == 0) {
        got.word = ENGINE_NODES;
        ok = message_take_text(&rest, got.primary, sizeof(got.primary)) &&
             take_nodes(&rest, true, &got);
    } else if (strcmp(word, "failed") == 0) {
        got.word = ENGINE_FAILED;
        ok = take_failure(&rest, &got.why);
    }
    if (ok)
        *ret = got;
    free(copy);
    return ok;
}

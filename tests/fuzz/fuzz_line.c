/*
 * The command line: words, grammar, slots, completion and help.  Of an input,
 * the first line that is no comment; of a line of a transcript, what stands
 * behind its prompt.  Commands are found, not run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/editor.h"
#include "mmp/options.h"
#include "mmp/session.h"
#include "mmp/shell.h"
#include "mmp/words.h"
#include "pki/xalloc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support.h"

static struct options options;
static struct session sessions[2]; /* one for each release */

static void
leave(void)
{
    session_clear(&sessions[0]);
    session_clear(&sessions[1]);
    options_clear(&options);
}

static void
begin(void)
{
    struct store *store = fuzz_scratch()->store;
    size_t i;

    fixture_store(store, "leaf.crt");
    fixture_store(store, "leaf.key");
    put_text(store, "a name.bak", "");
    options_defaults(&options);
    for (i = 0; i < 2; i++)
        sessions[i] = (struct session){
            .dialect = dialect_at(i),
            .options = &options,
            .store = store,
        };
    atexit(leave);
}

static void
check_offer(void *arg, const char *text)
{
    size_t *offers = arg;

    must(text != NULL && text[0] != '\0');
    fuzz_check_text(text, strlen(text));
    ++*offers;
}

static void
check_match(const struct call *call, size_t count)
{
    size_t i;

    must(call->command->run != NULL);
    must(call->args.count <= MAX_ARGS);
    must(call->args.count + call->args.rest_count <= count);
    for (i = 0; i < call->args.count; i++)
        must(call->args.arg[i].slot != NULL);
}

static void
type(struct session *session, const char *line)
{
    struct words words = { 0 };
    struct call call;
    struct error error = { 0 };
    size_t offers = 0, i;
    int r;

    words_split(line, &words);
    must(words.word[words.count] == NULL);
    for (i = 0; i < words.count; i++)
        must(strlen(words.word[i]) <= strlen(line));
    if (words.count > 0 && !words.open_quote) {
        r = command_match(session, words.word, words.count, &call, &error);
        if (r == 0)
            check_match(&call, words.count);
        else if (r > 0)
            shell_help(session, words.word, words.count);
        else
            fuzz_check(r, &error);
        must(r <= 1);
    }
    words_clear(&words);
    editor_complete(session, line, check_offer, &offers);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob text = fuzz_blob(data, size);
    /* Any change of the size asks the other release. */
    struct session *session = &sessions[size % 2];
    char *rest = (char *)text.data, *line, *said = NULL;
    const char *prompt;
    size_t said_size = 0;

    if (session->dialect == NULL)
        begin();
    do
        line = strsep(&rest, "\n");
    while (rest != NULL && line[0] == '#'); /* about a transcript */
    prompt = strstr(line, "> ");
    session->out = open_memstream(&said, &said_size);
    type(session, prompt != NULL ? prompt + 2 : line);
    fclose(session->out);
    fuzz_check_text(said, said_size);
    free(said);
    blob_clear(&text);
    return 0;
}

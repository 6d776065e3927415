/*
 * The two who are asked.  Ours answers in words, as it does at the console;
 * with no fork(2), as what is read here is of our own making.
 */
#include "tests/chains/ask.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mmp/shell.h"
#include "pki/xalloc.h"
#include "tests/mmp/console.h"

extern char **environ;

#define NOT_SAID (-1)
#define WORDS_MAX 64 /* of a command */
#define NAME_SIZE 32 /* of a file of ours */

static char *
path_of(const struct room *room, const char *name)
{
    return xasprintf("%s/files/%s", room->scratch->path, name);
}

static void
write_text(struct room *room, const char *name, const struct blob *text)
{
    char *path = path_of(room, name);
    FILE *file = fopen(path, "w");

    must(file != NULL);
    if (text->size > 0)
        must(fwrite(text->data, 1, text->size, file) == text->size);
    must(fclose(file) == 0);
    free(path);
}

/* "openssl": what it says on either stream. */
static struct blob
run_openssl(const struct room *room, const char **argv)
{
    char *folder = path_of(room, ""), buffer[4096], *copy[WORDS_MAX] = { 0 };
    posix_spawn_file_actions_t actions;
    struct blob said = { 0 };
    int ends[2], status;
    size_t i;
    ssize_t n;
    pid_t pid;

    for (i = 0; argv[i] != NULL; i++)
        copy[i] = xstrdup(argv[i]);
    must(pipe(ends) == 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    must(posix_spawnp(&pid, "openssl", &actions, NULL, copy, environ) == 0);
    close(ends[1]);
    while ((n = read(ends[0], buffer, sizeof(buffer))) > 0)
        blob_append(&said, buffer, (size_t)n);
    blob_append(&said, "", 1);
    close(ends[0]);
    waitpid(pid, &status, 0);
    posix_spawn_file_actions_destroy(&actions);
    while (i > 0)
        free(copy[--i]);
    free(folder);
    return said;
}

/*
 * The room.
 */

static void
bring_keys(struct room *room)
{
    size_t i;

    for (i = 0; i < pool_size; i++) {
        struct blob file = fixture(pool[i].file);
        const char *argv[] = { "openssl",    "pkey",    "-in",
                               pool[i].file, "-pubout", NULL };

        write_text(room, pool[i].file, &file);
        room->public_keys[i] = (char *)run_openssl(room, argv).data;
        blob_clear(&file);
    }
}

void
room_open(struct room *room)
{
    void *state = NULL;

    *room = (struct room){ .plant = PLANT_NONE };
    /* Files come and go by the ten thousand. */
    must(scratch_make(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
                      &state) == 0);
    room->scratch = state;
    options_defaults(&room->options);
    room->session = (struct session){ .dialect = dialect_find("3.9"),
                                      .options = &room->options,
                                      .store = room->scratch->store,
                                      .clock = console_clock,
                                      .interrupted = console_never,
                                      .hints = true,
                                      .confined = true };
    bring_keys(room);
}

void
room_close(struct room *room)
{
    void *state = room->scratch;
    size_t i;

    for (i = 0; i < pool_size; i++)
        free(room->public_keys[i]);
    session_clear(&room->session);
    options_clear(&room->options);
    scratch_teardown(&state);
}

static void
write_list(struct room *room, const struct graph *graph,
           const struct list *list, bool crls, const char *name)
{
    struct blob text = { 0 };

    graph_append(graph, list, &text);
    if (crls)
        graph_append_crls(graph, &text);
    write_text(room, name, &text);
    blob_clear(&text);
}

static void
name_question(size_t question, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "%zu.crt", question);
}

void
room_write_one(struct room *room, const struct graph *graph, size_t question)
{
    char name[NAME_SIZE];

    name_question(question, name);
    write_list(room, graph, &graph->bundle, true, "bundle.crt");
    write_list(room, graph, &graph->ca, false, "ca.crt");
    write_list(room, graph, &graph->questions[question], false, name);
}

void
room_write(struct room *room, const struct graph *graph)
{
    size_t i;

    for (i = 0; i < graph->question_count; i++)
        room_write_one(room, graph, i);
}

/*
 * Ours.
 */

static char *
type(struct room *room, const char *line)
{
    size_t size;
    char *said = NULL;

    room->session.out = open_memstream(&said, &size);
    shell_line(&room->session, line);
    fclose(room->session.out);
    return said;
}

static bool
read_error(const char *line, struct verdict *ret)
{
    return sscanf(line, "error %d at %d depth lookup:", &ret->code,
                  &ret->depth) == 2;
}

/* "HINT: bundle.crt, certificate 1 (line 1): words [chain-no-root]" */
static bool
read_remark(const char *line, size_t size, struct remark *ret)
{
    const char *name = line + size;
    char *text, *element;
    size_t i;

    *ret = (struct remark){ .id = HINTS };
    while (name > line && name[-1] != '[')
        name--;
    for (i = 0; i < HINTS; i++)
        if (strncmp(name, hint_name(i), strlen(hint_name(i))) == 0 &&
            name[strlen(hint_name(i))] == ']')
            ret->id = (enum hint_id)i;
    text = xasprintf("%.*s", (int)size, line);
    sscanf(text, "HINT: %15[^ ,:(]", ret->file);
    element = strstr(text, ", certificate ");
    if (element != NULL)
        sscanf(element, ", certificate %u", &ret->element);
    element = strstr(text, "(certificate ");
    if (element != NULL)
        sscanf(element, "(certificate %u", &ret->other);
    free(text);
    return ret->id != HINTS;
}

static bool
read_answer(struct answer *answer)
{
    const char *at = answer->said, *end;
    bool known;

    answer->verdict.holds = strncmp(at, "Success\n", 8) == 0;
    known = answer->verdict.holds || read_error(at, &answer->verdict);
    for (at = strchr(at, '\n'); at != NULL && at[1] != '\0'; at = end) {
        end = strchr(++at, '\n');
        if (end == NULL || answer->count == HINTS_MAX ||
            !read_remark(at, (size_t)(end - at),
                         &answer->remarks[answer->count++]))
            return false;
    }
    return known;
}

bool
ask_verify(struct room *room, const struct graph *graph, size_t question,
           struct answer *ret)
{
    char name[NAME_SIZE], *line;
    bool known;

    name_question(question, name);
    line = xasprintf("pki verify %s bundle.crt%s", name,
                     graph->has_ca ? " ca.crt" : "");
    *ret = (struct answer){ .said = type(room, line) };
    known = read_answer(ret);
    if (room->plant == PLANT_HINT && ret->count > 0)
        memmove(ret->remarks, ret->remarks + 1,
                --ret->count * sizeof(ret->remarks[0]));
    free(line);
    return known;
}

void
answer_clear(struct answer *answer)
{
    free(answer->said);
    *answer = (struct answer){ 0 };
}

bool
ask_match(struct room *room, size_t key, size_t question)
{
    char *line = xasprintf("pki match %s %zu.crt", pool[key].file, question);
    char *said = type(room, line);
    bool matches = strncmp(said, "Key and certificate match", 25) == 0;

    free(line);
    free(said);
    return matches;
}

/*
 * The peer.
 */

/* Trusted are the roots of the bundle, and all of ca.crt; see pki/verify.h. */
static void
split(const struct room *room, const struct graph *graph, struct list *trusted,
      struct list *others)
{
    size_t i;

    for (i = 0; i < graph->bundle.count; i++) {
        size_t at = graph->bundle.certs[i];

        list_add(plan_is_root(&graph->certs[at].plan) ? trusted : others, at);
    }
    for (i = 0; graph->has_ca && i < graph->ca.count; i++)
        list_add(trusted, graph->ca.certs[i]);
    if (room->plant == PLANT_VERDICT && trusted->count > 0)
        list_remove(trusted, 0);
}

static void
add_words(const char **argv, size_t *count, const char *const *words)
{
    for (; *words != NULL; words++)
        argv[(*count)++] = *words;
}

/* "0.crt: OK", or an error and then "error 0.crt: verification failed".  It
   goes on after some errors: the first one is the verdict. */
static void
read_verdicts(char *said, struct verdict *ret, size_t count)
{
    struct verdict first = { .code = NOT_SAID };
    char *save = NULL, *line;
    size_t number;

    for (line = strtok_r(said, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        struct verdict verdict = { 0 };
        const char *dot = strchr(line, '.');

        if (read_error(line, &verdict)) {
            if (first.code == NOT_SAID)
                first = verdict;
        } else if (dot != NULL &&
                   sscanf(line, "error %zu.crt:", &number) == 1 &&
                   number < count) {
            ret[number] = first;
            first.code = NOT_SAID;
        } else if (dot != NULL && strcmp(dot, ".crt: OK") == 0 &&
                   sscanf(line, "%zu", &number) == 1 && number < count) {
            ret[number] = (struct verdict){ .holds = true };
        }
    }
}

bool
peer_verify(struct room *room, const struct graph *graph, struct verdict *ret)
{
    static const char *const always[] = { "openssl",       "verify",
                                          "-policy_check", "-policy",
                                          "2.5.29.32.0",   "-no-CApath",
                                          "-no-CAstore",   NULL };
    static const char *const crls[] = {
        "-CRLfile",      "crls.pem",    "-crl_check", "-crl_check_all",
        "-extended_crl", "-use_deltas", NULL
    };
    static const char *const trust[] = { "-CAfile", "trusted.pem", NULL };
    static const char *const no_trust[] = { "-no-CAfile", NULL };
    static const char *const help[] = { "-untrusted", "untrusted.pem", NULL };
    struct list trusted = { 0 }, others = { 0 }, none = { 0 };
    char now[32], files[QUESTIONS_MAX][NAME_SIZE];
    const char *argv[WORDS_MAX];
    size_t count = 0, i;
    struct blob said;
    bool complete = true;

    split(room, graph, &trusted, &others);
    write_list(room, graph, &trusted, false, "trusted.pem");
    write_list(room, graph, &others, false, "untrusted.pem");
    write_list(room, graph, &none, true, "crls.pem");
    snprintf(now, sizeof(now), "%lld", (long long)TEST_NOW);
    add_words(argv, &count, always);
    add_words(argv, &count, (const char *const[]){ "-attime", now, NULL });
    add_words(argv, &count, trusted.count > 0 ? trust : no_trust);
    if (others.count > 0)
        add_words(argv, &count, help);
    if (graph->crl_count > 0)
        add_words(argv, &count, crls);
    for (i = 0; i < graph->question_count; i++) {
        name_question(i, files[i]);
        ret[i] = (struct verdict){ .code = NOT_SAID };
        argv[count++] = files[i];
    }
    argv[count] = NULL;
    said = run_openssl(room, argv);
    read_verdicts((char *)said.data, ret, graph->question_count);
    blob_clear(&said);
    for (i = 0; i < graph->question_count; i++)
        complete &= ret[i].holds || ret[i].code != NOT_SAID;
    return complete;
}

bool
peer_match(struct room *room, size_t key, size_t question)
{
    char name[NAME_SIZE];
    const char *argv[] = { "openssl", "x509",    "-in", name,
                           "-noout",  "-pubkey", NULL };
    struct blob said;
    bool matches;

    name_question(question, name);
    said = run_openssl(room, argv);
    if (room->plant == PLANT_MATCH)
        key = (key + 1) % pool_size;
    matches = strcmp((char *)said.data, room->public_keys[key]) == 0;
    blob_clear(&said);
    return matches;
}

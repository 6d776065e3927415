/*
 * Random graphs of certificates: what pki verify and pki match say of them must
 * be what the command line of OpenSSL says, each hint must be true, and who
 * does what the hints advise must come to a chain that holds.
 *
 *     chains [--seed N] [COUNT]     COUNT graphs, the first one by that seed,
 *                                   the next one by the seed after it
 *     chains --planted              finds what is planted, or fails
 *     chains --show --seed N        one graph, and what is said of it
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/chains/ask.h"
#include "tests/chains/remedy.h"

#define SEED 20260601
#define ROUNDS_MAX 40
#define CODES 128

struct test {
    struct room room;
    struct graph graph;
    bool quiet;
    size_t graphs, questions, held, matches, remedied, tidied, upset, failures;
    size_t refused[CODES], alone[CODES], stuck[CODES], beyond[CODES];
};

static void
complain(struct test *test, size_t question, const char *what,
         const struct answer *answer)
{
    test->failures++;
    if (test->quiet)
        return;
    printf("FAILED: seed %llu, %zu.crt: %s\n%s",
           (unsigned long long)test->graph.seed, question, what,
           answer != NULL ? answer->said : "");
    graph_print(&test->graph);
}

/*
 * What explains a verdict.  A hint for each error number; those without a row
 * need one of any name, those with an empty one may have none.
 */
static const struct reason {
    int code;
    enum hint_id any[4];
    size_t count;
} reasons[] = {
    { X509_V_ERR_CERT_HAS_EXPIRED,
      { HINT_EXPIRED, HINT_CA_EXPIRED, HINT_VALIDITY_EMPTY },
      3 },
    { X509_V_ERR_CERT_NOT_YET_VALID,
      { HINT_NOT_YET_VALID, HINT_VALIDITY_EMPTY },
      2 },
    { X509_V_ERR_CERT_SIGNATURE_FAILURE,
      { HINT_SIGNATURE_BAD, HINT_ISSUER_OTHER_KEY },
      2 },
    { X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, { HINT_LEAF_SELF_SIGNED }, 1 },
    { X509_V_ERR_INVALID_CA, { HINT_ISSUER_NOT_CA }, 1 },
    { X509_V_ERR_PATH_LENGTH_EXCEEDED, { HINT_PATH_LENGTH }, 1 },
    { X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, { HINT_EXTENSION_UNKNOWN }, 1 },
    { X509_V_ERR_PERMITTED_VIOLATION, { HINT_NAME_CONSTRAINTS }, 1 },
    { X509_V_ERR_EXCLUDED_VIOLATION, { HINT_NAME_CONSTRAINTS }, 1 },
    { X509_V_ERR_CERT_REVOKED, { HINT_REVOKED }, 1 },
    { X509_V_ERR_UNABLE_TO_GET_CRL, { HINT_CRL_MISSING }, 1 },
    { X509_V_ERR_CRL_HAS_EXPIRED, { HINT_CRL_EXPIRED }, 1 },
    { X509_V_ERR_CRL_NOT_YET_VALID, { HINT_CRL_NOT_YET_VALID }, 1 },
    /* CAs that are trusted and certify each other: told where one of them is
       in the way of another chain, not if several are. */
    { X509_V_ERR_CERT_CHAIN_TOO_LONG, { 0 }, 0 },
    { X509_V_ERR_CRL_SIGNATURE_FAILURE, { HINT_CRL_OTHER_KEY }, 1 },
    { X509_V_ERR_NO_EXPLICIT_POLICY, { HINT_POLICY_MISSING }, 1 },
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

static const struct reason *
reason_of(int code)
{
    size_t i;

    for (i = 0; i < REASONS; i++)
        if (reasons[i].code == code)
            return &reasons[i];
    return NULL;
}

/* Nothing is told of it: of several CRLs of an issuer the judge knows which one
   counts (pki/diagnose_crl.h). */
static bool
is_dark(const struct graph *graph, int code)
{
    const struct reason *reason = reason_of(code);
    bool several = false;
    size_t i, j;

    for (i = 0; i < graph->crl_count; i++)
        for (j = 0; j < i; j++)
            several |= graph->crls[i].name == graph->crls[j].name;
    return (reason != NULL && reason->count == 0) ||
           (several && code == X509_V_ERR_CERT_REVOKED);
}

static size_t
count_errors(const struct answer *answer)
{
    size_t count = 0, i;

    for (i = 0; i < answer->count; i++)
        count += hint_severity(answer->remarks[i].id) == SEVERITY_ERROR;
    return count;
}

static bool
is_explained(const struct graph *graph, const struct answer *answer)
{
    const struct reason *reason = reason_of(answer->verdict.code);
    size_t i, j;

    if (count_errors(answer) > 0)
        return true;
    if (reason == NULL)
        return false;
    for (i = 0; i < reason->count; i++)
        for (j = 0; j < answer->count; j++)
            if (answer->remarks[j].id == reason->any[i])
                return true;
    return is_dark(graph, answer->verdict.code);
}

/*
 * What nobody could mend.
 */

static bool
holds_with(struct test *test, const struct graph *graph, size_t question)
{
    struct answer answer;
    bool holds;

    room_write_one(&test->room, graph, question);
    ask_verify(&test->room, graph, question, &answer);
    holds = answer.verdict.holds;
    answer_clear(&answer);
    return holds;
}

static bool
holds_without_one(struct test *test, struct graph *graph, struct list *list,
                  size_t question)
{
    const struct list kept = *list;
    bool holds = false;
    size_t i;

    for (i = 0; i < kept.count && kept.count > 1 && !holds; i++) {
        list_remove(list, i);
        holds = holds_with(test, graph, question);
        *list = kept;
    }
    return holds;
}

/*
 * Does the judge refuse a chain of which nobody could say what to do?  A CA
 * that has signed its new key with the old one has two certificates of one
 * name, and who names no key of it gets the trusted one for both.  So it is if
 * it does not help to take one out, nor to trust all.
 */
static bool
is_beyond(struct test *test, struct graph *graph, size_t question)
{
    size_t i;

    if (holds_without_one(test, graph, &graph->bundle, question) ||
        (graph->has_ca && holds_without_one(test, graph, &graph->ca, question)))
        return false;
    for (i = 0; graph->has_ca && i < graph->bundle.count; i++)
        list_add(&graph->ca, graph->bundle.certs[i]);
    return !holds_with(test, graph, question);
}

static bool
is_beyond_all(struct test *test, size_t question)
{
    struct graph copy = graph_copy(&test->graph);
    bool beyond = is_beyond(test, &copy, question);

    graph_free(&copy);
    return beyond;
}

/*
 * The hints of one answer.
 */

static void
check_remarks(struct test *test, size_t question, const struct answer *answer)
{
    bool holds = answer->verdict.holds;
    size_t i;

    for (i = 0; i < answer->count; i++) {
        const struct remark *remark = &answer->remarks[i];

        if (!remark_is_true(&test->graph, question, remark))
            complain(test, question, hint_name(remark->id), answer);
        /* The order is none of the judge's business. */
        if (holds && remark->id != HINT_CHAIN_ORDER &&
            hint_severity(remark->id) == SEVERITY_ERROR)
            complain(test, question, "it holds, and an error is told", answer);
    }
    if (holds)
        return;
    if (!is_explained(&test->graph, answer) && !is_beyond_all(test, question))
        complain(test, question, "no hint tells why", answer);
    if (count_errors(answer) == 0)
        test->alone[answer->verdict.code % CODES]++;
}

/*
 * Doing what they say.
 */

static bool
is_tidying(enum hint_id id)
{
    return id == HINT_CHAIN_ORDER || id == HINT_CHAIN_DUPLICATE ||
           id == HINT_CHAIN_EXTRA || id == HINT_LEAF_IN_BUNDLE;
}

/* Behind the first that moves others, places are those of before. */
static bool
follow_once(struct test *test, size_t question, const struct answer *answer,
            struct graph *graph)
{
    bool holds = answer->verdict.holds;
    size_t i;

    for (i = 0; i < answer->count; i++) {
        const struct remark *remark = &answer->remarks[i];

        if (is_tidying(remark->id) != holds ||
            (!holds && hint_severity(remark->id) != SEVERITY_ERROR &&
             remark->id != HINT_LEAF_SELF_SIGNED))
            continue;
        if (test->room.plant == PLANT_REMEDY || remedy(graph, question, remark))
            return true;
    }
    return false;
}

static void
follow(struct test *test, size_t question, struct answer *answer)
{
    struct graph graph = graph_copy(&test->graph);
    struct verdict verdicts[QUESTIONS_MAX];
    int code = answer->verdict.code, round = 0;
    bool held = answer->verdict.holds, known = true, upset = false;

    while (known && round < ROUNDS_MAX &&
           follow_once(test, question, answer, &graph)) {
        round++;
        answer_clear(answer);
        room_write_one(&test->room, &graph, question);
        known = ask_verify(&test->room, &graph, question, answer);
        upset |= held && !answer->verdict.holds;
        held = answer->verdict.holds;
    }
    if (!known || round == ROUNDS_MAX) {
        complain(test, question, "the hints lead nowhere", answer);
    } else if (!held && !is_dark(&graph, answer->verdict.code)) {
        if (!is_beyond(test, &graph, question))
            complain(test, question, "the hints end too early", answer);
        else
            test->beyond[answer->verdict.code % CODES]++;
    } else if (!held) {
        test->stuck[answer->verdict.code % CODES]++;
    } else if (round > 0) {
        room_write(&test->room, &graph);
        if (!peer_verify(&test->room, &graph, verdicts) ||
            !verdicts[question].holds)
            complain(test, question, "the peer refuses what was mended",
                     answer);
        test->remedied += code != 0;
        test->tidied += code == 0;
        test->upset += upset;
    }
    graph_free(&graph);
}

/*
 * One graph.
 */

static void
check_question(struct test *test, size_t question, const struct verdict *peer)
{
    struct answer answer;
    bool known;

    room_write_one(&test->room, &test->graph, question);
    known = ask_verify(&test->room, &test->graph, question, &answer);
    test->questions++;
    if (!known)
        complain(test, question, "no answer that is known", &answer);
    else if (answer.verdict.holds != peer->holds ||
             answer.verdict.code != peer->code ||
             answer.verdict.depth != peer->depth) {
        if (!test->quiet)
            printf("the peer: error %d at %d\n", peer->code, peer->depth);
        complain(test, question, "another verdict", &answer);
    } else {
        test->held += answer.verdict.holds;
        test->refused[answer.verdict.code % CODES] += !answer.verdict.holds;
        check_remarks(test, question, &answer);
        follow(test, question, &answer);
    }
    answer_clear(&answer);
}

static void
check_match(struct test *test)
{
    const struct list *list = &test->graph.questions[0];
    size_t own = test->graph.certs[list->certs[0]].plan.key;
    size_t key =
        test->graph.seed % 2 == 0 ? own : test->graph.seed / 2 % pool_size;
    bool ours = ask_match(&test->room, key, 0);

    test->matches++;
    if (ours != (key == own) || ours != peer_match(&test->room, key, 0))
        complain(test, 0, "pki match: another verdict", NULL);
}

static void
check_graph(struct test *test, uint64_t seed)
{
    struct verdict verdicts[QUESTIONS_MAX];
    size_t i;

    graph_make(&test->graph, seed);
    room_write(&test->room, &test->graph);
    test->graphs++;
    check_match(test);
    if (!peer_verify(&test->room, &test->graph, verdicts))
        complain(test, 0, "the peer says nothing that is known", NULL);
    else
        for (i = 0; i < test->graph.question_count; i++)
            check_question(test, i, &verdicts[i]);
    graph_free(&test->graph);
}

/*
 * All of it.
 */

static void
print_counts(const char *what, const size_t counts[CODES])
{
    size_t i, sum = 0;

    for (i = 0; i < CODES; i++)
        sum += counts[i];
    printf("%s: %zu", what, sum);
    for (i = 0; i < CODES; i++)
        if (counts[i] > 0)
            printf(", error %zu: %zu", i, counts[i]);
    putchar('\n');
}

static void
report(const struct test *test, uint64_t seed)
{
    printf("%zu graphs from seed %llu on, %zu verdicts, of which %zu hold, %zu "
           "pairs\n",
           test->graphs, (unsigned long long)seed, test->questions, test->held,
           test->matches);
    print_counts("refused", test->refused);
    print_counts("no error among the hints", test->alone);
    printf("mended by their hints: %zu; tidied by them: %zu; refused in "
           "between: %zu\n",
           test->remedied, test->tidied, test->upset);
    print_counts("no hint is due", test->stuck);
    print_counts("beyond the judge", test->beyond);
    printf("%zu failures\n", test->failures);
}

static int
run(uint64_t seed, size_t count)
{
    struct test test = { .graphs = 0 };
    size_t i;

    room_open(&test.room);
    for (i = 0; i < count; i++)
        check_graph(&test, seed + i);
    room_close(&test.room);
    report(&test, seed);
    return test.failures > 0;
}

static int
run_planted(uint64_t seed)
{
    static const char *const names[PLANTS] = { NULL, "verdict", "match", "hint",
                                               "remedy" };
    struct test test = { .quiet = true };
    int missed = 0;
    size_t plant;

    room_open(&test.room);
    for (plant = PLANT_NONE + 1; plant < PLANTS; plant++) {
        test.failures = test.graphs = 0;
        test.room.plant = (enum plant)plant;
        while (test.failures == 0 && test.graphs < 50)
            check_graph(&test, seed + test.graphs);
        printf("planted %s: %s %zu graphs\n", names[plant],
               test.failures > 0 ? "found after" : "FAILED, not found in",
               test.graphs);
        missed += test.failures == 0;
    }
    room_close(&test.room);
    return missed > 0;
}

static void
show(uint64_t seed)
{
    struct test test = { .graphs = 0 };
    struct answer answer;
    size_t i;

    room_open(&test.room);
    graph_make(&test.graph, seed);
    graph_print(&test.graph);
    room_write(&test.room, &test.graph);
    for (i = 0; i < test.graph.question_count; i++) {
        ask_verify(&test.room, &test.graph, i, &answer);
        printf("%zu.crt: %s", i, answer.said);
        answer_clear(&answer);
    }
    graph_free(&test.graph);
    room_close(&test.room);
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        { "seed", required_argument, NULL, 's' },
        { "planted", no_argument, NULL, 'p' },
        { "show", no_argument, NULL, 'w' },
        { NULL, 0, NULL, 0 },
    };
    uint64_t seed = SEED;
    size_t count = 100;
    int option, what = 0, r = 0;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return 2;
        if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else
            what = option;
    }
    if (optind < argc)
        count = strtoul(argv[optind], NULL, 10);
    setvbuf(stdout, NULL, _IOLBF, 0);
    unsetenv("OPENSSL_CONF");
    pool_load();
    if (what == 'w')
        show(seed);
    else
        r = what == 'p' ? run_planted(seed) : run(seed, count);
    pool_free();
    return r;
}

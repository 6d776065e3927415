/*
 * The tables as rows, and what is printed of them.
 */
#include "mmp/evidence.h"

#include <string.h>

#include "mmp/words.h"
#include "tests/support.h"

/* Rows are what their kind promises; each with its evidence and source. */
static void
check_row(void *arg, const struct evidence_row *row)
{
    size_t *rows = arg;

    assert_in_range(row->evidence, GUESS, SEEN);
    assert_int_equal(row->evidence == SEEN, row->source != 0);
    if (strpbrk(row->text, "\t\n") != NULL)
        fail_msg("not one column: %s", row->text);
    if (row->kind == EVIDENCE_COMMAND)
        assert_true(row->text[0] >= 'a' && row->text[0] <= 'z');
    rows[row->kind]++;
}

static void
test_walk(void **state)
{
    const struct dialect *dialect;
    size_t i;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        struct session session = { .dialect = dialect };
        size_t rows[4] = { 0 };

        evidence_walk(&session, check_row, rows);
        assert_in_range(rows[EVIDENCE_COMMAND], 100, 1000);
        assert_in_range(rows[EVIDENCE_LINE], 200, 1000);
        assert_in_range(rows[EVIDENCE_OPTIONAL], 1, 100);
        assert_in_range(rows[EVIDENCE_QUESTION], 1, 100);
        session_clear(&session);
    }
}

/* What is printed for these words; the caller frees it. */
static char *
printed(const char *release, const char *line, int want)
{
    struct session session = { .dialect = dialect_find(release) };
    struct words words;
    char *text = NULL;
    size_t size;

    session.out = open_memstream(&text, &size);
    words_split(line, &words);
    assert_int_equal(evidence_print(&session, words.word, words.count), want);
    words_clear(&words);
    fclose(session.out);
    session_clear(&session);
    return text;
}

static void
test_print(void **state)
{
    char *text = printed("3.9", "pki match", 0);

    (void)state;
    assert_string_equal(
        text, "RECALL\tcommand\tpki match <key> <certificate>\t"
              "pki match <key> <certificate>\t-\n"
              "RECALL\tline\tpki match\tKey and certificate match\t-\n"
              "GUESS\tline\tpki match\tKey and CSR match\t-\n");
    free(text);
    /* What only another release asks, seen of half its forms, or of one. */
    text = printed("3.9", "xmpp", -1);
    assert_string_equal(text, "");
    free(text);
    text = printed("3.9", "callbridge av1", 0);
    assert_non_null(strstr(text, "RECALL\tcommand\tcallbridge av1 "));
    free(text);
    text = printed("3.9", "ntp server del", 0);
    assert_non_null(strstr(text, "RECALL\tcommand\tntp server del <ip>\t"));
    free(text);
    text = printed("3.9", "streamer", 0);
    assert_non_null(strstr(text, "SEEN\tline\tstreamer\tEnabled              "
                                 "   : %1\tTAC 217320\n"));
    assert_non_null(strstr(text, "SEEN\tline\tstreamer\tFAILURE: TLS port set "
                                 "but no certificates configured\tTAC "));
    assert_non_null(strstr(text, "\tSUCCESS: Streamer enabled\tTAC 217320\n"));
    /* Where success was seen, failure is still a guess. */
    assert_non_null(strstr(text, "GUESS\tline\tstreamer\tFAILURE: Key and "
                                 "certificate problem\t-\n"));
    assert_null(strstr(text, "webadmin"));
    free(text);
    /* Words beyond the first that a line belongs to. */
    text = printed("3.9", "streamer sip", 0);
    assert_non_null(strstr(text, "SIP Resolution"));
    assert_null(strstr(text, "streamer enable"));
    free(text);
    text = printed("2.9", "", 0);
    assert_non_null(strstr(text, "GUESS\tline\t-\t%1: no such file\t-\n"));
    assert_non_null(strstr(text, "\n-\tsource\t-\tCisco TAC 217320: "));
    free(text);
    /* What was seen of 3.x is not as good for 2.9. */
    text = printed("2.9", "webadmin", 0);
    assert_non_null(strstr(text,
                           "RECALL\tline\twebadmin\tKey file              "
                           "  : %1\t-\n"));
    free(text);
    text = printed("3.9", "webadmin", 0);
    assert_non_null(strstr(text, "SEEN\tline\twebadmin\tKey file              "
                                 "  : %1\tTAC 221729\n"));
    free(text);
    /* The same question of another command. */
    text = printed("3.9", "pki unlock", 0);
    assert_non_null(strstr(text, "GUESS\tquestion\tpki unlock, pki "
                                 "pkcs12-to-ssh\tPlease enter password:\t-\n"));
    assert_null(strstr(text, "\tsource\t"));
    free(text);
    text = printed("2.9", "webbridge3", -1);
    assert_string_equal(text, "");
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_print),
    };

    return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}

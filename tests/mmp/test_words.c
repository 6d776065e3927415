/*
 * A typed line into words.
 */
#include "mmp/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static const struct {
    const char *line, *words; /* separated by | and ended by it */
    bool open_quote;
} table[] = {
    { "", "", false },
    { "   \t\r\n ", "", false },
    { "pki", "pki|", false },
    { "  pki \t\t csr  ", "pki|csr|", false },
    { "pki\r\ncsr", "pki|csr|", false },
    { "O:\"Example Inc.\" C:DE", "O:Example Inc.|C:DE|", false },
    { "\"O:Example Inc.\"", "O:Example Inc.|", false },
    { "a\"b c\"d\"e f\"g", "ab cde fg|", false },
    { "\"\"", "|", false },
    { "a \"\" b", "a||b|", false },
    { "\"\"\"\"", "|", false },
    { "a\"\"b", "ab|", false },
    { "O:\"Example Inc.", "O:Example Inc.|", true },
    { "\"", "|", true },
    { "a \"b\" \"c d", "a|b|c d|", true },
    { "'a b'", "'a|b'|", false },          /* no other quotes */
    { "a\\ b \\\"c", "a\\|b|\\c|", true }, /* no escape character */
    { "caf\xc3\xa9 \xc2\xa0", "caf\xc3\xa9|\xc2\xa0|", false },
    { "a\vb\fc", "a\vb\fc|", false }, /* no blanks of ours */
};

static void
test_table(void **state)
{
    size_t i, w;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct blob joined = { 0 };
        struct words words;

        words_split(table[i].line, &words);
        for (w = 0; w < words.count; w++) {
            blob_text(&joined, words.word[w]);
            blob_text(&joined, "|");
        }
        blob_text(&joined, "");
        assert_string_equal(joined.data, table[i].words);
        assert_null(words.word[words.count]);
        assert_int_equal(words.open_quote, table[i].open_quote);
        blob_clear(&joined);
        words_clear(&words);
        assert_int_equal(words.count, 0);
        assert_null(words.word);
    }
}

static void
test_many_words(void **state)
{
    struct blob line = { 0 };
    struct words words;
    size_t i;

    (void)state;
    for (i = 0; i < 30000; i++) {
        char word[16];

        snprintf(word, sizeof(word), "w%zu ", i);
        blob_text(&line, word);
    }
    words_split((char *)line.data, &words);
    assert_int_equal(words.count, 30000);
    assert_string_equal(words.word[0], "w0");
    assert_string_equal(words.word[29999], "w29999");
    assert_null(words.word[30000]);
    words_clear(&words);
    blob_clear(&line);
}

/* Every line of six characters of these: what must hold, holds. */
static void
test_all_short_lines(void **state)
{
    static const char letters[] = "a \"\t";
    char line[7] = "";
    unsigned n, rest;

    (void)state;
    for (n = 0; n < 4096; n++) {
        struct words words;
        size_t i, quotes = 0, letters_in = 0, letters_out = 0;

        for (i = 0, rest = n; i < 6; i++, rest /= 4) {
            line[i] = letters[rest % 4];
            quotes += line[i] == '"';
            letters_in += line[i] == 'a';
        }
        words_split(line, &words);
        assert_int_equal(words.open_quote, quotes % 2);
        assert_in_range(words.count, 0, 3);
        for (i = 0; i < words.count; i++) {
            const char *s = words.word[i];

            assert_null(strchr(s, '"'));
            for (; *s != '\0'; s++)
                letters_out += *s == 'a';
        }
        assert_int_equal(letters_out, letters_in);
        words_clear(&words);
    }
}

static void
test_join(void **state)
{
    char one[] = "pki", two[] = "list all", *const words[] = { one, two };
    static const char *const want[] = { "", "pki", "pki list all" };
    size_t i;

    (void)state;
    for (i = 0; i <= 2; i++) {
        char *text = words_join(words, i);

        assert_string_equal(text, want[i]);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_many_words),
        cmocka_unit_test(test_all_short_lines),
        cmocka_unit_test(test_join),
    };

    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}

/*
 * XMPP up to TLS, bytes in and bytes out.
 */
#include "services/speak.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

#define STREAM "<stream:stream xmlns='jabber:client' to='example.org'>"
#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

/* The same element. */
#define STARTTLS_TWO                                                           \
    "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>\n</starttls >"

static enum next
say(struct dialogue *dialogue, const char *text)
{
    blob_clear(&dialogue->out);
    blob_text(&dialogue->out, "");
    blob_text(&dialogue->in, text);
    return speak_xmpp(dialogue);
}

static void
assert_said(const struct dialogue *dialogue, const char *text)
{
    if (strstr((const char *)dialogue->out.data, text) == NULL)
        fail_msg("no %s in %s", text, dialogue->out.data);
}

static void
test_starttls(void **state)
{
    struct dialogue dialogue = { 0 };

    (void)state;
    assert_int_equal(say(&dialogue, "<?xml version='1.0'?>\n" STREAM),
                     NEXT_READ);
    assert_said(&dialogue, "<stream:stream ");
    assert_said(&dialogue, " from='example.org'");
    assert_string_equal(dialogue.host, "example.org");
    assert_said(&dialogue, "<required/></starttls></stream:features>");
    assert_int_equal(say(&dialogue, STARTTLS), NEXT_TLS);
    assert_said(&dialogue,
                "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    dialogue.secure = true;
    assert_int_equal(say(&dialogue, STREAM), NEXT_CLOSE);
    assert_said(&dialogue, "</stream:stream>");
    dialogue_clear(&dialogue);
}

/* The handshake begins at once: what stands behind stays untaken. */
static void
test_injection(void **state)
{
    struct dialogue dialogue = { 0 };

    (void)state;
    assert_int_equal(say(&dialogue, STREAM STARTTLS "<auth/>"), NEXT_TLS);
    assert_string_equal((char *)dialogue.in.data, "<auth/>");
    dialogue_clear(&dialogue);
    assert_int_equal(say(&dialogue, STREAM STARTTLS_TWO "<auth/>"), NEXT_TLS);
    assert_string_equal((char *)dialogue.in.data, "<auth/>");
    dialogue_clear(&dialogue);
    assert_int_equal(say(&dialogue, STREAM STARTTLS "</starttls>"), NEXT_TLS);
    assert_string_equal((char *)dialogue.in.data, "</starttls>");
    dialogue_clear(&dialogue);
}

static void
test_slow(void **state)
{
    static const char *const texts[] = { STREAM STARTTLS, STREAM STARTTLS_TWO };
    struct dialogue dialogue = { 0 };
    size_t i, j;

    (void)state;
    for (i = 0; i < 2; i++) {
        for (j = 0; texts[i][j] != '\0'; j++) {
            const char byte[2] = { texts[i][j], '\0' };

            assert_int_equal(say(&dialogue, byte),
                             texts[i][j + 1] == '\0' ? NEXT_TLS : NEXT_READ);
        }
        assert_int_equal(dialogue.in.size, 0);
        assert_said(&dialogue, "<proceed ");
        dialogue_clear(&dialogue);
    }
}

/* Nothing of what it sends comes back as markup. */
static void
test_bad_host(void **state)
{
    static const char *const streams[] = {
        "<stream:stream to='a\"b'>",  "<stream:stream to='a/b'>",
        "<stream:stream to='>",       "<stream:stream to=a>",
        "<stream:stream to=\"a'>\">",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        struct dialogue dialogue = { 0 };

        say(&dialogue, streams[i]);
        assert_null(strstr((char *)dialogue.out.data, "from="));
        dialogue_clear(&dialogue);
    }
}

/* However a client writes it. */
static void
test_host(void **state)
{
    static const struct {
        const char *stream, *host; /* NULL: none */
    } rows[] = {
        { "<stream:stream to='a.example'>", "a.example" },
        { "<stream:stream xmlns='x'\n\tto=\"a.example.\" >", "a.example" },
        { "<stream:stream from='to=b' to = 'a.example' to='c'>", "a.example" },
        { "<stream:stream xmlns=\" to='b'\" version='1.0'>", NULL },
        { "<stream:stream tox='b'>", NULL },
        { "<stream:stream to>", NULL },
        { "<stream:stream to='.'>", NULL },
        { "<stream:stream>", NULL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dialogue dialogue = { 0 };

        say(&dialogue, rows[i].stream);
        assert_int_equal(dialogue.host != NULL, rows[i].host != NULL);
        if (rows[i].host != NULL)
            assert_string_equal(dialogue.host, rows[i].host);
        dialogue_clear(&dialogue);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *text, *condition;
        bool secure;
    } table[] = {
        { "hello", "<not-well-formed ", false },
        { "<a<b>", "<not-well-formed ", false },
        { STREAM "<auth/>", "<not-authorized ", false },
        { "<starttlsx/>", "<not-authorized ", false },
        { STARTTLS, "<not-authorized ", true },
        { STARTTLS_TWO, "<not-authorized ", true },
        { "<starttls>text</starttls>", "<not-well-formed ", false },
        { "<starttls><auth/>", "<not-well-formed ", false },
    };
    struct dialogue dialogue = { 0 };
    char *large = xcalloc(1, SPEAK_MAX_IN + 1);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        dialogue.secure = table[i].secure;
        assert_int_equal(say(&dialogue, table[i].text), NEXT_CLOSE);
        assert_said(&dialogue, table[i].condition);
        assert_said(&dialogue, "</stream:error></stream:stream>");
        dialogue_clear(&dialogue);
    }
    dialogue.secure = false;
    assert_int_equal(say(&dialogue, "</stream:stream>"), NEXT_CLOSE);
    assert_string_equal((char *)dialogue.out.data, "</stream:stream>");
    dialogue_clear(&dialogue);
    memset(large, 'a', SPEAK_MAX_IN);
    large[0] = '<';
    assert_int_equal(say(&dialogue, large), NEXT_CLOSE);
    assert_said(&dialogue, "<policy-violation ");
    dialogue_clear(&dialogue);
    free(large);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starttls), cmocka_unit_test(test_injection),
        cmocka_unit_test(test_slow),     cmocka_unit_test(test_bad_host),
        cmocka_unit_test(test_host),     cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("speak_xmpp", tests, NULL, NULL);
}

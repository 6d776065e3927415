/*
 * mmp/editor.h: what TAB offers, and what is kept of the history.  The editing
 * itself needs a terminal: tests/pty.c.
 */
#include "mmp/editor.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/options.h"
#include "pki/xalloc.h"
#include "tests/support.h"

struct desk {
    struct session session;
    struct options options;
    struct editor *editor;
    void *scratch;
};

static int
setup(void **state)
{
    struct desk *desk = xcalloc(1, sizeof(*desk));

    if (scratch_setup(&desk->scratch) != 0)
        return -1;
    options_defaults(&desk->options);
    desk->session.dialect = dialect_find("2.9");
    desk->session.options = &desk->options;
    desk->session.store = ((struct scratch *)desk->scratch)->store;
    desk->session.out = stdout;
    desk->editor = editor_new(&desk->session, NULL, true);
    *state = desk;
    return 0;
}

static int
teardown(void **state)
{
    struct desk *desk = *state;
    int r = scratch_teardown(&desk->scratch);

    editor_free(desk->editor);
    session_clear(&desk->session);
    options_clear(&desk->options);
    free(desk);
    return r;
}

/*
 * Completion.
 */

static void
append_offer(void *arg, const char *text)
{
    struct blob *offers = arg;

    blob_text(offers, "|");
    blob_text(offers, text);
}

/* What is offered, in order, each after a bar. */
static void
expect_offers(struct desk *desk, const char *line, const char *want)
{
    struct blob offers = { 0 };

    blob_text(&offers, "");
    editor_complete(&desk->session, line, append_offer, &offers);
    assert_string_equal((const char *)offers.data, want);
    blob_clear(&offers);
}

static void
test_complete_words(void **state)
{
    struct desk *desk = *state;

    expect_offers(desk, "pk", "|pki");
    expect_offers(desk, "  pki  m", "|match");
    expect_offers(desk, "pki s", "|selfsigned|sign");
    expect_offers(desk, "re", "|reboot|recorder");
    expect_offers(desk, "help pk", "|pki");
    expect_offers(desk, "",
                  "|pki|database|ipv4|ipv6|iface|dns|ntp|timezone|help|version|"
                  "hostname|whoami|date|uptime|ls|rm|license|backup|reboot|"
                  "shutdown|exit|quit|logout|user|passwd|syslog|webadmin|"
                  "callbridge|webbridge|"
                  "xmpp|turn|loadbalancer|trunk|h323_gateway|sipedge|recorder|"
                  "streamer|tls");
    expect_offers(desk, "database cluster c", "|certs|connect|clear_error");
    expect_offers(desk, "database cluster localnode ", "|a|b|c|d|e");
    expect_offers(desk, "z", "");
    expect_offers(desk, "z ", "");
    expect_offers(desk, "webadmin l", "|listen");
    expect_offers(desk, "webadmin listen ", "|a|b|c|d|e|lo|none");
    expect_offers(desk, "turn tls ", "|none");
    expect_offers(desk, "pki list ", "");
    expect_offers(desk, "hostname ", "");
}

/* Keys where a key goes, certificates where a certificate goes. */
static void
test_complete_files(void **state)
{
    static const char *const names[] = { "a.crt",       "a.csr", "a.key",
                                         "b.cer",       "b.key", "c.pem",
                                         "my file.crt", "u.pub", NULL };
    struct desk *desk = *state;
    size_t i;

    for (i = 0; names[i] != NULL; i++)
        put_text(desk->session.store, names[i], "x");
    expect_offers(desk, "pki match ", "|a.key|b.key|c.pem");
    expect_offers(desk, "pki match a.key ", "|a.crt|b.cer|c.pem|my file.crt");
    expect_offers(desk, "pki match a.key a", "|a.crt");
    expect_offers(desk, "pki match a.key a.crt ", "");
    expect_offers(desk, "pki verify a.crt b.cer c", "|c.pem");
    expect_offers(desk, "pki unlock b", "|b.key");
    expect_offers(desk, "pki sign ", "|a");
    expect_offers(desk, "pki sign a ", "|a|b");
    expect_offers(desk, "pki pkcs12-to-ssh ", "|u");
    expect_offers(desk, "rm a", "|a.crt|a.csr|a.key");
    expect_offers(desk, "pki inspect \"my fi", "|my file.crt");
    expect_offers(desk, "pki inspect \"my ", "|my file.crt");
    put_text(desk->session.store, "before.bak", "x");
    expect_offers(desk, "backup rollback ", "|before");
    expect_offers(desk, "ipv4 ", "|a|b|c|d|e");
}

static void
test_complete_attributes(void **state)
{
    struct desk *desk = *state;

    expect_offers(desk, "pki csr x C", "|C:|CN:");
    expect_offers(desk, "pki csr x CN:a sub", "|subjectAltName:");
    expect_offers(desk, "pki selfsigned x O", "|O:|OU:");
    /* Within a value there is nothing to offer. */
    expect_offers(desk, "pki csr x O:\"Example ", "");
    expect_offers(desk, "pki csr x CN:", "|CN:");
}

/*
 * History.
 */

static struct blob
history(struct desk *desk)
{
    struct blob text = { 0 };
    struct error error;

    assert_int_equal(store_read(desk->session.store, STORE_PRIVATE, "history",
                                &text, &error),
                     0);
    return text;
}

static void
expect_history(struct desk *desk, const char *want)
{
    struct blob text = history(desk);

    assert_string_equal((const char *)text.data, want);
    blob_clear(&text);
}

static void
put_history(struct desk *desk, const void *data, size_t size)
{
    struct blob text = { 0 };
    struct store_change change = { "history", &text, 0600 };
    struct error error;

    blob_append(&text, data, size);
    assert_int_equal(
        store_write(desk->session.store, STORE_PRIVATE, &change, 1, &error), 0);
    blob_clear(&text);
}

/* As if the user came again. */
static void
save_and_come_again(struct desk *desk)
{
    struct error error;

    assert_int_equal(editor_save(desk->editor, &error), 0);
    editor_free(desk->editor);
    desk->editor = editor_new(&desk->session, NULL, true);
}

static void
test_history_is_kept(void **state)
{
    struct desk *desk = *state;

    save_and_come_again(desk);
    assert_false(store_has(desk->session.store, STORE_PRIVATE, "history"));
    editor_remember(desk->editor, "pki list");
    editor_remember(desk->editor, "");
    editor_remember(desk->editor, "version");
    editor_remember(desk->editor, "version");
    save_and_come_again(desk);
    expect_history(desk, "pki list\nversion\n");
    save_and_come_again(desk);
    editor_remember(desk->editor, "pki list");
    save_and_come_again(desk);
    expect_history(desk, "pki list\nversion\npki list\n");
    assert_int_equal(run_shell(desk->scratch,
                               "test $(stat -c %a ../private/history) = 600",
                               NULL),
                     0);
}

/* Two sessions at once: both are kept. */
static void
test_history_is_shared(void **state)
{
    struct desk *desk = *state;
    struct editor *other = editor_new(&desk->session, NULL, true);
    struct error error;

    editor_remember(desk->editor, "one");
    editor_remember(other, "two");
    save_and_come_again(desk);
    assert_int_equal(editor_save(other, &error), 0);
    editor_free(other);
    expect_history(desk, "one\ntwo\n");
}

static void
test_history_is_not_kept(void **state)
{
    struct desk *desk = *state;
    struct editor *other = editor_new(&desk->session, NULL, false);
    struct error error;

    editor_remember(other, "one");
    assert_int_equal(editor_save(other, &error), 0);
    editor_free(other);
    assert_false(store_has(desk->session.store, STORE_PRIVATE, "history"));
}

static void
test_history_is_bounded(void **state)
{
    struct desk *desk = *state;
    struct blob text, want = { 0 };
    char line[32];
    int i;

    for (i = 0; i < 700; i++) {
        snprintf(line, sizeof(line), "old %d", i);
        editor_remember(desk->editor, line);
    }
    save_and_come_again(desk);
    for (i = 0; i < 600; i++) {
        snprintf(line, sizeof(line), "new %d", i);
        editor_remember(desk->editor, line);
    }
    save_and_come_again(desk);
    for (i = 0; i < EDITOR_HISTORY; i++) {
        snprintf(line, sizeof(line), i < 400 ? "old %d\n" : "new %d\n",
                 i < 400 ? i + 300 : i - 400);
        blob_text(&want, line);
    }
    text = history(desk);
    assert_string_equal((const char *)text.data, (const char *)want.data);
    blob_clear(&text);
    blob_clear(&want);

    /* The session itself keeps no more. */
    for (i = 0; i < EDITOR_HISTORY + 1; i++) {
        snprintf(line, sizeof(line), "%d", i);
        editor_remember(desk->editor, line);
    }
    save_and_come_again(desk);
    text = history(desk);
    assert_memory_equal(text.data, "1\n2\n", 4);
    blob_clear(&text);
}

/* Long lines push out the old ones: the store reads no endless file. */
static void
test_history_is_bounded_in_bytes(void **state)
{
    struct desk *desk = *state;
    struct blob line = { 0 }, text;
    int i;

    editor_remember(desk->editor, "oldest");
    for (i = 0; i < 20; i++) {
        blob_zeros(&line, 100000);
        memset(line.data, 'a' + i, line.size);
        editor_remember(desk->editor, (const char *)line.data);
        blob_clear(&line);
    }
    editor_remember(desk->editor, "newest");
    save_and_come_again(desk);
    text = history(desk);
    assert_true(text.size <= EDITOR_HISTORY_BYTES);
    assert_true(text.size > EDITOR_HISTORY_BYTES - 100001);
    assert_string_equal((const char *)text.data + text.size - 8, "\nnewest\n");
    blob_clear(&text);
}

/* A history that is not as we wrote it never stands in the way. */
static void
test_history_damaged(void **state)
{
    struct desk *desk = *state;
    struct error error;

    put_history(desk, "", 0);
    editor_remember(desk->editor, "a");
    save_and_come_again(desk);
    expect_history(desk, "a\n");

    put_history(desk, "\n\nb\n\377\33[2J\n\0c\nlast", 16);
    editor_remember(desk->editor, "d");
    save_and_come_again(desk);
    expect_history(desk, "b\n\377\33[2J\nd\n");

    assert_int_equal(run_shell(desk->scratch,
                               "rm ../private/history &&"
                               " mkdir ../private/history &&"
                               " touch ../private/history/x",
                               NULL),
                     0);
    editor_remember(desk->editor, "e");
    assert_int_equal(editor_save(desk->editor, &error), -1);
    assert_true(error.code != E_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_complete_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_complete_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_complete_attributes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_history_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_history_is_shared, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_history_is_not_kept, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_history_is_bounded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_history_is_bounded_in_bytes, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_history_damaged, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The tables: what a row promises by its place is true.
 */
#include "mmp/dialect.h"

#include <stdio.h>
#include <string.h>

#include "mmp/session.h"
#include "services/users.h"
#include "tests/support.h"

static void
test_find(void **state)
{
    const struct dialect *dialect;
    unsigned bits = 0;
    size_t i;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        assert_ptr_equal(dialect_find(dialect->name), dialect);
        assert_int_equal(dialect->release & (dialect->release - 1), 0);
        assert_int_not_equal(dialect->release, 0);
        assert_int_equal(bits & dialect->release, 0);
        bits |= dialect->release;
        assert_string_equal(dialect->prompt_end, "> ");
    }
    assert_int_equal(i, 2);
    assert_null(dialect_at(i + 1));
    assert_null(dialect_at(1000));
    assert_string_equal(dialect_at(0)->name, "2.9"); /* the default */
    assert_null(dialect_find("2"));
    assert_null(dialect_find(""));
    assert_false(dialect_find("2.9")->full_chain);
    assert_true(dialect_find("3.9")->full_chain);
    assert_true(dialect_find("2.9")->schema < dialect_find("3.9")->schema);
}

/* What was seen says where; nothing else does. */
static void
check_source(const char *what, enum evidence evidence, unsigned source)
{
    if (evidence < GUESS || evidence > SEEN)
        fail_msg("%s: no evidence", what);
    if ((evidence == SEEN) != (source != 0))
        fail_msg("%s: SEEN wants a source, nothing else has one", what);
}

/* Is each of the phrase's commands the beginning of one in some release? */
static void
check_phrase_commands(const char *commands)
{
    while (commands != NULL && *commands != '\0') {
        size_t size = strcspn(commands, ".,"), i;
        const struct dialect *dialect;
        bool found = false;

        for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
            struct session session = { .dialect = dialect };
            const struct command *command;
            size_t at = 0;

            while ((command = command_next(&session, &at)) != NULL)
                if (strncmp(command->usage, commands, size) == 0 &&
                    strchr(" ", command->usage[size]) != NULL)
                    found = true;
            session_clear(&session);
        }
        if (!found)
            fail_msg("no command begins with %.*s", (int)size, commands);
        commands += size + strspn(commands + size, "., ");
    }
}

/* <slot>s exist, and what may be left out or repeated stands at the end. */
static void
check_usage_line(const char *usage)
{
    const char *s = usage;
    bool optional = false, repeated = false;
    size_t arguments = 0;

    assert_in_range(usage[0], 'a', 'z');
    while (*s != '\0') {
        size_t size = 0;
        bool opened = *s == '[';

        if (repeated || (optional && !opened))
            fail_msg("%s: something stands behind the end", usage);
        s += opened;
        if (*s == '<') {
            size = strcspn(++s, ">");
            while (strncmp(s + size, ">:<", 3) == 0)
                size += 3 + strcspn(s + size + 3, ">");
            if (slot_find(s, size) == NULL)
                fail_msg("%s: no slot %.*s", usage, (int)size, s);
            arguments++;
            s += size;
            assert_int_equal(*s++, '>');
        } else if (*s == '(') {
            size = strcspn(s, ")");
            arguments++;
            s += size;
            assert_int_equal(*s++, ')');
        } else {
            size = strspn(s, ""
                             "abcdefghijklmnopqrstuvwxyzL0123456789-_");
            assert_in_range(size, 1, 64);
            s += size;
        }
        if (strncmp(s, "...", 3) == 0) {
            repeated = true;
            s += 3;
        }
        if (opened) {
            optional = true;
            assert_int_equal(*s++, ']');
        }
        if (*s != '\0') {
            assert_int_equal(*s++, ' ');
            assert_int_not_equal(*s, '\0');
        }
    }
    assert_in_range(arguments, 0, MAX_ARGS);
}

static void
test_commands(void **state)
{
    const struct dialect *dialect;
    size_t i;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        struct session session = { .dialect = dialect, .hints = true };
        const struct command *command, *other;
        size_t at = 0, other_at, n = 0;

        for (; (command = command_next(&session, &at)) != NULL; n++) {
            check_usage_line(command->usage);
            assert_non_null(command->run);
            check_source(command->usage, command->evidence, command->source);
            assert_int_equal(command->releases & ~(unsigned)(CMS_2 | CMS_3), 0);
            if (command->shown != NULL)
                assert_string_not_equal(command->shown, command->usage);
            for (other_at = at;
                 (other = command_next(&session, &other_at)) != NULL;)
                assert_string_not_equal(other->usage, command->usage);
        }
        assert_in_range(n, 20, 1000);
        session_clear(&session);
    }
}

/* <slot> or <slot|none>, in any release. */
static bool
slot_is_used(const char *name)
{
    const struct dialect *dialect;
    bool used = false;
    char text[64], or_none[64];
    size_t i;

    snprintf(text, sizeof(text), "<%s>", name);
    snprintf(or_none, sizeof(or_none), "<%s|none>", name);
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        struct session session = { .dialect = dialect, .hints = true };
        const struct command *command;
        size_t at = 0;

        while ((command = command_next(&session, &at)) != NULL)
            used = used || strstr(command->usage, text) != NULL ||
                   strstr(command->usage, or_none) != NULL;
        session_clear(&session);
    }
    return used;
}

/* Is every slot in some usage line? */
static void
test_slots_are_used(void **state)
{
    const struct slot *slot;

    (void)state;
    for (slot = slots; slot->name != NULL; slot++)
        if (!slot_is_used(slot->name))
            fail_msg("no command has <%s>", slot->name);
}

/* What an auditor may type; all the rest is refused, whoever adds it. */
static void
test_roles(void **state)
{
    static const char *const audit[] = {
        "help [<command>...]",  "version", "whoami", "passwd", "syslog follow",
        "syslog search <text>", "exit",    "quit",   "logout",
    };
    const size_t allowed = sizeof(audit) / sizeof(audit[0]);
    const struct dialect *dialect;
    size_t i, n;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        struct session session = { .dialect = dialect };
        const struct command *command;
        size_t at = 0, found = 0;

        while ((command = command_next(&session, &at)) != NULL) {
            if (!(command->roles & ROLE_AUDIT))
                continue;
            for (n = 0; n < allowed; n++)
                if (strcmp(command->usage, audit[n]) == 0)
                    break;
            if (n == allowed)
                fail_msg("an auditor may not: %s", command->usage);
            found++;
        }
        assert_int_equal(found, allowed);
        session_clear(&session);
    }
}

/* Which of %1 to %4 stand in it, as bits. */
static unsigned
placeholders(const char *text)
{
    unsigned bits = 0;

    for (; (text = strchr(text, '%')) != NULL; text++) {
        if (text[1] < '1' || text[1] > '4')
            fail_msg("a stray per cent sign: %s", text);
        bits |= 1U << (text[1] - '1');
    }
    return bits;
}

static void
check_phrase(const struct phrase *phrase, const char *table, size_t i,
             unsigned allowed)
{
    const char *s;

    if (phrase->text == NULL || phrase->text[0] == '\0')
        fail_msg("%s %zu has no text", table, i);
    check_source(phrase->text, phrase->evidence, phrase->source);
    check_phrase_commands(phrase->commands);
    check_phrase_commands(phrase->also);
    assert_true(phrase->also == NULL || phrase->commands != NULL);
    for (s = phrase->text; *s != '\0'; s++)
        if (*s < 0x20 || *s == 0x7f)
            fail_msg("%s %zu: not one line of ASCII", table, i);
    if ((placeholders(phrase->text) & ~allowed) != 0)
        fail_msg("%s %zu uses what it is not given: %s", table, i,
                 phrase->text);
}

enum { ONE = 1, TWO = 2, THREE = 4, FOUR = 8 };

static void
test_phrases(void **state)
{
    static const unsigned allowed[PHRASES] = {
        [SAY_UNKNOWN_COMMAND] = ONE,
        [SAY_FILE_UNUSED] = ONE,
        [SAY_KEY_AND_CSR] = ONE,
        [SAY_CSR_READY] = ONE,
        [SAY_KEY_AND_CERT] = ONE,
        [SAY_SIGNED] = ONE,
        [SAY_SIGNED_CHAIN] = ONE,
        [SAY_UNLOCKED] = ONE,
        [SAY_SSH_CREATED] = ONE,
        [SAY_HOSTNAME] = ONE,
        [SAY_VERSION] = ONE | TWO,
        [SAY_USER] = ONE,
        [SAY_DATE_UTC] = ONE,
        [SAY_DATE_LOCAL] = ONE,
        [SAY_UPTIME] = ONE | TWO,
        [SAY_SUCCESS] = ONE,
        [SAY_WARNING] = ONE,
        [SAY_FAILURE] = ONE,
        [SAY_INCOMPLETE] = ONE,
        [SAY_NOT_STARTED] = ONE,
        [SAY_ENABLED] = ONE,
        [SAY_DISABLED] = ONE,
        [SAY_RESTARTED] = ONE,
        [SAY_NOT_RUNNING] = ONE | TWO,
        [SAY_NOT_RUNNING_YET] = ONE | TWO | THREE,
        [SAY_CRASHED] = ONE | TWO,
        [SAY_PORT_OFFSET] = ONE | TWO,
        [SAY_SECRET] = ONE,
        [SAY_ELSEWHERE] = ONE,
        [SAY_FILE_USED] = ONE | TWO,
        [SAY_FILE_LOST] = ONE | TWO,
        [SAY_LICENSE] = ONE | TWO | THREE,
        [SAY_LICENSE_EXPIRED] = ONE | TWO,
        [SAY_BACKUP] = ONE,
        [SAY_IP_VALUE] = ONE | TWO,
        [SAY_IP_ADDRESS] = ONE,
        [SAY_IP_ROUTE] = ONE | TWO,
        [SAY_IFACE_MAC] = ONE,
        [SAY_IFACE_MTU] = ONE,
        [SAY_DNS_ZONE] = ONE | TWO,
        [SAY_DNS_RECORD] = ONE,
        [SAY_DNS_ANSWER] = ONE,
        [SAY_NTP_SERVER] = ONE,
        [SAY_TIMEZONE] = ONE,
        [SAY_AUDIT] = ONE | TWO | THREE | FOUR,
        [SAY_USER_ROLE] = ONE | TWO,
        [SAY_USER_NAME] = ONE,
        [SAY_USER_INFO] = ONE,
        [SAY_CLUSTER_ERROR] = ONE,
        [SAY_CLUSTER_STATUS] = ONE,
        [SAY_CLUSTER_NODE] = ONE | TWO,
        [SAY_CLUSTER_IN_USE] = ONE,
        [SAY_CLUSTER_INTERFACE] = ONE,
        [SAY_CLUSTER_FILE] = ONE | TWO,
        [SAY_CLUSTER_EXPIRED] = ONE | TWO,
        [SAY_CLUSTER_EXPIRES] = ONE | TWO | THREE,
        [SAY_CLUSTER_LAST] = ONE | TWO,
    };
    const struct dialect *dialect;
    size_t i, p;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        for (p = 0; p < PHRASES; p++) {
            const struct phrase *phrase = &dialect->phrases[p];

            check_phrase(phrase, "phrase", p, allowed[p]);
            /* What a command is told, it says; the version is ours to give. */
            if (p != SAY_VERSION)
                assert_int_equal(placeholders(phrase->text), allowed[p]);
        }
    }
}

/* By pki/error.h: which codes have another name, a line, a detail. */
static unsigned
given(enum error_code code)
{
    switch (code) {
    case E_BUSY:
    case E_NO_CN:
    case E_CANCELLED:
        return 0;
    case E_DENIED:
    case E_FULL:
    case E_IO:
    case E_KEY_TYPE:
    case E_CRYPTO:
    case E_BAD_NUMBER:
    case E_BAD_WORD:
    case E_LISTEN:
    case E_ENDED:
    case E_TOO_LARGE:
    case E_PASSWORD:
    case E_REQUEST:
    case E_SCHEMA:
    case E_UNREACHABLE:
    case E_UNTRUSTED:
    case E_DATABASE:
        return ONE | FOUR;
    case E_SUPERVISOR:
        return FOUR;
    case E_DAMAGED:
        return ONE | THREE | FOUR;
    case E_VERIFY:
    case E_CERT_CHAIN:
        return ONE | TWO | FOUR;
    case E_PEM_GLUED:
    case E_PEM_INDENTED:
    case E_PEM_NO_BEGIN:
    case E_PEM_NO_END:
    case E_PEM_BLANK_LINE:
    case E_PEM_BAD_DATA:
    case E_TRUSTED:
    case E_CHAIN_ORDER:
        return ONE | THREE;
    case E_ATTRIBUTE_LONG:
    case E_MISMATCH_CERT:
    case E_MISMATCH_CSR:
    case E_NO_TAG:
    case E_NO_ENTRY:
    case E_HAS_ENTRY:
    case E_NOT_SET:
    case E_PORT_TAKEN:
    case E_FILE_USED:
    case E_BAD_GATEWAY:
    case E_CERT_KEY:
    case E_CERT_CN:
    case E_CERT_USAGE:
    case E_WORKING:
    case E_NOT_PRIMARY:
    case E_CLUSTER_FULL:
    case E_NO_PROGRAM:
        return ONE | TWO;
    case E_CONFIG_SYNTAX:
        return ONE | THREE | FOUR;
    case E_CONFIG_UNKNOWN:
        return ONE | TWO | THREE;
    case E_CONFIG_TYPE:
    case E_CONFIG_VALUE:
        return ONE | TWO | THREE | FOUR;
    default:
        return ONE;
    }
}

static void
test_failures(void **state)
{
    const struct dialect *dialect;
    size_t i;
    int code;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        assert_string_equal(dialect->failures[E_NONE].text, "");
        for (code = E_NONE + 1; code < E_CODES; code++)
            check_phrase(&dialect->failures[code], "failure", (size_t)code,
                         given((enum error_code)code));
        /* The words of others are passed on. */
        assert_true(placeholders(dialect->failures[E_VERIFY].text) & FOUR);
        assert_true(placeholders(dialect->failures[E_IO].text) & FOUR);
        /* What is wrong in a configuration can be found. */
        for (code = E_CONFIG_SYNTAX; code <= E_CONFIG_VALUE; code++)
            assert_int_equal(placeholders(dialect->failures[code].text),
                             given((enum error_code)code));
    }
}

/* Words, not lines: the first one stands for none. */
static void
test_cluster(void **state)
{
    const struct dialect *dialect;
    size_t i, word;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++) {
        assert_string_equal(dialect->cluster[CLUSTER_NO_WORD].text, "");
        for (word = CLUSTER_NO_WORD + 1; word < CLUSTER_WORDS; word++)
            check_phrase(&dialect->cluster[word], "word", word, 0);
    }
}

static void
test_kinds(void **state)
{
    const struct dialect *dialect;
    size_t i, kind;

    (void)state;
    for (i = 0; (dialect = dialect_at(i)) != NULL; i++)
        for (kind = 0; kind < INSPECT_KINDS; kind++)
            check_phrase(&dialect->kinds[kind], "kind", kind, ONE | TWO);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),           cmocka_unit_test(test_commands),
        cmocka_unit_test(test_slots_are_used), cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_failures),       cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_cluster),        cmocka_unit_test(test_roles),
    };

    return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}

/*
 * STUN, bytes in and bytes out.
 */
#include "services/speak.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/support.h"

/* RFC 5769 section 2: the transaction, and the addresses of its answers. */
#define TRANSACTION                                                            \
    "\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"

static enum next
say(struct dialogue *dialogue, const void *bytes, size_t size)
{
    blob_append(&dialogue->in, bytes, size);
    return speak_stun(dialogue);
}

static void
forget(struct dialogue *dialogue)
{
    blob_clear(&dialogue->in);
    blob_clear(&dialogue->out);
}

static void
test_ipv4(void **state)
{
    static const unsigned char wanted[] =
        "\x01\x01\x00\x0c" TRANSACTION "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1"
        "\x12\xa6\x43";
    struct dialogue dialogue = { 0 };
    struct sockaddr_in *peer = (struct sockaddr_in *)&dialogue.peer;

    (void)state;
    peer->sin_family = AF_INET;
    peer->sin_port = htons(32853);
    inet_pton(AF_INET, "192.0.2.1", &peer->sin_addr);
    assert_int_equal(say(&dialogue, "\x00\x01\x00\x00" TRANSACTION, 20),
                     NEXT_READ);
    assert_int_equal(dialogue.out.size, sizeof(wanted) - 1);
    assert_memory_equal(dialogue.out.data, wanted, sizeof(wanted) - 1);
    forget(&dialogue);
}

static void
test_ipv6(void **state)
{
    static const unsigned char wanted[] =
        "\x01\x01\x00\x18" TRANSACTION "\x00\x20\x00\x14\x00\x02\xa1\x47\x01"
        "\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9";
    struct dialogue dialogue = { 0 };
    struct sockaddr_in6 *peer = (struct sockaddr_in6 *)&dialogue.peer;

    (void)state;
    peer->sin6_family = AF_INET6;
    peer->sin6_port = htons(32853);
    inet_pton(AF_INET6, "2001:db8:1234:5678:11:2233:4455:6677",
              &peer->sin6_addr);
    assert_int_equal(say(&dialogue, "\x00\x01\x00\x00" TRANSACTION, 20),
                     NEXT_READ);
    assert_int_equal(dialogue.out.size, sizeof(wanted) - 1);
    assert_memory_equal(dialogue.out.data, wanted, sizeof(wanted) - 1);
    forget(&dialogue);
}

/* In pieces, and several at once. */
static void
test_stream(void **state)
{
    static const char request[] = "\x00\x01\x00\x00" TRANSACTION;
    struct dialogue dialogue = { .peer.ss_family = AF_INET };
    size_t i;

    (void)state;
    for (i = 0; i < 20; i++) {
        assert_int_equal(dialogue.out.size, 0);
        assert_int_equal(say(&dialogue, request + i, 1), NEXT_READ);
    }
    assert_int_equal(dialogue.out.size, 32);
    blob_append(&dialogue.in, request, 20);
    assert_int_equal(say(&dialogue, request, 20), NEXT_READ);
    assert_int_equal(dialogue.out.size, 96);
    assert_int_equal(dialogue.in.size, 0);
    forget(&dialogue);
}

static void
test_errors(void **state)
{
    static const struct {
        const char *request;
        size_t size;
        const char *answer;
        size_t answer_size;
    } table[] = {
        /* Allocate: nothing is relayed. */
        { "\x00\x03\x00\x00" TRANSACTION, 20,
          "\x01\x13\x00\x08" TRANSACTION "\x00\x09\x00\x04\x00\x00\x04\x00",
          28 },
        /* An attribute that must be understood, and is not. */
        { "\x00\x01\x00\x08" TRANSACTION "\x00\x03\x00\x04\x00\x00\x00\x00", 28,
          "\x01\x11\x00\x10" TRANSACTION "\x00\x09\x00\x04\x00\x00\x04\x14"
          "\x00\x0a\x00\x02\x00\x03\x00\x00",
          36 },
        /* One that runs over the end. */
        { "\x00\x01\x00\x04" TRANSACTION "\x80\x22\x00\x40", 24,
          "\x01\x11\x00\x08" TRANSACTION "\x00\x09\x00\x04\x00\x00\x04\x00",
          28 },
        /* An indication: no answer. */
        { "\x00\x11\x00\x00" TRANSACTION, 20, "", 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct dialogue dialogue = { .peer.ss_family = AF_INET };

        assert_int_equal(say(&dialogue, table[i].request, table[i].size),
                         NEXT_READ);
        assert_int_equal(dialogue.out.size, table[i].answer_size);
        if (table[i].answer_size > 0)
            assert_memory_equal(dialogue.out.data, table[i].answer,
                                table[i].answer_size);
        forget(&dialogue);
    }
}

static void
test_nonsense(void **state)
{
    static const char table[][24] = {
        "GET / HTTP/1.1 and more",
        "\x40\x01\x00\x00" TRANSACTION,
        "\x00\x01\x00\x02" TRANSACTION,
        "\xff",
    };
    struct dialogue dialogue = { .peer.ss_family = AF_INET };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(say(&dialogue, table[i], sizeof(table[i])),
                         NEXT_CLOSE);
        assert_int_equal(dialogue.out.size, 0);
        forget(&dialogue);
    }
    assert_int_equal(say(&dialogue, "\x00\x01\xff\xfc" TRANSACTION, 20),
                     NEXT_CLOSE);
    forget(&dialogue);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipv4),     cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_stream),   cmocka_unit_test(test_errors),
        cmocka_unit_test(test_nonsense),
    };

    return cmocka_run_group_tests_name("speak_stun", tests, NULL, NULL);
}

/*
 * The data types of the SSH protocols: what is put comes out again, and what
 * is not there is noticed.
 */
#include "services/packet.h"

#include <string.h>

#include "tests/support.h"

static void
test_round_trip(void **state)
{
    struct packet_out out = { 0 };
    struct packet_in in;
    struct packet_string string;

    (void)state;
    packet_put_byte(&out, 0xfe);
    packet_put_u32(&out, 0x01020304);
    packet_put_u64(&out, 0x0102030405060708);
    packet_put_text(&out, "text");
    packet_put_string(&out, "\0x", 2);
    packet_put_string(&out, NULL, 0);
    assert_memory_equal(out.data + 1, "\1\2\3\4\1\2\3\4\5\6\7\10\0\0\0\4text",
                        20);
    packet_set_u32(&out, 1, 7);

    in = (struct packet_in){ out.data, out.size, false };
    assert_int_equal(packet_take_byte(&in), 0xfe);
    assert_int_equal(packet_take_u32(&in), 7);
    assert_int_equal(packet_take_u64(&in), 0x0102030405060708);
    string = packet_take_string(&in);
    assert_true(packet_is(string, "text"));
    assert_false(packet_is(string, "tex"));
    assert_false(packet_is(string, "text2"));
    string = packet_take_string(&in);
    assert_int_equal(string.size, 2);
    assert_false(packet_is(string, ""));
    assert_true(packet_is(packet_take_string(&in), ""));
    assert_false(in.bad);
    assert_int_equal(in.left, 0);
    packet_clear(&out);
    assert_null(out.data);
}

static void
test_cut_short(void **state)
{
    static const unsigned char bytes[] = { 0, 0, 0, 5, 'a', 'b', 'c', 'd' };
    struct packet_in in = { bytes, sizeof(bytes), false };

    (void)state;
    assert_int_equal(packet_take_string(&in).size, 0);
    assert_true(in.bad);
    /* From then on there is nothing, though bytes are left. */
    assert_int_equal(packet_take_u32(&in), 0);
    assert_int_equal(packet_take_byte(&in), 0);
    assert_true(in.bad);
    in = (struct packet_in){ bytes, 7, false };
    assert_int_equal(packet_take_u64(&in), 0);
    assert_true(in.bad);
    in = (struct packet_in){ NULL, 0, false };
    assert_int_equal(packet_take_byte(&in), 0);
    assert_true(in.bad);
}

static void
test_room(void **state)
{
    struct packet_out out = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < 3000; i++)
        packet_put_u32(&out, (uint32_t)i);
    memset(packet_room(&out, 100000), 'x', 100000);
    assert_int_equal(out.size, 12000);
    out.size += 100000;
    assert_memory_equal(out.data + 4 * 2999, "\0\0\13\267x", 5);
    packet_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_room),
    };

    return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}

/*
 * Answers, byte by byte.
 */
#include "services/sftp_request.h"

#include "services/sftp_wire.h"
#include "tests/services/sftp_peer.h"

/* A request of number 77, and the fields of its answer. */
struct served {
    struct sftp_handles handles;
    struct packet_out out;
    struct packet_in in;
    struct sftp_request request;
};

static void
begin(struct served *served, const struct peer *peer)
{
    served->request = (struct sftp_request){
        .host = &peer->host,
        .handles = &served->handles,
        .out = &served->out,
        .id = 77,
    };
}

/* The one answer, of that type; it is cleared. */
static struct packet_in *
expect(struct served *served, unsigned char type)
{
    served->in =
        (struct packet_in){ served->out.data, served->out.size, false };
    assert_int_equal(packet_take_u32(&served->in), served->out.size - 4);
    assert_int_equal(packet_take_byte(&served->in), type);
    assert_int_equal(packet_take_u32(&served->in), 77);
    served->out.size = 0;
    return &served->in;
}

static void
test_status(void **state)
{
    static const struct {
        enum error_code code;
        uint32_t want;
    } codes[] = {
        { E_NO_FILE, NO_FILE },     { E_BAD_NAME, DENIED },
        { E_DENIED, DENIED },       { E_FILE_USED, DENIED },
        { E_READ_ONLY, DENIED },    { E_ROLE, DENIED },
        { E_FLAT, UNSUPPORTED },    { E_UNSUPPORTED, UNSUPPORTED },
        { E_REQUEST, BAD_MESSAGE }, { E_EXISTS, FAILED },
        { E_NOT_REGULAR, FAILED },  { E_IO, FAILED },
    };
    struct served served = { 0 };
    struct error error;
    struct packet_in *in;
    size_t i;

    begin(&served, *state);
    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        fail_pair(&error, codes[i].code, "a.crt", NULL);
        assert_int_equal(sftp_answer(&served.request, -1, &error), 0);
        in = expect(&served, STATUS);
        assert_int_equal(packet_take_u32(in), codes[i].want);
        assert_true(packet_is(packet_take_string(in), "a.crt"));
        assert_true(packet_is(packet_take_string(in), ""));
        assert_int_equal(in->left, 0);
    }
    assert_int_equal(sftp_answer(&served.request, 0, NULL), 0);
    assert_int_equal(packet_take_u32(expect(&served, STATUS)), OK);
    packet_clear(&served.out);
}

/* Behind another, which stays. */
static void
test_second(void **state)
{
    struct served served = { 0 };
    size_t first;

    begin(&served, *state);
    sftp_answer_status(&served.request, FX_EOF, "");
    first = served.out.size;
    served.request.id = 78;
    sftp_answer_status(&served.request, FX_OK, "words");
    assert_int_equal(served.out.size, 2 * first + 5);
    assert_memory_equal(served.out.data + first, "\0\0\0\x16\x65\0\0\0\x4e", 9);
    served.out.size = first;
    assert_int_equal(packet_take_u32(expect(&served, STATUS)), END);
    packet_clear(&served.out);
}

static void
test_info(void **state)
{
    const struct store_info info = { 5, 0600, TEST_NOW };
    struct served served = { 0 };
    struct error error;
    struct packet_in *in;

    begin(&served, *state);
    sftp_answer_info(&served.request, 0, &info, NULL);
    in = expect(&served, ATTRS);
    assert_int_equal(packet_take_u32(in), 1 | 4 | 8);
    assert_int_equal(packet_take_u64(in), 5);
    sftp_answer_info(&served.request, 0, NULL, NULL);
    assert_int_equal(packet_take_u32(expect(&served, ATTRS)), 4);
    fail_pair(&error, E_NO_FILE, "a", NULL);
    sftp_answer_info(&served.request, -1, &info, &error);
    assert_int_equal(packet_take_u32(expect(&served, STATUS)), NO_FILE);
    packet_clear(&served.out);
}

static void
test_handle(void **state)
{
    struct served served = { .handles.opened = 258 };
    struct packet_string got;
    struct error error;

    begin(&served, *state);
    sftp_answer_handle(&served.request,
                       sftp_handle_new(&served.handles, "a", &error));
    got = packet_take_string(expect(&served, HANDLE));
    assert_int_equal(got.size, 8);
    assert_memory_equal(got.data, "\0\0\0\0\0\0\1\2", 8);
    packet_clear(&served.out);
}

#define test(name)                                                             \
    cmocka_unit_test_setup_teardown(name, peer_setup, peer_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_status),
        test(test_second),
        test(test_info),
        test(test_handle),
    };

    return cmocka_run_group_tests_name("sftp_request", tests, NULL, NULL);
}

/*
 * Endpoints as bytes.
 */
#include "services/endpoint.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static struct endpoint
sample(void)
{
    struct endpoint endpoint = { .name = xstrdup("https"),
                                 .protocol = SPEAK_XMPP,
                                 .address = xstrdup("2001:db8::1"),
                                 .port = 443,
                                 .https_port = 8443 };
    struct credential *credential;

    credential = endpoint_add(&endpoint, "", "a.key");
    blob_append(&credential->key, "a\0b\n", 4);
    blob_text(&credential->chain, "12\n34");
    credential = endpoint_add(&endpoint, "b.example.com", "b.key");
    blob_text(&credential->chain, "56");
    return endpoint;
}

static void
test_there_and_back(void **state)
{
    struct endpoint endpoint = sample(), got = { 0 };
    struct blob bytes = { 0 };
    struct error error;

    (void)state;
    endpoint_pack(&endpoint, &bytes);
    assert_int_equal(endpoint_unpack(&bytes, &got, &error), 0);
    assert_string_equal(got.name, "https");
    assert_int_equal(got.protocol, SPEAK_XMPP);
    assert_string_equal(got.address, "2001:db8::1");
    assert_int_equal(got.port, 443);
    assert_int_equal(got.https_port, 8443);
    assert_int_equal(got.trust.size, 0);
    assert_int_equal(got.credential_count, 2);
    assert_string_equal(got.credentials[0].host, "");
    assert_string_equal(got.credentials[0].key_file, "a.key");
    assert_int_equal(got.credentials[0].key.size, 4);
    assert_memory_equal(got.credentials[0].key.data, "a\0b\n", 4);
    assert_string_equal((char *)got.credentials[0].chain.data, "12\n34");
    assert_string_equal(got.credentials[1].host, "b.example.com");
    assert_string_equal(got.credentials[1].key_file, "b.key");
    assert_int_equal(got.credentials[1].key.size, 0);
    assert_string_equal((char *)got.credentials[1].chain.data, "56");
    blob_clear(&bytes);
    endpoint_clear(&got);
    endpoint_clear(&endpoint);
}

/* Cut anywhere, or with a byte too many, it is refused. */
static void
test_damaged(void **state)
{
    struct endpoint endpoint = sample(), got = { 0 };
    struct blob bytes = { 0 };
    struct error error;
    size_t whole;

    (void)state;
    endpoint_pack(&endpoint, &bytes);
    whole = bytes.size;
    blob_text(&bytes, "0");
    assert_fails(endpoint_unpack(&bytes, &got, &error), &error, E_DAMAGED,
                 "endpoint");
    for (bytes.size = 0; bytes.size < whole; bytes.size++)
        assert_fails(endpoint_unpack(&bytes, &got, &error), &error, E_DAMAGED,
                     "endpoint");
    blob_clear(&bytes);
    assert_fails(endpoint_unpack(&bytes, &got, &error), &error, E_DAMAGED,
                 "endpoint");
    endpoint_clear(&endpoint);
}

static void
test_bad_numbers(void **state)
{
    static const char *const texts[] = {
        "5\nhttps1\n91\na1\n10\n1\n01\n0",          /* protocol */
        "5\nhttps1\n11\na5\n655360\n1\n01\n0",      /* port */
        "5\nhttps2\n-11\na1\n10\n1\n01\n0",         /* signs */
        "-5\nhttps1\n11\na1\n10\n1\n01\n0",         /* a size */
        "9999999999\nhttps1\n11\na1\n10\n1\n01\n0", /* a large one */
        "5\nhttps1\n11\na1\n10\n1\n010\n4294967295" /* credentials */
    };
    struct endpoint got = { 0 };
    struct blob good = { 0 };
    struct error error;
    size_t i;

    (void)state;
    blob_text(&good, "5\nhttps1\n11\na1\n10\n1\n01\n0");
    assert_int_equal(endpoint_unpack(&good, &got, &error), 0);
    endpoint_clear(&got);
    blob_clear(&good);
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct blob bytes = { 0 };

        blob_text(&bytes, texts[i]);
        assert_fails(endpoint_unpack(&bytes, &got, &error), &error, E_DAMAGED,
                     "endpoint");
        blob_clear(&bytes);
    }
}

static void
test_place(void **state)
{
    struct endpoint endpoint = sample();
    char *place = endpoint_place(&endpoint);

    (void)state;
    assert_string_equal(place, "[2001:db8::1]:443");
    free(place);
    strcpy(endpoint.address, "192.0.2.1");
    place = endpoint_place(&endpoint);
    assert_string_equal(place, "192.0.2.1:443");
    free(place);
    endpoint_clear(&endpoint);
}

static void
test_try(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned port;

    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    port = ntohs(address.sin_port);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(endpoint_try("127.0.0.1", port, bind), -1);
    assert_int_equal(errno, EADDRINUSE);
    if (endpoint_try("127.0.0.1", port, connect) != 0)
        assert_int_equal(errno, EINPROGRESS);
    close(fd);
    assert_int_equal(endpoint_try("127.0.0.1", port, bind), 0);
    assert_int_equal(endpoint_try("localhost", port, bind), -1);
    assert_int_equal(errno, EINVAL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_try),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}

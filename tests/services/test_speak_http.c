/*
 * HTTP, bytes in and bytes out.
 */
#include "services/speak.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static char address[] = "192.0.2.1";
static const struct endpoint endpoint = { .address = address,
                                          .https_port = 8443 };

/* Says text to it; what it answers is in dialogue->out. */
static enum next
say(struct dialogue *dialogue, speak *how, const char *text)
{
    dialogue->endpoint = &endpoint;
    blob_text(&dialogue->in, text);
    return how(dialogue);
}

static void
forget(struct dialogue *dialogue)
{
    blob_clear(&dialogue->in);
    blob_clear(&dialogue->out);
}

static void
test_answers(void **state)
{
    static const struct {
        const char *request, *begins, *holds;
        enum next next;
    } table[] = {
        { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ", "</html>",
          NEXT_READ },
        { "GET /?x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ", "</html>",
          NEXT_READ },
        { "\r\n\r\nGET / HTTP/1.1\nHost:a:80\n\n", "HTTP/1.1 200 ",
          "Content-Type: text/html", NEXT_READ },
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
          "HTTP/1.1 200 ", "Connection: close\r\n", NEXT_CLOSE },
        /* RFC 9112 section 9.6: one option of a list. */
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n",
          "HTTP/1.1 200 ", "Connection: close\r\n", NEXT_CLOSE },
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection: ,close\t,TE\r\n\r\n",
          "HTTP/1.1 200 ", "Connection: close\r\n", NEXT_CLOSE },
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection: closer, clos ,\r\n\r\n",
          "HTTP/1.1 200 ", "</html>", NEXT_READ },
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection:\r\n\r\n", "HTTP/1.1 200 ",
          "</html>", NEXT_READ },
        { "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "Connection: close\r\n",
          NEXT_CLOSE },
        /* Section 3.2.2: the form that is meant for proxies. */
        { "GET http://web.example.com/ HTTP/1.1\r\nHost: a\r\n\r\n",
          "HTTP/1.1 200 ", "</html>", NEXT_READ },
        { "GET HTTPS://a:8443?x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ",
          "</html>", NEXT_READ },
        { "GET http://a HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "</html>",
          NEXT_CLOSE },
        { "GET https://a/api/v1 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 401 ",
          "WWW-Authenticate: Basic realm=", NEXT_READ },
        { "GET http://a/ HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        { "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        { "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ",
          "close", NEXT_CLOSE },
        { "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        { "GET /api/v1/x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 401 ",
          "WWW-Authenticate: Basic realm=", NEXT_READ },
        { "GET /apis HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 ",
          "Content-Length: 0\r\n", NEXT_READ },
        { "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 ",
          "Allow: GET, HEAD\r\n", NEXT_READ },
        { "POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
          "HTTP/1.1 401 ", "Connection: close\r\n", NEXT_CLOSE },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 405 ", "Connection: close\r\n", NEXT_CLOSE },
        /* RFC 9112 section 3.2: one Host, no more and no less. */
        { "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "close", NEXT_CLOSE },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 ",
          "close", NEXT_CLOSE },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        /* Section 5.1: no blank before the colon. */
        { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        { "GET / HTTP/1.1\r\nHost: a\r\nfolded\r\n\r\n", "HTTP/1.1 400 ",
          "close", NEXT_CLOSE },
        { "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        { "GET /\r\n\r\n", "HTTP/1.1 400 ", "close", NEXT_CLOSE },
        { "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        { "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ", "close",
          NEXT_CLOSE },
        { "\x16\x03\x01\n\n", "HTTP/1.1 400 ", "close", NEXT_CLOSE },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct dialogue dialogue = { 0 };

        assert_int_equal(say(&dialogue, speak_http, table[i].request),
                         table[i].next);
        assert_memory_equal(dialogue.out.data, table[i].begins,
                            strlen(table[i].begins));
        assert_non_null(strstr((char *)dialogue.out.data, table[i].holds));
        forget(&dialogue);
    }
}

static void
test_head_and_date(void **state)
{
    struct dialogue dialogue = { .now = TEST_NOW };
    const char *text;

    (void)state;
    say(&dialogue, speak_http, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    text = (const char *)dialogue.out.data;
    assert_non_null(strstr(text, "Date: Mon, 01 Jun 2026 12:00:00 GMT\r\n"));
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    forget(&dialogue);
}

/* Byte by byte it is the same as at once. */
static void
test_slow(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct dialogue dialogue = { 0 };
    size_t i;

    (void)state;
    for (i = 0; request[i] != '\0'; i++) {
        const char byte[2] = { request[i], '\0' };

        assert_int_equal(dialogue.out.size, 0);
        assert_int_equal(say(&dialogue, speak_http, byte), NEXT_READ);
    }
    assert_memory_equal(dialogue.out.data, "HTTP/1.1 200 ", 13);
    assert_int_equal(dialogue.in.size, 0);
    forget(&dialogue);
}

static void
test_bounds(void **state)
{
    struct dialogue dialogue = { 0 };
    char *large = xcalloc(1, SPEAK_MAX_IN + 1);
    size_t i;

    (void)state;
    memset(large, 'a', SPEAK_MAX_IN);
    assert_int_equal(say(&dialogue, speak_http, large), NEXT_CLOSE);
    assert_memory_equal(dialogue.out.data, "HTTP/1.1 431 ", 13);
    forget(&dialogue);
    /* Many at once: answers only as far as there is room for them. */
    for (i = 0; i < 500; i++)
        blob_text(&dialogue.in, "GET / HTTP/1.1\nHost: a\n\n");
    assert_int_equal(say(&dialogue, speak_http, ""), NEXT_READ);
    assert_in_range(dialogue.out.size, SPEAK_MAX_OUT, SPEAK_MAX_OUT + 1024);
    assert_int_not_equal(dialogue.in.size, 0);
    for (i = 0; dialogue.in.size > 0 && i < 10; i++) {
        speak_take(&dialogue.out, dialogue.out.size);
        assert_int_equal(say(&dialogue, speak_http, ""), NEXT_READ);
    }
    assert_int_equal(dialogue.in.size, 0);
    forget(&dialogue);
    free(large);
}

static void
test_nul_byte(void **state)
{
    struct dialogue dialogue = { .endpoint = &endpoint };

    (void)state;
    blob_append(&dialogue.in, "GET / HTTP/1.1\nHost: a\0b\n\n", 26);
    assert_int_equal(speak_http(&dialogue), NEXT_CLOSE);
    assert_memory_equal(dialogue.out.data, "HTTP/1.1 400 ", 13);
    forget(&dialogue);
}

static void
test_redirect(void **state)
{
    static const struct {
        const char *request, *location;
    } table[] = {
        { "GET /a?b HTTP/1.1\r\nHost: cms.example.org\r\n\r\n",
          "https://cms.example.org:8443/a?b" },
        { "GET / HTTP/1.1\r\nHost: cms:8080\r\n\r\n", "https://cms:8443/" },
        { "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n",
          "https://[2001:db8::1]:8443/" },
        { "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
          "https://[2001:db8::1]:8443/" },
        { "POST /x HTTP/1.0\r\n\r\n", "https://192.0.2.1:8443/x" },
        { "GET http://cms.example.org:80/a?b HTTP/1.1\r\nHost: x\r\n\r\n",
          "https://cms.example.org:8443/a?b" },
        { "GET http://[2001:db8::1]?b=/ HTTP/1.1\r\nHost: x\r\n\r\n",
          "https://[2001:db8::1]:8443/?b=/" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct dialogue dialogue = { 0 };
        char *line = xasprintf("\r\nLocation: %s\r\n", table[i].location);

        say(&dialogue, speak_redirect, table[i].request);
        assert_memory_equal(dialogue.out.data, "HTTP/1.1 301 ", 13);
        assert_non_null(strstr((char *)dialogue.out.data, line));
        forget(&dialogue);
        free(line);
    }
    {
        struct dialogue dialogue = { 0 };

        say(&dialogue, speak_redirect, "GET http://evil/ HTTP/1.1\n\n");
        assert_memory_equal(dialogue.out.data, "HTTP/1.1 400 ", 13);
        assert_null(strstr((char *)dialogue.out.data, "Location"));
        forget(&dialogue);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),  cmocka_unit_test(test_head_and_date),
        cmocka_unit_test(test_slow),     cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_nul_byte), cmocka_unit_test(test_redirect),
    };

    return cmocka_run_group_tests_name("speak_http", tests, NULL, NULL);
}

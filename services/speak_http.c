/*
 * HTTP/1.1 (RFC 9110, RFC 9112), as much as a stranger needs to see that
 * something answers: a page at /, 401 below /api/, 404 elsewhere; or, for
 * plain HTTP, a redirect to HTTPS.  A request with a body is answered without
 * reading the body, and the connection closed.
 */
#include "services/speak.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pki/xalloc.h"

struct request {
    char *method, *target;
    char *host;      /* of the field Host; NULL: none was sent */
    char *authority; /* of the target, which counts more; NULL */
    bool minor;      /* HTTP/1.1, not 1.0 */
    bool last;       /* the connection closes behind the answer */
};

struct answer {
    const char *status; /* with its number */
    const char *fields; /* more header lines, each with its end */
    const char *body;
};

/* Up to an empty line, its LF with or without a CR before; 0: there is none
   yet.  in is not empty. */
static size_t
head_size(const struct blob *in)
{
    const char *start = (const char *)in->data, *s, *end;

    for (s = start;
         (end = memchr(s, '\n', in->size - (size_t)(s - start))) != NULL;
         s = end + 1) {
        size_t line = (size_t)(end - s);

        if (s > start && (line == 0 || (line == 1 && s[0] == '\r')))
            return (size_t)(end + 1 - start);
    }
    return 0;
}

/* Visible ASCII; RFC 3986 allows less, and we send some of it back. */
static bool
is_visible(const char *word)
{
    for (; *word != '\0'; word++)
        if (*word <= 0x20 || *word >= 0x7f)
            return false;
    return true;
}

/* Of a Host field (RFC 9110 section 7.2): a name or address, and a port. */
static bool
is_host(const char *word)
{
    return word[0] != '\0' &&
           strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-_:[]") == strlen(word);
}

/*
 * "http://host/path", as a proxy is asked, must be understood by every server
 * (RFC 9112 section 3.2.2).  What is left is the path.
 */
static bool
parse_absolute(struct request *request)
{
    static const char *const schemes[] = { "http://", "https://" };
    char *target = request->target;
    size_t i, size;

    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t scheme = strlen(schemes[i]);

        if (strncasecmp(target, schemes[i], scheme) != 0)
            continue;
        /* The slashes before it make room for its end, and for a path. */
        size = strcspn(target + scheme, "/?");
        request->authority = target + scheme - 2;
        memmove(request->authority, target + scheme, size);
        request->authority[size] = '\0';
        request->target = target + scheme + size;
        if (request->target[0] != '/')
            *--request->target = '/';
        return is_host(request->authority);
    }
    return false;
}

static bool
parse_first_line(char *line, struct request *request)
{
    const char *version;

    request->method = strsep(&line, " ");
    request->target = strsep(&line, " ");
    version = line;
    if (version == NULL || request->method[0] == '\0' ||
        !is_visible(request->method) || !is_visible(request->target) ||
        (request->target[0] != '/' && !parse_absolute(request)))
        return false;
    request->minor = strcmp(version, "HTTP/1.1") == 0;
    request->last = !request->minor;
    return request->minor || strcmp(version, "HTTP/1.0") == 0;
}

/* Is the word among those of a list, "TE, close"?  Options have no case. */
static bool
lists(const char *list, const char *word)
{
    size_t size = strlen(word), n;

    for (; *list != '\0'; list += n) {
        list += strspn(list, ", \t");
        n = strcspn(list, ", \t");
        if (n == size && strncasecmp(list, word, n) == 0)
            return true;
    }
    return false;
}

static bool
parse_field(char *line, struct request *request)
{
    char *value = strchr(line, ':');
    size_t size;

    if (value == NULL || value == line)
        return false;
    *value++ = '\0';
    if (!is_visible(line)) /* also a blank before the colon */
        return false;
    value += strspn(value, " \t");
    size = strlen(value);
    while (size > 0 && strchr(" \t", value[size - 1]) != NULL)
        value[--size] = '\0';
    if (strcasecmp(line, "Host") == 0) {
        if (request->host != NULL || !is_host(value))
            return false;
        request->host = value;
    }
    if ((strcasecmp(line, "Connection") == 0 && lists(value, "close")) ||
        (strcasecmp(line, "Content-Length") == 0 && strcmp(value, "0") != 0) ||
        strcasecmp(line, "Transfer-Encoding") == 0)
        request->last = true;
    return true;
}

/* head: of size bytes, NUL behind; the request borrows it. */
static bool
parse_head(char *head, size_t size, struct request *request)
{
    char *rest = head, *line;
    bool first = true;

    *request = (struct request){ .last = true };
    if (strlen(head) != size)
        return false; /* a NUL byte */
    while ((line = strsep(&rest, "\n")) != NULL) {
        size_t length = strlen(line);

        if (length > 0 && line[length - 1] == '\r')
            line[length - 1] = '\0';
        if (line[0] == '\0')
            break;
        if (first ? !parse_first_line(line, request)
                  : !parse_field(line, request))
            return false;
        first = false;
    }
    if (first || (request->host == NULL && request->minor))
        return false;
    if (request->authority != NULL)
        request->host = request->authority;
    return true;
}

static void
put_answer(struct dialogue *dialogue, const struct request *request,
           const struct answer *answer)
{
    bool head = request->method != NULL && strcmp(request->method, "HEAD") == 0;
    struct tm tm;
    char date[64];
    char *text;

    gmtime_r(&dialogue->now, &tm);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    text = xasprintf("HTTP/1.1 %s\r\n"
                     "Date: %s\r\n"
                     "Content-Type: text/html; charset=utf-8\r\n"
                     "Content-Length: %zu\r\n"
                     "%s%s\r\n",
                     answer->status, date, strlen(answer->body), answer->fields,
                     request->last ? "Connection: close\r\n" : "");
    blob_text(&dialogue->out, text);
    if (!head)
        blob_text(&dialogue->out, answer->body);
    free(text);
}

static struct answer
page_answer(const struct request *request)
{
    static const struct answer
        page = { "200 OK", "Cache-Control: no-store\r\n",
                 "<!DOCTYPE html>\n<html lang=\"en\">\n"
                 "<head><title>openmmp</title></head>\n"
                 "<body><h1>openmmp</h1>\n<p>This service is running.</p>"
                 "</body>\n</html>\n" },
        unauthorized = { "401 Unauthorized",
                         "WWW-Authenticate: Basic realm=\"acano\"\r\n", "" },
        not_allowed = { "405 Method Not Allowed", "Allow: GET, HEAD\r\n", "" },
        not_found = { "404 Not Found", "", "" };
    const char *target = request->target;

    if (strncmp(target, "/api/", 5) == 0)
        return unauthorized;
    if (target[1] != '\0' && target[1] != '?')
        return not_found;
    if (strcmp(request->method, "GET") != 0 &&
        strcmp(request->method, "HEAD") != 0)
        return not_allowed;
    return page;
}

/* The host without its port; the address where a client names none. */
static char *
host_of(const struct dialogue *dialogue, const struct request *request)
{
    const char *address = dialogue->endpoint->address, *port;

    if (request->host == NULL)
        return xasprintf(strchr(address, ':') != NULL ? "[%s]" : "%s", address);
    port = strrchr(request->host, ':');
    if (port == NULL || strchr(port, ']') != NULL) /* "[2001:db8::1]" */
        return xstrdup(request->host);
    return xstrndup(request->host, (size_t)(port - request->host));
}

/* The same target on the same host by HTTPS. */
static char *
location_field(const struct dialogue *dialogue, const struct request *request)
{
    unsigned port = dialogue->endpoint->https_port;
    char *host = host_of(dialogue, request), *field;

    if (port == 0 || port == 443)
        field = xasprintf("Location: https://%s%s\r\n", host, request->target);
    else
        field = xasprintf("Location: https://%s:%u%s\r\n", host, port,
                          request->target);
    free(host);
    return field;
}

/* Answers each whole request that is there. */
static enum next
answer_all(struct dialogue *dialogue, bool redirect)
{
    static const struct answer bad = { "400 Bad Request", "", "" },
                               large = { "431 Request Header Fields Too Large",
                                         "", "" };
    struct request request = { 0 };

    while (!request.last && dialogue->out.size < SPEAK_MAX_OUT) {
        struct blob *in = &dialogue->in;
        size_t blank, size;
        struct answer answer = bad;
        char *head, *location = NULL;

        /* Empty lines before a request are read past (RFC 9112, 2.2). */
        blank = in->size > 0 ? strspn((const char *)in->data, "\r\n") : 0;
        speak_take(in, blank);
        size = in->size > 0 ? head_size(in) : 0;
        if (size == 0 && in->size < SPEAK_MAX_IN)
            return NEXT_READ;
        request = (struct request){ .last = true };
        if (size == 0) {
            put_answer(dialogue, &request, &large);
            break;
        }
        head = xstrndup((const char *)in->data, size);
        if (parse_head(head, size, &request))
            answer = page_answer(&request);
        else
            request = (struct request){ .last = true };
        if (redirect && request.target != NULL) {
            location = location_field(dialogue, &request);
            answer = (struct answer){ "301 Moved Permanently", location, "" };
        }
        put_answer(dialogue, &request, &answer);
        speak_take(in, size);
        free(location);
        free(head);
    }
    return request.last ? NEXT_CLOSE : NEXT_READ;
}

enum next
speak_http(struct dialogue *dialogue)
{
    return answer_all(dialogue, false);
}

enum next
speak_redirect(struct dialogue *dialogue)
{
    return answer_all(dialogue, true);
}

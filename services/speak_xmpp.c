/*
 * XMPP (RFC 6120) up to TLS: a stream, STARTTLS, a second stream inside, and
 * there a polite end, as nobody can log in here.
 */
#include "services/speak.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

#define BLANKS " \t\r\n"
#define XMLNS_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define XMLNS_STREAMS "urn:ietf:params:xml:ns:xmpp-streams"

/* The size of the tag at the beginning of text; 0: not all of it is there,
   -1: it is none.  Quoted values may hold a '>'. */
static ssize_t
tag_size(const char *text, size_t size)
{
    char quote = '\0';
    size_t i;

    if (text[0] != '<')
        return -1;
    for (i = 1; i < size; i++) {
        if (quote != '\0') {
            if (text[i] == quote)
                quote = '\0';
        } else if (text[i] == '"' || text[i] == '\'') {
            quote = text[i];
        } else if (text[i] == '>') {
            return (ssize_t)i + 1;
        } else if (text[i] == '<' || text[i] == '\0') {
            return -1;
        }
    }
    return 0;
}

static bool
tag_is(const char *tag, const char *name)
{
    size_t size = strlen(name);

    return strncmp(tag + 1, name, size) == 0 &&
           strchr(BLANKS "/>", tag[1 + size]) != NULL;
}

/*
 * The same of what is taken in one piece: a tag; but of <starttls>, what may
 * stand as <starttls></starttls>, up to its end.  The end tag is part of the
 * request, and none of the bytes that nobody may send behind it.
 */
static ssize_t
piece_size(const char *text, size_t size)
{
    ssize_t tag = tag_size(text, size), end;
    size_t at;

    if (tag <= 0 || !tag_is(text, "starttls") || text[tag - 2] == '/')
        return tag;
    at = (size_t)tag + strspn(text + tag, BLANKS);
    if (at >= size)
        return 0;
    end = tag_size(text + at, size - at);
    if (end > 0 && !tag_is(text + at, "/starttls"))
        return -1;
    return end > 0 ? (ssize_t)at + end : end;
}

/* The value of an attribute, which the tag's quotes enclose; NULL if it has
   none. */
static const char *
find_attribute(const char *tag, const char *name, size_t *size)
{
    const char *at = tag + strcspn(tag, BLANKS "/>");

    for (;;) {
        const char *key = at + strspn(at, BLANKS), *value, *end;
        size_t key_size = strcspn(key, BLANKS "=/>");

        value = key + key_size + strspn(key + key_size, BLANKS);
        if (*value++ != '=')
            return NULL;
        value += strspn(value, BLANKS);
        if (*value != '"' && *value != '\'')
            return NULL;
        end = strchr(value + 1, *value);
        if (end == NULL)
            return NULL;
        if (key_size == strlen(name) && strncmp(key, name, key_size) == 0) {
            *size = (size_t)(end - value - 1);
            return value + 1;
        }
        at = end + 1;
    }
}

/* The host that the client asks for, without the dot of the DNS root.  It goes
   into our "from" (RFC 6120 section 4.7.1), if it can do no harm there; else
   NULL. */
static char *
read_host(const char *tag)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    size_t size = 0;
    const char *to = find_attribute(tag, "to", &size);

    if (to == NULL || strspn(to, plain) != size)
        return NULL;
    if (size > 0 && to[size - 1] == '.')
        size--;
    return size > 0 ? xstrndup(to, size) : NULL;
}

static void
open_stream(struct dialogue *dialogue, const char *tag)
{
    char *from, *text;

    free(dialogue->host);
    dialogue->host = read_host(tag);
    from = dialogue->host != NULL ? xasprintf(" from='%s'", dialogue->host)
                                  : xstrdup("");
    text = xasprintf("<?xml version='1.0'?>"
                     "<stream:stream xmlns='jabber:client' "
                     "xmlns:stream='http://etherx.jabber.org/streams' "
                     "id='%s'%s version='1.0'>",
                     dialogue->secure ? "tls" : "plain", from);
    blob_text(&dialogue->out, text);
    free(text);
    free(from);
}

static enum next
end_stream(struct dialogue *dialogue, const char *condition)
{
    char *text = xasprintf("<stream:error><%s xmlns='" XMLNS_STREAMS
                           "'/></stream:error></stream:stream>",
                           condition);

    blob_text(&dialogue->out, text);
    free(text);
    return NEXT_CLOSE;
}

static enum next
take_tag(struct dialogue *dialogue, const char *tag)
{
    if (tag_is(tag, "?xml"))
        return NEXT_READ;
    if (tag_is(tag, "/stream:stream")) {
        blob_text(&dialogue->out, "</stream:stream>");
        return NEXT_CLOSE;
    }
    if (tag_is(tag, "stream:stream")) {
        open_stream(dialogue, tag);
        if (dialogue->secure) {
            blob_text(&dialogue->out, "<stream:features/>");
            return end_stream(dialogue, "policy-violation");
        }
        blob_text(&dialogue->out, "<stream:features><starttls xmlns='" XMLNS_TLS
                                  "'><required/></starttls></stream:features>");
        return NEXT_READ;
    }
    if (tag_is(tag, "starttls") && !dialogue->secure) {
        blob_text(&dialogue->out, "<proceed xmlns='" XMLNS_TLS "'/>");
        return NEXT_TLS;
    }
    return end_stream(dialogue, "not-authorized");
}

enum next
speak_xmpp(struct dialogue *dialogue)
{
    struct blob *in = &dialogue->in;
    enum next next = NEXT_READ;

    while (next == NEXT_READ && in->size > 0) {
        ssize_t size;
        char *tag;

        speak_take(in, strspn((const char *)in->data, BLANKS));
        if (in->size == 0)
            break;
        size = piece_size((const char *)in->data, in->size);
        if (size < 0)
            return end_stream(dialogue, "not-well-formed");
        if (size == 0)
            return in->size < SPEAK_MAX_IN
                       ? NEXT_READ
                       : end_stream(dialogue, "policy-violation");
        tag = xstrndup((const char *)in->data, (size_t)size);
        speak_take(in, (size_t)size);
        next = take_tag(dialogue, tag);
        free(tag);
        if (dialogue->out.size > SPEAK_MAX_OUT)
            return end_stream(dialogue, "policy-violation");
    }
    return next;
}

/*
 * The PEM walker.  It jumps from one run of dashes to the next, since base64
 * has none, and decides by whole armour lines.  Everything between them is
 * text, or the body of a block.
 */
#include "pki/pem.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pki/xalloc.h"

#define DASHES "-----"
#define DASHES_SIZE (sizeof(DASHES) - 1)
#define BEGIN DASHES "BEGIN "
#define END DASHES "END "
#define LINE_SIZE 64 /* RFC 7468 section 2 */

static const char dashes_utf16[] = "-\0-\0-\0-\0-"; /* both byte orders */
static const char bom_utf8[] = "\xef\xbb\xbf";

static bool
starts(const char *at, const char *end, const char *text)
{
    size_t size = strlen(text);

    return (size_t)(end - at) >= size && memcmp(at, text, size) == 0;
}

static bool
is_utf16(const char *at, const char *end)
{
    size_t size = sizeof(dashes_utf16) - 1;

    return (size_t)(end - at) >= size && memcmp(at, dashes_utf16, size) == 0;
}

/* The next five dashes, in bytes or in UTF-16. */
static const char *
find_dashes(const char *at, const char *end)
{
    while ((at = memchr(at, '-', (size_t)(end - at))) != NULL) {
        if (starts(at, end, DASHES) || is_utf16(at, end))
            return at;
        at++;
    }
    return NULL;
}

static unsigned
count_lines(const char *at, const char *end)
{
    unsigned n = 0;

    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        n++;
    }
    return n;
}

/* Bytes that an editor does not show, among them those that files joined on
   Windows leave inside. */
static bool
is_invisible(char c)
{
    return c != '\0' && strchr(" \t\x1a\xef\xbb\xbf", c) != NULL;
}

void
pem_start(struct pem_cursor *cursor, const char *name, const struct blob *text)
{
    const char *at = text->data != NULL ? (const char *)text->data : "";
    const char *end = at + text->size;

    if (starts(at, end, bom_utf8))
        at += strlen(bom_utf8);
    if (end > at && end[-1] == '\x1a')
        end--;
    *cursor = (struct pem_cursor){ name, at, end, 1 };
}

/* Fails at the line of at, which is not before the cursor. */
static int
refuse(const struct pem_cursor *cursor, const char *at, enum error_code code,
       struct error *error)
{
    return fail_line(error, code, cursor->name,
                     cursor->line + count_lines(cursor->at, at));
}

/*
 * The armour line whose label starts at label.  *next is the line behind it.
 */
static enum error_code
read_armour(const char *label, const char *end, size_t *label_size,
            const char **next)
{
    const char *eol = memchr(label, '\n', (size_t)(end - label));
    const char *tail = eol != NULL ? eol : end;
    const char *close, *after;

    *next = eol != NULL ? eol + 1 : end;
    while (tail > label && (tail[-1] == '\r' || is_invisible(tail[-1])))
        tail--;
    close = find_dashes(label, tail);
    if (close == NULL) {
        if (memchr(label, '\r', (size_t)(tail - label)) != NULL)
            return E_PEM_CR_ONLY;
        return eol == NULL ? E_PEM_NO_END : E_PEM_BAD_DATA; /* a cut file */
    }
    *label_size = (size_t)(close - label);
    after = close + DASHES_SIZE;
    while (after < tail && is_invisible(*after))
        after++;
    if (after >= tail)
        return E_NONE;
    if (*after == '\r')
        return E_PEM_CR_ONLY;
    return starts(after, tail, BEGIN) ? E_PEM_GLUED : E_PEM_BAD_DATA;
}

/*
 * E_NONE if an armour line starts at mark.  E_UNKNOWN_FORMAT: it is text,
 * because visible characters precede it on its line.
 */
static enum error_code
check_start(const struct pem_cursor *cursor, const char *mark)
{
    const char *at = mark;

    while (at > cursor->at && is_invisible(at[-1]))
        at--;
    if (at > cursor->at && at[-1] == '\r')
        return E_PEM_CR_ONLY;
    if (at > cursor->at && at[-1] != '\n')
        return E_UNKNOWN_FORMAT;
    if (cursor->line > 1 && at == cursor->at &&
        mark - at == (ptrdiff_t)strlen(bom_utf8) && starts(at, mark, bom_utf8))
        at = mark; /* OpenSSL accepts it on the line after an END */
    return at == mark ? E_NONE : E_PEM_INDENTED;
}

static bool
starts_line(const char *at, const char *first)
{
    return at == first || at[-1] == '\n';
}

/* Past the headers (RFC 1421 section 4.6), which an empty line ends. */
static const char *
skip_headers(const char *at, const char *end)
{
    const char *eol = memchr(at, '\n', (size_t)(end - at));

    if (eol == NULL || memchr(at, ':', (size_t)(eol - at)) == NULL)
        return at;
    while (at < end && (eol = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        if (eol == at || (eol == at + 1 && *at == '\r'))
            return eol + 1;
        at = eol + 1;
    }
    return end;
}

/* Finds a blank line in the body after other lines, or NULL.  OpenSSL takes
   the lines above it for headers (RFC 1421 section 4.6), and then reads no
   data. */
static const char *
find_blank_line(const char *at, const char *end)
{
    const char *first = skip_headers(at, end);

    for (at = first; at < end; at++) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        const char *next = at;

        /* Never NULL: the END line follows. */
        while (next < eol && strchr(" \t\r", *next) != NULL && *next != '\0')
            next++;
        if (next == eol && at > first)
            return at;
        at = eol;
    }
    return NULL;
}

/* From a BEGIN at the start of a line to behind its END line. */
static int
read_block(struct pem_cursor *cursor, const char *begin, struct pem_block *ret,
           struct error *error)
{
    struct pem_block block = { .label = begin + strlen(BEGIN) };
    const char *end = NULL, *next, *blank;
    size_t label_size;
    enum error_code code;

    code = read_armour(block.label, cursor->end, &block.label_size, &next);
    if (code != E_NONE)
        return refuse(cursor, begin, code, error);
    block.body = next;
    end = find_dashes(block.body, cursor->end);
    if (end != NULL && is_utf16(end, cursor->end))
        return refuse(cursor, end, E_UTF16, error);
    if (end == NULL || !starts(end, cursor->end, END) ||
        !starts_line(end, block.body))
        return refuse(cursor, begin, E_PEM_NO_END, error);
    code = read_armour(end + strlen(END), cursor->end, &label_size, &next);
    if (code != E_NONE)
        return refuse(cursor, code == E_PEM_NO_END ? begin : end, code, error);
    if (label_size != block.label_size ||
        memcmp(end + strlen(END), block.label, label_size) != 0)
        return refuse(cursor, begin, E_PEM_NO_END, error);
    blank = find_blank_line(block.body, end);
    if (blank != NULL)
        return refuse(cursor, blank, E_PEM_BLANK_LINE, error);
    block.body_size = (size_t)(end - block.body);
    block.line = cursor->line + count_lines(cursor->at, begin);
    block.encrypted = starts(block.body, end, "Proc-Type: 4,ENCRYPTED") ||
                      starts(block.body, end, "Proc-Type:4,ENCRYPTED");
    cursor->line = block.line + count_lines(begin, next);
    cursor->at = next;
    *ret = block;
    return 1;
}

int
pem_next(struct pem_cursor *cursor, struct pem_block *ret, struct error *error)
{
    const char *mark = cursor->at;

    while ((mark = find_dashes(mark, cursor->end)) != NULL) {
        bool begin = starts(mark, cursor->end, BEGIN);
        enum error_code code = E_UNKNOWN_FORMAT;

        if (is_utf16(mark, cursor->end))
            return refuse(cursor, mark, E_UTF16, error);
        if (begin || starts(mark, cursor->end, END))
            code = check_start(cursor, mark);
        if (code == E_NONE && begin)
            return read_block(cursor, mark, ret, error);
        if (code == E_NONE) {
            /* Its BEGIN may be there, on a line that is glued or damaged. */
            const char *next;
            size_t label_size;

            code = read_armour(mark + strlen(END), cursor->end, &label_size,
                               &next);
            return refuse(cursor, mark,
                          code == E_PEM_GLUED ? code : E_PEM_NO_BEGIN, error);
        }
        if (code != E_UNKNOWN_FORMAT)
            return refuse(cursor, mark, code, error);
        mark++;
    }
    cursor->at = cursor->end;
    return 0;
}

bool
pem_is(const struct pem_block *block, const char *label)
{
    return strlen(label) == block->label_size &&
           memcmp(label, block->label, block->label_size) == 0;
}

/* The body's base64 without its blanks, at most max characters. */
static size_t
gather(const struct pem_block *block, unsigned char *chars, size_t max)
{
    static const bool blanks[UCHAR_MAX + 1] = {
        ['\n'] = true, ['\r'] = true, [' '] = true, ['\t'] = true
    };
    const char *end = block->body + block->body_size;
    const char *at = skip_headers(block->body, end);
    size_t n = 0;

    for (; at < end && n < max; at++) {
        chars[n] = (unsigned char)*at;
        n += !blanks[chars[n]];
    }
    return n;
}

/*
 * EVP_DecodeBlock() decodes padding anywhere as zeros, ignores what is not
 * base64 at the end, and counts the padding in its result.  This function
 * corrects all three.
 */
static bool
decode(const unsigned char *chars, size_t n, unsigned char *der, size_t *size)
{
    size_t padding = 0;

    if (n == 0 || n % 4 != 0)
        return false;
    while (padding < 2 && chars[n - 1 - padding] == '=')
        padding++;
    if (memchr(chars, '=', n - padding) != NULL ||
        EVP_DecodeBlock(der, chars, (int)n) != (int)(n / 4 * 3))
        return false;
    *size = n / 4 * 3 - padding;
    return true;
}

size_t
pem_peek(const struct pem_block *block, unsigned char *der, size_t size)
{
    unsigned char chars[PEM_PEEK_MAX / 3 * 4];
    size_t n, got;

    n = gather(block, chars,
               (size < PEM_PEEK_MAX ? size : PEM_PEEK_MAX) / 3 * 4);
    return decode(chars, n, der, &got) ? got : 0;
}

int
pem_decode(const struct pem_block *block, const char *name, struct blob *ret,
           struct error *error)
{
    unsigned char *chars = xcalloc(block->body_size, 1);
    struct blob der = { 0 };
    size_t n, size;
    int r = 0;

    n = gather(block, chars, block->body_size);
    blob_append(&der, chars, n); /* the room for it */
    if (decode(chars, n, der.data, &size)) {
        explicit_bzero(der.data + size, der.size - size);
        der.size = size;
        *ret = der;
        der = (struct blob){ 0 };
    } else {
        r = fail_line(error, E_PEM_BAD_DATA, name, block->line);
    }
    explicit_bzero(chars, n);
    free(chars);
    blob_clear(&der);
    return r;
}

void
pem_append(struct blob *text, const char *label, const struct blob *der)
{
    unsigned char line[LINE_SIZE + 1]; /* EVP_EncodeBlock() adds a NUL */
    size_t at, n;

    blob_text(text, BEGIN);
    blob_text(text, label);
    blob_text(text, DASHES "\n");
    for (at = 0; at < der->size; at += n) {
        n = der->size - at;
        if (n > LINE_SIZE / 4 * 3)
            n = LINE_SIZE / 4 * 3;
        blob_append(text, line,
                    (size_t)EVP_EncodeBlock(line, der->data + at, (int)n));
        blob_text(text, "\n");
    }
    blob_text(text, END);
    blob_text(text, label);
    blob_text(text, DASHES "\n");
    explicit_bzero(line, sizeof(line));
}

static bool
is_html(const char *at, const char *end)
{
    static const char *const starts_of_pages[] = {
        "<!doctype html", "<html",   "<head", "<body", "<title",
        "<meta",          "<script", "<!--",  "<?xml",
    };
    size_t i;

    for (i = 0; i < sizeof(starts_of_pages) / sizeof(*starts_of_pages); i++) {
        size_t size = strlen(starts_of_pages[i]);

        if ((size_t)(end - at) >= size &&
            strncasecmp(at, starts_of_pages[i], size) == 0)
            return true;
    }
    return false;
}

int
pem_explain(const char *name, const struct blob *text,
            enum error_code otherwise, struct error *error)
{
    struct pem_cursor cursor;
    const char *at;

    pem_start(&cursor, name, text);
    for (at = cursor.at; at < cursor.end; at++)
        if (strchr(" \t\r\n", *at) == NULL || *at == '\0')
            break;
    if (at == cursor.end)
        return fail(error, E_EMPTY, name);
    if (starts(at, cursor.end, "\xff\xfe") ||
        starts(at, cursor.end, "\xfe\xff") ||
        memmem(at, (size_t)(cursor.end - at), dashes_utf16,
               sizeof(dashes_utf16) - 1) != NULL)
        return fail(error, E_UTF16, name);
    if (memchr(at, '\n', (size_t)(cursor.end - at)) == NULL &&
        memchr(at, '\r', (size_t)(cursor.end - at)) != NULL &&
        memmem(at, (size_t)(cursor.end - at), BEGIN, strlen(BEGIN)) != NULL)
        return fail_line(error, E_PEM_CR_ONLY, name, 1);
    if (is_html(at, cursor.end))
        return fail(error, E_HTML, name);
    return fail(error, otherwise, name);
}

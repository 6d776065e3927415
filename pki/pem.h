/*
 * PEM (RFC 7468) as it is found in real files: CRLF, a byte order mark, a
 * trailing 0x1A, blank lines and text between the blocks are skipped.  Damage
 * that OpenSSL would silently skip is refused, with its name and line, so that
 * no damaged file passes for an empty one.
 */
#ifndef PKI_PEM_H
#define PKI_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/blob.h"
#include "pki/error.h"

/* One armoured block.  Borrows from the text it was found in. */
struct pem_block {
    const char *label; /* what stands behind BEGIN, label_size bytes */
    size_t label_size;
    const char *body; /* between the BEGIN and the END line */
    size_t body_size;
    unsigned line;  /* of BEGIN */
    bool encrypted; /* has a "Proc-Type: 4,ENCRYPTED" header (RFC 1421) */
};

struct pem_cursor {
    const char *name; /* of the file, for messages */
    const char *at, *end;
    unsigned line;
};

/* Borrows name and text until the walk is over. */
void pem_start(struct pem_cursor *cursor, const char *name,
               const struct blob *text);

/*
 * 1: *ret is the next block; 0: no more; -1: damaged (E_PEM_*).  The base64 is
 * not decoded, so walking over thousands of blocks is cheap.
 */
int pem_next(struct pem_cursor *cursor, struct pem_block *ret,
             struct error *error);

bool pem_is(const struct pem_block *block, const char *label);

/* The block's DER.  E_PEM_BAD_DATA at the line of its BEGIN. */
int pem_decode(const struct pem_block *block, const char *name,
               struct blob *ret, struct error *error);

/*
 * Decodes only the first bytes of the DER, at most size and PEM_PEEK_MAX.
 * Returns how many; 0 if the base64 up to there is broken.
 */
#define PEM_PEEK_MAX ((size_t)3072)
size_t pem_peek(const struct pem_block *block, unsigned char *der, size_t size);

/* Appends a block with lines of 64 characters and one line break at its end. */
void pem_append(struct blob *text, const char *label, const struct blob *der);

/*
 * Explains why a file without any block can not be read: fails with E_EMPTY,
 * E_UTF16, E_PEM_CR_ONLY or E_HTML, or with otherwise if none of them applies.
 */
int pem_explain(const char *name, const struct blob *text,
                enum error_code otherwise, struct error *error);

#endif

/*
 * Findings of a diagnosis: each is one fact, and where it was found.  The words
 * are in mmp/hints.c.  A published name keeps its meaning.
 */
#ifndef PKI_HINT_H
#define PKI_HINT_H

#include <stdbool.h>
#include <stddef.h>

/* How serious a finding is. */
enum severity {
    SEVERITY_NOTE,    /* true, and no fault where it is */
    SEVERITY_WARNING, /* some peers refuse it, or it hurts later */
    SEVERITY_ERROR,   /* it can not work */
};

/* To add one: here, a row in hint.c, its words in mmp/hints.c, a line in mmp.1,
   and a fixture in tests/pki/test_diagnose.c that has it. */
enum hint_id {
    /* The form of a file. */
    HINT_FILE_EMPTY,
    HINT_FILE_UTF16,
    HINT_FILE_CR_ONLY,
    HINT_FILE_HTML,
    HINT_FILE_UNKNOWN,
    HINT_FILE_CUT,
    HINT_FILE_PKCS7,
    HINT_FILE_PKCS12,
    HINT_FILE_DER,
    HINT_FILE_DER_JOINED,
    HINT_FILE_CRLF,
    HINT_FILE_BOM,
    HINT_FILE_CTRL_Z,
    HINT_BUNDLE_GLUED,
    HINT_BLOCK_INDENTED,
    HINT_BLOCK_NO_BEGIN,
    HINT_BLOCK_NO_END,
    HINT_BLOCK_BLANK_LINE,
    HINT_BLOCK_DAMAGED,
    HINT_BLOCK_MISLABELLED, /* one: as it is called; two: what it holds */
    HINT_BLOCK_CONTAINER,   /* the same; others are in it */
    HINT_NO_LINE_BREAK,
    HINT_BLANK_LINES,
    HINT_TEXT_OUTSIDE,
    HINT_BINARY_OUTSIDE,
    HINT_TRUSTED_CERTIFICATE,
    HINT_KEY_IN_CERTIFICATE_FILE,
    HINT_NO_CERTIFICATE, /* one: what is in it instead */

    /* A private key. */
    HINT_KEY_ENCRYPTED,
    HINT_KEY_SSH,        /* one: whose form it is in; two: what converts it */
    HINT_KEY_NOT_RSA,    /* one: its kind */
    HINT_KEY_SHORT,      /* one: bits */
    HINT_PAIR_MISMATCH,  /* one: the certificates' file */
    HINT_PAIR_NOT_FIRST, /* one: the certificates' file; two: the element whose
                            key it is */
    HINT_PAIR_SWAPPED,
    HINT_NO_KEY,
    HINT_PAIR_OTHER_KEY, /* one: the key that matches */
    HINT_PAIR_NEWER_CSR, /* one: the CSR that the key belongs to */

    /* One certificate. */
    HINT_EXPIRED,      /* one: the day */
    HINT_EXPIRES_SOON, /* one: the day; two: days left */
    HINT_CA_EXPIRED,   /* the same of a CA, whom others must ask */
    HINT_CA_EXPIRES_SOON,
    HINT_NOT_YET_VALID,  /* one: the day */
    HINT_VALIDITY_EMPTY, /* it ends before it begins */
    HINT_CLOCK_OFF,      /* one: the day of the host's clock */
    HINT_SIGNATURE_WEAK, /* one: the digest */
    HINT_SERIAL_WEAK,
    HINT_EKU_NO_CLIENT,
    HINT_EKU_NO_SERVER,
    HINT_KEY_USAGE,
    HINT_NAME_CN_ONLY,       /* one: the CN */
    HINT_NAME_CN_NOT_IN_SAN, /* one: the CN */
    HINT_NAME_IP_AS_DNS,     /* one: the name */
    HINT_NAME_MALFORMED,     /* one: the name */
    HINT_NAME_NOT_COVERED,   /* one: the name that is wanted */
    HINT_NAME_WILDCARD,      /* one: that name; two: the wildcard */
    HINT_LEAF_SELF_SIGNED,
    HINT_CLIENT_CN, /* one: the CN, which is not postgres */

    /* Chains and bundles. */
    HINT_CHAIN_ORDER,           /* one: the issuer; two: its element */
    HINT_CHAIN_NO_INTERMEDIATE, /* one: the issuer that is missing; two: the
                                   files that it is missing in */
    HINT_CHAIN_NO_ROOT,         /* the same */
    HINT_CHAIN_LOOP,            /* one: the issuer, which is below it */
    HINT_ISSUER_AT_HAND,        /* one: that issuer; two: a file with it */
    HINT_BUNDLE_UNSET,          /* the same, and peers are not sent it */
    HINT_CHAIN_MISPLACED,       /* one: its subject; two: where it belongs */
    HINT_CHAIN_DUPLICATE,       /* one: the element that it repeats */
    HINT_CHAIN_EXTRA,           /* one: its subject */
    HINT_LEAF_IN_BUNDLE,        /* one: its subject */
    HINT_FILES_SWAPPED,         /* one: the file of the CA certificate */
    HINT_LEAF_AS_CA,            /* one: the issuer that is wanted there */
    HINT_BUNDLE_AS_CERTIFICATE, /* one: its subject */
    HINT_ISSUER_NOT_CA,         /* one: its subject */
    HINT_ISSUER_KEY_USAGE,      /* the same */
    HINT_ISSUER_EKU,        /* one: the issuer; two: the usage that it lacks */
    HINT_PATH_LENGTH,       /* the same; two: the length */
    HINT_NAME_CONSTRAINTS,  /* one: the CA that constrains */
    HINT_ISSUER_OTHER_KEY,  /* one: the subject that both have */
    HINT_ISSUER_ASTRAY,     /* the same: it is taken for another */
    HINT_KEY_ID_MISMATCH,   /* one: the issuer */
    HINT_SIGNATURE_BAD,     /* one: the issuer */
    HINT_SERIAL_DUPLICATE,  /* one: the other element */
    HINT_EXTENSION_UNKNOWN, /* one: the extension, which is critical */
    HINT_POLICY_MISSING,    /* one: the CA that asks for one */
    HINT_REVOKED,           /* one: the day */
    HINT_CRL_MISSING,       /* one: the issuer whose CRL is missing */
    HINT_CRL_EXPIRED,       /* one: the issuer; two: the day */
    HINT_CRL_NOT_YET_VALID, /* the same */
    HINT_CRL_OTHER_KEY,     /* one: the issuer */
    HINT_CRL_KEY_USAGE,     /* of the issuer; one: its subject */

    /* Services and what they are set to. */
    HINT_TRUST_UNSET,    /* one: the command; two: whom it is about */
    HINT_TRUST_NOT_PEER, /* one: the peer's certificate; two: the peer */
    HINT_TRUST_ISSUER,   /* the same */
    HINT_NOT_RESTARTED,
    HINT_NOT_PRESENTED,   /* one: the place; two: why */
    HINT_INCOMPLETE,      /* one: the command */
    HINT_PORT_CLASH,      /* one: the place; two: the other service */
    HINT_FILE_MISSING,    /* a file that is set is not there */
    HINT_FILE_TOO_LARGE,  /* one: the limit */
    HINT_FILE_UNREADABLE, /* it is there, but no file that can be read */
    HINT_FILE_IN_USE,     /* one: who uses it */
    HINT_KEY_REPLACED,    /* one: who uses it */
    HINT_CERT_NOT_OF_KEY, /* the new key has left it behind; one: the key */
    HINT_COPY_DIFFERS,    /* the cluster works with an older file */
    HINT_NODE_NAME,       /* one: what this node is called */

    /* What was typed. */
    HINT_WORD_MISSPELT,  /* one: as typed; two: as meant */
    HINT_WORD_MISSING,   /* one: the word; two: those before it */
    HINT_WORD_UNQUOTED,  /* one: the word */
    HINT_WORD_COMMA,     /* one: the word */
    HINT_WORD_NOT_ASCII, /* one: the name */
    HINT_WORD_COPIED,    /* one: the word; two: the character in it */
    HINT_WORD_RELEASE,   /* one: the words; two: the release */
    HINT_WORDS_SWAPPED,  /* one: as meant */
    HINT_CAPITAL_Y,

    HINTS, /* how many there are */
};

struct hint {
    enum hint_id id;
    char service[64]; /* whom it is about, or "" */
    char file[256];   /* or "" */
    unsigned element; /* of the file, from 1; 0: the file as a whole */
    unsigned line;    /* where it begins; 0: nowhere */
    char one[256], two[256];
};

/* Findings, the worst first once they are sorted; { 0 } is empty. */
#define HINTS_MAX 64 /* more are counted, not kept */
struct hints {
    struct hint *all;
    size_t count;
    size_t left_out;
};

const char *hint_name(enum hint_id id); /* "chain-order" */
enum severity hint_severity(enum hint_id id);
const char *severity_name(enum severity severity); /* "error" */

/* A fact about one place is added once.  Beyond HINTS_MAX, a worse finding
   replaces the mildest. */
void hints_add(struct hints *hints, const struct hint *hint);
bool hints_has(const struct hints *hints, enum hint_id id);

/* Moves all findings of another list, which is empty then. */
void hints_move(struct hints *hints, struct hints *from);

/* The worst first; what is as bad stays in order. */
void hints_sort(struct hints *hints);

/* Leaves out what is milder. */
void hints_keep(struct hints *hints, enum severity mildest);
void hints_clear(struct hints *hints);

#endif

/*
 * The one failure type of the program.
 *
 * A function that can fail returns int, 0 or -1, and takes a struct error *
 * as its last parameter, never NULL.  It fills the error only when it fails.
 * Only the place that knows the subject calls fail(); its callers pass the
 * error on.  The words for a code belong to the dialect (mmp/dialect.h): a
 * code exists because the console must say something different.
 */
#ifndef PKI_ERROR_H
#define PKI_ERROR_H

#include <stdbool.h>

enum error_code {
    E_NONE, /* with -1: the command has said why by itself */

    /* The store and the disk. */
    E_NO_FILE,     /* subject: the file */
    E_BAD_NAME,    /* subject: the name that no file may have */
    E_NOT_REGULAR, /* a link, a directory or a device stands there */
    E_TOO_LARGE,   /* detail: the limit */
    E_DENIED,      /* detail: the system's words */
    E_FULL,        /* no space, no inodes, over quota */
    E_IO,          /* detail: the system's words */
    E_BUSY,        /* another process holds the lock for too long */
    E_DAMAGED, /* our own private file is not as we wrote it; line, detail */
    E_EXISTS,  /* a file of that name is there already */

    /* What a file holds.  Subject: the file; line: where, 0 if nowhere. */
    E_EMPTY,          /* nothing in it, or blanks only */
    E_UNKNOWN_FORMAT, /* none of the formats that we know */
    E_PEM_GLUED,      /* END and BEGIN on one line */
    E_PEM_INDENTED,   /* blanks or a byte order mark before BEGIN */
    E_PEM_NO_BEGIN,   /* END without its BEGIN */
    E_PEM_NO_END,     /* BEGIN without its END */
    E_PEM_BLANK_LINE, /* between BEGIN and END */
    E_PEM_BAD_DATA,   /* the base64 or the DER below it is broken */
    E_BAD_DER,        /* the same where no line can be named */
    E_PEM_CR_ONLY,    /* lines end in CR only */
    E_UTF16,          /* UTF-16, as some editors save */
    E_HTML,           /* a web page */
    E_TRUSTED,        /* OpenSSL's own TRUSTED CERTIFICATE */
    E_PKCS7,          /* PKCS#7 where certificates are wanted */
    E_PKCS12,         /* PKCS#12 where a key or certificates are wanted */
    E_SSH_KEY,        /* an ssh public key where it is to be made */
    E_NOT_KEY,        /* readable, but no private key in it */
    E_NOT_CERT,       /* readable, but no certificate in it */
    E_NOT_CSR,        /* readable, but no signing request in it */
    E_KEY_ENCRYPTED,  /* must be unlocked first */
    E_KEY_NOT_LOCKED, /* nothing to unlock */
    E_WRONG_PASSWORD, /* of an encrypted key or a PKCS#12 */
    E_CIPHER,         /* encrypted with what only the legacy provider has */
    E_KEY_TYPE,       /* a key of a kind that is not taken; detail: its kind */

    /* A subject as it was typed.  Subject: the word or value. */
    E_BAD_BASENAME,
    E_ATTRIBUTE_UNKNOWN, /* also a word without a colon */
    E_ATTRIBUTE_TWICE,
    E_ATTRIBUTE_EMPTY,
    E_ATTRIBUTE_LONG,    /* other: the bound, in characters */
    E_ATTRIBUTE_TEXT,    /* not UTF-8, or control characters in it */
    E_ATTRIBUTE_COUNTRY, /* not two letters */
    E_ATTRIBUTE_EMAIL,   /* not an address that IA5 can hold */
    E_ALTNAME_BAD,       /* neither host name, address nor e-mail */
    E_NO_CN,

    /* Do things belong together?  Subject and other: the two files. */
    E_MISMATCH_CERT, /* key and certificate */
    E_MISMATCH_CSR,  /* key and signing request */
    E_VERIFY,        /* detail: OpenSSL's sentence, with number and depth */
    E_CSR_SIGNATURE, /* the request was not signed by its own key */
    E_NOT_CA,        /* the certificate may not sign others */
    E_CA_EXPIRED,
    E_CA_NOT_YET,
    E_OWN_CA, /* it would replace the certificate that signs it */
    E_DAYS,   /* a validity that no certificate can hold */

    /* Settings and configuration.  Subject: the file; line; other: the key. */
    E_CONFIG_SYNTAX, /* detail: the parser's words */
    E_CONFIG_UNKNOWN,
    E_CONFIG_TYPE,  /* detail: the type that it wants */
    E_CONFIG_VALUE, /* detail: the values that it takes */

    /* Services and what they run on.  Subject: the service, unless said. */
    E_NO_SERVICE,   /* none of that name in the supervisor's release */
    E_NOTHING,      /* neither a file nor a service */
    E_NOT_SET,      /* other: the setting */
    E_NO_INTERFACE, /* subject: the name of the interface */
    E_BAD_PORT,     /* subject: the word */
    E_LISTEN,       /* subject: address:port; detail: the system's words */
    E_NOT_READY,    /* it did not answer in time */
    E_ENDED,        /* it ended by itself; detail: how */
    E_SUPERVISOR,   /* there is none to ask; detail: why */

    /* A command of a service, and what is checked before it runs.  Subject: the
       word, or the service. */
    E_BAD_PLACE, /* wanted: interface:port, or interface[:port] */
    E_BAD_ADDRESS,
    E_BAD_NUMBER, /* detail: from what to what */
    E_BAD_URL,
    E_BAD_TAG,
    E_BAD_WORD,   /* detail: what is wanted */
    E_NO_TAG,     /* other: the tag */
    E_NO_ENTRY,   /* other: what is not in the list */
    E_HAS_ENTRY,  /* other: what is in it already */
    E_ENABLED,    /* must be disabled first */
    E_DISABLED,   /* must be enabled first */
    E_PORT_TAKEN, /* subject: interface and port; other: the service */
    E_FILE_USED,  /* subject: the file; other: the enabled services */
    E_CERT_EXPIRED,
    E_CERT_NOT_YET,
    E_CHAIN_ORDER, /* line: of the certificate that is no issuer of the one
                      before it */

    /* The host's settings.  Subject: the word. */
    E_BAD_PREFIX,  /* no address with a prefix length */
    E_BAD_NETWORK, /* bits behind the prefix length are set */
    E_BAD_GATEWAY, /* no neighbour; other: the address with its prefix */
    E_BAD_MTU,
    E_BAD_DOMAIN,
    E_BAD_RECORD, /* no resource record that we know */
    E_BAD_TIMEZONE,
    E_NO_ADDRESS, /* the interface has none */
    E_NOT_FOUND,  /* nobody knows such a name */

    /* Logging in and moving files. */
    E_ROLE,        /* subject: the user whose role does not allow it */
    E_NO_USER,     /* subject: the name */
    E_HAS_USER,    /* subject: the name */
    E_BAD_USER,    /* subject: the name that no user may have */
    E_LAST_ADMIN,  /* subject: the user whom nobody could replace */
    E_PASSWORD,    /* the two that were typed are not the same; detail: other
                      reasons that it can not be */
    E_READ_ONLY,   /* subject: a file that only the appliance changes */
    E_FLAT,        /* there are no directories and no links */
    E_UNSUPPORTED, /* a request that no client needs to send */
    E_REQUEST,     /* no request at all; detail: what is wrong with it */

    /* The database cluster.  Subject: the file, the host or the program. */
    E_CERT_KEY,      /* other: the key that it does not belong to */
    E_CERT_CHAIN,    /* other: the CA's file; detail: OpenSSL's sentence */
    E_CERT_CN,       /* other: the CN that is wanted */
    E_CERT_USAGE,    /* other: the extended key usage that it lacks */
    E_CLUSTERED,     /* the node is part of a cluster */
    E_NOT_CLUSTERED, /* it is not */
    E_WORKING,       /* other: the command that has not ended yet */
    E_UNCLEARED,     /* the last command failed, and nobody cleared that */
    E_NOT_PRIMARY,   /* other: the primary, or "" */
    E_SCHEMA,        /* an upgrade of the schema failed; detail: why */
    E_UNREACHABLE,   /* detail: why */
    E_UNTRUSTED,     /* certificates that do not fit; detail: why */
    E_NO_CLUSTER,    /* there is a database, and no cluster */
    E_OWN_NODE,      /* the host is this node itself */
    E_CLUSTER_FULL,  /* other: how many nodes there can be */
    E_DATABASE,      /* detail: PostgreSQL's or the engine's words */
    E_NO_PROGRAM,    /* it is not installed; other: its package */

    /* The rest. */
    E_BAD_HOSTNAME,
    E_CANCELLED, /* the user pressed Ctrl-C, or did not confirm */
    E_CRYPTO,    /* OpenSSL could not; detail: its words */

    E_CODES, /* how many there are */
};

struct error {
    enum error_code code;
    unsigned line;     /* in the subject file, from 1; 0: does not apply */
    char subject[256]; /* the name that the user knows */
    char other[256];   /* a second name, or "" */
    char detail[256];  /* the system's or OpenSSL's words, or "" */
};

/*
 * Does it say nothing of its subject?  Then what failed for lack of something
 * else, a disk that answers, room, descriptors, memory, a process that was
 * killed (E_IO, E_FULL, E_BUSY, E_ENDED, E_CRYPTO), may do later.
 */
bool error_may_pass(const struct error *error);

/* Each fills the error and returns -1.  NULL names mean "". */
int fail(struct error *error, enum error_code code, const char *subject);
int fail_pair(struct error *error, enum error_code code, const char *subject,
              const char *other);
int fail_line(struct error *error, enum error_code code, const char *subject,
              unsigned line);
int fail_detail(struct error *error, enum error_code code, const char *subject,
                const char *detail);

/* Chooses the code by errno, which stays as it is: E_NO_FILE, E_DENIED,
   E_FULL, E_NOT_REGULAR or E_IO. */
int fail_errno(struct error *error, const char *subject);

/* Empties OpenSSL's queue; detail becomes its first entry, which is the
   cause. subject NULL: no file is concerned, and "OpenSSL" is the subject. */
int fail_openssl(struct error *error, enum error_code code,
                 const char *subject);

/*
 * Call it before a command first uses OpenSSL.  OpenSSL then does not load its
 * table of error texts, which saves an eighth of the time of a short command.
 * fail_openssl() gives the command that prints the text instead, "openssl
 * errstr 0308010C".  Forgetting the call costs that time and nothing else.
 */
void openssl_begin(void);

/*
 * The same for a process that never decrypts: OpenSSL does not load its table
 * of ciphers by name either, a fifth of the time of a short command.  Then
 * EVP_get_cipherbyname() finds nothing; digests are found.  Unless OpenSSL's
 * configuration says otherwise, random numbers are made with SHA-256
 * (Hash_DRBG, SP 800-90A section 10.1.1) instead of AES, for which OpenSSL
 * would set up every cipher it has: a tenth of the time of a signature.
 */
void openssl_begin_without_ciphers(void);

/*
 * Empties OpenSSL's queue where a failed call is an answer, not a failure:
 * probing for a format, or reading up to the end.
 */
void openssl_forget(void);

/*
 * Did the last call fail because this OpenSSL lacks an algorithm, not because
 * of its input?  Old ciphers of PKCS#12 and of encrypted keys exist only in the
 * legacy provider.  Leaves the queue as it is.
 */
bool openssl_lacks(void);

#endif

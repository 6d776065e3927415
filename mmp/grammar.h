/*
 * Commands as data: a command is its usage line.
 *
 *     pki match <key> <certificate>      <...> is a slot: one word
 *     pki verify <cert> [<CA cert>]      [...] may be left out
 *     pki csr <basename> <attribute>...  ... stands for one or more
 *     webadmin (enable|disable)          one of these words
 *     turn tls <port|none>               the slot <port>, or the word none
 *     uploader nfs <host>:<directory>    one word: a slot "host>:<directory"
 *
 * Optional and repeated slots stand at the end.  What a slot accepts, and how
 * TAB completes it, is a row in slots.c.
 */
#ifndef MMP_GRAMMAR_H
#define MMP_GRAMMAR_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "pki/blob.h"
#include "pki/error.h"
#include "services/service.h"
#include "services/worker.h"

struct call;
struct hints;
struct session;

/* To add a command: a row in a table of mmp/cmd_*.c, and its handler. */
struct command {
    const char *usage;      /* the pattern; NULL ends a table */
    const char *shown;      /* for help, if the appliance's usage line is no
                               pattern; else NULL */
    enum evidence evidence; /* that there is such a command */
    unsigned releases;      /* bits of the releases that have it; 0: all */
    int (*run)(struct call *call, struct error *error);
    /* For commands made from the catalogue of services; else NULL. */
    const struct service *service;
    const struct verb *verb;
    unsigned source; /* of SEEN; see services/source.h */
    /* Who may run it besides administrators: bits of services/users.h. */
    unsigned roles;
    bool reads;    /* it only reads, and runs where nothing can be changed */
    bool changes;  /* it changes settings, and runs between session_begin()
                      and session_commit(), or session_abort() if it fails */
    bool outside;  /* it may start the supervisor, or use the network */
    bool accounts; /* it asks the system who has an account */
    /* It shows names and settings only, and reads no foreign file.  If it is
       the only command, it runs without a filter of system calls
       (mmp/walls.h), which would take a twentieth of its time. */
    bool names;
    /* Finds the hints after its answer, or NULL; error is E_NONE if it
       worked. */
    void (*hint)(const struct call *call, const struct error *error,
                 struct hints *ret);
    bool ours; /* the appliance lacks it; it exists only with hints */
};

#define MAX_ARGS 16

/* The words that were typed for the slots of a command; borrowed. */
struct args {
    struct {
        const char *slot; /* its name, without the terminating > */
        size_t slot_size;
        const char *word;
    } arg[MAX_ARGS];
    size_t count;
    char **rest; /* the words of a repeated slot */
    size_t rest_count;
};

/* A typed command, as its handler gets it. */
struct call {
    struct session *session;
    const struct command *command;
    struct args args;
    STACK_OF(X509) *read;     /* certificates that it has read, for its hints;
                                 one for each element of its file, NULL for other
                                 elements */
    struct worker worker;     /* finds its hints already; see mmp/apart.h */
    bool failed_there;        /* those hints are for a failure */
    const struct parts *made; /* what it has made, while hints are found */
    bool outdated;            /* it has changed a service that runs as before */
};

/* The word typed for a slot, NULL when it was left out. */
const char *arg(const struct call *call, const char *slot);

/* Was "none" typed for a slot that takes it? */
bool arg_is_none(const struct args *args, size_t i);

/*
 * The rows of a session's dialect and release, those of its services last.
 * Start with *at = 0; NULL after the last.  *at is no count.
 */
const struct command *command_next(struct session *session, size_t *at);

/* What help prints for it. */
const char *command_usage(const struct command *command);

/*
 * Finds the command for the words.  0: *ret is set, and its slots accept their
 * words.  1: there is none.  -1: only one word is wrong; error names it.
 */
int command_match(struct session *session, char **words, size_t count,
                  struct call *ret, struct error *error);

/* How far words fit a command. */
struct fit {
    const struct command *nearest; /* the one that fits the most of them */
    size_t words;                  /* so many of them */
    struct error error; /* why a slot refuses the next word, or E_NONE */
};

/*
 * For checking scripts before they run.  0: the words are a command.  -1: *ret
 * tells how far they are one.  A word with "{{" belongs to a template and fits
 * everywhere except as the first word.  In a session without a store, files
 * need not exist.
 */
int command_fit(struct session *session, char **words, size_t count,
                struct fit *ret);

/*
 * Appends the words for a permanent record.  The words of secret slots are
 * masked, and all words if they are no command (command is NULL).
 */
void command_record(struct session *session, const struct command *command,
                    char *const *words, size_t count, struct blob *ret);

/*
 * Are the words a command or the beginning of one, with no word where a secret
 * belongs?  Any other words may hold a secret: a password typed after a command
 * that asks for it, or after a misspelt word.
 */
bool command_is_open(struct session *session, char *const *words, size_t count);

/* Does the command end in a slot that takes any word, so that a match proves
   nothing? */
bool command_takes_any(const struct command *command);

/* Does the command begin with these words? */
bool command_begins(const struct command *command, char *const *words,
                    size_t count);

/* How many of the words some command begins with. */
size_t command_known(struct session *session, char *const *words, size_t count);

/*
 * Calls each(arg, text) for everything that begins with prefix and may follow
 * the count complete words; text is borrowed for the call.
 */
typedef void complete_each(void *arg, const char *text);
void command_complete(struct session *session, char **words, size_t count,
                      const char *prefix, complete_each *each, void *each_arg);

/* The same, but only the literal words of usage lines. */
void command_words(struct session *session, char **words, size_t count,
                   complete_each *each, void *each_arg);

/*
 * Slots.
 */
struct slot {
    const char *name;
    /* NULL: any word is accepted. */
    int (*check)(struct session *session, const char *word,
                 struct error *error);
    /* Offers what begins with prefix; NULL: nothing to offer. */
    void (*complete)(struct session *session, const char *prefix,
                     complete_each *each, void *each_arg);
    bool secret;  /* never written down */
    bool command; /* it and the words after it are a command, which may have
                     secrets of its own */
};

/* Ends with a NULL name. */
extern const struct slot slots[];

/* "port|none" is the slot "port".  NULL if there is none, which the tests of
   the tables rule out. */
const struct slot *slot_find(const char *name, size_t size);

#endif

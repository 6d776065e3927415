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
    const char *usage; /* the pattern; NULL ends a table */
    const char *shown; /* what help prints where the real one's usage line is
                          no pattern; else NULL */
    enum evidence evidence; /* that there is such a command */
    unsigned releases;      /* bits of the releases that have it; 0: all */
    int (*run)(struct call *call, struct error *error);
    /* Of the commands that the catalogue of services makes; else NULL. */
    const struct service *service;
    const struct verb *verb;
    unsigned source; /* of SEEN; see services/source.h */
    /* Bits of services/users.h: who may run it besides administrators. */
    unsigned roles;
    bool reads; /* it changes nothing, and runs where nothing can be changed */
    bool changes;  /* settings: it runs between session_begin() and
                      session_commit(), or session_abort() when it fails */
    bool outside;  /* it may start the supervisor, or ask the network */
    bool accounts; /* it asks the system who has an account */
    /* It tells names and settings, and looks into no file of a stranger's: as
       the only command it has no filter of system calls (mmp/walls.h), which
       would take a twentieth of its time. */
    bool names;
    /* What may follow its answer, or NULL; error is E_NONE when it worked. */
    void (*hint)(const struct call *call, const struct error *error,
                 struct hints *ret);
    bool ours; /* the appliance has none such: there only with hints */
};

#define MAX_ARGS 16

/* What was typed for the slots of a command; borrows from the words. */
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

/* One command that was typed, on its way to its handler. */
struct call {
    struct session *session;
    const struct command *command;
    struct args args;
    STACK_OF(X509) *read; /* certificates that it has read, for its hints; by
                             element of its file, NULL for other elements */
    struct worker worker; /* that finds its hints already; see mmp/apart.h */
    bool failed_there;    /* they are those of a failure */
    const struct parts *made; /* what it has made, while they are found */
    bool outdated; /* what runs was started before what it has changed */
};

/* The word typed for a slot, NULL when it was left out. */
const char *arg(const struct call *call, const char *slot);

/* Was "none" typed for a slot that takes it? */
bool arg_is_none(const struct args *args, size_t i);

/*
 * The rows of a session's dialect and release, those of its services last:
 * start with *at = 0; NULL after the last.  *at is no count.
 */
const struct command *command_next(struct session *session, size_t *at);

/* What help prints for it. */
const char *command_usage(const struct command *command);

/*
 * Finds the command that the words are.  0: *ret is set, its slots hold
 * acceptable words.  1: there is none.  -1: right but for one word, which error
 * names.
 */
int command_match(struct session *session, char **words, size_t count,
                  struct call *ret, struct error *error);

/* How far words are a command. */
struct fit {
    const struct command *nearest; /* the one that takes the most of them */
    size_t words;                  /* so many; it wants more, or other ones */
    struct error error; /* why a slot refuses the next word, or E_NONE */
};

/*
 * For scripts that are checked before they run.  0: the words are a command.
 * -1: *ret says how far.  A word with "{{" in it is a template's: it fits
 * wherever it stands, but not as the first word.  In a session without a store
 * no file need be there.
 */
int command_fit(struct session *session, char **words, size_t count,
                struct fit *ret);

/*
 * Appends the words for a record that outlives them: those of secret slots,
 * and of what is no command (command is NULL), are masked.
 */
void command_record(struct session *session, const struct command *command,
                    char *const *words, size_t count, struct blob *ret);

/*
 * Are the words a command or the beginning of one, without a word in the place
 * of a secret?  Any other words may hold one: a password behind a command that
 * asks for it, or behind a word that was misspelt.
 */
bool command_is_open(struct session *session, char *const *words, size_t count);

/* Does the command end in a slot for words of which none is known, so that what
   fits it says nothing? */
bool command_takes_any(const struct command *command);

/* Does the command begin with these words? */
bool command_begins(const struct command *command, char *const *words,
                    size_t count);

/* How many of the words some command begins with. */
size_t command_known(struct session *session, char *const *words, size_t count);

/*
 * What may stand behind the count complete words, if it begins with prefix:
 * each(arg, text) for each; text is borrowed for the call.
 */
typedef void complete_each(void *arg, const char *text);
void command_complete(struct session *session, char **words, size_t count,
                      const char *prefix, complete_each *each, void *each_arg);

/* The words of usage lines, no more, that may stand behind the count words. */
void command_words(struct session *session, char **words, size_t count,
                   complete_each *each, void *each_arg);

/*
 * Slots.
 */
struct slot {
    const char *name;
    /* NULL: every word will do. */
    int (*check)(struct session *session, const char *word,
                 struct error *error);
    /* Offers what begins with prefix; NULL: nothing to offer. */
    void (*complete)(struct session *session, const char *prefix,
                     complete_each *each, void *each_arg);
    bool secret;  /* never written down */
    bool command; /* with the words behind it: a secret is one there, too */
};

/* Ends with a NULL name. */
extern const struct slot slots[];

/* "port|none" is the slot "port".  NULL when there is none, which the tests of
   the tables exclude. */
const struct slot *slot_find(const char *name, size_t size);

#endif

/*
 * A service is data: a row of a catalogue (services/catalog_cms.c) says how it
 * is called, what can be typed for it, what its status shows, what is checked
 * when it is enabled, and what it presents.
 *
 * Setting keys are relative to the service: "key" of webadmin is kept as
 * "webadmin.key".  They are part of the settings file and never renamed.
 */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "services/source.h"

/* What a verb does; mmp/cmd_service.c has one handler for each. */
enum action {
    DO_STATUS, /* the facts of `view`, or of the service */
    DO_ENABLE,
    DO_DISABLE,
    DO_RESTART,
    DO_SET,       /* the words typed become the settings of `keys` */
    DO_ASK,       /* DO_SET of one that is asked for, hidden */
    DO_MAKE,      /* DO_SET of one that is made at random, and shown */
    DO_CLEAR,     /* the settings of `keys` are removed; lists too */
    DO_ADD,       /* an entry of the list `view`; the first key names it */
    DO_ADD_ASK,   /* DO_ADD with a last key that is asked for */
    DO_ADD_MAKE,  /* DO_ADD with a last key that is made at random */
    DO_DELETE,    /* the entry that the slot names; DO_LIST: all of them */
    DO_LIST,      /* each entry of the list `view`, or each tag's facts */
    DO_CREATE,    /* a tag */
    DO_REMOVE,    /* a tag */
    DO_ELSEWHERE, /* asks another product, which this program never does */
    ACTIONS,
};

/* To add a verb: a row here, a session in testdata/transcripts, an entry in
   mmp.1. */
struct verb {
    const char *pattern; /* behind the service's name; NULL ends a table */
    enum action action;
    /*
     * Setting keys, separated by blanks: one for each slot and each choice in
     * order, and "key=value" for a setting that no slot gives.  A repeated
     * slot has its words joined by blanks.  A slot that was left out removes
     * its setting, as does the word "none" in a slot "<...|none>".
     */
    const char *keys;
    const char *view; /* of struct view, or NULL */
    enum evidence evidence;
    unsigned releases;
    bool disabled_only; /* refused while the service is enabled */
    unsigned source;    /* of SEEN; see services/source.h */
};

/* One line of the status: the label as it is shown, and a value. */
enum fact_kind {
    FACT_TEXT,     /* the setting */
    FACT_OPTIONAL, /* the same, but no line when it is not set */
    FACT_SERVICE,  /* in an entry of a list: the service's setting */
    FACT_FLAG,     /* yes or no: is the setting "enable"? */
    FACT_EACH,     /* a line for each word of the setting */
    FACT_RUNNING,  /* yes or no: is it up? */
    FACT_SIP,      /* "tcp a:7000, tls a:7001" of interface, TCP and TLS port */
    FACT_ADDRESS,  /* the address of the first interface of the setting */
    FACT_HOST,     /* what stands before the last colon of the setting */
    FACT_REST,     /* and what stands behind it */
    FACT_TAG,      /* the tag */
    FACT_HEADING,  /* no value */
};

struct fact {
    const char *label; /* with its padding and colon; NULL ends a table */
    enum fact_kind kind;
    /*
     * Setting keys.  A "key=value" is a condition: without it there is no
     * line; as the key of a FACT_FLAG it says which value means yes.
     */
    const char *keys;
    const char *absent;   /* shown when it is not set; mostly "none" */
    const char *yes, *no; /* of a flag; yes else stands behind the value */
    enum evidence evidence;
    unsigned releases;
    unsigned source; /* of SEEN */
};

/* A part of the status with a verb of its own, or a list of entries. */
struct view {
    const char *name; /* of a list: its setting key; NULL ends a table */
    const struct fact *facts;
    const char *heading; /* a line before each entry, or NULL */
};

/* What is looked at when the service is enabled or restarted, in order. */
enum check_kind {
    CHECK_REQUIRED,   /* every key of `keys` is set; else `failure` */
    CHECK_LISTEN,     /* every key is set, and no other enabled service has one
                         of the listeners' addresses */
    CHECK_PAIR,       /* key and certificate are there, readable, match, and
                         the certificate is valid today */
    CHECK_CHAIN,      /* certificate verifies against the bundle, when set */
    CHECK_FULL_CHAIN, /* the certificate file is leaf, intermediates, root */
    CHECK_TLS_PAIR,   /* port, key: a TLS port is set, then so is a key */
    CHECK_TRUST,      /* the trust file is readable, when set */
};

struct check {
    enum check_kind kind;
    const char *keys; /* settings it is about, in the order of its kind; NULL
                         ends a table */
    const char *success, *failure; /* words; success NULL: no line */
    bool optional;                 /* nothing set: no line, no failure */
    enum evidence evidence; /* of success, or where that is NULL of failure;
                               failure is else a GUESS */
    unsigned source;        /* of SEEN */
    const char *list;       /* a list, each entry of which is looked at; or
                               NULL */
    const char *host;       /* setting that names the entry */
};

/* What answers on a listener. */
enum protocol {
    SPEAK_TLS,
    SPEAK_HTTPS,
    SPEAK_XMPP,
    SPEAK_TURN,
    SPEAK_REDIRECT
};

/*
 * A listener that the service runs while it is enabled.  One whose interfaces
 * or port are not set is left out, without a failure: the checks say what must
 * be set.
 */
struct listener {
    const char *name; /* unique in the service, "https"; NULL ends a table */
    enum protocol protocol;
    const char *listen; /* setting: interfaces or a whitelist "a:443 b:445" */
    const char *port;   /* setting of the port; a port in the whitelist is
                           that of the word, whatever stands here */
    unsigned default_port;           /* where none is set; 0: there is none */
    const char *key, *cert, *bundle; /* settings; NULL for plain protocols */
    const char *trust; /* setting: CA file for client certificates, or NULL */
    const char *when;  /* setting that must be "enable", or NULL */
    const char *list;  /* a list, each entry of which has such a key, cert and
                          bundle for another host, or NULL */
    const char *host;  /* setting of the entry: who asks for it gets these */
};

/* What the certificate of an identity is used for. */
enum usage { USED_AS_SERVER = 1, USED_AS_CLIENT = 2, USED_FOR_BOTH = 3 };

/* A key and a certificate by which peers know the service; pki doctor looks at
   each. */
struct identity {
    const char *key, *cert; /* settings; NULL ends a table */
    const char *bundle;     /* setting, or NULL: the file is a full chain, or
                               nothing goes with it */
    bool full_chain;
    enum usage usage;
    const char *names; /* settings whose values the certificate must cover: host
                          names by which peers reach this service */
    const char *list;  /* a list, each entry of which is one, with settings of
                          its own; or NULL */
    bool stated; /* it must cover the names that the administrator states */
};

/* Whose certificates a trust file is to vouch for. */
struct trust {
    const char *file; /* setting; NULL ends a table */
    const char *peer; /* a service, whose setting peer_cert is meant */
    const char *peer_cert;
    bool own; /* wanted is the peer's own certificate, not its issuer's */
    const char *when; /* setting: where it is set there are peers, here or on
                         another machine; NULL: only one here can tell */
};

struct service {
    const char *name;  /* as it is typed; NULL ends a catalogue */
    const char *title; /* in messages: "Webadmin", "XMPP server" */
    unsigned releases;
    const struct verb *verbs;
    const struct fact *facts;         /* NULL: it has no status */
    const struct view *views;         /* NULL: none */
    const struct check *checks;       /* NULL: none */
    const struct listener *listeners; /* NULL: it runs nothing of its own */
    const char *files; /* keys whose values are files; "list:key" in entries */
    enum evidence evidence; /* of the line that says it is enabled */
    bool always; /* is enabled from the start and can only be restarted */
    bool tagged; /* there may be several: the first slot of a verb says which,
                    and settings, checks and listeners are each one's own; a
                    list of the service's name holds them, "tag" names each */
    unsigned source;                   /* of SEEN */
    const struct identity *identities; /* NULL: none */
    const struct trust *trusts;        /* NULL: none that we can tell */
};

extern const struct service catalog_cms[];

/* The next row that the release has; start with NULL.  A catalogue may be NULL:
   it has none. */
const struct service *service_next(const struct service *catalog,
                                   const struct service *before,
                                   unsigned release);

/* The row of that name; NULL if the release has none. */
const struct service *service_find(const struct service *catalog,
                                   unsigned release, const char *name);

/* Does it present a certificate for names that the administrator states? */
bool service_has_names(const struct service *service);

/* The verb by which a setting of the service is made; NULL: there is none. */
const struct verb *service_setter(const struct service *service,
                                  unsigned release, const char *key);

const struct view *service_view(const struct service *service,
                                const char *name);

#endif

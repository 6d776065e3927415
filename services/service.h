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

/* Bits of releases; a mask of 0 means all. */
enum release { CMS_2 = 1, CMS_3 = 2 };

/* How well something is known to be the real appliance's; see README. */
enum evidence { GUESS, RECALL, SEEN };

/* What a verb does; mmp/cmd_service.c has one handler for each. */
enum action {
    DO_STATUS,
    DO_ENABLE,
    DO_DISABLE,
    DO_RESTART,
    DO_SET,   /* the words typed for the slots become the settings of `keys` */
    DO_CLEAR, /* the settings of `keys` are removed */
    DO_ADD,   /* an entry of a list: `list`; the first key names it */
    DO_DELETE,
    DO_LIST,
    DO_SECRET,          /* DO_SET of one setting that is asked for, hidden */
    DO_XMPP_ADD,        /* DO_ADD with a secret that is made */
    DO_XMPP_ADD_SECRET, /* DO_ADD with a secret that is asked for */
    DO_XMPP_LIST,
    ACTIONS,
};

/* To add a verb: a row here, a session in testdata/transcripts, an entry in
   mmp.1. */
struct verb {
    const char *pattern; /* behind the service's name; NULL ends a table */
    enum action action;
    const char *keys; /* setting keys, separated by blanks, one for each slot
                         in order; a repeated slot takes the last one, its
                         words joined by blanks */
    const char *list; /* of DO_ADD, DO_DELETE, DO_LIST: the list's key */
    enum evidence evidence;
    unsigned releases;
    bool disabled_only; /* refused while the service is enabled */
};

/* One line of the status: the label as it is shown, and a value. */
enum fact_kind {
    FACT_TEXT,     /* the setting */
    FACT_OPTIONAL, /* the same, but no line when it is not set */
    FACT_FLAG,     /* yes or no: is the setting "enable"? */
    FACT_EACH,     /* a line for each word of the setting */
    FACT_RUNNING,  /* yes or no: is it up?  The reason follows when it failed */
    FACT_SIP,      /* "tcp a:7000, tls a:7001" of interface, TCP and TLS port */
    FACT_ADDRESS,  /* the address of the first interface of the setting */
};

struct fact {
    const char *label; /* with its padding and colon; NULL ends a table */
    enum fact_kind kind;
    const char *keys;
    const char *absent; /* shown when it is not set; mostly "none" */
    const char *yes, *no;
    enum evidence evidence;
    unsigned releases;
};

/* What is looked at when the service is enabled or restarted, in order. */
enum check_kind {
    CHECK_REQUIRED,   /* every key of `keys` is set; else `failure` */
    CHECK_LISTEN,     /* interface and port are set, known and free */
    CHECK_PAIR,       /* key and certificate are there, readable, match */
    CHECK_CHAIN,      /* certificate verifies against the bundle, when set */
    CHECK_FULL_CHAIN, /* the certificate file is leaf, intermediates, root */
    CHECK_TLS_CERTS,  /* a TLS port is set: then a pair must be as well */
    CHECK_TRUST,      /* the trust file is readable, when set */
};

struct check {
    enum check_kind kind;
    const char *keys;   /* settings it is about, in the order of its kind */
    const char *prefix; /* of its lines: "HTTPS " */
    const char *success, *failure; /* words; NULL: no line */
    enum evidence evidence;
    bool optional; /* nothing set: no line, no failure */
    unsigned releases;
};

/* What answers on a listener. */
enum protocol {
    SPEAK_TLS,
    SPEAK_HTTPS,
    SPEAK_XMPP,
    SPEAK_TURN,
    SPEAK_REDIRECT
};

/* A listener that the service runs while it is enabled. */
struct listener {
    const char *name; /* unique in the service, "https"; NULL ends a table */
    enum protocol protocol;
    const char *listen; /* setting: interfaces or a whitelist "a:443 b:445" */
    const char *port;   /* setting of the port, NULL: in the whitelist */
    unsigned default_port;           /* 0: none, the port must be set */
    const char *key, *cert, *bundle; /* settings; NULL for plain protocols */
    const char *trust; /* setting: CA file for client certificates, or NULL */
    const char *when;  /* setting that must be "enable", or NULL */
};

struct service {
    const char *name;  /* as it is typed; NULL ends a catalogue */
    const char *title; /* in messages: "Webadmin", "XMPP server" */
    unsigned releases;
    const struct verb *verbs;
    const struct fact *facts;
    const struct check *checks;
    const struct listener *listeners; /* NULL: it runs nothing of its own */
    enum evidence evidence;           /* of its verdict lines */
    bool always; /* is enabled from the start and can only be restarted */
    bool tagged; /* there may be several: the first slot of a verb says which,
                    and settings, checks and listeners are each one's own */
};

extern const struct service catalog_cms[];

const struct service *service_find(const struct service *catalog,
                                   const char *name, unsigned release);

#endif

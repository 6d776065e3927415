/*
 * How the releases of the appliance differ: their commands, and every word that
 * the console prints, each with its evidence.
 */
#ifndef MMP_DIALECT_H
#define MMP_DIALECT_H

#include <stdbool.h>

#include "mmp/grammar.h"
#include "pki/error.h"
#include "pki/inspect.h"

/*
 * A line of the console.  %1, %2, %3 and %4 stand for the arguments of say(),
 * or for the subject, the other name, the line and the detail of a failure.
 * Outside the tables of a dialect it has no evidence: a hint is our own, and a
 * fact has that of its label.
 */
struct phrase {
    const char *text; /* without the line break */
    enum evidence evidence;
    unsigned source; /* of SEEN; see services/source.h */
    /* The first words of the commands that print it, separated by ", ", with
       a "." after those that do not stand for longer commands, too; NULL:
       any command. */
    const char *commands;
    const char *also; /* more of them, by GUESS */
};

enum phrase_id {
    SAY_UNKNOWN_COMMAND, /* %1 its first word */
    SAY_OPEN_QUOTE,
    SAY_LINE_TOO_LONG,
    SAY_FILES_HEADING,
    SAY_FILE_UNUSED,  /* %1 the file, padded */
    SAY_KEY_AND_CSR,  /* %1 the basename */
    SAY_CSR_READY,    /* %1 the basename */
    SAY_KEY_AND_CERT, /* %1 the basename */
    SAY_SIGNED,       /* %1 the basename */
    SAY_SIGNED_CHAIN, /* %1 the basename */
    SAY_SSH_FOUND,
    SAY_SSH_NOT_FOUND,
    SAY_FILE_FOUND,
    SAY_FILE_NOT_FOUND,
    SAY_MATCH_CERT,
    SAY_MATCH_CSR,
    SAY_VERIFIED,
    SAY_UNLOCKED,    /* %1 the file */
    SAY_SSH_CREATED, /* %1 the file */
    SAY_HOSTNAME,    /* %1 */
    SAY_REBOOT_NEEDED,
    SAY_REBOOTING,
    SAY_VERSION,         /* %1 the release, %2 our version */
    SAY_USER,            /* %1 */
    SAY_DATE_UTC,        /* %1 */
    SAY_DATE_LOCAL,      /* %1 */
    SAY_UPTIME,          /* %1 days, %2 hh:mm:ss */
    SAY_SUCCESS,         /* %1 */
    SAY_WARNING,         /* %1 */
    SAY_FAILURE,         /* %1 */
    SAY_INCOMPLETE,      /* %1 the service */
    SAY_NOT_STARTED,     /* %1 the service */
    SAY_ENABLED,         /* %1 the service */
    SAY_DISABLED,        /* %1 the service */
    SAY_RESTARTED,       /* %1 the service */
    SAY_NOT_RUNNING,     /* %1 the service, %2 why */
    SAY_NOT_RUNNING_YET, /* the same; %3 seconds until it starts again */
    SAY_CRASHED,         /* %1 the service, %2 how often */
    SAY_PORT_OFFSET,     /* %1 interface and port, %2 the port that is bound */
    SAY_ADDED,
    SAY_SECRET,    /* %1 */
    SAY_ELSEWHERE, /* %1 the host that is not asked */
    SAY_FILE_USED, /* %1 the file, padded or not, %2 the services */
    SAY_FILE_LOST, /* %1 the file, %2 the services */
    SAY_SHUTTING_DOWN,
    SAY_LICENSE,         /* %1 feature, %2 day, %3 days left */
    SAY_LICENSE_EXPIRED, /* %1 feature, %2 day */
    SAY_BACKUP,          /* %1 its name */
    SAY_IPV4,
    SAY_IPV4_OBSERVED,
    SAY_IPV6,
    SAY_IPV6_OBSERVED,
    SAY_IP_VALUE, /* %1 label, padded, %2 value */
    SAY_IP_ADDRESSES,
    SAY_IP_ADDRESS, /* %1 with its prefix length */
    SAY_IP_ROUTES,
    SAY_IP_ROUTE,  /* %1 three columns, %2 the last */
    SAY_IFACE_MAC, /* %1 */
    SAY_IFACE_MTU, /* %1 */
    SAY_DNS_ZONES,
    SAY_DNS_ZONE, /* %1 domain, %2 server */
    SAY_DNS_RECORDS,
    SAY_DNS_RECORD, /* %1 */
    SAY_DNS_ANSWER, /* %1 */
    SAY_NTP_SERVERS,
    SAY_NTP_SERVER, /* %1 */
    SAY_TIMEZONE,   /* %1 */
    SAY_AUDIT,      /* %1 user, %2 from where, %3 command, %4 one of the next */
    SAY_GRANTED,
    SAY_DENIED,
    SAY_UNKNOWN,
    SAY_USERS,
    SAY_USER_ROLE, /* %1 name, padded, %2 role */
    SAY_USER_NAME, /* %1 */
    SAY_USER_INFO, /* %1 role */
    SAY_INITIAL_PASSWORD,
    SAY_MUST_CHANGE,
    SAY_DONE,
    SAY_CLUSTER_ERROR,  /* %1 why */
    SAY_CLUSTER_STATUS, /* %1 */
    SAY_CLUSTER_NODES,
    SAY_CLUSTER_NODE,   /* %1 address, padded, %2 its state */
    SAY_CLUSTER_IN_USE, /* %1 */
    SAY_CLUSTER_OF_TWO,
    SAY_CLUSTER_INTERFACE, /* %1 */
    SAY_CLUSTER_CERTS,
    SAY_CLUSTER_FILE,    /* %1 label, padded, %2 the file */
    SAY_CLUSTER_EXPIRED, /* the same */
    SAY_CLUSTER_EXPIRES, /* the same; %3 the day */
    SAY_CLUSTER_LAST,    /* %1 the command, %2 how it ended */
    SAY_CLUSTER_LOCALNODE,
    SAY_CLUSTER_CERTS_SET,
    SAY_CLUSTER_DANGER,
    SAY_CLUSTER_INITIALIZING,
    SAY_CLUSTER_ATTACHING,
    SAY_CLUSTER_DETACHING,
    SAY_CLUSTER_UPGRADING,
    SAY_CLUSTER_CLEARED,
    CLUSTER_DISABLED, /* the states of a node, and how a command ended */
    CLUSTER_ENABLED,
    CLUSTER_ERROR,
    CLUSTER_INITIALIZING,
    CLUSTER_ATTACHING,
    CLUSTER_DETACHING,
    CLUSTER_UPGRADING,
    CLUSTER_IN_PROGRESS,
    CLUSTER_SUCCESS,
    CLUSTER_FAILED,
    CLUSTER_NONE,
    ASK_PASSWORD,
    ASK_SECRET,
    ASK_REBOOT,
    ASK_SHUTDOWN,
    ASK_ROLLBACK,
    ASK_OLD_PASSWORD,
    ASK_NEW_PASSWORD,
    ASK_AGAIN,
    ASK_INITIALIZE,
    ASK_JOIN,
    ASK_REMOVE,
    PHRASES,
};

/* Words about the database cluster that differ between releases. */
enum cluster_word {
    CLUSTER_NO_WORD,
    CLUSTER_PRIMARY, /* the states of the nodes */
    CLUSTER_REPLICA,
    CLUSTER_BEHIND,
    CLUSTER_DISCONNECTED,
    CLUSTER_KEPT,      /* initialize's warning */
    CLUSTER_DESTROYED, /* join's */
    CLUSTER_WORDS,
};

struct dialect {
    const char *name; /* as -r takes it */
    unsigned release;
    const struct command *const *commands; /* tables; NULL ends the list */
    const struct phrase *phrases;          /* by phrase_id */
    const struct phrase *failures;         /* by error_code */
    const struct phrase *reasons; /* by error_code, in the lines of enable and
                                     restart; without text: as in failures */
    const struct service *catalog;
    const struct phrase *kinds;  /* by inspect_kind; %1 PEM or DER, %2 text */
    const char *prompt_end;      /* follows the host name */
    const char *const *features; /* of license; NULL ends the list */
    bool full_chain; /* pki sign writes NAME-fullchain.crt as well */
    const struct phrase *cluster; /* by cluster_word */
    unsigned schema; /* the version of the database cluster's, of our own */
};

/* NULL when there is no such release. */
const struct dialect *dialect_find(const char *name);

/* The releases, one after the other; NULL after the last. */
const struct dialect *dialect_at(size_t i);

extern const struct dialect dialect_cms_2, dialect_cms_3;
extern const struct command cmd_database[], cmd_network[], cmd_pki[],
    cmd_system[], cmd_user[];

#endif

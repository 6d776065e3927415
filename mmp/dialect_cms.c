/*
 * The words of a Cisco Meeting Server, 2.9 and 3.x.  Each carries its
 * evidence: SEEN with the public document that prints it, RECALL when it is
 * known but not byte for byte, GUESS when we chose it.
 */
#include "mmp/dialect.h"

#define STREAMER TAC_217320
#define UPLOADER TAC_217320
#define LICENSE TAC_217320
#define DATABASE TAC_210530
#define HOSTNAME NOTES_2023
#define AUDIT TAC_221776

static const struct phrase phrases[PHRASES] = {
    [SAY_UNKNOWN_COMMAND] = { "unknown command: %1", GUESS },
    [SAY_OPEN_QUOTE] = { "missing closing double quote", GUESS },
    [SAY_LINE_TOO_LONG] = { "line too long", GUESS },
    [SAY_FILES_HEADING] = { "User supplied certificates and keys:", SEEN,
                            STREAMER, .commands = "pki list" },
    [SAY_FILE_UNUSED] = { "%1: not in use", GUESS, .commands = "pki." },
    [SAY_KEY_AND_CSR] = { "Created key file %1.key and CSR %1.csr", SEEN,
                          STREAMER, .commands = "pki csr" },
    [SAY_CSR_READY] = { "CSR file %1.csr ready for download via SFTP", SEEN,
                        STREAMER, .commands = "pki csr" },
    [SAY_KEY_AND_CERT] = { "Created key file %1.key and certificate %1.crt",
                           GUESS, .commands = "pki selfsigned" },
    [SAY_SIGNED] = { "Created certificate file %1.crt", GUESS,
                     .commands = "pki sign" },
    [SAY_SIGNED_CHAIN] = { "Created certificate file %1.crt and full chain "
                           "file %1-fullchain.crt",
                           GUESS, .commands = "pki sign" },
    [SAY_SSH_FOUND] = { "Checking ssh public keys...found", RECALL,
                        .commands = "pki inspect" },
    [SAY_SSH_NOT_FOUND] = { "Checking ssh public keys...not found", RECALL,
                            .commands = "pki inspect" },
    [SAY_FILE_FOUND] = { "Checking user configured certificates and "
                         "keys...found",
                         RECALL, .commands = "pki inspect" },
    [SAY_FILE_NOT_FOUND] = { "Checking user configured certificates and "
                             "keys...not found",
                             RECALL, .commands = "pki inspect" },
    [SAY_MATCH_CERT] = { "Key and certificate match", RECALL,
                         .commands = "pki match" },
    [SAY_MATCH_CSR] = { "Key and CSR match", GUESS, .commands = "pki match" },
    [SAY_VERIFIED] = { "Success", RECALL, .commands = "pki verify" },
    [SAY_UNLOCKED] = { "Unlocked key file %1", GUESS,
                       .commands = "pki unlock" },
    [SAY_SSH_CREATED] = { "Created ssh public key %1", GUESS,
                          .commands = "pki pkcs12-to-ssh" },
    [SAY_HOSTNAME] = { "%1", GUESS, .commands = "hostname." },
    [SAY_REBOOT_NEEDED] = { "A reboot is required for the change to take "
                            "effect",
                            SEEN, HOSTNAME, .commands = "hostname" },
    [SAY_REBOOTING] = { "Rebooting...", GUESS,
                        .commands = "reboot, backup rollback" },
    [SAY_VERSION] = { "%1 (openmmp %2)", GUESS, .commands = "version" },
    [SAY_USER] = { "%1", GUESS, .commands = "whoami" },
    [SAY_DATE_UTC] = { "UTC:   %1", GUESS, .commands = "date" },
    [SAY_DATE_LOCAL] = { "Local: %1", GUESS, .commands = "date" },
    [SAY_UPTIME] = { "up %1 days, %2", GUESS, .commands = "uptime" },
    [SAY_SUCCESS] = { "SUCCESS: %1", SEEN, STREAMER },
    [SAY_WARNING] = { "WARNING: %1", RECALL },
    [SAY_FAILURE] = { "FAILURE: %1", SEEN, STREAMER },
    [SAY_INCOMPLETE] = { "FAILURE: %1 configuration not complete", SEEN,
                         STREAMER },
    [SAY_NOT_STARTED] = { "FAILURE: %1 not running", GUESS },
    [SAY_ENABLED] = { "SUCCESS: %1 enabled", SEEN, STREAMER },
    [SAY_DISABLED] = { "SUCCESS: %1 disabled", GUESS },
    [SAY_RESTARTED] = { "SUCCESS: %1 restarted", GUESS },
    [SAY_NOT_RUNNING] = { "WARNING: %1 not running since a failure: %2",
                          GUESS },
    [SAY_NOT_RUNNING_YET] = { "WARNING: %1 not running: %2; starts again in "
                              "%3 s",
                              GUESS },
    [SAY_CRASHED] = { "WARNING: %1 was restarted after a crash: %2", GUESS },
    [SAY_PORT_OFFSET] = { "NOTE: %1 is port %2 here", GUESS },
    [SAY_ADDED] = { "Success : true", RECALL },
    [SAY_SECRET] = { "Secret : %1", GUESS },
    [SAY_ELSEWHERE] = { "FAILURE: %1 is not asked: this program does not "
                        "connect to other products",
                        GUESS },
    [SAY_FILE_USED] = { "%1: %2", GUESS, .commands = "pki." },
    [SAY_FILE_LOST] = { "WARNING: %1 was assigned to %2", GUESS,
                        .commands = "rm" },
    [SAY_SHUTTING_DOWN] = { "Shutting down...", GUESS, .commands = "shutdown" },
    [SAY_LICENSE] = { "Feature: %1 status: Activated expiry: %2 (%3 days "
                      "remain)",
                      SEEN, LICENSE, .commands = "license" },
    [SAY_LICENSE_EXPIRED] = { "Feature: %1 status: Expired expiry: %2", GUESS,
                              .commands = "license" },
    [SAY_BACKUP] = { "%1", GUESS, .commands = "backup list" },
    [SAY_IPV4] = { "IPv4 configuration:", SEEN, HOSTNAME, .commands = "ipv4" },
    [SAY_IPV4_OBSERVED] = { "IPv4 observed values", SEEN, HOSTNAME,
                            .commands = "ipv4" },
    [SAY_IPV6] = { "IPv6 configuration:", GUESS, .commands = "ipv6" },
    [SAY_IPV6_OBSERVED] = { "IPv6 observed values", GUESS, .commands = "ipv6" },
    [SAY_IP_VALUE] = { "    %1%2", SEEN, HOSTNAME, .commands = "ipv4",
                       .also = "ipv6" },
    [SAY_IP_ADDRESSES] = { "Addresses:", SEEN, HOSTNAME, .commands = "ipv4",
                           .also = "ipv6" },
    [SAY_IP_ADDRESS] = { "%1", SEEN, HOSTNAME, .commands = "ipv4",
                         .also = "ipv6" },
    [SAY_IP_ROUTES] = { "Routes:", SEEN, HOSTNAME, .commands = "ipv4",
                        .also = "ipv6" },
    [SAY_IP_ROUTE] = { "    %1%2", SEEN, HOSTNAME, .commands = "ipv4",
                       .also = "ipv6" },
    [SAY_IFACE_MAC] = { "Mac address %1", GUESS, .commands = "iface" },
    [SAY_IFACE_MTU] = { "MTU %1", GUESS, .commands = "iface" },
    [SAY_DNS_ZONES] = { "Forward zones:", GUESS, .commands = "dns." },
    [SAY_DNS_ZONE] = { "    %1 %2", GUESS, .commands = "dns." },
    [SAY_DNS_RECORDS] = { "Resource records:", GUESS, .commands = "dns." },
    [SAY_DNS_RECORD] = { "    %1", GUESS, .commands = "dns." },
    [SAY_DNS_ANSWER] = { "%1", GUESS, .commands = "dns lookup" },
    [SAY_NTP_SERVERS] = { "Configured NTP servers:", GUESS, .commands = "ntp" },
    [SAY_NTP_SERVER] = { "    %1", GUESS, .commands = "ntp" },
    [SAY_TIMEZONE] = { "%1", GUESS, .commands = "timezone" },
    [SAY_CLUSTER_ERROR] = { "ERROR                    : %1", SEEN, DATABASE,
                            .commands = "database cluster status" },
    [SAY_CLUSTER_STATUS] = { "Status                   : %1", SEEN, DATABASE,
                             .commands = "database cluster status" },
    [SAY_CLUSTER_NODES] = { "Nodes:", SEEN, DATABASE,
                            .commands = "database cluster status" },
    [SAY_CLUSTER_NODE] = { "    %1: %2", SEEN, DATABASE,
                           .commands = "database cluster status" },
    [SAY_CLUSTER_IN_USE] = { "Node in use              : %1", SEEN, DATABASE,
                             .commands = "database cluster status" },
    [SAY_CLUSTER_OF_TWO] = { "WARNING: with two nodes, neither goes on when "
                             "the other fails",
                             GUESS, .commands = "database cluster status" },
    [SAY_CLUSTER_INTERFACE] = { "Interface                : %1", SEEN, DATABASE,
                                .commands = "database cluster status" },
    [SAY_CLUSTER_CERTS] = { "Certificates", SEEN, DATABASE,
                            .commands = "database cluster status" },
    [SAY_CLUSTER_FILE] = { "  %1: %2", SEEN, DATABASE,
                           .commands = "database cluster status" },
    [SAY_CLUSTER_EXPIRED] = { "  %1: %2 (expired)", GUESS,
                              .commands = "database cluster status" },
    [SAY_CLUSTER_EXPIRES] = { "  %1: %2 (expires %3)", GUESS,
                              .commands = "database cluster status" },
    [SAY_CLUSTER_LAST] = { "Last command             : '%1' (%2)", SEEN,
                           DATABASE, .commands = "database cluster status" },
    [SAY_CLUSTER_LOCALNODE] = { "Interface updated", RECALL,
                                .commands = "database cluster localnode" },
    [SAY_CLUSTER_CERTS_SET] = { "Certificates updated", RECALL,
                                .commands = "database cluster certs" },
    [SAY_CLUSTER_DANGER] = { "WARNING!!!", RECALL,
                             .commands = "database cluster initialize, "
                                         "database cluster join, "
                                         "database cluster remove" },
    [SAY_CLUSTER_INITIALIZING] = { "Initialization started...", RECALL,
                                   .commands = "database cluster initialize" },
    [SAY_CLUSTER_ATTACHING] = { "Attachment started...", RECALL,
                                .commands = "database cluster join, database "
                                            "cluster connect" },
    [SAY_CLUSTER_DETACHING] = { "Detachment started...", RECALL,
                                .commands = "database cluster remove" },
    [SAY_CLUSTER_UPGRADING] = { "Schema upgrade started...", GUESS,
                                .commands = "database cluster upgrade_schema" },
    [SAY_CLUSTER_CLEARED] = { "Error cleared", GUESS,
                              .commands = "database cluster clear_error" },
    [CLUSTER_DISABLED] = { "Disabled", GUESS,
                           .commands = "database cluster status" },
    [CLUSTER_ENABLED] = { "Enabled", SEEN, DATABASE,
                          .commands = "database cluster status" },
    [CLUSTER_ERROR] = { "Error", SEEN, DATABASE,
                        .commands = "database cluster status" },
    [CLUSTER_INITIALIZING] = { "Initializing", GUESS,
                               .commands = "database cluster status" },
    [CLUSTER_ATTACHING] = { "Attaching", GUESS,
                            .commands = "database cluster status" },
    [CLUSTER_DETACHING] = { "Detaching", GUESS,
                            .commands = "database cluster status" },
    [CLUSTER_UPGRADING] = { "Upgrading", GUESS,
                            .commands = "database cluster status" },
    [CLUSTER_IN_PROGRESS] = { "In progress", GUESS,
                              .commands = "database cluster status" },
    [CLUSTER_SUCCESS] = { "Success", SEEN, DATABASE,
                          .commands = "database cluster status" },
    [CLUSTER_FAILED] = { "Failed", SEEN, DATABASE,
                         .commands = "database cluster status" },
    [CLUSTER_NONE] = { "none", GUESS, .commands = "database cluster status" },
    [ASK_PASSWORD] = { "Please enter password:", SEEN, UPLOADER,
                       .commands = "uploader",
                       .also = "pki unlock, pki pkcs12-to-ssh" },
    [ASK_SECRET] = { "Enter callbridge secret", RECALL,
                     .commands = "xmpp callbridge" },
    [ASK_REBOOT] = { "Are you sure you wish to reboot? (Y/n)", GUESS,
                     .commands = "reboot" },
    [ASK_SHUTDOWN] = { "Are you sure you wish to shutdown? (Y/n)", GUESS,
                       .commands = "shutdown" },
    [ASK_ROLLBACK] = { "Are you sure you wish to overwrite the configuration, "
                       "keys and certificates and reboot? (Y/n)",
                       GUESS, .commands = "backup rollback" },
    [SAY_AUDIT] = { "User %1 from %2 issued command < %3>: %4", SEEN, AUDIT },
    [SAY_GRANTED] = { "permission granted", SEEN, AUDIT },
    [SAY_DENIED] = { "permission denied", GUESS },
    [SAY_UNKNOWN] = { "unknown command", GUESS },
    [SAY_USERS] = { "USERNAME             ROLE", GUESS },
    [SAY_USER_ROLE] = { "%1%2", GUESS },
    [SAY_USER_NAME] = { "Username : %1", GUESS },
    [SAY_USER_INFO] = { "Role     : %1", GUESS },
    [SAY_INITIAL_PASSWORD] = { "Password : initial, to be changed", GUESS },
    [SAY_MUST_CHANGE] = { "The initial password must be changed", GUESS },
    [SAY_DONE] = { "Success", RECALL },
    [ASK_OLD_PASSWORD] = { "Please enter current password:", GUESS },
    [ASK_NEW_PASSWORD] = { "Please enter new password:", GUESS },
    [ASK_AGAIN] = { "Please enter new password again:", GUESS },
    [ASK_INITIALIZE] = { "Are you sure you wish to initialize this node as a "
                         "new database cluster? (Y/n)",
                         RECALL, .commands = "database cluster initialize" },
    [ASK_JOIN] = { "Are you sure you wish to attach this node to an existing "
                   "database cluster? (Y/n)",
                   RECALL, .commands = "database cluster join" },
    [ASK_REMOVE] = { "Are you sure you wish to detach this node from the "
                     "existing database cluster? (Y/n)",
                     RECALL, .commands = "database cluster remove" },
};

/* In which release the words changed is a guess. */
static const struct phrase cluster_2[CLUSTER_WORDS] = {
    [CLUSTER_NO_WORD] = { "", GUESS },
    [CLUSTER_PRIMARY] = { "Connected Master", RECALL,
                          .commands = "database cluster status" },
    [CLUSTER_REPLICA] = { "Connected Slave ( In Sync )", RECALL,
                          .commands = "database cluster status" },
    [CLUSTER_BEHIND] = { "Connected Slave ( Out of Sync )", GUESS,
                         .commands = "database cluster status" },
    [CLUSTER_DISCONNECTED] = { "Disconnected", GUESS,
                               .commands = "database cluster status" },
    [CLUSTER_KEPT] = { "The contents of this node's database will become the "
                       "master version of the database in the new cluster.",
                       RECALL, .commands = "database cluster initialize" },
    [CLUSTER_DESTROYED] = { "The contents of this node's database will be "
                            "destroyed!",
                            RECALL, .commands = "database cluster join" },
};

static const struct phrase cluster_3[CLUSTER_WORDS] = {
    [CLUSTER_NO_WORD] = { "", GUESS },
    [CLUSTER_PRIMARY] = { "Connected Primary", SEEN, DATABASE,
                          .commands = "database cluster status" },
    [CLUSTER_REPLICA] = { "Connected Replica ( In Sync )", SEEN, DATABASE,
                          .commands = "database cluster status" },
    [CLUSTER_BEHIND] = { "Connected Replica ( Out of Sync )", GUESS,
                         .commands = "database cluster status" },
    [CLUSTER_DISCONNECTED] = { "Disconnected", GUESS,
                               .commands = "database cluster status" },
    [CLUSTER_KEPT] = { "The contents of this node's database will become the "
                       "primary version of the database in the new cluster.",
                       GUESS, .commands = "database cluster initialize" },
    [CLUSTER_DESTROYED] = { "The contents of this node's database will be "
                            "destroyed!",
                            RECALL, .commands = "database cluster join" },
};

/* %1 subject, %2 other, %3 line, %4 detail: see pki/error.h. */
static const struct phrase failures[E_CODES] = {
    [E_NONE] = { "", GUESS },

    [E_NO_FILE] = { "%1: no such file", GUESS },
    [E_BAD_NAME] = { "%1: not a file name: no slash, no leading dot, "
                     "no control characters, 255 bytes of UTF-8 at most",
                     GUESS },
    [E_NOT_REGULAR] = { "%1: not a regular file", GUESS },
    [E_TOO_LARGE] = { "%1: larger than %4", GUESS },
    [E_DENIED] = { "%1: %4", GUESS },
    [E_FULL] = { "%1: %4", GUESS },
    [E_IO] = { "%1: %4", GUESS },
    [E_BUSY] = { "another session is changing files, try again", GUESS },
    [E_DAMAGED] = { "%1: damaged: %4", GUESS },
    [E_EXISTS] = { "%1: file already exists", GUESS },

    [E_EMPTY] = { "%1: the file is empty", GUESS },
    [E_UNKNOWN_FORMAT] = { "%1: neither PEM nor DER", GUESS },
    [E_PEM_GLUED] = { "%1: line %3: END and BEGIN are on one line, a line "
                      "break is missing between them",
                      GUESS },
    [E_PEM_INDENTED] = { "%1: line %3: blanks, control characters or a byte "
                         "order mark before BEGIN",
                         GUESS },
    [E_PEM_NO_BEGIN] = { "%1: line %3: END without its BEGIN", GUESS },
    [E_PEM_BLANK_LINE] = { "%1: line %3: a blank line between BEGIN and END",
                           GUESS },
    [E_PEM_NO_END] = { "%1: line %3: BEGIN without its END", GUESS },
    [E_PEM_BAD_DATA] = { "%1: line %3: the data of this block is damaged",
                         GUESS },
    [E_BAD_DER] = { "%1: the data is damaged", GUESS },
    [E_PEM_CR_ONLY] = { "%1: lines end in CR only", GUESS },
    [E_UTF16] = { "%1: saved as UTF-16, not as plain text", GUESS },
    [E_HTML] = { "%1: a web page, not a certificate file", GUESS },
    [E_TRUSTED] = { "%1: line %3: TRUSTED CERTIFICATE is OpenSSL's own form, "
                    "expected CERTIFICATE",
                    GUESS },
    [E_PKCS7] = { "%1: PKCS#7, expected certificates in PEM", GUESS },
    [E_PKCS12] = { "%1: PKCS#12, expected PEM", GUESS },
    [E_SSH_KEY] = { "%1: already an ssh public key", GUESS },
    [E_NOT_KEY] = { "%1: no private key in it", GUESS },
    [E_NOT_CERT] = { "%1: no certificate in it", GUESS },
    [E_NOT_CSR] = { "%1: no certificate signing request in it", GUESS },
    [E_KEY_ENCRYPTED] = { "%1: the key is encrypted, use pki unlock first",
                          GUESS },
    [E_KEY_NOT_LOCKED] = { "%1: the key is not encrypted", GUESS },
    [E_WRONG_PASSWORD] = { "%1: wrong password", GUESS },
    [E_CIPHER] = { "%1: encrypted with an old algorithm that OpenSSL does not "
                   "offer here: decrypt it with openssl pkcs8 or pkcs12, and "
                   "-provider legacy -provider default",
                   GUESS },
    [E_KEY_TYPE] = { "%1: this kind of key cannot be used: %4", GUESS },

    [E_BAD_BASENAME] = { "%1: not a basename: letters, digits, hyphens and "
                         "underscores only, 200 at most",
                         GUESS },
    [E_ATTRIBUTE_UNKNOWN] = { "%1: not an attribute: CN OU O L ST C "
                              "emailAddress subjectAltName",
                              GUESS },
    [E_ATTRIBUTE_TWICE] = { "%1: given twice", GUESS },
    [E_ATTRIBUTE_EMPTY] = { "%1: no value", GUESS },
    [E_ATTRIBUTE_LONG] = { "%1: longer than %2 characters", GUESS },
    [E_ATTRIBUTE_TEXT] = { "%1: not UTF-8, or with control characters", GUESS },
    [E_ATTRIBUTE_COUNTRY] = { "%1: a country is two letters", GUESS },
    [E_ATTRIBUTE_EMAIL] = { "%1: not an e-mail address", GUESS },
    [E_ALTNAME_BAD] = { "%1: neither host name, IP address nor e-mail address",
                        GUESS },
    [E_NO_CN] = { "CN is missing", GUESS },

    [E_MISMATCH_CERT] = { "Key and certificate do not match", GUESS },
    [E_MISMATCH_CSR] = { "Key and CSR do not match", GUESS },
    [E_VERIFY] = { "%4", GUESS },
    [E_CSR_SIGNATURE] = { "%1: not signed by its own key", GUESS },
    [E_NOT_CA] = { "%1: not a CA certificate", GUESS },
    [E_CA_EXPIRED] = { "%1: the CA certificate has expired", GUESS },
    [E_CA_NOT_YET] = { "%1: the CA certificate is not yet valid", GUESS },
    [E_OWN_CA] = { "%1: the CA's own certificate would be replaced", GUESS },
    [E_DAYS] = { "validity out of range", GUESS },

    [E_CONFIG_SYNTAX] = { "%1: line %3: %4", GUESS },
    [E_CONFIG_UNKNOWN] = { "%1: line %3: unknown key %2", GUESS },
    [E_CONFIG_TYPE] = { "%1: line %3: %2 wants %4", GUESS },
    [E_CONFIG_VALUE] = { "%1: line %3: %2 wants %4", GUESS },

    [E_NO_SERVICE] = { "%1: the services that run are of another release; "
                       "reboot to run those of this one",
                       GUESS },
    [E_NOTHING] = { "%1: neither a file nor a service", GUESS },
    [E_NOT_SET] = { "%1: %2 is not set", GUESS },
    [E_NO_INTERFACE] = { "%1: not an interface: a, b, c, d, e, or lo for "
                         "services",
                         GUESS },
    [E_BAD_PORT] = { "%1: not a port: a number from 1 to 65535", GUESS },
    [E_LISTEN] = { "%1: %4", GUESS },
    [E_NOT_READY] = { "%1 did not start in time", GUESS },
    [E_ENDED] = { "%1 %4", GUESS },
    [E_SUPERVISOR] = { "services cannot be reached: %4", GUESS },

    [E_BAD_PLACE] = { "%1: expected interface:port", GUESS },
    [E_BAD_ADDRESS] = { "%1: not an IP address", GUESS },
    [E_BAD_NUMBER] = { "%1: not a number from %4", GUESS },
    [E_BAD_URL] = { "%1: not a URL: http:// or https:// and a host", GUESS },
    [E_BAD_TAG] = { "%1: not a tag: letters, digits, hyphens and underscores, "
                    "64 at most",
                    GUESS },
    [E_BAD_WORD] = { "%1: expected %4", GUESS },
    [E_NO_TAG] = { "%1: no such tag: %2", GUESS },
    [E_NO_ENTRY] = { "%1: no such entry: %2", GUESS },
    [E_HAS_ENTRY] = { "%1: already there: %2", GUESS },
    [E_ENABLED] = { "FAILURE: %1 must be disabled first", GUESS },
    [E_DISABLED] = { "FAILURE: %1 not enabled", GUESS },
    [E_PORT_TAKEN] = { "%1 is used by %2", GUESS },
    [E_FILE_USED] = { "%1: not removed, it is used by %2", GUESS },
    [E_CERT_EXPIRED] = { "%1: the certificate has expired", GUESS },
    [E_CERT_NOT_YET] = { "%1: the certificate is not yet valid", GUESS },
    [E_CHAIN_ORDER] = { "%1: line %3: this certificate did not sign the one "
                        "before it",
                        GUESS },

    [E_BAD_PREFIX] = { "%1: not an address with its prefix length", GUESS },
    [E_BAD_NETWORK] = { "%1: not a network: bits after the prefix length are "
                        "set",
                        GUESS },
    [E_BAD_GATEWAY] = { "%1: not a neighbour of %2", GUESS },
    [E_BAD_MTU] = { "%1: not an MTU: 576 to 9000", GUESS },
    [E_BAD_DOMAIN] = { "%1: not a domain name", GUESS },
    [E_BAD_RECORD] = { "%1: not a resource record: owner, TTL, IN, then A, "
                       "AAAA or SRV and its data",
                       GUESS },
    [E_BAD_TIMEZONE] = { "%1: not a time zone, see timezone list", GUESS },
    [E_NO_ADDRESS] = { "%1: no address is configured", GUESS },
    [E_NOT_FOUND] = { "%1: not found", GUESS },

    [E_ROLE] = { "permission denied", GUESS },
    [E_NO_USER] = { "%1: no such user", GUESS },
    [E_HAS_USER] = { "%1: user already exists", GUESS },
    [E_BAD_USER] = { "%1: not a user name: a lower-case letter, then letters, "
                     "digits, hyphens and underscores, 32 at most",
                     GUESS },
    [E_LAST_ADMIN] = { "%1: not removed, no administrator would be left",
                       GUESS },
    [E_PASSWORD] = { "password not accepted: %4", GUESS },
    [E_READ_ONLY] = { "%1: read only", GUESS },
    [E_FLAT] = { "there is only one directory, and there are no links", GUESS },
    [E_UNSUPPORTED] = { "not supported", GUESS },
    [E_REQUEST] = { "bad request: %4", GUESS },

    [E_CERT_KEY] = { "%1: not the certificate of %2", GUESS },
    [E_CERT_CHAIN] = { "%1: not signed by %2: %4", GUESS },
    [E_CERT_CN] = { "%1: the CN of the certificate must be %2", GUESS },
    [E_CERT_USAGE] = { "%1: the certificate's extended key usage lacks %2",
                       GUESS },
    [E_CLUSTERED] = { "FAILURE: this node is part of a database cluster, use "
                      "database cluster remove first",
                      GUESS },
    [E_NOT_CLUSTERED] = { "FAILURE: this node is not part of a database "
                          "cluster",
                          GUESS },
    [E_WORKING] = { "FAILURE: '%2' has not finished yet", GUESS },
    [E_UNCLEARED] = { "FAILURE: the last command failed, use database cluster "
                      "clear_error first",
                      GUESS },
    [E_NOT_PRIMARY] = { "FAILURE: this node is not the primary of the database "
                        "cluster",
                        GUESS },
    [E_SCHEMA] = { "Couldn't upgrade the schema", SEEN, DATABASE },
    [E_UNREACHABLE] = { "%1 cannot be reached: %4", GUESS },
    [E_UNTRUSTED] = { "%1: the certificates do not fit: %4", GUESS },
    [E_NO_CLUSTER] = { "%1 is not part of a database cluster", GUESS },
    [E_OWN_NODE] = { "%1 is this node", GUESS },
    [E_CLUSTER_FULL] = { "the cluster of %1 already has %2 nodes", GUESS },
    [E_DATABASE] = { "database: %4", GUESS },
    [E_NO_PROGRAM] = { "%1 is not installed: it is in package %2, which "
                       "scripts/packages database installs",
                       GUESS },

    [E_BAD_HOSTNAME] = { "%1: not a host name: letters, digits, inner hyphens "
                         "and dots",
                         GUESS },
    [E_CANCELLED] = { "Cancelled", GUESS },
    [E_CRYPTO] = { "%1: %4", GUESS },
};

static const struct phrase reasons[E_CODES] = {
    [E_NOT_SET] = { "none configured", GUESS },
    [E_MISMATCH_CERT] = { "certificate and key do not match", GUESS },
};

static const struct phrase kinds[INSPECT_KINDS] = {
    [INSPECT_UNKNOWN] = { "File contents are unknown", GUESS },
    [INSPECT_KEY] = { "File contains a %1 encoded private key: %2", GUESS },
    [INSPECT_KEY_ENCRYPTED] = { "File contains a %1 encoded private key: "
                                "encrypted",
                                GUESS },
    [INSPECT_KEY_TYPE_ENCRYPTED] = { "File contains a %1 encoded private key: "
                                     "%2, encrypted",
                                     GUESS },
    [INSPECT_CERT] = { "File contains a %1 encoded certificate", RECALL },
    [INSPECT_CSR] = { "File contains a %1 encoded certificate signing request",
                      GUESS },
    [INSPECT_CRL] = { "File contains a %1 encoded certificate revocation list",
                      GUESS },
    [INSPECT_PKCS7] = { "File contains a %1 encoded PKCS#7", GUESS },
    [INSPECT_PKCS12] = { "File contains a %1 encoded PKCS#12", GUESS },
    [INSPECT_SSH_KEY] = { "File contains an ssh public key: %2", GUESS },
    [INSPECT_OTHER] = { "File contains a %1 encoded \"%2\"", GUESS },
};

static const struct command *const commands[] = {
    cmd_pki, cmd_database, cmd_network, cmd_system, cmd_user, NULL,
};

/* GUESS: what 3.x has, but for its own licensing. */
static const char *const features_2[] = {
    "callbridge", "turn",     "webbridge", "customizations",
    "recording",  "personal", "shared",    NULL,
};

/* SEEN, Cisco TAC 217320. */
static const char *const features_3[] = {
    "callbridge",
    "turn",
    "webbridge",
    "customizations",
    "local_license_mode",
    "recording",
    "personal",
    "shared",
    NULL,
};

const struct dialect dialect_cms_2 = {
    .name = "2.9",
    .release = CMS_2,
    .commands = commands,
    .phrases = phrases,
    .failures = failures,
    .reasons = reasons,
    .catalog = catalog_cms,
    .kinds = kinds,
    .prompt_end = "> ",
    .features = features_2,
    .cluster = cluster_2,
    .schema = 1,
};

const struct dialect dialect_cms_3 = {
    .name = "3.9",
    .release = CMS_3,
    .commands = commands,
    .phrases = phrases,
    .failures = failures,
    .reasons = reasons,
    .catalog = catalog_cms,
    .kinds = kinds,
    .prompt_end = "> ",
    .features = features_3,
    .full_chain = true,
    .cluster = cluster_3,
    .schema = 2,
};

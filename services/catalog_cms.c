/*
 * The services of a Cisco Meeting Server, 2.9 and 3.x.  To add one: its rows
 * here, a session in testdata/transcripts, its commands in mmp.1.
 *
 * Each row carries its evidence: SEEN in a public document, which it names,
 * RECALL when it is remembered from the product's documentation, GUESS when we
 * chose it.
 */
#include "services/service.h"

/* Where it was seen; see services/source.c. */
#define AV1 TAC_221776
#define CUCM TAC_221698
#define EDGE TAC_221729
#define FRAMES TAC_217201
#define H323 TAC_210441
#define LAB LAB_POD_2
#define MEETINGAPPS TAC_218117
#define RECORDER TAC_225405
#define SCHEDULER (TAC_217367 | PLAYBOOK_3)
#define STREAMER TAC_217320
#define TLS_VERSION TAC_222766
#define XMPP_OCR OCR_213479
#define XMPP_TAC TAC_213479
#define WEBADMIN (TAC_213821 | TAC_221729 | PLAYBOOK_2 | SCRIPT_3)
#define CALLBRIDGE (TAC_213821 | TAC_221729 | TAC_221776 | PLAYBOOK_2)
#define WEBBRIDGE (TAC_213821 | PLAYBOOK_2)
#define WEBBRIDGE3 (TAC_221729 | TAC_217201 | PLAYBOOK_3)
#define XMPP (TAC_213479 | OCR_213479 | TAC_213821 | PLAYBOOK_2)
#define TURN (TAC_221729 | PLAYBOOK_2)

/* Checks that most services have. */
#define PAIR_MATCHES "Key and certificate pair match"
#define PAIR_PROBLEM "Key and certificate problem"
#define CHAIN_VERIFIES "certificate verified against CA bundle"
#define CHAIN_FAILS "certificate not verified against CA bundle"
#define CHAIN_COMPLETE "full chain of certificates verifies correctly"
#define CHAIN_PROBLEM "full chain of certificates problem"
#define TRUST_PROBLEM "trust bundle problem"
#define NOWHERE "interface and port not configured"

static const struct verb webadmin_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = WEBADMIN },
    { "status", DO_STATUS, NULL, NULL, RECALL },
    { "listen <interface> [<port>]", DO_SET, "listen port", NULL, SEEN,
      .source = WEBADMIN },
    { "listen none", DO_CLEAR, "listen port", NULL, RECALL },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = WEBADMIN },
    { "disable", DO_DISABLE, NULL, NULL, SEEN, .source = WEBADMIN },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "certs <key-file> <crt-file> [<crt-bundle>]", DO_SET, "key cert bundle",
      NULL, SEEN, .source = WEBADMIN },
    { "certs none", DO_CLEAR, "key cert bundle", NULL, RECALL },
    { "http-redirect (enable|disable)", DO_SET, "redirect", NULL, RECALL },
    { NULL },
};

static const struct fact webadmin_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      SEEN, .source = EDGE },
    { "TLS listening interface : ", FACT_TEXT, "listen", "none", NULL, NULL,
      SEEN, .source = EDGE },
    { "TLS listening port      : ", FACT_TEXT, "port", "443", NULL, NULL, SEEN,
      .source = EDGE },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "CA Bundle file          : ", FACT_OPTIONAL, "bundle", NULL, NULL, NULL,
      RECALL },
    { "HTTP redirect           : ", FACT_FLAG, "redirect", NULL, "Enabled",
      "Disabled", SEEN, .source = EDGE },
    { "STATUS                  : ", FACT_RUNNING, NULL, NULL,
      "webadmin running", "webadmin not running", SEEN, .source = EDGE },
    { NULL },
};

static const struct check webadmin_checks[] = {
    { CHECK_LISTEN, "listen", "TLS interface and port configured",
      "TLS interface and port not configured", false, RECALL },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, RECALL },
    { CHECK_CHAIN, "cert bundle", CHAIN_VERIFIES, CHAIN_FAILS, true, RECALL },
    { 0, NULL },
};

static const struct listener webadmin_listeners[] = {
    { "https", SPEAK_HTTPS, "listen", "port", 443, "key", "cert", "bundle" },
    { .name = "redirect",
      .protocol = SPEAK_REDIRECT,
      .listen = "listen",
      .port = "redirect_port",
      .default_port = 80,
      .when = "redirect" },
    { NULL },
};

static const struct verb callbridge_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = CALLBRIDGE },
    { "status", DO_STATUS, NULL, NULL, RECALL, CMS_2 },
    { "listen <interface whitelist>...", DO_SET, "listen", NULL, SEEN,
      .source = CALLBRIDGE },
    { "listen none", DO_CLEAR, "listen", NULL, RECALL },
    { "prefer <interface>", DO_SET, "prefer", NULL, RECALL },
    { "certs <key-file> <crt-file> [<cert-bundle>]", DO_SET, "key cert bundle",
      NULL, SEEN, .source = CALLBRIDGE },
    { "certs none", DO_CLEAR, "key cert bundle", NULL, RECALL },
    { "trust c2w <bundle|none>", DO_SET, "trust.c2w", NULL, SEEN, CMS_3,
      .source = CALLBRIDGE },
    { "trust cluster <bundle|none>", DO_SET, "trust.cluster", NULL, SEEN,
      .source = CALLBRIDGE },
    { "trust branding <bundle|none>", DO_SET, "trust.branding", NULL, RECALL },
    { "trust xmpp <bundle|none>", DO_SET, "trust.xmpp", NULL, RECALL, CMS_2 },
    { "trust edge <crt-file>", DO_SET, "trust.edge", NULL, RECALL, CMS_2 },
    { "add edge <ip>:<port>", DO_SET, "edge", NULL, RECALL, CMS_2 },
    { "del edge", DO_CLEAR, "edge", NULL, RECALL, CMS_2 },
    { "restart", DO_RESTART, NULL, NULL, SEEN, .source = CALLBRIDGE },
    { "enable", DO_RESTART, NULL, NULL, SEEN, .source = CALLBRIDGE },
    { "ucm certs <cert-bundle|none>", DO_SET, "ucm.certs", NULL, SEEN, CMS_3,
      .source = CUCM },
    { "ucm verify (enable|disable)", DO_SET, "ucm.verify", NULL, SEEN, CMS_3,
      .source = CUCM },
    { "ucm add <hostname/IP> <axl_user> <presence_user>", DO_ADD,
      "host axl_user presence_user", "ucm.nodes", SEEN, CMS_3, .source = CUCM },
    { "ucm del <hostname/IP>", DO_DELETE, "host", "ucm.nodes", GUESS, CMS_3 },
    { "ucm <hostname/IP> axl_service status", DO_ELSEWHERE, NULL, NULL, SEEN,
      CMS_3, .source = CUCM },
    { "imps certs <cert-bundle|none>", DO_SET, "imps.certs", NULL, SEEN, CMS_3,
      .source = CUCM },
    { "imps verify (enable|disable)", DO_SET, "imps.verify", NULL, SEEN, CMS_3,
      .source = CUCM },
    { "imps <hostname/IP> <presence_user> presence_service status",
      DO_ELSEWHERE, NULL, NULL, SEEN, CMS_3, .source = CUCM },
    /* Seen of enable only. */
    { "av1 (enable|disable)", DO_SET, "av1", NULL, RECALL, CMS_3 },
    { "wc3jwt expiry <hours>", DO_SET, "wc3jwt_expiry", NULL, RECALL, CMS_3 },
    { NULL },
};

/* What sets the address is not known. */
static const struct fact callbridge_facts[] = {
    { "Listening interfaces  : ", FACT_TEXT, "listen", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "Preferred interface   : ", FACT_TEXT, "prefer", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "Key file              : ", FACT_TEXT, "key", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "Certificate file      : ", FACT_TEXT, "cert", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "Address               : none", FACT_HEADING, NULL, NULL, NULL, NULL,
      SEEN, .source = EDGE },
    { "CA Bundle file        : ", FACT_OPTIONAL, "bundle", NULL, NULL, NULL,
      SEEN, .source = AV1 },
    { "C2W trusted certs                   : ", FACT_TEXT, "trust.c2w", "none",
      NULL, NULL, SEEN, CMS_3, .source = EDGE },
    { "Callbridge cluster trusted certs    : ", FACT_TEXT, "trust.cluster",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "Callbridge trust branding certs     : ", FACT_TEXT, "trust.branding",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "Callbridge trust xmpp certs         : ", FACT_TEXT, "trust.xmpp", "none",
      NULL, NULL, GUESS, CMS_2 },
    { "Edge                                : ", FACT_TEXT, "edge", "none", NULL,
      NULL, GUESS, CMS_2 },
    { "Edge trusted cert                   : ", FACT_TEXT, "trust.edge", "none",
      NULL, NULL, GUESS, CMS_2 },
    { "UCM trusted certs         : ", FACT_TEXT, "ucm.certs", "none", NULL,
      NULL, SEEN, CMS_3, .source = EDGE },
    { "UCM verification mode     : ", FACT_FLAG, "ucm.verify", NULL, "enabled",
      "disabled", SEEN, CMS_3, .source = EDGE },
    { "IMPS trusted certs        : ", FACT_TEXT, "imps.certs", "none", NULL,
      NULL, SEEN, CMS_3, .source = EDGE },
    { "IMPS verification mode    : ", FACT_FLAG, "imps.verify", NULL, "enabled",
      "disabled", SEEN, CMS_3, .source = EDGE },
    { "WC3 JWT Expiry in hours   : ", FACT_TEXT, "wc3jwt_expiry", "24", NULL,
      NULL, SEEN, CMS_3, .source = EDGE },
    /* Seen, but for the column. */
    { "AV1 Video Codec           : enabled", FACT_HEADING, "av1=enable", NULL,
      NULL, NULL, RECALL, CMS_3 },
    { NULL },
};

static const struct fact ucm_facts[] = {
    { "UCM                       : ", FACT_TEXT, "host", "none", NULL, NULL,
      GUESS, CMS_3 },
    { NULL },
};

static const struct view callbridge_views[] = {
    { "ucm.nodes", ucm_facts },
    { NULL },
};

static const struct check callbridge_checks[] = {
    { CHECK_LISTEN, "listen", "listen interface configured",
      "listen interface not configured", false, RECALL },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, RECALL },
    { CHECK_CHAIN, "cert bundle", CHAIN_VERIFIES, CHAIN_FAILS, true, RECALL },
    { 0, NULL },
};

static const struct listener callbridge_listeners[] = {
    { "sip", SPEAK_TLS, "listen", NULL, 5061, "key", "cert", "bundle" },
    { NULL },
};

static const struct verb webbridge_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = WEBBRIDGE },
    { "status", DO_STATUS, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = WEBBRIDGE },
    { "disable", DO_DISABLE, NULL, NULL, SEEN, .source = WEBBRIDGE },
    { "listen <interface[:port] whitelist>...", DO_SET, "listen", NULL, SEEN,
      .source = WEBBRIDGE },
    { "listen none", DO_CLEAR, "listen", NULL, RECALL },
    { "certs <key-file> <crt-file> [<crt-bundle>]", DO_SET, "key cert bundle",
      NULL, SEEN, .source = WEBBRIDGE },
    { "certs none", DO_CLEAR, "key cert bundle", NULL, RECALL },
    { "trust <crt-bundle|crt-file|none>", DO_SET, "trust", NULL, SEEN,
      .source = WEBBRIDGE },
    { "trust xmpp <bundle|none>", DO_SET, "trust_xmpp", NULL, RECALL },
    { "http-redirect enable [<port>]", DO_SET, "redirect=enable redirect_port",
      NULL, SEEN, .source = WEBBRIDGE },
    { "http-redirect disable", DO_SET, "redirect=disable redirect_port", NULL,
      RECALL },
    { "clickonce <url|none>", DO_SET, "clickonce", NULL, RECALL },
    { "msi <url|none>", DO_SET, "msi", NULL, RECALL },
    { "dmg <url|none>", DO_SET, "dmg", NULL, RECALL },
    { "ios <url|none>", DO_SET, "ios", NULL, RECALL },
    { NULL },
};

static const struct fact webbridge_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      RECALL },
    { "Interface whitelist     : ", FACT_TEXT, "listen", "none", NULL, NULL,
      RECALL },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      RECALL },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      RECALL },
    { "CA Bundle file          : ", FACT_TEXT, "bundle", "none", NULL, NULL,
      RECALL },
    { "Trust bundle            : ", FACT_TEXT, "trust", "none", NULL, NULL,
      RECALL },
    { "HTTP redirect           : ", FACT_FLAG, "redirect", NULL, "Enabled",
      "Disabled", RECALL },
    { "Clickonce URL           : ", FACT_TEXT, "clickonce", "none", NULL, NULL,
      RECALL },
    { "MSI download URL        : ", FACT_TEXT, "msi", "none", NULL, NULL,
      RECALL },
    { "DMG download URL        : ", FACT_TEXT, "dmg", "none", NULL, NULL,
      RECALL },
    { "iOS download URL        : ", FACT_TEXT, "ios", "none", NULL, NULL,
      RECALL },
    { "XMPP trust bundle       : ", FACT_OPTIONAL, "trust_xmpp", NULL, NULL,
      NULL, GUESS },
    { NULL },
};

static const struct check webbridge_checks[] = {
    { CHECK_LISTEN, "listen", NULL, NOWHERE, false, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, RECALL },
    { CHECK_CHAIN, "cert bundle", CHAIN_VERIFIES, CHAIN_FAILS, true, SEEN,
      .source = LAB },
    { CHECK_TRUST, "trust", NULL, TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener webbridge_listeners[] = {
    { "https", SPEAK_HTTPS, "listen", NULL, 443, "key", "cert", "bundle" },
    { .name = "redirect",
      .protocol = SPEAK_REDIRECT,
      .listen = "listen",
      .port = "redirect_port",
      .default_port = 80,
      .when = "redirect" },
    { NULL },
};

static const struct verb webbridge3_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = WEBBRIDGE3 },
    { "status", DO_STATUS, NULL, NULL, RECALL },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = WEBBRIDGE3 },
    { "disable", DO_DISABLE, NULL, NULL, SEEN, .source = WEBBRIDGE3 },
    { "restart", DO_RESTART, NULL, NULL, SEEN, .source = WEBBRIDGE3 },
    { "https listen <interface:port whitelist>...", DO_SET, "https.listen",
      NULL, SEEN, 0, true, .source = WEBBRIDGE3 },
    { "https listen none", DO_CLEAR, "https.listen", NULL, RECALL, 0, true },
    { "https certs <key-file> <crt-fullchain-file>", DO_SET,
      "https.key https.cert", NULL, SEEN, 0, true, .source = WEBBRIDGE3 },
    { "https certs none", DO_CLEAR, "https.key https.cert", NULL, RECALL, 0,
      true },
    { "https frame-ancestors <frame-ancestors>...", DO_SET,
      "https.frame_ancestors", NULL, SEEN, 0, true, .source = FRAMES },
    { "http-redirect enable [<port>]", DO_SET, "redirect=enable redirect_port",
      NULL, SEEN, 0, true, .source = WEBBRIDGE3 },
    { "http-redirect disable", DO_SET, "redirect=disable redirect_port", NULL,
      SEEN, 0, true, .source = WEBBRIDGE3 },
    { "c2w listen <interface:port whitelist>...", DO_SET, "c2w.listen", NULL,
      SEEN, 0, true, .source = WEBBRIDGE3 },
    { "c2w listen none", DO_CLEAR, "c2w.listen", NULL, RECALL, 0, true },
    { "c2w certs <key-file> <crt-fullchain-file>", DO_SET, "c2w.key c2w.cert",
      NULL, SEEN, 0, true, .source = WEBBRIDGE3 },
    { "c2w certs none", DO_CLEAR, "c2w.key c2w.cert", NULL, RECALL, 0, true },
    { "c2w trust <crt-bundle|none>", DO_SET, "c2w.trust", NULL, SEEN, 0, true,
      .source = WEBBRIDGE3 },
    { "meetingapps add <hostname> <port> <secretkey>", DO_SET,
      "meetingapps.host meetingapps.port meetingapps.secret", NULL, SEEN, 0,
      true, .source = MEETINGAPPS },
    { "options none", DO_CLEAR, "options", NULL, RECALL, 0, true },
    { "options <option>...", DO_SET, "options", NULL, RECALL, 0, true },
    { NULL },
};

/* What sets the audio priority flag is not known. */
static const struct fact webbridge3_facts[] = {
    { "Enabled                               : ", FACT_FLAG, "enabled", NULL,
      "true", "false", SEEN, .source = EDGE },
    { "HTTPS listening ports and interfaces  : ", FACT_TEXT, "https.listen",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "HTTPS Key file                        : ", FACT_TEXT, "https.key",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "HTTPS Full chain certificate file     : ", FACT_TEXT, "https.cert",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "HTTPS Frame-Ancestors                 : ", FACT_TEXT,
      "https.frame_ancestors", "none", NULL, NULL, SEEN, .source = EDGE },
    { "HTTP redirect                         : ", FACT_FLAG, "redirect", NULL,
      "Enabled", "Disabled", SEEN, .source = EDGE },
    { "C2W listening ports and interfaces    : ", FACT_TEXT, "c2w.listen",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "C2W Key file                          : ", FACT_TEXT, "c2w.key", "none",
      NULL, NULL, SEEN, .source = EDGE },
    { "C2W Full chain certificate file       : ", FACT_TEXT, "c2w.cert", "none",
      NULL, NULL, SEEN, .source = EDGE },
    { "C2W Trust bundle                      : ", FACT_TEXT, "c2w.trust",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "Meetingapps address                   : ", FACT_TEXT, "meetingapps.host",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "Meetingapps port                      : ", FACT_TEXT, "meetingapps.port",
      "none", NULL, NULL, SEEN, .source = EDGE },
    { "Audio priority flag                   : Enabled", FACT_HEADING, NULL,
      NULL, NULL, NULL, SEEN, .source = EDGE },
    { "Beta options                          : ", FACT_TEXT, "options", "none",
      NULL, NULL, SEEN, .source = EDGE },
    { NULL },
};

static const struct check webbridge3_checks[] = {
    { CHECK_LISTEN, "https.listen", NULL, "HTTPS " NOWHERE, false, GUESS },
    { CHECK_PAIR, "https.key https.cert", "HTTPS " PAIR_MATCHES,
      "HTTPS " PAIR_PROBLEM, false, RECALL },
    { CHECK_FULL_CHAIN, "https.cert", "HTTPS " CHAIN_COMPLETE,
      "HTTPS " CHAIN_PROBLEM, true, RECALL },
    { CHECK_TLS_PAIR, "c2w.listen c2w.key", NULL,
      "C2W interface set but no certificates configured", true, GUESS },
    { CHECK_PAIR, "c2w.key c2w.cert", "C2W " PAIR_MATCHES, "C2W " PAIR_PROBLEM,
      true, RECALL },
    { CHECK_FULL_CHAIN, "c2w.cert", "C2W " CHAIN_COMPLETE, "C2W " CHAIN_PROBLEM,
      true, RECALL },
    { CHECK_TRUST, "c2w.trust", NULL, "C2W " TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener webbridge3_listeners[] = {
    { "https", SPEAK_HTTPS, "https.listen", NULL, 443, "https.key",
      "https.cert" },
    { .name = "c2w",
      .protocol = SPEAK_TLS,
      .listen = "c2w.listen",
      .key = "c2w.key",
      .cert = "c2w.cert",
      .trust = "c2w.trust" },
    { .name = "redirect",
      .protocol = SPEAK_REDIRECT,
      .listen = "https.listen",
      .port = "redirect_port",
      .default_port = 80,
      .when = "redirect" },
    { NULL },
};

static const struct verb xmpp_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = XMPP },
    { "status", DO_STATUS, NULL, NULL, RECALL },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = XMPP },
    { "disable", DO_DISABLE, NULL, NULL, SEEN, .source = XMPP },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "domain <domain-name>", DO_SET, "domain", NULL, SEEN, .source = XMPP },
    { "listen <interface whitelist>...", DO_SET, "listen", NULL, SEEN,
      .source = XMPP },
    { "listen none", DO_CLEAR, "listen", NULL, RECALL },
    { "certs <key-file> <crt-file> [<crt-bundle>]", DO_SET, "key cert bundle",
      NULL, SEEN, .source = XMPP },
    { "certs none", DO_CLEAR, "key cert bundle", NULL, RECALL },
    { "max_sessions <number|none>", DO_SET, "max_sessions", NULL, RECALL },
    { "motd add <message>...", DO_SET, "motd", NULL, RECALL },
    { "motd del", DO_CLEAR, "motd", NULL, RECALL },
    { "reset", DO_CLEAR,
      "domain listen key cert bundle max_sessions motd callbridges cluster "
      "domains",
      NULL, SEEN, 0, true, .source = XMPP },
    { "callbridge add <name>", DO_ADD_MAKE, "name secret", "callbridges", SEEN,
      .source = XMPP },
    { "callbridge add-secret <name>", DO_ADD_ASK, "name secret", "callbridges",
      SEEN, .source = XMPP },
    { "callbridge del <name>", DO_DELETE, "name", "callbridges", RECALL },
    { "callbridge list", DO_LIST, NULL, "callbridges", SEEN, .source = XMPP },
    { "cluster enable", DO_SET, "cluster.enabled=enable", NULL, SEEN, 0, true,
      .source = XMPP },
    { "cluster disable", DO_SET, "cluster.enabled=disable", NULL, RECALL, 0,
      true },
    { "cluster initialize", DO_SET, "cluster.state=LEADER cluster.leader", NULL,
      SEEN, .source = XMPP },
    { "cluster join <cluster>", DO_SET, "cluster.state=FOLLOWER cluster.leader",
      NULL, SEEN, .source = XMPP },
    { "cluster remove", DO_CLEAR, "cluster.state cluster.leader", NULL,
      RECALL },
    { "cluster status", DO_STATUS, NULL, "cluster", SEEN, .source = XMPP },
    { "cluster trust <bundle|none>", DO_SET, "cluster.trust", NULL, SEEN,
      .source = XMPP },
    { "multi_domain add <domain> <key-file> <crt-file> [<crt-bundle>]", DO_ADD,
      "domain key cert bundle", "domains", RECALL },
    { "multi_domain del <domain>", DO_DELETE, "domain", "domains", RECALL },
    { "multi_domain list", DO_LIST, NULL, "domains", RECALL },
    { NULL },
};

static const struct fact xmpp_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      RECALL },
    { "Clustered               : ", FACT_FLAG, "cluster.enabled", NULL, "true",
      "false", RECALL },
    { "Domain                  : ", FACT_TEXT, "domain", "none", NULL, NULL,
      RECALL },
    { "Listening interfaces    : ", FACT_TEXT, "listen", "none", NULL, NULL,
      RECALL },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      RECALL },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      RECALL },
    { "CA Bundle file          : ", FACT_TEXT, "bundle", "none", NULL, NULL,
      RECALL },
    { "Cluster trust bundle    : ", FACT_OPTIONAL, "cluster.trust", NULL, NULL,
      NULL, GUESS },
    { "Max sessions per user   : ", FACT_TEXT, "max_sessions", "none", NULL,
      NULL, RECALL },
    { "Message of the day      : ", FACT_OPTIONAL, "motd", NULL, NULL, NULL,
      GUESS },
    { "STATUS                  : ", FACT_RUNNING, NULL, NULL,
      "XMPP server running", "XMPP server not running", RECALL },
    { NULL },
};

/* Read by OCR: the blanks are ours. */
static const struct fact callbridges_facts[] = {
    { "Callbridge : ", FACT_TEXT, "name", "none", NULL, NULL, RECALL },
    { "Domain     : ", FACT_SERVICE, "domain", "none", NULL, NULL, RECALL },
    { "Secret     : ", FACT_TEXT, "secret", "none", NULL, NULL, RECALL },
    { NULL },
};

static const struct fact domains_facts[] = {
    { "Domain            : ", FACT_TEXT, "domain", "none", NULL, NULL, GUESS },
    { "Key file          : ", FACT_TEXT, "key", "none", NULL, NULL, GUESS },
    { "Certificate file  : ", FACT_TEXT, "cert", "none", NULL, NULL, GUESS },
    { "CA Bundle file    : ", FACT_TEXT, "bundle", "none", NULL, NULL, GUESS },
    { NULL },
};

/* Seen where line breaks were lost. */
static const struct fact cluster_facts[] = {
    { "State: ", FACT_TEXT, "cluster.state", "DISABLED", NULL, NULL, RECALL },
    { "List of peers", FACT_HEADING, NULL, NULL, NULL, NULL, RECALL },
    { "", FACT_ADDRESS, "listen cluster.state=LEADER", "none", ":5222 (Leader)",
      NULL, RECALL },
    { "", FACT_ADDRESS, "listen cluster.state=FOLLOWER", "none", ":5222", NULL,
      RECALL },
    { "", FACT_OPTIONAL, "cluster.leader", NULL, ":5222 (Leader)", NULL,
      RECALL },
    { NULL },
};

static const struct view xmpp_views[] = {
    { "callbridges", callbridges_facts, " ***" },
    { "domains", domains_facts },
    { "cluster", cluster_facts },
    { NULL },
};

static const struct check xmpp_checks[] = {
    { CHECK_REQUIRED, "domain", "Domain configured", "Domain not configured",
      false, RECALL },
    { CHECK_LISTEN, "listen", NULL, "listen interface not configured", false,
      GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, RECALL },
    { CHECK_CHAIN, "cert bundle", CHAIN_VERIFIES, CHAIN_FAILS, true, RECALL },
    { CHECK_PAIR, "key cert", NULL, PAIR_PROBLEM, false, GUESS,
      .list = "domains", .host = "domain" },
    { CHECK_CHAIN, "cert bundle", NULL, CHAIN_FAILS, true, GUESS,
      .list = "domains", .host = "domain" },
    { CHECK_TRUST, "cluster.trust", NULL, TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener xmpp_listeners[] = {
    { "xmpp", SPEAK_XMPP, "listen", NULL, 5222, "key", "cert", "bundle",
      .list = "domains", .host = "domain" },
    { NULL },
};

static const struct verb turn_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = TURN },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = TURN },
    { "disable", DO_DISABLE, NULL, NULL, SEEN, .source = TURN },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "listen <interface whitelist>...", DO_SET, "listen", NULL, SEEN,
      .source = TURN },
    { "listen none", DO_CLEAR, "listen", NULL, RECALL },
    { "tls <port|none>", DO_SET, "tls", NULL, SEEN, .source = TURN },
    { "certs <key-file> <crt-file> [<crt-bundle>]", DO_SET, "key cert bundle",
      NULL, SEEN, .source = TURN },
    { "certs none", DO_CLEAR, "key cert bundle", NULL, RECALL },
    { "credentials <user> <password> <realm>", DO_SET,
      "username password realm", NULL, SEEN, .source = TURN },
    { "public-ip <address>", DO_SET, "public_ip", NULL, SEEN, .source = TURN },
    { "delete public-ip", DO_CLEAR, "public_ip", NULL, RECALL },
    { "short_term_credentials_mode (enable|disable)", DO_SET, "short_term",
      NULL, RECALL, CMS_3 },
    { "short_term_credentials <shared secret> <realm>", DO_SET,
      "shared_secret realm", NULL, RECALL, CMS_3 },
    { "high_capacity_mode (enable|disable)", DO_SET, "high_capacity", NULL,
      RECALL, CMS_3 },
    { NULL },
};

static const struct fact turn_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      SEEN, .source = EDGE },
    { "Username                : ", FACT_TEXT, "username", "none", NULL, NULL,
      SEEN, .source = EDGE },
    { "Password                : ", FACT_TEXT, "password", "none", NULL, NULL,
      SEEN, .source = EDGE },
    { "Short term credentials  : ", FACT_FLAG, "short_term", NULL, "enabled",
      "disabled", SEEN, CMS_3, .source = EDGE },
    { "Shared secret           : ", FACT_TEXT, "shared_secret", "none", NULL,
      NULL, SEEN, CMS_3, .source = EDGE },
    { "Realm                   : ", FACT_TEXT, "realm", "none", NULL, NULL,
      SEEN, .source = EDGE },
    { "Public IP               : ", FACT_TEXT, "public_ip", "none", NULL, NULL,
      SEEN, .source = EDGE },
    { "High Capacity Mode      : ", FACT_FLAG, "high_capacity", NULL, "enabled",
      "disabled", SEEN, CMS_3, .source = EDGE },
    { "Relay address           : ", FACT_ADDRESS, "listen", "none", NULL, NULL,
      SEEN, .source = EDGE },
    { "TLS port                : ", FACT_TEXT, "tls", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "TLS cert                : ", FACT_TEXT, "cert", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "TLS key                 : ", FACT_TEXT, "key", "none", NULL, NULL, SEEN,
      .source = EDGE },
    { "TLS bundle              : ", FACT_TEXT, "bundle", "none", NULL, NULL,
      SEEN, .source = EDGE },
    { "Listen interface      ", FACT_EACH, "listen", NULL, NULL, NULL, SEEN,
      .source = EDGE },
    { NULL },
};

static const struct check turn_checks[] = {
    { CHECK_LISTEN, "listen", NULL, "listen interface not configured", false,
      GUESS },
    { CHECK_TLS_PAIR, "tls key", NULL,
      "TLS port set but no certificates configured", true, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, true, RECALL },
    { CHECK_CHAIN, "cert bundle", CHAIN_VERIFIES, CHAIN_FAILS, true, RECALL },
    { 0, NULL },
};

static const struct listener turn_listeners[] = {
    { .name = "turn",
      .protocol = SPEAK_TURN,
      .listen = "listen",
      .default_port = 3478 },
    { "tls", SPEAK_TURN, "listen", "tls", 0, "key", "cert", "bundle" },
    { NULL },
};

static const struct verb loadbalancer_verbs[] = {
    { "list [<tag>]", DO_LIST, NULL, NULL, RECALL },
    { "create <tag>", DO_CREATE, NULL, NULL, RECALL },
    { "trunk <tag> <iface>:<port>", DO_SET, "trunk", NULL, RECALL },
    { "public <tag> <iface[:port] whitelist>...", DO_SET, "public", NULL,
      RECALL },
    { "auth <tag> <key-file> <crt-file> <trust-bundle>", DO_SET,
      "key cert trust", NULL, RECALL },
    { "enable <tag>", DO_ENABLE, NULL, NULL, RECALL },
    { "disable <tag>", DO_DISABLE, NULL, NULL, RECALL },
    { "delete <tag>", DO_REMOVE, NULL, NULL, RECALL, 0, true },
    { NULL },
};

static const struct fact loadbalancer_facts[] = {
    { "Tag                     : ", FACT_TAG, NULL, NULL, NULL, NULL, GUESS },
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      GUESS },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      GUESS },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      GUESS },
    { "Trust bundle            : ", FACT_TEXT, "trust", "none", NULL, NULL,
      GUESS },
    { "Trunk interface         : ", FACT_TEXT, "trunk", "none", NULL, NULL,
      GUESS },
    { "Public interfaces       : ", FACT_TEXT, "public", "none", NULL, NULL,
      GUESS },
    { NULL },
};

static const struct check loadbalancer_checks[] = {
    { CHECK_LISTEN, "trunk public", NULL,
      "trunk and public interfaces not configured", false, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, GUESS },
    { CHECK_TRUST, "trust", NULL, TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener loadbalancer_listeners[] = {
    { .name = "trunk",
      .protocol = SPEAK_TLS,
      .listen = "trunk",
      .key = "key",
      .cert = "cert",
      .trust = "trust" },
    { "public", SPEAK_XMPP, "public", NULL, 5222, "key", "cert" },
    { NULL },
};

/* A trunk only calls: it listens nowhere. */
static const struct verb trunk_verbs[] = {
    { "list [<tag>]", DO_LIST, NULL, NULL, RECALL },
    { "create <tag> <port/service name>", DO_CREATE, "name", NULL, RECALL },
    { "edge <tag> <edge name/ip[:port]>", DO_SET, "edge", NULL, RECALL },
    { "auth <tag> <key-file> <crt-file> <trust-bundle>", DO_SET,
      "key cert trust", NULL, RECALL },
    { "enable <tag>", DO_ENABLE, NULL, NULL, RECALL },
    { "disable <tag>", DO_DISABLE, NULL, NULL, RECALL },
    { "delete <tag>", DO_REMOVE, NULL, NULL, RECALL, 0, true },
    { "debug <tag>", DO_LIST, NULL, NULL, RECALL },
    { NULL },
};

static const struct fact trunk_facts[] = {
    { "Tag                     : ", FACT_TAG, NULL, NULL, NULL, NULL, GUESS },
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      GUESS },
    { "Name                    : ", FACT_TEXT, "name", "none", NULL, NULL,
      GUESS },
    { "Edge                    : ", FACT_TEXT, "edge", "none", NULL, NULL,
      GUESS },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      GUESS },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      GUESS },
    { "Trust bundle            : ", FACT_TEXT, "trust", "none", NULL, NULL,
      GUESS },
    { NULL },
};

static const struct check trunk_checks[] = {
    { CHECK_REQUIRED, "edge", NULL, "edge not configured", false, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, GUESS },
    { CHECK_TRUST, "trust", NULL, TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct verb h323_verbs[] = {
    { "", DO_STATUS, NULL, NULL, GUESS },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = H323 },
    { "disable", DO_DISABLE, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "certs <key-file> <crt-file> [<cert-bundle>]", DO_SET, "key cert trust",
      NULL, SEEN, .source = H323 },
    { "certs none", DO_CLEAR, "key cert trust", NULL, RECALL },
    { "h323_interfaces <interface>", DO_SET, "h323_interfaces", NULL, SEEN,
      .source = H323 },
    { "sip_interfaces <interface>", DO_SET, "sip_interfaces", NULL, SEEN,
      .source = H323 },
    { "sip_port <port>", DO_SET, "sip_port", NULL, SEEN, .source = H323 },
    { "h323_nexthop <hostname/IP>", DO_SET, "h323_nexthop", NULL, SEEN,
      .source = H323 },
    { "sip_proxy <hostname/IP>", DO_SET, "sip_proxy", NULL, SEEN,
      .source = H323 },
    { "sip_domain <domain>", DO_SET, "sip_domain", NULL, SEEN, .source = H323 },
    { "restrict_codecs (true|false)", DO_SET, "restrict_codecs", NULL, RECALL },
    { "trace_level <level>", DO_SET, "trace_level", NULL, RECALL },
    { NULL },
};

static const struct fact h323_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      GUESS },
    { "H323 interfaces         : ", FACT_TEXT, "h323_interfaces", "none", NULL,
      NULL, GUESS },
    { "H323 next hop           : ", FACT_TEXT, "h323_nexthop", "none", NULL,
      NULL, GUESS },
    { "SIP interfaces          : ", FACT_TEXT, "sip_interfaces", "none", NULL,
      NULL, GUESS },
    { "SIP port                : ", FACT_TEXT, "sip_port", "6061", NULL, NULL,
      GUESS },
    { "SIP proxy               : ", FACT_TEXT, "sip_proxy", "none", NULL, NULL,
      GUESS },
    { "SIP domain              : ", FACT_TEXT, "sip_domain", "none", NULL, NULL,
      GUESS },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      GUESS },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      GUESS },
    { "Trust bundle            : ", FACT_TEXT, "trust", "none", NULL, NULL,
      GUESS },
    { "Restrict codecs         : ", FACT_TEXT, "restrict_codecs", "false", NULL,
      NULL, GUESS },
    { "Trace level             : ", FACT_TEXT, "trace_level", "0", NULL, NULL,
      GUESS },
    { NULL },
};

static const struct check h323_checks[] = {
    { CHECK_LISTEN, "h323_interfaces sip_interfaces", NULL,
      "interfaces not configured", false, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, GUESS },
    { CHECK_TRUST, "trust", NULL, TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener h323_listeners[] = {
    { "sip", SPEAK_TLS, "sip_interfaces", "sip_port", 6061, "key", "cert", NULL,
      "trust" },
    { NULL },
};

/* Recorder and streamer of 2.x. */
static const struct verb recorder_2_verbs[] = {
    { "", DO_STATUS, NULL, NULL, RECALL },
    { "enable", DO_ENABLE, NULL, NULL, RECALL },
    { "disable", DO_DISABLE, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "listen <interface[:port] whitelist>...", DO_SET, "listen", NULL,
      RECALL },
    { "listen none", DO_CLEAR, "listen", NULL, RECALL },
    { "certs <key-file> <crt-file> [<crt-bundle>]", DO_SET, "key cert bundle",
      NULL, RECALL },
    { "certs none", DO_CLEAR, "key cert bundle", NULL, RECALL },
    { "trust <crt-bundle|crt-file|none>", DO_SET, "trust", NULL, RECALL },
    { "nfs <hostname/IP>:<directory>", DO_SET, "nfs", NULL, RECALL },
    { NULL },
};

static const struct verb streamer_2_verbs[] = {
    { "", DO_STATUS, NULL, NULL, RECALL },
    { "enable", DO_ENABLE, NULL, NULL, RECALL },
    { "disable", DO_DISABLE, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "listen <interface[:port] whitelist>...", DO_SET, "listen", NULL,
      RECALL },
    { "listen none", DO_CLEAR, "listen", NULL, RECALL },
    { "certs <key-file> <crt-file> [<crt-bundle>]", DO_SET, "key cert bundle",
      NULL, RECALL },
    { "certs none", DO_CLEAR, "key cert bundle", NULL, RECALL },
    { "trust <crt-bundle|crt-file|none>", DO_SET, "trust", NULL, RECALL },
    { NULL },
};

static const struct fact recorder_2_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      RECALL },
    { "Interface whitelist     : ", FACT_TEXT, "listen", "none", NULL, NULL,
      RECALL },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      RECALL },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      RECALL },
    { "CA Bundle file          : ", FACT_TEXT, "bundle", "none", NULL, NULL,
      RECALL },
    { "Trust bundle            : ", FACT_TEXT, "trust", "none", NULL, NULL,
      RECALL },
    { "NFS domain name         : ", FACT_HOST, "nfs", "none", NULL, NULL,
      RECALL },
    { "NFS directory           : ", FACT_REST, "nfs", "none", NULL, NULL,
      RECALL },
    { NULL },
};

static const struct fact streamer_2_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      RECALL },
    { "Interface whitelist     : ", FACT_TEXT, "listen", "none", NULL, NULL,
      RECALL },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      RECALL },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      RECALL },
    { "CA Bundle file          : ", FACT_TEXT, "bundle", "none", NULL, NULL,
      RECALL },
    { "Trust bundle            : ", FACT_TEXT, "trust", "none", NULL, NULL,
      RECALL },
    { NULL },
};

static const struct check recorder_2_checks[] = {
    { CHECK_LISTEN, "listen", NULL, NOWHERE, false, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, RECALL },
    { CHECK_CHAIN, "cert bundle", CHAIN_VERIFIES, CHAIN_FAILS, true, RECALL },
    { CHECK_TRUST, "trust", NULL, TRUST_PROBLEM, true, GUESS },
    { CHECK_REQUIRED, "nfs", NULL, "NFS not configured", false, GUESS },
    { 0, NULL },
};

static const struct check streamer_2_checks[] = {
    { CHECK_LISTEN, "listen", NULL, NOWHERE, false, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, RECALL },
    { CHECK_CHAIN, "cert bundle", CHAIN_VERIFIES, CHAIN_FAILS, true, RECALL },
    { CHECK_TRUST, "trust", NULL, TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener recorder_2_listeners[] = {
    { "tls", SPEAK_TLS, "listen", NULL, 8443, "key", "cert", "bundle",
      "trust" },
    { NULL },
};

/* Recorder and streamer of 3.x. */
static const struct verb recorder_3_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = RECORDER },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = RECORDER },
    { "disable", DO_DISABLE, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "sip listen <interface> <tcp-port|none> <tls-port|none>", DO_SET,
      "sip.interface sip.tcp sip.tls", NULL, SEEN, .source = RECORDER },
    { "sip certs <key-file> <crt-file> [<crt-bundle>]", DO_SET,
      "sip.key sip.cert sip.bundle", NULL, SEEN, .source = RECORDER },
    { "sip certs none", DO_CLEAR, "sip.key sip.cert sip.bundle", NULL, RECALL },
    { "sip traffictrace (enable|disable)", DO_SET, "sip.traffictrace", NULL,
      RECALL },
    { "nfs <hostname/IP>:<directory>", DO_SET, "nfs", NULL, SEEN,
      .source = RECORDER },
    { "resolution (audio|720p|1080p)", DO_SET, "resolution", NULL, RECALL },
    { "limit <number|none>", DO_SET, "limit", NULL, RECALL },
    { NULL },
};

/* Seen, but for the columns. */
static const struct fact recorder_3_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      RECALL },
    { "SIP interfaces          : ", FACT_SIP, "sip.interface sip.tcp sip.tls",
      "none", NULL, NULL, RECALL },
    { "SIP key file            : ", FACT_TEXT, "sip.key", "none", NULL, NULL,
      RECALL },
    { "SIP certificate file    : ", FACT_TEXT, "sip.cert", "none", NULL, NULL,
      RECALL },
    { "SIP CA Bundle file      : ", FACT_TEXT, "sip.bundle", "none", NULL, NULL,
      RECALL },
    { "SIP traffic trace       : ", FACT_FLAG, "sip.traffictrace", NULL,
      "Enabled", "Disabled", RECALL },
    { "NFS domain name         : ", FACT_HOST, "nfs", "none", NULL, NULL,
      RECALL },
    { "NFS directory           : ", FACT_REST, "nfs", "none", NULL, NULL,
      RECALL },
    { "Resolution              : ", FACT_TEXT, "resolution", "720p", NULL, NULL,
      RECALL },
    { "Call Limit              : ", FACT_TEXT, "limit", "none", NULL, NULL,
      RECALL },
    { NULL },
};

static const struct check recorder_3_checks[] = {
    { CHECK_LISTEN, "sip.interface", NULL, "SIP interfaces not configured",
      false, GUESS },
    { CHECK_TLS_PAIR, "sip.tls sip.key", NULL,
      "TLS port set but no certificates configured", true, GUESS },
    { CHECK_PAIR, "sip.key sip.cert", PAIR_MATCHES, PAIR_PROBLEM, true,
      RECALL },
    { CHECK_CHAIN, "sip.cert sip.bundle", CHAIN_VERIFIES, CHAIN_FAILS, true,
      RECALL },
    { CHECK_REQUIRED, "nfs", NULL, "NFS not configured", false, GUESS },
    { 0, NULL },
};

static const struct listener sip_listeners[] = {
    { "tls", SPEAK_TLS, "sip.interface", "sip.tls", 0, "sip.key", "sip.cert",
      "sip.bundle" },
    { NULL },
};

static const struct verb streamer_3_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = STREAMER },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = STREAMER },
    { "disable", DO_DISABLE, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "sip listen <interface> <tcp-port|none> <tls-port|none>", DO_SET,
      "sip.interface sip.tcp sip.tls", NULL, SEEN, .source = STREAMER },
    { "sip certs <key-file> <crt-file> [<crt-bundle>]", DO_SET,
      "sip.key sip.cert sip.bundle", NULL, SEEN, .source = STREAMER },
    { "sip certs none", DO_CLEAR, "sip.key sip.cert sip.bundle", NULL, RECALL },
    /* Seen of 720p only. */
    { "sip resolution (720p|1080p)", DO_SET, "sip.resolution", NULL, RECALL },
    { "sip traffictrace (enable|disable)", DO_SET, "sip.traffictrace", NULL,
      GUESS },
    { "limit <number|none>", DO_SET, "limit", NULL, GUESS },
    { NULL },
};

static const struct fact streamer_3_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      SEEN, .source = STREAMER },
    { "SIP interfaces          : ", FACT_SIP, "sip.interface sip.tcp sip.tls",
      "none", NULL, NULL, SEEN, .source = STREAMER },
    { "SIP key file            : ", FACT_TEXT, "sip.key", "none", NULL, NULL,
      SEEN, .source = STREAMER },
    { "SIP certificate file    : ", FACT_TEXT, "sip.cert", "none", NULL, NULL,
      SEEN, .source = STREAMER },
    { "SIP CA Bundle file      : ", FACT_TEXT, "sip.bundle", "none", NULL, NULL,
      SEEN, .source = STREAMER },
    { "SIP Resolution          : ", FACT_TEXT, "sip.resolution", "720p", NULL,
      NULL, SEEN, .source = STREAMER },
    { "SIP traffic trace       : ", FACT_FLAG, "sip.traffictrace", NULL,
      "Enabled", "Disabled", SEEN, .source = STREAMER },
    { "Call Limit              : ", FACT_TEXT, "limit", "none", NULL, NULL,
      SEEN, .source = STREAMER },
    { NULL },
};

static const struct check streamer_3_checks[] = {
    { CHECK_LISTEN, "sip.interface", NULL, "SIP interfaces not configured",
      false, GUESS },
    { CHECK_TLS_PAIR, "sip.tls sip.key", NULL,
      "TLS port set but no certificates configured", true, SEEN,
      .source = STREAMER },
    { CHECK_PAIR, "sip.key sip.cert", PAIR_MATCHES, PAIR_PROBLEM, true, SEEN,
      .source = STREAMER },
    { CHECK_CHAIN, "sip.cert sip.bundle", CHAIN_VERIFIES, CHAIN_FAILS, true,
      RECALL },
    { 0, NULL },
};

static const struct verb uploader_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = STREAMER },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = STREAMER },
    { "disable", DO_DISABLE, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "nfs <hostname/IP>:<directory>", DO_SET, "nfs", NULL, SEEN,
      .source = STREAMER },
    { "cms host <hostname>", DO_SET, "cms.host", NULL, SEEN,
      .source = STREAMER },
    { "cms port <port>", DO_SET, "cms.port", NULL, SEEN, .source = STREAMER },
    { "cms user <user>", DO_SET, "cms.user", NULL, SEEN, .source = STREAMER },
    { "cms password", DO_ASK, "cms.password", NULL, SEEN, .source = STREAMER },
    { "cms trust <bundle|none>", DO_SET, "cms.trust", NULL, SEEN,
      .source = STREAMER },
    { "rev host <hostname>", DO_SET, "rev.host", NULL, SEEN,
      .source = STREAMER },
    { "rev port <port>", DO_SET, "rev.port", NULL, SEEN, .source = STREAMER },
    { "rev user <user>", DO_SET, "rev.user", NULL, SEEN, .source = STREAMER },
    { "rev password", DO_ASK, "rev.password", NULL, SEEN, .source = STREAMER },
    { "rev trust <bundle|none>", DO_SET, "rev.trust", NULL, SEEN,
      .source = STREAMER },
    { "access (Private|Public|AllUsers)", DO_SET, "access", NULL, RECALL },
    { "cospace_member_access (view|edit|none)", DO_SET, "member_access", NULL,
      RECALL },
    { "recording_owned_by_cospace_owner (true|false)", DO_SET, "owner", NULL,
      RECALL },
    { "fallback_owner <user|none>", DO_SET, "fallback_owner", NULL, RECALL },
    { "comments (enable|disable)", DO_SET, "comments", NULL, RECALL },
    { "ratings (enable|disable)", DO_SET, "ratings", NULL, RECALL },
    { "downloads (enable|disable)", DO_SET, "downloads", NULL, RECALL },
    { "initial_state (active|inactive)", DO_SET, "initial_state", NULL,
      RECALL },
    { "delete_after_upload (true|false)", DO_SET, "delete", NULL, RECALL },
    { NULL },
};

static const struct fact uploader_facts[] = {
    { "Enabled                          : ", FACT_FLAG, "enabled", NULL, "true",
      "false", SEEN, .source = STREAMER },
    { "NFS hostname                     : ", FACT_HOST, "nfs", "none", NULL,
      NULL, SEEN, .source = STREAMER },
    { "NFS directory                    : ", FACT_REST, "nfs", "none", NULL,
      NULL, SEEN, .source = STREAMER },
    { "CMS host                         : ", FACT_TEXT, "cms.host", "none",
      NULL, NULL, SEEN, .source = STREAMER },
    { "CMS port                         : ", FACT_TEXT, "cms.port", "443", NULL,
      NULL, SEEN, .source = STREAMER },
    { "CMS user                         : ", FACT_TEXT, "cms.user", "none",
      NULL, NULL, SEEN, .source = STREAMER },
    { "CMS trust bundle                 : ", FACT_TEXT, "cms.trust", "none",
      NULL, NULL, SEEN, .source = STREAMER },
    { "Vbrick Rev hostname              : ", FACT_TEXT, "rev.host", "none",
      NULL, NULL, SEEN, .source = STREAMER },
    { "Vbrick Rev port                  : ", FACT_TEXT, "rev.port", "443", NULL,
      NULL, SEEN, .source = STREAMER },
    { "Vbrick Rev username              : ", FACT_TEXT, "rev.user", "none",
      NULL, NULL, SEEN, .source = STREAMER },
    { "Vbrick Rev trust bundle          : ", FACT_TEXT, "rev.trust", "none",
      NULL, NULL, SEEN, .source = STREAMER },
    { "View access                      : ", FACT_TEXT, "access", "Public",
      NULL, NULL, SEEN, .source = STREAMER },
    { "cospace_member_access            : ", FACT_TEXT, "member_access", "edit",
      NULL, NULL, SEEN, .source = STREAMER },
    { "recording_owned_by_cospace_owner : ", FACT_TEXT, "owner", "false", NULL,
      NULL, SEEN, .source = STREAMER },
    { "fallback_owner                   : ", FACT_TEXT, "fallback_owner",
      "none", NULL, NULL, SEEN, .source = STREAMER },
    { "comments_enabled                 : ", FACT_FLAG, "comments", "true",
      "true", "false", SEEN, .source = STREAMER },
    { "ratings_enabled                  : ", FACT_FLAG, "ratings", "true",
      "true", "false", SEEN, .source = STREAMER },
    { "downloads_enabled                : ", FACT_FLAG, "downloads", "true",
      "true", "false", SEEN, .source = STREAMER },
    { "active_upon_upload               : ", FACT_FLAG, "initial_state=active",
      "true", "true", "false", SEEN, .source = STREAMER },
    { "delete_after_upload              : ", FACT_TEXT, "delete", "false", NULL,
      NULL, SEEN, .source = STREAMER },
    { NULL },
};

static const struct check uploader_checks[] = {
    { CHECK_REQUIRED, "nfs", NULL, "NFS not configured", false, GUESS },
    { CHECK_REQUIRED, "cms.host cms.user cms.password", NULL,
      "CMS not configured", false, GUESS },
    { CHECK_REQUIRED, "rev.host rev.user rev.password", NULL,
      "Vbrick Rev not configured", false, GUESS },
    { CHECK_TRUST, "cms.trust", NULL, "CMS " TRUST_PROBLEM, true, GUESS },
    { CHECK_TRUST, "rev.trust", NULL, "Vbrick Rev " TRUST_PROBLEM, true,
      GUESS },
    { 0, NULL },
};

static const struct verb scheduler_verbs[] = {
    { "", DO_STATUS, NULL, NULL, SEEN, .source = SCHEDULER },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = SCHEDULER },
    { "disable", DO_DISABLE, NULL, NULL, SEEN, .source = SCHEDULER },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { "https listen <interface> <port>", DO_SET, "https.listen https.port",
      NULL, SEEN, .source = SCHEDULER },
    { "https listen none", DO_CLEAR, "https.listen https.port", NULL, RECALL },
    { "https certs <key-file> <crt-fullchain-file>", DO_SET,
      "https.key https.cert", NULL, SEEN, .source = SCHEDULER },
    { "https certs none", DO_CLEAR, "https.key https.cert", NULL, RECALL },
    { "c2w certs <key-file> <crt-fullchain-file>", DO_SET, "c2w.key c2w.cert",
      NULL, SEEN, .source = SCHEDULER },
    { "c2w certs none", DO_CLEAR, "c2w.key c2w.cert", NULL, RECALL },
    { "c2w trust <bundle|none>", DO_SET, "c2w.trust", NULL, SEEN,
      .source = SCHEDULER },
    { "email server <hostname/IP> <port>", DO_SET, "email.host email.port",
      NULL, SEEN, .source = SCHEDULER },
    { "email server none", DO_CLEAR, "email.host email.port", NULL, RECALL },
    { "email username <user|none>", DO_SET, "email.username", NULL, SEEN,
      .source = SCHEDULER },
    { "email protocol (smtp|smtps)", DO_SET, "email.protocol", NULL, SEEN,
      .source = SCHEDULER },
    { "email auth (enable|disable)", DO_SET, "email.auth", NULL, SEEN,
      .source = SCHEDULER },
    { "email starttls (enable|disable)", DO_SET, "email.starttls", NULL, SEEN,
      .source = SCHEDULER },
    { "email common-address <e-mail address> [<display name>]", DO_SET,
      "email.address email.name", NULL, RECALL },
    { "email common-address none", DO_CLEAR, "email.address email.name", NULL,
      RECALL },
    { "email trust <bundle|none>", DO_SET, "email.trust", NULL, RECALL },
    { "timedLogging <component> <seconds>", DO_SET,
      "logging.component logging.seconds", NULL, RECALL },
    { NULL },
};

static const struct fact scheduler_facts[] = {
    { "Enabled                           : ", FACT_FLAG, "enabled", NULL,
      "true", "false", GUESS },
    { "HTTPS interface                   : ", FACT_TEXT, "https.listen", "none",
      NULL, NULL, GUESS },
    { "HTTPS port                        : ", FACT_TEXT, "https.port", "none",
      NULL, NULL, GUESS },
    { "HTTPS Key file                    : ", FACT_TEXT, "https.key", "none",
      NULL, NULL, GUESS },
    { "HTTPS Full chain certificate file : ", FACT_TEXT, "https.cert", "none",
      NULL, NULL, GUESS },
    { "C2W Key file                      : ", FACT_TEXT, "c2w.key", "none",
      NULL, NULL, GUESS },
    { "C2W Full chain certificate file   : ", FACT_TEXT, "c2w.cert", "none",
      NULL, NULL, GUESS },
    { "C2W Trust bundle                  : ", FACT_TEXT, "c2w.trust", "none",
      NULL, NULL, GUESS },
    { "Email server                      : ", FACT_TEXT, "email.host", "none",
      NULL, NULL, GUESS },
    { "Email port                        : ", FACT_TEXT, "email.port", "none",
      NULL, NULL, GUESS },
    { "Email username                    : ", FACT_TEXT, "email.username",
      "none", NULL, NULL, GUESS },
    { "Email protocol                    : ", FACT_TEXT, "email.protocol",
      "smtp", NULL, NULL, GUESS },
    { "Email authentication              : ", FACT_FLAG, "email.auth", NULL,
      "Enabled", "Disabled", GUESS },
    { "Email STARTTLS                    : ", FACT_FLAG, "email.starttls", NULL,
      "Enabled", "Disabled", GUESS },
    { "Email common address              : ", FACT_TEXT, "email.address",
      "none", NULL, NULL, GUESS },
    { "Email display name                : ", FACT_OPTIONAL, "email.name", NULL,
      NULL, NULL, GUESS },
    { "Email Trust bundle                : ", FACT_TEXT, "email.trust", "none",
      NULL, NULL, GUESS },
    { "Timed logging                     : ", FACT_OPTIONAL,
      "logging.component", NULL, NULL, NULL, GUESS },
    { "Timed logging seconds             : ", FACT_OPTIONAL, "logging.seconds",
      NULL, NULL, NULL, GUESS },
    { NULL },
};

static const struct check scheduler_checks[] = {
    { CHECK_LISTEN, "https.listen", NULL, NULL, true, GUESS },
    { CHECK_TLS_PAIR, "https.listen https.key", NULL,
      "HTTPS interface set but no certificates configured", true, GUESS },
    { CHECK_PAIR, "https.key https.cert", "HTTPS " PAIR_MATCHES,
      "HTTPS " PAIR_PROBLEM, true, GUESS },
    { CHECK_FULL_CHAIN, "https.cert", "HTTPS " CHAIN_COMPLETE,
      "HTTPS " CHAIN_PROBLEM, true, GUESS },
    { CHECK_PAIR, "c2w.key c2w.cert", "C2W " PAIR_MATCHES, "C2W " PAIR_PROBLEM,
      false, GUESS },
    { CHECK_FULL_CHAIN, "c2w.cert", "C2W " CHAIN_COMPLETE, "C2W " CHAIN_PROBLEM,
      true, GUESS },
    { CHECK_TRUST, "c2w.trust", NULL, "C2W " TRUST_PROBLEM, false, GUESS },
    { CHECK_TRUST, "email.trust", NULL, "Email " TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener https_listeners[] = {
    { "https", SPEAK_HTTPS, "https.listen", "https.port", 0, "https.key",
      "https.cert" },
    { NULL },
};

static const struct verb meetingapps_verbs[] = {
    { "", DO_STATUS, NULL, NULL, GUESS },
    { "enable", DO_ENABLE, NULL, NULL, SEEN, .source = MEETINGAPPS },
    { "disable", DO_DISABLE, NULL, NULL, GUESS },
    { "restart", DO_RESTART, NULL, NULL, GUESS },
    { "https listen <interface> <port>", DO_SET, "https.listen https.port",
      NULL, SEEN, .source = MEETINGAPPS },
    { "https listen none", DO_CLEAR, "https.listen https.port", NULL, GUESS },
    { "https certs <key-file> <crt-fullchain-file>", DO_SET,
      "https.key https.cert", NULL, SEEN, .source = MEETINGAPPS },
    { "https certs none", DO_CLEAR, "https.key https.cert", NULL, GUESS },
    { "gensecret", DO_MAKE, "secret", NULL, SEEN, .source = MEETINGAPPS },
    { NULL },
};

static const struct fact meetingapps_facts[] = {
    { "Enabled                           : ", FACT_FLAG, "enabled", NULL,
      "true", "false", GUESS },
    { "HTTPS interface                   : ", FACT_TEXT, "https.listen", "none",
      NULL, NULL, GUESS },
    { "HTTPS port                        : ", FACT_TEXT, "https.port", "none",
      NULL, NULL, GUESS },
    { "HTTPS Key file                    : ", FACT_TEXT, "https.key", "none",
      NULL, NULL, GUESS },
    { "HTTPS Full chain certificate file : ", FACT_TEXT, "https.cert", "none",
      NULL, NULL, GUESS },
    { "Secret                            : ", FACT_TEXT, "secret", "none", NULL,
      NULL, GUESS },
    { NULL },
};

static const struct check meetingapps_checks[] = {
    { CHECK_LISTEN, "https.listen https.port", NULL, "HTTPS " NOWHERE, false,
      GUESS },
    { CHECK_PAIR, "https.key https.cert", "HTTPS " PAIR_MATCHES,
      "HTTPS " PAIR_PROBLEM, false, GUESS },
    { CHECK_FULL_CHAIN, "https.cert", "HTTPS " CHAIN_COMPLETE,
      "HTTPS " CHAIN_PROBLEM, true, GUESS },
    { CHECK_REQUIRED, "secret", NULL, "secret not generated", false, GUESS },
    { 0, NULL },
};

/* Settings of other services' connections. */
static const struct verb tls_verbs[] = {
    { "sip", DO_STATUS, NULL, "sip", RECALL },
    { "sip trust <bundle|none>", DO_SET, "sip.trust", NULL, SEEN,
      .source = STREAMER },
    /* Seen of enable only. */
    { "sip verify (enable|disable|ocsp)", DO_SET, "sip.verify", NULL, RECALL },
    { "sip verify status", DO_STATUS, NULL, "sip_verify", RECALL },
    { "sip min-tls-version <minimum version string>", DO_SET, "sip.min_version",
      NULL, SEEN, .source = TLS_VERSION },
    { "sip ciphers <cipher string>", DO_SET, "sip.ciphers", NULL, RECALL },
    { "ldap", DO_STATUS, NULL, "ldap", RECALL },
    { "ldap trust <bundle|none>", DO_SET, "ldap.trust", NULL, RECALL },
    { "ldap verify (enable|disable|ocsp)", DO_SET, "ldap.verify", NULL,
      RECALL },
    { "ldap verify status", DO_STATUS, NULL, "ldap_verify", RECALL },
    { "ldap min-tls-version <minimum version string>", DO_SET,
      "ldap.min_version", NULL, SEEN, .source = TLS_VERSION },
    { "ldap ciphers <cipher string>", DO_SET, "ldap.ciphers", NULL, RECALL },
    { "webadmin", DO_STATUS, NULL, "webadmin", GUESS, CMS_3 },
    { "webadmin min-tls-version <minimum version string>", DO_SET,
      "webadmin.min_version", NULL, GUESS, CMS_3 },
    { "webadmin ciphers <cipher string>", DO_SET, "webadmin.ciphers", NULL,
      GUESS, CMS_3 },
    { "min-dtls-version <minimum version string>", DO_SET, "min_dtls_version",
      NULL, SEEN, .source = TLS_VERSION },
    { NULL },
};

static const struct fact tls_sip_facts[] = {
    { "Trust bundle            : ", FACT_TEXT, "sip.trust", "none", NULL, NULL,
      GUESS },
    { "Verification            : ", FACT_TEXT, "sip.verify", "disable", NULL,
      NULL, GUESS },
    { "Minimum TLS version     : ", FACT_TEXT, "sip.min_version", "1.2", NULL,
      NULL, GUESS },
    { "Minimum DTLS version    : ", FACT_TEXT, "min_dtls_version", "1.2", NULL,
      NULL, GUESS },
    { "Ciphers                 : ", FACT_TEXT, "sip.ciphers", "default", NULL,
      NULL, GUESS },
    { NULL },
};

static const struct fact tls_ldap_facts[] = {
    { "Trust bundle            : ", FACT_TEXT, "ldap.trust", "none", NULL, NULL,
      GUESS },
    { "Verification            : ", FACT_TEXT, "ldap.verify", "disable", NULL,
      NULL, GUESS },
    { "Minimum TLS version     : ", FACT_TEXT, "ldap.min_version", "1.2", NULL,
      NULL, GUESS },
    { "Ciphers                 : ", FACT_TEXT, "ldap.ciphers", "default", NULL,
      NULL, GUESS },
    { NULL },
};

static const struct fact tls_webadmin_facts[] = {
    { "Minimum TLS version     : ", FACT_TEXT, "webadmin.min_version", "1.2",
      NULL, NULL, GUESS, CMS_3 },
    { "Ciphers                 : ", FACT_TEXT, "webadmin.ciphers", "default",
      NULL, NULL, GUESS, CMS_3 },
    { NULL },
};

static const struct fact tls_sip_verify_facts[] = {
    { "Verification            : ", FACT_TEXT, "sip.verify", "disable", NULL,
      NULL, GUESS },
    { NULL },
};

static const struct fact tls_ldap_verify_facts[] = {
    { "Verification            : ", FACT_TEXT, "ldap.verify", "disable", NULL,
      NULL, GUESS },
    { NULL },
};

static const struct view tls_views[] = {
    { "sip", tls_sip_facts },
    { "ldap", tls_ldap_facts },
    { "webadmin", tls_webadmin_facts },
    { "sip_verify", tls_sip_verify_facts },
    { "ldap_verify", tls_ldap_verify_facts },
    { NULL },
};

static const struct verb sipedge_verbs[] = {
    { "", DO_STATUS, NULL, NULL, GUESS },
    { "private <interface>:<port>", DO_SET, "private", NULL, RECALL },
    { "public <interface>:<port>", DO_SET, "public", NULL, RECALL },
    { "public-ip <address|none>", DO_SET, "public_ip", NULL, RECALL },
    { "certs <key_file> <crt_file> [<trust_bundle>]", DO_SET, "key cert trust",
      NULL, RECALL },
    { "enable", DO_ENABLE, NULL, NULL, RECALL },
    { "disable", DO_DISABLE, NULL, NULL, RECALL },
    { "restart", DO_RESTART, NULL, NULL, RECALL },
    { NULL },
};

static const struct fact sipedge_facts[] = {
    { "Enabled                 : ", FACT_FLAG, "enabled", NULL, "true", "false",
      GUESS },
    { "Private interface       : ", FACT_TEXT, "private", "none", NULL, NULL,
      GUESS },
    { "Public interface        : ", FACT_TEXT, "public", "none", NULL, NULL,
      GUESS },
    { "Public IP               : ", FACT_TEXT, "public_ip", "none", NULL, NULL,
      GUESS },
    { "Key file                : ", FACT_TEXT, "key", "none", NULL, NULL,
      GUESS },
    { "Certificate file        : ", FACT_TEXT, "cert", "none", NULL, NULL,
      GUESS },
    { "Trust bundle            : ", FACT_TEXT, "trust", "none", NULL, NULL,
      GUESS },
    { NULL },
};

static const struct check sipedge_checks[] = {
    { CHECK_LISTEN, "private public", NULL,
      "private and public interfaces not configured", false, GUESS },
    { CHECK_PAIR, "key cert", PAIR_MATCHES, PAIR_PROBLEM, false, GUESS },
    { CHECK_TRUST, "trust", NULL, TRUST_PROBLEM, true, GUESS },
    { 0, NULL },
};

static const struct listener sipedge_listeners[] = {
    { .name = "private",
      .protocol = SPEAK_TLS,
      .listen = "private",
      .key = "key",
      .cert = "cert",
      .trust = "trust" },
    { .name = "public",
      .protocol = SPEAK_TLS,
      .listen = "public",
      .key = "key",
      .cert = "cert" },
    { NULL },
};

/*
 * What certificates are used for.  SEEN in Cisco TAC 213821 and 217658: Call
 * Bridges and what talks to them want both usages; RECALL: the others are
 * servers only.
 *
 * Only an XMPP server is told by what names it is reached.  The other names and
 * URLs that are set are those of other machines, or say where downloads are;
 * join URLs and the names of Call Bridges are set in the API, so the
 * administrator may state them in mmp.cfg.  Nobody reaches C2W by a join URL.
 */
static const struct identity server_identities[] = {
    { "key", "cert", "bundle", false, USED_AS_SERVER, .stated = true },
    { NULL },
};

static const struct identity callbridge_identities[] = {
    { "key", "cert", "bundle", false, USED_FOR_BOTH, .stated = true },
    { NULL },
};

static const struct identity webbridge3_identities[] = {
    { "https.key", "https.cert", NULL, true, USED_AS_SERVER, .stated = true },
    { "c2w.key", "c2w.cert", NULL, true, USED_FOR_BOTH },
    { NULL },
};

static const struct identity xmpp_identities[] = {
    { "key", "cert", "bundle", false, USED_AS_SERVER, "domain",
      .stated = true },
    { "key", "cert", "bundle", false, USED_AS_SERVER, "domain", "domains" },
    { NULL },
};

static const struct identity mutual_identities[] = {
    { "key", "cert", NULL, false, USED_FOR_BOTH, .stated = true },
    { NULL },
};

static const struct identity sip_identities[] = {
    { "sip.key", "sip.cert", "sip.bundle", false, USED_FOR_BOTH,
      .stated = true },
    { NULL },
};

static const struct identity scheduler_identities[] = {
    { "https.key", "https.cert", NULL, true, USED_AS_SERVER, .stated = true },
    { "c2w.key", "c2w.cert", NULL, true, USED_AS_CLIENT },
    { NULL },
};

static const struct identity https_identities[] = {
    { "https.key", "https.cert", NULL, true, USED_AS_SERVER, .stated = true },
    { NULL },
};

/*
 * Whom trust files are about.  SEEN in Cisco TAC 210800: a Web Bridge trusts
 * the Call Bridge's certificate, not its issuer; RECALL for the others.  On an
 * Edge the Call Bridges are elsewhere, and nothing but the listener tells that
 * there are any.
 */
static const struct trust callbridge_trusts[] = {
    { "trust.c2w", "webbridge3", "c2w.cert", false },
    { NULL },
};

static const struct trust webbridge_trusts[] = {
    { "trust", "callbridge", "cert", true, "listen" },
    { NULL },
};

static const struct trust webbridge3_trusts[] = {
    { "c2w.trust", "callbridge", "cert", false, "c2w.listen" },
    { NULL },
};

static const struct trust recorder_2_trusts[] = {
    { "trust", "callbridge", "cert", false },
    { NULL },
};

static const struct trust uploader_trusts[] = {
    { "cms.trust", "webadmin", "cert", false },
    { NULL },
};

static const struct trust scheduler_trusts[] = {
    { "c2w.trust", "webbridge3", "c2w.cert", false, "c2w.cert" },
    { NULL },
};

const struct service catalog_cms[] = {
    { .name = "webadmin",
      .title = "Webadmin",
      .verbs = webadmin_verbs,
      .facts = webadmin_facts,
      .checks = webadmin_checks,
      .listeners = webadmin_listeners,
      .files = "key cert bundle",
      .evidence = GUESS,
      .identities = server_identities },
    { .name = "callbridge",
      .title = "Callbridge",
      .verbs = callbridge_verbs,
      .facts = callbridge_facts,
      .views = callbridge_views,
      .checks = callbridge_checks,
      .listeners = callbridge_listeners,
      .files = "key cert bundle trust.c2w trust.cluster trust.branding "
               "trust.xmpp trust.edge ucm.certs imps.certs",
      .evidence = GUESS,
      .always = true,
      .identities = callbridge_identities,
      .trusts = callbridge_trusts },
    { .name = "webbridge",
      .title = "Webbridge",
      .releases = CMS_2,
      .verbs = webbridge_verbs,
      .facts = webbridge_facts,
      .checks = webbridge_checks,
      .listeners = webbridge_listeners,
      .files = "key cert bundle trust trust_xmpp",
      .evidence = SEEN,
      .source = LAB,
      .identities = server_identities,
      .trusts = webbridge_trusts },
    { .name = "webbridge3",
      .title = "Webbridge3",
      .releases = CMS_3,
      .verbs = webbridge3_verbs,
      .facts = webbridge3_facts,
      .checks = webbridge3_checks,
      .listeners = webbridge3_listeners,
      .files = "https.key https.cert c2w.key c2w.cert c2w.trust",
      .evidence = RECALL,
      .identities = webbridge3_identities,
      .trusts = webbridge3_trusts },
    { .name = "xmpp",
      .title = "XMPP server",
      .releases = CMS_2,
      .verbs = xmpp_verbs,
      .facts = xmpp_facts,
      .views = xmpp_views,
      .checks = xmpp_checks,
      .listeners = xmpp_listeners,
      .files = "key cert bundle cluster.trust domains:key domains:cert "
               "domains:bundle",
      .evidence = RECALL,
      .identities = xmpp_identities },
    { .name = "turn",
      .title = "TURN server",
      .verbs = turn_verbs,
      .facts = turn_facts,
      .checks = turn_checks,
      .listeners = turn_listeners,
      .files = "key cert bundle",
      .evidence = GUESS,
      .identities = server_identities },
    { .name = "loadbalancer",
      .title = "Load balancer",
      .releases = CMS_2,
      .verbs = loadbalancer_verbs,
      .facts = loadbalancer_facts,
      .checks = loadbalancer_checks,
      .listeners = loadbalancer_listeners,
      .files = "key cert trust",
      .evidence = GUESS,
      .tagged = true,
      .identities = mutual_identities },
    { .name = "trunk",
      .title = "Trunk",
      .releases = CMS_2,
      .verbs = trunk_verbs,
      .facts = trunk_facts,
      .checks = trunk_checks,
      .files = "key cert trust",
      .evidence = GUESS,
      .tagged = true,
      .identities = mutual_identities },
    { .name = "h323_gateway",
      .title = "H.323 gateway",
      .releases = CMS_2,
      .verbs = h323_verbs,
      .facts = h323_facts,
      .checks = h323_checks,
      .listeners = h323_listeners,
      .files = "key cert trust",
      .evidence = GUESS,
      .identities = mutual_identities },
    { .name = "sipedge",
      .title = "SIP edge",
      .releases = CMS_2,
      .verbs = sipedge_verbs,
      .facts = sipedge_facts,
      .checks = sipedge_checks,
      .listeners = sipedge_listeners,
      .files = "key cert trust",
      .evidence = GUESS,
      .identities = mutual_identities },
    { .name = "recorder",
      .title = "Recorder",
      .releases = CMS_2,
      .verbs = recorder_2_verbs,
      .facts = recorder_2_facts,
      .checks = recorder_2_checks,
      .listeners = recorder_2_listeners,
      .files = "key cert bundle trust",
      .evidence = GUESS,
      .identities = server_identities,
      .trusts = recorder_2_trusts },
    { .name = "recorder",
      .title = "Recorder",
      .releases = CMS_3,
      .verbs = recorder_3_verbs,
      .facts = recorder_3_facts,
      .checks = recorder_3_checks,
      .listeners = sip_listeners,
      .files = "sip.key sip.cert sip.bundle",
      .evidence = GUESS,
      .identities = sip_identities },
    { .name = "streamer",
      .title = "Streamer",
      .releases = CMS_2,
      .verbs = streamer_2_verbs,
      .facts = streamer_2_facts,
      .checks = streamer_2_checks,
      .listeners = recorder_2_listeners,
      .files = "key cert bundle trust",
      .evidence = GUESS,
      .identities = server_identities,
      .trusts = recorder_2_trusts },
    { .name = "streamer",
      .title = "Streamer",
      .releases = CMS_3,
      .verbs = streamer_3_verbs,
      .facts = streamer_3_facts,
      .checks = streamer_3_checks,
      .listeners = sip_listeners,
      .files = "sip.key sip.cert sip.bundle",
      .evidence = SEEN,
      .source = STREAMER,
      .identities = sip_identities },
    { .name = "uploader",
      .title = "uploader",
      .releases = CMS_3,
      .verbs = uploader_verbs,
      .facts = uploader_facts,
      .checks = uploader_checks,
      .files = "cms.trust rev.trust",
      .evidence = SEEN,
      .source = STREAMER,
      .trusts = uploader_trusts },
    { .name = "scheduler",
      .title = "Scheduler",
      .releases = CMS_3,
      .verbs = scheduler_verbs,
      .facts = scheduler_facts,
      .checks = scheduler_checks,
      .listeners = https_listeners,
      .files = "https.key https.cert c2w.key c2w.cert c2w.trust email.trust",
      .evidence = GUESS,
      .identities = scheduler_identities,
      .trusts = scheduler_trusts },
    { .name = "meetingapps",
      .title = "Meetingapps",
      .releases = CMS_3,
      .verbs = meetingapps_verbs,
      .facts = meetingapps_facts,
      .checks = meetingapps_checks,
      .listeners = https_listeners,
      .files = "https.key https.cert",
      .evidence = GUESS,
      .identities = https_identities },
    { .name = "tls",
      .title = "TLS",
      .verbs = tls_verbs,
      .views = tls_views,
      .files = "sip.trust ldap.trust",
      .evidence = GUESS },
    { NULL },
};

/*
 * The database cluster.  A long step is begun here and carried out by the
 * supervisor; status shows how it goes.  To add a command: a row in
 * cmd_database[], its handler, a session in testdata/transcripts/, an entry in
 * mmp.1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mmp/apart.h"
#include "mmp/dialect.h"
#include "mmp/hints.h"
#include "mmp/options.h"
#include "mmp/print.h"
#include "mmp/session.h"
#include "pki/xalloc.h"
#include "services/database.h"
#include "services/doctor.h"

/*
 * Status.
 */

static const char *
phrase(const struct session *session, enum phrase_id id)
{
    return session->dialect->phrases[id].text;
}

/* What a step is called while it goes on. */
static const enum phrase_id working[DATABASE_ACTIONS] = {
    [DATABASE_NO_ACTION] = CLUSTER_DISABLED,
    [DATABASE_INITIALIZE] = CLUSTER_INITIALIZING,
    [DATABASE_JOIN] = CLUSTER_ATTACHING,
    [DATABASE_CONNECT] = CLUSTER_ATTACHING,
    [DATABASE_REMOVE] = CLUSTER_DETACHING,
    [DATABASE_UPGRADE_SCHEMA] = CLUSTER_UPGRADING,
    [DATABASE_CLEAR_ERROR] = CLUSTER_ENABLED,
};

static void
show_state(struct session *session, const struct database_record *record)
{
    enum phrase_id state = CLUSTER_DISABLED;

    if (record->outcome == DATABASE_IN_PROGRESS)
        state = working[record->last];
    else if (record->why.code != E_NONE)
        state = CLUSTER_ERROR;
    else if (record->role != DATABASE_NONE)
        state = CLUSTER_ENABLED;
    if (record->why.code != E_NONE)
        say_reason(session, SAY_CLUSTER_ERROR, &record->why);
    say(session, SAY_CLUSTER_STATUS, phrase(session, state), NULL);
    say_fact(session, "", "");
}

static const struct phrase *
state_of_node(const struct session *session, const struct database_node *node)
{
    enum cluster_word word = CLUSTER_REPLICA;

    if (!node->connected)
        word = CLUSTER_DISCONNECTED;
    else if (node->primary)
        word = CLUSTER_PRIMARY;
    else if (!node->in_sync)
        word = CLUSTER_BEHIND;
    return &session->dialect->cluster[word];
}

static void
show_nodes(struct session *session, const struct database_status *status)
{
    size_t i;

    if (status->record.role == DATABASE_NONE)
        return;
    if (status->count > 0)
        say(session, SAY_CLUSTER_NODES, NULL, NULL);
    for (i = 0; i < status->count; i++) {
        const struct database_node *node = &status->nodes[i];
        char *name = xasprintf("%s%s", node->address, node->me ? " (me)" : "");
        char *label = xasprintf("%-21s", name);

        say(session, SAY_CLUSTER_NODE, label,
            state_of_node(session, node)->text);
        free(label);
        free(name);
    }
    say(session, SAY_CLUSTER_IN_USE,
        status->in_use[0] != '\0' ? status->in_use
                                  : phrase(session, CLUSTER_NONE),
        NULL);
    if (status->count == 2)
        say(session, SAY_CLUSTER_OF_TWO, NULL, NULL);
    say_fact(session, "", "");
}

/* It is about the copy: the file may have changed since. */
static void
show_file(struct session *session, const char *label, enum database_file file)
{
    const char *name = settings_get(session->settings, database_setting(file));
    time_t now = session->clock(session), end = 0;
    enum phrase_id id = SAY_CLUSTER_FILE;
    struct error ignored;
    char day[16];
    struct tm tm;

    if (name == NULL)
        name = phrase(session, CLUSTER_NONE);
    else if (database_expiry(session->store, file, &end, &ignored) == 0 &&
             end < now + (time_t)DIAGNOSE_SOON_DAYS * 86400)
        id = end < now ? SAY_CLUSTER_EXPIRED : SAY_CLUSTER_EXPIRES;
    gmtime_r(&end, &tm);
    strftime(day, sizeof(day), "%Y-%b-%d", &tm);
    say3(session, id, label, name, id == SAY_CLUSTER_EXPIRES ? day : NULL);
}

static void
show_configuration(struct session *session)
{
    static const struct {
        enum database_file file;
        const char *label;
    } files[] = {
        { DATABASE_SERVER_KEY, "Server Key             " },
        { DATABASE_SERVER_CERT, "Server Certificate     " },
        { DATABASE_CLIENT_KEY, "Client Key             " },
        { DATABASE_CLIENT_CERT, "Client Certificate     " },
        { DATABASE_CA_CERT, "CA Certificate         " },
    };
    const char *interface = settings_get(session->settings, DATABASE_INTERFACE);
    size_t i;

    say(session, SAY_CLUSTER_INTERFACE,
        interface != NULL ? interface : phrase(session, CLUSTER_NONE), NULL);
    say_fact(session, "", "");
    say(session, SAY_CLUSTER_CERTS, NULL, NULL);
    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        show_file(session, files[i].label, files[i].file);
}

static void
show_last(struct session *session, const struct database_record *record)
{
    static const enum phrase_id outcomes[] = {
        [DATABASE_NOTHING_DONE] = CLUSTER_NONE,
        [DATABASE_IN_PROGRESS] = CLUSTER_IN_PROGRESS,
        [DATABASE_SUCCESS] = CLUSTER_SUCCESS,
        [DATABASE_FAILED] = CLUSTER_FAILED,
    };
    char *command;

    if (record->outcome == DATABASE_NOTHING_DONE)
        return;
    command = database_command(record);
    say_fact(session, "", "");
    say(session, SAY_CLUSTER_LAST, command,
        phrase(session, outcomes[record->outcome]));
    free(command);
}

/* Reads the certificates, so from here on nothing may be changed. */
static int
show_rest(struct session *session, void *arg)
{
    const struct database_status *status = arg;

    show_state(session, &status->record);
    show_nodes(session, status);
    show_configuration(session);
    show_last(session, &status->record);
    return 0;
}

static int
run_status(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct database_status status;

    if (session_reload(session, error) != 0 ||
        session_database_status(session, &status, error) != 0)
        return -1;
    return run_apart(session, APART_LAST | APART_DUE, show_rest, &status,
                     error);
}

/*
 * What can be changed while there is no cluster.
 */

static int
run_localnode(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *typed = arg(call, "localnode");
    char address[DATABASE_ADDRESS];
    struct interfaces interfaces;

    options_interfaces(session->options, &interfaces);
    if (database_resolve(&interfaces, typed, address, error) != 0 ||
        database_set_interface(session->store, typed, error) != 0)
        return -1;
    say(session, SAY_CLUSTER_LOCALNODE, NULL, NULL);
    return 0;
}

/* Slots that the command does not have were left out. */
static void
names_of(const struct call *call, const char *ret[DATABASE_FILES])
{
    ret[DATABASE_SERVER_KEY] = arg(call, "server_key");
    ret[DATABASE_SERVER_CERT] = arg(call, "server_crt");
    ret[DATABASE_CLIENT_KEY] = arg(call, "client_key");
    ret[DATABASE_CLIENT_CERT] = arg(call, "client_crt");
    ret[DATABASE_CA_CERT] = arg(call, "ca_crt");
}

static int
run_certs(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *names[DATABASE_FILES];

    names_of(call, names);
    if (database_set_certs(session->store, names, session->clock(session),
                           error) != 0)
        return -1;
    say(session, SAY_CLUSTER_CERTS_SET, NULL, NULL);
    return 0;
}

/*
 * Steps that the supervisor carries out.
 */

/* What a step prints, before it begins and then; 0: nothing. */
struct step {
    enum phrase_id question;
    enum cluster_word consequence;
    enum phrase_id begun;
    bool enters; /* a cluster, for which the certificates must be valid */
};

static const struct step steps[DATABASE_ACTIONS] = {
    [DATABASE_INITIALIZE] = { ASK_INITIALIZE, CLUSTER_KEPT,
                              SAY_CLUSTER_INITIALIZING, true },
    [DATABASE_JOIN] = { ASK_JOIN, CLUSTER_DESTROYED, SAY_CLUSTER_ATTACHING,
                        true },
    [DATABASE_CONNECT] = { .begun = SAY_CLUSTER_ATTACHING, .enters = true },
    [DATABASE_REMOVE] = { ASK_REMOVE, 0, SAY_CLUSTER_DETACHING },
    [DATABASE_UPGRADE_SCHEMA] = { .begun = SAY_CLUSTER_UPGRADING },
    [DATABASE_CLEAR_ERROR] = { .begun = SAY_CLUSTER_CLEARED },
};

/* The question comes first, then what would happen, and the answer is typed
   on a line of its own. */
static int
confirm(struct session *session, const struct step *step, struct error *error)
{
    if (step->question == 0)
        return 0;
    say(session, SAY_CLUSTER_DANGER, NULL, NULL);
    say(session, step->question, NULL, NULL);
    if (step->consequence != 0)
        say_text(session, session->dialect->cluster[step->consequence].text);
    return session_confirm_text(session, "", error);
}

/* A step that would be refused is not asked about. */
static int
check_step(struct session *session, enum database_action action,
           struct error *error)
{
    struct database_record record;

    if (session_reload(session, error) != 0 ||
        database_load(session->store, &record, error) != 0 ||
        database_allowed(session->store, session->settings, &record, action,
                         error) != 0)
        return -1;
    return steps[action].enters
               ? database_check_valid(session->store, session->settings,
                                      session->clock(session), error)
               : 0;
}

static int
take_step(struct call *call, enum database_action action, const char *host,
          struct error *error)
{
    struct session *session = call->session;

    if (check_step(session, action, error) != 0 ||
        confirm(session, &steps[action], error) != 0 ||
        session_database(session, action, host, error) != 0)
        return -1;
    say(session, steps[action].begun, NULL, NULL);
    return 0;
}

static int
run_initialize(struct call *call, struct error *error)
{
    return take_step(call, DATABASE_INITIALIZE, NULL, error);
}

static int
run_join(struct call *call, struct error *error)
{
    return take_step(call, DATABASE_JOIN, arg(call, "hostname/IP[:port]"),
                     error);
}

static int
run_connect(struct call *call, struct error *error)
{
    return take_step(call, DATABASE_CONNECT, arg(call, "hostname/IP"), error);
}

static int
run_remove(struct call *call, struct error *error)
{
    return take_step(call, DATABASE_REMOVE, NULL, error);
}

static int
run_upgrade_schema(struct call *call, struct error *error)
{
    return take_step(call, DATABASE_UPGRADE_SCHEMA, NULL, error);
}

static int
run_clear_error(struct call *call, struct error *error)
{
    return take_step(call, DATABASE_CLEAR_ERROR, NULL, error);
}

/*
 * Hints.
 */

static void
examine(struct session *session, const char *const names[DATABASE_FILES],
        const struct database_pair *pair, struct hints *ret)
{
    const struct doctor_file files[] = {
        { names[pair->key], DIAGNOSE_KEY },
        { names[pair->cert], DIAGNOSE_CERT },
        { names[DATABASE_CA_CERT], DIAGNOSE_TRUST },
    };
    const struct doctor doctor = session_doctor(session);
    size_t i;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i].name == NULL ||
            !store_has(session->store, STORE_FILES, files[i].name))
            return;
    doctor_offered(&doctor, DATABASE_TITLE, pair->usage, files, i, ret);
}

static void
examine_all(struct session *session, const char *const names[DATABASE_FILES],
            struct hints *ret)
{
    size_t i;

    for (i = 0; i < DATABASE_PAIRS; i++)
        examine(session, names, &database_pairs[i], ret);
    hints_keep(ret, SEVERITY_WARNING);
}

/* Does it keep a client from logging in? */
static bool
is_no_client(struct session *session, const char *const names[DATABASE_FILES],
             const struct database_pair *files)
{
    struct database_pair client = database_pairs[DATABASE_CLIENT_PAIR];
    struct hints found = { 0 };
    bool ret;

    client.key = files->key;
    client.cert = files->cert;
    examine(session, names, &client, &found);
    ret = hints_has(&found, HINT_CLIENT_CN);
    hints_clear(&found);
    return ret;
}

/* The client's pair was typed first.  Each pair is fine by itself, so
   findings about one alone would mislead. */
static bool
hint_swapped(struct session *session, const char *const names[DATABASE_FILES],
             const struct error *error, struct hints *ret)
{
    struct hint hint = { .id = HINT_WORDS_SWAPPED };
    int size;

    if ((error->code != E_CERT_CN && error->code != E_CERT_USAGE) ||
        names[DATABASE_SERVER_CERT] == NULL ||
        is_no_client(session, names, &database_pairs[DATABASE_SERVER_PAIR]) ||
        !is_no_client(session, names, &database_pairs[DATABASE_CLIENT_PAIR]))
        return false;
    size = snprintf(hint.one, sizeof(hint.one),
                    "database cluster certs %s %s %s %s %s",
                    names[DATABASE_CLIENT_KEY], names[DATABASE_CLIENT_CERT],
                    names[DATABASE_SERVER_KEY], names[DATABASE_SERVER_CERT],
                    names[DATABASE_CA_CERT]);
    if (size < (int)sizeof(hint.one)) /* a word that was cut off is not meant */
        hints_add(ret, &hint);
    return size < (int)sizeof(hint.one);
}

static void
hint_certs(const struct call *call, const struct error *error,
           struct hints *ret)
{
    const char *names[DATABASE_FILES];
    struct error ignored;

    names_of(call, names);
    if (session_settings(call->session, &ignored) == 0 &&
        !hint_swapped(call->session, names, error, ret))
        examine_all(call->session, names, ret);
}

static void
hint_status(const struct call *call, const struct error *error,
            struct hints *ret)
{
    const struct doctor doctor = session_doctor(call->session);

    if (error->code == E_NONE)
        doctor_database(&doctor, ret);
    hints_keep(ret, SEVERITY_WARNING);
}

const struct command cmd_database[] = {
    { "database cluster status", NULL, SEEN, 0, run_status,
      .source = TAC_210530 | TAC_216549, .hint = hint_status },
    { "database cluster localnode <localnode>",
      "database cluster localnode <interface>", SEEN, 0, run_localnode,
      .source = TAC_210530 },
    { "database cluster certs <server_key> <server_crt> <client_key> "
      "<client_crt> <ca_crt>",
      NULL, SEEN, 0, run_certs, .source = TAC_210530, .hint = hint_certs },
    { "database cluster certs <client_key> <client_crt> <ca_crt>", NULL, SEEN,
      0, run_certs, .source = TAC_210530, .hint = hint_certs },
    { "database cluster certs none", NULL, RECALL, 0, run_certs },
    { "database cluster initialize", NULL, SEEN, 0, run_initialize,
      .source = TAC_210530, .outside = true },
    { "database cluster join <hostname/IP[:port]>",
      "database cluster join <hostname/IP>[:<port>]", SEEN, 0, run_join,
      .source = TAC_210530, .outside = true },
    { "database cluster connect <hostname/IP>", NULL, SEEN, 0, run_connect,
      .source = TAC_210530, .outside = true },
    { "database cluster remove", NULL, SEEN, 0, run_remove,
      .source = TAC_216549, .outside = true },
    { "database cluster upgrade_schema", NULL, SEEN, 0, run_upgrade_schema,
      .source = TAC_210530, .outside = true },
    { "database cluster clear_error", NULL, RECALL, 0, run_clear_error,
      .outside = true },
    { NULL },
};

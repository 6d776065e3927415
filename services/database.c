/*
 * What a node is in the database cluster and how its last command went: kept
 * as libconfig text like the settings, told as a line like the states of
 * services.
 */
#include "services/database.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"
#include "services/message.h"
#include "services/network.h"

static const char *const file_settings[DATABASE_FILES] = {
    [DATABASE_SERVER_KEY] = "database.server_key",
    [DATABASE_SERVER_CERT] = "database.server_cert",
    [DATABASE_CLIENT_KEY] = "database.client_key",
    [DATABASE_CLIENT_CERT] = "database.client_cert",
    [DATABASE_CA_CERT] = "database.ca_cert",
};

static const char *const copies[DATABASE_FILES] = {
    [DATABASE_SERVER_KEY] = "database-server.key",
    [DATABASE_SERVER_CERT] = "database-server.crt",
    [DATABASE_CLIENT_KEY] = "database-client.key",
    [DATABASE_CLIENT_CERT] = "database-client.crt",
    [DATABASE_CA_CERT] = "database-ca.crt",
};

/* All names below are part of the record's format and never change. */
static const char *const roles[] = {
    [DATABASE_NONE] = "none",
    [DATABASE_MEMBER] = "member",
    [DATABASE_CLIENT] = "client",
};

static const char *const verbs[DATABASE_ACTIONS] = {
    [DATABASE_NO_ACTION] = "none",
    [DATABASE_INITIALIZE] = "initialize",
    [DATABASE_JOIN] = "join",
    [DATABASE_CONNECT] = "connect",
    [DATABASE_REMOVE] = "remove",
    [DATABASE_UPGRADE_SCHEMA] = "upgrade_schema",
    [DATABASE_CLEAR_ERROR] = "clear_error",
};

static const char *const outcomes[] = {
    [DATABASE_NOTHING_DONE] = "nothing",
    [DATABASE_IN_PROGRESS] = "in progress",
    [DATABASE_SUCCESS] = "success",
    [DATABASE_FAILED] = "failed",
};

/* Numbers of codes are not the same in every version of this program. */
static const char *const codes[E_CODES] = {
    [E_NONE] = "none",
    [E_NO_FILE] = "no file",
    [E_DENIED] = "denied",
    [E_FULL] = "full",
    [E_IO] = "io",
    [E_NOT_SET] = "not set",
    [E_NO_INTERFACE] = "no interface",
    [E_NO_ADDRESS] = "no address",
    [E_NOT_FOUND] = "not found",
    [E_LISTEN] = "listen",
    [E_NOT_READY] = "not ready",
    [E_ENDED] = "ended",
    [E_SUPERVISOR] = "supervisor",
    [E_CERT_EXPIRED] = "certificate expired",
    [E_CERT_NOT_YET] = "certificate not yet valid",
    [E_NOT_CLUSTERED] = "not clustered",
    [E_NOT_PRIMARY] = "not primary",
    [E_SCHEMA] = "schema",
    [E_UNREACHABLE] = "unreachable",
    [E_UNTRUSTED] = "untrusted",
    [E_NO_CLUSTER] = "no cluster",
    [E_OWN_NODE] = "own node",
    [E_CLUSTER_FULL] = "cluster full",
    [E_DATABASE] = "database",
    [E_NO_PROGRAM] = "no program",
};

const char *
database_setting(enum database_file file)
{
    return file_settings[file];
}

const char *
database_copy(enum database_file file)
{
    return copies[file];
}

const char *
database_verb(enum database_action action)
{
    return verbs[action];
}

/*
 * The record.
 */

static int
damaged(const char *key, struct error *error)
{
    char *detail = xasprintf("no such %s", key);
    int r = fail_detail(error, E_DAMAGED, DATABASE_RECORD, detail);

    free(detail);
    return r;
}

/* Which of the names is the setting's value?  The first one if it is not set.
 */
static int
get_name(const struct settings *settings, const char *key,
         const char *const *names, size_t count, unsigned *ret,
         struct error *error)
{
    const char *value = settings_get(settings, key);
    size_t i;

    for (i = 0; i < count; i++) {
        if (value == NULL || (names[i] != NULL && strcmp(names[i], value) == 0))
            break;
    }
    if (i == count)
        return damaged(key, error);
    *ret = (unsigned)i;
    return 0;
}

/* "" if it is not set. */
static int
get_text(const struct settings *settings, const char *key, char *ret,
         size_t size, struct error *error)
{
    const char *value = settings_get(settings, key);

    if (value == NULL)
        value = "";
    if (strlen(value) >= size)
        return damaged(key, error);
    strcpy(ret, value);
    return 0;
}

/* A later version of this program may know codes that this one does not. */
static int
get_why(const struct settings *settings, struct error *ret, struct error *error)
{
    struct error ignored;
    unsigned code = E_DATABASE;

    get_name(settings, "why.code", codes, E_CODES, &code, &ignored);
    ret->code = (enum error_code)code;
    if (get_text(settings, "why.subject", ret->subject, sizeof(ret->subject),
                 error) != 0 ||
        get_text(settings, "why.other", ret->other, sizeof(ret->other),
                 error) != 0)
        return -1;
    return get_text(settings, "why.detail", ret->detail, sizeof(ret->detail),
                    error);
}

static int
get_record(const struct settings *settings, struct database_record *ret,
           struct error *error)
{
    struct database_record got = { 0 };
    unsigned role = 0, last = 0, outcome = 0;
    int r;

    r = get_name(settings, "role", roles, sizeof(roles) / sizeof(roles[0]),
                 &role, error);
    if (r == 0)
        r = get_text(settings, "address", got.address, sizeof(got.address),
                     error);
    if (r == 0)
        r = get_text(settings, "peer", got.peer, sizeof(got.peer), error);
    if (r == 0)
        r = get_name(settings, "last", verbs, DATABASE_ACTIONS, &last, error);
    if (r == 0)
        r = get_text(settings, "argument", got.argument, sizeof(got.argument),
                     error);
    if (r == 0)
        r = get_name(settings, "outcome", outcomes,
                     sizeof(outcomes) / sizeof(outcomes[0]), &outcome, error);
    if (r == 0)
        r = get_why(settings, &got.why, error);
    if (r == 0) {
        got.role = (enum database_role)role;
        got.last = (enum database_action)last;
        got.outcome = (enum database_outcome)outcome;
        *ret = got;
    }
    return r;
}

int
database_load(struct store *store, struct database_record *ret,
              struct error *error)
{
    struct settings *settings = NULL;
    struct blob text = { 0 };
    int r;

    r = store_read(store, STORE_PRIVATE, DATABASE_RECORD, &text, error);
    if (r == 0) {
        r = settings_parse(&text, DATABASE_RECORD, &settings, error);
        if (r == 0)
            r = get_record(settings, ret, error);
    } else if (error->code == E_NO_FILE) {
        *ret = (struct database_record){ 0 };
        r = 0;
    }
    settings_free(settings);
    blob_clear(&text);
    return r;
}

/* What is empty is left out. */
static void
set_text(struct settings *settings, const char *key, const char *value)
{
    if (value[0] != '\0')
        settings_set(settings, key, value);
}

static void
set_why(struct settings *settings, const struct error *why)
{
    const char *name = codes[why->code];

    if (why->code == E_NONE)
        return;
    settings_set(settings, "why.code", name != NULL ? name : codes[E_DATABASE]);
    set_text(settings, "why.subject", why->subject);
    set_text(settings, "why.other", why->other);
    set_text(settings, "why.detail", why->detail);
}

int
database_save(struct store *store, const struct database_record *record,
              struct error *error)
{
    struct settings *settings = settings_new();
    struct blob text = { 0 };
    const struct store_change change = { DATABASE_RECORD, &text, 0600 };
    int r;

    settings_set(settings, "role", roles[record->role]);
    set_text(settings, "address", record->address);
    set_text(settings, "peer", record->peer);
    settings_set(settings, "last", verbs[record->last]);
    set_text(settings, "argument", record->argument);
    settings_set(settings, "outcome", outcomes[record->outcome]);
    set_why(settings, &record->why);
    settings_format(settings, &text);
    r = store_write(store, STORE_PRIVATE, &change, 1, error);
    settings_free(settings);
    blob_clear(&text);
    return r;
}

char *
database_command(const struct database_record *record)
{
    return xasprintf(DATABASE_TITLE " %s%s%s", verbs[record->last],
                     record->argument[0] != '\0' ? " " : "", record->argument);
}

/*
 * What may be done when.
 */

/* The copy counts: a backup brings the name back, but no copy. */
static int
need_copy(struct store *store, enum database_file file, const char *name,
          struct error *error)
{
    return store_has(store, STORE_PRIVATE, copies[file])
               ? 0
               : fail_pair(error, E_NOT_SET, DATABASE_TITLE, name);
}

/* What a node needs to enter a cluster, with a database of its own or not. */
static int
check_entry(struct store *store, const struct settings *settings,
            const struct database_record *record, bool own, struct error *error)
{
    if (record->role != DATABASE_NONE)
        return fail(error, E_CLUSTERED, DATABASE_TITLE);
    if (need_copy(store, DATABASE_CLIENT_CERT, "client certificate", error) !=
        0)
        return -1;
    if (own && need_copy(store, DATABASE_SERVER_CERT, "server certificate",
                         error) != 0)
        return -1;
    return settings_get(settings, DATABASE_INTERFACE) != NULL
               ? 0
               : fail_pair(error, E_NOT_SET, DATABASE_TITLE, "localnode");
}

static int
check_upgrade(const struct database_record *record, struct error *error)
{
    if (record->role != DATABASE_MEMBER)
        return fail(error, E_NOT_CLUSTERED, DATABASE_TITLE);
    return record->why.code == E_NONE
               ? 0
               : fail(error, E_UNCLEARED, DATABASE_TITLE);
}

static int
check_idle(const struct database_record *record, struct error *error)
{
    char *command;

    if (record->outcome != DATABASE_IN_PROGRESS)
        return 0;
    command = database_command(record);
    fail_pair(error, E_WORKING, DATABASE_TITLE, command);
    free(command);
    return -1;
}

int
database_check_free(struct store *store, struct error *error)
{
    struct database_record record;

    if (database_load(store, &record, error) != 0 ||
        check_idle(&record, error) != 0)
        return -1;
    return record.role == DATABASE_NONE
               ? 0
               : fail(error, E_CLUSTERED, DATABASE_TITLE);
}

int
database_set_interface(struct store *store, const char *interface,
                       struct error *error)
{
    struct settings *settings = NULL;
    int r;

    if (store_lock(store, error) != 0)
        return -1;
    r = database_check_free(store, error);
    if (r == 0)
        r = settings_load(store, &settings, error);
    if (r == 0) {
        settings_set(settings, DATABASE_INTERFACE, interface);
        r = settings_save(settings, store, error);
    }
    store_unlock(store);
    settings_free(settings);
    return r;
}

int
database_resolve(const struct interfaces *interfaces, const char *typed,
                 char ret[DATABASE_ADDRESS], struct error *error)
{
    static const struct {
        const char *prefix;
        int family;
    } forms[] = {
        { "ipv4:", AF_INET },
        { "ipv6:", AF_INET6 },
        { "", AF_UNSPEC },
    };
    const char *name, *address;
    size_t i = 0;

    if (network_family(typed) != AF_UNSPEC) {
        strcpy(ret, typed);
        return 0;
    }
    while (strncmp(typed, forms[i].prefix, strlen(forms[i].prefix)) != 0)
        i++;
    name = typed + strlen(forms[i].prefix);
    if (strlen(name) != 1 || strchr(NETWORK_INTERFACES, name[0]) == NULL)
        return fail(error, E_NO_INTERFACE, typed);
    address = interface_address(interfaces, name);
    if (address == NULL || strlen(address) >= DATABASE_ADDRESS ||
        (forms[i].family != AF_UNSPEC &&
         forms[i].family != network_family(address)))
        return fail(error, E_NO_ADDRESS, typed);
    strcpy(ret, address);
    return 0;
}

int
database_allowed(struct store *store, const struct settings *settings,
                 const struct database_record *record,
                 enum database_action action, struct error *error)
{
    if (check_idle(record, error) != 0)
        return -1;
    switch (action) {
    case DATABASE_INITIALIZE:
    case DATABASE_JOIN:
        return check_entry(store, settings, record, true, error);
    case DATABASE_CONNECT:
        return check_entry(store, settings, record, false, error);
    case DATABASE_REMOVE:
        return record->role != DATABASE_NONE
                   ? 0
                   : fail(error, E_NOT_CLUSTERED, DATABASE_TITLE);
    case DATABASE_UPGRADE_SCHEMA:
        return check_upgrade(record, error);
    case DATABASE_CLEAR_ERROR:
    case DATABASE_NO_ACTION:
    case DATABASE_ACTIONS:
        break;
    }
    return 0;
}

/*
 * Lines.
 */

static void
put_record(struct blob *text, const struct database_record *record)
{
    message_put_number(text, record->role);
    message_put_text(text, record->address);
    message_put_text(text, record->peer);
    message_put_number(text, record->last);
    message_put_text(text, record->argument);
    message_put_number(text, record->outcome);
    message_put_error(text, &record->why);
}

void
database_pack(const struct database_status *status, struct blob *ret)
{
    size_t i;

    blob_text(ret, "database");
    put_record(ret, &status->record);
    message_put_text(ret, status->in_use);
    message_put_number(ret, (unsigned)status->count);
    for (i = 0; i < status->count; i++) {
        const struct database_node *node = &status->nodes[i];

        message_put_text(ret, node->address);
        message_put_number(ret, node->me);
        message_put_number(ret, node->connected);
        message_put_number(ret, node->primary);
        message_put_number(ret, node->in_sync);
    }
    blob_text(ret, "\n");
}

static bool
take_record(char **rest, struct database_record *ret)
{
    unsigned role = 0, last = 0, outcome = 0;

    if (!message_take_number(rest, DATABASE_CLIENT, &role) ||
        !message_take_text(rest, ret->address, sizeof(ret->address)) ||
        !message_take_text(rest, ret->peer, sizeof(ret->peer)) ||
        !message_take_number(rest, DATABASE_ACTIONS - 1, &last) ||
        !message_take_text(rest, ret->argument, sizeof(ret->argument)) ||
        !message_take_number(rest, DATABASE_FAILED, &outcome) ||
        !message_take_error(rest, &ret->why))
        return false;
    ret->role = (enum database_role)role;
    ret->last = (enum database_action)last;
    ret->outcome = (enum database_outcome)outcome;
    return true;
}

static bool
take_flag(char **rest, bool *ret)
{
    unsigned flag = 0;

    if (!message_take_number(rest, 1, &flag))
        return false;
    *ret = flag == 1;
    return true;
}

static bool
take_status(char *rest, struct database_status *ret)
{
    unsigned count = 0, i;

    if (!take_record(&rest, &ret->record) ||
        !message_take_text(&rest, ret->in_use, sizeof(ret->in_use)) ||
        !message_take_number(&rest, DATABASE_NODES, &count))
        return false;
    for (i = 0; i < count; i++) {
        struct database_node *node = &ret->nodes[i];

        if (!message_take_text(&rest, node->address, sizeof(node->address)) ||
            !take_flag(&rest, &node->me) ||
            !take_flag(&rest, &node->connected) ||
            !take_flag(&rest, &node->primary) ||
            !take_flag(&rest, &node->in_sync))
            return false;
    }
    ret->count = count;
    return rest == NULL;
}

int
database_unpack(const char *line, struct database_status *ret,
                struct error *error)
{
    char *copy = xstrndup(line, strcspn(line, "\n")), *rest = copy;
    const char *kind = strsep(&rest, "\t");
    struct database_status got = { 0 };
    int r = 0;

    if (strcmp(kind, "database") == 0 && rest != NULL &&
        take_status(rest, &got))
        *ret = got;
    else if (strcmp(kind, "error") == 0)
        r = message_parse(line, NULL, error);
    else
        r = fail_detail(error, E_SUPERVISOR, NULL, "an invalid answer");
    free(copy);
    return r;
}

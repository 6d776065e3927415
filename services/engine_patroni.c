/*
 * Patroni 3.0 with its raft store, on PostgreSQL 15, as Debian 12 has them.
 * Not with etcd: that version writes the leader's key there without comparing
 * what stands there, and an old primary that comes back takes it again, with
 * the loss of what was acknowledged meanwhile (Patroni pull request 2693).
 *
 * What Patroni starts runs on a lead (mmp/keep.c), by scripts in the place of
 * PostgreSQL's programs.
 */
#include "services/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"

#define PATRONI "/usr/bin/patroni"
#define POSTGRESQL "/usr/lib/postgresql/15/bin"
#define LIBRARIES "/usr/lib/python3/dist-packages"

enum { RAFT_PORT = 5433, REST_PORT = 8008 };

static const unsigned ports[] = { DATABASE_PORT, RAFT_PORT, REST_PORT, 0 };

static const struct {
    const char *path, *name, *package;
} needed[] = {
    { POSTGRESQL "/postgres", "PostgreSQL 15", "postgresql-15" },
    { PATRONI, "Patroni", "patroni" },
    { LIBRARIES "/pysyncobj", "PySyncObj", "python3-pysyncobj" },
    { LIBRARIES "/psycopg2", "Psycopg", "python3-psycopg2" },
    { LIBRARIES "/cryptography", "cryptography", "python3-cryptography" },
    { LIBRARIES "/idna", "idna", "python3-idna" },
};

static int
installed(struct error *error)
{
    size_t i;

    for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (access(needed[i].path, R_OK) != 0)
            return fail_pair(error, E_NO_PROGRAM, needed[i].name,
                             needed[i].package);
    return 0;
}

/*
 * Files.
 */

/*
 * ttl, loop_wait and retry_timeout are the least that Patroni's documentation
 * allows.  A node that lost more than it can rewind begins anew.  %D: the
 * directory; %A: the address; %H: the same for a URL; %P: the others; %S: the
 * secret; %U: the user.
 */
static const char configuration[] =
    "scope: mmp\n"
    "name: \"%A\"\n"
    "log: { dir: %D, file_size: 1000000, file_num: 2 }\n"
    "raft:\n"
    "  data_dir: %D/raft\n"
    "  self_addr: \"%A:5433\"\n"
    "  bind_addr: \"%A:5433\"\n"
    "  partner_addrs: [ %P ]\n"
    "  password: \"%S\"\n"
    "restapi:\n"
    "  listen: \"%H:8008\"\n"
    "  connect_address: \"%H:8008\"\n"
    "  certfile: %D/server.crt\n"
    "  keyfile: %D/server.key\n"
    "  cafile: %D/ca.crt\n"
    "  verify_client: required\n"
    "ctl:\n"
    "  certfile: %D/client.crt\n"
    "  keyfile: %D/client.key\n"
    "  cacert: %D/ca.crt\n"
    "bootstrap:\n"
    "  dcs:\n"
    "    ttl: 20\n"
    "    loop_wait: 3\n"
    "    retry_timeout: 3\n"
    "    maximum_lag_on_failover: 1048576\n"
    "    synchronous_mode: true\n"
    "    postgresql:\n"
    "      use_pg_rewind: true\n"
    "      use_slots: true\n"
    "      parameters:\n"
    "        wal_log_hints: \"on\"\n"
    "        hot_standby: \"on\"\n"
    "        max_wal_senders: 10\n"
    "        max_replication_slots: 10\n"
    "        wal_keep_size: 128MB\n"
    "        max_connections: 50\n"
    "  initdb:\n"
    "    - encoding: UTF8\n"
    "    - locale: C\n"
    "    - data-checksums\n"
    "    - auth-local: peer\n"
    "    - auth-host: reject\n"
    "postgresql:\n"
    "  listen: \"%H:5432\"\n"
    "  connect_address: \"%H:5432\"\n"
    "  data_dir: %D/data\n"
    "  bin_dir: %D\n"
    "  pgpass: %D/pgpass\n"
    "  use_unix_socket: true\n"
    "  remove_data_directory_on_rewind_failure: true\n"
    "  remove_data_directory_on_diverged_timelines: true\n"
    "  basebackup: [ checkpoint: fast ]\n"
    "  authentication:\n"
    "    superuser: &client\n"
    "      username: postgres\n"
    "      sslmode: verify-ca\n"
    "      sslkey: %D/client.key\n"
    "      sslcert: %D/client.crt\n"
    "      sslrootcert: %D/ca.crt\n"
    "    replication: *client\n"
    "    rewind: *client\n"
    "  parameters:\n"
    "    unix_socket_directories: %D\n"
    "    logging_collector: \"on\"\n"
    "    log_directory: %D/log\n"
    "    log_filename: postgresql-%a.log\n"
    "    log_truncate_on_rotation: \"on\"\n"
    "    shared_buffers: 16MB\n"
    "    wal_sender_timeout: 5s\n"
    "    wal_receiver_timeout: 5s\n"
    "    ssl: \"on\"\n"
    "    ssl_cert_file: %D/server.crt\n"
    "    ssl_key_file: %D/server.key\n"
    "    ssl_ca_file: %D/ca.crt\n"
    "  pg_hba:\n"
    "    - local all all peer map=supervisor\n"
    "    - hostssl all postgres 0.0.0.0/0 cert clientcert=verify-full\n"
    "    - hostssl all postgres ::/0 cert clientcert=verify-full\n"
    "    - hostssl replication postgres 0.0.0.0/0 cert clientcert=verify-full\n"
    "    - hostssl replication postgres ::/0 cert clientcert=verify-full\n"
    "  pg_ident:\n"
    "    - supervisor %U postgres\n"
    "watchdog:\n"
    "  mode: \"off\"\n";

static char *
url_address(const char *address)
{
    return strchr(address, ':') != NULL ? xasprintf("[%s]", address)
                                        : xstrdup(address);
}

/* "a:5433", "b:5433": all members but this node. */
static char *
partners(const struct engine_node *node)
{
    char *ret = xstrdup(""), *copy = xstrdup(node->members), *rest = copy;
    const char *member;

    while ((member = strsep(&rest, ",")) != NULL) {
        char *old = ret;

        if (member[0] == '\0' || strcmp(member, node->address) == 0)
            continue;
        ret = xasprintf("%s%s\"%s:%d\"", old, old[0] != '\0' ? ", " : "",
                        member, RAFT_PORT);
        free(old);
    }
    free(copy);
    return ret;
}

static void
configure(const struct engine_node *node, struct blob *ret)
{
    char *host = url_address(node->address), *others = partners(node);
    const char *at = configuration, *mark;

    for (; (mark = strchr(at, '%')) != NULL; at = mark + 2) {
        blob_append(ret, at, (size_t)(mark - at));
        switch (mark[1]) {
        case 'A':
            blob_text(ret, node->address);
            break;
        case 'D':
            blob_text(ret, node->directory);
            break;
        case 'H':
            blob_text(ret, host);
            break;
        case 'P':
            blob_text(ret, others);
            break;
        case 'S':
            blob_text(ret, node->secret);
            break;
        case 'U':
            blob_text(ret, node->user);
            break;
        default:
            blob_append(ret, mark, 2);
        }
    }
    blob_text(ret, at);
    free(others);
    free(host);
}

/*
 * Stands in for a program of PostgreSQL.  Patroni starts the server, and only
 * that with --config-file, through a process that ends.
 */
static void
put_lead(const struct engine_node *node, const char *program, struct blob *ret)
{
    char *text =
        xasprintf("#!/bin/sh\n"
                  "case \" $*\" in\n"
                  "*' --config-file='*) how=--adopted ;;\n"
                  "*) how=--on-lead ;;\n"
                  "esac\n"
                  "exec '%s/mmp-keep' $how '" POSTGRESQL "/%s' \"$@\"\n",
                  node->helpers, program);

    blob_text(ret, text);
    free(text);
}

static const char *const programs[] = {
    "initdb",     "pg_basebackup", "pg_controldata", "pg_ctl",
    "pg_isready", "pg_rewind",     "postgres",
};
#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

static bool
file(const struct engine_node *node, size_t i, struct engine_file *ret)
{
    *ret = (struct engine_file){ .mode = 0600 };
    if (i < PROGRAMS) {
        ret->name = programs[i];
        ret->mode = 0700;
        put_lead(node, programs[i], &ret->text);
    } else if (i == PROGRAMS) {
        ret->name = "patroni.yml";
        configure(node, &ret->text);
    } else if (i == PROGRAMS + 1) {
        ret->name = "secret";
        blob_text(&ret->text, node->secret);
    } else {
        return false;
    }
    return true;
}

static const char *const group[] = { "raft", NULL };
static const char *const data[] = { "data", NULL };

/*
 * Commands.
 */

static char **
helper(const struct engine_node *node, const char *verb, const char *argument)
{
    char *program = xasprintf("%s/mmp-patroni", node->helpers);
    char **command = engine_command((const char *const[]){
        "/usr/bin/python3", "-IB", program, node->directory, node->address,
        node->members, verb, argument, NULL });

    free(program);
    return command;
}

static char **
start(const struct engine_node *node)
{
    char *keep = xasprintf("%s/mmp-keep", node->helpers);
    char *program = xasprintf("%s/mmp-patroni", node->helpers);
    char **command = engine_command((const char *const[]){
        keep, "/usr/bin/python3", "-IB", program, node->directory,
        node->address, node->members, "run", NULL });

    free(program);
    free(keep);
    return command;
}

static char **
watch(const struct engine_node *node)
{
    return helper(node, "watch", NULL);
}

static char **
use(const struct engine_node *node)
{
    return helper(node, "use", NULL);
}

static char **
meet(const struct engine_node *node, const char *host)
{
    return helper(node, "meet", host);
}

static char **
with_schema(const struct engine_node *node, const char *verb)
{
    char version[16];

    snprintf(version, sizeof(version), "%u", node->schema);
    return helper(node, verb, version);
}

static char **
found(const struct engine_node *node)
{
    return with_schema(node, "found");
}

static char **
upgrade(const struct engine_node *node)
{
    return with_schema(node, "upgrade");
}

static char **
leave(const struct engine_node *node, pid_t pid)
{
    char text[16];

    snprintf(text, sizeof(text), "%ld", (long)pid);
    return helper(node, "leave", text);
}

const struct engine engine_patroni = {
    .name = "patroni",
    .installed = installed,
    .file = file,
    .ports = ports,
    .group = group,
    .data = data,
    .start = start,
    .watch = watch,
    .use = use,
    .meet = meet,
    .found = found,
    .upgrade = upgrade,
    .leave = leave,
};

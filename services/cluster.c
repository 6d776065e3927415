/*
 * The steps of database commands, each a row of stages: a stage begins, takes
 * its time, and is over, or fails.  Three children at most: the engine, the
 * view, which prints what the nodes are, and the program of a stage.
 */
#include "services/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/spawn.h"

#define SUBJECT "database cluster"
#define KEPT "database-engine" /* the private file of secret and members */

enum {
    FIRST_DELAY = 1000, /* ms before the engine, or the view, starts again */
    LAST_DELAY = 30000,
    LONG_LIFE = 60000, /* ms after which the delay is the first again */
    STOP_TIME = 10000, /* ms for a child to end by itself */
    VIEW_TIME = 8000,  /* ms for which a view is the truth */
    SECRET_BYTES = 32,
    /* PostgreSQL's socket is there, in sockaddr_un.sun_path. */
    MAX_DIRECTORY = 90,
};

/* A program of the engine's. */
struct child {
    pid_t pid; /* 0: none */
    int fd;    /* what it prints, or -1 */
    char line[ENGINE_LINE];
    size_t got;
    bool ending;     /* it has been told to */
    long long due;   /* ending: kill it; no pid: start it again */
    long long since; /* it runs */
    long long delay;
};

enum { RUNNER, VIEWER, STEPPER, CHILDREN };

struct stage;

struct cluster {
    struct clustering how;
    char *directory;
    struct run_as user;
    struct database_record record;
    struct error damaged; /* the record can not be read; E_NONE */
    struct error trouble; /* why it does not run; E_NONE */
    char secret[ENGINE_SECRET];
    char *members; /* with commas */
    struct child children[CHILDREN];
    bool wanted; /* engine or view are to be there, and started again */
    struct engine_answer view;
    long long seen; /* when the view came; 0: none */

    /* The command that is being carried out. */
    struct database_record next; /* what the record will be */
    const struct stage *const *plan;
    bool entered;  /* the first stage of the plan has begun */
    bool deciding; /* nothing has been changed yet, and somebody waits */
    bool decided;
    struct error decision;
    struct error failure; /* why what was begun is being undone */
    struct engine_answer answer;
    bool answered;
    long long due; /* of the stage; 0: none */
};

/*
 * What is kept beside the record.
 */

static int
load_kept(struct cluster *cluster, struct error *error)
{
    struct settings *settings = NULL;
    struct blob text = { 0 };
    const char *secret = NULL, *members = NULL;
    int r;

    r = store_read(cluster->how.store, STORE_PRIVATE, KEPT, &text, error);
    if (r == 0)
        r = settings_parse(&text, KEPT, &settings, error);
    if (r == 0) {
        secret = settings_get(settings, "secret");
        members = settings_get(settings, "members");
        snprintf(cluster->secret, sizeof(cluster->secret), "%s",
                 secret != NULL ? secret : "");
        free(cluster->members);
        cluster->members = xstrdup(members != NULL ? members : "");
    }
    settings_free(settings);
    blob_clear(&text);
    return r;
}

static int
save_kept(struct cluster *cluster, struct error *error)
{
    struct settings *settings = settings_new();
    struct blob text = { 0 };
    const struct store_change change = { KEPT, &text, 0600 };
    int r;

    settings_set(settings, "secret", cluster->secret);
    settings_set(settings, "members", cluster->members);
    r = settings_format(settings, &text, error);
    if (r == 0)
        r = store_write(cluster->how.store, STORE_PRIVATE, &change, 1, error);
    settings_free(settings);
    blob_clear(&text);
    return r;
}

static int
make_secret(struct cluster *cluster, struct error *error)
{
    unsigned char bytes[SECRET_BYTES];
    size_t i;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return fail_openssl(error, E_CRYPTO, NULL);
    for (i = 0; i < sizeof(bytes); i++)
        snprintf(cluster->secret + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

static char *
join_members(const struct engine_answer *answer, const char *more)
{
    char *ret = xstrdup(more);
    size_t i;

    for (i = 0; i < answer->count; i++) {
        const char *address = answer->nodes[i].address;
        char *old = ret;

        if (strcmp(address, more) == 0)
            continue;
        ret = xasprintf("%s%s%s", old, old[0] != '\0' ? "," : "", address);
        free(old);
    }
    return ret;
}

/*
 * Where and as whom.
 */

static int
find_user(struct cluster *cluster, struct error *error)
{
    const struct passwd *entry =
        geteuid() == 0 ? getpwnam(cluster->how.user) : getpwuid(geteuid());
    char *detail;

    if (entry != NULL && entry->pw_uid != 0) {
        cluster->user.uid = entry->pw_uid;
        cluster->user.gid = entry->pw_gid;
        snprintf(cluster->user.name, sizeof(cluster->user.name), "%s",
                 entry->pw_name);
        return 0;
    }
    detail = geteuid() == 0
                 ? xasprintf("no user %s to run as, see database_user in "
                             "mmp.cfg",
                             cluster->how.user)
                 : xstrdup("this user has no name");
    fail_detail(error, E_DATABASE, SUBJECT, detail);
    free(detail);
    return -1;
}

/* The engine's files name paths as they are. */
static int
check_directory(const struct cluster *cluster, struct error *error)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-";

    if (strlen(cluster->directory) > MAX_DIRECTORY)
        return fail_detail(error, E_DATABASE, SUBJECT,
                           "the path of the state directory is too long");
    if (cluster->directory[strspn(cluster->directory, plain)] != '\0')
        return fail_detail(error, E_DATABASE, SUBJECT,
                           "the path of the state directory has characters "
                           "other than letters, digits and /._+-");
    return 0;
}

static int
check_port(const char *address, unsigned port, struct error *error)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *place = NULL;
    char text[16], *name;
    int fd = -1, one = 1, r = -1;

    snprintf(text, sizeof(text), "%u", port);
    errno = EINVAL;
    if (getaddrinfo(address, text, &hints, &place) == 0) {
        fd = socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        r = bind(fd, place->ai_addr, place->ai_addrlen);
    }
    if (r != 0) {
        name = xasprintf("%s:%u", address, port);
        fail_detail(error, E_LISTEN, name, strerror(errno));
        free(name);
    }
    if (fd >= 0)
        close(fd);
    if (place != NULL)
        freeaddrinfo(place);
    return r;
}

static int
check_ports(const struct cluster *cluster, const char *address,
            struct error *error)
{
    const unsigned *port;

    for (port = cluster->how.engine->ports; *port != 0; port++)
        if (check_port(address, *port, error) != 0)
            return -1;
    return 0;
}

/*
 * The engine's directory.
 */

static struct engine_node
describe(const struct cluster *cluster)
{
    return (struct engine_node){
        .directory = cluster->directory,
        .helpers = cluster->how.helpers,
        .user = cluster->user.name,
        .address = cluster->next.address,
        .secret = cluster->secret,
        .members = cluster->members,
        .schema = cluster->how.schema,
    };
}

enum { MAX_FILES = 24 };

/* Of a node without a database, two are not there. */
static int
add_certificates(struct cluster *cluster, struct engine_file *files,
                 size_t *count, struct error *error)
{
    static const char *const names[DATABASE_FILES] = {
        [DATABASE_SERVER_KEY] = "server.key",
        [DATABASE_SERVER_CERT] = "server.crt",
        [DATABASE_CLIENT_KEY] = "client.key",
        [DATABASE_CLIENT_CERT] = "client.crt",
        [DATABASE_CA_CERT] = "ca.crt",
    };
    int i;

    for (i = 0; i < DATABASE_FILES; i++) {
        struct engine_file *file = &files[*count];

        if (!store_has(cluster->how.store, STORE_PRIVATE, database_copy(i)))
            continue;
        *file = (struct engine_file){ .name = names[i], .mode = 0600 };
        if (store_read(cluster->how.store, STORE_PRIVATE, database_copy(i),
                       &file->text, error) != 0)
            return -1;
        ++*count;
    }
    return 0;
}

/* Makes it anew: the store is the truth. */
static int
lend_directory(struct cluster *cluster, struct error *error)
{
    struct engine_node node = describe(cluster);
    struct engine_file files[MAX_FILES] = { { 0 } };
    struct store_change changes[MAX_FILES];
    size_t count = 0, i;
    int r;

    r = add_certificates(cluster, files, &count, error);
    for (i = 0; r == 0 && count < MAX_FILES &&
                cluster->how.engine->file(&node, i, &files[count]);
         i++)
        count++;
    for (i = 0; i < count; i++)
        changes[i] = (struct store_change){ files[i].name, &files[i].text,
                                            files[i].mode };
    if (r == 0)
        r = store_lend(cluster->how.store, ENGINE_DIRECTORY, cluster->user.uid,
                       cluster->user.gid, changes, count, error);
    for (i = 0; i < count; i++)
        blob_clear(&files[i].text);
    return r;
}

/*
 * Children.
 */

static int
run_child(struct cluster *cluster, int which, char **command,
          struct error *error)
{
    struct child *child = &cluster->children[which];
    char *home = xasprintf("HOME=%s", cluster->directory);
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *const environment[] = { path, locale, home, NULL };
    struct spawn how = { .program = command[0],
                         .argv = command,
                         .in = -1,
                         .err = -1,
                         .environment = environment,
                         .as = &cluster->user };
    int out[2], r;

    r = pipe2(out, O_CLOEXEC);
    if (r != 0) {
        r = fail_errno(error, command[0]);
    } else {
        fcntl(out[0], F_SETFL, O_NONBLOCK);
        how.out = out[1];
        r = spawn(&how, &child->pid, error);
        close(out[1]);
        if (r != 0)
            close(out[0]);
    }
    if (r == 0) {
        child->fd = out[0];
        child->got = 0;
        child->ending = false;
        child->due = 0;
        child->since = waits_clock();
    }
    free(home);
    engine_free(command);
    return r;
}

static void
stop_child(struct child *child)
{
    child->due = 0;
    if (child->pid == 0 || child->ending)
        return;
    kill(child->pid, SIGTERM);
    child->ending = true;
    child->due = waits_clock() + STOP_TIME;
}

/* Starts it later. */
static void
put_off(struct child *child)
{
    long long now = waits_clock();

    if (child->delay == 0 || now - child->since >= LONG_LIFE)
        child->delay = FIRST_DELAY;
    child->due = now + child->delay;
    child->delay =
        2 * child->delay < LAST_DELAY ? 2 * child->delay : LAST_DELAY;
}

static int
start_engine(struct cluster *cluster, struct error *error)
{
    struct engine_node node = describe(cluster);

    return lend_directory(cluster, error) == 0
               ? run_child(cluster, RUNNER, cluster->how.engine->start(&node),
                           error)
               : -1;
}

static int
start_view(struct cluster *cluster, struct error *error)
{
    const struct engine *engine = cluster->how.engine;
    struct engine_node node = describe(cluster);

    cluster->seen = 0;
    return run_child(cluster, VIEWER,
                     cluster->next.role == DATABASE_CLIENT
                         ? engine->use(&node)
                         : engine->watch(&node),
                     error);
}

/* Whether it works shows later: a failure is tried again. */
static void
start_child(struct cluster *cluster, int which)
{
    struct error error;
    int r = which == RUNNER ? start_engine(cluster, &error)
                            : start_view(cluster, &error);

    if (r != 0) {
        cluster->trouble = error;
        put_off(&cluster->children[which]);
    }
}

static void
start_all(struct cluster *cluster)
{
    struct error error;

    cluster->wanted = true;
    if (cluster->next.role == DATABASE_MEMBER)
        start_child(cluster, RUNNER);
    else if (lend_directory(cluster, &error) != 0)
        cluster->trouble = error;
    start_child(cluster, VIEWER);
}

static void
stop_all(struct cluster *cluster)
{
    int i;

    cluster->wanted = false;
    for (i = 0; i < CHILDREN; i++)
        stop_child(&cluster->children[i]);
}

/*
 * Stages.
 */

struct stage {
    /* NULL: nothing to do. */
    int (*begin)(struct cluster *cluster, struct error *error);
    /* NULL: when its program has ended, and well. */
    bool (*over)(const struct cluster *cluster);
    int (*accept)(struct cluster *cluster, struct error *error); /* or NULL */
    unsigned bound;                                              /* seconds */
    bool optional; /* the next one follows in any case */
};

static int
run_step(struct cluster *cluster, char **command, struct error *error)
{
    cluster->answered = false;
    return run_child(cluster, STEPPER, command, error);
}

static int
begin_meet(struct cluster *cluster, struct error *error)
{
    struct engine_node node = describe(cluster);

    return run_step(
        cluster, cluster->how.engine->meet(&node, cluster->next.peer), error);
}

static int save_progress(struct cluster *cluster, struct error *error);

/* May we?  Then it is decided, and the record has it. */
static int
accept_meet(struct cluster *cluster, struct error *error)
{
    const struct engine_answer *answer = &cluster->answer;
    bool member = cluster->next.role == DATABASE_MEMBER, known = false;
    char *number;
    size_t i;
    int r = 0;

    for (i = 0; i < answer->count; i++)
        known = known ||
                strcmp(answer->nodes[i].address, cluster->next.address) == 0;
    if (answer->word != ENGINE_MET)
        return fail_detail(error, E_DATABASE, SUBJECT, "no word of a cluster");
    if (member && !known && answer->count == DATABASE_NODES) {
        number = xasprintf("%d", DATABASE_NODES);
        r = fail_pair(error, E_CLUSTER_FULL, cluster->next.peer, number);
        free(number);
    }
    if (r == 0) {
        strcpy(cluster->secret, answer->secret);
        free(cluster->members);
        cluster->members =
            join_members(answer, member ? cluster->next.address : "");
        r = save_progress(cluster, error);
    }
    if (r == 0) {
        cluster->deciding = false;
        cluster->decided = true;
        cluster->decision = (struct error){ 0 };
    }
    return r;
}

/* Removes what the engine keeps of a cluster; data: and the database, too. */
static int
sweep(struct cluster *cluster, bool data, struct error *error)
{
    const char *const *lists[] = { cluster->how.engine->group,
                                   data ? cluster->how.engine->data : NULL };
    char **command =
        engine_command((const char *const[]){ "/bin/rm", "-rf", "--", NULL });
    size_t count = 3, i;
    const char *const *name;

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (name = lists[i]; name != NULL && *name != NULL; name++) {
            command = xreallocarray(command, count + 2, sizeof(*command));
            command[count++] = xasprintf("%s/%s", cluster->directory, *name);
            command[count] = NULL;
        }
    }
    return run_step(cluster, command, error);
}

static int
begin_sweep_group(struct cluster *cluster, struct error *error)
{
    return sweep(cluster, false, error);
}

static int
begin_sweep_all(struct cluster *cluster, struct error *error)
{
    return sweep(cluster, true, error);
}

static int
begin_run(struct cluster *cluster, struct error *error)
{
    (void)error;
    start_all(cluster);
    return 0;
}

static bool
is_running(const struct cluster *cluster)
{
    return cluster->wanted;
}

static int
begin_found(struct cluster *cluster, struct error *error)
{
    struct engine_node node = describe(cluster);

    return run_step(cluster, cluster->how.engine->found(&node), error);
}

static bool
is_in_sync(const struct cluster *cluster)
{
    size_t i;

    for (i = 0; cluster->seen != 0 && i < cluster->view.count; i++) {
        const struct database_node *node = &cluster->view.nodes[i];

        if (strcmp(node->address, cluster->next.address) == 0)
            return node->connected && node->in_sync;
    }
    return false;
}

static bool
is_served(const struct cluster *cluster)
{
    return cluster->seen != 0 && cluster->view.primary[0] != '\0';
}

static int
begin_upgrade(struct cluster *cluster, struct error *error)
{
    struct engine_node node = describe(cluster);

    return run_step(cluster, cluster->how.engine->upgrade(&node), error);
}

static int
begin_leave(struct cluster *cluster, struct error *error)
{
    struct engine_node node = describe(cluster);

    if (cluster->next.role == DATABASE_CLIENT) { /* nobody counts it */
        cluster->answer.word = ENGINE_OK;
        cluster->answered = true;
        return 0;
    }
    return run_step(
        cluster,
        cluster->how.engine->leave(&node, cluster->children[RUNNER].pid),
        error);
}

static int
begin_halt(struct cluster *cluster, struct error *error)
{
    (void)error;
    stop_all(cluster);
    return 0;
}

static bool
has_halted(const struct cluster *cluster)
{
    return cluster->children[RUNNER].pid == 0 &&
           cluster->children[VIEWER].pid == 0;
}

static const struct stage meet = { begin_meet, NULL, accept_meet, 12, false };
static const struct stage sweep_group = { begin_sweep_group, NULL, NULL, 60,
                                          true };
static const struct stage sweep_all = { begin_sweep_all, NULL, NULL, 600,
                                        false };
static const struct stage run = { begin_run, is_running, NULL, 60, false };
static const struct stage found = { begin_found, NULL, NULL, 60, false };
static const struct stage synced = { NULL, is_in_sync, NULL, 1800, false };
static const struct stage served = { NULL, is_served, NULL, 30, false };
static const struct stage upgrade = { begin_upgrade, NULL, NULL, 3600, false };
static const struct stage leave = { begin_leave, NULL, NULL, 70, true };
static const struct stage halt = { begin_halt, has_halted, NULL, 60, false };

static const struct stage *const initialize_stages[] = { &sweep_group, &run,
                                                         &found, &served,
                                                         NULL };
static const struct stage *const join_stages[] = { &meet, &sweep_all, &run,
                                                   &synced, NULL };
static const struct stage *const connect_stages[] = { &meet, &run, &served,
                                                      NULL };
static const struct stage *const remove_stages[] = { &leave, &halt,
                                                     &sweep_group, NULL };
static const struct stage *const upgrade_stages[] = { &upgrade, NULL };

static const struct plan {
    enum database_role role; /* that is aimed at; DATABASE_NONE: none */
    const struct stage *const *stages;
} plans[DATABASE_ACTIONS] = {
    [DATABASE_INITIALIZE] = { DATABASE_MEMBER, initialize_stages },
    [DATABASE_JOIN] = { DATABASE_MEMBER, join_stages },
    [DATABASE_CONNECT] = { DATABASE_CLIENT, connect_stages },
    [DATABASE_REMOVE] = { DATABASE_NONE, remove_stages },
    [DATABASE_UPGRADE_SCHEMA] = { DATABASE_NONE, upgrade_stages },
};

/* It has begun: durable before anybody is told. */
static int
save_progress(struct cluster *cluster, struct error *error)
{
    cluster->next.outcome = DATABASE_IN_PROGRESS;
    cluster->next.why = (struct error){ 0 };
    if (save_kept(cluster, error) != 0 ||
        database_save(cluster->how.store, &cluster->next, error) != 0)
        return -1;
    cluster->record = cluster->next;
    return 0;
}

/* The command has ended: as failure says. */
static void
finish(struct cluster *cluster)
{
    struct database_record *next = &cluster->next;
    bool failed = cluster->failure.code != E_NONE;
    struct error error;

    if (next->last == DATABASE_REMOVE ||
        (failed && plans[next->last].role != DATABASE_NONE)) {
        next->role = DATABASE_NONE;
        next->address[0] = next->peer[0] = '\0';
        cluster->trouble = (struct error){ 0 };
        store_remove(cluster->how.store, STORE_PRIVATE, KEPT, &error);
    }
    next->outcome = failed ? DATABASE_FAILED : DATABASE_SUCCESS;
    next->why = cluster->failure;
    cluster->plan = NULL;
    cluster->record = *next;
    if (database_save(cluster->how.store, next, &error) != 0)
        cluster->trouble = error;
}

/* The stage has failed. */
static void
fall(struct cluster *cluster, const struct error *error)
{
    stop_child(&cluster->children[STEPPER]);
    cluster->entered = false;
    if (cluster->deciding) {
        cluster->deciding = false;
        cluster->decided = true;
        cluster->decision = *error;
        cluster->next = cluster->record;
        cluster->plan = NULL;
    } else if ((*cluster->plan)->optional) {
        cluster->plan++;
    } else if (cluster->failure.code != E_NONE ||
               plans[cluster->next.last].role == DATABASE_NONE) {
        if (cluster->failure.code == E_NONE)
            cluster->failure = *error;
        finish(cluster);
    } else {
        cluster->failure = *error;
        cluster->plan = remove_stages;
    }
}

/* false: not yet. */
static bool
stage_over(struct cluster *cluster, struct error *error, int *r)
{
    const struct stage *stage = *cluster->plan;

    *r = 0;
    if (stage->over != NULL) {
        if (!stage->over(cluster))
            return false;
    } else {
        if (!cluster->answered || cluster->children[STEPPER].pid != 0)
            return false;
        if (cluster->answer.word == ENGINE_FAILED) {
            *error = cluster->answer.why;
            *r = -1;
        }
    }
    if (*r == 0 && stage->accept != NULL)
        *r = stage->accept(cluster, error);
    return true;
}

/* Goes on from stage to stage as far as it can without waiting. */
static void
advance(struct cluster *cluster)
{
    struct error error;
    int r;

    while (cluster->plan != NULL && !cluster->children[STEPPER].ending) {
        const struct stage *stage = *cluster->plan;

        if (stage == NULL) {
            finish(cluster);
            return;
        }
        if (!cluster->entered) {
            cluster->entered = true;
            cluster->due = waits_clock() + stage->bound * 1000LL;
            if (stage->begin != NULL && stage->begin(cluster, &error) != 0) {
                fall(cluster, &error);
                continue;
            }
        }
        if (!stage_over(cluster, &error, &r))
            return;
        if (r != 0) {
            fall(cluster, &error);
            continue;
        }
        cluster->entered = false;
        cluster->plan++;
    }
}

/*
 * What children print, and their end.
 */

static void
take_view(struct cluster *cluster, const struct engine_answer *answer)
{
    const char *own =
        cluster->next.role == DATABASE_MEMBER ? cluster->next.address : "";
    char *members = join_members(answer, own);
    struct error error;
    size_t i;

    cluster->view = *answer;
    cluster->seen = waits_clock();
    for (i = 0; i < answer->count; i++) {
        struct database_node *node = &cluster->view.nodes[i];

        node->me = strcmp(node->address, own) == 0;
        if (node->me && node->connected && cluster->children[RUNNER].pid != 0)
            cluster->trouble = (struct error){ 0 };
    }
    /* The next start needs to know whom to ask. */
    if (answer->count > 0 && strcmp(members, cluster->members) != 0) {
        free(cluster->members);
        cluster->members = members;
        members = NULL;
        if (save_kept(cluster, &error) != 0)
            cluster->trouble = error;
    }
    free(members);
}

static void
take_line(struct cluster *cluster, int which, const char *line)
{
    struct engine_answer answer;

    if (!engine_parse(line, &answer))
        return;
    if (which == VIEWER && answer.word == ENGINE_NODES) {
        take_view(cluster, &answer);
    } else if (which == STEPPER) {
        cluster->answer = answer;
        cluster->answered = true;
    }
}

/* A line that is too long is none. */
static void
read_child(struct cluster *cluster, int which)
{
    struct child *child = &cluster->children[which];
    ssize_t n;
    char *end;

    while ((n = read(child->fd, child->line + child->got,
                     sizeof(child->line) - 1 - child->got)) > 0) {
        child->got += (size_t)n;
        child->line[child->got] = '\0';
        while ((end = memchr(child->line, '\n', child->got)) != NULL) {
            *end = '\0';
            take_line(cluster, which, child->line);
            child->got -= (size_t)(end + 1 - child->line);
            memmove(child->line, end + 1, child->got + 1);
        }
        if (child->got == sizeof(child->line) - 1)
            child->got = 0;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(child->fd);
        child->fd = -1;
    }
}

static void
tell_end(int how, const char *what, struct error *ret)
{
    char text[64];

    if (WIFSIGNALED(how))
        snprintf(text, sizeof(text), "ended by signal %d", WTERMSIG(how));
    else
        snprintf(text, sizeof(text), "ended with status %d", WEXITSTATUS(how));
    fail_detail(ret, E_ENDED, what, text);
}

static void
child_ended(struct cluster *cluster, int which, int how)
{
    struct child *child = &cluster->children[which];
    bool asked = child->ending;

    if (child->fd >= 0)
        read_child(cluster, which);
    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
    child->pid = 0;
    child->ending = false;
    child->due = 0;
    if (which == STEPPER) {
        if (!asked && !cluster->answered) {
            cluster->answered = true;
            cluster->answer = (struct engine_answer){ .word = ENGINE_OK };
            if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
                cluster->answer.word = ENGINE_FAILED;
                tell_end(how, SUBJECT, &cluster->answer.why);
            }
        }
        return;
    }
    if (which == VIEWER)
        cluster->seen = 0;
    if (!cluster->wanted)
        return;
    if (which == RUNNER)
        tell_end(how, cluster->how.engine->name, &cluster->trouble);
    put_off(child);
}

void
cluster_reap(struct cluster *cluster)
{
    int i, how;

    for (i = 0; i < CHILDREN; i++) {
        struct child *child = &cluster->children[i];

        if (child->pid > 0 && waitpid(child->pid, &how, WNOHANG) == child->pid)
            child_ended(cluster, i, how);
    }
    advance(cluster);
}

/*
 * For the supervisor.
 */

struct cluster *
cluster_new(const struct clustering *how)
{
    struct cluster *cluster = xcalloc(1, sizeof(*cluster));
    int i;

    cluster->how = *how;
    cluster->directory = xasprintf("%s/" ENGINE_DIRECTORY, how->state);
    cluster->members = xstrdup("");
    for (i = 0; i < CHILDREN; i++)
        cluster->children[i].fd = -1;
    if (database_load(how->store, &cluster->record, &cluster->damaged) != 0)
        cluster->record = (struct database_record){ 0 };
    else
        cluster->damaged = (struct error){ 0 };
    cluster->next = cluster->record;
    return cluster;
}

void
cluster_free(struct cluster *cluster)
{
    int i;

    if (cluster == NULL)
        return;
    for (i = 0; i < CHILDREN; i++) {
        struct child *child = &cluster->children[i];

        if (child->pid > 0) {
            kill(child->pid, SIGKILL);
            waitpid(child->pid, NULL, 0);
        }
        if (child->fd >= 0)
            close(child->fd);
    }
    OPENSSL_cleanse(cluster->secret, sizeof(cluster->secret));
    free(cluster->members);
    free(cluster->directory);
    free(cluster);
}

/* What was under way begins again, but for what had been decided. */
static void
resume(struct cluster *cluster)
{
    cluster->entered = false;
    cluster->failure = (struct error){ 0 };
    cluster->plan = plans[cluster->record.last].stages;
    if (cluster->plan != NULL && *cluster->plan == &meet)
        cluster->plan++;
    /* These are for a node that runs. */
    if (plans[cluster->record.last].role == DATABASE_NONE)
        start_all(cluster);
    advance(cluster);
}

void
cluster_start(struct cluster *cluster)
{
    struct error error;

    if (cluster->record.role == DATABASE_NONE)
        return;
    if (find_user(cluster, &error) != 0 || load_kept(cluster, &error) != 0) {
        cluster->trouble = error;
        return;
    }
    cluster->next = cluster->record;
    if (cluster->record.outcome == DATABASE_IN_PROGRESS)
        resume(cluster);
    else
        start_all(cluster);
}

void
cluster_stop(struct cluster *cluster)
{
    struct error error;

    if (cluster->deciding) {
        fail_detail(&error, E_SUPERVISOR, NULL, "it is shutting down");
        fall(cluster, &error);
    }
    cluster->plan = NULL;
    stop_all(cluster);
}

bool
cluster_is_down(const struct cluster *cluster)
{
    int i;

    for (i = 0; i < CHILDREN; i++)
        if (cluster->children[i].pid != 0)
            return false;
    return true;
}

bool
cluster_is_active(const struct cluster *cluster)
{
    return cluster->record.role != DATABASE_NONE || cluster->plan != NULL ||
           !cluster_is_down(cluster);
}

/* All that can be wrong on this node; the files are made for the first time. */
static int
check_node(struct cluster *cluster, const struct settings *settings,
           struct error *error)
{
    struct database_record *next = &cluster->next;
    const char *interface = settings_get(settings, DATABASE_INTERFACE);
    int r;

    r = cluster->how.engine->installed(error);
    if (r == 0)
        r = database_resolve(cluster->how.interfaces,
                             interface != NULL ? interface : "", next->address,
                             error);
    if (r == 0)
        r = check_directory(cluster, error);
    if (r == 0)
        r = find_user(cluster, error);
    if (r == 0 && next->role == DATABASE_MEMBER)
        r = check_ports(cluster, next->address, error);
    if (r == 0 && next->last == DATABASE_INITIALIZE) {
        free(cluster->members);
        cluster->members = xstrdup(next->address);
        r = make_secret(cluster, error);
    }
    return r == 0 ? lend_directory(cluster, error) : -1;
}

static int
clear_error(struct cluster *cluster, struct error *error)
{
    struct database_record next = cluster->record;

    next.last = DATABASE_CLEAR_ERROR;
    next.argument[0] = '\0';
    next.outcome = DATABASE_SUCCESS;
    next.why = (struct error){ 0 };
    if (database_save(cluster->how.store, &next, error) != 0)
        return -1;
    cluster->record = cluster->next = next;
    return 0;
}

static int
check_action(struct cluster *cluster, const struct settings *settings,
             struct error *error)
{
    struct database_record pending = cluster->record;
    enum database_action action = cluster->next.last;

    if (cluster->damaged.code != E_NONE) {
        *error = cluster->damaged;
        return -1;
    }
    if (cluster->deciding) { /* nothing of it is in the record yet */
        pending = cluster->next;
        pending.outcome = DATABASE_IN_PROGRESS;
    }
    if (database_allowed(cluster->how.store, settings, &pending, action,
                         error) != 0)
        return -1;
    if (plans[action].role != DATABASE_NONE)
        return check_node(cluster, settings, error);
    if (action == DATABASE_UPGRADE_SCHEMA &&
        (cluster->seen == 0 ||
         strcmp(cluster->view.primary, cluster->next.address) != 0))
        return fail_pair(error, E_NOT_PRIMARY, SUBJECT, cluster->view.primary);
    return 0;
}

int
cluster_begin(struct cluster *cluster, enum database_action action,
              const char *host, struct error *error)
{
    const struct stage *const *stages = plans[action].stages;
    struct settings *settings = NULL;
    int r;

    r = settings_load(cluster->how.store, &settings, error);
    if (r == 0 && !cluster->deciding) {
        cluster->next = cluster->record;
        cluster->next.last = action;
        snprintf(cluster->next.argument, sizeof(cluster->next.argument), "%s",
                 host);
        if (plans[action].role != DATABASE_NONE) {
            cluster->next.role = plans[action].role;
            strcpy(cluster->next.peer, cluster->next.argument);
        }
    }
    if (r == 0)
        r = check_action(cluster, settings, error);
    settings_free(settings);
    if (r == 0 && stages == NULL)
        return clear_error(cluster, error);
    if (r == 0 && *stages != &meet)
        r = save_progress(cluster, error);
    if (r != 0) {
        if (!cluster->deciding)
            cluster->next = cluster->record;
        return -1;
    }
    cluster->deciding = *stages == &meet;
    cluster->decided = false;
    cluster->failure = (struct error){ 0 };
    cluster->entered = false;
    cluster->plan = stages;
    advance(cluster);
    return cluster->deciding || cluster->decided ? 1 : 0;
}

bool
cluster_decided(struct cluster *cluster, struct error *ret)
{
    if (!cluster->decided)
        return false;
    *ret = cluster->decision;
    cluster->decided = false;
    return true;
}

/* Nothing has been seen, or not lately: nobody is known to answer. */
static void
put_unseen(const struct cluster *cluster, struct database_status *ret)
{
    char *copy = xstrdup(cluster->members), *rest = copy;
    const char *member;

    while ((member = strsep(&rest, ",")) != NULL &&
           ret->count < DATABASE_NODES) {
        struct database_node *node = &ret->nodes[ret->count];

        if (member[0] == '\0')
            continue;
        snprintf(node->address, sizeof(node->address), "%s", member);
        node->me = strcmp(member, cluster->record.address) == 0 &&
                   cluster->record.role == DATABASE_MEMBER;
        ret->count++;
    }
    free(copy);
}

int
cluster_status(struct cluster *cluster, struct database_status *ret,
               struct error *error)
{
    struct database_status status = { .record = cluster->record };

    if (cluster->damaged.code != E_NONE) {
        *error = cluster->damaged;
        return -1;
    }
    if (status.record.why.code == E_NONE)
        status.record.why = cluster->trouble;
    if (status.record.role == DATABASE_NONE) {
        /* none */
    } else if (cluster->seen == 0 ||
               waits_clock() - cluster->seen > VIEW_TIME) {
        put_unseen(cluster, &status);
    } else {
        memcpy(status.nodes, cluster->view.nodes, sizeof(status.nodes));
        status.count = cluster->view.count;
        strcpy(status.in_use, cluster->view.primary);
    }
    *ret = status;
    return 0;
}

void
cluster_wait(const struct cluster *cluster, struct waits *waits)
{
    int i;

    for (i = 0; i < CHILDREN; i++) {
        if (cluster->children[i].fd >= 0)
            waits_for(waits, cluster->children[i].fd);
        if (cluster->children[i].due != 0)
            waits_until(waits, cluster->children[i].due);
    }
    if (cluster->plan != NULL && cluster->entered)
        waits_until(waits, cluster->due);
}

static void
child_due(struct cluster *cluster, int which)
{
    struct child *child = &cluster->children[which];

    child->due = 0;
    if (child->pid != 0) {
        kill(child->pid, SIGKILL);
        child->due = waits_clock() + STOP_TIME;
    } else if (cluster->wanted) {
        start_child(cluster, which);
    }
}

void
cluster_serve(struct cluster *cluster, const struct waits *waits)
{
    long long now = waits_clock();
    struct error error;
    int i;

    for (i = 0; i < CHILDREN; i++) {
        struct child *child = &cluster->children[i];

        if (child->fd >= 0 && waits_ready(waits, child->fd))
            read_child(cluster, i);
        if (child->due != 0 && child->due <= now)
            child_due(cluster, i);
    }
    if (cluster->plan != NULL && cluster->entered && cluster->due <= now) {
        fail(&error, E_NOT_READY, SUBJECT);
        fall(cluster, &error);
    }
    advance(cluster);
}

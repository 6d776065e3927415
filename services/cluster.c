/*
 * The steps of database commands, each a row of stages: a stage begins, takes
 * its time, and is over, or fails.  Three children at most: the engine, the
 * view, which prints what the nodes are, and the program of a stage.
 */
#include "services/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "pki/xalloc.h"
#include "services/child.h"
#include "services/engine_home.h"

enum {
    VIEW_TIME = 8000,   /* ms for which a view is the truth */
    START_AGAIN = 1000, /* ms, when what a start needs could not be read */
};

enum { RUNNER, VIEWER, STEPPER, CHILDREN };

struct stage;

struct cluster {
    struct clustering how;
    struct engine_home home;
    struct database_record record;
    struct error damaged; /* the record can not be read; E_NONE */
    struct error trouble; /* why it does not run; E_NONE */
    struct child children[CHILDREN];
    bool wanted; /* engine or view are to be there, and started again */
    struct engine_answer view;
    long long seen;  /* when the view came; 0: none */
    long long again; /* when it is tried to start; 0: never */

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
 * Children.
 */

static int
run_child(struct cluster *cluster, int which, char **command,
          struct error *error)
{
    char *home = xasprintf("HOME=%s", cluster->home.directory);
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *const environment[] = { path, locale, home, NULL };
    const struct spawn how = { .program = command[0],
                               .argv = command,
                               .in = -1,
                               .err = -1,
                               .environment = environment,
                               .as = &cluster->home.user };
    int r = child_run(&cluster->children[which], &how, error);

    free(home);
    engine_free(command);
    return r;
}

static int
start_engine(struct cluster *cluster, struct error *error)
{
    struct engine_node node = engine_home_node(&cluster->home);

    return engine_home_lend(&cluster->home, error) == 0
               ? run_child(cluster, RUNNER, cluster->how.engine->start(&node),
                           error)
               : -1;
}

static int
start_view(struct cluster *cluster, struct error *error)
{
    const struct engine *engine = cluster->how.engine;
    struct engine_node node = engine_home_node(&cluster->home);

    cluster->seen = 0;
    if (cluster->next.role == DATABASE_CLIENT &&
        engine_home_lend(&cluster->home, error) != 0)
        return -1; /* a member's engine has its files */
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
        child_put_off(&cluster->children[which]);
    }
}

static bool
is_member(const struct cluster *cluster)
{
    return cluster->next.role == DATABASE_MEMBER;
}

static void
start_all(struct cluster *cluster)
{
    cluster->wanted = true;
    if (is_member(cluster))
        start_child(cluster, RUNNER);
    start_child(cluster, VIEWER);
}

static void
stop_all(struct cluster *cluster)
{
    int i;

    cluster->wanted = false;
    for (i = 0; i < CHILDREN; i++)
        child_stop(&cluster->children[i]);
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
    /* What a failure means: it ends the command; the next stage follows in any
       case; or that, and the command has failed in the end. */
    enum { ENDS, IGNORED, TOLD } failure;
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
    struct engine_node node = engine_home_node(&cluster->home);

    return run_step(
        cluster, cluster->how.engine->meet(&node, cluster->next.peer), error);
}

static int save_progress(struct cluster *cluster, struct error *error);

/* May we?  Then it is decided, and the record has it. */
static int
accept_meet(struct cluster *cluster, struct error *error)
{
    const struct engine_answer *answer = &cluster->answer;
    bool known = false;
    char *number;
    size_t i;
    int r = 0;

    for (i = 0; i < answer->count; i++)
        known = known ||
                strcmp(answer->nodes[i].address, cluster->next.address) == 0;
    if (answer->word != ENGINE_MET)
        return fail_detail(error, E_DATABASE, DATABASE_TITLE,
                           "no word of a cluster");
    if (is_member(cluster) && !known && answer->count == DATABASE_NODES) {
        number = xasprintf("%d", DATABASE_NODES);
        r = fail_pair(error, E_CLUSTER_FULL, cluster->next.peer, number);
        free(number);
    }
    if (r == 0) {
        strcpy(cluster->home.secret, answer->secret);
        engine_home_meet(&cluster->home, answer, is_member(cluster));
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
            command[count++] =
                xasprintf("%s/%s", cluster->home.directory, *name);
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
    struct engine_node node = engine_home_node(&cluster->home);

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
    struct engine_node node = engine_home_node(&cluster->home);

    return run_step(cluster, cluster->how.engine->upgrade(&node), error);
}

static int
begin_leave(struct cluster *cluster, struct error *error)
{
    struct engine_node node = engine_home_node(&cluster->home);

    if (cluster->next.role == DATABASE_CLIENT) { /* nobody counts it */
        cluster->answer.word = ENGINE_OK;
        cluster->answered = true;
        return 0;
    }
    /* Of two nodes, the other one can not decide anything without this one. */
    if (cluster->wanted && cluster->children[RUNNER].pid == 0)
        start_child(cluster, RUNNER);
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

static const struct stage meet = { begin_meet, NULL, accept_meet, 12, ENDS };
static const struct stage sweep_group = { begin_sweep_group, NULL, NULL, 60,
                                          IGNORED };
static const struct stage sweep_all = { begin_sweep_all, NULL, NULL, 600,
                                        ENDS };
static const struct stage run = { begin_run, is_running, NULL, 60, ENDS };
static const struct stage found = { begin_found, NULL, NULL, 60, ENDS };
static const struct stage synced = { NULL, is_in_sync, NULL, 1800, ENDS };
static const struct stage served = { NULL, is_served, NULL, 30, ENDS };
static const struct stage upgrade = { begin_upgrade, NULL, NULL, 3600, ENDS };
/* Who wants this node removed is told that the others still count it. */
static const struct stage leave = { begin_leave, NULL, NULL, 90, TOLD };
static const struct stage halt = { begin_halt, has_halted, NULL, 60, ENDS };

static const struct stage *const initialize_stages[] = { &sweep_group, &run,
                                                         &found, &served,
                                                         NULL };
static const struct stage *const join_stages[] = { &meet, &sweep_all, &run,
                                                   &synced, NULL };
static const struct stage *const connect_stages[] = { &meet, &run, &served,
                                                      NULL };
static const struct stage *const remove_stages[] = { &run, &leave, &halt,
                                                     &sweep_group, NULL };
static const struct stage *const upgrade_stages[] = { &run, &served, &upgrade,
                                                      NULL };

static const struct plan {
    enum database_role role; /* that is aimed at; DATABASE_NONE: none */
    const struct stage *const *begin;  /* the first one of a command */
    const struct stage *const *resume; /* where the next supervisor goes on, if
                                          one dies after the decision */
    bool asks; /* the first stage asks the cluster: its answer is the decision,
                  and nothing is changed before it */
} plans[DATABASE_ACTIONS] = {
    [DATABASE_INITIALIZE] = { DATABASE_MEMBER, initialize_stages,
                              initialize_stages },
    [DATABASE_JOIN] = { DATABASE_MEMBER, join_stages, join_stages + 1, true },
    [DATABASE_CONNECT] = { DATABASE_CLIENT, connect_stages, connect_stages + 1,
                           true },
    [DATABASE_REMOVE] = { DATABASE_NONE, remove_stages + 1, remove_stages },
    [DATABASE_UPGRADE_SCHEMA] = { DATABASE_NONE, upgrade_stages + 2,
                                  upgrade_stages },
};

/* It has begun: durable before anybody is told. */
static int
save_progress(struct cluster *cluster, struct error *error)
{
    cluster->next.outcome = DATABASE_IN_PROGRESS;
    cluster->next.why = (struct error){ 0 };
    if (engine_home_save(&cluster->home, error) != 0 ||
        database_save(cluster->how.store, &cluster->next, error) != 0)
        return -1;
    cluster->record = cluster->next;
    return 0;
}

/* The command has ended: as failure says.  What the engine needs is kept until
   the record is saved: who dies before goes on from it. */
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
    }
    next->outcome = failed ? DATABASE_FAILED : DATABASE_SUCCESS;
    next->why = cluster->failure;
    cluster->plan = NULL;
    cluster->record = *next;
    if (database_save(cluster->how.store, next, &error) != 0)
        cluster->trouble = error;
    else if (next->role == DATABASE_NONE)
        engine_home_forget(&cluster->home);
}

/* The stage has failed. */
static void
fall(struct cluster *cluster, const struct error *error)
{
    child_stop(&cluster->children[STEPPER]);
    cluster->entered = false;
    if (cluster->deciding) {
        cluster->deciding = false;
        cluster->decided = true;
        cluster->decision = *error;
        cluster->next = cluster->record;
        cluster->plan = NULL;
    } else if ((*cluster->plan)->failure != ENDS) {
        if (cluster->failure.code == E_NONE &&
            (*cluster->plan)->failure == TOLD)
            cluster->failure = *error;
        cluster->plan++;
    } else if (cluster->failure.code != E_NONE ||
               plans[cluster->next.last].role == DATABASE_NONE) {
        if (cluster->failure.code == E_NONE)
            cluster->failure = *error;
        finish(cluster);
    } else {
        cluster->failure = *error;
        cluster->plan = plans[DATABASE_REMOVE].begin;
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

static void
begin_plan(struct cluster *cluster, const struct stage *const *stages)
{
    cluster->failure = (struct error){ 0 };
    cluster->entered = false;
    cluster->plan = stages;
    advance(cluster);
}

/*
 * What children print, and their end.
 */

static void
take_view(struct cluster *cluster, const struct engine_answer *answer)
{
    bool runs = !is_member(cluster); /* all that it is to do */
    struct error error;
    size_t i;

    cluster->view = *answer;
    cluster->seen = waits_clock();
    for (i = 0; i < answer->count; i++) {
        struct database_node *node = &cluster->view.nodes[i];

        node->me = is_member(cluster) &&
                   strcmp(node->address, cluster->next.address) == 0;
        if (node->me && node->connected && cluster->children[RUNNER].pid != 0)
            runs = true;
    }
    if (runs)
        cluster->trouble = (struct error){ 0 };
    /* The next start needs to know whom to ask. */
    if (answer->count > 0 &&
        engine_home_meet(&cluster->home, answer, is_member(cluster)) &&
        engine_home_save(&cluster->home, &error) != 0)
        cluster->trouble = error;
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

static void
read_child(struct cluster *cluster, int which)
{
    char line[CHILD_LINE];

    while (child_read(&cluster->children[which], line))
        take_line(cluster, which, line);
}

static void
tell_end(int how, const char *what, struct error *ret)
{
    char text[SPAWN_END];

    spawn_describe(how, text);
    fail_detail(ret, E_ENDED, what, text);
}

/* The program of a stage need not have said a word. */
static void
end_step(struct cluster *cluster, int how)
{
    if (cluster->answered)
        return;
    cluster->answered = true;
    cluster->answer = (struct engine_answer){ .word = ENGINE_OK };
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
        cluster->answer.word = ENGINE_FAILED;
        tell_end(how, DATABASE_TITLE, &cluster->answer.why);
    }
}

/* The engine, or the view: they are to run as long as they are wanted. */
static void
end_service(struct cluster *cluster, int which, int how)
{
    if (which == VIEWER)
        cluster->seen = 0;
    if (!cluster->wanted)
        return;
    if (which == RUNNER)
        tell_end(how, cluster->how.engine->name, &cluster->trouble);
    child_put_off(&cluster->children[which]);
}

void
cluster_reap(struct cluster *cluster)
{
    int i, how;

    for (i = 0; i < CHILDREN; i++) {
        if (!child_ended(&cluster->children[i], &how))
            continue;
        read_child(cluster, i);
        if (i == STEPPER)
            end_step(cluster, how);
        else
            end_service(cluster, i, how);
    }
    advance(cluster);
}

/*
 * For the supervisor.
 */

static void
load_record(struct cluster *cluster)
{
    if (database_load(cluster->how.store, &cluster->record,
                      &cluster->damaged) != 0)
        cluster->record = (struct database_record){ 0 };
    else
        cluster->damaged = (struct error){ 0 };
    cluster->next = cluster->record;
}

struct cluster *
cluster_new(const struct clustering *how)
{
    struct cluster *cluster = xcalloc(1, sizeof(*cluster));
    int i;

    cluster->how = *how;
    cluster->home = (struct engine_home){
        .store = how->store,
        .helpers = how->helpers,
        .user_name = how->user,
        .engine = how->engine,
        .schema = how->schema,
    };
    engine_home_begin(&cluster->home, how->state);
    for (i = 0; i < CHILDREN; i++)
        cluster->children[i] = CHILD_NONE;
    load_record(cluster);
    return cluster;
}

void
cluster_free(struct cluster *cluster)
{
    int i;

    if (cluster == NULL)
        return;
    for (i = 0; i < CHILDREN; i++)
        child_clear(&cluster->children[i]);
    engine_home_clear(&cluster->home);
    free(cluster);
}

void
cluster_start(struct cluster *cluster)
{
    struct error error;

    cluster->again = 0;
    if (error_may_pass(&cluster->damaged))
        load_record(cluster);
    if (error_may_pass(&cluster->damaged))
        cluster->again = waits_clock() + START_AGAIN;
    if (cluster->record.role == DATABASE_NONE)
        return;
    cluster->next = cluster->record;
    strcpy(cluster->home.address, cluster->record.address);
    if (engine_home_enter(&cluster->home, &error) != 0 ||
        engine_home_load(&cluster->home, &error) != 0) {
        cluster->trouble = error;
        cluster->again = waits_clock() + START_AGAIN;
    } else if (cluster->record.outcome == DATABASE_IN_PROGRESS) {
        begin_plan(cluster, plans[cluster->record.last].resume);
    } else {
        start_all(cluster);
    }
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
    cluster->again = 0;
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
           cluster->again != 0 || !cluster_is_down(cluster);
}

/* All that can be wrong on this node; the files are made for the first time. */
static int
check_node(struct cluster *cluster, const struct settings *settings,
           struct error *error)
{
    struct database_record *next = &cluster->next;
    const char *interface = settings_get(settings, DATABASE_INTERFACE);
    int r;

    r = database_resolve(cluster->how.interfaces,
                         interface != NULL ? interface : "", next->address,
                         error);
    if (r != 0)
        return -1;
    strcpy(cluster->home.address, next->address);
    r = engine_home_check(&cluster->home, next->role == DATABASE_MEMBER, error);
    if (r == 0 && next->last == DATABASE_INITIALIZE)
        r = engine_home_found(&cluster->home, error);
    return r == 0 ? engine_home_lend(&cluster->home, error) : -1;
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
        return fail_pair(error, E_NOT_PRIMARY, DATABASE_TITLE,
                         cluster->view.primary);
    return 0;
}

int
cluster_begin(struct cluster *cluster, enum database_action action,
              const char *host, struct error *error)
{
    const struct plan *plan = &plans[action];
    struct settings *settings = NULL;
    int r;

    r = settings_load(cluster->how.store, &settings, error);
    if (r == 0 && !cluster->deciding) {
        cluster->next = cluster->record;
        cluster->next.last = action;
        snprintf(cluster->next.argument, sizeof(cluster->next.argument), "%s",
                 host);
        if (plan->role != DATABASE_NONE) {
            cluster->next.role = plan->role;
            strcpy(cluster->next.peer, cluster->next.argument);
        }
    }
    if (r == 0)
        r = check_action(cluster, settings, error);
    settings_free(settings);
    if (r == 0 && plan->begin == NULL)
        return clear_error(cluster, error);
    if (r == 0 && !plan->asks)
        r = save_progress(cluster, error);
    if (r != 0) {
        if (!cluster->deciding)
            cluster->next = cluster->record;
        return -1;
    }
    cluster->again = 0; /* the command has all that it needs */
    cluster->deciding = plan->asks;
    cluster->decided = false;
    begin_plan(cluster, plan->begin);
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
    char *copy = xstrdup(cluster->home.members), *rest = copy;
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

    for (i = 0; i < CHILDREN; i++)
        child_wait(&cluster->children[i], waits);
    if (cluster->plan != NULL && cluster->entered)
        waits_until(waits, cluster->due);
    if (cluster->again != 0)
        waits_until(waits, cluster->again);
}

void
cluster_serve(struct cluster *cluster, const struct waits *waits)
{
    long long now = waits_clock();
    struct error error;
    int i;

    for (i = 0; i < CHILDREN; i++) {
        struct child *child = &cluster->children[i];

        if (waits_ready(waits, child->fd))
            read_child(cluster, i);
        if (child_due(child, now) && cluster->wanted)
            start_child(cluster, i);
    }
    if (cluster->again != 0 && cluster->again <= now)
        cluster_start(cluster);
    if (cluster->plan != NULL && cluster->entered && cluster->due <= now) {
        fail(&error, E_NOT_READY, DATABASE_TITLE);
        fall(cluster, &error);
    }
    advance(cluster);
}

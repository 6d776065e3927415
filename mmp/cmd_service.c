/*
 * The commands of the services: the catalogue's verbs as usage lines, and one
 * handler for each kind of action.
 *
 * A setting is saved durably before anything is started or stopped.  After a
 * crash in between, the next supervisor starts what the settings say.
 */
#include "mmp/cmd_service.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/apart.h"
#include "mmp/dialect.h"
#include "mmp/hints.h"
#include "mmp/options.h"
#include "mmp/print.h"
#include "mmp/words.h"
#include "pki/xalloc.h"
#include "services/check.h"
#include "services/configure.h"
#include "services/doctor.h"
#include "services/scope.h"
#include "services/status.h"

/* One command of a service. */
struct work {
    struct session *session;
    const struct service *service;
    const struct verb *verb;
    const char *tag;                  /* NULL: none was typed */
    const char *values[MAX_ARGS + 2]; /* for the verb's keys, in order */
    size_t count;
    char *rest;   /* the words of a repeated slot */
    bool changed; /* the settings differ from before */
};

/* Borrows from the settings: do not keep it across a change. */
static struct scope
scope_of(const struct work *work)
{
    return (struct scope){ .settings = work->session->settings,
                           .service = work->service,
                           .tag = work->tag };
}

static char *
name_of(const struct work *work)
{
    const struct scope scope = scope_of(work);

    return scope_name(&scope);
}

static struct status_source
source_of(const struct work *work, const struct scope *scope, bool running)
{
    struct status_source source = {
        .scope = scope,
        .release = work->session->dialect->release,
        .running = running,
    };

    options_interfaces(work->session->options, &source.interfaces);
    return source;
}

/*
 * Settings.
 */

typedef int change(struct work *work, const struct scope *scope,
                   struct error *error);

/* The values of the verb's keys, one after the other.  Passwords may be
   among them. */
static struct blob
values_now(const struct work *work, const struct scope *scope)
{
    const char *keys = work->verb->keys, *value;
    struct blob values = { 0 };
    char key[WORD_MAX];

    while (word_next(&keys, key) != NULL) {
        key[strcspn(key, "=")] = '\0';
        value = scope_get(scope, key);
        blob_text(&values, value != NULL ? value : "");
        blob_text(&values, "\n");
    }
    return values;
}

/* Makes the change, and notes whether the values differ afterwards. */
static int
make_change(struct work *work, const struct scope *scope, change *make,
            struct error *error)
{
    struct blob before = values_now(work, scope), after;
    int r = make(work, scope, error);

    after = values_now(work, scope);
    if (!blob_equal(&before, &after))
        work->changed = true;
    blob_clear(&after);
    blob_clear(&before);
    return r;
}

/* Reads the settings anew, changes them, and saves them. */
static int
change_settings(struct work *work, change *make, struct error *error)
{
    struct session *session = work->session;
    struct scope scope;
    int r = 0;

    if (session_begin(session, error) != 0)
        return -1;
    scope = scope_of(work);
    if (work->tag != NULL && work->verb->action != DO_CREATE)
        r = configure_tag(&scope, error);
    if (r == 0 && work->verb->disabled_only && scope_enabled(&scope))
        r = fail(error, E_ENABLED, work->service->title);
    if (r == 0)
        r = make_change(work, &scope, make, error);
    if (r == 0)
        return session_commit(session, error);
    session_abort(session);
    return -1;
}

static int
apply_set(struct work *work, const struct scope *scope, struct error *error)
{
    (void)error;
    configure_set(scope, work->verb->keys, work->values, work->count);
    return 0;
}

static int
apply_clear(struct work *work, const struct scope *scope, struct error *error)
{
    (void)error;
    configure_clear(scope, work->verb->keys);
    return 0;
}

static int
apply_add(struct work *work, const struct scope *scope, struct error *error)
{
    return configure_add(scope, work->verb->view, work->verb->keys,
                         work->values, work->count, error);
}

static int
apply_delete(struct work *work, const struct scope *scope, struct error *error)
{
    return configure_delete(scope, work->verb->view, work->verb->keys,
                            work->values[0], error);
}

static int
apply_create(struct work *work, const struct scope *scope, struct error *error)
{
    if (configure_create(scope, error) != 0)
        return -1;
    configure_set(scope, work->verb->keys, work->values, work->count);
    return 0;
}

static int
apply_remove(struct work *work, const struct scope *scope, struct error *error)
{
    (void)work;
    return configure_remove(scope, error);
}

static int
do_set(struct work *work, struct error *error)
{
    return change_settings(work, apply_set, error);
}

static int
do_clear(struct work *work, struct error *error)
{
    return change_settings(work, apply_clear, error);
}

static int
do_add(struct work *work, struct error *error)
{
    work->changed = true;
    return change_settings(work, apply_add, error);
}

static int
do_delete(struct work *work, struct error *error)
{
    return change_settings(work, apply_delete, error);
}

static int
do_create(struct work *work, struct error *error)
{
    return change_settings(work, apply_create, error);
}

static int
do_remove(struct work *work, struct error *error)
{
    return change_settings(work, apply_remove, error);
}

/* Asks for the last value, then makes the change. */
static int
change_with_answer(struct work *work, enum phrase_id question, change *make,
                   struct error *error)
{
    struct session *session = work->session;
    struct blob answer = { 0 };
    int r;

    r = session_ask(session, session->dialect->phrases[question].text, true,
                    &answer, error);
    if (r == 0 && answer.size == 0)
        r = fail(error, E_CANCELLED, NULL);
    if (r == 0) {
        work->values[work->count++] = (const char *)answer.data;
        r = change_settings(work, make, error);
        work->values[--work->count] = NULL;
    }
    blob_clear(&answer);
    return r;
}

static int
do_ask(struct work *work, struct error *error)
{
    return change_with_answer(work, ASK_PASSWORD, apply_set, error);
}

static int
change_with_secret(struct work *work, change *make, char secret[SECRET_SIZE],
                   struct error *error)
{
    int r = configure_secret(secret, error);

    if (r == 0) {
        work->values[work->count++] = secret;
        r = change_settings(work, make, error);
        work->values[--work->count] = NULL;
    }
    return r;
}

static int
do_make(struct work *work, struct error *error)
{
    char secret[SECRET_SIZE];
    int r = change_with_secret(work, apply_set, secret, error);

    if (r == 0)
        say(work->session, SAY_SECRET, secret, NULL);
    explicit_bzero(secret, sizeof(secret));
    return r;
}

/*
 * Displays.
 */

static void
show_status(struct session *session, struct status *status)
{
    size_t i;

    for (i = 0; i < status->count; i++)
        say_fact(session, status->lines[i].label, status->lines[i].value);
    status_clear(status);
}

static void
show_entry(struct work *work, const struct view *list, size_t i)
{
    const struct scope scope = scope_of(work);
    const struct status_source source = source_of(work, &scope, false);
    struct status status;

    if (list->heading != NULL)
        say_fact(work->session, list->heading, "");
    status_entry(&source, list, i, &status);
    show_status(work->session, &status);
}

/* The last entry of a list, which was just added. */
static void
show_added(struct work *work)
{
    const struct view *list = service_view(work->service, work->verb->view);
    const struct scope scope = scope_of(work);
    char *path = scope_path(&scope, list->name);
    const struct status_source source = source_of(work, &scope, false);
    struct status status;

    say(work->session, SAY_ADDED, NULL, NULL);
    status_entry(&source, list,
                 settings_count(work->session->settings, path) - 1, &status);
    show_status(work->session, &status);
    free(path);
}

static int
do_add_ask(struct work *work, struct error *error)
{
    if (change_with_answer(work, ASK_SECRET, apply_add, error) != 0)
        return -1;
    show_added(work);
    return 0;
}

static int
do_add_make(struct work *work, struct error *error)
{
    char secret[SECRET_SIZE];
    int r = change_with_secret(work, apply_add, secret, error);

    explicit_bzero(secret, sizeof(secret));
    if (r == 0)
        show_added(work);
    return r;
}

/* Ports that are not bound as they were typed. */
static void
show_offset(struct work *work)
{
    const struct scope scope = scope_of(work);
    struct interfaces interfaces;
    struct place place;
    size_t at = 0;

    options_interfaces(work->session->options, &interfaces);

    while (scope_place(&scope, &at, &place)) {
        unsigned bound = interface_port(&interfaces, place.port);
        char typed[WORD_MAX + 16], real[16];

        if (bound == place.port)
            continue;
        snprintf(typed, sizeof(typed), "%s:%u", place.interface, place.port);
        snprintf(real, sizeof(real), "%u", bound);
        say(work->session, SAY_PORT_OFFSET, typed, real);
    }
}

/* Whether it runs.  Without a listener, or disabled, it does not.  If no
   supervisor answers, it has stopped as far as we know, and we say why, but
   only for a service that is enabled. */
static struct unit_status
state_of(struct work *work)
{
    struct unit_status status = { .state = UNIT_STOPPED };
    const struct scope scope = scope_of(work);
    struct error error;
    char *name;

    if (work->service->listeners == NULL || !scope_enabled(&scope))
        return status;
    name = name_of(work);
    if (session_state(work->session, name, &status, &error) != 0)
        status = (struct unit_status){ .state = UNIT_STOPPED, .why = error };
    else if (status.state == UNIT_STOPPED && work->service->always)
        status.why = (struct error){ 0 };
    free(name);
    return status;
}

/* All facts of a service, and what is wrong with it. */
static void
show_service(struct work *work, const struct fact *facts)
{
    const struct unit_status unit = state_of(work);
    const struct scope scope = scope_of(work);
    const struct status_source source =
        source_of(work, &scope, unit.state == UNIT_RUNNING);
    const struct finding unknown = { .level = FINDING_WARNING,
                                     .error = unit.why };
    char restarts[16];
    struct status status;

    status_collect(&source, facts, &status);
    show_status(work->session, &status);
    show_offset(work);
    if (unit.state == UNIT_FAILED || unit.state == UNIT_WAITING)
        say_not_running(work->session, work->service->title, &unit);
    else if (unit.why.code != E_NONE)
        say_finding(work->session, &unknown);
    if (unit.restarts > 0) {
        snprintf(restarts, sizeof(restarts), "%u", unit.restarts);
        say(work->session, SAY_CRASHED, work->service->title, restarts);
    }
}

static int
do_status(struct work *work, struct error *error)
{
    const struct scope scope = scope_of(work);
    const struct status_source source = source_of(work, &scope, false);
    struct status status;

    (void)error;
    if (work->verb->view == NULL) {
        show_service(work, work->service->facts);
        return 0;
    }
    status_collect(
        &source, service_view(work->service, work->verb->view)->facts, &status);
    show_status(work->session, &status);
    return 0;
}

static void
list_entries(struct work *work)
{
    const struct view *list = service_view(work->service, work->verb->view);
    const struct scope scope = scope_of(work);
    char *path = scope_path(&scope, list->name);
    size_t count = settings_count(scope.settings, path), i;

    free(path);
    for (i = 0; i < count; i++)
        show_entry(work, list, i);
}

/* Each tag's facts, a blank line between them. */
static void
list_tags(struct work *work)
{
    struct session *session = work->session;
    struct scope scope;
    size_t at = 0;
    bool first = true;

    while (scope_next(session->settings, session->dialect->catalog,
                      session->dialect->release, &at, &scope)) {
        if (scope.service != work->service)
            continue;
        if (!first)
            say_fact(session, "", "");
        first = false;
        work->tag = scope.tag;
        show_service(work, work->service->facts);
    }
}

static int
do_list(struct work *work, struct error *error)
{
    const struct scope scope = scope_of(work);

    if (work->verb->view != NULL)
        list_entries(work);
    else if (work->tag == NULL)
        list_tags(work);
    else if (configure_tag(&scope, error) != 0)
        return -1;
    else
        show_service(work, work->service->facts);
    return 0;
}

static int
do_elsewhere(struct work *work, struct error *error)
{
    (void)error;
    say(work->session, SAY_ELSEWHERE, work->values[0], NULL);
    return -1;
}

/*
 * Enable, disable, restart.
 */

struct checked {
    struct work *work;
    const struct scope *scope;
};

/* The findings say why. */
static int
say_checks(struct session *session, void *arg)
{
    const struct checked *checked = arg;
    const struct check_source source = {
        .store = session->store,
        .catalog = session->dialect->catalog,
        .release = session->dialect->release,
        .now = session->clock(session),
    };
    struct findings findings;
    bool failed;
    size_t i;

    check_service(&source, checked->scope, &findings);
    for (i = 0; i < findings.count; i++)
        say_finding(session, &findings.all[i]);
    failed = findings.failed;
    findings_clear(&findings);
    if (failed)
        say(session, SAY_INCOMPLETE, checked->work->service->title, NULL);
    return failed ? -1 : 0;
}

static int
check(struct work *work, const struct scope *scope, struct error *error)
{
    struct checked checked = { work, scope };

    return run_apart(work->session, APART_DUE, say_checks, &checked, error);
}

static int
control(struct work *work, enum control what, struct error *error)
{
    char *name;
    int r;

    if (work->service->listeners == NULL)
        return 0;
    name = name_of(work);
    r = session_control(work->session, what, name, error);
    free(name);
    return r;
}

/* A start that failed, as a finding, and the verdict. */
static int
refuse_start(struct work *work, struct error *error)
{
    const struct finding finding = { .level = FINDING_FAILURE,
                                     .error = *error };

    say_finding(work->session, &finding);
    say(work->session, SAY_NOT_STARTED, work->service->title, NULL);
    return fail(error, E_NONE, NULL);
}

static int
apply_enable(struct work *work, const struct scope *scope, struct error *error)
{
    if (check(work, scope, error) != 0)
        return -1;
    scope_set(scope, "enabled", "enable");
    return 0;
}

static int
apply_disable(struct work *work, const struct scope *scope, struct error *error)
{
    (void)work;
    (void)error;
    scope_set(scope, "enabled", "disable");
    return 0;
}

static int
do_enable(struct work *work, struct error *error)
{
    const struct scope before = scope_of(work);
    bool was = scope_enabled(&before);
    struct error other;

    if (change_settings(work, apply_enable, error) != 0)
        return -1;
    if (control(work, CONTROL_START, error) != 0) {
        /* A supervisor that started between the two has found it enabled,
           and would keep trying. */
        if (!was && change_settings(work, apply_disable, &other) == 0)
            control(work, CONTROL_STOP, &other);
        return refuse_start(work, error);
    }
    show_offset(work);
    say(work->session, SAY_ENABLED, work->service->title, NULL);
    return 0;
}

static int
do_disable(struct work *work, struct error *error)
{
    if (change_settings(work, apply_disable, error) != 0 ||
        control(work, CONTROL_STOP, error) != 0)
        return -1;
    say(work->session, SAY_DISABLED, work->service->title, NULL);
    return 0;
}

static int
do_restart(struct work *work, struct error *error)
{
    const struct scope scope = scope_of(work);

    if (!scope_enabled(&scope))
        return fail(error, E_DISABLED, work->service->title);
    if (check(work, &scope, error) != 0)
        return -1;
    if (control(work, CONTROL_RESTART, error) != 0)
        return refuse_start(work, error);
    show_offset(work);
    say(work->session, SAY_RESTARTED, work->service->title, NULL);
    return 0;
}

/*
 * From a call to its handler.
 */

static int (*const handlers[ACTIONS])(struct work *work,
                                      struct error *error) = {
    [DO_STATUS] = do_status,     [DO_ENABLE] = do_enable,
    [DO_DISABLE] = do_disable,   [DO_RESTART] = do_restart,
    [DO_SET] = do_set,           [DO_ASK] = do_ask,
    [DO_MAKE] = do_make,         [DO_CLEAR] = do_clear,
    [DO_ADD] = do_add,           [DO_ADD_ASK] = do_add_ask,
    [DO_ADD_MAKE] = do_add_make, [DO_DELETE] = do_delete,
    [DO_LIST] = do_list,         [DO_CREATE] = do_create,
    [DO_REMOVE] = do_remove,     [DO_ELSEWHERE] = do_elsewhere,
};

/* The typed words for the keys of the verb; a tag comes before them. */
static void
take_args(struct work *work, const struct args *args)
{
    size_t i;

    for (i = 0; i < args->count; i++) {
        if (i == 0 && work->service->tagged)
            work->tag = args->arg[i].word;
        else
            work->values[work->count++] =
                arg_is_none(args, i) ? NULL : args->arg[i].word;
    }
    if (args->rest_count > 0) {
        work->rest = words_join(args->rest, args->rest_count);
        work->values[work->count++] = work->rest;
    }
}

static int
run_service(struct call *call, struct error *error)
{
    struct work work = { .session = call->session,
                         .service = call->command->service,
                         .verb = call->command->verb };
    int r;

    /* Another session may have changed them since. */
    if (session_reload(work.session, error) != 0)
        return -1;
    take_args(&work, &call->args);
    r = handlers[work.verb->action](&work, error);
    call->outdated = r == 0 && work.changed && work.session->hints &&
                     call->command->hint != NULL &&
                     state_of(&work).state == UNIT_RUNNING;
    free(work.rest);
    return r;
}

/*
 * Hints.
 */

/* The name of a setting of the service, or of the list that the verb adds
   to, without the name of the list. */
static const char *
in_list(const struct verb *verb, const char *key)
{
    size_t size = verb->view != NULL ? strlen(verb->view) : 0;

    return size > 0 && strncmp(key, verb->view, size) == 0 && key[size] == ':'
               ? key + size + 1
               : key;
}

/* Does the verb give the service a file? */
static bool
gives_file(const struct service *service, const struct verb *verb)
{
    const char *keys = verb->keys;
    char key[WORD_MAX], file[WORD_MAX];

    if (verb->action != DO_SET && verb->action != DO_CLEAR &&
        verb->action != DO_ADD)
        return false;
    while (word_next(&keys, key) != NULL) {
        const char *files = service->files;

        while (word_next(&files, file) != NULL)
            if (strcmp(key, in_list(verb, file)) == 0)
                return true;
    }
    return false;
}

static void
hint_service(const struct call *call, const struct error *error,
             struct hints *ret)
{
    struct session *session = call->session;
    struct work work = { .session = session,
                         .service = call->command->service,
                         .verb = call->command->verb };
    struct error ignored;
    struct scope scope;
    struct doctor doctor;
    bool sets = gives_file(work.service, work.verb);

    /* Of a tag that is not there, nothing is incomplete. */
    if (session_settings(session, &ignored) != 0 || error->code == E_NO_TAG ||
        (sets && error->code != E_NONE))
        return;
    take_args(&work, &call->args);
    scope = scope_of(&work);
    doctor = session_doctor(session);
    if (sets)
        doctor_assigned(&doctor, &scope, work.verb->view, work.verb->keys, ret);
    else
        doctor_service(&doctor, &scope, ret);
    if (call->outdated) {
        struct hint hint = { .id = HINT_NOT_RESTARTED };
        char *name = name_of(&work);

        snprintf(hint.service, sizeof(hint.service), "%s", name);
        hints_add(ret, &hint);
        free(name);
    }
    hints_keep(ret, SEVERITY_WARNING);
    free(work.rest);
}

static bool
has_hints(const struct service *service, const struct verb *verb)
{
    return verb->action == DO_ENABLE || verb->action == DO_RESTART ||
           gives_file(service, verb);
}

/* The commands of one release. */
struct service_commands {
    const struct dialect *dialect;
    struct command *rows;
    size_t count;
    char *usages; /* the characters of all usage lines */
};

typedef void each_verb(void *arg, const struct service *service,
                       const struct verb *verb);

static void
each_verb_of(const struct dialect *dialect, each_verb *each, void *arg)
{
    const struct service *service = NULL;
    const struct verb *verb;

    while ((service = service_next(dialect->catalog, service,
                                   dialect->release)) != NULL)
        for (verb = service->verbs; verb->pattern != NULL; verb++)
            if (releases_include(verb->releases, dialect->release))
                each(arg, service, verb);
}

/* Counts first: 200 single allocations would slow down every command. */
struct room {
    size_t rows, chars;
};

static void
measure(void *arg, const struct service *service, const struct verb *verb)
{
    struct room *room = arg;

    room->rows++;
    room->chars += strlen(service->name) + strlen(verb->pattern) + 2;
}

struct filling {
    struct command *row;
    char *usage;
};

static void
fill(void *arg, const struct service *service, const struct verb *verb)
{
    struct filling *at = arg;

    *at->row++ = (struct command){
        .usage = at->usage,
        .evidence = verb->evidence,
        .run = run_service,
        .service = service,
        .verb = verb,
        .source = verb->source,
        .hint = has_hints(service, verb) ? hint_service : NULL,
        .outside = verb->action == DO_ENABLE || verb->action == DO_DISABLE ||
                   verb->action == DO_RESTART,
        .names = verb->action == DO_STATUS,
    };
    at->usage = stpcpy(at->usage, service->name);
    if (verb->pattern[0] != '\0')
        at->usage = stpcpy(stpcpy(at->usage, " "), verb->pattern);
    at->usage++;
}

static struct service_commands *
make_commands(const struct dialect *dialect)
{
    struct service_commands *commands = xcalloc(1, sizeof(*commands));
    struct room room = { 0 };
    struct filling filling;

    each_verb_of(dialect, measure, &room);
    commands->dialect = dialect;
    commands->count = room.rows;
    filling.row = commands->rows = xcalloc(room.rows, sizeof(*commands->rows));
    filling.usage = commands->usages = xcalloc(room.chars, 1);
    each_verb_of(dialect, fill, &filling);
    return commands;
}

const struct command *
service_command(struct session *session, size_t i)
{
    const struct service_commands *commands = session->service_commands;

    if (session->dialect->catalog == NULL)
        return NULL;
    if (commands == NULL || commands->dialect != session->dialect) {
        service_commands_clear(session);
        session->service_commands = make_commands(session->dialect);
        commands = session->service_commands;
    }
    return i < commands->count ? &commands->rows[i] : NULL;
}

void
service_commands_clear(struct session *session)
{
    struct service_commands *commands = session->service_commands;

    if (commands == NULL)
        return;
    free(commands->usages);
    free(commands->rows);
    free(commands);
    session->service_commands = NULL;
}

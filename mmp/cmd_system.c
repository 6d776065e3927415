/*
 * The commands that every script uses besides pki: help, exit, files and
 * backups, and the host's name, clock, licence and reboot.
 */
#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/login.h"
#include "mmp/options.h"
#include "mmp/print.h"
#include "mmp/session.h"
#include "mmp/shell.h"
#include "pki/hint.h"
#include "services/assign.h"
#include "services/backup.h"
#include "services/clock.h"
#include "services/host.h"
#include "services/users.h"

static int
run_help(struct call *call, struct error *error)
{
    (void)error;
    return shell_help(call->session, call->args.rest, call->args.rest_count);
}

static int
run_exit(struct call *call, struct error *error)
{
    (void)error;
    call->session->over = true;
    return 0;
}

static int
run_version(struct call *call, struct error *error)
{
    (void)error;
    say(call->session, SAY_VERSION, call->session->dialect->name, MMP_VERSION);
    return 0;
}

static int
run_ls(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct store_names names = { 0 };
    size_t i;

    if (store_list(session->store, STORE_FILES, &names, error) != 0)
        return -1;
    for (i = 0; i < names.count; i++)
        say_text(session, names.names[i]);
    store_names_clear(&names);
    return 0;
}

/* The files of an enabled service stay; those of a disabled one are removed,
   with a word about it. */
static int
run_rm(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const struct dialect *dialect = session->dialect;
    const char *name = arg(call, "filename");
    char *users;
    int r;

    if (session_check_unused(session, name, error) != 0)
        return -1;
    users = assign_users(session->settings, dialect->catalog, dialect->release,
                         name, false);
    r = store_remove(session->store, STORE_FILES, name, error);
    if (r == 0 && users != NULL)
        say(session, SAY_FILE_LOST, name, users);
    free(users);
    return r;
}

static void
hint_rm(const struct call *call, const struct error *error, struct hints *ret)
{
    struct hint hint = { .id = HINT_FILE_IN_USE };

    (void)call;
    if (error->code != E_FILE_USED)
        return;
    snprintf(hint.file, sizeof(hint.file), "%s", error->subject);
    snprintf(hint.one, sizeof(hint.one), "%s", error->other);
    hints_add(ret, &hint);
}

static int
run_whoami(struct call *call, struct error *error)
{
    (void)error;
    say(call->session, SAY_USER, login_user(call->session), NULL);
    return 0;
}

static int
run_date(struct call *call, struct error *error)
{
    struct session *session = call->session;
    time_t now = session->clock(session);
    char text[64];
    struct tm tm;

    if (session_reload(session, error) != 0)
        return -1;
    gmtime_r(&now, &tm);
    strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
    say(session, SAY_DATE_UTC, text, NULL);
    clock_local(clock_zone(session->settings), now, &tm);
    strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
    say(session, SAY_DATE_LOCAL, text, NULL);
    return 0;
}

static int
run_hostname(struct call *call, struct error *error)
{
    (void)error;
    say(call->session, SAY_HOSTNAME, session_hostname(call->session), NULL);
    return 0;
}

static int
run_hostname_set(struct call *call, struct error *error)
{
    struct session *session = call->session;

    if (host_rename(session->store, arg(call, "name"), error) != 0)
        return -1;
    say(session, SAY_REBOOT_NEEDED, NULL, NULL);
    return 0;
}

static int
run_uptime(struct call *call, struct error *error)
{
    struct session *session = call->session;
    char days[32], clock_text[32];
    long long seconds;

    if (session_settings(session, error) != 0)
        return -1;
    seconds = host_uptime(session->settings, session->clock(session));
    snprintf(days, sizeof(days), "%lld", seconds / 86400);
    snprintf(clock_text, sizeof(clock_text), "%02lld:%02lld:%02lld",
             seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    say(session, SAY_UPTIME, days, clock_text);
    return 0;
}

static int
run_reboot(struct call *call, struct error *error)
{
    struct session *session = call->session;

    if (session_confirm(session, ASK_REBOOT, error) != 0 ||
        host_reboot(session->store, session->clock(session), error) != 0 ||
        session_control(session, CONTROL_REBOOT, NULL, error) != 0)
        return -1;
    say(session, SAY_REBOOTING, NULL, NULL);
    session->over = true;
    return 0;
}

static int
run_shutdown(struct call *call, struct error *error)
{
    struct session *session = call->session;

    if (session_confirm(session, ASK_SHUTDOWN, error) != 0 ||
        session_control(session, CONTROL_END, NULL, error) != 0)
        return -1;
    say(session, SAY_SHUTTING_DOWN, NULL, NULL);
    session->over = true;
    return 0;
}

/* No licence is needed here: all features are activated, up to a configured
   day. */
static int
run_license(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *const *feature;
    char day[32], left[32];
    time_t expiry = 0;
    struct tm tm;
    long long days;

    (void)error;
    clock_parse_day(session->options->license_expiry, &expiry);
    gmtime_r(&expiry, &tm);
    strftime(day, sizeof(day), "%Y-%b-%d", &tm);
    days =
        (long long)expiry / 86400 - (long long)session->clock(session) / 86400;
    snprintf(left, sizeof(left), "%lld", days);
    for (feature = session->dialect->features; *feature != NULL; feature++)
        say3(session, days > 0 ? SAY_LICENSE : SAY_LICENSE_EXPIRED, *feature,
             day, left);
    return 0;
}

static int
run_backup_snapshot(struct call *call, struct error *error)
{
    struct session *session = call->session;

    return backup_snapshot(session->store, arg(call, "backup"),
                           session->clock(session), error);
}

static int
run_backup_list(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct store_names names = { 0 };
    size_t i;

    if (backup_list(session->store, &names, error) != 0)
        return -1;
    for (i = 0; i < names.count; i++)
        say(session, SAY_BACKUP, names.names[i], NULL);
    store_names_clear(&names);
    return 0;
}

static int
run_backup_rollback(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *name = arg(call, "backup");

    if (backup_find(session->store, name, error) != 0 ||
        session_confirm(session, ASK_ROLLBACK, error) != 0 ||
        backup_rollback(session->store, name, session->clock(session), error) !=
            0 ||
        session_control(session, CONTROL_REBOOT, NULL, error) != 0)
        return -1;
    say(session, SAY_REBOOTING, NULL, NULL);
    session->over = true;
    return 0;
}

const struct command cmd_system[] = {
    { "help [<command>...]", NULL, RECALL, 0, run_help,
      .roles = ROLES_CONSOLE },
    { "version", NULL, RECALL, 0, run_version, .roles = ROLES_CONSOLE },
    { "hostname", NULL, RECALL, 0, run_hostname },
    { "hostname <name>", NULL, SEEN, 0, run_hostname_set,
      .source = NOTES_2023 },
    { "whoami", NULL, RECALL, 0, run_whoami, .roles = ROLES_CONSOLE },
    { "date", NULL, RECALL, 0, run_date },
    { "uptime", NULL, RECALL, 0, run_uptime },
    { "ls", NULL, GUESS, 0, run_ls },
    { "rm <filename>", NULL, RECALL, 0, run_rm, .hint = hint_rm },
    { "license", NULL, SEEN, 0, run_license, .source = TAC_217320 },
    { "backup snapshot <backup>", "backup snapshot <name>", SEEN, 0,
      run_backup_snapshot, .source = TAC_216549 | TAC_214620 },
    { "backup list", NULL, RECALL, 0, run_backup_list },
    { "backup rollback <backup>", "backup rollback <name>", SEEN, 0,
      run_backup_rollback, .source = TAC_214620, .outside = true },
    { "reboot", NULL, SEEN, 0, run_reboot, .source = TAC_213821,
      .outside = true },
    { "shutdown", NULL, RECALL, 0, run_shutdown },
    { "exit", NULL, RECALL, 0, run_exit, .roles = ROLES_ANYBODY },
    { "quit", NULL, GUESS, 0, run_exit, .roles = ROLES_ANYBODY },
    { "logout", NULL, GUESS, 0, run_exit, .roles = ROLES_ANYBODY },
    { NULL },
};

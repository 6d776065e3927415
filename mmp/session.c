/*
 * What every command may need.
 */
#include "mmp/session.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/cmd_service.h"
#include "mmp/dialect.h"
#include "mmp/login.h"
#include "mmp/options.h"
#include "mmp/walls.h"
#include "services/assign.h"
#include "services/host.h"

int
session_settings(struct session *session, struct error *error)
{
    if (session->settings != NULL)
        return 0;
    return settings_load(session->store, &session->settings, error);
}

static void
forget_settings(struct session *session)
{
    settings_free(session->settings);
    session->settings = NULL;
}

int
session_reload(struct session *session, struct error *error)
{
    forget_settings(session);
    return session_settings(session, error);
}

int
session_check_unused(struct session *session, const char *name,
                     struct error *error)
{
    const struct dialect *dialect = session->dialect;
    struct store_info info;
    char *users;
    int r = 0;

    if (session_reload(session, error) != 0)
        return -1;
    users = assign_users(session->settings, dialect->catalog, dialect->release,
                         name, true);
    if (users != NULL)
        r = store_info(session->store, STORE_FILES, name, &info, error);
    if (users != NULL && r == 0)
        r = fail_pair(error, E_FILE_USED, name, users);
    else if (r != 0 && error->code == E_NO_FILE)
        r = 0;
    free(users);
    return r;
}

int
session_begin(struct session *session, struct error *error)
{
    if (store_lock(session->store, error) != 0)
        return -1;
    if (session_reload(session, error) == 0)
        return 0;
    store_unlock(session->store);
    return -1;
}

int
session_commit(struct session *session, struct error *error)
{
    int r = settings_save(session->settings, session->store, error);

    if (r != 0)
        forget_settings(session);
    store_unlock(session->store);
    return r;
}

void
session_abort(struct session *session)
{
    forget_settings(session);
    store_unlock(session->store);
}

int
session_control(struct session *session, enum control what, const char *service,
                struct error *error)
{
    if (session->control == NULL)
        return fail_detail(error, E_SUPERVISOR, service, "there is none");
    return session->control(session, what, service, error);
}

int
session_state(struct session *session, const char *service,
              struct unit_status *ret, struct error *error)
{
    if (session->state == NULL)
        return fail_detail(error, E_SUPERVISOR, service, "there is none");
    return session->state(session, service, ret, error);
}

int
session_database(struct session *session, enum database_action action,
                 const char *host, struct error *error)
{
    if (session->database == NULL)
        return fail_detail(error, E_SUPERVISOR, NULL, "there is none");
    return session->database(session, action, host, error);
}

int
session_database_status(struct session *session, struct database_status *ret,
                        struct error *error)
{
    if (session->database_status != NULL)
        return session->database_status(session, ret, error);
    *ret = (struct database_status){ 0 };
    return database_load(session->store, &ret->record, error);
}

void
session_clear(struct session *session)
{
    forget_settings(session);
    service_commands_clear(session);
    walls_detach(session);
}

const char *
session_hostname(struct session *session)
{
    struct error error;
    const char *name = NULL;

    /* The commands that need the settings report damaged ones; the console
       goes on. */
    if (session_settings(session, &error) == 0)
        name = host_name(session->settings);
    return name != NULL ? name : session->options->hostname;
}

int
session_ask(struct session *session, const char *prompt, bool hidden,
            struct blob *ret, struct error *error)
{
    struct blob answer = { 0 };
    int r;

    r = session->ask(session, prompt, hidden, &answer, error);
    if (r == 0)
        r = login_check(session, session->roles, error);
    if (r == 0) {
        *ret = answer;
        answer = (struct blob){ 0 };
    }
    blob_clear(&answer);
    return r;
}

int
session_confirm(struct session *session, enum phrase_id question,
                struct error *error)
{
    return session_confirm_text(
        session, session->dialect->phrases[question].text, error);
}

int
session_confirm_text(struct session *session, const char *question,
                     struct error *error)
{
    struct blob answer = { 0 };
    int r;

    r = session_ask(session, question, false, &answer, error);
    if (r == 0 && strcmp((const char *)answer.data, "Y") != 0)
        r = fail_detail(error, E_CANCELLED, NULL, (const char *)answer.data);
    blob_clear(&answer);
    return r;
}

/*
 * The service manager of a session: session->control and session->state for
 * the program.  Tests have a double in its place.
 */
#include "mmp/control.h"

#include <stdlib.h>

#include "mmp/dialect.h"
#include "pki/xalloc.h"
#include "services/scope.h"

/* Is there a service for a supervisor to run? */
static bool
has_enabled(const struct session *session)
{
    struct scope scope;
    size_t at = 0;

    while (scope_next(session->settings, session->dialect->catalog,
                      session->dialect->release, &at, &scope)) {
        struct place place;
        size_t first = 0;

        if (scope_enabled(&scope) && scope_place(&scope, &first, &place))
            return true;
    }
    return false;
}

/* Only a supervisor in the foreground stays. */
static int
reboot(struct session *session, struct error *error)
{
    struct database_record record;

    if (manager_reboot(session->manager, error) != 0 ||
        session_reload(session, error) != 0 ||
        database_load(session->store, &record, error) != 0)
        return -1;
    return record.role != DATABASE_NONE || has_enabled(session)
               ? manager_wake(session->manager, error)
               : 0;
}

static int
control(struct session *session, enum control what, const char *service,
        struct error *error)
{
    struct manager *manager = session->manager;

    switch (what) {
    case CONTROL_START:
        return manager_start(manager, service, error);
    case CONTROL_STOP:
        return manager_stop(manager, service, error);
    case CONTROL_RESTART:
        return manager_restart(manager, service, error);
    case CONTROL_REBOOT:
        return reboot(session, error);
    case CONTROL_END:
        break;
    }
    return manager_shutdown(manager, error);
}

static int
state_of(struct session *session, const char *service, struct unit_status *ret,
         struct error *error)
{
    return manager_status(session->manager, service, ret, error);
}

static int
database(struct session *session, enum database_action action, const char *host,
         struct error *error)
{
    return manager_database(session->manager, action, host, error);
}

static int
database_status(struct session *session, struct database_status *ret,
                struct error *error)
{
    return manager_database_status(session->manager, ret, error);
}

/* The same path from whatever directory the supervisor is started in;
   unchanged if the file does not exist. */
static char *
absolute(const char *path)
{
    char *real = path[0] != '/' ? realpath(path, NULL) : NULL;
    char *ret = xstrdup(real != NULL ? real : path);

    free(real);
    return ret;
}

void
control_attach(struct session *session, const char *state, const char *config)
{
    char d[] = "-d", r[] = "-r", f[] = "-f";
    char *directory = absolute(state), *release, *file = NULL;

    release = xstrdup(session->dialect->name);
    if (config != NULL)
        file = absolute(config);
    session->manager =
        manager_new(session->store, NULL,
                    (char *[]){ d, directory, r, release,
                                file != NULL ? f : NULL, file, NULL });
    session->control = control;
    session->state = state_of;
    session->database = database;
    session->database_status = database_status;
    free(file);
    free(release);
    free(directory);
}

void
control_detach(struct session *session)
{
    if (session->manager != NULL)
        manager_free(session->manager);
    session->manager = NULL;
    session->control = NULL;
    session->state = NULL;
    session->database = NULL;
    session->database_status = NULL;
}

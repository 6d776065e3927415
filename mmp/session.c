/*
 * What every command may need.
 */
#include "mmp/session.h"

#include <string.h>

#include "mmp/options.h"
#include "services/host.h"

int
session_settings(struct session *session, struct error *error)
{
    if (session->settings != NULL)
        return 0;
    return settings_load(session->store, &session->settings, error);
}

const char *
session_hostname(struct session *session)
{
    struct error error;
    const char *name = NULL;

    /* Damaged settings are reported by the commands that need them; the
       console goes on. */
    if (session_settings(session, &error) == 0)
        name = host_name(session->settings);
    return name != NULL ? name : session->options->hostname;
}

int
session_confirm(struct session *session, enum phrase_id question,
                struct error *error)
{
    struct blob answer = { 0 };
    int r;

    r = session->ask(session, session->dialect->phrases[question].text, false,
                     &answer, error);
    if (r == 0 && strcmp((const char *)answer.data, "Y") != 0)
        r = fail(error, E_CANCELLED, NULL);
    blob_clear(&answer);
    return r;
}

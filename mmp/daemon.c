/*
 * The supervisor's start: from options to what services/ takes.
 */
#include "mmp/daemon.h"

#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/spawn.h"
#include "services/supervisor.h"

/* The directory below another one, if our programs are there; else NULL. */
static char *
helpers_at(const char *directory, const char *below)
{
    char *ret = xasprintf("%s/%s", directory, below);
    char *path = xasprintf("%s/mmp-endpoint", ret);

    if (access(path, X_OK) != 0) {
        free(ret);
        ret = NULL;
    }
    free(path);
    return ret;
}

/* Where the other programs are: beside our own if it was not installed, else
   in the place where they were installed, under the prefix that ours has
   now. */
static char *
helper_directory(void)
{
    char *own = spawn_own_path();
    const char *directory = dirname(own);
    char *ret = helpers_at(directory, ".");

    if (ret == NULL)
        ret = helpers_at(directory, MMP_LIBEXEC_FROM_BIN);
    if (ret == NULL)
        ret = xstrdup(MMP_LIBEXEC);
    free(own);
    return ret;
}

char *
daemon_endpoint(void)
{
    char *helpers = helper_directory();
    char *path = xasprintf("%s/mmp-endpoint", helpers);

    free(helpers);
    return path;
}

int
daemon_supervise(const char *state, const struct options *options,
                 const struct dialect *dialect, bool on_demand,
                 struct error *error)
{
    struct interfaces interfaces;
    char *helpers = helper_directory();
    char *endpoint = daemon_endpoint();
    const struct supervision supervision = {
        .state = state,
        .endpoint = endpoint,
        .interfaces = &interfaces,
        .catalog = catalog_cms,
        .release = dialect->release,
        .backend = backend_find(options->backend),
        .on_demand = on_demand,
        .engine = &engine_patroni,
        .helpers = helpers,
        .database_user = options->database_user,
        .schema = dialect->schema,
    };
    int r;

    options_interfaces(options, &interfaces);
    r = supervisor_run(&supervision, error);
    free(endpoint);
    free(helpers);
    return r;
}

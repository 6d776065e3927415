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

/* Where the other programs are: beside our own when it was not installed. */
static char *
helper_directory(void)
{
    char *own = spawn_own_path();
    char *directory = dirname(own), *ret;
    char *path = xasprintf("%s/mmp-endpoint", directory);

    ret = xstrdup(access(path, X_OK) == 0 ? directory : MMP_LIBEXEC);
    free(path);
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

/*
 * The supervisor's start: from options to what services/ takes.
 */
#include "mmp/daemon.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/supervisor.h"

/* Where the other programs are: beside our own when it was not installed. */
static char *
helper_directory(void)
{
    char own[PATH_MAX], *directory, *path;
    ssize_t size = readlink("/proc/self/exe", own, sizeof(own) - 1);
    bool there;

    own[size > 0 ? size : 0] = '\0';
    directory = dirname(own);
    path = xasprintf("%s/mmp-endpoint", directory);
    there = access(path, X_OK) == 0;
    free(path);
    return xstrdup(there ? directory : MMP_LIBEXEC);
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

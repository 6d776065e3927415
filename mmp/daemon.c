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

/* Beside our own binary when it was not installed, else where it was. */
static char *
endpoint_program(void)
{
    char own[PATH_MAX], *path;
    ssize_t size = readlink("/proc/self/exe", own, sizeof(own) - 1);

    own[size > 0 ? size : 0] = '\0';
    path = xasprintf("%s/mmp-endpoint", dirname(own));
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return xstrdup(MMP_LIBEXEC "/mmp-endpoint");
}

int
daemon_supervise(const char *state, const struct options *options,
                 const struct dialect *dialect, bool on_demand,
                 struct error *error)
{
    struct interfaces interfaces;
    char *endpoint = endpoint_program();
    const struct supervision supervision = {
        .state = state,
        .endpoint = endpoint,
        .interfaces = &interfaces,
        .catalog = catalog_cms,
        .release = dialect->release,
        .backend = backend_find(options->backend),
        .on_demand = on_demand,
    };

    int r;

    options_interfaces(options, &interfaces);
    r = supervisor_run(&supervision, error);
    free(endpoint);
    return r;
}

/*
 * The modes of the program that are no console: from options to what
 * services/ takes.
 */
#include "mmp/daemon.h"

#include <unistd.h>

#include "services/server.h"
#include "services/supervisor.h"

int
daemon_serve(struct error *error)
{
    return server_main(STDIN_FILENO, STDOUT_FILENO, error);
}

int
daemon_supervise(const char *state, const struct options *options,
                 const struct dialect *dialect, bool on_demand,
                 struct error *error)
{
    struct interfaces interfaces;
    const struct supervision supervision = {
        .state = state,
        .program = "/proc/self/exe",
        .interfaces = &interfaces,
        .catalog = catalog_cms,
        .release = dialect->release,
        .backend = backend_find(options->backend),
        .on_demand = on_demand,
    };

    options_interfaces(options, &interfaces);
    return supervisor_run(&supervision, error);
}

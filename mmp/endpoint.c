/*
 * mmp-endpoint, the program that presents a certificate: the supervisor starts
 * one for each listener.  A program of its own, so that the console, which is
 * started for every command, need not load the TLS library.
 */
#include <string.h>
#include <unistd.h>

#include "services/server.h"
#include "services/visitor.h"

int
main(int argc, char **argv)
{
    struct error error;

    /* As a stranger, to see what another one presents. */
    if (argc > 1 && strcmp(argv[1], "--look") == 0)
        return visitor_main(argv + 2, (size_t)argc - 2, STDOUT_FILENO) == 0 ? 0
                                                                            : 1;
    return server_main(STDIN_FILENO, STDOUT_FILENO, &error) == 0 ? 0 : 1;
}

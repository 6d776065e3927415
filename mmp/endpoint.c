/*
 * mmp-endpoint, the program that presents a certificate: the supervisor starts
 * one for each listener.  A program of its own, so that the console, which is
 * started for every command, need not load the TLS library.
 */
#include <unistd.h>

#include "services/server.h"

int
main(void)
{
    struct error error;

    return server_main(STDIN_FILENO, STDOUT_FILENO, &error) == 0 ? 0 : 1;
}

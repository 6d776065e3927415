/*
 * mmp-endpoint, the program that presents a certificate: the supervisor starts
 * one for each listener.  It is a program of its own, so that the console,
 * which is started for every command, need not load the TLS library.  It is
 * also the client that sees what another one presents, and the one that asks
 * the machine to resolve a name, so that bytes from the network do not reach
 * the console.
 */
#include <string.h>
#include <unistd.h>

#include "services/confine.h"
#include "services/dns.h"
#include "services/server.h"
#include "services/visitor.h"

/* What a client reads: files of OpenSSL, and of the resolver with its
   libraries. */
static const struct landlock_path read_by_clients[] = {
    { "/usr", false },
    { "/lib", false },
    { "/lib64", false },
    { "/etc/ld.so.cache", false },
    { "/etc/ssl/openssl.cnf", false },
    { "/etc/resolv.conf", false },
    { "/etc/hosts", false },
    { "/etc/host.conf", false },
    { "/etc/gai.conf", false },
    { "/etc/nsswitch.conf", false },
    { "/proc/self", false }, /* for sanitizers */
};

/* The main function for the word that says what to ask; NULL: none. */
static int (*asking(const char *word))(char *const *words, size_t count,
                                       int out)
{
    if (strcmp(word, "--look") == 0)
        return visitor_main;
    return strcmp(word, "--resolve") == 0 ? dns_main : NULL;
}

int
main(int argc, char **argv)
{
    int (*ask)(char *const *words, size_t count, int out) =
        argc > 1 ? asking(argv[1]) : NULL;
    struct error error;
    bool whole;

    if (ask == NULL)
        return server_main(STDIN_FILENO, STDOUT_FILENO, &error) == 0 ? 0 : 1;
    if (confine(CONFINE_CLIENT, read_by_clients,
                sizeof(read_by_clients) / sizeof(read_by_clients[0]), &whole,
                &error) != 0)
        return 1;
    return ask(argv + 2, (size_t)argc - 2, STDOUT_FILENO) == 0 ? 0 : 1;
}

/*
 * Interfaces by name, and ports that this process may not bind.
 */
#include "services/interfaces.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/capabilities.h"

#define PRIVILEGED_PORTS 1024
#define LOWEST_PORT 80 /* that any service listens on */
#define OFFSET 10000

static const struct {
    const char *name;
    size_t address; /* in struct interfaces */
} rows[] = {
    { "a", offsetof(struct interfaces, a) },
    { "b", offsetof(struct interfaces, b) },
    { "c", offsetof(struct interfaces, c) },
    { "d", offsetof(struct interfaces, d) },
    { "e", offsetof(struct interfaces, e) },
    { "lo", offsetof(struct interfaces, lo) },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

const char *
interface_name(size_t i)
{
    return i < ROWS ? rows[i].name : NULL;
}

const char *
interface_address(const struct interfaces *interfaces, const char *name)
{
    size_t i;

    for (i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return *(const char *const *)((const char *)interfaces +
                                          rows[i].address);
    return NULL;
}

unsigned
interface_port(const struct interfaces *interfaces, unsigned port)
{
    return port < PRIVILEGED_PORTS ? port + interfaces->port_offset : port;
}

/* The first port that anybody may bind; see ip(7). */
static int
first_free_port(void)
{
    int fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start",
                  O_RDONLY | O_CLOEXEC);
    char text[16] = "";
    ssize_t n = -1;

    if (fd >= 0) {
        n = read(fd, text, sizeof(text) - 1);
        close(fd);
    }
    return n > 0 ? atoi(text) : PRIVILEGED_PORTS;
}

unsigned
interface_default_offset(void)
{
    return capabilities_has(CAP_NET_BIND_SERVICE) ||
                   first_free_port() <= LOWEST_PORT
               ? 0
               : OFFSET;
}

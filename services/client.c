/*
 * The clients of the supervisor.
 */
#include "services/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/message.h"

bool
client_accept(struct client **list, int listener, long long now)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct client *client;

    if (fd < 0)
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    client = xcalloc(1, sizeof(*client));
    client->fd = fd;
    client->due = now + CLIENT_TIME;
    client->next = *list;
    *list = client;
    return true;
}

bool
client_read(struct client *client)
{
    ssize_t n = recv(client->fd, client->line + client->got,
                     sizeof(client->line) - client->got, 0);
    const char *end;
    size_t i;

    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    client->got += (size_t)n;
    end = memchr(client->line, '\n', client->got);
    if (end == NULL)
        return client->got < sizeof(client->line);
    client->got = (size_t)(end - client->line);
    client->line[client->got] = '\0';
    for (i = 0; i < client->got; i++)
        if ((unsigned char)client->line[i] < 0x20)
            return false;
    client->whole = true;
    return true;
}

void
client_drop(struct client *client)
{
    close(client->fd);
    client->fd = -1;
    client->gone = true;
}

/* An answer fits the socket's buffer; who does not read it loses it. */
void
client_answer(struct client *client, const struct blob *line)
{
    send(client->fd, line->data, line->size, MSG_NOSIGNAL);
    client_drop(client);
}

void
client_answer_ok(struct client *client)
{
    struct blob line = { 0 };

    message_ok(&line);
    client_answer(client, &line);
    blob_clear(&line);
}

void
client_answer_error(struct client *client, const struct error *error)
{
    struct blob line = { 0 };

    message_error(&line, error);
    client_answer(client, &line);
    blob_clear(&line);
}

void
clients_free(struct client **list, bool all)
{
    while (*list != NULL) {
        struct client *client = *list;

        if (!all && !client->gone) {
            list = &client->next;
            continue;
        }
        *list = client->next;
        if (!client->gone)
            close(client->fd);
        free(client);
    }
}

/*
 * The clients of the supervisor.  A client sends one line, gets one, and is
 * disconnected.
 */
#ifndef SERVICES_CLIENT_H
#define SERVICES_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/blob.h"
#include "pki/error.h"

#define CLIENT_REQUEST_MAX 1024 /* bytes of a line, with its end */
#define CLIENT_TIME 5000        /* ms, until it has sent its line */

struct client {
    struct client *next;
    int fd;
    char line[CLIENT_REQUEST_MAX]; /* without its end once `whole` */
    size_t got;
    bool whole;    /* its line is here */
    bool waiting;  /* a job or the supervisor will answer it */
    bool gone;     /* clients_free() frees it */
    long long due; /* when its line must be here, by waits_clock() */
};

/* Accepts a client at the listener, if one is there, and puts it at the front
   of the list.  False if there is no descriptor or no memory for it: it waits.
 */
bool client_accept(struct client **list, int listener, long long now);

/* Reads what is there.  False if it has gone, or its line is too long or has
   control characters: it is to be dropped. */
bool client_read(struct client *client);

/* Each sends a line and disconnects the client. */
void client_answer(struct client *client, const struct blob *line);
void client_answer_ok(struct client *client);
void client_answer_error(struct client *client, const struct error *error);

/* Disconnects it without an answer. */
void client_drop(struct client *client);

/* Frees those that are gone, or all. */
void clients_free(struct client **list, bool all);

#endif

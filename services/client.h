/*
 * Who asks the supervisor for something: one line comes in, one goes out, and
 * that is the end of it.
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
    bool whole, waiting; /* waiting: somebody knows it, and will answer */
    bool gone;           /* to be freed when nobody walks the list */
    long long due;       /* of waits_clock(): its line must be here */
};

/* Who comes in at the listener is put before the others of the list; false: for
   want of descriptors, or of memory, whoever is there has to wait. */
bool client_accept(struct client **list, int listener, long long now);

/* Reads what is there; false: it is gone, or can only be sent away. */
bool client_read(struct client *client);

/* Each sends its line, and sends the client away. */
void client_answer(struct client *client, const struct blob *line);
void client_answer_ok(struct client *client);
void client_answer_error(struct client *client, const struct error *error);

/* Without an answer. */
void client_drop(struct client *client);

/* Frees those that are gone, or all. */
void clients_free(struct client **list, bool all);

#endif

/*
 * What every command may need.  Tests set each part by itself: the clock, the
 * answers to prompts, the output.
 */
#ifndef MMP_SESSION_H
#define MMP_SESSION_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "mmp/dialect.h"
#include "pki/blob.h"
#include "pki/error.h"
#include "pki/store.h"
#include "services/settings.h"

struct options;

struct session {
    const struct dialect *dialect;
    const struct options *options;
    struct store *store;
    struct settings *settings; /* NULL until they are wanted */
    FILE *out;
    bool over; /* the user wants to leave */

    time_t (*clock)(struct session *session);
    /*
     * Asks on the console.  hidden: what is typed is not shown, and never
     * kept.  -1 with E_CANCELLED at the end of the input or on Ctrl-C.
     */
    int (*ask)(struct session *session, const char *prompt, bool hidden,
               struct blob *answer, struct error *error);
    /* Has the user pressed Ctrl-C since the command began? */
    bool (*interrupted)(struct session *session);
    void *io; /* of the functions above */
};

/* Reads the settings, once, when a command first wants them. */
int session_settings(struct session *session, struct error *error);

/* The host name since the last reboot: what the prompt shows.  Borrowed. */
const char *session_hostname(struct session *session);

/* Asks; E_CANCELLED unless the answer is a capital Y and nothing else. */
int session_confirm(struct session *session, enum phrase_id question,
                    struct error *error);

#endif

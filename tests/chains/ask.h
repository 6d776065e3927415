/*
 * The two who are asked the same: this program's commands, and the command
 * line of OpenSSL.
 */
#ifndef TESTS_CHAINS_ASK_H
#define TESTS_CHAINS_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "mmp/options.h"
#include "mmp/session.h"
#include "pki/hint.h"
#include "tests/chains/graph.h"
#include "tests/support.h"

/* What is done to a question or an answer on its way, so that the test has
   something to find. */
enum plant {
    PLANT_NONE,
    PLANT_VERDICT, /* the peer is not given the first root */
    PLANT_MATCH,   /* the peer is given another key */
    PLANT_HINT,    /* the worst hint is lost */
    PLANT_REMEDY,  /* what a hint advises is not done */
    PLANTS,
};

/* Where it takes place: files/ of a state directory. */
struct room {
    struct scratch *scratch;
    struct options options;
    struct session session;
    char *public_keys[16]; /* of the pool, as OpenSSL writes them */
    enum plant plant;
};

struct verdict {
    bool holds;
    int code, depth;
};

/* What a line of a hint says. */
struct remark {
    enum hint_id id;
    char file[16];
    unsigned element;
    unsigned other; /* the certificate of the file that it names besides */
};

struct answer {
    struct verdict verdict;
    struct remark remarks[HINTS_MAX];
    size_t count;
    char *said; /* all of it */
};

void room_open(struct room *room); /* nothing is planted */
void room_close(struct room *room);

/* Writes the files of a question, all of them or of one. */
void room_write(struct room *room, const struct graph *graph);
void room_write_one(struct room *room, const struct graph *graph,
                    size_t question);

/* pki verify; false: its answer is none of the two. */
bool ask_verify(struct room *room, const struct graph *graph, size_t question,
                struct answer *ret);
void answer_clear(struct answer *answer);

bool ask_match(struct room *room, size_t key, size_t question);

/* openssl verify, of all questions at once, with the roots of the bundle and
   all of ca.crt as trust.  False: it gave no verdict for one of them. */
bool peer_verify(struct room *room, const struct graph *graph,
                 struct verdict *ret);
bool peer_match(struct room *room, size_t key, size_t question);

#endif

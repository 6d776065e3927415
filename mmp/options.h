/*
 * The program's own configuration, mmp.cfg; see mmp.cfg(5).
 */
#ifndef MMP_OPTIONS_H
#define MMP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/error.h"
#include "pki/keygen.h"
#include "services/doctor.h"
#include "services/interfaces.h"

struct options {
    char *release;  /* of a dialect */
    char *hostname; /* until the hostname command sets one */
    char *state;    /* directory, or NULL */
    unsigned key_bits;
    enum keygen_method keygen;
    char *license_expiry; /* a day that license shows, "2099-12-31" */
    unsigned days;        /* validity of new certificates */
    bool diagnostics;     /* may hints follow an answer? */
    char *backend;        /* that runs the services */
    struct {
        char *a, *b, *c, *d, *e, *lo;
    } interfaces; /* their addresses */
    unsigned port_offset;
    char *database_user;       /* whom root runs databases as */
    struct stated_name *names; /* of services, in the order of the files */
    size_t name_count;
};

/* Fills in the defaults. */
void options_defaults(struct options *options);
void options_clear(struct options *options);

/*
 * Reads a file, which overrides the options it names. must_exist: else a
 * missing file counts as empty.  E_CONFIG_* name the file, the line and the
 * key; the options are unchanged then.
 */
int options_load(struct options *options, const char *path, bool must_exist,
                 struct error *error);

/*
 * Reads the files that apply when the user names none: the system's, at that
 * path, then the user's, below xdg (XDG_CONFIG_HOME) or home.  Both may be
 * NULL.
 */
int options_load_places(struct options *options, const char *system,
                        const char *xdg, const char *home, struct error *error);

/*
 * The state directory: the configured one, else for root the system's, else the
 * user's, below xdg (XDG_STATE_HOME) or home.  NULL if there is none.  The
 * caller frees it.
 */
char *options_state(const struct options *options, const char *xdg,
                    const char *home, bool root);

/* The interfaces, in the form that services take; borrows from options. */
void options_interfaces(const struct options *options, struct interfaces *ret);

/* The keys, one after the other; NULL after the last. */
const char *options_key(size_t i);

#endif

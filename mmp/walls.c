/*
 * Which files the console may read, and which programs it can have started.
 */
#include "mmp/walls.h"

#include <stdlib.h>
#include <string.h>

#include "mmp/daemon.h"
#include "mmp/options.h"
#include "pki/xalloc.h"
#include "services/confine.h"

enum { SUPERVISOR, LOOK = WALLS_LOOK, RESOLVE = WALLS_RESOLVE, PROGRAMS };

struct walls {
    char *state; /* NULL: there are to be none */
    char *endpoint;
    struct starter *starter; /* NULL: we start programs ourselves */
    bool up;
};

/* Who needs a file of the system.  A single command gets few paths, because
   each costs four system calls. */
enum {
    NAMES = 1,    /* a command that only shows names and settings */
    READER = 2,   /* one that only reads */
    CHANGER = 4,  /* any other one */
    ACCOUNTS = 8, /* one that asks the system for accounts */
    TERMINAL = 16 /* all commands, and readline */
};

/*
 * What is read of the system and of the user: what OpenSSL is configured by and
 * may load, the time zone, what glibc reads about accounts, and what readline
 * needs. /proc and /sys are for sanitizers, and for counting processors.
 */
static const struct {
    const char *variable, *path; /* of the environment, or NULL; behind it */
    unsigned users;
} files[] = {
    { NULL, "/proc/self", NAMES | READER | CHANGER | TERMINAL },
    { NULL, "/usr", READER | CHANGER | TERMINAL },
    { NULL, "/etc/ssl/openssl.cnf", READER | CHANGER | TERMINAL },
    { "OPENSSL_CONF", "", READER | CHANGER | TERMINAL },
    { NULL, "/etc/localtime", CHANGER | TERMINAL },
    { NULL, "/lib", CHANGER | TERMINAL },
    { NULL, "/lib64", CHANGER | TERMINAL },
    { NULL, "/etc/ld.so.cache", CHANGER | TERMINAL },
    { NULL, "/sys/devices/system/cpu", CHANGER | TERMINAL },
    { NULL, "/etc/passwd", ACCOUNTS | TERMINAL },
    { NULL, "/etc/nsswitch.conf", ACCOUNTS | TERMINAL },
    { NULL, "/run/systemd/userdb", ACCOUNTS | TERMINAL },
    { NULL, "/var/lib/sss/mc", ACCOUNTS | TERMINAL },
    { NULL, "/etc/inputrc", TERMINAL },
    { "INPUTRC", "", TERMINAL },
    { "HOME", "/.inputrc", TERMINAL },
    { NULL, "/etc/terminfo", TERMINAL },
    { "TERMINFO", "", TERMINAL },
    { "HOME", "/.terminfo", TERMINAL },
};
enum { FILES = sizeof(files) / sizeof(files[0]) };

static struct walls *
walls_of(struct session *session)
{
    if (session->walls == NULL)
        session->walls = xcalloc(1, sizeof(*session->walls));
    return session->walls;
}

void
walls_attach(struct session *session, const char *state)
{
    walls_of(session)->state = xstrdup(state);
}

void
walls_detach(struct session *session)
{
    struct walls *walls = session->walls;

    if (walls == NULL)
        return;
    starter_free(walls->starter);
    free(walls->endpoint);
    free(walls->state);
    free(walls);
    session->walls = NULL;
}

/*
 * The process outside.
 */

static char name[] = "mmp-endpoint", look[] = "--look", resolve[] = "--resolve";
static char *const look_argv[] = { name, look, NULL };
static char *const resolve_argv[] = { name, resolve, NULL };

/* An address of ours: this must not serve to explore the network. */
static bool
allows_look(const void *arg, char *const *words, size_t count)
{
    const struct options *options = arg;
    const char *const own[] = {
        options->interfaces.a, options->interfaces.b, options->interfaces.c,
        options->interfaces.d, options->interfaces.e, options->interfaces.lo,
    };
    size_t i;

    if (count != 3)
        return false;
    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strcmp(words[0], own[i]) == 0)
            return true;
    return false;
}

static bool
allows_resolve(const void *arg, char *const *words, size_t count)
{
    (void)arg;
    (void)words;
    return count == 2;
}

static struct starter_program
program_of(struct session *session, size_t which)
{
    struct walls *walls = walls_of(session);

    if (walls->endpoint == NULL)
        walls->endpoint = daemon_endpoint();
    return which == LOOK ? (struct starter_program){ .program = walls->endpoint,
                                                     .argv = look_argv,
                                                     .allows = allows_look,
                                                     .arg = session->options }
                         : (struct starter_program){ .program = walls->endpoint,
                                                     .argv = resolve_argv,
                                                     .allows = allows_resolve };
}

static int
leave_starter(struct session *session, struct error *error)
{
    const struct starter_program programs[PROGRAMS] = {
        [SUPERVISOR] = manager_program(session->manager),
        [LOOK] = program_of(session, LOOK),
        [RESOLVE] = program_of(session, RESOLVE),
    };
    struct walls *walls = session->walls;

    return starter_new(programs, PROGRAMS, &walls->starter, error);
}

struct helper
walls_helper(struct session *session, enum walls_helper which)
{
    const struct starter_program program = program_of(session, which);

    return (struct helper){ program, session->walls->starter, which };
}

/*
 * Going in.
 */

struct need {
    enum confine_work work;
    unsigned users; /* bits of the table's */
};

static struct need
need_of(const struct command *command)
{
    if (command == NULL)
        return (struct need){ CONFINE_FILES, TERMINAL };
    if (command->names)
        return (struct need){ CONFINE_NAMES, NAMES };
    if (command->reads)
        return (struct need){ CONFINE_READER, READER };
    return (struct need){ CONFINE_FILES,
                          command->accounts ? CHANGER | ACCOUNTS : CHANGER };
}

static int
enter(const struct walls *walls, const struct command *command,
      struct error *error)
{
    struct landlock_path paths[1 + FILES] = { { walls->state, true } };
    const struct need need = need_of(command);
    size_t n = 1, i;
    char *made[FILES] = { NULL };
    bool whole;
    int r;

    for (i = 0; i < FILES; i++) {
        const char *variable = files[i].variable;
        const char *value = variable != NULL ? getenv(variable) : NULL;

        if ((files[i].users & need.users) == 0 ||
            (variable != NULL && (value == NULL || value[0] == '\0')))
            continue;
        if (variable != NULL)
            made[i] = xasprintf("%s%s", value, files[i].path);
        paths[n++].path = made[i] != NULL ? made[i] : files[i].path;
    }
    r = confine(need.work, paths, n, &whole, error);
    for (i = 0; i < FILES; i++)
        free(made[i]);
    return r;
}

int
walls_enter(struct session *session, const struct command *command,
            struct error *error)
{
    struct walls *walls = session->walls;

    if (walls == NULL || walls->state == NULL || walls->up)
        return 0;
    if (command == NULL || command->outside) {
        if (leave_starter(session, error) != 0)
            return -1;
    }
    manager_use(session->manager, walls->starter, SUPERVISOR);
    if (enter(walls, command, error) != 0)
        return -1;
    walls->up = true;
    return 0;
}

/*
 * The SFTP subsystem.
 */
#include "mmp/transfer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mmp/dialect.h"
#include "mmp/login.h"
#include "mmp/print.h"
#include "pki/xalloc.h"
#include "services/confine.h"
#include "services/journal.h"
#include "services/live.h"
#include "services/sftp.h"
#include "services/users.h"

/* An act is noted as if it had been typed at an SFTP client. */
static const char *const verbs[] = {
    [SFTP_GET] = "get",
    [SFTP_PUT] = "put",
    [SFTP_REMOVE] = "rm",
    [SFTP_RENAME] = "rename",
};

struct transfer {
    struct session *session;
    unsigned roles; /* when they were asked for last */
};

static int
open_journal(void *arg, int *ret, struct error *error)
{
    struct transfer *transfer = arg;

    return store_open_file(transfer->session->store, STORE_PRIVATE,
                           JOURNAL_FILE, ret, error);
}

static int
open_live(void *arg, int *ret, struct error *error)
{
    struct transfer *transfer = arg;
    struct blob text = { 0 };
    int fd, r = 0;

    if (session_reload(transfer->session, error) != 0)
        return -1;
    live_format(transfer->session->settings, &text);
    fd = memfd_create("live.json", MFD_CLOEXEC);
    if (fd < 0 || blob_write(&text, fd) != 0)
        r = fail_errno(error, "live.json");
    if (r == 0) {
        *ret = fd;
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    blob_clear(&text);
    return r;
}

/* RECALL, and live.json SEEN, Cisco TAC 214745. */
static const struct sftp_extra extras[] = {
    { "audit", open_journal },
    { "live.json", open_live },
    { "log", open_journal },
    { NULL },
};

/* Who besides administrators may do it; GUESS. */
static unsigned
roles_for(enum sftp_act act, const char *name)
{
    bool journal = strcmp(name, "audit") == 0 || strcmp(name, "log") == 0;

    if (act == SFTP_LOOK)
        return ROLES_CONSOLE;
    if (journal)
        return act == SFTP_SEE || act == SFTP_GET ? ROLE_AUDIT : 0;
    return ROLE_CRYPTO;
}

static int
check(void *arg, enum sftp_act act, const char *name, struct error *error)
{
    struct transfer *transfer = arg;
    struct session *session = transfer->session;

    /* A listing asks for each of its names, and would take much longer. */
    if (act != SFTP_SEE)
        transfer->roles = login_roles(session);
    if (!(transfer->roles & (roles_for(act, name) | ROLE_ADMIN)))
        return fail(error, E_ROLE, login_user(session));
    return act == SFTP_REMOVE || act == SFTP_RENAME
               ? session_check_unused(session, name, error)
               : 0;
}

static void
note(void *arg, enum sftp_act act, const char *name, const char *other,
     bool granted)
{
    struct transfer *transfer = arg;
    char *text =
        xasprintf("%s %s%s%s", verbs[act], name, other != NULL ? " " : "",
                  other != NULL ? other : "");

    login_note(transfer->session, "sftp", text,
               granted ? SAY_GRANTED : SAY_DENIED);
    free(text);
}

static void
words(void *arg, const struct error *error, struct blob *ret)
{
    struct transfer *transfer = arg;

    failure_fill(transfer->session->dialect, error, ret);
}

int
transfer_serve(struct session *session, const char *state, int in, int out,
               struct error *error)
{
    /* A sanitizer reads the memory map and the threads of its process. */
    const struct landlock_path paths[] = { { state, true },
                                           { "/proc/self", false } };
    struct transfer transfer = { session, login_roles(session) };
    const struct sftp_host host = {
        .store = session->store,
        .owner = login_user(session),
        .extras = extras,
        .check = check,
        .note = note,
        .words = words,
        .arg = &transfer,
    };
    struct sftp *sftp;
    bool whole;
    int r;

    if (confine(CONFINE_FILES, paths, 2, &whole, error) != 0)
        return -1;
    sftp = sftp_new(&host);
    r = sftp_serve(sftp, in, out, error);
    sftp_free(sftp);
    return r;
}
